//! The tests that a page hands out for a run: here they are compiled and run, and are what is handed out today.

use sockscope_sim::{Scenario, World, presets, replay};

#[rustfmt::skip]
#[path = "exported/udp_upper.rs"]
mod udp_upper;
#[rustfmt::skip]
#[path = "exported/tcp_syn_lost.rs"]
mod tcp_syn_lost;

/// The text for a preset.
fn text(preset: &str) -> String {
    let scenario: Scenario = presets::text(preset).expect("it comes along").parse().expect("it is fine");
    let mut world = World::new(&scenario).expect("it is fine");
    world.run();
    let trace = world.trace();
    replay::test(&trace.header, &trace.events).expect("it was simulated")
}

#[test]
fn they_are_those_that_are_handed_out_today() {
    for preset in ["udp-upper", "tcp-syn-lost"] {
        let path = format!("{}/exported/{}.rs", env!("CARGO_MANIFEST_DIR"), preset.replace('-', "_"));
        if std::env::var_os("SOCKSCOPE_BLESS").is_some() {
            std::fs::write(&path, text(preset)).expect("it can be written");
        }
        let kept = std::fs::read_to_string(&path).expect("it is there");
        assert!(
            kept == text(preset),
            "{path} is out of date: run this test with SOCKSCOPE_BLESS=1 and read what changed"
        );
    }
}
