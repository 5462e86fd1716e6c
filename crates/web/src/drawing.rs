//! The pictures of a run in the elements of a page.

use crate::painter::{Painter, frame, group};
use sockscope_view::history::{History, Moment};
use sockscope_view::ladder::{Future, Ladder, Options};
use sockscope_view::network::Network;
use wasm_bindgen::JsValue;
use web_sys::Element;

/// A ladder in its element: what happened is painted once, and the cursor moves over it.
#[derive(Debug)]
pub(crate) struct LadderDrawing {
    svg: Element,
    ladder: Ladder,
    run: Painter,
    cursor: Painter,
}

impl LadderDrawing {
    /// Draws into an `<svg>` element.
    pub(crate) fn new(svg: Element, history: &History, width: f64) -> Result<LadderDrawing, JsValue> {
        svg.set_text_content(None);
        let (run, cursor) = (Painter::new(group(&svg)?), Painter::new(group(&svg)?));
        let mut drawing = LadderDrawing { svg, ladder: Ladder::new(history, Options { width }), run, cursor };
        drawing.lay_out(history, width)?;
        Ok(drawing)
    }

    /// Draws another run, or the same at another width.
    pub(crate) fn lay_out(&mut self, history: &History, width: f64) -> Result<(), JsValue> {
        self.ladder = Ladder::new(history, Options { width });
        frame(&self.svg, self.ladder.scene())?;
        self.run.paint(&self.ladder.scene().marks)
    }

    /// Moves the cursor; when all is over there is none, and the whole ladder is plain to see.
    pub(crate) fn show(&mut self, history: &History, moment: Moment) -> Result<(), JsValue> {
        if moment == history.end() {
            return self.cursor.paint(&[]);
        }
        self.cursor.paint(&self.ladder.cursor(moment, Future::Dim))
    }

    /// The layout: its heights are the scale along which a run plays, so that quiet seconds pass as quickly as they are
    /// drawn.
    pub(crate) fn ladder(&self) -> &Ladder {
        &self.ladder
    }
}

/// Hosts and wires in their element.
#[derive(Debug)]
pub(crate) struct NetworkDrawing {
    svg: Element,
    network: Network,
    marks: Painter,
}

impl NetworkDrawing {
    /// Draws into an `<svg>` element.
    pub(crate) fn new(svg: Element, history: &History, width: f64) -> Result<NetworkDrawing, JsValue> {
        svg.set_text_content(None);
        let marks = Painter::new(group(&svg)?);
        let mut drawing = NetworkDrawing { svg, network: Network::new(history, width), marks };
        drawing.lay_out(history, width)?;
        Ok(drawing)
    }

    /// Draws another run, or the same at another width.
    pub(crate) fn lay_out(&mut self, history: &History, width: f64) -> Result<(), JsValue> {
        self.network = Network::new(history, width);
        frame(&self.svg, &self.network.scene(history, history.after(0)))
    }

    /// Moves the packets.
    pub(crate) fn show(&mut self, history: &History, moment: Moment) -> Result<(), JsValue> {
        self.marks.paint(&self.network.scene(history, moment).marks)
    }
}
