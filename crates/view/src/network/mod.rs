//! Hosts and wires: machines with their sockets as doors, and packets on their way between them.

mod dots;
mod packets;
mod place;

use crate::history::{History, Moment, SocketLife};
use crate::ladder::{self, bands};
use crate::metrics;
use crate::scene::{Anchor, Mark, Scene, Shape, Target};
use crate::texts::Texts;
use crate::words;
pub use dots::Dots;
pub(crate) use place::slots;
use place::{CELL, HEAD, Place, Places, Rank};
use sockscope_core::collections::{BTreeMap, sort};
use sockscope_core::program::SocketKind;
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::{Node, NodeKind, Sock};

/// What a mark belongs to: part of its identity.
#[derive(Clone, Copy, Debug)]
enum Part {
    Node,
    Wire,
    Socket,
    Packet,
    Note,
}

fn key(part: Part, which: u64, piece: u64) -> u64 {
    crate::scene::key(part as u8, which, piece)
}

/// The places of a run's nodes, for one width, and what else does not change from moment to moment: then a picture of any
/// moment costs the same, however much happened before.
///
/// Places depend on the header and on how many sockets a host will ever have at a time, so that nothing moves but
/// packets. Narrow pictures run from top to bottom.
///
/// ```
/// # use sockscope_sim::{Scenario, World, presets};
/// # let scenario: Scenario = presets::text("udp-upper").unwrap().parse().unwrap();
/// # let mut world = World::new(&scenario).unwrap();
/// # world.run();
/// # let trace = world.trace();
/// use sockscope_view::{history::History, network::Network, scene::Target};
/// let history = History::of(trace);
/// let network = Network::new(&history, 720.0);
/// let request = &history.journeys()[0];
/// let scene = network.scene(&history, history.after(request.sent + 2));
/// assert!(scene.marks.iter().any(|mark| mark.target == Some(Target::Packet(request.packet.id))));
/// ```
#[derive(Clone, Debug)]
pub struct Network {
    places: Places,
    fade: Span,
    description: String,
    /// For each chunk of the packets in the order of sending, how many events have happened when the last of them is gone.
    gone: Vec<usize>,
    /// When packets went through the door of each socket, in order.
    passed: BTreeMap<(Node, Sock), Vec<Time>>,
}

impl Network {
    /// Places the nodes of a run in `width` pixels, 320 or more.
    pub fn new(history: &History, width: f64) -> Network {
        let places = Places::new(history, width.max(280.0));
        let fade = ladder::typical_flight(history).unwrap_or(Span::from_millis(10));
        let gone = packets::gone(history, fade);
        let description = crate::story::summary(history);
        Network { places, fade, description, gone, passed: passed(history) }
    }

    /// The picture at a moment.
    pub fn scene(&self, history: &History, moment: Moment) -> Scene {
        let mut dots = Dots::default();
        let mut scene = self.moving(history, moment, &mut dots);
        scene.marks.extend(dots.marks());
        scene
    }

    /// The picture at a moment, where packets that find no room for their names are but numbers: they may be thousands.
    pub fn moving(&self, history: &History, moment: Moment, dots: &mut Dots) -> Scene {
        let mut scene = Scene::new(self.places.width, self.places.height, history.title());
        scene.description.clone_from(&self.description);
        self.wires(&mut scene, history);
        for place in &self.places.nodes {
            self.node(&mut scene, history, moment, place);
        }
        let open = || history.sockets().iter().filter(|life| life.exists(moment.events));
        open().for_each(|life| self.bus(&mut scene, history, moment, life, false));
        // The way that a packet has just taken lies over the others.
        let lit = open().filter(|life| self.is_lit(life, moment));
        lit.for_each(|life| self.bus(&mut scene, history, moment, life, true));
        open().for_each(|life| self.socket(&mut scene, history, moment, life));
        dots.clear();
        packets::paint(&mut scene, dots, history, self, moment);
        scene
    }

    fn wires(&self, scene: &mut Scene, history: &History) {
        for link in 0..history.header().links.len() {
            let id = sockscope_core::trace::LinkId(2 * link as u16);
            let Some([(x1, y1), (x2, y2)]) = self.places.wire(history, id) else { continue };
            let line = Shape::line(x1, y1, x2, y2);
            scene.push(Mark::new(key(Part::Wire, link as u64, 0), "wire", line.clone()));
            // A finger is wider than a wire.
            let reach = Mark::new(key(Part::Wire, link as u64, 3), "reach", line);
            scene.push(reach.to(Target::Link(link as u16)));
            let info = history.header().links[link];
            for (end, ((x, y), node)) in [((x1, y1), info.a), ((x2, y2), info.b)].into_iter().enumerate() {
                let plug = Shape::rect(x - 5.0, y - 5.0, 10.0, 10.0, 2.0);
                let (host, addresses) = (history.name(Node(node)), addresses(history, Node(node)));
                let title = history.texts().tell("Interface of {host}: {addresses}", &[&host, &addresses]);
                let mark = Mark::new(key(Part::Wire, link as u64, 1 + end as u64), "plug", plug);
                scene.push(mark.titled(title));
            }
        }
        if history.is_blind() {
            let texts = history.texts();
            let (x, y) = (self.places.width / 2.0, self.places.height / 2.0);
            let lines = [texts.of("Segments are not visible here:"), texts.of("nothing was captured.")];
            for (i, line) in lines.into_iter().enumerate() {
                let shape = Shape::text(x, y - 4.0 + 16.0 * i as f64, Anchor::Middle, line);
                scene.push(Mark::new(key(Part::Note, 0, i as u64), "blind", shape));
            }
        }
    }

    fn node(&self, scene: &mut Scene, history: &History, moment: Moment, place: &Place) {
        let info = &history.header().nodes[usize::from(place.node.0)];
        let key = |piece| key(Part::Node, place.node.0.into(), piece);
        let class = match info.kind {
            NodeKind::Host => "machine",
            NodeKind::Switch => "machine switch",
            NodeKind::Router => "machine router",
        };
        let frame = Shape::rect(place.x, place.y, place.width, place.height, 10.0);
        let target = Target::Node(place.node);
        scene.push(Mark::new(key(0), class, frame).titled(&info.name).to(target));
        let middle = place.x + place.width / 2.0;
        let fitted =
            |text: &str, size: f64| metrics::fit(text, place.width - 12.0, |text| metrics::sans(text, size));
        let top = place.y + if self.sockets_first(place) { CELL } else { 0.0 };
        let mut line = |piece, class: &str, dy, text: String| {
            let shape = Shape::text(middle, top + dy, Anchor::Middle, text);
            scene.push(Mark::new(key(piece), class, shape).to(target));
        };
        if info.kind != NodeKind::Host {
            line(1, "host-name", 20.0, fitted(&info.name, 13.0));
            let what = history.texts().of(if info.kind == NodeKind::Switch { "switch" } else { "router" });
            return line(2, "address", 35.0, what.into());
        }
        line(1, "host-name", 20.0, fitted(&info.name, 13.0));
        line(2, "address", 35.0, fitted(&addresses(history, place.node), 11.0));
        let (class, text) = self.program(history, moment, place);
        line(3, class, 52.0, fitted(&text, 11.0));
        let here = |life: &&SocketLife| life.node == place.node && life.exists(moment.events);
        let hidden =
            |life: &&SocketLife| self.places.slots.get(&(life.node, life.sock)) >= Some(&place.cells);
        let more = history.sockets().iter().filter(here).filter(hidden).count();
        if more > 0 {
            let text = history.texts().tell("and {n} {n:socket|sockets} more", &[&more]);
            let text = Shape::text(middle, place.y + place.height - 9.0, Anchor::Middle, fitted(&text, 10.0));
            scene.push(Mark::new(key(4), "what", text).to(target));
        }
    }

    /// What the program of a host does: its style and its words.
    fn program(&self, history: &History, moment: Moment, place: &Place) -> (&'static str, String) {
        let tasks =
            history.tasks().iter().filter(|task| task.node == place.node && task.started < moment.events);
        let lives = |task: &&&crate::history::TaskLife| task.exited.is_none_or(|(n, _)| n >= moment.events);
        let tasks: Vec<_> = tasks.collect();
        let Some(task) = tasks.iter().find(lives) else {
            return ("doing", if tasks.is_empty() { "" } else { history.texts().of("program ended") }.into());
        };
        let Some(call) = task.call(moment.events) else { return ("doing", task.program.clone()) };
        let [_, text] = words::call(history.texts(), &call.call);
        let done = call.outcome.as_ref().is_some_and(|end| end.event < moment.events);
        if done { ("doing", text) } else { ("doing waits", format!("{text} …")) }
    }

    /// Whether the sockets of a host stand above its name: where its wires come from above, at their doors.
    fn sockets_first(&self, place: &Place) -> bool {
        self.places.upright && place.rank == Rank::Last
    }

    /// The cell of a socket in its host's box: left, top, width, and the middle of its door.
    fn cell(&self, place: &Place, slot: usize) -> (f64, f64, f64, (f64, f64)) {
        if self.places.upright {
            let wide = place.width / place.cells as f64;
            let x = place.x + wide * slot as f64;
            let (y, edge) = match self.sockets_first(place) {
                true => (place.y + 8.0, place.y),
                false => (place.y + HEAD, place.y + place.height),
            };
            (x, y, wide, (x + 26.0, edge))
        } else {
            let y = place.y + HEAD + CELL * slot as f64;
            let edge = if place.rank == Rank::First { place.x + place.width } else { place.x };
            (place.x, y, place.width, (edge, y + CELL / 2.0 - 4.0))
        }
    }

    /// The way from the interfaces of a host to the door of a socket, once that has a port.
    fn bus(&self, scene: &mut Scene, history: &History, moment: Moment, life: &SocketLife, lit: bool) {
        let Some(place) = self.places.of(life.node) else { return };
        let slot = self.places.slots.get(&(life.node, life.sock)).copied().unwrap_or(usize::MAX);
        if slot >= place.cells || life.local.before(moment.events).is_none() {
            return;
        }
        let (.., (x, y)) = self.cell(place, slot);
        let which = u64::from(life.node.0) << 32 | u64::from(life.sock.0);
        let (class, first) = if lit { ("bus lit", 32) } else { ("bus", 16) };
        for (i, plug) in self.places.plugs(history, life.node).into_iter().enumerate() {
            let key = key(Part::Socket, which, first + i as u64 % 16);
            scene.push(Mark::new(key, class, Shape::line(plug.0, plug.1, x, y)));
        }
    }

    fn socket(&self, scene: &mut Scene, history: &History, moment: Moment, life: &SocketLife) {
        let Some(place) = self.places.of(life.node) else { return };
        let slot = self.places.slots.get(&(life.node, life.sock)).copied().unwrap_or(usize::MAX);
        if slot >= place.cells {
            return;
        }
        let which = u64::from(life.node.0) << 32 | u64::from(life.sock.0);
        let key = |piece| key(Part::Socket, which, piece);
        let target = Target::Event(history.events()[life.opened].n);
        let (x, y, wide, (door_x, door_y)) = self.cell(place, slot);
        let upright = self.places.upright;
        let frame = Shape::rect(x + 8.0, y, wide - 16.0, CELL - 8.0, 6.0);
        let (class, what) = state(life, moment);
        scene.push(Mark::new(key(0), format!("cell {class}"), frame).titled(what.clone()).to(target));
        let (dx, dy) = if upright { (9.0, 3.0) } else { (3.0, 9.0) };
        let port = life.local.before(moment.events);
        let class = match port {
            None => "gate shut",
            Some(_) if self.is_lit(life, moment) => "gate lit",
            Some(_) => "gate",
        };
        let door = Shape::rect(door_x - dx, door_y - dy, 2.0 * dx, 2.0 * dy, 2.0);
        scene.push(Mark::new(key(1), class, door));
        let port = port
            .map_or_else(|| history.texts().of("no port yet").to_owned(), |local| words::port(local.addr));
        let fd = match life.fd.before(moment.events) {
            Some(Some(fd)) => format!(" · fd {fd}"),
            _ => String::new(),
        };
        let middle = x + wide / 2.0;
        let room = wide - 22.0;
        let long = port.clone() + &fd;
        let name = if metrics::mono(&long, 11.0) <= room { long } else { port };
        let name = metrics::fit(&name, room, |text| metrics::mono(text, 11.0));
        scene.push(Mark::new(key(2), "port", Shape::text(middle, y + 16.0, Anchor::Middle, name)).to(target));
        let small = wide < 100.0;
        let what =
            metrics::fit(&what, room + 4.0, |text| metrics::sans(text, if small { 8.5 } else { 10.0 }));
        let class = if small { "what small" } else { "what" };
        scene.push(Mark::new(key(3), class, Shape::text(middle, y + 29.0, Anchor::Middle, what)));
        self.queue(scene, history.texts(), moment, life, (x + 14.0, y + 34.0, wide - 28.0), &key);
    }

    /// Whether a packet has just gone through the door of a socket.
    fn is_lit(&self, life: &SocketLife, moment: Moment) -> bool {
        let Some(times) = self.passed.get(&(life.node, life.sock)) else { return false };
        let before = times.partition_point(|at| *at <= moment.time);
        before.checked_sub(1).is_some_and(|last| moment.time.since(times[last]) < self.fade / 8)
    }

    /// What waits in a socket: bytes that the program has not taken, or connections before `accept()`.
    fn queue(
        &self,
        scene: &mut Scene,
        texts: &Texts,
        moment: Moment,
        life: &SocketLife,
        (x, y, wide): (f64, f64, f64),
        key: &impl Fn(u64) -> u64,
    ) {
        if let Some(backlog) = life.backlog.before(moment.events) {
            let waiting = life.waiting.before(moment.events).copied().unwrap_or_default();
            let seats = u64::from((*backlog).max(waiting.accept + waiting.syn).clamp(1, 6));
            let pitch = (wide / seats as f64).min(14.0);
            let begin = x + (wide - pitch * seats as f64) / 2.0;
            for seat in 0..seats {
                let class = match seat {
                    seat if seat < u64::from(waiting.accept) => "seat full",
                    seat if seat < u64::from(waiting.accept + waiting.syn) => "seat half",
                    _ => "seat",
                };
                let shape = Shape::rect(begin + pitch * seat as f64 + 1.0, y, pitch - 2.0, 5.0, 1.0);
                scene.push(Mark::new(key(8 + seat), class, shape));
            }
            // What all of them say is said once.
            let title = texts
                .tell("{accept} wait for accept(), {syn} in the handshake", &[&waiting.accept, &waiting.syn]);
            let seats = Shape::rect(begin, y - 2.0, pitch * seats as f64, 9.0, 1.0);
            scene.push(Mark::new(key(4), "seats", seats).titled(title));
            return;
        }
        let recv = life.buffers.before(moment.events).map_or(0, |buffers| buffers.recv);
        let most = life.fullest.max(1);
        if life.buffers.last().is_some() {
            let title = texts.tell("{n} bytes wait for the program", &[&recv]);
            scene.push(Mark::new(key(4), "tank", Shape::rect(x, y, wide, 4.0, 2.0)).titled(title));
            let part = f64::from(recv) / f64::from(most);
            scene.push(Mark::new(key(5), "water", Shape::rect(x, y, wide * part, 4.0, 2.0)));
        }
    }
}

/// The addresses of a node.
fn addresses(history: &History, node: Node) -> String {
    let info = history.header().nodes.get(usize::from(node.0));
    let addresses: Vec<String> =
        info.map_or(Vec::new(), |info| info.addresses.iter().map(ToString::to_string).collect());
    addresses.join(", ")
}

/// When packets left and reached each socket.
fn passed(history: &History) -> BTreeMap<(Node, Sock), Vec<Time>> {
    let mut passed: BTreeMap<(Node, Sock), Vec<Time>> = BTreeMap::new();
    for journey in history.journeys() {
        let arrivals = journey.arrivals.iter().map(|arrival| (arrival.node, arrival.sock, arrival.at));
        for (node, sock, at) in arrivals.chain([(journey.from, journey.sock, journey.at)]) {
            let Some(sock) = sock else { continue };
            passed.entry((node, sock)).or_default().push(at);
        }
    }
    passed.values_mut().for_each(|times| sort(times));
    passed
}

/// Style class and words for what a socket is.
fn state(life: &SocketLife, moment: Moment) -> (&'static str, String) {
    match life.kind {
        SocketKind::Datagram => ("datagram", "UDP".into()),
        SocketKind::Stream => match life.state.before(moment.events) {
            Some(state) => (bands::class(*state), state.name().into()),
            None => ("closed", "TCP".into()),
        },
    }
}
