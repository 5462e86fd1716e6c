//! `send()`, `sendto()`, `recv()` and `recvfrom()`.

use super::Host;
use super::connect::somewhere;
use super::outbox::Route;
use super::socket::Role;
use crate::errno::Errno;
use crate::payload::Payload;
use crate::program::{Fd, RecvFlags, SendFlags, SocketKind};
use crate::tcp::{Reason, State};
use crate::trace::{Cx, Kind, Sock};
use crate::wire::{Body, Datagram};
use std::net::SocketAddr;

impl Host {
    /// `send()` to the peer: a whole datagram, or as much of the stream as the send buffer has room for; how much.
    ///
    /// # Errors
    /// EAGAIN (the buffer is full or the handshake goes on), EDESTADDRREQ (datagram socket without a peer), EPIPE (not
    /// connected, or sending is shut down), EMSGSIZE (a datagram of more than 65,507 bytes over IPv4 or 65,527 over
    /// IPv6), EOPNOTSUPP (an urgent datagram), and a pending error such as ECONNREFUSED or ECONNRESET.
    pub fn send(&mut self, fd: Fd, data: &Payload, flags: SendFlags, cx: &mut Cx) -> Result<u32, Errno> {
        let sock = self.descriptors.get(fd)?;
        match &self.entry(sock).role {
            Role::Udp(udp) => {
                let peer = udp.peer().ok_or(Errno::EDESTADDRREQ)?;
                self.send_datagram(sock, data, peer, flags, cx)
            }
            _ => self.send_stream(sock, data, flags, cx),
        }
    }
    /// `sendto()`: one datagram to `to`, or on a stream as [`send`](Host::send), wherever `to` is. An unbound datagram
    /// socket is bound first, to a free port on every interface.
    ///
    /// # Errors
    /// As [`send`](Host::send), EOPNOTSUPP (`MSG_FASTOPEN` where the host does not do that), EALREADY (and a handshake goes
    /// on), EINPROGRESS (`MSG_FASTOPEN` without a cookie: the handshake has begun, and nothing was
    /// taken), and EAFNOSUPPORT, ENETUNREACH, EINVAL (port 0).
    pub fn send_to(
        &mut self,
        fd: Fd,
        data: &Payload,
        to: SocketAddr,
        flags: SendFlags,
        cx: &mut Cx,
    ) -> Result<u32, Errno> {
        let sock = self.descriptors.get(fd)?;
        match &self.sockets[sock].role {
            Role::Udp(_) => {
                let to = somewhere(self.meant(sock, to, Errno::ENETUNREACH)?);
                self.send_datagram(sock, data, to, flags, cx)
            }
            Role::Idle if self.sends_fast(sock, flags) => {
                let to = somewhere(self.meant(sock, to, Errno::ENETUNREACH)?);
                self.connect_fast(sock, data, to, flags, cx)
            }
            Role::Connection(connection)
                if flags.has(SendFlags::FASTOPEN) && connection.state() == State::SynSent =>
            {
                Err(Errno::EALREADY)
            }
            _ => self.send_stream(sock, data, flags, cx),
        }
    }
    /// `recv()`: at most `max` bytes; of a longer datagram the rest is lost. No bytes of a stream: its end.
    ///
    /// # Errors
    /// EAGAIN (nothing is there), ENOTCONN (a stream socket that never had a connection), EINVAL (no urgent byte is
    /// there), EOPNOTSUPP (an urgent datagram), and a pending error such as ECONNREFUSED or ECONNRESET.
    pub fn recv(&mut self, fd: Fd, max: u32, flags: RecvFlags, cx: &mut Cx) -> Result<Payload, Errno> {
        let sock = self.descriptors.get(fd)?;
        let received = match &mut self.entry(sock).role {
            Role::Udp(_) => return self.recv_datagram(sock, max, flags, cx).map(|(data, _)| data),
            Role::Idle | Role::Listener(_) => return Err(Errno::ENOTCONN),
            Role::Connection(connection) => connection.recv(max, flags, cx),
        };
        self.read(sock, received, cx)
    }
    /// `recv()` of what arrived as it is: nothing is put together and so nothing copied. `piece` is handed at most `max` bytes
    /// in one part or several, which share the memory of their packets; how many bytes they are. None of a stream: its end.
    ///
    /// # Errors
    /// As [`recv`](Host::recv).
    pub fn recv_pieces(
        &mut self,
        fd: Fd,
        max: u32,
        cx: &mut Cx,
        mut piece: impl FnMut(Payload),
    ) -> Result<u32, Errno> {
        let sock = self.descriptors.get(fd)?;
        let received = match &mut self.entry(sock).role {
            Role::Udp(_) => {
                let (data, _) = self.recv_datagram(sock, max, RecvFlags::NONE, cx)?;
                let bytes = data.len() as u32;
                piece(data);
                return Ok(bytes);
            }
            Role::Idle | Role::Listener(_) => return Err(Errno::ENOTCONN),
            Role::Connection(connection) => connection.recv_pieces(max, cx, piece),
        };
        self.read(sock, received, cx)
    }
    /// A call read, or tried to: one that did nothing makes nobody ready, or whoever waits would try again for ever.
    fn read<T>(&mut self, sock: Sock, received: Result<T, Errno>, cx: &mut Cx) -> Result<T, Errno> {
        if received.is_ok() {
            self.settle_read(sock, cx);
        }
        received
    }
    /// `recvfrom()`: as [`recv`](Host::recv), and the sender of the datagram or the peer of the stream.
    ///
    /// # Errors
    /// As [`recv`](Host::recv).
    pub fn recv_from(
        &mut self,
        fd: Fd,
        max: u32,
        flags: RecvFlags,
        cx: &mut Cx,
    ) -> Result<(Payload, SocketAddr), Errno> {
        let sock = self.descriptors.get(fd)?;
        let peer = match &self.entry(sock).role {
            Role::Udp(_) => return self.recv_datagram(sock, max, flags, cx),
            Role::Idle | Role::Listener(_) => return Err(Errno::ENOTCONN),
            Role::Connection(connection) => connection.remote(),
        };
        let peer = self.sockets[sock].told(peer);
        Ok((self.recv(fd, max, flags, cx)?, peer))
    }

    /// Whether the descriptor is that of a stream.
    pub(super) fn is_stream(&self, fd: Fd) -> bool {
        self.descriptors.get(fd).is_ok_and(|sock| self.sockets[sock].kind() == SocketKind::Stream)
    }

    fn send_stream(
        &mut self,
        sock: Sock,
        data: &Payload,
        flags: SendFlags,
        cx: &mut Cx,
    ) -> Result<u32, Errno> {
        let Role::Connection(connection) = &mut self.entry(sock).role else { return Err(Errno::EPIPE) };
        let sent = connection.send(data, flags, cx).map(|n| n as u32);
        if sent.is_ok() {
            self.settle(sock, cx);
        }
        sent
    }
    fn send_datagram(
        &mut self,
        sock: Sock,
        data: &Payload,
        to: SocketAddr,
        flags: SendFlags,
        cx: &mut Cx,
    ) -> Result<u32, Errno> {
        let socket = self.entry(sock);
        let Role::Udp(udp) = &mut socket.role else { return Err(Errno::EOPNOTSUPP) };
        if flags.has(SendFlags::OOB) {
            return Err(Errno::EOPNOTSUPP);
        }
        udp.check_send(data.len(), &to)?;
        if to.port() == 0 {
            return Err(Errno::EINVAL);
        }
        let source = self.source(&self.sockets[sock], to.ip())?;
        let src_port = self.bound(sock, cx)?.port();
        let body = Body::Udp(Datagram { src_port, dst_port: to.port(), payload: data.clone() });
        let route = Route::of(&self.sockets[sock].options, source, to.ip());
        self.outbox.push(Some(sock), route, body, Reason::Datagram, cx);
        Ok(data.len() as u32)
    }
    fn recv_datagram(
        &mut self,
        sock: Sock,
        max: u32,
        flags: RecvFlags,
        cx: &mut Cx,
    ) -> Result<(Payload, SocketAddr), Errno> {
        let Role::Udp(udp) = &mut self.entry(sock).role else { return Err(Errno::EOPNOTSUPP) };
        if flags.has(RecvFlags::OOB) {
            return Err(Errno::EOPNOTSUPP);
        }
        let before = udp.queued();
        let received = udp.recv(max, flags);
        let recv = udp.queued();
        if recv != before {
            cx.emit(|| Kind::Buffered { sock, send: 0, recv });
        }
        let socket = &self.sockets[sock];
        received.map(|(data, from)| (data, socket.told(from)))
    }
}
