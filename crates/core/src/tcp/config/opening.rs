//! Policy: how connections are opened, and when that is given up.

use crate::tcp::IcmpPolicy;
use crate::time::Span;
use serde::{Deserialize, Serialize};

/// How a connection is opened (RFC 9293 §3.5), how often its SYN goes out, and what it may cost a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
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
    /// After so many retransmissions a SYN goes without options other than the MSS: some middleboxes choke on them.
    pub syn_retries_with_options: u32,
    /// After so many retransmissions a SYN asks for ECN no more (RFC 3168 §6.1.1.1).
    pub ecn_syn_retries: u32,
    /// So many lost SYNs leave the initial window as it is; RFC 5681 §3.1 makes it one segment after the first.
    pub syn_losses_forgiven: u32,
    /// How long the handshake may take at most (`TCP_KEEPINIT`). None: as long as SYNs are sent again.
    pub keep_init: Option<Span>,
    /// Which ICMP errors end a connection that is being opened.
    pub icmp_ends_opening: IcmpPolicy,
    /// When a listener answers a SYN with a cookie instead of keeping state (RFC 4987 §3.6).
    pub syn_cookies: SynCookies,
    /// A cookie itself names the peer's window scale and SACK, and has fewer bits to be guessed; else timestamps do.
    pub cookies_hold_options: bool,
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

impl Opening {
    /// As the RFCs have it.
    pub const RFC: Opening = Opening {
        syn_retries_with_options: u32::MAX,
        syn_retries: 7,
        linear_syn_retries: 0,
        impatient_syn: false,
        syn_ack_retries: 7,
        syn_losses_forgiven: 0,
        icmp_ends_opening: IcmpPolicy::Hard,
        syn_cookies: SynCookies::Never,
        cookies_hold_options: false,
        ecn_syn_retries: 1,
        keep_init: None,
    };
    /// As on Linux 6.
    pub const LINUX: Opening = Opening {
        syn_losses_forgiven: 1,
        syn_retries: 6,
        linear_syn_retries: 4,
        impatient_syn: true,
        syn_ack_retries: 5,
        icmp_ends_opening: IcmpPolicy::All,
        syn_cookies: SynCookies::WhenFull,
        ecn_syn_retries: 0,
        ..Opening::RFC
    };
    /// As on FreeBSD 14.
    pub const FREEBSD: Opening = Opening {
        syn_retries: 12,
        syn_ack_retries: 3,
        keep_init: Some(Span::from_secs(75)),
        icmp_ends_opening: IcmpPolicy::HardAndExpired,
        syn_cookies: SynCookies::WhenFull,
        cookies_hold_options: true,
        ..Opening::RFC
    };
}
