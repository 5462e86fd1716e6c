//! The card of a packet: its header fields, its bytes, why it was sent and what became of it.

use crate::capture::{self, Captured};
use crate::history::{History, Journey, PacketKind};
use crate::{story, words};
use serde::Serialize;
use sockscope_core::tcp::Variables;
use sockscope_core::time::Time;
use sockscope_core::trace::Kind;
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
    /// The program's call that led to it, in a sentence, and its event.
    pub call: Option<Step>,
    /// What the system told of the sender's connection when it was asked last, on real sockets.
    pub connection: Option<Step>,
    /// The packet that carried the same bytes first, where this one repeats them.
    pub original: Option<PacketId>,
    /// What happened to it, event by event.
    pub journey: Vec<Step>,
    /// What its arrival led to at once.
    pub effects: Vec<Step>,
    /// What the control blocks of both ends had before it and after it.
    pub blocks: Vec<BlockChange>,
    /// Its header fields in order; each names its place in the bytes.
    pub fields: Vec<Field>,
    /// Its bytes, as they were sent.
    pub bytes: Vec<u8>,
    /// Places of bytes that were damaged on the way.
    pub damaged: Vec<usize>,
}

/// A rule and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The rule, in a sentence.
    pub text: &'static str,
    /// RFC and section.
    pub source: &'static str,
}

/// A variable of a control block that a packet changed: where it was sent, or where it arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlockChange {
    /// The host.
    pub host: String,
    /// The variable, as RFC 9293 or RFC 5681 calls it.
    pub name: &'static str,
    /// Its value before.
    pub before: String,
    /// Its value after.
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
}

impl PacketCard {
    /// The card of a packet; none where the history has no such packet.
    pub fn new(history: &History, packet: PacketId) -> Option<PacketCard> {
        let journey = history.journey(packet)?;
        let captured = capture::all(history);
        let own = |captured: &&Captured<'_>| captured.journey.packet.id == packet;
        let bytes = captured.iter().find(own).map(|sent| sent.bytes(history)).unwrap_or_default();
        let flipped = journey.hops.iter().filter_map(|hop| hop.flipped);
        let to = history.host_of(journey.packet.dst);
        Some(PacketCard {
            packet,
            title: words::packet(journey)[0].clone(),
            kind: PacketKind::of(&journey.packet),
            from: history.name(journey.from).to_owned(),
            to: to.map_or(journey.packet.dst.to_string(), |node| history.name(node).to_owned()),
            sent: journey.at,
            why: Why { text: journey.reason.text(), source: journey.reason.source() },
            call: call(history, journey),
            connection: connection(history, journey),
            original: journey.original,
            journey: about(history, packet),
            effects: effects(history, journey),
            blocks: blocks(history, journey),
            fields: fields(&bytes),
            damaged: flipped.map(|bit| bit as usize / 8).collect(),
            bytes,
        })
    }
}

/// What changed at the sender as it was sent, and at the receiver as it arrived.
fn blocks(history: &History, journey: &Journey) -> Vec<BlockChange> {
    let arrival = journey.arrivals.iter().find(|arrival| arrival.discarded.is_none());
    let there = arrival.map(|arrival| (arrival.node, arrival.sock, arrival.event));
    let ends = [Some((journey.from, journey.sock, journey.sent)), there];
    let mut changes = Vec::new();
    for (node, sock, event) in ends.into_iter().flatten() {
        let Some(life) = sock.and_then(|sock| history.socket(node, sock)) else { continue };
        let at = history.events()[event].at;
        let next = life.variables.iter().find(|(n, _)| *n > event);
        let Some((_, after)) = next.filter(|(n, _)| history.events()[*n].at == at) else { continue };
        let before = life.variables.before(event);
        for (name, after, value) in variables(after) {
            let before = before.map_or("–".to_owned(), value);
            if before != after {
                changes.push(BlockChange { host: history.name(node).to_owned(), name, before, after });
            }
        }
    }
    changes
}

/// How to read a variable as text.
type Reader = fn(&Variables) -> String;

/// A variable by name: its value here, and how to read it in another block.
type Variable = (&'static str, String, Reader);

fn variables(it: &Variables) -> Vec<Variable> {
    let known: [(&'static str, Reader); 10] = [
        ("SND.UNA", |it| (it.snd_una - it.iss).to_string()),
        ("SND.NXT", |it| (it.snd_nxt - it.iss).to_string()),
        ("SND.WND", |it| it.snd_wnd.to_string()),
        ("RCV.NXT", |it| (it.rcv_nxt - it.irs).to_string()),
        ("RCV.WND", |it| it.rcv_wnd.to_string()),
        ("cwnd", |it| it.cwnd.to_string()),
        ("ssthresh", |it| it.ssthresh.to_string()),
        ("pipe", |it| it.pipe.to_string()),
        ("SRTT", |it| it.srtt.map_or("–".into(), words::span)),
        ("RTO", |it| words::span(it.rto)),
    ];
    known.into_iter().map(|(name, value)| (name, value(it), value)).collect()
}

fn step(history: &History, event: usize) -> Step {
    Step { event, at: history.events()[event].at, text: story::sentence(history, event) }
}

/// Every event that names the packet.
fn about(history: &History, packet: PacketId) -> Vec<Step> {
    let named = |n: &usize| story::packet_of(history, *n).is_some_and(|journey| journey.packet.id == packet);
    (0..history.events().len()).filter(named).map(|n| step(history, n)).collect()
}

/// The call at the begin of the chain of causes, where there is one.
fn call(history: &History, journey: &Journey) -> Option<Step> {
    let mut n = journey.sent;
    loop {
        let event = history.events().get(n)?;
        if matches!(event.kind, Kind::Call { .. }) {
            return Some(step(history, n));
        }
        // Causes lie before their effects: the chain ends.
        n = history.place(event.cause?).filter(|cause| *cause < n)?;
    }
}

/// The last sample of `TCP_INFO` before a packet was sent.
fn connection(history: &History, journey: &Journey) -> Option<Step> {
    let life = history.socket(journey.from, journey.sock?)?;
    let (n, _) = life.info.iter().rfind(|(n, _)| *n < journey.sent)?;
    Some(step(history, n))
}

/// What the arrivals caused: what a reader wants to know, not every variable and timer.
fn effects(history: &History, journey: &Journey) -> Vec<Step> {
    let arrivals: Vec<_> = journey.arrivals.iter().map(|arrival| history.events()[arrival.event].n).collect();
    let worth = |kind: &Kind| {
        !matches!(
            kind,
            Kind::Variables { .. }
                | Kind::Buffered { .. }
                | Kind::TimerSet { .. }
                | Kind::TimerStopped { .. }
        )
    };
    let events = history.events().iter().enumerate();
    let caused = events.filter(|(_, event)| event.cause.is_some_and(|cause| arrivals.contains(&cause)));
    caused.filter(|(_, event)| worth(&event.kind)).map(|(n, _)| step(history, n)).collect()
}
