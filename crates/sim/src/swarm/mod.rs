//! Random worlds: from a seed a scenario, and from its run what was broken.
//!
//! A world has up to four hosts, each with a profile, options of TCP switched on or off and buffers of any size; a topology
//! between them, links with every fault that there is and MTUs of their own; and programs that hold conversations over TCP:
//! both ways at once, in turns, with half a close, with slow readers and small buffers, with data on the SYN, corked, with
//! keep-alives, with readers that leave early and writers that abort, and two ends that connect to each other at the same
//! time. Links are cut and mended, packets dropped, hosts crash.
//!
//! Then comes the phase of liveness: at a time that the seed draws, [`FAULTS_AT_MOST`] after the start at the latest,
//! every fault is switched off. From then on a world has [`CALM_ENOUGH`] until nothing is left to happen and every
//! connection is done, or has been reset. Where a host crashed, or where an end gave up while its packets were lost, the
//! ends that are left have [`SILENCE_ENOUGH`] to find out. To either is added what a slow world needs (the formula stands in
//! `pace.rs`). A world that takes longer hangs, and that is a failure.

mod conversation;
mod draw;
mod liveness;
mod pace;

pub use draw::scenario;
pub use liveness::{Census, Watch};

use crate::checkers::Checkers;
use crate::{Scenario, World};
use sockscope_core::time::Span;
use sockscope_core::trace::{Event, Outcome};

/// The faults of a world are switched off so long after its start, at the latest.
pub const FAULTS_AT_MOST: Span = Span::from_secs(1800);
/// Once faults are off, everything is done within this time, and that which sending takes in a slow world.
pub const CALM_ENOUGH: Span = Span::from_secs(600);
/// Where a peer is silent for ever, an end finds out within this time, and that which sending takes in a slow world.
pub const SILENCE_ENOUGH: Span = Span::from_secs(7200);

/// A world with everything that looks at it. Step it to its end, then ask for the verdict.
///
/// ```
/// use sockscope_sim::swarm::{self, Judged};
/// let mut judged = Judged::new(&swarm::scenario(7));
/// while judged.step(|_event| ()) {}
/// assert_eq!(judged.broken(), [] as [String; 0]);
/// ```
#[derive(Debug)]
pub struct Judged {
    world: World,
    checkers: Checkers,
    watch: Watch,
    broken: Vec<String>,
}

impl Judged {
    /// The world of a scenario that [`scenario`] made.
    ///
    /// # Panics
    /// Where the scenario makes no sense.
    pub fn new(scenario: &Scenario) -> Judged {
        let world = World::new(scenario).expect("a drawn scenario makes sense");
        let nodes = world.header().nodes;
        Judged {
            checkers: Checkers::new(nodes.iter().map(|node| node.kind)),
            watch: Watch::new(scenario),
            broken: Vec::new(),
            world,
        }
    }
    /// Does the next thing that happens and shows its events; false at the end, and where something is broken.
    pub fn step(&mut self, mut show: impl FnMut(Event)) -> bool {
        let outcome = self.world.step();
        for event in self.world.take_events() {
            let violations = self.checkers.see(&event);
            self.broken.extend(violations.iter().map(ToString::to_string));
            self.broken.extend(self.watch.see(&event));
            show(event);
        }
        if let Some(outcome) = outcome {
            self.broken.extend(self.watch.end(outcome, self.world.now()));
        }
        outcome.is_none() && self.broken.is_empty()
    }
    /// What is broken, as far as it has come.
    pub fn broken(&self) -> &[String] {
        &self.broken
    }
    /// How many connections there were, and what became of them.
    pub fn census(&self) -> Census {
        self.watch.census()
    }
    /// The world, where it stands.
    pub fn world(&self) -> &World {
        &self.world
    }
    /// How the run ended, once it has.
    pub fn outcome(&self) -> Option<Outcome> {
        self.world.outcome()
    }
}
