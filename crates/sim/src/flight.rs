//! A packet on its way.

use serde::{Deserialize, Serialize};
use sockscope_core::payload::Payload;
use sockscope_core::trace::{Discard, EventId};
use sockscope_core::wire::Packet;
use sockscope_core::wire::codec::{self, DecodeError};

/// A packet on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Flight {
    pub(crate) packet: Packet,
    /// 0, or the number of the duplicate.
    pub(crate) copy: u8,
    /// Links behind it.
    pub(crate) hops: u8,
    /// Bits that were flipped on the way.
    pub(crate) flips: Vec<u32>,
    /// The event that put it where it is.
    pub(crate) cause: Option<EventId>,
}

impl Flight {
    /// `packet` at its start.
    pub(crate) fn new(packet: Packet, cause: Option<EventId>) -> Flight {
        Flight { packet, copy: 0, hops: 0, flips: Vec::new(), cause }
    }
    /// A second one of it. Copies are numbered so that no two of a packet are alike wherever they were made: a link
    /// sets a bit of its own in the number. After eight links there is no bit left, and no second one.
    pub(crate) fn duplicate(&self) -> Option<Flight> {
        let bit = 1u8.checked_shl(u32::from(self.hops))?;
        Some(Flight { copy: self.copy | bit, ..self.clone() })
    }
    /// Whether a bit of the IPv4 header is damaged, which is all that a router can see.
    pub(crate) fn header_damaged(&self) -> bool {
        self.packet.src.is_ipv4() && self.flips.iter().any(|bit| *bit < 20 * 8)
    }
    /// Its bytes, with the flipped bits.
    pub(crate) fn bytes(&self) -> Payload {
        let whole = codec::encode(&self.packet);
        if self.flips.is_empty() {
            return whole;
        }
        let mut bytes = whole.to_vec();
        for bit in &self.flips {
            bytes[*bit as usize / 8] ^= 0x80 >> (bit % 8);
        }
        bytes.into()
    }
    /// The packet as its receiver sees it: with the flipped bits.
    pub(crate) fn land(self) -> Result<Packet, Discard> {
        if self.flips.is_empty() {
            return Ok(self.packet);
        }
        match codec::decode(self.bytes()) {
            Ok(packet) => Ok(Packet { id: self.packet.id, ..packet }),
            Err(DecodeError::BadChecksum(_)) => Err(Discard::BadChecksum),
            Err(_) => Err(Discard::Malformed),
        }
    }
}
