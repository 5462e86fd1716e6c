//! What a capture at each host would have seen: the packets that it sent and those that reached it.

use crate::history::{Arrival, History, Journey};
use crate::topology::link_ends;
use sockscope_core::collections::sort_by_key;
use sockscope_core::time::Time;
use sockscope_core::trace::{Node, NodeKind};
use sockscope_core::wire::{Packet, codec};

/// A packet as a host saw it.
#[derive(Clone, Debug)]
pub(crate) struct Captured<'a> {
    pub(crate) at: Time,
    pub(crate) place: Place,
    /// The arrival; none where the host sent the packet.
    pub(crate) arrival: Option<&'a Arrival>,
    pub(crate) journey: &'a Journey,
    n: usize,
}

/// Where a packet was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// At a host that saw it leave or arrive.
    Host(Node),
    /// At a point of the network, where packets only pass.
    Point(u16),
}

/// The places where packets were captured, of the hosts only `host` where that is given.
pub(crate) fn places(history: &History, host: Option<Node>) -> Vec<Place> {
    let points = (0..history.points().len()).map(|point| Place::Point(point as u16));
    let told = history.journeys().iter().any(|journey| !journey.is_captured());
    let hosts = history.hosts().filter(|_| told || history.points().is_empty()).map(Place::Host);
    hosts.chain(points).filter(|place| host.is_none_or(|host| *place == Place::Host(host))).collect()
}

/// The name of a place.
pub(crate) fn name(history: &History, place: Place) -> &str {
    match place {
        Place::Host(host) => history.name(host),
        Place::Point(point) => history.points().get(usize::from(point)).map_or("?", String::as_str),
    }
}

/// Every packet at every place, in order.
pub(crate) fn all(history: &History) -> Vec<Captured<'_>> {
    let mut all = Vec::new();
    for journey in history.journeys() {
        let sighted = |at, place, n| Captured { at, place, arrival: None, journey, n };
        if journey.sightings.is_empty() {
            all.push(sighted(journey.at, Place::Host(journey.from), journey.sent));
        }
        let points = journey.sightings.iter();
        all.extend(points.map(|seen| sighted(seen.at, Place::Point(seen.point), seen.event)));
        all.extend(journey.arrivals.iter().map(|arrival| Captured {
            at: arrival.at,
            place: Place::Host(arrival.node),
            arrival: Some(arrival),
            journey,
            n: arrival.event,
        }));
    }
    sort_by_key(&mut all, |captured| captured.n);
    all
}

impl<'a> Captured<'a> {
    /// A packet where it was seen first.
    pub(crate) fn first(journey: &'a Journey) -> Captured<'a> {
        let host = (journey.at, Place::Host(journey.from), journey.sent);
        let seen = journey.sightings.first().map(|seen| (seen.at, Place::Point(seen.point), seen.event));
        let (at, place, n) = seen.unwrap_or(host);
        Captured { at, place, arrival: None, journey, n }
    }
}

impl Captured<'_> {
    /// The packet as it was there: routers on the way counted down its time to live.
    pub(crate) fn packet(&self, history: &History) -> Packet {
        let nodes = &history.header().nodes;
        let is_router =
            |node: Node| nodes.get(usize::from(node.0)).is_some_and(|node| node.kind == NodeKind::Router);
        let passed = self.way().filter_map(|hop| link_ends(history.header(), hop.link));
        let routers = passed.filter(|(start, _)| is_router(*start)).count();
        let mut packet = self.journey.packet.clone();
        packet.ttl = packet.ttl.saturating_sub(routers as u8);
        packet
    }
    /// The packet's bytes as they were there, with the bits that links flipped.
    pub(crate) fn bytes(&self, history: &History) -> Vec<u8> {
        let mut bytes = codec::encode(&self.packet(history)).to_vec();
        for bit in self.way().filter_map(|hop| hop.flipped) {
            if let Some(byte) = bytes.get_mut(bit as usize / 8) {
                *byte ^= 0x80 >> (bit % 8);
            }
        }
        bytes
    }
    /// True where a link damaged it.
    pub(crate) fn is_damaged(&self) -> bool {
        self.way().any(|hop| hop.flipped.is_some())
    }
    /// The hops that led here: those of the copy, and those of the packet before it was copied.
    fn way(&self) -> impl Iterator<Item = &crate::history::Hop> {
        let hops = self.arrival.map(|arrival| {
            let own = self.journey.hops.iter().find(|hop| hop.copy == arrival.copy);
            let born = own.map_or(usize::MAX, |hop| hop.event);
            let links: Vec<_> =
                self.journey.hops.iter().filter(|hop| hop.copy == arrival.copy).map(|hop| hop.link).collect();
            self.journey.hops.iter().filter(move |hop| {
                hop.copy == arrival.copy || (hop.copy == 0 && hop.event < born && !links.contains(&hop.link))
            })
        });
        hops.into_iter().flatten()
    }
}
