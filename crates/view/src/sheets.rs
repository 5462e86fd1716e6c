//! A ladder on paper: cut between its rows into pieces that pages take one after the other, under the names of its lanes.

use crate::ladder::Ladder;
use crate::metrics;
use crate::scene::{Mark, Shape};
use crate::svg;
use std::fmt::Write;

/// A page has room for more pieces than one, so that it is filled.
const PIECE: (usize, usize) = (60, 160);
/// Where everything is full of texts, a piece is so high at most: less than the smallest page.
const LONGEST: usize = 560;
/// What is no higher than this is cut nowhere: texts, heads of arrows, crosses.
const SMALL: f64 = 24.0;

/// The ladder as a table of HTML: what stands over the lanes is the head, which printers repeat on every page; each piece of the
/// ladder is a row. Every mark is in all pieces that it crosses.
///
/// ```
/// # use sockscope_sim::{Scenario, World, presets};
/// # let scenario: Scenario = presets::text("udp-upper").unwrap().parse().unwrap();
/// # let mut world = World::new(&scenario).unwrap();
/// # world.run();
/// # let trace = world.trace();
/// use sockscope_view::{history::History, ladder::{Ladder, Options}, sheets};
/// let ladder = Ladder::new(&History::of(trace), Options::wide(700.0));
/// assert!(sheets::paint(&ladder).starts_with("<table><thead>"));
/// ```
pub fn paint(ladder: &Ladder) -> String {
    let (head, scene) = (ladder.head(), ladder.scene());
    let mut out = "<table><thead>".to_owned();
    piece(&mut out, (&head.marks, head.width), 0.0, head.height + 6.0);
    out += "</thead><tbody>";
    // The names stand in the ladder too, before everything else.
    let marks = &scene.marks[head.marks.len()..];
    for ends in cuts(marks, head.height, scene.height).windows(2) {
        piece(&mut out, (marks, scene.width), ends[0], ends[1]);
    }
    out + "</tbody></table>"
}

/// The row of what lies between two heights of a picture.
fn piece(out: &mut String, (marks, width): (&[Mark], f64), top: f64, bottom: f64) {
    let high = bottom - top;
    _ = write!(
        out,
        "<tr><td><svg class=\"scene\" width=\"{width}\" height=\"{high}\" viewBox=\"0 {top} {width} {high}\">"
    );
    let lies_here = |mark: &&Mark| {
        let (from, to) = extent(mark);
        from <= bottom && top <= to
    };
    marks.iter().filter(lies_here).for_each(|mark| svg::write_mark(out, mark));
    *out += "</svg></td></tr>";
}

/// The heights from `top` to `bottom` at which marks are cut: where nothing small lies, as far as there is such a place.
fn cuts(marks: &[Mark], top: f64, bottom: f64) -> Vec<f64> {
    let mut small = vec![0_i32; bottom as usize + 2];
    for mark in marks {
        let (from, to) = extent(mark);
        let whole = matches!(mark.shape, Shape::Text { .. }) || to - from < SMALL;
        let slopes = matches!(mark.shape, Shape::Line { y1, y2, .. } if y1 != y2);
        if whole && !slopes {
            let lowest = small.len() - 1;
            let place = |y: f64| (y.max(0.0) as usize).min(lowest);
            small[place(from)] += 1;
            small[place(to.ceil() + 1.0)] -= 1;
        }
    }
    let mut lies = 0;
    for here in &mut small {
        lies += *here;
        *here = lies;
    }
    let (mut cuts, mut last) = (vec![top], top as usize);
    while bottom as usize > last + PIECE.1 {
        let places = last + PIECE.0..=(last + LONGEST).min(bottom as usize);
        let far = |y: usize| if y <= last + PIECE.1 { last + PIECE.1 - y } else { y - last };
        last = places.min_by_key(|y| (small[*y], far(*y))).unwrap_or(last + PIECE.1);
        cuts.push(last as f64);
    }
    cuts.extend(Some(bottom).filter(|bottom| *bottom > last as f64));
    cuts
}

/// Between which heights a mark lies, with its letters.
fn extent(mark: &Mark) -> (f64, f64) {
    let (from, to) = mark.shape.heights();
    match &mark.shape {
        Shape::Text { upwards: true, text, .. } => {
            let half = metrics::sans(text, 10.0) / 2.0;
            (from - half, to + half)
        }
        Shape::Text { .. } => (from - 11.0, to + 4.0),
        _ => (from, to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Anchor;

    fn text(y: f64) -> Mark {
        Mark::new(y as u64, "label", Shape::text(50.0, y, Anchor::Start, "a text"))
    }

    #[test]
    fn pieces_follow_without_a_gap_and_cut_no_text_where_there_is_room() {
        let marks: Vec<Mark> = (0..160).map(|n| text(110.0 + 18.0 * f64::from(n))).collect();
        let cuts = cuts(&marks, 86.0, 3000.0);
        assert_eq!((cuts[0], *cuts.last().unwrap()), (86.0, 3000.0));
        assert!(cuts.windows(2).all(|ends| ends[1] > ends[0] && ends[1] - ends[0] < 260.0), "{cuts:?}");
        for cut in &cuts[1..cuts.len() - 1] {
            assert!(marks.iter().all(|mark| extent(mark).0 >= *cut || extent(mark).1 <= *cut), "{cut}");
        }
    }

    #[test]
    fn where_texts_are_everywhere_a_piece_still_fits_a_page() {
        let marks: Vec<Mark> = (0..800).map(|n| text(100.0 + 6.0 * f64::from(n))).collect();
        let cuts = cuts(&marks, 86.0, 5000.0);
        assert!(cuts.windows(2).all(|ends| ends[1] - ends[0] <= LONGEST as f64), "{cuts:?}");
    }
}
