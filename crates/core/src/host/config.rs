//! What a host is: its addresses, the names it knows, its limits and policies.

use crate::collections::BTreeMap;
use crate::errno::Errno;
use crate::program::Family;
use crate::shared::Shared;
use crate::tcp;
use crate::trace::Node;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;

/// What makes one host differ from another.
///
/// ```
/// use sockscope_core::host::HostConfig;
/// use sockscope_core::trace::Node;
/// let config = HostConfig { privileged: true, ..HostConfig::new(Node(0), vec![[10, 0, 0, 1].into()]) };
/// assert_eq!(config.ephemeral, 49_152..=65_535);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostConfig {
    /// Its place in the header's list of nodes: numbers its packets and chooses its random stream.
    pub node: Node,
    /// The addresses of its interfaces, one each. The loopback interface with 127.0.0.0/8 and `::1` is always there.
    pub addresses: Vec<IpAddr>,
    /// Names that it can resolve, beside `localhost`.
    pub names: Shared<BTreeMap<String, Vec<IpAddr>>>,
    /// Whether its programs may bind ports below 1024.
    pub privileged: bool,
    /// Time to live, or hop limit, of what it sends.
    pub ttl: u8,
    /// The ports that it gives to sockets that ask for none (RFC 6335 §6).
    pub ephemeral: RangeInclusive<u16>,
    /// How many descriptors may be open at a time.
    pub descriptors: u32,
    /// Bytes that the receive queue of a UDP socket holds where `SO_RCVBUF` does not say otherwise.
    pub udp_receive_buffer: u32,
    /// The UDP port at which it takes TCP segments in datagrams, and from which it sends them so; 0: none (FreeBSD's
    /// `net.inet.tcp.udp_tunneling_port`).
    #[serde(default)]
    pub udp_tunneling_port: u16,
    /// The policies of its TCP, for IPv4. Over IPv6, whose header is longer, the MSS is 20 bytes less.
    pub tcp: tcp::Config,
}

impl HostConfig {
    /// A host with these addresses: no names, no privilege, a time to live of 64, a UDP queue of 212,992 bytes,
    /// and the TCP that the RFCs recommend.
    pub fn new(node: Node, addresses: Vec<IpAddr>) -> HostConfig {
        HostConfig {
            node,
            addresses,
            names: Shared::default(),
            privileged: false,
            ttl: 64,
            ephemeral: 49_152..=65_535,
            descriptors: 1 << 20,
            udp_receive_buffer: 212_992,
            udp_tunneling_port: 0,
            tcp: tcp::Config::rfc(),
        }
    }
    /// Whether one of its interfaces has that address.
    pub fn has(&self, addr: IpAddr) -> bool {
        addr.is_loopback() || self.addresses.contains(&addr)
    }
    /// Whether a packet from `src` to `dst` is for this host. Loopback addresses are nobody's outside of a host.
    pub(super) fn accepts(&self, src: IpAddr, dst: IpAddr) -> bool {
        self.has(dst) && (!dst.is_loopback() && !src.is_loopback() || self.has(src))
    }
    /// The own address from which `remote` is reached: itself where it is one of ours, and otherwise the one that
    /// shares the longest prefix with it (RFC 6724 §5, rule 8).
    ///
    /// # Errors
    /// ENETUNREACH where no interface has an address of that version.
    pub fn source_for(&self, remote: IpAddr) -> Result<IpAddr, Errno> {
        if remote.is_loopback() {
            return Ok(loopback(remote));
        }
        let same_version = self.addresses.iter().rev().filter(|addr| addr.is_ipv4() == remote.is_ipv4());
        same_version.max_by_key(|addr| common_prefix(**addr, remote)).copied().ok_or(Errno::ENETUNREACH)
    }
    /// The address of a name in a family, or of an address written out.
    ///
    /// # Errors
    /// ENONAME where nobody has the name, or no address of that family.
    pub fn resolve(&self, name: &str, family: Family) -> Result<IpAddr, Errno> {
        let known = self.names.get(name).and_then(|addresses| family.first(addresses));
        let local = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        let local = || family.first(&local).filter(|_| name == "localhost");
        known.or_else(local).or_else(|| name.parse().ok()).ok_or(Errno::ENONAME)
    }
}

/// The loopback address of the same version.
pub(super) fn loopback(addr: IpAddr) -> IpAddr {
    if addr.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() }
}

/// How many leading bits two addresses of the same version share.
fn common_prefix(a: IpAddr, b: IpAddr) -> u32 {
    match (a, b) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> HostConfig {
        let addresses = ["10.0.0.1", "192.168.7.1", "fd00::1"].map(|addr| addr.parse().unwrap());
        HostConfig::new(Node(0), addresses.to_vec())
    }

    #[test]
    fn the_nearest_own_address_is_the_source() {
        let source = |remote: &str| config().source_for(remote.parse().unwrap()).map(|addr| addr.to_string());
        for (remote, own) in [
            ("10.0.0.2", "10.0.0.1"),
            ("192.168.7.9", "192.168.7.1"),
            ("192.168.7.1", "192.168.7.1"),
            ("127.0.0.9", "127.0.0.1"),
            ("::1", "::1"),
            ("fd00::9", "fd00::1"),
        ] {
            assert_eq!(source(remote), Ok(own.into()), "{remote}");
        }
        let none = HostConfig::new(Node(0), vec![[10, 0, 0, 1].into()]);
        assert_eq!(none.source_for("fd00::1".parse().unwrap()), Err(Errno::ENETUNREACH));
    }

    #[test]
    fn of_equally_near_addresses_the_first_is_the_source() {
        let addresses = vec![[10, 0, 0, 3].into(), [10, 0, 0, 2].into()];
        assert_eq!(
            HostConfig::new(Node(0), addresses).source_for([10, 0, 0, 9].into()),
            Ok([10, 0, 0, 3].into())
        );
    }

    #[test]
    fn names_resolve() {
        let mut config = config();
        let six: IpAddr = "fd00::2".parse().unwrap();
        config.names.insert("server".into(), vec![[10, 0, 0, 2].into(), six]);
        config.names.insert("four".into(), vec![[10, 0, 0, 4].into()]);
        let resolve = |name: &str| [Family::Inet, Family::Inet6].map(|family| config.resolve(name, family));
        assert_eq!(resolve("server"), [Ok([10, 0, 0, 2].into()), Ok(six)]);
        assert_eq!(resolve("four"), [Ok([10, 0, 0, 4].into()), Err(Errno::ENONAME)]);
        assert_eq!(resolve("localhost"), [Ok([127, 0, 0, 1].into()), Ok(Ipv6Addr::LOCALHOST.into())]);
        assert_eq!(resolve("10.9.9.9"), [Ok([10, 9, 9, 9].into()); 2]);
        assert_eq!(resolve("nobody"), [Err(Errno::ENONAME); 2]);
    }

    #[test]
    fn loopback_addresses_do_not_come_from_outside() {
        let addr = |text: &str| text.parse::<IpAddr>().unwrap();
        let accepts = |src, dst| config().accepts(addr(src), addr(dst));
        assert!(accepts("10.0.0.9", "10.0.0.1") && accepts("127.0.0.1", "127.0.0.1"));
        assert!(accepts("10.0.0.1", "10.0.0.1"));
        assert!(!accepts("10.0.0.9", "127.0.0.1") && !accepts("127.0.0.1", "10.0.0.9"));
        assert!(!accepts("10.0.0.1", "10.0.0.9"));
    }
}
