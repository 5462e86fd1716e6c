//! The pictures of the main scenarios, byte for byte.

mod common;

use common::golden::golden;
use sockscope_core::time::{Span, Time};
use sockscope_view::history::History;
use sockscope_view::ladder::{Future, Ladder, Options};
use sockscope_view::network::Network;
use sockscope_view::svg;

#[test]
fn ladders() {
    for (name, trace) in common::all() {
        let history = History::of(trace);
        for width in [360, 760] {
            let ladder = Ladder::new(&history, Options::wide(f64::from(width)));
            golden(&format!("{name}-ladder-{width}.svg"), &svg::paint(ladder.scene()));
        }
    }
}

#[test]
fn networks() {
    for (name, ms, trace) in [("udp", 9, common::udp()), ("lost-syn", 1069, common::lost_syn())] {
        let history = History::of(trace);
        for width in [360, 760] {
            let moment = history.at(Time::ZERO + Span::from_millis(ms));
            let scene = Network::new(&history, f64::from(width)).scene(&history, moment);
            golden(&format!("{name}-network-{width}.svg"), &svg::paint(&scene));
        }
    }
}

#[test]
fn what_has_not_happened_is_veiled() {
    let history = History::of(common::lost_syn());
    let ladder = Ladder::new(&history, Options::wide(760.0));
    let scene = ladder.scene_at(history.at(Time::ZERO + Span::from_millis(1050)), Future::Dim);
    golden("lost-syn-cursor-760.svg", &svg::paint(&scene));
}
