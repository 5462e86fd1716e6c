//! One entry of the socket table.

use super::listen::Welcome;
use super::options::Options;
use super::over_udp::came_from;
use crate::program::{Family, Fd, SocketKind};
use crate::tcp::{Connection, State};
use crate::time::Time;
use crate::trace::Sock;
use crate::udp::UdpSocket;
use crate::wire::{Packet, Segment};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A socket as the host sees it, whatever its protocol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Socket {
    /// The descriptor; `None` before `accept()` and after `close()`.
    pub(super) fd: Option<Fd>,
    pub(super) family: Family,
    pub(super) options: Options,
    /// The address that `bind()` asked for.
    pub(super) asked: Option<Box<SocketAddr>>,
    /// Its local address and port, once it is bound.
    pub(super) local: Option<SocketAddr>,
    /// Its peer, once it is connected.
    pub(super) remote: Option<SocketAddr>,
    /// The welcoming socket in one of whose queues it waits.
    pub(super) parent: Option<Sock>,
    /// Its place in the host's timers.
    pub(super) due: Option<Time>,
    pub(super) role: Role,
}

/// What a socket is at the moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Role {
    /// A datagram socket.
    Udp(Box<UdpSocket>),
    /// A stream socket that neither listens nor was ever connected.
    Idle,
    /// A welcoming socket.
    Listener(Box<Welcome>),
    /// One end of a connection, in any state.
    Connection(Box<Connection>),
}

impl Socket {
    pub(super) fn new(fd: Option<Fd>, family: Family, role: Role) -> Socket {
        Socket {
            fd,
            family,
            options: Options::default(),
            asked: None,
            local: None,
            remote: None,
            parent: None,
            due: None,
            role,
        }
    }
    pub(super) fn kind(&self) -> SocketKind {
        match self.role {
            Role::Udp(_) => SocketKind::Datagram,
            Role::Idle | Role::Listener(_) | Role::Connection(_) => SocketKind::Stream,
        }
    }
    /// Whether it is a connection to which this segment belongs, and is not about to give way to another.
    pub(super) fn expects(&self, packet: &Packet, segment: &Segment) -> bool {
        let Role::Connection(connection) = &self.role else { return false };
        connection.is_between((packet.dst, segment.dst_port), (packet.src, segment.src_port))
            && !matches!(connection.state(), State::Closed | State::TimeWait)
            && self.options.remote_udp_port() == came_from(packet)
    }
    /// Whether it has no connection, or one that is over, and does not listen.
    pub(super) fn is_closed(&self) -> bool {
        match &self.role {
            Role::Idle => true,
            Role::Connection(connection) => connection.state() == State::Closed,
            Role::Udp(_) | Role::Listener(_) => false,
        }
    }
    pub(super) fn is_listener(&self) -> bool {
        matches!(self.role, Role::Listener(_))
    }
    /// Its local address as `getsockname` tells it: port 0 of the unspecified address before it is bound.
    pub(super) fn local_name(&self) -> SocketAddr {
        self.local.unwrap_or(SocketAddr::new(self.any_address(), 0))
    }
    /// The unspecified address of its family.
    pub(super) fn any_address(&self) -> IpAddr {
        match self.family {
            Family::Inet => Ipv4Addr::UNSPECIFIED.into(),
            Family::Inet6 => Ipv6Addr::UNSPECIFIED.into(),
        }
    }
}
