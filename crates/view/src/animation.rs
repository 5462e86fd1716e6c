//! The ladder as a film: one self-contained SVG that an `<img>` plays, without script.
//!
//! A curtain falls from the first event to the last, and each packet is a dot on its arrow where the curtain cuts it. Height is
//! time: where the ladder cuts a long pause short, so does the film. Who asked for less motion sees the whole ladder, still.

use crate::ladder::{Future, Ladder};
use crate::scene::{Mark, Shape};
use crate::svg;
use sockscope_core::time::Time;
use std::fmt::Write;

/// So many pixels of the ladder go by in a second.
const SPEED: f64 = 55.0;
/// A film takes so many seconds at least.
const SHORTEST: f64 = 4.0;
/// So many seconds the whole ladder stands at the end, before the film begins anew.
const REST: f64 = 3.0;
/// Packets beyond are arrows without a dot: no reader follows so many.
const MOST: usize = 600;

/// The ladder as an animated SVG document.
///
/// ```
/// # use sockscope_sim::{Scenario, World, presets};
/// # let scenario: Scenario = presets::text("udp-upper").unwrap().parse().unwrap();
/// # let mut world = World::new(&scenario).unwrap();
/// # world.run();
/// # let trace = world.trace();
/// use sockscope_view::{animation, history::History, ladder::{Ladder, Options}};
/// let history = History::of(trace);
/// let film = animation::paint(&Ladder::new(&history, Options::wide(720.0)));
/// assert!(film.contains("@keyframes fall") && film.contains("prefers-reduced-motion"));
/// assert_eq!(film.matches("<circle class=\"dot").count(), history.journeys().len(), "a dot for each packet");
/// ```
pub fn paint(ladder: &Ladder) -> String {
    let scene = ladder.scene();
    let film = Film::of(ladder);
    let [veil, line, ..] = ladder.cursor(0.0, Time::ZERO, Future::Hide);
    let mut style = film.style();
    let mut dots = String::new();
    let flights = scene.marks.iter().filter_map(Flight::of).take(MOST);
    for (n, flight) in flights.enumerate() {
        film.fly(&mut style, n, flight);
        _ = writeln!(dots, "<circle class=\"dot {} d{n}\" r=\"4.5\"/>", flight.kind);
    }
    let still = "@media (prefers-reduced-motion: reduce) { .curtain, .scene .dot { display: none; } }\n";
    let front = format!("<g class=\"curtain\">\n{}{}</g>\n{dots}", svg::mark(&veil), svg::mark(&line));
    svg::document(scene, &[veil, line], &(style + still), &front)
}

/// The times of a film.
struct Film {
    top: f64,
    bottom: f64,
    /// Seconds until the curtain has fallen.
    falls: f64,
}

/// The way of a dot.
#[derive(Clone, Copy)]
struct Flight<'a> {
    kind: &'a str,
    from: (f64, f64),
    to: (f64, f64),
}

impl Flight<'_> {
    /// The flight of a mark that is an arrow; level ones take no time.
    fn of(mark: &Mark) -> Option<Flight<'_>> {
        let kind = mark.class.strip_prefix("arrow ")?.split(' ').next()?;
        match mark.shape {
            Shape::Line { x1, y1, x2, y2 } if y2 > y1 => Some(Flight { kind, from: (x1, y1), to: (x2, y2) }),
            _ => None,
        }
    }
}

impl Film {
    fn of(ladder: &Ladder) -> Film {
        let (top, bottom) = (ladder.head().height, ladder.scene().height);
        Film { top, bottom, falls: ((bottom - top) / SPEED).max(SHORTEST) }
    }
    /// When the curtain is at a height, in per cent of the film.
    fn percent(&self, y: f64) -> f64 {
        let part = ((y - self.top) / (self.bottom - self.top).max(1.0)).clamp(0.0, 1.0);
        part * self.falls / (self.falls + REST) * 100.0
    }
    fn style(&self) -> String {
        let Film { top, bottom, falls } = self;
        let (seconds, end) = (falls + REST, self.percent(*bottom));
        format!(
            ".curtain, .scene .dot {{ animation: fall {seconds:.1}s linear infinite; }}\n\
             .scene .dot {{ fill: var(--tint); stroke: var(--paper); stroke-width: 1.5; opacity: 0; }}\n\
             @keyframes fall {{ from {{ transform: translateY({top}px); }} \
             {end:.2}%, to {{ transform: translateY({bottom}px); }} }}\n"
        )
    }
    /// Lets dot `n` fly.
    fn fly(&self, style: &mut String, n: usize, flight: Flight<'_>) {
        let at = |(x, y): (f64, f64)| format!("transform: translate({x}px, {y}px);");
        let (from, to) = (at(flight.from), at(flight.to));
        let (start, end) = (self.percent(flight.from.1), self.percent(flight.to.1));
        _ = writeln!(
            style,
            ".scene .d{n} {{ animation-name: f{n}; }}\n\
             @keyframes f{n} {{ from, {start:.2}% {{ {from} opacity: 0; }} {:.2}% {{ {from} opacity: 1; }} \
             {end:.2}% {{ {to} opacity: 1; }} {:.2}%, to {{ {to} opacity: 0; }} }}",
            start + 0.01,
            end + 0.01
        );
    }
}
