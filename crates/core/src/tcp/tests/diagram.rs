//! The state diagram: every arc is taken, none other is, and no event in any state breaks anything.

use super::*;
use crate::tcp::{TRANSITIONS, Transition, Trigger};
use crate::trace::Kind;

/// Those of a connection that is neither over nor yet to come.
fn states() -> impl Iterator<Item = State> {
    STATES.into_iter().filter(|state| !matches!(state, State::Listen | State::Closed))
}

/// A pair of which one end is in `state`, over a link that from now on loses everything.
fn reach(state: State) -> (Pair, usize) {
    let mut pair = match state {
        State::SynSent | State::SynReceived => Pair::new(&RFC),
        _ => Pair::connected(&RFC),
    };
    let end = match state {
        State::SynReceived | State::CloseWait | State::LastAck => B,
        _ => A,
    };
    match state {
        State::SynSent => pair.connect(A),
        State::SynReceived => {
            pair.link(|sent| if sent.from == A { deliver() } else { lose() });
            pair.connect(A);
            pair.run_for(DELAY);
        }
        State::Established => {}
        State::FinWait1 => pair.shutdown(A),
        State::FinWait2 | State::CloseWait => {
            pair.shutdown(A);
            pair.run_for(SECOND);
        }
        State::Closing => {
            pair.link(|sent| if sent.is(Flags::ACK) { lose() } else { deliver() });
            pair.shutdown(A);
            pair.shutdown(B);
            pair.run_for(DELAY);
        }
        State::LastAck => {
            pair.shutdown(A);
            pair.run_for(SECOND);
            pair.shutdown(B);
        }
        _ => {
            pair.shutdown(A);
            pair.run_for(SECOND);
            pair.shutdown(B);
            pair.run_for(SECOND);
        }
    }
    pair.link(|_| lose());
    assert_eq!(pair.end(end).state(), state);
    (pair, end)
}

/// What arrives exactly where it is expected.
fn exact_reset(pair: &Pair, end: usize) -> Segment {
    let variables = pair.end(end).variables();
    Segment { seq: variables.rcv_nxt, ack: variables.snd_nxt, flags: RST_ACK, ..Segment::default() }
}

fn arcs_of(pair: &Pair) -> impl Iterator<Item = Transition> {
    pair.log.events().iter().filter_map(|event| match event.kind {
        Kind::State { from, trigger, to, .. } => Some(Transition { from, trigger, to }),
        _ => None,
    })
}

fn every_pair() -> Vec<Pair> {
    let files = [
        attacks::ALL,
        marks::ALL,
        opening::ALL,
        options::ALL,
        closing::ALL,
        keep_alive::ALL,
        loss::ALL,
        windows::ALL,
        acknowledging::ALL,
        selective::ALL,
        recovering::ALL,
        congestion::ALL,
        forged::ALL,
        urgent::ALL,
    ];
    let mut pairs: Vec<Pair> = files.concat().into_iter().map(|scenario| scenario()).collect();
    pairs.extend(states().map(reset_in));
    pairs.extend(states().map(abort_in));
    pairs.extend(states().map(silence_in));
    pairs.push(listener_that_closes());
    pairs
}

#[test]
fn every_arc_is_taken() {
    let taken: Vec<Transition> = every_pair().iter().flat_map(arcs_of).collect();
    let never: Vec<_> = TRANSITIONS.iter().filter(|arc| !taken.contains(arc)).collect();
    assert!(never.is_empty(), "no test takes {never:#?}");
}

#[test]
fn every_rule_is_applied() {
    let of_tcp = [
        "RFC 9293",
        "RFC 6298",
        "RFC 5681",
        "RFC 6582",
        "RFC 3042",
        "RFC 5961",
        "RFC 2883",
        "RFC 7323",
        "RFC 3168",
        "RFC 1191 §6",
        "RFC 5927",
        "RFC 1337",
        "RFC 793",
        "RFC 9293",
        "RFC 6298",
        "RFC 5681",
        "RFC 6582",
        "RFC 3042",
        "RFC 5961",
        "RFC 2883",
        "RFC 8985",
        "RFC 6675",
        "RFC 6937",
        "RFC 3708",
        "RFC 3522",
        "RFC 2923",
        "RFC 5682",
        "RFC 2018",
    ];
    let rules = Reason::ALL.iter().filter(|rule| of_tcp.iter().any(|rfc| rule.source().starts_with(rfc)));
    let mut applied = Vec::new();
    for pair in every_pair() {
        applied.extend(pair.sent.iter().map(|sent| sent.reason));
        applied.extend([A, B].iter().flat_map(|end| pair.rules(*end)));
    }
    let never: Vec<_> = rules.filter(|rule| !applied.contains(rule)).collect();
    assert!(never.is_empty(), "no test applies {never:?}");
}

fn reset_in(state: State) -> Pair {
    let (mut pair, end) = reach(state);
    let reset = exact_reset(&pair, end);
    pair.inject(end, reset);
    assert_eq!(pair.end(end).state(), State::Closed, "a RST in {state}");
    assert_eq!(pair.end(end).poll_timeout(), None);
    pair
}
fn abort_in(state: State) -> Pair {
    let (mut pair, end) = reach(state);
    pair.sent.clear();
    pair.abort(end);
    assert_eq!(pair.end(end).state(), State::Closed, "abort in {state}");
    let told = !matches!(state, State::SynSent | State::Closing | State::LastAck | State::TimeWait);
    assert_eq!(pair.from(end).any(|sent| sent.is(RST_ACK)), told, "a RST for the peer in {state}");
    pair
}
/// The peer falls silent: whoever has something unacknowledged gives up in the end.
fn silence_in(state: State) -> Pair {
    let (mut pair, end) = reach(state);
    let _ = pair.send(end, b"is anybody there?");
    pair.run();
    let expected = if state == State::FinWait2 { State::FinWait2 } else { State::Closed };
    assert_eq!(pair.end(end).state(), expected, "silence in {state}");
    pair
}
fn listener_that_closes() -> Pair {
    let mut pair = Pair::new(&RFC);
    let listener = pair.listener.take().expect("B listens");
    let mut cx =
        crate::trace::Cx { now: pair.now, node: crate::trace::Node(1), cause: None, log: &mut pair.log };
    listener.close(&mut cx);
    pair
}

/// Every combination of flags, at the edges of the window and outside of it, in every state: whatever comes from the
/// network, nothing panics and time goes on.
#[test]
fn no_segment_in_any_state_breaks_anything() {
    for state in states() {
        let (pair, end) = reach(state);
        let (variables, template) = (pair.end(end).variables(), pair.end(end).clone());
        let offsets = [0, 1, u32::MAX, 1000, 65_535, 70_000, 1 << 31];
        for (bits, seq, ack) in (0..64u8)
            .flat_map(|bits| offsets.map(|seq| (bits, seq)))
            .flat_map(|(bits, seq)| offsets.map(|ack| (bits, seq, ack)))
        {
            let mut pair = Pair::new(&RFC);
            pair.now = crate::time::Time::ZERO + SECOND * 1000;
            pair.log = crate::trace::Log::off();
            pair.ends[end] = Some(template.clone());
            let payload = if bits & 8 != 0 { "text".into() } else { Default::default() };
            let segment = Segment {
                seq: variables.rcv_nxt + seq,
                ack: variables.snd_nxt + ack,
                flags: Flags::from_bits(bits),
                wnd: bits.into(),
                payload,
                ..Segment::default()
            };
            pair.inject(end, segment);
            assert!(pair.from(end).count() < 100, "an answer, not a storm");
        }
    }
}

#[test]
fn no_arc_stands_twice() {
    for (at, arc) in TRANSITIONS.iter().enumerate() {
        assert_eq!(arc.from.after(arc.trigger), Some(arc.to));
        assert!(
            TRANSITIONS[..at].iter().all(|before| (before.from, before.trigger) != (arc.from, arc.trigger))
        );
    }
    assert_eq!(State::Closed.after(Trigger::Fin), None);
}
