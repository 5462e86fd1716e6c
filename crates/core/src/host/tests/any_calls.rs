//! Any calls in any order, over a network that loses packets: nothing panics, and the tables stay in step.

use super::*;
use crate::host::socket::Role;
use proptest::prelude::*;

fn fd() -> impl Strategy<Value = Fd> {
    (2..10u32).prop_map(Fd)
}

fn address() -> impl Strategy<Value = SocketAddr> {
    let ips = ["0.0.0.0", "127.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.9", "[::]", "[::1]"];
    let ports = [0, 80, 8000, 8001, 50_000];
    (proptest::sample::select(ips.to_vec()), proptest::sample::select(ports.to_vec()))
        .prop_map(|(ip, port): (&str, u16)| addr(&format!("{ip}:{port}")))
}

fn option() -> impl Strategy<Value = SocketOption> {
    prop_oneof![
        any::<bool>().prop_map(SocketOption::ReuseAddr),
        any::<bool>().prop_map(SocketOption::NoDelay),
        (0..5000u32).prop_map(SocketOption::SendBuffer),
        (0..5000u32).prop_map(SocketOption::ReceiveBuffer),
        Just(SocketOption::ReceiveTimeout(Some(Span::from_millis(100)))),
    ]
}

fn call() -> impl Strategy<Value = Call> {
    let kind = prop_oneof![Just(SocketKind::Stream), Just(SocketKind::Datagram)];
    let family = prop_oneof![4 => Just(Family::Inet), 1 => Just(Family::Inet6)];
    let how = prop_oneof![Just(How::Read), Just(How::Write), Just(How::Both)];
    let data = || (0..3000usize).prop_map(|len| Payload::from(vec![b'x'; len]));
    prop_oneof![
        3 => (kind, family).prop_map(|(kind, family)| Call::Socket { kind, family }),
        3 => (fd(), address()).prop_map(|(fd, addr)| Call::Bind { fd, addr }),
        1 => (fd(), option()).prop_map(|(fd, option)| Call::SetOption { fd, option }),
        3 => (fd(), 0..3u32).prop_map(|(fd, backlog)| Call::Listen { fd, backlog }),
        4 => fd().prop_map(|fd| Call::Accept { fd }),
        5 => (fd(), address()).prop_map(|(fd, to)| Call::Connect { fd, to }),
        4 => (fd(), data()).prop_map(|(fd, data)| Call::Send { fd, data, flags: SendFlags::NONE }),
        2 => (fd(), data(), address()).prop_map(|(fd, data, to)| Call::SendTo { fd, data, to, flags: SendFlags::NONE }),
        4 => (fd(), 0..3000u32).prop_map(|(fd, max)| Call::Recv { fd, max, flags: RecvFlags::NONE }),
        1 => (fd(), 0..3000u32).prop_map(|(fd, max)| Call::RecvFrom { fd, max, flags: RecvFlags::NONE }),
        2 => (fd(), how).prop_map(|(fd, how)| Call::Shutdown { fd, how }),
        2 => fd().prop_map(|fd| Call::Close { fd }),
        1 => fd().prop_map(|fd| Call::Abort { fd }),
        1 => fd().prop_map(|fd| Call::LocalName { fd }),
    ]
}

#[derive(Clone, Debug)]
enum Act {
    Call(usize, Call),
    Wait(Span),
    Lose(bool),
    Together(bool),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        20 => (0..2usize, call()).prop_map(|(host, call)| Act::Call(host, call)),
        3 => (0..100_000u64).prop_map(|ms| Act::Wait(Span::from_millis(ms))),
        1 => any::<bool>().prop_map(Act::Lose),
        1 => any::<bool>().prop_map(Act::Together),
    ]
}

/// What holds between any two calls.
fn check(host: &Host) {
    for (sock, socket) in host.sockets.iter() {
        assert!(
            socket.fd.is_none_or(|fd| host.descriptors.get(fd) == Ok(sock)),
            "{sock}: its descriptor names it"
        );
        assert!(socket.due.is_none_or(|due| host.agenda.contains(due, sock)), "{sock}: its timer is set");
        if let Some(parent) = socket.parent {
            assert!(host.sockets[parent].is_listener(), "{sock}: waits in a welcoming socket");
        }
        let is_orphan = socket.fd.is_none() && socket.parent.is_none();
        assert!(!is_orphan || matches!(socket.role, Role::Connection(_)), "{sock}: only connections live on");
    }
    assert!(
        host.agenda.first().is_none_or(|(due, sock)| host.sockets[sock].due == Some(due)),
        "the next timer is one of a socket"
    );
    let bound = host.udp.sockets().chain(host.tcp.sockets());
    assert!(bound.into_iter().all(|sock| host.sockets.get(sock).is_some()), "ports are those of sockets");
}

proptest! {
    #[test]
    fn no_calls_bring_the_tables_out_of_step(acts in proptest::collection::vec(act(), 0..120)) {
        let mut net = Net::with(2, |config| HostConfig { ephemeral: 50_000..=50_003, ..config });
        let mut waiting: Vec<(usize, Blocked)> = Vec::new();
        for act in acts {
            match act {
                Act::Call(host, call) => waiting.extend(net.call(host, call).err().map(|it| (host, it))),
                Act::Wait(span) => net.wait(span),
                Act::Together(all) => net.together = all,
                Act::Lose(all) => net.loses = if all { |_| true } else { |_| false },
            }
            waiting.retain_mut(|(host, blocked)| net.retry(*host, blocked).is_none());
            net.hosts.iter().for_each(check);
            prop_assert!(net.hosts.iter().all(|host| host.poll_timeout().is_none_or(|due| due > net.now)));
        }
        // In the end nothing is left of what nobody holds.
        for fd in (3..20).map(Fd) {
            for host in 0..2 {
                let _ = net.on(host, |host, cx| host.close(fd, cx));
            }
        }
        net.wait(Span::from_secs(7200));
        for host in &net.hosts {
            prop_assert!(host.sockets.iter().next().is_none(), "{:?}", host.sockets);
            prop_assert!(host.agenda.first().is_none() && host.tcp == Default::default() && host.udp == Default::default());
        }
    }
}
