//! Inside the hosts: what the tables say is what the trace says, and no byte loses its colour.

mod common;

use common::scenes::{assert_sound, german, of_class, run, texts};
use common::{CLIENT, SERVER, Script, client, datagram, segment, server};
use sockscope_core::program::{Call, Fd, Notice, RecvFlags, SendFlags, SocketKind};
use sockscope_core::tcp::Reason;
use sockscope_core::trace::{Kind, Node, Sock};
use sockscope_core::wire::Flags;
use sockscope_view::history::History;
use sockscope_view::inside::Inside;
use sockscope_view::picture::Picture;
use sockscope_view::scene::{Mark, Scene, Shape};
use std::collections::{BTreeMap, BTreeSet};

const PRESETS: [&str; 8] = [
    "udp-upper",
    "tcp-upper",
    "tcp-three-clients",
    "udp-three-clients",
    "udp-wrong-port",
    "half-close",
    "slow-reader",
    "tcp-at-the-same-time",
];

/// The server of `tcp-three-clients`.
const SERVER_OF_THREE: Node = Node(3);

/// Some moments of a run, evenly spread.
fn some(history: &History) -> impl Iterator<Item = usize> {
    let all = history.events().len();
    (0..=all).step_by(1 + all / 150)
}

fn assert_nothing_written_over(name: &str, scene: &Scene) {
    let mut written = BTreeMap::new();
    for mark in &scene.marks {
        if let Shape::Text { x, y, text, .. } = &mark.shape {
            let before = written.insert((x.to_bits(), y.to_bits()), text);
            assert!(before.is_none(), "{name}: {text:?} is written over {before:?}");
        }
    }
}

#[test]
fn every_socket_has_a_row_with_its_queues() {
    for preset in PRESETS {
        let history = run(preset);
        for width in [300.0, 700.0] {
            let inside = Inside::new(&history, width);
            for events in some(&history) {
                let scene = inside.scene_at(&history, history.after(events));
                assert_sound(&format!("{preset} after {events}"), &scene);
                assert_nothing_written_over(&format!("{preset} after {events}"), &scene);
                let here: Vec<_> = history.sockets().iter().filter(|life| life.exists(events)).collect();
                assert_eq!(of_class(&scene, "socket-row").count(), here.len(), "{preset} after {events}");
                let told = texts(&scene, "what");
                for life in here {
                    let fill = life.buffers.before(events).copied().unwrap_or_default();
                    let queues = [format!("Recv-Q {}", fill.recv), format!("Send-Q {}", fill.send)];
                    let both = queues.join("  ");
                    let is_told = told.contains(&both) || queues.iter().all(|queue| told.contains(queue));
                    assert!(is_told, "{preset} after {events}: {both}");
                }
            }
        }
    }
}

#[test]
fn a_packet_lights_the_row_of_its_socket() {
    let history = run("tcp-three-clients");
    let inside = Inside::new(&history, 700.0);
    for (n, event) in history.events().iter().enumerate() {
        let Kind::Arrived { sock: Some(sock), .. } = event.kind else { continue };
        let scene = inside.scene_at(&history, history.after(n + 1));
        let which = history.sockets().iter().position(|it| (Some(it.node), it.sock) == (event.node, sock));
        let letter = char::from(b'A' + which.expect("it has a socket") as u8);
        let told = texts(&scene, "packet-name");
        assert!(told.iter().any(|text| text.contains(&format!(": {letter} is found by"))), "{told:?}");
        assert!(of_class(&scene, "lit").count() >= 1);
    }
}

#[test]
fn how_a_packet_finds_its_socket_is_told_whole_on_a_small_telephone() {
    let history = run("lossy-transfer").told_in(german());
    // As wide as a figure has it in a window of 320 pixels.
    let inside = Inside::new(&history, 280.0);
    let arrived = |n: &usize| matches!(history.events()[*n].kind, Kind::Arrived { sock: Some(_), .. });
    for n in (0..history.events().len()).filter(arrived).step_by(20) {
        let told = texts(&inside.scene_at(&history, history.after(n + 1)), "packet-name");
        assert!(told.iter().all(|text| !text.contains('…')), "{told:?}");
    }
}

/// The entries of all tables of descriptors at a moment, as they are called.
fn table(history: &History, events: usize) -> Vec<String> {
    let scene = Inside::new(history, 700.0).scene_at(history, history.after(events));
    of_class(&scene, "descriptor").filter_map(|mark| mark.title.clone()).collect()
}

#[test]
fn a_descriptor_is_in_the_table_from_the_call_that_gave_it_to_the_one_that_took_it() {
    let history = run("tcp-three-clients");
    for events in some(&history) {
        let mut open: Vec<(u32, u32)> = Vec::new();
        for event in history.events()[..events].iter().filter(|event| event.node == Some(SERVER_OF_THREE)) {
            match event.kind {
                Kind::Opened { fd: Some(fd), sock, .. } | Kind::Accepted { fd, sock } => {
                    open.push((fd.0, sock.0))
                }
                Kind::Released { fd, .. } => open.retain(|(known, _)| *known != fd.0),
                _ => {}
            }
        }
        open.sort();
        let table = history.descriptors(SERVER_OF_THREE, events).map(|(fd, sock)| (fd.0, sock.0));
        assert_eq!(table.collect::<Vec<_>>(), open, "after {events}");
    }
    // The welcoming socket is A; three clients are served before it has a fourth.
    assert!((0..=history.events().len()).any(|events| {
        let table = table(&history, events);
        table.contains(&"fd 3 → A".to_owned()) && table.iter().any(|entry| entry.starts_with("fd 4 → "))
    }));
}

#[test]
fn two_descriptors_of_one_socket_are_two_entries_and_either_holds_it() {
    let mut s = Script::new();
    s.start(CLIENT, "program").socket(CLIENT, SocketKind::Datagram);
    s.emit(CLIENT, Kind::Duplicate { sock: Sock(0), fd: Fd(7) });
    s.emit(CLIENT, Kind::Released { sock: Sock(0), fd: Fd(7) });
    s.emit(CLIENT, Kind::Released { sock: Sock(0), fd: Fd(3) });
    let history = History::of(s.finish("a duplicate"));
    let place = |wanted: &dyn Fn(&Kind) -> bool| {
        1 + history.events().iter().position(|event| wanted(&event.kind)).expect("it happens")
    };
    let doubled = place(&|kind| matches!(kind, Kind::Duplicate { .. }));
    assert_eq!(table(&history, doubled), ["fd 3 → A", "fd 7 → A"]);
    assert_eq!(table(&history, doubled + 1), ["fd 3 → A"]);
    let fd = |events| history.sockets()[0].fd.before(events).copied().flatten();
    assert_eq!([doubled, doubled + 1, doubled + 2].map(fd), [Some(Fd(7)), Some(Fd(3)), None]);
    assert!(table(&history, doubled + 2).is_empty());
}

/// How many bytes the marks of a class tell of: the first number of their titles.
fn told<'a>(marks: impl Iterator<Item = &'a Mark>) -> u32 {
    let number = |mark: &Mark| mark.title.as_ref()?.split(' ').next()?.parse::<u32>().ok();
    marks.filter_map(number).sum()
}

#[test]
fn bytes_in_buffers_are_those_that_the_sockets_hold() {
    for preset in ["tcp-upper", "half-close", "slow-reader", "tcp-three-clients"] {
        let history = run(preset);
        // So wide that no byte is too narrow to be drawn.
        let inside = Inside::new(&history, 400_000.0);
        for events in some(&history) {
            let scene = inside.scene_at(&history, history.after(events));
            let title = |what: &'static str| {
                of_class(&scene, "bytes")
                    .filter(move |mark| mark.title.as_ref().is_some_and(|it| it.ends_with(what)))
            };
            let streams =
                history.sockets().iter().filter(|it| it.kind == SocketKind::Stream && it.exists(events));
            let streams: Vec<_> = streams.filter(|it| it.backlog.before(events).is_none()).collect();
            let fill = |it: &&&sockscope_view::history::SocketLife| {
                it.buffers.before(events).copied().unwrap_or_default()
            };
            let waits: u32 = streams.iter().map(|it| fill(&it).recv).sum();
            assert_eq!(told(title("wait for recv()")), waits, "{preset} after {events}");
            let kept: u32 =
                streams.iter().filter_map(|it| it.variables.before(events)).map(|it| it.send_buffered).sum();
            let sent = told(title("sent, not acknowledged")) + told(title("not sent yet"));
            assert_eq!(sent, kept, "{preset} after {events}");
        }
    }
}

/// Which bytes of the stream that `sock` of a host reads arrived in the first `events` events and wait for others before them.
fn early(history: &History, (node, sock): (Node, Sock), events: usize) -> u32 {
    let mut here = BTreeSet::new();
    for journey in history.journeys() {
        let taken = journey.arrivals.iter().filter(|it| it.discarded.is_none() && it.event < events);
        if taken.filter(|it| (it.node, it.sock) == (node, Some(sock))).count() == 0 {
            continue;
        }
        let Some((segment, relative)) = journey.segment().zip(journey.relative) else { continue };
        here.extend((0..segment.payload.len() as u32).map(|n| relative.seq + n));
    }
    let next = (1..).find(|n| !here.contains(n)).expect("a stream has an end");
    here.range(next..).count() as u32
}

#[test]
fn what_came_ahead_of_its_turn_lies_behind_the_hole_in_its_colour() {
    let history = run("lossy-transfer");
    let reader = history.sockets().iter().rposition(|it| it.node == Node(1)).expect("the server reads");
    let inside = Inside::new(&history, 400_000.0);
    let mut most = 0;
    // After what happens at an instant: until the program has its text, some of it is in nobody's hands.
    let instants = history.events().windows(2).enumerate().filter(|(_, pair)| pair[0].at < pair[1].at);
    for events in instants.map(|(n, _)| n + 1).step_by(40) {
        let scene = inside.scene_at(&history, history.after(events));
        let boxes: Vec<&Mark> = of_class(&scene, "early").collect();
        let life = &history.sockets()[reader];
        assert_eq!(
            told(boxes.iter().copied()),
            early(&history, (life.node, life.sock), events),
            "after {events}"
        );
        assert!(boxes.iter().all(|mark| mark.class.contains("tint")), "each has the colour of its send()");
        most = most.max(told(boxes.into_iter()));
    }
    assert!(most > 10_000, "segments were lost, and others came");
}

#[test]
fn a_packet_at_the_door_has_the_colours_of_who_wrote_its_bytes() {
    let of = |kind| {
        let history = two_sends(kind);
        let inside = Inside::new(&history, 700.0);
        let arrivals = history.events().iter().enumerate();
        let arrivals = arrivals.filter(|(_, event)| matches!(event.kind, Kind::Arrived { .. }));
        let carried = |n: usize| {
            let scene = inside.scene_at(&history, history.after(n + 1));
            let here =
                |mark: &&Mark| mark.title.as_ref().is_some_and(|title| title.ends_with("in this packet"));
            let marks: Vec<&Mark> = of_class(&scene, "bytes").filter(here).collect();
            (told(marks.iter().copied()), marks.iter().map(|mark| mark.class.clone()).collect::<Vec<_>>())
        };
        arrivals.map(|(n, _)| carried(n)).collect::<Vec<_>>()
    };
    let wanted = vec![(2, vec!["bytes tint0".to_owned()]), (3, vec!["bytes tint1".to_owned()])];
    assert_eq!(of(SocketKind::Stream), wanted);
    assert_eq!(of(SocketKind::Datagram), wanted);
}

/// Two sends by the client, and what the server took: of a stream in one piece, of datagrams one by one.
fn two_sends(kind: SocketKind) -> History {
    let mut s = Script::new();
    for (node, local, remote) in [(SERVER, server(80), client(5000)), (CLIENT, client(5000), server(80))] {
        s.start(node, "program").socket(node, kind);
        s.emit(node, Kind::Connected { sock: Sock(0), local: local.into(), remote: remote.into() });
    }
    let send = |data: &str| Call::Send { fd: Fd(3), data: data.into(), flags: SendFlags::NONE };
    let recv = || Call::Recv { fd: Fd(3), max: 100, flags: RecvFlags::NONE };
    for (data, step, seq) in [("ab", 1, 2), ("cde", 2, 4)] {
        s.call(CLIENT, step, send(data));
        let body = match kind {
            SocketKind::Datagram => datagram(5000, 80, data),
            SocketKind::Stream => segment((5000, 80), Flags::ACK, seq, 1, data),
        };
        let packet = s.send(CLIENT, Some(0), Reason::Datagram, body, false);
        s.notice(CLIENT, Notice::Sent(data.len() as u32));
        s.arrive(packet, Some(0));
    }
    let answers: &[&str] = if kind == SocketKind::Stream { &["abcde"] } else { &["ab", "cde"] };
    for answer in answers {
        s.call(SERVER, 1, recv()).notice(SERVER, Notice::Received((*answer).into()));
    }
    History::of(s.finish("two sends"))
}

#[test]
fn a_stream_has_no_boundaries_and_datagrams_have() {
    let boxes = |kind| {
        let history = two_sends(kind);
        let scene = Inside::new(&history, 700.0).scene_at(&history, history.end());
        let wrote = |mark: &&Mark| mark.title.as_ref().is_some_and(|title| title.contains("wrote"));
        let colours = of_class(&scene, "bytes").filter(wrote).map(|mark| mark.class.clone());
        (colours.collect::<Vec<_>>(), texts(&scene, "bytes-name"))
    };
    let both = vec!["bytes tint0".to_owned(), "bytes tint1".to_owned()];
    assert_eq!(
        boxes(SocketKind::Stream),
        (both.clone(), vec!["5 B".to_owned()]),
        "one answer of two colours"
    );
    assert_eq!(
        boxes(SocketKind::Datagram),
        (both, vec!["2 B".to_owned(), "3 B".to_owned()]),
        "an answer each"
    );
}

/// The first of two clients holds the server up; of the queue's two places both are taken.
#[test]
fn a_queue_that_is_full_is_marked() {
    let scenario: sockscope_sim::Scenario = r#"{
        "title": "A full queue",
        "hosts": [{ "name": "clients" }, { "name": "server" }],
        "links": [{ "between": ["clients", "server"], "both": { "delay": "20ms" } }],
        "programs": [
            { "host": "server", "program": "lazy", "steps": [
                { "socket": { "kind": "stream", "into": "w" } },
                { "bind": { "socket": "w", "to": "0.0.0.0:12000" } },
                { "listen": { "socket": "w", "backlog": 2 } },
                { "sleep": "30s" }
            ] },
            { "host": "clients", "program": "tcp-upper-client", "at": "10ms" },
            { "host": "clients", "program": "tcp-upper-client", "at": "20ms" },
            { "host": "clients", "program": "tcp-upper-client", "at": "30ms" }
        ]
    }"#
    .parse()
    .unwrap();
    let mut world = sockscope_sim::World::new(&scenario).unwrap();
    world.run();
    let history = History::of(world.trace());
    let inside = Inside::new(&history, 760.0);
    let queues = |ms, class| {
        let moment =
            history.at(sockscope_core::time::Time::ZERO + sockscope_core::time::Span::from_millis(ms));
        let told = texts(&inside.scene_at(&history, moment), class);
        told.into_iter().filter(|text| text.contains("queue")).collect::<Vec<_>>()
    };
    assert_eq!(queues(75, "failed"), [""; 0]);
    assert_eq!(queues(95, "failed"), ["accept queue: 2 of 2"]);
}
