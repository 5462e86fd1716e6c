//! The congestion avoidance of RFC 5681, counted in octets (RFC 3465).

use super::{CongestionAlgorithm, Path};
use serde::{Deserialize, Serialize};

/// One segment more each round trip, half after a loss.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NewReno {
    /// Octets acknowledged since the window last grew.
    counted: u32,
}

impl CongestionAlgorithm for NewReno {
    fn avoid(&mut self, acked: u32, path: &Path) -> u32 {
        self.counted = self.counted.saturating_add(acked);
        let windows = self.counted / path.cwnd;
        self.counted %= path.cwnd;
        windows * path.smss
    }
    /// RFC 5681, equation 4.
    fn ssthresh(&mut self, path: &Path) -> u32 {
        self.counted = 0;
        (path.flight / 2).max(2 * path.smss)
    }
}
