//! The fold over a trace that all views share: the life of each packet, socket and program.

mod changes;
mod fold;
mod packet;
mod socket;
mod task;
mod variables;

pub use changes::Changes;
pub use fold::socket_of;
pub use packet::{Arrival, Hop, HopEnd, Journey, PacketKind, Relative, Sighting};
pub use socket::{Buffers, Local, SocketLife, Waiting};
pub use task::{CallEnd, CallLife, TaskLife, Value};

use crate::texts::Texts;
use packet::Initial;
use serde::Serialize;
use sockscope_core::collections::BTreeMap;
use sockscope_core::program::Fd;
use sockscope_core::time::Time;
use sockscope_core::trace::{Event, EventId, Header, Kind, Node, NodeKind, Sock, Task, Trace};
use sockscope_core::wire::PacketId;
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
///     scenario: None, programs: vec![], nodes: vec![], links: vec![], sources: vec![],
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
    texts: Texts,
    events: Vec<Event>,
    journeys: Vec<Journey>,
    by_packet: BTreeMap<PacketId, usize>,
    sockets: Vec<SocketLife>,
    by_sock: BTreeMap<(Node, Sock), usize>,
    tasks: Vec<TaskLife>,
    /// The table of each program: what every descriptor it ever had stands for.
    descriptors: BTreeMap<(Node, Fd), Changes<Option<Sock>>>,
    initial: Initial,
    points: Vec<String>,
    /// The packets that carried octets of each stream for the first time, in the order of these: their places.
    firsts: BTreeMap<(Node, Sock), Vec<usize>>,
}

impl History {
    /// The history of a run that has not begun.
    pub fn new(header: Header) -> History {
        History {
            header,
            texts: Texts::ENGLISH,
            events: Vec::new(),
            journeys: Vec::new(),
            by_packet: Default::default(),
            sockets: Vec::new(),
            by_sock: BTreeMap::new(),
            tasks: Vec::new(),
            descriptors: BTreeMap::new(),
            initial: Initial::default(),
            points: Vec::new(),
            firsts: BTreeMap::new(),
        }
    }
    /// The history of a whole trace.
    pub fn of(trace: Trace) -> History {
        let mut history = History::new(trace.header);
        trace.events.into_iter().for_each(|event| history.push(event));
        history
    }

    /// The history as it was when only the first `events` events had happened.
    #[must_use]
    pub fn before(&self, events: usize) -> History {
        let mut history = History::new(self.header.clone()).told_in(self.texts.clone());
        self.events.iter().take(events).for_each(|event| history.push(event.clone()));
        history
    }

    /// The same, of which every view speaks another language.
    #[must_use]
    pub fn told_in(self, texts: Texts) -> History {
        History { texts, ..self }
    }
    /// What the views say about it.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// What it is called: a preset has a name in every language.
    pub fn title(&self) -> &str {
        self.texts.of(&self.header.title)
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
    /// The descriptors that the program of a host has when the first `events` events have happened, with the sockets that they
    /// stand for: its table, from the lowest number on.
    pub fn descriptors(&self, node: Node, events: usize) -> impl Iterator<Item = (Fd, Sock)> {
        let own = self.descriptors.range((node, Fd(0))..=(node, Fd(u32::MAX)));
        own.filter_map(move |((_, fd), sock)| Some((*fd, (*sock.before(events)?)?)))
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
    /// The host that a packet is for.
    pub fn destination(&self, journey: &Journey) -> Option<Node> {
        let by_address = self.host_of(journey.packet.dst);
        // Ends of one address lie apart where a link is between them.
        let beyond =
            || crate::topology::link_ends(&self.header, journey.hops.last()?.link).map(|(_, end)| end);
        journey.to.map(|(node, _)| node).or_else(|| match by_address {
            Some(node) if node == journey.from => beyond().or(by_address),
            other => other,
        })
    }
    /// The names of the points where packets were captured.
    pub fn points(&self) -> &[String] {
        &self.points
    }
    /// Whether event `n` is no observation, but what a captured packet tells.
    pub fn is_inferred(&self, n: usize) -> bool {
        let cause = self.events.get(n).and_then(|event| self.place(event.cause?));
        cause.is_some_and(|cause| matches!(self.events[cause].kind, Kind::Captured(_)))
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
        self.fold_control(node, &event.kind);
        self.fold_task(n, node, &event);
        self.fold_socket(n, node, &event.kind);
        self.fold_tcp(n, node, &event.kind);
        self.fold_host(n, node, &event);
        self.fold_link(n, &event);
        self.fold_capture(n, node, &event);
        self.events.push(event);
    }

    /// The nodes that are hosts, in the order of the header.
    pub fn hosts(&self) -> impl Iterator<Item = Node> {
        let nodes = self.header.nodes.iter().enumerate();
        nodes.filter(|(_, node)| node.kind == NodeKind::Host).map(|(i, _)| Node(i as u16))
    }
}
