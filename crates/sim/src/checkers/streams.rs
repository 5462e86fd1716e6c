//! What is received on a connection is a prefix of what was sent.

use sockscope_core::program::{Call, Fd, Notice, RecvFlags, SendFlags, SocketKind};
use sockscope_core::trace::{Event, Kind, Node, Sock, Task};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// A sender's own address and its peer's.
type Direction = (SocketAddr, SocketAddr);

#[derive(Clone, Debug, Default)]
pub(super) struct Streams {
    /// The call that each task waits in.
    calls: BTreeMap<Task, Call>,
    /// Stream sockets that have no peer yet.
    streams: BTreeSet<(Node, Sock)>,
    descriptors: BTreeMap<(Node, Fd), Sock>,
    connections: BTreeMap<(Node, Sock), Connection>,
    /// What programs gave to each direction.
    sent: BTreeMap<Direction, Sent>,
}

#[derive(Clone, Debug, Default)]
struct Sent {
    bytes: Vec<u8>,
    /// Places of urgent bytes, which a receiver may take out of the stream.
    urgent: BTreeSet<usize>,
}

#[derive(Clone, Debug)]
struct Connection {
    sends: Direction,
    /// Bytes that the program has received.
    received: usize,
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
                let sends = (**local, **remote);
                self.sent.insert(sends, Sent::default());
                self.connections.insert((node, *sock), Connection { sends, received: 0 });
                None
            }
            Kind::Call { task, call, .. } => {
                self.calls.insert(*task, Call::clone(call));
                if let Call::Send { fd, data, flags } = &**call
                    && let Some(sends) = self.connection(node, *fd).map(|connection| connection.sends)
                {
                    let sent = self.sent.entry(sends).or_default();
                    sent.bytes.extend_from_slice(data);
                    if flags.has(SendFlags::OOB) && !data.is_empty() {
                        sent.urgent.insert(sent.bytes.len() - 1);
                    }
                }
                None
            }
            Kind::Notice { task, notice } => {
                let Notice::Received(data) = &**notice else { return None };
                let Some(Call::Recv { fd, flags, .. }) = self.calls.get(task) else {
                    return Some("bytes were received that nobody asked for".to_owned());
                };
                // What is peeked at comes again, and what is urgent may lie beside the stream.
                let in_line = !flags.has(RecvFlags::PEEK) && !flags.has(RecvFlags::OOB);
                if in_line { self.receive(node, *fd, data) } else { None }
            }
            _ => None,
        }
    }
    fn connection(&mut self, node: Node, fd: Fd) -> Option<&mut Connection> {
        let sock = self.descriptors.get(&(node, fd))?;
        self.connections.get_mut(&(node, *sock))
    }
    fn receive(&mut self, node: Node, fd: Fd, data: &[u8]) -> Option<String> {
        let connection = self.connection(node, fd)?.clone();
        let (local, remote) = connection.sends;
        let sent = self.sent.get(&(remote, local))?;
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
        self.connection(node, fd)?.received = at;
        None
    }
}
