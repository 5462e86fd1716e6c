//! Policy: how the congestion window grows.

use crate::tcp::{IdleRestart, SlowStartExit};
use serde::{Deserialize, Serialize};

/// Where the congestion window begins and how it grows (RFC 5681, RFC 9406, RFC 9438).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Growth {
    /// Initial congestion window in segments (RFC 5681 §3.1, RFC 6928).
    pub initial_window: u32,
    /// How slow start ends before a loss ends it (RFC 9406).
    pub slow_start_exit: SlowStartExit,
    /// Segments that one ACK may add to the window in slow start: `L` of RFC 3465; 1 in RFC 5681.
    pub slow_start_limit: u32,
    /// CUBIC's estimate of Reno's window grows as fast as Reno's beyond the window before the last loss (RFC 9438 §4.3); else
    /// by 9/17 of that for ever.
    pub cubic_catches_up: bool,
    /// What a pause makes of the congestion window (RFC 5681 §4.1).
    pub idle_restart: IdleRestart,
}

impl Growth {
    /// As the RFCs have it.
    pub const RFC: Growth = Growth {
        initial_window: 10,
        slow_start_exit: SlowStartExit::Loss,
        slow_start_limit: 1,
        cubic_catches_up: true,
        idle_restart: IdleRestart::Initial,
    };
    /// As on Linux 6.
    pub const LINUX: Growth = Growth {
        cubic_catches_up: false,
        slow_start_exit: SlowStartExit::Hystart,
        slow_start_limit: u32::MAX,
        idle_restart: IdleRestart::Halve,
        ..Growth::RFC
    };
    /// As on FreeBSD 14.
    pub const FREEBSD: Growth =
        Growth { slow_start_exit: SlowStartExit::HystartPlusPlus, slow_start_limit: 2, ..Growth::RFC };
}
