//! Sockscope in the browser: a run, its pictures and what stands around them, behind wasm-bindgen.

mod painter;

use wasm_bindgen::prelude::wasm_bindgen;

/// The style sheet of the pictures.
#[wasm_bindgen]
pub fn style() -> String {
    sockscope_view::svg::STYLE.to_owned()
}
