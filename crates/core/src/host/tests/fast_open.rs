//! Fast open between hosts (RFC 7413): cookies, data on the SYN, and servers that do not take part.

use super::*;
use crate::tcp::{self, Reason};
use crate::wire::{Body, Flags, Segment};

/// A network whose host 1 listens for fast opens, and its address.
fn server(net: &mut Net) -> (Fd, SocketAddr) {
    let listener = net.server(1, 5);
    net.on(1, |host, cx| host.set_option(listener, SocketOption::FastOpen(5), cx)).unwrap();
    let port = net.hosts[1].local_name(listener).unwrap().port();
    (listener, SocketAddr::new([10, 0, 0, 2].into(), port))
}
/// Host 0 sends `text` to an address, and connects by that; without a cookie it sends when the handshake is over.
fn send(net: &mut Net, to: SocketAddr, text: &str) -> Fd {
    let fd = net.tcp(0);
    let sent = net.on(0, |host, cx| host.send_to(fd, &text.into(), to, SendFlags::FASTOPEN, cx));
    match sent {
        Err(Errno::EINPROGRESS) => assert_eq!(net.send(0, fd, text), Ok(text.len() as u32)),
        sent => assert_eq!(sent, Ok(text.len() as u32)),
    }
    fd
}
/// The segments that were sent so far, each with its reason.
fn segments(net: &Net) -> Vec<(Reason, Segment)> {
    let sent = net.log.events().iter().filter_map(|event| match &event.kind {
        Kind::Sent { reason, packet, .. } => match &packet.body {
            Body::Tcp(segment) => Some((*reason, segment.clone())),
            _ => None,
        },
        _ => None,
    });
    sent.collect()
}

#[test]
fn the_second_connection_sends_data_on_its_syn() {
    let mut net = Net::new(2);
    let (listener, to) = server(&mut net);
    send(&mut net, to, "one");
    let first = segments(&net);
    assert!(first[0].1.options.fast_open.as_ref().unwrap().is_request() && first[0].1.payload.is_empty());
    let cookie = first[1].1.options.fast_open.clone().unwrap();
    assert!(cookie.is_well_formed());
    let before = first.len();

    send(&mut net, to, "two");
    let second = segments(&net).split_off(before);
    assert_eq!((second[0].0, second[0].1.options.fast_open.clone()), (Reason::SynWithData, Some(cookie)));
    assert_eq!(second[1].1.ack, second[0].1.seq + 4, "the SYN and its data are acknowledged");
    assert_eq!(second.len(), 3, "and nothing has to go again");
    for text in ["one", "two"] {
        let (server, _) = net.on(1, |host, cx| host.accept(listener, cx)).unwrap();
        assert_eq!(net.recv(1, server), Ok(text.into()));
    }
}

#[test]
fn a_program_has_the_data_before_the_handshake_is_over() {
    let mut net = Net::new(2);
    let (listener, to) = server(&mut net);
    send(&mut net, to, "one");
    net.on(1, |host, cx| host.accept(listener, cx)).unwrap();
    net.loses = |packet| matches!(&packet.body, Body::Tcp(segment) if segment.flags == crate::wire::Flags::SYN.with(crate::wire::Flags::ACK));
    send(&mut net, to, "two");
    let (server, _) = net.on(1, |host, cx| host.accept(listener, cx)).unwrap();
    assert_eq!(net.recv(1, server), Ok("two".into()));
}

#[test]
fn a_forged_cookie_gets_a_good_one_and_no_data_is_taken() {
    let mut net = Net::new(2);
    let (listener, to) = server(&mut net);
    send(&mut net, to, "one");
    net.on(1, |host, cx| host.accept(listener, cx)).unwrap();
    net.hosts[1] = {
        // The server restarts with another secret; its address is the same.
        let config = net.hosts[1].config().clone();
        Host::new(config, 43)
    };
    let (_, to) = server(&mut net);
    let before = segments(&net).len();
    send(&mut net, to, "two");
    let again = segments(&net).split_off(before);
    assert_eq!(again[0].0, Reason::SynWithData);
    assert_eq!(again[1].1.ack, again[0].1.seq + 1, "the data is not taken");
    assert!(
        again[1].1.options.fast_open.is_some()
            && again[1].1.options.fast_open != again[0].1.options.fast_open
    );
    assert_eq!((again[2].0, again[2].1.payload.len()), (Reason::DataOfSynRefused, 3), "so it goes again");
}

#[test]
fn who_gets_no_cookie_asks_no_more_until_it_is_forgotten() {
    let mut net = Net::with(2, |config| HostConfig { tcp: tcp::Config::freebsd(), ..config });
    let listener = net.server(1, 5);
    let to = SocketAddr::new([10, 0, 0, 2].into(), net.hosts[1].local_name(listener).unwrap().port());
    let asks = |net: &mut Net| {
        let before = segments(net).len();
        send(net, to, "hello");
        segments(net)[before].1.options.fast_open.is_some()
    };
    assert!(asks(&mut net));
    assert!(!asks(&mut net));
    net.hosts[0].forget_cookies();
    assert!(asks(&mut net));
    for _ in 0..3 {
        let (server, _) = net.on(1, |host, cx| host.accept(listener, cx)).unwrap();
        assert_eq!(net.recv(1, server), Ok("hello".into()), "the data arrives all the same");
    }
}

/// Linux: `connect` is done before anything was sent, and the SYN takes the first data along.
#[test]
fn connect_waits_for_data_where_there_is_a_cookie() {
    let mut net = Net::new(2);
    let (listener, to) = server(&mut net);
    for (cookie, connected) in [(false, Err(Errno::EINPROGRESS)), (true, Ok(()))] {
        let client = net.tcp(0);
        net.set(0, client, SocketOption::FastOpenConnect(true));
        let before = segments(&net).len();
        assert_eq!(net.connect(0, client, &to.to_string()), connected);
        assert_eq!(segments(&net).len() == before, cookie, "nothing is sent yet");
        assert_eq!(net.connect(0, client, &to.to_string()), Err(Errno::EISCONN));
        assert!(net.hosts[0].readiness(client).unwrap().writable);
        assert_eq!(net.send(0, client, "hello"), Ok(5));
        assert_eq!(segments(&net)[before].1.payload.is_empty(), !cookie);
        let (server, _) = net.accept(1, listener).unwrap();
        assert_eq!(net.recv(1, server), Ok("hello".into()));
        assert_eq!(net.hosts[0].tcp_info(client).unwrap().options.data_on_syn, cookie);
    }
}

/// RFC 7413 §5.1: a flood of forged SYNs ends where the listener says.
#[test]
fn a_listener_bounds_the_connections_that_begin_early() {
    let mut net = Net::new(2);
    let (listener, to) = server(&mut net);
    net.set(1, listener, SocketOption::FastOpen(2));
    send(&mut net, to, "the cookie");
    net.accept(1, listener).unwrap();
    net.loses = |packet| matches!(&packet.body, Body::Tcp(it) if it.flags.has(Flags::SYN.with(Flags::ACK)));
    for _ in 0..3 {
        send(&mut net, to, "data");
    }
    assert_eq!(net.backlog(1), Some((1, 2)), "the third has to shake hands");
}

#[test]
fn a_blocking_send_that_connects_waits_for_the_handshake() {
    let mut net = Net::new(2);
    let (listener, to) = server(&mut net);
    for _ in 0..2 {
        let fd = net.tcp(0);
        let data = Payload::from("hello");
        net.loses =
            |packet| matches!(&packet.body, Body::Tcp(it) if it.flags.has(Flags::SYN.with(Flags::ACK)));
        let call = Call::SendTo { fd, data, to, flags: SendFlags::FASTOPEN };
        let mut blocked = net.call(0, call).unwrap_err();
        assert_eq!(net.retry(0, &mut blocked), None);
        net.loses = |_| false;
        net.wait(Span::from_secs(4));
        assert_eq!(net.retry(0, &mut blocked), Some(Notice::Sent(5)));
        let (server, _) = net.accept(1, listener).unwrap();
        assert_eq!(net.recv(1, server), Ok("hello".into()));
    }
}

/// RFC 6528: the sequence numbers of the same two ends rise with time, and tell nothing about other ends.
#[test]
fn initial_sequence_numbers_rise_for_the_same_ends_only() {
    let host = &Net::new(1).hosts[0];
    let end = |port| SocketAddr::from(([10, 0, 0, 1], port));
    let number =
        |port, ms| host.initial_sequence_number(end(port), end(9), Time::ZERO + Span::from_millis(ms));
    assert_eq!(number(1, 8) - number(1, 0), 2000);
    assert_ne!(number(2, 0) - number(1, 0), 0);
    assert_eq!(number(1, 0), Net::new(1).hosts[0].initial_sequence_number(end(1), end(9), Time::ZERO));
}
