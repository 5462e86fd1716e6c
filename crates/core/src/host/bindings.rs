//! Who has which local address and port, and which socket an arriving packet is for.

use super::sockets::Sockets;
use crate::collections::BTreeSet;
use crate::trace::Sock;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The bound sockets of one protocol, in an order that makes every question a short walk from one place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bindings {
    /// Those without a peer: local port and address (unspecified: every interface). A socket may have several places.
    unconnected: BTreeSet<(u16, IpAddr, Sock)>,
    /// Those with a peer, by a number made of both ends; which ends exactly, the socket itself says.
    connected: BTreeSet<(Ends, Sock)>,
}

/// The local port, and behind it what [`mixed`] makes of the addresses of both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Ends(u64);

impl Ends {
    const PORT: u32 = 48;

    fn new(local: SocketAddr, remote: SocketAddr) -> Ends {
        Ends(Ends::first_of(local.port()).0 | mixed(local.ip(), remote))
    }
    /// The least number with that local port.
    fn first_of(port: u16) -> Ends {
        Ends(u64::from(port) << Ends::PORT)
    }
    fn port(self) -> u16 {
        (self.0 >> Ends::PORT) as u16
    }
}

/// 48 bits of a local address and a peer, as if drawn at random: few pairs have the same.
fn mixed(local: IpAddr, remote: SocketAddr) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let bits = |addr: IpAddr| match addr {
        IpAddr::V4(addr) => u64::from(addr.to_bits()),
        IpAddr::V6(addr) => (addr.to_bits() as u64).wrapping_mul(ODD) ^ (addr.to_bits() >> 64) as u64,
    };
    let ips = bits(local).wrapping_mul(ODD).rotate_left(32) ^ bits(remote.ip());
    (ips.wrapping_mul(ODD).rotate_left(32) ^ u64::from(remote.port())).wrapping_mul(ODD) >> (64 - Ends::PORT)
}

impl Bindings {
    /// Notes that `sock` has `local`, and `remote` where it is connected.
    pub(super) fn insert(&mut self, local: SocketAddr, remote: Option<SocketAddr>, sock: Sock) {
        match remote {
            None => self.unconnected.insert((local.port(), local.ip(), sock)),
            Some(remote) => self.connected.insert((Ends::new(local, remote), sock)),
        };
    }
    /// Forgets an entry.
    pub(super) fn remove(&mut self, local: SocketAddr, remote: Option<SocketAddr>, sock: Sock) {
        match remote {
            None => self.unconnected.remove(&(local.port(), local.ip(), sock)),
            Some(remote) => self.connected.remove(&(Ends::new(local, remote), sock)),
        };
    }
    /// The sockets that are connected to `remote` from `local`, the newest first.
    pub(super) fn connected(
        &self,
        sockets: &Sockets,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> impl Iterator<Item = Sock> {
        let ends = Ends::new(local, remote);
        let up_to_newest = self.connected.range(..=(ends, Sock(u32::MAX))).rev();
        let alike = up_to_newest.take_while(move |(other, _)| *other == ends).map(|(_, sock)| *sock);
        alike.filter(move |sock| {
            let socket = &sockets[*sock];
            socket.local == Some(local) && socket.remote == Some(remote)
        })
    }
    /// The sockets without a peer that take packets to `local`, in the order of precedence: those of this very address,
    /// those of every address; the newest first.
    pub(super) fn unconnected(&self, local: SocketAddr) -> impl Iterator<Item = Sock> {
        let any = SocketAddr::new(unspecified(local.ip()), local.port());
        [local, any].into_iter().flat_map(move |local| self.at(local))
    }
    /// The sockets without a peer in exactly this place, the newest first.
    pub(super) fn at(&self, local: SocketAddr) -> impl Iterator<Item = Sock> {
        let place = |sock| (local.port(), local.ip(), sock);
        let of_all_numbers = place(Sock(0))..=place(Sock(u32::MAX));
        self.unconnected.range(of_all_numbers).rev().map(|(.., sock)| *sock)
    }
    /// The socket that comes first among those that a packet from `remote` to `local` may be for.
    pub(super) fn nearest(&self, sockets: &Sockets, local: SocketAddr, remote: SocketAddr) -> Option<Sock> {
        let connected = self.connected(sockets, local, remote).next();
        connected.or_else(|| self.unconnected(local).next())
    }
    /// Whether there is a connection between these two ends.
    pub(super) fn is_taken(&self, sockets: &Sockets, local: SocketAddr, remote: SocketAddr) -> bool {
        self.connected(sockets, local, remote).next().is_some()
    }
    /// Whether some socket with this local address is connected, to whomever.
    pub(super) fn is_connected(&self, sockets: &Sockets, local: SocketAddr) -> bool {
        self.connected_on(local.port()).any(|sock| sockets[sock].local == Some(local))
    }
    /// Every socket on the port whose local address overlaps `local`: the same, or one of them every address.
    pub(super) fn overlapping(&self, sockets: &Sockets, local: SocketAddr) -> impl Iterator<Item = Sock> {
        let own = |sock: Sock| Some((sockets[sock].local?.ip(), sock));
        let places = self.unconnected_on(local.port()).chain(self.connected_on(local.port()).filter_map(own));
        places.filter(move |(ip, _)| overlap(*ip, local.ip())).map(|(_, sock)| sock)
    }
    /// Whether nobody has the port, on any address.
    pub(super) fn is_free(&self, port: u16) -> bool {
        self.unconnected_on(port).next().is_none() && self.connected_on(port).next().is_none()
    }
    fn unconnected_on(&self, port: u16) -> impl Iterator<Item = (IpAddr, Sock)> {
        let first = (port, Ipv4Addr::UNSPECIFIED.into(), Sock(0));
        let behind = self.unconnected.range(first..);
        behind.take_while(move |entry| entry.0 == port).map(|(_, ip, sock)| (*ip, *sock))
    }
    fn connected_on(&self, port: u16) -> impl Iterator<Item = Sock> {
        let behind = self.connected.range((Ends::first_of(port), Sock(0))..);
        behind.take_while(move |(ends, _)| ends.port() == port).map(|(_, sock)| *sock)
    }
    /// Every socket in it.
    #[cfg(test)]
    pub(super) fn sockets(&self) -> impl Iterator<Item = Sock> {
        self.unconnected.iter().map(|(.., sock)| *sock).chain(self.connected.iter().map(|(_, sock)| *sock))
    }
}

/// The address that stands for every interface, of the same version.
fn unspecified(addr: IpAddr) -> IpAddr {
    if addr.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() }
}

/// The versions do not touch each other: an IPv6 socket that also takes IPv4 packets has a place of each.
fn overlap(a: IpAddr, b: IpAddr) -> bool {
    a == b || a.is_ipv4() == b.is_ipv4() && (a.is_unspecified() || b.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::socket::{Role, Socket};
    use crate::program::Family;

    fn addr(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    /// Sockets with these local addresses and peers, numbered from 0 on.
    fn bound(ends: &[(&str, Option<&str>)]) -> (Sockets, Bindings) {
        let (mut sockets, mut bindings) = (Sockets::default(), Bindings::default());
        for (local, remote) in ends {
            let (local, remote) = (addr(local), remote.map(addr));
            let socket = Socket::new(None, Family::Inet, Role::Idle);
            let sock = sockets.add(Socket { local: Some(local), remote, ..socket });
            bindings.insert(local, remote, sock);
        }
        (sockets, bindings)
    }

    #[test]
    fn the_nearest_fit_comes_first() {
        let peer = Some("10.0.0.2:5");
        let (sockets, bindings) = bound(&[
            ("0.0.0.0:80", None),
            ("10.0.0.1:80", None),
            ("10.0.0.1:80", peer),
            ("10.0.0.1:80", None),
        ]);
        let found = |local, remote| {
            let connected = bindings.connected(&sockets, addr(local), addr(remote));
            connected.chain(bindings.unconnected(addr(local))).map(|sock| sock.0).collect::<Vec<_>>()
        };
        assert_eq!(found("10.0.0.1:80", "10.0.0.2:5"), [2, 3, 1, 0]);
        assert_eq!(found("10.0.0.1:80", "10.0.0.2:6"), [3, 1, 0]);
        assert_eq!(found("10.9.9.9:80", "10.0.0.2:5"), [0]);
        assert_eq!(found("10.0.0.1:81", "10.0.0.2:5"), [0; 0]);
        assert_eq!(found("[::1]:80", "[::2]:5"), [0; 0]);
    }

    #[test]
    fn ports_are_shared_by_addresses_that_do_not_overlap() {
        let (sockets, mut bindings) = bound(&[("10.0.0.1:80", Some("10.0.0.2:5")), ("[::]:80", None)]);
        let on = |local| bindings.overlapping(&sockets, addr(local)).map(|sock| sock.0).collect::<Vec<_>>();
        assert_eq!(on("10.0.0.1:80"), [0]);
        assert_eq!(on("0.0.0.0:80"), [0]);
        assert_eq!(on("10.0.0.3:80"), [0; 0]);
        assert_eq!(on("[::5]:80"), [1]);
        assert_eq!(on("0.0.0.0:79"), [0; 0]);
        assert!(!bindings.is_free(80) && bindings.is_free(79) && bindings.is_free(81));
        let is_connected = |local| bindings.is_connected(&sockets, addr(local));
        assert!(is_connected("10.0.0.1:80") && !is_connected("[::]:80"));
        bindings.remove(addr("[::]:80"), None, Sock(1));
        bindings.remove(addr("10.0.0.1:80"), Some(addr("10.0.0.2:5")), Sock(0));
        assert_eq!(bindings, Bindings::default());
    }
}
