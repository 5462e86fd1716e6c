//! IPv6 sockets that speak IPv4 too.

use super::*;

/// Hosts with an address of each version: `10.0.0.1` and `fd00::1`, and so on.
fn net() -> Net {
    Net::with(2, |config| {
        let last = u16::from(config.node.0 as u8 + 1);
        let addresses = vec![config.addresses[0], [0xfd00, 0, 0, 0, 0, 0, 0, last].into()];
        HostConfig { addresses, ..config }
    })
}
fn v6(net: &mut Net, host: usize, kind: SocketKind) -> Fd {
    net.on(host, |host, cx| host.socket(kind, Family::Inet6, cx)).unwrap()
}

#[test]
fn a_listener_of_both_versions_takes_clients_of_both() {
    let mut net = net();
    let listener = v6(&mut net, 1, SocketKind::Stream);
    net.bind(1, listener, "[::]:8000").unwrap();
    net.on(1, |host, cx| host.listen(listener, 5, cx)).unwrap();
    let clients = [(net.tcp(0), "10.0.0.2:8000"), (v6(&mut net, 0, SocketKind::Stream), "[fd00::2]:8000")];
    for ((client, to), (host, mss)) in clients.into_iter().zip([("::ffff:10.0.0", 1460), ("fd00:", 1440)]) {
        assert_eq!(net.connect(0, client, to), Err(Errno::EINPROGRESS));
        let (server, peer) = net.accept(1, listener).unwrap();
        assert!(peer.ip().to_string().starts_with(host), "{peer}");
        assert!(net.local(1, server).ip().to_string().starts_with(host));
        assert_eq!(net.hosts[1].tcp_info(server).unwrap().advmss, mss);
        net.send(0, client, "hello").unwrap();
        assert_eq!(net.recv_from(1, server), Ok(("hello".into(), peer)));
    }
}

#[test]
fn a_stream_socket_of_ipv6_connects_over_ipv4() {
    let mut net = net();
    net.server(1, 5);
    let client = v6(&mut net, 0, SocketKind::Stream);
    assert_eq!(net.connect(0, client, "[::ffff:10.0.0.2]:8000"), Err(Errno::EINPROGRESS));
    assert_eq!(net.connect(0, client, "[::ffff:10.0.0.2]:8000"), Err(Errno::EISCONN));
    assert_eq!(net.local(0, client).ip().to_string(), "::ffff:10.0.0.1");
    let confined = v6(&mut net, 0, SocketKind::Stream);
    net.set(0, confined, SocketOption::OnlyV6(true));
    assert_eq!(net.connect(0, confined, "[::ffff:10.0.0.2]:8000"), Err(Errno::ENETUNREACH));
    assert_eq!(net.bind(0, confined, "[::ffff:10.0.0.1]:9000"), Err(Errno::EINVAL));
}

#[test]
fn datagrams_of_both_versions_reach_one_socket() {
    let mut net = net();
    let server = v6(&mut net, 1, SocketKind::Datagram);
    net.bind(1, server, "[::]:53").unwrap_err();
    net.bind(1, server, "[::]:5300").unwrap();
    let client = net.udp(0);
    net.send_to(0, client, "four", "10.0.0.2:5300").unwrap();
    let (data, from) = net.recv_from(1, server).unwrap();
    assert_eq!((data, from.ip().to_string()), ("four".into(), "::ffff:10.0.0.1".into()));
    net.on(1, |host, cx| host.send_to(server, &"back".into(), from, SendFlags::NONE, cx)).unwrap();
    assert_eq!(net.recv(0, client), Ok("back".into()));
    let confined = v6(&mut net, 1, SocketKind::Datagram);
    net.set(1, confined, SocketOption::OnlyV6(true));
    net.bind(1, confined, "[::]:5301").unwrap();
    net.send_to(0, client, "four", "10.0.0.2:5301").unwrap();
    assert_eq!(net.recv(1, confined), Err(Errno::EAGAIN));
}

/// As Linux has it: a row is who has the port, who wants it, and whether the latter may.
#[test]
fn both_versions_contend_for_a_port_unless_one_is_confined() {
    for (first, only, second, may) in [
        ("[::]:9000", false, "0.0.0.0:9000", false),
        ("[::]:9000", false, "10.0.0.1:9000", false),
        ("[::]:9000", true, "0.0.0.0:9000", true),
        ("[fd00::1]:9000", false, "0.0.0.0:9000", true),
        ("[::ffff:10.0.0.1]:9000", false, "10.0.0.1:9000", false),
        ("[::ffff:10.0.0.1]:9000", false, "127.0.0.1:9000", true),
    ] {
        for swapped in [false, true] {
            let mut net = net();
            let six = v6(&mut net, 0, SocketKind::Stream);
            net.set(0, six, SocketOption::OnlyV6(only));
            let four = net.tcp(0);
            let both = if swapped { [(four, second), (six, first)] } else { [(six, first), (four, second)] };
            net.bind(0, both[0].0, both[0].1).unwrap();
            let got = net.bind(0, both[1].0, both[1].1);
            assert_eq!(got.is_ok(), may, "{first} ({only}), {second}, {swapped}: {got:?}");
            net.close(0, both[0].0);
            net.close(0, both[1].0);
            assert!(net.hosts[0].tcp.is_free(9000), "nothing is left");
        }
    }
}
