//! The first line of a trace: what the run was, so that views need nothing else.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The version of the trace format that this engine writes and reads.
pub const FORMAT: u32 = 1;

/// What the run was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`].
    pub format: u32,
    /// Version of the engine that wrote it.
    pub engine: String,
    /// What the times are.
    pub clock: Clock,
    /// A title for people.
    pub title: String,
    /// The seed of every random draw, as a string: it may exceed what a JavaScript number holds. Empty where the
    /// run had none.
    pub seed: String,
    /// The scenario that was run, for replay; absent in native traces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<serde_json::Value>,
    /// The programs of a run over real sockets, one a node, for replay; a simulated trace has them in its scenario.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<serde_json::Value>,
    /// Hosts, switches and routers; events name them by their place in this list.
    pub nodes: Vec<NodeInfo>,
    /// Links; link `i` is the directed links `2 * i` (a to b) and `2 * i + 1` (b to a).
    pub links: Vec<LinkInfo>,
    /// The source text of each program that runs.
    pub sources: Vec<Source>,
}

/// What the times of a trace are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// Simulated: exact.
    Virtual,
    /// The operating system's monotonic clock, from the start of the run.
    Monotonic,
    /// The clock that stamped the packets of a capture, from its first packet.
    Capture,
}

/// A host, switch or router.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeInfo {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: NodeKind,
    /// The addresses of its interfaces.
    pub addresses: Vec<IpAddr>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// Runs programs.
    Host,
    /// Passes packets on unchanged.
    Switch,
    /// Passes packets on and counts down their time to live.
    Router,
}

/// A link between two nodes, by their places in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkInfo {
    /// One end.
    pub a: u16,
    /// The other end.
    pub b: u16,
}

/// The source text of a program: the same steps in two languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The name by which [`Kind::Started`](super::Kind::Started) calls the program.
    pub program: String,
    /// Python text, without the marks.
    pub python: String,
    /// Rust text, without the marks.
    pub rust: String,
    /// For each step of the program, where it stands.
    pub steps: Vec<SourceStep>,
    /// The names and defaults of its arguments, in order: texts and numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<(String, serde_json::Value)>,
}

/// Where a step stands in the source, and what it keeps: lines counted from 1, 0 where it has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceStep {
    /// Line of the Python text.
    pub python: u16,
    /// Line of the Rust text.
    pub rust: u16,
    /// The variables that hold what its call returns: the socket, data or name, and after that the address that came with
    /// it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub into: Vec<String>,
    /// How it joins what several calls return; absent where one call is all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joins: Option<Joins>,
}

/// Until when a step calls again, and joins what it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Joins {
    /// Until so many bytes are there as its first call asked for.
    Bytes,
    /// Until the stream ends.
    Stream,
}
