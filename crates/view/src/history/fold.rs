//! How each event changes the history.

use super::{
    Arrival, Buffers, CallEnd, CallLife, History, Hop, HopEnd, Journey, Local, Sighting, SocketLife,
    TaskLife, Waiting,
};
use sockscope_core::collections::BTreeMap;
use sockscope_core::program::{Call, Fd, Notice};
use sockscope_core::tcp::{Reason, State, TcpInfo};
use sockscope_core::trace::{Event, Kind, Node, NodeInfo, Passage, Sock, Task};
use sockscope_core::wire::{Flags, Packet, PacketId, Segment};

impl History {
    pub(super) fn fold_control(&mut self, node: Node, kind: &Kind) {
        let Kind::Joined { info } = kind else { return };
        match self.header.nodes.get_mut(usize::from(node.0)) {
            Some(known) => *known = NodeInfo::clone(info),
            None => self.header.nodes.push(NodeInfo::clone(info)),
        }
    }

    pub(super) fn fold_task(&mut self, n: usize, node: Node, event: &Event) {
        match &event.kind {
            Kind::Started { task, program, parent } => {
                let mut life = TaskLife {
                    task: *task,
                    node,
                    program: program.to_string(),
                    parent: *parent,
                    started: n,
                    calls: Vec::new(),
                    exited: None,
                    variables: BTreeMap::new(),
                };
                life.variables = self.first_variables(n, &life);
                self.tasks.push(life);
            }
            Kind::Call { task, step, call } => {
                let sock = call.fd().and_then(|fd| self.descriptor(node, fd));
                let (step, call) = (*step, Call::clone(call));
                let life = CallLife { event: n, at: event.at, step, call, sock, outcome: None };
                self.task_mut(*task).into_iter().for_each(|task| task.calls.push(life.clone()));
            }
            Kind::Notice { task, notice } => {
                let opened = match notice {
                    Notice::Socket(fd) => self.descriptor(node, *fd),
                    _ => None,
                };
                let end = CallEnd { event: n, at: event.at, notice: notice.clone() };
                if let Some(call) = self.task_mut(*task).and_then(|task| task.calls.last_mut()) {
                    call.sock = call.sock.or(opened.filter(|_| matches!(call.call, Call::Socket { .. })));
                    call.outcome = Some(end);
                }
                if let Some(place) = self.tasks.iter().position(|life| life.task == *task) {
                    self.keep(n, place, notice);
                }
            }
            Kind::Exited { task, code } => {
                if let Some(task) = self.task_mut(*task) {
                    task.exited = Some((n, *code));
                }
            }
            _ => {}
        }
    }

    pub(super) fn fold_socket(&mut self, n: usize, node: Node, kind: &Kind) {
        if let Kind::Opened { sock, kind, fd, listener } = kind {
            let mut life = SocketLife::new(node, *sock, *kind, n);
            life.listener = *listener;
            life.fd.set(n, *fd);
            fd.iter().for_each(|fd| self.set_descriptor(n, (node, *fd), Some(*sock)));
            self.by_sock.insert((node, *sock), self.sockets.len());
            self.sockets.push(life);
        }
        if let Kind::Accepted { sock, fd } | Kind::Duplicate { sock, fd } = kind {
            self.set_descriptor(n, (node, *fd), Some(*sock));
        }
        if let Kind::Released { sock, fd } = kind {
            self.set_descriptor(n, (node, *fd), None);
            let other = self.descriptors(node, n + 1).find(|(_, of)| of == sock).map(|(fd, _)| fd);
            let life = self.socket_mut(node, *sock).filter(|life| life.fd.last() == Some(&Some(*fd)));
            life.into_iter().for_each(|life| life.fd.set(n, other));
        }
        let Some(life) = socket_of(kind).and_then(|sock| self.socket_mut(node, sock)) else { return };
        match kind {
            Kind::Bound { local, implicit, .. } => {
                life.local.set(n, Local { addr: **local, implicit: *implicit })
            }
            Kind::Connected { local, remote, .. } => {
                if life.local.last().is_none_or(|known| known.addr != **local) {
                    let implicit = life.local.last().is_none_or(|known| known.implicit);
                    life.local.set(n, Local { addr: **local, implicit });
                }
                life.remote.set(n, **remote);
            }
            Kind::Listening { backlog, .. } => {
                life.backlog.set(n, *backlog);
                if life.state.last() != Some(&State::Listen) {
                    life.state.set(n, State::Listen);
                }
            }
            Kind::Backlog { syn, accept, .. } => life.waiting.set(n, Waiting { syn: *syn, accept: *accept }),
            Kind::Accepted { fd, .. } | Kind::Duplicate { fd, .. } => life.fd.set(n, Some(*fd)),
            Kind::Buffered { send, recv, .. } => {
                life.buffers.set(n, Buffers { send: *send, recv: *recv });
                life.fullest = life.fullest.max(*recv);
            }
            Kind::Shared { with, of, .. } => life.shared = Some((*with, *of)),
            Kind::Removed { .. } => life.removed = Some(n),
            _ => {}
        }
    }

    pub(super) fn fold_tcp(&mut self, n: usize, node: Node, kind: &Kind) {
        let Some(life) = socket_of(kind).and_then(|sock| self.socket_mut(node, sock)) else { return };
        match kind {
            Kind::State { to, .. } => life.state.set(n, *to),
            Kind::Variables { variables, .. } => life.variables.set(n, variables.variables()),
            Kind::Info { info, .. } => life.info.set(n, TcpInfo::clone(info)),
            Kind::TimerSet { timer, due, .. } => life.set_timer(n, *timer, Some(*due)),
            Kind::TimerStopped { timer, .. } | Kind::TimerFired { timer, .. } => {
                life.set_timer(n, *timer, None)
            }
            _ => {}
        }
    }

    pub(super) fn fold_host(&mut self, n: usize, node: Node, event: &Event) {
        match &event.kind {
            Kind::Sent { sock, reason, packet } => {
                let mut journey = Journey {
                    packet: Packet::clone(packet),
                    sent: n,
                    at: event.at,
                    from: node,
                    sock: *sock,
                    reason: *reason,
                    original: None,
                    relative: self.initial.relative(packet),
                    hops: Vec::new(),
                    arrivals: Vec::new(),
                    sightings: Vec::new(),
                    to: None,
                    cut: 0,
                };
                journey.original = self.original(&journey);
                self.by_packet.insert(packet.id, self.journeys.len());
                self.journeys.push(journey);
            }
            Kind::Arrived { sock, packet } => {
                let copy = self.delivered_copy(event);
                let arrival = Arrival { event: n, at: event.at, node, sock: *sock, copy, discarded: None };
                self.journey_mut(*packet).into_iter().for_each(|life| life.arrivals.push(arrival.clone()));
            }
            Kind::Discarded { packet, why, sock } => {
                let copy = self.delivered_copy(event);
                let Some(life) = self.journey_mut(*packet) else { return };
                let seen =
                    life.arrivals.iter_mut().rfind(|arrival| arrival.node == node && arrival.at == event.at);
                match seen {
                    Some(arrival) => arrival.discarded = Some((n, *why)),
                    None => life.arrivals.push(Arrival {
                        event: n,
                        at: event.at,
                        node,
                        sock: *sock,
                        copy,
                        discarded: Some((n, *why)),
                    }),
                }
            }
            _ => {}
        }
    }

    pub(super) fn fold_link(&mut self, n: usize, event: &Event) {
        match &event.kind {
            Kind::Queued { link, packet, copy, leaves, arrives, queue } => {
                let hop = Hop {
                    link: *link,
                    copy: *copy,
                    event: n,
                    entered: event.at,
                    leaves: *leaves,
                    arrives: Some(*arrives),
                    queue: *queue,
                    flipped: None,
                    end: HopEnd::UnderWay,
                };
                self.journey_mut(*packet).into_iter().for_each(|life| life.hops.push(hop.clone()));
            }
            Kind::Dropped { link, packet, copy, why, at } => {
                let Some(life) = self.journey_mut(*packet) else { return };
                let end = HopEnd::Lost { event: n, at: *at, why: *why };
                match life.last_hop(*link, *copy).filter(|hop| hop.end == HopEnd::UnderWay) {
                    Some(hop) => hop.end = end,
                    None => life.hops.push(Hop {
                        link: *link,
                        copy: *copy,
                        event: n,
                        entered: event.at,
                        leaves: event.at,
                        arrives: None,
                        queue: 0,
                        flipped: None,
                        end,
                    }),
                }
            }
            Kind::Corrupted { link, packet, copy, bit } => {
                if let Some(hop) = self.journey_mut(*packet).and_then(|life| life.last_hop(*link, *copy)) {
                    hop.flipped = Some(*bit);
                }
            }
            Kind::Delivered { link, packet, copy } => {
                if let Some(hop) = self.journey_mut(*packet).and_then(|life| life.last_hop(*link, *copy)) {
                    hop.end = HopEnd::Delivered { event: n, at: event.at };
                }
            }
            _ => {}
        }
    }

    pub(super) fn fold_capture(&mut self, n: usize, node: Node, event: &Event) {
        match &event.kind {
            Kind::CapturePoint { point, name } => {
                let point = usize::from(*point);
                self.points.resize(self.points.len().max(point + 1), String::new());
                self.points[point] = name.to_string();
            }
            Kind::Captured(passage) => {
                let Passage { point, sock, to, to_sock, cut, packet } = &**passage;
                let sighting = Sighting { event: n, at: event.at, point: *point };
                if let Some(journey) = self.journey_mut(packet.id) {
                    return journey.sightings.push(sighting);
                }
                let mut journey = Journey {
                    packet: Packet::clone(packet),
                    sent: n,
                    at: event.at,
                    from: node,
                    sock: *sock,
                    reason: Reason::FromOutside,
                    original: None,
                    relative: self.initial.relative(packet),
                    hops: Vec::new(),
                    arrivals: Vec::new(),
                    sightings: vec![sighting],
                    to: to.map(|to| (to, *to_sock)),
                    cut: *cut,
                };
                journey.original = self.original(&journey);
                self.by_packet.insert(packet.id, self.journeys.len());
                self.journeys.push(journey);
            }
            _ => {}
        }
    }

    /// The first packet of which `journey` repeats octets: whatever the sender calls it, octets before those reached so
    /// far were sent before.
    fn original(&mut self, journey: &Journey) -> Option<PacketId> {
        let (sock, segment) = (journey.sock?, journey.segment()?);
        let range = segment.seq_range();
        let journeys = &self.journeys;
        let carried = |place: &usize| journeys[*place].segment().map(Segment::seq_range).unwrap_or_default();
        let firsts = self.firsts.entry((journey.from, sock)).or_default();
        let last = firsts.last().map_or(range, carried);
        if firsts.is_empty() || range.start.at_or_after(last.end) {
            firsts.extend((!range.is_empty()).then_some(journeys.len()));
            return None;
        }
        let after = firsts.partition_point(|first| carried(first).start.at_or_before(range.start));
        let first =
            after.checked_sub(1).map(|i| firsts[i]).filter(|first| journey.repeats(&journeys[*first]));
        if first.is_none() && segment.flags.has(Flags::SYN) {
            // Another connection begins in the same place.
            *firsts = vec![journeys.len()];
        } else if range.end.after(last.end) && range.start.at_or_after(last.start) {
            // It leads on beyond what it repeats.
            firsts.push(journeys.len());
        }
        first.map(|first| journeys[first].packet.id)
    }

    /// Which copy a host speaks of: the one whose delivery led to the event, or was the last there.
    fn delivered_copy(&self, event: &Event) -> u8 {
        let cause = event.cause.and_then(|cause| self.place(cause)).map(|place| &self.events[place].kind);
        match cause {
            Some(Kind::Delivered { copy, .. }) => *copy,
            _ => 0,
        }
    }

    /// The socket that a descriptor stands for now.
    fn descriptor(&self, node: Node, fd: Fd) -> Option<Sock> {
        self.descriptors.get(&(node, fd)).and_then(|sock| *sock.last()?)
    }
    fn set_descriptor(&mut self, n: usize, descriptor: (Node, Fd), sock: Option<Sock>) {
        self.descriptors.entry(descriptor).or_default().set(n, sock);
    }
    fn journey_mut(&mut self, packet: PacketId) -> Option<&mut Journey> {
        self.by_packet.get(&packet).map(|i| &mut self.journeys[*i])
    }
    fn socket_mut(&mut self, node: Node, sock: Sock) -> Option<&mut SocketLife> {
        self.by_sock.get(&(node, sock)).map(|i| &mut self.sockets[*i])
    }
    fn task_mut(&mut self, task: Task) -> Option<&mut TaskLife> {
        self.tasks.iter_mut().find(|life| life.task == task)
    }
}

/// The socket that an event is about.
pub fn socket_of(kind: &Kind) -> Option<Sock> {
    match kind {
        Kind::Opened { sock, .. }
        | Kind::Bound { sock, .. }
        | Kind::Connected { sock, .. }
        | Kind::Listening { sock, .. }
        | Kind::Backlog { sock, .. }
        | Kind::Accepted { sock, .. }
        | Kind::Buffered { sock, .. }
        | Kind::Duplicate { sock, .. }
        | Kind::Shared { sock, .. }
        | Kind::Released { sock, .. }
        | Kind::Removed { sock }
        | Kind::State { sock, .. }
        | Kind::Rule { sock, .. }
        | Kind::Variables { sock, .. }
        | Kind::Info { sock, .. }
        | Kind::TimerSet { sock, .. }
        | Kind::TimerStopped { sock, .. }
        | Kind::TimerFired { sock, .. } => Some(*sock),
        Kind::Sent { sock, .. } | Kind::Arrived { sock, .. } | Kind::Discarded { sock, .. } => *sock,
        Kind::Captured(passage) => passage.sock,
        _ => None,
    }
}
