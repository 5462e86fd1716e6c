//! Linux's figures, for machines that cannot measure them.

use crate::cases::Measured;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::fs;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fidelity/linux.json");

#[derive(Serialize, Deserialize)]
struct Recorded {
    kernel: String,
    cases: Vec<Measured>,
}

/// The recorded figures.
pub(crate) fn read() -> Result<Vec<Measured>> {
    let text = fs::read_to_string(FILE).with_context(|| format!("cannot read {FILE}"))?;
    let recorded: Recorded = serde_json::from_str(&text).with_context(|| FILE.to_owned())?;
    println!("Linux {}, recorded", recorded.kernel);
    Ok(recorded.cases)
}

/// Keeps figures of this machine's kernel.
pub(crate) fn write(cases: &[Measured]) -> Result<()> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").context("which kernel is this?")?;
    // Without what the one who built it appended.
    let kernel = release.trim().split('-').next().unwrap_or_default().to_owned();
    let text = serde_json::to_string_pretty(&Recorded { kernel, cases: cases.to_vec() })?;
    fs::write(FILE, text + "\n").with_context(|| format!("cannot write {FILE}"))
}
