//! Recording, and the context in which the engine runs.

use super::{Event, EventId, Kind, Node};
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// Where events go. Switched off it costs a branch an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    on: bool,
    events: Vec<Event>,
    next: u32,
}

impl Log {
    /// A log that records.
    pub fn recording() -> Log {
        Log { on: true, ..Log::default() }
    }
    /// A log that throws everything away.
    pub fn off() -> Log {
        Log::default()
    }
    /// True where it records.
    pub fn is_on(&self) -> bool {
        self.on
    }
    /// What was recorded and not yet taken, in order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }
    /// Hands over what was recorded since the last call.
    pub fn take(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }
    /// Appends an event; its number, where it was recorded.
    pub fn push(
        &mut self,
        at: Time,
        node: Option<Node>,
        cause: Option<EventId>,
        kind: Kind,
    ) -> Option<EventId> {
        if !self.on {
            return None;
        }
        let n = EventId(self.next);
        self.next += 1;
        self.events.push(Event { n, at, node, cause, kind });
        Some(n)
    }
}

/// The context of one step of the engine: what time it is, where, and what led to it.
#[derive(Debug)]
pub struct Cx<'a> {
    /// The time.
    pub now: Time,
    /// The node that acts.
    pub node: Node,
    /// The event that led to what happens now: it becomes the cause of what is emitted.
    pub cause: Option<EventId>,
    /// Where events go.
    pub log: &'a mut Log,
}

impl Cx<'_> {
    /// Records what happened, where recording is on; `kind` is not called otherwise.
    pub fn emit(&mut self, kind: impl FnOnce() -> Kind) -> Option<EventId> {
        if !self.log.is_on() {
            return None;
        }
        self.log.push(self.now, Some(self.node), self.cause, kind())
    }
    /// Records what happened and makes it the cause of what follows.
    pub fn emit_cause(&mut self, kind: impl FnOnce() -> Kind) -> Option<EventId> {
        let id = self.emit(kind);
        self.cause = id.or(self.cause);
        id
    }
}
