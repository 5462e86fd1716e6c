//! STATUS (RFC 9293 §3.10.6): what `TCP_INFO` tells.

use super::sent::Fate;
use super::{Connection, Phase, State};
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
    /// Segments sent and not acknowledged.
    pub unacked: u32,
    /// Segments presumed lost, those included that were sent again since.
    pub lost: u32,
    /// Segments that the peer has, by its SACK blocks.
    pub sacked: u32,
    /// Segments that were sent again and are on their way.
    pub retrans: u32,
    /// Where loss recovery stands.
    pub ca_state: Phase,
    /// How far segments may overtake each other before they count as lost, in segments.
    pub reordering: u32,
    /// How often segments overtook each other.
    pub reord_seen: u32,
    /// The least round-trip time; zero before one was measured.
    pub min_rtt: Span,
    /// Segments sent again, in all.
    pub total_retrans: u32,
    /// Bytes sent again, in all.
    pub bytes_retrans: u64,
    /// Bytes acknowledged, in all.
    pub bytes_acked: u64,
    /// Times that the peer told of bytes that came twice.
    pub dsack_dups: u32,
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
    /// What both ends agreed on in the handshake.
    pub options: Agreed,
}

/// Options that both ends agreed on: the bits of `tcpi_options`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    /// Timestamps (RFC 7323 §3).
    pub timestamps: bool,
    /// Selective acknowledgment (RFC 2018).
    pub sack: bool,
    /// Window scaling (RFC 7323 §2).
    pub window_scale: bool,
    /// Explicit congestion notification (RFC 3168).
    pub ecn: bool,
    /// Data on a SYN was taken (RFC 7413).
    pub data_on_syn: bool,
}

impl Connection {
    /// STATUS: `getsockopt(TCP_INFO)`.
    pub fn info(&self) -> TcpInfo {
        TcpInfo {
            state: self.state,
            retransmits: self.attempts,
            probes: self.probes.unanswered.max(self.silent_probes()),
            backoff: self.attempts,
            rto: self.rto.current(&self.config),
            ato: self.config.delayed_ack,
            snd_mss: self.snd.mss,
            advmss: u32::from(self.config.mss),
            unacked: self.sent.count(|_| true),
            sacked: self.sent.count(|segment| segment.fate == Fate::Sacked),
            lost: self.sent.count(|segment| matches!(segment.fate, Fate::Lost | Fate::Resent)),
            retrans: self.sent.count(|segment| segment.again > 0 && segment.is_under_way()),
            ca_state: self.recovery.phase,
            reordering: self.rack.distance().max(self.config.recovery.dup_threshold),
            reord_seen: self.rack.times_seen(),
            min_rtt: self.rack.min_rtt().unwrap_or_default(),
            total_retrans: self.totals.resent,
            bytes_retrans: self.totals.bytes_resent,
            bytes_acked: self.totals.bytes_acked,
            dsack_dups: self.totals.twice,
            rtt: self.rto.srtt().unwrap_or_default(),
            rttvar: self.rto.rttvar().unwrap_or_default(),
            snd_ssthresh: self.congestion.ssthresh / self.snd.mss.max(1),
            snd_cwnd: self.congestion.cwnd / self.snd.mss.max(1),
            rcv_space: self.rcv.wnd,
            snd_wnd: self.snd.wnd,
            notsent_bytes: self.unsent(),
            options: Agreed {
                timestamps: self.timestamps.on,
                sack: self.sack_permitted,
                window_scale: self.rcv.shift.is_some(),
                ecn: self.marks.on,
                data_on_syn: self.syn_had_data(),
            },
        }
    }
}
