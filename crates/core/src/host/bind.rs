//! Local addresses and ports: `bind()`, `getsockname()`, and the ports that the host chooses itself.

use super::Host;
use super::socket::{Role, Socket};
use crate::errno::Errno;
use crate::program::{Fd, SocketOption};
use crate::tcp::State;
use crate::trace::{Cx, Kind, Sock};
use std::net::{IpAddr, SocketAddr};

/// Ports below this one need privilege.
const UNPRIVILEGED: u16 = 1024;

impl Host {
    /// `bind()`: gives the socket a local address and port; port 0 means any free one.
    ///
    /// # Errors
    /// EAFNOSUPPORT, EADDRNOTAVAIL (no interface has the address), EACCES (ports 1 to 1023 need privilege), EINVAL
    /// (bound already, or an IPv4 address for a socket with `IPV6_V6ONLY`), EADDRINUSE: another socket has the port on an overlapping address. With `SO_REUSEPORT` set on both
    /// sockets that is no error, nor with `SO_REUSEADDR` as long as the other does not listen (as on Linux).
    pub fn bind(&mut self, fd: Fd, addr: SocketAddr, cx: &mut Cx) -> Result<(), Errno> {
        let sock = self.descriptors.get(fd)?;
        let addr = self.meant(sock, addr, Errno::EINVAL)?;
        if !addr.ip().is_unspecified() && !self.config.has(addr.ip()) {
            return Err(Errno::EADDRNOTAVAIL);
        }
        if (1..UNPRIVILEGED).contains(&addr.port()) && !self.config.privileged {
            return Err(Errno::EACCES);
        }
        if self.entry(sock).local.is_some() {
            return Err(Errno::EINVAL);
        }
        let port = match addr.port() {
            0 => self.free_port(sock).ok_or(Errno::EADDRINUSE)?,
            _ if self.in_use(sock, addr) => return Err(Errno::EADDRINUSE),
            port => port,
        };
        let local = SocketAddr::new(addr.ip(), port);
        self.entry(sock).asked = Some(local.into());
        self.rebind(sock, local, None);
        cx.emit(|| Kind::Bound { sock, local: local.into(), implicit: false });
        Ok(())
    }
    /// `getsockname()`: the local address and port; port 0 as long as none is chosen.
    ///
    /// # Errors
    /// EBADF.
    pub fn local_name(&self, fd: Fd) -> Result<SocketAddr, Errno> {
        let socket = &self.sockets[self.descriptors.get(fd)?];
        Ok(socket.told(socket.local_name()))
    }

    /// `getpeername()`: the other end.
    ///
    /// # Errors
    /// EBADF, ENOTCONN.
    pub fn peer_name(&self, fd: Fd) -> Result<SocketAddr, Errno> {
        let socket = &self.sockets[self.descriptors.get(fd)?];
        let opening = matches!(&socket.role, Role::Connection(it) if matches!(it.state(), State::SynSent | State::Closed));
        let peer = socket.remote.filter(|_| !opening);
        peer.map(|peer| socket.told(peer)).ok_or(Errno::ENOTCONN)
    }

    /// The local address of a socket, which is given a free port on every interface where it has none.
    pub(super) fn bound(&mut self, sock: Sock, cx: &mut Cx) -> Result<SocketAddr, Errno> {
        if let Some(local) = self.entry(sock).local {
            return Ok(local);
        }
        let any = self.entry(sock).any_address();
        let local = SocketAddr::new(any, self.free_port(sock).ok_or(Errno::EADDRINUSE)?);
        self.rebind(sock, local, None);
        cx.emit(|| Kind::Bound { sock, local: local.into(), implicit: true });
        Ok(local)
    }
    /// The own address from which `socket` reaches `remote`: the one it is bound to, or the nearest one.
    pub(super) fn source(&self, socket: &Socket, remote: IpAddr) -> Result<IpAddr, Errno> {
        match socket.local {
            Some(local) if local.ip().is_loopback() && !self.config.has(remote) => Err(Errno::EINVAL),
            Some(local) if local.is_ipv4() && remote.is_ipv6() => Err(Errno::ENETUNREACH),
            Some(local) if !local.ip().is_unspecified() && local.is_ipv4() != remote.is_ipv4() => {
                Err(Errno::ENETUNREACH)
            }
            Some(local) if !local.ip().is_unspecified() => Ok(local.ip()),
            _ => self.config.source_for(remote),
        }
    }
    /// Changes the entry of a socket in the table of its protocol.
    pub(super) fn rebind(&mut self, sock: Sock, local: SocketAddr, remote: Option<SocketAddr>) {
        self.unbind(sock);
        let socket = self.entry(sock);
        (socket.local, socket.remote) = (Some(local), remote);
        let kind = socket.kind();
        let other = self.other_place(sock, local).filter(|_| remote.is_none());
        let bindings = self.bindings_mut(kind);
        bindings.insert(local, remote, sock);
        other.into_iter().for_each(|other| bindings.insert(other, None, sock));
    }
    /// Takes a socket out of the table of its protocol: no packet finds it, and its port is free.
    pub(super) fn unbind(&mut self, sock: Sock) {
        let socket = self.entry(sock);
        let (kind, local, remote) = (socket.kind(), socket.local, socket.remote);
        if let Some(local) = local {
            let other = self.other_place(sock, local);
            let bindings = self.bindings_mut(kind);
            bindings.remove(local, remote, sock);
            other.into_iter().for_each(|other| bindings.remove(other, None, sock));
        }
    }
    /// Whether another socket forbids `sock` to bind `local`.
    fn in_use(&self, sock: Sock, local: SocketAddr) -> bool {
        let bindings = self.bindings(self.sockets[sock].kind());
        let mut places = self.other_place(sock, local).into_iter().chain([local]);
        let barred = |other| !self.may_share(sock, other);
        places.any(|place| bindings.overlapping(&self.sockets, place).any(barred))
    }
    /// Both have `SO_REUSEPORT`, or both `SO_REUSEADDR` and neither listens (as on Linux).
    fn may_share(&self, a: Sock, b: Sock) -> bool {
        if self.share_port(a, b) {
            return true;
        }
        let shares = |sock: &Sock| {
            let socket = &self.sockets[*sock];
            socket.options.has(SocketOption::ReuseAddr(true)) && !socket.is_listener()
        };
        [a, b].iter().all(shares)
    }
    /// Whether both have `SO_REUSEPORT`.
    pub(super) fn share_port(&self, a: Sock, b: Sock) -> bool {
        [a, b].into_iter().all(|sock| self.sockets[sock].options.has(SocketOption::ReusePort(true)))
    }
    /// A port of the ephemeral range that nobody of the socket's protocol has: the first from a random one on.
    fn free_port(&mut self, sock: Sock) -> Option<u16> {
        let kind = self.entry(sock).kind();
        let mut ports = self.ephemeral_ports();
        let bindings = self.bindings(kind);
        ports.find(|port| bindings.is_free(*port))
    }
    /// A port for a connection from `source` to `remote`: the first from a random one on that no other socket keeps it
    /// from. Connections to other peers do not (as on Linux).
    pub(super) fn port_towards(&mut self, source: IpAddr, remote: SocketAddr) -> Option<u16> {
        let mut ports = self.ephemeral_ports();
        let local = |port| SocketAddr::new(source, port);
        ports.find(|port| self.tcp.nearest(&self.sockets, local(*port), remote).is_none())
    }
    /// The whole ephemeral range, from a random port on and around.
    fn ephemeral_ports(&mut self) -> impl Iterator<Item = u16> + use<> {
        let (low, high) = (*self.config.ephemeral.start(), *self.config.ephemeral.end());
        let first = low + self.rng.below(u32::from(high.saturating_sub(low)) + 1) as u16;
        (first..=high).chain(low..first)
    }
}
