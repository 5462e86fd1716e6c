//! What the bars are filled with.

use super::{BAR, MARGIN, Numbers, Part, RECEIVER, SENDER};
use crate::flow::{Range, Track};
use crate::history::History;
use crate::metrics;
use crate::scene::{Anchor, Mark, Scene, Shape, Target, key};
use crate::texts::{Texts, pattern};
use crate::words;

/// A stretch of a bar.
struct Cell {
    range: Range,
    class: &'static str,
    title: String,
    /// The journey whose segment it is.
    journey: Option<usize>,
}

/// The classes of cells with their names, in the order of the legend.
const KINDS: [(&str, &str); 9] = [
    ("acked", pattern("acknowledged")),
    ("flight", pattern("in flight")),
    ("again", pattern("sent again")),
    ("sacked", pattern("SACKed")),
    ("unsent", pattern("waits to be sent")),
    ("taken", pattern("taken by the program")),
    ("waits", pattern("waits for recv()")),
    ("ahead", pattern("ahead of its turn")),
    ("hole", pattern("hole")),
];

/// Names the classes; returns where the next may begin.
pub(super) fn legend(scene: &mut Scene, texts: &Texts, top: f64) -> f64 {
    let (mut x, mut y) = (MARGIN, top);
    for (i, (class, name)) in KINDS.into_iter().enumerate() {
        let name = texts.of(name);
        let wide = metrics::sans(name, 10.0) + 30.0;
        if x + wide > scene.width - MARGIN + 12.0 {
            (x, y) = (MARGIN, y + 18.0);
        }
        let key = |piece| key(Part::Legend as u8, i as u64, piece);
        scene.push(Mark::new(key(0), format!("stretch {class}"), Shape::rect(x, y - 9.0, 14.0, 11.0, 2.0)));
        scene.push(Mark::new(key(1), "what", Shape::text(x + 18.0, y, Anchor::Start, name)));
        x += wide;
    }
    y + 8.0
}

/// What is needed to fill the bars at a moment.
pub(super) struct Strip<'a> {
    pub(super) x: &'a dyn Fn(u32) -> f64,
    pub(super) history: &'a History,
    pub(super) track: &'a Track,
    pub(super) events: usize,
}

impl Strip<'_> {
    pub(super) fn sender(&self, marks: &mut Vec<Mark>, numbers: &Numbers) {
        let texts = self.history.texts();
        let mut cells = Vec::new();
        let plain = |range: Range, class, title: String| Cell { range, class, title, journey: None };
        cells.push(plain(0..numbers.una, "acked", texts.tell("{n} acknowledged", &[&numbers.una])));
        cells.extend(self.in_flight(numbers));
        for range in self.track.sacked.before(self.events).into_iter().flatten() {
            let title =
                texts.tell("{from} to {to}: the peer has it beyond a hole", &[&range.start, &range.end]);
            cells.push(plain(range.start.max(numbers.una)..range.end, "sacked", title));
        }
        let unsent = numbers.una.max(1) + numbers.buffered;
        let waits = unsent.saturating_sub(numbers.next);
        let title = texts.tell("{n} bytes wait in the send buffer", &[&waits]);
        cells.push(plain(numbers.next..unsent, "unsent", title));
        self.paint(marks, cells, 0, SENDER);
    }

    /// The segments that are not acknowledged: each as it was sent last.
    fn in_flight(&self, numbers: &Numbers) -> Vec<Cell> {
        let sent = self.track.pieces.partition_point(|piece| piece.event < self.events);
        let pieces = self.track.pieces[..sent].iter().rev();
        // Before the first segment that is acknowledged as a whole, nothing is in flight.
        let out = pieces.take_while(|piece| piece.range.end > numbers.una || piece.again);
        let cell = |piece: &crate::flow::Piece| {
            let class = if piece.again { "again" } else { "flight" };
            let range = piece.range.start.max(numbers.una)..piece.range.end;
            let texts = self.history.texts();
            let [packet, ..] = words::packet(texts, &self.history.journeys()[piece.journey]);
            let title = texts.tell("{packet} is in flight", &[&packet]);
            Cell { range, class, title, journey: Some(piece.journey) }
        };
        let mut cells: Vec<Cell> = out.map(cell).filter(|cell| cell.range.start < cell.range.end).collect();
        cells.reverse();
        cells
    }

    pub(super) fn receiver(&self, marks: &mut Vec<Mark>, numbers: &Numbers) {
        let texts = self.history.texts();
        let taken = numbers.next.saturating_sub(numbers.buffered);
        let plain = |range: Range, class, title: String| Cell { range, class, title, journey: None };
        let mut cells = vec![
            plain(0..taken, "taken", texts.tell("{n} taken", &[&taken])),
            plain(
                taken..numbers.next,
                "waits",
                texts.tell("{n} bytes wait for recv()", &[&numbers.buffered]),
            ),
        ];
        let mut next = numbers.next;
        for range in self.track.ahead.before(self.events).into_iter().flatten() {
            if range.end <= next {
                continue;
            }
            let title = texts.tell("{from} to {to} is missing", &[&next, &range.start]);
            cells.push(plain(next..range.start, "hole", title));
            let title = texts.tell("{from} to {to} came ahead of its turn", &[&range.start, &range.end]);
            cells.push(plain(range.start.max(next)..range.end, "ahead", title));
            next = range.end;
        }
        self.paint(marks, cells, 1, RECEIVER);
    }

    fn paint(&self, marks: &mut Vec<Mark>, cells: Vec<Cell>, bar: u64, y: f64) {
        let mut last: Option<(f64, f64, &str)> = None;
        for (i, cell) in cells.into_iter().filter(|cell| cell.range.start < cell.range.end).enumerate() {
            let (left, right) = ((self.x)(cell.range.start), (self.x)(cell.range.end));
            // What would be too narrow to see joins what is beside it.
            let joins = last.is_some_and(|(_, end, class)| class == cell.class && right - end < 1.5);
            if right - left < 0.1 || joins && right - left < 1.5 {
                continue;
            }
            last = Some((left, right, cell.class));
            let key = |piece| key(Part::Cell as u8, bar << 32 | i as u64, piece);
            let shape = Shape::rect(left, y + 2.0, (right - left).max(1.0), BAR - 4.0, 2.0);
            let mark = Mark::new(key(0), format!("stretch {}", cell.class), shape).titled(cell.title);
            let journey = cell.journey.map(|journey| &self.history.journeys()[journey]);
            marks.push(match journey {
                Some(journey) => mark.to(Target::Packet(journey.packet.id)),
                None => mark,
            });
            let text = journey.map(|journey| words::quote(words::payload(&journey.packet), 24));
            if let Some(text) =
                text.filter(|text| text.len() > 2 && metrics::mono(text, 10.0) < right - left - 4.0)
            {
                let shape = Shape::text((left + right) / 2.0, y + BAR / 2.0 + 3.5, Anchor::Middle, text);
                marks.push(Mark::new(key(1), "cell-text", shape));
            }
        }
    }
}
