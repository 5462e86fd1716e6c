//! The pictures of a run in the elements of a page.

use crate::painter::{Painter, frame, group};
use sockscope_core::time::Time;
use sockscope_view::history::{History, Moment};
use sockscope_view::ladder::{Future, Options, Plan};
use sockscope_view::network::{Dots, Network};
use sockscope_view::picture::Picture;
use sockscope_view::scene::Scene;
use wasm_bindgen::JsValue;
use web_sys::Element;

/// A ladder in its elements: what happened is painted once, as far as it is near what the reader sees of it. The names of its
/// lanes are an element of their own, which stays in sight; so are the line and the tag of the cursor, which the page moves
/// over the ladder: then nothing of it is painted again.
#[derive(Debug)]
pub(crate) struct LadderDrawing {
    svg: Element,
    plan: Plan,
    /// The marks, once they were needed, and between which heights each of them lies.
    marks: Option<(Scene, Vec<(f64, f64)>)>,
    /// The heights between which marks are painted.
    painted: (f64, f64),
    /// The heights that the reader sees.
    seen: (f64, f64),
    head: (Element, Painter),
    run: Painter,
    now: (Element, Painter),
    /// The event from which on this run and another differ, where they stand side by side.
    parting: Option<usize>,
    mark: Painter,
}

/// So many pixels above and below what the reader sees are painted before they are seen.
const AROUND: f64 = 300.0;
/// The height of the cursor's own element, in the middle of which the line lies.
const LINE: f64 = 16.0;

impl LadderDrawing {
    /// Draws into three `<svg>` elements.
    pub(crate) fn new(
        [head, svg, now]: [Element; 3],
        history: &History,
        options: Options,
    ) -> Result<LadderDrawing, JsValue> {
        [&head, &svg, &now].into_iter().for_each(|svg| svg.set_text_content(None));
        let [names, run, mark, cursor] = [&head, &svg, &svg, &now].map(group);
        Ok(LadderDrawing {
            plan: Plan::new(history, options),
            marks: None,
            painted: (0.0, 0.0),
            seen: (0.0, AROUND),
            head: (head, Painter::new(names?)),
            run: Painter::new(run?),
            now: (now, Painter::new(cursor?)),
            parting: None,
            mark: Painter::new(mark?),
            svg,
        })
    }

    /// Lays another run out, or the same in another way. It is painted when it is shown.
    pub(crate) fn lay_out(&mut self, history: &History, options: Options) {
        self.plan = Plan::new(history, options);
        self.marks = None;
    }

    /// Marks the event from which on this run and another differ; none takes the mark away.
    pub(crate) fn part(&mut self, history: &History, event: Option<usize>) -> Result<(), JsValue> {
        self.parting = event;
        let marks = event.map(|event| self.plan.parting(history, event));
        self.mark.paint(marks.iter().flatten())
    }

    /// What the reader sees of the ladder: paints what comes near.
    pub(crate) fn see(&mut self, top: f64, bottom: f64) -> Result<(), JsValue> {
        self.seen = (top, bottom);
        let Some((scene, _)) = &self.marks else { return Ok(()) };
        let is_painted = self.painted.0 <= top.max(0.0) && bottom.min(scene.height) <= self.painted.1;
        if is_painted { Ok(()) } else { self.paint() }
    }

    fn paint(&mut self) -> Result<(), JsValue> {
        let (from, to) = (self.seen.0 - AROUND, self.seen.1 + AROUND);
        self.painted = (from, to);
        let Some((scene, heights)) = &self.marks else { return Ok(()) };
        let near = scene.marks.iter().zip(heights).filter(|(_, (top, bottom))| *top <= to && from <= *bottom);
        self.run.paint(near.map(|(mark, _)| mark))
    }

    /// Paints what was laid out, and writes the time on the cursor's tag.
    pub(crate) fn show(&mut self, history: &History, time: Time) -> Result<(), JsValue> {
        if self.marks.is_none() {
            let (head, scene) = (self.plan.head(history), self.plan.scene(history));
            frame(&self.svg, &scene)?;
            frame(&self.head.0, &head)?;
            self.head.1.paint(&head.marks)?;
            frame(&self.now.0, &Scene::new(scene.width, LINE, ""))?;
            let heights = scene.marks.iter().map(|mark| mark.shape.heights()).collect();
            self.marks = Some((scene, heights));
            self.paint()?;
            self.part(history, self.parting)?;
        }
        let [_, line, tag, text] = self.plan.cursor(LINE, LINE / 2.0, time, Future::Dim);
        self.now.1.paint(&[line, tag, text])
    }

    /// The layout: its heights are the scale along which a run plays, so that quiet seconds pass as quickly as they are
    /// drawn.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }
}

/// Hosts and wires in their element, and packets beyond those that have a name as numbers for the page's canvas.
#[derive(Debug)]
pub(crate) struct NetworkDrawing {
    svg: Element,
    network: Option<Network>,
    marks: Painter,
    dots: Dots,
}

impl NetworkDrawing {
    /// Draws into an `<svg>` element.
    pub(crate) fn new(svg: Element) -> Result<NetworkDrawing, JsValue> {
        svg.set_text_content(None);
        let marks = Painter::new(group(&svg)?);
        Ok(NetworkDrawing { svg, network: None, marks, dots: Dots::default() })
    }

    /// Another run, or another width: it is laid out when it is shown.
    pub(crate) fn lay_out(&mut self) {
        self.network = None;
    }

    /// Moves the packets.
    pub(crate) fn show(&mut self, history: &History, width: f64, moment: Moment) -> Result<(), JsValue> {
        let fresh = self.network.is_none();
        let network = self.network.get_or_insert_with(|| Network::new(history, width));
        let scene = network.moving(history, moment, &mut self.dots);
        if fresh {
            frame(&self.svg, &scene)?;
        }
        self.marks.paint(&scene.marks)
    }

    /// The packets that are dots.
    pub(crate) fn dots(&self) -> &Dots {
        &self.dots
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
