//! The checkers find what must not be: each is shown a run in which something was changed.

use serde_json::json;
use sockscope_core::program::{Call, Notice};
use sockscope_core::tcp::{Reason, Variables};
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::{Event, Kind, Trace};
use sockscope_core::wire::{Body, Segment};
use sockscope_sim::{Scenario, World, checkers, presets};

fn trace(name: &str) -> Trace {
    let mut world = World::new(&presets::text(name).unwrap().parse().unwrap()).unwrap();
    world.run();
    world.trace()
}

/// What the checkers say first of a preset whose first event of a kind was changed, or taken out.
fn said(name: &str, mut change: impl FnMut(&mut Kind) -> Option<bool>) -> String {
    let mut trace = trace(name);
    let mut done = false;
    trace.events.retain_mut(|Event { kind, .. }| match change(kind) {
        Some(keep) if !done => {
            done = true;
            keep
        }
        _ => true,
    });
    assert!(done, "nothing was changed");
    checkers::check(&trace).first().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn a_changed_byte_is_found() {
    let changed = said("tcp-upper", |kind| match kind {
        Kind::Notice { notice: Notice::Received(data), .. } if !data.is_empty() => {
            *data = "hullo".into();
            Some(true)
        }
        _ => None,
    });
    assert!(changed.contains("received from byte 0 on is not what 10.0.0.1"), "{changed}");
}

/// A send that does not wait takes what there is room for: the rest was never sent.
#[test]
fn only_what_a_send_took_counts_as_sent() {
    let send = |letter: &str| json!({ "send": { "socket": "s", "data": letter.repeat(600), "flags": ["dont_wait"] } });
    let scenario = json!({
        "title": "short sends",
        "hosts": [{ "name": "a", "send_buffer": 1000 }, { "name": "b" }],
        "links": [{ "between": ["a", "b"] }],
        "programs": [
            { "host": "b", "program": "reader", "steps": [
                { "socket": { "kind": "stream", "into": "w" } },
                { "bind": { "socket": "w", "to": "0.0.0.0:8000" } },
                { "listen": { "socket": "w", "backlog": 1 } },
                { "accept": { "socket": "w", "into": "s" } },
                { "recv_to_end": { "socket": "s", "into": "all" } },
                { "print": "{all}" }
            ] },
            { "host": "a", "program": "writer", "steps": [
                { "socket": { "kind": "stream", "into": "s" } },
                { "connect": { "socket": "s", "to": "b:8000" } },
                send("x"), send("y"), { "try": { "do": [send("z")], "catch": { "EAGAIN": [] } } },
                { "sleep": "1s" }, send("w"), { "close": "s" }
            ] }
        ]
    });
    let mut world = World::new(&Scenario::from_value(&scenario).unwrap()).unwrap();
    world.run();
    let trace = world.trace();
    let all = ["x".repeat(600), "y".repeat(400), "w".repeat(600)].concat();
    let prints = |kind: &Kind| match kind {
        Kind::Call { call, .. } => **call == Call::Print { text: all.clone() },
        _ => false,
    };
    assert!(trace.events.iter().any(|event| prints(&event.kind)), "the second send is short");
    assert_eq!(checkers::check(&trace), []);
}

/// A SYN that was held up begins another connection at the server, while the client still reads what the first one sent.
#[test]
fn what_an_old_syn_begins_has_a_stream_of_its_own() {
    let scenario = json!({
        "title": "an old SYN",
        "hosts": [{ "name": "a" }, { "name": "b" }],
        "links": [{ "between": ["a", "b"] }],
        "interventions": [{ "at": "0ms", "do": { "delay": { "host": "a", "packet": 0, "by": "3s" } } }],
        "programs": [
            { "host": "b", "program": "server", "steps": [
                { "socket": { "kind": "stream", "into": "w" } },
                { "bind": { "socket": "w", "to": "0.0.0.0:8000" } },
                { "listen": { "socket": "w", "backlog": 1 } },
                { "accept": { "socket": "w", "into": "s" } },
                { "recv_to_end": { "socket": "s", "into": "all" } },
                { "send": { "socket": "s", "data": "first and last" } },
                { "close": "s" },
                { "accept": { "socket": "w", "into": "s" } }
            ] },
            { "host": "a", "program": "client", "at": "1ms", "steps": [
                { "socket": { "kind": "stream", "into": "s" } },
                { "connect": { "socket": "s", "to": "b:8000" } },
                { "shutdown": { "socket": "s", "how": "write" } },
                { "recv": { "socket": "s", "max": 5, "into": "first" } },
                { "sleep": "5s" },
                { "recv_to_end": { "socket": "s", "into": "rest" } },
                { "close": "s" }
            ] }
        ]
    });
    let mut world = World::new(&Scenario::from_value(&scenario).unwrap()).unwrap();
    world.run();
    let trace = world.trace();
    let began = trace
        .events
        .iter()
        .filter(|event| matches!(event.kind, Kind::Opened { listener: Some(_), .. }))
        .count();
    assert_eq!((began, checkers::check(&trace)), (2, vec![]));
}

#[test]
fn a_packet_that_vanishes_is_found() {
    let never_queued = said("udp-upper", |kind| matches!(kind, Kind::Queued { .. }).then_some(false));
    assert!(never_queued.contains("leaves link 0 that it never entered"), "{never_queued}");
    let never_delivered = said("udp-upper", |kind| matches!(kind, Kind::Delivered { .. }).then_some(false));
    assert!(never_delivered.contains("nobody knows what became of packets #0"), "{never_delivered}");
    let never_arrived = said("udp-upper", |kind| matches!(kind, Kind::Arrived { .. }).then_some(false));
    assert!(never_arrived.contains("packet #0 was delivered to a host and vanished"), "{never_arrived}");
}

#[test]
fn a_port_that_two_sockets_have_is_found() {
    let twice = said("tcp-three-clients", |kind| matches!(kind, Kind::Opened { .. }).then_some(false));
    assert!(twice.contains("is named and was never opened"), "{twice}");
    let mut trace = trace("tcp-three-clients");
    let mut first = None;
    for event in &mut trace.events {
        if let Kind::Connected { remote, .. } = &mut event.kind
            && event.node.is_some_and(|node| node.0 == 3)
        {
            **remote = *first.get_or_insert(**remote);
        }
    }
    let same = checkers::check(&trace);
    assert!(same.iter().any(|violation| violation.what.contains("both have 10.0.0.4:12000")), "{same:?}");
}

#[test]
fn an_acknowledgment_of_what_was_never_sent_is_found() {
    let ahead = said("tcp-upper", |kind| match kind {
        Kind::Variables { variables, .. } => {
            let ahead = variables.variables();
            *variables = Variables { snd_una: ahead.snd_nxt + 1, ..ahead }.into();
            Some(true)
        }
        _ => None,
    });
    assert!(ahead.contains("SND.UNA is after SND.NXT"), "{ahead}");
}

#[test]
fn a_timer_that_runs_out_too_soon_is_found() {
    let mut trace = trace("tcp-syn-lost");
    let fired = trace.events.iter_mut().find(|event| matches!(event.kind, Kind::TimerFired { .. })).unwrap();
    fired.at = Time::ZERO + Span::from_millis(999);
    let found = checkers::check(&trace).first().map(ToString::to_string).unwrap_or_default();
    assert!(
        found.contains("runs out 989.000 ms after the oldest octet was sent; the time-out is 1.000 s"),
        "{found}"
    );
}

/// What the checkers say first of `tcp-upper` where the segment with the client's question was changed, and when it left.
fn said_of_question(mut change: impl FnMut(&mut Segment, &mut Time)) -> String {
    let mut trace = trace("tcp-upper");
    let mut segments = trace.events.iter_mut().filter_map(|event| match &mut event.kind {
        Kind::Sent { packet, .. } => match &mut packet.body {
            Body::Tcp(segment) if !segment.payload.is_empty() => Some((segment, &mut event.at)),
            _ => None,
        },
        _ => None,
    });
    let (segment, at) = segments.next().expect("a question");
    change(segment, at);
    checkers::check(&trace).first().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn numbers_windows_and_acknowledgments_that_do_not_fit_what_was_sent_before_are_found() {
    let gap = said_of_question(|segment, _| segment.seq += 10);
    assert!(gap.contains("and never sent those from"), "{gap}");
    let back = said_of_question(|segment, _| segment.ack = segment.ack - 1);
    assert!(back.contains("acknowledges"), "{back}");
    let shrunk = said_of_question(|segment, _| segment.wnd /= 2);
    assert!(shrunk.contains("offers a window up to"), "{shrunk}");
    let beyond = said_of_question(|segment, _| segment.payload = vec![0; 100_000].into());
    assert!(beyond.contains("its peer's window ends at"), "{beyond}");
}

#[test]
fn an_acknowledgment_that_comes_late_is_found() {
    let mut trace = trace("slow-reader");
    let delayed = |event: &Event| matches!(event.kind, Kind::Sent { reason: Reason::AckDelayed, .. });
    let n = trace.events.iter().position(delayed).unwrap();
    for event in &mut trace.events[n..] {
        event.at += Span::from_millis(500);
    }
    let late = checkers::check(&trace).first().map(ToString::to_string).unwrap_or_default();
    assert!(late.contains("has let its peer wait for the ACK of"), "{late}");
}
