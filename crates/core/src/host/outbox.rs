//! Packets on their way from the sockets to the network.

use crate::tcp::Reason;
use crate::trace::{Cx, EventId, Kind, Node, Sock};
use crate::wire::{Body, Packet, PacketId};
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
    /// Each packet with its `Sent` event.
    queue: VecDeque<(Packet, Option<EventId>)>,
}

impl Outbox {
    pub(super) fn new(node: Node, ttl: u8) -> Outbox {
        Outbox { node, ttl, numbered: 0, queue: VecDeque::new() }
    }
    /// Makes a packet from `src` to `dst` and tells the trace that it is sent.
    pub(super) fn push(
        &mut self,
        from: Option<Sock>,
        ends: (IpAddr, IpAddr),
        body: Body,
        reason: Reason,
        cx: &mut Cx,
    ) {
        self.push_with(from, ends, 0, body, reason, cx);
    }
    /// The same, with a type of service.
    pub(super) fn push_with(
        &mut self,
        from: Option<Sock>,
        (src, dst): (IpAddr, IpAddr),
        tos: u8,
        body: Body,
        reason: Reason,
        cx: &mut Cx,
    ) {
        let id = PacketId(u64::from(self.node.0) << 32 | u64::from(self.numbered));
        self.numbered += 1;
        let packet = Packet { id, src, dst, ttl: self.ttl, tos, body };
        let sent = cx.emit(|| Kind::Sent { sock: from, reason, packet: Box::new(packet.clone()) });
        self.queue.push_back((packet, sent));
    }
    /// The oldest packet and its `Sent` event.
    pub(super) fn pop(&mut self) -> Option<(Packet, Option<EventId>)> {
        self.queue.pop_front()
    }
    /// Forgets what was not sent yet; numbers go on.
    pub(super) fn clear(&mut self) {
        self.queue.clear();
    }
}
