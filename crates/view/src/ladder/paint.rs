//! From the layout to marks, back to front.

use super::arrows::{Arrow, Fate};
use super::axis::TORN;
use super::bands::{self, Life};
use super::lanes::Lanes;
use super::{Future, Layout, STATE_NAME, TOP, notes};
use crate::history::{History, PacketKind};
use crate::metrics;
use crate::scene::{Anchor, Mark, Scene, Shape, Target, tenth};
use crate::texts::{Texts, pattern};
use crate::words;
use sockscope_core::program::SocketKind;
use sockscope_core::time::Time;
use sockscope_core::trace::{Clock, EventId};

/// What a mark belongs to: part of its identity.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Host,
    Lane,
    Band,
    Block,
    Note,
    Time,
    Cut,
    Arrow,
    Tie,
    Cursor,
    Blind,
    Parting,
}

pub(super) fn key(part: Part, which: u64, piece: u64) -> u64 {
    crate::scene::key(part as u8, which, piece)
}

/// Everything below the head, and the head.
pub(super) fn paint(history: &History, lanes: &Lanes, layout: &Layout, head: Scene) -> Scene {
    let bottom = layout.axis.bottom() + 12.0;
    let note = match (history.is_blind(), history.points().is_empty()) {
        (true, _) if lanes.narrow => 30.0,
        (_, false) => {
            if lanes.narrow {
                36.0
            } else {
                20.0
            }
        }
        _ => 0.0,
    };
    let scene =
        Scene { height: tenth(bottom + note + 14.0), description: crate::story::summary(history), ..head };
    let mut painter = Painter { history, lanes, layout, bottom, scene };
    painter.lanes();
    painter.bands();
    painter.blocks();
    painter.times();
    painter.cuts();
    (0..layout.arrows.len()).for_each(|i| painter.arrow(i));
    painter.notes();
    (0..layout.arrows.len()).for_each(|i| painter.label(i));
    painter.blind();
    painter.inferred();
    painter.scene
}

struct Painter<'a> {
    history: &'a History,
    lanes: &'a Lanes,
    layout: &'a Layout,
    bottom: f64,
    scene: Scene,
}

impl Painter<'_> {
    fn y(&self, event: (Time, usize)) -> f64 {
        self.layout.y(event)
    }
    fn event(&self, n: usize) -> Target {
        Target::Event(self.history.events().get(n).map_or(EventId(0), |event| event.n))
    }

    fn lanes(&mut self) {
        let ghosts = self.lanes.all.iter().enumerate().filter(|_| !self.lanes.dense());
        for (i, lane) in ghosts {
            let line = Shape::line(lane.x, TOP - 16.0, lane.x, self.bottom);
            self.scene.push(Mark::new(key(Part::Lane, i as u64, 0), "lane ghost", line));
        }
        bands::lives(self.history, self.lanes).iter().for_each(|life| self.life(life));
    }

    fn life(&mut self, life: &Life) {
        let x = self.lanes.all[life.lane].x;
        let y = self.y(life.from);
        let end = life.to.map_or(self.bottom, |to| self.y(to));
        let class = match (life.kind, self.lanes.dense()) {
            (_, true) => "lane thin",
            (SocketKind::Datagram, _) => "lane datagram",
            (SocketKind::Stream, _) => "lane",
        };
        let which = life.lane as u64;
        self.scene.push(Mark::new(key(Part::Lane, which, 3), class, Shape::line(x, y, x, end)));
        if let Some(parent) = life.parent.filter(|_| !self.lanes.dense()) {
            let line = Shape::line(self.lanes.all[parent].x, y, x, y);
            let title = self.history.texts().of("The welcoming socket makes a socket for this connection.");
            self.scene.push(
                Mark::new(key(Part::Lane, which, 4), "birth", line).titled(title).to(self.event(life.from.1)),
            );
        }
        if self.lanes.dense() {
            return;
        }
        let [door, bar] = [3.5, 5.0].map(|half| self.lanes.half(half));
        self.scene.push(Mark::new(key(Part::Lane, which, 5), "door", Shape::circle(x, y, door)));
        if life.to.is_some() {
            let line = Shape::line(x - bar, end, x + bar, end);
            self.scene.push(Mark::new(key(Part::Lane, which, 6), "door", line));
        }
    }

    fn bands(&mut self) {
        for band in &self.layout.bands {
            let x = self.lanes.all[band.lane].x;
            let (top, high) = (self.y(band.from), self.layout.height(band));
            if high <= 0.5 {
                continue;
            }
            let which = band.from.1 as u64;
            let inferred = self.history.is_inferred(band.from.1);
            let guess = if inferred { " inferred" } else { "" };
            let thin = if self.lanes.dense() { " thin" } else { "" };
            let class = format!("band {}{guess}{thin}", bands::class(band.state));
            let title = match inferred {
                true => {
                    self.history.texts().tell("{state}, inferred from the packets", &[&band.state.name()])
                }
                false => band.state.name().to_owned(),
            };
            // Its line is drawn about it, and has room too.
            let half = (self.lanes.half(7.5) - 0.5).max(0.1);
            let frame = Shape::rect(x - half, top, 2.0 * half, high, half.min(3.0));
            let target = self.event(band.from.1);
            self.scene.push(Mark::new(key(Part::Band, which, 0), class, frame).titled(title).to(target));
            let names = self.layout.stretches(band).flat_map(|(top, high)| repeat(top, high));
            let names = names.take(if half < 5.0 { 0 } else { NAMES });
            for (piece, y) in names.enumerate() {
                let name = Shape::upwards(x + 3.2, y, band.state.name());
                self.scene.push(Mark::new(key(Part::Band, which, 1 + piece as u64), "band-name", name));
            }
        }
    }

    fn blocks(&mut self) {
        for block in self.layout.blocks.iter().filter(|_| !self.lanes.dense()) {
            let lane = &self.lanes.all[block.lane];
            let top = self.y(block.from);
            let end = block.to.map_or(self.bottom, |to| self.y(to));
            let class = if block.to.is_some() { "blocked" } else { "blocked open" };
            let (x, half) = (lane.x + lane.side * self.lanes.beside(12.0), self.lanes.beside(7.5) * 0.2);
            let bar = Shape::rect(x - half, top, 2.0 * half, (end - top).max(2.0), half);
            let mark = Mark::new(key(Part::Block, block.from.1 as u64, 0), class, bar);
            let title = match block.calls {
                1 => block.title.clone(),
                calls => self.history.texts().tell("{call}, and {n} more", &[&block.title, &(calls - 1)]),
            };
            self.scene.push(mark.titled(title).to(self.event(block.from.1)));
        }
    }

    fn notes(&mut self) {
        for note in &self.layout.notes {
            let column = note.column;
            let y = self.y((note.at, note.n));
            let lane = &self.lanes.all[note.lane];
            let which = note.n as u64 * 2 + u64::from(note.class == STATE_NAME);
            let leader = Shape::line(
                lane.x + column.side * self.lanes.beside(8.0),
                y,
                column.x + column.side * 2.0,
                y,
            );
            self.scene.push(Mark::new(key(Part::Note, which, 0), "leader", leader));
            let anchor = if column.side < 0.0 { Anchor::End } else { Anchor::Start };
            let small = self.lanes.narrow || column.over;
            let class = if small { format!("{} small", note.class) } else { note.class.to_owned() };
            if let Some(area) = note.area(y) {
                let back =
                    Shape::rect(area.left, area.top, area.right - area.left, area.bottom - area.top, 3.0);
                self.scene.push(Mark::new(key(Part::Note, which, 3), "label-back", back));
            }
            for (i, line) in note.lines.iter().enumerate() {
                let baseline = y + notes::size(small) * 0.35 + i as f64 * super::axis::LINE;
                let text = Shape::text(column.x + column.side * 5.0, baseline, anchor, line);
                let mark = Mark::new(key(Part::Note, which, 1 + i as u64), class.clone(), text);
                self.scene.push(mark.to(self.event(note.n)));
            }
        }
    }

    /// The times at the left edge, as many as have room; what reads the same is told once.
    fn times(&mut self) {
        let mut last: Option<(String, f64)> = None;
        for (at, y) in self.layout.axis.knots() {
            let text = words::span(at.since(Time::ZERO));
            if last.as_ref().is_some_and(|(told, above)| *told == text || y - above < 17.0) {
                continue;
            }
            let shape = Shape::text(self.lanes.gutter, y + 3.5, Anchor::End, text.clone());
            let class = if self.lanes.narrow { "time small" } else { "time" };
            self.scene.push(Mark::new(key(Part::Time, at.as_nanos(), 0), class, shape));
            last = Some((text, y));
        }
    }

    fn cuts(&mut self) {
        let (left, right) = (self.lanes.gutter + 10.0, self.scene.width - 6.0);
        let way = self.lanes.widest_way().unwrap_or((left, right));
        for (i, cut) in self.layout.axis.cuts.iter().enumerate() {
            let text = self.history.texts().tell("{span} later", &[&words::span(cut.span)]);
            self.scene.push(Mark::new(key(Part::Cut, i as u64, 0), "cut", torn(left, right, cut.y)));
            let text = Shape::text((way.0 + way.1) / 2.0, cut.y + 4.0, Anchor::Middle, text);
            self.scene.push(Mark::new(key(Part::Cut, i as u64, 2), "cut-time", text));
        }
    }

    fn arrow(&mut self, i: usize) {
        let arrow = &self.layout.arrows[i];
        let journey = &self.history.journeys()[arrow.journey];
        let line = self.layout.line(self.history, self.lanes, arrow);
        let kind = PacketKind::of(&journey.packet);
        let again = if journey.original.is_some() { " again" } else { "" };
        let copy = if arrow.copy > 0 { " copy" } else { "" };
        let class = format!("arrow {}{again}{copy}", kind.class());
        let (packet, piece) = (journey.packet.id.0, u64::from(arrow.copy % 8) * 8);
        let target = Target::Packet(journey.packet.id);
        let shape = Shape::line(line.from.0, line.from.1, line.to.0, line.to.1);
        let many = self.layout.is_one_of_many(self.history, arrow);
        let mark = Mark::new(key(Part::Arrow, packet, piece), class, shape).to(target);
        // Of many nobody points at one: its card has it all, and the document stays small.
        self.scene.push(if many { mark } else { mark.titled(self.arrow_title(arrow)) });
        let class = kind.class();
        let end = match arrow.end.how {
            // Where lines are that close, their slope tells the direction.
            Fate::Taken | Fate::Passed if many => None,
            Fate::Taken | Fate::Passed if kind == PacketKind::Ack => {
                Some((format!("head open {class}"), Shape::head(line.from, line.to, false)))
            }
            Fate::Taken | Fate::Passed => {
                Some((format!("head {class}"), Shape::head(line.from, line.to, true)))
            }
            Fate::Discarded(_) | Fate::Lost(_) => Some(("cross".to_owned(), Shape::cross(line.to, 5.0))),
            Fate::UnderWay => None,
        };
        if let Some((class, shape)) = end {
            self.scene.push(Mark::new(key(Part::Arrow, packet, piece + 1), class, shape).to(target));
        }
        self.tie(arrow);
    }

    /// A thread from the departure of a retransmitted packet to that of the first.
    fn tie(&mut self, arrow: &Arrow) {
        let journey = &self.history.journeys()[arrow.journey];
        let first = journey.original.and_then(|id| self.history.journey(id));
        let Some(first) = first.filter(|_| arrow.copy == 0) else { return };
        let lane = &self.lanes.all[arrow.from];
        let side = if self.lanes.all[arrow.to].x < lane.x { -1.0 } else { 1.0 };
        let ys = [first, journey].map(|journey| self.y((journey.at, journey.sent)));
        let x = lane.x + side * 9.0;
        let shape =
            Shape::curve((x, ys[0] + 3.0), (x + side * 26.0, (ys[0] + ys[1]) / 2.0), (x, ys[1] - 3.0));
        let (texts, after) = (self.history.texts(), words::span(journey.at - first.at));
        let title = texts.tell("Sent again after {span}: {why}", &[&after, &texts.of(journey.reason.text())]);
        self.scene.push(Mark::new(key(Part::Tie, journey.packet.id.0, 0), "tie", shape).titled(title));
    }

    fn arrow_title(&self, arrow: &Arrow) -> String {
        let journey = &self.history.journeys()[arrow.journey];
        let texts = self.history.texts();
        let [name, ..] = words::packet(texts, journey);
        let sent = words::span(journey.at - Time::ZERO);
        let end = words::span(arrow.end.at - Time::ZERO);
        let fate = match arrow.end.how {
            Fate::Passed if journey.sightings.len() > 1 => {
                return texts
                    .tell("{packet}. Captured at {seen}, and again at {end}.", &[&name, &sent, &end]);
            }
            Fate::Passed => return texts.tell("{packet}. Captured at {seen}.", &[&name, &sent]),
            Fate::Taken => texts.tell("arrived at {end}", &[&end]),
            Fate::Discarded(why) => {
                texts.tell("thrown away at {end}: {why}", &[&end, &words::discard(texts, why)])
            }
            Fate::Lost(why) => texts.tell("{fate} at {end}", &[&words::link_drop(texts, why), &end]),
            Fate::UnderWay => texts.of("still under way").to_owned(),
        };
        let why = texts.of(journey.reason.text());
        texts.tell("{packet}. Sent at {sent}, {fate}. {why}", &[&name, &sent, &fate, &why])
    }

    fn label(&mut self, i: usize) {
        let arrow = &self.layout.arrows[i];
        let Some(label) = &self.layout.labels[i] else { return };
        let packet = self.history.journeys()[arrow.journey].packet.id;
        let class = if self.lanes.narrow { "label small" } else { "label" };
        let size = if self.lanes.narrow { 11.0 } else { 12.0 };
        let wide = metrics::sans(&label.text, size) + 6.0;
        let back = Shape::rect(label.x - wide / 2.0, label.y - size * 0.97, wide, size * 1.24, 3.0);
        let text = Shape::text(label.x, label.y, Anchor::Middle, &label.text);
        let key = |piece| key(Part::Arrow, packet.0, u64::from(arrow.copy % 8) * 8 + piece);
        self.scene.push(Mark::new(key(2), "label-back", back));
        self.scene.push(Mark::new(key(3), class, text).to(Target::Packet(packet)));
    }

    /// What a capture does not tell is said below the lanes.
    fn inferred(&mut self) {
        let inferred = self.history.header().clock == Clock::Capture;
        let lines: &[&str] = match (self.lanes.narrow, inferred) {
            _ if self.history.points().is_empty() => &[],
            (true, true) => &[
                pattern("An arrow stands where its packet passed;"),
                pattern("sockets and states are inferred."),
            ],
            (true, false) => &[pattern("An arrow stands where its packet passed.")],
            (false, true) => &[pattern(
                "Captured: an arrow stands where its packet passed; sockets and states are inferred.",
            )],
            (false, false) => &[pattern("Captured: an arrow stands where its packet passed.")],
        };
        let foot = |i: usize| self.scene.height - 10.0 - 15.0 * (lines.len() - 1 - i) as f64;
        let marks: Vec<Mark> = lines
            .iter()
            .enumerate()
            .map(|(i, line)| {
                let line = self.history.texts().of(line);
                let text = Shape::text(self.scene.width / 2.0, foot(i), Anchor::Middle, line);
                Mark::new(key(Part::Blind, 1, i as u64), "blind", text)
            })
            .collect();
        marks.into_iter().for_each(|mark| self.scene.push(mark));
    }

    /// Where nothing was captured the picture says so, and draws no arrow: between the hosts, or below the lanes where
    /// it is narrow.
    fn blind(&mut self) {
        let Some((left, right)) = self.lanes.widest_way().filter(|_| self.history.is_blind()) else { return };
        let (x, y) = match self.lanes.narrow {
            true => (self.scene.width / 2.0, self.bottom + 18.0),
            false => ((left + right) / 2.0, 30.0),
        };
        let texts = self.history.texts();
        let lines = [texts.of("Segments are not visible here:"), texts.of("nothing was captured.")];
        for (i, line) in lines.into_iter().enumerate() {
            let text = Shape::text(x, y + 15.0 * i as f64, Anchor::Middle, line);
            self.scene.push(Mark::new(key(Part::Blind, 0, i as u64), "blind", text));
        }
    }
}

/// A cursor: the veil over what has not happened, the line, and its time on a tag over the times at the left edge.
pub(super) fn cursor(
    (width, height): (f64, f64),
    gutter: f64,
    y: f64,
    time: Time,
    future: Future,
) -> [Mark; 4] {
    let veil = if future == Future::Hide { "veil hide" } else { "veil" };
    let key = |piece| key(Part::Cursor, 0, piece);
    let text = words::span(time.since(Time::ZERO));
    let wide = metrics::sans(&text, 10.0) + 8.0;
    let left = (gutter + 4.0 - wide).max(0.0);
    [
        Mark::new(key(0), veil, Shape::rect(0.0, y, width, height - y, 0.0)),
        Mark::new(key(1), "cursor", Shape::line(left, y, width, y)),
        Mark::new(key(2), "cursor-tag", Shape::rect(left, y - 7.5, wide, 15.0, 3.0)),
        Mark::new(key(3), "cursor-time", Shape::text(left + wide / 2.0, y + 3.5, Anchor::Middle, text)),
    ]
}

/// Where two runs part: a dashed line, and what it is on a tag at the right edge.
pub(super) fn parting(texts: &Texts, width: f64, gutter: f64, y: f64) -> [Mark; 3] {
    let key = |piece| key(Part::Parting, 0, piece);
    let text = texts.of("first difference");
    let wide = metrics::sans(text, 10.0) + 10.0;
    let left = width - wide;
    // The tag stands on the line: below it is the cursor, when that is there.
    [
        Mark::new(key(0), "parting", Shape::line(gutter, y, width, y)),
        Mark::new(key(1), "parting-tag", Shape::rect(left, y - 15.0, wide, 15.0, 3.0)),
        Mark::new(key(2), "parting-name", Shape::text(left + wide / 2.0, y - 4.0, Anchor::Middle, text)),
    ]
}

/// No band has its name more often.
const NAMES: usize = 30;

/// Heights for a name along a band: in the middle, or every 360 pixels where the band is long.
fn repeat(top: f64, high: f64) -> Vec<f64> {
    let times = ((high / 360.0) as usize).clamp(1, NAMES);
    (0..times).map(|i| top + high * (i as f64 + 0.5) / times as f64).collect()
}

/// A strip where the picture is torn apart: all lanes are interrupted at once, however many they are.
fn torn(left: f64, right: f64, y: f64) -> Shape {
    let waves = ((right - left) / 20.0).max(1.0) as usize;
    let edge = |i: usize, side: f64| {
        let tooth = if i.is_multiple_of(2) { -2.0 } else { 2.0 };
        (left + (right - left) * i as f64 / waves as f64, y + side * (TORN - 2.0) + tooth)
    };
    let above = (0..=waves).map(|i| edge(i, -1.0));
    let below = (0..=waves).rev().map(|i| edge(i, 1.0));
    Shape::polyline(&above.chain(below).collect::<Vec<_>>(), true)
}
