//! One plain sentence for each event, and the moments worth stopping at.

use crate::history::{CallLife, History, Journey, PacketKind};
use crate::words;
use serde::Serialize;
use sockscope_core::program::{Call, Notice, SocketKind};
use sockscope_core::tcp::{Reason, State, Timer};
use sockscope_core::time::Time;
use sockscope_core::trace::{Event, Intervention, Kind, LinkId, Node, Omission, Outcome, Task};
use sockscope_core::wire::PacketId;

/// A moment worth stopping at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Milestone {
    /// Its event.
    pub event: usize,
    /// When.
    pub at: Time,
    /// What happened, in a sentence.
    pub text: String,
}

/// The moments worth stopping at: first call and first packets, handshakes, losses and what mends them, errors, closes.
pub fn milestones(history: &History) -> Vec<Milestone> {
    let told = |n| Milestone { event: n, at: history.events()[n].at, text: sentence(history, n) };
    landmarks(history).map(told).collect()
}

/// The events of the [`milestones`].
pub fn landmarks(history: &History) -> impl Iterator<Item = usize> {
    let mut seen = Vec::new();
    let events = history.events().iter().enumerate();
    let worth = events.filter(move |(_, event)| match landmark(history, event) {
        Some(Landmark::Always) => true,
        Some(Landmark::First(name)) => {
            let first = !seen.contains(&name);
            seen.extend(first.then_some(name));
            first
        }
        None => false,
    });
    worth.map(|(n, _)| n)
}

enum Landmark {
    /// Worth it each time.
    Always,
    /// Worth it the first time.
    First(&'static str),
}

fn landmark(history: &History, event: &Event) -> Option<Landmark> {
    match &event.kind {
        Kind::Call { call, .. } => match **call {
            Call::Print { .. } | Call::Socket { .. } => None,
            _ => Some(Landmark::First("call")),
        },
        Kind::Sent { packet, .. } => packet_landmark(history.journey(packet.id)?),
        Kind::Captured(passage) => packet_landmark(history.journey(passage.packet.id)?),
        Kind::State { to: State::Established | State::TimeWait, .. } => Some(Landmark::Always),
        Kind::State { to: State::Closed, from, .. } if *from != State::Listen => Some(Landmark::Always),
        Kind::Notice { notice, .. } => matches!(**notice, Notice::Failed(_)).then_some(Landmark::Always),
        Kind::Dropped { .. } | Kind::Discarded { .. } | Kind::Intervened { .. } => Some(Landmark::Always),
        Kind::Omitted { what: Omission::Events, .. } => Some(Landmark::Always),
        _ => None,
    }
}

fn packet_landmark(journey: &Journey) -> Option<Landmark> {
    match PacketKind::of(&journey.packet) {
        _ if journey.original.is_some() => Some(Landmark::Always),
        PacketKind::Syn | PacketKind::Rst | PacketKind::Icmp => Some(Landmark::Always),
        PacketKind::Data => Some(Landmark::First("data")),
        PacketKind::Udp => Some(Landmark::First("datagram")),
        PacketKind::Fin => Some(Landmark::Always),
        PacketKind::Ack => None,
    }
}

/// What happened, in a few sentences: for who cannot see the picture.
pub fn summary(history: &History) -> String {
    let hosts: Vec<&str> = history.hosts().map(|host| history.name(host)).collect();
    let lost = history.journeys().iter().flat_map(Journey::losses).count();
    let again = history.journeys().iter().filter(|journey| journey.original.is_some()).count();
    let packets = match (history.is_blind(), history.journeys().len()) {
        (true, _) => "Only the calls of the programs were observed; segments were not captured.".to_owned(),
        (_, seen) if !history.points().is_empty() => {
            format!("{seen} packets were captured, {again} of them sent again.")
        }
        (_, sent) => format!("{sent} packets were sent, {lost} lost, {again} sent again."),
    };
    format!("{}. {packets}", hosts.join(" and "))
}

/// The event at place `n` in a plain sentence; empty where there is no such event.
///
/// ```
/// # use sockscope_sim::{Scenario, World, presets};
/// # let scenario: Scenario = presets::text("udp-upper").unwrap().parse().unwrap();
/// # let mut world = World::new(&scenario).unwrap();
/// # world.run();
/// # let trace = world.trace();
/// use sockscope_view::{history::History, story};
/// let history = History::of(trace);
/// let sent = history.journeys()[0].sent;
/// assert_eq!(story::sentence(&history, sent), "client sends a datagram of 5 bytes ('hello') to server.");
/// ```
pub fn sentence(history: &History, n: usize) -> String {
    let Some(event) = history.events().get(n) else { return String::new() };
    let host = event.node.map_or("The run", |node| history.name(node));
    match &event.kind {
        Kind::Started { .. } | Kind::Call { .. } | Kind::Notice { .. } | Kind::Exited { .. } => {
            program(history, n, host, &event.kind)
        }
        Kind::State { from, to, .. } => format!("{host}'s connection goes from {from} to {to}."),
        Kind::Rule { reason, .. } => format!("{host}: {}", reason.text()),
        Kind::Variables { .. } => format!("{host}'s connection updates its variables."),
        Kind::TimerSet { timer, due, .. } => {
            format!("{host} sets {} for {}.", name_of(*timer), words::span(due.since(event.at)))
        }
        Kind::TimerStopped { timer, .. } => format!("{host} stops {}.", name_of(*timer)),
        Kind::TimerFired { timer, .. } => format!("{host}: {} runs out.", name_of(*timer)),
        Kind::CapturePoint { .. } | Kind::Captured(_) => captured(history, host, &event.kind),
        Kind::Sent { .. } | Kind::Arrived { .. } | Kind::Discarded { .. } => {
            at_host(history, host, &event.kind)
        }
        Kind::Queued { .. }
        | Kind::Dropped { .. }
        | Kind::Duplicated { .. }
        | Kind::Corrupted { .. }
        | Kind::Marked { .. }
        | Kind::Delivered { .. } => on_link(history, host, event),
        Kind::Shared { with, .. } => {
            format!(
                "{host} has this socket in common with {}: inherited, or handed over.",
                history.name(*with)
            )
        }
        Kind::Joined { .. } => format!("{host} is here from now on."),
        Kind::Omitted { what, count } => words::omitted(*what, *count),
        Kind::Intervened { action } => intervened(history, action),
        Kind::Ended { outcome } => ended(*outcome).into(),
        kind => socket(host, kind),
    }
}

/// The packet that an event is about.
pub fn packet_of(history: &History, n: usize) -> Option<&Journey> {
    history.journey(packet_id(&history.events().get(n)?.kind)?)
}

/// The packet that an event names.
pub(crate) fn packet_id(kind: &Kind) -> Option<PacketId> {
    match kind {
        Kind::Sent { packet, .. } => Some(packet.id),
        Kind::Captured(passage) => Some(passage.packet.id),
        Kind::Arrived { packet, .. }
        | Kind::Discarded { packet, .. }
        | Kind::Queued { packet, .. }
        | Kind::Dropped { packet, .. }
        | Kind::Duplicated { packet, .. }
        | Kind::Corrupted { packet, .. }
        | Kind::Marked { packet, .. }
        | Kind::Delivered { packet, .. } => Some(*packet),
        _ => None,
    }
}

fn program(history: &History, n: usize, host: &str, kind: &Kind) -> String {
    match kind {
        Kind::Started { program, parent: None, .. } => format!("The program {program} starts on {host}."),
        Kind::Started { program, .. } => format!("{host} starts a thread: {program}."),
        Kind::Call { task, call, .. } => {
            if let Call::Print { text } = &**call {
                return format!("{host} prints {}.", words::quote(text.as_bytes(), 80));
            }
            let waits = call_at(history, *task, n).is_some_and(CallLife::waited);
            let [text, _] = words::call(call);
            format!("{host} calls {text}{}.", if waits { " and waits" } else { "" })
        }
        Kind::Notice { task, notice } => {
            let call = call_at(history, *task, n)
                .map_or("The call".into(), |call| words::call(&call.call)[1].clone());
            match &**notice {
                Notice::Started => format!("{host}'s program begins."),
                Notice::Failed(errno) => format!("{call} fails on {host}: {errno}."),
                notice => match words::notice(notice) {
                    text if text.is_empty() => format!("{call} returns on {host}."),
                    text => format!("{call} returns {text} on {host}."),
                },
            }
        }
        Kind::Exited { code: 0, .. } => format!("{host}'s program ends."),
        Kind::Exited { code, .. } if *code > 128 => format!("{host}'s program is stopped from outside."),
        Kind::Exited { code, .. } => format!("{host}'s program ends with exit code {code}."),
        _ => String::new(),
    }
}

/// The call of a task that event `n` makes or answers.
fn call_at(history: &History, task: Task, n: usize) -> Option<&CallLife> {
    history.task(task)?.call(n + 1)
}

fn socket(host: &str, kind: &Kind) -> String {
    let named = |kind: &SocketKind| if *kind == SocketKind::Stream { "TCP" } else { "UDP" };
    match kind {
        Kind::Opened { listener: Some(_), .. } => {
            format!("{host}'s welcoming socket makes a socket for this connection.")
        }
        Kind::Opened { kind, fd: Some(fd), .. } => {
            format!("{host} has a new {} socket: descriptor {fd}, no port yet.", named(kind))
        }
        Kind::Opened { kind, .. } => format!("{host} has a new {} socket.", named(kind)),
        Kind::Bound { local, implicit: true, .. } => {
            format!("The system chooses port {} for {host}'s socket.", local.port())
        }
        Kind::Bound { local, .. } => format!("{host}'s socket is bound to port {}.", local.port()),
        Kind::Connected { remote, .. } => format!("{host}'s socket has a peer from now on: {remote}."),
        Kind::Listening { backlog, .. } => {
            format!("{host}'s socket welcomes clients; {backlog} may wait for accept().")
        }
        Kind::Backlog { syn, accept, .. } => {
            format!("At {host}'s welcoming socket {accept} wait for accept(), {syn} are in the handshake.")
        }
        Kind::Accepted { fd, .. } => format!("{host}'s program is handed a connection: descriptor {fd}."),
        Kind::Buffered { send, recv, .. } => {
            format!("{host}'s socket holds {send} bytes to send and {recv} bytes to take.")
        }
        Kind::Duplicate { fd, .. } => format!("{host} has a descriptor more for its socket: {fd}."),
        Kind::Info { info, .. } => format!("The system tells of {host}'s connection: {}.", words::info(info)),
        Kind::Released { fd, .. } => format!("{host} lets go of descriptor {fd}."),
        Kind::Removed { .. } => format!("{host}'s socket is gone."),
        _ => String::new(),
    }
}

fn at_host(history: &History, host: &str, kind: &Kind) -> String {
    match kind {
        Kind::Sent { packet, reason, .. } => {
            let what = what(history, packet.id);
            let to = history
                .host_of(packet.dst)
                .map_or(packet.dst.to_string(), |node| history.name(node).to_owned());
            let why = match reason {
                Reason::Retransmission => ": the retransmission timer ran out",
                Reason::FastRetransmit => ": three duplicate ACKs asked for it",
                Reason::WindowProbe => ": it probes the closed window",
                Reason::WindowUpdate => ": its window is open again",
                _ => "",
            };
            format!("{host} sends {what} to {to}{why}.")
        }
        Kind::Arrived { packet, .. } => format!("{host} receives {}.", what(history, *packet)),
        Kind::Discarded { packet, why, .. } => {
            format!("{host} throws {} away: {}.", what(history, *packet), words::discard(*why))
        }
        _ => String::new(),
    }
}

fn captured(history: &History, host: &str, kind: &Kind) -> String {
    match kind {
        Kind::CapturePoint { name, .. } => format!("Packets are captured at {name}."),
        Kind::Captured(passage) => {
            let to = history.journey(passage.packet.id).and_then(|journey| history.destination(journey));
            let to = to.map_or(passage.packet.dst.to_string(), |node| history.name(node).to_owned());
            format!("{host}'s {} to {to} is captured.", described_of(history, passage.packet.id))
        }
        _ => String::new(),
    }
}

fn on_link(history: &History, host: &str, event: &Event) -> String {
    let whose = |packet: &PacketId| {
        let from = history.journey(*packet).map_or("Somebody", |journey| history.name(journey.from));
        let what = described_of(history, *packet);
        format!("{from}'s {what}")
    };
    match &event.kind {
        Kind::Queued { packet, leaves, arrives, link, .. } => {
            let waits = leaves.since(event.at);
            let queue = if waits.is_zero() {
                String::new()
            } else {
                format!(", on the wire after {}", words::span(waits))
            };
            let way = way(history, *link);
            format!(
                "{} is on its way {way}{queue}; it takes {}.",
                whose(packet),
                words::span(arrives.since(event.at))
            )
        }
        Kind::Dropped { packet, why, .. } => format!("{} is {}.", whose(packet), words::link_drop(*why)),
        Kind::Duplicated { packet, .. } => format!("{} is duplicated on the way.", whose(packet)),
        Kind::Corrupted { packet, bit, .. } => {
            format!("{} is damaged on the way: bit {bit} flips.", whose(packet))
        }
        Kind::Marked { packet, .. } => {
            format!("{} is marked instead of dropped: the queue is long.", whose(packet))
        }
        Kind::Delivered { packet, .. } => format!("{} reaches {host}.", whose(packet)),
        _ => String::new(),
    }
}

fn way(history: &History, link: LinkId) -> String {
    let ends = crate::topology::link_ends(history.header(), link);
    ends.map_or(String::new(), |(from, to)| format!("from {} to {}", history.name(from), history.name(to)))
}

fn intervened(history: &History, action: &Intervention) -> String {
    let packet = |id: &PacketId| what(history, *id);
    let host = |node: &u16| history.name(Node(*node));
    match action {
        Intervention::Drop { packet: id } => format!("You drop {}.", packet(id)),
        Intervention::Delay { packet: id, by } => {
            format!("You hold {} up by {}.", packet(id), words::span(*by))
        }
        Intervention::Duplicate { packet: id } => format!("You duplicate {}.", packet(id)),
        Intervention::Corrupt { packet: id } => format!("You flip a bit of {}.", packet(id)),
        Intervention::Cut { link } => format!("You cut the link {}.", way(history, LinkId(2 * link))),
        Intervention::Mend { link } => format!("You mend the link {}.", way(history, LinkId(2 * link))),
        Intervention::Calm { link } => {
            format!("You switch the faults of the link {} off.", way(history, LinkId(2 * link)))
        }
        Intervention::Unplug { node } => format!("You unplug {}.", host(node)),
        Intervention::Plug { node } => format!("You plug {} in again.", host(node)),
        Intervention::Crash { node } => format!("{} loses its power.", host(node)),
        Intervention::Kill { node, program } => format!("You kill {program} on {}.", host(node)),
        Intervention::Slow { node, program, by } if by.is_zero() => {
            format!("You make {program} on {} as quick as it was.", host(node))
        }
        Intervention::Slow { node, program, by } => format!(
            "You make {program} on {} slow: it takes {} over whatever it receives.",
            host(node),
            words::span(*by)
        ),
    }
}

const fn ended(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "The run is over: every program has ended.",
        Outcome::Idle => "Nothing is left to happen; a program still waits.",
        Outcome::TimeLimit => "The run stops at its time limit.",
        Outcome::EventLimit => "The run stops at its limit of events.",
        Outcome::Interrupted => "The run was stopped.",
    }
}

const fn name_of(timer: Timer) -> &'static str {
    match timer {
        Timer::Retransmit => "the retransmission timer",
        Timer::Persist => "the persist timer",
        Timer::DelayedAck => "the delayed-ACK timer",
        Timer::Reordering => "the reordering timer",
        Timer::TailProbe => "the tail-loss-probe timer",
        Timer::TimeWait => "the TIME-WAIT timer",
        Timer::KeepAlive => "the keep-alive timer",
        Timer::UserTimeout => "the user timeout",
        Timer::FinWait2 => "the FIN-WAIT-2 timer",
    }
}

/// A packet with its article.
fn what(history: &History, packet: PacketId) -> String {
    let Some(journey) = history.journey(packet) else { return "a packet".into() };
    let text = described(journey);
    match PacketKind::of(&journey.packet) {
        PacketKind::Data => text,
        PacketKind::Ack | PacketKind::Icmp | PacketKind::Rst => format!("an {text}"),
        _ => format!("a {text}"),
    }
}

fn described_of(history: &History, packet: PacketId) -> String {
    history.journey(packet).map_or("packet".into(), described)
}

/// A packet in running text.
fn described(journey: &Journey) -> String {
    let (len, bytes) = (words::payload(&journey.packet).len(), journey.payload());
    let again = if journey.original.is_some() { " again" } else { "" };
    let unit = if len == 1 { "byte" } else { "bytes" };
    match PacketKind::of(&journey.packet) {
        PacketKind::Udp if len == 0 => "datagram without data".into(),
        PacketKind::Udp => format!("datagram of {len} {unit} ({})", words::quote(bytes, 24)),
        PacketKind::Data => format!("{len} {unit} of data ({}){again}", words::quote(bytes, 24)),
        _ => words::packet(journey)[0].clone(),
    }
}
