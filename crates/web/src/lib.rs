//! Sockscope in the browser: a run, its pictures and what stands around them, behind wasm-bindgen.
//!
//! [`Figure`] is the whole surface. The page calls it and shows what it is told; it computes nothing itself.

mod card;
mod drawing;
mod figure;
mod painter;
mod parameters;
mod programs;
mod refusal;
mod run;
mod view;

pub use card::{PacketBlock, PacketCard, PacketField, PacketStep};
pub use figure::{Figure, Status};
pub use parameters::Parameters;
pub use programs::{ProgramText, TaskLine, TaskState};
pub use refusal::Refusal;

use sockscope_sim::ScenarioError;
use wasm_bindgen::prelude::wasm_bindgen;

/// A broken invariant of ours reaches the page as an error with the message, instead of a bare trap.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|panic| wasm_bindgen::throw_str(&panic.to_string())));
}

/// The style sheet of the pictures.
#[wasm_bindgen]
pub fn style() -> String {
    sockscope_view::svg::STYLE.to_owned()
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
