//! Results of scripts, as a table or as TAP, and the ladder of one that failed.

use super::Run;
use anyhow::Result;
use clap::ValueEnum;
use sockscope_core::trace::Trace;
use sockscope_packetdrill::{Mismatch, Outcome};
use sockscope_view::{history::History, text};
use std::io::{self, Write};
use std::time::Duration;

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A table (Markdown) of names, results and reasons
    #[default]
    Table,
    /// The Test Anything Protocol
    Tap,
}

/// All results.
pub(super) struct Results<'a> {
    pub(super) runs: &'a [Run],
    /// Names of those that are known to fail.
    pub(super) known: &'a [String],
    /// Leave out those that pass.
    pub(super) failing: bool,
    pub(super) took: Duration,
}

impl Results<'_> {
    fn is_known(&self, run: &Run) -> bool {
        self.known.iter().any(|known| run.name.ends_with(known.as_str()))
    }
    /// Whether a script did what was expected of it.
    fn as_expected(&self, run: &Run) -> bool {
        match &run.outcome {
            Outcome::Passed => !self.is_known(run),
            Outcome::Failed(_) => self.is_known(run),
            Outcome::Unsupported(_) => true,
        }
    }
    pub(super) fn all_as_expected(&self) -> bool {
        self.runs.iter().all(|run| self.as_expected(run))
    }
    pub(super) fn write(&self, format: Format) -> Result<()> {
        let mut out = io::stdout().lock();
        match format {
            Format::Table => self.table(&mut out)?,
            Format::Tap => self.tap(&mut out)?,
        }
        Ok(())
    }
    fn table(&self, out: &mut impl Write) -> io::Result<()> {
        let shown = || self.runs.iter().filter(|run| !(self.failing && run.outcome == Outcome::Passed));
        let width = shown().map(|run| run.name.len()).max().unwrap_or(0).max("script".len());
        writeln!(out, "| {:width$} | result      | reason |", "script")?;
        writeln!(out, "|{:-<1$}|-------------|--------|", "", width + 2)?;
        for run in shown() {
            let (result, reason) = self.words(run);
            writeln!(out, "| {:width$} | {result:11} | {} |", run.name, reason.replace('|', "\\|"))?;
        }
        for ladder in shown().filter_map(|run| run.ladder.as_ref()) {
            writeln!(out, "\n{ladder}")?;
        }
        writeln!(out, "\n{}", self.summary())
    }
    fn tap(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "TAP version 13\n1..{}", self.runs.len())?;
        for (n, run) in self.runs.iter().enumerate() {
            let (_, reason) = self.words(run);
            let verdict = if run.outcome == Outcome::Passed || matches!(run.outcome, Outcome::Unsupported(_))
            {
                "ok"
            } else {
                "not ok"
            };
            let remark = match &run.outcome {
                Outcome::Unsupported(_) => format!(" # SKIP {reason}"),
                _ if self.is_known(run) => " # TODO known to fail".to_owned(),
                _ => String::new(),
            };
            writeln!(out, "{verdict} {} - {}{remark}", n + 1, run.name)?;
            if let Outcome::Failed(mismatch) = &run.outcome {
                let lines = details(&run.name, mismatch) + run.ladder.as_deref().unwrap_or_default();
                lines.lines().try_for_each(|line| writeln!(out, "# {line}"))?;
            }
        }
        writeln!(out, "# {}", self.summary())
    }
    /// Result and reason of a script, each in a few words.
    fn words(&self, run: &Run) -> (&'static str, String) {
        let warned = match run.warnings {
            0 => String::new(),
            n => format!("{n} mismatches that --non_fatal allows"),
        };
        match &run.outcome {
            Outcome::Passed if self.is_known(run) => ("passed", "was expected to fail".to_owned()),
            Outcome::Passed => ("passed", warned),
            Outcome::Failed(mismatch) if self.is_known(run) => ("known", mismatch.to_string()),
            Outcome::Failed(mismatch) => ("failed", mismatch.to_string()),
            Outcome::Unsupported(mismatch) => ("unsupported", mismatch.to_string()),
        }
    }
    fn summary(&self) -> String {
        let count = |is: fn(&Outcome) -> bool| self.runs.iter().filter(|run| is(&run.outcome)).count();
        let known = self
            .runs
            .iter()
            .filter(|run| matches!(run.outcome, Outcome::Failed(_)) && self.is_known(run))
            .count();
        let known = if known > 0 { format!(" ({known} known)") } else { String::new() };
        format!(
            "{} scripts: {} passed, {} failed{known}, {} unsupported, in {} ms",
            self.runs.len(),
            count(|outcome| *outcome == Outcome::Passed),
            count(|outcome| matches!(outcome, Outcome::Failed(_))),
            count(|outcome| matches!(outcome, Outcome::Unsupported(_))),
            self.took.as_millis(),
        )
    }
}

/// What was expected and what was there, with the place in the script.
fn details(name: &str, mismatch: &Mismatch) -> String {
    let mut lines = format!("{name}:{}: {}\n", mismatch.line, mismatch.what);
    if !mismatch.expected.is_empty() {
        lines += &format!("  expected: {}\n", mismatch.expected);
    }
    if let Some(got) = &mismatch.got {
        let arrow = if mismatch.expected.starts_with('>') { "> " } else { "" };
        lines += &format!("  got:      {arrow}{got}\n");
    }
    lines
}

/// What happened, and at its end the mismatch.
pub(super) fn ladder(name: &str, trace: Trace, mismatch: &Mismatch) -> String {
    let history = History::of(trace);
    let details = details(name, mismatch);
    let marked: String = details.lines().map(|line| format!("      !!   {line}\n")).collect();
    text::ladder(&history, 110) + &marked
}
