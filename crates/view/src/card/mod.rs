//! The card of a packet: its header fields, its bytes, why it was sent and what became of it.

mod cause;

use crate::capture::Captured;
use crate::history::{History, HopEnd, Journey, PacketKind, SocketLife};
use crate::{story, words};
use serde::Serialize;
use sockscope_core::tcp::{State, Variables};
use sockscope_core::time::Time;
use sockscope_core::trace::{Event, Kind, SourceStep};
use sockscope_core::wire::PacketId;
use sockscope_core::wire::fields::{Field, fields};

/// Everything there is to say about a packet.
///
/// ```
/// # use sockscope_sim::{Scenario, World, presets};
/// # let scenario: Scenario = presets::text("udp-upper").unwrap().parse().unwrap();
/// # let mut world = World::new(&scenario).unwrap();
/// # world.run();
/// # let trace = world.trace();
/// use sockscope_view::{card::PacketCard, history::History};
/// let history = History::of(trace);
/// let card = PacketCard::new(&history, history.journeys()[0].packet.id).unwrap();
/// assert_eq!((card.from.as_str(), card.why.source), ("client", "RFC 768"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PacketCard {
    /// The packet.
    pub packet: PacketId,
    /// What it is, in a few words.
    pub title: String,
    /// What it is at first sight.
    pub kind: PacketKind,
    /// The host that sent it.
    pub from: String,
    /// The host it is for, or its address.
    pub to: String,
    /// When it was sent.
    pub sent: Time,
    /// The rule by which it was sent.
    pub why: Why,
    /// The program's call that led to it: the one that wrote its bytes, or the begin of the chain of causes.
    pub call: Option<Step>,
    /// Where that call stands: in the text of which program, and on which lines of it.
    pub line: Option<Line>,
    /// What happened at its sender right before and let it go: a packet arrived or a timer ran out; none where it was the
    /// call itself.
    pub trigger: Option<Step>,
    /// What the system told of the sender's connection when it was asked last, on real sockets.
    pub connection: Option<Step>,
    /// How it was sent, or captured.
    pub begin: Step,
    /// How the packet was sent that carried the same bytes first, where this one repeats them.
    pub original: Option<Step>,
    /// What happened to it, event by event.
    pub journey: Vec<Step>,
    /// What its arrival led to at once.
    pub effects: Vec<Step>,
    /// The control blocks of both ends, before it and after it.
    pub blocks: Vec<Block>,
    /// Its header fields in order; each names its place in the bytes.
    pub fields: Vec<Field>,
    /// Its bytes, as they were sent.
    pub bytes: Vec<u8>,
    /// Places of bytes that were damaged on the way.
    pub damaged: Vec<usize>,
}

/// A rule and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The rule, in a sentence.
    pub text: String,
    /// RFC and section.
    pub source: &'static str,
}

/// The line of a program that made a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The program's name.
    pub program: String,
    /// Where it stands in its [source](History::source).
    pub step: SourceStep,
}

/// The control block of an end: of the sender as it sent the packet, of the receiver as it took it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Block {
    /// The host.
    pub host: String,
    /// True where this is the end that the packet was for.
    pub receives: bool,
    /// Its variables, as RFC 9293 or RFC 5681 calls them.
    pub variables: Vec<BlockVariable>,
    /// True where it was not seen but follows from packets.
    pub inferred: bool,
}

/// A variable of a control block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlockVariable {
    /// Its name.
    pub name: String,
    /// Its value before the packet.
    pub before: String,
    /// Its value after it.
    pub after: String,
}

/// An event in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Its place in the history.
    pub event: usize,
    /// When.
    pub at: Time,
    /// What happened.
    pub text: String,
    /// The packet that it is about.
    pub packet: Option<PacketId>,
    /// True where it was not seen but follows from packets.
    pub inferred: bool,
}

impl PacketCard {
    /// The card of a packet; none where the history has no such packet.
    pub fn new(history: &History, packet: PacketId) -> Option<PacketCard> {
        let journey = history.journey(packet)?;
        let bytes = Captured::first(journey).bytes(history);
        let call = cause::call(history, journey);
        let flipped = journey.hops.iter().filter_map(|hop| hop.flipped);
        let to = history.host_of(journey.packet.dst);
        Some(PacketCard {
            packet,
            title: words::packet(history.texts(), journey)[0].clone(),
            kind: PacketKind::of(&journey.packet),
            from: history.name(journey.from).to_owned(),
            to: to.map_or(journey.packet.dst.to_string(), |node| history.name(node).to_owned()),
            sent: journey.at,
            why: Why {
                text: history.texts().of(journey.reason.text()).to_owned(),
                source: journey.reason.source(),
            },
            line: call.and_then(|call| line(history, call)),
            call: call.map(|call| step(history, call)),
            trigger: cause::trigger(history, journey).map(|event| step(history, event)),
            connection: connection(history, journey),
            begin: step(history, journey.sent),
            original: journey.original.and_then(|first| Some(step(history, history.journey(first)?.sent))),
            journey: about(history, journey),
            effects: effects(history, journey),
            blocks: blocks(history, journey),
            fields: explained(history, &bytes),
            damaged: flipped.map(|bit| bit as usize / 8).collect(),
            bytes,
        })
    }
}

/// The header fields, what each is for and what its value stands for in the language of the views.
fn explained(history: &History, bytes: &[u8]) -> Vec<Field> {
    let texts = history.texts();
    let explain = |field: Field| {
        let says = field.says.map(|says| format!("{} ({})", field.value, texts.of(says)));
        let value = says.unwrap_or(field.value);
        Field { value, meaning: texts.of(&field.meaning).to_owned(), ..field }
    };
    fields(bytes).into_iter().map(explain).collect()
}

/// The control blocks of the sender as it was sent, and of the receiver as it arrived.
fn blocks(history: &History, journey: &Journey) -> Vec<Block> {
    let arrival = journey.arrivals.iter().find(|arrival| arrival.discarded.is_none());
    let there = match (journey.to, journey.sightings.first()) {
        (Some((node, sock)), Some(seen)) => Some((node, sock, seen.event)),
        _ => arrival.map(|arrival| (arrival.node, arrival.sock, arrival.event)),
    };
    let ends = [Some((journey.from, journey.sock, journey.sent)), there];
    let block = |(place, end): (usize, Option<_>)| {
        let (node, sock, event) = end?;
        let life = history.socket(node, sock?)?;
        let variables = variables(history, life, event);
        let inferred =
            history.events().get(event).is_some_and(|event| matches!(event.kind, Kind::Captured(_)));
        let host = history.name(node).to_owned();
        Some(Block { host, receives: place == 1, variables, inferred }).filter(|it| !it.variables.is_empty())
    };
    ends.into_iter().enumerate().filter_map(block).collect()
}

/// What a control block had before an event, and what it had when the host was done with it.
fn variables(history: &History, life: &SocketLife, event: usize) -> Vec<BlockVariable> {
    let at = history.events()[event].at;
    let same_instant = |n: &usize| history.events()[*n].at == at;
    let next = life.variables.next(event).filter(|(n, _)| same_instant(n));
    let before = life.variables.before(event);
    let after = next.map(|(_, after)| after).or(before);
    // The state changes before the variables are told; without these, in the same instant.
    let state = life.state.next(event).filter(|(n, _)| match next {
        Some((told, _)) => *n <= told,
        None => same_instant(n),
    });
    let states = [life.state.before(event), state.map(|(_, state)| state).or(life.state.before(event))];
    let told = |state: Option<&State>| state.map_or("–".to_owned(), |state| state.to_string());
    let name = history.texts().of("State").to_owned();
    let state = BlockVariable { name, before: told(states[0]), after: told(states[1]) };
    let value = |block: Option<&Variables>, read: Reader| block.map_or("–".to_owned(), read);
    let others = VARIABLES.into_iter().filter(|_| after.is_some());
    let others = others.map(|(name, read)| BlockVariable {
        name: name.to_owned(),
        before: value(before, read),
        after: value(after, read),
    });
    Some(state).filter(|_| states[1].is_some()).into_iter().chain(others).collect()
}

/// How to read a variable as text.
type Reader = fn(&Variables) -> String;

fn bytes(number: u32) -> String {
    words::grouped(number.into())
}

/// The variables of a control block that a card tells; sequence numbers count from the initial one.
const VARIABLES: [(&str, Reader); 10] = [
    ("SND.UNA", |it| bytes(it.snd_una - it.iss)),
    ("SND.NXT", |it| bytes(it.snd_nxt - it.iss)),
    ("SND.WND", |it| bytes(it.snd_wnd)),
    ("RCV.NXT", |it| bytes(it.rcv_nxt - it.irs)),
    ("RCV.WND", |it| bytes(it.rcv_wnd)),
    ("cwnd", |it| bytes(it.cwnd)),
    ("ssthresh", |it| words::threshold(it.ssthresh)),
    ("pipe", |it| bytes(it.pipe)),
    ("SRTT", |it| it.srtt.map_or("–".into(), words::span)),
    ("RTO", |it| words::span(it.rto)),
];

fn step(history: &History, event: usize) -> Step {
    let packet = story::packet_of(history, event).map(|journey| journey.packet.id);
    let inferred = history.is_inferred(event);
    Step { event, at: history.events()[event].at, text: story::sentence(history, event), packet, inferred }
}

/// Where a call stands in its program; none where nobody knows its text.
fn line(history: &History, event: usize) -> Option<Line> {
    let Kind::Call { task, step, .. } = &history.events()[event].kind else { return None };
    let program = &history.task(*task)?.program;
    let step = history.source(program)?.steps.get(usize::from(*step))?;
    Some(Line { program: program.clone(), step: step.clone() })
}

/// Every event that names the packet: all of them lie between its first and the last that its journey knows.
fn about(history: &History, journey: &Journey) -> Vec<Step> {
    let ends = journey.hops.iter().map(|hop| match hop.end {
        HopEnd::Delivered { event, .. } | HopEnd::Lost { event, .. } => event,
        HopEnd::UnderWay => hop.event,
    });
    let arrivals = journey.arrivals.iter().map(|arrival| arrival.discarded.map_or(arrival.event, |(n, _)| n));
    let sightings = journey.sightings.iter().map(|sighting| sighting.event);
    let last = ends.chain(arrivals).chain(sightings).fold(journey.sent, usize::max);
    let named = |n: &usize| story::packet_id(&history.events()[*n].kind) == Some(journey.packet.id);
    (journey.sent..=last).filter(named).map(|n| step(history, n)).collect()
}

/// The last sample of `TCP_INFO` before a packet was sent.
fn connection(history: &History, journey: &Journey) -> Option<Step> {
    let life = history.socket(journey.from, journey.sock?)?;
    life.info.latest(journey.sent).map(|(n, _)| step(history, n))
}

/// What the arrivals caused at once: what a reader wants to know, not every variable and timer.
fn effects(history: &History, journey: &Journey) -> Vec<Step> {
    let worth = |kind: &Kind| {
        !matches!(
            kind,
            Kind::Variables { .. }
                | Kind::Buffered { .. }
                | Kind::TimerSet { .. }
                | Kind::TimerStopped { .. }
        )
    };
    let arrivals = journey.arrivals.iter().map(|arrival| arrival.event);
    let sightings = journey.sightings.iter().map(|sighting| sighting.event);
    let caused = arrivals.chain(sightings).flat_map(|from| {
        let Event { n: cause, at, .. } = history.events()[from];
        let after = history.events().iter().enumerate().skip(from + 1);
        let instant = after.take_while(move |(_, event)| event.at == at);
        instant.filter(move |(_, event)| event.cause == Some(cause))
    });
    caused.filter(|(_, event)| worth(&event.kind)).map(|(n, _)| step(history, n)).collect()
}
