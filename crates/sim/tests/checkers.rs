//! The checkers find what must not be: each is shown a run in which something was changed.

use sockscope_core::program::Notice;
use sockscope_core::trace::{Event, Kind, Trace};
use sockscope_sim::{World, checkers, presets};

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
        Kind::Notice { notice, .. } => match &mut **notice {
            Notice::Received(data) if !data.is_empty() => {
                *data = "hullo".into();
                Some(true)
            }
            _ => None,
        },
        _ => None,
    });
    assert!(changed.contains("received from byte 0 on is not what 10.0.0.1"), "{changed}");
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
            variables.snd_una = variables.snd_nxt + 1;
            Some(true)
        }
        _ => None,
    });
    assert!(ahead.contains("SND.UNA is after SND.NXT"), "{ahead}");
}
