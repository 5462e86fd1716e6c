//! One figure: a run, where the reader is in it, and its pictures.

use crate::card::PacketCard;
use crate::drawing::{LadderDrawing, NetworkDrawing, PictureDrawing};
use crate::parameters::Parameters;
use crate::programs::{self, ProgramText, TaskLine};
use crate::question::Held;
use crate::refusal::Refusal;
use crate::run::{self, Options, Run};
use crate::settings::{self, Setting};
use crate::timeline::{self, Timeline};
use crate::view::View;
use serde::Serialize;
use sockscope_core::time::Time;
use sockscope_core::trace::{EventId, Trace};
use sockscope_core::wire::PacketId;
use sockscope_view::history::{History, Moment};
use sockscope_view::ladder::{Conversation, Options as Ladder};
use sockscope_view::texts::Texts;
use sockscope_view::{story, words};
use std::cell::OnceCell;
use tsify::{Ts, Tsify};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Element;

/// What stands around the pictures at one moment.
#[derive(Debug, Serialize, Tsify)]
pub struct Status {
    /// Where the figure is on its scale: 0 to [`Figure::length`].
    pub position: f64,
    /// The height of the cursor in the ladder, in pixels.
    pub cursor: f64,
    /// The time in the run, in words.
    pub time: String,
    /// What happened last, in a sentence.
    pub story: String,
    /// How many events have happened.
    pub events: usize,
    /// Whether all is over.
    pub at_end: bool,
    /// Where every program stands.
    pub tasks: Vec<TaskLine>,
}

/// One figure: a run, where the reader is in it, and its pictures.
///
/// A figure plays along a scale of its own, the heights of its ladder in pixels: where much happens time passes slowly,
/// and quiet seconds are short.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Figure {
    /// The scenario, and what was done to it, once it is asked for; none where it cannot be run again.
    pub(crate) timeline: OnceCell<Option<Timeline>>,
    pub(crate) history: History,
    /// What is held back of the run.
    pub(crate) held: Held,
    pub(crate) ladder: LadderDrawing,
    network: NetworkDrawing,
    pub(crate) view: View,
    /// Which connection it draws, of those that it may draw.
    pub(crate) choice: usize,
    /// Where the other pictures are drawn, and the one that is seen.
    stage: Element,
    picture: Option<PictureDrawing>,
    pub(crate) width: f64,
    /// How far the ladder is stretched, and the only conversation that it shows.
    zoom: f64,
    focus: Option<usize>,
    /// How many events have happened at each moment that is worth stopping at.
    pub(crate) stops: Vec<usize>,
    pub(crate) moment: Moment,
    position: f64,
    packet: Option<PacketId>,
}

#[wasm_bindgen]
impl Figure {
    /// A figure that draws into five `<svg>` elements: the head of the ladder, the ladder, its cursor, the network, and one
    /// for any other picture.
    ///
    /// # Errors
    /// The options are refused, with the remedy.
    #[wasm_bindgen(constructor)]
    pub fn new(
        head: Element,
        ladder: Element,
        now: Element,
        network: Element,
        stage: Element,
        options: JsValue,
    ) -> Result<Figure, Refusal> {
        let options = Options::read(&options)?;
        Figure::of(options.run()?, options.texts, [head, ladder, now, network, stage])
    }

    /// Lays the pictures out for a width in pixels.
    ///
    /// # Errors
    /// Those of the page.
    pub fn resize(&mut self, width: f64) -> Result<Ts<Status>, Refusal> {
        self.width = width;
        self.lay_out()
    }

    /// Shows another view: see the attribute `view`; and of what can be drawn there the one that stands at a place of
    /// [`choices`](Figure::choices). What is not seen costs nothing. It is drawn when the figure is laid out next.
    ///
    /// # Errors
    /// There is no such view.
    pub fn choose(&mut self, view: &str, choice: usize) -> Result<(), Refusal> {
        self.view = view.parse()?;
        self.choice = choice;
        self.picture = None;
        Ok(())
    }

    /// What can be drawn in this view: connections, each direction of its own; nothing where it shows everything.
    pub fn choices(&self) -> Vec<String> {
        self.view.choices(&self.history)
    }

    /// The conversations of the run: one of them may be all that the ladder shows.
    pub fn conversations(&self) -> Vec<String> {
        let all = Conversation::all(&self.history);
        all.iter().map(|conversation| conversation.name(&self.history)).collect()
    }
    /// Shows but one of the [`conversations`](Figure::conversations) in the ladder, counted from 1; all where there is no such.
    ///
    /// # Errors
    /// Those of the page.
    pub fn focus(&mut self, conversation: usize) -> Result<Ts<Status>, Refusal> {
        self.focus = conversation.checked_sub(1);
        self.lay_out()
    }
    /// Stretches the ladder by a factor; where what stood at a height stands now.
    ///
    /// # Errors
    /// Those of the page.
    pub fn zoom(&mut self, by: f64, height: f64) -> Result<f64, Refusal> {
        let there = self.ladder.plan().moment(&self.history, height);
        self.zoom = (self.zoom * by).clamp(0.1, 10.0);
        self.lay_out()?;
        Ok(self.height(there))
    }
    /// How far the ladder is stretched: 1 at first.
    pub fn zoomed(&self) -> f64 {
        self.zoom
    }
    /// What is shown, once more.
    ///
    /// # Errors
    /// Those of the page.
    pub fn refresh(&mut self) -> Result<Ts<Status>, Refusal> {
        self.show()
    }
    /// Where the numbers of the network's dots lie in the engine's memory, and how many they are: x, y and kind of each
    /// packet, 32-bit floats. They hold until the figure moves.
    pub fn dots(&self) -> Vec<usize> {
        let numbers = &self.network.dots().numbers;
        vec![numbers.as_ptr() as usize, numbers.len()]
    }
    /// The packet whose dot lies at a point of the network.
    pub fn dot_at(&self, x: f64, y: f64) -> Option<String> {
        self.network.dots().near(x, y).map(|packet| packet.0.to_string())
    }
    /// How many events have happened in the whole run.
    pub fn events(&self) -> usize {
        self.history.events().len()
    }

    /// Says between which heights of the ladder the reader looks: only what is near them is painted.
    ///
    /// # Errors
    /// Those of the page.
    pub fn see(&mut self, top: f64, bottom: f64) -> Result<(), Refusal> {
        Ok(self.ladder.see(top, bottom)?)
    }
    /// The length of the scale along which it plays, in pixels.
    pub fn length(&self) -> f64 {
        self.place(self.history.end())
    }
    /// Where it is on that scale.
    pub fn position(&self) -> f64 {
        self.position
    }
    /// The texts of the programs.
    ///
    /// # Errors
    /// Never: texts can be handed over.
    pub fn programs(&self) -> Result<Vec<Ts<ProgramText>>, Refusal> {
        let texts = programs::texts(&self.history);
        texts.iter().map(|text| Ok(text.into_ts()?)).collect()
    }
    /// What the run was made with; none where it cannot be run again.
    ///
    /// # Errors
    /// Never: numbers can be handed over.
    pub fn parameters(&self) -> Result<Option<Ts<Parameters>>, Refusal> {
        let parameters = Parameters::of(self.history.header());
        Ok(parameters.map(|parameters| parameters.into_ts()).transpose()?)
    }
    /// Every parameter of its links and hosts; nothing where it cannot be run again.
    ///
    /// # Errors
    /// Never: texts can be handed over.
    pub fn settings(&self) -> Result<Vec<Ts<Setting>>, Refusal> {
        let all = self.timeline().map(|timeline| settings::all(&timeline.now().scenario));
        all.unwrap_or_default().iter().map(|setting| Ok(setting.into_ts()?)).collect()
    }
    /// The fingerprint of the trace.
    pub fn fingerprint(&self) -> String {
        run::fingerprint(self.history.header(), self.history.events())
    }

    /// Goes to a place on the scale, or right before it where that is in the middle of a row; beyond its ends, to the
    /// end.
    ///
    /// # Errors
    /// Those of the page.
    pub fn seek(&mut self, position: f64) -> Result<Ts<Status>, Refusal> {
        let moment = self.moment_at(position);
        self.go(moment)
    }
    /// Glides on along the scale, also through rows.
    ///
    /// # Errors
    /// Those of the page.
    pub fn advance(&mut self, by: f64) -> Result<Ts<Status>, Refusal> {
        self.position = (self.position + by).clamp(0.0, self.length());
        self.moment = self.moment_at(self.position);
        self.show()
    }
    /// Goes `by` events on, or back.
    ///
    /// # Errors
    /// Those of the page.
    pub fn step_event(&mut self, by: i32) -> Result<Ts<Status>, Refusal> {
        let events = self.moment.events.saturating_add_signed(by as isize);
        self.go(self.history.after(events))
    }
    /// Goes to the next moment that is worth stopping at, or to the last one.
    ///
    /// # Errors
    /// Those of the page.
    pub fn step_milestone(&mut self, by: i32) -> Result<Ts<Status>, Refusal> {
        let now = self.moment.events;
        let mut stops = self.stops.iter().copied();
        let next = if by > 0 { stops.find(|stop| *stop > now) } else { stops.rfind(|stop| *stop < now) };
        let end = if by > 0 { self.history.events().len() } else { 0 };
        self.go(self.history.after(next.unwrap_or(end)))
    }

    /// Goes to the moment just after an event of the trace.
    ///
    /// # Errors
    /// There is no such event.
    pub fn go_to(&mut self, event: &str) -> Result<Ts<Status>, Refusal> {
        let place = event.parse().ok().and_then(|n| self.history.place(EventId(n)));
        let place = place.ok_or_else(|| format!("there is no event {event}"))?;
        self.go(self.history.after(place + 1))
    }

    /// The card of a packet.
    ///
    /// # Errors
    /// There is no such packet.
    pub fn card(&mut self, packet: &str) -> Result<Ts<PacketCard>, Refusal> {
        let id = packet.parse().ok().map(PacketId);
        let card = id.and_then(|id| PacketCard::of(&self.history, id));
        self.packet = id;
        Ok(card.ok_or_else(|| format!("there is no packet {packet}"))?.into_ts()?)
    }
    /// The card of the packet after the one that was shown last, or before it, among those sent so far; 0 shows the
    /// latest.
    ///
    /// # Errors
    /// Never: a card can be handed over.
    pub fn next_card(&mut self, by: i32) -> Result<Option<Ts<PacketCard>>, Refusal> {
        self.packet = self.next_packet(by);
        let card = self.packet.and_then(|packet| PacketCard::of(&self.history, packet));
        Ok(card.map(|card| card.into_ts()).transpose()?)
    }
}

impl Figure {
    /// A figure of a run, which draws into the five elements of [`Figure::new`].
    pub(crate) fn of(
        run: Run,
        texts: Texts,
        [head, ladder, now, network, stage]: [Element; 5],
    ) -> Result<Figure, Refusal> {
        let history = History::of(run.trace).told_in(texts);
        let width = 640.0;
        Ok(Figure {
            timeline: timeline::begun(run.state),
            held: Held::default(),
            ladder: LadderDrawing::new([head, ladder, now], &history, Ladder::wide(width))?,
            network: NetworkDrawing::new(network)?,
            view: View::default(),
            choice: 0,
            stage,
            picture: None,
            width,
            zoom: 1.0,
            focus: None,
            stops: stops(&history),
            moment: history.after(0),
            position: 0.0,
            packet: None,
            history,
        })
    }
    /// Shows another run, at the same time; who was at the end stays at the end.
    pub(crate) fn replace(&mut self, trace: Trace) -> Result<Ts<Status>, Refusal> {
        let over = self.moment.events == self.history.events().len();
        let history = History::of(trace).told_in(self.history.texts().clone());
        self.history = self.held.cut(history);
        self.stops = stops(&self.history);
        let end = self.history.end();
        let later = over || self.moment.time > end.time;
        self.moment = if later { end } else { self.history.at(self.moment.time) };
        self.packet = None;
        self.ladder.part(&self.history, None)?;
        self.lay_out()
    }
    fn next_packet(&self, by: i32) -> Option<PacketId> {
        let sent = self.history.journeys().partition_point(|life| life.sent < self.moment.events);
        let journeys = &self.history.journeys()[..sent];
        let last = journeys.len().checked_sub(1)?;
        let shown = journeys.iter().position(|life| Some(life.packet.id) == self.packet && by != 0);
        let place = shown.map_or(last, |place| place.saturating_add_signed(by as isize).min(last));
        Some(journeys[place].packet.id)
    }
    /// The last event in a sentence.
    fn story(&self) -> String {
        let last = self.moment.events.checked_sub(1);
        last.map_or(self.history.title().to_owned(), |n| story::sentence(&self.history, n))
    }
    fn moment_at(&self, position: f64) -> Moment {
        if position >= self.length() {
            return self.history.end();
        }
        self.ladder.plan().moment(&self.history, self.start() + position)
    }
    pub(crate) fn height(&self, moment: Moment) -> f64 {
        self.ladder.plan().y(moment)
    }
    /// Where a moment is on the scale.
    pub(crate) fn place(&self, moment: Moment) -> f64 {
        self.height(moment) - self.start()
    }
    pub(crate) fn start(&self) -> f64 {
        self.height(self.history.after(0))
    }
    /// How its ladder is drawn.
    pub(crate) fn options(&self) -> Ladder {
        let focus = self.focus.and_then(|place| Conversation::all(&self.history).get(place).copied());
        Ladder { width: self.width, zoom: self.zoom, focus }
    }
    pub(crate) fn lay_out(&mut self) -> Result<Ts<Status>, Refusal> {
        self.ladder.lay_out(&self.history, self.options());
        self.network.lay_out();
        let picture = self.view.picture(&self.history, self.choice, self.width);
        match (&mut self.picture, picture) {
            (Some(drawing), Some(picture)) => drawing.lay_out(picture)?,
            (none, picture) => {
                *none =
                    picture.map(|picture| PictureDrawing::new(self.stage.clone(), picture)).transpose()?;
            }
        }
        self.go(self.moment)
    }
    pub(crate) fn go(&mut self, moment: Moment) -> Result<Ts<Status>, Refusal> {
        self.moment = moment;
        self.position = self.place(moment);
        self.show()
    }
    /// Brings the pictures up to date, and tells what stands around them.
    fn show(&mut self) -> Result<Ts<Status>, Refusal> {
        let at_end = self.moment == self.history.end();
        let cursor = self.start() + self.position;
        if self.view.has_ladder() {
            self.ladder.show(&self.history, self.moment.time)?;
        }
        if self.view.has_network() {
            self.network.show(&self.history, self.width, self.moment)?;
        }
        if let Some(picture) = &mut self.picture {
            picture.show(&self.history, self.moment)?;
        }
        let status = Status {
            position: self.position,
            cursor,
            time: words::span(self.moment.time - Time::ZERO),
            story: self.story(),
            events: self.moment.events,
            at_end,
            tasks: programs::lines(&self.history, self.moment),
        };
        Ok(status.into_ts()?)
    }
}

pub(crate) fn stops(history: &History) -> Vec<usize> {
    story::landmarks(history).map(|event| event + 1).collect()
}
