//! What is received on a connection is a prefix of what was sent.

use sockscope_core::program::{Call, Fd, Notice, RecvFlags, SocketKind};
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
    sent: BTreeMap<Direction, Vec<u8>>,
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
                self.sent.insert(sends, Vec::new());
                self.connections.insert((node, *sock), Connection { sends, received: 0 });
                None
            }
            Kind::Call { task, call, .. } => {
                self.calls.insert(*task, Call::clone(call));
                if let Call::Send { fd, data, .. } = &**call
                    && let Some(sends) = self.connection(node, *fd).map(|connection| connection.sends)
                {
                    self.sent.entry(sends).or_default().extend_from_slice(data);
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
        let connection = self.connection(node, fd)?;
        let from = connection.received;
        connection.received += data.len();
        let (local, remote) = connection.sends;
        let sent = self.sent.get(&(remote, local))?;
        let same = sent.get(from..from + data.len()).is_some_and(|sent| sent == data);
        (!same).then(|| format!("what {local} received from byte {from} on is not what {remote} sent"))
    }
}
