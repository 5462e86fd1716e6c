//! Packets as a capture has them: cut short, with checksums that the interface would have filled in, with IPv6 extension
//! headers.

use super::codec::{Checksums, DecodeError, decode, decode_with};
use super::{Body, Packet};
use crate::payload::Payload;

/// A packet as a capture has it.
///
/// ```
/// use sockscope_core::wire::{Body, Captured, Datagram, Packet, PacketId, codec};
/// let body = Body::Udp(Datagram { src_port: 49152, dst_port: 53, payload: "hello".into() });
/// let packet = Packet { id: PacketId(7), src: [10, 0, 0, 1].into(), dst: [10, 0, 0, 2].into(), ttl: 64, tos: 0, body };
/// let bytes = codec::encode(&packet);
/// let captured = Captured::decode(&bytes[..30]).unwrap();
/// assert_eq!((captured.ident, captured.cut, captured.packet.len()), (7, 3, 33));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// The packet; its number is 0. Zeros stand for what was not kept.
    pub packet: Packet,
    /// Its identification, where IPv4 has one, or 0.
    pub ident: u16,
    /// So many bytes at its end were not kept.
    pub cut: u32,
    /// Whether every checksum fits; unknown, and so false, where it was cut.
    pub intact: bool,
}

impl Captured {
    /// The packet that starts with these bytes, of which the end may be missing, but no header.
    ///
    /// # Errors
    /// [`DecodeError`] where it is no packet of TCP, UDP or ICMP errors, or a fragment of one.
    pub fn decode(bytes: &[u8]) -> Result<Captured, DecodeError> {
        let is_v4 = bytes.first().ok_or(DecodeError::Truncated("IP"))? >> 4 == 4;
        let field = |at: usize| Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
        let announced = match is_v4 {
            true => usize::from(field(2).ok_or(DecodeError::Truncated("IPv4"))?),
            false => match field(4).ok_or(DecodeError::Truncated("IPv6"))? {
                0 => 0,
                payload => IPV6_HEADER + usize::from(payload),
            },
        };
        // What the interface cuts into packets has no length yet.
        let len = if announced == 0 { bytes.len().min(usize::from(u16::MAX)) } else { announced };
        let mut whole = bytes[..len.min(bytes.len())].to_vec();
        let cut = len - whole.len();
        whole.resize(len, 0);
        if is_v4 && announced == 0 {
            whole[2..4].copy_from_slice(&(len as u16).to_be_bytes());
        }
        if !is_v4 {
            whole = without_extensions(whole)?;
        }
        let whole = Payload::from(whole);
        let (packet, intact) = match decode(whole.clone()) {
            Err(DecodeError::BadChecksum(_)) => (decode_with(&whole, Checksums::NeedNot), false),
            other => (other, cut == 0),
        };
        let packet = match packet {
            // Zeros make no header.
            Err(DecodeError::Malformed(_)) if cut > 0 => return Err(DecodeError::Truncated("captured")),
            packet => packet?,
        };
        if cut > content(&packet) {
            return Err(DecodeError::Truncated("captured"));
        }
        let ident = field(4).filter(|_| is_v4).unwrap_or(0);
        Ok(Captured { packet, ident, cut: cut as u32, intact })
    }
}

const IPV6_HEADER: usize = 40;

/// An IPv6 packet without the extension headers that say nothing to the transport (RFC 8200 §4).
fn without_extensions(mut bytes: Vec<u8>) -> Result<Vec<u8>, DecodeError> {
    const HOP_BY_HOP: u8 = 0;
    const ROUTING: u8 = 43;
    const DESTINATION: u8 = 60;
    let short = DecodeError::Truncated("IPv6");
    if bytes.len() < IPV6_HEADER {
        return Err(short);
    }
    while matches!(bytes.get(6).ok_or(short)?, &HOP_BY_HOP | &ROUTING | &DESTINATION) {
        let &[next, words] = bytes.get(IPV6_HEADER..IPV6_HEADER + 2).ok_or(short)? else { return Err(short) };
        let end = IPV6_HEADER + 8 * (usize::from(words) + 1);
        if end > bytes.len() {
            return Err(short);
        }
        bytes.drain(IPV6_HEADER..end);
        bytes[6] = next;
    }
    let payload = (bytes.len() - IPV6_HEADER) as u16;
    bytes[4..6].copy_from_slice(&payload.to_be_bytes());
    Ok(bytes)
}

/// How many bytes of a packet are no header.
fn content(packet: &Packet) -> usize {
    match &packet.body {
        Body::Tcp(segment) => segment.payload.len(),
        Body::Udp(datagram) => datagram.payload.len(),
        Body::Icmp(message) => message.quoted.len(),
    }
}
