//! Which captured packets are the same one, seen at several points.

use super::Seen;
use sockscope_core::wire::{Body, Captured};
use std::collections::BTreeMap;

/// A packet passes a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Passage {
    /// Its number: 0, 1, 2 …
    pub(super) packet: u64,
    /// Whether it is seen for the first time.
    pub(super) first: bool,
    /// Whether it is seen for the last time.
    pub(super) last: bool,
}

/// What routers and interfaces leave as it is.
type Content = Vec<u8>;

/// Where a packet was seen: a direction of a point.
type Place = (u16, Option<bool>);

/// A packet that may be seen at other points yet.
struct Open {
    packet: u64,
    at: u128,
    seen: Vec<Place>,
    last: usize,
}

/// A packet needs less than that from point to point, in nanoseconds.
const LONGEST: u128 = 10_000_000_000;

/// The passage of each captured packet. Equal packets at different points are one; at the same point they are two, as where
/// somebody sent it again.
pub(super) fn number(seen: &[Seen]) -> Vec<Passage> {
    let mut passages = Vec::with_capacity(seen.len());
    let mut open: BTreeMap<Content, Vec<Open>> = BTreeMap::new();
    let mut next = 0;
    let places = seen.iter().map(|seen| (seen.point, seen.outbound));
    let several = places.clone().any(|place| Some(place) != places.clone().next());
    for (i, seen) in seen.iter().enumerate() {
        let place = (seen.point, seen.outbound);
        let same = open.entry(if several { content(&seen.captured) } else { Vec::new() }).or_default();
        same.retain(|open| several && seen.at - open.at <= LONGEST);
        let passage = match same.iter_mut().find(|open| !open.seen.contains(&place)) {
            Some(open) => {
                let before: &mut Passage = &mut passages[open.last];
                before.last = false;
                open.seen.push(place);
                open.last = i;
                Passage { packet: open.packet, first: false, last: true }
            }
            None => {
                same.extend(several.then(|| Open { packet: next, at: seen.at, seen: vec![place], last: i }));
                next += 1;
                Passage { packet: next - 1, first: true, last: true }
            }
        };
        passages.push(passage);
    }
    passages
}

/// What tells packets apart: addresses, identification, and the begin of what IP carries but for its checksum.
fn content(captured: &Captured) -> Content {
    let packet = &captured.packet;
    let mut content =
        format!("{} {} {} {} ", packet.src, packet.dst, captured.ident, packet.len()).into_bytes();
    let payload = match &packet.body {
        Body::Tcp(segment) => {
            content.extend(segment.src_port.to_be_bytes());
            content.extend(segment.dst_port.to_be_bytes());
            content.extend(segment.seq.get().to_be_bytes());
            content.extend(segment.ack.get().to_be_bytes());
            content.push(segment.flags.bits());
            content.extend(segment.wnd.to_be_bytes());
            let options = content.len();
            content.resize(options + segment.options.len(), 0);
            segment.options.encode(&mut content[options..]);
            &segment.payload
        }
        Body::Udp(datagram) => {
            content.extend(datagram.src_port.to_be_bytes());
            content.extend(datagram.dst_port.to_be_bytes());
            &datagram.payload
        }
        Body::Icmp(message) => &message.quoted,
    };
    content.extend(payload.iter().take(32));
    content
}
