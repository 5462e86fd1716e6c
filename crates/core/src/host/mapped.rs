//! IPv6 sockets that speak IPv4 too (RFC 3493 §3.7): their program names an IPv4 peer by the IPv4-mapped address
//! `::ffff:a.b.c.d`, and packets carry the plain one. `IPV6_V6ONLY` forbids it (§5.3).

use super::Host;
use super::socket::Socket;
use crate::errno::Errno;
use crate::program::{Family, OptionName, SocketOption};
use crate::trace::Sock;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

impl Host {
    /// Whether an IPv6 socket takes no IPv4 packets.
    pub(super) fn only_v6(&self, socket: &Socket) -> bool {
        match socket.options.get(OptionName::OnlyV6) {
            Some(SocketOption::OnlyV6(on)) => on,
            _ => self.config.tcp.interface.only_v6,
        }
    }
    /// The address in packets that a program means. EAFNOSUPPORT where it is of the other family; `refusal` where the socket
    /// takes no IPv4.
    pub(super) fn meant(&self, sock: Sock, addr: SocketAddr, refusal: Errno) -> Result<SocketAddr, Errno> {
        let socket = &self.sockets[sock];
        if addr.is_ipv4() != (socket.family == Family::Inet) {
            return Err(Errno::EAFNOSUPPORT);
        }
        let plain = SocketAddr::new(addr.ip().to_canonical(), addr.port());
        if plain.is_ipv4() && addr.is_ipv6() && self.only_v6(socket) {
            return Err(refusal);
        }
        Ok(plain)
    }
    /// The place beside its own in the table of its protocol where a socket that is bound to `local` takes packets: an IPv6
    /// socket of all interfaces also takes those of IPv4.
    pub(super) fn other_place(&self, sock: Sock, local: SocketAddr) -> Option<SocketAddr> {
        let both = local.ip() == IpAddr::from([0; 16]) && !self.only_v6(&self.sockets[sock]);
        both.then(|| SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), local.port()))
    }
}

impl Socket {
    /// An address of a packet as the program of this socket is told it.
    pub(super) fn told(&self, addr: SocketAddr) -> SocketAddr {
        match addr.ip() {
            IpAddr::V4(ip) if self.family == Family::Inet6 => {
                SocketAddr::new(ip.to_ipv6_mapped().into(), addr.port())
            }
            _ => addr,
        }
    }
    /// Whether its packets are of IPv6, as far as its addresses say; as its family where they do not.
    pub(super) fn sends_v6(&self) -> bool {
        let known = self.remote.or(self.local);
        known.map_or(self.family == Family::Inet6, |addr| addr.is_ipv6())
    }
}
