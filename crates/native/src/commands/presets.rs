//! `sockscope presets`: the scenarios that come along.

use super::output;
use crate::end::{End, Usage};
use anyhow::{Result, anyhow};
use clap::Args as ClapArgs;
use serde::Serialize;
use sockscope_sim::{Scenario, presets};
use std::io::{self, Write};

const EXAMPLES: &str = "\
Examples:
  sockscope presets
  sockscope presets tcp-upper > my.json   to change it";

/// Arguments of `sockscope presets`.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Print the file of this scenario
    name: Option<String>,
    /// Print one line of JSON: the list of names and titles
    #[arg(long, conflicts_with = "name")]
    json: bool,
}

#[derive(Serialize)]
struct Line {
    name: &'static str,
    title: String,
}

pub(crate) fn list(args: &Args) -> Result<End> {
    if let Some(name) = &args.name {
        let unknown =
            || anyhow!(Usage(format!("there is no scenario {name}; `sockscope presets` lists them")));
        io::stdout().write_all(presets::text(name).ok_or_else(unknown)?.as_bytes())?;
        return Ok(End::Success);
    }
    let mut lines = Vec::new();
    for name in presets::names() {
        let scenario: Scenario = presets::text(name).unwrap_or_default().parse()?;
        lines.push(Line { name, title: scenario.title });
    }
    if args.json {
        output::json(&lines)?;
    } else {
        let width = lines.iter().map(|line| line.name.len()).max().unwrap_or_default();
        for line in &lines {
            writeln!(io::stdout(), "{:width$}  {}", line.name, line.title)?;
        }
    }
    Ok(End::Success)
}
