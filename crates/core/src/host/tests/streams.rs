//! Connections.

use super::*;
use crate::tcp::State;
use crate::trace::Event;
use crate::wire::{Body, Flags, PacketId, Segment};

#[test]
fn a_stream_goes_there_and_back_and_ends() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let (client, server) = net.pair(listener);
    assert_eq!(net.send(0, client, "hello"), Ok(5));
    assert_eq!(net.recv(1, server), Ok("hello".into()));
    assert_eq!(net.recv(1, server), Err(Errno::EAGAIN));
    net.shutdown(0, client, How::Write).unwrap();
    assert_eq!(net.recv(1, server), Ok(Payload::EMPTY));
    assert_eq!(net.send(1, server, "HELLO"), Ok(5), "half-closed: this direction goes on");
    assert_eq!(net.recv(0, client), Ok("HELLO".into()));
    assert_eq!(net.send(0, client, "x"), Err(Errno::EPIPE));
    net.close(1, server);
    assert_eq!(net.recv(0, client), Ok(Payload::EMPTY));
}

/// As `recv()`, but for where the bytes are cut.
#[test]
fn what_is_read_in_pieces_is_what_was_sent() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let (client, server) = net.pair(listener);
    let read = |net: &mut Net, max| {
        let mut pieces = Vec::new();
        let bytes = net.on(1, |host, cx| host.recv_pieces(server, max, cx, |piece| pieces.push(piece)));
        bytes.map(|bytes| (bytes, pieces))
    };
    for text in ["one, ", "two"] {
        net.send(0, client, text).unwrap();
        net.wait(Span::from_secs(1));
    }
    assert_eq!(read(&mut net, 7), Ok((7, vec!["one, ".into(), "tw".into()])));
    assert_eq!(net.recv(1, server), Ok("o".into()));
    assert_eq!(read(&mut net, 7), Err(Errno::EAGAIN));
    net.shutdown(0, client, How::Write).unwrap();
    assert_eq!(read(&mut net, 7), Ok((0, vec![])));
}

#[test]
fn close_with_unread_data_resets_the_peer() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let (client, server) = net.pair(listener);
    net.send(0, client, "never read").unwrap();
    net.close(1, server);
    assert_eq!(net.recv(0, client), Err(Errno::ECONNRESET));
    assert_eq!(net.recv(0, client), Ok(Payload::EMPTY), "the error is told once");
    assert_eq!(net.send(0, client, "x"), Err(Errno::EPIPE));
}

#[test]
fn abort_resets_the_peer() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let (client, server) = net.pair(listener);
    net.on(0, |host, cx| host.abort(client, cx)).unwrap();
    assert_eq!(net.recv(1, server), Err(Errno::ECONNRESET));
    assert!(net.kinds(0).any(|kind| matches!(kind, Kind::Removed { .. })));
}

#[test]
fn the_first_to_close_waits_in_time_wait() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let (client, server) = net.pair(listener);
    net.close(0, client);
    net.close(1, server);
    let is = |net: &Net, host, want| {
        let last = |kind: &Kind| if let Kind::State { to, .. } = kind { Some(*to) } else { None };
        assert_eq!(net.kinds(host).filter_map(last).last(), Some(want));
    };
    is(&net, 0, State::TimeWait);
    is(&net, 1, State::Closed);
    let removed = |net: &Net| net.kinds(0).filter(|kind| matches!(kind, Kind::Removed { .. })).count();
    assert_eq!(removed(&net), 0);
    net.wait(Span::from_secs(240));
    is(&net, 0, State::Closed);
    assert_eq!(removed(&net), 1);
}

/// The client comes back from the same port while the server's end is in TIME-WAIT.
#[test]
fn time_wait_gives_way_to_a_new_connection() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let mut new_ones = 0;
    for _ in 0..8 {
        let client = net.tcp(0);
        net.bind(0, client, "10.0.0.1:50000").unwrap();
        net.connect(0, client, SERVER).unwrap_err();
        net.wait(Span::from_secs(1));
        if net.connect(0, client, SERVER) == Err(Errno::EISCONN) {
            new_ones += 1;
            let (server, _) = net.accept(1, listener).unwrap();
            net.close(1, server);
        }
        net.close(0, client);
    }
    assert!(new_ones >= 2, "a later initial sequence number is let in: {new_ones}");
}

#[test]
fn a_silent_server_times_the_client_out() {
    let mut net = Net::new(2);
    net.loses = |_| true;
    let fd = net.tcp(0);
    net.connect(0, fd, SERVER).unwrap_err();
    net.wait(Span::from_secs(600));
    assert_eq!(net.connect(0, fd, SERVER), Err(Errno::ETIMEDOUT));
}

#[test]
fn sockets_without_a_connection_say_so() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let idle = net.tcp(1);
    for fd in [idle, listener] {
        assert_eq!(net.send(1, fd, "x"), Err(Errno::EPIPE));
        assert_eq!(net.recv(1, fd), Err(Errno::ENOTCONN));
        assert_eq!(net.recv_from(1, fd), Err(Errno::ENOTCONN));
        assert_eq!(net.shutdown(1, fd, How::Both), Err(Errno::ENOTCONN));
    }
    assert_eq!(net.recv(1, Fd(1)), Err(Errno::ENOTSOCK));
}

#[test]
fn a_connected_socket_can_name_its_peer() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let (client, server) = net.pair(listener);
    assert_eq!(net.hosts[0].peer_name(client), Ok(addr(SERVER)));
    assert_eq!(net.hosts[1].peer_name(server), Ok(net.local(0, client)));
    assert_eq!(net.hosts[1].peer_name(listener), Err(Errno::ENOTCONN));
    let datagrams = net.udp(0);
    assert_eq!(net.hosts[0].peer_name(datagrams), Err(Errno::ENOTCONN));
    net.connect(0, datagrams, "10.0.0.2:53").unwrap();
    assert_eq!(net.hosts[0].peer_name(datagrams), Ok(addr("10.0.0.2:53")));
}

#[test]
fn a_host_connects_to_itself() {
    let mut net = Net::new(1);
    let listener = net.server(0, 5);
    let client = net.tcp(0);
    assert_eq!(net.connect(0, client, "127.0.0.1:8000"), Err(Errno::EINPROGRESS));
    assert_eq!(net.connect(0, client, "127.0.0.1:8000"), Err(Errno::EISCONN));
    let (server, peer) = net.accept(0, listener).unwrap();
    assert_eq!(peer, net.local(0, client));
    net.send(0, server, "hello").unwrap();
    assert_eq!(net.recv(0, client), Ok("hello".into()));
}

/// Simultaneous open with oneself: a client that calls its own port gets through without any server.
#[test]
fn a_socket_connects_to_itself() {
    let mut net = Net::new(1);
    let fd = net.tcp(0);
    net.bind(0, fd, "127.0.0.1:50000").unwrap();
    net.connect(0, fd, "127.0.0.1:50000").unwrap_err();
    assert_eq!(net.connect(0, fd, "127.0.0.1:50000"), Err(Errno::EISCONN));
    net.send(0, fd, "echo").unwrap();
    assert_eq!(net.recv(0, fd), Ok("echo".into()));
    net.send(0, fd, "unread").unwrap();
    net.close(0, fd);
    assert!(net.kinds(0).any(|kind| matches!(kind, Kind::Removed { .. })));
}

#[test]
fn over_ipv6_the_mss_leaves_room_for_the_longer_header() {
    let mut net = Net::with(2, |mut config| {
        config.addresses =
            vec![[0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, config.node.0 as u8 + 1].into()];
        config
    });
    let [listener, client] =
        [1, 0].map(|i| net.on(i, |host, cx| host.socket(SocketKind::Stream, Family::Inet6, cx)).unwrap());
    net.bind(1, listener, "[::]:8000").unwrap();
    net.on(1, |host, cx| host.listen(listener, 5, cx)).unwrap();
    net.connect(0, client, "[fd00::2]:8000").unwrap_err();
    let (server, _) = net.accept(1, listener).unwrap();
    net.send(0, client, &"x".repeat(2000)).unwrap();
    net.wait(Span::from_secs(1));
    assert_eq!(net.recv(1, server).unwrap().len(), 2000);
    let longest = net
        .kinds(0)
        .filter_map(|kind| if let Kind::Sent { packet, .. } = kind { Some(packet.len()) } else { None });
    assert_eq!(longest.max(), Some(1500));
}

/// How many ACKs without text a host has sent for which connection, and the packets whose arrival caused them.
fn acks(net: &Net, host: u16) -> Vec<(Sock, PacketId)> {
    let events = net.log.events();
    let of = |event: &Event| match &event.kind {
        Kind::Sent { sock, packet, .. } if event.node == Some(Node(host)) => {
            let Body::Tcp(Segment { flags: Flags::ACK, payload, .. }) = &packet.body else { return None };
            let Kind::Arrived { packet, .. } = events[event.cause?.0 as usize].kind else { return None };
            payload.is_empty().then_some((sock.unwrap(), packet))
        }
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

#[test]
fn text_that_is_handed_in_together_is_acknowledged_once_for_each_connection() {
    let burst = |together| {
        let mut net = Net { together, ..Net::new(2) };
        let listener = net.server(1, 5);
        let (a, b) = (net.pair(listener), net.pair(listener));
        let before = acks(&net, 1).len();
        let text = Payload::from(vec![b'x'; 4 * 1460]);
        let mut cx = Cx { now: net.now, node: Node(0), cause: None, log: &mut net.log };
        for (client, _) in [a, b] {
            assert_eq!(net.hosts[0].send(client, &text, SendFlags::NONE, &mut cx), Ok(4 * 1460));
        }
        net.exchange();
        for (_, server) in [a, b] {
            assert_eq!(net.on(1, |host, cx| host.recv(server, 9999, RecvFlags::NONE, cx)), Ok(text.clone()));
        }
        acks(&net, 1).split_off(before)
    };
    let (each, once) = (burst(false), burst(true));
    assert_eq!(each.len(), 4, "every second segment: {each:?}");
    assert_eq!(once, [each[1], each[3]], "after the last of each connection");
}
