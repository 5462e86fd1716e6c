//! From what a page asks for to a trace.

use crate::refusal::Refusal;
use crate::timeline::State;
use js_sys::{Object, Reflect};
use sockscope_core::trace::{Event, Header, Trace, jsonl};
use sockscope_sim::{Scenario, World, presets};
use sockscope_view::texts::Texts;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

/// What a figure shows: a preset or a scenario, or a run that was recorded; and what it changes about it.
#[derive(Debug)]
pub(crate) struct Options {
    preset: Option<String>,
    scenario: Option<String>,
    trace: Option<String>,
    /// The scenario that stands beside the run as its original, as JSON.
    original: Option<String>,
    parameters: Vec<(String, String)>,
    /// The language in which it is told.
    pub(crate) texts: Texts,
}

/// A run to show.
#[derive(Debug)]
pub(crate) struct Run {
    /// What was simulated, and what stands beside it; none where the run was recorded.
    pub(crate) state: Option<State>,
    /// What happened.
    pub(crate) trace: Trace,
}

impl Options {
    /// Reads the object that a page hands over.
    ///
    /// # Errors
    /// It is no object.
    pub(crate) fn read(options: &JsValue) -> Result<Options, JsValue> {
        let text = |name: &str| Ok::<_, JsValue>(Reflect::get(options, &name.into())?.as_string());
        let pair = |entry: JsValue| {
            let entry = js_sys::Array::from(&entry);
            Some((entry.get(0).as_string()?, entry.get(1).as_string()?))
        };
        let pairs = |name: &str| -> Result<Vec<(String, String)>, JsValue> {
            let object = Reflect::get(options, &name.into())?;
            let entries = object.dyn_ref().map(Object::entries).unwrap_or_default();
            Ok(entries.iter().filter_map(pair).collect())
        };
        Ok(Options {
            preset: text("preset")?,
            scenario: text("scenario")?,
            trace: text("trace")?,
            original: text("original")?,
            parameters: pairs("parameters")?,
            texts: Texts::new(pairs("texts")?),
        })
    }

    /// Makes the run.
    ///
    /// # Errors
    /// What is wrong with the options, with the remedy.
    pub(crate) fn run(&self) -> Result<Run, String> {
        if let Some(text) = &self.trace {
            let reading =
                jsonl::read(text.as_bytes()).map_err(|error| format!("the recorded run, {error}"))?;
            return Ok(Run { state: None, trace: reading.trace });
        }
        let mut scenario = self.scenario()?;
        for (name, value) in &self.parameters {
            crate::parameters::set(&mut scenario, name, value)?;
        }
        let trace = simulate(&scenario)?;
        let original = self.original.as_deref().map(written).transpose()?;
        Ok(Run { state: Some(State { scenario, original }), trace })
    }

    fn scenario(&self) -> Result<Scenario, String> {
        if let Some(text) = &self.scenario {
            return written(text);
        }
        let name = self.preset.as_ref().ok_or("a figure needs a preset, a scenario or a trace")?;
        preset(name)
    }
}

/// Why there is no preset with a name.
pub(crate) fn no_preset(name: &str) -> String {
    format!("there is no preset {name}; there are {}", presets::names().collect::<Vec<_>>().join(", "))
}

/// A scenario of the reader's own.
pub(crate) fn written(text: &str) -> Result<Scenario, String> {
    text.parse().map_err(|error| format!("the scenario: {error}"))
}

/// The text of a preset's scenario file.
///
/// # Errors
/// There is no such preset.
#[wasm_bindgen(js_name = preset)]
pub fn preset_text(name: &str) -> Result<String, Refusal> {
    let text = presets::text(name).ok_or_else(|| no_preset(name))?;
    Ok(text.to_owned())
}

fn preset(name: &str) -> Result<Scenario, String> {
    let text = presets::text(name).ok_or_else(|| no_preset(name))?;
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
