//! Ten thousand transfers over wires that lose, reorder, duplicate and corrupt: every byte arrives as it was sent,
//! or a connection times out and says so. The checkers look at every event of every run.

use sockscope_core::errno::Errno;
use sockscope_core::program::{Call, Notice};
use sockscope_core::rng::{Purpose, Rng};
use sockscope_core::tcp::Trigger;
use sockscope_core::trace::{Event, Kind, NodeKind, Outcome};
use sockscope_sim::checkers::Checkers;
use sockscope_sim::{Scenario, World};
use std::ops::Range;

const SEEDS: u64 = 10_000;

/// Both directions carry a file over a wire whose vices are drawn from the seed: up to 30 % loss, 20 % reordering,
/// 20 % duplication and 10 % corruption each way, and a queue of a few packets.
fn scenario(seed: u64) -> Scenario {
    let mut rng = Rng::new(seed, Purpose::Test(0));
    let mut knobs = || {
        format!(
            r#"{{ "delay": "{}ms", "jitter": "{}ms", "loss": "{}%", "reorder": "{}%", "duplicate": "{}%", "corrupt": "{}%", "rate": "5mbit", "queue": {} }}"#,
            1 + rng.below(50),
            rng.below(10),
            rng.below(31),
            rng.below(21),
            rng.below(21),
            rng.below(11),
            4 + rng.below(20),
        )
    };
    let (there, back) = (knobs(), knobs());
    let size = 1 + rng.below(24_000);
    let profile = ["rfc", "linux", "freebsd"][rng.below(3) as usize];
    let text = format!(
        r#"{{
            "title": "swarm",
            "seed": {seed},
            "limits": {{ "time": "7200s" }},
            "hosts": [{{ "name": "client", "profile": "{profile}" }}, {{ "name": "server" }}],
            "links": [{{ "between": ["client", "server"], "there": {there}, "back": {back} }}],
            "programs": [
                {{ "host": "server", "program": "file-exchange-server", "args": {{ "size": {size} }} }},
                {{ "host": "client", "program": "file-exchange-client", "args": {{ "size": {size} }} }}
            ]
        }}"#
    );
    text.parse().unwrap_or_else(|error| panic!("seed {seed}: {error}"))
}

/// What the programs of a run said.
#[derive(Default)]
struct Said {
    intact: usize,
    damaged: usize,
    errors: Vec<Errno>,
    timeouts: usize,
}

impl Said {
    fn hear(&mut self, event: &Event) {
        match &event.kind {
            Kind::Call { call, .. } => match &**call {
                Call::Print { text } if text.ends_with("every one as sent") => self.intact += 1,
                Call::Print { text } if text.contains("damaged") => self.damaged += 1,
                _ => {}
            },
            Kind::Notice { notice, .. } => {
                if let Notice::Failed(errno) = **notice {
                    self.errors.push(errno);
                }
            }
            Kind::State { trigger: Trigger::TimedOut, .. } => self.timeouts += 1,
            _ => {}
        }
    }
}

/// Runs one seed; true where both files arrived.
fn run(seed: u64) -> bool {
    let mut world = World::new(&scenario(seed)).expect("the scenario is fine");
    let mut checkers = Checkers::new([NodeKind::Host; 2]);
    let mut said = Said::default();
    let outcome = loop {
        let outcome = world.step();
        for event in world.take_events() {
            let violations = checkers.see(&event);
            assert!(violations.is_empty(), "seed {seed}: {violations:?}");
            said.hear(&event);
        }
        if let Some(outcome) = outcome {
            break outcome;
        }
    };
    let Said { intact, damaged, errors, timeouts } = said;
    assert_eq!(damaged, 0, "seed {seed}: TCP handed over bytes that were not sent");
    // A program waits on where its peer's connection gave up after the peer's program had left: nobody tells it.
    assert!(
        matches!(outcome, Outcome::Done | Outcome::Idle),
        "seed {seed}: {outcome:?} after {}",
        world.now()
    );
    // Whoever does not get the file is told why: the peer is silent, or has given up itself and said so.
    let told = [Errno::ETIMEDOUT, Errno::ECONNRESET, Errno::EPIPE];
    assert!(errors.iter().all(|errno| told.contains(errno)), "seed {seed}: {errors:?}");
    assert!(intact == 2 || timeouts > 0, "seed {seed}: {intact} files arrived and no connection timed out");
    intact == 2
}

fn run_all(seeds: Range<u64>) -> usize {
    seeds.filter(|seed| run(*seed)).count()
}

#[test]
fn ten_thousand_seeds_deliver_or_report() {
    let threads = std::thread::available_parallelism().map_or(2, usize::from) as u64;
    let share = SEEDS.div_ceil(threads);
    let workers: Vec<_> = (0..threads)
        .map(|i| std::thread::spawn(move || run_all(i * share..SEEDS.min((i + 1) * share))))
        .collect();
    let intact: usize = workers.into_iter().map(|worker| worker.join().expect("no seed fails")).sum();
    eprintln!("{intact} of {SEEDS} runs delivered both files; in the others a connection timed out");
    assert!(
        intact as u64 > SEEDS * 99 / 100,
        "a connection gives up only on the worst of wires: {intact} of {SEEDS}"
    );
}
