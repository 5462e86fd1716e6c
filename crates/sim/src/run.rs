//! A run that remembers: its trace so far, and checkpoints to fork it from.

use crate::world::InterveneError;
use crate::{Scenario, ScenarioError, World};
use sockscope_core::time::Time;
use sockscope_core::trace::{Event, Intervention, Outcome, Trace};

/// A run that remembers: its trace so far, and checkpoints to fork it from.
///
/// ```
/// use sockscope_core::time::Time;
/// use sockscope_core::trace::Intervention;
/// use sockscope_core::wire::PacketId;
/// use sockscope_sim::{Run, presets};
/// let mut run = Run::new(&presets::text("udp-upper").unwrap().parse().unwrap()).unwrap();
/// run.finish();
/// // What if the client's datagram had been lost?
/// let mut fork = run.fork_at(Time::from_nanos(10_000_000), Intervention::Drop { packet: PacketId(0) }).unwrap();
/// fork.finish();
/// assert!(fork.events().len() < run.events().len());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    world: World,
    events: Vec<Event>,
    checkpoints: Vec<Checkpoint>,
    /// Steps between two checkpoints.
    spacing: u64,
}

/// The world at some time, and how many events it had by then.
#[derive(Clone, Debug, PartialEq)]
struct Checkpoint {
    world: World,
    events: usize,
}

/// Where there are so many checkpoints, every second one goes: a long run keeps few, evenly spread.
const MOST: usize = 64;

impl Run {
    /// The run of a scenario, at its start.
    ///
    /// # Errors
    /// As [`World::new`].
    pub fn new(scenario: &Scenario) -> Result<Run, ScenarioError> {
        let world = World::new(scenario)?;
        let start = Checkpoint { world: world.clone(), events: 0 };
        Ok(Run { world, events: Vec::new(), checkpoints: vec![start], spacing: 64 })
    }
    /// The world as it is now. Its own log is empty: the events are [here](Run::events).
    pub fn world(&self) -> &World {
        &self.world
    }
    /// Every event so far.
    pub fn events(&self) -> &[Event] {
        &self.events
    }
    /// The trace so far.
    pub fn trace(&self) -> Trace {
        Trace { header: self.world.header(), events: self.events.clone() }
    }
    /// Does the next thing that happens. How the run ended, if it did.
    pub fn step(&mut self) -> Option<Outcome> {
        let outcome = self.world.step();
        self.events.append(&mut self.world.take_events());
        if outcome.is_none() && self.world.steps().is_multiple_of(self.spacing) {
            self.remember();
        }
        outcome
    }
    /// Runs to the end.
    pub fn finish(&mut self) -> Outcome {
        loop {
            if let Some(outcome) = self.step() {
                return outcome;
            }
        }
    }
    /// The same run up to `at`, with an intervention at that time; from there it takes its own course.
    ///
    /// # Errors
    /// As [`World::intervene`].
    pub fn fork_at(&self, at: Time, intervention: Intervention) -> Result<Run, InterveneError> {
        let mut fork = self.before(at);
        if let Some(just_before) = at.as_nanos().checked_sub(1).map(Time::from_nanos) {
            while fork.world.next_at().is_some_and(|next| next <= just_before) {
                fork.step();
            }
        }
        fork.world.intervene(at, intervention)?;
        Ok(fork)
    }
    /// This run at its latest checkpoint before `at`.
    fn before(&self, at: Time) -> Run {
        // The first checkpoint is the start, before which there is nothing.
        let kept = self.checkpoints.partition_point(|checkpoint| checkpoint.world.now() < at).max(1);
        let checkpoints = self.checkpoints[..kept].to_vec();
        let Checkpoint { world, events } = checkpoints[kept - 1].clone();
        Run { world, events: self.events[..events].to_vec(), checkpoints, spacing: self.spacing }
    }
    fn remember(&mut self) {
        if self.checkpoints.len() >= MOST {
            let mut n = 0;
            self.checkpoints.retain(|_| {
                n += 1;
                n % 2 == 1
            });
            self.spacing *= 2;
        }
        self.checkpoints.push(Checkpoint { world: self.world.clone(), events: self.events.len() });
    }
}
