//! Properties of the codec.

use super::*;
use crate::seq::SeqRange;
use crate::wire::{Cookie, OptionLayout};
use proptest::prelude::*;

fn seq() -> impl Strategy<Value = Seq> {
    any::<u32>().prop_map(Seq::new)
}

/// Any options that fit a header.
fn options() -> impl Strategy<Value = Options> {
    let blocks = proptest::collection::vec((seq(), seq()), 0..=4);
    let some = proptest::option::of::<BoxedStrategy<u16>>;
    let timestamps = proptest::option::of(any::<(u32, u32)>());
    let cookie = (proptest::collection::vec(any::<u8>(), 0..=16), any::<bool>())
        .prop_map(|(bytes, experimental)| Cookie::new(&bytes).unwrap().in_experiment(experimental));
    let of_syn = (some(any::<u16>().boxed()), proptest::option::of(0..=14u8), any::<bool>());
    (of_syn, blocks, timestamps, proptest::option::of(cookie))
        .prop_map(|((mss, window_scale, sack_permitted), blocks, timestamps, fast_open)| {
            let mut blocks = blocks.into_iter().map(|(start, end)| SeqRange { start, end });
            let sack = [(); 4].map(|()| blocks.next());
            let layout = OptionLayout::default();
            Options {
                mss,
                window_scale,
                sack_permitted,
                sack: sack.into(),
                timestamps,
                fast_open: fast_open.map(Box::new),
                layout,
            }
        })
        .prop_filter("40 bytes of options", |options| needed(options) <= 40)
}

/// Bytes that options take, "no operation" between them included.
fn needed(options: &Options) -> usize {
    let blocks = options.sack.iter().flatten().count();
    let beside_timestamps = options.sack_permitted && options.timestamps.is_none();
    options.mss.map_or(0, |_| 4)
        + options.window_scale.map_or(0, |_| 4)
        + if beside_timestamps { 4 } else { 0 }
        + options.timestamps.map_or(0, |_| 12)
        + if blocks > 0 { 4 + 8 * blocks } else { 0 }
        + options
            .fast_open
            .as_ref()
            .map_or(0, |it| 2 + it.bytes().len() + if it.experimental { 2 } else { 0 })
}

fn bytes(max: usize) -> impl Strategy<Value = crate::payload::Payload> {
    proptest::collection::vec(any::<u8>(), 0..max).prop_map(Into::into)
}

fn body() -> impl Strategy<Value = Body> {
    let udp = (any::<(u16, u16)>(), bytes(1500))
        .prop_map(|((src_port, dst_port), payload)| Body::Udp(Datagram { src_port, dst_port, payload }));
    let numbers = (any::<(u16, u16, u8, u16, u16)>(), seq(), seq());
    let tcp = (numbers, options(), bytes(1500)).prop_map(|((header, seq, ack), options, payload)| {
        let (src_port, dst_port, flags, wnd, up) = header;
        let flags = Flags::from_bits(flags);
        Body::Tcp(Segment { src_port, dst_port, seq, ack, flags, wnd, up, options, payload })
    });
    prop_oneof![udp, tcp]
}

/// Any ICMP message that the version of IP has.
fn icmp(v4: bool) -> impl Strategy<Value = Body> {
    let all = IcmpKind::ALL.iter().copied().filter(|kind| kind.type_and_code(v4).is_some());
    let kinds = proptest::sample::select(all.collect::<Vec<_>>());
    (kinds, any::<u16>(), bytes(600)).prop_map(|(kind, number, quoted)| {
        let kind = match kind {
            IcmpKind::PacketTooBig { .. } => IcmpKind::PacketTooBig { mtu: number.into() },
            kind => kind,
        };
        Body::Icmp(IcmpMessage { kind, quoted })
    })
}

fn packet() -> impl Strategy<Value = Packet> {
    let v4 = any::<([u8; 4], [u8; 4])>().prop_map(|(a, b)| (IpAddr::from(a), IpAddr::from(b)));
    let v6 = any::<([u8; 16], [u8; 16])>().prop_map(|(a, b)| (IpAddr::from(a), IpAddr::from(b)));
    let either = prop_oneof![(v4, prop_oneof![body(), icmp(true)]), (v6, prop_oneof![body(), icmp(false)])];
    (either, any::<(u8, u8)>()).prop_map(|(((src, dst), body), (ttl, tos))| Packet {
        id: PacketId(0),
        src,
        dst,
        ttl,
        tos,
        body,
    })
}

proptest! {
    #[test]
    fn every_packet_survives_the_wire(packet in packet()) {
        let bytes = encode(&packet);
        prop_assert_eq!(bytes.len(), packet.len());
        prop_assert_eq!(decode(bytes), Ok(packet));
    }

    /// Text that is a slice of much more brings nothing else along.
    #[test]
    fn a_packet_has_the_same_bytes_wherever_its_text_lies(packet in packet(), before in 0..200usize) {
        let mut sliced = packet.clone();
        let text = match &mut sliced.body {
            Body::Tcp(segment) => &mut segment.payload,
            Body::Udp(datagram) => &mut datagram.payload,
            Body::Icmp(message) => &mut message.quoted,
        };
        let more = [&vec![0xaa; before], &text[..], &[0xbb; 9]].concat();
        *text = Payload::from(more).slice(before, before + text.len());
        prop_assert_eq!(encode(&sliced).to_vec(), encode(&packet).to_vec());
    }

    /// The one flip that passes turns an IPv4 UDP checksum into zero, "not checked": the packet is whole then.
    #[test]
    fn a_flipped_bit_behind_the_ip_header_never_makes_another_packet(packet in packet(), bit in any::<u32>()) {
        let mut bytes = encode(&packet).to_vec();
        let header = if packet.src.is_ipv4() { IPV4_HEADER } else { IPV6_HEADER };
        let at = header + bit as usize / 8 % (bytes.len() - header);
        bytes[at] ^= 1 << (bit % 8);
        if let Ok(decoded) = decode(&bytes[..]) {
            prop_assert_eq!(decoded, packet);
            prop_assert_eq!(&bytes[header + 6..header + 8], [0, 0]);
        }
    }

    #[test]
    fn a_flipped_bit_of_an_ipv4_header_is_caught(packet in packet(), bit in 0..160usize) {
        prop_assume!(packet.src.is_ipv4());
        let mut bytes = encode(&packet).to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(decode(bytes).is_err());
    }

    #[test]
    fn a_packet_cut_short_is_an_error(packet in packet(), at in any::<u32>()) {
        let bytes = encode(&packet);
        prop_assert!(matches!(decode(&bytes[..at as usize % bytes.len()]), Err(DecodeError::Truncated(_))));
    }

    #[test]
    fn no_bytes_make_it_panic(first in prop_oneof![Just(0x45u8), Just(0x60), any::<u8>()],
                              mut bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        bytes.insert(0, first);
        let _ = decode(&bytes[..]);
        let _ = crate::wire::fields::fields(&bytes);
    }

    /// Random bytes seldom pass the checksum, so the options behind it are tried on their own.
    #[test]
    fn no_tcp_options_make_it_panic(options in proptest::collection::vec(any::<u8>(), 0..=40)) {
        let _ = Options::decode(&options);
    }
}

/// Bytes written by hand from RFC 791, 768 and 9293; the checksums were added up by hand too.
#[test]
fn bytes_are_those_of_the_rfcs() {
    let (src, dst) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
    let udp = Body::Udp(Datagram { src_port: 1, dst_port: 2, payload: "a".into() });
    let packet = Packet { id: PacketId(7), src, dst, ttl: 64, tos: 0, body: udp };
    let expected = [
        0x45, 0, 0, 29, 0, 7, 0x40, 0, 64, 17, 0x26, 0xc7, 10, 0, 0, 1, 10, 0, 0, 2, // IPv4
        0, 1, 0, 2, 0, 9, 0x8a, 0xd6, b'a', // UDP
    ];
    assert_eq!(*encode(&packet), expected);
}

#[test]
fn what_no_host_sends_is_encoded_without_a_panic() {
    let (v4, v6): (IpAddr, IpAddr) = ([10, 0, 0, 1].into(), [0; 16].into());
    let block = Some(SeqRange::new(Seq::new(1), 1));
    let options = Options {
        mss: Some(1),
        window_scale: Some(1),
        sack_permitted: true,
        sack: [block; 4].into(),
        timestamps: Some((1, 2)),
        ..Options::default()
    };
    let tcp = Body::Tcp(Segment { options, ..Segment::default() });
    let packet = |src, dst, body| Packet { id: PacketId(0), src, dst, ttl: 1, tos: 0, body };
    let Ok(Packet { body: Body::Tcp(back), .. }) = decode(encode(&packet(v4, v4, tcp))) else {
        panic!("a header too full is cut short")
    };
    assert_eq!(*back.options.sack, [block, block, None, None]);
    let long = Body::Udp(Datagram { src_port: 1, dst_port: 2, payload: vec![0; 70_000].into() });
    for (src, dst) in [(v4, v4), (v6, v6), (v4, v6)] {
        let packet = packet(src, dst, long.clone());
        assert_ne!(decode(encode(&packet)), Ok(packet));
    }
}

#[test]
fn an_error_names_its_header() {
    let udp = Body::Udp(Datagram { src_port: 1, dst_port: 2, payload: "a".into() });
    let (src, dst) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
    let good = encode(&Packet { id: PacketId(0), src, dst, ttl: 64, tos: 0, body: udp });
    let with = |at: usize, byte: u8| {
        let mut bytes = good.to_vec();
        bytes[at] = byte;
        Ipv4Packet::new_unchecked(&mut bytes[..]).fill_checksum();
        decode(bytes)
    };
    assert_eq!(decode(""), Err(DecodeError::Truncated("IP")));
    assert_eq!(decode("\x50"), Err(DecodeError::Malformed("IP")));
    assert_eq!(decode(&good[..10]), Err(DecodeError::Truncated("IPv4")));
    assert_eq!(decode(&good[..28]), Err(DecodeError::Truncated("IPv4")));
    assert_eq!(with(6, 0x20), Err(DecodeError::Fragment));
    assert_eq!(with(9, 132), Err(DecodeError::UnknownProtocol(132)));
    assert_eq!(with(25, 7), Err(DecodeError::Malformed("UDP")));
    assert_eq!(with(25, 10), Err(DecodeError::Truncated("UDP")));
    assert_eq!(with(28, b'b'), Err(DecodeError::BadChecksum("UDP")));
    assert_eq!(DecodeError::Truncated("IPv4").to_string(), "the IPv4 packet is cut short");
}
