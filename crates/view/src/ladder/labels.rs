//! Places for the labels of arrows: on their line, and never over each other.

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
        const SHELF: f64 = 64.0;
        (self.top / SHELF) as i64..=(self.bottom / SHELF) as i64
    }
}

/// The areas taken so far, shelved by height so that asking is quick.
#[derive(Clone, Debug, Default)]
pub(super) struct Taken(BTreeMap<i64, Vec<Area>>);

impl Taken {
    pub(super) fn add(&mut self, area: Area) {
        area.shelves().for_each(|shelf| self.0.entry(shelf).or_default().push(area));
    }
    fn is_free(&self, area: &Area) -> bool {
        area.shelves().flat_map(|shelf| self.0.get(&shelf)).flatten().all(|taken| !taken.overlaps(area))
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

/// Where along a line to try, best first.
const PLACES: [f64; 9] = [0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73, 0.2, 0.8];

/// The longest of `texts` that has room on the line, and takes it; none where not even the shortest has. It keeps `apart`
/// pixels off other labels, and off the lanes at `lanes` where it can, and is short where it cannot.
pub(super) fn place(
    texts: &[String],
    line: Line,
    lanes: &[f64],
    (size, apart): (f64, f64),
    taken: &mut Taken,
) -> Option<Label> {
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
                places.push((area, Label { x, y: y + size * 0.35, text: text.clone() }));
            }
        }
    }
    let clear = |area: &Area| lanes.iter().all(|x| *x < area.left - 9.0 || *x > area.right + 9.0);
    let (mut places, on_lanes): (Vec<_>, Vec<_>) = places.into_iter().partition(|(area, _)| clear(area));
    // Where it must cover a lane, it covers little of it.
    places.extend(on_lanes.into_iter().rev());
    let (area, label) = places.into_iter().find(|(area, _)| taken.is_free(&area.grown(apart)))?;
    taken.add(area);
    Some(label)
}
