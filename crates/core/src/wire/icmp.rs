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

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $({ $field:ident })?, $text:literal, v4 $v4:expr, v6 $v6:expr;)*) => {
        /// What an ICMP message reports.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum IcmpKind {
            $($(#[$doc])* $name $({
                /// The largest packet that the next link takes, in bytes, its IP header included; 0: not told (RFC 1191 §3).
                $field: u32
            })?,)*
        }
        impl IcmpKind {
            /// Every message there is; where one tells a number, it is 0.
            pub const ALL: &'static [IcmpKind] = &[$(IcmpKind::$name $({ $field: 0 })?),*];

            /// Its name, in words.
            pub const fn text(self) -> &'static str {
                match self { $(IcmpKind::$name $({ $field: _ })? => $text,)* }
            }
            /// Type and code over IPv4 or over IPv6; `None` where that version has no such message.
            pub const fn type_and_code(self, v4: bool) -> Option<(u8, u8)> {
                match self { $(IcmpKind::$name $({ $field: _ })? => if v4 { $v4 } else { $v6 },)* }
            }
        }
    };
}

kinds! {
    /// No way to that network.
    NetUnreachable, "ICMP net unreachable", v4 Some((3, 0)), v6 Some((1, 0));
    /// No way to that host.
    HostUnreachable, "ICMP host unreachable", v4 Some((3, 1)), v6 Some((1, 3));
    /// The host does not speak that protocol.
    ProtocolUnreachable, "ICMP protocol unreachable", v4 Some((3, 2)), v6 Some((4, 1));
    /// Nobody has that port.
    PortUnreachable, "ICMP port unreachable", v4 Some((3, 3)), v6 Some((1, 4));
    /// The packet is larger than the next link takes, and must not be cut up (RFC 1191, RFC 8201).
    PacketTooBig { mtu }, "ICMP packet too big", v4 Some((3, 4)), v6 Some((2, 0));
    /// The way that the sender asked for does not lead there.
    SourceRouteFailed, "ICMP source route failed", v4 Some((3, 5)), v6 None;
    /// Nobody knows that network.
    NetUnknown, "ICMP net unknown", v4 Some((3, 6)), v6 None;
    /// Nobody knows that host.
    HostUnknown, "ICMP host unknown", v4 Some((3, 7)), v6 None;
    /// The sender is cut off.
    SourceHostIsolated, "ICMP source host isolated", v4 Some((3, 8)), v6 None;
    /// A filter forbids that network.
    NetProhibited, "ICMP net prohibited", v4 Some((3, 9)), v6 None;
    /// A filter forbids that host.
    HostProhibited, "ICMP host prohibited", v4 Some((3, 10)), v6 None;
    /// No way to that network for that type of service.
    NetUnreachableForTos, "ICMP net unreachable for this service", v4 Some((3, 11)), v6 None;
    /// No way to that host for that type of service.
    HostUnreachableForTos, "ICMP host unreachable for this service", v4 Some((3, 12)), v6 None;
    /// A filter forbids the packet.
    AdminProhibited, "ICMP administratively prohibited", v4 Some((3, 13)), v6 Some((1, 1));
    /// The packet may not have that precedence.
    PrecedenceViolation, "ICMP precedence violation", v4 Some((3, 14)), v6 None;
    /// The packet's precedence is too low.
    PrecedenceCutoff, "ICMP precedence cutoff", v4 Some((3, 15)), v6 None;
    /// The destination lies beyond the scope of the source's address.
    BeyondScope, "ICMP beyond scope of source address", v4 None, v6 Some((1, 2));
    /// A router asks to be sent less; nobody listens any more (RFC 6633).
    SourceQuench, "ICMP source quench", v4 Some((4, 0)), v6 None;
    /// Another router is nearer; hosts here have one way each, and need not know.
    Redirect, "ICMP redirect", v4 Some((5, 0)), v6 None;
    /// The packet passed too many routers.
    TimeExceeded, "ICMP time exceeded", v4 Some((11, 0)), v6 Some((3, 0));
    /// Fragments of the packet were lost.
    ReassemblyTimeExceeded, "ICMP reassembly time exceeded", v4 Some((11, 1)), v6 Some((3, 1));
    /// A field of the header makes no sense.
    HeaderProblem, "ICMP parameter problem", v4 Some((12, 0)), v6 Some((4, 0));
    /// A required option is missing.
    MissingOption, "ICMP parameter problem: missing option", v4 Some((12, 1)), v6 None;
    /// The header has a bad length.
    BadLength, "ICMP parameter problem: bad length", v4 Some((12, 2)), v6 None;
    /// The header has an option that is not known there.
    UnknownOption, "ICMP parameter problem: unknown option", v4 None, v6 Some((4, 2));
}
