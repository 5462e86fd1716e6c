//! What only the laboratory does. The engine of a figure is built without it: reading JSON is large.

use crate::figure::{Figure, Status, stops};
use crate::refusal::Refusal;
use crate::run;
use sockscope_core::trace::{Trace, jsonl};
use sockscope_sim::{Scenario, ScenarioError};
use tsify::Ts;
use wasm_bindgen::prelude::wasm_bindgen;

/// A run that was recorded.
pub(crate) fn trace(text: &str) -> Result<Trace, String> {
    let reading = jsonl::read(text.as_bytes()).map_err(|error| format!("the recorded run, {error}"))?;
    Ok(reading.trace)
}

/// A scenario of the reader's own.
pub(crate) fn scenario(text: &str) -> Result<Scenario, String> {
    text.parse().map_err(|error| format!("the scenario: {error}"))
}

/// The fingerprint of the run of a scenario, given as its JSON text: equal on every machine.
///
/// # Errors
/// The scenario is refused, with the place.
#[wasm_bindgen]
pub fn fingerprint(scenario: &str) -> Result<String, Refusal> {
    let scenario = scenario.parse().map_err(|error: ScenarioError| error.to_string())?;
    let trace = run::simulate(&scenario)?;
    Ok(run::fingerprint(&trace.header, &trace.events))
}

#[wasm_bindgen]
impl Figure {
    /// Goes on with a run that is recorded while it is shown: further whole lines of its trace. Who is at the end stays at
    /// the end.
    ///
    /// # Errors
    /// A line is no event of this trace.
    pub fn append(&mut self, lines: &str) -> Result<Ts<Status>, Refusal> {
        let at_end = self.moment == self.history.end();
        for line in lines.lines() {
            let (header, next) = (self.history.header(), self.history.events().len());
            let event = jsonl::event(line.as_bytes(), header, next);
            self.history.push(event.map_err(|cause| format!("the run, event {next}: {cause}"))?);
        }
        self.stops = stops(&self.history);
        if at_end {
            self.moment = self.history.end();
        }
        self.lay_out()
    }
}
