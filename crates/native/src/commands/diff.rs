//! `sockscope diff`: whether two traces agree.

use super::trace;
use crate::end::{End, Usage};
use anyhow::{Result, anyhow};
use clap::Args as ClapArgs;
use sockscope_core::time::Time;
use sockscope_view::diff::{self, Difference};
use sockscope_view::history::History;
use sockscope_view::{story, words};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  sockscope run tcp --record real.jsonl; sockscope sim tcp-upper -o sim.jsonl
  sockscope diff sim.jsonl real.jsonl
  sockscope diff monday.pcapng tuesday.pcapng   what packets carried
  sockscope diff --strict a.jsonl b.jsonl       times and all

Two traces agree where the same bytes went each way, datagrams have the same
boundaries, streams ended, calls failed with the same errors, and programs
printed the same. How a stream was cut into reads, and when anything happened,
is not compared.
Exit codes, as those of diff: 0 they agree, 1 they differ, 2 they cannot be
compared.";

/// Arguments of `sockscope diff`.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A trace, or a capture of another tool
    a: PathBuf,
    /// Another
    b: PathBuf,
    /// Compare event by event, times and all
    #[arg(long)]
    strict: bool,
    /// How many events to show before the first difference
    #[arg(long, value_name = "N", default_value_t = 3)]
    context: usize,
}

pub(crate) fn diff(args: &Args) -> Result<End> {
    // Whatever goes wrong is code 2, as with diff.
    let trouble = |error: anyhow::Error| anyhow!(Usage(format!("{error:#}")));
    let read = |path: &Path| trace::read(path).map(|reading| History::of(reading.trace)).map_err(trouble);
    let (a, b) = (read(&args.a)?, read(&args.b)?);
    let differences = match args.strict {
        true => diff::strictly(&a, &b).into_iter().collect(),
        false => diff::compare(&a, &b).map_err(|error| trouble(error.into()))?,
    };
    let Some(first) = differences.first() else { return Ok(End::Success) };
    let mut out = io::stdout();
    writeln!(out, "{}", first.what)?;
    for (i, (path, history)) in [(&args.a, &a), (&args.b, &b)].into_iter().enumerate() {
        writeln!(out, "\n{}: {}", path.display(), first.has[i])?;
        out.write_all(context(history, first, i, args.context).as_bytes())?;
    }
    if differences.len() > 1 {
        writeln!(out, "\n{} differences more", differences.len() - 1)?;
    }
    Ok(End::Failure)
}

/// The event that shows the difference, and what happened at its host before.
fn context(history: &History, difference: &Difference, side: usize, lines: usize) -> String {
    let Some(n) = difference.events[side] else { return String::new() };
    let node = history.events()[n].node;
    let there = |n: &usize| history.events()[*n].node == node && !story::sentence(history, *n).is_empty();
    let mut shown: Vec<usize> = (0..n).rev().filter(there).take(lines).collect();
    shown.reverse();
    shown.push(n);
    let line = |at: &usize| {
        let mark = if *at == n { '>' } else { ' ' };
        let time = words::span(history.events()[*at].at - Time::ZERO);
        format!("{mark} {time:>9}  {}\n", story::sentence(history, *at))
    };
    shown.iter().map(line).collect()
}
