//! The stream sockets of a host as `netstat` lists them, and `tcpdrop`.

use super::Host;
use super::socket::{Role, Socket};
use crate::program::Fd;
use crate::tcp::{Connection, State};
use crate::trace::{Cx, Sock};
use std::net::SocketAddr;

/// A stream socket, as `netstat` lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamEntry {
    /// Its number in the trace.
    pub sock: Sock,
    /// The descriptor of the program that has it; none before `accept()` and after `close()`.
    pub fd: Option<Fd>,
    /// Its local address and port.
    pub local: SocketAddr,
    /// Its peer, while it has one.
    pub remote: Option<SocketAddr>,
    /// LISTEN of a welcoming socket, CLOSED where there is no connection (any more).
    pub state: State,
}

impl Host {
    /// Every stream socket, in the order in which they came to be.
    pub fn streams(&self) -> impl Iterator<Item = StreamEntry> {
        self.sockets.iter().filter_map(|(sock, socket)| {
            let state = state(socket)?;
            let Socket { fd, remote, .. } = *socket;
            Some(StreamEntry { sock, fd, local: socket.local_name(), remote, state })
        })
    }
    /// `tcpdrop`: ends a connection from outside of its program. Nothing happens where there is none.
    pub fn drop_stream(&mut self, sock: Sock, cx: &mut Cx) {
        if let Some(Role::Connection(connection)) = self.sockets.get_mut(sock).map(|socket| &mut socket.role)
        {
            Connection::abort(connection, cx);
            self.settle(sock, cx);
        }
    }
}

fn state(socket: &Socket) -> Option<State> {
    match &socket.role {
        Role::Udp(_) => None,
        Role::Idle => Some(State::Closed),
        Role::Listener(_) => Some(State::Listen),
        Role::Connection(connection) => Some(connection.state()),
    }
}
