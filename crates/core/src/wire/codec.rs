//! Packets to bytes and back, with checksums, on smoltcp's `wire`.
//!
//! ```
//! use sockscope_core::wire::{Body, Datagram, Packet, PacketId, codec};
//! let body = Body::Udp(Datagram { src_port: 49152, dst_port: 53, payload: "hello".into() });
//! let packet = Packet { id: PacketId(0), src: [10, 0, 0, 1].into(), dst: [10, 0, 0, 2].into(), ttl: 64, tos: 0, body };
//! let bytes = codec::encode(&packet);
//! assert_eq!(codec::decode(bytes.clone()), Ok(packet));
//! let mut bytes = bytes.to_vec();
//! bytes[30] ^= 1;
//! assert_eq!(codec::decode(bytes), Err(codec::DecodeError::BadChecksum("UDP")));
//! ```

use super::checksum::Sum;
use super::{Body, Datagram, Flags, IcmpKind, IcmpMessage, Options, Packet, PacketId, Segment};
use crate::payload::Payload;
use crate::seq::Seq;
use smoltcp::wire::{IpProtocol, Ipv4Packet, Ipv6Packet, TcpPacket, UdpPacket};
use std::net::{IpAddr, Ipv6Addr};

/// Why bytes are not a packet. The text names the header at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end before the header or the length it announces.
    #[error("the {0} packet is cut short")]
    Truncated(&'static str),
    /// The checksum of this header does not fit.
    #[error("the {0} checksum does not fit: a bit was damaged on the way")]
    BadChecksum(&'static str),
    /// A field holds what it must not.
    #[error("the {0} header makes no sense")]
    Malformed(&'static str),
    /// It is one piece of an IP packet: no host of ours sends one, nor puts the pieces together.
    #[error("a fragment of an IP packet")]
    Fragment,
    /// Neither TCP, UDP nor the ICMP of this IP version: the protocol number.
    #[error("IP protocol {0} is not known here")]
    UnknownProtocol(u8),
    /// An ICMP message that no transport protocol acts on.
    #[error("ICMP type {kind} code {code} is not known here")]
    UnknownMessage {
        /// The type field.
        kind: u8,
        /// The code field.
        code: u8,
    },
}

const IPV4_HEADER: usize = 20;
/// Version 4, and a header of five words.
const VERSION_4: u8 = 0x45;
const DONT_FRAGMENT: u8 = 0x40;
/// Where the checksums stand.
const IPV4_CHECKSUM: usize = 10;
const UDP_CHECKSUM: usize = 6;
const TCP_CHECKSUM: usize = 16;
const ICMP_CHECKSUM: usize = 2;
const IPV6_HEADER: usize = 40;
const UDP_HEADER: usize = 8;
const TCP_HEADER: usize = 20;
const ICMP_HEADER: usize = 8;
/// Where the MTU of the next hop stands in an ICMP header that has one.
const ICMP_MTU: usize = 4;
/// What stands for a message that this version has not: type and code of "host unreachable".
const OTHER_V4: (u8, u8) = (3, 1);
const OTHER_V6: (u8, u8) = (1, 3);
/// Where the control bits stand in a TCP header.
const TCP_FLAGS: usize = 13;
/// The bytes of a packet, from the IP header on, with every checksum filled in.
///
/// The IPv4 identification is taken from the packet's number and "don't fragment" is set (RFC 6864 §4.1).
///
/// Total: what no host sends is written as near as can be. SACK blocks that find no room in the header are left out,
/// so are other options, length fields stop at 65,535, an ICMP message that the version has not is "host unreachable", and where the versions of `src` and `dst` differ both are written as IPv6.
pub fn encode(packet: &Packet) -> Payload {
    let (src, dst) = match (packet.src, packet.dst) {
        (src, dst) if src.is_ipv4() == dst.is_ipv4() => (src, dst),
        (src, dst) => (mapped(src).into(), mapped(dst).into()),
    };
    let header = if src.is_ipv4() { IPV4_HEADER } else { IPV6_HEADER };
    let length = header + packet.body.len();
    let text = packet.body.text();
    Payload::behind(length - text.len(), text, |bytes| {
        let (ip, body) = bytes.split_at_mut(header);
        let protocol = match &packet.body {
            Body::Udp(datagram) => encode_udp(datagram, src, dst, body),
            Body::Tcp(segment) => encode_tcp(segment, src, dst, body),
            Body::Icmp(message) => encode_icmp(message, src, dst, body),
        };
        match (src, dst) {
            (IpAddr::V4(src), IpAddr::V4(dst)) => {
                let [len, ident] = [clipped(length), packet.id.0 as u16].map(u16::to_be_bytes);
                ip[..2].copy_from_slice(&[VERSION_4, packet.tos]);
                ip[2..4].copy_from_slice(&len);
                ip[4..6].copy_from_slice(&ident);
                ip[6..10].copy_from_slice(&[DONT_FRAGMENT, 0, packet.ttl, protocol.into()]);
                ip[12..16].copy_from_slice(&src.octets());
                ip[16..].copy_from_slice(&dst.octets());
                fill_checksum(ip, IPV4_CHECKSUM, Sum::default());
            }
            (src, dst) => {
                let mut ip = Ipv6Packet::new_unchecked(ip);
                ip.set_version(6);
                ip.set_traffic_class(packet.tos);
                ip.set_payload_len(clipped(body.len()));
                ip.set_next_header(protocol);
                ip.set_hop_limit(packet.ttl);
                ip.set_src_addr(mapped(src));
                ip.set_dst_addr(mapped(dst));
            }
        }
    })
}

fn mapped(addr: IpAddr) -> Ipv6Addr {
    match addr {
        IpAddr::V4(addr) => addr.to_ipv6_mapped(),
        IpAddr::V6(addr) => addr,
    }
}

/// A length as it fits a header field of 16 bits.
fn clipped(len: usize) -> u16 {
    u16::try_from(len).unwrap_or(u16::MAX)
}

fn encode_udp(datagram: &Datagram, src: IpAddr, dst: IpAddr, out: &mut [u8]) -> IpProtocol {
    let mut udp = UdpPacket::new_unchecked(&mut out[..UDP_HEADER]);
    udp.set_src_port(datagram.src_port);
    udp.set_dst_port(datagram.dst_port);
    udp.set_len(clipped(UDP_HEADER + datagram.payload.len()));
    let sum = Sum::of_pseudo_header(src, dst, IpProtocol::Udp.into(), out.len());
    fill_checksum(out, UDP_CHECKSUM, sum);
    // Zero would say that there is none (RFC 768).
    let checksum = &mut out[UDP_CHECKSUM..][..2];
    if *checksum == [0; 2] {
        checksum.fill(0xff);
    }
    IpProtocol::Udp
}

/// The bytes of a segment alone, as a UDP datagram carries it. The checksum is zero: that of UDP covers it.
pub fn encode_segment(segment: &Segment) -> Payload {
    let header = segment.header_len();
    Payload::behind(header, &segment.payload, |bytes| write_header(segment, &mut bytes[..header]))
}

/// The segment that stands in a UDP datagram.
///
/// # Errors
/// [`DecodeError`] where it is none.
pub fn decode_segment(bytes: &Payload) -> Result<Segment, DecodeError> {
    let nobody = Ipv6Addr::UNSPECIFIED.into();
    decode_tcp(bytes, bytes, (nobody, nobody), Checksums::NeedNot)
}

fn encode_tcp(segment: &Segment, src: IpAddr, dst: IpAddr, out: &mut [u8]) -> IpProtocol {
    let header = out.len() - segment.payload.len();
    write_header(segment, &mut out[..header]);
    let sum = Sum::of_pseudo_header(src, dst, IpProtocol::Tcp.into(), out.len());
    fill_checksum(out, TCP_CHECKSUM, sum);
    IpProtocol::Tcp
}

/// Into as many bytes as it takes, which are zeros.
fn write_header(segment: &Segment, out: &mut [u8]) {
    let words = out.len() / 4;
    let (fixed, options) = out.split_at_mut(TCP_HEADER);
    fixed[..2].copy_from_slice(&segment.src_port.to_be_bytes());
    fixed[2..4].copy_from_slice(&segment.dst_port.to_be_bytes());
    fixed[4..8].copy_from_slice(&segment.seq.get().to_be_bytes());
    fixed[8..12].copy_from_slice(&segment.ack.get().to_be_bytes());
    // The data offset is the upper half of its octet.
    fixed[TCP_FLAGS - 1] = (words << 4) as u8;
    fixed[TCP_FLAGS] = segment.flags.bits();
    fixed[14..16].copy_from_slice(&segment.wnd.to_be_bytes());
    fixed[18..].copy_from_slice(&segment.up.to_be_bytes());
    segment.options.encode(options);
}

fn encode_icmp(message: &IcmpMessage, src: IpAddr, dst: IpAddr, out: &mut [u8]) -> IpProtocol {
    let header = &mut out[..ICMP_HEADER];
    let code = message.kind.type_and_code(src.is_ipv4());
    let (kind, code) = code.unwrap_or(if src.is_ipv4() { OTHER_V4 } else { OTHER_V6 });
    if let IcmpKind::PacketTooBig { mtu } = message.kind {
        // Over IPv4 the number has 16 bits, and 16 that are zero before it (RFC 1191 §4).
        let mtu = if src.is_ipv4() { mtu.min(u32::from(u16::MAX)) } else { mtu };
        header[ICMP_MTU..].copy_from_slice(&mtu.to_be_bytes());
    }
    header[..2].copy_from_slice(&[kind, code]);
    let (protocol, sum) = match (src, dst) {
        (IpAddr::V4(_), IpAddr::V4(_)) => (IpProtocol::Icmp, Sum::default()),
        _ => {
            let (src, dst) = (mapped(src).into(), mapped(dst).into());
            (IpProtocol::Icmpv6, Sum::of_pseudo_header(src, dst, IpProtocol::Icmpv6.into(), out.len()))
        }
    };
    fill_checksum(out, ICMP_CHECKSUM, sum);
    protocol
}

/// Writes the checksum of a header, and of what it covers, to the place where there are zeros so far.
fn fill_checksum(bytes: &mut [u8], at: usize, pseudo_header: Sum) {
    let checksum = pseudo_header.with(bytes).checksum();
    bytes[at..at + 2].copy_from_slice(&checksum);
}

/// The packet that starts with these bytes; its number is 0. Bytes after its announced length are ignored. What it carries
/// shares their memory.
///
/// Options that [`Options`] does not name are left out.
///
/// # Errors
/// [`DecodeError`] where the bytes are no packet of ours. Checksums are checked first, so a damaged field is a bad
/// checksum wherever one covers it.
pub fn decode(bytes: impl Into<Payload>) -> Result<Packet, DecodeError> {
    decode_with(&bytes.into(), Checksums::Must)
}

/// Whether checksums must fit.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Checksums {
    Must,
    /// As where a capture was made before the interface filled them in.
    NeedNot,
}

impl Checksums {
    /// Whether a packet goes through.
    fn pass(self, fits: bool) -> bool {
        self == Checksums::NeedNot || fits
    }
}

pub(super) fn decode_with(bytes: &Payload, checksums: Checksums) -> Result<Packet, DecodeError> {
    match bytes.first().ok_or(DecodeError::Truncated("IP"))? >> 4 {
        4 => decode_v4(bytes, checksums),
        6 => decode_v6(bytes, checksums),
        _ => Err(DecodeError::Malformed("IP")),
    }
}

#[inline(always)]
fn decode_v4(bytes: &Payload, checksums: Checksums) -> Result<Packet, DecodeError> {
    if bytes.len() < IPV4_HEADER {
        return Err(DecodeError::Truncated("IPv4"));
    }
    let ip = Ipv4Packet::new_unchecked(&bytes[..]);
    let header = usize::from(ip.header_len());
    if header < IPV4_HEADER {
        return Err(DecodeError::Malformed("IPv4"));
    }
    if bytes.len() < header {
        return Err(DecodeError::Truncated("IPv4"));
    }
    if !checksums.pass(Sum::default().with(&bytes[..header]).fits()) {
        return Err(DecodeError::BadChecksum("IPv4"));
    }
    if ip.more_frags() || ip.frag_offset() != 0 {
        return Err(DecodeError::Fragment);
    }
    if usize::from(ip.total_len()) < header {
        return Err(DecodeError::Malformed("IPv4"));
    }
    if bytes.len() < usize::from(ip.total_len()) {
        return Err(DecodeError::Truncated("IPv4"));
    }
    let (src, dst) = (ip.src_addr().into(), ip.dst_addr().into());
    let body = decode_body(ip.next_header(), (src, dst), bytes, ip.payload(), checksums)?;
    let tos = ip.dscp() << 2 | ip.ecn();
    Ok(Packet { id: PacketId(0), src, dst, ttl: ip.hop_limit(), tos, body })
}

fn decode_v6(bytes: &Payload, checksums: Checksums) -> Result<Packet, DecodeError> {
    let ip = Ipv6Packet::new_checked(&bytes[..]).map_err(|_| DecodeError::Truncated("IPv6"))?;
    let (src, dst) = (ip.src_addr().into(), ip.dst_addr().into());
    let body = decode_body(ip.next_header(), (src, dst), bytes, ip.payload(), checksums)?;
    Ok(Packet { id: PacketId(0), src, dst, ttl: ip.hop_limit(), tos: ip.traffic_class(), body })
}

#[inline(always)]
fn decode_body(
    protocol: IpProtocol,
    ends: (IpAddr, IpAddr),
    packet: &Payload,
    bytes: &[u8],
    checksums: Checksums,
) -> Result<Body, DecodeError> {
    match (protocol, ends.0, ends.1) {
        (IpProtocol::Udp, ..) => decode_udp(packet, bytes, ends, checksums).map(Body::Udp),
        (IpProtocol::Tcp, ..) => decode_tcp(packet, bytes, ends, checksums).map(Body::Tcp),
        (IpProtocol::Icmp, IpAddr::V4(_), _) => decode_icmpv4(packet, bytes, checksums).map(Body::Icmp),
        (IpProtocol::Icmpv6, IpAddr::V6(src), IpAddr::V6(dst)) => {
            decode_icmpv6(packet, bytes, (src, dst), checksums).map(Body::Icmp)
        }
        (IpProtocol::Ipv6Frag, ..) => Err(DecodeError::Fragment),
        _ => Err(DecodeError::UnknownProtocol(protocol.into())),
    }
}

fn decode_udp(
    packet: &Payload,
    bytes: &[u8],
    (src, dst): (IpAddr, IpAddr),
    checksums: Checksums,
) -> Result<Datagram, DecodeError> {
    if bytes.len() < UDP_HEADER {
        return Err(DecodeError::Truncated("UDP"));
    }
    let udp = UdpPacket::new_unchecked(bytes);
    let len = usize::from(udp.len());
    if len < UDP_HEADER {
        return Err(DecodeError::Malformed("UDP"));
    }
    if bytes.len() < len {
        return Err(DecodeError::Truncated("UDP"));
    }
    // Zero means "no checksum" over IPv4 (RFC 768) and is forbidden over IPv6 (RFC 8200 §8.1).
    let unchecked = udp.checksum() == 0;
    let fits = || Sum::of_pseudo_header(src, dst, IpProtocol::Udp.into(), len).with(&bytes[..len]).fits();
    if !checksums.pass(if unchecked { src.is_ipv4() } else { fits() }) {
        return Err(DecodeError::BadChecksum("UDP"));
    }
    Ok(Datagram { src_port: udp.src_port(), dst_port: udp.dst_port(), payload: packet.part(udp.payload()) })
}

#[inline(always)]
fn decode_tcp(
    packet: &Payload,
    bytes: &[u8],
    (src, dst): (IpAddr, IpAddr),
    checksums: Checksums,
) -> Result<Segment, DecodeError> {
    if bytes.len() < TCP_HEADER {
        return Err(DecodeError::Truncated("TCP"));
    }
    let tcp = TcpPacket::new_unchecked(bytes);
    let sum = Sum::of_pseudo_header(src, dst, IpProtocol::Tcp.into(), bytes.len());
    if !checksums.pass(sum.with(bytes).fits()) {
        return Err(DecodeError::BadChecksum("TCP"));
    }
    let header = usize::from(tcp.header_len());
    if header < TCP_HEADER {
        return Err(DecodeError::Malformed("TCP"));
    }
    if bytes.len() < header {
        return Err(DecodeError::Truncated("TCP"));
    }
    Ok(Segment {
        src_port: tcp.src_port(),
        dst_port: tcp.dst_port(),
        seq: Seq::new(tcp.seq_number().0 as u32),
        ack: Seq::new(tcp.ack_number().0 as u32),
        flags: Flags::from_bits(bytes[TCP_FLAGS]),
        wnd: tcp.window_len(),
        up: tcp.urgent_at(),
        options: Options::decode(tcp.options())?,
        payload: packet.part(tcp.payload()),
    })
}

fn decode_icmpv4(packet: &Payload, bytes: &[u8], checksums: Checksums) -> Result<IcmpMessage, DecodeError> {
    if bytes.len() < ICMP_HEADER {
        return Err(DecodeError::Truncated("ICMP"));
    }
    if !checksums.pass(Sum::default().with(bytes).fits()) {
        return Err(DecodeError::BadChecksum("ICMP"));
    }
    decode_message(packet, bytes, true)
}

fn decode_icmpv6(
    packet: &Payload,
    bytes: &[u8],
    (src, dst): (Ipv6Addr, Ipv6Addr),
    checksums: Checksums,
) -> Result<IcmpMessage, DecodeError> {
    if bytes.len() < ICMP_HEADER {
        return Err(DecodeError::Truncated("ICMPv6"));
    }
    let sum =
        Sum::of_pseudo_header(src.into(), dst.into(), IpProtocol::Icmpv6.into(), bytes.len()).with(bytes);
    if !checksums.pass(sum.fits()) {
        return Err(DecodeError::BadChecksum("ICMPv6"));
    }
    decode_message(packet, bytes, false)
}

fn decode_message(packet: &Payload, bytes: &[u8], v4: bool) -> Result<IcmpMessage, DecodeError> {
    let (kind, code) = (bytes[0], bytes[1]);
    let known = IcmpKind::ALL.iter().find(|known| known.type_and_code(v4) == Some((kind, code)));
    let mut known = *known.ok_or(DecodeError::UnknownMessage { kind, code })?;
    if let IcmpKind::PacketTooBig { mtu } = &mut known {
        let field = u32::from_be_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
        *mtu = if v4 { field & 0xffff } else { field };
    }
    Ok(IcmpMessage { kind: known, quoted: packet.part(&bytes[ICMP_HEADER..]) })
}

#[cfg(test)]
#[path = "codec_tests.rs"]
mod tests;
