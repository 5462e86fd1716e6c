//! The time axis: from events to heights. Time goes down; where many things happen it is stretched until their texts
//! have room, where nothing happens it is cut short and the cut is marked.

use super::crowd::Crowd;
use crate::history::{History, Moment};
use crate::scene::tenth;
use sockscope_core::collections::sort_by_key;
use sockscope_core::time::{Span, Time};

/// Something that stands at a height of its own.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) at: Time,
    /// Its event: rows of one instant stand in the order of their events.
    pub(super) n: usize,
    pub(super) needs: Vec<Need>,
}

/// The room that a row needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Need {
    /// The end of an arrow on a lane.
    End { lane: usize, sends: bool },
    /// Lines of text in a column.
    Text { lines: usize },
}

impl Need {
    /// How far it reaches above and below the height of its row, where that is stretched. Texts are never made smaller.
    fn extent(self, stretch: f64) -> (f64, f64) {
        match self {
            Need::End { .. } => (0.0, (3.0 * stretch).max(0.3)),
            Need::Text { lines } => {
                let stretch = stretch.max(1.0);
                (8.0 * stretch, (LINE * (lines as f64 - 1.0) + 8.0) * stretch)
            }
        }
    }
}

/// How time becomes height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    /// A typical time between events: about 64 pixels.
    pub(super) unit: Span,
    /// By how much that is stretched.
    pub(super) zoom: f64,
    /// How much further than usual arrows of one direction are apart at their lane, so that labels find room.
    pub(super) wider: f64,
}

/// A stretch of time that was cut short.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cut {
    pub(super) y: f64,
    pub(super) span: Span,
}

/// The heights of all rows, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Axis {
    knots: Vec<Knot>,
    pub(super) cuts: Vec<Cut>,
}

/// A row at its height. Rows share no height: there is a place for a cursor between any two.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Knot {
    at: Time,
    n: usize,
    y: f64,
    /// Where the row begins: its text is half above `y`.
    top: f64,
    /// Where the row ends, and a cursor stands that has just passed it.
    end: f64,
}

/// Height of a line of text in a column.
pub(super) const LINE: f64 = 14.0;
/// Arrows of one direction are so far apart at their lane.
const GAP: f64 = 18.0;
/// A cut is this high.
const CUT: f64 = 46.0;
/// So far above and below its middle the picture is torn.
pub(super) const TORN: f64 = 10.0;

impl Axis {
    /// Heights from `top` down; where much is under way rows stand closer.
    pub(super) fn new(
        mut rows: Vec<Row>,
        crowd: &Crowd,
        top: f64,
        Scale { unit, zoom, wider }: Scale,
    ) -> Axis {
        sort_by_key(&mut rows, |row| (row.at, row.n));
        // One event has one height, whatever stands there.
        rows.dedup_by(|next, row| {
            let same = (row.at, row.n) == (next.at, next.n);
            if same {
                row.needs.append(&mut next.needs);
            }
            same
        });
        let mut axis = Axis::default();
        let mut room = Room::default();
        let (mut y, mut now, mut empty) = (top, rows.first().map_or(Time::ZERO, |row| row.at), true);
        for row in &rows {
            let span = row.at.since(now);
            let natural = span.as_nanos() as f64 / unit.as_nanos().max(1) as f64 * 64.0;
            let step = match empty {
                true if natural > 110.0 => CUT,
                true => natural * zoom,
                false => natural.min(150.0) * zoom,
            };
            if empty && natural > 110.0 {
                let from = room.edge.max(y);
                axis.cuts.push(Cut { y: from + CUT / 2.0, span });
                y = from;
            }
            let close = crowd.closeness(row.at, row.n);
            let gap = (GAP * zoom).max(2.0) * close + if close < 1.0 { 0.0 } else { wider };
            let knot = room.take(row, y + step, gap, zoom * close);
            y = knot.y;
            empty = crowd.is_empty(row.at, row.n);
            now = row.at;
            axis.knots.push(knot);
        }
        axis
    }
    /// The height of an event at a time: that of its row, or just after what was before.
    pub(super) fn y(&self, at: Time, n: usize) -> f64 {
        let row = self.knots.binary_search_by_key(&(at, n), |knot| (knot.at, knot.n));
        row.map_or_else(|_| self.moment(Moment { events: n, time: at }), |i| self.knots[i].y)
    }
    /// The lowest height.
    pub(super) fn bottom(&self) -> f64 {
        self.knots.last().map_or(0.0, |knot| knot.end)
    }
    /// The height of a moment: after all its events, and in proportion between the instants of two rows.
    pub(super) fn moment(&self, moment: Moment) -> f64 {
        let over = |knot: &Knot| knot.at < moment.time || knot.at == moment.time && knot.n < moment.events;
        let after = self.knots.partition_point(over);
        let Some(last) = after.checked_sub(1).map(|i| self.knots[i]) else {
            return self.knots.first().map_or(0.0, |knot| knot.top);
        };
        match self.knots.get(after) {
            Some(next) if next.at > moment.time => {
                let part =
                    moment.time.since(last.at).as_nanos() as f64 / next.at.since(last.at).as_nanos() as f64;
                last.end + (next.top - last.end) * part
            }
            _ => last.end,
        }
    }
    /// The moment at a height: the inverse of [`moment`](Axis::moment). What stands in a row has not happened before
    /// its end.
    pub(super) fn moment_at(&self, history: &History, y: f64) -> Moment {
        let after = self.knots.partition_point(|knot| knot.end <= y);
        let Some(last) = after.checked_sub(1).map(|i| self.knots[i]) else { return history.after(0) };
        match self.knots.get(after) {
            None => history.at(last.at),
            Some(next) if next.at == last.at => Moment { events: next.n, time: last.at },
            Some(next) => {
                let span = next.at.since(last.at).as_nanos();
                let part = (y - last.end) / (next.top - last.end).max(0.1);
                let passed = (span as f64 * part) as u64;
                history.at(last.at + Span::from_nanos(passed.min(span - 1)))
            }
        }
    }
    /// The rows' times and heights.
    pub(super) fn knots(&self) -> impl Iterator<Item = (Time, f64)> {
        self.knots.iter().map(|knot| (knot.at, knot.y))
    }
}

/// What is taken, from above.
#[derive(Default)]
struct Room {
    /// Last departure and last arrival of each lane.
    ends: Vec<[Option<f64>; 2]>,
    /// Lower edge of the last row.
    edge: f64,
}

impl Room {
    /// The first height from `y` on where a row fits that is stretched; takes it.
    fn take(&mut self, row: &Row, y: f64, gap: f64, stretch: f64) -> Knot {
        let (above, below) = row.needs.iter().fold((0.0, 0.0), |(above, below), need| {
            let (over, under) = need.extent(stretch);
            (f64::max(above, over), f64::max(below, under))
        });
        let mut y = y.max(self.edge + above);
        for need in &row.needs {
            let Need::End { lane, sends } = *need else { continue };
            self.ends.resize(self.ends.len().max(lane + 1), [None; 2]);
            let [same, other] = [sends, !sends].map(|way| self.ends[lane][usize::from(way)]);
            y = y
                .max(same.map_or(y, |last| last + gap))
                .max(other.map_or(y, |last| last + (gap * 0.45).min(8.0)));
        }
        for need in &row.needs {
            if let Need::End { lane, sends } = *need {
                self.ends[lane][usize::from(sends)] = Some(y);
            }
        }
        self.edge = tenth(y + below);
        Knot { at: row.at, n: row.n, y, top: tenth(y - above), end: self.edge }
    }
}
