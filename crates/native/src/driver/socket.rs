//! One socket of the operating system behind one interface, stream or datagram.

use socket2::{Domain, SockRef, Socket, Type};
use sockscope_core::program::{Family, SocketKind, SocketOption};
use sockscope_core::time::Span;
use std::io::{self, Read};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

/// A socket of the operating system. Datagram sockets are std's, because it has a safe `recv_from`.
pub(super) enum OsSocket {
    Stream(Socket),
    Datagram(UdpSocket),
}

impl OsSocket {
    /// `socket()`.
    pub(super) fn open(kind: SocketKind, family: Family) -> io::Result<OsSocket> {
        let domain = match family {
            Family::Inet => Domain::IPV4,
            Family::Inet6 => Domain::IPV6,
        };
        Ok(match kind {
            SocketKind::Stream => OsSocket::Stream(Socket::new(domain, Type::STREAM, None)?),
            SocketKind::Datagram => OsSocket::Datagram(Socket::new(domain, Type::DGRAM, None)?.into()),
        })
    }

    /// The calls that both kinds have.
    pub(super) fn common(&self) -> SockRef<'_> {
        match self {
            OsSocket::Stream(socket) => SockRef::from(socket),
            OsSocket::Datagram(socket) => SockRef::from(socket),
        }
    }

    /// `accept()`.
    pub(super) fn accept(&self) -> io::Result<(OsSocket, SocketAddr)> {
        let (socket, peer) = self.common().accept()?;
        Ok((OsSocket::Stream(socket), internet(peer)?))
    }

    /// `recv()`.
    pub(super) fn recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            OsSocket::Stream(socket) => (&*socket).read(buffer),
            OsSocket::Datagram(socket) => socket.recv(buffer),
        }
    }

    /// `recvfrom()`; on a stream there is no sender to tell.
    pub(super) fn recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        match self {
            OsSocket::Stream(_) => Err(io::Error::from_raw_os_error(libc::EOPNOTSUPP)),
            OsSocket::Datagram(socket) => socket.recv_from(buffer),
        }
    }

    /// `setsockopt()`.
    pub(super) fn set_option(&self, option: SocketOption) -> io::Result<()> {
        let socket = self.common();
        match option {
            SocketOption::ReuseAddr(on) => socket.set_reuse_address(on),
            SocketOption::ReceiveTimeout(span) => socket.set_read_timeout(span.map(duration)),
            SocketOption::ReceiveBuffer(bytes) => socket.set_recv_buffer_size(bytes as usize),
            SocketOption::SendBuffer(bytes) => socket.set_send_buffer_size(bytes as usize),
            SocketOption::NoDelay(on) => socket.set_tcp_nodelay(on),
        }
    }

    /// `getsockname()`.
    pub(super) fn local(&self) -> io::Result<SocketAddr> {
        self.common().local_addr().and_then(internet)
    }

    /// `getpeername()`.
    pub(super) fn peer(&self) -> io::Result<SocketAddr> {
        self.common().peer_addr().and_then(internet)
    }
}

impl AsRawFd for OsSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.common().as_raw_fd()
    }
}

/// A span as std says it.
pub(super) fn duration(span: Span) -> Duration {
    Duration::from_nanos(span.as_nanos())
}

fn internet(address: socket2::SockAddr) -> io::Result<SocketAddr> {
    address.as_socket().ok_or_else(|| io::Error::from_raw_os_error(libc::EAFNOSUPPORT))
}
