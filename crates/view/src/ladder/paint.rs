//! From the layout to marks, back to front.

use super::arrows::{Arrow, Fate};
use super::bands::{self, Life};
use super::lanes::{Group, Lanes};
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
enum Part {
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

fn key(part: Part, which: u64, piece: u64) -> u64 {
    crate::scene::key(part as u8, which, piece)
}

/// The names of hosts and sockets, over their lanes.
pub(super) fn head(history: &History, lanes: &Lanes, width: f64) -> Scene {
    let mut scene = Scene::new(width, TOP - 18.0, history.title());
    (0..lanes.groups.len()).for_each(|i| host(&mut scene, history, lanes, i));
    (0..lanes.all.len()).for_each(|i| lane_head(&mut scene, history, lanes, i));
    scene
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

/// The head of a host: its name and addresses in a box over its lanes, no wider than its neighbours leave room.
fn host(scene: &mut Scene, history: &History, lanes: &Lanes, i: usize) {
    let group = &lanes.groups[i];
    let info = &history.header().nodes[usize::from(group.node.0)];
    let which = u64::from(group.node.0);
    let edges = |group: &Group| (lanes.all[group.lanes.start].x, lanes.all[group.lanes.end - 1].x);
    let (first, last) = edges(group);
    let middle = (first + last) / 2.0;
    let before = i.checked_sub(1).map_or(-first + 8.0, |i| edges(&lanes.groups[i]).1);
    let after = lanes.groups.get(i + 1).map_or(2.0 * scene.width - last - 8.0, |next| edges(next).0);
    let free = (first - before).min(after - last) / 2.0 - 2.0;
    let addresses: Vec<String> = info.addresses.iter().map(ToString::to_string).collect();
    let address = addresses.join(", ");
    let wanted = metrics::sans(&info.name, 14.0).max(metrics::sans(&address, 11.0)) + 24.0;
    let wide = (last - first + 48.0).max(wanted).min(last - first + 2.0 * free);
    let small = wide < wanted;
    let sizes = if small { (11.0, 9.0) } else { (13.0, 11.0) };
    let title = format!("{}: {address}", info.name);
    let frame = Shape::rect(middle - wide / 2.0, 12.0, wide, 42.0, 8.0);
    scene.push(Mark::new(key(Part::Host, which, 0), "host", frame).titled(title));
    let fit = |text: &str, size: f64| metrics::fit(text, wide - 4.0, |text| metrics::sans(text, size));
    let class = |class: &str| if small { format!("{class} small") } else { class.to_owned() };
    let name = Shape::text(middle, 30.0, Anchor::Middle, fit(&info.name, sizes.0));
    scene.push(Mark::new(key(Part::Host, which, 1), class("host-name"), name));
    let address = Shape::text(middle, 45.0, Anchor::Middle, fit(&address, sizes.1));
    scene.push(Mark::new(key(Part::Host, which, 2), class("address"), address));
}

/// Port and kind of a lane's socket.
fn lane_head(scene: &mut Scene, history: &History, lanes: &Lanes, i: usize) {
    let x = lanes.all[i].x;
    let class = match (lanes.narrow, lanes.all.len() > 4) {
        (true, true) => "port tiny",
        (true, false) => "port small",
        _ => "port",
    };
    let [name, what] = lane_name(history, lanes, i);
    // Where lanes stand too close for it, a port that several sockets share is written once.
    let beside = i.checked_sub(1).filter(|before| lanes.group(*before) == lanes.group(i));
    let crowded = |before: &usize| x - lanes.all[*before].x < metrics::mono(&name, 8.5) + 2.0;
    let told = beside.filter(crowded).is_some_and(|before| lane_name(history, lanes, before)[0] == name);
    let name = if told { String::new() } else { name };
    for (piece, class, y, text) in [(1, class, 70.0, name), (2, "what", 83.0, what)] {
        let text = Shape::text(x, y, Anchor::Middle, text);
        scene.push(Mark::new(key(Part::Lane, i as u64, piece), class, text));
    }
}

fn lane_name(history: &History, lanes: &Lanes, i: usize) -> [String; 2] {
    let (texts, lane) = (history.texts(), &lanes.all[i]);
    let Some(life) = lane.sock.and_then(|sock| history.socket(lane.node, sock)) else {
        return ["–".into(), if lanes.narrow { "" } else { texts.of("no socket") }.into()];
    };
    let unknown = texts.of(if history.is_blind() { "port ?" } else { "unbound" });
    let port = life.local.last().map_or(unknown.into(), |local| words::port(local.addr));
    let what = match life.kind {
        SocketKind::Datagram => "UDP",
        SocketKind::Stream if life.listens() && lanes.narrow => "listen",
        SocketKind::Stream if life.listens() => texts.of("welcoming"),
        SocketKind::Stream => "TCP",
    };
    [port, what.into()]
}

struct Painter<'a> {
    history: &'a History,
    lanes: &'a Lanes,
    layout: &'a Layout,
    bottom: f64,
    scene: Scene,
}

impl Painter<'_> {
    fn y(&self, (at, n): (Time, usize)) -> f64 {
        self.layout.axis.y(at, n)
    }
    fn event(&self, n: usize) -> Target {
        Target::Event(self.history.events().get(n).map_or(EventId(0), |event| event.n))
    }

    fn lanes(&mut self) {
        for (i, lane) in self.lanes.all.iter().enumerate() {
            let line = Shape::line(lane.x, TOP - 16.0, lane.x, self.bottom);
            self.scene.push(Mark::new(key(Part::Lane, i as u64, 0), "lane ghost", line));
        }
        bands::lives(self.history, self.lanes).iter().for_each(|life| self.life(life));
    }

    fn life(&mut self, life: &Life) {
        let x = self.lanes.all[life.lane].x;
        let y = self.y(life.from);
        let end = life.to.map_or(self.bottom, |to| self.y(to));
        let class = if life.kind == SocketKind::Datagram { "lane datagram" } else { "lane" };
        let which = life.lane as u64;
        self.scene.push(Mark::new(key(Part::Lane, which, 3), class, Shape::line(x, y, x, end)));
        if let Some(parent) = life.parent {
            let line = Shape::line(self.lanes.all[parent].x, y, x, y);
            let title = self.history.texts().of("The welcoming socket makes a socket for this connection.");
            self.scene.push(
                Mark::new(key(Part::Lane, which, 4), "birth", line).titled(title).to(self.event(life.from.1)),
            );
        }
        self.scene.push(Mark::new(key(Part::Lane, which, 5), "door", Shape::circle(x, y, 3.5)));
        if life.to.is_some() {
            self.scene.push(Mark::new(
                key(Part::Lane, which, 6),
                "door",
                Shape::line(x - 5.0, end, x + 5.0, end),
            ));
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
            let class = format!("band {}{guess}", bands::class(band.state));
            let title = match inferred {
                true => {
                    self.history.texts().tell("{state}, inferred from the packets", &[&band.state.name()])
                }
                false => band.state.name().to_owned(),
            };
            let frame = Shape::rect(x - 7.0, top, 14.0, high, 3.0);
            let target = self.event(band.from.1);
            self.scene.push(Mark::new(key(Part::Band, which, 0), class, frame).titled(title).to(target));
            if self.layout.fits(band) {
                for (piece, y) in repeat(top, high).into_iter().enumerate() {
                    let name = Shape::upwards(x + 3.2, y, band.state.name());
                    self.scene.push(Mark::new(key(Part::Band, which, 1 + piece as u64), "band-name", name));
                }
            }
        }
    }

    fn blocks(&mut self) {
        for block in &self.layout.blocks {
            let lane = &self.lanes.all[block.lane];
            let top = self.y(block.from);
            let end = block.to.map_or(self.bottom, |to| self.y(to));
            let class = if block.to.is_some() { "blocked" } else { "blocked open" };
            let bar = Shape::rect(lane.x + lane.side * 12.0 - 1.5, top, 3.0, (end - top).max(2.0), 1.5);
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
            let leader = Shape::line(lane.x + column.side * 8.0, y, column.x + column.side * 2.0, y);
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
        let (left, right) = (self.lanes.gutter + 10.0, self.scene.width - 10.0);
        let way = self.lanes.widest_way().unwrap_or((left, right));
        let middle = (way.0 + way.1) / 2.0;
        for (i, cut) in self.layout.axis.cuts.iter().enumerate() {
            let text = self.history.texts().tell("{span} later", &[&words::span(cut.span)]);
            let half = metrics::sans(&text, 11.0) / 2.0 + 8.0;
            for (piece, (from, to)) in [(left, middle - half), (middle + half, right)].into_iter().enumerate()
            {
                let wave = Mark::new(key(Part::Cut, i as u64, piece as u64), "cut", wave(from, to, cut.y));
                self.scene.push(wave);
            }
            let text = Shape::text(middle, cut.y + 4.0, Anchor::Middle, text);
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

/// Heights for a name along a band: in the middle, or every 360 pixels where the band is long.
fn repeat(top: f64, high: f64) -> Vec<f64> {
    let times = ((high / 360.0) as usize).clamp(1, 30);
    (0..times).map(|i| top + high * (i as f64 + 0.5) / times as f64).collect()
}

/// A wavy line.
fn wave(from: f64, to: f64, y: f64) -> Shape {
    let waves = ((to - from) / 12.0).max(1.0) as usize;
    let points: Vec<(f64, f64)> = (0..=waves)
        .map(|i| (from + (to - from) * i as f64 / waves as f64, if i % 2 == 0 { y - 2.0 } else { y + 2.0 }))
        .collect();
    Shape::polyline(&points, false)
}
