//! Policy: when something is sent again, and when that is given up.

use crate::time::Span;
use serde::{Deserialize, Serialize};

/// The retransmission time-out (RFC 6298), and for how long a silent peer or a closed window is borne with (RFC 9293 §3.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeouts {
    /// Retransmission time-out before anything was measured (RFC 6298 §2.1).
    pub initial_rto: Span,
    /// Lower bound of the retransmission time-out (RFC 6298 §2.4).
    pub min_rto: Span,
    /// Upper bound of the retransmission time-out (RFC 6298 §2.5).
    pub max_rto: Span,
    /// `G`: the least that is added to the smoothed round-trip time (RFC 6298 §2.3).
    pub granularity: Span,
    /// Added to every time-out but the first, for the other end's delayed ACK.
    pub rto_slop: Span,
    /// Retransmission time-out for data where the SYN had to be sent again and nothing was measured (RFC 6298 §5.7).
    pub rto_after_syn_loss: Span,
    /// R2: how often a segment or a probe is sent again in vain before the connection is given up.
    pub data_retries: u32,
    /// Longest time between two probes of a closed window (RFC 9293 §3.8.6.1).
    pub max_persist: Span,
    /// Probes of a closed window carry no text, and a number that the peer has acknowledged, as keep-alives do; else one
    /// octet, as RFC 9293 §3.8.6.1 has it.
    pub probe_without_text: bool,
}

impl Timeouts {
    /// As the RFCs have it.
    pub const RFC: Timeouts = Timeouts {
        initial_rto: Span::from_secs(1),
        min_rto: Span::from_secs(1),
        max_rto: Span::from_secs(60),
        granularity: Span::from_millis(1),
        rto_slop: Span::ZERO,
        rto_after_syn_loss: Span::from_secs(3),
        data_retries: 8,
        max_persist: Span::from_secs(60),
        probe_without_text: false,
    };
    /// As on Linux 6.
    pub const LINUX: Timeouts = Timeouts {
        min_rto: Span::from_millis(200),
        max_rto: Span::from_secs(120),
        granularity: Span::from_millis(200),
        data_retries: 15,
        max_persist: Span::from_secs(120),
        probe_without_text: true,
        ..Timeouts::RFC
    };
    /// As on FreeBSD 14.
    pub const FREEBSD: Timeouts = Timeouts {
        min_rto: Span::from_millis(30),
        max_rto: Span::from_secs(64),
        granularity: Span::from_millis(30),
        rto_slop: Span::from_millis(200),
        data_retries: 12,
        ..Timeouts::RFC
    };
}
