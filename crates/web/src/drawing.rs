//! The pictures of a run in the elements of a page.

use crate::painter::{Painter, frame, group};
use sockscope_core::time::Time;
use sockscope_view::history::{History, Moment};
use sockscope_view::ladder::{Future, Ladder, Options};
use sockscope_view::network::Network;
use sockscope_view::picture::Picture;
use wasm_bindgen::JsValue;
use web_sys::Element;

/// A ladder in its elements: what happened is painted once, as far as it is near what the reader sees of it, and the
/// cursor moves over it. The names of its lanes are an element of their own, which stays in sight.
#[derive(Debug)]
pub(crate) struct LadderDrawing {
    svg: Element,
    ladder: Ladder,
    /// The heights between which each mark of the ladder lies.
    heights: Vec<(f64, f64)>,
    /// The heights between which marks are painted.
    painted: (f64, f64),
    /// The heights that the reader sees.
    seen: (f64, f64),
    head: (Element, Painter),
    run: Painter,
    cursor: Painter,
    /// The event from which on this run and another differ, where they stand side by side.
    parting: Option<usize>,
    mark: Painter,
}

/// So many pixels above and below what the reader sees are painted before they are seen.
const AROUND: f64 = 1500.0;

impl LadderDrawing {
    /// Draws into two `<svg>` elements.
    pub(crate) fn new(
        [head, svg]: [Element; 2],
        history: &History,
        width: f64,
    ) -> Result<LadderDrawing, JsValue> {
        [&head, &svg].into_iter().for_each(|svg| svg.set_text_content(None));
        let [names, run, cursor, mark] = [&head, &svg, &svg, &svg].map(group);
        let mut drawing = LadderDrawing {
            ladder: Ladder::new(history, Options { width }),
            heights: Vec::new(),
            painted: (0.0, 0.0),
            seen: (0.0, AROUND),
            head: (head, Painter::new(names?)),
            run: Painter::new(run?),
            cursor: Painter::new(cursor?),
            parting: None,
            mark: Painter::new(mark?),
            svg,
        };
        drawing.lay_out(history, width)?;
        Ok(drawing)
    }

    /// Draws another run, or the same at another width.
    pub(crate) fn lay_out(&mut self, history: &History, width: f64) -> Result<(), JsValue> {
        self.ladder = Ladder::new(history, Options { width });
        let (scene, head) = (self.ladder.scene(), self.ladder.head());
        frame(&self.svg, scene)?;
        frame(&self.head.0, head)?;
        self.head.1.paint(&head.marks)?;
        self.heights = scene.marks.iter().map(|mark| mark.shape.heights()).collect();
        self.part(history, self.parting)?;
        self.paint()
    }

    /// Marks the event from which on this run and another differ; none takes the mark away.
    pub(crate) fn part(&mut self, history: &History, event: Option<usize>) -> Result<(), JsValue> {
        self.parting = event;
        let marks = event.map(|event| self.ladder.parting(history, event));
        self.mark.paint(marks.iter().flatten())
    }

    /// What the reader sees of the ladder: paints what comes near.
    pub(crate) fn see(&mut self, top: f64, bottom: f64) -> Result<(), JsValue> {
        self.seen = (top, bottom);
        let is_painted =
            self.painted.0 <= top.max(0.0) && bottom.min(self.ladder.scene().height) <= self.painted.1;
        if is_painted { Ok(()) } else { self.paint() }
    }

    fn paint(&mut self) -> Result<(), JsValue> {
        let (from, to) = (self.seen.0 - AROUND, self.seen.1 + AROUND);
        self.painted = (from, to);
        let marks = self.ladder.scene().marks.iter().zip(&self.heights);
        let near = marks.filter(|(_, (top, bottom))| *top <= to && from <= *bottom);
        self.run.paint(near.map(|(mark, _)| mark))
    }

    /// Moves the cursor to a height that tells a time; none takes it away, so that the whole ladder is plain to see.
    pub(crate) fn show(&mut self, cursor: Option<(f64, Time)>) -> Result<(), JsValue> {
        let marks = cursor.map(|(y, time)| self.ladder.cursor(y, time, Future::Dim));
        self.cursor.paint(marks.iter().flatten())
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

/// A picture of which most stays, in its element.
#[derive(Debug)]
pub(crate) struct PictureDrawing {
    svg: Element,
    picture: Box<dyn Picture>,
    still: Painter,
    moving: Painter,
}

impl PictureDrawing {
    /// Draws into an `<svg>` element, in the place of what was there.
    pub(crate) fn new(svg: Element, picture: Box<dyn Picture>) -> Result<PictureDrawing, JsValue> {
        svg.set_text_content(None);
        let [mut still, moving] = [Painter::new(group(&svg)?), Painter::new(group(&svg)?)];
        frame(&svg, picture.still())?;
        still.paint(&picture.still().marks)?;
        Ok(PictureDrawing { svg, picture, still, moving })
    }

    /// Draws another picture of the same kind.
    pub(crate) fn lay_out(&mut self, picture: Box<dyn Picture>) -> Result<(), JsValue> {
        self.picture = picture;
        frame(&self.svg, self.picture.still())?;
        self.still.paint(&self.picture.still().marks)
    }

    /// Moves what moves.
    pub(crate) fn show(&mut self, history: &History, moment: Moment) -> Result<(), JsValue> {
        self.moving.paint(&self.picture.moving(history, moment))
    }
}
