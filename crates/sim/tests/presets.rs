//! Every scenario that comes along, and what must hold in each.

use sockscope_core::trace::{Outcome, Trace, hash};
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
