//! The text views of the main scenarios, byte for byte, and what cards and program views say.

mod common;

use common::golden::golden;
use common::scenes::german;
use common::{CLIENT, Script, client, server};
use sockscope_core::program::SocketKind;
use sockscope_core::tcp::{State, TcpInfo};
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::{Kind, Node, NodeInfo, NodeKind, Omission, Passage, Sock};
use sockscope_core::wire::{Body, Packet, PacketId, Segment, codec};
use sockscope_view::card::PacketCard;
use sockscope_view::history::History;
use sockscope_view::program::{Doing, ProgramView};
use sockscope_view::{pcapng, story, tcpdump, text};

#[test]
fn ladders() {
    for (name, trace) in common::all() {
        golden(&format!("{name}-ladder.txt"), &text::ladder(&History::of(trace), 100));
    }
}

#[test]
fn tcpdump_lines() {
    for (name, trace) in [("lost-syn", common::lost_syn()), ("refused", common::refused())] {
        golden(&format!("{name}-tcpdump.txt"), &tcpdump::lines(&History::of(trace), None));
    }
}

#[test]
fn every_event_has_a_sentence() {
    for (name, trace) in common::all() {
        let history = History::of(trace);
        let sentence = |n| format!("{n:>3} {}\n", story::sentence(&history, n));
        let story: String = (0..history.events().len()).map(sentence).collect();
        assert!(story.lines().all(|line| line.ends_with('.')), "{story}");
        golden(&format!("{name}-story.txt"), &story);
    }
}

#[test]
fn milestones_tell_the_handshake() {
    let milestones = story::milestones(&History::of(common::lost_syn()));
    let texts: Vec<&str> = milestones.iter().map(|milestone| milestone.text.as_str()).collect();
    assert!(texts.contains(&"client's SYN seq=0 is lost on the wire."), "{texts:#?}");
    assert!(texts.contains(&"client's connection goes from SYN-SENT to ESTABLISHED."), "{texts:#?}");
}

#[test]
fn a_card_tells_fields_bytes_and_fate() {
    let history = History::of(common::lost_syn());
    let lost = &history.journeys()[0];
    let card = PacketCard::new(&history, lost.packet.id).unwrap();
    assert_eq!(card.bytes, *codec::encode(&lost.packet));
    assert_eq!(card.why.source, "RFC 9293 §3.5");
    let value = |card: &PacketCard, name| {
        card.fields.iter().find(|field| field.name == name).map(|field| field.value.clone()).unwrap()
    };
    assert_eq!(value(&card, "Destination port"), "12000");
    assert_eq!(value(&card, "ECN"), "0 (not ECN-capable)");
    let german = history.clone().told_in(german());
    assert_eq!(value(&PacketCard::new(&german, lost.packet.id).unwrap(), "ECN"), "0 (nicht ECN-fähig)");
    assert_eq!(card.journey.last().unwrap().text, "client's SYN seq=0 is lost on the wire.");
    let again = PacketCard::new(&history, history.journeys()[1].packet.id).unwrap();
    assert_eq!(again.original.unwrap().packet, Some(lost.packet.id));
    assert_eq!(again.title, "SYN seq=0 again");
}

#[test]
fn a_program_waits_in_its_call() {
    let history = History::of(common::udp());
    let moment = history.at(Time::ZERO + Span::from_millis(30));
    let views = ProgramView::all(&history, moment);
    let client = views.iter().find(|view| view.host == "client").unwrap();
    assert_eq!(client.doing, Doing::Blocked { span: Span::from_millis(30) });
    assert_eq!(client.call, "recvfrom()");
    assert!(client.printed.is_empty());
    let end = ProgramView::all(&history, history.end());
    let client = end.iter().find(|view| view.host == "client").unwrap();
    assert_eq!(client.doing, Doing::Ended { code: 0 });
    assert_eq!(client.printed[0].text, "HELLO");
}

#[test]
fn a_capture_holds_each_packet_where_it_was_seen() {
    let history = History::of(common::lost_syn());
    let packets = |file: &[u8]| {
        let (mut at, mut packets) = (0, 0);
        while at < file.len() {
            let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
            let length = word(at + 4) as usize;
            assert_eq!(word(at + length - 4) as usize, length, "a block ends with its length");
            packets += usize::from(word(at) == 6);
            at += length;
        }
        packets
    };
    let sent = history.journeys().len();
    let arrived: usize = history.journeys().iter().map(|journey| journey.arrivals.len()).sum();
    assert_eq!(packets(&pcapng::write(&history, None)), sent + arrived);
    let at_client = pcapng::write(&history, Some(common::CLIENT));
    let at_server = pcapng::write(&history, Some(common::SERVER));
    assert_eq!(packets(&at_client) + packets(&at_server), sent + arrived);
}

#[test]
fn what_joins_late_has_a_lane_and_a_sample_of_its_connection_stands_on_the_card() {
    let mut script = Script::native();
    script.start(CLIENT, "any").socket(CLIENT, SocketKind::Stream);
    let late = NodeInfo { name: "late".into(), kind: NodeKind::Host, addresses: vec![] };
    script.emit(Node(2), Kind::Joined { info: Box::new(late) });
    let info =
        TcpInfo { state: State::Established, rtt: Span::from_micros(45), snd_cwnd: 10, ..TcpInfo::default() };
    script.emit(CLIENT, Kind::Info { sock: Sock(0), info: Box::new(info) });
    let body = Body::Tcp(Segment { payload: "hello".into(), ..Segment::default() });
    let (src, dst) = (client(0).ip(), server(0).ip());
    let packet = Packet { id: PacketId(0), src, dst, ttl: 64, tos: 0, body };
    let passage = Passage { point: 0, sock: Some(Sock(0)), to: Some(Node(2)), to_sock: None, cut: 0, packet };
    script.emit(CLIENT, Kind::CapturePoint { point: 0, name: "lo out".into() });
    script.emit(CLIENT, Kind::Captured(Box::new(passage)));
    script.emit(CLIENT, Kind::Omitted { what: Omission::Packets, count: 3 });
    let history = History::of(script.finish("late"));
    assert_eq!(history.name(Node(2)), "late");
    let ladder = text::ladder(&history, 160);
    assert!(ladder.lines().next().unwrap().contains("late"));
    assert!(ladder.contains("· ESTABLISHED, rtt 45 µs, cwnd 10") && ladder.contains("data 5 bytes 'hello'"));
    assert!(ladder.contains("! 3 packets of the capture are left out."), "{ladder}");
    let card = PacketCard::new(&history, PacketId(0)).unwrap();
    assert!(card.connection.unwrap().text.contains("ESTABLISHED, rtt 45 µs"));
}
