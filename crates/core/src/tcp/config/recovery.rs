//! Policy: how losses are found and made good.

use crate::time::Span;
use serde::{Deserialize, Serialize};

/// How losses are found and made good (RFC 5681, RFC 6675, RFC 8985, RFC 5682).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossRecovery {
    /// Duplicate ACKs, or segments sacked beyond a hole, that tell a loss from mere reordering (RFC 5681 §3.2).
    pub dup_threshold: u32,
    /// With SACK, time tells what is lost (RACK, RFC 8985); else what is sacked beyond it (RFC 6675).
    pub rack: bool,
    /// With SACK, a probe finds the loss of the last segments (TLP, RFC 8985 §7).
    pub tail_loss_probe: bool,
    /// How long we expect the peer to delay an ACK: a tail loss probe of a lone segment waits for it (RFC 8985 §7.2).
    pub max_ack_delay: Span,
    /// After a retransmission time-out, find out whether it was needless (F-RTO, RFC 5682).
    pub f_rto: bool,
    /// Restore the congestion window where a retransmission proves needless (RFC 3708, RFC 4015).
    pub undo: bool,
    /// A loss cuts what is in flight (RFC 5681, equation 4), not the whole congestion window.
    pub loss_cuts_flight: bool,
}

impl LossRecovery {
    /// As the RFCs have it.
    pub const RFC: LossRecovery = LossRecovery {
        loss_cuts_flight: true,
        dup_threshold: 3,
        rack: true,
        tail_loss_probe: true,
        max_ack_delay: Span::from_millis(200),
        f_rto: true,
        undo: true,
    };
    /// As on Linux 6.
    pub const LINUX: LossRecovery = LossRecovery { loss_cuts_flight: false, ..LossRecovery::RFC };
    /// As on FreeBSD 14.
    pub const FREEBSD: LossRecovery = LossRecovery {
        loss_cuts_flight: false,
        rack: false,
        tail_loss_probe: false,
        f_rto: false,
        ..LossRecovery::RFC
    };
}
