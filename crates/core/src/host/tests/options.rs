//! `setsockopt()` and `getsockopt()`.

use super::*;
use std::collections::BTreeSet;

fn get(net: &mut Net, host: usize, fd: Fd, name: OptionName) -> Result<SocketOption, Errno> {
    net.on(host, |host, _| host.option(fd, name))
}

fn refused(net: &mut Net, fd: Fd, option: SocketOption) -> Errno {
    net.on(0, |host, cx| host.set_option(fd, option, cx)).unwrap_err()
}

#[test]
fn what_is_set_is_read_again() {
    let mut net = Net::new(1);
    let fd = net.tcp(0);
    let span = Some(Span::from_secs(3));
    for option in [
        SocketOption::ReuseAddr(true),
        SocketOption::ReusePort(true),
        SocketOption::KeepAlive(true),
        SocketOption::Linger(span),
        SocketOption::ReceiveBuffer(5000),
        SocketOption::SendBuffer(6000),
        SocketOption::ReceiveTimeout(span),
        SocketOption::SendTimeout(span),
        SocketOption::OutOfBandInline(true),
        SocketOption::NoDelay(true),
        SocketOption::Cork(true),
        SocketOption::MaxSegment(700),
        SocketOption::KeepIdle(Span::from_secs(60)),
        SocketOption::KeepInterval(Span::from_secs(5)),
        SocketOption::KeepCount(4),
        SocketOption::KeepInit(Span::from_secs(30)),
        SocketOption::SynCount(2),
        SocketOption::UserTimeout(span),
        SocketOption::Congestion(CongestionControl::Cubic),
        SocketOption::UnsentLowWater(4000),
        SocketOption::LingerTime(span),
        SocketOption::NoOptions(true),
        SocketOption::Ttl(7),
        SocketOption::Tos(0x10),
        SocketOption::NonBlocking(true),
    ] {
        assert_ne!(get(&mut net, 0, fd, option.name()), Ok(option), "it was not so before");
        net.set(0, fd, option);
        assert_eq!(get(&mut net, 0, fd, option.name()), Ok(option));
    }
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let mut net = Net::new(1);
    let (stream, datagram) = (net.tcp(0), net.udp(0));
    for option in [
        SocketOption::Ttl(0),
        SocketOption::KeepIdle(Span::ZERO),
        SocketOption::KeepCount(0),
        SocketOption::MaxSegment(0),
        SocketOption::ReceiveBuffer(0),
        SocketOption::SendBuffer(0),
        SocketOption::MaxSegment(70_000),
    ] {
        assert_eq!(refused(&mut net, stream, option), Errno::EINVAL, "{option:?}");
    }
    let read_only =
        [SocketOption::Error(None), SocketOption::Unread(0), SocketOption::AcceptsConnections(true)];
    for option in read_only.into_iter().chain([SocketOption::OnlyV6(true)]) {
        assert_eq!(refused(&mut net, stream, option), Errno::ENOPROTOOPT, "{option:?}");
    }
    assert_eq!(refused(&mut net, datagram, SocketOption::NoDelay(true)), Errno::ENOPROTOOPT);
    assert_eq!(get(&mut net, 0, datagram, OptionName::NoDelay), Err(Errno::ENOPROTOOPT));
}

#[test]
fn what_waits_in_the_buffers_can_be_asked() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    assert_eq!(
        get(&mut net, 1, listener, OptionName::AcceptsConnections),
        Ok(SocketOption::AcceptsConnections(true))
    );
    let (client, server) = net.pair(listener);
    net.send(0, client, "hello").unwrap();
    assert_eq!(get(&mut net, 1, server, OptionName::Unread), Ok(SocketOption::Unread(5)));
    net.wait(Span::from_secs(1));
    assert_eq!(get(&mut net, 0, client, OptionName::Unacknowledged), Ok(SocketOption::Unacknowledged(0)));
    net.loses = |_| true;
    net.send(0, client, "hello").unwrap();
    assert_eq!(get(&mut net, 0, client, OptionName::Unacknowledged), Ok(SocketOption::Unacknowledged(5)));
    assert_eq!(get(&mut net, 0, client, OptionName::Unsent), Ok(SocketOption::Unsent(0)));
    let info = net.hosts[0].tcp_info(client).unwrap();
    assert_eq!((info.state, info.snd_wnd > 0), (crate::tcp::State::Established, true));
}

#[test]
fn linux_tells_buffers_twice_as_large_as_they_were_set() {
    let mut net = Net::with(1, |config| HostConfig { tcp: crate::tcp::Config::linux(), ..config });
    let fd = net.tcp(0);
    net.set(0, fd, SocketOption::SendBuffer(10_000));
    assert_eq!(get(&mut net, 0, fd, OptionName::SendBuffer), Ok(SocketOption::SendBuffer(20_000)));
}

#[test]
fn an_accepted_connection_has_the_options_of_its_welcoming_socket() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    net.set(1, listener, SocketOption::KeepIdle(Span::from_secs(60)));
    net.set(1, listener, SocketOption::Ttl(9));
    net.set(1, listener, SocketOption::NonBlocking(true));
    let (_, server) = net.pair(listener);
    assert_eq!(
        get(&mut net, 1, server, OptionName::KeepIdle),
        Ok(SocketOption::KeepIdle(Span::from_secs(60)))
    );
    assert_eq!(get(&mut net, 1, server, OptionName::NonBlocking), Ok(SocketOption::NonBlocking(false)));
    let ttls: BTreeSet<u8> = net
        .kinds(1)
        .filter_map(|kind| if let Kind::Sent { packet, .. } = kind { Some(packet.ttl) } else { None })
        .collect();
    assert_eq!(ttls, [9].into());
}

#[test]
fn packets_carry_the_time_to_live_and_the_service_that_were_asked_for() {
    let mut net = Net::new(2);
    let fd = net.udp(0);
    net.set(0, fd, SocketOption::Ttl(3));
    net.set(0, fd, SocketOption::Tos(0xb8));
    net.send_to(0, fd, "x", "10.0.0.2:9").unwrap();
    let sent = |kind: &Kind| {
        if let Kind::Sent { packet, .. } = kind { Some((packet.ttl, packet.tos)) } else { None }
    };
    assert_eq!(net.kinds(0).find_map(sent), Some((3, 0xb8)));
    assert_eq!(net.kinds(1).find_map(sent), Some((64, 0)), "the answer of the other host");
}

#[test]
fn sockets_that_share_a_port_share_the_clients() {
    let mut net = Net::new(2);
    let listeners = [0, 1, 2].map(|_| {
        let fd = net.tcp(1);
        net.set(1, fd, SocketOption::ReusePort(true));
        net.bind(1, fd, "0.0.0.0:8000").unwrap();
        net.on(1, |host, cx| host.listen(fd, 100, cx)).unwrap();
        fd
    });
    for _ in 0..60 {
        let client = net.tcp(0);
        net.connect(0, client, SERVER).unwrap_err();
    }
    let mut accepted = |fd| std::iter::from_fn(|| net.accept(1, fd).ok()).count();
    let shares = listeners.map(&mut accepted);
    assert_eq!(shares.iter().sum::<usize>(), 60);
    assert!(shares.iter().all(|share| *share >= 8), "{shares:?}");
    let other = net.tcp(1);
    assert_eq!(net.bind(1, other, "0.0.0.0:8000"), Err(Errno::EADDRINUSE), "it did not ask to share");
}

#[test]
fn datagrams_of_one_sender_go_to_one_of_the_sockets_that_share_a_port() {
    let mut net = Net::new(2);
    let receivers = [0, 1, 2].map(|_| {
        let fd = net.udp(1);
        net.set(1, fd, SocketOption::ReusePort(true));
        net.bind(1, fd, "0.0.0.0:9000").unwrap();
        fd
    });
    let mut chosen = BTreeSet::new();
    for _ in 0..20 {
        let sender = net.udp(0);
        for text in ["one", "two"] {
            net.send_to(0, sender, text, "10.0.0.2:9000").unwrap();
        }
        let got = receivers.map(|fd| std::iter::from_fn(|| net.recv(1, fd).ok()).count());
        assert_eq!(got.iter().filter(|count| **count == 2).count(), 1, "{got:?}");
        chosen.insert(got);
    }
    assert_eq!(chosen.len(), 3, "each has its share");
}
