//! What is received on a connection is a prefix of what was sent.

use sockscope_core::errno::Errno;
use sockscope_core::program::{Call, Fd, Notice, RecvFlags, SendFlags, SocketKind};
use sockscope_core::trace::{Event, Kind, Node, Sock, Task};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// A sender's own address and its peer's.
type Direction = (SocketAddr, SocketAddr);

#[derive(Clone, Debug, Default)]
pub(super) struct Streams {
    /// The call that each task waits in, or made last.
    calls: BTreeMap<Task, (Node, Call)>,
    /// Where in their stream the bytes of a send begin that is not answered yet.
    sending: BTreeMap<Task, (Stream, usize)>,
    /// Stream sockets that have no peer yet.
    streams: BTreeSet<(Node, Sock)>,
    descriptors: BTreeMap<(Node, Fd), Sock>,
    connections: BTreeMap<(Node, Sock), Connection>,
    /// What programs gave to each direction, a stream for each connection between the same two addresses: an old SYN may begin
    /// another one while the peer still reads what the one before sent.
    sent: BTreeMap<Direction, Vec<Sent>>,
}

/// What one connection sends: its direction, and how many were before it.
type Stream = (Direction, usize);

#[derive(Clone, Debug, Default)]
struct Sent {
    bytes: Vec<u8>,
    /// Places of urgent bytes, which a receiver may take out of the stream.
    urgent: BTreeSet<usize>,
}

#[derive(Clone, Debug)]
struct Connection {
    sends: Stream,
    /// Which stream of the other direction the program reads: the newest when its first bytes came.
    reads: Option<usize>,
    /// Bytes that the program has received.
    received: usize,
}

impl Sent {
    /// The bytes from one place to another were not sent after all.
    fn take_back(&mut self, from: usize, to: usize) {
        let to = to.min(self.bytes.len());
        let from = from.min(to);
        self.bytes.drain(from..to);
        // Of an urgent send that was cut short the last byte that it took is urgent.
        let moved = |at: &usize| if *at < to { (*at).min(from.saturating_sub(1)) } else { at - (to - from) };
        self.urgent = self.urgent.iter().map(moved).collect();
    }
}

impl Streams {
    pub(super) fn see(&mut self, event: &Event) -> Option<String> {
        let node = event.node?;
        match &event.kind {
            Kind::Opened { sock, fd, kind, .. } => {
                if *kind == SocketKind::Stream {
                    self.streams.insert((node, *sock));
                }
                self.descriptors.extend(fd.map(|fd| ((node, fd), *sock)));
                None
            }
            Kind::Accepted { sock, fd } => {
                self.descriptors.insert((node, *fd), *sock);
                None
            }
            Kind::Connected { sock, local, remote } if self.streams.remove(&(node, *sock)) => {
                let streams = self.sent.entry((**local, **remote)).or_default();
                streams.push(Sent::default());
                let sends = ((**local, **remote), streams.len() - 1);
                self.connections.insert((node, *sock), Connection { sends, reads: None, received: 0 });
                self.send_what_connects(node, *sock);
                None
            }
            Kind::Call { task, call, .. } => {
                self.calls.insert(*task, (node, Call::clone(call)));
                self.send(*task);
                None
            }
            Kind::Notice { task, notice } => {
                self.take_back(*task, notice);
                let Notice::Received(data) = notice else { return None };
                let Some((_, Call::Recv { fd, flags, .. })) = self.calls.get(task) else {
                    return Some("bytes were received that nobody asked for".to_owned());
                };
                // What is peeked at comes again, and what is urgent may lie beside the stream.
                let in_line = !flags.has(RecvFlags::PEEK) && !flags.has(RecvFlags::OOB);
                if in_line { self.receive(node, *fd, data) } else { None }
            }
            _ => None,
        }
    }
    /// Where a task sends on a connection: all that it gives counts as sent, for the peer may have it before the call returns.
    fn send(&mut self, task: Task) {
        let Some((node, Call::Send { fd, data, flags } | Call::SendTo { fd, data, flags, .. })) =
            self.calls.get(&task).cloned()
        else {
            return;
        };
        let Some(sends) = self.connection(node, fd).map(|connection| connection.sends) else { return };
        let Some(sent) = self.stream(sends) else { return };
        let from = sent.bytes.len();
        sent.bytes.extend_from_slice(&data);
        if flags.has(SendFlags::OOB) && !data.is_empty() {
            sent.urgent.insert(sent.bytes.len() - 1);
        }
        self.sending.insert(task, (sends, from));
    }
    /// A send that connects (`MSG_FASTOPEN`) was called before there was a connection.
    fn send_what_connects(&mut self, node: Node, sock: Sock) {
        let connects = |(at, call): &(Node, Call)| match call {
            Call::SendTo { fd, .. } => *at == node && self.descriptors.get(&(node, *fd)) == Some(&sock),
            _ => false,
        };
        let task = self.calls.iter().find(|(_, call)| connects(call)).map(|(task, _)| *task);
        task.into_iter().for_each(|task| self.send(task));
    }
    /// The answer to a send says how much of it the socket took. One that fails for another reason than that it would have to
    /// wait may have been taken in part: nothing follows it.
    fn take_back(&mut self, task: Task, answer: &Notice) {
        let Some((sends, from)) = self.sending.remove(&task) else { return };
        let given = match self.calls.get(&task) {
            Some((_, Call::Send { data, .. } | Call::SendTo { data, .. })) => data.len(),
            _ => 0,
        };
        let taken = match answer {
            Notice::Sent(n) => *n as usize,
            Notice::Failed(Errno::EAGAIN) => 0,
            _ => given,
        };
        if let Some(sent) = self.stream(sends) {
            sent.take_back(from + taken, from + given);
        }
    }
    fn stream(&mut self, (direction, n): Stream) -> Option<&mut Sent> {
        self.sent.get_mut(&direction)?.get_mut(n)
    }
    fn connection(&mut self, node: Node, fd: Fd) -> Option<&mut Connection> {
        let sock = self.descriptors.get(&(node, fd))?;
        self.connections.get_mut(&(node, *sock))
    }
    fn receive(&mut self, node: Node, fd: Fd, data: &[u8]) -> Option<String> {
        let connection = self.connection(node, fd)?.clone();
        let (local, remote) = connection.sends.0;
        let streams = self.sent.get(&(remote, local))?;
        let n = connection.reads.unwrap_or(streams.len() - 1);
        let sent = streams.get(n)?;
        let from = connection.received;
        let plain = sent.bytes.get(from..from + data.len()) == Some(data);
        let mut at = if plain { from + data.len() } else { from };
        for byte in data.iter().filter(|_| !plain) {
            while sent.urgent.contains(&at) && sent.bytes[at] != *byte {
                at += 1;
            }
            if sent.bytes.get(at) != Some(byte) {
                return Some(format!("what {local} received from byte {from} on is not what {remote} sent"));
            }
            at += 1;
        }
        let connection = self.connection(node, fd)?;
        (connection.reads, connection.received) = (Some(n), at);
        None
    }
}
