//! Datagram sockets.

use super::*;

#[test]
fn a_datagram_goes_there_and_back() {
    let mut net = Net::new(2);
    let (client, server) = (net.udp(0), net.udp(1));
    net.bind(1, server, "0.0.0.0:9000").unwrap();
    assert_eq!(net.local(0, client), addr("0.0.0.0:0"));
    assert_eq!(net.send_to(0, client, "hello", "10.0.0.2:9000"), Ok(5));
    let port = net.local(0, client).port();
    assert!(port >= 49_152, "the host chose {port} at the first send");
    let (data, from) = net.recv_from(1, server).unwrap();
    assert_eq!((data, from), ("hello".into(), SocketAddr::new([10, 0, 0, 1].into(), port)));
    net.send_to(1, server, "HELLO", &from.to_string()).unwrap();
    assert_eq!(net.recv_from(0, client), Ok(("HELLO".into(), addr("10.0.0.2:9000"))));
    assert_eq!(net.recv_from(0, client), Err(Errno::EAGAIN));
}

#[test]
fn a_datagram_for_nobody_is_told_to_a_connected_socket_only() {
    let mut net = Net::new(2);
    let (connected, other) = (net.udp(0), net.udp(0));
    net.connect(0, connected, "10.0.0.2:9000").unwrap();
    net.send(0, connected, "anybody?").unwrap();
    assert_eq!(net.recv(0, connected), Err(Errno::ECONNREFUSED));
    assert_eq!(net.recv(0, connected), Err(Errno::EAGAIN));
    net.send_to(0, other, "anybody?", "10.0.0.2:9000").unwrap();
    assert_eq!(net.recv(0, other), Err(Errno::EAGAIN));
    assert_eq!(net.discarded(1), [Discard::NoSocket, Discard::NoSocket]);
    assert_eq!(net.discarded(0), [Discard::Advisory]);
}

#[test]
fn a_connected_socket_hears_its_peer_only() {
    let mut net = Net::new(3);
    let (client, server, stranger) = (net.udp(0), net.udp(1), net.udp(2));
    net.bind(1, server, "0.0.0.0:9000").unwrap();
    net.connect(0, client, "10.0.0.2:9000").unwrap();
    let own = net.local(0, client).to_string();
    assert!(own.starts_with("10.0.0.1:"), "connecting chooses the interface");
    net.connect(2, stranger, &own).unwrap();
    net.send(2, stranger, "it is me").unwrap();
    assert_eq!(net.recv(0, client), Err(Errno::EAGAIN));
    assert_eq!(net.discarded(0), [Discard::WrongPeer]);
    assert_eq!(net.recv(2, stranger), Err(Errno::ECONNREFUSED));
    net.send_to(1, server, "it is me", &own).unwrap();
    assert_eq!(net.recv(0, client), Ok("it is me".into()));
}

#[test]
fn a_full_receive_queue_loses_the_newest() {
    let mut net = Net::with(2, |config| HostConfig { udp_receive_buffer: 30, ..config });
    let (client, server) = (net.udp(0), net.udp(1));
    net.bind(1, server, "0.0.0.0:9000").unwrap();
    for data in ["one", "two", "three"] {
        net.send_to(0, client, data, "10.0.0.2:9000").unwrap();
    }
    assert_eq!(net.discarded(1), [Discard::ReceiveQueueFull]);
    assert_eq!(net.recv(1, server), Ok("one".into()));
    assert_eq!(net.recv(1, server), Ok("two".into()));
    assert_eq!(net.recv(1, server), Err(Errno::EAGAIN));
    net.set(1, server, SocketOption::ReceiveBuffer(1000));
    for data in ["one", "two", "three"] {
        net.send_to(0, client, data, "10.0.0.2:9000").unwrap();
    }
    assert_eq!(net.discarded(1).len(), 1);
}

#[test]
fn what_cannot_be_sent_is_refused_by_name() {
    let mut net = Net::new(2);
    let fd = net.udp(0);
    assert_eq!(net.send(0, fd, "to whom?"), Err(Errno::EDESTADDRREQ));
    assert_eq!(net.send_to(0, fd, &"x".repeat(65_508), "10.0.0.2:9"), Err(Errno::EMSGSIZE));
    assert_eq!(net.send_to(0, fd, "x", "[::1]:9"), Err(Errno::EAFNOSUPPORT));
    assert_eq!(net.send_to(0, fd, "x", "10.0.0.2:0"), Err(Errno::EINVAL));
    assert_eq!(net.local(0, fd).port(), 0, "nothing was sent, so no port was chosen");
    assert_eq!(net.send_to(0, fd, &"x".repeat(65_507), "10.0.0.2:9"), Ok(65_507));
    let stream = net.tcp(0);
    assert_eq!(net.send_to(0, stream, "x", "10.0.0.2:9"), Err(Errno::EPIPE));
    let v6 = net.on(0, |host, cx| host.socket(SocketKind::Datagram, Family::Inet6, cx)).unwrap();
    assert_eq!(net.send_to(0, v6, "x", "[fd00::9]:9"), Err(Errno::ENETUNREACH));
}

#[test]
fn a_socket_of_one_interface_comes_before_one_of_all() {
    let mut net = Net::with(2, |mut config| {
        config.addresses.push([10, 0, 1, config.node.0 as u8 + 1].into());
        config
    });
    let (client, one, all) = (net.udp(0), net.udp(1), net.udp(1));
    for (fd, local) in [(one, "10.0.1.2:9000"), (all, "0.0.0.0:9000")] {
        net.set(1, fd, SocketOption::ReuseAddr(true));
        net.bind(1, fd, local).unwrap();
    }
    for (to, fd, source) in [("10.0.1.2:9000", one, "10.0.1.1"), ("10.0.0.2:9000", all, "10.0.0.1")] {
        net.send_to(0, client, to, to).unwrap();
        let (data, from) = net.recv_from(1, fd).unwrap();
        assert_eq!((data, from.ip().to_string()), (to.into(), source.into()));
    }
}

#[test]
fn a_host_talks_to_itself_over_loopback() {
    let mut net = Net::new(1);
    let (client, server) = (net.udp(0), net.udp(0));
    net.bind(0, server, "127.0.0.1:9000").unwrap();
    for to in ["127.0.0.1:9000", "0.0.0.0:9000"] {
        net.send_to(0, client, "hello", to).unwrap();
        let (_, from) = net.recv_from(0, server).unwrap();
        assert_eq!(from.ip(), addr("127.0.0.1:0").ip(), "{to}");
    }
    assert_eq!(net.send_to(0, server, "x", "10.0.0.9:1"), Err(Errno::EINVAL));
}

#[test]
fn without_a_peer_nothing_is_shut_down() {
    let mut net = Net::new(2);
    let fd = net.udp(0);
    assert_eq!(net.shutdown(0, fd, How::Both), Err(Errno::ENOTCONN));
    net.connect(0, fd, "10.0.0.2:9000").unwrap();
    net.shutdown(0, fd, How::Both).unwrap();
    assert_eq!(net.recv(0, fd), Ok(Payload::EMPTY));
    assert_eq!(net.send(0, fd, "x"), Err(Errno::EPIPE));
}
