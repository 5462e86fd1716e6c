//! Which hosts there are: one for each address, but for machines that talk to themselves.

use sockscope_core::trace::{Node, NodeInfo, NodeKind};
use sockscope_core::wire::{Body, Captured, Packet};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

/// An end of a packet's way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct End {
    pub(super) node: Node,
    pub(super) addr: SocketAddr,
}

/// The hosts met so far.
pub(super) struct Hosts {
    /// Addresses that packets go to from themselves: there each port is a lane of its own.
    selves: BTreeSet<IpAddr>,
    numbers: BTreeMap<(IpAddr, Option<u16>), usize>,
    nodes: Vec<NodeInfo>,
}

impl Hosts {
    /// Of a capture with these packets.
    pub(super) fn of<'a>(packets: impl Iterator<Item = &'a Packet>) -> Hosts {
        let selves = packets.filter(|packet| packet.src == packet.dst).map(|packet| packet.src).collect();
        Hosts { selves, numbers: BTreeMap::new(), nodes: Vec::new() }
    }

    /// From where to where a packet goes.
    pub(super) fn ends(&mut self, packet: &Packet) -> (End, End) {
        let (from, to) = ports(packet);
        (self.end(SocketAddr::new(packet.src, from)), self.end(SocketAddr::new(packet.dst, to)))
    }

    fn end(&mut self, addr: SocketAddr) -> End {
        let port = self.selves.contains(&addr.ip()).then_some(addr.port());
        let nodes = &mut self.nodes;
        let number = *self.numbers.entry((addr.ip(), port)).or_insert_with(|| {
            let name = port.map_or_else(|| addr.ip().to_string(), |_| addr.to_string());
            nodes.push(NodeInfo { name, kind: NodeKind::Host, addresses: vec![addr.ip()] });
            nodes.len() - 1
        });
        End { node: Node(number as u16), addr }
    }

    /// Every host; none where there are more than can be numbered.
    pub(super) fn nodes(self) -> Option<Vec<NodeInfo>> {
        (self.nodes.len() <= usize::from(u16::MAX)).then_some(self.nodes)
    }
}

/// Source and destination port; of an ICMP error those of the packet that it is about, the other way round.
fn ports(packet: &Packet) -> (u16, u16) {
    match &packet.body {
        Body::Tcp(segment) => (segment.src_port, segment.dst_port),
        Body::Udp(datagram) => (datagram.src_port, datagram.dst_port),
        Body::Icmp(message) => match Captured::decode(&message.quoted).map(|quoted| quoted.packet) {
            Ok(quoted) if !matches!(quoted.body, Body::Icmp(_)) => {
                let (from, to) = ports(&quoted);
                (to, from)
            }
            _ => (0, 0),
        },
    }
}
