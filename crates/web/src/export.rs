//! What a run is handed out as: pictures, captures, traces, tests.

use crate::figure::Figure;
use crate::refusal::Refusal;
use sockscope_core::trace::jsonl;
use sockscope_sim::replay;
use sockscope_view::ladder::Ladder;
use sockscope_view::network::Network;
use sockscope_view::{animation, pcapng, svg};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
impl Figure {
    /// The picture that is seen as an SVG document: the whole ladder as it is stretched, any other picture at this moment.
    pub fn to_svg(&self) -> String {
        let (history, width) = (&self.history, self.width);
        if self.view.has_ladder() {
            return svg::paint(Ladder::new(history, self.options()).scene());
        }
        match self.view.picture(history, self.choice, width) {
            Some(picture) => svg::paint(&picture.scene_at(history, self.moment)),
            None => svg::paint(&Network::new(history, width).scene(history, self.moment)),
        }
    }

    /// The ladder as an SVG document that plays by itself.
    pub fn to_film(&self) -> String {
        animation::paint(&Ladder::new(&self.history, self.options()))
    }

    /// A capture for Wireshark, of every host.
    pub fn to_pcapng(&self) -> Vec<u8> {
        pcapng::write(&self.history, None)
    }

    /// The trace as JSON lines.
    ///
    /// # Errors
    /// Never: a trace can be written.
    pub fn to_jsonl(&self) -> Result<Vec<u8>, Refusal> {
        let mut out = Vec::new();
        jsonl::write_parts(self.history.header(), self.history.events(), &mut out)
            .map_err(|error| error.to_string())?;
        Ok(out)
    }

    /// A Rust test that holds this run.
    ///
    /// # Errors
    /// The run was recorded: there is no scenario to run again.
    pub fn to_test(&self) -> Result<String, Refusal> {
        let text = replay::test(self.history.header(), self.history.events());
        Ok(text.map_err(|error| error.to_string())?)
    }
}
