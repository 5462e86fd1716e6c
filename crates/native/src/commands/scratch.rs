//! A trace that is kept until its ladder is shown.

use anyhow::{Context, Result};
use sockscope_core::trace;
use sockscope_view::history::History;
use sockscope_view::text;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, Seek};

/// A file that nobody else sees.
pub(super) fn file() -> Result<File> {
    let path = std::env::temp_dir().join(format!("sockscope-{}.jsonl", std::process::id()));
    let opened = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
    let file = opened.with_context(|| format!("cannot write {}", path.display()))?;
    std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    Ok(file)
}

/// What happened, for people: the standard output is the program's.
pub(super) fn ladder(mut file: File) -> Result<()> {
    file.rewind()?;
    let history = History::of(trace::read(BufReader::new(file))?.trace);
    if history.tasks().is_empty() {
        eprintln!("note: it made no call on a socket of TCP or UDP");
    } else {
        eprint!("{}", text::ladder(&history, 100));
    }
    Ok(())
}
