//! Reading a trace file.

use anyhow::{Context, Result};
use sockscope_core::trace;
use sockscope_core::trace::jsonl::Reading;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// The trace of a file; where it breaks off, as after a kill, that is said.
pub(super) fn read(path: &Path) -> Result<Reading> {
    let place = path.display();
    let file = File::open(path).with_context(|| format!("cannot read {place}"))?;
    let reading = trace::read(BufReader::new(file)).with_context(|| place.to_string())?;
    if let Some(line) = reading.cut_off {
        eprintln!("note: {place} breaks off in line {line}; what stands before it counts");
    }
    Ok(reading)
}
