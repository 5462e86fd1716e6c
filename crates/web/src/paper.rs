//! A figure on paper.

use crate::figure::Figure;
use sockscope_view::ladder::{Ladder, Options};
use sockscope_view::sheets;
use wasm_bindgen::prelude::wasm_bindgen;

/// The width of a page within its margins, in pixels: A4 and Letter upright.
const PAPER: f64 = 700.0;

#[wasm_bindgen]
impl Figure {
    /// The ladder as a table of HTML, in pieces between which pages may end; as wide as a page has room.
    pub fn to_sheets(&self) -> String {
        sheets::paint(&Ladder::new(&self.history, Options { width: PAPER, ..self.options() }))
    }
}
