//! Every scenario that comes along, and what must hold in each.

use serde_json::Value;
use sockscope_core::tcp::Reason;
use sockscope_core::trace::{Kind, Outcome, Trace, hash};
use sockscope_sim::units::Seed;
use sockscope_sim::{Scenario, World, checkers, presets, replay};

fn scenario(name: &str) -> Scenario {
    let text = presets::text(name).expect("a preset");
    text.parse().unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn run(name: &str) -> Trace {
    let mut world = World::new(&scenario(name)).unwrap();
    let outcome = world.run();
    assert!(matches!(outcome, Outcome::Done | Outcome::Idle), "{name} ends with {outcome:?}");
    world.trace()
}

#[test]
fn every_preset_runs_to_a_quiet_end_twice_the_same() {
    for name in presets::names() {
        let (one, two) = (run(name), run(name));
        assert_eq!(hash(&one.header, &one.events), hash(&two.header, &two.events), "{name}");
    }
}

#[test]
fn the_checkers_find_nothing_in_any_preset() {
    for name in presets::names() {
        assert_eq!(checkers::check(&run(name)), [], "{name}");
    }
}

#[test]
fn every_preset_replays_both_ways() {
    for name in presets::names() {
        let trace = run(name);
        assert_eq!(replay::world(&trace), Ok(None), "{name}");
        assert_eq!(replay::programs(&trace), Ok(None), "{name}");
    }
}

/// The first number that JavaScript does not hold exactly.
const INEXACT: u64 = 1 << 53;

/// The numbers in `json` that JavaScript would change.
fn inexact(json: &Value) -> Vec<&Value> {
    match json {
        Value::Number(number) if number.as_i64().is_some_and(|n| n.unsigned_abs() < INEXACT) => Vec::new(),
        Value::Number(_) => vec![json],
        Value::Array(items) => items.iter().flat_map(inexact).collect(),
        Value::Object(fields) => fields.values().flat_map(inexact).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn every_number_of_a_trace_is_exact_in_javascript() {
    for name in presets::names() {
        let mut scenario = scenario(name);
        scenario.seed = Seed(u64::MAX);
        let mut world = World::new(&scenario).unwrap();
        world.run();
        let Trace { header, events } = world.trace();
        let header = serde_json::to_value(&header).unwrap();
        assert_eq!(inexact(&header), [] as [&Value; 0], "{name}");
        assert_eq!(header["seed"], u64::MAX.to_string(), "{name}: a seed is a text");
        for event in events {
            let json = serde_json::to_value(&event).unwrap();
            assert_eq!(inexact(&json), [] as [&Value; 0], "{name}: {json}");
        }
    }
}

#[test]
fn the_writer_probes_the_closed_window_of_a_slow_reader() {
    let probes = |kind: &Kind| matches!(kind, Kind::Sent { reason: Reason::WindowProbe, .. });
    assert!(run("slow-reader").events.iter().any(|event| probes(&event.kind)), "as its description says");
}
