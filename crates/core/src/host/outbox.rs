//! Packets on their way from the sockets to the network.

use super::options::Options;
use crate::tcp::Reason;
use crate::trace::{Cx, EventId, Kind, Node, Sock};
use crate::wire::{Body, Datagram, Ecn, Packet, PacketId, codec};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::net::IpAddr;

/// Numbers packets and keeps them, in order, until the driver asks for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Outbox {
    node: Node,
    ttl: u8,
    /// How many packets were numbered.
    numbered: u32,
    queue: VecDeque<Packet>,
    /// The `Sent` event of each of them, where there is a trace.
    sent: VecDeque<EventId>,
}

/// What the header of a packet says of its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    src: IpAddr,
    dst: IpAddr,
    /// `None`: as the host does.
    ttl: Option<u8>,
    tos: u8,
    /// The ports of the datagram that carries a segment, ours and the peer's.
    udp: Option<(u16, u16)>,
}

impl Route {
    /// A packet of a socket, which may have asked for something else than the host does.
    pub(super) fn of(options: &Options, src: IpAddr, dst: IpAddr) -> Route {
        Route { src, dst, ttl: options.ttl(), tos: options.tos(), udp: None }
    }
    /// An answer of the host itself to a packet that came; a segment travels as that did.
    pub(super) fn back(packet: &Packet) -> Route {
        let udp = match &packet.body {
            Body::Udp(datagram) => Some((datagram.dst_port, datagram.src_port)),
            Body::Tcp(_) | Body::Icmp(_) => None,
        };
        Route { src: packet.dst, dst: packet.src, ttl: None, tos: 0, udp }
    }
    /// The same as a packet of a socket.
    pub(super) fn asked_by(self, options: &Options) -> Route {
        Route { ttl: options.ttl(), tos: options.tos(), ..self }
    }
    /// The way of a segment to this UDP port of the peer, from ours; without a datagram where that is 0.
    pub(super) fn over_udp(self, ours: u16, theirs: u16) -> Route {
        Route { udp: (theirs > 0).then_some((ours, theirs)), ..self }
    }
    /// The same with these ECN bits, which are TCP's to set (RFC 3168 §6.1).
    pub(super) fn marked(self, ecn: Ecn) -> Route {
        Route { tos: self.tos & !3 | ecn.bits(), ..self }
    }
}

impl Outbox {
    pub(super) fn new(node: Node, ttl: u8) -> Outbox {
        Outbox { node, ttl, numbered: 0, queue: VecDeque::new(), sent: VecDeque::new() }
    }
    /// Makes a packet and tells the trace that it is sent. Always in line: what is made there is written where it stays.
    #[inline(always)]
    pub(super) fn push(&mut self, from: Option<Sock>, route: Route, body: Body, reason: Reason, cx: &mut Cx) {
        if let Some(ports) = route.udp {
            return self.push_carried(from, Route { udp: None, ..route }, carried(body, ports), reason, cx);
        }
        let id = PacketId(u64::from(self.node.0) << 32 | u64::from(self.numbered));
        self.numbered += 1;
        let Route { src, dst, ttl, tos, .. } = route;
        self.queue.push_back(Packet { id, src, dst, ttl: ttl.unwrap_or(self.ttl), tos, body });
        let packet = || Box::new(self.queue[self.queue.len() - 1].clone());
        if let Some(sent) = cx.emit(|| Kind::Sent { sock: from, reason, packet: packet() }) {
            self.sent.push_back(sent);
        }
    }
    #[cold]
    fn push_carried(&mut self, from: Option<Sock>, route: Route, body: Body, reason: Reason, cx: &mut Cx) {
        self.push(from, route, body, reason, cx);
    }
    /// Where the oldest packet goes.
    pub(super) fn destination(&self) -> Option<IpAddr> {
        self.queue.front().map(|packet| packet.dst)
    }
    /// The `Sent` event of the oldest packet, which is then to be [taken](Outbox::pop).
    pub(super) fn take_cause(&mut self) -> Option<EventId> {
        self.sent.pop_front()
    }
    /// The oldest packet.
    pub(super) fn pop(&mut self) -> Option<Packet> {
        self.queue.pop_front()
    }
    /// Forgets what was not sent yet; numbers go on.
    pub(super) fn clear(&mut self) {
        self.queue.clear();
        self.sent.clear();
    }
}

/// A segment in a datagram between these ports.
#[cold]
fn carried(body: Body, (src_port, dst_port): (u16, u16)) -> Body {
    match body {
        Body::Tcp(segment) => {
            Body::Udp(Datagram { src_port, dst_port, payload: codec::encode_segment(&segment) })
        }
        other => other,
    }
}
