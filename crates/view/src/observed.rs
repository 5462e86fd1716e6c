//! What ends saw of each other, without what no two runs need to have in common: how a stream was cut into reads, which of
//! two threads came first, and when.
//!
//! The simulator and an operating system agree on bytes per direction, boundaries of datagrams, ends of streams, names of
//! errors, and results; that is what is kept.

use crate::history::History;
use crate::texts::Texts;
use sockscope_core::program::{Call, Fd, Notice, SocketKind};
use sockscope_core::seq::Seq;
use sockscope_core::trace::{Event, Kind, Node, Task, Trace};
use sockscope_core::wire::{Body, Flags};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// What one socket carried.
#[derive(Clone, Debug, Default)]
pub struct Socket {
    /// TCP, not UDP.
    pub stream: bool,
    /// Of a stream one piece; of a datagram socket the datagrams, sorted: senders may overtake each other.
    pub sent: Vec<Vec<u8>>,
    /// As `sent`.
    pub received: Vec<Vec<u8>>,
    /// The end of the stream was read.
    pub ended: bool,
    /// It was closed.
    pub closed: bool,
    /// How far it was after which event.
    marks: Vec<Mark>,
}

/// So many bytes were there after an event.
#[derive(Clone, Copy, Debug)]
struct Mark {
    event: usize,
    sent: bool,
    bytes: usize,
}

impl Socket {
    /// What counts when two are compared.
    fn content(&self) -> impl Ord + '_ {
        (self.stream, &self.sent, &self.received, self.ended, self.closed)
    }
    /// Closed without having carried anything: how often a client tried in vain is a matter of time.
    fn is_unused(&self) -> bool {
        self.closed && !self.ended && self.sent.is_empty() && self.received.is_empty()
    }
    /// The event that brought byte `at` of a direction; the last one where there is no such byte.
    pub(crate) fn event_of(&self, sent: bool, at: usize) -> Option<usize> {
        let mut marks = self.marks.iter().filter(|mark| mark.sent == sent);
        let found = marks.clone().find(|mark| mark.bytes > at).or_else(|| marks.next_back());
        found.or(self.marks.last()).map(|mark| mark.event)
    }
    fn carry(&mut self, event: usize, sent: bool, data: &[u8]) {
        let stream = self.stream;
        let pieces = if sent { &mut self.sent } else { &mut self.received };
        match pieces.last_mut().filter(|_| stream) {
            Some(bytes) => bytes.extend_from_slice(data),
            None => pieces.push(data.to_vec()),
        }
        let bytes = pieces.iter().map(Vec::len).sum();
        self.marks.push(Mark { event, sent, bytes });
    }
}

impl PartialEq for Socket {
    fn eq(&self, other: &Socket) -> bool {
        self.content() == other.content()
    }
}
impl Eq for Socket {}
impl PartialOrd for Socket {
    fn partial_cmp(&self, other: &Socket) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Socket {
    fn cmp(&self, other: &Socket) -> Ordering {
        self.content().cmp(&other.content())
    }
}

/// What the programs of one host saw. Threads run in any order, so what they did is sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// What each socket carried.
    pub sockets: Vec<Socket>,
    /// The lines that were printed, each once.
    pub printed: Vec<String>,
    /// For each program and thread the calls that failed, in order; one that fails the same way again and again counts once.
    pub failures: Vec<Vec<String>>,
    /// Exit codes.
    pub codes: Vec<u8>,
}

/// What the programs of each node saw of their sockets.
///
/// ```
/// # use sockscope_sim::{Scenario, World, presets};
/// # let scenario: Scenario = presets::text("tcp-upper").unwrap().parse().unwrap();
/// # let mut world = World::new(&scenario).unwrap();
/// # world.run();
/// # let trace = world.trace();
/// use sockscope_core::trace::Node;
/// use sockscope_view::observed;
/// let client = &observed::programs(&trace)[&Node(0)];
/// assert_eq!(client.printed, ["HELLO"]);
/// assert_eq!(client.sockets[0].sent, [b"hello"]);
/// ```
pub fn programs(trace: &Trace) -> BTreeMap<Node, Observed> {
    of_calls(&trace.events)
}

pub(crate) fn of_calls(events: &[Event]) -> BTreeMap<Node, Observed> {
    let mut fold = Fold::default();
    for (n, event) in events.iter().enumerate() {
        let Some(node) = event.node else { continue };
        match &event.kind {
            Kind::Call { task, call, .. } => {
                // At once: another thread may be handed the descriptor before this one is told that it is free.
                if let Call::Close { fd } | Call::Abort { fd } = &**call {
                    fold.close(node, *fd);
                }
                fold.calls.insert(*task, (n, Call::clone(call)));
            }
            Kind::Notice { task, notice } => fold.answered(n, node, *task, notice),
            Kind::Exited { code, .. } => fold.of(node).codes.push(*code),
            _ => {}
        }
    }
    fold.finish()
}

#[derive(Default)]
struct Fold {
    /// Each with the event that made it.
    calls: BTreeMap<Task, (usize, Call)>,
    open: BTreeMap<(Node, Fd), Socket>,
    failures: BTreeMap<(Node, Task), Vec<String>>,
    nodes: BTreeMap<Node, Observed>,
}

impl Fold {
    fn of(&mut self, node: Node) -> &mut Observed {
        self.nodes.entry(node).or_default()
    }

    fn open(&mut self, node: Node, fd: Fd, stream: bool) {
        self.open.insert((node, fd), Socket { stream, ..Socket::default() });
    }

    fn close(&mut self, node: Node, fd: Fd) {
        if let Some(socket) = self.open.remove(&(node, fd)) {
            self.of(node).sockets.push(Socket { closed: true, ..socket });
        }
    }

    fn answered(&mut self, n: usize, node: Node, task: Task, notice: &Notice) {
        let Some((begun, call)) = self.calls.remove(&task) else { return };
        let socket = call.fd().and_then(|fd| self.open.get_mut(&(node, fd)));
        match (&call, notice, socket) {
            (_, Notice::Failed(errno), _) => {
                let failure = format!("{} {}", name(&call), errno.name());
                let failures = self.failures.entry((node, task)).or_default();
                failures.push(failure);
                failures.dedup();
            }
            (Call::Socket { kind, .. }, Notice::Socket(fd), _) => {
                self.open(node, *fd, *kind == SocketKind::Stream);
            }
            (_, Notice::Accepted { fd, .. }, _) => self.open(node, *fd, true),
            (Call::Send { data, .. } | Call::SendTo { data, .. }, Notice::Sent(bytes), Some(socket)) => {
                // Another may answer what was sent before the call that sent it returns.
                socket.carry(begun, true, data.get(..*bytes as usize).unwrap_or(data));
            }
            (_, Notice::Received(data), Some(socket)) if data.is_empty() && socket.stream => {
                socket.ended = true;
                socket.marks.push(Mark { event: n, sent: false, bytes: usize::MAX });
            }
            (_, Notice::Received(data) | Notice::ReceivedFrom { data, .. }, Some(socket)) => {
                socket.carry(n, false, data);
            }
            (Call::Print { text }, _, _) => self.of(node).printed.push(text.clone()),
            _ => {}
        }
    }

    fn finish(mut self) -> BTreeMap<Node, Observed> {
        for ((node, _), socket) in std::mem::take(&mut self.open) {
            self.of(node).sockets.push(socket);
        }
        for ((node, _), failures) in std::mem::take(&mut self.failures) {
            self.of(node).failures.push(failures);
        }
        for observed in self.nodes.values_mut() {
            observed.sort();
            observed.sockets.dedup_by(|a, b| a == b && a.is_unused());
            observed.printed.sort();
            observed.printed.dedup();
            observed.failures.sort();
            observed.codes.sort();
        }
        self.nodes
    }
}

impl Observed {
    fn sort(&mut self) {
        for socket in self.sockets.iter_mut().filter(|socket| !socket.stream) {
            socket.sent.sort();
            socket.received.sort();
        }
        self.sockets.sort();
    }
}

/// The name of a call, as failures tell it.
pub(crate) fn name(call: &Call) -> String {
    let [_, short] = crate::words::call(&Texts::ENGLISH, call);
    short.trim_end_matches("()").to_owned()
}

/// What each host sent, as its packets tell, in the order in which hosts first send. Bytes that were sent again count once, and
/// a hole ends a stream. What was received is not known from packets.
pub fn packets(history: &History) -> Vec<(Node, Observed)> {
    let mut hosts: Vec<(Node, Observed)> = Vec::new();
    let mut flows: BTreeMap<(Node, SocketAddr, Option<SocketAddr>), Flow> = BTreeMap::new();
    for journey in history.journeys() {
        let Some((from, to)) = journey.ends() else { continue };
        if !hosts.iter().any(|(node, _)| *node == journey.from) {
            hosts.push((journey.from, Observed::default()));
        }
        match &journey.packet.body {
            Body::Tcp(segment) => {
                let flow = flows.entry((journey.from, from, Some(to))).or_default();
                flow.socket.stream = true;
                let syn = segment.flags.has(Flags::SYN);
                let start = if syn { segment.seq + 1 } else { segment.seq };
                flow.pieces
                    .insert(start.past(*flow.first.get_or_insert(start)), (journey.sent, &segment.payload));
                flow.socket.ended |= segment.flags.has(Flags::FIN);
                flow.socket.closed |= segment.flags.has(Flags::RST);
            }
            Body::Udp(datagram) => {
                let flow = flows.entry((journey.from, from, None)).or_default();
                flow.socket.carry(journey.sent, true, &datagram.payload);
            }
            Body::Icmp(_) => {}
        }
    }
    for ((node, ..), flow) in flows {
        let socket = flow.whole();
        hosts
            .iter_mut()
            .filter(|(host, _)| *host == node)
            .for_each(|(_, host)| host.sockets.push(socket.clone()));
    }
    hosts.iter_mut().for_each(|(_, host)| host.sort());
    hosts
}

/// What one socket sent, packet by packet.
#[derive(Default)]
struct Flow<'a> {
    socket: Socket,
    first: Option<Seq>,
    /// Each segment by its distance from the first, the last one sent.
    pieces: BTreeMap<u32, (usize, &'a [u8])>,
}

impl Flow<'_> {
    fn whole(mut self) -> Socket {
        let mut end = 0;
        for (at, (event, bytes)) in self.pieces {
            let known = (end - u64::from(at).min(end)) as usize;
            if u64::from(at) > end {
                break;
            }
            if let Some(new) = bytes.get(known..).filter(|new| !new.is_empty()) {
                self.socket.carry(event, true, new);
                end += new.len() as u64;
            }
        }
        self.socket
    }
}
