//! The ladder for terminals: a lane for each host, a line for each thing that happens.

use crate::history::{CallLife, History, Hop, HopEnd, Journey};
use crate::story;
use crate::texts::Texts;
use crate::words;
use sockscope_core::program::Call;
use sockscope_core::tcp::TcpInfo;
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::{Clock, Kind, LinkDrop, Node, NodeKind, Sock};

/// The whole history as a ladder of text, `width` characters wide or a little less, 60 at least.
///
/// Lines stand in the order of events. An arrow stands where its packet was sent, and says when it arrives; times are
/// written when they change.
///
/// ```
/// # use sockscope_sim::{Scenario, World, presets};
/// # let scenario: Scenario = presets::text("udp-upper").unwrap().parse().unwrap();
/// # let mut world = World::new(&scenario).unwrap();
/// # world.run();
/// # let trace = world.trace();
/// use sockscope_view::{history::History, text};
/// let ladder = text::ladder(&History::of(trace), 100);
/// assert!(ladder.lines().any(|line| line.contains("datagram 5 bytes 'hello'") && line.contains('▶')));
/// ```
pub fn ladder(history: &History, width: usize) -> String {
    let lanes = Lanes::new(history, width.max(60));
    let mut out = lanes.head(history);
    let mut last: Option<Time> = None;
    for row in rows(history) {
        let Some(line) = lanes.line(history, &row) else { continue };
        let time = if last == Some(row.at) { String::new() } else { clock(history, row.at) };
        if last.is_some_and(|last| row.at.since(last) > Span::from_millis(500)) {
            out += &lanes.cut(row.at.since(last.unwrap_or(Time::ZERO)));
        }
        out += format!("{time:>WIDTH_OF_TIME$}  {line}").trim_end();
        out.push('\n');
        last = Some(row.at);
    }
    if history.is_blind() {
        out += "\nSegments are not visible here: nothing was captured.\n";
    }
    if !history.points().is_empty() {
        out += "\nCaptured: an arrow stands where its packet passed; when it was sent, and whether it arrived, is not known.\n";
        out += match history.header().clock {
            Clock::Capture => "Sockets, and states in brackets, are inferred from the packets.\n",
            _ => "On loopback a packet passes twice: as it leaves its sender, and as it arrives.\n",
        };
    }
    out
}

const WIDTH_OF_TIME: usize = 9;

/// A time as it stands at the edge: on a real machine nothing happens at a round time, and microseconds count.
fn clock(history: &History, at: Time) -> String {
    match history.header().clock {
        Clock::Virtual => words::span(at - Time::ZERO),
        Clock::Monotonic | Clock::Capture => {
            let micros = at.as_nanos() / 1_000;
            format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
        }
    }
}

/// A line of the ladder.
struct Row<'a> {
    at: Time,
    what: What<'a>,
}

enum What<'a> {
    /// Words beside the lane of a host.
    Note(Node, String),
    /// A packet, or its duplicate, as its sender sees it.
    Packet(&'a Journey, u8),
}

/// Every line, in order.
fn rows(history: &History) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for (n, event) in history.events().iter().enumerate() {
        let node = event.node.unwrap_or(Node(0));
        let note = |text| What::Note(node, text);
        let what = match &event.kind {
            Kind::Call { task, .. } => {
                history.task(*task).and_then(|task| task.call(n + 1)).and_then(asked).map(note)
            }
            Kind::Notice { task, .. } => {
                history.task(*task).and_then(|task| task.call(n + 1)).and_then(answered).map(note)
            }
            Kind::State { to, .. } if history.is_inferred(n) => Some(note(format!("· ({to})"))),
            Kind::State { to, .. } => Some(note(format!("· {to}"))),
            Kind::Info { sock, info } if is_news(history, node, *sock, n, info) => {
                Some(note(format!("· {}", words::info(&Texts::ENGLISH, info))))
            }
            Kind::Omitted { what, count } => {
                Some(note(format!("! {}", words::omitted(&Texts::ENGLISH, *what, *count))))
            }
            Kind::Opened { listener: Some(_), .. } => Some(note("· a socket for this connection".into())),
            Kind::Discarded { packet, why, .. } => {
                let what = history
                    .journey(*packet)
                    .map_or("packet".into(), |journey| words::packet(&Texts::ENGLISH, journey)[1].clone());
                Some(note(format!("✕ {what}: {}", words::discard(&Texts::ENGLISH, *why))))
            }
            Kind::Intervened { .. } => Some(note(format!("! {}", story::sentence(history, n)))),
            Kind::Captured(passage) => history
                .journey(passage.packet.id)
                .filter(|journey| journey.sent == n)
                .map(|journey| What::Packet(journey, 0)),
            Kind::Sent { packet, .. } => history.journey(packet.id).map(|journey| What::Packet(journey, 0)),
            Kind::Duplicated { packet, copy, .. } => {
                history.journey(*packet).map(|journey| What::Packet(journey, *copy))
            }
            _ => None,
        };
        rows.extend(what.map(|what| Row { at: event.at, what }));
    }
    rows
}

/// Whether a sample of `TCP_INFO` tells of more than another round-trip time.
fn is_news(history: &History, node: Node, sock: Sock, n: usize, info: &TcpInfo) -> bool {
    let counts = |info: &TcpInfo| (info.state, info.snd_cwnd, info.total_retrans, info.retransmits);
    let before = history.socket(node, sock).and_then(|life| life.info.before(n));
    before.is_none_or(|before| counts(before) != counts(info))
}

/// A call as a line; with its outcome, where that came at once.
fn asked(call: &CallLife) -> Option<String> {
    let [text, short] = words::call(&Texts::ENGLISH, &call.call);
    match &call.outcome {
        _ if matches!(call.call, Call::Exit { code: 0 }) => None,
        _ if matches!(call.call, Call::Print { .. }) => Some(format!("» {}", short.trim_matches('\''))),
        Some(end) if !call.waited() => match words::notice(&Texts::ENGLISH, &end.notice) {
            outcome if outcome.is_empty() => Some(text),
            outcome => Some(format!("{text} → {outcome}")),
        },
        None if !call.waited() => Some(text),
        _ => Some(format!("{text} …")),
    }
}

/// The outcome of a call that waited.
fn answered(call: &CallLife) -> Option<String> {
    let end = call.outcome.as_ref().filter(|_| call.waited())?;
    let [_, name] = words::call(&Texts::ENGLISH, &call.call);
    let outcome = match words::notice(&Texts::ENGLISH, &end.notice) {
        text if text.is_empty() => "done".into(),
        text => text,
    };
    Some(format!("{name} → {outcome} after {}", words::span(end.at - call.at)))
}

/// Where the lanes stand.
struct Lanes {
    nodes: Vec<Node>,
    /// Column of the first lane's line, and the distance from lane to lane.
    pitch: usize,
    width: usize,
}

impl Lanes {
    fn new(history: &History, width: usize) -> Lanes {
        let sends = |node: Node| history.journeys().iter().any(|journey| journey.from == node);
        let nodes = history.header().nodes.iter().enumerate().map(|(i, node)| (Node(i as u16), node.kind));
        let nodes: Vec<Node> = nodes
            .filter(|(node, kind)| *kind == NodeKind::Host || sends(*node))
            .map(|(node, _)| node)
            .collect();
        let width = width - WIDTH_OF_TIME - 2;
        // The words beside the last lane need room too.
        let pitch = (width - width.min(34)) / nodes.len().saturating_sub(1).max(1);
        Lanes { nodes, pitch: pitch.max(16), width }
    }

    fn column(&self, node: Node) -> Option<usize> {
        self.nodes.iter().position(|lane| *lane == node).map(|i| i * self.pitch)
    }

    /// Names and addresses.
    fn head(&self, history: &History) -> String {
        let info = |node: &Node| &history.header().nodes[usize::from(node.0)];
        let row = |text: &dyn Fn(&Node) -> String| {
            let mut canvas = Vec::new();
            for (i, node) in self.nodes.iter().enumerate() {
                write(&mut canvas, i * self.pitch, &text(node));
            }
            format!("{:WIDTH_OF_TIME$}  {}\n", "", canvas.into_iter().collect::<String>().trim_end())
        };
        let address = |node: &Node| info(node).addresses.first().map_or(String::new(), ToString::to_string);
        row(&|node| info(node).name.clone()) + &row(&address)
    }

    /// The lanes alone.
    fn empty(&self) -> Vec<char> {
        let mut canvas = Vec::new();
        (0..self.nodes.len()).for_each(|i| write(&mut canvas, i * self.pitch, "│"));
        canvas
    }

    fn cut(&self, span: Span) -> String {
        let mut canvas = Vec::new();
        (0..self.nodes.len()).for_each(|i| write(&mut canvas, i * self.pitch, "┊"));
        write(&mut canvas, 2, &format!("{} later", words::span(span)));
        format!("{:WIDTH_OF_TIME$}  {}\n", "", canvas.into_iter().collect::<String>())
    }

    fn line(&self, history: &History, row: &Row<'_>) -> Option<String> {
        let mut canvas = self.empty();
        match &row.what {
            What::Note(node, text) => {
                let lane = self.column(*node)?;
                let last = lane == (self.nodes.len() - 1) * self.pitch;
                let room = if last { self.width.saturating_sub(lane + 2).max(20) } else { self.pitch - 3 };
                write(&mut canvas, lane + 2, &short(text, room));
            }
            What::Packet(journey, copy) => self.arrow(history, &mut canvas, journey, *copy)?,
        }
        Some(canvas.into_iter().collect())
    }

    /// An arrow with its label in the middle, or as far as the packet came.
    fn arrow(&self, history: &History, canvas: &mut Vec<char>, journey: &Journey, copy: u8) -> Option<()> {
        let from = self.column(journey.from)?;
        let to = self.column(history.destination(journey)?)?;
        let (left, right) = (from.min(to) + 1, from.max(to));
        if left >= right {
            return None;
        }
        let rightwards = from < to;
        let fate = fate(journey, copy);
        let lost = matches!(fate, Fate::Lost(_));
        let (left, right) = match (lost, rightwards) {
            (true, true) => (left, right - (right - left) / 4),
            (true, false) => (left + (right - left) / 4, right),
            _ => (left, right),
        };
        let dash = if journey.original.is_some() || copy > 0 { '╌' } else { '─' };
        let line: String = std::iter::repeat_n(dash, right - left).collect();
        write(canvas, left, &line);
        let texts = words::packet(&Texts::ENGLISH, journey);
        let text = if copy > 0 {
            "duplicate"
        } else {
            texts.iter().find(|text| text.chars().count() + 6 <= right - left).unwrap_or(&texts[2])
        };
        let label = format!(" {} ", short(text, (right - left).saturating_sub(4)));
        write(canvas, left + (right - left).saturating_sub(label.chars().count()) / 2, &label);
        let tip = if rightwards { right - 1 } else { left };
        write(
            canvas,
            tip,
            if lost {
                "✕"
            } else if rightwards {
                "▶"
            } else {
                "◀"
            },
        );
        let end = (self.nodes.len() - 1) * self.pitch + 2;
        let said = match fate {
            Fate::Lost(why) => words::link_drop(&Texts::ENGLISH, why).to_owned(),
            Fate::Arrived(at) => format!("arrives {}", words::span(at - Time::ZERO)),
            Fate::UnderWay => "under way".into(),
            Fate::Passed(None) => String::new(),
            Fate::Passed(Some(at)) => format!("passes again {}", clock(history, at)),
        };
        write(canvas, end, &short(&said, self.width.saturating_sub(end).max(20)));
        Some(())
    }
}

enum Fate {
    Arrived(Time),
    Lost(LinkDrop),
    UnderWay,
    /// Captured, and when it passed another point.
    Passed(Option<Time>),
}

fn fate(journey: &Journey, copy: u8) -> Fate {
    if let Some(arrival) = journey.arrivals.iter().find(|arrival| arrival.copy == copy) {
        return Fate::Arrived(arrival.at);
    }
    if journey.is_captured() {
        return Fate::Passed(journey.sightings.get(1).map(|sighting| sighting.at));
    }
    let own = |hop: &&Hop| hop.copy == copy;
    match journey.hops.iter().rfind(own).map(|hop| hop.end) {
        Some(HopEnd::Lost { why, .. }) => Fate::Lost(why),
        _ => Fate::UnderWay,
    }
}

/// Writes over what stands at a column, filling up with spaces.
fn write(canvas: &mut Vec<char>, column: usize, text: &str) {
    for (i, c) in text.chars().enumerate() {
        if canvas.len() <= column + i {
            canvas.resize(column + i + 1, ' ');
        }
        canvas[column + i] = c;
    }
}

fn short(text: &str, room: usize) -> String {
    match text.chars().count() > room {
        true => text.chars().take(room.saturating_sub(1)).chain(['…']).collect(),
        false => text.to_owned(),
    }
}
