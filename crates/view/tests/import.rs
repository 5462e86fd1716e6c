//! Captures as traces: what our own exports hold comes back, and every format and frame that other tools write is read.

mod common;

use sockscope_core::tcp::{State, TRANSITIONS};
use sockscope_core::time::Time;
use sockscope_core::trace::{Kind, Node, Trace};
use sockscope_core::wire::{Body, Datagram, Packet, PacketId, codec};
use sockscope_sim::{Scenario, World, presets};
use sockscope_view::card::PacketCard;
use sockscope_view::history::History;
use sockscope_view::ladder::{Ladder, Options};
use sockscope_view::{import, pcapng, tcpdump, text};

fn run(preset: &str) -> Trace {
    let scenario: Scenario = presets::text(preset).unwrap().parse().unwrap();
    let mut world = World::new(&scenario).unwrap();
    world.run();
    world.trace()
}

/// Every packet with the times at which it was seen, counted from the first.
fn sightings(history: &History) -> Vec<(Vec<u64>, Packet)> {
    let first = history.journeys()[0].at;
    let seen = history.journeys().iter().map(|journey| {
        let captured = journey.sightings.iter().map(|sighting| sighting.at);
        let sent = journey.sightings.is_empty().then_some(journey.at);
        let times = sent.into_iter().chain(captured).chain(journey.arrivals.iter().map(|arrival| arrival.at));
        let times = times.map(|at| at.since(first).as_nanos()).collect();
        (times, Packet { id: PacketId(0), ttl: 0, ..journey.packet.clone() })
    });
    seen.collect()
}

#[test]
fn the_card_of_a_captured_packet_says_what_is_inferred() {
    let imported = import::read(&pcapng::write(&History::of(run("tcp-upper")), None), "tcp-upper").unwrap();
    let history = History::of(imported.trace);
    let (mut blocks, mut effects) = (0, 0);
    for journey in history.journeys() {
        let card = PacketCard::new(&history, journey.packet.id).unwrap();
        assert!(card.call.is_none() && card.line.is_none(), "no call was seen");
        assert!(card.journey.iter().all(|step| !step.inferred), "that it passed was seen");
        assert!(
            card.effects.iter().all(|step| step.inferred) && card.blocks.iter().all(|block| block.inferred)
        );
        (blocks, effects) = (blocks + card.blocks.len(), effects + card.effects.len());
    }
    assert!(blocks > 4 && effects > 4, "{blocks} {effects}");
    let ladder = Ladder::new(&history, Options::wide(720.0));
    let bands = || ladder.scene().marks.iter().filter(|mark| mark.class.starts_with("band "));
    assert!(bands().count() > 3 && bands().all(|mark| mark.class.ends_with(" inferred")));
}

#[test]
fn what_was_exported_comes_back() {
    let mut compared = 0;
    for preset in presets::names() {
        let history = History::of(run(preset));
        // A capture cannot tell a copy from the packet, nor what a damaged packet was before.
        let odd = |hop: &sockscope_view::history::Hop| hop.copy > 0 || hop.flipped.is_some();
        if history.journeys().iter().any(|journey| journey.hops.iter().any(odd)) {
            continue;
        }
        let imported = import::read(&pcapng::write(&history, None), preset).unwrap();
        assert_eq!(imported.remarks(), [""; 0], "{preset}");
        let back = History::of(imported.trace);
        let (mut sent, mut seen) = (sightings(&history), sightings(&back));
        sent.sort_by(|a, b| a.0.cmp(&b.0));
        seen.sort_by(|a, b| a.0.cmp(&b.0));
        if sent == seen {
            compared += 1;
        } else {
            // Routers send errors that no host captures as they leave.
            let routers =
                history.journeys().iter().any(|journey| !history.hosts().any(|host| host == journey.from));
            assert!(routers, "{preset}");
        }
    }
    assert!(compared > 10, "{compared}");
}

#[test]
fn states_are_those_of_the_run() {
    let history = History::of(run("tcp-upper"));
    let imported = import::read(&pcapng::write(&history, None), "tcp-upper").unwrap();
    let of = |trace: &Trace, node: u16| -> Vec<State> {
        let states = trace.events.iter().filter(|event| event.node == Some(Node(node)));
        states
            .filter_map(|event| match event.kind {
                Kind::State { to, .. } => Some(to),
                _ => None,
            })
            .filter(|state| *state != State::Listen)
            .collect()
    };
    let original = run("tcp-upper");
    for node in [0, 1] {
        let (mut real, inferred) = (of(&original, node), of(&imported.trace, node));
        // That no packet tells: the end of TIME-WAIT.
        if real.ends_with(&[State::TimeWait, State::Closed]) {
            real.pop();
        }
        assert_eq!(inferred, real);
    }
    for event in &imported.trace.events {
        if let Kind::State { from, to, trigger, .. } = event.kind {
            assert!(TRANSITIONS.iter().any(|arc| (arc.from, arc.trigger, arc.to) == (from, trigger, to)));
            assert!(event.cause.is_some(), "it is inferred from a packet");
        }
    }
}

#[test]
fn one_point_gives_level_arrows_and_says_so() {
    let history = History::of(run("tcp-syn-lost"));
    let imported = import::read(&pcapng::write(&history, Some(Node(0))), "client").unwrap();
    let back = History::of(imported.trace);
    assert!(back.journeys().iter().all(|journey| journey.sightings.len() == 1));
    assert_eq!(
        back.journeys().iter().filter(|journey| journey.original.is_some()).count(),
        1,
        "the SYN again"
    );
    let ladder = text::ladder(&back, 100);
    assert!(ladder.contains("SYN seq=0 again"), "{ladder}");
    assert!(
        ladder.contains("whether it arrived, is not known") && ladder.contains("(ESTABLISHED)"),
        "{ladder}"
    );
    assert!(!ladder.contains("arrives") && !ladder.contains("lost"), "{ladder}");
    assert!(tcpdump::lines(&back, None).lines().next().unwrap().contains("Flags [S]"));
}

/// A datagram of five bytes.
fn datagram(v6: bool) -> Packet {
    let body = Body::Udp(Datagram { src_port: 49152, dst_port: 53, payload: "hello".into() });
    let (src, dst) = match v6 {
        false => (([10, 0, 0, 1]).into(), [10, 0, 0, 2].into()),
        true => ("fd00::1".parse().unwrap(), "fd00::2".parse().unwrap()),
    };
    Packet { id: PacketId(0), src, dst, ttl: 64, tos: 0, body }
}

/// A pcap file with one frame, kept up to `kept` bytes.
fn pcap(magic: [u8; 4], link: u32, fraction: u32, frame: &[u8], kept: usize) -> Vec<u8> {
    let big = magic[0] == 0xa1;
    let word = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let mut file = Vec::from(magic);
    for n in [0x0004_0002, 0, 0, 65535, link, 1_700_000_000, fraction, kept as u32, frame.len() as u32] {
        file.extend(word(n));
    }
    file.extend(&frame[..kept]);
    file
}

const LITTLE: [u8; 4] = [0xd4, 0xc3, 0xb2, 0xa1];

#[test]
fn both_byte_orders_and_units_of_pcap_are_read() {
    let frame = codec::encode(&datagram(false));
    let nanoseconds = [0x4d, 0x3c, 0xb2, 0xa1];
    let swapped = |magic: [u8; 4]| [magic[3], magic[2], magic[1], magic[0]];
    for (magic, unit) in
        [(LITTLE, 1_000), (swapped(LITTLE), 1_000), (nanoseconds, 1), (swapped(nanoseconds), 1)]
    {
        let mut file = pcap(magic, 101, 5, &frame, frame.len());
        let second = pcap(magic, 101, 9, &frame, frame.len());
        file.extend(&second[24..]);
        let trace = import::read(&file, "two").unwrap().trace;
        let history = History::of(trace);
        assert_eq!(history.journeys().len(), 2);
        assert_eq!(history.journeys()[0].packet, datagram(false));
        assert_eq!(history.journeys()[1].at, Time::from_nanos(4 * unit));
    }
}

#[test]
fn every_frame_is_unwrapped() {
    for v6 in [false, true] {
        let ip = codec::encode(&datagram(v6));
        let kind: [u8; 2] = if v6 { [0x86, 0xdd] } else { [8, 0] };
        let with = |head: &[u8]| [head, &ip].concat();
        let ethernet = [&[0; 12][..], &kind].concat();
        let vlan = [&[0; 12][..], &[0x88, 0xa8, 0, 1, 0x81, 0, 0, 2], &kind].concat();
        let cooked = [&[0, 4, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0][..], &kind].concat();
        let cooked2 = [&kind[..], &[0, 0, 0, 0, 0, 1, 3, 4, 4, 6], &[0; 8]].concat();
        let frames = [
            (1, with(&ethernet)),
            (1, with(&vlan)),
            (0, with(&[2, 0, 0, 0])),
            (108, with(&[0, 0, 0, 2])),
            (101, ip.to_vec()),
            (113, with(&cooked)),
            (276, with(&cooked2)),
        ];
        for (link, frame) in frames {
            let imported = import::read(&pcap(LITTLE, link, 0, &frame, frame.len()), "frame").unwrap();
            let history = History::of(imported.trace);
            let packets: Vec<_> = history.journeys().iter().map(|journey| journey.packet.clone()).collect();
            assert_eq!(packets, [datagram(v6)], "link type {link}");
        }
    }
}

#[test]
fn what_is_left_out_is_counted_and_said() {
    let remarks = |link, frame: &[u8], kept| {
        import::read(&pcap(LITTLE, link, 0, frame, kept), "odd").unwrap().remarks()
    };
    let ip = codec::encode(&datagram(false)).to_vec();
    let mut fragment = ip.clone();
    fragment[6] = 0x20;
    let mut sctp = ip.clone();
    sctp[9] = 132;
    let mut damaged = ip.clone();
    damaged[30] ^= 1;
    assert_eq!(remarks(101, &ip, ip.len()), [""; 0]);
    assert_eq!(remarks(101, &fragment, ip.len()), ["1 left out: a fragment of an IP packet"]);
    assert_eq!(remarks(101, &sctp, ip.len()), ["1 left out: IP protocol 132 is not known here"]);
    assert!(remarks(101, &damaged, ip.len())[0].starts_with("1 with a checksum that does not fit"));
    assert!(remarks(101, &ip, 30)[0].starts_with("1 cut short by the capture"));
    assert_eq!(remarks(101, &ip, 22), ["1 left out: the captured packet is cut short"]);
    assert!(remarks(147, &ip, ip.len())[0].contains("link type 147"));
    let arp = [&[0; 12][..], &[8, 6], &[0; 28]].concat();
    assert_eq!(remarks(1, &arp, arp.len()), ["1 left out: of ARP"]);
    // A payload that was cut keeps its length; only what is known is quoted.
    let history = History::of(import::read(&pcap(LITTLE, 101, 0, &ip, 30), "cut").unwrap().trace);
    assert_eq!(history.journeys()[0].payload(), b"he");
    assert!(text::ladder(&history, 120).contains("datagram 5 bytes 'he'"));
}

#[test]
fn what_is_no_capture_is_refused_with_its_place() {
    let good = pcapng::write(&History::of(run("udp-upper")), None);
    let refused = |bytes: &[u8]| import::read(bytes, "bad").unwrap_err().to_string();
    assert!(refused(b"hello").starts_with("byte 0: this is no capture; give a file"));
    assert!(refused(b"").starts_with("byte 0: this is no capture"));
    let section = u32::from_le_bytes([good[4], good[5], good[6], good[7]]) as usize;
    let mut odd = good.clone();
    odd[section + 4] = 13;
    assert!(
        refused(&odd).starts_with(&format!("byte {section}: a block of pcapng cannot have")),
        "{}",
        refused(&odd)
    );
    let mut stranger = good.clone();
    let packet = (0..good.len()).step_by(4).find(|at| good[*at..].starts_with(&[6, 0, 0, 0])).unwrap();
    stranger[packet + 8] = 9;
    let said = format!("byte {packet}: this packet is of an interface that the file does not describe");
    assert_eq!(refused(&stranger), said);
    let cut = import::read(&good[..good.len() - 3], "cut").unwrap();
    assert!(cut.remarks()[0].contains("breaks off at byte"), "{:?}", cut.remarks());
}
