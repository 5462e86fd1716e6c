//! From what a page asks for to a trace.

use serde::Deserialize;
use sockscope_core::trace::{Event, Header, Trace, jsonl};
use sockscope_sim::{Scenario, World, presets};
use std::collections::BTreeMap;

/// What a figure shows: a preset or a scenario, or a run that was recorded; and what it changes about it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Options {
    preset: Option<String>,
    scenario: Option<String>,
    trace: Option<String>,
    parameters: BTreeMap<String, Option<String>>,
}

/// A run to show.
#[derive(Debug)]
pub(crate) struct Run {
    /// What was simulated; none where the run was recorded.
    pub(crate) scenario: Option<Scenario>,
    /// What happened.
    pub(crate) trace: Trace,
}

impl Options {
    /// Makes the run.
    ///
    /// # Errors
    /// What is wrong with the options, with the remedy.
    pub(crate) fn run(&self) -> Result<Run, String> {
        if let Some(text) = &self.trace {
            let reading =
                jsonl::read(text.as_bytes()).map_err(|error| format!("the recorded run, {error}"))?;
            return Ok(Run { scenario: None, trace: reading.trace });
        }
        let mut scenario = self.scenario()?;
        for (name, value) in &self.parameters {
            if let Some(value) = value {
                crate::parameters::set(&mut scenario, name, value)?;
            }
        }
        let trace = simulate(&scenario)?;
        Ok(Run { scenario: Some(scenario), trace })
    }

    fn scenario(&self) -> Result<Scenario, String> {
        match (&self.scenario, &self.preset) {
            (Some(text), _) => text.parse().map_err(|error| format!("the scenario: {error}")),
            (None, Some(name)) => preset(name),
            (None, None) => Err("a figure needs a preset, a scenario or a trace".to_owned()),
        }
    }
}

fn preset(name: &str) -> Result<Scenario, String> {
    let known = || presets::names().collect::<Vec<_>>().join(", ");
    let text =
        presets::text(name).ok_or_else(|| format!("there is no preset {name}; there are {}", known()))?;
    text.parse().map_err(|error| format!("the preset {name}: {error}"))
}

/// Runs a scenario to its end, with every event recorded.
pub(crate) fn simulate(scenario: &Scenario) -> Result<Trace, String> {
    let mut world = World::new(scenario).map_err(|error| error.to_string())?;
    world.run();
    Ok(world.trace())
}

/// One number for a whole trace, as hexadecimal text.
pub(crate) fn fingerprint(header: &Header, events: &[Event]) -> String {
    format!("{:016x}", jsonl::hash(header, events))
}
