//! ICMP messages that a transport protocol acts on (RFC 792, RFC 4443).

use crate::payload::Payload;
use serde::{Deserialize, Serialize};

/// An ICMP (over IPv4) or ICMPv6 (over IPv6) error message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IcmpMessage {
    /// What happened.
    pub kind: IcmpKind,
    /// The start of the packet it is about: its IP header and at least the first eight bytes after it.
    pub quoted: Payload,
}

/// What an ICMP message reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IcmpKind {
    /// Nobody has that port (type 3 code 3; ICMPv6 type 1 code 4).
    PortUnreachable,
    /// No way to that host (type 3 code 1; ICMPv6 type 1 code 3).
    HostUnreachable,
    /// The packet passed too many routers (type 11 code 0; ICMPv6 type 3 code 0).
    TimeExceeded,
}

impl IcmpKind {
    /// Every message there is.
    pub const ALL: &'static [IcmpKind] =
        &[IcmpKind::PortUnreachable, IcmpKind::HostUnreachable, IcmpKind::TimeExceeded];
}
