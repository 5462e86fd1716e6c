//! Every world that two ends can get into, not only those that a seed finds: breadth first through a model with at most two
//! losses, one duplicate, and segments that overtake up to two others. Time is left out: a timer may run out whenever
//! nothing else is on its way, and where the model says so once although something is.

mod search;
mod world;

use crate::tcp::State::{self, *};
use crate::tcp::tests::STATES;
use search::{Found, place, search};
use std::collections::BTreeSet;
use std::fmt::Write;
use world::{Faults, Wish, World};

/// The arcs of RFC 9293, figure 5, that a connection takes. Of the others LISTEN is entered and left by calls on a socket that
/// is no connection, and SYN-RECEIVED goes back to LISTEN where here the child of the listener ends.
const FIGURE: [(State, State); 17] = [
    (Closed, SynSent),
    (Listen, SynReceived),
    (SynSent, SynReceived),
    (SynSent, Established),
    (SynSent, Closed),
    (SynReceived, Established),
    (SynReceived, FinWait1),
    (Established, FinWait1),
    (Established, CloseWait),
    (FinWait1, FinWait2),
    (FinWait1, Closing),
    (FinWait1, TimeWait),
    (FinWait2, TimeWait),
    (CloseWait, LastAck),
    (Closing, TimeWait),
    (LastAck, Closed),
    (TimeWait, Closed),
];
/// What the text of §3.10.7 adds to the figure: one segment that acknowledges our SYN and brings a FIN, and a RST, here from an
/// end that gave up its SYN or has left TIME-WAIT.
const TEXT: [(State, State); 4] =
    [(SynReceived, CloseWait), (SynReceived, Closed), (FinWait1, Closed), (Closing, Closed)];

const WORST: Faults = Faults { losses: 2, duplicates: 1, hasty: 0 };
const PAIRS: &str = include_str!("pairs.txt");

/// Searches the worlds in which both ends do what they wish in any order, and each end closes when it likes.
fn explore(listens: bool, sends: [u8; 2], faults: Faults) -> Found {
    let wish = |end: usize| Wish { connect: end == 0 || !listens, send: sends[end], close: true };
    let found = search(World::new(listens, [wish(0), wish(1)], faults));
    eprintln!("{} worlds, {} of them ends", found.worlds, found.ends.len());
    let stuck = found.stuck.first();
    assert!(stuck.is_none(), "nothing leads from here to an end: {stuck:#?}");
    for end in &found.ends {
        assert_eq!(end.got, [end.sent[1], end.sent[0]], "what was sent has arrived: {end:#?}");
    }
    found
}

/// Every move is one of the figure or the text, and each of those is made but for `never`.
fn compare_with_the_rfc(found: &Found, never: (State, State)) {
    let arcs = FIGURE.iter().chain(&TEXT).filter(|arc| **arc != never);
    let allowed: BTreeSet<(usize, usize)> = arcs.map(|(from, to)| (place(*from), place(*to))).collect();
    let names = |moves: &BTreeSet<(usize, usize)>| -> Vec<String> {
        moves.iter().map(|(from, to)| format!("{} to {}", STATES[*from], STATES[*to])).collect()
    };
    assert_eq!(names(&found.moves), names(&allowed));
}
/// For each state of the first end, those that the second may be in at the same time, as the part of the golden under this
/// title has them.
fn compare_with_the_golden(title: &str, found: &Found) {
    let mut text = format!("{title}\n\n");
    for (i, state) in STATES.iter().enumerate() {
        let others = found.pairs.range([i, 0]..[i + 1, 0]).map(|pair| STATES[pair[1]].name());
        let others: Vec<&str> = others.collect();
        if !others.is_empty() {
            writeln!(text, "{:13} {}", state.name(), others.join(" ")).expect("a text takes everything");
        }
    }
    assert!(PAIRS.contains(&text), "another list of pairs than in pairs.txt:\n{text}");
}

#[test]
fn one_listens_and_nothing_is_stuck() {
    let found = explore(true, [0, 0], WORST);
    compare_with_the_rfc(&found, (SynSent, SynReceived));
    compare_with_the_golden("The first end connects, the second listens:", &found);
}

#[test]
fn both_connect_and_nothing_is_stuck() {
    let found = explore(false, [0, 0], WORST);
    compare_with_the_rfc(&found, (Listen, SynReceived));
    compare_with_the_golden("Both ends connect:", &found);
}

#[test]
fn an_octet_makes_no_other_pair() {
    let found = explore(true, [1, 0], Faults { duplicates: 0, ..WORST });
    compare_with_the_golden("The first end connects, the second listens:", &found);
}

/// Millions of worlds: octets both ways, and retransmissions while the answer is on its way.
#[test]
#[ignore = "takes minutes: cargo test -p sockscope-core exhaustive -- --ignored"]
fn the_largest_models_have_no_other_pair() {
    let faults = |losses, duplicates, hasty| Faults { losses, duplicates, hasty };
    for (sends, faults) in [
        ([0, 0], faults(2, 1, 1)),
        ([1, 0], faults(2, 1, 0)),
        ([0, 1], faults(2, 1, 0)),
        ([1, 1], faults(2, 0, 0)),
        ([1, 1], faults(1, 1, 0)),
        ([1, 1], faults(1, 0, 1)),
    ] {
        let found = explore(true, sends, faults);
        compare_with_the_rfc(&found, (SynSent, SynReceived));
        compare_with_the_golden("The first end connects, the second listens:", &found);
    }
}
