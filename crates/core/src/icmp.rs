//! ICMP error messages: made for a packet, and traced back to the socket that sent it (RFC 792, RFC 4443).

use crate::program::SocketKind;
use crate::seq::Seq;
use crate::wire::{Body, IcmpKind, IcmpMessage, Packet, codec};
use smoltcp::wire::{IPV4_HEADER_LEN, IPV6_HEADER_LEN, IpProtocol, Ipv4Packet, Ipv6Packet};
use std::net::{IpAddr, SocketAddr};

/// An IPv4 message is at most so long, its own headers included (RFC 1812 §4.3.2.3).
const MAX_V4: usize = 576;
/// An IPv6 message is at most so long, its own headers included (RFC 4443 §3.1).
const MAX_V6: usize = 1280;
const UDP_HEADER: usize = 8;

/// The message that reports `kind` about `packet`, quoting as much of it as the RFCs allow. `None` where none may be
/// sent: about an ICMP message (all of ours are errors), or to an address that is no single host's (RFC 1122 §3.2.2).
///
/// ```
/// use sockscope_core::icmp;
/// use sockscope_core::wire::{Body, Datagram, IcmpKind, Packet, PacketId};
/// let body = Body::Udp(Datagram { src_port: 49152, dst_port: 53, payload: "hello".into() });
/// let packet = Packet { id: PacketId(0), src: [10, 0, 0, 1].into(), dst: [10, 0, 0, 2].into(), ttl: 64, tos: 0, body };
/// let message = icmp::about(&packet, IcmpKind::PortUnreachable).unwrap();
/// let quote = icmp::quote(&message).unwrap();
/// assert_eq!(quote.src, "10.0.0.1:49152".parse().unwrap());
/// assert_eq!(quote.dst, "10.0.0.2:53".parse().unwrap());
/// ```
pub fn about(packet: &Packet, kind: IcmpKind) -> Option<IcmpMessage> {
    let single = !packet.src.is_unspecified() && !packet.src.is_multicast() && !packet.dst.is_multicast();
    if matches!(packet.body, Body::Icmp(_)) || !single {
        return None;
    }
    let room = if packet.src.is_ipv4() { MAX_V4 - 20 - 8 } else { MAX_V6 - 40 - 8 };
    Some(IcmpMessage { kind, quoted: codec::encode(packet).slice(0, room) })
}

/// Who sent a packet that an ICMP message quotes, and to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Stream for TCP, datagram for UDP.
    pub kind: SocketKind,
    /// The sender's address and port.
    pub src: SocketAddr,
    /// The receiver's address and port.
    pub dst: SocketAddr,
    /// Sequence number of the segment; of no meaning for UDP.
    pub seq: Seq,
    /// The UDP port to which the segment went, where a datagram carried it.
    pub over_udp: Option<u16>,
}

/// Whose packet the message is about, read from its IP header and the first eight bytes behind it. `None` where that
/// is neither TCP nor UDP, or too short.
pub fn quote(message: &IcmpMessage) -> Option<Quote> {
    let (protocol, src, dst, bytes) = ip(&message.quoted)?;
    let kind = match protocol {
        IpProtocol::Tcp => SocketKind::Stream,
        IpProtocol::Udp => SocketKind::Datagram,
        _ => return None,
    };
    transport(kind, (src, dst), bytes, None)
}

/// The same for a segment in a datagram that left from this UDP port: read from the first eight bytes behind the UDP header.
pub fn quote_over_udp(message: &IcmpMessage, port: u16) -> Option<Quote> {
    let outer =
        quote(message).filter(|outer| outer.kind == SocketKind::Datagram && outer.src.port() == port)?;
    let (.., bytes) = ip(&message.quoted)?;
    let ends = (outer.src.ip(), outer.dst.ip());
    transport(SocketKind::Stream, ends, bytes.get(UDP_HEADER..)?, Some(outer.dst.port()))
}

/// Protocol, addresses, and what is behind the IP header.
fn ip(bytes: &[u8]) -> Option<(IpProtocol, IpAddr, IpAddr, &[u8])> {
    let (protocol, src, dst, header): (_, IpAddr, IpAddr, _) = match bytes.first()? >> 4 {
        4 if bytes.len() >= IPV4_HEADER_LEN => {
            let ip = Ipv4Packet::new_unchecked(bytes);
            (ip.next_header(), ip.src_addr().into(), ip.dst_addr().into(), usize::from(ip.header_len()))
        }
        6 if bytes.len() >= IPV6_HEADER_LEN => {
            let ip = Ipv6Packet::new_unchecked(bytes);
            (ip.next_header(), ip.src_addr().into(), ip.dst_addr().into(), IPV6_HEADER_LEN)
        }
        _ => return None,
    };
    Some((protocol, src, dst, bytes.get(header..)?))
}

/// Ports, and what TCP has behind them.
fn transport(
    kind: SocketKind,
    (src, dst): (IpAddr, IpAddr),
    bytes: &[u8],
    over_udp: Option<u16>,
) -> Option<Quote> {
    let ports = bytes.get(..8)?;
    let port = |at: usize| u16::from_be_bytes([ports[at], ports[at + 1]]);
    let seq = Seq::new(u32::from_be_bytes([ports[4], ports[5], ports[6], ports[7]]));
    let (src, dst) = (SocketAddr::new(src, port(0)), SocketAddr::new(dst, port(2)));
    Some(Quote { kind, src, dst, seq, over_udp })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::Payload;
    use crate::wire::{Datagram, PacketId, Segment};

    fn packet(addr: IpAddr, body: Body) -> Packet {
        Packet { id: PacketId(0), src: addr, dst: addr, ttl: 64, tos: 0, body }
    }

    #[test]
    fn a_message_is_never_longer_than_allowed_and_still_names_its_sender() {
        let payload = Payload::from(vec![0; 2000]);
        let udp = Body::Udp(Datagram { src_port: 7, dst_port: 8, payload: payload.clone() });
        let tcp = Body::Tcp(Segment { src_port: 7, dst_port: 8, payload, ..Segment::default() });
        for (addr, max) in [(IpAddr::from([10, 0, 0, 1]), MAX_V4), (IpAddr::from([1; 16]), MAX_V6)] {
            for body in [udp.clone(), tcp.clone()] {
                let message = about(&packet(addr, body), IcmpKind::TimeExceeded).unwrap();
                let quote = quote(&message).unwrap();
                assert_eq!((quote.src.port(), quote.dst.port()), (7, 8));
                assert_eq!(packet(addr, Body::Icmp(message)).len(), max);
            }
        }
    }

    #[test]
    fn no_message_is_sent_about_a_message_or_to_a_group() {
        let addr: IpAddr = [10, 0, 0, 1].into();
        let udp = Body::Udp(Datagram { src_port: 7, dst_port: 8, payload: Payload::EMPTY });
        let message = about(&packet(addr, udp.clone()), IcmpKind::PortUnreachable).unwrap();
        assert_eq!(about(&packet(addr, Body::Icmp(message)), IcmpKind::HostUnreachable), None);
        assert_eq!(about(&packet([224, 0, 0, 1].into(), udp), IcmpKind::PortUnreachable), None);
    }

    #[test]
    fn a_quote_that_cannot_be_read_is_none() {
        for quoted in [&b""[..], &[0x45], &[0x4f; 30], &[0x60; 41], &[0x45; 23]] {
            assert_eq!(quote(&IcmpMessage { kind: IcmpKind::PortUnreachable, quoted: quoted.into() }), None);
        }
    }
}
