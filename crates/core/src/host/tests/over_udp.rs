//! TCP over UDP.

use super::*;
use crate::wire::Body;

const TUNNEL: u16 = 9811;

fn net() -> (Net, Fd) {
    let mut net = Net::with(2, |config| HostConfig { udp_tunneling_port: TUNNEL, ..config });
    let listener = net.server(1, 5);
    (net, listener)
}
/// How many segments left a host as they are, and how many in datagrams.
fn sent(net: &Net, host: u16) -> (usize, usize) {
    let of = |tcp: bool| {
        net.kinds(host)
            .filter(|kind| matches!(kind, Kind::Sent { packet, .. } if matches!(packet.body, Body::Tcp(_)) == tcp))
            .count()
    };
    (of(true), of(false))
}

#[test]
fn a_connection_lives_in_datagrams_from_the_first_segment_to_the_last() {
    let (mut net, listener) = net();
    let client = net.tcp(0);
    net.set(0, client, SocketOption::RemoteUdpPort(TUNNEL.into()));
    net.connect(0, client, SERVER).unwrap_err();
    let (server, peer) = net.accept(1, listener).unwrap();
    assert_eq!(peer, net.local(0, client), "programs see ports of TCP");
    net.send(0, client, "hello").unwrap();
    assert_eq!(net.recv(1, server), Ok("hello".into()));
    net.send(1, server, "world").unwrap();
    assert_eq!(net.recv(0, client), Ok("world".into()));
    net.close(0, client);
    net.close(1, server);
    for host in 0..2 {
        let (plain, carried) = sent(&net, host);
        assert!(plain == 0 && carried >= 4, "host {host}: {plain} and {carried}");
    }
}

#[test]
fn one_socket_welcomes_clients_of_both_kinds() {
    let (mut net, listener) = net();
    let (client, server) = net.pair(listener);
    net.send(0, client, "as it is").unwrap();
    assert_eq!(net.recv(1, server), Ok("as it is".into()));
    assert_eq!(sent(&net, 0).1, 0);
    let tunneled = net.tcp(0);
    net.set(0, tunneled, SocketOption::RemoteUdpPort(TUNNEL.into()));
    net.connect(0, tunneled, SERVER).unwrap_err();
    net.accept(1, listener).unwrap();
    assert!(sent(&net, 0).1 > 0);
}

#[test]
fn a_datagram_to_the_tunnel_that_holds_no_segment_is_discarded() {
    let (mut net, _) = net();
    let fd = net.udp(0);
    net.send_to(0, fd, "no segment", &format!("10.0.0.2:{TUNNEL}")).unwrap();
    let malformed = |kind: &Kind| matches!(kind, Kind::Discarded { why: Discard::Malformed, .. });
    assert_eq!(net.kinds(1).filter(|kind| malformed(kind)).count(), 1);
}

#[test]
fn a_host_without_a_tunnel_takes_no_segment_out_of_a_datagram() {
    let mut net = Net::new(2);
    net.server(1, 5);
    net.hosts[0].config_mut().udp_tunneling_port = TUNNEL;
    let client = net.tcp(0);
    net.set(0, client, SocketOption::RemoteUdpPort(TUNNEL.into()));
    net.connect(0, client, SERVER).unwrap_err();
    let told = net.connect(0, client, SERVER);
    assert_eq!(told, Err(Errno::ECONNREFUSED), "nobody has that UDP port, and ICMP says so");
}
