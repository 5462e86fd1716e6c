//! Where programs of the library are and go to: hosts and interfaces as somebody writes them.

use crate::driver::addresses_of;
use serde_json::Value as Json;
use sockscope_core::program::Family;
use sockscope_programs::ProgramSpec;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses of this machine that nobody else reaches.
pub(crate) const HERE: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// The addresses that stand for every interface.
pub(crate) const ANYWHERE: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];

/// Whether a parameter of a program is such a place.
pub(crate) fn is_place(parameter: &str) -> bool {
    ["server", "interface"].contains(&parameter)
}

/// The address that is written here, with or without the brackets that one of IPv6 has before a port.
pub(crate) fn address(host: &str) -> Option<IpAddr> {
    let plain = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    plain.map_or_else(|| host.parse().ok(), |plain| plain.parse().ok().map(IpAddr::V6))
}

/// Over which version of IP one speaks to a host: IPv6 where it has no other address.
pub(crate) fn family(host: &str) -> Family {
    let addresses = address(host).map_or_else(|| addresses_of(host), |address| vec![address]);
    let only_v6 = !addresses.is_empty() && addresses.iter().all(IpAddr::is_ipv6);
    if only_v6 { Family::Inet6 } else { Family::Inet }
}

/// A place as the steps of a program want it, where a port comes after it.
pub(crate) fn before_port(host: &str) -> String {
    match address(host) {
        Some(IpAddr::V6(address)) => format!("[{address}]"),
        _ => host.to_owned(),
    }
}

/// Gives the places of a program the form that its steps want, and the program their family.
pub(crate) fn settle(spec: &mut ProgramSpec) {
    for (_, value) in spec.args.iter_mut().filter(|(name, _)| is_place(name)) {
        if let Json::String(host) = value {
            spec.family = family(host);
            *host = before_port(host);
        }
    }
}

/// The addresses that this machine has for a program: known where all its places are on the loopback interface.
pub(crate) fn known(spec: &ProgramSpec) -> Vec<IpAddr> {
    let mut places = spec.args.iter().filter(|(name, _)| is_place(name)).peekable();
    let local = |(_, place): (&String, &Json)| {
        place.as_str().and_then(address).is_some_and(|address| address.is_loopback())
    };
    let known = places.peek().is_some() && places.all(local);
    if known { spec.family.first(&HERE).into_iter().collect() } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_ipv6_are_written_with_or_without_brackets() {
        for host in ["::1", "[::1]"] {
            assert_eq!((family(host), before_port(host)), (Family::Inet6, "[::1]".to_owned()));
        }
        assert_eq!((family("127.0.0.1"), before_port("127.0.0.1")), (Family::Inet, "127.0.0.1".to_owned()));
        assert_eq!(address("[127.0.0.1]"), None);
        assert_eq!(before_port("example.org"), "example.org");
    }

    #[test]
    fn only_places_are_addresses() {
        let mut spec: ProgramSpec = serde_json::from_str(
            r#"{ "program": "tcp-upper-client", "args": { "server": "::1", "message": "::1" } }"#,
        )
        .unwrap();
        settle(&mut spec);
        assert_eq!((&spec.args["server"], &spec.args["message"]), (&"[::1]".into(), &"::1".into()));
        assert_eq!((spec.family, known(&spec)), (Family::Inet6, vec![HERE[1]]));
    }
}
