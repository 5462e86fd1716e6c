//! What the link makes of one packet, as the run draws it and the trace tells it.

use super::Proxy;
use sockscope_core::tcp::Reason;
use sockscope_core::time::Time;
use sockscope_core::trace::{EventId, Kind, LinkId};
use sockscope_core::wire::{Ecn, Packet, PacketId};
use sockscope_sim::link::{Order, Verdict};

/// A copy of a packet that will be at the other end.
pub(super) struct Traveller {
    pub(super) packet: PacketId,
    /// 0 for the original.
    pub(super) copy: u8,
    /// When it is there.
    pub(super) due: Time,
    /// The bit that is flipped by then.
    pub(super) flipped: Option<u32>,
    /// It carries a mark: the queue was long.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "nobody writes IP headers here"))]
    pub(super) marked: bool,
    cause: Option<EventId>,
    /// The trace knows of it.
    told: bool,
}

impl Traveller {
    /// What orders those that are due at the same time.
    pub(super) fn key(&self) -> (Time, u64) {
        (self.due, self.packet.0 << 1 | u64::from(self.copy))
    }
}

impl Proxy {
    /// A packet of `len` bytes reaches the link of a direction; none where a trace has no word for what is in it. The
    /// copies of it that will be at the other end: up to two.
    pub(super) fn offer(&self, way: usize, packet: Option<Packet>, len: u32) -> Vec<Traveller> {
        let (id, told) = (self.next_packet(), packet.is_some());
        let understands = packet.as_ref().is_some_and(|it| matches!(it.ecn(), Ecn::Ect0 | Ecn::Ect1));
        let tell = |cause, kind| if told { self.tell(way as u16, cause, kind) } else { None };
        let cause = packet.and_then(|packet| {
            let packet = Box::new(Packet { id, ..packet });
            tell(None, Kind::Sent { sock: None, reason: Reason::FromOutside, packet })
        });
        let mut state = self.ways[way].state();
        state.tally.taken += 1;
        let doubled = state.link.duplicates(0);
        let (now, link) = (self.now(), LinkId(way as u16));
        let mut travellers = Vec::new();
        for copy in 0..=u8::from(doubled) {
            if copy > 0 {
                state.tally.duplicated += 1;
                tell(cause, Kind::Duplicated { link, packet: id, copy });
            }
            let passage = match state.link.offer(now, len, copy, Order::default()) {
                Verdict::Taken(passage) => passage,
                Verdict::Refused(why) => {
                    state.tally.lost += 1;
                    tell(cause, Kind::Dropped { link, packet: id, copy, why, at: now });
                    break;
                }
            };
            let (leaves, due, queue) = (passage.leaves, passage.arrives, passage.queue);
            let cause = tell(cause, Kind::Queued { link, packet: id, copy, leaves, arrives: due, queue });
            if let Some((at, why)) = passage.lost {
                state.tally.lost += 1;
                tell(cause, Kind::Dropped { link, packet: id, copy, why, at });
                continue;
            }
            let marked = passage.marked && understands;
            if marked {
                tell(cause, Kind::Marked { link, packet: id, copy });
            }
            if let Some(bit) = passage.flipped {
                state.tally.corrupted += 1;
                tell(cause, Kind::Corrupted { link, packet: id, copy, bit });
            }
            travellers.push(Traveller {
                packet: id,
                copy,
                due,
                flipped: passage.flipped,
                marked,
                cause,
                told,
            });
        }
        travellers
    }

    /// A copy is at the other end, where `what` becomes of it.
    pub(super) fn arrives(&self, way: usize, traveller: &Traveller, what: Kind) {
        let Traveller { packet, copy, cause, told, .. } = *traveller;
        if told {
            let (link, beyond) = (LinkId(way as u16), 1 - way as u16);
            let delivered = self.tell(beyond, cause, Kind::Delivered { link, packet, copy });
            self.tell(beyond, delivered, what);
        }
    }
}
