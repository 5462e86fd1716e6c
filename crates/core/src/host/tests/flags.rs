//! Flags of send and recv, non-blocking descriptors, `poll`, and a `close` that lingers.

use super::*;

fn recv(fd: Fd, max: u32, flags: RecvFlags) -> Call {
    Call::Recv { fd, max, flags }
}

fn send(fd: Fd, data: &str, flags: SendFlags) -> Call {
    Call::Send { fd, data: data.into(), flags }
}

const AGAIN: Result<Notice, Blocked> = Ok(Notice::Failed(Errno::EAGAIN));

#[test]
fn a_non_blocking_descriptor_never_waits() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    net.set(1, listener, SocketOption::NonBlocking(true));
    assert_eq!(net.call(1, Call::Accept { fd: listener }), AGAIN);
    let (fd, server) = net.pair(listener);
    net.set(0, fd, SocketOption::NonBlocking(true));
    assert_eq!(net.call(0, recv(fd, 10, RecvFlags::NONE)), AGAIN);
    let all = "x".repeat(300_000);
    let Ok(Notice::Sent(sent)) = net.call(0, send(fd, &all, SendFlags::NONE)) else { panic!("some fits") };
    assert!(sent > 0 && sent < 300_000);
    net.wait(Span::from_secs(1));
    while !matches!(net.call(0, send(fd, &all, SendFlags::NONE)), AGAIN) {}
    let waits = net.call(1, recv(server, 0, RecvFlags::NONE));
    assert!(waits.is_ok(), "the accepted descriptor has data; it is not asked whether it blocks");
}

#[test]
fn connect_on_a_non_blocking_descriptor_goes_on_by_itself() {
    let mut net = Net::new(2);
    let connect = |fd| Call::Connect { fd, to: addr(SERVER) };
    let fd = net.tcp(0);
    net.set(0, fd, SocketOption::NonBlocking(true));
    assert_eq!(net.call(0, connect(fd)), Ok(Notice::Failed(Errno::EINPROGRESS)));
    let error = |net: &mut Net| net.on(0, |host, _| host.option(fd, OptionName::Error)).unwrap();
    assert_eq!(error(&mut net), SocketOption::Error(Some(Errno::ECONNREFUSED)));
    assert_eq!(error(&mut net), SocketOption::Error(None), "it is told once");
    net.server(1, 5);
    net.loses = |_| true;
    assert_eq!(net.call(0, connect(fd)), Ok(Notice::Failed(Errno::EINPROGRESS)), "a second try");
    assert_eq!(net.call(0, connect(fd)), Ok(Notice::Failed(Errno::EALREADY)));
    net.loses = |_| false;
    net.wait(Span::from_secs(10));
    assert_eq!(net.call(0, connect(fd)), Ok(Notice::Failed(Errno::EISCONN)));
}

#[test]
fn what_is_peeked_at_comes_again() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let (client, server) = net.pair(listener);
    assert_eq!(net.call(1, recv(server, 10, RecvFlags::PEEK.with(RecvFlags::DONTWAIT))), AGAIN);
    net.send(0, client, "hello").unwrap();
    for (max, flags, data) in
        [(2, RecvFlags::PEEK, "he"), (9, RecvFlags::PEEK, "hello"), (9, RecvFlags::NONE, "hello")]
    {
        assert_eq!(net.call(1, recv(server, max, flags)), Ok(Notice::Received(data.into())));
    }
    let (sender, receiver) = (net.udp(0), net.udp(1));
    net.bind(1, receiver, "0.0.0.0:9000").unwrap();
    net.send_to(0, sender, "datagram", "10.0.0.2:9000").unwrap();
    for (flags, data) in [(RecvFlags::PEEK, "data"), (RecvFlags::NONE, "data")] {
        assert_eq!(net.call(1, recv(receiver, 4, flags)), Ok(Notice::Received(data.into())));
    }
    assert_eq!(net.call(1, recv(receiver, 4, RecvFlags::DONTWAIT)), AGAIN);
}

#[test]
fn a_receive_of_all_waits_for_all_or_the_end() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let (client, server) = net.pair(listener);
    let mut all = net.call(1, recv(server, 6, RecvFlags::WAITALL)).unwrap_err();
    net.send(0, client, "one").unwrap();
    assert_eq!(net.retry(1, &mut all), None);
    net.send(0, client, "two and more").unwrap();
    net.wait(Span::from_secs(1));
    assert_eq!(net.retry(1, &mut all), Some(Notice::Received("onetwo".into())));
    let from = net.local(0, client);
    let call = Call::RecvFrom { fd: server, max: 100, flags: RecvFlags::WAITALL };
    let mut rest = net.call(1, call).unwrap_err();
    net.close(0, client);
    assert_eq!(
        net.retry(1, &mut rest),
        Some(Notice::ReceivedFrom { data: " and more".into(), from: from.into() })
    );
}

#[test]
fn a_receive_of_all_whose_time_is_over_tells_what_came() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let (client, server) = net.pair(listener);
    net.set(1, server, SocketOption::ReceiveTimeout(Some(Span::from_secs(1))));
    let mut all = net.call(1, recv(server, 6, RecvFlags::WAITALL)).unwrap_err();
    net.send(0, client, "one").unwrap();
    assert_eq!(net.retry(1, &mut all), None);
    net.wait(Span::from_secs(1));
    assert_eq!(net.retry(1, &mut all), Some(Notice::Received("one".into())));
}

#[test]
fn a_send_whose_time_is_over_tells_how_much_went() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let (client, _server) = net.pair(listener);
    net.set(0, client, SocketOption::SendTimeout(Some(Span::from_secs(1))));
    let mut first = net.call(0, send(client, &"x".repeat(500_000), SendFlags::NONE)).unwrap_err();
    net.wait(Span::from_secs(1));
    let Some(Notice::Sent(sent)) = net.retry(0, &mut first) else { panic!("a part of it went") };
    assert!(sent < 500_000);
    let mut second = net.call(0, send(client, "x", SendFlags::NONE)).unwrap_err();
    net.wait(Span::from_secs(1));
    assert_eq!(net.retry(0, &mut second), Some(Notice::Failed(Errno::EAGAIN)));
}

#[test]
fn a_close_that_lingers_waits_for_the_last_ack() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let (client, server) = net.pair(listener);
    net.set(0, client, SocketOption::Linger(Some(Span::from_secs(5))));
    net.loses = |_| true;
    net.send(0, client, "last words").unwrap();
    let mut close = net.call(0, Call::Close { fd: client }).unwrap_err();
    assert_eq!(net.recv(0, client), Err(Errno::EBADF), "the descriptor is free at once");
    assert_eq!(net.retry(0, &mut close), None);
    net.loses = |_| false;
    net.wait(Span::from_secs(4));
    assert!(net.hosts[0].take_ready().any(|sock| close.socks().any(|it| it == sock)));
    assert_eq!(net.retry(0, &mut close), Some(Notice::Done));
    assert_eq!(net.recv(1, server), Ok("last words".into()));
}

#[test]
fn a_close_lingers_no_longer_than_its_time() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let (client, _) = net.pair(listener);
    net.set(0, client, SocketOption::Linger(Some(Span::from_secs(5))));
    net.loses = |_| true;
    let mut close = net.call(0, Call::Close { fd: client }).unwrap_err();
    net.wait(Span::from_secs(5));
    assert_eq!(net.retry(0, &mut close), Some(Notice::Done));
    let (other, _) = {
        net.loses = |_| false;
        net.pair(listener)
    };
    net.set(0, other, SocketOption::Linger(Some(Span::from_secs(5))));
    net.set(0, other, SocketOption::NonBlocking(true));
    assert_eq!(net.call(0, Call::Close { fd: other }), Ok(Notice::Done), "non-blocking: it does not wait");
}

#[test]
fn a_close_that_lingers_for_no_time_resets() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let (client, server) = net.pair(listener);
    net.set(0, client, SocketOption::Linger(Some(Span::ZERO)));
    assert_eq!(net.call(0, Call::Close { fd: client }), Ok(Notice::Done));
    assert_eq!(net.recv(1, server), Err(Errno::ECONNRESET));
}

#[test]
fn poll_tells_of_the_first_that_is_ready() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let datagram = net.udp(1);
    net.bind(1, datagram, "0.0.0.0:9000").unwrap();
    let fds = vec![(listener, Readiness::READ), (datagram, Readiness::READ)];
    let poll = Call::Poll { fds: fds.clone(), timeout: Some(Span::from_secs(1)) };
    let mut waiting = net.call(1, poll.clone()).unwrap_err();
    let sender = net.udp(0);
    net.hosts[1].take_ready().for_each(drop);
    net.send_to(0, sender, "hello", "10.0.0.2:9000").unwrap();
    assert!(net.hosts[1].take_ready().any(|sock| waiting.socks().any(|it| it == sock)));
    assert_eq!(net.retry(1, &mut waiting), Some(Notice::Ready(vec![(datagram, Readiness::READ)])));
    let client = net.tcp(0);
    net.connect(0, client, SERVER).unwrap_err();
    assert_eq!(net.call(1, poll.clone()), Ok(Notice::Ready(fds)));
    net.accept(1, listener).unwrap();
    net.recv(1, datagram).unwrap();
    let mut waiting = net.call(1, poll).unwrap_err();
    net.wait(Span::from_secs(1));
    assert_eq!(net.retry(1, &mut waiting), Some(Notice::Ready(vec![])), "the time is over");
    net.close(1, datagram);
    let gone = Call::Poll { fds: vec![(datagram, Readiness::READ)], timeout: None };
    assert_eq!(net.call(1, gone), Ok(Notice::Failed(Errno::EBADF)));
}

#[test]
fn a_connection_is_ready_for_what_its_state_allows() {
    let mut net = Net::new(2);
    let ready = |net: &Net, host: usize, fd| net.hosts[host].readiness(fd).unwrap();
    let listener = net.server(1, 5);
    assert_eq!(ready(&net, 1, listener), Readiness::NONE);
    let idle = net.tcp(0);
    assert!(ready(&net, 0, idle).hang_up, "it was never connected");
    let (client, server) = net.pair(listener);
    assert_eq!(ready(&net, 0, client), Readiness::WRITE);
    net.send(0, client, "x").unwrap();
    assert_eq!(ready(&net, 1, server), Readiness { readable: true, ..Readiness::WRITE });
    net.shutdown(0, client, How::Write).unwrap();
    let half = Readiness { readable: true, read_hang_up: true, ..Readiness::WRITE };
    assert_eq!(ready(&net, 1, server), half);
    net.shutdown(1, server, How::Write).unwrap();
    assert_eq!(ready(&net, 1, server), Readiness { hang_up: true, ..half });
    let (client, server) = net.pair(listener);
    net.on(0, |host, cx| host.abort(client, cx)).unwrap();
    assert_eq!(ready(&net, 1, server), Readiness { hang_up: true, error: true, ..half });
}
