//! ICMP messages from the way, handed to the socket whose packet they quote.

use super::*;
use crate::icmp;
use crate::wire::{Body, IcmpKind, PacketId};

/// The last packet that host 0 sent, answered by a router.
fn answer(net: &mut Net, kind: IcmpKind) {
    let sent = |kind: &Kind| if let Kind::Sent { packet, .. } = kind { Some(packet.clone()) } else { None };
    let about = net.kinds(0).filter_map(sent).last().unwrap();
    let body = Body::Icmp(icmp::about(&about, kind).unwrap());
    let packet =
        Packet { id: PacketId(9 << 32), src: [10, 0, 0, 254].into(), dst: about.src, ttl: 64, tos: 0, body };
    net.on(0, |host, cx| host.receive(packet, cx));
}

#[test]
fn a_closed_port_ends_a_handshake_and_an_unreachable_host_does_not() {
    let mut net = Net::new(2);
    net.loses = |_| true;
    let [refused, patient] = [(); 2].map(|()| net.tcp(0));
    net.connect(0, refused, SERVER).unwrap_err();
    answer(&mut net, IcmpKind::PortUnreachable);
    assert_eq!(net.connect(0, refused, SERVER), Err(Errno::ECONNREFUSED));
    net.connect(0, patient, SERVER).unwrap_err();
    answer(&mut net, IcmpKind::HostUnreachable);
    assert_eq!(net.connect(0, patient, SERVER), Err(Errno::EALREADY), "it may come back");
    net.wait(Span::from_secs(600));
    assert_eq!(net.connect(0, patient, SERVER), Err(Errno::EHOSTUNREACH));
}

#[test]
fn a_datagram_socket_hears_of_closed_ports_only() {
    let mut net = Net::new(1);
    let fd = net.udp(0);
    net.connect(0, fd, "10.0.0.2:9000").unwrap();
    net.send(0, fd, "hello").unwrap();
    answer(&mut net, IcmpKind::TimeExceeded);
    assert_eq!(net.recv(0, fd), Err(Errno::EAGAIN));
    assert_eq!(net.discarded(0), [Discard::Advisory]);
    answer(&mut net, IcmpKind::PortUnreachable);
    assert_eq!(net.recv(0, fd), Err(Errno::ECONNREFUSED));
}

#[test]
fn a_message_about_a_packet_of_no_socket_is_discarded() {
    let mut net = Net::new(1);
    let fd = net.udp(0);
    net.send_to(0, fd, "hello", "10.0.0.2:9000").unwrap();
    net.close(0, fd);
    answer(&mut net, IcmpKind::PortUnreachable);
    assert_eq!(net.discarded(0), [Discard::NoSocket]);
}

#[test]
fn the_next_connection_knows_what_a_router_told_of_the_path() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let (client, _) = net.pair(listener);
    net.loses = |packet| packet.len() > 1000;
    net.on(0, |host, cx| host.send(client, &Payload::from(vec![0; 1400]), SendFlags::NONE, cx)).unwrap();
    answer(&mut net, IcmpKind::PacketTooBig { mtu: 1000 });
    let sizes = [960, 960, 1460].into_iter().zip([Span::ZERO, Span::from_secs(590), Span::from_secs(20)]);
    for (size, later) in sizes {
        net.wait(later);
        let (client, server) = net.pair(listener);
        let without_timestamps =
            |net: &Net, host: usize, fd| net.hosts[host].tcp_info(fd).unwrap().snd_mss + 12;
        assert_eq!(without_timestamps(&net, 0, client), size);
        assert_eq!(without_timestamps(&net, 1, server), 1460, "the way back may be another");
    }
}
