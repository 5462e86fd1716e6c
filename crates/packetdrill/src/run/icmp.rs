//! ICMP messages of the script.

use super::Stop;
use super::endpoint::Endpoint;
use super::packets::over_udp;
use crate::syntax::{IcmpSpec, Quoted};
use sockscope_core::payload::Payload;
use sockscope_core::seq::Seq;
use sockscope_core::wire::{Body, Datagram, IcmpKind, IcmpMessage, Packet, PacketId, Segment, codec};
use std::net::SocketAddr;

/// The message about a packet that `endpoint` sent from `local` to `remote`.
pub(super) fn message(
    spec: &IcmpSpec,
    endpoint: &Endpoint,
    (local, remote): (SocketAddr, SocketAddr),
    stream: bool,
) -> Result<IcmpMessage, Stop> {
    let kind = kind(spec)?;
    if kind.type_and_code(local.is_ipv4()).is_none() {
        let version = if local.is_ipv4() { "IPv4" } else { "IPv6" };
        return Err(Stop::unsupported(format!("{} over {version}", kind.text())));
    }
    let (seq, len) = match &spec.about {
        Quoted::Tcp { seq, len, .. } => (*seq, *len),
        Quoted::Udp { len } => (0, *len),
        Quoted::Default => (0, 0),
    };
    let body = if stream && !matches!(spec.about, Quoted::Udp { .. }) {
        let segment = Segment {
            src_port: local.port(),
            dst_port: remote.port(),
            seq: Seq::new(seq.wrapping_add(endpoint.local_offset(false))),
            payload: Payload::from(vec![0; usize::from(len)]),
            ..Segment::default()
        };
        match spec.about {
            Quoted::Tcp { udp: Some(ports), .. } => Body::Udp(over_udp(&segment, ports)),
            _ => Body::Tcp(segment),
        }
    } else {
        Body::Udp(Datagram {
            src_port: local.port(),
            dst_port: remote.port(),
            payload: Payload::from(vec![0; usize::from(len)]),
        })
    };
    let about = Packet { id: PacketId(0), src: local.ip(), dst: remote.ip(), ttl: 64, tos: 0, body };
    // The IP header and what RFC 792 asks for, as routers send it.
    let udp = if matches!(spec.about, Quoted::Tcp { udp: Some(_), .. }) { 8 } else { 0 };
    let room = udp + if local.is_ipv4() { 20 + 8 } else { 40 + 8 };
    Ok(IcmpMessage { kind, quoted: codec::encode(&about).slice(0, room) })
}

fn kind(spec: &IcmpSpec) -> Result<IcmpKind, Stop> {
    let code = spec.code.as_deref().unwrap_or("");
    Ok(match (spec.kind.as_str(), code) {
        ("unreachable", "net_unreachable" | "no_route") => IcmpKind::NetUnreachable,
        ("unreachable", "host_unreachable" | "address_unreachable") => IcmpKind::HostUnreachable,
        ("unreachable", "protocol_unreachable") => IcmpKind::ProtocolUnreachable,
        ("unreachable", "port_unreachable") => IcmpKind::PortUnreachable,
        ("unreachable", "frag_needed") | ("packet_too_big", _) => {
            IcmpKind::PacketTooBig { mtu: spec.mtu.unwrap_or(0) }
        }
        ("unreachable", "source_route_failed") => IcmpKind::SourceRouteFailed,
        ("unreachable", "net_unknown") => IcmpKind::NetUnknown,
        ("unreachable", "host_unknown") => IcmpKind::HostUnknown,
        ("unreachable", "source_host_isolated") => IcmpKind::SourceHostIsolated,
        ("unreachable", "net_prohibited") => IcmpKind::NetProhibited,
        ("unreachable", "host_prohibited") => IcmpKind::HostProhibited,
        ("unreachable", "net_unreachable_for_tos") => IcmpKind::NetUnreachableForTos,
        ("unreachable", "host_unreachable_for_tos") => IcmpKind::HostUnreachableForTos,
        ("unreachable", "packet_filtered" | "admin_prohibited") => IcmpKind::AdminProhibited,
        ("unreachable", "precedence_violation") => IcmpKind::PrecedenceViolation,
        ("unreachable", "precedence_cutoff") => IcmpKind::PrecedenceCutoff,
        ("unreachable", "not_neighbour") => IcmpKind::BeyondScope,
        ("source_quench", _) => IcmpKind::SourceQuench,
        ("redirect", _) => IcmpKind::Redirect,
        ("time_exceeded", "ttl_exceeded_in_transit" | "exceeded_hop_limit" | "") => IcmpKind::TimeExceeded,
        ("time_exceeded", "frag_reass_exceeded" | "exceeded_frag_time") => IcmpKind::ReassemblyTimeExceeded,
        ("parameter_problem", "code_0" | "header_field") => IcmpKind::HeaderProblem,
        ("parameter_problem", "code_1") => IcmpKind::MissingOption,
        ("parameter_problem", "code_2") => IcmpKind::BadLength,
        ("parameter_problem", "unknown_next_header") => IcmpKind::ProtocolUnreachable,
        ("parameter_problem", "unknown_option") => IcmpKind::UnknownOption,
        (kind, code) => return Err(Stop::unsupported(format!("the ICMP message {kind} {code}"))),
    })
}
