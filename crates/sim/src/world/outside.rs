//! Hosts outside of the simulation, such as a kernel behind a device. Their packets are handed in and out as they are,
//! and who does so says what time it is.

use super::World;
use crate::flight::Flight;
use serde::{Deserialize, Serialize};
use sockscope_core::payload::Payload;
use sockscope_core::tcp::Reason;
use sockscope_core::time::Time;
use sockscope_core::trace::{Cx, EventId, Kind, Node};
use sockscope_core::wire::{Packet, PacketId};

/// What passes between the world and the hosts outside of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Outside {
    /// How many packets were handed in.
    numbered: u32,
    /// Packets that have reached their host, as bytes, until somebody takes them.
    departed: Vec<(Node, Payload)>,
}

impl World {
    /// Whether one of the hosts is [outside](crate::scenario::Host::outside).
    pub fn is_open(&self) -> bool {
        self.scenario.hosts.iter().any(|host| host.outside)
    }
    /// At `at` the host outside sends a packet; its number is given here. What is due by then happens before, so that
    /// the same packets at the same times are the same run. Nothing happens once the run is over.
    pub fn hand_in(&mut self, at: Time, host: Node, packet: Packet) {
        if self.run_until(at).is_some() {
            return;
        }
        let id = PacketId(u64::from(host.0) << 32 | u64::from(self.outside.numbered));
        self.outside.numbered += 1;
        let packet = Packet { id, ..packet };
        let cx = &mut Cx { now: self.now, node: host, cause: None, log: &mut self.log };
        cx.emit_cause(|| Kind::Sent {
            sock: None,
            reason: Reason::FromOutside,
            packet: Box::new(packet.clone()),
        });
        self.network.send(packet, cx);
    }
    /// Takes the packets that have reached hosts outside since the last call, in order, as bytes.
    pub fn hand_out(&mut self) -> Vec<(Node, Payload)> {
        std::mem::take(&mut self.outside.departed)
    }
    /// Whether every program has ended and every connection has said its last: at most TIME-WAIT is left.
    pub fn is_over(&self) -> bool {
        !self.machines.iter().any(|machine| machine.is_busy() || machine.lingers())
    }
    /// A packet has reached a host outside.
    pub(super) fn depart(&mut self, node: Node, cause: Option<EventId>, flight: &Flight) {
        let packet = flight.packet.id;
        Cx { now: self.now, node, cause, log: &mut self.log }.emit(|| Kind::Arrived { sock: None, packet });
        self.outside.departed.push((node, flight.bytes()));
    }
}
