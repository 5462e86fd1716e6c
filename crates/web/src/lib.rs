//! Sockscope in the browser: a run, its pictures and what stands around them, behind wasm-bindgen.
//!
//! [`Figure`] is the whole surface. The page calls it and shows what it is told; it computes nothing itself.
//!
//! There are two builds. With the feature `lab` it can do everything; without, it is the small engine of a figure.

mod breaking;
mod card;
mod drawing;
#[cfg(feature = "lab")]
mod export;
mod figure;
mod fork;
#[cfg(feature = "lab")]
mod lab;
mod painter;
mod paper;
mod parameters;
mod place;
mod programs;
mod question;
mod refusal;
mod run;
mod settings;
mod story;
mod timeline;
mod view;

pub use breaking::Thing;
pub use card::{PacketBlock, PacketCard, PacketField, PacketStep};
pub use figure::{Figure, Status};
pub use fork::{Changes, Intervened, Parting};
#[cfg(feature = "lab")]
pub use lab::{Arg, Mistake, Preset, Shelf, fingerprint, format, mistake, presets, programs};
pub use parameters::Parameters;
pub use programs::{ProgramText, TaskLine, TaskState, TaskVariable};
pub use question::Answer;
pub use refusal::Refusal;
pub use run::preset_text;
pub use settings::Setting;
pub use story::StoryRow;

use wasm_bindgen::prelude::wasm_bindgen;

/// A broken invariant of ours reaches the page as an error named `Panic` with the message, instead of a bare trap.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|panic| {
        let error = js_sys::Error::new(&panic.to_string());
        error.set_name("Panic");
        wasm_bindgen::throw_val(error.into())
    }));
}

/// The memory of the engine, where it leaves what changes each frame.
#[wasm_bindgen]
pub fn heap() -> wasm_bindgen::JsValue {
    wasm_bindgen::memory()
}

/// The style sheet of the pictures.
#[wasm_bindgen]
pub fn style() -> String {
    sockscope_view::svg::STYLE.to_owned()
}
