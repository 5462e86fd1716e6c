//! The bytes of packets.

use sockscope_core::wire::{Body, Options, Packet, codec, fields};
use std::net::IpAddr;

/// Bytes as a packet, as they are and with their lengths and checksums put right: by chance none would be.
///
/// What was read and written again is read as the same.
pub fn wire(data: &[u8]) {
    read(data);
    let mut repaired = data.to_vec();
    repair(&mut repaired);
    read(&repaired);
}

fn read(bytes: &[u8]) {
    let _ = fields::fields(bytes);
    let Ok(packet) = codec::decode(bytes) else { return };
    let written = codec::encode(&packet);
    let again = codec::decode(&written[..]).expect("what we write we read");
    assert_eq!(codec::encode(&again), written, "{packet:?}");
    if let Body::Icmp(message) = &packet.body {
        let _ = sockscope_core::icmp::quote(message);
    }
}

/// Bytes as the options of a segment.
pub fn options(data: &[u8]) {
    let Ok(options) = Options::decode(&data[..data.len().min(40)]) else { return };
    let segment = sockscope_core::wire::Segment { options, ..Default::default() };
    let [src, dst]: [IpAddr; 2] = [[10, 0, 0, 1].into(), [10, 0, 0, 2].into()];
    read(&codec::encode(&Packet {
        id: Default::default(),
        src,
        dst,
        ttl: 1,
        tos: 0,
        body: Body::Tcp(segment),
    }));
}

const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMP: u8 = 1;
const ICMPV6: u8 = 58;

/// Puts lengths and checksums right (RFC 1071).
fn repair(bytes: &mut [u8]) {
    let len = bytes.len();
    let (header, protocol, addresses) = match bytes.first().map(|byte| byte >> 4) {
        Some(4) if len >= 20 => {
            let header = (usize::from(bytes[0] & 15) * 4).clamp(20, len);
            bytes[2..4].copy_from_slice(&(len as u16).to_be_bytes());
            put(bytes, 10, |bytes| sum(&bytes[..header]));
            (header, bytes[9], 12..20)
        }
        Some(6) if len >= 40 => {
            bytes[4..6].copy_from_slice(&((len - 40) as u16).to_be_bytes());
            (40, bytes[6], 8..40)
        }
        _ => return,
    };
    let field = match protocol {
        TCP => 16,
        UDP => 6,
        ICMP | ICMPV6 => 2,
        _ => return,
    };
    if header + field + 2 > len {
        return;
    }
    if protocol == UDP {
        bytes[header + 4..header + 6].copy_from_slice(&((len - header) as u16).to_be_bytes());
    }
    put(bytes, header + field, |bytes| {
        let pseudo = match protocol {
            ICMP => 0,
            _ => sum(&bytes[addresses.clone()]) + u64::from(protocol) + (len - header) as u64,
        };
        pseudo + sum(&bytes[header..])
    });
}

fn sum(bytes: &[u8]) -> u64 {
    bytes.chunks(2).map(|pair| u64::from(pair[0]) << 8 | u64::from(pair.get(1).copied().unwrap_or(0))).sum()
}
/// Puts the complement of a sum into the field at `at`.
fn put(bytes: &mut [u8], at: usize, sum: impl Fn(&[u8]) -> u64) {
    bytes[at..at + 2].fill(0);
    let mut folded = sum(bytes);
    while folded > 0xffff {
        folded = (folded & 0xffff) + (folded >> 16);
    }
    bytes[at..at + 2].copy_from_slice(&(!(folded as u16)).to_be_bytes());
}
