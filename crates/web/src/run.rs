//! From what a page asks for to a trace.

use js_sys::{Object, Reflect};
use sockscope_core::trace::{Event, Header, Trace, jsonl};
use sockscope_sim::{Scenario, World, presets};
use wasm_bindgen::{JsCast, JsValue};

/// What a figure shows: a preset or a scenario, or a run that was recorded; and what it changes about it.
#[derive(Debug)]
pub(crate) struct Options {
    preset: Option<String>,
    #[cfg(feature = "lab")]
    scenario: Option<String>,
    #[cfg(feature = "lab")]
    trace: Option<String>,
    parameters: Vec<(String, String)>,
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
    /// Reads the object that a page hands over.
    ///
    /// # Errors
    /// It is no object.
    pub(crate) fn read(options: &JsValue) -> Result<Options, JsValue> {
        let text = |name: &str| Ok::<_, JsValue>(Reflect::get(options, &name.into())?.as_string());
        let parameters = Reflect::get(options, &"parameters".into())?;
        let entries = parameters.dyn_ref().map(Object::entries).unwrap_or_default();
        let pair = |entry: JsValue| {
            let entry = js_sys::Array::from(&entry);
            Some((entry.get(0).as_string()?, entry.get(1).as_string()?))
        };
        Ok(Options {
            preset: text("preset")?,
            #[cfg(feature = "lab")]
            scenario: text("scenario")?,
            #[cfg(feature = "lab")]
            trace: text("trace")?,
            parameters: entries.iter().filter_map(pair).collect(),
        })
    }

    /// Makes the run.
    ///
    /// # Errors
    /// What is wrong with the options, with the remedy.
    pub(crate) fn run(&self) -> Result<Run, String> {
        #[cfg(feature = "lab")]
        if let Some(text) = &self.trace {
            return Ok(Run { scenario: None, trace: crate::lab::trace(text)? });
        }
        let mut scenario = self.scenario()?;
        for (name, value) in &self.parameters {
            crate::parameters::set(&mut scenario, name, value)?;
        }
        let trace = simulate(&scenario)?;
        Ok(Run { scenario: Some(scenario), trace })
    }

    fn scenario(&self) -> Result<Scenario, String> {
        #[cfg(feature = "lab")]
        if let Some(text) = &self.scenario {
            return crate::lab::scenario(text);
        }
        let name = self.preset.as_ref().ok_or("a figure needs a preset, a scenario or a trace")?;
        preset(name)
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
