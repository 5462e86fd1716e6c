//! The timers of a connection.

use serde::{Deserialize, Serialize};

/// A timer of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timer {
    /// Send the oldest unacknowledged octet again (RFC 6298).
    Retransmit,
    /// Probe a window of zero (RFC 9293 §3.8.6.1).
    Persist,
    /// Acknowledge what was received some time ago (RFC 9293 §3.8.6.3).
    DelayedAck,
    /// Leave TIME-WAIT after 2 MSL (RFC 9293 §3.6.1).
    TimeWait,
}
