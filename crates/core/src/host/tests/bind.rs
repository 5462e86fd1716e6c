//! Addresses, ports and descriptors.

use super::*;

#[test]
fn bind_refuses_what_cannot_be() {
    let mut net = Net::new(1);
    let fd = net.udp(0);
    assert_eq!(net.bind(0, fd, "[::]:9000"), Err(Errno::EAFNOSUPPORT));
    assert_eq!(net.bind(0, fd, "10.0.0.9:9000"), Err(Errno::EADDRNOTAVAIL));
    assert_eq!(net.bind(0, fd, "0.0.0.0:80"), Err(Errno::EACCES));
    assert_eq!(net.bind(0, fd, "0.0.0.0:1024"), Ok(()));
    assert_eq!(net.bind(0, fd, "0.0.0.0:1025"), Err(Errno::EINVAL));
    assert_eq!(net.bind(0, Fd(99), "0.0.0.0:1025"), Err(Errno::EBADF));
    let mut net = Net::with(1, |config| HostConfig { privileged: true, ..config });
    let fd = net.udp(0);
    assert_eq!(net.bind(0, fd, "0.0.0.0:80"), Ok(()));
}

#[test]
fn a_port_is_taken_once_per_protocol_and_address() {
    let mut net = Net::new(1);
    let [any, same, loopback, own] = [(); 4].map(|()| net.udp(0));
    net.bind(0, loopback, "127.0.0.1:9000").unwrap();
    assert_eq!(net.bind(0, own, "10.0.0.1:9000"), Ok(()));
    assert_eq!(net.bind(0, any, "0.0.0.0:9000"), Err(Errno::EADDRINUSE));
    assert_eq!(net.bind(0, same, "127.0.0.1:9000"), Err(Errno::EADDRINUSE));
    let stream = net.tcp(0);
    assert_eq!(net.bind(0, stream, "0.0.0.0:9000"), Ok(()), "TCP's ports are others");
    net.close(0, loopback);
    net.close(0, own);
    assert_eq!(net.bind(0, any, "0.0.0.0:9000"), Ok(()));
}

#[test]
fn port_zero_means_any_free_one_and_a_full_range_is_an_error() {
    let mut net = Net::with(1, |config| HostConfig { ephemeral: 50_000..=50_002, ..config });
    let mut ports: Vec<u16> = (0..3)
        .map(|_| {
            let fd = net.udp(0);
            net.bind(0, fd, "0.0.0.0:0").unwrap();
            net.local(0, fd).port()
        })
        .collect();
    ports.sort_unstable();
    assert_eq!(ports, [50_000, 50_001, 50_002]);
    let fd = net.udp(0);
    assert_eq!(net.bind(0, fd, "0.0.0.0:0"), Err(Errno::EADDRINUSE));
    assert_eq!(net.send_to(0, fd, "x", "10.0.0.2:9"), Err(Errno::EADDRINUSE));
}

#[test]
fn connections_share_a_port_where_their_peers_differ() {
    let mut net = Net::with(3, |config| HostConfig { ephemeral: 50_000..=50_001, ..config });
    for server in [1, 2] {
        net.server(server, 10);
    }
    let mut ends = Vec::new();
    for to in ["10.0.0.2:8000", "10.0.0.2:8000", "10.0.0.3:8000", "10.0.0.3:8000"] {
        let fd = net.tcp(0);
        assert_eq!(net.connect(0, fd, to), Err(Errno::EINPROGRESS));
        ends.push((net.local(0, fd).port(), to));
    }
    assert_ne!(ends[0].0, ends[1].0);
    assert_ne!(ends[2].0, ends[3].0);
    let fd = net.tcp(0);
    assert_eq!(net.connect(0, fd, "10.0.0.2:8000"), Err(Errno::EADDRNOTAVAIL));
    let datagram = net.udp(0);
    assert_eq!(net.connect(0, datagram, "10.0.0.2:8000"), Ok(()), "UDP's ports are others");
}

#[test]
fn descriptors_run_out() {
    let mut net = Net::with(1, |config| HostConfig { descriptors: 1, ..config });
    assert_eq!(net.udp(0), Fd(3));
    let more = net.on(0, |host, cx| host.socket(SocketKind::Datagram, Family::Inet, cx));
    assert_eq!(more, Err(Errno::EMFILE));
    net.close(0, Fd(3));
    assert_eq!(net.udp(0), Fd(3));
}

#[test]
fn a_server_starts_again_at_once_only_with_reuse_addr() {
    for reuse in [false, true] {
        let mut net = Net::new(2);
        let first = net.tcp(1);
        net.set(1, first, SocketOption::ReuseAddr(reuse));
        net.bind(1, first, "0.0.0.0:8000").unwrap();
        net.on(1, |host, cx| host.listen(first, 5, cx)).unwrap();
        let (client, server) = net.pair(first);
        net.close(1, server);
        net.close(0, client);
        let again = net.tcp(1);
        net.set(1, again, SocketOption::ReuseAddr(reuse));
        assert_eq!(net.bind(1, again, "0.0.0.0:8000"), Err(Errno::EADDRINUSE), "the first one listens");
        net.close(1, first);
        let in_time_wait = net.bind(1, again, "0.0.0.0:8000");
        assert_eq!(in_time_wait, if reuse { Ok(()) } else { Err(Errno::EADDRINUSE) });
        if !reuse {
            net.wait(Span::from_secs(240));
            assert_eq!(net.bind(1, again, "0.0.0.0:8000"), Ok(()));
        }
    }
}

#[test]
fn two_sockets_may_share_a_port_but_one_listens() {
    let mut net = Net::new(1);
    let fds = [net.tcp(0), net.tcp(0)];
    for fd in fds {
        net.set(0, fd, SocketOption::ReuseAddr(true));
        net.bind(0, fd, "0.0.0.0:8000").unwrap();
    }
    assert_eq!(net.on(0, |host, cx| host.listen(fds[0], 1, cx)), Ok(()));
    assert_eq!(net.on(0, |host, cx| host.listen(fds[1], 1, cx)), Err(Errno::EADDRINUSE));
}
