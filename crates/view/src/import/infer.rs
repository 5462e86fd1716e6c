//! What captured packets tell of sockets and connections.
//!
//! A socket exists once it has sent something. Where an end answers, its answer proves that it has received what it
//! acknowledges; where no answer comes (the last ACK of a handshake or of a close) the packet counts as received when it was
//! last seen.

use super::hosts::End;
use super::same::Passage as Sighting;
use sockscope_core::program::SocketKind;
use sockscope_core::seq::Seq;
use sockscope_core::tcp::{State, Trigger};
use sockscope_core::time::Time;
use sockscope_core::trace::{Event, EventId, Kind, Log, Node, Omission, Passage, Sock};
use sockscope_core::wire::{Body, Flags, Packet, Segment};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// How a packet passed.
pub(super) struct Passing {
    pub(super) point: u16,
    pub(super) cut: u32,
    pub(super) passage: Sighting,
}

/// The trace so far, and what is known of every socket.
pub(super) struct Inference {
    log: Log,
    /// The time of the last packet.
    last: Time,
    next: u32,
    /// Sockets that were told of.
    opened: BTreeSet<Sock>,
    datagram: BTreeMap<(Node, SocketAddr), Sock>,
    /// The ends of connections, by host, local and remote address.
    stream: BTreeMap<Way, Stream>,
}

/// The local and the remote address of an end.
type Way = (Node, SocketAddr, SocketAddr);

/// An end of a TCP connection.
#[derive(Clone, Copy, Debug)]
struct Stream {
    sock: Sock,
    /// None before anything is known.
    state: Option<State>,
    /// Its initial sequence number, where its SYN was seen.
    iss: Option<Seq>,
    /// The acknowledgment that its FIN asks for, where that was seen.
    fin: Option<Seq>,
}

/// When, where and why something is inferred.
#[derive(Clone, Copy)]
struct Cause {
    at: Time,
    event: Option<EventId>,
}

impl Inference {
    /// Of a capture at points of these names.
    pub(super) fn new(points: Vec<String>) -> Inference {
        let mut log = Log::recording();
        for (point, name) in points.into_iter().enumerate() {
            let kind = Kind::CapturePoint { point: point as u16, name: name.into() };
            log.push(Time::ZERO, None, None, kind);
        }
        let (opened, datagram, stream) = (BTreeSet::new(), BTreeMap::new(), BTreeMap::new());
        Inference { log, last: Time::ZERO, next: 0, opened, datagram, stream }
    }

    /// A packet passes.
    pub(super) fn see(&mut self, at: Time, (from, to): (End, End), passing: Passing, packet: Packet) {
        self.last = at;
        let Passing { point, cut, passage } = passing;
        let ways = ((from.node, from.addr, to.addr), (to.node, to.addr, from.addr));
        if let Body::Tcp(segment) = &packet.body
            && passage.first
        {
            self.renew(ways, segment, at);
        }
        let (sock, to_sock) = match &packet.body {
            Body::Tcp(_) => (Some(self.stream(ways.0).sock), Some(self.stream(ways.1).sock)),
            Body::Udp(_) => (Some(self.datagram(from)), Some(self.datagram(to))),
            Body::Icmp(_) => (None, None),
        };
        let body = packet.body.clone();
        let kind = Kind::Captured(Box::new(Passage { point, sock, to: Some(to.node), to_sock, cut, packet }));
        let cause = Cause { at, event: self.log.push(at, Some(from.node), None, kind) };
        match &body {
            Body::Tcp(segment) => {
                if passage.first {
                    self.sends(ways, segment, cause);
                }
                if passage.last {
                    self.receives(ways.1, segment, cause);
                }
            }
            Body::Udp(_) => {
                if let Some(sock) = sock.filter(|sock| self.opened.insert(*sock)) {
                    let kind = SocketKind::Datagram;
                    self.tell(from.node, cause, Kind::Opened { sock, kind, fd: None, listener: None });
                    let local = Box::new(from.addr);
                    self.tell(from.node, cause, Kind::Bound { sock, local, implicit: false });
                }
            }
            Body::Icmp(_) => {}
        }
    }

    /// Every event. Sockets that never sent anything are not known to exist.
    /// So many packets of the capture are not there.
    pub(super) fn finish(mut self, omitted: u64) -> Vec<Event> {
        if omitted > 0 {
            let kind = Kind::Omitted { what: Omission::Packets, count: omitted };
            self.log.push(self.last, None, None, kind);
        }
        let mut events = self.log.take();
        for event in &mut events {
            if let Kind::Captured(passage) = &mut event.kind {
                passage.sock = passage.sock.filter(|sock| self.opened.contains(sock));
                passage.to_sock = passage.to_sock.filter(|sock| self.opened.contains(sock));
            }
        }
        events
    }

    fn tell(&mut self, node: Node, cause: Cause, kind: Kind) {
        self.log.push(cause.at, Some(node), cause.event, kind);
    }
    fn number(&mut self) -> Sock {
        self.next += 1;
        Sock(self.next - 1)
    }
    fn datagram(&mut self, end: End) -> Sock {
        let known = self.datagram.get(&(end.node, end.addr)).copied();
        known.unwrap_or_else(|| {
            let sock = self.number();
            self.datagram.insert((end.node, end.addr), sock);
            sock
        })
    }
    fn stream(&mut self, way: Way) -> Stream {
        *self.entry(way)
    }
    fn entry(&mut self, way: Way) -> &mut Stream {
        let next = &mut self.next;
        self.stream.entry(way).or_insert_with(|| {
            *next += 1;
            Stream { sock: Sock(*next - 1), state: None, iss: None, fin: None }
        })
    }

    /// A SYN with another initial number begins a new connection between the same ends.
    fn renew(&mut self, ways: (Way, Way), segment: &Segment, at: Time) {
        let opens = segment.flags.has(Flags::SYN) && !segment.flags.has(Flags::ACK);
        let before = self.stream.get(&ways.0).filter(|_| opens);
        if before.is_some_and(|before| before.iss != Some(segment.seq)) {
            for way in [ways.0, ways.1] {
                let old = self.stream.remove(&way);
                let open =
                    old.filter(|old| old.state != Some(State::Closed) && self.opened.contains(&old.sock));
                if let Some(old) = open {
                    self.tell(way.0, Cause { at, event: None }, Kind::Removed { sock: old.sock });
                }
            }
        }
    }

    /// What a segment tells of the end that sends it.
    fn sends(&mut self, (way, back): (Way, Way), segment: &Segment, cause: Cause) {
        let peer = self.stream(back);
        let has = |flag| segment.flags.has(flag);
        if has(Flags::RST) {
            return self.close(way, Trigger::Abort, cause);
        }
        self.open(way, cause);
        if has(Flags::SYN) {
            self.entry(way).iss = Some(segment.seq);
            let state = self.entry(way).state;
            return match (state, has(Flags::ACK)) {
                (None, false) => self.go(way, State::Closed, Trigger::ActiveOpen, State::SynSent, cause),
                (None, true) => self.go(way, State::Listen, Trigger::Syn, State::SynReceived, cause),
                (Some(State::SynSent), true) => {
                    self.go(way, State::SynSent, Trigger::Syn, State::SynReceived, cause)
                }
                _ => {}
            };
        }
        if has(Flags::ACK) {
            if peer.iss.is_some_and(|iss| segment.ack.after(iss)) {
                self.step(way, &[(State::SynSent, Trigger::SynAck, State::Established)], cause);
                self.step(way, &[(State::SynReceived, Trigger::AckOfSyn, State::Established)], cause);
            }
            if peer.fin.is_some_and(|fin| segment.ack.at_or_after(fin)) {
                let arcs = [
                    (State::Established, Trigger::Fin, State::CloseWait),
                    (State::FinWait1, Trigger::Fin, State::Closing),
                    (State::FinWait2, Trigger::Fin, State::TimeWait),
                ];
                self.step(way, &arcs, cause);
            }
        }
        if has(Flags::FIN) && self.entry(way).fin.is_none() {
            self.entry(way).fin = Some(segment.seq_range().end);
            let arcs = [
                (State::Established, Trigger::Close, State::FinWait1),
                (State::SynReceived, Trigger::Close, State::FinWait1),
                (State::CloseWait, Trigger::Close, State::LastAck),
            ];
            self.step(way, &arcs, cause);
        }
    }

    /// What a segment tells of the end that receives it, where no answer of that end will.
    fn receives(&mut self, way: Way, segment: &Segment, cause: Cause) {
        let stream = self.stream(way);
        if segment.flags.has(Flags::RST) {
            return self.close(way, Trigger::Reset, cause);
        }
        if !segment.flags.has(Flags::ACK) || segment.flags.has(Flags::SYN) {
            return;
        }
        if stream.iss.is_some_and(|iss| segment.ack.after(iss)) {
            self.step(way, &[(State::SynReceived, Trigger::AckOfSyn, State::Established)], cause);
        }
        if stream.fin.is_some_and(|fin| segment.ack.at_or_after(fin)) {
            let arcs = [
                (State::FinWait1, Trigger::AckOfFin, State::FinWait2),
                (State::Closing, Trigger::AckOfFin, State::TimeWait),
            ];
            self.step(way, &arcs, cause);
            if self.entry(way).state == Some(State::LastAck) {
                self.close(way, Trigger::AckOfFin, cause);
            }
        }
    }

    fn open(&mut self, way: Way, cause: Cause) {
        let (node, local, remote) = way;
        let sock = self.stream(way).sock;
        if self.opened.insert(sock) {
            let kind = SocketKind::Stream;
            self.tell(node, cause, Kind::Opened { sock, kind, fd: None, listener: None });
            let (local, remote) = (Box::new(local), Box::new(remote));
            self.tell(node, cause, Kind::Connected { sock, local, remote });
        }
    }

    /// Takes the arc that leaves the state of an end, where there is one. A connection whose begin was not captured counts as
    /// established.
    fn step(&mut self, way: Way, arcs: &[(State, Trigger, State)], cause: Cause) {
        let state = self.entry(way).state.unwrap_or(State::Established);
        if let Some((from, trigger, to)) = arcs.iter().find(|(from, ..)| *from == state) {
            self.go(way, *from, *trigger, *to, cause);
        }
    }

    fn close(&mut self, way: Way, trigger: Trigger, cause: Cause) {
        let Stream { sock, state, .. } = self.stream(way);
        if self.opened.contains(&sock) && state != Some(State::Closed) {
            self.go(way, state.unwrap_or(State::Established), trigger, State::Closed, cause);
            self.tell(way.0, cause, Kind::Removed { sock });
        }
    }

    fn go(&mut self, way: Way, from: State, trigger: Trigger, to: State, cause: Cause) {
        let stream = self.entry(way);
        stream.state = Some(to);
        let sock = stream.sock;
        self.tell(way.0, cause, Kind::State { sock, from, to, trigger });
    }
}
