//! The fold over a trace that all views share: the life of each packet, socket and program.

mod changes;
mod packet;
mod socket;
mod task;

pub use changes::Changes;
pub use packet::{Arrival, Hop, HopEnd, Journey, PacketKind, Relative};
pub use socket::{Buffers, Local, SocketLife, Waiting};
pub use task::{CallEnd, CallLife, TaskLife};

use packet::Initial;
use serde::Serialize;
use sockscope_core::program::{Call, Fd, Notice};
use sockscope_core::tcp::{Reason, State};
use sockscope_core::time::Time;
use sockscope_core::trace::{Event, EventId, Header, Kind, Node, NodeKind, Sock, Task, Trace};
use sockscope_core::wire::PacketId;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A place in a trace: what has happened, and what time it is.
///
/// Stepping moves by events, also among those of one instant; playing moves by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// How many events have happened.
    pub events: usize,
    /// The time: not before the last of them, not after the next.
    pub time: Time,
}

/// Everything that happened, by packet, socket and program. Events are pushed as they come; questions are asked about any
/// [`Moment`] and answered by binary search, so that scrubbing costs nothing.
///
/// ```
/// use sockscope_core::{time::Time, trace::{Clock, Event, EventId, FORMAT, Header, Kind, Outcome}};
/// use sockscope_view::history::History;
/// let header = Header {
///     format: FORMAT, engine: "doc".into(), clock: Clock::Virtual, title: "Nothing".into(), seed: "1".into(),
///     scenario: None, nodes: vec![], links: vec![], sources: vec![],
/// };
/// let mut history = History::new(header);
/// let kind = Kind::Ended { outcome: Outcome::Done };
/// history.push(Event { n: EventId(0), at: Time::from_nanos(5), node: None, cause: None, kind });
/// assert_eq!(history.at(Time::from_nanos(4)).events, 0);
/// assert_eq!(history.end().events, 1);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    header: Header,
    events: Vec<Event>,
    journeys: Vec<Journey>,
    by_packet: BTreeMap<PacketId, usize>,
    sockets: Vec<SocketLife>,
    by_sock: BTreeMap<(Node, Sock), usize>,
    tasks: Vec<TaskLife>,
    descriptors: BTreeMap<(Node, Fd), Sock>,
    initial: Initial,
}

impl History {
    /// The history of a run that has not begun.
    pub fn new(header: Header) -> History {
        History {
            header,
            events: Vec::new(),
            journeys: Vec::new(),
            by_packet: BTreeMap::new(),
            sockets: Vec::new(),
            by_sock: BTreeMap::new(),
            tasks: Vec::new(),
            descriptors: BTreeMap::new(),
            initial: Initial::default(),
        }
    }
    /// The history of a whole trace.
    pub fn of(trace: Trace) -> History {
        let mut history = History::new(trace.header);
        trace.events.into_iter().for_each(|event| history.push(event));
        history
    }

    /// What the run was.
    pub fn header(&self) -> &Header {
        &self.header
    }
    /// Every event so far. Places in this list are what the rest of the history calls an event.
    pub fn events(&self) -> &[Event] {
        &self.events
    }
    /// Every packet, in the order in which they were sent.
    pub fn journeys(&self) -> &[Journey] {
        &self.journeys
    }
    /// The life of a packet.
    pub fn journey(&self, packet: PacketId) -> Option<&Journey> {
        self.by_packet.get(&packet).map(|i| &self.journeys[*i])
    }
    /// Every socket, in the order in which they came to be.
    pub fn sockets(&self) -> &[SocketLife] {
        &self.sockets
    }
    /// The life of a socket.
    pub fn socket(&self, node: Node, sock: Sock) -> Option<&SocketLife> {
        self.by_sock.get(&(node, sock)).map(|i| &self.sockets[*i])
    }
    /// Every program and thread, in the order in which they began.
    pub fn tasks(&self) -> &[TaskLife] {
        &self.tasks
    }
    /// The life of a program or thread.
    pub fn task(&self, task: Task) -> Option<&TaskLife> {
        self.tasks.iter().find(|life| life.task == task)
    }
    /// The place of an event in [`events`](History::events).
    pub fn place(&self, event: EventId) -> Option<usize> {
        self.events.binary_search_by_key(&event, |event| event.n).ok()
    }
    /// The host that has an address.
    pub fn host_of(&self, addr: IpAddr) -> Option<Node> {
        let node = self.header.nodes.iter().position(|node| node.addresses.contains(&addr))?;
        Some(Node(node as u16))
    }
    /// The name of a node.
    pub fn name(&self, node: Node) -> &str {
        self.header.nodes.get(usize::from(node.0)).map_or("?", |node| &node.name)
    }
    /// True where no packet can be seen: a run over real sockets that captured none.
    pub fn is_blind(&self) -> bool {
        self.header.links.is_empty() && self.journeys.is_empty()
    }

    /// The moment at `time`, when every event up to it has happened.
    pub fn at(&self, time: Time) -> Moment {
        Moment { events: self.events.partition_point(|event| event.at <= time), time }
    }
    /// The moment just after the first `events` events.
    pub fn after(&self, events: usize) -> Moment {
        let events = events.min(self.events.len());
        let time = events.checked_sub(1).map_or(Time::ZERO, |last| self.events[last].at);
        Moment { events, time }
    }
    /// The moment when all is over.
    pub fn end(&self) -> Moment {
        self.after(self.events.len())
    }

    /// What happens next.
    pub fn push(&mut self, event: Event) {
        let n = self.events.len();
        let node = event.node.unwrap_or(Node(0));
        self.fold_task(n, node, &event);
        self.fold_socket(n, node, &event.kind);
        self.fold_tcp(n, node, &event.kind);
        self.fold_host(n, node, &event);
        self.fold_link(n, &event);
        self.events.push(event);
    }

    fn fold_task(&mut self, n: usize, node: Node, event: &Event) {
        match &event.kind {
            Kind::Started { task, program, parent } => self.tasks.push(TaskLife {
                task: *task,
                node,
                program: program.clone(),
                parent: *parent,
                started: n,
                calls: Vec::new(),
                exited: None,
            }),
            Kind::Call { task, step, call } => {
                let sock = task::descriptor(call).and_then(|fd| self.descriptors.get(&(node, fd)).copied());
                let (step, call) = (*step, call.clone());
                let life = CallLife { event: n, at: event.at, step, call, sock, outcome: None };
                self.task_mut(*task).into_iter().for_each(|task| task.calls.push(life.clone()));
            }
            Kind::Notice { task, notice } => {
                let opened = match notice {
                    Notice::Socket(fd) => self.descriptors.get(&(node, *fd)).copied(),
                    _ => None,
                };
                let end = CallEnd { event: n, at: event.at, notice: notice.clone() };
                if let Some(call) = self.task_mut(*task).and_then(|task| task.calls.last_mut()) {
                    call.sock = call.sock.or(opened.filter(|_| matches!(call.call, Call::Socket { .. })));
                    call.outcome = Some(end);
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

    fn fold_socket(&mut self, n: usize, node: Node, kind: &Kind) {
        if let Kind::Opened { sock, kind, fd, listener } = kind {
            let mut life = SocketLife::new(node, *sock, *kind, n);
            life.listener = *listener;
            life.fd.set(n, *fd);
            self.descriptors.extend(fd.map(|fd| ((node, fd), *sock)));
            self.by_sock.insert((node, *sock), self.sockets.len());
            self.sockets.push(life);
        }
        if let Kind::Accepted { sock, fd } = kind {
            self.descriptors.insert((node, *fd), *sock);
        }
        if let Kind::Released { fd, .. } = kind {
            self.descriptors.remove(&(node, *fd));
        }
        let Some(life) = socket_of(kind).and_then(|sock| self.socket_mut(node, sock)) else { return };
        match kind {
            Kind::Bound { local, implicit, .. } => {
                life.local.set(n, Local { addr: *local, implicit: *implicit })
            }
            Kind::Connected { local, remote, .. } => {
                if life.local.last().is_none_or(|known| known.addr != *local) {
                    let implicit = life.local.last().is_none_or(|known| known.implicit);
                    life.local.set(n, Local { addr: *local, implicit });
                }
                life.remote.set(n, *remote);
            }
            Kind::Listening { backlog, .. } => {
                life.backlog.set(n, *backlog);
                if life.state.last() != Some(&State::Listen) {
                    life.state.set(n, State::Listen);
                }
            }
            Kind::Backlog { syn, accept, .. } => life.waiting.set(n, Waiting { syn: *syn, accept: *accept }),
            Kind::Accepted { fd, .. } => life.fd.set(n, Some(*fd)),
            Kind::Buffered { send, recv, .. } => life.buffers.set(n, Buffers { send: *send, recv: *recv }),
            Kind::Released { .. } => life.fd.set(n, None),
            Kind::Removed { .. } => life.removed = Some(n),
            _ => {}
        }
    }

    fn fold_tcp(&mut self, n: usize, node: Node, kind: &Kind) {
        let Some(life) = socket_of(kind).and_then(|sock| self.socket_mut(node, sock)) else { return };
        match kind {
            Kind::State { to, .. } => life.state.set(n, *to),
            Kind::Variables { variables, .. } => life.variables.set(n, variables.clone()),
            Kind::TimerSet { timer, due, .. } => life.set_timer(n, *timer, Some(*due)),
            Kind::TimerStopped { timer, .. } | Kind::TimerFired { timer, .. } => {
                life.set_timer(n, *timer, None)
            }
            _ => {}
        }
    }

    fn fold_host(&mut self, n: usize, node: Node, event: &Event) {
        match &event.kind {
            Kind::Sent { sock, reason, packet } => {
                let mut journey = Journey {
                    packet: packet.clone(),
                    sent: n,
                    at: event.at,
                    from: node,
                    sock: *sock,
                    reason: *reason,
                    original: None,
                    relative: self.initial.relative(packet),
                    hops: Vec::new(),
                    arrivals: Vec::new(),
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

    fn fold_link(&mut self, n: usize, event: &Event) {
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

    /// The first packet of which `journey` repeats octets. Only resent ones are looked at twice.
    fn original(&self, journey: &Journey) -> Option<PacketId> {
        let again = matches!(
            journey.reason,
            Reason::Retransmission | Reason::FastRetransmit | Reason::PartialAck | Reason::WindowProbe
        );
        let first = self.journeys.iter().find(|earlier| again && journey.repeats(earlier));
        first.map(|first| first.packet.id)
    }

    /// Which copy a host speaks of: the one whose delivery led to the event, or was the last there.
    fn delivered_copy(&self, event: &Event) -> u8 {
        let cause = event.cause.and_then(|cause| self.place(cause)).map(|place| &self.events[place].kind);
        match cause {
            Some(Kind::Delivered { copy, .. }) => *copy,
            _ => 0,
        }
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

    /// The nodes that are hosts, in the order of the header.
    pub fn hosts(&self) -> impl Iterator<Item = Node> {
        let nodes = self.header.nodes.iter().enumerate();
        nodes.filter(|(_, node)| node.kind == NodeKind::Host).map(|(i, _)| Node(i as u16))
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
        | Kind::Released { sock, .. }
        | Kind::Removed { sock }
        | Kind::State { sock, .. }
        | Kind::Rule { sock, .. }
        | Kind::Variables { sock, .. }
        | Kind::TimerSet { sock, .. }
        | Kind::TimerStopped { sock, .. }
        | Kind::TimerFired { sock, .. } => Some(*sock),
        Kind::Sent { sock, .. } | Kind::Arrived { sock, .. } | Kind::Discarded { sock, .. } => *sock,
        _ => None,
    }
}
