//! STATUS (RFC 9293 §3.10.6): what `TCP_INFO` tells.

use super::{Connection, State};
use crate::time::Span;
use serde::{Deserialize, Serialize};

/// What a connection tells of itself. Fields are named as in `struct tcp_info` of Linux, without `tcpi_`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TcpInfo {
    /// The state of the connection.
    pub state: State,
    /// Retransmission timeouts since the last ACK of something new.
    pub retransmits: u32,
    /// Probes of a closed window, or keep-alives, that nobody has answered.
    pub probes: u32,
    /// How often the retransmission time-out was doubled.
    pub backoff: u32,
    /// Retransmission time-out.
    pub rto: Span,
    /// Delayed-ACK time.
    pub ato: Span,
    /// Bytes of text in a full segment that we send.
    pub snd_mss: u32,
    /// The MSS that we announced.
    pub advmss: u32,
    /// Segments sent and neither acknowledged nor presumed lost, counted in full segments.
    pub unacked: u32,
    /// Segments presumed lost.
    pub lost: u32,
    /// Smoothed round-trip time; zero before one was measured.
    pub rtt: Span,
    /// Variation of the round-trip time.
    pub rttvar: Span,
    /// Slow-start threshold, in segments; `u32::MAX` before there was a loss.
    pub snd_ssthresh: u32,
    /// Congestion window, in segments.
    pub snd_cwnd: u32,
    /// Bytes of the window that the receiver offers.
    pub rcv_space: u32,
    /// Bytes of the window that the peer offers.
    pub snd_wnd: u32,
    /// Bytes in the send buffer that were never sent.
    pub notsent_bytes: u32,
}

impl Connection {
    /// STATUS: `getsockopt(TCP_INFO)`.
    pub fn info(&self) -> TcpInfo {
        let segments = |octets: u32| octets.div_ceil(self.snd.mss.max(1));
        TcpInfo {
            state: self.state,
            retransmits: self.attempts,
            probes: self.probes.unanswered,
            backoff: self.attempts,
            rto: self.rto.current(&self.config),
            ato: self.config.delayed_ack,
            snd_mss: self.snd.mss,
            advmss: u32::from(self.config.mss),
            unacked: segments(self.flight()),
            lost: segments(self.recovery.lost.len()),
            rtt: self.rto.srtt().unwrap_or_default(),
            rttvar: self.rto.rttvar().unwrap_or_default(),
            snd_ssthresh: self.congestion.ssthresh / self.snd.mss.max(1),
            snd_cwnd: self.congestion.cwnd / self.snd.mss.max(1),
            rcv_space: self.rcv.wnd,
            snd_wnd: self.snd.wnd,
            notsent_bytes: self.unsent(),
        }
    }
}
