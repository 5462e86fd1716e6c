//! What becomes of a socket.

use super::Changes;
use serde::Serialize;
use sockscope_core::program::{Fd, SocketKind};
use sockscope_core::tcp::{State, TcpInfo, Timer, Variables};
use sockscope_core::time::Time;
use sockscope_core::trace::{Node, Sock};
use std::net::SocketAddr;

/// The life of a socket.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SocketLife {
    /// Its host.
    pub node: Node,
    /// Its number on that host.
    pub sock: Sock,
    /// Stream or datagram.
    pub kind: SocketKind,
    /// The event that made it.
    pub opened: usize,
    /// The welcoming socket it was born of.
    pub listener: Option<Sock>,
    /// The program's descriptor, of several the one it got last: none before `accept()` and after the last `close()`.
    pub fd: Changes<Option<Fd>>,
    /// Its local address, once it has one.
    pub local: Changes<Local>,
    /// Its peer, once it has one.
    pub remote: Changes<SocketAddr>,
    /// The state of its connection, for TCP.
    pub state: Changes<State>,
    /// How many finished connections may wait; welcoming sockets only.
    pub backlog: Changes<u32>,
    /// The queues of a welcoming socket.
    pub waiting: Changes<Waiting>,
    /// The fill of its buffers.
    pub buffers: Changes<Buffers>,
    /// The most bytes that the receive buffer ever held.
    pub fullest: u32,
    /// The control block of TCP.
    pub variables: Changes<Variables>,
    /// What the system told of its connection, each time that it was asked: on real sockets.
    pub info: Changes<TcpInfo>,
    /// The program, and its socket there, that this one was inherited or handed over from.
    pub shared: Option<(Node, Sock)>,
    /// Its timers that run, with the time they run out.
    pub timers: Changes<Vec<(Timer, Time)>>,
    /// The event that removed it.
    pub removed: Option<usize>,
}

/// A local address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Local {
    /// Address and port.
    pub addr: SocketAddr,
    /// True where the system chose the port.
    pub implicit: bool,
}

/// The queues of a welcoming socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// Connections in SYN-RECEIVED.
    pub syn: u32,
    /// Finished connections that wait for `accept()`.
    pub accept: u32,
}

/// The fill of a socket's buffers, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Buffers {
    /// The send buffer.
    pub send: u32,
    /// What the program can take from the receive buffer.
    pub recv: u32,
}

impl SocketLife {
    pub(crate) fn new(node: Node, sock: Sock, kind: SocketKind, opened: usize) -> SocketLife {
        SocketLife {
            node,
            sock,
            kind,
            opened,
            listener: None,
            fd: Changes::default(),
            local: Changes::default(),
            remote: Changes::default(),
            state: Changes::default(),
            backlog: Changes::default(),
            waiting: Changes::default(),
            buffers: Changes::default(),
            fullest: 0,
            variables: Changes::default(),
            info: Changes::default(),
            shared: None,
            timers: Changes::default(),
            removed: None,
        }
    }
    /// Whether it exists when the first `events` events have happened.
    pub fn exists(&self, events: usize) -> bool {
        self.opened < events && self.removed.is_none_or(|n| n >= events)
    }
    /// Whether it ever was a welcoming socket.
    pub fn listens(&self) -> bool {
        self.backlog.last().is_some()
    }
    pub(crate) fn set_timer(&mut self, n: usize, timer: Timer, due: Option<Time>) {
        let mut timers = self.timers.last().cloned().unwrap_or_default();
        timers.retain(|(running, _)| *running != timer);
        timers.extend(due.map(|due| (timer, due)));
        self.timers.set(n, timers);
    }
}
