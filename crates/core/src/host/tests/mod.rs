//! Hosts that hand packets to each other without delay.

mod any_calls;
mod bind;
mod blocking;
mod fast_open;
mod flags;
mod forged;
mod icmp;
mod listen;
mod mapped;
mod options;
mod over_udp;
mod streams;
mod syn_cookies;
mod udp;

use super::blocking::Blocked;
use super::{Host, HostConfig};
use crate::errno::Errno;
use crate::payload::Payload;
use crate::program::{
    Call, CongestionControl, Family, Fd, How, Notice, OptionName, Readiness, RecvFlags, SendFlags,
    SocketKind, SocketOption,
};
use crate::time::{Span, Time};
use crate::trace::{Cx, Discard, Kind, Log, Node, Sock};
use crate::wire::Packet;
use std::net::SocketAddr;

/// Hosts 10.0.0.1, 10.0.0.2 and so on, and the packets between them.
struct Net {
    hosts: Vec<Host>,
    now: Time,
    log: Log,
    /// Packets that `loses` says yes to never arrive.
    loses: fn(&Packet) -> bool,
    /// All packets that a host sends now are handed in before their receiver is asked what it sends; else each alone.
    together: bool,
}

impl Net {
    fn new(hosts: u8) -> Net {
        Net::with(hosts, |config| config)
    }
    fn with(hosts: u8, change: impl Fn(HostConfig) -> HostConfig) -> Net {
        let config = |i: u8| HostConfig::new(Node(i.into()), vec![[10, 0, 0, i + 1].into()]);
        let hosts = (0..hosts).map(|i| Host::new(change(config(i)), 42)).collect();
        Net { hosts, now: Time::ZERO, log: Log::recording(), loses: |_| false, together: false }
    }
    /// Does something on a host, and lets packets travel until there are none.
    fn on<T>(&mut self, host: usize, act: impl FnOnce(&mut Host, &mut Cx) -> T) -> T {
        let mut cx = Cx { now: self.now, node: Node(host as u16), cause: None, log: &mut self.log };
        let done = act(&mut self.hosts[host], &mut cx);
        self.exchange();
        done
    }
    fn exchange(&mut self) {
        let mut quiet = false;
        while !quiet {
            quiet = true;
            for i in 0..self.hosts.len() {
                let mut cx = Cx { now: self.now, node: Node(i as u16), cause: None, log: &mut self.log };
                let most = if self.together { usize::MAX } else { 1 };
                let packets = std::iter::from_fn(|| Some((self.hosts[i].poll_transmit(&mut cx)?, cx.cause)));
                for (packet, sent) in packets.take(most).collect::<Vec<_>>() {
                    quiet = false;
                    let to = self.hosts.iter().position(|host| host.config().has(packet.dst));
                    if let Some(to) = to.filter(|_| !(self.loses)(&packet)) {
                        (cx.node, cx.cause) = (Node(to as u16), sent);
                        self.hosts[to].receive(packet, &mut cx);
                    }
                }
            }
        }
    }
    /// Lets time pass.
    fn wait(&mut self, span: Span) {
        let end = self.now + span;
        while let Some(due) = self.hosts.iter().filter_map(Host::poll_timeout).min().filter(|due| *due <= end)
        {
            self.now = due;
            for host in 0..self.hosts.len() {
                self.on(host, |host, cx| host.handle_timeout(cx));
            }
        }
        self.now = end;
    }
    fn call(&mut self, host: usize, call: Call) -> Result<Notice, Blocked> {
        self.on(host, |host, cx| host.call(call, cx))
    }
    fn retry(&mut self, host: usize, blocked: &mut Blocked) -> Option<Notice> {
        self.on(host, |host, cx| blocked.retry(host, cx))
    }

    fn udp(&mut self, host: usize) -> Fd {
        self.on(host, |host, cx| host.socket(SocketKind::Datagram, Family::Inet, cx)).unwrap()
    }
    fn tcp(&mut self, host: usize) -> Fd {
        self.on(host, |host, cx| host.socket(SocketKind::Stream, Family::Inet, cx)).unwrap()
    }
    fn bind(&mut self, host: usize, fd: Fd, local: &str) -> Result<(), Errno> {
        self.on(host, |host, cx| host.bind(fd, addr(local), cx))
    }
    fn connect(&mut self, host: usize, fd: Fd, to: &str) -> Result<(), Errno> {
        self.on(host, |host, cx| host.connect(fd, addr(to), cx))
    }
    fn send(&mut self, host: usize, fd: Fd, data: &str) -> Result<u32, Errno> {
        self.on(host, |host, cx| host.send(fd, &data.into(), SendFlags::NONE, cx))
    }
    fn send_to(&mut self, host: usize, fd: Fd, data: &str, to: &str) -> Result<u32, Errno> {
        self.on(host, |host, cx| host.send_to(fd, &data.into(), addr(to), SendFlags::NONE, cx))
    }
    fn recv(&mut self, host: usize, fd: Fd) -> Result<Payload, Errno> {
        self.on(host, |host, cx| host.recv(fd, 2048, RecvFlags::NONE, cx))
    }
    fn recv_from(&mut self, host: usize, fd: Fd) -> Result<(Payload, SocketAddr), Errno> {
        self.on(host, |host, cx| host.recv_from(fd, 2048, RecvFlags::NONE, cx))
    }
    fn accept(&mut self, host: usize, fd: Fd) -> Result<(Fd, SocketAddr), Errno> {
        self.on(host, |host, cx| host.accept(fd, cx))
    }
    fn shutdown(&mut self, host: usize, fd: Fd, how: How) -> Result<(), Errno> {
        self.on(host, |host, cx| host.shutdown(fd, how, cx))
    }
    fn close(&mut self, host: usize, fd: Fd) {
        self.on(host, |host, cx| host.close(fd, cx)).unwrap();
    }
    fn set(&mut self, host: usize, fd: Fd, option: SocketOption) {
        self.on(host, |host, cx| host.set_option(fd, option, cx)).unwrap();
    }
    fn local(&self, host: usize, fd: Fd) -> SocketAddr {
        self.hosts[host].local_name(fd).unwrap()
    }
    /// A welcoming socket on port 8000 of a host.
    fn server(&mut self, host: usize, backlog: u32) -> Fd {
        let fd = self.tcp(host);
        self.bind(host, fd, "0.0.0.0:8000").unwrap();
        self.on(host, |host, cx| host.listen(fd, backlog, cx)).unwrap();
        fd
    }
    /// A connection from host 0 to port 8000 of host 1: the client's descriptor and the server's.
    fn pair(&mut self, listener: Fd) -> (Fd, Fd) {
        let client = self.tcp(0);
        assert_eq!(self.connect(0, client, SERVER), Err(Errno::EINPROGRESS));
        assert_eq!(self.connect(0, client, SERVER), Err(Errno::EISCONN));
        (client, self.accept(1, listener).unwrap().0)
    }

    /// What a host threw away, in order.
    fn discarded(&self, host: u16) -> Vec<Discard> {
        let why = |kind: &Kind| if let Kind::Discarded { why, .. } = kind { Some(*why) } else { None };
        self.kinds(host).filter_map(why).collect()
    }
    fn kinds(&self, host: u16) -> impl Iterator<Item = &Kind> {
        let here = self.log.events().iter().filter(move |event| event.node == Some(Node(host)));
        here.map(|event| &event.kind)
    }
    /// The last lengths of the SYN queue and the accept queue of a host's only listener.
    fn backlog(&self, host: u16) -> Option<(u32, u32)> {
        let queues = |kind: &Kind| {
            if let Kind::Backlog { syn, accept, .. } = kind { Some((*syn, *accept)) } else { None }
        };
        self.kinds(host).filter_map(queues).last()
    }
}

const SERVER: &str = "10.0.0.2:8000";

fn addr(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

#[test]
fn equal_hosts_make_equal_traces_and_every_socket_and_packet_is_told_of() {
    let run = || {
        let mut net = Net::new(2);
        let listener = net.server(1, 5);
        let (client, server) = net.pair(listener);
        net.send(0, client, "hello").unwrap();
        net.recv(1, server).unwrap();
        for (host, fd) in [(0, client), (1, server), (1, listener)] {
            net.close(host, fd);
        }
        net.wait(Span::from_secs(600));
        net
    };
    let (a, b) = (run(), run());
    assert_eq!(a.log, b.log);
    assert_eq!(a.hosts, b.hosts);
    for host in 0..2 {
        let of = |pick: fn(&Kind) -> Option<Sock>| a.kinds(host).filter_map(pick).collect::<Vec<_>>();
        let mut opened = of(|kind| if let Kind::Opened { sock, .. } = kind { Some(*sock) } else { None });
        let mut removed = of(|kind| if let Kind::Removed { sock } = kind { Some(*sock) } else { None });
        opened.sort();
        removed.sort();
        assert_eq!(opened, removed);
    }
    let ids = |pick: fn(&Kind) -> Option<u64>| {
        let mut ids: Vec<u64> = a.log.events().iter().filter_map(|event| pick(&event.kind)).collect();
        ids.sort_unstable();
        ids
    };
    let sent = ids(|kind| if let Kind::Sent { packet, .. } = kind { Some(packet.id.0) } else { None });
    let arrived = ids(|kind| if let Kind::Arrived { packet, .. } = kind { Some(packet.0) } else { None });
    assert_eq!(sent, arrived);
    assert!(sent.is_sorted_by(|a, b| a < b), "no packet number is given twice");
}

#[test]
fn a_host_in_the_midst_of_things_survives_json() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let (client, _) = net.pair(listener);
    net.loses = |_| true;
    net.send(0, client, "hello").unwrap();
    let udp = net.udp(1);
    net.bind(1, udp, "0.0.0.0:9000").unwrap();
    for host in &net.hosts {
        let json = serde_json::to_string(host).unwrap();
        assert_eq!(&serde_json::from_str::<Host>(&json).unwrap(), host);
    }
}

#[test]
fn a_crashed_host_is_silent() {
    let mut net = Net::new(2);
    let listener = net.server(1, 5);
    let (client, server) = net.pair(listener);
    net.on(1, |host, cx| host.crash(cx));
    net.send(0, client, "hello").unwrap();
    assert_eq!(net.discarded(1), [Discard::HostDown]);
    assert_eq!(net.recv(1, server), Err(Errno::EBADF));
    assert_eq!(net.hosts[1].poll_timeout(), None);
    net.wait(Span::from_secs(3600));
    assert_eq!(net.recv(0, client), Err(Errno::ETIMEDOUT));
}

#[test]
fn a_packet_for_somebody_else_is_discarded() {
    let mut net = Net::new(2);
    let fd = net.udp(0);
    net.loses = |_| true;
    net.send_to(0, fd, "hello", "10.0.0.2:9").unwrap();
    let sent =
        net.kinds(0).find_map(|kind| if let Kind::Sent { packet, .. } = kind { Some(packet) } else { None });
    let packet = Packet { dst: [10, 0, 0, 9].into(), ..*sent.unwrap().clone() };
    net.on(1, |host, cx| host.receive(packet, cx));
    assert_eq!(net.discarded(1), [Discard::NotForUs]);
}
