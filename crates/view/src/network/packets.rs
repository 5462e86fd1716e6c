//! Packets on wires and in queues, and the crosses of those that died.

use super::place::{Place, Places};
use super::{Dots, Network, Part, key};
use crate::history::{History, Hop, HopEnd, Journey, Moment, PacketKind};
use crate::metrics;
use crate::scene::{Anchor, Mark, Scene, Shape, Target};
use crate::texts::Texts;
use crate::words;
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::{LinkDrop, LinkId};

/// Where a packet is on a link.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Spot {
    /// In the queue before the wire.
    Queue,
    /// On the wire: 0 is its begin, 1 its end.
    Wire(f64),
    /// It died there, so long ago that this part of the fading is over.
    Died(f64, f64),
}

/// So many packets share an entry of [`Network::gone`].
const CHUNK: usize = 256;

/// For each chunk of packets, how many events have happened when none of them is on a link any more.
pub(super) fn gone(history: &History, fade: Span) -> Vec<usize> {
    let end = |hop: &Hop| match hop.end {
        HopEnd::UnderWay => usize::MAX,
        HopEnd::Delivered { event, .. } => event + 1,
        HopEnd::Lost { at, .. } => history.at(at + fade).events + 1,
    };
    let last =
        |chunk: &[Journey]| chunk.iter().flat_map(|journey| journey.hops.iter().map(end)).max().unwrap_or(0);
    history.journeys().chunks(CHUNK).map(last).collect()
}

/// Draws every packet that is on a link at a moment.
pub(super) fn paint(
    scene: &mut Scene,
    dots: &mut Dots,
    history: &History,
    network: &Network,
    moment: Moment,
) {
    let journeys = history.journeys();
    let chunks = (0..journeys.len()).step_by(CHUNK).zip(&network.gone);
    let alive = chunks.filter(|(_, gone)| **gone > moment.events);
    let alive = alive.flat_map(|(first, _)| first..journeys.len().min(first + CHUNK));
    // The list is reused from moment to moment.
    let mut here = std::mem::take(&mut dots.here);
    here.clear();
    let mut names = Vec::new();
    for which in alive.take_while(|which| journeys[*which].sent < moment.events) {
        for (way, hop) in journeys[which].hops.iter().enumerate().filter(|(_, hop)| hop.event < moment.events)
        {
            here.extend(spot(hop, moment, network.fade).map(|spot| Here { journey: which, hop: way, spot }));
        }
    }
    for link in (0..2 * history.header().links.len()).map(|link| LinkId(link as u16)) {
        let Some(ends) = network.places.wire(history, link) else { continue };
        let told = |it: &Here| (&journeys[it.journey], &journeys[it.journey].hops[it.hop], it.spot);
        let here = here.iter().map(told).filter(|(_, hop, _)| hop.link == link);
        let (names, tight, places, texts) = (&mut names, Vec::new(), &network.places, history.texts());
        Wire { texts, scene: &mut *scene, dots: &mut *dots, link, ends, places, names, tight }.paint(here);
    }
    dots.here = here;
}

/// A packet that is on a link: its place among the journeys, and the place of the hop among its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Here {
    journey: usize,
    hop: usize,
    spot: Spot,
}

/// Where the packet of a hop is; none where it is gone.
fn spot(hop: &Hop, moment: Moment, fade: Span) -> Option<Spot> {
    let now = moment.time;
    match hop.end {
        HopEnd::Delivered { event, .. } if event < moment.events => None,
        HopEnd::Lost { at, why, .. } if now >= at => {
            let age = ratio(at, now, at + fade);
            (age < 1.0).then(|| Spot::Died(place_of_death(hop, at, why), age))
        }
        HopEnd::Lost { at, why, .. } if hop.arrives.is_none() => {
            Some(Spot::Wire(ratio(hop.entered, now, at) * place_of_death(hop, at, why)))
        }
        _ if now < hop.leaves && hop.leaves > hop.entered => Some(Spot::Queue),
        _ => Some(Spot::Wire(ratio(hop.leaves, now, hop.arrives.unwrap_or(hop.leaves)))),
    }
}

/// Where on the wire a packet died: in the middle where the trace does not know better.
fn place_of_death(hop: &Hop, at: Time, why: LinkDrop) -> f64 {
    match hop.arrives {
        Some(arrives) => ratio(hop.leaves, at, arrives).clamp(0.04, 0.96),
        None if matches!(
            why,
            LinkDrop::QueueFull | LinkDrop::TooLong | LinkDrop::NoRoute | LinkDrop::Expired
        ) =>
        {
            0.04
        }
        None => 0.5,
    }
}

/// How much of the time from `from` to `to` is over.
fn ratio(from: Time, now: Time, to: Time) -> f64 {
    let (part, whole) = (now.since(from).as_nanos() as f64, to.since(from).as_nanos() as f64);
    if whole == 0.0 { 1.0 } else { (part / whole).min(1.0) }
}

struct Wire<'a> {
    texts: &'a Texts,
    scene: &'a mut Scene,
    dots: &'a mut Dots,
    link: LinkId,
    ends: [(f64, f64); 2],
    places: &'a Places,
    /// The middles of the packets with names, of this wire and of others, and how wide they are.
    names: &'a mut Vec<[f64; 3]>,
    /// Where a name has found no room: those that lie there are not tried again.
    tight: Vec<(f64, f64)>,
}

/// So many rows of labelled packets lie beside a wire; what finds no room there is a dot.
const ROWS: usize = 3;
/// No name is narrower.
const NARROW: f64 = 30.0;
/// So many packets of a queue are drawn.
const QUEUE: usize = 20;

/// A name is so high, with the room above it.
const HIGH: f64 = 23.0;

impl Wire<'_> {
    fn paint<'b>(&mut self, here: impl Iterator<Item = (&'b Journey, &'b Hop, Spot)>) {
        let mut waiting = (0, 0);
        for (journey, hop, spot) in here {
            match spot {
                Spot::Queue => {
                    if waiting.0 < self.places() {
                        self.queued(journey, hop, waiting.0);
                    }
                    waiting = (waiting.0 + 1, waiting.1.max(hop.queue));
                }
                Spot::Wire(part) => self.flying(journey, hop, part),
                Spot::Died(part, age) => self.died(journey, hop, part, age),
            }
        }
        self.backlog(waiting);
    }

    /// How much waits before the wire, where it is more than a packet.
    fn backlog(&mut self, (packets, bytes): (usize, u32)) {
        if packets < 2 {
            return;
        }
        let places = self.places();
        let (x, y) = self.point(0.0, 12.0 + 7.0 * packets.min(places) as f64);
        let (key, end) = (key(Part::Note, 8 + u64::from(self.link.0), 0), self.direction().0 > 0.5);
        let text = if packets > places && !self.is_upright() {
            self.texts.tell("{n} wait", &[&packets])
        } else {
            packets.to_string()
        };
        let title =
            self.texts.tell("{packets} packets, {bytes} bytes, wait for the wire", &[&packets, &bytes]);
        let y = if end && y < self.ends[0].1 { y } else { y + 8.0 };
        self.scene.push(Mark::new(key, "what", Shape::text(x, y, Anchor::Middle, text)).titled(title));
    }

    /// The point at a part of the wire, on the side of its direction: what comes and what goes pass each other.
    fn point(&self, part: f64, aside: f64) -> (f64, f64) {
        let [(x1, y1), (x2, y2)] = self.ends;
        let long = self.length();
        let (dx, dy) = ((x2 - x1) / long, (y2 - y1) / long);
        (x1 + (x2 - x1) * part + dy * aside, y1 + (y2 - y1) * part - dx * aside)
    }
    fn length(&self) -> f64 {
        let [(x1, y1), (x2, y2)] = self.ends;
        ((x2 - x1).powi(2) + (y2 - y1).powi(2)).sqrt().max(1.0)
    }

    /// The part of the wire where the middle of something is that reaches `half` along it to both sides: it starts when
    /// it has left the one door and ends at the other.
    fn between_doors(&self, part: f64, half: f64) -> f64 {
        let door = ((half + 6.0) / self.length()).min(0.5);
        door + (1.0 - 2.0 * door) * part
    }

    fn flying(&mut self, journey: &Journey, hop: &Hop, part: f64) {
        let (dx, dy) = self.direction();
        // Where there was no room for others words are not even looked for.
        let narrow = self.stretch(self.between_doors(part, NARROW / 2.0 * dx + 10.0 * dy), NARROW);
        if self.tight.iter().any(|tight| tight.0 < narrow.1 && narrow.0 < tight.1) {
            return self.dot(journey, hop, part);
        }
        let kind = PacketKind::of(&journey.packet).class();
        let [long, middle, short] = words::packet(self.texts, journey);
        let again = if journey.original.is_some() { " again" } else { "" };
        let hurt = if hop.flipped.is_some() { " hurt" } else { "" };
        let copy = if hop.copy > 0 { " copy" } else { "" };
        let class = format!("{kind}{again}{hurt}{copy}");
        let title = format!("{long}. {}", self.texts.of(journey.reason.text()));
        let target = Target::Packet(journey.packet.id);
        let key = |piece| key(Part::Packet, journey.packet.id.0, u64::from(hop.copy % 8) * 8 + piece);
        let room = if dy > dx { self.length().clamp(50.0, 110.0) } else { self.length() * 0.45 };
        let fits = |text: &String| metrics::sans(text, 11.0) + 16.0 <= room;
        let text = [long, middle].into_iter().find(fits).unwrap_or(short);
        let wide = metrics::sans(&text, 11.0) + 14.0;
        let part = self.between_doors(part, wide / 2.0 * dx + 10.0 * dy);
        let Some((x, y)) = self.room(part, wide) else { return self.dot(journey, hop, part) };
        let frame = Shape::rect(x - wide / 2.0, y - 10.0, wide, 20.0, 10.0);
        self.scene.push(Mark::new(key(1), format!("packet {class}"), frame).titled(title).to(target));
        let text = Shape::text(x, y + 4.0, Anchor::Middle, text);
        self.scene.push(Mark::new(key(2), "packet-name", text).to(target));
    }

    /// How much of a step along the wire leads aside, and how much up or down; never quite nothing.
    fn direction(&self) -> (f64, f64) {
        let [(x1, y1), (x2, y2)] = self.ends;
        (((x2 - x1).abs() / self.length()).max(1e-6), ((y2 - y1).abs() / self.length()).max(1e-6))
    }

    /// Whether the wire runs down the picture.
    fn is_upright(&self) -> bool {
        let (dx, dy) = self.direction();
        dy > dx
    }
    /// So many packets of the queue find a place beside the wire, until the picture ends.
    fn places(&self) -> usize {
        let (begin, aside) = (self.point(0.0, 0.0), self.point(0.0, 1.0));
        let room = |begin: f64, aside: f64, most: f64| if aside > begin { most - begin } else { begin };
        let room = if self.is_upright() {
            room(begin.0, aside.0, self.scene.width)
        } else {
            room(begin.1, aside.1, self.scene.height)
        };
        (((room - 30.0) / 7.0).max(1.0) as usize).min(QUEUE)
    }

    /// A packet without a name.
    fn dot(&mut self, journey: &Journey, hop: &Hop, part: f64) {
        let at = self.point(self.between_doors(part, 5.0), 9.0);
        self.dots.push((journey.packet.id, hop.copy), PacketKind::of(&journey.packet), at);
    }

    /// So many rows of names fit beside the wire.
    fn most(&self) -> usize {
        if self.is_upright() { ROWS - 1 } else { ROWS }
    }
    /// The stretch of the wire about a part of it, that a name `wide` takes.
    fn stretch(&self, part: f64, wide: f64) -> (f64, f64) {
        let (dx, dy) = self.direction();
        let (middle, half) = (part * self.length(), ((wide + 4.0) / dx).min((HIGH + 1.0) / dy) / 2.0);
        (middle - half, middle + half)
    }
    /// The nearest place beside a part of the wire where a name `wide` lies over no other and over no box, and takes it.
    fn room(&mut self, part: f64, wide: f64) -> Option<(f64, f64)> {
        let (dx, dy) = self.direction();
        let [from, to] = self.ends;
        // Where there may be points, names leave them room beside the wire.
        let near = if self.places.busy { 16.0 } else { 4.0 };
        let within = |at: f64, half: f64, most: f64| half <= at && at + half <= most;
        // Between the ends of the wire, as far as it is long enough.
        let between = |at: f64, from: f64, to: f64, half: f64| {
            let (least, most) = (from.min(to) + half, from.max(to) - half);
            if least <= most { at.clamp(least, most) } else { at }
        };
        for row in 0..self.most() {
            let aside = near + 10.0 * dx + wide / 2.0 * dy + (HIGH / dx).min(76.0 / dy) * row as f64;
            let (x, y) = self.point(part, aside);
            let (x, y) = match self.places.upright {
                true => (x, between(y, from.1, to.1, 13.0)),
                false => (between(x, from.0, to.0, wide / 2.0 + 3.0), y),
            };
            let over = |place: &Place| {
                (x - place.x - place.width / 2.0).abs() < (wide + place.width) / 2.0
                    && (y - place.y - place.height / 2.0).abs() < 10.0 + place.height / 2.0
            };
            let free = !self.places.nodes.iter().any(over)
                && self.names.iter().all(|[left, top, other]| {
                    (x - left).abs() >= (wide + other) / 2.0 + 2.0 || (y - top).abs() >= HIGH - 2.0
                });
            if free && within(x, wide / 2.0, self.scene.width) && within(y, 10.0, self.scene.height) {
                self.names.push([x, y, wide]);
                return Some((x, y));
            }
        }
        self.tight.push(self.stretch(part, wide));
        None
    }

    /// A packet in the queue: a small box beside the begin of the wire, one behind the other.
    fn queued(&mut self, journey: &Journey, hop: &Hop, place: usize) {
        let (x, y) = self.point(0.0, 12.0 + 7.0 * place as f64);
        let kind = PacketKind::of(&journey.packet).class();
        let shape = Shape::rect(x - 4.0, y - 2.5, 8.0, 5.0, 1.0);
        let key = key(Part::Packet, journey.packet.id.0, u64::from(hop.copy % 8) * 8 + 3);
        let title = self.texts.tell("{packet} waits in the queue", &[&words::packet(self.texts, journey)[0]]);
        let mark = Mark::new(key, format!("queued {kind}"), shape).titled(title);
        self.scene.push(mark.to(Target::Packet(journey.packet.id)));
    }

    fn died(&mut self, journey: &Journey, hop: &Hop, part: f64, age: f64) {
        let class = format!("cross fade{}", (age * 4.0) as u8);
        let key = key(Part::Packet, journey.packet.id.0, u64::from(hop.copy % 8) * 8 + 4);
        let title = match hop.end {
            HopEnd::Lost { why, .. } => {
                let [long, ..] = words::packet(self.texts, journey);
                format!("{long}: {}", words::link_drop(self.texts, why))
            }
            _ => String::new(),
        };
        let mark = Mark::new(key, class, Shape::cross(self.point(part, 12.0), 5.0)).titled(title);
        self.scene.push(mark.to(Target::Packet(journey.packet.id)));
    }
}
