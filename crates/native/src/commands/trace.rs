//! Reading a trace file.

use super::import;
use anyhow::{Context, Result};
use sockscope_core::trace;
use sockscope_core::trace::jsonl::Reading;
use sockscope_view::import::is_capture;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// The trace of a file, which may be a capture of another tool; where it breaks off, as after a kill, that is said.
pub(super) fn read(path: &Path) -> Result<Reading> {
    let place = path.display();
    let file = File::open(path).with_context(|| format!("cannot read {place}"))?;
    let mut file = BufReader::new(file);
    let start = file.fill_buf().with_context(|| format!("cannot read {place}"))?;
    if is_capture(start) {
        return Ok(Reading { trace: import::read(path)?.trace, cut_off: None });
    }
    let reading = trace::read(file).with_context(|| place.to_string())?;
    if let Some(line) = reading.cut_off {
        eprintln!("note: {place} breaks off in line {line}; what stands before it counts");
    }
    Ok(reading)
}
