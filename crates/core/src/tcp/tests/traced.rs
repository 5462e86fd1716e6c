//! What the trace says.

use super::*;
use crate::tcp::{Snapshot, Timer};
use crate::trace::{Kind, Log, Sock};

#[test]
fn every_set_timer_is_stopped_or_fires() {
    let mut pair = Pair::connected(&RFC);
    pair.lose_nth(&[0], |sent| sent.len() > 0);
    pair.send(A, b"hello").unwrap();
    pair.close(A);
    pair.run_for(SECOND * 2);
    pair.recv(B, 100).unwrap();
    pair.close(B);
    pair.run();
    let mut running = std::collections::BTreeSet::new();
    for event in pair.log.events() {
        match event.kind {
            Kind::TimerSet { sock, timer, due } => {
                assert!(due > event.at);
                running.insert((sock, timer));
            }
            Kind::TimerStopped { sock, timer } | Kind::TimerFired { sock, timer } => {
                assert!(running.remove(&(sock, timer)), "{timer:?} of {sock} was running");
            }
            _ => {}
        }
    }
    assert!(running.is_empty(), "{running:?}");
}

#[test]
fn the_variables_are_told_when_they_changed_and_only_then() {
    let mut pair = Pair::connected(&RFC);
    pair.send(A, b"hello").unwrap();
    pair.run();
    let mut last = None;
    for event in pair.log.events() {
        if let Kind::Variables { sock: Sock(0), variables } = &event.kind {
            assert_ne!(last, Some(variables));
            last = Some(variables);
        }
    }
    assert_eq!(last.map(Snapshot::variables), Some(pair.end(A).variables()));
}

#[test]
fn a_fired_timer_is_the_cause_of_what_follows() {
    let mut pair = Pair::new(&RFC);
    pair.link(|_| lose());
    pair.connect(A);
    pair.run_for(SECOND);
    let fired = pair
        .log
        .events()
        .iter()
        .find(|event| matches!(event.kind, Kind::TimerFired { timer: Timer::Retransmit, .. }));
    assert!(fired.is_some());
}

#[test]
fn a_connection_is_plain_data() {
    let mut pair = Pair::connected(&RFC);
    pair.link(|_| lose());
    pair.send(A, &pattern(5000)).unwrap();
    let json = serde_json::to_string(pair.end(A)).unwrap();
    let mut back: crate::tcp::Connection = serde_json::from_str(&json).unwrap();
    assert_eq!(&back, pair.end(A));
    let mut log = Log::off();
    let mut cx = crate::trace::Cx {
        now: back.poll_timeout().unwrap(),
        node: crate::trace::Node(0),
        cause: None,
        log: &mut log,
    };
    back.handle_timeout(&mut cx);
    assert_eq!(back.next_segment(&mut cx).map(|(_, why)| why), Some(Reason::TailLossProbe));
}
