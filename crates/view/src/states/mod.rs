//! The state machine of RFC 9293, drawn from the engine's own table, and every connection as a token that moves in it.

mod layout;
mod words;

pub use words::{ArcWords, arc_words};

use crate::history::{History, Moment};
use crate::picture::Picture;
use crate::scene::{Anchor, Mark, Scene, Shape, Target, key};
use crate::texts::Texts;
use crate::words::span;
use crate::{badge, ladder, metrics};
use layout::{Area, Curve, Grid, SPOTS, Spot, broken, meet, rest};
use sockscope_core::collections::{sort, sort_by_key};
use sockscope_core::program::SocketKind;
use sockscope_core::tcp::{State, TRANSITIONS, Transition, Trigger};
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::Kind;

/// What a mark belongs to: part of its identity.
#[derive(Clone, Copy, Debug)]
enum Part {
    State,
    Arc,
    Taken,
    Mine,
    Token,
    Row,
    Detour,
}

/// The state diagram of a run: what stays is the table [`TRANSITIONS`], what moves are the connections.
///
/// ```
/// # use sockscope_sim::{Scenario, World, presets};
/// # let scenario: Scenario = presets::text("tcp-upper").unwrap().parse().unwrap();
/// # let mut world = World::new(&scenario).unwrap();
/// # world.run();
/// # let trace = world.trace();
/// use sockscope_view::{history::History, picture::Picture, states::States, svg};
/// let history = History::of(trace);
/// let states = States::new(&history, 640.0);
/// let picture = svg::paint(&states.scene_at(&history, history.end()));
/// assert!(picture.contains("FIN-WAIT-2"));
/// ```
#[derive(Clone, Debug)]
pub struct States {
    still: Scene,
    /// The names of the arcs, which lie over the arcs that were taken.
    labels: Vec<Mark>,
    /// The ways of the resets, aborts and time-outs of this run, around what stands between.
    detours: Vec<Detour>,
    grid: Grid,
    /// Every arc that a connection took, in the order of events.
    taken: Vec<Taken>,
    /// The events at which each arc of the table was taken for the first time.
    first: Vec<Option<usize>>,
    /// The TCP sockets: their places among the sockets of the history.
    sockets: Vec<usize>,
    /// How long a token takes to its new state.
    glide: Span,
}

/// A connection took an arc.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Taken {
    event: usize,
    socket: usize,
    arc: Transition,
}

/// The way of an arc that ends a connection against its will, and its name where there is room for it.
#[derive(Clone, Debug)]
struct Detour {
    arc: Transition,
    curve: Curve,
    label: Vec<Mark>,
}

/// So many connections are told about below the diagram.
const ROWS: usize = 6;
/// So many tokens have room at a state.
const TOKENS: usize = 5;

impl States {
    /// Lays the diagram out in `width` pixels, 300 or more.
    pub fn new(history: &History, width: f64) -> States {
        let width = width.max(300.0);
        let grid = Grid::new(width);
        let streams =
            history.sockets().iter().enumerate().filter(|(_, life)| life.kind == SocketKind::Stream);
        let sockets: Vec<usize> = streams.map(|(which, _)| which).collect();
        let taken = taken(history);
        let first = TRANSITIONS.iter().map(|arc| taken.iter().find(|taken| taken.arc == *arc));
        let first = first.map(|taken| taken.map(|taken| taken.event)).collect();
        let rows = sockets.len().min(ROWS) as f64 * row_height(&grid);
        let mut still = Scene::new(width, grid.bottom() + 26.0 + rows, history.title());
        let texts = history.texts();
        still.description = format!("{} {}", texts.of("The states of TCP."), crate::story::summary(history));
        let mut labels = Vec::new();
        for (i, arc) in TRANSITIONS.iter().enumerate().filter(|(_, arc)| !broken(arc.trigger)) {
            draw_arc(&mut still, &mut labels, texts, &grid, i, arc);
        }
        SPOTS.iter().enumerate().for_each(|(i, (spot, ..))| draw_state(&mut still, texts, &grid, i, *spot));
        legend(&mut still, texts, &grid);
        let detours = detours(texts, &grid, &taken, &labels);
        let glide = ladder::typical_flight(history).map_or(Span::from_millis(5), |flight| flight / 3);
        States { still, labels, detours, grid, taken, first, sockets, glide }
    }

    fn detour(&self, arc: &Transition) -> Option<&Detour> {
        self.detours.iter().find(|detour| detour.arc == *arc)
    }
    fn curve(&self, arc: &Transition) -> Curve {
        self.detour(arc).map_or_else(|| self.grid.curve(arc), |detour| detour.curve)
    }

    /// Where a socket is: its place, or the arc that it is on and how far.
    fn token(&self, history: &History, moment: Moment, which: usize) -> Where {
        let life = &history.sockets()[which];
        let Some((event, _)) = life.state.latest(moment.events) else { return Where::At(Spot::Begin) };
        let Some(arc) = self.arc_at(event) else { return Where::At(Spot::Begin) };
        let passed = moment.time.since(history.events()[event].at).as_nanos() as f64;
        let part = passed / self.glide.as_nanos().max(1) as f64;
        if part >= 1.0 || moment == history.end() {
            return Where::At(rest(&arc));
        }
        // What has just happened stands out: the token is on its way at once.
        Where::On(arc, 0.2 + 0.8 * part)
    }
    fn arc_at(&self, event: usize) -> Option<Transition> {
        let i = self.taken.binary_search_by_key(&event, |taken| taken.event).ok()?;
        Some(self.taken[i].arc)
    }

    /// The connections to tell about: those that moved last.
    fn shown(&self, history: &History, moment: Moment) -> Vec<usize> {
        let born = |which: &usize| history.sockets()[*which].opened < moment.events;
        let mut shown: Vec<usize> = self.sockets.iter().copied().filter(born).collect();
        if shown.len() > ROWS {
            let latest =
                |which: &usize| history.sockets()[*which].state.latest(moment.events).map(|(n, _)| n);
            sort_by_key(&mut shown, |which| std::cmp::Reverse(latest(which)));
            shown.truncate(ROWS);
            sort(&mut shown);
        }
        shown
    }

    fn taken_arcs(&self, marks: &mut Vec<Mark>, history: &History, moment: Moment, shown: &[usize]) {
        for (i, arc) in TRANSITIONS.iter().enumerate() {
            let over = self.first[i].is_some_and(|event| event < moment.events);
            if over && !broken(arc.trigger) {
                let curve = self.grid.curve(arc);
                marks.push(Mark::new(key(Part::Taken as u8, i as u64, 0), "arc taken", path(&curve)));
                marks.push(Mark::new(key(Part::Taken as u8, i as u64, 1), "arc-head taken", head(&curve)));
            }
        }
        let now = self.taken.partition_point(|taken| taken.event < moment.events).checked_sub(1);
        let mut told: Vec<&Detour> = Vec::new();
        for which in shown {
            let Some((event, _)) = history.sockets()[*which].state.latest(moment.events) else { continue };
            let Some(arc) = self.arc_at(event) else { continue };
            let curve = self.curve(&arc);
            let last = now.is_some_and(|now| self.taken[now].event == event);
            let dash = if broken(arc.trigger) { " broken" } else { "" };
            let class = format!("{}{dash}{}", badge::tint(*which), if last { " now" } else { "" });
            let key = |piece| key(Part::Mine as u8, *which as u64, piece);
            let target = Target::Event(history.events()[event].n);
            let words = arc_words(history.texts(), arc.from, arc.trigger);
            let title = format!("{} {}", words.text, words.source);
            marks.push(Mark::new(key(0), format!("arc mine {class}"), path(&curve)).titled(title).to(target));
            marks.push(Mark::new(key(1), format!("arc-head mine {class}"), head(&curve)));
            told.extend(self.detour(&arc).filter(|detour| !told.iter().any(|known| known.arc == detour.arc)));
        }
        marks.extend(told.into_iter().flat_map(|detour| detour.label.iter().cloned()));
    }

    fn tokens(&self, marks: &mut Vec<Mark>, history: &History, moment: Moment, shown: &[usize]) {
        let mut here = [0_usize; SPOTS.len()];
        let mut moving = Vec::new();
        for which in self.sockets.iter().filter(|which| history.sockets()[**which].opened < moment.events) {
            let life = &history.sockets()[*which];
            let gone = if life.exists(moment.events) { "" } else { " gone" };
            if !gone.is_empty() && !shown.contains(which) {
                continue;
            }
            let at = match self.token(history, moment, *which) {
                Where::On(arc, part) => {
                    let (mut x, y) = self.curve(&arc).at(part);
                    // Those that take one arc at once go side by side.
                    while moving.contains(&(x, y)) {
                        x += 17.0;
                    }
                    moving.push((x, y));
                    (x, y)
                }
                Where::At(spot) => {
                    let place = SPOTS.iter().position(|(there, ..)| *there == spot).unwrap_or(0);
                    here[place] += 1;
                    if here[place] > TOKENS {
                        continue;
                    }
                    let (x, y) = self.grid.middle(spot);
                    let left = x - self.grid.size.0 / 2.0 + 10.0;
                    (left + 17.0 * (here[place] - 1) as f64, y + self.grid.size.1 / 2.0)
                }
            };
            let key = |piece| key(Part::Token as u8, *which as u64, piece);
            let [disc, letter] = badge::disc([key(0), key(1)], *which, at, 9.0, gone);
            let name = badge::name(history, *which, moment.events);
            marks.push(Mark { class: disc.class.clone() + " token", ..disc.titled(name) });
            marks.push(Mark { class: letter.class.clone() + " token", ..letter });
        }
        for (place, count) in here.into_iter().enumerate().filter(|(_, count)| *count > TOKENS) {
            let (x, y) = self.grid.middle(SPOTS[place].0);
            let text = Shape::text(
                x + self.grid.size.0 / 2.0 - 2.0,
                y + self.grid.size.1 / 2.0 + 12.0,
                Anchor::End,
                format!("+{}", count - TOKENS),
            );
            marks.push(Mark::new(key(Part::State as u8, place as u64, 8), "what", text));
        }
    }

    /// A connection in words: who it is, where it is, what brought it there.
    fn row(&self, marks: &mut Vec<Mark>, history: &History, moment: Moment, which: usize, place: usize) {
        let life = &history.sockets()[which];
        let top = self.grid.bottom() + 26.0 + row_height(&self.grid) * place as f64;
        let key = |piece| key(Part::Row as u8, which as u64, piece);
        marks.extend(badge::disc([key(0), key(1)], which, (24.0, top + 8.0), 9.0, ""));
        let name = badge::name(history, which, moment.events);
        let changed = life.state.latest(moment.events);
        let state = changed.map_or(State::Closed, |(_, state)| *state);
        let (texts, left) = (history.texts(), 40.0);
        let named = match life.exists(moment.events) {
            true => format!("{name}: {state}"),
            false => texts.tell("{name}: {state} (gone)", &[&name, &state]),
        };
        let text = Shape::text(left, top + 12.0, Anchor::Start, named);
        marks.push(Mark::new(key(2), "row-name", text));
        let arc = changed.and_then(|(event, _)| Some((event, self.arc_at(event)?)));
        let Some((event, arc)) = arc else { return };
        let words = arc_words(texts, arc.from, arc.trigger);
        let at = span(history.events()[event].at - Time::ZERO);
        let source = words.source.replace(' ', "\u{a0}");
        let since = texts.tell("Since {time}, from {state}.", &[&at, &arc.from]);
        let told = format!("{since} {} {source}", words.text);
        let room = self.still.width - left - 12.0;
        let lines = metrics::wrap(&told, room, |text| metrics::sans(text, 11.0));
        for (i, line) in lines.into_iter().take(row_lines(&self.grid)).enumerate() {
            let text = Shape::text(left, top + 27.0 + 14.0 * i as f64, Anchor::Start, line);
            let mark = Mark::new(key(3 + i as u64), "row-text", text);
            marks.push(mark.to(Target::Event(history.events()[event].n)));
        }
    }
}

/// Where a token is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Where {
    At(Spot),
    /// On an arc, so far.
    On(Transition, f64),
}

impl Picture for States {
    fn still(&self) -> &Scene {
        &self.still
    }
    fn moving(&self, history: &History, moment: Moment) -> Vec<Mark> {
        let mut marks = Vec::new();
        let shown = self.shown(history, moment);
        self.taken_arcs(&mut marks, history, moment, &shown);
        marks.extend(self.labels.iter().cloned());
        self.tokens(&mut marks, history, moment, &shown);
        for (place, which) in shown.into_iter().enumerate() {
            self.row(&mut marks, history, moment, which, place);
        }
        marks
    }
}

/// Every arc that a connection of the history took. `listen()` is one too where only its outcome was observed.
fn taken(history: &History) -> Vec<Taken> {
    let mut taken = Vec::new();
    for (socket, life) in history.sockets().iter().enumerate() {
        for (event, _) in life.state.iter() {
            let arc = match history.events()[event].kind {
                Kind::State { from, to, trigger, .. } => Transition { from, trigger, to },
                _ => Transition { from: State::Closed, trigger: Trigger::PassiveOpen, to: State::Listen },
            };
            taken.push(Taken { event, socket, arc });
        }
    }
    sort_by_key(&mut taken, |taken| taken.event);
    taken
}

/// The detours of a run, with their names where they lie over no state and no other name.
fn detours(texts: &Texts, grid: &Grid, taken: &[Taken], labels: &[Mark]) -> Vec<Detour> {
    // Below a state stand the tokens of its connections.
    let states = grid.boxes().map(|[left, top, right, bottom]| [left, top, right, bottom + 10.0]);
    let back = |mark: &Mark| match mark.shape {
        Shape::Rect { x, y, width, height, .. } => Some([x, y, x + width, y + height]),
        _ => None,
    };
    let mut full: Vec<Area> = states.chain(labels.iter().filter_map(back)).collect();
    let mut detours: Vec<Detour> = Vec::new();
    for arc in taken.iter().map(|taken| taken.arc).filter(|arc| broken(arc.trigger)) {
        if detours.iter().any(|known| known.arc == arc) {
            continue;
        }
        let curve = grid.curve(&arc);
        let key = |piece| key(Part::Detour as u8, detours.len() as u64, piece);
        let places = [10, 8, 12, 6, 14, 4, 16, 2, 18].map(|part| f64::from(part) / 20.0);
        let label = places.into_iter().find_map(|place| {
            let mut marks = Vec::new();
            let words = arc_words(texts, arc.from, arc.trigger);
            label(&mut marks, &Curve { label: place, ..curve }, &words, [key(0), key(1), key(2)], grid);
            let area = back(&marks[0])?;
            let free = full.iter().all(|there| !meet(&area, there));
            free.then(|| full.push(area)).map(|()| marks)
        });
        detours.push(Detour { arc, curve, label: label.unwrap_or_default() });
    }
    detours
}

/// Lines of the explanation of a connection: as many as the longest takes.
fn row_lines(grid: &Grid) -> usize {
    if grid.narrow { 4 } else { 2 }
}
fn row_height(grid: &Grid) -> f64 {
    26.0 + 14.0 * row_lines(grid) as f64
}

fn path(curve: &Curve) -> Shape {
    Shape::curve(curve.from, curve.control, curve.to)
}
fn head(curve: &Curve) -> Shape {
    Shape::head(curve.at(0.9), curve.to, true)
}

fn draw_arc(
    scene: &mut Scene,
    labels: &mut Vec<Mark>,
    texts: &Texts,
    grid: &Grid,
    i: usize,
    arc: &Transition,
) {
    let curve = grid.curve(arc);
    let words = arc_words(texts, arc.from, arc.trigger);
    let key = |piece| key(Part::Arc as u8, i as u64, piece);
    let way = texts.tell("{from} to {to}", &[&arc.from, &arc.to]);
    let title = format!("{way}: {} {}", words.text, words.source);
    scene.push(Mark::new(key(0), "arc", path(&curve)).titled(title));
    scene.push(Mark::new(key(1), "arc-head", head(&curve)));
    label(labels, &curve, &words, [key(2), key(3), key(4)], grid);
}

/// What happens on an arc, and below it what is sent.
fn label(marks: &mut Vec<Mark>, curve: &Curve, words: &ArcWords<'_>, keys: [u64; 3], grid: &Grid) {
    let size = if grid.narrow { 10.0 } else { 11.0 };
    let small = if grid.narrow { " small" } else { "" };
    let (x, y) = curve.at(curve.label);
    let lines: Vec<(&str, String)> = [
        ("arc-label", words.label.to_owned()),
        ("arc-sends", if words.sends.is_empty() { String::new() } else { format!("→ {}", words.sends) }),
    ]
    .into_iter()
    .filter(|(_, text)| !text.is_empty())
    .collect();
    let wide = lines.iter().map(|(_, text)| metrics::sans(text, size)).fold(0.0, f64::max) + 8.0;
    let high = lines.len() as f64 * (size + 2.0) + 3.0;
    marks.push(Mark::new(
        keys[0],
        "label-back",
        Shape::rect(x - wide / 2.0, y - high / 2.0, wide, high, 4.0),
    ));
    for (i, (class, text)) in lines.into_iter().enumerate() {
        let baseline = y - high / 2.0 + (size + 2.0) * (i as f64 + 1.0) - 1.0;
        let text = Shape::text(x, baseline, Anchor::Middle, text);
        marks.push(Mark::new(keys[1 + i], format!("{class}{small}"), text));
    }
}

fn draw_state(scene: &mut Scene, texts: &Texts, grid: &Grid, i: usize, spot: Spot) {
    let (x, y) = grid.middle(spot);
    let (wide, high) = grid.size;
    let state = if let Spot::State(state) = spot { state } else { State::Closed };
    let key = |piece| key(Part::State as u8, i as u64, piece);
    let frame = Shape::rect(x - wide / 2.0, y - high / 2.0, wide, high, 8.0);
    let class = format!("state {}", ladder::bands::class(state));
    scene.push(Mark::new(key(0), class, frame).titled(meaning(texts, state)));
    let class = if grid.narrow { "state-title small" } else { "state-title" };
    scene.push(Mark::new(key(1), class, Shape::text(x, y + 4.0, Anchor::Middle, state.name())));
    let ways: Vec<&str> = TRANSITIONS
        .iter()
        .filter(|arc| spot == Spot::State(arc.from) && broken(arc.trigger))
        .map(|arc| arc_words(texts, arc.from, arc.trigger).label)
        .collect();
    if !ways.is_empty() {
        let cross = Shape::cross((x + wide / 2.0 - 8.0, y + high / 2.0 - 8.0), 3.0);
        let title = texts.tell("{state} goes to CLOSED at once on {events}.", &[&state, &ways.join(", ")]);
        scene.push(Mark::new(key(2), "way-out", cross).titled(title));
    }
}

fn legend(scene: &mut Scene, texts: &Texts, grid: &Grid) {
    let y = grid.bottom() + 6.0;
    let key = |piece| key(Part::State as u8, SPOTS.len() as u64, piece);
    scene.push(Mark::new(key(0), "way-out", Shape::cross((24.0, y - 4.0), 3.0)));
    let text = texts.of("to CLOSED at once: RST, abort, time-out");
    scene.push(Mark::new(key(1), "what", Shape::text(40.0, y, Anchor::Start, text)));
}

/// What a state is, in a few words.
fn meaning(texts: &Texts, state: State) -> &str {
    texts.of(match state {
        State::Closed => "No connection",
        State::Listen => "A welcoming socket: waits for a SYN from anybody",
        State::SynSent => "Our SYN is out; waiting for the peer's",
        State::SynReceived => "Both SYNs are seen; waiting for the ACK of ours",
        State::Established => "Data flows both ways",
        State::FinWait1 => "Our FIN is out and not acknowledged",
        State::FinWait2 => "Our FIN is acknowledged; the peer may still send",
        State::CloseWait => "The peer has closed; we may still send",
        State::Closing => "Both FINs crossed; waiting for the ACK of ours",
        State::LastAck => "The peer closed first, then we; waiting for the ACK of our FIN",
        State::TimeWait => "All is done; waiting until old segments have died",
    })
}
