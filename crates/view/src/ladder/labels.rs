//! Places for the labels of arrows: on their line, never over each other, and over few of the other lines.

use crate::metrics;
use sockscope_core::collections::BTreeMap;

/// A box that a text takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Area {
    fn overlaps(&self, other: &Area) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }
    fn grown(&self, by: f64) -> Area {
        let Area { left, top, right, bottom } = *self;
        Area { left: left - 2.0 * by, top: top - by, right: right + 2.0 * by, bottom: bottom + by }
    }
    fn shelves(&self) -> std::ops::RangeInclusive<i64> {
        shelves(self.top, self.bottom)
    }
}

fn shelves(top: f64, bottom: f64) -> std::ops::RangeInclusive<i64> {
    const SHELF: f64 = 64.0;
    (top / SHELF) as i64..=(bottom / SHELF) as i64
}

/// The areas taken so far, and all lines, shelved by height so that asking is quick.
#[derive(Clone, Debug, Default)]
pub(super) struct Taken {
    areas: BTreeMap<i64, Vec<Area>>,
    lines: BTreeMap<i64, Vec<Line>>,
}

impl Taken {
    pub(super) fn add(&mut self, area: Area) {
        area.shelves().for_each(|shelf| self.areas.entry(shelf).or_default().push(area));
    }
    pub(super) fn add_line(&mut self, line: Line) {
        shelves(line.from.1, line.to.1).for_each(|shelf| self.lines.entry(shelf).or_default().push(line));
    }
    fn is_free(&self, area: &Area) -> bool {
        area.shelves().flat_map(|shelf| self.areas.get(&shelf)).flatten().all(|taken| !taken.overlaps(area))
    }
    /// How many lines a label there would hide, its own among them; of more than `most` none is counted.
    fn hidden(&self, area: &Area, most: usize) -> usize {
        let first = |line: &Line| *shelves(line.from.1, line.to.1).start().max(area.shelves().start());
        let lines = area.shelves().flat_map(|shelf| {
            let here = self.lines.get(&shelf).into_iter().flatten();
            // Each once, though it lies in several.
            here.filter(move |line| line.crosses(area) && first(line) == shelf)
        });
        lines.take(most).count()
    }
}

/// A placed label: its middle, and its text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Label {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) text: String,
}

/// A line on which a label is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) from: (f64, f64),
    pub(super) to: (f64, f64),
}

impl Line {
    /// Whether it passes through an area.
    fn crosses(&self, area: &Area) -> bool {
        let ((x1, y1), (x2, y2)) = (self.from, self.to);
        let y = |x: f64| if x1 == x2 { y1 } else { y1 + (y2 - y1) * (x - x1) / (x2 - x1) };
        let (left, right) = (area.left.max(x1.min(x2)), area.right.min(x1.max(x2)));
        let (a, b) = (y(left), y(right));
        left <= right && a.min(b) < area.bottom && area.top < a.max(b)
    }
}

/// Where along a line to try, best first.
const PLACES: [f64; 9] = [0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73, 0.2, 0.8];

/// How much a label matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// It stands wherever there is room.
    Named,
    /// It is one of many, and stands where it hides little and others are far.
    OneOfMany,
}

/// A label that hides so many lines, its own among them, hides little.
const FEW: usize = 3;
/// So many pixels are left free around a label of many: there lines are seen.
const APART: f64 = 18.0;

/// The longest of `texts` that has room on the line, and takes it; none where not even the shortest has. It hides few other lines
/// where it can, keeps off the lanes at `lanes`, left to right, where it can, and is short where it cannot.
pub(super) fn place(
    texts: &[String],
    line: Line,
    lanes: &[f64],
    (size, weight): (f64, Weight),
    taken: &mut Taken,
) -> Option<Label> {
    let apart = if weight == Weight::OneOfMany { APART } else { 0.0 };
    let ((x1, y1), (x2, y2)) = (line.from, line.to);
    let (left, right) = (x1.min(x2) + 6.0, x1.max(x2) - 6.0);
    let mut places = Vec::new();
    for text in texts {
        let half = metrics::sans(text, size) / 2.0 + 3.0;
        for place in PLACES {
            let (x, y) = (x1 + (x2 - x1) * place, y1 + (y2 - y1) * place);
            let area =
                Area { left: x - half, top: y - size * 0.62, right: x + half, bottom: y + size * 0.62 };
            if area.left >= left && area.right <= right {
                places.push((area, (x, y + size * 0.35), text));
            }
        }
    }
    let clear = |area: &Area| {
        let next = lanes.partition_point(|x| *x < area.left - 9.0);
        lanes.get(next).is_none_or(|x| *x > area.right + 9.0)
    };
    let (mut places, on_lanes): (Vec<_>, Vec<_>) = places.into_iter().partition(|(area, ..)| clear(area));
    // Where it must cover a lane, it covers little of it.
    places.extend(on_lanes.into_iter().rev());
    let most = if weight == Weight::OneOfMany { FEW + 1 } else { usize::MAX };
    let mut best: Option<(usize, Area, (f64, f64), &String)> = None;
    for (area, at, text) in places.into_iter().filter(|(area, ..)| taken.is_free(&area.grown(apart))) {
        let least = best.map_or(most, |(least, ..)| least);
        let hidden = taken.hidden(&area, least);
        if hidden < least {
            best = Some((hidden, area, at, text));
        }
        if hidden <= FEW {
            break;
        }
    }
    let (_, area, (x, y), text) = best?;
    taken.add(area);
    Some(Label { x, y, text: text.clone() })
}
