//! One event, and the numbers that events speak of.

use super::Kind;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its number: 0, 1, 2 … in the order of the trace.
    pub n: EventId,
    /// When it happened.
    pub at: Time,
    /// Where it happened; absent where it is nowhere in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<Node>,
    /// The event that led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<EventId>,
    /// What happened.
    pub kind: Kind,
}

/// A trace of a million events fits into memory: what is large and rare lies behind a box.
const _: () = assert!(size_of::<Event>() <= 64);

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident($inner:ty);)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
            #[serde(transparent)]
            pub struct $name(pub $inner);

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    self.0.fmt(f)
                }
            }
        )*
    };
}

numbers! {
    /// The number of an event in its trace.
    EventId(u32);
    /// A host, switch or router: its place in the header's list of nodes.
    Node(u16);
    /// A socket of one host. Unlike a descriptor it is never given twice.
    Sock(u32);
    /// A running program, or a thread of one; unique in the run.
    Task(u32);
}
