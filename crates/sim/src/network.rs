//! Links and routes: what happens to a packet between two hosts.

use crate::flight::Flight;
use crate::link::{Link, Order, Passage, Verdict};
use crate::queue::Queue;
use crate::scenario::Plan;
use crate::topology::{Addresses, Topology};
use crate::world::Step;
use serde::{Deserialize, Serialize};
use sockscope_core::collections::BTreeMap;
use sockscope_core::icmp;
use sockscope_core::tcp::Reason;
use sockscope_core::trace::{Cx, Discard, Kind, LinkDrop, LinkId, Node, NodeKind};
use sockscope_core::wire::{Body, Ecn, IcmpKind, Packet, PacketId};
use std::net::IpAddr;

/// What lies between the hosts, and what is going to happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Network {
    topology: Topology,
    addresses: Addresses,
    /// The first address of each node that has one.
    own: Vec<Option<IpAddr>>,
    /// How many packets each node has sent to report what became of others.
    reports: Vec<u32>,
    /// By [`LinkId`].
    links: Vec<Link>,
    /// What somebody wants of packets that have entered no link yet.
    orders: BTreeMap<PacketId, Order>,
    /// What is going to happen, here and on the hosts.
    pub(crate) agenda: Queue<Step>,
    /// How many calls programs have made: a program that never waits makes them without end.
    pub(crate) calls: u64,
}

/// Numbers of the packets by which a node reports what became of others; a host's own packets have lower ones.
const FIRST_REPORT: u32 = 1 << 31;

impl Network {
    pub(crate) fn new(seed: u64, plan: &Plan) -> Network {
        let kinds: Vec<NodeKind> = plan.nodes.iter().map(|node| node.kind).collect();
        let own: Vec<Option<IpAddr>> =
            plan.nodes.iter().map(|node| node.addresses.first().copied()).collect();
        let has_address = |node: u16| own[usize::from(node)].is_some();
        let links = (0..).map(LinkId).zip(&plan.impairments);
        Network {
            topology: Topology::new(&kinds, plan.links.clone(), has_address),
            addresses: plan.addresses.clone(),
            links: links.map(|(id, impairment)| Link::new(seed, id, *impairment)).collect(),
            reports: vec![0; own.len()],
            own,
            orders: BTreeMap::new(),
            agenda: Queue::new(),
            calls: 0,
        }
    }
    /// The node at the far end of a directed link.
    pub(crate) fn end(&self, link: LinkId) -> Node {
        self.topology.end(link)
    }
    /// Whether `address` is one of `node`.
    pub(crate) fn owns(&self, node: Node, address: IpAddr) -> bool {
        self.addresses.owner(address) == Some(node.0)
    }
    /// Notes what somebody wants of a packet, for the first link that it enters.
    pub(crate) fn order(&mut self, packet: PacketId, change: impl FnOnce(&mut Order)) {
        change(self.orders.entry(packet).or_default());
    }
    /// Cuts both directions of a link. What is on it is lost.
    pub(crate) fn cut(&mut self, link: u16, cx: &mut Cx<'_>) {
        self.set_cut(link, true);
        let on_it = |step: &Step| matches!(step, Step::Arrive { link: on, .. } if on.0 / 2 == link);
        for step in self.agenda.extract(on_it) {
            if let Step::Arrive { link, flight } = step {
                drop_packet(link, &flight, LinkDrop::Cut, cx);
            }
        }
    }
    /// Mends both directions of a link.
    pub(crate) fn mend(&mut self, link: u16) {
        self.set_cut(link, false);
    }
    /// Switches the faults of both directions of a link off.
    pub(crate) fn calm(&mut self, link: u16) {
        for direction in [2 * link, 2 * link + 1] {
            self.links[usize::from(direction)].calm();
        }
    }
    fn set_cut(&mut self, link: u16, cut: bool) {
        for direction in [2 * link, 2 * link + 1] {
            self.links[usize::from(direction)].set_cut(cut);
        }
    }
    /// A node sends a packet.
    pub(crate) fn send(&mut self, packet: Packet, cx: &mut Cx<'_>) {
        self.forward(Flight::new(packet, cx.cause), None, cx);
    }
    /// A router passes a packet on, if it may pass one more (RFC 1812 §5.3.1). It came by `near`.
    pub(crate) fn route(&mut self, mut flight: Flight, near: LinkId, cx: &mut Cx<'_>) {
        if flight.header_damaged() {
            return discard(flight.packet.id, Discard::BadChecksum, cx);
        }
        if self.owns(cx.node, flight.packet.dst) {
            return discard(flight.packet.id, Discard::NoSocket, cx);
        }
        if flight.packet.ttl <= 1 {
            drop_packet(near, &flight, LinkDrop::Expired, cx);
            return self.report(&flight.packet, IcmpKind::TimeExceeded, cx);
        }
        flight.packet.ttl -= 1;
        self.forward(flight, Some(near), cx);
    }
    /// A packet leaves a node on the way to its destination. Where there is no way, that is noted at the link by which
    /// it came, `near`, or at the first of the node that sent it.
    pub(crate) fn forward(&mut self, flight: Flight, near: Option<LinkId>, cx: &mut Cx<'_>) {
        let owner = self.addresses.owner(flight.packet.dst);
        if let Some(link) = owner.and_then(|owner| self.topology.route(cx.node, owner)) {
            return self.enter(link, flight, cx);
        }
        match near.or_else(|| self.topology.first_link(cx.node)) {
            Some(link) => drop_packet(link, &flight, LinkDrop::NoRoute, cx),
            None => discard(flight.packet.id, Discard::NotForUs, cx),
        }
        self.report(&flight.packet, IcmpKind::HostUnreachable, cx);
    }
    /// A node tells the sender of a packet what became of it.
    fn report(&mut self, packet: &Packet, kind: IcmpKind, cx: &mut Cx<'_>) {
        let node = usize::from(cx.node.0);
        let Some(address) = self.own[node] else { return };
        let Some(message) = icmp::about(packet, kind) else { return };
        let id = PacketId(u64::from(cx.node.0) << 32 | u64::from(FIRST_REPORT + self.reports[node]));
        self.reports[node] += 1;
        let packet = Packet { id, src: address, dst: packet.src, ttl: 64, tos: 0, body: Body::Icmp(message) };
        let reason = match kind {
            IcmpKind::TimeExceeded => Reason::TimeExceeded,
            IcmpKind::PacketTooBig { .. } => Reason::PacketTooBig,
            _ => Reason::HostUnreachable,
        };
        let cause = cx.emit(|| Kind::Sent { sock: None, reason, packet: Box::new(packet.clone()) });
        if self.owns(cx.node, packet.dst) {
            let flight = Flight::new(packet, cause);
            return self.agenda.push(cx.now, Step::Loop { node: cx.node, flight });
        }
        self.send(packet, &mut Cx { now: cx.now, node: cx.node, cause, log: cx.log });
    }
    /// A packet enters a link, and a duplicate of it where there is to be one.
    fn enter(&mut self, link: LinkId, flight: Flight, cx: &mut Cx<'_>) {
        let ordered = flight.copy == 0 && !self.orders.is_empty();
        let order = ordered.then(|| self.orders.remove(&flight.packet.id)).flatten().unwrap_or_default();
        let doubled = self.links[usize::from(link.0)].duplicates(flight.copy) | order.duplicate;
        let duplicate = if doubled { flight.duplicate() } else { None };
        let taken = self.put(link, flight, order, cx);
        if let Some(duplicate) = duplicate.filter(|_| taken) {
            let (packet, copy) = (duplicate.packet.id, duplicate.copy);
            cx.emit(|| Kind::Duplicated { link, packet, copy });
            self.put(link, duplicate, Order::default(), cx);
        }
    }
    /// Puts a packet on a link; false where the link refuses it.
    fn put(&mut self, link: LinkId, flight: Flight, order: Order, cx: &mut Cx<'_>) -> bool {
        let len = flight.packet.len() as u32;
        match self.links[usize::from(link.0)].offer(cx.now, len, flight.copy, order) {
            Verdict::Refused(why) => {
                drop_packet(link, &flight, why, cx);
                // RFC 1191 §4: a router tells; a host knows the MTU of its own link.
                if why == LinkDrop::TooLong && !self.owns(cx.node, flight.packet.src) {
                    let mtu = self.links[usize::from(link.0)].mtu();
                    self.report(&flight.packet, IcmpKind::PacketTooBig { mtu }, cx);
                }
                false
            }
            Verdict::Taken(passage) => {
                self.travel(link, flight, passage, cx);
                true
            }
        }
    }
    fn travel(&mut self, link: LinkId, mut flight: Flight, passage: Passage, cx: &mut Cx<'_>) {
        let Passage { leaves, arrives, queue, lost, flipped, marked } = passage;
        let (packet, copy) = (flight.packet.id, flight.copy);
        flight.cause = cx.emit(|| Kind::Queued { link, packet, copy, leaves, arrives, queue });
        let cx = &mut Cx { now: cx.now, node: cx.node, cause: flight.cause, log: cx.log };
        if let Some((at, why)) = lost {
            cx.emit(|| Kind::Dropped { link, packet, copy, why, at });
            return;
        }
        if marked && matches!(flight.packet.ecn(), Ecn::Ect0 | Ecn::Ect1) {
            cx.emit(|| Kind::Marked { link, packet, copy });
            flight.packet.set_ecn(Ecn::Ce);
        }
        if let Some(bit) = flipped {
            cx.emit(|| Kind::Corrupted { link, packet, copy, bit });
            flight.flips.push(bit);
        }
        flight.hops = flight.hops.saturating_add(1);
        self.agenda.push(arrives, Step::Arrive { link, flight });
    }
}

/// Notes that a packet is lost at a link.
pub(crate) fn drop_packet(link: LinkId, flight: &Flight, why: LinkDrop, cx: &mut Cx<'_>) {
    let (packet, copy, at) = (flight.packet.id, flight.copy, cx.now);
    cx.emit(|| Kind::Dropped { link, packet, copy, why, at });
}

/// Notes that a node throws a packet away.
pub(crate) fn discard(packet: PacketId, why: Discard, cx: &mut Cx<'_>) {
    cx.emit(|| Kind::Discarded { sock: None, packet, why });
}
