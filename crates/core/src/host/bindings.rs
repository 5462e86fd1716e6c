//! Who has which local address and port, and which socket an arriving packet is for.

use crate::trace::Sock;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The bound sockets of one protocol, in an order that makes every question a short walk from one place.
///
/// An entry is a local port and address (unspecified: every interface) and the peer, where there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bindings(BTreeSet<(u16, IpAddr, Option<SocketAddr>, Sock)>);

impl Bindings {
    /// Notes that `sock` has `local`, and `remote` where it is connected.
    pub(super) fn insert(&mut self, local: SocketAddr, remote: Option<SocketAddr>, sock: Sock) {
        self.0.insert((local.port(), local.ip(), remote, sock));
    }
    /// Forgets an entry.
    pub(super) fn remove(&mut self, local: SocketAddr, remote: Option<SocketAddr>, sock: Sock) {
        self.0.remove(&(local.port(), local.ip(), remote, sock));
    }
    /// The sockets that a packet from `remote` to `local` may be for, in the order of precedence: the one that is
    /// connected to `remote`, those bound to this very address, those bound to every address; the newest first.
    pub(super) fn candidates(&self, local: SocketAddr, remote: SocketAddr) -> impl Iterator<Item = Sock> {
        // The next place is looked at only where the one before has nobody.
        let connected = std::iter::once((local, Some(remote)));
        connected.chain(without_peer(local)).flat_map(|(local, remote)| self.exact(local, remote))
    }
    /// The sockets without a peer that take packets to `local`: those of this very address, those of every address.
    pub(super) fn unconnected(&self, local: SocketAddr) -> impl Iterator<Item = Sock> {
        without_peer(local).into_iter().flat_map(|(local, remote)| self.exact(local, remote))
    }
    /// The sockets with exactly this entry, the newest first.
    pub(super) fn exact(&self, local: SocketAddr, remote: Option<SocketAddr>) -> impl Iterator<Item = Sock> {
        let entry = (local.port(), local.ip(), remote);
        let up_to_newest = self.0.range(..=(entry.0, entry.1, entry.2, Sock(u32::MAX))).rev();
        up_to_newest.take_while(move |it| (it.0, it.1, it.2) == entry).map(|it| it.3)
    }
    /// Whether there is a connection between these two ends.
    pub(super) fn is_taken(&self, local: SocketAddr, remote: SocketAddr) -> bool {
        self.exact(local, Some(remote)).next().is_some()
    }
    /// Whether some socket with this local address is connected, to whomever.
    pub(super) fn is_connected(&self, local: SocketAddr) -> bool {
        let behind = (local.port(), local.ip(), None, Sock(u32::MAX));
        self.0.range(behind..).next().is_some_and(|entry| (entry.0, entry.1) == (local.port(), local.ip()))
    }
    /// Every socket on the port whose local address overlaps `local`: the same, or one of them every address.
    pub(super) fn overlapping(&self, local: SocketAddr) -> impl Iterator<Item = Sock> {
        let first = (local.port(), Ipv4Addr::UNSPECIFIED.into(), None, Sock(0));
        let on_port = self.0.range(first..).take_while(move |entry| entry.0 == local.port());
        on_port.filter(move |entry| overlap(entry.1, local.ip())).map(|entry| entry.3)
    }
    /// Every socket in it.
    #[cfg(test)]
    pub(super) fn sockets(&self) -> impl Iterator<Item = Sock> {
        self.0.iter().map(|entry| entry.3)
    }
    /// Whether nobody has the port, on any address.
    pub(super) fn is_free(&self, port: u16) -> bool {
        let first = (port, Ipv4Addr::UNSPECIFIED.into(), None, Sock(0));
        self.0.range(first..).next().is_none_or(|entry| entry.0 != port)
    }
}

/// The entries without a peer that take packets to `local`.
fn without_peer(local: SocketAddr) -> [(SocketAddr, Option<SocketAddr>); 2] {
    let any = SocketAddr::new(unspecified(local.ip()), local.port());
    [(local, None), (any, None)]
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

    fn addr(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_nearest_fit_comes_first() {
        let mut bindings = Bindings::default();
        let (any, own) = (addr("0.0.0.0:80"), addr("10.0.0.1:80"));
        bindings.insert(any, None, Sock(1));
        bindings.insert(own, None, Sock(2));
        bindings.insert(own, Some(addr("10.0.0.2:5")), Sock(3));
        let found = |local, remote| bindings.candidates(addr(local), addr(remote)).collect::<Vec<_>>();
        assert_eq!(found("10.0.0.1:80", "10.0.0.2:5"), [Sock(3), Sock(2), Sock(1)]);
        assert_eq!(found("10.0.0.1:80", "10.0.0.2:6"), [Sock(2), Sock(1)]);
        assert_eq!(found("10.9.9.9:80", "10.0.0.2:5"), [Sock(1)]);
        assert_eq!(found("10.0.0.1:81", "10.0.0.2:5"), []);
        assert_eq!(found("[::1]:80", "[::2]:5"), []);
    }

    #[test]
    fn ports_are_shared_by_addresses_that_do_not_overlap() {
        let mut bindings = Bindings::default();
        bindings.insert(addr("10.0.0.1:80"), Some(addr("10.0.0.2:5")), Sock(1));
        bindings.insert(addr("[::]:80"), None, Sock(2));
        let on = |local| bindings.overlapping(addr(local)).collect::<Vec<_>>();
        assert_eq!(on("10.0.0.1:80"), [Sock(1)]);
        assert_eq!(on("0.0.0.0:80"), [Sock(1)]);
        assert_eq!(on("10.0.0.3:80"), []);
        assert_eq!(on("[::5]:80"), [Sock(2)]);
        assert_eq!(on("0.0.0.0:79"), []);
        assert!(!bindings.is_free(80) && bindings.is_free(79) && bindings.is_free(81));
        assert!(bindings.is_connected(addr("10.0.0.1:80")) && !bindings.is_connected(addr("[::]:80")));
        bindings.remove(addr("[::]:80"), None, Sock(2));
        bindings.remove(addr("10.0.0.1:80"), Some(addr("10.0.0.2:5")), Sock(1));
        assert_eq!(bindings, Bindings::default());
    }
}
