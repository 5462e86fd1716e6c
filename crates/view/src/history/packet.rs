//! What becomes of a packet.

use serde::Serialize;
use sockscope_core::seq::Seq;
use sockscope_core::tcp::Reason;
use sockscope_core::time::Time;
use sockscope_core::trace::{Discard, LinkDrop, LinkId, Node, Sock};
use sockscope_core::wire::{Body, Flags, Packet, PacketId, Segment};
use std::net::SocketAddr;

/// The life of a packet, from the host that sent it to wherever it ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Journey {
    /// The packet as it was sent.
    pub packet: Packet,
    /// The event that sent it.
    pub sent: usize,
    /// When it was sent.
    pub at: Time,
    /// The node that sent it.
    pub from: Node,
    /// The socket that sent it; absent for answers of the host itself.
    pub sock: Option<Sock>,
    /// Why it was sent.
    pub reason: Reason,
    /// The first packet that carried the same octets of the connection, where this one sends them again.
    pub original: Option<PacketId>,
    /// Sequence and acknowledgment numbers counted from the initial ones, where this is a TCP segment.
    pub relative: Option<Relative>,
    /// Its ways over links, in the order in which it entered them; a duplicate has its own.
    pub hops: Vec<Hop>,
    /// Where it reached a host.
    pub arrivals: Vec<Arrival>,
    /// Where it passed points at which packets are captured.
    pub sightings: Vec<Sighting>,
    /// The host that it is for and the socket there, where a capture told them.
    pub to: Option<(Node, Option<Sock>)>,
    /// So many bytes at its end were not captured: zeros stand for them.
    pub cut: u32,
}

/// A packet passes a point where packets are captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Sighting {
    /// The event.
    pub event: usize,
    /// When.
    pub at: Time,
    /// The point: its place in [`History::points`](super::History::points).
    pub point: u16,
}

/// Numbers of a segment, counted from the initial sequence number of each side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Relative {
    /// `SEG.SEQ`: 0 for the SYN.
    pub seq: u32,
    /// `SEG.ACK`: 1 acknowledges the SYN. 0 where the segment acknowledges nothing.
    pub ack: u32,
}

/// The way of a packet, or of its duplicate, over one link.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hop {
    /// The directed link.
    pub link: LinkId,
    /// 0, or the number of the duplicate.
    pub copy: u8,
    /// The event that put it on the link.
    pub event: usize,
    /// When it was put on the link.
    pub entered: Time,
    /// When its last bit is on the wire.
    pub leaves: Time,
    /// When it reaches the other end; absent where it was lost before that was known.
    pub arrives: Option<Time>,
    /// Bytes in the queue before the wire, this packet included.
    pub queue: u32,
    /// The bit that the link flipped, counted from the first of the IP header.
    pub flipped: Option<u32>,
    /// How it ended.
    pub end: HopEnd,
}

/// How the way over a link ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HopEnd {
    /// Nothing more is known: it is on its way.
    UnderWay,
    /// It reached the other end.
    Delivered {
        /// The event that says so.
        event: usize,
        /// When.
        at: Time,
    },
    /// It was lost.
    Lost {
        /// The event that says so.
        event: usize,
        /// When, on its way.
        at: Time,
        /// Why.
        why: LinkDrop,
    },
}

/// A packet, or its duplicate, reaches a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Arrival {
    /// The event.
    pub event: usize,
    /// When.
    pub at: Time,
    /// The host.
    pub node: Node,
    /// The socket it is for, where there is one.
    pub sock: Option<Sock>,
    /// 0, or the number of the duplicate.
    pub copy: u8,
    /// The event that threw it away there, and why.
    pub discarded: Option<(usize, Discard)>,
}

impl Journey {
    /// True where nothing is known of it but that it passed where packets are captured.
    pub fn is_captured(&self) -> bool {
        !self.sightings.is_empty() && self.arrivals.is_empty() && self.hops.is_empty()
    }
    /// The application's bytes that are known: without those that were not captured.
    pub fn payload(&self) -> &[u8] {
        let payload = crate::words::payload(&self.packet);
        &payload[..payload.len().saturating_sub(self.cut as usize)]
    }
    /// The segment, where it is one of TCP.
    pub fn segment(&self) -> Option<&Segment> {
        match &self.packet.body {
            Body::Tcp(segment) => Some(segment),
            _ => None,
        }
    }
    /// Source and destination, where the packet has ports.
    pub fn ends(&self) -> Option<(SocketAddr, SocketAddr)> {
        let (from, to) = match &self.packet.body {
            Body::Tcp(segment) => (segment.src_port, segment.dst_port),
            Body::Udp(datagram) => (datagram.src_port, datagram.dst_port),
            Body::Icmp(_) => return None,
        };
        Some((SocketAddr::new(self.packet.src, from), SocketAddr::new(self.packet.dst, to)))
    }
    /// The hop of `copy` that was entered last.
    pub(crate) fn last_hop(&mut self, link: LinkId, copy: u8) -> Option<&mut Hop> {
        self.hops.iter_mut().rev().find(|hop| hop.link == link && hop.copy == copy)
    }
    /// Where and why it was lost on a link: the hop, the time, the reason.
    pub fn losses(&self) -> impl Iterator<Item = (&Hop, Time, LinkDrop)> {
        self.hops.iter().filter_map(|hop| match hop.end {
            HopEnd::Lost { at, why, .. } => Some((hop, at, why)),
            _ => None,
        })
    }
    /// True where `earlier`, of the same socket, carried octets that this segment carries again.
    pub(crate) fn repeats(&self, earlier: &Journey) -> bool {
        let same = self.from == earlier.from && self.sock.is_some() && self.sock == earlier.sock;
        let (Some(a), Some(b)) = (self.segment(), earlier.segment()) else { return false };
        same && a.seq_range().overlap(b.seq_range()).is_some()
    }
}

/// What a packet is at first sight: it decides colour, dash and first word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PacketKind {
    /// Opens a connection.
    Syn,
    /// Carries data.
    Data,
    /// Carries nothing but an acknowledgment.
    Ack,
    /// Ends a direction.
    Fin,
    /// Ends a connection at once.
    Rst,
    /// A UDP datagram.
    Udp,
    /// An ICMP message.
    Icmp,
}

impl PacketKind {
    /// The kind of a packet.
    pub fn of(packet: &Packet) -> PacketKind {
        match &packet.body {
            Body::Udp(_) => PacketKind::Udp,
            Body::Icmp(_) => PacketKind::Icmp,
            Body::Tcp(segment) if segment.flags.has(Flags::RST) => PacketKind::Rst,
            Body::Tcp(segment) if segment.flags.has(Flags::SYN) => PacketKind::Syn,
            Body::Tcp(segment) if segment.flags.has(Flags::FIN) => PacketKind::Fin,
            Body::Tcp(segment) if segment.payload.is_empty() => PacketKind::Ack,
            Body::Tcp(_) => PacketKind::Data,
        }
    }
    /// Its style class.
    pub const fn class(self) -> &'static str {
        match self {
            PacketKind::Syn => "syn",
            PacketKind::Data => "data",
            PacketKind::Ack => "ack",
            PacketKind::Fin => "fin",
            PacketKind::Rst => "rst",
            PacketKind::Udp => "udp",
            PacketKind::Icmp => "icmp",
        }
    }
}

/// The initial sequence number of each direction of each connection, newest last.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Initial(sockscope_core::collections::BTreeMap<[SocketAddr; 2], Seq>);

impl Initial {
    /// Numbers of a packet counted from the initial ones. A SYN begins a direction; where none was seen, the first
    /// segment does, as if it followed a SYN.
    pub(crate) fn relative(&mut self, packet: &Packet) -> Option<Relative> {
        let Body::Tcp(segment) = &packet.body else { return None };
        let from = SocketAddr::new(packet.src, segment.src_port);
        let to = SocketAddr::new(packet.dst, segment.dst_port);
        if segment.flags.has(Flags::SYN) {
            self.0.insert([from, to], segment.seq);
        }
        let ours = *self.0.entry([from, to]).or_insert(segment.seq - 1);
        let ack = segment.flags.has(Flags::ACK).then(|| {
            let theirs = *self.0.entry([to, from]).or_insert(segment.ack - 1);
            segment.ack - theirs
        });
        Some(Relative { seq: segment.seq - ours, ack: ack.unwrap_or(0) })
    }
}
