//! One plain sentence for each event, and the moments worth stopping at.

use crate::history::{CallLife, History, Journey, PacketKind};
use crate::texts::{Texts, pattern};
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
            // What prepares the first call of weight is none.
            Call::Print { .. } | Call::Socket { .. } | Call::SetOption { .. } => None,
            _ => Some(Landmark::First("call")),
        },
        Kind::Sent { packet, .. } => packet_landmark(history.journey(packet.id)?),
        Kind::Captured(passage) => packet_landmark(history.journey(passage.packet.id)?),
        Kind::State { to: State::Established | State::TimeWait, .. } => Some(Landmark::Always),
        Kind::State { to: State::Closed, from, .. } if *from != State::Listen => Some(Landmark::Always),
        Kind::Notice { notice: Notice::Failed(_), .. } => Some(Landmark::Always),
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
    let texts = history.texts();
    let mut hosts = history.hosts().map(|host| history.name(host).to_owned());
    let first = hosts.next().unwrap_or_default();
    let hosts = hosts.fold(first, |all, host| texts.tell("{hosts} and {host}", &[&all, &host]));
    let lost = history.journeys().iter().flat_map(Journey::losses).count();
    let again = history.journeys().iter().filter(|journey| journey.original.is_some()).count();
    let packets = match (history.is_blind(), history.journeys().len()) {
        (true, _) => {
            texts.of("Only the calls of the programs were observed; segments were not captured.").to_owned()
        }
        (_, seen) if !history.points().is_empty() => {
            texts.tell("{seen} packets were captured, {again} of them sent again.", &[&seen, &again])
        }
        (_, sent) => {
            texts.tell("{sent} packets were sent, {lost} lost, {again} sent again.", &[&sent, &lost, &again])
        }
    };
    format!("{hosts}. {packets}")
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
    let texts = history.texts();
    let host = event.node.map_or(texts.of("The run"), |node| history.name(node));
    match &event.kind {
        Kind::Started { .. } | Kind::Call { .. } | Kind::Notice { .. } | Kind::Exited { .. } => {
            program(history, n, host, &event.kind)
        }
        Kind::State { from, to, .. } => {
            texts.tell("{host}'s connection goes from {from} to {to}.", &[&host, from, to])
        }
        Kind::Rule { reason, .. } => format!("{host}: {}", texts.of(reason.text())),
        Kind::Variables { .. } => texts.tell("{host}'s connection updates its variables.", &[&host]),
        Kind::TimerSet { timer, due, .. } => {
            let span = words::span(due.since(event.at));
            texts.tell("{host} sets {timer} for {span}.", &[&host, &name_of(texts, *timer), &span])
        }
        Kind::TimerStopped { timer, .. } => {
            texts.tell("{host} stops {timer}.", &[&host, &name_of(texts, *timer)])
        }
        Kind::TimerFired { timer, .. } => {
            texts.tell("{host}: {timer} runs out.", &[&host, &name_of(texts, *timer)])
        }
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
        Kind::Shared { with, .. } => texts.tell(
            "{host} has this socket in common with {other}: inherited, or handed over.",
            &[&host, &history.name(*with)],
        ),
        Kind::Joined { .. } => texts.tell("{host} is here from now on.", &[&host]),
        Kind::Omitted { what, count } => words::omitted(texts, *what, *count),
        Kind::Intervened { action } => intervened(history, action),
        Kind::Ended { outcome } => ended(texts, *outcome).to_owned(),
        kind => socket(texts, host, kind),
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
    let texts = history.texts();
    match kind {
        Kind::Started { program, parent: None, .. } => {
            texts.tell("The program {program} starts on {host}.", &[program, &host])
        }
        Kind::Started { program, .. } => texts.tell("{host} starts a thread: {program}.", &[&host, program]),
        Kind::Call { task, call, .. } => {
            if let Call::Print { text } = &**call {
                return texts.tell("{host} prints {line}.", &[&host, &words::quote(text.as_bytes(), 80)]);
            }
            let waits = call_at(history, *task, n).is_some_and(CallLife::waited);
            let [text, _] = words::call(texts, call);
            let said = if waits {
                pattern("{host} calls {call} and waits.")
            } else {
                pattern("{host} calls {call}.")
            };
            texts.tell(said, &[&host, &text])
        }
        Kind::Notice { task, notice } => {
            let call = call_at(history, *task, n);
            let call = call.map_or_else(
                || texts.of("The call").to_owned(),
                |call| words::call(texts, &call.call)[1].clone(),
            );
            match notice {
                Notice::Started => texts.tell("{host}'s program begins.", &[&host]),
                Notice::Failed(errno) => {
                    texts.tell("{call} fails on {host}: {error}.", &[&call, &host, errno])
                }
                notice => match words::notice(texts, notice) {
                    text if text.is_empty() => texts.tell("{call} returns on {host}.", &[&call, &host]),
                    text => texts.tell("{call} returns {result} on {host}.", &[&call, &text, &host]),
                },
            }
        }
        Kind::Exited { code: 0, .. } => texts.tell("{host}'s program ends.", &[&host]),
        Kind::Exited { code, .. } if *code > 128 => {
            texts.tell("{host}'s program is stopped from outside.", &[&host])
        }
        Kind::Exited { code, .. } => {
            texts.tell("{host}'s program ends with exit code {code}.", &[&host, code])
        }
        _ => String::new(),
    }
}

/// The call of a task that event `n` makes or answers.
fn call_at(history: &History, task: Task, n: usize) -> Option<&CallLife> {
    history.task(task)?.call(n + 1)
}

fn socket(texts: &Texts, host: &str, kind: &Kind) -> String {
    let named = |kind: &SocketKind| if *kind == SocketKind::Stream { "TCP" } else { "UDP" };
    match kind {
        Kind::Opened { listener: Some(_), .. } => {
            texts.tell("{host}'s welcoming socket makes a socket for this connection.", &[&host])
        }
        Kind::Opened { kind, fd: Some(fd), .. } => texts.tell(
            "{host} has a new {kind} socket: descriptor {fd}, no port yet.",
            &[&host, &named(kind), fd],
        ),
        Kind::Opened { kind, .. } => texts.tell("{host} has a new {kind} socket.", &[&host, &named(kind)]),
        Kind::Bound { local, implicit: true, .. } => {
            texts.tell("The system chooses port {port} for {host}'s socket.", &[&local.port(), &host])
        }
        Kind::Bound { local, .. } => {
            texts.tell("{host}'s socket is bound to port {port}.", &[&host, &local.port()])
        }
        Kind::Connected { remote, .. } => {
            texts.tell("{host}'s socket has a peer from now on: {peer}.", &[&host, remote])
        }
        Kind::Listening { backlog, .. } => texts
            .tell("{host}'s socket welcomes clients; {backlog} may wait for accept().", &[&host, backlog]),
        Kind::Backlog { syn, accept, .. } => texts.tell(
            "At {host}'s welcoming socket {accept} wait for accept(), {syn} are in the handshake.",
            &[&host, accept, syn],
        ),
        Kind::Accepted { fd, .. } => {
            texts.tell("{host}'s program is handed a connection: descriptor {fd}.", &[&host, fd])
        }
        Kind::Buffered { send, recv, .. } => texts.tell(
            "{host}'s socket holds {send} bytes to send and {recv} bytes to take.",
            &[&host, send, recv],
        ),
        Kind::Duplicate { fd, .. } => {
            texts.tell("{host} has a descriptor more for its socket: {fd}.", &[&host, fd])
        }
        Kind::Info { info, .. } => texts
            .tell("The system tells of {host}'s connection: {info}.", &[&host, &words::info(texts, info)]),
        Kind::Released { fd, .. } => texts.tell("{host} lets go of descriptor {fd}.", &[&host, fd]),
        Kind::Removed { .. } => texts.tell("{host}'s socket is gone.", &[&host]),
        _ => String::new(),
    }
}

fn at_host(history: &History, host: &str, kind: &Kind) -> String {
    let texts = history.texts();
    match kind {
        Kind::Sent { packet, reason, .. } => {
            let what = what(history, packet.id);
            let to = history
                .host_of(packet.dst)
                .map_or(packet.dst.to_string(), |node| history.name(node).to_owned());
            let said = match reason {
                Reason::Retransmission => {
                    pattern("{host} sends {packet} to {to}: the retransmission timer ran out.")
                }
                Reason::FastRetransmit => {
                    pattern("{host} sends {packet} to {to}: three duplicate ACKs asked for it.")
                }
                Reason::WindowProbe => pattern("{host} sends {packet} to {to}: it probes the closed window."),
                Reason::WindowUpdate => pattern("{host} sends {packet} to {to}: its window is open again."),
                _ => pattern("{host} sends {packet} to {to}."),
            };
            texts.tell(said, &[&host, &what, &to])
        }
        Kind::Arrived { packet, .. } => {
            texts.tell("{host} receives {packet}.", &[&host, &what(history, *packet)])
        }
        Kind::Discarded { packet, why, .. } => {
            let why = words::discard(texts, *why);
            texts.tell("{host} throws {packet} away: {why}.", &[&host, &what(history, *packet), &why])
        }
        _ => String::new(),
    }
}

fn captured(history: &History, host: &str, kind: &Kind) -> String {
    let texts = history.texts();
    match kind {
        Kind::CapturePoint { name, .. } => texts.tell("Packets are captured at {point}.", &[name]),
        Kind::Captured(passage) => {
            let to = history.journey(passage.packet.id).and_then(|journey| history.destination(journey));
            let to = to.map_or(passage.packet.dst.to_string(), |node| history.name(node).to_owned());
            let packet = described_of(history, passage.packet.id);
            texts.tell("{host}'s {packet} to {to} is captured.", &[&host, &packet, &to])
        }
        _ => String::new(),
    }
}

fn on_link(history: &History, host: &str, event: &Event) -> String {
    let texts = history.texts();
    let whose = |packet: &PacketId| {
        let from =
            history.journey(*packet).map_or(texts.of("Somebody"), |journey| history.name(journey.from));
        texts.tell("{host}'s {packet}", &[&from, &described_of(history, *packet)])
    };
    match &event.kind {
        Kind::Queued { packet, leaves, arrives, link, .. } => {
            let waits = leaves.since(event.at);
            let takes = words::span(arrives.since(event.at));
            let (packet, way) = (whose(packet), way(history, *link));
            if waits.is_zero() {
                return texts
                    .tell("{packet} is on its way {way}; it takes {span}.", &[&packet, &way, &takes]);
            }
            texts.tell(
                "{packet} is on its way {way}, on the wire after {wait}; it takes {span}.",
                &[&packet, &way, &words::span(waits), &takes],
            )
        }
        Kind::Dropped { packet, why, .. } => {
            texts.tell("{packet} is {fate}.", &[&whose(packet), &words::link_drop(texts, *why)])
        }
        Kind::Duplicated { packet, .. } => {
            texts.tell("{packet} is duplicated on the way.", &[&whose(packet)])
        }
        Kind::Corrupted { packet, bit, .. } => {
            texts.tell("{packet} is damaged on the way: bit {bit} flips.", &[&whose(packet), bit])
        }
        Kind::Marked { packet, .. } => {
            texts.tell("{packet} is marked instead of dropped: the queue is long.", &[&whose(packet)])
        }
        Kind::Delivered { packet, .. } => texts.tell("{packet} reaches {host}.", &[&whose(packet), &host]),
        _ => String::new(),
    }
}

fn way(history: &History, link: LinkId) -> String {
    let ends = crate::topology::link_ends(history.header(), link);
    let told =
        |(from, to)| history.texts().tell("from {from} to {to}", &[&history.name(from), &history.name(to)]);
    ends.map_or(String::new(), told)
}

fn intervened(history: &History, action: &Intervention) -> String {
    let texts = history.texts();
    let packet = |id: &PacketId| what(history, *id);
    let host = |node: &u16| history.name(Node(*node));
    let way = |link: &u16| way(history, LinkId(2 * link));
    match action {
        Intervention::Drop { packet: id } => texts.tell("You drop {packet}.", &[&packet(id)]),
        Intervention::Delay { packet: id, by } => {
            texts.tell("You hold {packet} up by {span}.", &[&packet(id), &words::span(*by)])
        }
        Intervention::Duplicate { packet: id } => texts.tell("You duplicate {packet}.", &[&packet(id)]),
        Intervention::Corrupt { packet: id } => texts.tell("You flip a bit of {packet}.", &[&packet(id)]),
        Intervention::Cut { link } => texts.tell("You cut the link {way}.", &[&way(link)]),
        Intervention::Mend { link } => texts.tell("You mend the link {way}.", &[&way(link)]),
        Intervention::Calm { link } => {
            texts.tell("You switch the faults of the link {way} off.", &[&way(link)])
        }
        Intervention::Unplug { node } => texts.tell("You unplug {host}.", &[&host(node)]),
        Intervention::Plug { node } => texts.tell("You plug {host} in again.", &[&host(node)]),
        Intervention::Crash { node } => texts.tell("{host} loses its power.", &[&host(node)]),
        Intervention::Kill { node, program } => {
            texts.tell("You kill {program} on {host}.", &[program, &host(node)])
        }
        Intervention::Slow { node, program, by } if by.is_zero() => {
            texts.tell("You make {program} on {host} as quick as it was.", &[program, &host(node)])
        }
        Intervention::Slow { node, program, by } => texts.tell(
            "You make {program} on {host} slow: it takes {span} over whatever it receives.",
            &[program, &host(node), &words::span(*by)],
        ),
    }
}

fn ended(texts: &Texts, outcome: Outcome) -> &str {
    texts.of(match outcome {
        Outcome::Done => "The run is over: every program has ended.",
        Outcome::Idle => "Nothing is left to happen; a program still waits.",
        Outcome::TimeLimit => "The run stops at its time limit.",
        Outcome::EventLimit => "The run stops at its limit of events.",
        Outcome::Interrupted => "The run was stopped.",
    })
}

fn name_of(texts: &Texts, timer: Timer) -> &str {
    texts.of(match timer {
        Timer::Retransmit => "the retransmission timer",
        Timer::Persist => "the persist timer",
        Timer::DelayedAck => "the delayed-ACK timer",
        Timer::Reordering => "the reordering timer",
        Timer::TailProbe => "the tail-loss-probe timer",
        Timer::TimeWait => "the TIME-WAIT timer",
        Timer::KeepAlive => "the keep-alive timer",
        Timer::UserTimeout => "the user timeout",
        Timer::FinWait2 => "the FIN-WAIT-2 timer",
    })
}

/// A packet with its article.
fn what(history: &History, packet: PacketId) -> String {
    let texts = history.texts();
    let Some(journey) = history.journey(packet) else { return texts.of("a packet").to_owned() };
    let text = described(texts, journey);
    let said = match PacketKind::of(&journey.packet) {
        PacketKind::Udp => pattern("a {datagram}"),
        PacketKind::Ack | PacketKind::Icmp | PacketKind::Rst => pattern("an {packet}"),
        _ => pattern("a {packet}"),
    };
    texts.tell(said, &[&text])
}

fn described_of(history: &History, packet: PacketId) -> String {
    let texts = history.texts();
    let journey = history.journey(packet);
    journey.map_or_else(|| texts.of("packet").to_owned(), |journey| described(texts, journey))
}

/// A packet in running text.
fn described(texts: &Texts, journey: &Journey) -> String {
    let (n, shown) = (words::payload(&journey.packet).len(), words::quote(journey.payload(), 24));
    let again = journey.original.is_some();
    let kind = PacketKind::of(&journey.packet);
    match kind {
        PacketKind::Udp if n == 0 => texts.of("datagram without data").to_owned(),
        PacketKind::Udp => texts.tell("datagram of {n} {n:byte|bytes} ({shown})", &[&n, &shown]),
        PacketKind::Data | PacketKind::Fin if n > 0 => {
            // What is too long to be read has the number that its ACK will tell.
            let number = journey.relative.filter(|_| n > 24).map(|relative| format!("seq {}", relative.seq));
            let shown = number.unwrap_or(shown);
            let segment = texts.tell("segment of {n} {n:byte|bytes} ({shown})", &[&n, &shown]);
            let text = if kind == PacketKind::Fin { segment + " + FIN" } else { segment };
            if again { texts.tell("{packet} again", &[&text]) } else { text }
        }
        _ => words::packet(texts, journey)[0].clone(),
    }
}
