//! What programs saw of their sockets, from a trace of any origin.

use sockscope_core::program::{Call, Fd, Notice, SocketKind};
use sockscope_core::trace::{Kind, Node, Task, Trace};
use std::collections::BTreeMap;

/// What one socket carried.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Socket {
    pub(crate) stream: bool,
    /// Of a stream one piece; of a datagram socket the datagrams, sorted: senders may overtake each other.
    pub(crate) sent: Vec<Vec<u8>>,
    pub(crate) received: Vec<Vec<u8>>,
    /// The end of the stream was read.
    pub(crate) ended: bool,
    pub(crate) closed: bool,
}

/// What one program did. Threads run in any order, so what they did is sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Observed {
    pub(crate) sockets: Vec<Socket>,
    pub(crate) printed: Vec<String>,
    /// For each task the calls that failed, in order; one that fails the same way again and again counts once.
    pub(crate) failures: Vec<Vec<String>>,
    pub(crate) codes: Vec<u8>,
}

/// What every program of a trace saw, by the name of its node.
pub(crate) fn observe(trace: &Trace) -> BTreeMap<String, Observed> {
    let mut fold = Fold::default();
    for event in &trace.events {
        let Some(node) = event.node else { continue };
        match &event.kind {
            Kind::Call { task, call, .. } => {
                fold.calls.insert(*task, Call::clone(call));
            }
            Kind::Notice { task, notice } => fold.answered(node, *task, notice),
            Kind::Exited { code, .. } => fold.of(node).codes.push(*code),
            _ => {}
        }
    }
    let name = |node: Node| trace.header.nodes[usize::from(node.0)].name.clone();
    fold.finish().into_iter().map(|(node, observed)| (name(node), observed)).collect()
}

#[derive(Default)]
struct Fold {
    calls: BTreeMap<Task, Call>,
    open: BTreeMap<(Node, Fd), Socket>,
    failures: BTreeMap<(Node, Task), Vec<String>>,
    nodes: BTreeMap<Node, Observed>,
}

impl Fold {
    fn of(&mut self, node: Node) -> &mut Observed {
        self.nodes.entry(node).or_default()
    }

    fn open(&mut self, node: Node, fd: Fd, stream: bool) {
        let socket = Socket { stream, sent: vec![], received: vec![], ended: false, closed: false };
        self.open.insert((node, fd), socket);
    }

    fn answered(&mut self, node: Node, task: Task, notice: &Notice) {
        let Some(call) = self.calls.remove(&task) else { return };
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
                socket.carry(&data[..*bytes as usize], |socket| &mut socket.sent);
            }
            (_, Notice::Received(data), Some(socket)) if data.is_empty() && socket.stream => {
                socket.ended = true;
            }
            (_, Notice::Received(data) | Notice::ReceivedFrom { data, .. }, Some(socket)) => {
                socket.carry(data, |socket| &mut socket.received);
            }
            (Call::Close { fd } | Call::Abort { fd }, _, _) => {
                if let Some(socket) = self.open.remove(&(node, *fd)) {
                    self.of(node).sockets.push(Socket { closed: true, ..socket });
                }
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
            for socket in observed.sockets.iter_mut().filter(|socket| !socket.stream) {
                socket.sent.sort();
                socket.received.sort();
            }
            observed.sockets.sort();
            observed.sockets.dedup_by(|a, b| a == b && a.is_unused());
            observed.printed.sort();
            observed.printed.dedup();
            observed.failures.sort();
            observed.codes.sort();
        }
        self.nodes
    }
}

impl Socket {
    /// Closed without having carried anything: how often a client tried in vain is a matter of time.
    fn is_unused(&self) -> bool {
        self.closed && !self.ended && self.sent.is_empty() && self.received.is_empty()
    }

    fn carry(&mut self, data: &[u8], direction: impl Fn(&mut Socket) -> &mut Vec<Vec<u8>>) {
        let stream = self.stream;
        match direction(self).last_mut().filter(|_| stream) {
            Some(bytes) => bytes.extend_from_slice(data),
            None => direction(self).push(data.to_vec()),
        }
    }
}

/// The name of a call in JSON.
fn name(call: &Call) -> String {
    let json = serde_json::to_value(call).unwrap();
    json.as_object().and_then(|object| object.keys().next().cloned()).unwrap()
}
