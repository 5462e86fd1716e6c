//! Two hosts, what is on its way between them, and the calls that wait.

use sockscope_core::host::blocking::Blocked;
use sockscope_core::host::{Host, HostConfig};
use sockscope_core::icmp;
use sockscope_core::program::Call;
use sockscope_core::tcp::{Config, State};
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::{Cx, Log, Node};
use sockscope_core::wire::{Body, IcmpKind, Packet, PacketId};
use std::net::IpAddr;

/// More than this is a storm, not an answer: a full buffer of 200,000 bytes is less, on a path of 68 bytes that leaves 16 for
/// data (RFC 791).
const STORM: usize = 20_000;
/// What is on its way beyond that is lost.
const MOST_ON_THE_WAY: usize = 300;

/// The two, with a clock that somebody else moves.
pub(crate) struct Net {
    hosts: [Host; 2],
    now: Time,
    log: Log,
    /// In the order in which they were sent.
    pub(crate) wire: Vec<Packet>,
    waiting: Vec<(usize, Blocked)>,
}

/// The addresses of a host.
pub(crate) fn addresses(host: u8) -> [IpAddr; 2] {
    [[10, 0, 0, 1 + host].into(), [0xfd00, 0, 0, 0, 0, 0, 0, 1 + u16::from(host)].into()]
}

impl Net {
    pub(crate) fn new(policies: [Config; 2], traced: bool) -> Net {
        let mut node = 0;
        let hosts = policies.map(|tcp| {
            let config = HostConfig::new(Node(node), addresses(node as u8).to_vec());
            node += 1;
            // Few ports: connections meet what is left of others.
            Host::new(HostConfig { tcp, privileged: true, ephemeral: 50_000..=50_003, ..config }, 7)
        });
        let log = if traced { Log::recording() } else { Log::off() };
        Net { hosts, now: Time::ZERO, log, wire: Vec::new(), waiting: Vec::new() }
    }
    /// Does something to a host, and takes what it sends.
    fn on<T>(&mut self, host: usize, f: impl FnOnce(&mut Host, &mut Cx) -> T) -> T {
        let mut cx = Cx { now: self.now, node: Node(host as u16), cause: None, log: &mut self.log };
        let result = f(&mut self.hosts[host], &mut cx);
        let before = self.wire.len();
        while let Some(packet) = self.hosts[host].poll_transmit(&mut cx) {
            self.wire.push(packet);
            assert!(self.wire.len() - before < STORM, "an answer, not a storm");
        }
        let over = self.wire.len().saturating_sub(MOST_ON_THE_WAY);
        self.wire.drain(..over);
        self.log.take();
        result
    }
    /// A program makes a call; where it has to wait it does.
    pub(crate) fn call(&mut self, host: usize, call: Call) {
        let blocked = self.on(host, |host, cx| host.call(call, cx)).err();
        self.waiting.extend(blocked.map(|blocked| (host, blocked)));
        self.retry();
    }
    /// Calls that wait are worth another try.
    fn retry(&mut self) {
        for (host, mut blocked) in std::mem::take(&mut self.waiting) {
            if self.on(host, |host, cx| blocked.retry(host, cx)).is_none() {
                self.waiting.push((host, blocked));
            }
        }
        self.hosts.iter_mut().for_each(|host| host.take_ready().for_each(drop));
    }
    /// A packet arrives at whoever has its destination.
    pub(crate) fn deliver(&mut self, packet: Packet) {
        if let Some(to) = self.hosts.iter().position(|host| host.config().has(packet.dst)) {
            self.on(to, |host, cx| host.receive(packet, cx));
            self.retry();
        }
    }
    /// A router sends back a message about a packet.
    pub(crate) fn report(&mut self, packet: &Packet, kind: IcmpKind) {
        if let Some(message) = icmp::about(packet, kind) {
            let body = Body::Icmp(message);
            let (src, dst) = (packet.dst, packet.src);
            self.deliver(Packet { id: PacketId(0), src, dst, ttl: 1, tos: 0, body });
        }
    }
    /// When the next timer runs out, or the next call has waited long enough.
    fn next(&self) -> Option<Time> {
        let deadlines = self.waiting.iter().filter_map(|(_, blocked)| blocked.deadline());
        self.hosts.iter().filter_map(Host::poll_timeout).chain(deadlines).min()
    }
    /// Time goes on, and what is due is done.
    pub(crate) fn wait(&mut self, span: Span) {
        let until = self.now + span;
        while let Some(next) = self.next().filter(|next| *next <= until) {
            self.now = self.now.max(next);
            for host in 0..2 {
                self.on(host, |host, cx| host.handle_timeout(cx));
                assert!(self.hosts[host].poll_timeout().is_none_or(|due| due > self.now), "time goes on");
            }
            self.retry();
        }
        self.now = until;
    }
    /// Every program lets go of its sockets, and no packet is lost any more: in the end nothing is left but ends whose peer is
    /// gone, who could not say so, and who have nothing to say themselves. (Where packets were forged two ends may disagree
    /// about what was said, and tell each other so for as long as they like.)
    pub(crate) fn end(mut self, forged: bool) {
        self.waiting.clear();
        for host in 0..2 {
            let held: Vec<_> = self.hosts[host].streams().filter_map(|stream| stream.fd).collect();
            for fd in held {
                self.on(host, |host, cx| host.close(fd, cx)).expect("it is open");
            }
        }
        for _ in 0..if forged { 1_000 } else { 100_000 } {
            if !self.wire.is_empty() {
                let packet = self.wire.remove(0);
                self.deliver(packet);
            } else if let Some(next) = self.next() {
                self.wait(next - self.now);
            } else {
                break;
            }
        }
        let left: Vec<_> = self.hosts.iter().flat_map(Host::streams).collect();
        let quiet = self.next().is_none() && left.iter().all(|stream| stream.state == State::FinWait2);
        assert!(forged || quiet, "everything comes to an end: {left:?}");
    }
}
