//! Policy: the values in which one TCP differs from another. The machine asks for a value, never for a name.

mod growth;
mod interface;
mod opening;
mod path;
mod recovery;
mod timeouts;
mod trust;

pub use growth::Growth;
pub use interface::{Interface, KeepAlive};
pub use opening::{Opening, SynCookies};
pub use path::PathPolicy;
pub use recovery::LossRecovery;
pub use timeouts::Timeouts;
pub use trust::{ClosedPorts, Trust};

use super::ecn::EcnPolicy;
use super::fast_open::FastOpenPolicy;
use crate::errno::Errno;
use crate::program::CongestionControl;
use crate::shared::Shared;
use crate::time::Span;
use crate::wire::OptionLayout;
use serde::{Deserialize, Serialize};

/// What a connection may decide for itself within the RFCs.
///
/// ```
/// use sockscope_core::tcp::Config;
/// use sockscope_core::time::Span;
/// let config = Config { no_delay: true, ..Config::linux() };
/// assert_eq!(config.timeouts.min_rto, Span::from_millis(200));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Largest payload we take in one segment, in bytes: announced in our SYN, and a bound on what we send
    /// (RFC 9293 §3.7.1). An interface's MTU less 40 bytes over IPv4, less 60 over IPv6.
    pub mss: u16,
    /// A peer that asks for smaller segments than this is sent segments of this size, in bytes.
    pub min_mss: u16,
    /// Order and padding of the options in the header.
    pub option_layout: OptionLayout,
    /// Offer window scaling, and use it where the peer does too (RFC 7323 §2).
    pub window_scaling: bool,
    /// Offer timestamps, and use them where the peer does too (RFC 7323 §3).
    pub timestamps: bool,
    /// One tick of our timestamp clock: 1 ms to 1 s (RFC 7323 §5.4).
    pub timestamp_tick: Span,
    /// Start the timestamp clock of each connection at a number that does not tell for how long the host has been up
    /// (RFC 7323 §5.4); else at the start of the host.
    pub timestamp_offset: bool,
    /// Drop segments without a timestamp where timestamps were agreed on (RFC 7323 §3.2).
    pub require_timestamps: bool,
    /// How connections are opened, and when that is given up.
    pub opening: Opening,
    /// Bytes that `send` may queue, unacknowledged ones included (`SO_SNDBUF`). At least 1.
    pub send_buffer: u32,
    /// The send buffer may grow to so many bytes by itself, as far as two congestion windows ask for it. 0: it does not.
    pub send_buffer_max: u32,
    /// Bytes kept for the program, and so the largest window we offer (`SO_RCVBUF`). At least 1; without window scaling
    /// the header holds at most 65,535.
    pub recv_buffer: u32,
    /// The receive buffer may grow to so many bytes by itself, and the window scale is chosen for that. 0: it does not.
    pub recv_buffer_max: u32,
    /// Whether it does: not where the program has set the size of the buffer itself.
    pub recv_auto_tuning: bool,
    /// Whether buffers are made to hold whole segments.
    pub buffer_rounding: Rounding,
    /// Offer all the room there is, and none where that is less than a segment and a quarter of the buffer; else the
    /// window's right edge waits until it can move by a segment or half the buffer (RFC 9293 §3.8.6.2.2).
    pub offer_all_room: bool,
    /// When the program has read so much that the peer hears of it.
    pub window_update: WindowUpdate,
    /// A RST for a port that a socket has bound travels as that socket asked (`IP_TTL`, `IP_TOS`).
    pub refuses_as_socket: bool,
    /// True switches Nagle's algorithm off (`TCP_NODELAY`, RFC 9293 §3.7.4).
    pub no_delay: bool,
    /// Nagle's algorithm in Minshall's variant: a small segment waits for other small ones only.
    pub minshall: bool,
    /// Nagle's algorithm is asked once for all that leaves at once: the small rest of what begins with nothing in flight goes
    /// with it, as on FreeBSD.
    pub nagle_once_a_burst: bool,
    /// True offers and accepts selective acknowledgment (RFC 2018).
    pub sack: bool,
    /// Which segments are acknowledged at once although all are in order (RFC 5681 §4.2).
    pub ack_every: AckEvery,
    /// Segments that are acknowledged at once when data begins to flow, or flows again after a pause, so that the
    /// sender's window opens soon. The RFCs know of no such thing: 0.
    pub quick_acks: u32,
    /// How long an ACK may wait for data to ride on; less than 500 ms (RFC 9293 §3.8.6.3). Zero: never wait.
    pub delayed_ack: Span,
    /// When something is sent again, and when that is given up.
    pub timeouts: Timeouts,
    /// Maximum segment lifetime; TIME-WAIT lasts two of them (RFC 9293 §3.4.2).
    pub msl: Span,
    /// How the congestion window grows.
    pub growth: Growth,
    /// How losses are found and made good.
    pub recovery: LossRecovery,
    /// What is believed of segments that may be old or forged.
    pub trust: Trust,
    /// What is made of the sizes that a path lets through.
    pub path: PathPolicy,
    /// Explicit congestion notification (RFC 3168).
    pub ecn: EcnPolicy,
    /// Who may send data on a SYN (RFC 7413).
    pub fast_open: FastOpenPolicy,
    /// What the program hears of a reset after both FINs; `None`: nothing, as in RFC 9293 §3.10.7.4.
    pub reset_in_closing: Option<Errno>,
    /// What the program hears of a reset after the peer's FIN. RFC 9293 says "connection reset"; Linux says EPIPE.
    pub reset_in_close_wait: Errno,
    /// What programs see of the connection, and how it ends when they let go of it.
    pub interface: Interface,
    /// Keep-alives (`SO_KEEPALIVE`).
    pub keep_alive: KeepAlive,
    /// Send full segments only (`TCP_CORK`, `TCP_NOPUSH`).
    pub cork: bool,
    /// Send no TCP options (`TCP_NOOPT`).
    pub no_options: bool,
    /// The UDP port of the peer to which segments go in datagrams, 8 bytes longer; 0: they travel as they are
    /// (`TCP_REMOTE_UDP_ENCAPS_PORT`).
    pub remote_udp_port: u16,
    /// The congestion control algorithm (`TCP_CONGESTION`).
    pub congestion: CongestionControl,
}

/// When an ACK of text in order does not wait (RFC 5681 §4.2: "at least every second full-sized segment").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AckEvery {
    /// When two full segments are unacknowledged.
    SecondFull,
    /// When more octets than one full segment holds are unacknowledged.
    MoreThanOneFull,
    /// At the second segment, full or not.
    Second,
}

/// When the peer hears, without any other segment of ours, that the window has grown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WindowUpdate {
    /// When it is at least twice what the peer knows of.
    Doubled,
    /// When it has grown by two segments and a quarter of the buffer, or by half of the buffer.
    TwoSegments,
}

/// How buffers are made to hold whole segments once the MSS is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rounding {
    /// They stay as they are.
    None,
    /// What is not a whole segment is not offered.
    Down,
    /// There is room for one segment more.
    Up,
}

impl Config {
    /// What the RFCs say or recommend.
    pub const fn rfc() -> Config {
        Config {
            mss: 1460,
            min_mss: 64,
            option_layout: OptionLayout::TimestampsFirst,
            window_scaling: true,
            timestamps: true,
            timestamp_tick: Span::from_millis(1),
            timestamp_offset: true,
            require_timestamps: true,
            opening: Opening::RFC,
            send_buffer: 65_535,
            send_buffer_max: 0,
            recv_buffer: 65_535,
            recv_buffer_max: 0,
            recv_auto_tuning: true,
            buffer_rounding: Rounding::None,
            offer_all_room: false,
            window_update: WindowUpdate::Doubled,
            refuses_as_socket: false,
            no_delay: false,
            minshall: false,
            nagle_once_a_burst: false,
            sack: true,
            ack_every: AckEvery::SecondFull,
            quick_acks: 0,
            delayed_ack: Span::from_millis(200),
            timeouts: Timeouts::RFC,
            msl: Span::from_secs(120),
            growth: Growth::RFC,
            recovery: LossRecovery::RFC,
            path: PathPolicy::RFC,
            ecn: EcnPolicy::Passive,
            fast_open: FastOpenPolicy::RFC,
            reset_in_closing: None,
            reset_in_close_wait: Errno::ECONNRESET,
            keep_alive: KeepAlive::RFC,
            trust: Trust::RFC,
            interface: Interface::RFC,
            cork: false,
            no_options: false,
            remote_udp_port: 0,
            congestion: CongestionControl::Reno,
        }
    }
    /// As Linux 6 does, as far as policy goes.
    pub const fn linux() -> Config {
        Config {
            ack_every: AckEvery::MoreThanOneFull,
            quick_acks: 16,
            minshall: true,
            min_mss: 48,
            require_timestamps: false,
            send_buffer: 87_040,
            send_buffer_max: 4_194_304,
            recv_buffer: 65_536,
            recv_buffer_max: 6_291_456,
            buffer_rounding: Rounding::Down,
            congestion: CongestionControl::Cubic,
            growth: Growth::LINUX,
            opening: Opening::LINUX,
            recovery: LossRecovery::LINUX,
            delayed_ack: Span::from_millis(40),
            timeouts: Timeouts::LINUX,
            msl: Span::from_secs(30),
            path: PathPolicy::LINUX,
            fast_open: FastOpenPolicy::LINUX,
            reset_in_close_wait: Errno::EPIPE,
            trust: Trust::LINUX,
            interface: Interface::LINUX,
            ..Config::rfc()
        }
    }
    /// As FreeBSD 14 does, as far as policy goes.
    pub const fn freebsd() -> Config {
        Config {
            ack_every: AckEvery::Second,
            min_mss: 216,
            option_layout: OptionLayout::ScaleFirst,
            send_buffer: 32_768,
            send_buffer_max: 2_097_152,
            recv_buffer: 65_536,
            recv_buffer_max: 2_097_152,
            buffer_rounding: Rounding::Up,
            offer_all_room: true,
            window_update: WindowUpdate::TwoSegments,
            nagle_once_a_burst: true,
            refuses_as_socket: true,
            congestion: CongestionControl::Cubic,
            growth: Growth::FREEBSD,
            recovery: LossRecovery::FREEBSD,
            delayed_ack: Span::from_millis(40),
            timeouts: Timeouts::FREEBSD,
            opening: Opening::FREEBSD,
            msl: Span::from_secs(30),
            keep_alive: KeepAlive { count: 8, ..KeepAlive::RFC },
            trust: Trust::FREEBSD,
            interface: Interface::FREEBSD,
            path: PathPolicy::FREEBSD,
            fast_open: FastOpenPolicy::FREEBSD,
            reset_in_closing: Some(Errno::ECONNRESET),
            ..Config::rfc()
        }
    }
}

impl Config {
    /// As many retransmissions of a SYN as fit into the time that `syn_retries` of them take when every wait doubles, the
    /// last wait among them.
    pub(super) fn times_to_send_a_syn_again(&self) -> u32 {
        let patience = (2u64 << self.opening.syn_retries.min(32)) - 1;
        let doublings = |times: u32| times.saturating_sub(self.opening.linear_syn_retries).min(32);
        let mut waited = 0;
        (0..u32::MAX)
            .find(|times| {
                waited += 1u64 << doublings(*times);
                waited >= patience
            })
            .unwrap_or(u32::MAX)
    }
    /// The policies of one connection: without options none is offered, nor used.
    pub(super) fn of_connection(mut config: Shared<Config>) -> Shared<Config> {
        if config.no_options {
            (config.window_scaling, config.timestamps, config.sack) = (false, false, false);
        }
        config
    }
}

impl Default for Config {
    /// [`Config::rfc`].
    fn default() -> Config {
        Config::rfc()
    }
}
