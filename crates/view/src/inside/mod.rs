//! Inside the hosts: the table of descriptors, the socket table as `ss` prints it, the packet that finds its socket, the queues of
//! welcoming sockets, and buffers in which each byte keeps the colour of the `send()` that wrote it.

mod buffers;
mod bytes;

use crate::history::{History, Moment, SocketLife};
use crate::network::slots;
use crate::picture::Picture;
use crate::scene::{Anchor, Mark, Scene, Shape, Target, key};
use crate::texts::pattern;
use crate::{badge, ladder, metrics, words};
use bytes::Bytes;
use sockscope_core::collections::{BTreeMap, sort};
use sockscope_core::program::{Fd, SocketKind};
use sockscope_core::tcp::State;
use sockscope_core::time::Span;
use sockscope_core::trace::{Kind, Node, Sock};

/// What a mark belongs to: part of its identity.
#[derive(Clone, Copy, Debug)]
enum Part {
    Host,
    Packet,
    Carried,
    Descriptor,
    Socket,
    Queue,
    Send,
    Receive,
    Taken,
}

/// Every host of a run from inside.
///
/// ```
/// # use sockscope_sim::{Scenario, World, presets};
/// # let scenario: Scenario = presets::text("tcp-upper").unwrap().parse().unwrap();
/// # let mut world = World::new(&scenario).unwrap();
/// # world.run();
/// # let trace = world.trace();
/// use sockscope_view::{history::History, inside::Inside, picture::Picture, svg};
/// let history = History::of(trace);
/// let inside = Inside::new(&history, 640.0);
/// assert!(svg::paint(&inside.scene_at(&history, history.end())).contains("Recv-Q"));
/// ```
#[derive(Clone, Debug)]
pub struct Inside {
    still: Scene,
    cards: Vec<Card>,
    slots: BTreeMap<(Node, Sock), usize>,
    bytes: Bytes,
    /// The events at which a packet reached each host.
    arrivals: BTreeMap<Node, Vec<usize>>,
    /// For so long the last packet is told.
    glow: Span,
}

/// The card of a host.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Card {
    node: Node,
    x: f64,
    y: f64,
    width: f64,
}

/// Height of a card above its sockets.
const HEAD: f64 = 92.0;
/// Height of a socket.
const ROW: f64 = 112.0;
/// Width and distance of the entries of a table of descriptors.
const ENTRY: (f64, f64) = (44.0, 48.0);
/// A card shows so many sockets at a time.
const MOST: usize = 6;
/// Height of the line that tells how many others there are.
const MORE: f64 = 18.0;
const PADDING: f64 = 12.0;
/// It stands so far to the right, beside the descriptor.
const BESIDE: f64 = 82.0;
/// The name of a state is at most so wide.
const STATE: f64 = 96.0;

impl Inside {
    /// Lays the hosts out in `width` pixels, 280 or more: side by side where there is room.
    pub fn new(history: &History, width: f64) -> Inside {
        let width = width.max(280.0);
        let slots = slots(history);
        let high = |node: Node| {
            let own = slots.iter().filter(|((of, _), _)| *of == node).map(|(_, slot)| slot + 1);
            let own = own.max().unwrap_or(0);
            HEAD + ROW * own.clamp(1, MOST) as f64 + if own > MOST { MORE } else { 0.0 }
        };
        let hosts: Vec<Node> = history.hosts().collect();
        let columns = if width < 600.0 { 1 } else { hosts.len().clamp(1, (width / 320.0) as usize) };
        let wide = (width - 8.0 * (columns as f64 + 1.0)) / columns as f64;
        let mut edges: Vec<f64> = vec![8.0; columns];
        let mut cards = Vec::new();
        for node in hosts {
            // The next card goes where there is most room.
            let column = (0..columns).min_by(|a, b| edges[*a].total_cmp(&edges[*b])).unwrap_or(0);
            cards.push(Card { node, x: 8.0 + (wide + 8.0) * column as f64, y: edges[column], width: wide });
            edges[column] += high(node) + 10.0;
        }
        let height = edges.into_iter().fold(60.0, f64::max);
        let mut still = Scene::new(width, height, history.title());
        let texts = history.texts();
        still.description = format!("{} {}", texts.of("Inside the hosts."), crate::story::summary(history));
        for card in &cards {
            card.frame(&mut still, history, high(card.node));
        }
        let mut arrivals: BTreeMap<Node, Vec<usize>> = BTreeMap::new();
        for arrival in history.journeys().iter().flat_map(|journey| &journey.arrivals) {
            arrivals.entry(arrival.node).or_default().push(arrival.event);
        }
        arrivals.values_mut().for_each(|events| sort(events));
        let glow = ladder::typical_flight(history).map_or(Span::from_millis(5), |flight| flight / 2);
        Inside { still, cards, slots, bytes: Bytes::of(history), arrivals, glow }
    }

    /// The packet that reached a host last, while it is news: its event, and the socket that it found.
    fn news(&self, history: &History, moment: Moment, node: Node) -> Option<(usize, Option<Sock>)> {
        let events = self.arrivals.get(&node)?;
        let last = *events.get(events.partition_point(|n| *n < moment.events).checked_sub(1)?)?;
        let event = &history.events()[last];
        let fresh = moment.time.since(event.at) <= self.glow;
        let sock = match event.kind {
            Kind::Arrived { sock, .. } | Kind::Discarded { sock, .. } => sock,
            _ => None,
        };
        fresh.then_some((last, sock))
    }

    /// The packet at the door of a host: its addresses, and by what it found its socket.
    fn packet(&self, marks: &mut Vec<Mark>, history: &History, moment: Moment, card: &Card) {
        let key = |piece| key(Part::Packet as u8, card.node.0.into(), piece);
        let texts = history.texts();
        let news = self.news(history, moment, card.node);
        let Some((event, journey, sock)) =
            news.and_then(|(n, sock)| Some((n, crate::story::packet_of(history, n)?, sock)))
        else {
            let text = texts.of("No packet arrives just now.");
            let text = Shape::text(card.x + PADDING, card.y + 48.0, Anchor::Start, text);
            return marks.push(Mark::new(key(2), "what", text));
        };
        let kind = crate::history::PacketKind::of(&journey.packet).class();
        let (x, y, wide) = (card.x + PADDING, card.y + 33.0, card.width - 2.0 * PADDING);
        let target = Target::Packet(journey.packet.id);
        let frame = Shape::rect(x, y, wide, 24.0, 10.0);
        marks.push(Mark::new(key(0), format!("packet {kind}"), frame).to(target));
        let carried = buffers::carried(
            marks,
            &self.bytes,
            history,
            (journey, event),
            (x + 10.0, y + 17.5, wide - 20.0),
        );
        let ends = journey.ends().map_or(String::new(), |(from, to)| format!("{from} → {}", words::port(to)));
        let place = |sock| history.sockets().iter().position(|it| (it.node, it.sock) == (card.node, sock));
        let found = match sock.and_then(place) {
            None => texts.of("no socket has this port").to_owned(),
            Some(which) => {
                let exact = history.sockets()[which].remote.before(moment.events).is_some();
                let said = match exact {
                    true => pattern("{socket} is found by all four numbers"),
                    false => pattern("{socket} is found by its port"),
                };
                texts.tell(said, &[&badge::letter(which)])
            }
        };
        let [.., what] = words::packet(texts, journey);
        let fits = |text: &String| metrics::sans(text, 10.5) <= wide - 16.0;
        let longer = [format!("{what} {ends}: {found}"), format!("{what}: {found}")];
        let text = longer.into_iter().find(fits).unwrap_or(found);
        let text = metrics::fit(&text, wide - 16.0, |text| metrics::sans(text, 10.5));
        let base = if carried { y + 14.0 } else { y + 16.0 };
        let text = Shape::text(x + 10.0, base, Anchor::Start, text);
        marks.push(Mark::new(key(1), "packet-name small", text).to(target));
    }

    /// The table of descriptors of a host's program: which number stands for which socket.
    fn descriptors(marks: &mut Vec<Mark>, history: &History, moment: Moment, card: &Card) {
        let texts = history.texts();
        let all: Vec<(Fd, Sock)> = history.descriptors(card.node, moment.events).collect();
        let mut text = |piece, x, text: &str| {
            let key = key(Part::Descriptor as u8, card.node.0.into(), piece);
            marks.push(Mark::new(key, "what", Shape::text(x, card.y + 77.0, Anchor::Start, text)));
        };
        let said = if all.is_empty() { texts.of("no descriptor is open") } else { texts.of("fd table") };
        text(0, card.x + PADDING, said);
        let left = card.x + PADDING + metrics::sans(said, 10.0) + 8.0;
        let room = ((card.x + card.width - PADDING - left - 20.0) / ENTRY.1).max(1.0) as usize;
        if all.len() > room {
            text(1, left + ENTRY.1 * room as f64, &format!("+{}", all.len() - room));
        }
        for (place, (fd, sock)) in all.into_iter().take(room).enumerate() {
            let Some(which) = history.sockets().iter().position(|it| (it.node, it.sock) == (card.node, sock))
            else {
                continue;
            };
            let key =
                |piece| key(Part::Descriptor as u8, card.node.0.into(), 2 + (u64::from(fd.0) << 2) + piece);
            let x = left + ENTRY.1 * place as f64;
            let target = Target::Event(history.events()[history.sockets()[which].opened].n);
            let said = format!("fd {} → {}", fd.0, badge::letter(which));
            let frame = Shape::rect(x, card.y + 63.0, ENTRY.0, 20.0, 4.0);
            marks.push(Mark::new(key(0), "descriptor", frame).titled(said).to(target));
            let number = Shape::text(x + 20.0, card.y + 77.0, Anchor::End, fd.0.to_string());
            marks.push(Mark::new(key(1), if fd.0 < 100 { "port" } else { "port tiny" }, number));
            marks.extend(badge::disc([key(2), key(3)], which, (x + 32.0, card.y + 73.0), 8.0, ""));
        }
    }

    /// A socket: its line in the table, and below it what it holds.
    fn socket(&self, marks: &mut Vec<Mark>, history: &History, moment: Moment, card: &Card, which: usize) {
        let life = &history.sockets()[which];
        let slot = self.slots.get(&(life.node, life.sock)).copied().unwrap_or(MOST);
        if slot >= MOST {
            return;
        }
        let key = |piece| key(Part::Socket as u8, which as u64, piece);
        let (x, y) = (card.x + PADDING, card.y + HEAD + ROW * slot as f64);
        let wide = card.width - 2.0 * PADDING;
        let news = self.news(history, moment, card.node);
        let lit = news.is_some_and(|(_, sock)| sock == Some(life.sock));
        let class = if lit { "socket-row lit" } else { "socket-row" };
        let target = Target::Event(history.events()[life.opened].n);
        let frame = Shape::rect(x, y, wide, ROW - 8.0, 6.0);
        marks.push(
            Mark::new(key(0), class, frame).titled(badge::name(history, which, moment.events)).to(target),
        );
        marks.extend(badge::disc([key(1), key(2)], which, (x + 15.0, y + 15.0), 9.0, ""));
        let fd = match life.fd.before(moment.events) {
            Some(Some(fd)) => format!("fd {fd}"),
            _ => history.texts().of("no fd").to_owned(),
        };
        marks.push(Mark::new(key(3), "port", Shape::text(x + 30.0, y + 19.0, Anchor::Start, fd)));
        let state = match (life.kind, life.state.before(moment.events)) {
            (SocketKind::Datagram, _) => "UDP",
            (SocketKind::Stream, state) => state.unwrap_or(&State::Closed).name(),
        };
        let state = Shape::text(x + BESIDE, y + 19.0, Anchor::Start, state);
        marks.push(Mark::new(key(4), "row-name small", state));
        let buffers = life.buffers.before(moment.events).copied().unwrap_or_default();
        let [recv, send] = [format!("Recv-Q {}", buffers.recv), format!("Send-Q {}", buffers.send)];
        let right =
            |key, y, text: &str| Mark::new(key, "what", Shape::text(x + wide - 8.0, y, Anchor::End, text));
        let both = format!("{recv}  {send}");
        // Where the longest numbers have no room beside the longest state, they stand one below the other.
        let narrow = wide - 8.0 - metrics::sans("Recv-Q 88888  Send-Q 88888", 10.0) < BESIDE + STATE;
        if narrow {
            marks.extend([right(key(5), y + 19.0, &recv), right(key(8), y + 37.0, &send)]);
        } else {
            marks.push(right(key(5), y + 19.0, &both));
        }
        let local = life.local.before(moment.events).map_or("*:*".to_owned(), |local| local.addr.to_string());
        let remote = life.remote.before(moment.events).map_or("*:*".to_owned(), ToString::to_string);
        let ends = format!("{local} → {remote}");
        let room = wide - 16.0 - if narrow { metrics::sans("Send-Q 88888", 10.0) + 8.0 } else { 0.0 };
        let size = if metrics::mono(&ends, 10.0) < room { "address-pair" } else { "address-pair small" };
        // Its own address stands on top of the host.
        let port =
            || life.local.before(moment.events).map_or("*:*".to_owned(), |local| words::port(local.addr));
        let fits = metrics::mono(&ends, 8.5) <= room;
        let ends = if fits { ends } else { format!("{} → {remote}", port()) };
        let ends = metrics::fit(&ends, room, |text| metrics::mono(text, 8.5));
        marks.push(Mark::new(key(6), size, Shape::text(x + 8.0, y + 37.0, Anchor::Start, ends)));
        if let Some((timer, due)) = life.timers.before(moment.events).and_then(|timers| timers.first()) {
            let left = words::span(due.since(moment.time));
            let text = format!("{} {left}", words::timer(history.texts(), *timer));
            if wide > 300.0 && !narrow {
                let text = Shape::text(x + wide - 8.0, y + 37.0, Anchor::End, text);
                marks.push(Mark::new(key(7), "what", text));
            }
        }
        let place = (x + 8.0, y + 44.0, wide - 16.0);
        if life.backlog.before(moment.events).is_some() {
            self.queues(marks, history, moment, which, place);
        } else {
            buffers::paint(marks, &self.bytes, history, moment, which, place);
        }
    }

    /// The queues of a welcoming socket, with the connections in them.
    fn queues(
        &self,
        marks: &mut Vec<Mark>,
        history: &History,
        moment: Moment,
        which: usize,
        (x, y, _): (f64, f64, f64),
    ) {
        let life = &history.sockets()[which];
        let waiting = life.waiting.before(moment.events).copied().unwrap_or_default();
        let backlog = life.backlog.before(moment.events).copied().unwrap_or(0);
        let children: Vec<(usize, &SocketLife)> = history
            .sockets()
            .iter()
            .enumerate()
            .filter(|(_, child)| child.node == life.node && child.listener == Some(life.sock))
            .filter(|(_, child)| child.exists(moment.events))
            .filter(|(_, child)| !child.fd.iter().any(|(n, fd)| n < moment.events && fd.is_some()))
            .collect();
        let half = |child: &SocketLife| child.state.before(moment.events) == Some(&State::SynReceived);
        let texts = history.texts();
        let queues = [
            (texts.tell("SYN queue: {n}", &[&waiting.syn]), true),
            (texts.tell("accept queue: {n} of {backlog}", &[&waiting.accept, &backlog]), false),
        ];
        for (i, (text, opening)) in queues.into_iter().enumerate() {
            let key = |piece| key(Part::Queue as u8, (which as u64) << 1 | i as u64, piece);
            let y = y + 8.0 + 26.0 * i as f64;
            // Who knocks at a full queue is not answered.
            let full = !opening && backlog > 0 && waiting.accept >= backlog;
            let class = if full { "what failed" } else { "what" };
            marks.push(Mark::new(key(0), class, Shape::text(x, y + 4.0, Anchor::Start, text)));
            let inside = children.iter().filter(|(_, child)| half(child) == opening);
            let count = if opening { waiting.syn } else { waiting.accept } as usize;
            for (place, (child, _)) in inside.take(count.min(8)).enumerate() {
                let middle = (x + 132.0 + 21.0 * place as f64, y);
                let place = 2 * place as u64;
                marks.extend(badge::disc([key(1 + place), key(2 + place)], *child, middle, 9.0, ""));
            }
        }
    }
}

impl Card {
    fn frame(&self, scene: &mut Scene, history: &History, height: f64) {
        let info = &history.header().nodes[usize::from(self.node.0)];
        let key = |piece| key(Part::Host as u8, self.node.0.into(), piece);
        let frame = Shape::rect(self.x, self.y, self.width, height, 10.0);
        scene.push(Mark::new(key(0), "machine", frame).titled(&info.name));
        let left = self.x + PADDING;
        let name = Shape::text(left, self.y + 22.0, Anchor::Start, &info.name);
        scene.push(Mark::new(key(1), "host-name", name));
        let addresses: Vec<String> = info.addresses.iter().map(ToString::to_string).collect();
        let text = metrics::fit(&addresses.join(", "), self.width * 0.6, |text| metrics::sans(text, 11.0));
        let text = Shape::text(self.x + self.width - PADDING, self.y + 22.0, Anchor::End, text);
        scene.push(Mark::new(key(2), "address", text));
    }
}

impl Picture for Inside {
    fn still(&self) -> &Scene {
        &self.still
    }
    fn moving(&self, history: &History, moment: Moment) -> Vec<Mark> {
        let mut marks = Vec::new();
        for card in &self.cards {
            self.packet(&mut marks, history, moment, card);
            Inside::descriptors(&mut marks, history, moment, card);
            let sockets = history.sockets().iter().enumerate();
            let mut more = 0;
            for (which, life) in sockets.filter(|(_, it)| it.node == card.node && it.exists(moment.events)) {
                self.socket(&mut marks, history, moment, card, which);
                more += usize::from(self.slots.get(&(life.node, life.sock)).is_none_or(|slot| *slot >= MOST));
            }
            if more > 0 {
                let y = card.y + HEAD + ROW * MOST as f64 + 8.0;
                let text = history.texts().tell("and {n} {n:socket|sockets} more", &[&more]);
                let text = Shape::text(card.x + PADDING, y, Anchor::Start, text);
                marks.push(Mark::new(key(Part::Host as u8, card.node.0.into(), 3), "what", text));
            }
        }
        marks
    }
}
