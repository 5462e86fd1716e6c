//! Policy of the socket interface: what programs see of a connection, and how it ends when they let go of it.

use crate::time::Span;
use serde::{Deserialize, Serialize};

/// What a socket does where RFC 9293 leaves it to the stack or to the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// How long sent data may stay unacknowledged (`TCP_USER_TIMEOUT`, RFC 5482). None: as [`Timeouts::data_retries`](super::Timeouts::data_retries) says.
    pub user_timeout: Option<Span>,
    /// How long a connection that the program closed waits in FIN-WAIT-2 for the peer's FIN (`TCP_LINGER2`). None:
    /// for ever, as RFC 9293 has it.
    pub fin_wait_2: Option<Span>,
    /// The socket is writable while fewer unsent bytes than this wait (`TCP_NOTSENT_LOWAT`). Zero: no bound.
    pub unsent_low_water: u32,
    /// Urgent data stays in its place in the stream (`SO_OOBINLINE`), as RFC 6093 §2 wants it.
    pub out_of_band_inline: bool,
    /// Whether `accept` gives a non-blocking descriptor where the welcoming socket is (as on the BSDs).
    pub accepted_non_blocking: bool,
    /// Whether `close` resets the connection where octets wait that nobody will read (RFC 9293 §3.6.1 says "SHOULD");
    /// else they are forgotten and a FIN goes out.
    pub reset_unread: bool,
    /// An IPv6 socket takes no IPv4 packets unless the program says otherwise (`IPV6_V6ONLY`). RFC 3493 §5.3 has it off.
    pub only_v6: bool,
    /// A handshake is over only when the first data comes with its ACK, or after this time (`TCP_DEFER_ACCEPT`, Linux).
    pub defer_accept: Option<Span>,
    /// Whether `TCP_MAXSEG` also makes the segments of a connection smaller that stands; on Linux it is for its SYN alone.
    pub max_segment_at_any_time: bool,
    /// `SO_RCVBUF` and `SO_SNDBUF` are told so many times as large as they were set: Linux counts the memory that
    /// packets take beside their bytes, and doubles.
    pub buffer_factor: u32,
}

impl Interface {
    /// As RFC 9293 has it.
    pub const RFC: Interface = Interface {
        user_timeout: None,
        fin_wait_2: None,
        unsent_low_water: 0,
        out_of_band_inline: false,
        accepted_non_blocking: false,
        reset_unread: true,
        only_v6: false,
        defer_accept: None,
        max_segment_at_any_time: true,
        buffer_factor: 1,
    };
    /// As on Linux 6.
    pub const LINUX: Interface = Interface {
        fin_wait_2: Some(Span::from_secs(60)),
        max_segment_at_any_time: false,
        buffer_factor: 2,
        ..Interface::RFC
    };
    /// As on FreeBSD 14.
    pub const FREEBSD: Interface = Interface {
        fin_wait_2: Some(Span::from_secs(60)),
        accepted_non_blocking: true,
        only_v6: true,
        reset_unread: false,
        ..Interface::RFC
    };
}

/// Keep-alives (RFC 9293 §3.8.4): probes of a connection on which nothing arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepAlive {
    /// Whether they are sent (`SO_KEEPALIVE`); "they MUST default to off".
    pub on: bool,
    /// How long nothing must have arrived before the first (`TCP_KEEPIDLE`): by default no less than two hours.
    pub idle: Span,
    /// Time between two of them (`TCP_KEEPINTVL`).
    pub interval: Span,
    /// So many without an answer end the connection (`TCP_KEEPCNT`).
    pub count: u32,
}

impl KeepAlive {
    /// Off, and otherwise as Linux and the BSDs have it.
    pub const RFC: KeepAlive =
        KeepAlive { on: false, idle: Span::from_secs(7200), interval: Span::from_secs(75), count: 9 };
}
