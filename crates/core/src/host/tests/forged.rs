//! Packets of strangers that the host answers sparingly, or not at all.

use super::*;
use crate::seq::Seq;
use crate::tcp::{ClosedPorts, Reason};
use crate::wire::{Body, Flags, PacketId, Segment};

fn packet(src: &str, dst: &str, segment: Segment) -> Packet {
    let (src, dst) = (addr(src), addr(dst));
    let segment = Segment { src_port: src.port(), dst_port: dst.port(), ..segment };
    Packet { id: PacketId(9), src: src.ip(), dst: dst.ip(), ttl: 64, tos: 0, body: Body::Tcp(segment) }
}
fn answers(net: &Net, host: u16) -> usize {
    net.kinds(host).filter(|kind| matches!(kind, Kind::Sent { .. })).count()
}

/// CERT CA-1997-28: the victim answered itself for ever.
#[test]
fn a_packet_from_outside_with_an_own_address_is_forged() {
    let mut net = Net::new(2);
    net.server(1, 5);
    for address in [SERVER, "127.0.0.1:8000"] {
        let land = packet(address, SERVER, Segment { flags: Flags::SYN, ..Segment::default() });
        net.on(1, |host, cx| host.receive(land, cx));
    }
    assert_eq!((answers(&net, 1), net.backlog(1)), (0, None));
    assert_eq!(net.discarded(1), [Discard::NotForUs; 2]);
}

#[test]
fn closed_ports_answer_as_the_policy_says() {
    for (policy, expected) in
        [(ClosedPorts::Reset, 2), (ClosedPorts::IgnoreSyns, 1), (ClosedPorts::Ignore, 0)]
    {
        let mut net = Net::new(2);
        net.hosts[1].config_mut().tcp.trust.closed_ports = policy;
        for flags in [Flags::SYN, Flags::ACK] {
            let probe = packet("10.0.0.1:5", "10.0.0.2:9", Segment { flags, ..Segment::default() });
            net.on(1, |host, cx| host.receive(probe, cx));
        }
        assert_eq!(answers(&net, 1), expected, "{policy:?}");
    }
}

/// Ten connections get a forged RST each; a second has room for about four answers.
#[test]
fn the_host_bounds_the_challenges_of_all_its_connections() {
    let mut net = Net::new(2);
    net.hosts[1].config_mut().tcp.trust.challenge_acks_of_host = Some(4);
    let listener = net.server(1, 20);
    let clients: Vec<SocketAddr> = (0..10)
        .map(|_| {
            let (client, _) = net.pair(listener);
            net.local(0, client)
        })
        .collect();
    for client in clients {
        let streams: Vec<_> = net.hosts[1].streams().filter(|it| it.remote == Some(client)).collect();
        assert_eq!(streams.len(), 1);
        let seen = net.kinds(1).filter_map(|kind| match kind {
            Kind::Sent { packet, .. } if packet.dst == client.ip() => match &packet.body {
                Body::Tcp(segment) if segment.dst_port == client.port() => Some(segment.ack),
                _ => None,
            },
            _ => None,
        });
        let next: Seq = seen.last().unwrap() + 1000;
        let forged = Segment { flags: Flags::RST, seq: next, ..Segment::default() };
        let forged = packet(&client.to_string(), SERVER, forged);
        net.on(1, |host, cx| host.receive(forged, cx));
    }
    let challenges =
        net.kinds(1).filter(|kind| matches!(kind, Kind::Sent { reason: Reason::ChallengeAck, .. }));
    let challenges = challenges.count();
    assert!((2..6).contains(&challenges), "{challenges}");
}
