//! The buffers of a socket: each byte in the colour of the `send()` that wrote it.

use super::Part;
use super::bytes::{Bytes, sending, so_far};
use crate::flow::Range;
use crate::history::{History, Journey, Moment};
use crate::scene::{Anchor, Mark, Shape, Target, key};
use crate::texts::{Texts, pattern};
use crate::{badge, metrics};
use sockscope_core::program::SocketKind;

/// Height of a bar, and from one to the next.
const BAR: f64 = 13.0;
const PITCH: f64 = 19.0;
/// Between groups that touch.
const GAP: f64 = 3.0;
/// Width of the names of the bars.
const NAME: f64 = 40.0;
/// So many answers of `recv()` are told.
const TAKEN: usize = 4;

/// What lies in a bar, some bytes from its begin.
struct Group {
    from: u32,
    runs: Vec<Run>,
    /// How its bytes look unlike others.
    shade: &'static str,
}

/// Bytes side by side, all of one call.
struct Run {
    call: Option<usize>,
    long: u32,
    title: String,
}

/// Draws what a socket holds, and what its program took last.
pub(super) fn paint(
    marks: &mut Vec<Mark>,
    bytes: &Bytes,
    history: &History,
    moment: Moment,
    which: usize,
    (x, y, wide): (f64, f64, f64),
) {
    let life = &history.sockets()[which];
    let texts = history.texts();
    let events = moment.events;
    let stream = life.kind == SocketKind::Stream;
    let bar = Bar { which, x: x + NAME, wide: wide - NAME, most: bytes.fullest[which] };
    let peer = bytes.peers[which];
    if stream {
        let (range, next) = sending(life, events).unwrap_or_default();
        let runs = |writer, range, what| runs(texts, bytes, writer, range, what);
        let group = |from, shade, runs| Group { from, shade, runs };
        let sent = runs(Some(which), range.start..next, pattern("sent, not acknowledged"));
        let kept = runs(Some(which), next..range.end, pattern("not sent yet"));
        let both = vec![group(0, "", sent), group(next - range.start, " kept", kept)];
        bar.paint(marks, Part::Send, ("send", y), both, GAP);
        let taken = so_far(&bytes.taken[which], events).last().map_or(0, |part| part.range.end);
        let waits = life.buffers.before(events).map_or(0, |buffers| buffers.recv);
        let waiting = runs(peer, taken..taken + waits, pattern("wait for recv()"));
        // What came ahead of its turn lies where it belongs, behind the hole.
        let ahead = bytes.ahead[which].before(events).into_iter().flatten().map(|range| {
            let early = runs(peer, range.clone(), pattern("wait for the hole before them to be filled"));
            group(range.start.saturating_sub(taken), " early", early)
        });
        let groups = std::iter::once(group(0, "", waiting)).chain(ahead).collect();
        bar.paint(marks, Part::Receive, ("recv", y + PITCH), groups, 0.0);
    } else {
        let arrived = &bytes.arrived[which];
        let here = arrived.partition_point(|(n, ..)| *n < events);
        let taken = so_far(&bytes.taken[which], events).len().min(here);
        let mut from = 0;
        let datagram = |(_, _, call, long): &(usize, usize, u32, u32)| {
            let title = texts.tell("a datagram of {n} bytes waits for recvfrom()", &[long]);
            let run = Run { call: Some(*call as usize), long: (*long).max(1), title };
            from += run.long;
            Group { from: from - run.long, shade: "", runs: vec![run] }
        };
        // Each datagram is a box of its own: nothing joins what was sent apart.
        let groups = arrived[taken..here].iter().map(datagram).collect();
        bar.paint(marks, Part::Receive, ("recv", y), groups, GAP);
    }
    let below = if stream { 2.0 * PITCH } else { PITCH };
    taken(marks, bytes, history, (which, peer, events), (x, y + below, wide));
}

/// What the last calls of `recv()` returned: a box each, with the colours of what is in it.
fn taken(
    marks: &mut Vec<Mark>,
    bytes: &Bytes,
    history: &History,
    (which, peer, events): (usize, Option<usize>, usize),
    (x, y, wide): (f64, f64, f64),
) {
    let (texts, stream) = (history.texts(), history.sockets()[which].kind == SocketKind::Stream);
    let all = so_far(&bytes.taken[which], events);
    let key = |place: usize, piece| key(Part::Taken as u8, (which as u64) << 8 | place as u64, piece);
    marks.push(Mark::new(key(0, 0), "what", Shape::text(x, y + 10.0, Anchor::Start, texts.of("taken"))));
    let room = (wide - NAME) / TAKEN as f64;
    for (place, part) in all.iter().rev().take(TAKEN).rev().enumerate() {
        let left = x + NAME + room * place as f64;
        let box_ = room - 6.0;
        let parts = match stream {
            true => bytes.split(peer, part.range.clone()),
            false => {
                let datagram = bytes.arrived[which].get(part.range.start as usize);
                vec![(
                    datagram.map(|(_, _, call, _)| *call as usize),
                    0..datagram.map_or(1, |it| it.3.max(1)),
                )]
            }
        };
        let whole: u32 = parts.iter().map(|(_, range)| range.end - range.start).sum();
        let mut from = left;
        for (i, (call, range)) in parts.iter().take(12).enumerate() {
            let long = box_ * f64::from(range.end - range.start) / f64::from(whole.max(1));
            let class = format!("bytes {}", call.map_or("unknown".into(), badge::tint));
            let shape = Shape::rect(from, y, long, BAR, 2.0);
            marks.push(Mark::new(key(place + 1, i as u64), class, shape).titled(told(texts, *call, whole)));
            from += long;
        }
        let text = format!("{whole} B");
        if metrics::sans(&text, 9.5) < box_ {
            let text = Shape::text(left + box_ / 2.0, y + 10.0, Anchor::Middle, text);
            marks.push(Mark::new(key(place + 1, 60), "bytes-name", text));
        }
    }
}

/// The bytes in a packet, in the colours of who wrote them; false where it has none.
pub(super) fn carried(
    marks: &mut Vec<Mark>,
    bytes: &Bytes,
    history: &History,
    (journey, event): (&Journey, usize),
    (x, y, wide): (f64, f64, f64),
) -> bool {
    let runs = titled(history.texts(), bytes.carried(history, journey, event), pattern("in this packet"));
    let scale = wide / f64::from(runs.iter().map(|run| run.long).sum::<u32>().max(1));
    let (mut from, carries) = (x, !runs.is_empty());
    for (i, run) in runs.into_iter().take(60).enumerate() {
        let wide = f64::from(run.long) * scale;
        let class = format!("bytes {}", run.call.map_or("unknown".into(), badge::tint));
        let key = key(Part::Carried as u8, journey.packet.id.0, i as u64);
        let mark = Mark::new(key, class, Shape::rect(from, y, wide, 3.5, 1.0)).titled(run.title);
        marks.push(mark.to(Target::Packet(journey.packet.id)));
        from += wide;
    }
    carries
}

fn told(texts: &Texts, call: Option<usize>, long: u32) -> String {
    match call {
        Some(call) => texts.tell("{n} bytes, with what send() number {call} wrote", &[&long, &(call + 1)]),
        None => texts.tell("{n} bytes", &[&long]),
    }
}

fn runs(texts: &Texts, bytes: &Bytes, writer: Option<usize>, range: Range, what: &str) -> Vec<Run> {
    if range.start < range.end { titled(texts, bytes.split(writer, range), what) } else { Vec::new() }
}

/// Parts of a stream, each told with what they do.
fn titled(texts: &Texts, parts: Vec<(Option<usize>, Range)>, what: &str) -> Vec<Run> {
    let run = |(call, range): (Option<usize>, Range)| {
        let (long, what) = (range.end - range.start, texts.of(what));
        let title = match call {
            Some(call) => {
                texts.tell("{n} bytes of send() number {call}: {what}", &[&long, &(call + 1), &what])
            }
            None => texts.tell("{n} bytes: {what}", &[&long, &what]),
        };
        Run { call, long, title }
    };
    parts.into_iter().map(run).collect()
}

struct Bar {
    which: usize,
    x: f64,
    wide: f64,
    /// Bytes that fill it.
    most: u32,
}

impl Bar {
    /// Groups of bytes, each at its place, and so far apart.
    fn paint(&self, marks: &mut Vec<Mark>, part: Part, (name, y): (&str, f64), groups: Vec<Group>, gap: f64) {
        let key = |piece: u64| key(part as u8, (self.which as u64) << 8 | piece >> 5, piece & 31);
        let left = self.x - NAME;
        marks.push(Mark::new(key(0), "what", Shape::text(left, y + 10.0, Anchor::Start, name)));
        marks.push(Mark::new(key(1), "tank", Shape::rect(self.x, y, self.wide, BAR, 3.0)));
        let room = self.wide - gap * groups.len().saturating_sub(1) as f64;
        let scale = room / f64::from(self.most.max(1));
        let mut piece = 2;
        for (place, Group { from, runs, shade }) in groups.into_iter().enumerate() {
            let mut from = self.x + f64::from(from) * scale + gap * place as f64;
            for run in runs {
                let long = (f64::from(run.long) * scale).min(self.x + self.wide - from);
                if long < 0.2 || piece > 200 {
                    continue;
                }
                let class = format!("bytes {}{shade}", run.call.map_or("unknown".into(), badge::tint));
                let shape = Shape::rect(from, y, long, BAR, 2.0);
                marks.push(Mark::new(key(piece), class, shape).titled(run.title));
                if let Some(call) = run.call.filter(|_| long > 16.0) {
                    let text =
                        Shape::text(from + long / 2.0, y + 10.0, Anchor::Middle, (call + 1).to_string());
                    marks.push(Mark::new(key(piece + 1), "bytes-name", text));
                }
                from += long;
                piece += 2;
            }
        }
    }
}
