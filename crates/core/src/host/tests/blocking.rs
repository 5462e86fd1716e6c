//! Calls that wait.

use super::*;

fn blocked(net: &mut Net, host: usize, call: Call) -> Blocked {
    net.call(host, call).unwrap_err()
}

#[test]
fn connect_and_accept_wait_for_the_handshake() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let mut accept = blocked(&mut net, 1, Call::Accept { fd: listener });
    let client = net.tcp(0);
    let mut connect = blocked(&mut net, 0, Call::Connect { fd: client, to: addr(SERVER) });
    assert!(net.hosts[0].take_ready().any(|sock| connect.socks().any(|it| it == sock)));
    assert!(net.hosts[1].take_ready().any(|sock| accept.socks().any(|it| it == sock)));
    assert_eq!(net.retry(0, &mut connect), Some(Notice::Done));
    let peer = net.local(0, client);
    assert_eq!(net.retry(1, &mut accept), Some(Notice::Accepted { fd: Fd(4), peer: peer.into() }));
    let again = net.call(0, Call::Connect { fd: client, to: addr(SERVER) });
    assert_eq!(again, Ok(Notice::Failed(Errno::EISCONN)));
}

#[test]
fn connect_that_is_refused_fails_once_it_is_known() {
    let mut net = Net::new(2);
    let fd = net.tcp(0);
    let mut connect = blocked(&mut net, 0, Call::Connect { fd, to: addr(SERVER) });
    assert_eq!(net.retry(0, &mut connect), Some(Notice::Failed(Errno::ECONNREFUSED)));
}

#[test]
fn send_waits_until_every_byte_is_taken() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let (fd, server) = net.pair(listener);
    let data = Payload::from(vec![b'x'; 300_000]);
    let mut send = blocked(&mut net, 0, Call::Send { fd, data, flags: SendFlags::NONE });
    assert_eq!(net.retry(0, &mut send), None, "nobody reads, so the window is closed");
    let mut received = 0;
    let sent = loop {
        while let Ok(data) = net.recv(1, server) {
            received += data.len();
        }
        net.wait(Span::from_secs(1));
        if let Some(notice) = net.retry(0, &mut send) {
            break notice;
        }
    };
    assert_eq!(sent, Notice::Sent(300_000));
    assert!(received < 300_000, "the last bytes are still in the buffers");
}

#[test]
fn a_try_in_vain_makes_nobody_ready() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let (fd, server) = net.pair(listener);
    let datagram = net.udp(0);
    let full = Payload::from(vec![b'x'; 300_000]);
    let calls = [
        Call::Recv { fd, max: 1, flags: RecvFlags::NONE },
        Call::Send { fd, data: full, flags: SendFlags::NONE },
        Call::RecvFrom { fd: datagram, max: 1, flags: RecvFlags::NONE },
    ];
    for mut waiting in calls.map(|call| blocked(&mut net, 0, call)) {
        // A send may first find room for more.
        for _ in 0..10 {
            net.hosts[0].take_ready().for_each(drop);
            assert_eq!(net.retry(0, &mut waiting), None);
        }
        assert_eq!(net.hosts[0].take_ready().count(), 0, "{:?}", waiting.socks().next());
    }
    let mut accept = blocked(&mut net, 1, Call::Accept { fd: listener });
    net.hosts[1].take_ready().for_each(drop);
    assert_eq!(net.retry(1, &mut accept), None);
    assert_eq!(net.hosts[1].take_ready().count(), 0);
    net.close(1, server);
}

#[test]
fn recv_waits_for_data_until_its_time_is_over() {
    let mut net = Net::new(2);
    let (client, server) = (net.udp(0), net.udp(1));
    net.bind(1, server, "0.0.0.0:9000").unwrap();
    net.set(1, server, SocketOption::ReceiveTimeout(Some(Span::from_millis(500))));
    let mut recv = blocked(&mut net, 1, Call::RecvFrom { fd: server, max: 3, flags: RecvFlags::NONE });
    assert_eq!(recv.deadline(), Some(Time::ZERO + Span::from_millis(500)));
    net.wait(Span::from_millis(499));
    assert_eq!(net.retry(1, &mut recv), None);
    let mut other = recv.clone();
    net.wait(Span::from_millis(1));
    assert_eq!(net.retry(1, &mut recv), Some(Notice::Failed(Errno::EAGAIN)));
    net.send_to(0, client, "hello", "10.0.0.2:9000").unwrap();
    let from = SocketAddr::new([10, 0, 0, 1].into(), net.local(0, client).port());
    let received = Notice::ReceivedFrom { data: "hel".into(), from: from.into() };
    assert_eq!(net.retry(1, &mut other), Some(received), "data that came in time is not refused");
}

#[test]
fn a_call_on_a_descriptor_that_is_closed_meanwhile_fails() {
    let mut net = Net::new(1);
    let fd = net.udp(0);
    let mut recv = blocked(&mut net, 0, Call::Recv { fd, max: 1, flags: RecvFlags::NONE });
    net.close(0, fd);
    assert!(net.hosts[0].take_ready().any(|sock| recv.socks().any(|it| it == sock)));
    assert_eq!(net.udp(0), fd, "the number is given again, to another socket");
    assert_eq!(net.retry(0, &mut recv), Some(Notice::Failed(Errno::EBADF)));
}

#[test]
fn sleep_is_a_deadline() {
    let mut net = Net::new(1);
    assert_eq!(net.call(0, Call::Sleep { span: Span::ZERO }), Ok(Notice::Done));
    let mut sleep = blocked(&mut net, 0, Call::Sleep { span: Span::from_secs(1) });
    assert_eq!((sleep.socks().count(), sleep.deadline()), (0, Some(Time::ZERO + Span::from_secs(1))));
    assert_eq!(net.retry(0, &mut sleep), None);
    net.wait(Span::from_secs(1));
    assert_eq!(net.retry(0, &mut sleep), Some(Notice::Done));
}

#[test]
fn what_is_about_programs_is_not_for_a_host() {
    let mut net = Net::new(1);
    for call in [Call::Exit { code: 0 }, Call::Print { text: "x".into() }, Call::Spawn { name: "x".into() }] {
        assert_eq!(net.call(0, call), Ok(Notice::Failed(Errno::EOPNOTSUPP)));
    }
}
