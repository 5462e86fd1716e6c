//! Packets between two devices through the link: every IP packet of the kernel is lost, doubled, held up, damaged, marked
//! or given on alone, whatever is in it.

use super::Proxy;
use super::fate::Traveller;
use crate::tun::{Tun, wait};
use sockscope_core::time::Time;
use sockscope_core::trace::Kind;
use sockscope_core::wire::codec;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// At the latest after this time somebody looks whether there is something new to do.
const GLANCE: Duration = Duration::from_millis(20);
/// So many packets of one device are taken before the other has its turn.
const TURN: usize = 64;

/// What is on its way in one direction, by when it is due.
type Lane = BTreeMap<(Time, u64), (Traveller, Arc<[u8]>)>;

impl Proxy {
    /// Passes packets between the two devices, until it is `over`: from the first to the second is the way there.
    ///
    /// # Errors
    /// Those of the devices.
    pub fn pass(&self, ends: [&Tun; 2], over: &AtomicBool) -> io::Result<()> {
        let mut lanes: [Lane; 2] = Default::default();
        let mut buffer = vec![0; 65_536];
        while !over.load(Ordering::Relaxed) {
            let mut took = false;
            for way in [0, 1] {
                self.let_out(way, &mut lanes[way], ends[1 - way])?;
                for _ in 0..TURN {
                    let Some(bytes) = ends[way].receive(&mut buffer)? else { break };
                    took = true;
                    self.take_in(way, bytes, &mut lanes[way]);
                }
            }
            if !took {
                let next = (0..2).filter(|way| !self.ways[*way].is_stalled());
                let next = next.filter_map(|way| lanes[way].first_key_value()).map(|(key, _)| key.0).min();
                let left = next.map_or(GLANCE, |due| Duration::from_nanos(due.since(self.now()).as_nanos()));
                wait(&ends, Some(left.min(GLANCE)))?;
            }
        }
        Ok(())
    }

    /// A packet reaches the link.
    fn take_in(&self, way: usize, bytes: &[u8], lane: &mut Lane) {
        let packet = codec::decode(bytes).ok();
        if packet.is_none() {
            self.strangers.fetch_add(1, Ordering::Relaxed);
        }
        let data: Arc<[u8]> = bytes.into();
        for traveller in self.offer(way, packet, bytes.len() as u32) {
            lane.insert(traveller.key(), (traveller, data.clone()));
        }
    }

    /// Gives on what is due.
    fn let_out(&self, way: usize, lane: &mut Lane, to: &Tun) -> io::Result<()> {
        if self.ways[way].is_stalled() {
            return Ok(());
        }
        while let Some(first) = lane.first_entry().filter(|first| first.key().0 <= self.now()) {
            let (traveller, data) = first.remove();
            self.arrives(way, &traveller, Kind::Arrived { sock: None, packet: traveller.packet });
            self.ways[way].state().tally.given += 1;
            let changed = traveller.marked || traveller.flipped.is_some();
            if !changed {
                to.send(&data)?;
                continue;
            }
            let mut bytes = data.to_vec();
            if traveller.marked {
                mark(&mut bytes);
            }
            // The kernel finds it by the checksum.
            if let Some(bit) = traveller.flipped {
                bytes[bit as usize / 8] ^= 0x80 >> (bit % 8);
            }
            to.send(&bytes)?;
        }
        Ok(())
    }
}

/// Marks a packet: "congestion experienced" (RFC 3168 §5), in the type of service or the traffic class.
fn mark(bytes: &mut [u8]) {
    if bytes[0] >> 4 == 6 {
        bytes[1] |= 0x30;
        return;
    }
    let word = |bytes: &[u8], at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    let (old, sum) = (word(bytes, 0), word(bytes, 10));
    bytes[1] |= 3;
    // RFC 1624: the sum changes by what the word changes by.
    let new = u32::from(!sum) + u32::from(!old) + u32::from(word(bytes, 0));
    let folded = (new & 0xffff) + (new >> 16);
    let folded = (folded & 0xffff) + (folded >> 16);
    bytes[10..12].copy_from_slice(&(!(folded as u16)).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use sockscope_core::wire::{Body, Datagram, Ecn, Packet, PacketId};

    #[test]
    fn a_marked_packet_has_good_checksums() {
        for (src, dst) in [("10.0.0.1", "10.0.0.2"), ("fd00::1", "fd00::2")] {
            for tos in [0x01, 0x02, 0xb9, 0xfe] {
                let body = Body::Udp(Datagram { src_port: 1, dst_port: 2, payload: "hello".into() });
                let [src, dst] = [src, dst].map(|address| address.parse().unwrap());
                let packet = Packet { id: PacketId(77), src, dst, ttl: 64, tos, body };
                let mut bytes = codec::encode(&packet).to_vec();
                mark(&mut bytes);
                assert_eq!(codec::decode(&bytes[..]).unwrap().ecn(), Ecn::Ce);
            }
        }
    }
}
