//! No packet comes from nowhere, and none is gone without a trace.

use sockscope_core::trace::{Event, Kind, LinkId, NodeKind, Outcome};
use sockscope_core::wire::PacketId;
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
pub(super) struct Packets {
    nodes: Vec<NodeKind>,
    /// Packets that were sent and have not entered a link yet.
    sent: BTreeSet<PacketId>,
    /// Packets, or duplicates, on links.
    on_links: BTreeSet<(LinkId, PacketId, u8)>,
    /// The packet that was delivered to a host and of which nothing was heard yet.
    landed: Option<PacketId>,
}

impl Packets {
    pub(super) fn new(nodes: Vec<NodeKind>) -> Packets {
        Packets { nodes, sent: BTreeSet::new(), on_links: BTreeSet::new(), landed: None }
    }
    pub(super) fn see(&mut self, event: &Event) -> Option<String> {
        match &event.kind {
            Kind::Sent { packet, .. } => {
                let new = self.sent.insert(packet.id);
                (!new).then(|| format!("packet {} is sent twice", packet.id))
            }
            Kind::Queued { link, packet, copy, .. } => {
                self.sent.remove(packet);
                let new = self.on_links.insert((*link, *packet, *copy));
                (!new).then(|| format!("packet {packet} copy {copy} is on link {} twice", link.0))
            }
            Kind::Dropped { link, packet, copy, .. } => {
                self.sent.remove(packet);
                self.on_links.remove(&(*link, *packet, *copy));
                None
            }
            Kind::Delivered { link, packet, copy } => self.deliver(event, (*link, *packet, *copy)),
            Kind::Arrived { packet, .. } | Kind::Discarded { packet, .. } => {
                // A packet that a host sends to itself enters no link.
                self.sent.remove(packet);
                self.landed = self.landed.filter(|landed| landed != packet);
                None
            }
            Kind::Ended { outcome } => self.end(*outcome),
            _ => None,
        }
    }
    fn deliver(&mut self, event: &Event, passage: (LinkId, PacketId, u8)) -> Option<String> {
        let to_host =
            event.node.is_some_and(|node| self.nodes.get(usize::from(node.0)) == Some(&NodeKind::Host));
        let vanished = self.landed.take();
        self.landed = to_host.then_some(passage.1);
        if !self.on_links.remove(&passage) {
            return Some(format!("packet {} leaves link {} that it never entered", passage.1, passage.0.0));
        }
        vanished.map(|packet| format!("packet {packet} was delivered to a host and vanished there"))
    }
    /// At a quiet end nothing is on its way.
    fn end(&mut self, outcome: Outcome) -> Option<String> {
        if !matches!(outcome, Outcome::Done | Outcome::Idle) {
            return None;
        }
        let lost = self.on_links.iter().map(|(_, packet, _)| packet).chain(&self.sent).chain(&self.landed);
        let lost: Vec<String> = lost.map(ToString::to_string).collect();
        (!lost.is_empty()).then(|| format!("nobody knows what became of packets {}", lost.join(", ")))
    }
}
