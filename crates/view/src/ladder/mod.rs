//! The time ladder: time goes down, every socket has a lane, every packet is an arrow whose slope is its delay.

mod arrows;
mod axis;
pub(crate) mod bands;
mod crowd;
mod focus;
mod heads;
mod labels;
mod lanes;
mod notes;
mod paint;

use crate::history::{History, Moment, PacketKind};
use crate::metrics;
use crate::scene::{Mark, Scene};
use crate::words;
use arrows::{Arrow, Fate};
use axis::{Axis, Need, Row, Scale, TORN};
use bands::Band;
use crowd::Crowd;
pub use focus::Conversation;
use labels::{Area, Label, Line, Taken, Weight};
use lanes::Lanes;
use notes::Note;
use sockscope_core::collections::sort;
use sockscope_core::time::{Span, Time};

/// How a ladder is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Width in pixels, 320 to 1200; labels grow and shrink with it.
    pub width: f64,
    /// How far time is stretched: 1 gives every text its room, but where very much is under way at once; less shows more of
    /// the run and leaves texts away, 0.1 to 10.
    pub zoom: f64,
    /// The only conversation that is drawn; none draws all.
    pub focus: Option<Conversation>,
}

impl Options {
    /// Everything, in `width` pixels, every text with its room.
    pub fn wide(width: f64) -> Options {
        Options { width, zoom: 1.0, focus: None }
    }
}

/// What is drawn below the cursor line: what has not happened yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Future {
    /// Faintly.
    Dim,
    /// Not at all.
    Hide,
}

/// A ladder laid out for one width. Making it costs a pass over the history; moving the cursor costs four marks.
///
/// The cursor is a line over the picture, and a veil hangs below it: as height is time, the veil covers just what has
/// not happened yet, and cuts arrows where their packets are.
///
/// ```
/// # use sockscope_sim::{Scenario, World, presets};
/// # let scenario: Scenario = presets::text("udp-upper").unwrap().parse().unwrap();
/// # let mut world = World::new(&scenario).unwrap();
/// # world.run();
/// # let trace = world.trace();
/// use sockscope_view::{history::History, ladder::{Future, Ladder, Options}, svg};
/// let history = History::of(trace);
/// let ladder = Ladder::new(&history, Options::wide(720.0));
/// let picture = svg::paint(ladder.scene());
/// assert!(picture.contains("datagram 5 bytes"));
/// let begin = ladder.scene_at(history.after(3), Future::Dim);
/// assert_eq!(begin.marks.len(), ladder.scene().marks.len() + 4, "the cursor is four marks more");
/// ```
#[derive(Clone, Debug)]
pub struct Ladder {
    plan: Plan,
    head: Scene,
    scene: Scene,
}

/// Where everything of a ladder stands, before it is painted: enough to tell heights and moments.
#[derive(Clone, Debug)]
pub struct Plan {
    lanes: Lanes,
    layout: Layout,
    width: f64,
}

/// Where the rows begin: below the names of hosts and sockets.
const TOP: f64 = 104.0;

impl Plan {
    /// Lays out everything that happened so far.
    pub fn new(history: &History, options: Options) -> Plan {
        let width = options.width.max(280.0);
        let lanes = Lanes::new(history, width, options.focus.as_ref());
        let layout = Layout::of(history, &lanes, &options);
        Plan { lanes, layout, width }
    }
    /// The height of a moment: below what has happened, above what has not.
    pub fn y(&self, moment: Moment) -> f64 {
        crate::scene::tenth(self.layout.axis.moment(moment))
    }
    /// The moment at a height: the inverse of [`y`](Plan::y), also among rows of one instant.
    pub fn moment(&self, history: &History, y: f64) -> Moment {
        self.layout.axis.moment_at(history, y)
    }
    /// The names over the lanes alone, as high as they are: they can stay in sight while the ladder scrolls.
    pub fn head(&self, history: &History) -> Scene {
        heads::paint(history, &self.lanes, self.width)
    }
    /// The whole ladder without a cursor.
    pub fn scene(&self, history: &History) -> Scene {
        paint::paint(history, &self.lanes, &self.layout, self.head(history))
    }
    /// The mark of the event from which on another run takes another course, to lie on top of the scene.
    pub fn parting(&self, history: &History, event: usize) -> [Mark; 3] {
        let at = history.events().get(event).map_or(history.end().time, |event| event.at);
        paint::parting(history.texts(), self.width, self.lanes.gutter, self.layout.axis.y(at, event))
    }
    /// The marks of a cursor at a height that tells a time, to lie on top of a scene of `width` and `height` pixels: the
    /// veil over what is to come, the line, and its tag.
    pub fn cursor(&self, height: f64, y: f64, time: Time, future: Future) -> [Mark; 4] {
        paint::cursor((self.width, height), self.lanes.gutter, y, time, future)
    }
}

impl Ladder {
    /// Lays out and paints the ladder of everything that happened so far.
    pub fn new(history: &History, options: Options) -> Ladder {
        let plan = Plan::new(history, options);
        Ladder { head: plan.head(history), scene: plan.scene(history), plan }
    }
    /// The whole ladder without a cursor.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }
    /// The names over the lanes alone, as high as they are: they can stay in sight while the ladder scrolls.
    pub fn head(&self) -> &Scene {
        &self.head
    }
    /// The ladder with the cursor at a moment.
    pub fn scene_at(&self, moment: Moment, future: Future) -> Scene {
        let mut scene = self.scene.clone();
        scene.marks.extend(self.cursor(self.y(moment), moment.time, future));
        scene
    }
    /// The marks of a cursor at a height that tells a time, to lie on top of [`scene`](Ladder::scene).
    pub fn cursor(&self, y: f64, time: Time, future: Future) -> [Mark; 4] {
        self.plan.cursor(self.scene.height, y, time, future)
    }
    /// The mark of the event from which on another run takes another course, to lie on top of [`scene`](Ladder::scene).
    pub fn parting(&self, history: &History, event: usize) -> [Mark; 3] {
        self.plan.parting(history, event)
    }
    /// The height of a moment: below what has happened, above what has not.
    pub fn y(&self, moment: Moment) -> f64 {
        self.plan.y(moment)
    }
    /// The moment at a height: the inverse of [`y`](Ladder::y), also among rows of one instant.
    pub fn moment(&self, history: &History, y: f64) -> Moment {
        self.plan.moment(history, y)
    }
}

/// Everything with its place.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    arrows: Vec<Arrow>,
    crowd: Crowd,
    bands: Vec<Band>,
    notes: Vec<Note>,
    blocks: Vec<notes::Block>,
    labels: Vec<Option<Label>>,
    axis: Axis,
    zoom: f64,
}

/// The class of a state's name that stands beside its band.
const STATE_NAME: &str = "state-name";

impl Layout {
    /// Lays out rows and labels; where a label found no room or a state's name does not fit its band, once more with
    /// more room.
    fn of(history: &History, lanes: &Lanes, options: &Options) -> Layout {
        let arrows = arrows::collect(history, lanes, options.focus.as_ref());
        let bands = bands::bands(history, lanes);
        let (notes, blocks) = notes::calls(history, lanes);
        let crowd = Crowd::of(history, &arrows);
        let mut wider = 0.0;
        let mut layout = Layout {
            arrows,
            crowd,
            bands,
            notes,
            blocks,
            labels: Vec::new(),
            axis: Axis::default(),
            zoom: options.zoom,
        };
        // From afar only what matters most is written.
        let far = |note: &Note| note.class == "code" && layout.is_far(note.at, note.n);
        let mut notes: Vec<Note> = layout.notes.iter().filter(|note| !far(note)).cloned().collect();
        for pass in 0..4 {
            layout.notes = notes.clone();
            let scale = Scale { unit: layout.unit(history), zoom: options.zoom, wider };
            layout.axis = Axis::new(layout.rows(history), &layout.crowd, TOP, scale);
            layout.labels = layout.label(history, lanes);
            let short = layout.short_bands(lanes);
            let crowded = layout.arrows.iter().zip(&layout.labels);
            let crowded = crowded
                .into_iter()
                .any(|(arrow, label)| label.is_none() && !layout.has_far_end(history, arrow));
            if pass == 0 && !short.is_empty() {
                notes.extend(short);
            } else if !crowded {
                break;
            } else {
                wider += 6.0 * options.zoom;
            }
        }
        layout.join_blocks();
        // With the room that its name took, a band may be long enough for it after all.
        let fits: Vec<usize> =
            layout.bands.iter().filter(|band| layout.fits(band)).map(|band| band.from.1).collect();
        layout.notes.retain(|note| note.class != STATE_NAME || !fits.contains(&note.n));
        layout
    }

    /// Where much is under way, makes one stretch of calls that block again as soon as they have returned.
    fn join_blocks(&mut self) {
        let mut last: Vec<Option<usize>> = Vec::new();
        let mut joined: Vec<notes::Block> = Vec::new();
        for block in std::mem::take(&mut self.blocks) {
            last.resize(last.len().max(block.lane + 1), None);
            let before =
                last[block.lane].map(|i| &mut joined[i]).filter(|_| self.is_far(block.from.0, block.from.1));
            let gap =
                |end: (Time, usize)| self.axis.y(block.from.0, block.from.1) - self.axis.y(end.0, end.1);
            match before {
                Some(before) if before.to.is_some_and(|end| gap(end) < 4.0) => {
                    before.to = block.to.max(before.to.filter(|_| block.to.is_some()));
                    before.calls += 1;
                }
                _ => {
                    last[block.lane] = Some(joined.len());
                    joined.push(block);
                }
            }
        }
        self.blocks = joined;
    }
    /// Whether what stands at an event is seen from so far that texts have no room of their own.
    fn is_far(&self, at: Time, n: usize) -> bool {
        self.zoom * self.crowd.closeness(at, n) < 1.0
    }
    /// Whether an arrow begins or ends where much is under way.
    fn has_far_end(&self, history: &History, arrow: &Arrow) -> bool {
        let journey = &history.journeys()[arrow.journey];
        self.is_far(journey.at, journey.sent) || self.is_far(arrow.end.at, arrow.end.n)
    }

    /// Whether an arrow is a usual one where much is under way.
    fn is_one_of_many(&self, history: &History, arrow: &Arrow) -> bool {
        is_usual(history, arrow) && self.has_far_end(history, arrow)
    }

    /// A typical time between events.
    fn unit(&self, history: &History) -> Span {
        let waits = self.blocks.iter().filter_map(|block| block.to.map(|to| to.0.since(block.from.0)));
        let mut waits: Vec<Span> = waits.collect();
        sort(&mut waits);
        typical_flight(history)
            .or_else(|| waits.get(waits.len() / 2).copied())
            .or_else(|| typical_pause(history))
            .filter(|unit| !unit.is_zero())
            .unwrap_or(Span::from_millis(1))
    }

    fn rows(&self, history: &History) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut left = None;
        for arrow in &self.arrows {
            let journey = &history.journeys()[arrow.journey];
            // A duplicate leaves with its packet.
            let level = arrow.end.n == journey.sent && arrow.end.how == Fate::Passed;
            let label = level.then_some(Need::Text { lines: 1 });
            let needs = match left.replace(arrow.journey) == Some(arrow.journey) {
                true => vec![],
                false => [Need::End { lane: arrow.from, sends: true }].into_iter().chain(label).collect(),
            };
            rows.push(Row { at: journey.at, n: journey.sent, needs });
            let needs = match arrow.end.how {
                Fate::Taken | Fate::Discarded(_) | Fate::Passed => {
                    vec![Need::End { lane: arrow.to, sends: false }]
                }
                Fate::Lost(_) | Fate::UnderWay => vec![],
            };
            rows.push(Row { at: arrow.end.at, n: arrow.end.n, needs });
        }
        let plain = |(at, n)| Row { at, n, needs: vec![] };
        rows.extend(self.bands.iter().flat_map(|band| [Some(band.from), band.to]).flatten().map(plain));
        rows.extend(self.blocks.iter().flat_map(|block| [Some(block.from), block.to]).flatten().map(plain));
        rows.extend(self.notes.iter().map(|note| {
            let text = Need::Text { lines: note.lines.len() };
            Row { at: note.at, n: note.n, needs: vec![text] }
        }));
        rows
    }

    /// The ends of an arrow's line.
    fn line(&self, history: &History, lanes: &Lanes, arrow: &Arrow) -> Line {
        let journey = &history.journeys()[arrow.journey];
        let [from, to] = [arrow.from, arrow.to].map(|lane| lanes.all[lane].x);
        let side = if to < from { -1.0 } else { 1.0 };
        let beside = side * lanes.beside(8.0);
        let (from, to) = (from + beside, to - beside);
        let end = (from + (to - from) * arrow.end.part, self.axis.y(arrow.end.at, arrow.end.n));
        Line { from: (from, self.axis.y(journey.at, journey.sent)), to: end }
    }

    fn label(&self, history: &History, lanes: &Lanes) -> Vec<Option<Label>> {
        let mut taken = Taken::default();
        for cut in &self.axis.cuts {
            taken.add(Area { left: 0.0, right: f64::MAX, top: cut.y - TORN, bottom: cut.y + TORN });
        }
        let areas = self.notes.iter().filter_map(|note| note.area(self.axis.y(note.at, note.n)));
        areas.for_each(|area| taken.add(area));
        // Where a packet died is seen, whatever is told of others.
        for arrow in self.arrows.iter().filter(|arrow| matches!(arrow.end.how, Fate::Lost(_))) {
            let (x, y) = self.line(history, lanes, arrow).to;
            taken.add(Area { left: x - 6.0, right: x + 6.0, top: y - 6.0, bottom: y + 6.0 });
        }
        let size = if lanes.narrow { 11.0 } else { 12.0 };
        let xs: Vec<f64> = lanes.all.iter().map(|lane| lane.x).collect();
        let mut labels = vec![None; self.arrows.len()];
        let lines: Vec<Line> = self.arrows.iter().map(|arrow| self.line(history, lanes, arrow)).collect();
        lines.iter().for_each(|line| taken.add_line(*line));
        let mut place = |i: usize, weight: Weight| {
            let texts = texts(history, &self.arrows[i], weight == Weight::OneOfMany);
            labels[i] = labels::place(&texts, lines[i], &xs, (size, weight), &mut taken);
        };
        // What is not usual has its place first, and one of many what is left.
        let (far, near): (Vec<usize>, Vec<usize>) =
            (0..self.arrows.len()).partition(|i| self.is_one_of_many(history, &self.arrows[*i]));
        let (usual, unusual): (Vec<usize>, Vec<usize>) =
            near.into_iter().partition(|i| is_usual(history, &self.arrows[*i]));
        unusual.into_iter().chain(usual).for_each(|i| place(i, Weight::Named));
        far.into_iter().for_each(|i| place(i, Weight::OneOfMany));
        labels
    }

    /// The names of states whose bands are too short for them.
    fn short_bands(&self, lanes: &Lanes) -> Vec<Note> {
        let mut notes = Vec::new();
        for band in
            self.bands.iter().filter(|band| !self.fits(band) && !self.is_far(band.from.0, band.from.1))
        {
            let group = lanes.group(band.lane);
            let Some(column) = lanes.groups[group].column else { continue };
            let size = if lanes.narrow { 8.5 } else { 9.5 };
            let text = metrics::fit(band.state.name(), column.width, |text| metrics::sans(text, size));
            let (at, n) = band.from;
            notes.push(Note { at, n, column, lane: band.lane, lines: vec![text], class: STATE_NAME });
        }
        notes
    }

    /// Whether the name of a state fits along its band.
    fn fits(&self, band: &Band) -> bool {
        self.stretches(band).next().is_some()
    }
    /// Top and height of what the cuts leave of a band, wherever its name has room.
    fn stretches(&self, band: &Band) -> impl Iterator<Item = (f64, f64)> {
        let (top, wanted) = (self.y(band.from), metrics::sans(band.state.name(), 9.0) + 6.0);
        let bottom = top + self.height(band);
        let cuts = self.axis.cuts.iter().map(|cut| (cut.y - TORN, cut.y + TORN));
        let cuts = cuts.filter(move |cut| cut.1 > top && cut.0 < bottom);
        let ends = cuts.chain([(bottom, bottom)]);
        let mut from = top;
        ends.map(move |(to, next)| (std::mem::replace(&mut from, next), to))
            .map(|(from, to)| (from, to - from))
            .filter(move |(_, high)| *high >= wanted)
    }
    fn y(&self, (at, n): (Time, usize)) -> f64 {
        self.axis.y(at, n)
    }
    fn height(&self, band: &Band) -> f64 {
        band.to.map_or(self.axis.bottom() + 16.0, |to| self.y(to)) - self.y(band.from)
    }
}

/// Whether an arrow is one of many of its kind: data that is sent once and arrives, or its ACK.
fn is_usual(history: &History, arrow: &Arrow) -> bool {
    let journey = &history.journeys()[arrow.journey];
    let many =
        matches!(PacketKind::of(&journey.packet), PacketKind::Data | PacketKind::Ack | PacketKind::Udp);
    many && journey.original.is_none() && arrow.copy == 0 && !matches!(arrow.end.how, Fate::Lost(_))
}

/// What may be written on an arrow, the best first; of one among many only what tells it from the others.
fn texts(history: &History, arrow: &Arrow, far: bool) -> Vec<String> {
    let said = history.texts();
    if arrow.copy > 0 {
        return vec![said.of("duplicate").to_owned(), said.of("twice").to_owned()];
    }
    let journey = &history.journeys()[arrow.journey];
    let [long, middle, short] = words::packet(said, journey);
    // The number by which one tells it from the data before it.
    let data = PacketKind::of(&journey.packet) == PacketKind::Data;
    let number = journey.relative.filter(|relative| data && relative.seq > 1);
    let number = number.map(|relative| format!("seq {}", relative.seq));
    let number = number.map(|number| match journey.original {
        Some(_) => said.tell("{packet} again", &[&number]),
        None => number,
    });
    match (far, number) {
        (true, Some(number)) => vec![number],
        (true, None) => vec![middle],
        (false, Some(number)) => vec![long, format!("{middle}, {number}"), number, short],
        (false, None) => vec![long, middle, short],
    }
}

/// A time that most captured packets are not further apart; none where there are no two.
fn typical_pause(history: &History) -> Option<Span> {
    let pauses = history.journeys().windows(2).map(|pair| pair[1].at.since(pair[0].at));
    let mut pauses: Vec<Span> = pauses.filter(|pause| !pause.is_zero()).collect();
    sort(&mut pauses);
    pauses.get(pauses.len() * 3 / 4).copied()
}

/// A typical time from the departure of a packet to its arrival; none where nothing ever arrived.
pub(crate) fn typical_flight(history: &History) -> Option<Span> {
    let journeys = history.journeys().iter();
    let mut spans: Vec<Span> = journeys
        .flat_map(|journey| {
            let arrivals = journey.arrivals.iter().map(|arrival| arrival.at);
            let sightings = journey.sightings.iter().map(|sighting| sighting.at);
            arrivals.chain(sightings).map(|at| at.since(journey.at))
        })
        .filter(|span| !span.is_zero())
        .collect();
    sort(&mut spans);
    spans.get(spans.len() / 2).copied()
}
