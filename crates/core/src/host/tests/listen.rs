//! Welcoming sockets and their queues.

use super::*;
use crate::tcp::{Config, Reason, State};
use crate::wire::{Body, Flags, PacketId, Segment};

/// The answer of a second `connect`: how the handshake stands.
fn stands(net: &mut Net, fd: Fd) -> Errno {
    net.connect(0, fd, SERVER).unwrap_err()
}

#[test]
fn connections_of_one_server_share_its_port_and_differ_by_their_peers() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let pairs = [net.pair(listener), net.pair(listener), net.pair(listener)];
    for (i, (client, server)) in pairs.into_iter().enumerate() {
        assert_eq!(net.local(1, server), addr(SERVER));
        net.send(0, client, &format!("client {i}")).unwrap();
    }
    for (i, (_, server)) in pairs.into_iter().enumerate() {
        assert_eq!(net.recv(1, server), Ok(format!("client {i}").as_str().into()));
    }
    let mut peers: Vec<_> = pairs.iter().map(|(client, _)| net.local(0, *client)).collect();
    peers.dedup();
    assert_eq!(peers.len(), 3);
    assert_eq!(net.backlog(1), Some((0, 0)));
}

#[test]
fn the_handshake_ends_before_accept() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let client = net.tcp(0);
    assert_eq!(net.accept(1, listener), Err(Errno::EAGAIN));
    net.connect(0, client, SERVER).unwrap_err();
    assert_eq!(stands(&mut net, client), Errno::EISCONN);
    net.send(0, client, "early").unwrap();
    assert_eq!(net.backlog(1), Some((0, 1)));
    let (server, peer) = net.accept(1, listener).unwrap();
    assert_eq!(peer, net.local(0, client));
    assert_eq!(net.recv(1, server), Ok("early".into()));
}

#[test]
fn a_full_accept_queue_drops_the_syn_and_the_client_tries_again() {
    let mut net = Net::new(2);
    let listener = net.server(1, 1);
    let [first, second] = [net.tcp(0), net.tcp(0)];
    for fd in [first, second] {
        net.connect(0, fd, SERVER).unwrap_err();
    }
    assert_eq!((stands(&mut net, first), stands(&mut net, second)), (Errno::EISCONN, Errno::EALREADY));
    assert_eq!(net.discarded(1), [Discard::AcceptQueueFull]);
    net.accept(1, listener).unwrap();
    net.wait(Span::from_secs(2));
    assert_eq!(stands(&mut net, second), Errno::EISCONN);
    net.accept(1, listener).unwrap();
}

/// SYN-ACKs are lost, so handshakes stay half done.
#[test]
fn a_full_syn_queue_drops_the_syn() {
    let mut net = Net::new(2);
    net.server(1, 2);
    net.loses = |packet| matches!(&packet.body, Body::Tcp(it) if it.flags.has(Flags::SYN.with(Flags::ACK)));
    for _ in 0..3 {
        let fd = net.tcp(0);
        net.connect(0, fd, SERVER).unwrap_err();
    }
    assert_eq!(net.backlog(1), Some((2, 0)));
    assert_eq!(net.discarded(1), [Discard::SynQueueFull]);
    net.wait(Span::from_secs(3600));
    assert_eq!(net.backlog(1), Some((0, 0)), "the host gave up");
}

/// Two handshakes are half done when the first ends; the accept queue has room for one.
#[test]
fn the_ack_of_a_handshake_is_dropped_while_the_accept_queue_is_full() {
    let mut net = Net::new(2);
    let listener = net.server(1, 1);
    let [first, second] = [net.tcp(0), net.tcp(0)];
    net.on(1, |host, cx| host.listen(listener, 2, cx)).unwrap();
    net.loses = |packet| matches!(&packet.body, Body::Tcp(it) if it.flags == Flags::ACK);
    for fd in [first, second] {
        net.connect(0, fd, SERVER).unwrap_err();
    }
    assert_eq!(net.backlog(1), Some((2, 0)));
    net.on(1, |host, cx| host.listen(listener, 1, cx)).unwrap();
    net.loses = |_| false;
    net.wait(Span::from_secs(4));
    assert!(net.discarded(1).contains(&Discard::AcceptQueueFull));
    assert_eq!(net.backlog(1), Some((1, 1)));
    net.accept(1, listener).unwrap();
    net.wait(Span::from_secs(30));
    net.accept(1, listener).unwrap();
}

#[test]
fn nobody_listens_so_the_client_is_refused() {
    let mut net = Net::new(2);
    let fd = net.tcp(0);
    net.connect(0, fd, SERVER).unwrap_err();
    assert_eq!(stands(&mut net, fd), Errno::ECONNREFUSED);
    assert_eq!(net.discarded(1), [Discard::NoSocket]);
    assert!(net.kinds(1).any(|kind| matches!(kind, Kind::Sent { reason: Reason::ResetUnwanted, .. })));
    net.server(1, 1);
    assert_eq!(net.connect(0, fd, SERVER), Err(Errno::EINPROGRESS), "the socket can be used again");
    assert_eq!(stands(&mut net, fd), Errno::EISCONN);
}

#[test]
fn closing_a_welcoming_socket_resets_who_waits_in_it() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let client = net.tcp(0);
    net.connect(0, client, SERVER).unwrap_err();
    net.close(1, listener);
    assert_eq!(net.recv(0, client), Err(Errno::ECONNRESET));
    let closed = Kind::State {
        sock: Sock(0),
        from: State::Listen,
        to: State::Closed,
        trigger: crate::tcp::Trigger::Close,
    };
    assert!(net.kinds(1).any(|kind| *kind == closed));
    let late = net.tcp(0);
    net.connect(0, late, SERVER).unwrap_err();
    assert_eq!(stands(&mut net, late), Errno::ECONNREFUSED);
}

#[test]
fn a_client_that_left_is_still_accepted() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let client = net.tcp(0);
    net.connect(0, client, SERVER).unwrap_err();
    net.on(0, |host, cx| host.abort(client, cx)).unwrap();
    let (server, _) = net.accept(1, listener).unwrap();
    assert_eq!(net.recv(1, server), Err(Errno::ECONNRESET));
    net.close(1, server);
}

#[test]
fn only_stream_sockets_without_a_connection_listen() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let (client, _) = net.pair(listener);
    let (datagram, idle) = (net.udp(0), net.tcp(0));
    let mut listen = |fd| net.on(0, |host, cx| host.listen(fd, 5, cx));
    assert_eq!(listen(datagram), Err(Errno::EOPNOTSUPP));
    assert_eq!(listen(client), Err(Errno::EINVAL));
    assert_eq!(listen(idle), Ok(()));
    assert!(net.local(0, idle).port() >= 49_152);
    assert_eq!(net.accept(0, datagram), Err(Errno::EOPNOTSUPP));
    assert_eq!(net.accept(0, client), Err(Errno::EINVAL));
    assert_eq!(net.connect(0, idle, SERVER), Err(Errno::EISCONN));
}

#[test]
fn a_bound_socket_says_how_its_refusals_travel_where_the_profile_says_so() {
    for (tcp, ttl) in [(Config::freebsd(), 4), (Config::linux(), 64)] {
        let mut config = HostConfig::new(Node(0), vec![[10, 0, 0, 1].into()]);
        config.tcp = tcp;
        let mut log = Log::off();
        let mut cx = Cx { now: Time::ZERO, node: Node(0), cause: None, log: &mut log };
        let mut host = Host::new(config, 1);
        let fd = host.socket(SocketKind::Stream, Family::Inet, &mut cx).unwrap();
        host.set_option(fd, SocketOption::Ttl(4), &mut cx).unwrap();
        host.bind(fd, "10.0.0.1:8080".parse().unwrap(), &mut cx).unwrap();
        let syn = Segment { src_port: 9, dst_port: 8080, flags: Flags::SYN, ..Segment::default() };
        let (src, dst) = ([10, 0, 0, 2].into(), [10, 0, 0, 1].into());
        host.receive(Packet { id: PacketId(9), src, dst, ttl: 64, tos: 0, body: Body::Tcp(syn) }, &mut cx);
        assert_eq!(host.poll_transmit(&mut cx).map(|packet| packet.ttl), Some(ttl));
    }
}
