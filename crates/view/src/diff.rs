//! Whether two traces agree, wherever each was taken: simulated, over real sockets, or captured.

use crate::history::History;
use crate::observed::{self, Observed, Socket};
use crate::words;
use sockscope_core::program::{Call, Notice};
use sockscope_core::trace::{Kind, Node};

/// A difference of two traces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What differs, and at which host.
    pub what: String,
    /// What each trace has.
    pub has: [String; 2],
    /// The event of each that shows it; none where there is nothing.
    pub events: [Option<usize>; 2],
}

/// Why two traces cannot be compared: what one tells the other does not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("one has only calls of programs and the other only packets: they have nothing in common")]
pub struct NothingInCommon;

/// Where two traces differ in what must agree, what happened first in front: bytes in each direction, boundaries of datagrams,
/// ends of streams, names of errors, lines printed, exit codes. Not how a stream is cut into reads or segments, nor times.
///
/// Where both tell what programs saw, that is compared; else what packets carried.
///
/// ```
/// # use sockscope_sim::{Scenario, World, presets};
/// # let run = |preset: &str, seed: &str| {
/// #     let mut scenario: Scenario = presets::text(preset).unwrap().parse().unwrap();
/// #     scenario.seed = seed.parse().unwrap();
/// #     let mut world = World::new(&scenario).unwrap();
/// #     world.run();
/// #     world.trace()
/// # };
/// use sockscope_view::{diff, history::History};
/// let [a, b] = ["1", "2"].map(|seed| History::of(run("lossy-transfer", seed)));
/// assert_eq!(diff::compare(&a, &b), Ok(vec![]), "other losses, the same bytes");
/// ```
///
/// # Errors
/// [`NothingInCommon`].
pub fn compare(a: &History, b: &History) -> Result<Vec<Difference>, NothingInCommon> {
    let sides = [a, b];
    let mut differences = Vec::new();
    if sides.iter().all(|side| !side.tasks().is_empty()) {
        let of = |side: &History| observed::of_calls(side.events()).into_iter().collect();
        let hosts = sides.map(of);
        hosts_differ(sides, hosts, &mut differences);
    } else if sides.iter().all(|side| !side.journeys().is_empty()) {
        hosts_differ(sides, sides.map(observed::packets), &mut differences);
    } else if !sides.iter().all(|side| side.events().is_empty()) {
        return Err(NothingInCommon);
    }
    differences.sort_by_key(|difference| difference.events.iter().flatten().min().copied());
    Ok(differences)
}

/// The first event in which two traces differ, times and all; none where they are the same.
pub fn strictly(a: &History, b: &History) -> Option<Difference> {
    let (a, b) = (History::events(a), History::events(b));
    let n = (0..a.len().max(b.len())).find(|n| a.get(*n) != b.get(*n))?;
    let has = [a, b].map(|events| events.get(n).map_or("nothing: it ends".into(), |_| format!("event {n}")));
    let events = [a, b].map(|events| (n < events.len()).then_some(n));
    Some(Difference { what: format!("the traces differ from event {n} on"), has, events })
}

/// Where two runs part: the first event of each that the other has not, interventions aside; none where they go the same way.
///
/// ```
/// # use sockscope_sim::{Scenario, World, presets};
/// # use sockscope_core::{time::Time, trace::Intervention, wire::PacketId};
/// # let run = |interventions: &[Intervention]| {
/// #     let scenario: Scenario = presets::text("udp-upper").unwrap().parse().unwrap();
/// #     let mut world = World::new(&scenario).unwrap();
/// #     interventions.iter().for_each(|it| world.intervene(Time::ZERO, it.clone()).unwrap());
/// #     world.run();
/// #     world.trace()
/// # };
/// use sockscope_view::{diff, history::History, story};
/// let [before, after] = [&[][..], &[Intervention::Drop { packet: PacketId(0) }]].map(|it| History::of(run(it)));
/// let [_, lost] = diff::parting(&before, &after).unwrap();
/// assert!(story::sentence(&after, lost.unwrap()).contains("dropped by you"));
/// ```
pub fn parting(a: &History, b: &History) -> Option<[Option<usize>; 2]> {
    let course = |history: &History| {
        let events = history.events().iter().enumerate();
        events.filter(|(_, event)| !matches!(event.kind, Kind::Intervened { .. })).map(|(n, _)| n).collect()
    };
    let [here, there]: [Vec<usize>; 2] = [course(a), course(b)];
    let same = |(n, m): &(&usize, &usize)| {
        let (one, other) = (&a.events()[**n], &b.events()[**m]);
        (one.at, one.node, &one.kind) == (other.at, other.node, &other.kind)
    };
    let common = here.iter().zip(&there).take_while(same).count();
    let parts = [here.get(common).copied(), there.get(common).copied()];
    (parts != [None, None]).then_some(parts)
}

type Hosts = Vec<(Node, Observed)>;

/// Compares host by host: those of one name, or in their order where names differ.
fn hosts_differ(sides: [&History; 2], [a, b]: [Hosts; 2], differences: &mut Vec<Difference>) {
    let names = |side: &History, hosts: &Hosts| {
        let mut names: Vec<String> = hosts.iter().map(|(node, _)| side.name(*node).to_owned()).collect();
        names.sort();
        names
    };
    let by_name = names(sides[0], &a) == names(sides[1], &b);
    let mut others: Vec<Option<&(Node, Observed)>> = b.iter().map(Some).collect();
    for (i, (node, here)) in a.iter().enumerate() {
        let name = sides[0].name(*node);
        let place = match by_name {
            true => others.iter().position(|it| it.is_some_and(|(node, _)| sides[1].name(*node) == name)),
            false => Some(i).filter(|i| *i < others.len()),
        };
        let Some((other, there)) = place.and_then(|place| others[place].take()) else {
            differences.push(missing(name, 0, host_event(sides[0], *node)));
            continue;
        };
        let pair = Pair { sides, nodes: [*node, *other], name };
        pair.sockets(&here.sockets, &there.sockets, differences);
        pair.lists(here, there, differences);
    }
    for (node, _) in others.into_iter().flatten() {
        differences.push(missing(sides[1].name(*node), 1, host_event(sides[1], *node)));
    }
}

fn host_event(side: &History, node: Node) -> Option<usize> {
    side.events().iter().position(|event| event.node == Some(node))
}

/// A host of which one side knows nothing.
fn missing(name: &str, side: usize, event: Option<usize>) -> Difference {
    let (mut has, mut events) = (["nothing".to_owned(), "nothing".to_owned()], [None, None]);
    has[side] = "something".to_owned();
    events[side] = event;
    Difference { what: format!("{name} did something in one trace only"), has, events }
}

/// Two hosts that are the same in both traces.
struct Pair<'a> {
    sides: [&'a History; 2],
    nodes: [Node; 2],
    name: &'a str,
}

impl Pair<'_> {
    /// Sockets that are equal go together, others in their order.
    fn sockets(&self, a: &[Socket], b: &[Socket], differences: &mut Vec<Difference>) {
        let mut left: Vec<&Socket> = b.iter().collect();
        let mut odd = Vec::new();
        for socket in a {
            match left.iter().position(|other| *other == socket) {
                Some(place) => drop(left.remove(place)),
                None => odd.push(socket),
            }
        }
        for i in 0..odd.len().max(left.len()) {
            differences.push(self.socket(odd.get(i).copied(), left.get(i).copied()));
        }
    }

    fn socket(&self, a: Option<&Socket>, b: Option<&Socket>) -> Difference {
        let (Some(a), Some(b)) = (a, b) else {
            let told = |socket: Option<&Socket>| socket.map_or("no such socket".to_owned(), in_short);
            let events = [a, b].map(|socket| socket.and_then(|socket| socket.event_of(true, 0)));
            let what = format!("{} has a socket in one trace only", self.name);
            return Difference { what, has: [told(a), told(b)], events };
        };
        let kind = if a.stream { "TCP" } else { "UDP" };
        for (sent, verb) in [(true, "sent"), (false, "received")] {
            let [ours, theirs] = [a, b].map(|socket| if sent { &socket.sent } else { &socket.received });
            let Some((piece, byte)) = first_byte(ours, theirs) else { continue };
            let what = match a.stream {
                true => format!("{}: bytes {verb} over TCP differ from byte {byte} on", self.name),
                false => format!("{}: datagram {piece} of those {verb} differs", self.name),
            };
            let has = [ours, theirs].map(|pieces| match pieces.get(piece) {
                None => format!("{} datagrams", pieces.len()),
                Some(bytes) => excerpt(bytes, byte),
            });
            let before = |pieces: &[Vec<u8>]| pieces.iter().take(piece).map(Vec::len).sum::<usize>() + byte;
            let events = [a.event_of(sent, before(ours)), b.event_of(sent, before(theirs))];
            return Difference { what, has, events };
        }
        let what = match a.ended == b.ended {
            false => format!("{}: the end of a stream came in one trace only", self.name),
            true => format!("{}: a {kind} socket was closed in one trace only", self.name),
        };
        let events = [a, b].map(|socket| socket.event_of(false, usize::MAX - 1));
        Difference { what, has: [in_short(a), in_short(b)], events }
    }

    /// Lines, failures, exit codes.
    fn lists(&self, a: &Observed, b: &Observed, differences: &mut Vec<Difference>) {
        let name = self.name;
        if let Some(has) = first_odd(&a.printed, &b.printed) {
            let events = self.find(&has, |kind, text| {
                matches!(kind, Kind::Call { call, .. } if matches!(&**call, Call::Print { text: line } if line == text))
            });
            let has = has.map(|line| line.map_or("nothing".into(), |line| words::quote(line.as_bytes(), 60)));
            differences.push(Difference { what: format!("{name}: a printed line differs"), has, events });
        }
        if let Some(has) = first_odd(&a.failures, &b.failures) {
            let events = self.find(&has, |kind, failures| {
                let errno = failures.first().and_then(|failure| failure.split(' ').next_back());
                matches!(kind, Kind::Notice { notice: Notice::Failed(it), .. } if Some(it.name()) == errno)
            });
            let has = has.map(|it| it.map_or("no failure".into(), |failures| failures.join(", ")));
            differences.push(Difference {
                what: format!("{name}: the calls that failed differ"),
                has,
                events,
            });
        }
        if let Some(has) = first_odd(&a.codes, &b.codes) {
            let events =
                self.find(&has, |kind, code| matches!(kind, Kind::Exited { code: it, .. } if it == code));
            let has = has.map(|it| it.map_or("it did not end".into(), |code| format!("exit code {code}")));
            differences.push(Difference { what: format!("{name}: the exit code differs"), has, events });
        }
    }

    /// The first event of each side that is of its host and fits.
    fn find<T>(&self, has: &[Option<&T>; 2], fits: impl Fn(&Kind, &T) -> bool) -> [Option<usize>; 2] {
        [0, 1].map(|side| {
            let wanted = has[side]?;
            let mut events = self.sides[side].events().iter();
            events.position(|event| event.node == Some(self.nodes[side]) && fits(&event.kind, wanted))
        })
    }
}

/// The first of two sorted lists that the other lacks.
fn first_odd<'a, T: PartialEq>(a: &'a [T], b: &'a [T]) -> Option<[Option<&'a T>; 2]> {
    let lacks = |list: &'a [T], other: &[T]| list.iter().find(|it| !other.contains(it));
    if a == b {
        return None;
    }
    match [lacks(a, b), lacks(b, a)] {
        // The same ones, but not equally often.
        [None, None] if a.len() > b.len() => Some([a.last(), None]),
        [None, None] => Some([None, b.last()]),
        odd => Some(odd),
    }
}

/// The piece and the byte in it where two directions part.
fn first_byte(a: &[Vec<u8>], b: &[Vec<u8>]) -> Option<(usize, usize)> {
    let piece = (0..a.len().max(b.len())).find(|i| a.get(*i) != b.get(*i))?;
    let [a, b] = [a, b].map(|pieces| pieces.get(piece).map_or(&[][..], Vec::as_slice));
    Some((piece, a.iter().zip(b).take_while(|(a, b)| a == b).count()))
}

/// Bytes from a little before a place on.
fn excerpt(bytes: &[u8], at: usize) -> String {
    let from = at.saturating_sub(16).min(bytes.len());
    let before = if from > 0 { "… " } else { "" };
    format!("{} bytes: {before}{}", bytes.len(), words::quote(&bytes[from..], 48))
}

fn in_short(socket: &Socket) -> String {
    let total = |pieces: &[Vec<u8>]| pieces.iter().map(Vec::len).sum::<usize>();
    let kind = if socket.stream { "TCP" } else { "UDP" };
    let (ended, closed) =
        (if socket.ended { ", end of stream" } else { "" }, if socket.closed { ", closed" } else { "" });
    format!("{kind}: {} bytes sent, {} received{ended}{closed}", total(&socket.sent), total(&socket.received))
}
