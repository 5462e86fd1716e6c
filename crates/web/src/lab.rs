//! What only the laboratory does. The engine of a figure is built without it.

mod catalog;
mod open;
mod text;

pub use catalog::{Arg, Preset, Shelf};
pub use text::Mistake;

use crate::figure::{Figure, Status, stops};
use crate::refusal::Refusal;
use crate::run;
use crate::timeline::{self, State, Timeline};
use sockscope_core::trace::jsonl;
use sockscope_sim::ScenarioError;
use tsify::{Ts, Tsify};
use wasm_bindgen::prelude::wasm_bindgen;

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

/// The scenarios that come along, by what they show.
///
/// # Errors
/// Never: texts can be handed over.
#[wasm_bindgen]
pub fn presets() -> Result<Vec<Ts<Preset>>, Refusal> {
    catalog::scenarios().iter().map(|preset| Ok(preset.into_ts()?)).collect()
}

/// The programs of the library.
///
/// # Errors
/// Never: texts can be handed over.
#[wasm_bindgen]
pub fn programs() -> Result<Vec<Ts<Shelf>>, Refusal> {
    catalog::programs().iter().map(|shelf| Ok(shelf.into_ts()?)).collect()
}

/// What is wrong with the text of a scenario, and where; none where nothing is.
///
/// # Errors
/// Never: texts can be handed over.
#[wasm_bindgen]
pub fn mistake(scenario: &str) -> Result<Option<Ts<Mistake>>, Refusal> {
    Ok(text::mistake(scenario).map(|mistake| mistake.into_ts()).transpose()?)
}

/// The text of a scenario, laid out.
#[wasm_bindgen]
pub fn format(scenario: &str) -> String {
    text::format(scenario)
}

#[wasm_bindgen]
impl Figure {
    /// The text of its scenario, laid out; none where the run was recorded.
    pub fn text(&self) -> Option<String> {
        let scenario = &self.timeline()?.now().scenario;
        Some(text::format(&serde_json::to_string(scenario).ok()?))
    }
    /// Runs another scenario, given as its text. A fork is given up by that.
    ///
    /// # Errors
    /// The scenario is refused, with the place.
    pub fn edit(&mut self, text: &str) -> Result<Ts<Status>, Refusal> {
        let state = State::of(run::written(text)?);
        if self.timeline().is_none() {
            self.timeline = Some(Timeline::new(state.clone())).into();
        }
        self.change(state, "")
    }
    /// Shows what is in a file: a trace, as JSON lines or packed, a capture (pcap or pcapng), a packetdrill script, which is
    /// played, or a scenario. What a reader must know of it, a line each.
    ///
    /// # Errors
    /// What is wrong with the file, and where; the run stays as it is.
    pub fn open(&mut self, name: &str, bytes: &[u8]) -> Result<Vec<String>, Refusal> {
        let open::Opened { run, remarks } = open::open(name, bytes)?;
        self.timeline = timeline::begun(run.state);
        self.replace(run.trace)?;
        self.go(self.history.end())?;
        Ok(remarks)
    }
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
