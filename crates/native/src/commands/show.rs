//! `sockscope show`: a trace file as a ladder, a picture or a capture.

use super::paint::Form;
use super::trace;
use crate::end::End;
use anyhow::Result;
use clap::Args as ClapArgs;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  sockscope run tcp --record run.jsonl && sockscope show run.jsonl
  sockscope show run.jsonl --format svg -o run.svg
  sockscope show run.jsonl -o run.sockscope   the same in a few bytes an event";

/// Arguments of `sockscope show`.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A trace that `sockscope run --record` or `sockscope sim --format jsonl` (or `packed`) wrote
    trace: PathBuf,
    #[command(flatten)]
    form: Form,
}

pub(crate) fn show(args: &Args) -> Result<End> {
    args.form.write(trace::read(&args.trace)?.trace)?;
    Ok(End::Success)
}
