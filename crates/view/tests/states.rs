//! The state machine shows the engine's table, and each connection where the trace has it.

mod common;

use common::scenes::{apart, assert_sound, boxes, of_class, run, texts};
use sockscope_core::tcp::{State, TRANSITIONS, Trigger};
use sockscope_core::trace::Kind;
use sockscope_view::picture::Picture;
use sockscope_view::states::{States, arc_words};
use sockscope_view::texts::Texts;

#[test]
fn every_arc_of_the_table_is_there() {
    let history = run("tcp-upper");
    for width in [280.0, 360.0, 640.0, 1200.0] {
        let states = States::new(&history, width);
        let scene = states.still();
        let tips: Vec<&str> = scene.marks.iter().filter_map(|mark| mark.title.as_deref()).collect();
        let english = Texts::ENGLISH;
        for arc in TRANSITIONS {
            let words = arc_words(&english, arc.from, arc.trigger);
            let drawn = format!("{} to {}: {} {}", arc.from, arc.to, words.text, words.source);
            let told = |tip: &str| {
                tip.starts_with(&format!("{} goes to CLOSED at once", arc.from)) && tip.contains(words.label)
            };
            assert!(tips.contains(&drawn.as_str()) || tips.iter().any(|tip| told(tip)), "{arc:?}");
        }
        let mut names = texts(scene, "state-title");
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 11, "every state");
    }
}

#[test]
fn boxes_and_labels_lie_apart() {
    let history = run("tcp-upper");
    for width in [280.0, 320.0, 360.0, 480.0, 560.0, 640.0, 900.0, 1200.0] {
        let scene = States::new(&history, width).scene_at(&history, history.after(0));
        let labels = boxes(&scene, "label-back");
        let all: Vec<_> = boxes(&scene, "state").into_iter().chain(labels).collect();
        for (i, a) in all.iter().enumerate() {
            assert!(all[i + 1..].iter().all(|b| apart(a, b)), "at {width}: {a:?} lies over another");
        }
    }
}

#[test]
fn at_no_moment_of_any_preset_lies_a_name_over_a_state_or_another_name() {
    let mut resets = 0;
    for preset in sockscope_sim::presets::names() {
        let history = run(preset);
        for width in [320.0, 640.0, 900.0] {
            let states = States::new(&history, width);
            let changes: Vec<usize> =
                history.sockets().iter().flat_map(|life| life.state.iter().map(|(n, _)| n + 1)).collect();
            for n in changes {
                let scene = states.scene_at(&history, history.after(n));
                let labels = boxes(&scene, "label-back");
                let known = TRANSITIONS.iter().filter(|arc| {
                    !matches!(
                        arc.trigger,
                        Trigger::Reset | Trigger::Unreachable | Trigger::Abort | Trigger::TimedOut
                    )
                });
                resets += labels.len() - known.count();
                let all: Vec<_> = boxes(&scene, "state").into_iter().chain(labels).collect();
                for (i, a) in all.iter().enumerate() {
                    let apart = all[i + 1..].iter().all(|b| apart(a, b));
                    assert!(apart, "{preset} at {width} after {n}: {a:?} lies over another");
                }
            }
        }
    }
    assert!(resets > 0, "the ways of resets have their names");
}

#[test]
fn every_connection_is_told_as_the_trace_has_it_at_every_moment() {
    for preset in ["tcp-upper", "tcp-three-clients", "tcp-simultaneous", "tcp-abort", "tcp-wrong-port"] {
        let history = run(preset);
        let states = States::new(&history, 640.0);
        let mut now = std::collections::BTreeMap::new();
        for (n, event) in history.events().iter().enumerate() {
            if let Kind::State { sock, to, .. } = event.kind {
                now.insert((event.node, sock), to);
            }
            let scene = states.scene_at(&history, history.after(n + 1));
            assert_sound(&format!("{preset} after {n}"), &scene);
            let told = texts(&scene, "row-name");
            let mut expected = Vec::new();
            for life in history.sockets().iter().filter(|life| life.opened <= n) {
                let state = now.get(&(Some(life.node), life.sock)).copied().unwrap_or(State::Closed);
                expected.push(format!(": {state}"));
            }
            if expected.len() == told.len() {
                let same = told.iter().zip(&expected).all(|(told, state)| told.contains(state.as_str()));
                assert!(same, "{preset} after event {n}: {told:?} {expected:?}");
            }
        }
        assert!(of_class(&states.scene_at(&history, history.end()), "taken").count() > 0);
    }
}

#[test]
fn the_arc_just_taken_stands_out_and_says_why() {
    let history = run("tcp-upper");
    let states = States::new(&history, 640.0);
    let taken = history.events().iter().position(|event| {
        matches!(&event.kind, Kind::State { from: State::SynSent, to: State::Established, .. })
    });
    let scene = states.scene_at(&history, history.after(taken.expect("the client connects") + 1));
    let now: Vec<_> = of_class(&scene, "now").filter(|mark| mark.title.is_some()).collect();
    assert_eq!(now.len(), 1);
    assert!(now[0].title.as_ref().is_some_and(|title| title.contains("RFC 9293 §3.10.7.3")));
    assert!(now[0].class.contains("tint1"), "in the colour of the client's socket");
    assert!(texts(&scene, "row-text").iter().any(|text| text.contains("from SYN-SENT")));
}
