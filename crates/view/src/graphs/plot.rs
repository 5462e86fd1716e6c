//! One graph: its frame, its ticks, its lines.

use super::{Line, Part, target};
use crate::flow::Track;
use crate::history::History;
use crate::metrics;
use crate::scene::{Anchor, Mark, Scene, Shape, key, tenth};
use crate::words;
use sockscope_core::time::Span;

/// From values to pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    pub(super) from: f64,
    pub(super) to: f64,
    /// The pixel of `from`.
    pub(super) low: f64,
    /// The pixel of `to`.
    pub(super) high: f64,
}

impl Scale {
    pub(super) fn at(&self, value: f64) -> f64 {
        let part = (value - self.from) / (self.to - self.from).max(f64::MIN_POSITIVE);
        self.low + (self.high - self.low) * part
    }
}

/// How the values of a graph are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    Bytes,
    /// Nanoseconds; each power of ten takes the same height.
    LogTime,
}

/// A graph that is being drawn.
pub(super) struct Plot<'a> {
    pub(super) scene: &'a mut Scene,
    pub(super) history: &'a History,
    pub(super) track: &'a Track,
    pub(super) number: u64,
    pub(super) time: Scale,
    pub(super) value: Scale,
    pub(super) axis: Axis,
}

impl Plot<'_> {
    /// The values of a line, each with the time from which it holds.
    fn values(&self, line: &Line) -> Vec<(f64, Option<f64>)> {
        let changes = self.history.sockets()[self.track.flow.sender].variables.iter();
        let at = |n: usize| self.history.events()[n].at.as_nanos() as f64;
        changes.map(|(n, it)| (at(n), (line.value)(self.track, it))).collect()
    }
    /// Chooses the scale so that everything that matters fits: a window that is far larger than the stream, or a threshold
    /// far over the window, may leave the frame.
    pub(super) fn fit(&mut self, lines: &[Line]) {
        let until = self.time.to;
        let all = |line: &Line| -> Vec<f64> {
            self.values(line)
                .into_iter()
                .filter(|(at, _)| *at <= until)
                .filter_map(|(_, value)| value)
                .collect()
        };
        let most = |values: Vec<f64>| values.into_iter().fold(0.0, f64::max);
        (self.value.from, self.value.to) = match (self.axis, self.number) {
            (Axis::Bytes, 0) => (0.0, f64::from(self.track.total) * 1.1),
            (Axis::Bytes, _) => (0.0, most(all(&lines[0])).max(most(all(&lines[2]))).max(1.0) * 1.1),
            (Axis::LogTime, _) => {
                let values: Vec<f64> = lines.iter().flat_map(all).filter(|value| *value > 0.0).collect();
                let least = values.iter().copied().fold(f64::INFINITY, f64::min).min(1e12);
                (least.log10().floor(), most(values).max(1e3).log10() + 0.1)
            }
        };
    }
    fn y(&self, value: f64) -> f64 {
        let value = if self.axis == Axis::LogTime { value.max(1.0).log10() } else { value };
        self.value.at(value).clamp(self.value.high, self.value.low)
    }

    pub(super) fn frame(&mut self, title: &str) {
        let (left, right) = (self.time.low, self.time.high);
        let (top, low) = (self.value.high, self.value.low);
        let key = |part: Part, which: u64, piece| key(part as u8, self.number << 40 | which, piece);
        let mut marks = vec![Mark::new(
            key(Part::Frame, 0, 0),
            "g-frame",
            Shape::rect(left, top, right - left, low - top, 0.0),
        )];
        if self.scene.width >= 480.0 {
            let text = Shape::text(left, top - 14.0, Anchor::Start, self.history.texts().of(title));
            marks.push(Mark::new(key(Part::Frame, 0, 1), "g-title", text));
        }
        for (i, (value, text)) in self.ticks().into_iter().enumerate() {
            let y = self.y(value);
            let line = Shape::line(left, y, right, y);
            marks.push(Mark::new(key(Part::Tick, i as u64, 0), "g-grid", line));
            let text = Shape::text(left - 6.0, y + 3.5, Anchor::End, text);
            marks.push(Mark::new(key(Part::Tick, i as u64, 1), "time", text));
        }
        self.scene.marks.extend(marks);
    }

    fn ticks(&self) -> Vec<(f64, String)> {
        match self.axis {
            Axis::Bytes => {
                let room = (self.value.low - self.value.high) / 36.0;
                let step = words::round_step(self.value.to / room.max(1.0));
                let ticks = (0..).map(|i| f64::from(i) * step).take_while(|value| *value <= self.value.to);
                ticks.map(|value| (value, words::grouped(value as u64))).collect()
            }
            Axis::LogTime => {
                let powers = self.value.from.ceil() as i32..=self.value.to.floor() as i32;
                let tick =
                    |power| (10_f64.powi(power), words::span(Span::from_nanos(10_u64.pow(power as u32))));
                powers.filter(|power| (0..=18).contains(power)).map(tick).collect()
            }
        }
    }

    /// Each segment as a stroke from its first number to its last, where it was sent.
    pub(super) fn segments(&mut self) {
        self.sacks();
        let mut last = (f64::MIN, "");
        for piece in &self.track.pieces {
            let x = self.time.at(piece.at.as_nanos() as f64);
            let (top, low) = (self.y(piece.range.end.into()), self.y(piece.range.start.into()));
            let lost = piece.end.is_some_and(|(_, lost)| lost);
            let class = match (piece.again, lost) {
                (true, _) => "g-segment again",
                (false, true) => "g-segment lost",
                (false, false) => "g-segment",
            };
            // What falls on the same pixels is drawn once.
            let dense = self.track.pieces.len() > 3000;
            if dense && class == last.1 && x - last.0 < 0.7 {
                continue;
            }
            last = (x, class);
            let journey = &self.history.journeys()[piece.journey];
            let key = |piece| key(Part::Segment as u8, journey.packet.id.0, piece);
            let texts = self.history.texts();
            let title = format!("{}. {}", words::packet(texts, journey)[0], texts.of(journey.reason.text()));
            let shape = Shape::line(x, low.max(top + 2.0), x, top);
            let mark = Mark::new(key(0), class, shape).titled(title).to(target(self.history, piece.journey));
            self.scene.push(mark);
            if lost {
                let cross = Shape::cross((x, top - 5.0), 2.5);
                self.scene.push(Mark::new(key(1), "g-cross", cross));
            }
        }
    }

    /// What came beyond a hole, as each ACK told it.
    fn sacks(&mut self) {
        for (n, ranges) in self.track.sacked.iter() {
            let x = self.time.at(self.history.events()[n].at.as_nanos() as f64);
            for (i, range) in ranges.iter().take(60).enumerate() {
                let line = Shape::line(x, self.y(range.start.into()), x, self.y(range.end.into()));
                self.scene.push(Mark::new(key(Part::Sack as u8, n as u64, i as u64), "g-sack", line));
            }
        }
    }

    /// What the strokes mean.
    pub(super) fn kinds(&mut self, y: f64) {
        let texts = self.history.texts();
        let kinds = [
            ("g-segment", texts.of("segment")),
            ("g-segment again", texts.of("sent again")),
            ("g-sack", texts.of("SACKed")),
        ];
        let mut x = if self.scene.width < 480.0 { 6.0 } else { self.time.low };
        for (i, (class, name)) in kinds.into_iter().enumerate() {
            let key = |piece| key(Part::Kind as u8, i as u64, piece);
            self.scene.push(Mark::new(key(0), class, Shape::line(x + 3.0, y, x + 3.0, y - 10.0)));
            self.scene.push(Mark::new(key(1), "what", Shape::text(x + 10.0, y - 1.5, Anchor::Start, name)));
            x += metrics::sans(name, 10.0) + 24.0;
        }
        let key = |piece| key(Part::Kind as u8, 9, piece);
        self.scene.push(Mark::new(key(0), "g-cross", Shape::cross((x + 3.0, y - 5.0), 2.5)));
        self.scene.push(Mark::new(
            key(1),
            "what",
            Shape::text(x + 10.0, y - 1.5, Anchor::Start, texts.of("lost")),
        ));
    }

    /// A line of steps: each value holds until the next.
    pub(super) fn line(&mut self, place: u64, line: &Line) {
        let mut d = String::new();
        let mut pen: Option<(f64, f64)> = None;
        let values = self.values(line);
        for (at, value) in values.iter().filter(|(at, _)| *at <= self.time.to) {
            let (x, y) = (self.time.at(*at), value.map(|value| self.y(value)));
            match (pen, y) {
                (Some((_, before)), Some(y)) if (y - before).abs() < 0.3 => continue,
                (Some((left, before)), Some(y)) => {
                    let x = x.max(left);
                    d += &format!("L{} {}L{} {}", tenth(x), tenth(before), tenth(x), tenth(y));
                    pen = Some((x, y));
                }
                (None, Some(y)) => {
                    d += &format!("M{} {}", tenth(x), tenth(y));
                    pen = Some((x, y));
                }
                (Some((left, before)), None) => {
                    d += &format!("L{} {}", tenth(x.max(left)), tenth(before));
                    pen = None;
                }
                (None, None) => {}
            }
        }
        let Some((_, y)) = pen else {
            return if !d.is_empty() {
                self.push_line(place, line, d)
            };
        };
        d += &format!("L{} {}", tenth(self.time.high), tenth(y));
        self.push_line(place, line, d);
    }
    fn push_line(&mut self, place: u64, line: &Line, d: String) {
        let key = key(Part::Line as u8, self.number << 8 | place, 0);
        let mark = Mark::new(key, format!("g-line {}", line.class), Shape::Path { d });
        self.scene.push(mark.titled(self.history.texts().of(line.name)));
    }
}

/// The times below the graphs.
pub(super) fn times(scene: &mut Scene, time: &Scale, y: f64) {
    let step = words::round_step((time.to - time.from) / ((time.high - time.low) / 90.0).max(1.0));
    let mut at = (time.from / step).ceil() * step;
    while at <= time.to {
        let text = words::span(Span::from_nanos(at as u64));
        let half = metrics::sans(&text, 10.0) / 2.0;
        let x = time.at(at).clamp(half, scene.width - half);
        let text = Shape::text(x, y, Anchor::Middle, text);
        scene.push(Mark::new(
            key(Part::Tick as u8, 1 << 52 | (at as u64 & 0xffff_ffff_ffff), 0),
            "time",
            text,
        ));
        at += step;
    }
}
