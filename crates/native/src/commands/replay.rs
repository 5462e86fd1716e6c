//! `sockscope replay`: whether a trace can be had again.

use super::{output, trace};
use crate::end::End;
use anyhow::{Context, Result};
use clap::Args as ClapArgs;
use serde::Serialize;
use sockscope_core::trace::{Event, EventId};
use sockscope_sim::replay::{self, Divergence};
use std::io::{self, Write};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  sockscope run tcp --record run.jsonl
  sockscope replay run.jsonl
  sockscope sim tcp-upper --format jsonl -o sim.jsonl
  sockscope replay sim.jsonl

A simulated run is run again and compared event by event. Of a run over real
sockets the programs are run again: told what they were told, they must make the
same calls.";

/// Arguments of `sockscope replay`.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A trace that `sockscope run --record` or `sockscope sim --format jsonl` (or `packed`) wrote
    trace: PathBuf,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Results {
    events: usize,
    /// The line where the file breaks off.
    cut_off: Option<usize>,
    agrees: bool,
    divergence: Option<Difference>,
}

/// The first difference.
#[derive(Serialize)]
struct Difference {
    event: EventId,
    /// What the trace has; nothing where it ends.
    expected: Option<Event>,
    /// What the run has; nothing where it ends.
    got: Option<Event>,
}

pub(crate) fn check(args: &Args) -> Result<End> {
    let place = args.trace.display();
    let reading = trace::read(&args.trace)?;
    let (replayed, what) = match reading.trace.header.scenario {
        Some(_) => (replay::world(&reading.trace), "every one happens again"),
        None => (replay::programs(&reading.trace), "the programs make every call again"),
    };
    let divergence = replayed.with_context(|| place.to_string())?;
    let (events, cut_off, agrees) = (reading.trace.events.len(), reading.cut_off, divergence.is_none());
    if let Some(divergence) = &divergence {
        eprintln!("error: {place}, line {}: {divergence}", divergence.at.0 + 2);
    } else if !args.json {
        writeln!(io::stdout(), "{place}: {events} events, {what}")?;
    }
    if args.json {
        let difference = |it: Divergence| Difference { event: it.at, expected: it.expected, got: it.got };
        output::json(&Results { events, cut_off, agrees, divergence: divergence.map(difference) })?;
    }
    Ok(if agrees { End::Success } else { End::Unexpected })
}
