//! What `poll()` tells: what a call on a descriptor would find.

use super::Host;
use super::socket::Role;
use crate::errno::Errno;
use crate::program::{Fd, Readiness};

impl Host {
    /// What the descriptor is ready for now. `poll`, `select` and `epoll` are questions about it.
    ///
    /// # Errors
    /// EBADF.
    pub fn readiness(&self, fd: Fd) -> Result<Readiness, Errno> {
        Ok(match &self.sockets[self.descriptors.get(fd)?].role {
            Role::Udp(udp) => udp.readiness(),
            // As on Linux: nothing to wait for.
            Role::Idle => Readiness { writable: true, hang_up: true, ..Readiness::default() },
            Role::Listener(welcome) => Readiness { readable: welcome.has_accepted(), ..Readiness::default() },
            Role::Connection(connection) => connection.readiness(),
        })
    }
}
