//! The time axis: from events to heights. Time goes down; where many things happen it is stretched until their texts
//! have room, where nothing happens it is cut short and the cut is marked.

use crate::history::{History, Moment};
use sockscope_core::time::{Span, Time};

/// Something that stands at a height of its own.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) at: Time,
    /// Its event: rows of one instant stand in the order of their events.
    pub(super) n: usize,
    /// How many packets more are under way from here on.
    pub(super) flights: i32,
    pub(super) needs: Vec<Need>,
}

/// The room that a row needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Need {
    /// The end of an arrow on a lane.
    End { lane: usize, sends: bool },
    /// Lines of text in the column of a group.
    Text { group: usize, lines: usize },
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
    /// Time, event, height; sorted by each of them.
    knots: Vec<(Time, usize, f64)>,
    pub(super) cuts: Vec<Cut>,
}

/// Height of a line of text in a column.
pub(super) const LINE: f64 = 14.0;
/// A cut is this high.
const CUT: f64 = 46.0;

impl Axis {
    /// Heights from `top` down. `unit` is a typical time between events: about 64 pixels. `gap` is the least distance
    /// between arrows of one direction at one lane.
    pub(super) fn new(mut rows: Vec<Row>, top: f64, unit: Span, gap: f64) -> Axis {
        rows.sort_by_key(|row| (row.at, row.n));
        // One event has one height, whatever stands there.
        rows.dedup_by(|next, row| {
            let same = (row.at, row.n) == (next.at, next.n);
            if same {
                row.flights += next.flights;
                row.needs.append(&mut next.needs);
            }
            same
        });
        let mut axis = Axis::default();
        let mut room = Room::default();
        let (mut y, mut now, mut flights) = (top, rows.first().map_or(Time::ZERO, |row| row.at), 0);
        for row in &rows {
            let span = row.at.since(now);
            let natural = span.as_nanos() as f64 / unit.as_nanos().max(1) as f64 * 64.0;
            let step = match flights {
                0 if natural > 110.0 => CUT,
                0 => natural,
                _ => natural.min(150.0),
            };
            if flights == 0 && natural > 110.0 {
                let from = room.lowest().max(y);
                axis.cuts.push(Cut { y: from + CUT / 2.0, span });
                y = from;
            }
            y = room.take(y + step, &row.needs, gap);
            flights += row.flights;
            now = row.at;
            axis.knots.push((row.at, row.n, y));
        }
        axis
    }
    /// The height of an event at a time.
    pub(super) fn y(&self, at: Time, n: usize) -> f64 {
        let i = self.knots.partition_point(|(t, k, _)| (*t, *k) < (at, n));
        self.knots.get(i).or(self.knots.last()).map_or(0.0, |knot| knot.2)
    }
    /// The lowest height.
    pub(super) fn bottom(&self) -> f64 {
        self.knots.last().map_or(0.0, |knot| knot.2)
    }
    /// The height of a moment: after all its events, and in proportion between the instants of two rows.
    pub(super) fn moment(&self, moment: Moment) -> f64 {
        let after = self
            .knots
            .partition_point(|(at, n, _)| *at < moment.time || *at == moment.time && *n < moment.events);
        let Some((from, _, y)) = after.checked_sub(1).map(|i| self.knots[i]) else {
            return self.knots.first().map_or(0.0, |knot| knot.2 - 6.0);
        };
        match self.knots.get(after) {
            Some((to, _, below)) if *to > from && *to > moment.time => {
                let part = moment.time.since(from).as_nanos() as f64 / to.since(from).as_nanos() as f64;
                y + (below - y) * part
            }
            _ => y,
        }
    }
    /// The moment at a height. Between two rows of one instant it is just after the upper one.
    pub(super) fn moment_at(&self, history: &History, y: f64) -> Moment {
        let after = self.knots.partition_point(|knot| knot.2 <= y);
        let above = after.checked_sub(1).map(|i| self.knots[i]);
        match (above, self.knots.get(after)) {
            (Some((at, n, _)), Some((next, ..))) if at == *next => Moment { events: n + 1, time: at },
            (None, _) => history.after(0),
            _ => history.at(self.time(y)),
        }
    }
    /// The time at a height.
    pub(super) fn time(&self, y: f64) -> Time {
        let after = self.knots.partition_point(|knot| knot.2 <= y);
        let Some((from, _, above)) = after.checked_sub(1).map(|i| self.knots[i]) else { return Time::ZERO };
        match self.knots.get(after) {
            Some((to, _, below)) => {
                let span = to.since(from).as_nanos() as f64 * (y - above) / (below - above);
                from + Span::from_nanos(span as u64)
            }
            None => from,
        }
    }
    /// The rows' times and heights.
    pub(super) fn knots(&self) -> impl Iterator<Item = (Time, f64)> {
        self.knots.iter().map(|(at, _, y)| (*at, *y))
    }
}

/// What is taken at each lane and in each column, from above.
#[derive(Default)]
struct Room {
    /// Last departure and last arrival of each lane.
    ends: Vec<[Option<f64>; 2]>,
    /// Lower edge of the text in each column.
    texts: Vec<Option<f64>>,
}

impl Room {
    /// The first height from `y` on where `needs` fit; takes it.
    fn take(&mut self, mut y: f64, needs: &[Need], gap: f64) -> f64 {
        for need in needs {
            y = y.max(match *need {
                Need::End { lane, sends } => {
                    let [same, other] = [usize::from(sends), usize::from(!sends)]
                        .map(|way| self.ends.get(lane).and_then(|ends| ends[way]));
                    f64::max(same.map_or(y, |last| last + gap), other.map_or(y, |last| last + 8.0))
                }
                Need::Text { group, .. } => {
                    self.texts.get(group).copied().flatten().map_or(y, |edge| edge + LINE / 2.0 + 2.0)
                }
            });
        }
        for need in needs {
            match *need {
                Need::End { lane, sends } => {
                    self.ends.resize(self.ends.len().max(lane + 1), [None; 2]);
                    self.ends[lane][usize::from(sends)] = Some(y);
                }
                Need::Text { group, lines } => {
                    self.texts.resize(self.texts.len().max(group + 1), None);
                    self.texts[group] = Some(y + LINE * (lines as f64 - 0.5));
                }
            }
        }
        y
    }
    fn lowest(&self) -> f64 {
        self.texts.iter().flatten().fold(0.0, |low, edge| low.max(*edge))
    }
}
