//! Policy: the values in which one TCP differs from another. The machine asks for a value, never for a name.

use super::ecn::EcnPolicy;
use super::fast_open::FastOpenPolicy;
use super::icmp::IcmpPolicy;
use super::{IdleRestart, SlowStartExit};
use super::{Interface, KeepAlive, Trust};
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
/// assert_eq!(config.min_rto, Span::from_millis(200));
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
    /// After so many retransmissions a SYN goes without options other than the MSS: some middleboxes choke on them.
    pub syn_retries_with_options: u32,
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
    /// How often a SYN is sent again before `connect` fails with ETIMEDOUT (RFC 9293 §3.8.3), if every wait doubles; where
    /// the first ones do not, as often as it takes to wait as long.
    pub syn_retries: u32,
    /// A SYN is sent again so many times before the wait for its answer begins to double (RFC 6298 §5.5 has 0).
    pub linear_syn_retries: u32,
    /// In SYN-SENT, what acknowledges something else makes the SYN go again at once: its sender has just lost the old
    /// connection.
    pub impatient_syn: bool,
    /// How often a SYN-ACK is sent again before the half-open connection is dropped.
    pub syn_ack_retries: u32,
    /// R2: how often a segment or a probe is sent again in vain before the connection is given up.
    pub data_retries: u32,
    /// Longest time between two probes of a closed window (RFC 9293 §3.8.6.1).
    pub max_persist: Span,
    /// Probes of a closed window carry no text, and a number that the peer has acknowledged, as keep-alives do; else one
    /// octet, as RFC 9293 §3.8.6.1 has it.
    pub probe_without_text: bool,
    /// Maximum segment lifetime; TIME-WAIT lasts two of them (RFC 9293 §3.4.2).
    pub msl: Span,
    /// Initial congestion window in segments (RFC 5681 §3.1, RFC 6928).
    pub initial_window: u32,
    /// So many lost SYNs leave the initial window as it is; RFC 5681 §3.1 makes it one segment after the first.
    pub syn_losses_forgiven: u32,
    /// How slow start ends before a loss ends it (RFC 9406).
    pub slow_start_exit: SlowStartExit,
    /// Segments that one ACK may add to the window in slow start: `L` of RFC 3465; 1 in RFC 5681.
    pub slow_start_limit: u32,
    /// CUBIC's estimate of Reno's window grows as fast as Reno's beyond the window before the last loss (RFC 9438 §4.3); else
    /// by 9/17 of that for ever.
    pub cubic_catches_up: bool,
    /// A loss cuts what is in flight (RFC 5681, equation 4), not the whole congestion window.
    pub loss_cuts_flight: bool,
    /// What a pause makes of the congestion window (RFC 5681 §4.1).
    pub idle_restart: IdleRestart,
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
    /// What is believed of segments that may be old or forged.
    pub trust: Trust,
    /// Which ICMP errors end a connection that is being opened.
    pub icmp_ends_opening: IcmpPolicy,
    /// Make segments smaller where a router says that they are too long (RFC 1191, RFC 8201).
    pub path_mtu_discovery: bool,
    /// How long what a router said of a path is believed (RFC 1191 §6.3).
    pub path_mtu_lifetime: Span,
    /// Time-outs in a row of a large segment make smaller ones, although no router said anything (RFC 2923 §2.1).
    pub black_hole_detection: bool,
    /// The segments that are tried first then, in octets of text, over IPv4 and IPv6: they get through nearly everywhere
    /// (RFC 4821 §7.2).
    pub black_hole_mss: [u16; 2],
    /// Our SYN offers no larger segments than the path is known to take, over IPv4 and IPv6; RFC 9293 §3.7.1 offers what we can
    /// receive.
    pub syn_offers_path: [bool; 2],
    /// No router makes us send smaller packets than this over IPv4, in bytes: 68 (RFC 1191 §3) or more.
    pub min_path_mtu: u16,
    /// Explicit congestion notification (RFC 3168).
    pub ecn: EcnPolicy,
    /// When a listener answers a SYN with a cookie instead of keeping state (RFC 4987 §3.6).
    pub syn_cookies: SynCookies,
    /// A cookie itself names the peer's window scale and SACK, and has fewer bits to be guessed; else timestamps do.
    pub cookies_hold_options: bool,
    /// Who may send data on a SYN (RFC 7413).
    pub fast_open: FastOpenPolicy,
    /// After so many retransmissions a SYN asks for ECN no more (RFC 3168 §6.1.1.1).
    pub ecn_syn_retries: u32,
    /// What the program hears of a reset after both FINs; `None`: nothing, as in RFC 9293 §3.10.7.4.
    pub reset_in_closing: Option<Errno>,
    /// What the program hears of a reset after the peer's FIN. RFC 9293 says "connection reset"; Linux says EPIPE.
    pub reset_in_close_wait: Errno,
    /// What programs see of the connection, and how it ends when they let go of it.
    pub interface: Interface,
    /// Keep-alives (`SO_KEEPALIVE`).
    pub keep_alive: KeepAlive,
    /// How long the handshake may take at most (`TCP_KEEPINIT`). None: as long as SYNs are sent again.
    pub keep_init: Option<Span>,
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

/// When a listener answers with SYN cookies (RFC 4987 §3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SynCookies {
    /// Never: a SYN that finds the queue full is dropped.
    Never,
    /// To a SYN that finds the queue full.
    WhenFull,
    /// To every SYN.
    Always,
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
            syn_retries_with_options: u32::MAX,
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
            initial_rto: Span::from_secs(1),
            min_rto: Span::from_secs(1),
            max_rto: Span::from_secs(60),
            granularity: Span::from_millis(1),
            rto_slop: Span::ZERO,
            rto_after_syn_loss: Span::from_secs(3),
            syn_retries: 7,
            linear_syn_retries: 0,
            impatient_syn: false,
            syn_ack_retries: 7,
            data_retries: 8,
            max_persist: Span::from_secs(60),
            probe_without_text: false,
            msl: Span::from_secs(120),
            initial_window: 10,
            syn_losses_forgiven: 0,
            slow_start_exit: SlowStartExit::Loss,
            slow_start_limit: 1,
            cubic_catches_up: true,
            loss_cuts_flight: true,
            idle_restart: IdleRestart::Initial,
            dup_threshold: 3,
            rack: true,
            tail_loss_probe: true,
            max_ack_delay: Span::from_millis(200),
            f_rto: true,
            undo: true,
            icmp_ends_opening: IcmpPolicy::Hard,
            path_mtu_discovery: true,
            path_mtu_lifetime: Span::from_secs(600),
            black_hole_detection: false,
            black_hole_mss: [1160, 1220],
            syn_offers_path: [false, false],
            min_path_mtu: 68,
            ecn: EcnPolicy::Passive,
            syn_cookies: SynCookies::Never,
            cookies_hold_options: false,
            fast_open: FastOpenPolicy::RFC,
            ecn_syn_retries: 1,
            reset_in_closing: None,
            reset_in_close_wait: Errno::ECONNRESET,
            keep_alive: KeepAlive::RFC,
            trust: Trust::RFC,
            interface: Interface::RFC,
            keep_init: None,
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
            cubic_catches_up: false,
            syn_losses_forgiven: 1,
            slow_start_exit: SlowStartExit::Hystart,
            slow_start_limit: u32::MAX,
            loss_cuts_flight: false,
            idle_restart: IdleRestart::Halve,
            delayed_ack: Span::from_millis(40),
            min_rto: Span::from_millis(200),
            max_rto: Span::from_secs(120),
            granularity: Span::from_millis(200),
            syn_retries: 6,
            linear_syn_retries: 4,
            impatient_syn: true,
            syn_ack_retries: 5,
            data_retries: 15,
            max_persist: Span::from_secs(120),
            probe_without_text: true,
            msl: Span::from_secs(30),
            icmp_ends_opening: IcmpPolicy::All,
            min_path_mtu: 552,
            syn_offers_path: [true, true],
            syn_cookies: SynCookies::WhenFull,
            fast_open: FastOpenPolicy::LINUX,
            ecn_syn_retries: 0,
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
            slow_start_exit: SlowStartExit::HystartPlusPlus,
            slow_start_limit: 2,
            loss_cuts_flight: false,
            rack: false,
            tail_loss_probe: false,
            f_rto: false,
            delayed_ack: Span::from_millis(40),
            min_rto: Span::from_millis(30),
            max_rto: Span::from_secs(64),
            granularity: Span::from_millis(30),
            rto_slop: Span::from_millis(200),
            syn_retries: 12,
            syn_ack_retries: 3,
            data_retries: 12,
            msl: Span::from_secs(30),
            keep_alive: KeepAlive { count: 8, ..KeepAlive::RFC },
            trust: Trust::FREEBSD,
            interface: Interface::FREEBSD,
            keep_init: Some(Span::from_secs(75)),
            icmp_ends_opening: IcmpPolicy::HardAndExpired,
            min_path_mtu: 296,
            black_hole_mss: [1200, 1220],
            syn_offers_path: [false, true],
            syn_cookies: SynCookies::WhenFull,
            cookies_hold_options: true,
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
        let patience = (2u64 << self.syn_retries.min(32)) - 1;
        let doublings = |times: u32| times.saturating_sub(self.linear_syn_retries).min(32);
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
