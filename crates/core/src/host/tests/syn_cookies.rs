//! SYN cookies (RFC 4987 §3.6).

use super::*;
use crate::tcp::{self, Reason, State};
use crate::wire::{Body, Flags};

/// Hosts with the policies of Linux; the server's queue has room for one.
fn net() -> (Net, Fd) {
    let mut net = Net::with(2, |config| HostConfig { tcp: tcp::Config::linux(), ..config });
    let listener = net.server(1, 1);
    (net, listener)
}
fn is_plain_ack(packet: &Packet) -> bool {
    matches!(&packet.body, Body::Tcp(segment) if segment.flags == Flags::ACK)
}
fn given(net: &Net) -> usize {
    net.kinds(1).filter(|kind| matches!(kind, Kind::Sent { reason: Reason::SynCookie, .. })).count()
}

#[test]
fn a_full_syn_queue_gives_cookies() {
    let (mut net, listener) = net();
    net.on(1, |host, cx| host.listen(listener, 2, cx)).unwrap();
    net.loses = is_plain_ack;
    for _ in 0..2 {
        let half_open = net.tcp(0);
        net.connect(0, half_open, SERVER).unwrap_err();
    }
    net.loses = |_| false;
    assert_eq!((net.backlog(1), given(&net)), (Some((2, 0)), 0));

    let client = net.tcp(0);
    net.connect(0, client, SERVER).unwrap_err();
    assert_eq!((net.backlog(1), given(&net)), (Some((2, 1)), 1));
    let (server, peer) = net.accept(1, listener).unwrap();
    assert_eq!(peer, net.local(0, client));
    net.send(0, client, "hello").unwrap();
    assert_eq!(net.recv(1, server), Ok("hello".into()));
    let agreed = net.hosts[1].tcp_info(server).unwrap().options;
    assert!(agreed.sack && agreed.timestamps && agreed.window_scale, "the timestamp brought them back");
}

/// The ACK is held back and delivered later.
#[test]
fn a_cookie_gets_old() {
    for (seconds, state) in [(60, State::Established), (200, State::Closed)] {
        let (mut net, listener) = net();
        net.hosts[1].config_mut().tcp.opening.syn_cookies = tcp::SynCookies::Always;
        let client = net.tcp(0);
        net.loses = is_plain_ack;
        net.connect(0, client, SERVER).unwrap_err();
        assert_eq!(net.backlog(1), None, "nothing is kept");
        net.now += Span::from_secs(seconds);
        net.loses = |_| false;
        net.send(0, client, "late").unwrap();
        assert_eq!(net.accept(1, listener).is_ok(), state == State::Established);
        assert_eq!(net.hosts[0].tcp_info(client).unwrap().state, state);
    }
}
