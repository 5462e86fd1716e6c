//! Replay: the same run again, and where it is not the same.

mod programs;
mod test;
mod world;

pub use programs::programs;
pub use test::test;
pub use world::world;

use crate::ScenarioError;
use sockscope_core::trace::{Event, EventId};
use sockscope_programs::ProgramError;
use std::fmt;

/// The first place where a run differs from its trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Divergence {
    /// The number of the event in the trace, or the number after its last.
    pub at: EventId,
    /// What the trace has; nothing where it ends.
    pub expected: Option<Event>,
    /// What the run has; nothing where it ends.
    pub got: Option<Event>,
}

/// Why a trace cannot be replayed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// It has no scenario: it was recorded on a real system.
    #[error("the trace holds no scenario: it was recorded on real sockets; replay its programs instead")]
    NoScenario,
    /// Its scenario makes no sense.
    #[error("the scenario of the trace: {0}")]
    Scenario(#[from] ScenarioError),
    /// One of its programs makes no sense.
    #[error("the programs of the trace: {0}")]
    Program(#[from] ProgramError),
    /// The header lists fewer programs than the trace starts.
    #[error("event {at}: the header has no program \"{program}\" for this; record the run again")]
    NoProgram {
        /// The event that starts it.
        at: EventId,
        /// Its name.
        program: String,
    },
    /// A program is told something that answers no call of it.
    #[error("event {at}: this notice answers no call; the trace was changed by hand")]
    NoCall {
        /// The event of the notice.
        at: EventId,
    },
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |event: &Option<Event>| match event {
            Some(event) => serde_json::to_string(event).unwrap_or_else(|error| error.to_string()),
            None => "nothing".to_owned(),
        };
        let (expected, got) = (text(&self.expected), text(&self.got));
        write!(f, "event {}: the trace has {expected}, the run has {got}", self.at)
    }
}
