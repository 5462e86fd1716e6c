//! A connection over time: sequence numbers, windows, round-trip times; the cursor tells every value at its moment.

mod plot;

use crate::flow::{Flow, Track};
use crate::history::{History, Moment};
use crate::picture::Picture;
use crate::scene::{Anchor, Mark, Scene, Shape, Target, key};
use crate::texts::{Texts, pattern};
use crate::{metrics, words};
use plot::{Axis, Plot, Scale};
use sockscope_core::tcp::Variables;
use sockscope_core::time::{Span, Time};

/// What a mark belongs to: part of its identity.
#[derive(Clone, Copy, Debug)]
enum Part {
    Frame,
    Tick,
    Line,
    Segment,
    Sack,
    Kind,
    Key,
    Cursor,
}

/// One direction of a connection over time: a time-sequence graph as tcptrace draws it, the windows, the times.
///
/// ```
/// # use sockscope_sim::{Scenario, World, presets};
/// # let scenario: Scenario = presets::text("tcp-upper").unwrap().parse().unwrap();
/// # let mut world = World::new(&scenario).unwrap();
/// # world.run();
/// # let trace = world.trace();
/// use sockscope_view::{flow::Flow, graphs::Graphs, history::History, picture::Picture, svg};
/// let history = History::of(trace);
/// let graphs = Graphs::new(&history, Flow::all(&history).first().copied(), 640.0);
/// assert!(svg::paint(&graphs.scene_at(&history, history.end())).contains("ssthresh"));
/// ```
#[derive(Clone, Debug)]
pub struct Graphs {
    still: Scene,
    track: Option<Track>,
    time: Scale,
    /// The three graphs: where they lie, and the largest value of each.
    frames: [Frame; 3],
}

/// Where a graph lies, and the largest value that it shows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Frame {
    top: f64,
    low: f64,
    most: f64,
}

/// A value of a control block; none where it has none yet.
type Value = fn(&Track, &Variables) -> Option<f64>;

/// A line of a graph: its class, its name, and its value in a control block.
struct Line {
    class: &'static str,
    name: &'static str,
    value: Value,
}

/// The three graphs: their titles, heights and lines.
const GRAPHS: [(&str, f64, &[Line]); 3] = [
    (
        pattern("Sequence numbers"),
        230.0,
        &[
            Line {
                class: "g-window",
                name: pattern("window"),
                value: |track, it| {
                    (it.snd_wnd > 0 || it.snd_una != it.iss)
                        .then(|| f64::from(track.relative(it.snd_una)) + f64::from(it.snd_wnd))
                },
            },
            Line {
                class: "g-ack",
                name: pattern("acknowledged"),
                value: |track, it| Some(f64::from(track.relative(it.snd_una))),
            },
        ],
    ),
    (
        pattern("Bytes"),
        130.0,
        &[
            Line { class: "g-pipe", name: pattern("in flight"), value: |_, it| Some(f64::from(it.pipe)) },
            Line {
                class: "g-ssthresh",
                name: "ssthresh",
                value: |_, it| (it.ssthresh < 1 << 30).then(|| f64::from(it.ssthresh)),
            },
            Line { class: "g-cwnd", name: "cwnd", value: |_, it| Some(f64::from(it.cwnd)) },
        ],
    ),
    (
        pattern("Time"),
        110.0,
        &[
            Line { class: "g-rto", name: "RTO", value: |_, it| Some(it.rto.as_nanos() as f64) },
            Line { class: "g-srtt", name: "SRTT", value: |_, it| it.srtt.map(|srtt| srtt.as_nanos() as f64) },
        ],
    ),
];

/// Width of the column of numbers.
const GUTTER: f64 = 62.0;
const RIGHT: f64 = 14.0;
/// Height of the keys over a graph.
const KEYS: f64 = 30.0;

impl Graphs {
    /// Draws one direction in `width` pixels, 280 or more; without one, says that there is none.
    pub fn new(history: &History, flow: Option<Flow>, width: f64) -> Graphs {
        let width = width.max(280.0);
        let mut still = Scene::new(width, 120.0, history.title());
        let track = flow.and_then(|flow| Track::new(history, flow));
        let time = Scale { from: 0.0, to: 1.0, low: GUTTER, high: width - RIGHT };
        let Some(track) = track else {
            let text = Shape::text(
                width / 2.0,
                60.0,
                Anchor::Middle,
                history.texts().of("No connection of TCP was observed."),
            );
            still.push(Mark::new(key(Part::Frame as u8, 0, 0), "blind", text));
            return Graphs { still, track: None, time, frames: Default::default() };
        };
        still.description = history.texts().tell("{flow} over time.", &[&track.flow.name(history)]) + " ";
        let (from, to) = times(&track);
        let time = Scale { from, to, ..time };
        let mut y = 8.0;
        let mut frames = [Frame::default(); 3];
        for (i, (title, high, lines)) in GRAPHS.iter().enumerate() {
            let value = Scale { from: 0.0, to: 1.0, low: y + KEYS + high, high: y + KEYS };
            let axis = if i == 2 { Axis::LogTime } else { Axis::Bytes };
            let mut plot =
                Plot { scene: &mut still, history, track: &track, number: i as u64, time, value, axis };
            plot.fit(lines);
            frames[i] = Frame { top: y + KEYS, low: y + KEYS + high, most: plot.value.to };
            plot.frame(title);
            if i == 0 {
                plot.segments();
                plot.kinds(y + KEYS + high + 14.0);
                y += 20.0;
            }
            lines.iter().enumerate().for_each(|(place, line)| plot.line(place as u64, line));
            y += KEYS + high + 10.0;
        }
        // The tag of the cursor has its place between the frame and the times.
        plot::times(&mut still, &time, y + 17.0);
        still.height = y + 26.0;
        Graphs { still, track: Some(track), time, frames }
    }

    /// What each line says at the cursor: also the key to the lines.
    fn key(
        &self,
        marks: &mut Vec<Mark>,
        texts: &Texts,
        graph: usize,
        track: &Track,
        variables: Option<&Variables>,
    ) {
        let (title, _, lines) = &GRAPHS[graph];
        let narrow = self.still.width < 480.0;
        let (gap, sample, small) = if narrow { (12.0, 10.0, " small") } else { (22.0, 16.0, "") };
        let begin = if narrow { 6.0 } else { GUTTER + metrics::sans(texts.of(title), 12.0) + 18.0 };
        let mut x = begin;
        let Frame { top, most, .. } = self.frames[graph];
        // Room for the longest value, so that nothing moves.
        let widest = if graph == 2 { "88.8 ms".to_owned() } else { words::grouped(most as u64) };
        let size = if narrow { 9.5 } else { 11.0 };
        let wide =
            |line: &Line| sample + 4.0 + metrics::sans(&format!("{} {widest}", texts.of(line.name)), size);
        let all: f64 = lines.iter().map(|line| wide(line) + gap).sum();
        // Where they have no room side by side, the first stand over the others.
        let mut top = if begin + all - gap > self.still.width { top - 12.0 } else { top };
        for (i, line) in lines.iter().enumerate().rev() {
            if x + wide(line) > self.still.width {
                (x, top) = (begin, top + 12.0);
            }
            let key = |piece| key(Part::Key as u8, (graph << 8 | i) as u64, piece);
            let value = variables.and_then(|it| (line.value)(track, it));
            let value = value.map_or("–".to_owned(), |value| match graph {
                2 => words::span(Span::from_nanos(value as u64)),
                _ => words::grouped(value as u64),
            });
            let shape = Shape::line(x, top - 17.5, x + sample, top - 17.5);
            marks.push(Mark::new(key(0), format!("g-line {}", line.class), shape));
            let text = format!("{} {value}", texts.of(line.name));
            let text = Shape::text(x + sample + 4.0, top - 14.0, Anchor::Start, text);
            marks.push(Mark::new(key(1), format!("g-key{small}"), text));
            x += wide(line) + gap;
        }
    }
}

impl Picture for Graphs {
    fn still(&self) -> &Scene {
        &self.still
    }
    fn moving(&self, history: &History, moment: Moment) -> Vec<Mark> {
        let mut marks = Vec::new();
        let Some(track) = &self.track else { return marks };
        let variables = history.sockets()[track.flow.sender].variables.before(moment.events);
        (0..GRAPHS.len()).for_each(|graph| self.key(&mut marks, history.texts(), graph, track, variables));
        let x = self.time.at(moment.time.as_nanos() as f64).clamp(GUTTER, self.still.width - RIGHT);
        let key = |piece| key(Part::Cursor as u8, 0, piece);
        if moment == history.end() {
            return marks;
        }
        for (i, Frame { top, low, .. }) in self.frames.into_iter().enumerate() {
            let piece = 2 * i as u64;
            let right = self.still.width - RIGHT;
            marks.push(Mark::new(key(piece), "veil", Shape::rect(x, top, right - x, low - top, 0.0)));
            marks.push(Mark::new(key(piece + 1), "cursor", Shape::line(x, top, x, low)));
        }
        let text = words::span(moment.time.since(Time::ZERO));
        let half = metrics::sans(&text, 10.0) / 2.0 + 4.0;
        let (x, low) = (x.clamp(half, self.still.width - half), self.frames[2].low);
        marks.push(Mark::new(key(6), "cursor-tag", Shape::rect(x - half, low, 2.0 * half, 15.0, 3.0)));
        marks.push(Mark::new(key(7), "cursor-time", Shape::text(x, low + 11.0, Anchor::Middle, text)));
        marks
    }
}

/// From the first segment to the last arrival, in nanoseconds.
fn times(track: &Track) -> (f64, f64) {
    let first = track.pieces.iter().map(|piece| piece.at).min().unwrap_or_default();
    let ends = track.pieces.iter().map(|piece| piece.end.map_or(piece.at, |(at, _)| at));
    let back = track.answers.iter().map(|answer| answer.end.map_or(answer.at, |(at, _)| at));
    let last = ends.chain(back).max().unwrap_or_default();
    let (from, to) = (first.as_nanos() as f64, last.as_nanos() as f64);
    (from, to + ((to - from) * 0.02).max(1000.0))
}

/// What a click on a segment shows.
fn target(history: &History, journey: usize) -> Target {
    Target::Packet(history.journeys()[journey].packet.id)
}
