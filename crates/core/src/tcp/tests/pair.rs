//! Two ends and the link between them, in virtual time that jumps to the next thing that happens.

use crate::errno::Errno;
use crate::payload::Payload;
use crate::program::{How, RecvFlags, SendFlags};
use crate::seq::Seq;
use crate::tcp::{Answer, Config, Connection, Listener, Reason, State, reset_for};
use crate::time::{Span, Time};
use crate::trace::{Cx, Kind, Log, Node, Sock};
use crate::wire::{Flags, IcmpKind, Segment};
use std::net::SocketAddr;

/// The end that opens actively in most tests, and the other.
pub(super) const A: usize = 0;
pub(super) const B: usize = 1;

pub(super) const DELAY: Span = Span::from_millis(10);
pub(super) const ISS: [Seq; 2] = [Seq::new(u32::MAX - 1000), Seq::new(5000)];

/// A segment that was sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) at: Time,
    pub(super) from: usize,
    pub(super) segment: Segment,
    pub(super) reason: Reason,
}

impl Sent {
    pub(super) fn is(&self, flags: Flags) -> bool {
        self.segment.flags == flags
    }
    pub(super) fn len(&self) -> usize {
        self.segment.payload.len()
    }
}

/// What the link does to a segment: one copy arrives after each of these times.
pub(super) type Fate = Vec<Span>;
pub(super) fn deliver() -> Fate {
    vec![DELAY]
}
pub(super) fn lose() -> Fate {
    Vec::new()
}

pub(super) struct Pair {
    pub(super) now: Time,
    pub(super) log: Log,
    pub(super) configs: [Config; 2],
    pub(super) iss: [Seq; 2],
    pub(super) ends: [Option<Connection>; 2],
    pub(super) listener: Option<Listener>,
    pub(super) sent: Vec<Sent>,
    wire: Vec<(Time, usize, Segment)>,
    link: Box<dyn FnMut(&Sent) -> Fate>,
}

impl Pair {
    /// B listens, A does not exist yet, and the link is perfect.
    pub(super) fn new(config: &Config) -> Pair {
        let mut pair = Pair {
            now: Time::ZERO,
            log: Log::recording(),
            configs: [config.clone(), config.clone()],
            iss: ISS,
            ends: [None, None],
            listener: None,
            sent: Vec::new(),
            wire: Vec::new(),
            link: Box::new(|_| deliver()),
        };
        pair.listener = Some(pair.with_cx(B, |_, cx| Listener::open(Sock(99), cx)));
        pair
    }
    /// A and B are connected, and nothing is on its way.
    pub(super) fn connected(config: &Config) -> Pair {
        let mut pair = Pair::new(config);
        pair.connect(A);
        pair.run_for(Span::from_millis(100));
        assert_eq!(pair.states(), [State::Established; 2]);
        pair.sent.clear();
        pair
    }
    /// From now on the link does this.
    pub(super) fn link(&mut self, link: impl FnMut(&Sent) -> Fate + 'static) {
        self.link = Box::new(link);
    }
    /// From now on the link loses the `n`-th segment (from 0) that `which` holds for, and those only.
    pub(super) fn lose_nth(&mut self, n: &'static [usize], which: impl Fn(&Sent) -> bool + 'static) {
        let mut seen = 0;
        self.link(move |sent| {
            let counts = which(sent);
            seen += usize::from(counts);
            if counts && n.contains(&(seen - 1)) { lose() } else { deliver() }
        });
    }

    pub(super) fn connect(&mut self, end: usize) {
        let (config, iss) = (self.configs[end].clone(), self.iss[end]);
        let new = self.with_cx(end, |_, cx| {
            Connection::connect(&config, Sock(end as u32), address(end), address(1 - end), iss, cx)
        });
        self.ends[end] = Some(new);
        self.drain(end);
    }
    pub(super) fn send(&mut self, end: usize, data: &[u8]) -> Result<usize, Errno> {
        self.act(end, |connection, cx| connection.send(&data.into(), SendFlags::NONE, cx))
    }
    pub(super) fn recv(&mut self, end: usize, max: u32) -> Result<Payload, Errno> {
        self.act(end, |connection, cx| connection.recv(max, RecvFlags::NONE, cx))
    }
    pub(super) fn shutdown(&mut self, end: usize) {
        self.act(end, |connection, cx| connection.shutdown(How::Write, cx)).unwrap();
    }
    pub(super) fn close(&mut self, end: usize) {
        self.act(end, Connection::close);
    }
    pub(super) fn abort(&mut self, end: usize) {
        self.act(end, Connection::abort);
    }
    /// An ICMP error about the oldest octet in flight.
    pub(super) fn icmp(&mut self, end: usize, kind: IcmpKind) {
        let seq = self.end(end).variables().snd_una;
        self.act(end, |connection, cx| connection.on_icmp(kind, seq, cx));
    }
    /// A segment from nowhere.
    pub(super) fn inject(&mut self, end: usize, segment: Segment) {
        let ports = Segment { src_port: address(1 - end).port(), dst_port: address(end).port(), ..segment };
        self.arrive(end, &ports);
    }
    pub(super) fn end(&self, end: usize) -> &Connection {
        self.ends[end].as_ref().expect("this end is open")
    }
    pub(super) fn states(&self) -> [State; 2] {
        [A, B].map(|end| self.ends[end].as_ref().map_or(State::Closed, Connection::state))
    }
    /// What was sent from `end`, less what `sent.clear()` forgot.
    pub(super) fn from(&self, end: usize) -> impl Iterator<Item = &Sent> {
        self.sent.iter().filter(move |sent| sent.from == end)
    }
    pub(super) fn reasons(&self, end: usize) -> Vec<Reason> {
        self.from(end).map(|sent| sent.reason).collect()
    }
    pub(super) fn rules(&self, end: usize) -> impl Iterator<Item = Reason> {
        self.log.events().iter().filter_map(move |event| match event.kind {
            Kind::Rule { sock, reason } if sock == Sock(end as u32) => Some(reason),
            _ => None,
        })
    }

    /// Runs until nothing is left to happen, and says when that was.
    pub(super) fn run(&mut self) -> Time {
        while let Some(next) = self.next() {
            self.step(next);
        }
        self.now
    }
    pub(super) fn run_for(&mut self, span: Span) {
        let until = self.now + span;
        while let Some(next) = self.next().filter(|next| *next <= until) {
            self.step(next);
        }
        self.now = until;
    }
    /// When the next thing happens.
    pub(super) fn next(&self) -> Option<Time> {
        let timeouts = self.ends.iter().flatten().filter_map(Connection::poll_timeout);
        self.wire.iter().map(|(at, ..)| *at).chain(timeouts).min()
    }
    pub(super) fn step(&mut self, next: Time) {
        self.now = next;
        // What was sent first arrives first, where both arrive at the same instant.
        let arrived =
            (0..self.wire.len()).filter(|at| self.wire[*at].0 <= next).min_by_key(|at| self.wire[*at].0);
        if let Some(at) = arrived {
            let (_, to, segment) = self.wire.remove(at);
            return self.arrive(to, &segment);
        }
        for end in [A, B] {
            if self.ends[end].as_ref().and_then(Connection::poll_timeout).is_some_and(|due| due <= next) {
                self.act(end, Connection::handle_timeout);
                assert!(self.end(end).poll_timeout().is_none_or(|due| due > next), "time goes on");
            }
        }
    }

    /// Does something to an end and drains it.
    pub(super) fn act<T>(&mut self, end: usize, f: impl FnOnce(&mut Connection, &mut Cx) -> T) -> T {
        let result = self.with_cx(end, |ends, cx| f(ends[end].as_mut().expect("this end is open"), cx));
        self.drain(end);
        result
    }
    fn with_cx<T>(&mut self, end: usize, f: impl FnOnce(&mut [Option<Connection>; 2], &mut Cx) -> T) -> T {
        let mut cx = Cx { now: self.now, node: Node(end as u16), cause: None, log: &mut self.log };
        f(&mut self.ends, &mut cx)
    }
    fn drain(&mut self, end: usize) {
        let mut leaving = Vec::new();
        self.with_cx(end, |ends, cx| ends[end].iter_mut().for_each(|it| it.drain(&mut leaving, cx)));
        for (segment, reason, _) in leaving {
            self.transmit(Sent { at: self.now, from: end, segment, reason });
        }
    }
    fn transmit(&mut self, sent: Sent) {
        for delay in (self.link)(&sent) {
            self.wire.push((self.now + delay, 1 - sent.from, sent.segment.clone()));
        }
        self.sent.push(sent);
    }
    fn arrive(&mut self, end: usize, segment: &Segment) {
        if self.ends[end].is_some() {
            return self.act(end, |connection, cx| _ = connection.on_segment(segment, cx));
        }
        let answer = match &self.listener {
            Some(listener) if end == B => listener.on_segment(segment, &self.configs[B]),
            _ => reset_for(segment).map_or(Answer::Ignore, Answer::Reset),
        };
        match answer {
            Answer::Ignore => {}
            Answer::Reset(segment) => {
                self.transmit(Sent { at: self.now, from: end, segment, reason: Reason::ResetUnwanted });
            }
            Answer::Accept => {
                let (config, iss) = (self.configs[end].clone(), self.iss[end]);
                let new = self.with_cx(end, |_, cx| {
                    let (local, remote) = (address(end), address(1 - end));
                    Connection::accept(&config, Sock(end as u32), local, remote, iss, segment, cx)
                });
                self.ends[end] = Some(new);
                self.drain(end);
            }
        }
    }
}

fn address(end: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1 + end as u8], 1000 + end as u16))
}
