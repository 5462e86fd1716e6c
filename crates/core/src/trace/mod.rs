//! What is recorded: one vocabulary of events for the simulation and for real sockets, and every view is a fold
//! over it.
//!
//! A trace holds what happened and why: `cause` names the event that led to this one. Nothing is dropped without an
//! event. A native trace holds what was observed and nothing else.

mod event;
mod header;
pub mod jsonl;
mod kind;
mod log;
pub mod packed;

pub use event::{Event, EventId, Node, Sock, Task};
pub use header::{Clock, FORMAT, Header, Joins, LinkInfo, NodeInfo, NodeKind, Source, SourceStep};
pub use jsonl::hash;
pub use kind::{Discard, Intervention, Kind, Layer, LinkDrop, LinkId, Omission, Outcome, Passage};
pub use log::{Cx, Log};

use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader};

/// Reads a trace in either form, as [`jsonl::read`] does.
///
/// # Errors
/// As [`jsonl::read`].
pub fn read(mut input: impl BufRead) -> Result<jsonl::Reading, jsonl::ReadError> {
    let start = input.fill_buf().map_err(|error| jsonl::ReadError::Io { line: 1, error })?;
    if start.starts_with(packed::MAGIC) {
        return jsonl::read(BufReader::new(packed::Reader::new(input)));
    }
    jsonl::read(input)
}

/// A whole trace: the header and every event, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// What the run was.
    pub header: Header,
    /// What happened.
    pub events: Vec<Event>,
}
