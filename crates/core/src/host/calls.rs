//! The calls of the BSD socket interface that have no file of their own.

use super::Host;
use super::connect::somewhere;
use super::socket::{Role, Socket};
use crate::errno::Errno;
use crate::payload::Payload;
use crate::program::{Family, Fd, How, SocketKind, SocketOption};
use crate::tcp::{Connection, Reason};
use crate::trace::{Cx, Kind, Sock};
use crate::udp::UdpSocket;
use crate::wire::{Body, Datagram};
use std::net::{IpAddr, SocketAddr};

impl Host {
    /// `socket()`: a socket without an address. Its descriptor is the lowest that is free, from 3 on.
    ///
    /// # Errors
    /// EMFILE where [`HostConfig::descriptors`](super::HostConfig::descriptors) are open.
    pub fn socket(&mut self, kind: SocketKind, family: Family, cx: &mut Cx) -> Result<Fd, Errno> {
        let role = match kind {
            SocketKind::Stream => Role::Idle,
            SocketKind::Datagram => Role::Udp(UdpSocket::new(self.config.udp_receive_buffer)),
        };
        let fd = self.descriptors.open(Sock(self.next_sock), self.config.descriptors)?;
        self.add(Socket::new(Some(fd), family, role), None, cx);
        Ok(fd)
    }
    /// `send()` to the peer: a whole datagram, or as much of the stream as the send buffer has room for; how much.
    ///
    /// # Errors
    /// EAGAIN (the buffer is full or the handshake goes on), EDESTADDRREQ (datagram socket without a peer), EPIPE (not
    /// connected, or sending is shut down), EMSGSIZE (a datagram of more than 65,507 bytes over IPv4 or 65,527 over
    /// IPv6), and a pending error such as ECONNREFUSED or ECONNRESET.
    pub fn send(&mut self, fd: Fd, data: &Payload, cx: &mut Cx) -> Result<u32, Errno> {
        let sock = self.descriptors.get(fd)?;
        let sent = match &mut self.entry(sock).role {
            Role::Udp(udp) => {
                let peer = udp.peer().ok_or(Errno::EDESTADDRREQ)?;
                return self.send_datagram(sock, data, peer, cx);
            }
            Role::Idle | Role::Listener(_) => return Err(Errno::EPIPE),
            Role::Connection(connection) => connection.send(data, cx).map(|n| n as u32),
        };
        // A call that did nothing makes nobody ready: whoever waits would try again for ever.
        if sent.is_ok() {
            self.settle(sock, cx);
        }
        sent
    }
    /// `sendto()`: one datagram to `to`. An unbound socket is bound first, to a free port on every interface.
    ///
    /// # Errors
    /// As [`send`](Host::send), and EOPNOTSUPP on a stream socket, EAFNOSUPPORT, ENETUNREACH, EINVAL (port 0).
    pub fn send_to(&mut self, fd: Fd, data: &Payload, to: SocketAddr, cx: &mut Cx) -> Result<u32, Errno> {
        let sock = self.descriptors.get(fd)?;
        self.send_datagram(sock, data, somewhere(to), cx)
    }
    /// `recv()`: at most `max` bytes; of a longer datagram the rest is lost. No bytes of a stream: its end.
    ///
    /// # Errors
    /// EAGAIN (nothing is there), ENOTCONN (a stream socket that never had a connection), and a pending error such as
    /// ECONNREFUSED or ECONNRESET.
    pub fn recv(&mut self, fd: Fd, max: u32, cx: &mut Cx) -> Result<Payload, Errno> {
        let sock = self.descriptors.get(fd)?;
        let received = match &mut self.entry(sock).role {
            Role::Udp(_) => return self.recv_from(fd, max, cx).map(|(data, _)| data),
            Role::Idle | Role::Listener(_) => return Err(Errno::ENOTCONN),
            Role::Connection(connection) => connection.recv(max, cx),
        };
        if received.is_ok() {
            self.settle(sock, cx);
        }
        received
    }
    /// `recvfrom()`: one datagram and its sender.
    ///
    /// # Errors
    /// As [`recv`](Host::recv), and EOPNOTSUPP on a stream socket.
    pub fn recv_from(&mut self, fd: Fd, max: u32, cx: &mut Cx) -> Result<(Payload, SocketAddr), Errno> {
        let sock = self.descriptors.get(fd)?;
        let Role::Udp(udp) = &mut self.entry(sock).role else { return Err(Errno::EOPNOTSUPP) };
        let before = udp.queued();
        let received = udp.recv(max);
        let recv = udp.queued();
        if recv != before {
            cx.emit(|| Kind::Buffered { sock, send: 0, recv });
        }
        received
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
    /// connections that wait in a welcoming socket are aborted.
    ///
    /// # Errors
    /// EBADF.
    pub fn close(&mut self, fd: Fd, cx: &mut Cx) -> Result<(), Errno> {
        self.release(fd, cx, Connection::close)
    }
    /// `close()` with `SO_LINGER` 0: what is unsent is thrown away, and the peer gets a reset.
    ///
    /// # Errors
    /// EBADF.
    pub fn abort(&mut self, fd: Fd, cx: &mut Cx) -> Result<(), Errno> {
        self.release(fd, cx, Connection::abort)
    }
    /// `setsockopt()`. Connections inherit the options of their welcoming socket.
    ///
    /// # Errors
    /// EBADF.
    pub fn set_option(&mut self, fd: Fd, option: SocketOption, cx: &mut Cx) -> Result<(), Errno> {
        let sock = self.descriptors.get(fd)?;
        let Socket { options, role, .. } = self.entry(sock);
        match option {
            SocketOption::ReuseAddr(on) => options.reuse_addr = on,
            SocketOption::ReceiveTimeout(timeout) => options.receive_timeout = timeout,
            SocketOption::ReceiveBuffer(bytes) => options.receive_buffer = Some(bytes),
            SocketOption::SendBuffer(bytes) => options.send_buffer = Some(bytes),
            SocketOption::NoDelay(on) => options.no_delay = Some(on),
        }
        match (role, option) {
            (Role::Udp(udp), SocketOption::ReceiveBuffer(bytes)) => udp.set_limit(bytes),
            (Role::Connection(it), SocketOption::ReceiveBuffer(bytes)) => it.set_receive_buffer(bytes),
            (Role::Connection(it), SocketOption::SendBuffer(bytes)) => it.set_send_buffer(bytes),
            (Role::Connection(it), SocketOption::NoDelay(on)) => it.set_no_delay(on),
            _ => {}
        }
        self.settle(sock, cx);
        Ok(())
    }
    /// `getaddrinfo()`, from the table of names or an address written out.
    ///
    /// # Errors
    /// ENONAME.
    pub fn resolve(&self, name: &str) -> Result<IpAddr, Errno> {
        self.config.resolve(name)
    }

    /// Puts a new socket in the table.
    pub(super) fn add(&mut self, socket: Socket, listener: Option<Sock>, cx: &mut Cx) -> Sock {
        let sock = Sock(self.next_sock);
        self.next_sock += 1;
        let (kind, fd) = (socket.kind(), socket.fd);
        self.sockets.insert(sock, socket);
        cx.emit(|| Kind::Opened { sock, kind, fd, listener });
        sock
    }
    /// Takes a descriptor away from its socket, which `end`s its connection or is gone.
    fn release(&mut self, fd: Fd, cx: &mut Cx, end: fn(&mut Connection, &mut Cx)) -> Result<(), Errno> {
        let sock = self.descriptors.close(fd)?;
        self.entry(sock).fd = None;
        self.ready.push(sock);
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
    fn send_datagram(
        &mut self,
        sock: Sock,
        data: &Payload,
        to: SocketAddr,
        cx: &mut Cx,
    ) -> Result<u32, Errno> {
        let socket = self.entry(sock);
        let Role::Udp(udp) = &mut socket.role else { return Err(Errno::EOPNOTSUPP) };
        udp.check_send(data.len(), &to)?;
        socket.check_family(to)?;
        if to.port() == 0 {
            return Err(Errno::EINVAL);
        }
        let source = self.source(&self.sockets[&sock], to.ip())?;
        let src_port = self.bound(sock, cx)?.port();
        let body = Body::Udp(Datagram { src_port, dst_port: to.port(), payload: data.clone() });
        self.outbox.push(Some(sock), (source, to.ip()), body, Reason::Datagram, cx);
        Ok(data.len() as u32)
    }
}
