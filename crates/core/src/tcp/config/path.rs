//! Policy: what is made of the sizes that a path lets through.

use crate::time::Span;
use serde::{Deserialize, Serialize};

/// Path MTU discovery (RFC 1191, RFC 8201) and what is done where it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathPolicy {
    /// Make segments smaller where a router says that they are too long (RFC 1191, RFC 8201).
    pub path_mtu_discovery: bool,
    /// How long what a router said of a path is believed (RFC 1191 §6.3).
    pub path_mtu_lifetime: Span,
    /// Time-outs in a row of a large segment make smaller ones, although no router said anything (RFC 2923 §2.1).
    pub black_hole_detection: bool,
    /// The segments that are tried first then, in octets of text, over IPv4 and IPv6: they get through nearly everywhere
    /// (RFC 4821 §7.2).
    pub black_hole_mss: [u16; 2],
    /// No router makes us send smaller packets than this over IPv4, in bytes: 68 (RFC 1191 §3) or more.
    pub min_path_mtu: u16,
    /// Our SYN offers no larger segments than the path is known to take, over IPv4 and IPv6; RFC 9293 §3.7.1 offers what we can
    /// receive.
    pub syn_offers_path: [bool; 2],
}

impl PathPolicy {
    /// As the RFCs have it.
    pub const RFC: PathPolicy = PathPolicy {
        path_mtu_discovery: true,
        path_mtu_lifetime: Span::from_secs(600),
        black_hole_detection: false,
        black_hole_mss: [1160, 1220],
        syn_offers_path: [false, false],
        min_path_mtu: 68,
    };
    /// As on Linux 6.
    pub const LINUX: PathPolicy =
        PathPolicy { min_path_mtu: 552, syn_offers_path: [true, true], ..PathPolicy::RFC };
    /// As on FreeBSD 14.
    pub const FREEBSD: PathPolicy = PathPolicy {
        min_path_mtu: 296,
        black_hole_mss: [1200, 1220],
        syn_offers_path: [false, true],
        ..PathPolicy::RFC
    };
}
