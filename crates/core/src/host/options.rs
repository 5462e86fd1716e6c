//! `setsockopt()` and `getsockopt()`.

use super::Host;
use super::socket::{Role, Socket};
use crate::errno::Errno;
use crate::program::{Family, Fd, OptionName, SocketKind, SocketOption};
use crate::tcp::TcpInfo;
use crate::time::Span;
use crate::trace::{Cx, Sock};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// The options of a socket that were set, each once; all others are as the host's configuration says. So a socket
/// that sets none costs next to nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Options(Vec<SocketOption>);

impl Options {
    /// No option was set.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    pub(super) fn set(&mut self, option: SocketOption) {
        self.0.retain(|other| other.name() != option.name());
        self.0.push(option);
    }
    /// The option, where it was set.
    pub(super) fn get(&self, name: OptionName) -> Option<SocketOption> {
        self.0.iter().find(|option| option.name() == name).copied()
    }
    /// Whether the option was set to this very value.
    pub(super) fn has(&self, option: SocketOption) -> bool {
        self.0.contains(&option)
    }
    pub(super) fn iter(&self) -> impl Iterator<Item = SocketOption> {
        self.0.iter().copied()
    }
    /// `SO_RCVTIMEO`.
    pub(super) fn receive_timeout(&self) -> Option<Span> {
        match self.get(OptionName::ReceiveTimeout) {
            Some(SocketOption::ReceiveTimeout(timeout)) => timeout,
            _ => None,
        }
    }
    /// `SO_SNDTIMEO`.
    pub(super) fn send_timeout(&self) -> Option<Span> {
        match self.get(OptionName::SendTimeout) {
            Some(SocketOption::SendTimeout(timeout)) => timeout,
            _ => None,
        }
    }
    /// `SO_LINGER`.
    pub(super) fn linger(&self) -> Option<Span> {
        match self.get(OptionName::Linger) {
            Some(SocketOption::Linger(span)) => span,
            _ => None,
        }
    }
    /// `IP_TTL`.
    pub(super) fn ttl(&self) -> Option<u8> {
        match self.get(OptionName::Ttl) {
            Some(SocketOption::Ttl(ttl)) => Some(ttl),
            _ => None,
        }
    }
    /// `IP_TOS`.
    pub(super) fn tos(&self) -> u8 {
        match self.get(OptionName::Tos) {
            Some(SocketOption::Tos(tos)) => tos,
            _ => 0,
        }
    }
    /// What a connection inherits of its welcoming socket: `O_NONBLOCK` on the BSDs only, and never how segments travel, which is
    /// for the peer to say.
    pub(super) fn inherited(&self, non_blocking: bool) -> Options {
        let kept = |option: &SocketOption| match option.name() {
            OptionName::NonBlocking => non_blocking,
            OptionName::RemoteUdpPort => false,
            _ => true,
        };
        Options(self.iter().filter(kept).collect())
    }
}

impl Host {
    /// `setsockopt()`. Connections inherit the options of their welcoming socket.
    ///
    /// # Errors
    /// EBADF, ENOPROTOOPT (the option is not one of this kind of socket, or cannot be set), EINVAL (the value is out of
    /// its range, or it is too late to set it), EOPNOTSUPP (fast open where the host does not do that).
    pub fn set_option(&mut self, fd: Fd, option: SocketOption, cx: &mut Cx) -> Result<(), Errno> {
        let sock = self.descriptors.get(fd)?;
        let socket = self.entry(sock);
        check(socket, option)?;
        if option == SocketOption::FastOpenConnect(true) && !self.config.tcp.fast_open.client {
            return Err(Errno::EOPNOTSUPP);
        }
        if let SocketOption::RemoteUdpPort(port) = option {
            self.check_remote_udp_port(sock, port)?;
        }
        let socket = self.entry(sock);
        socket.options.set(option);
        match (&mut socket.role, option) {
            (Role::Udp(udp), SocketOption::ReceiveBuffer(bytes)) => udp.set_limit(bytes),
            (Role::Connection(connection), option) => connection.set_option(option, cx),
            _ => {}
        }
        self.settle(sock, cx);
        Ok(())
    }
    /// `getsockopt()`. To read [`OptionName::Error`] clears it.
    ///
    /// # Errors
    /// EBADF, ENOPROTOOPT (the option is not one of this kind of socket).
    pub fn option(&mut self, fd: Fd, name: OptionName) -> Result<SocketOption, Errno> {
        let sock = self.descriptors.get(fd)?;
        self.state_option(sock, name)
            .or_else(|| self.sockets[sock].options.get(name).filter(|_| !is_policy(name)))
            .or_else(|| self.unset(sock, name))
            .ok_or(Errno::ENOPROTOOPT)
    }
    /// `getsockopt(TCP_INFO)`.
    ///
    /// # Errors
    /// EBADF, ENOPROTOOPT (datagram socket).
    pub fn tcp_info(&self, fd: Fd) -> Result<TcpInfo, Errno> {
        match &self.sockets[self.descriptors.get(fd)?].role {
            Role::Udp(_) => Err(Errno::ENOPROTOOPT),
            Role::Connection(connection) => Ok(connection.info()),
            Role::Idle => Ok(TcpInfo::default()),
            Role::Listener(_) => Ok(TcpInfo { state: crate::tcp::State::Listen, ..TcpInfo::default() }),
        }
    }

    /// What is no setting, but tells of the socket's state.
    fn state_option(&mut self, sock: Sock, name: OptionName) -> Option<SocketOption> {
        let socket = self.entry(sock);
        let connection = match &mut socket.role {
            Role::Connection(connection) => connection,
            role => return idle_state(role, name),
        };
        match name {
            OptionName::Error => Some(SocketOption::Error(connection.take_error())),
            OptionName::AcceptsConnections => Some(SocketOption::AcceptsConnections(false)),
            name => connection.option(name),
        }
    }
    /// The value that the option has where nobody set it.
    fn unset(&self, sock: Sock, name: OptionName) -> Option<SocketOption> {
        let socket = &self.sockets[sock];
        Some(match name {
            OptionName::ReuseAddr => SocketOption::ReuseAddr(false),
            OptionName::ReusePort => SocketOption::ReusePort(false),
            OptionName::Linger => SocketOption::Linger(None),
            OptionName::ReceiveTimeout => SocketOption::ReceiveTimeout(None),
            OptionName::SendTimeout => SocketOption::SendTimeout(None),
            OptionName::NonBlocking => SocketOption::NonBlocking(false),
            OptionName::Ttl => SocketOption::Ttl(self.config.ttl),
            OptionName::Tos => SocketOption::Tos(0),
            OptionName::OnlyV6 if socket.family == Family::Inet6 => {
                SocketOption::OnlyV6(self.only_v6(socket))
            }
            OptionName::ReceiveBuffer if socket.kind() == SocketKind::Datagram => {
                SocketOption::ReceiveBuffer(self.config.udp_receive_buffer)
            }
            _ if socket.kind() == SocketKind::Datagram => return None,
            OptionName::QuickAck => SocketOption::QuickAck(false),
            OptionName::FastOpen => SocketOption::FastOpen(0),
            OptionName::FastOpenConnect => SocketOption::FastOpenConnect(false),
            name => return self.tcp_config(sock).get(name),
        })
    }
}

/// Whether TCP keeps the value: what it says of it counts, not what was asked for.
fn is_policy(name: OptionName) -> bool {
    matches!(name, OptionName::ReceiveBuffer | OptionName::SendBuffer | OptionName::MaxSegment)
}

/// The state of a socket without a connection.
fn idle_state(role: &mut Role, name: OptionName) -> Option<SocketOption> {
    Some(match (name, role) {
        (OptionName::Error, Role::Udp(udp)) => SocketOption::Error(udp.take_error()),
        (OptionName::Error, _) => SocketOption::Error(None),
        (OptionName::AcceptsConnections, role) => {
            SocketOption::AcceptsConnections(matches!(role, Role::Listener(_)))
        }
        (OptionName::Unread, Role::Udp(udp)) => SocketOption::Unread(udp.next_len()),
        (OptionName::Unacknowledged, Role::Udp(_)) => SocketOption::Unacknowledged(0),
        (OptionName::Unread | OptionName::Unacknowledged | OptionName::Unsent, Role::Listener(_)) => {
            return None;
        }
        (OptionName::Unread, _) => SocketOption::Unread(0),
        (OptionName::Unacknowledged, _) => SocketOption::Unacknowledged(0),
        (OptionName::Unsent, Role::Idle) => SocketOption::Unsent(0),
        (OptionName::AtMark, Role::Idle) => SocketOption::AtMark(false),
        _ => return None,
    })
}

/// Seconds that a keep-alive may wait; more is refused (as on Linux).
const PATIENCE: RangeInclusive<u64> = 1..=32_767;

/// Whether the option may be set to this value, on this socket and now.
fn check(socket: &Socket, option: SocketOption) -> Result<(), Errno> {
    let stream = socket.kind() == SocketKind::Stream;
    let fits = match option {
        SocketOption::Error(_)
        | SocketOption::AcceptsConnections(_)
        | SocketOption::AtMark(_)
        | SocketOption::Unread(_)
        | SocketOption::Unacknowledged(_)
        | SocketOption::Unsent(_) => return Err(Errno::ENOPROTOOPT),
        SocketOption::OnlyV6(_) if socket.family == Family::Inet => return Err(Errno::ENOPROTOOPT),
        SocketOption::OnlyV6(_) => socket.local.is_none(),
        SocketOption::Ttl(ttl) => ttl > 0,
        option if is_of_tcp(option.name()) && !stream => return Err(Errno::ENOPROTOOPT),
        SocketOption::KeepIdle(span) | SocketOption::KeepInterval(span) | SocketOption::KeepInit(span) => {
            PATIENCE.contains(&span.as_nanos().div_ceil(1_000_000_000))
        }
        SocketOption::KeepCount(count) | SocketOption::SynCount(count) => (1..=127).contains(&count),
        // Nothing would ever be sent, or arrive: not even a FIN, for which a window of zero has no place.
        SocketOption::SendBuffer(bytes) | SocketOption::ReceiveBuffer(bytes) => bytes > 0,
        SocketOption::MaxSegment(bytes) => (88..=32_767).contains(&bytes),
        _ => true,
    };
    if fits { Ok(()) } else { Err(Errno::EINVAL) }
}

/// Whether it is an option of the level `IPPROTO_TCP`.
fn is_of_tcp(name: OptionName) -> bool {
    name.bsd().starts_with("TCP_")
}
