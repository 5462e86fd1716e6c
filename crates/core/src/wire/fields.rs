//! The header fields of a packet, one by one: what a packet card shows beside the bytes.
//!
//! ```
//! use sockscope_core::wire::{Body, Datagram, Packet, PacketId, codec, fields::fields};
//! let body = Body::Udp(Datagram { src_port: 49152, dst_port: 53, payload: "hello".into() });
//! let packet = Packet { id: PacketId(0), src: [10, 0, 0, 1].into(), dst: [10, 0, 0, 2].into(), ttl: 64, tos: 0, body };
//! let card = fields(&codec::encode(&packet));
//! let port = card.iter().find(|field| field.name == "Destination port").unwrap();
//! assert_eq!((port.header, port.value.as_str(), port.bytes()), ("UDP", "53", 22..24));
//! ```

use super::Flags;
use crate::payload::Payload;
use serde::Serialize;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

/// One field of a header, or the data behind the last one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// The header it belongs to: `IPv4`, `IPv6`, `UDP`, `TCP`, `ICMP`, `ICMPv6`; `Data` behind the last.
    pub header: &'static str,
    /// Its name in the RFC, with a capital first letter.
    pub name: &'static str,
    /// Its bits, counted from the first bit of the packet.
    pub bits: Range<usize>,
    /// Its value as people write it.
    pub value: String,
    /// What that value stands for, in a word or a few; none where it is an amount, an address or a text.
    pub says: Option<&'static str>,
    /// What it is for, in a sentence or less without a full stop.
    pub meaning: String,
}

impl Field {
    /// The bytes that hold it; the first and the last may hold other fields too.
    pub fn bytes(&self) -> Range<usize> {
        self.bits.start / 8..self.bits.end.div_ceil(8)
    }
}

/// Every field of the packet that starts with these bytes, in their order. Fields that lie beyond the end of the
/// bytes are absent; a header that is unknown is data.
pub fn fields(bytes: &[u8]) -> Vec<Field> {
    let mut card = Card { bytes, at: 0, header: "IP", fields: Vec::new() };
    let next = match bytes.first().map(|first| first >> 4) {
        Some(4) => ipv4(&mut card),
        Some(6) => ipv6(&mut card),
        _ => None,
    };
    match next {
        Some(1) => icmp(&mut card, "ICMP"),
        Some(6) => tcp(&mut card),
        Some(17) => udp(&mut card),
        Some(58) => icmp(&mut card, "ICMPv6"),
        _ => None,
    };
    card.header = "Data";
    card.rest("Data", usize::MAX, "what the header before carries");
    card.fields
}

/// Reads bits from the front and writes fields.
struct Card<'a> {
    bytes: &'a [u8],
    /// The next bit to read.
    at: usize,
    header: &'static str,
    fields: Vec<Field>,
}

impl Card<'_> {
    /// The next `bits` (at most 64) as a number, from `ahead` bits further on; `None` beyond the end.
    fn peek(&self, ahead: usize, bits: usize) -> Option<u64> {
        let start = self.at + ahead;
        (start..start + bits).try_fold(0, |number, bit| {
            let byte = self.bytes.get(bit / 8)?;
            Some(number << 1 | u64::from(byte >> (7 - bit % 8) & 1))
        })
    }
    /// A field of `bits` bits, at most 64, whose value is written by `show`.
    fn field(
        &mut self,
        name: &'static str,
        bits: usize,
        show: impl Fn(u64) -> String,
        meaning: impl Into<String>,
    ) -> Option<u64> {
        let number = self.peek(0, bits)?;
        self.put(name, bits, show(number), meaning.into());
        Some(number)
    }
    /// A field whose numbers stand for something.
    fn code(
        &mut self,
        name: &'static str,
        bits: usize,
        says: impl Fn(u64) -> Option<&'static str>,
        meaning: &str,
    ) -> Option<u64> {
        let number = self.number(name, bits, meaning)?;
        self.say(says(number));
        Some(number)
    }
    /// Says what the value of the last field stands for.
    fn say(&mut self, says: Option<&'static str>) {
        self.fields.iter_mut().last().into_iter().for_each(|field| field.says = says);
    }
    /// A field that is a plain number.
    fn number(&mut self, name: &'static str, bits: usize, meaning: impl Into<String>) -> Option<u64> {
        self.field(name, bits, |n| n.to_string(), meaning)
    }
    /// A field that is written in hexadecimal.
    fn hex(&mut self, name: &'static str, bits: usize, meaning: impl Into<String>) -> Option<u64> {
        self.field(name, bits, |n| format!("0x{n:0width$x}", width = bits / 4), meaning)
    }
    fn put(&mut self, name: &'static str, bits: usize, value: String, meaning: String) {
        let (header, end) = (self.header, self.at + bits);
        self.fields.push(Field { header, name, bits: self.at..end, value, says: None, meaning });
        self.at = end;
    }
    /// The bytes up to `end`, or to the end of all bytes, as one field; none where there are none.
    fn rest(&mut self, name: &'static str, end: usize, meaning: &str) {
        let end = end.min(self.bytes.len());
        if self.at < end * 8 {
            let value = Payload::from(&self.bytes[self.at / 8..end]).to_string();
            self.put(name, end * 8 - self.at, value, meaning.into());
        }
    }
}

/// The fields of an IPv4 header (RFC 791 §3.1); the protocol it carries.
fn ipv4(card: &mut Card) -> Option<u64> {
    card.header = "IPv4";
    card.number("Version", 4, "IP version 4")?;
    let words = card.field("IHL", 4, |n| n.to_string(), "length of this header in words of 4 bytes")?;
    card.number("DSCP", 6, "class of service; 0 is best effort")?;
    card.code("ECN", 2, ecn, "whether routers may mark congestion instead of dropping")?;
    card.number("Total length", 16, "bytes of the whole packet, this header included")?;
    card.hex("Identification", 16, "tells the fragments of one packet from those of another")?;
    card.number("Reserved", 1, "always 0")?;
    card.number("Don't fragment", 1, "1: drop the packet rather than cut it up")?;
    card.number("More fragments", 1, "1: this is not the last fragment")?;
    card.number("Fragment offset", 13, "place of this fragment in the packet, in units of 8 bytes")?;
    card.number("Time to live", 8, "how many routers it may still pass")?;
    let protocol = card.code("Protocol", 8, protocol, "what this packet carries")?;
    card.hex("Header checksum", 16, "covers this header only")?;
    card.field("Source address", 32, v4_address, "the interface it was sent from")?;
    card.field("Destination address", 32, v4_address, "the interface it is for")?;
    card.rest("Options", words as usize * 4, "rarely used");
    Some(protocol)
}

/// The fields of an IPv6 header (RFC 8200 §3); the protocol it carries.
fn ipv6(card: &mut Card) -> Option<u64> {
    card.header = "IPv6";
    card.number("Version", 4, "IP version 6")?;
    card.number("DSCP", 6, "class of service; 0 is best effort")?;
    card.code("ECN", 2, ecn, "whether routers may mark congestion instead of dropping")?;
    card.hex("Flow label", 20, "the same for all packets of a flow; 0: none given")?;
    card.number("Payload length", 16, "bytes behind this header")?;
    let protocol = card.code("Next header", 8, protocol, "what this packet carries")?;
    card.number("Hop limit", 8, "how many routers it may still pass")?;
    v6_address(card, "Source address", "the interface it was sent from")?;
    v6_address(card, "Destination address", "the interface it is for")?;
    Some(protocol)
}

/// The fields of a UDP header (RFC 768).
fn udp(card: &mut Card) -> Option<()> {
    card.header = "UDP";
    card.number("Source port", 16, "the socket it was sent from")?;
    card.number("Destination port", 16, "the socket it is for")?;
    card.number("Length", 16, "bytes of this header and the data")?;
    card.field("Checksum", 16, checksum, "covers addresses, this header and the data; 0: not used")?;
    Some(())
}

/// The fields of a TCP header (RFC 9293 §3.1).
fn tcp(card: &mut Card) -> Option<()> {
    card.header = "TCP";
    let start = card.at / 8;
    card.number("Source port", 16, "the sender's port")?;
    card.number("Destination port", 16, "the receiver's port")?;
    card.number("Sequence number", 32, "number of the first byte of data, or of the SYN")?;
    let has_ack = card.peek(32, 16).is_some_and(|bits| Flags::from_bits(bits as u8).has(Flags::ACK));
    let meaning = if has_ack { "the next byte the sender expects" } else { "not in use: the ACK bit is 0" };
    card.number("Acknowledgment number", 32, meaning)?;
    let words = card.number("Data offset", 4, "length of this header in words of 4 bytes")?;
    card.number("Reserved", 4, "always 0")?;
    for (name, meaning) in CONTROL_BITS {
        card.number(name, 1, meaning)?;
    }
    card.number("Window", 16, "bytes the sender can take from the acknowledgment number on, before scaling")?;
    card.field("Checksum", 16, checksum, "covers addresses, this header and the data")?;
    card.number("Urgent pointer", 16, "end of urgent data; in use where the URG bit is 1")?;
    tcp_options(card, start + words as usize * 4);
    Some(())
}

/// The control bits in the order of the header, with what 1 means.
const CONTROL_BITS: [(&str, &str); 8] = [
    ("CWR", "the sender slowed down after congestion was marked"),
    ("ECE", "a packet arrived marked with congestion"),
    ("URG", "the urgent pointer is in use"),
    ("ACK", "the acknowledgment number is in use"),
    ("PSH", "hand the data to the program at once"),
    ("RST", "the connection is over, without ceremony"),
    ("SYN", "opens the connection: takes one sequence number"),
    ("FIN", "the sender has no more data: takes one sequence number"),
];

/// The options of a TCP header that ends at byte `end` (RFC 9293 §3.2, RFC 7323, RFC 2018, RFC 7413).
fn tcp_options(card: &mut Card, end: usize) {
    let end = end.min(card.bytes.len());
    while card.at / 8 < end && option(card, end).is_some() {}
    card.rest("Options", end, "cannot be read");
}

/// One option; `None` where there is none that ends by `end`.
fn option(card: &mut Card, end: usize) -> Option<()> {
    let kind = card.peek(0, 8)?;
    if kind == 0 {
        card.rest("End of options", end, "and padding to a whole word");
        return None;
    }
    if kind == 1 {
        card.hex("No operation", 8, "padding");
        return Some(());
    }
    let len = card.peek(8, 8)? as usize;
    if len < 2 || card.at / 8 + len > end {
        return None;
    }
    let value = |bytes: usize| card.peek(16, bytes * 8);
    let (name, value, meaning) = match (kind, len) {
        (2, 4) => {
            ("Maximum segment size", value(2)?.to_string(), "longest segment the sender takes, in bytes")
        }
        (3, 3) => ("Window scale", value(1)?.to_string(), "windows count in units of 2 to this power"),
        (4, 2) => ("SACK permitted", String::new(), "the sender understands selective acknowledgments"),
        (5, _) => ("SACK", sack(card, len), "ranges that arrived behind a hole"),
        (34, 2) => ("Fast open", String::new(), "asks for a cookie, to send data on the SYN another time"),
        (34, _) => ("Fast open cookie", cookie(card, len), "proves that the sender has this address"),
        (8, 10) => {
            let times = format!("{}, {}", value(4)?, card.peek(48, 32)?);
            ("Timestamps", times, "the sender's clock, and the last clock value it saw from the peer")
        }
        _ => ("Unknown option", kind.to_string(), "the number of its kind; it is ignored"),
    };
    card.put(name, len * 8, value, meaning.into());
    Some(())
}

/// The blocks of the SACK option that comes next, `len` bytes long.
fn sack(card: &Card, len: usize) -> String {
    let edge = |at| card.peek(16 + at * 32, 32).unwrap_or(0);
    let blocks = (0..(len - 2) / 8).map(|block| format!("{}–{}", edge(block * 2), edge(block * 2 + 1)));
    blocks.collect::<Vec<_>>().join(", ")
}

/// The bytes of the fast open option that comes next, `len` bytes long.
fn cookie(card: &Card, len: usize) -> String {
    let bytes = (2..len).filter_map(|at| card.peek(at * 8, 8));
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

/// The fields of an ICMP error message (RFC 792, RFC 4443 §3).
fn icmp(card: &mut Card, header: &'static str) -> Option<()> {
    card.header = header;
    let v4 = header == "ICMP";
    let kind = card.code("Type", 8, |number| icmp_type(number, v4), "what kind of message this is")?;
    let code = card.number("Code", 8, "which message of this kind")?;
    card.field("Checksum", 16, checksum, "covers the whole message")?;
    if matches!((kind, code, v4), (3, 4, true) | (2, _, false)) {
        card.number("Next-hop MTU", 32, "bytes of the largest packet that goes through")?;
    } else {
        card.hex("Unused", 32, "says nothing in these messages")?;
    }
    card.rest("Quoted packet", usize::MAX, "the start of the packet that this message is about");
    Some(())
}

const fn icmp_type(number: u64, v4: bool) -> Option<&'static str> {
    Some(match (number, v4) {
        (3, true) | (1, false) => "destination unreachable",
        (2, false) => "packet too big",
        (4, true) => "source quench",
        (11, true) | (3, false) => "time exceeded",
        (12, true) | (4, false) => "parameter problem",
        _ => return None,
    })
}

const fn protocol(number: u64) -> Option<&'static str> {
    Some(match number {
        1 => "ICMP",
        6 => "TCP",
        17 => "UDP",
        58 => "ICMPv6",
        _ => "unknown here",
    })
}

const fn ecn(bits: u64) -> Option<&'static str> {
    Some(["not ECN-capable", "ECT(1)", "ECT(0)", "congestion experienced"][bits as usize & 3])
}

fn checksum(sum: u64) -> String {
    format!("0x{sum:04x}")
}

fn v4_address(number: u64) -> String {
    Ipv4Addr::from(number as u32).to_string()
}

fn v6_address(card: &mut Card, name: &'static str, meaning: &str) -> Option<()> {
    let number = u128::from(card.peek(0, 64)?) << 64 | u128::from(card.peek(64, 64)?);
    card.put(name, 128, Ipv6Addr::from(number).to_string(), meaning.into());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seq::{Seq, SeqRange};
    use crate::wire::{Body, IcmpKind, IcmpMessage, Options, Packet, PacketId, Segment, codec};
    use std::net::IpAddr;

    fn card(src: IpAddr, dst: IpAddr, body: Body) -> (Vec<u8>, Vec<Field>) {
        let bytes = codec::encode(&Packet { id: PacketId(0), src, dst, ttl: 64, tos: 0, body });
        let fields = fields(&bytes);
        (bytes.to_vec(), fields)
    }

    fn value<'a>(fields: &'a [Field], header: &str, name: &str) -> &'a str {
        let field = fields.iter().find(|field| field.header == header && field.name == name);
        &field.unwrap_or_else(|| panic!("no {name} in {header}")).value
    }

    fn syn() -> Body {
        let options = Options {
            mss: Some(1460),
            window_scale: Some(7),
            sack_permitted: true,
            timestamps: Some((1, 2)),
            ..Options::default()
        };
        let seq = Seq::new(1000);
        let flags = Flags::SYN;
        Body::Tcp(Segment { src_port: 50_000, dst_port: 80, seq, flags, options, ..Segment::default() })
    }

    /// No bit is in two fields or in none: the card and the bytes beside it agree.
    #[test]
    fn the_fields_cover_every_bit_once() {
        let (v4, v6): (IpAddr, IpAddr) = ([10, 0, 0, 1].into(), [1; 16].into());
        let icmp = Body::Icmp(IcmpMessage { kind: IcmpKind::PortUnreachable, quoted: "abc".into() });
        for (addr, body) in [(v4, syn()), (v6, syn()), (v4, icmp.clone()), (v6, icmp)] {
            let (bytes, fields) = card(addr, addr, body);
            let end = fields.iter().fold(0, |at, field| {
                assert_eq!(field.bits.start, at, "{}", field.name);
                field.bits.end
            });
            assert_eq!(end, bytes.len() * 8);
        }
    }

    #[test]
    fn a_syn_is_told_with_its_options() {
        let addr: IpAddr = [10, 0, 0, 1].into();
        let (_, fields) = card(addr, addr, syn());
        let told = [
            ("IPv4", "Protocol", "6"),
            ("IPv4", "Source address", "10.0.0.1"),
            ("TCP", "Destination port", "80"),
            ("TCP", "Sequence number", "1000"),
            ("TCP", "Data offset", "10"),
            ("TCP", "SYN", "1"),
            ("TCP", "ACK", "0"),
            ("TCP", "Maximum segment size", "1460"),
            ("TCP", "Window scale", "7"),
            ("TCP", "Timestamps", "1, 2"),
        ];
        for (header, name, text) in told {
            assert_eq!(value(&fields, header, name), text, "{name}");
        }
        let says: Vec<&str> = fields.iter().filter_map(|field| field.says).collect();
        assert_eq!(says, ["not ECN-capable", "TCP"]);
    }

    #[test]
    fn sack_blocks_are_told() {
        let block = |start| Some(SeqRange::new(Seq::new(start), 10));
        let options = Options { sack: [block(1), block(50), None, None].into(), ..Options::default() };
        let addr: IpAddr = [10, 0, 0, 1].into();
        let (_, fields) = card(addr, addr, Body::Tcp(Segment { options, ..Segment::default() }));
        assert_eq!(value(&fields, "TCP", "SACK"), "1–11, 50–60");
    }

    #[test]
    fn a_packet_cut_short_is_told_as_far_as_it_goes() {
        let addr: IpAddr = [10, 0, 0, 1].into();
        let (bytes, whole) = card(addr, addr, syn());
        for len in 0..bytes.len() {
            let told = fields(&bytes[..len]);
            let same = told.iter().zip(&whole).take_while(|(told, whole)| told == whole).count();
            assert!(told[same..].len() <= 1, "{len}: only what is left over is told otherwise");
            assert!(told[same..].iter().all(|field| field.bytes().end <= len), "{len}");
        }
    }
}
