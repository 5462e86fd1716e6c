//! The sequence space of one direction of a connection: the window that slides over the byte stream, what is in flight,
//! and what the receiver has of it.

mod cells;
mod tiles;

use crate::flow::{Answer, Flow, Piece, Track};
use crate::history::{History, Moment};
use crate::picture::Picture;
use crate::scene::{Anchor, Mark, Scene, Shape, Target, key};
use crate::texts::{Texts, pattern};
use crate::{badge, metrics, words};
use sockscope_core::tcp::Variables;
use sockscope_core::time::{Span, Time};

/// What a mark belongs to: part of its identity.
#[derive(Clone, Copy, Debug)]
enum Part {
    Frame,
    Cell,
    Bracket,
    Pointer,
    Tick,
    Piece,
    Answer,
    Tile,
    Legend,
}

/// The sequence space of one direction of a connection.
///
/// ```
/// # use sockscope_sim::{Scenario, World, presets};
/// # let scenario: Scenario = presets::text("tcp-upper").unwrap().parse().unwrap();
/// # let mut world = World::new(&scenario).unwrap();
/// # world.run();
/// # let trace = world.trace();
/// use sockscope_view::{flow::Flow, history::History, picture::Picture, svg, window::Window};
/// let history = History::of(trace);
/// let window = Window::new(&history, Flow::all(&history).first().copied(), 640.0);
/// assert!(svg::paint(&window.scene_at(&history, history.end())).contains("SND.UNA"));
/// ```
#[derive(Clone, Debug)]
pub struct Window {
    still: Scene,
    track: Option<Track>,
    /// So many numbers of the stream are seen at a time.
    span: f64,
    /// Where the tiles of the control blocks begin.
    tiles: f64,
}

/// Left and right of the strip.
const MARGIN: f64 = 14.0;
/// Height of a bar.
const BAR: f64 = 30.0;
/// Upper edge of the sender's bar.
const SENDER: f64 = 84.0;
/// Upper edge of the receiver's bar.
const RECEIVER: f64 = 258.0;
/// The baseline of the scale.
const SCALE: f64 = RECEIVER + BAR + 16.0;

impl Window {
    /// Lays out one direction in `width` pixels, 280 or more; without one, says that there is none.
    pub fn new(history: &History, flow: Option<Flow>, width: f64) -> Window {
        let (texts, width) = (history.texts(), width.max(280.0));
        let track = flow.and_then(|flow| Track::new(history, flow));
        let mut still = Scene::new(width, 120.0, history.title());
        let Some(track) = track else {
            let text = Shape::text(
                width / 2.0,
                60.0,
                Anchor::Middle,
                texts.of("No connection of TCP was observed."),
            );
            still.push(Mark::new(key(Part::Frame as u8, 0, 0), "blind", text));
            return Window { still, track: None, span: 1.0, tiles: 0.0 };
        };
        let span = span(history, &track);
        let below = cells::legend(&mut still, texts, SCALE + 70.0);
        let tiles = below + 18.0;
        still.height = tiles::height(&track, width, tiles) + 10.0;
        still.description = texts.tell("The window of {flow}.", &[&track.flow.name(history)]) + " ";
        let mut window = Window { still, track: Some(track), span, tiles };
        window.frame(history);
        window
    }

    /// What stays: the bars and whose they are.
    fn frame(&mut self, history: &History) {
        let Some(track) = &self.track else { return };
        let wide = self.still.width - 2.0 * MARGIN;
        let texts = history.texts();
        let ends = [
            (Some(track.flow.sender), SENDER, pattern("{host} sends")),
            (track.flow.receiver, RECEIVER, pattern("{host} takes")),
        ];
        for (i, (which, y, does)) in ends.into_iter().enumerate() {
            let key = |piece| key(Part::Frame as u8, i as u64, piece);
            self.still.marks.push(Mark::new(key(0), "strip", Shape::rect(MARGIN, y, wide, BAR, 3.0)));
            let title = if i == 0 { 16.0 } else { SCALE + 40.0 };
            let name = which.map_or_else(
                || texts.of("the other end").to_owned(),
                |which| history.name(history.sockets()[which].node).to_owned(),
            );
            if let Some(which) = which {
                let disc = badge::disc([key(1), key(2)], which, (MARGIN + 9.0, title), 9.0, "");
                self.still.marks.extend(disc);
            }
            let text = Shape::text(MARGIN + 24.0, title + 4.0, Anchor::Start, texts.tell(does, &[&name]));
            self.still.marks.push(Mark::new(key(3), "row-name", text));
        }
    }

    fn x(&self, from: f64, seq: f64) -> f64 {
        let wide = self.still.width - 2.0 * MARGIN;
        MARGIN + ((seq - from) / self.span).clamp(0.0, 1.0) * wide
    }
    /// The first number that is seen: a quarter of the strip shows what is acknowledged.
    fn from(&self, track: &Track, una: u32) -> f64 {
        let most = (f64::from(track.total) - self.span).max(0.0);
        (f64::from(una) - self.span * 0.25).clamp(0.0, most)
    }

    fn brackets(&self, marks: &mut Vec<Mark>, texts: &Texts, from: f64, send: &Numbers, take: &Numbers) {
        let list = [
            (0, "offered", SENDER - 30.0, -1.0, send.una, send.wnd, "SND.WND"),
            (1, "congestion", SENDER - 10.0, -1.0, send.una, send.cwnd, "cwnd"),
            (2, "offered", SCALE + 14.0, 1.0, take.next, take.offered, "RCV.WND"),
        ];
        for (i, class, y, up, start, long, name) in list.into_iter().filter(|list| list.5 > 0 || list.0 != 1)
        {
            let key = |piece| key(Part::Bracket as u8, i, piece);
            let end = f64::from(start) + f64::from(long);
            let (left, right) = (self.x(from, f64::from(start)), self.x(from, end));
            let beyond = end > from + self.span;
            let mut points = vec![(left, y - up * 5.0), (left, y), (right, y)];
            points.extend((!beyond).then_some((right, y - up * 5.0)));
            marks.push(Mark::new(key(0), format!("bracket {class}"), Shape::polyline(&points, false)));
            if beyond {
                let head = Shape::head((right - 8.0, y), (right, y), false);
                marks.push(Mark::new(key(1), format!("bracket {class}"), head));
            }
            let text = match long {
                0 => texts.tell("{name} closed", &[&name]),
                long => format!("{name} {} B", words::grouped(long.into())),
            };
            let half = metrics::sans(&text, 10.0) / 2.0 + 3.0;
            let edge = self.still.width - MARGIN;
            // The name stands on its bracket, or beside one that it would hide.
            let x = match right - left > 2.0 * half + 8.0 {
                true => (left + right) / 2.0,
                false if right + 4.0 + 2.0 * half < edge => right + 4.0 + half,
                false => left - 4.0 - half,
            };
            let x = x.clamp(MARGIN + half, edge - half);
            marks.push(Mark::new(
                key(2),
                "label-back",
                Shape::rect(x - half, y - 7.0, 2.0 * half, 14.0, 2.0),
            ));
            let text = Shape::text(x, y + 3.5, Anchor::Middle, text);
            marks.push(Mark::new(key(3), format!("bracket-name {class}"), text));
        }
    }

    fn pointers(&self, marks: &mut Vec<Mark>, from: f64, send: &Numbers, take: &Numbers) {
        let below = SENDER + BAR;
        let list = [
            (0, "SND.UNA", send.una, below, below + 13.0),
            (1, "SND.NXT", send.next, below, below + 26.0),
            (2, "RCV.NXT", take.next, RECEIVER, RECEIVER - 6.0),
        ];
        for (i, name, seq, edge, y) in list {
            let key = |piece| key(Part::Pointer as u8, i, piece);
            let x = self.x(from, f64::from(seq));
            marks.push(Mark::new(key(0), "pointer", Shape::line(x, edge, x, y)));
            let text = format!("{name} {}", words::grouped(seq.into()));
            let right = x + metrics::sans(&text, 10.0) + 8.0 > self.still.width;
            let (anchor, dx) = if right { (Anchor::End, -4.0) } else { (Anchor::Start, 4.0) };
            marks.push(Mark::new(key(1), "pointer-name", Shape::text(x + dx, y + 1.0, anchor, text)));
        }
    }

    /// The numbers of the stream below both bars.
    fn scale(&self, marks: &mut Vec<Mark>, from: f64) {
        let step = words::round_step(self.span / 6.0);
        let mut seq = (from / step).ceil() * step;
        while seq <= from + self.span {
            let x = self.x(from, seq);
            let key = |piece| key(Part::Tick as u8, seq as u64, piece);
            marks.push(Mark::new(
                key(0),
                "tick",
                Shape::line(x, RECEIVER + BAR + 1.0, x, RECEIVER + BAR + 5.0),
            ));
            let text = words::grouped(seq as u64);
            let half = metrics::sans(&text, 10.0) / 2.0;
            let x = x.clamp(MARGIN + half, self.still.width - MARGIN - half);
            marks.push(Mark::new(key(1), "time", Shape::text(x, SCALE, Anchor::Middle, text)));
            seq += step;
        }
    }

    /// Segments fall from the one bar to the other at their place in the stream, ACKs rise at theirs.
    fn flights(&self, marks: &mut Vec<Mark>, history: &History, track: &Track, from: f64, moment: Moment) {
        let texts = history.texts();
        let (top, low) = (SENDER + BAR + 34.0, RECEIVER - 18.0);
        let (pieces, answers) = track.flying(moment.events, moment.time);
        for Piece { journey, at, range, again, end, .. } in pieces {
            let (left, right) = (self.x(from, range.start.into()), self.x(from, range.end.into()));
            let journey = &history.journeys()[*journey];
            let key = |piece| key(Part::Piece as u8, journey.packet.id.0, piece);
            let lost = end.is_some_and(|(_, lost)| lost);
            let until = end.map_or(*at + track.longest, |(at, _)| at);
            let part = ratio(*at, moment.time, until) * if lost { 0.5 } else { 1.0 };
            let y = top + (low - top) * part;
            let target = Target::Packet(journey.packet.id);
            let title = format!("{}. {}", words::packet(texts, journey)[0], texts.of(journey.reason.text()));
            if lost && moment.time >= until {
                let cross = Shape::cross(((left + right) / 2.0, y), 5.0);
                marks.push(Mark::new(key(2), "cross", cross).titled(title).to(target));
                continue;
            }
            let class = if *again { "falling again" } else { "falling" };
            let wide = (right - left).max(3.0);
            let frame = Shape::rect(left, y - 7.0, wide, 14.0, 2.0);
            marks.push(Mark::new(key(0), class, frame).titled(title).to(target));
            let text = words::quote(words::payload(&journey.packet), 24);
            if metrics::mono(&text, 9.0) < wide - 4.0 && text.len() > 2 {
                let text = Shape::text(left + wide / 2.0, y + 3.2, Anchor::Middle, text);
                marks.push(Mark::new(key(1), "cell-text", text).to(target));
            }
        }
        for Answer { journey, at, ack, end, .. } in answers {
            let journey = &history.journeys()[*journey];
            let key = |piece| key(Part::Answer as u8, journey.packet.id.0, piece);
            let lost = end.is_some_and(|(_, lost)| lost);
            let until = end.map_or(*at + track.longest, |(at, _)| at);
            let part = ratio(*at, moment.time, until) * if lost { 0.5 } else { 1.0 };
            let (x, y) = (self.x(from, (*ack).into()), low + (top - low) * part);
            let target = Target::Packet(journey.packet.id);
            let shape = match lost && moment.time >= until {
                true => Shape::cross((x, y), 4.0),
                false => Shape::polyline(&[(x - 5.0, y + 4.0), (x, y - 4.0), (x + 5.0, y + 4.0)], false),
            };
            let class = if lost && moment.time >= until { "cross" } else { "rising" };
            let title = format!("ACK {ack}. {}", texts.of(journey.reason.text()));
            marks.push(Mark::new(key(0), class, shape).titled(title).to(target));
        }
    }
}

/// The numbers of one end, counted from the initial one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Numbers {
    /// Of the sender: the oldest that is not acknowledged.
    una: u32,
    /// The next to send, or to take.
    next: u32,
    wnd: u32,
    cwnd: u32,
    offered: u32,
    buffered: u32,
}

impl Numbers {
    fn sender(track: &Track, variables: Option<&Variables>) -> Numbers {
        let Some(it) = variables else { return Numbers::default() };
        let [una, next] = [it.snd_una, it.snd_nxt].map(|seq| track.relative(seq));
        Numbers {
            una,
            next,
            wnd: it.snd_wnd,
            cwnd: it.cwnd,
            buffered: it.send_buffered,
            ..Numbers::default()
        }
    }
    fn receiver(track: &Track, variables: Option<&Variables>) -> Numbers {
        let known = variables.filter(|it| it.irs == track.iss);
        let Some(it) = known else { return Numbers::default() };
        let next = track.relative(it.rcv_nxt);
        Numbers { next, offered: it.rcv_wnd, buffered: it.recv_buffered, ..Numbers::default() }
    }
}

impl Picture for Window {
    fn still(&self) -> &Scene {
        &self.still
    }
    fn moving(&self, history: &History, moment: Moment) -> Vec<Mark> {
        let mut marks = Vec::new();
        let Some(track) = &self.track else { return marks };
        let variables = |which: usize| history.sockets()[which].variables.before(moment.events);
        let [sends, takes] =
            [Some(track.flow.sender), track.flow.receiver].map(|which| which.and_then(variables));
        let (send, take) = (Numbers::sender(track, sends), Numbers::receiver(track, takes));
        let from = self.from(track, send.una);
        let strip =
            cells::Strip { x: &|seq| self.x(from, f64::from(seq)), history, track, events: moment.events };
        strip.sender(&mut marks, &send);
        strip.receiver(&mut marks, &take);
        self.scale(&mut marks, from);
        self.brackets(&mut marks, history.texts(), from, &send, &take);
        self.pointers(&mut marks, from, &send, &take);
        self.flights(&mut marks, history, track, from, moment);
        tiles::paint(&mut marks, history.texts(), track, [sends, takes], self.still.width, self.tiles);
        marks
    }
}

/// So much of the stream is seen at a time: all of it where segments stay wide enough, else what was ever in flight and
/// as much again.
fn span(history: &History, track: &Track) -> f64 {
    let variables = &history.sockets()[track.flow.sender].variables;
    let out = |it: &Variables| {
        let una = track.relative(it.snd_una);
        f64::from(track.relative(it.snd_nxt).saturating_sub(una).max(it.send_buffered))
    };
    let most = variables.iter().map(|(_, it)| out(it)).fold(0.0, f64::max);
    let segment = track.pieces.iter().map(|piece| piece.range.end - piece.range.start).max().unwrap_or(1);
    (most * 2.0).max(f64::from(segment) * 24.0).min(f64::from(track.total)).max(8.0)
}

/// How much of the time from `from` to `to` is over.
fn ratio(from: Time, now: Time, to: Time) -> f64 {
    let whole = to.since(from);
    if whole == Span::ZERO {
        1.0
    } else {
        (now.since(from).as_nanos() as f64 / whole.as_nanos() as f64).min(1.0)
    }
}
