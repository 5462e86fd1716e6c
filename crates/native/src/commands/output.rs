//! What all commands do alike when they speak.

use anyhow::{Context, Result};
use serde::Serialize;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

/// A remark for people, only where one is watching.
pub(super) fn remark(text: &str) {
    if io::stderr().is_terminal() {
        eprintln!("{text}");
    }
}

/// A result for programs: one line of JSON.
pub(super) fn json(value: &impl Serialize) -> Result<()> {
    let mut line = serde_json::to_string(value)?;
    line.push('\n');
    io::stdout().write_all(line.as_bytes())?;
    Ok(())
}

/// A new file to write to; the error names it.
pub(super) fn create(path: &Path) -> Result<File> {
    File::create(path).with_context(|| format!("cannot write {}", path.display()))
}
