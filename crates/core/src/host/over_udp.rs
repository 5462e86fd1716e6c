//! TCP over UDP, as FreeBSD has it, for ways on which nothing but UDP gets through. A host with a tunneling port takes segments
//! out of the datagrams that arrive there; a connection whose peer has such a port sends its segments there.

use super::Host;
use super::options::Options;
use crate::errno::Errno;
use crate::icmp::{self, Quote};
use crate::program::{OptionName, SocketOption};
use crate::trace::Sock;
use crate::wire::{Body, Datagram, IcmpMessage, Packet};

/// Bytes of the UDP header around each segment.
pub(super) const OVERHEAD: u16 = 8;

impl Options {
    /// The UDP port of the peer, where segments go in datagrams.
    pub(super) fn remote_udp_port(&self) -> Option<u16> {
        match self.get(OptionName::RemoteUdpPort) {
            Some(SocketOption::RemoteUdpPort(port)) => u16::try_from(port).ok().filter(|port| *port > 0),
            _ => None,
        }
    }
}

/// The UDP port from which a segment came, where a datagram carried it.
pub(super) fn came_from(packet: &Packet) -> Option<u16> {
    match &packet.body {
        Body::Udp(datagram) => Some(datagram.src_port),
        Body::Tcp(_) | Body::Icmp(_) => None,
    }
}

impl Host {
    /// Whether a datagram carries a segment.
    pub(super) fn carries_segment(&self, datagram: &Datagram) -> bool {
        self.config.udp_tunneling_port > 0 && datagram.dst_port == self.config.udp_tunneling_port
    }
    /// Whether a segment came as those of this connection do. One that does not is none of it.
    pub(super) fn travels_alike(&self, sock: Sock, packet: &Packet) -> bool {
        self.sockets[sock].options.remote_udp_port() == came_from(packet)
    }
    /// What a message says of a segment that went in a datagram.
    pub(super) fn tunneled_quote(&self, message: &IcmpMessage) -> Option<Quote> {
        let port = Some(self.config.udp_tunneling_port).filter(|port| *port > 0)?;
        icmp::quote_over_udp(message, port)
    }
    /// Whether `TCP_REMOTE_UDP_ENCAPS_PORT` may be set to this port now.
    ///
    /// # Errors
    /// EINVAL: it is no port, the host has none of its own, or it is too late.
    pub(super) fn check_remote_udp_port(&self, sock: Sock, port: u32) -> Result<(), Errno> {
        let possible = port == 0 || port <= u16::MAX.into() && self.config.udp_tunneling_port > 0;
        if possible && self.sockets[sock].is_closed() { Ok(()) } else { Err(Errno::EINVAL) }
    }
}
