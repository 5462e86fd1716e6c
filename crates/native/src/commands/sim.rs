//! `sockscope sim`: a scenario over the simulated network.

use super::output;
use super::paint::Form;
use crate::end::{End, Usage};
use anyhow::{Context, Result, anyhow};
use clap::Args as ClapArgs;
use serde::Serialize;
use sockscope_core::time::Time;
use sockscope_core::trace::{Outcome, Trace, jsonl};
use sockscope_sim::units::Seed;
use sockscope_sim::{Scenario, World, presets};
use std::fs;
use std::io::{self, Write};

const EXAMPLES: &str = "\
Examples:
  sockscope sim tcp-upper            one of those that `sockscope presets` lists
  sockscope sim my.json --seed 7     a file of your own, with another seed
  sockscope sim tcp-syn-lost --format svg -o lost.svg
  sockscope sim tcp-upper --format pcapng --host client | tshark -r -
  sockscope sim tcp-upper --hash     the same on every machine";

/// Arguments of `sockscope sim`.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A scenario file, or the name of a scenario that comes along
    scenario: String,
    /// Every random draw comes from this number [default: the scenario's]
    #[arg(long)]
    seed: Option<Seed>,
    #[command(flatten)]
    form: Form,
    /// Print the fingerprint of the trace instead: two runs are the same where it is
    #[arg(long, conflicts_with_all = ["format", "output", "json"])]
    hash: bool,
    /// End with code 3 unless the run ends so: done, idle (only servers wait), time-limit or event-limit
    #[arg(long, value_parser = outcome, value_name = "OUTCOME")]
    expect: Option<Outcome>,
    /// Print one line of JSON instead: how it ended, the seed, the fingerprint
    #[arg(long, conflicts_with_all = ["format", "output"])]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Results {
    title: String,
    seed: String,
    outcome: Outcome,
    /// Simulated time at the end, in nanoseconds.
    ended: Time,
    events: usize,
    hash: String,
}

pub(crate) fn sim(args: &Args) -> Result<End> {
    let mut scenario = read(&args.scenario)?;
    scenario.seed = args.seed.unwrap_or(scenario.seed);
    eprintln!("seed {}", scenario.seed);
    let mut world = World::new(&scenario).with_context(|| args.scenario.clone())?;
    let outcome = world.run();
    let trace = world.trace();
    if args.hash {
        writeln!(io::stdout(), "{}", hash(&trace))?;
    } else if args.json {
        output::json(&Results {
            title: trace.header.title.clone(),
            seed: trace.header.seed.clone(),
            outcome,
            ended: world.now(),
            events: trace.events.len(),
            hash: hash(&trace),
        })?;
    } else {
        args.form.write(trace)?;
    }
    Ok(judge(outcome, args.expect))
}

fn hash(trace: &Trace) -> String {
    format!("{:016x}", jsonl::hash(&trace.header, &trace.events))
}

/// The scenario of a file, or one that comes along.
fn read(name: &str) -> Result<Scenario> {
    if let Some(text) = presets::text(name) {
        return text.parse().with_context(|| name.to_owned());
    }
    if !name.contains(['.', '/']) {
        let known: Vec<_> = presets::names().collect();
        let message = format!("there is no scenario {name}; there are files and {}", known.join(", "));
        return Err(anyhow!(Usage(message)));
    }
    let text = fs::read_to_string(name).with_context(|| format!("cannot read {name}"))?;
    text.parse().with_context(|| name.to_owned())
}

/// An outcome as `--expect` has it.
fn outcome(text: &str) -> Result<Outcome, String> {
    let known = [Outcome::Done, Outcome::Idle, Outcome::TimeLimit, Outcome::EventLimit];
    let found = known.into_iter().find(|outcome| word(*outcome) == text);
    found.ok_or_else(|| format!("there are {}", known.map(word).join(", ")))
}

fn word(outcome: Outcome) -> String {
    serde_json::to_value(outcome).ok().and_then(|word| Some(word.as_str()?.to_owned())).unwrap_or_default()
}

fn judge(outcome: Outcome, expected: Option<Outcome>) -> End {
    match (expected, outcome) {
        (Some(expected), outcome) if expected != outcome => {
            let [expected, outcome] = [expected, outcome].map(word);
            eprintln!("error: the run ended {outcome}, but {expected} was expected");
            End::Unexpected
        }
        (None, Outcome::TimeLimit | Outcome::EventLimit) => {
            eprintln!("error: the run reached a limit of its scenario; raise it under \"limits\"");
            End::TimedOut
        }
        _ => End::Success,
    }
}
