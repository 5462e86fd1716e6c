//! Congestion window validation (RFC 7661, RFC 9438 §5.8): a window that the program did not fill says nothing about the
//! path, and does not grow.

use crate::seq::Seq;
use serde::{Deserialize, Serialize};

/// How far the window was used in the current round trip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Usage {
    /// It was full.
    full: bool,
    /// The most octets that were in flight.
    most: u32,
    /// The round trip is over when this is acknowledged.
    round_end: Seq,
}

impl Usage {
    /// Segments went out; the window is `full` where not one more fits.
    pub(super) fn sent(&mut self, una: Seq, nxt: Seq, full: bool) {
        let flight = nxt - una;
        if full || una.at_or_after(self.round_end) || (!self.full && flight > self.most) {
            *self = Usage { full, most: flight, round_end: nxt };
        }
    }
    /// Slow start may reach twice what was in flight; congestion avoidance needs a window that was full.
    pub(super) fn allows_growth(&self, cwnd: u32, slow_start: bool) -> bool {
        self.full || (slow_start && cwnd < self.most.saturating_mul(2))
    }
}
