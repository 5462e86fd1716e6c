//! How a run ended, in words for people and as a trace for the views.

use super::kernel::NAMES;
use super::{Run, Settings};
use crate::syntax::Script;
use sockscope_core::time::Time;
use sockscope_core::trace::{
    self, Clock, FORMAT, Header, Kind, LinkInfo, NodeInfo, NodeKind, Source, SourceStep, Trace,
};
use std::fmt;

/// What came of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was as the script says.
    Passed,
    /// Something was not.
    Failed(Mismatch),
    /// The script needs something that is not there.
    Unsupported(Mismatch),
}

/// The first thing that was not as the script says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The line of the script, from 1.
    pub line: u32,
    /// What stands there.
    pub expected: String,
    /// What was there instead, in the script's syntax where it is a packet.
    pub got: Option<String>,
    /// The difference in a sentence.
    pub what: String,
    /// When it was found.
    pub at: Time,
    /// It is not there at all, rather than different.
    pub(crate) unsupported: bool,
}

impl Mismatch {
    /// Something that has no place in the script: it could not even be read.
    pub fn without_place(what: String) -> Mismatch {
        Mismatch { line: 0, expected: String::new(), got: None, what, at: Time::ZERO, unsupported: false }
    }
}

impl fmt::Display for Mismatch {
    /// `line 7: window: expected 65535, got 65160`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        f.write_str(&self.what)
    }
}

/// A run that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What came of it.
    pub outcome: Outcome,
    /// What was different but allowed to be (`--non_fatal`).
    pub warnings: Vec<Mismatch>,
    /// What happened: the host under test, and the script as the remote end.
    pub trace: Trace,
}

/// Why an event cannot be done, or is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    what: String,
    got: Option<String>,
    unsupported: bool,
}

impl Stop {
    /// It is not as the script says.
    pub(crate) fn fault(what: String) -> Stop {
        Stop { what, got: None, unsupported: false }
    }
    /// Something else happened.
    pub(crate) fn instead(what: String, got: String) -> Stop {
        Stop { what, got: Some(got), unsupported: false }
    }
    /// The script needs something that is not there.
    pub(crate) fn unsupported(what: String) -> Stop {
        Stop { what: format!("not supported: {what}"), got: None, unsupported: true }
    }
    /// It is a call of an earlier line that went wrong.
    pub(super) fn because_of(mut self, line: u32) -> Stop {
        self.what = format!("the call of line {line}: {}", self.what);
        self
    }
    pub(super) fn at(self, line: u32, text: &str, at: Time) -> Mismatch {
        let Stop { what, got, unsupported } = self;
        Mismatch { line, expected: text.to_owned(), got, what, at, unsupported }
    }
}

fn outcome(mismatch: Mismatch) -> Outcome {
    if mismatch.unsupported { Outcome::Unsupported(mismatch) } else { Outcome::Failed(mismatch) }
}

/// A script of which nothing was run.
pub(super) fn unrun(script: &Script, line: u32, stop: Stop) -> Report {
    let setting = script.options.iter().find(|setting| setting.line == line);
    let text = setting.map_or(String::new(), |setting| format!("--{}={}", setting.name, setting.value));
    Report {
        outcome: outcome(stop.at(line, &text, Time::ZERO)),
        warnings: Vec::new(),
        trace: Trace { header: header(script, Vec::new(), String::new()), events: Vec::new() },
    }
}

pub(super) fn report(
    script: &Script,
    settings: &Settings,
    mut run: Run,
    result: Result<(), Mismatch>,
) -> Report {
    let now = run.kernel.now;
    run.kernel.log().push(now, None, None, Kind::Ended { outcome: trace::Outcome::Done });
    let addresses = [run.options.local, run.options.remote];
    let nodes = NAMES.iter().zip(addresses).map(|(name, address)| NodeInfo {
        name: (*name).to_owned(),
        kind: NodeKind::Host,
        addresses: vec![address],
    });
    let header = header(script, nodes.collect(), settings.seed.to_string());
    Report {
        outcome: result.map_or_else(outcome, |()| Outcome::Passed),
        warnings: run.warnings,
        trace: Trace { header, events: run.kernel.into_log().take() },
    }
}

fn header(script: &Script, nodes: Vec<NodeInfo>, seed: String) -> Header {
    let links = if nodes.is_empty() { Vec::new() } else { vec![LinkInfo { a: 0, b: 1 }] };
    let lines = script.events.iter().map(|event| event.line.min(u32::from(u16::MAX)) as u16);
    let source = Source {
        program: script.name().to_owned(),
        python: script.text.clone(),
        rust: script.text.clone(),
        steps: lines.map(|line| SourceStep { python: line, rust: line, ..SourceStep::default() }).collect(),
        ..Source::default()
    };
    Header {
        format: FORMAT,
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        clock: Clock::Virtual,
        title: script.name().to_owned(),
        seed,
        scenario: None,
        programs: Vec::new(),
        nodes,
        links,
        sources: vec![source],
    }
}
