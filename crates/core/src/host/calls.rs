//! The calls of the BSD socket interface that have no file of their own.

use super::Host;
use super::socket::{Role, Socket};
use crate::errno::Errno;
use crate::program::{Family, Fd, How, SocketKind};
use crate::tcp::Connection;
use crate::time::Span;
use crate::trace::{Cx, Kind, Sock};
use crate::udp::UdpSocket;
use std::net::IpAddr;

impl Host {
    /// `socket()`: a socket without an address. Its descriptor is the lowest that is free, from 3 on.
    ///
    /// # Errors
    /// EMFILE where [`HostConfig::descriptors`](super::HostConfig::descriptors) are open.
    pub fn socket(&mut self, kind: SocketKind, family: Family, cx: &mut Cx) -> Result<Fd, Errno> {
        let role = match kind {
            SocketKind::Stream => Role::Idle,
            SocketKind::Datagram => Role::Udp(UdpSocket::new(self.config.udp_receive_buffer).into()),
        };
        let fd = self.descriptors.open(self.sockets.next(), self.config.descriptors)?;
        self.add(Socket::new(Some(fd), family, role), None, cx);
        Ok(fd)
    }
    /// `shutdown()`.
    ///
    /// # Errors
    /// ENOTCONN.
    pub fn shutdown(&mut self, fd: Fd, how: How, cx: &mut Cx) -> Result<(), Errno> {
        let sock = self.descriptors.get(fd)?;
        let done = match &mut self.entry(sock).role {
            Role::Udp(udp) => udp.shutdown(how),
            Role::Idle | Role::Listener(_) => Err(Errno::ENOTCONN),
            Role::Connection(connection) => connection.shutdown(how, cx),
        };
        self.settle(sock, cx);
        done
    }
    /// `close()`: the descriptor is free at once. A connection goes on in the background until all is acknowledged;
    /// connections that wait in a welcoming socket are aborted. With `SO_LINGER` 0 it is an [`abort`](Host::abort).
    ///
    /// # Errors
    /// EBADF.
    pub fn close(&mut self, fd: Fd, cx: &mut Cx) -> Result<(), Errno> {
        let sock = self.descriptors.get(fd)?;
        let resets = self.entry(sock).options.linger().is_some_and(Span::is_zero);
        self.release(fd, cx, if resets { Connection::abort } else { Connection::close })
    }
    /// `close()` with `SO_LINGER` 0: what is unsent is thrown away, and the peer gets a reset.
    ///
    /// # Errors
    /// EBADF.
    pub fn abort(&mut self, fd: Fd, cx: &mut Cx) -> Result<(), Errno> {
        self.release(fd, cx, Connection::abort)
    }
    /// `getaddrinfo()`, from the table of names or an address written out.
    ///
    /// # Errors
    /// ENONAME.
    pub fn resolve(&self, name: &str, family: Family) -> Result<IpAddr, Errno> {
        self.config.resolve(name, family)
    }

    /// Puts a new socket in the table.
    pub(super) fn add(&mut self, socket: Socket, listener: Option<Sock>, cx: &mut Cx) -> Sock {
        let (kind, fd) = (socket.kind(), socket.fd);
        let sock = self.sockets.add(socket);
        cx.emit(|| Kind::Opened { sock, kind, fd, listener });
        sock
    }
    /// Takes a descriptor away from its socket, which `end`s its connection or is gone.
    fn release(&mut self, fd: Fd, cx: &mut Cx, end: fn(&mut Connection, &mut Cx)) -> Result<(), Errno> {
        let sock = self.descriptors.close(fd)?;
        self.entry(sock).fd = None;
        self.note_ready(sock);
        cx.emit(|| Kind::Released { sock, fd });
        match &mut self.entry(sock).role {
            Role::Udp(_) | Role::Idle => self.remove(sock, cx),
            Role::Listener(_) => self.close_listener(sock, cx),
            Role::Connection(connection) => {
                end(connection, cx);
                self.settle(sock, cx);
            }
        }
        Ok(())
    }
}
