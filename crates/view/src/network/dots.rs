//! Packets that are but points, as numbers: a page draws thousands of them from the engine's own memory.

use super::packets::Here;
use super::{Part, key};
use crate::history::PacketKind;
use crate::scene::{Mark, Shape, Target};
use sockscope_core::wire::PacketId;

/// The packets of a moment that are drawn as points: their numbers are reused from moment to moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dots {
    /// Of each packet x and y in pixels, and the place of its kind among [`Dots::KINDS`].
    pub numbers: Vec<f32>,
    packets: Vec<(PacketId, u8)>,
    /// Everything that is on a link, from which they are chosen.
    pub(super) here: Vec<Here>,
}

/// So far from its middle a point is still meant, in pixels.
const NEAR: f32 = 9.0;

impl Dots {
    /// The kinds of packets, in the order of their numbers.
    pub const KINDS: [PacketKind; 7] = [
        PacketKind::Syn,
        PacketKind::Data,
        PacketKind::Ack,
        PacketKind::Fin,
        PacketKind::Rst,
        PacketKind::Udp,
        PacketKind::Icmp,
    ];

    pub(super) fn clear(&mut self) {
        self.numbers.clear();
        self.packets.clear();
    }
    /// Adds a packet, or its duplicate, at a point.
    pub(super) fn push(&mut self, (packet, copy): (PacketId, u8), kind: PacketKind, (x, y): (f64, f64)) {
        let kind = Dots::KINDS.iter().position(|known| *known == kind).unwrap_or(0);
        self.numbers.extend([x as f32, y as f32, kind as f32]);
        self.packets.push((packet, copy));
    }
    /// The packet nearest to a point, where it lies near it.
    pub fn near(&self, x: f64, y: f64) -> Option<PacketId> {
        let far = |at: &[f32]| (at[0] - x as f32).hypot(at[1] - y as f32);
        let all = self.numbers.chunks_exact(3).map(far).zip(&self.packets);
        let near = all.filter(|(far, _)| *far <= NEAR).min_by(|a, b| a.0.total_cmp(&b.0));
        near.map(|(_, (packet, _))| *packet)
    }
    /// The same points as marks.
    pub(super) fn marks(&self) -> impl Iterator<Item = Mark> {
        self.numbers.chunks_exact(3).zip(&self.packets).map(|(at, (packet, copy))| {
            let kind = Dots::KINDS[at[2] as usize % Dots::KINDS.len()].class();
            let key = key(Part::Packet, packet.0, u64::from(copy % 8) * 8);
            let shape = Shape::circle(at[0].into(), at[1].into(), 5.0);
            Mark::new(key, format!("dot {kind}"), shape).to(Target::Packet(*packet))
        })
    }
}
