//! Names of hosts, as the system resolves them.

use sockscope_core::errno::Errno;
use sockscope_core::program::Notice;
use std::net::{IpAddr, ToSocketAddrs};

/// `getaddrinfo()`: the first IPv4 address of the name, and where it has none the first of all.
pub(super) fn look_up(name: &str) -> Notice {
    let Ok(found) = (name, 0).to_socket_addrs() else { return Notice::Failed(Errno::ENONAME) };
    let mut addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
    addresses.sort_by_key(IpAddr::is_ipv6);
    addresses.first().copied().map_or(Notice::Failed(Errno::ENONAME), Notice::Address)
}
