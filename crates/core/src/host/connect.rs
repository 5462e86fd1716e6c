//! `connect()`.

use super::Host;
use super::config;
use super::over_udp::OVERHEAD;
use super::socket::Role;
use crate::errno::Errno;
use crate::program::Fd;
use crate::shared::Shared;
use crate::tcp::{Config, Connection, State};
use crate::trace::{Cx, Kind, Sock};
use std::net::SocketAddr;

/// The IPv6 header is longer by so many bytes than that of IPv4.
const V6_EXTRA: u16 = 20;

impl Host {
    /// `connect()`. For a datagram socket: notes the peer, from which alone datagrams come from now on; done at once.
    /// For a stream socket: begins the handshake. Called again, it tells how that went.
    ///
    /// # Errors
    /// EINPROGRESS (the handshake has begun), EALREADY (it goes on), EISCONN (it is done), or why it failed: for example
    /// ECONNREFUSED, ETIMEDOUT. At once: EAFNOSUPPORT, ENETUNREACH, EADDRNOTAVAIL (no port is free), EINVAL (from a
    /// loopback address to another host).
    pub fn connect(&mut self, fd: Fd, to: SocketAddr, cx: &mut Cx) -> Result<(), Errno> {
        let sock = self.descriptors.get(fd)?;
        let to = somewhere(self.meant(sock, to, Errno::ENETUNREACH)?);
        match &mut self.entry(sock).role {
            Role::Udp(_) => return self.connect_datagram(sock, to, cx),
            Role::Idle => {}
            Role::Listener(_) => return Err(Errno::EISCONN),
            Role::Connection(connection) => match connection.state() {
                State::SynSent if connection.waits_for_data() => return Err(Errno::EISCONN),
                State::SynSent | State::SynReceived => return Err(Errno::EALREADY),
                State::Closed => connection.take_error().map_or(Ok(()), Err)?,
                _ => return Err(Errno::EISCONN),
            },
        }
        self.revive(sock);
        if self.connects_fast(sock) {
            return self.connect_with_cookie(sock, to, cx);
        }
        self.connect_stream(sock, to, cx)?;
        Err(Errno::EINPROGRESS)
    }

    /// Forgets a connection that is over, so that the socket can be used anew.
    pub(super) fn revive(&mut self, sock: Sock) {
        let socket = self.entry(sock);
        if let Role::Connection(_) = socket.role {
            (socket.role, socket.local, socket.remote) = (Role::Idle, socket.asked.as_deref().copied(), None);
        }
    }
    /// The policies for a connection of this socket: those of the host and its own options.
    pub(super) fn tcp_config(&self, sock: Sock) -> Config {
        let (host, socket) = (&self.config.tcp, &self.sockets[sock]);
        let ip = if socket.sends_v6() { V6_EXTRA } else { 0 };
        let udp = if socket.options.remote_udp_port().is_some() { OVERHEAD } else { 0 };
        let mut config = Config { mss: host.mss.saturating_sub(ip + udp), ..host.clone() };
        socket.options.iter().for_each(|option| config.set(option));
        config
    }
    /// The same, shared with the last connection that had them.
    pub(super) fn policy(&mut self, sock: Sock) -> Shared<Config> {
        let socket = &self.sockets[sock];
        let plain = socket.options.is_empty() && !socket.sends_v6();
        if plain && self.policy_is_plain {
            return self.policy.clone();
        }
        self.policy_is_plain = plain;
        let config = self.tcp_config(sock);
        if *self.policy != config {
            self.policy = config.into();
        }
        self.policy.clone()
    }
    fn connect_datagram(&mut self, sock: Sock, remote: SocketAddr, cx: &mut Cx) -> Result<(), Errno> {
        let source = self.source(&self.sockets[sock], remote.ip())?;
        let local = SocketAddr::new(source, self.bound(sock, cx)?.port());
        self.rebind(sock, local, Some(remote));
        if let Role::Udp(udp) = &mut self.entry(sock).role {
            udp.connect(remote);
        }
        cx.emit(|| Kind::Connected { sock, local: local.into(), remote: remote.into() });
        Ok(())
    }
    fn connect_stream(&mut self, sock: Sock, remote: SocketAddr, cx: &mut Cx) -> Result<(), Errno> {
        self.connect_stream_with(sock, remote, cx, |_, _| ())
    }
    /// Begins a connection; `prepare` it before its SYN leaves.
    pub(super) fn connect_stream_with(
        &mut self,
        sock: Sock,
        remote: SocketAddr,
        cx: &mut Cx,
        prepare: impl FnOnce(&mut Connection, &mut Cx),
    ) -> Result<(), Errno> {
        let source = self.source(&self.sockets[sock], remote.ip())?;
        let bound = self.entry(sock).local;
        let at = |port| SocketAddr::new(source, port);
        let local = match bound {
            Some(local) => Some(at(local.port())).filter(|it| !self.tcp.is_taken(&self.sockets, *it, remote)),
            None => self.port_towards(source, remote).map(at),
        };
        let local = local.ok_or(Errno::EADDRNOTAVAIL)?;
        self.rebind(sock, local, Some(remote));
        if bound.is_none() {
            cx.emit(|| Kind::Bound { sock, local: local.into(), implicit: true });
        }
        cx.emit(|| Kind::Connected { sock, local: local.into(), remote: remote.into() });
        let (config, iss) = (self.policy(sock), self.initial_sequence_number(local, remote, cx.now));
        let mut connection = Connection::connect(config, sock, local, remote, iss, cx);
        self.tell_path(&mut connection, cx.now);
        prepare(&mut connection, cx);
        self.entry(sock).role = Role::Connection(Box::new(connection));
        self.recent = sock;
        self.settle(sock, cx);
        Ok(())
    }
}

/// Sent to the unspecified address, a packet goes to the host itself (as on Linux).
pub(super) fn somewhere(to: SocketAddr) -> SocketAddr {
    if to.ip().is_unspecified() { SocketAddr::new(config::loopback(to.ip()), to.port()) } else { to }
}
