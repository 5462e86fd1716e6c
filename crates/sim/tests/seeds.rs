//! Ten thousand runs of a transfer over a very bad wire: the file arrives byte for byte, or somebody is told that it
//! cannot.

use serde_json::json;
use sockscope_core::errno::Errno;
use sockscope_core::program::Notice;
use sockscope_core::trace::{Kind, NodeKind, Outcome};
use sockscope_sim::checkers::Checkers;
use sockscope_sim::units::Seed;
use sockscope_sim::{Scenario, World};

const SEEDS: u64 = 10_000;
const BYTES: u32 = 20_000;

fn bad_wire() -> Scenario {
    let scenario = json!({
        "title": "a very bad wire",
        "limits": { "time": "2000s" },
        "hosts": [{ "name": "client", "profile": "linux" }, { "name": "server", "profile": "linux" }],
        "links": [{ "between": ["client", "server"], "both": {
            "loss": "10%", "duplicate": "5%", "reorder": "10%", "jitter": "5ms", "corrupt": "5%",
            "rate": "5mbit", "queue": 10
        } }],
        "programs": [
            { "host": "server", "program": "file-receiver", "args": { "size": BYTES } },
            { "host": "client", "program": "file-sender", "args": { "size": BYTES }, "at": "1ms" }
        ]
    });
    scenario.to_string().parse().unwrap()
}

/// Runs one seed; whether the file arrived.
fn run(scenario: &Scenario) -> bool {
    let seed = scenario.seed;
    let mut world = World::new(scenario).unwrap();
    let mut checkers = Checkers::new([NodeKind::Host, NodeKind::Host]);
    let outcome = world.run();
    let (mut codes, mut told) = (Vec::new(), false);
    for event in world.take_events() {
        assert_eq!(checkers.see(&event), [], "seed {seed}");
        match event.kind {
            Kind::Exited { code, .. } => codes.push(code),
            Kind::Notice { notice: Notice::Failed(errno), .. } => {
                told |= matches!(errno, Errno::ETIMEDOUT | Errno::ECONNRESET);
            }
            _ => {}
        }
    }
    let arrived = codes == [0, 0];
    assert!(arrived || told, "seed {seed} ends with {outcome:?} and {codes:?}, and nobody was told");
    assert!(matches!(outcome, Outcome::Done | Outcome::Idle), "seed {seed} ends with {outcome:?}");
    arrived
}

#[test]
fn the_bytes_that_were_sent_or_a_reported_failure() {
    let mut scenario = bad_wire();
    let arrived = (0..SEEDS).filter(|seed| {
        scenario.seed = Seed(*seed);
        run(&scenario)
    });
    let arrived = arrived.count() as u64;
    assert!(arrived > SEEDS * 99 / 100, "only {arrived} of {SEEDS} files arrived");
}
