//! One socket of the operating system behind one interface, stream or datagram.

use super::numbers;
use rustix::fd::AsFd;
use rustix::net::{self, SocketAddrAny};
use socket2::{Domain, SockRef, Socket, Type};
use sockscope_core::payload::Payload;
use sockscope_core::program::{Family, Fd, RecvFlags, SendFlags, SocketKind};
use sockscope_core::time::Span;
use std::io;
use std::mem::MaybeUninit;
use std::net::{SocketAddr, UdpSocket};
#[cfg(unix)]
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
#[cfg(windows)]
use std::os::windows::io::{AsRawSocket, AsSocket, BorrowedSocket};
use std::time::Duration;

/// A new socket on which calls wait or do not: Linux is told so at once, others with one more call.
#[cfg(target_os = "linux")]
fn open(domain: Domain, kind: Type, blocking: bool) -> io::Result<Socket> {
    Socket::new(domain, if blocking { kind } else { kind.nonblocking() }, None)
}
#[cfg(not(target_os = "linux"))]
fn open(domain: Domain, kind: Type, blocking: bool) -> io::Result<Socket> {
    let socket = Socket::new(domain, kind, None)?;
    socket.set_nonblocking(!blocking)?;
    Ok(socket)
}

/// The same of a connection that is accepted.
#[cfg(target_os = "linux")]
fn accept(from: impl AsFd, blocking: bool) -> io::Result<(Socket, Option<SocketAddrAny>)> {
    use rustix::net::SocketFlags;
    let waits = if blocking { SocketFlags::empty() } else { SocketFlags::NONBLOCK };
    let (socket, peer) = net::acceptfrom_with(from, waits | SocketFlags::CLOEXEC)?;
    Ok((socket.into(), peer))
}
#[cfg(not(target_os = "linux"))]
fn accept(from: impl AsFd, blocking: bool) -> io::Result<(Socket, Option<SocketAddrAny>)> {
    let (socket, peer) = net::acceptfrom(from)?;
    let socket = Socket::from(socket);
    #[cfg(unix)]
    socket.set_cloexec(true)?;
    #[cfg(windows)]
    socket.set_no_inherit(true)?;
    socket.set_nonblocking(!blocking)?;
    Ok((socket, peer))
}

/// A socket of the operating system. Datagram sockets are std's, because it has a safe `recv_from`.
pub(super) enum OsSocket {
    Stream(Socket),
    Datagram(UdpSocket),
}

impl OsSocket {
    /// `socket()`, where calls wait or do not.
    pub(super) fn open(kind: SocketKind, family: Family, blocking: bool) -> io::Result<OsSocket> {
        let domain = match family {
            Family::Inet => Domain::IPV4,
            Family::Inet6 => Domain::IPV6,
        };
        let open = |kind| open(domain, kind, blocking);
        Ok(match kind {
            SocketKind::Stream => OsSocket::Stream(open(Type::STREAM)?),
            SocketKind::Datagram => OsSocket::Datagram(open(Type::DGRAM)?.into()),
        })
    }

    /// The calls that both kinds have.
    pub(super) fn common(&self) -> SockRef<'_> {
        match self {
            OsSocket::Stream(socket) => SockRef::from(socket),
            OsSocket::Datagram(socket) => SockRef::from(socket),
        }
    }

    /// `accept()`, of a connection on which calls wait or do not.
    pub(super) fn accept(&self, blocking: bool) -> io::Result<(OsSocket, SocketAddr)> {
        let (socket, peer) = accept(self, blocking)?;
        let peer = peer.ok_or_else(|| io::Error::from_raw_os_error(numbers::EAFNOSUPPORT))?;
        Ok((OsSocket::Stream(socket), SocketAddr::try_from(peer)?))
    }

    /// `send()`.
    pub(super) fn send(&self, data: &[u8], flags: SendFlags) -> io::Result<usize> {
        Ok(net::send(self, data, send_flags(flags)?)?)
    }

    /// `sendto()`.
    pub(super) fn send_to(&self, data: &[u8], to: SocketAddr, flags: SendFlags) -> io::Result<usize> {
        Ok(net::sendto(self, data, send_flags(flags)?, &to)?)
    }

    /// `recv()`, of as many bytes as there is room for.
    pub(super) fn recv(&self, room: &mut [MaybeUninit<u8>], flags: RecvFlags) -> io::Result<Payload> {
        let ((taken, _), _) = net::recv(self, room, recv_flags(flags)?)?;
        Ok(Payload::from(&*taken))
    }

    /// `recvfrom()`, of as many bytes as there is room for; the sender of a stream is its peer.
    pub(super) fn recv_from(
        &self,
        room: &mut [MaybeUninit<u8>],
        flags: RecvFlags,
    ) -> io::Result<(Payload, Option<SocketAddr>)> {
        let ((taken, _), _, from) = net::recvfrom(self, room, recv_flags(flags)?)?;
        Ok((Payload::from(&*taken), from.and_then(|from| SocketAddr::try_from(from).ok())))
    }

    /// The system's number for it.
    pub(super) fn number(&self) -> Fd {
        #[cfg(unix)]
        return Fd(self.as_raw_fd().cast_unsigned());
        // Handles of Windows have 32 significant bits.
        #[cfg(windows)]
        return Fd(self.common().as_raw_socket() as u32);
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

#[cfg(unix)]
impl AsFd for OsSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            OsSocket::Stream(socket) => socket.as_fd(),
            OsSocket::Datagram(socket) => socket.as_fd(),
        }
    }
}

#[cfg(unix)]
impl AsRawFd for OsSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.common().as_raw_fd()
    }
}

#[cfg(windows)]
impl AsSocket for OsSocket {
    fn as_socket(&self) -> BorrowedSocket<'_> {
        match self {
            OsSocket::Stream(socket) => socket.as_socket(),
            OsSocket::Datagram(socket) => socket.as_socket(),
        }
    }
}

/// A span as std says it.
pub(super) fn duration(span: Span) -> Duration {
    Duration::from_nanos(span.as_nanos())
}

/// The flags of `send()` that this system has, with their bits in `sys/socket.h`.
pub(crate) const SEND_FLAGS: &[(SendFlags, i32)] = &[
    (SendFlags::OOB, numbers::MSG_OOB),
    #[cfg(unix)]
    (SendFlags::DONTWAIT, numbers::MSG_DONTWAIT),
    #[cfg(target_os = "linux")]
    (SendFlags::MORE, numbers::MSG_MORE),
    #[cfg(unix)]
    (SendFlags::EOR, numbers::MSG_EOR),
    #[cfg(target_os = "linux")]
    (SendFlags::FASTOPEN, numbers::MSG_FASTOPEN),
    #[cfg(unix)]
    (SendFlags::NOSIGNAL, numbers::MSG_NOSIGNAL),
];

/// The flags of `recv()` with their bits in `sys/socket.h`.
pub(crate) const RECV_FLAGS: &[(RecvFlags, i32)] = &[
    (RecvFlags::PEEK, numbers::MSG_PEEK),
    #[cfg(unix)]
    (RecvFlags::DONTWAIT, numbers::MSG_DONTWAIT),
    (RecvFlags::WAITALL, numbers::MSG_WAITALL),
    (RecvFlags::OOB, numbers::MSG_OOB),
    #[cfg(unix)]
    (RecvFlags::TRUNC, numbers::MSG_TRUNC),
];

fn send_flags(flags: SendFlags) -> io::Result<net::SendFlags> {
    // What a system does not have, and what does the same without.
    let harmless = SendFlags::EOR.with(SendFlags::NOSIGNAL);
    let every = SendFlags::NAMES.iter().map(|(flag, _)| *flag);
    let asked = every.filter(|flag| flags.has(*flag) && !harmless.has(*flag));
    // Rust programs are not to be ended by SIGPIPE.
    #[cfg(unix)]
    let flags = flags.with(SendFlags::NOSIGNAL);
    bits(SEND_FLAGS, asked, |flag| flags.has(flag)).map(net::SendFlags::from_bits_retain)
}

fn recv_flags(flags: RecvFlags) -> io::Result<net::RecvFlags> {
    let asked = RecvFlags::NAMES.iter().map(|(flag, _)| *flag).filter(|flag| flags.has(*flag));
    bits(RECV_FLAGS, asked, |flag| flags.has(flag)).map(net::RecvFlags::from_bits_retain)
}

/// The bits of `sys/socket.h` for those flags that are set, where this system has all that are `asked` for.
fn bits<F: Copy + PartialEq>(
    pairs: &[(F, i32)],
    mut asked: impl Iterator<Item = F>,
    has: impl Fn(F) -> bool,
) -> io::Result<u32> {
    if !asked.all(|flag| pairs.iter().any(|(known, _)| *known == flag)) {
        return Err(io::Error::from_raw_os_error(numbers::EOPNOTSUPP));
    }
    let set = pairs.iter().filter(|(flag, _)| has(*flag));
    Ok(set.fold(0, |bits, (_, bit)| bits | bit.cast_unsigned()))
}

fn internet(address: socket2::SockAddr) -> io::Result<SocketAddr> {
    address.as_socket().ok_or_else(|| io::Error::from_raw_os_error(numbers::EAFNOSUPPORT))
}
