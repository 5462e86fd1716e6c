//! Names of hosts, as the system resolves them.

use sockscope_core::errno::Errno;
use sockscope_core::program::{Family, Notice};
use std::net::{IpAddr, ToSocketAddrs};

/// All addresses of a name, as `getaddrinfo()` orders them; none where nobody has the name.
pub(crate) fn addresses(name: &str) -> Vec<IpAddr> {
    let found = (name, 0).to_socket_addrs();
    found.into_iter().flatten().map(|address| address.ip()).collect()
}

/// `getaddrinfo()`: the first address of that family.
pub(super) fn look_up(name: &str, family: Family) -> Notice {
    family.first(&addresses(name)).map_or(Notice::Failed(Errno::ENONAME), Notice::Address)
}
