//! Packets: the headers of IP, UDP, TCP and ICMP as plain values, and their bytes.
//!
//! The simulation moves [`Packet`] values; bytes are made where bytes are wanted (captures, the packet card,
//! corruption on a link) by [`codec`].

mod captured;
mod checksum;
pub mod codec;
mod fast_open;
pub mod fields;
mod icmp;
mod options;
mod sack_blocks;
mod segment;

pub use captured::Captured;
pub use fast_open::Cookie;
pub use icmp::{IcmpKind, IcmpMessage};
pub use options::{OptionLayout, Options};
pub use sack_blocks::SackBlocks;
pub use segment::{Flags, Segment};

use crate::payload::Payload;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;

/// The number of a packet, unique in a run; a retransmission is a new packet, a duplicate made by a link is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PacketId(pub u64);

impl fmt::Display for PacketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// An IP packet, version 4 or 6 as its addresses are (RFC 791, RFC 8200).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packet {
    /// Its number in this run; not on the wire.
    pub id: PacketId,
    /// Source address.
    pub src: IpAddr,
    /// Destination address, of the same version as `src`.
    pub dst: IpAddr,
    /// Time to live, or hop limit: how many routers it may still pass.
    pub ttl: u8,
    /// Type of service, or traffic class: six bits of DSCP (RFC 2474) and two of [`Ecn`] (RFC 3168 §5).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tos: u8,
    /// What it carries.
    pub body: Body,
}

/// What an IP packet carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// A TCP segment.
    Tcp(Segment),
    /// A UDP datagram.
    Udp(Datagram),
    /// An ICMP or ICMPv6 message.
    Icmp(IcmpMessage),
}

impl Body {
    /// Length on the wire in bytes, headers included.
    fn len(&self) -> usize {
        let header = match self {
            Body::Tcp(segment) => segment.header_len(),
            Body::Udp(_) | Body::Icmp(_) => 8,
        };
        header + self.text().len()
    }
    /// What comes behind the headers.
    fn text(&self) -> &Payload {
        match self {
            Body::Tcp(segment) => &segment.payload,
            Body::Udp(datagram) => &datagram.payload,
            Body::Icmp(message) => &message.quoted,
        }
    }
}

/// A UDP datagram (RFC 768).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Datagram {
    /// Source port.
    pub src_port: u16,
    /// Destination port.
    pub dst_port: u16,
    /// The application's bytes, at most 65,507 over IPv4 and 65,527 over IPv6.
    pub payload: Payload,
}

/// What the lower two bits of [`Packet::tos`] say (RFC 3168 §5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ecn {
    /// The transport does not know of ECN.
    #[default]
    NotEct,
    /// ECN-capable transport, codepoint 1 (RFC 8311).
    Ect1,
    /// ECN-capable transport: a router may mark instead of dropping.
    Ect0,
    /// Congestion experienced: a router marked.
    Ce,
}

impl Ecn {
    /// As the two bits.
    pub const fn bits(self) -> u8 {
        self as u8
    }
}

impl Packet {
    /// Its ECN bits.
    pub fn ecn(&self) -> Ecn {
        [Ecn::NotEct, Ecn::Ect1, Ecn::Ect0, Ecn::Ce][usize::from(self.tos & 3)]
    }
    /// The packet with these ECN bits.
    pub fn set_ecn(&mut self, ecn: Ecn) {
        self.tos = self.tos & !3 | ecn.bits();
    }
    /// Length on the wire in bytes, IP header included.
    pub fn len(&self) -> usize {
        let ip = if self.src.is_ipv4() { 20 } else { 40 };
        ip + self.body.len()
    }
    /// Never: a packet has at least its headers.
    pub fn is_empty(&self) -> bool {
        false
    }
}

fn is_zero(n: &u8) -> bool {
    *n == 0
}
