//! What a view may see of a connection's control block.

use super::Phase;
use crate::seq::Seq;
use crate::time::Span;
use serde::{Deserialize, Serialize};

/// The variables of RFC 9293 §3.3.1 and of congestion control at one instant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variables {
    /// `ISS`: our initial send sequence number.
    pub iss: Seq,
    /// `SND.UNA`: the oldest octet sent and not acknowledged.
    pub snd_una: Seq,
    /// `SND.NXT`: the next octet to send.
    pub snd_nxt: Seq,
    /// `SND.WND`: the window the peer offers, in bytes.
    pub snd_wnd: u32,
    /// `IRS`: the peer's initial sequence number.
    pub irs: Seq,
    /// `RCV.NXT`: the next octet we expect.
    pub rcv_nxt: Seq,
    /// `RCV.WND`: the window we offer, in bytes.
    pub rcv_wnd: u32,
    /// Congestion window in bytes (RFC 5681).
    pub cwnd: u32,
    /// Slow-start threshold in bytes (RFC 5681).
    pub ssthresh: u32,
    /// Smoothed round-trip time, once one was measured (RFC 6298).
    pub srtt: Option<Span>,
    /// Retransmission time-out (RFC 6298).
    pub rto: Span,
    /// Where loss recovery stands.
    #[serde(default)]
    pub phase: Phase,
    /// Bytes thought to be on their way (`pipe`, RFC 6675 §4).
    #[serde(default)]
    pub pipe: u32,
    /// Bytes in flight that the peer has, by its SACK blocks.
    #[serde(default)]
    pub sacked: u32,
    /// Bytes presumed lost that wait to be sent again.
    #[serde(default)]
    pub lost: u32,
    /// How far segments were seen to overtake each other, in segments; 0 where none was.
    #[serde(default)]
    pub reordering: u32,
    /// Bytes in the send buffer, unacknowledged ones included.
    pub send_buffered: u32,
    /// Bytes in the receive buffer that the program has not taken.
    pub recv_buffered: u32,
    /// Bytes that arrived ahead of their turn and wait for a hole to be filled.
    pub reassembly: u32,
}
