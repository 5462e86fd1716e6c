//! Where states stand and how arcs run: the diagram of RFC 9293, figure 5, with the end drawn apart from the begin.

use sockscope_core::tcp::{State, Transition, Trigger};

/// A place for a state: CLOSED has two, since the begin and the end of a life lie far apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// CLOSED before a connection.
    Begin,
    /// Any other state.
    State(State),
    /// CLOSED after a connection.
    End,
}

/// Every place with its column (0 to 2) and row (0 to 6).
pub(super) const SPOTS: [(Spot, f64, f64); 12] = [
    (Spot::Begin, 1.0, 0.0),
    (Spot::State(State::Listen), 0.0, 1.0),
    (Spot::State(State::SynReceived), 0.0, 2.0),
    (Spot::State(State::SynSent), 2.0, 2.0),
    (Spot::State(State::Established), 1.0, 3.0),
    (Spot::State(State::FinWait1), 0.0, 4.0),
    (Spot::State(State::CloseWait), 2.0, 4.0),
    (Spot::State(State::FinWait2), 0.0, 5.0),
    (Spot::State(State::Closing), 1.0, 5.0),
    (Spot::State(State::LastAck), 2.0, 5.0),
    (Spot::State(State::TimeWait), 0.0, 6.0),
    (Spot::End, 2.0, 6.0),
];

/// The measures of the diagram at one width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grid {
    /// The middle of the first column, and the way to the next.
    columns: (f64, f64),
    top: f64,
    pitch: f64,
    /// Width and height of a box.
    pub(super) size: (f64, f64),
    pub(super) narrow: bool,
}

/// How an arc runs: a curve from one box to another, drawn towards `control`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Curve {
    pub(super) from: (f64, f64),
    pub(super) control: (f64, f64),
    pub(super) to: (f64, f64),
    /// Where along it its label lies.
    pub(super) label: f64,
}

impl Curve {
    /// The point where a part of the way is made, 0 to 1.
    pub(super) fn at(&self, part: f64) -> (f64, f64) {
        let rest = 1.0 - part;
        let mix = |a: f64, b: f64, c: f64| rest * rest * a + 2.0 * rest * part * b + part * part * c;
        (mix(self.from.0, self.control.0, self.to.0), mix(self.from.1, self.control.1, self.to.1))
    }
}

impl Grid {
    pub(super) fn new(width: f64) -> Grid {
        let narrow = width < 560.0;
        let size = if narrow { (((width - 24.0) / 3.0).min(92.0), 34.0) } else { (132.0, 38.0) };
        let room = (width - size.0 - if narrow { 8.0 } else { 24.0 }).min(620.0);
        let left = (width - room) / 2.0;
        Grid { columns: (left, room / 2.0), top: 34.0, pitch: 88.0, size, narrow }
    }
    /// The middle of a place.
    pub(super) fn middle(&self, spot: Spot) -> (f64, f64) {
        let place = SPOTS.iter().find(|(there, ..)| *there == spot);
        let (_, column, row) = place.copied().unwrap_or(SPOTS[0]);
        (self.columns.0 + self.columns.1 * column, self.top + self.pitch * row)
    }
    /// The lower edge of the diagram.
    pub(super) fn bottom(&self) -> f64 {
        self.middle(Spot::End).1 + self.size.1 / 2.0 + 14.0
    }

    /// The way of an arc.
    pub(super) fn curve(&self, arc: &Transition) -> Curve {
        let (from, to) = (self.middle(Spot::State(arc.from).or_begin()), self.middle(rest(arc)));
        let (half_wide, half_high) = (self.size.0 / 2.0, self.size.1 / 2.0);
        let down = if to.1 > from.1 + 1.0 { 1.0 } else { -1.0 };
        let side = if to.0 > from.0 + 1.0 { 1.0 } else { -1.0 };
        let level = (to.1 - from.1).abs() < 1.0;
        let upright = (to.0 - from.0).abs() < 1.0;
        let plain = |from: (f64, f64), to: (f64, f64)| Curve {
            from,
            control: ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0),
            to,
            label: 0.5,
        };
        if broken(arc.trigger) {
            return self.around(from, to);
        }
        if level {
            return plain((from.0 + side * half_wide, from.1), (to.0 - side * half_wide, to.1));
        }
        if upright {
            return plain((from.0, from.1 + down * half_high), (to.0, to.1 - down * half_high));
        }
        match (arc.from, arc.trigger) {
            // From CLOSED and back to it: side by side, the way out outside.
            (State::Closed, _) => {
                let start = (from.0 + side * half_wide, from.1);
                let end = (to.0 + side * half_wide * 0.25, to.1 - half_high);
                Curve { from: start, control: (end.0, start.1), to: end, label: 0.5 }
            }
            (State::Listen | State::SynSent, Trigger::Close) => {
                let start = (from.0 + side * half_wide * 0.45, from.1 - half_high);
                let end = (to.0 - side * half_wide * 0.55, to.1 + half_high);
                Curve {
                    from: start,
                    control: (start.0 + side * 8.0, (start.1 + end.1) / 2.0 + 4.0),
                    to: end,
                    label: 0.5,
                }
            }
            _ => {
                let start = (from.0 + side * half_wide * 0.5, from.1 + down * half_high);
                let end = (to.0 - side * half_wide * 0.5, to.1 - down * half_high);
                // Its label keeps away from those of the outer columns.
                let inward = (to.0 - self.columns.0 - self.columns.1).abs() < 1.0;
                Curve { label: if inward { 0.6 } else { 0.4 }, ..plain(start, end) }
            }
        }
    }
}

/// The box of a place or of a label: left, top, right, bottom.
pub(super) type Area = [f64; 4];

/// Whether two boxes share a point.
pub(super) fn meet(a: &Area, b: &Area) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

impl Grid {
    /// The boxes of all states.
    pub(super) fn boxes(&self) -> impl Iterator<Item = Area> {
        let (wide, high) = (self.size.0 / 2.0, self.size.1 / 2.0);
        let middles = SPOTS.iter().map(|(spot, ..)| self.middle(*spot));
        middles.map(move |(x, y)| [x - wide, y - high, x + wide, y + high])
    }
    /// A way from one box to another that crosses as little of the others as can be: of those that cross as little the
    /// straightest.
    fn around(&self, from: (f64, f64), to: (f64, f64)) -> Curve {
        let (wide, high) = (self.size.0 / 2.0, self.size.1 / 2.0);
        let boxes: Vec<Area> = self.boxes().collect();
        let edge = 2.0 * (self.columns.0 + self.columns.1) - 4.0;
        let bad = |(x, y): (f64, f64)| {
            x < 4.0
                || x > edge
                || boxes.iter().any(|there| meet(&[x - 3.0, y - 3.0, x + 3.0, y + 3.0], there))
        };
        let crossed = |curve: &Curve| (2..39).filter(|i| bad(curve.at(f64::from(*i) / 40.0))).count();
        let doors = [(-wide, 0.0), (wide, 0.0), (-wide * 0.6, high), (wide * 0.6, high)];
        let mut best: Option<(usize, f64, Curve)> = None;
        for (start, end) in doors.iter().flat_map(|start| doors.map(|end| (start, end))) {
            let from = (from.0 + start.0, from.1 + start.1);
            let to = (to.0 + end.0, to.1 - end.1);
            for aside in -14..=14 {
                for rise in -2..=2 {
                    let (x, y) = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
                    let control = (x + f64::from(aside) * 13.0, y + f64::from(rise) * self.pitch * 0.6);
                    let curve = Curve { from, control, to, label: 0.5 };
                    let bend = (control.0 - x).abs() + (control.1 - y).abs();
                    let worse = |known: &(usize, f64, Curve)| (known.0, known.1) <= (crossed(&curve), bend);
                    if !best.as_ref().is_some_and(worse) {
                        best = Some((crossed(&curve), bend, curve));
                    }
                }
            }
        }
        best.map_or(Curve { from, control: from, to, label: 0.5 }, |(.., curve)| curve)
    }
}

impl Spot {
    fn or_begin(self) -> Spot {
        if self == Spot::State(State::Closed) { Spot::Begin } else { self }
    }
}

/// Where a connection is after an arc.
pub(super) fn rest(arc: &Transition) -> Spot {
    match (arc.from, arc.trigger, arc.to) {
        (State::Listen | State::SynSent, Trigger::Close, State::Closed) => Spot::Begin,
        (_, _, State::Closed) => Spot::End,
        (_, _, to) => Spot::State(to),
    }
}

/// True for what ends a connection against its will: such arcs lead from nearly everywhere to CLOSED, so they are drawn
/// only when one is taken; until then a small cross at the box stands for them.
pub(super) const fn broken(trigger: Trigger) -> bool {
    matches!(trigger, Trigger::Reset | Trigger::Unreachable | Trigger::Abort | Trigger::TimedOut)
}
