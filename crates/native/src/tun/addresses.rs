//! Which end of the device has which address.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// An address and the length of its network's prefix, such as `10.7.0.2/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The address.
    pub ip: IpAddr,
    /// At most 30 bits of an IPv4 address and 126 of an IPv6 one, so that the network has room for two.
    pub prefix: u8,
}

impl Address {
    /// What the stack has where nothing else is asked for.
    pub const DEFAULT: [&'static str; 2] = ["10.7.0.2/24", "fd07::2/64"];

    /// The first other address of the same network: the kernel's.
    ///
    /// ```
    /// use sockscope::tun::addresses::Address;
    /// let kernel = |ours: &str| ours.parse::<Address>().unwrap().kernel().to_string();
    /// assert_eq!(kernel("10.7.0.2/24"), "10.7.0.1/24");
    /// assert_eq!(kernel("10.7.0.1/24"), "10.7.0.2/24");
    /// assert_eq!(kernel("fd07::2/64"), "fd07::1/64");
    /// ```
    pub fn kernel(&self) -> Address {
        let nth = |n: u8| match self.ip {
            IpAddr::V4(ip) => {
                let net = ip.to_bits() & u32::MAX.unbounded_shl(32 - u32::from(self.prefix));
                IpAddr::V4(Ipv4Addr::from_bits(net | u32::from(n)))
            }
            IpAddr::V6(ip) => {
                let net = ip.to_bits() & u128::MAX.unbounded_shl(128 - u32::from(self.prefix));
                IpAddr::V6(Ipv6Addr::from_bits(net | u128::from(n)))
            }
        };
        let ip = if nth(1) == self.ip { nth(2) } else { nth(1) };
        Address { ip, prefix: self.prefix }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.ip, self.prefix)
    }
}

impl FromStr for Address {
    type Err = String;
    fn from_str(text: &str) -> Result<Address, String> {
        let wrong = || format!("\"{text}\" is no address with a prefix: write 10.7.0.2/24 or fd07::2/64");
        let (ip, prefix) = text.split_once('/').ok_or_else(wrong)?;
        let (ip, prefix): (IpAddr, u8) =
            (ip.parse().map_err(|_| wrong())?, prefix.parse().map_err(|_| wrong())?);
        let longest = if ip.is_ipv4() { 30 } else { 126 };
        if prefix > longest {
            return Err(format!("a network of {text} has no room for two: write at most /{longest}"));
        }
        Ok(Address { ip, prefix })
    }
}
