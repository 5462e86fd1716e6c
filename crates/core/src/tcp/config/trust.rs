//! Policy against what is old or forged: segments that arrive where none is expected (RFC 5961, RFC 1337, RFC 6191).

use crate::time::Span;
use serde::{Deserialize, Serialize};

/// What is believed of segments that may be old or forged, and what is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trust {
    /// The time in which no more than [`challenge_acks`](Trust::challenge_acks) suspicious segments without text are
    /// answered (RFC 5961 §7).
    pub challenge_interval: Span,
    /// How many are answered in that time.
    pub challenge_acks: u32,
    /// How many the whole host answers in a second; about so many, for an exact number would tell strangers what goes on in
    /// other connections (RFC 5961 §10 and CVE-2016-5696). None: without bound.
    pub challenge_acks_of_host: Option<u32>,
    /// What closed ports answer.
    pub closed_ports: ClosedPorts,
    /// A RST anywhere in the window ends a connection, as before RFC 5961.
    pub reset_in_window_ends: bool,
    /// A SYN anywhere in the window ends a connection with a RST, as before RFC 5961.
    pub syn_in_window_ends: bool,
    /// Drop segments with both SYN and FIN: only port scanners send them.
    pub drop_syn_fin: bool,
    /// Answer a SYN,ACK for a listening port with a RST (RFC 9293 §3.10.7.2); else not at all.
    pub listener_resets_syn_ack: bool,
    /// A RST ends TIME-WAIT (RFC 9293 §3.10.7.4), although that lets old segments live (RFC 1337).
    pub reset_ends_time_wait: bool,
    /// A SYN with a later timestamp ends TIME-WAIT, whatever its sequence number (RFC 6191).
    pub timestamps_end_time_wait: bool,
    /// In TIME-WAIT only the next numbers are remembered: every segment but the plain ACK of our FIN is answered.
    pub minimal_time_wait: bool,
    /// Take text up to the end of the buffer, although the header could not tell of so large a window, or did not yet.
    pub accepts_whole_buffer: bool,
    /// An ACK that is due while our FIN is in flight carries the FIN again.
    pub acks_repeat_fin: bool,
}

/// What a port on which nobody listens answers, where scanners are to learn nothing (`blackhole` of FreeBSD).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClosedPorts {
    /// A RST to everything (RFC 9293 §3.10.7.1).
    Reset,
    /// Nothing to a SYN.
    IgnoreSyns,
    /// Nothing at all.
    Ignore,
}

impl Trust {
    /// As the RFCs have it.
    pub const RFC: Trust = Trust {
        challenge_interval: Span::from_millis(100),
        challenge_acks: 1,
        challenge_acks_of_host: None,
        closed_ports: ClosedPorts::Reset,
        reset_in_window_ends: false,
        syn_in_window_ends: false,
        drop_syn_fin: false,
        listener_resets_syn_ack: true,
        reset_ends_time_wait: true,
        timestamps_end_time_wait: true,
        minimal_time_wait: false,
        accepts_whole_buffer: false,
        acks_repeat_fin: false,
    };
    /// As Linux 6 does.
    pub const LINUX: Trust = Trust { challenge_interval: Span::from_millis(500), ..Trust::RFC };
    /// As FreeBSD 14 does.
    pub const FREEBSD: Trust = Trust {
        challenge_interval: Span::from_secs(1),
        challenge_acks: 5,
        listener_resets_syn_ack: false,
        reset_ends_time_wait: false,
        timestamps_end_time_wait: false,
        minimal_time_wait: true,
        accepts_whole_buffer: true,
        acks_repeat_fin: true,
        ..Trust::RFC
    };
}
