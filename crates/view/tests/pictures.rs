//! The pictures as they are committed in `tests/golden`. `SOCKSCOPE_BLESS=1 cargo test -p sockscope-view` writes them
//! anew; read them before you commit them.

mod common;

use sockscope_core::time::{Span, Time};
use sockscope_core::trace::Trace;
use sockscope_view::history::History;
use sockscope_view::ladder::{Ladder, Options};
use sockscope_view::network::Network;
use sockscope_view::svg;
use std::path::PathBuf;

fn golden(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("SOCKSCOPE_BLESS").is_some() {
        std::fs::write(&path, text).expect("tests/golden can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == text, "{name} differs from what is committed: look at it after SOCKSCOPE_BLESS=1");
}

fn scenarios() -> [(&'static str, Trace); 4] {
    [
        ("udp", common::udp()),
        ("native-udp", common::native_udp()),
        ("lost-syn", common::lost_syn()),
        ("refused", common::refused()),
    ]
}

#[test]
fn ladders() {
    for (name, trace) in scenarios() {
        let history = History::of(trace);
        for width in [360, 760] {
            let ladder = Ladder::new(&history, Options { width: f64::from(width) });
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
