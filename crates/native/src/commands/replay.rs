//! `sockscope replay`: whether a trace can be had again.

use super::output;
use crate::cli::End;
use crate::replay::{Divergence, replay};
use anyhow::{Context, Result};
use clap::Args as ClapArgs;
use serde::Serialize;
use sockscope_core::trace::jsonl::{self, Reading};
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  sockscope run tcp --record run.jsonl && sockscope replay run.jsonl
  sockscope sim handshake --format jsonl -o sim.jsonl && sockscope replay sim.jsonl";

/// Arguments of `sockscope replay`.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A trace that `sockscope run --record` or `sockscope sim --format jsonl` wrote
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
    /// The first event that is not had again, and why.
    event: Option<u64>,
    why: Option<String>,
}

impl Results {
    fn new(reading: &Reading, divergence: Option<&Divergence>) -> Results {
        Results {
            events: reading.trace.events.len(),
            cut_off: reading.cut_off,
            agrees: divergence.is_none(),
            event: divergence.map(|it| it.event.0),
            why: divergence.map(|it| it.why.clone()),
        }
    }
}

pub(crate) fn check(args: &Args) -> Result<End> {
    let place = args.trace.display();
    let file = File::open(&args.trace).with_context(|| format!("cannot read {place}"))?;
    let reading = jsonl::read(BufReader::new(file)).with_context(|| place.to_string())?;
    if let Some(line) = reading.cut_off {
        eprintln!("note: {place} breaks off in line {line}; what stands before it is checked");
    }
    let divergence = replay(&reading.trace).err();
    if args.json {
        output::json(&Results::new(&reading, divergence.as_ref()))?;
    }
    match divergence {
        Some(Divergence { event, why }) => {
            eprintln!("error: {place}: event {event} (line {}) cannot be had again: {why}", event.0 + 2);
            Ok(End::Unexpected)
        }
        None => {
            if !args.json {
                let events = reading.trace.events.len();
                writeln!(io::stdout(), "{place}: {events} events, the programs make every call again")?;
            }
            Ok(End::Success)
        }
    }
}
