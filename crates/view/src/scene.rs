//! A picture as plain data: what the views make and the painters paint.

use serde::Serialize;
use sockscope_core::trace::{EventId, Node};
use sockscope_core::wire::PacketId;

/// A picture: marks in painting order, later ones on top. Lengths are CSS pixels, y grows downwards.
///
/// ```
/// use sockscope_view::scene::{Mark, Scene, Shape};
/// let mut scene = Scene::new(120.0, 40.0, "A wire");
/// scene.push(Mark::new(1, "wire", Shape::line(10.0, 20.0, 110.0, 20.04)));
/// assert_eq!(scene.marks[0].shape, Shape::line(10.0, 20.0, 110.0, 20.0), "tenths of a pixel are enough");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Scene {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// What the picture shows, in a few words: its accessible name.
    pub title: String,
    /// What the picture shows, in sentences, for who cannot see it; may be empty.
    pub description: String,
    /// What is drawn.
    pub marks: Vec<Mark>,
}

/// One thing in a picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mark {
    /// Its identity: the same in every scene of a view, so that a painter can keep its element and change attributes
    /// only. No two marks of a scene share it.
    pub key: u64,
    /// Style classes, separated by spaces, as `style.css` knows them.
    pub class: String,
    /// What is drawn.
    pub shape: Shape,
    /// What it is, in words: a tooltip and an accessible name.
    pub title: Option<String>,
    /// What a click on it shows.
    pub target: Option<Target>,
}

/// What a click on a mark shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The card of a packet.
    Packet(PacketId),
    /// The event.
    Event(EventId),
    /// What can be done to a host, a switch or a router.
    Node(Node),
    /// What can be done to a link: its place in the header's list.
    Link(u16),
}

/// The geometry of a mark.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// A straight line.
    Line {
        /// Start.
        x1: f64,
        /// Start.
        y1: f64,
        /// End.
        x2: f64,
        /// End.
        y2: f64,
    },
    /// An SVG path: absolute `M`, `L`, `Q` and `Z` commands.
    Path {
        /// The attribute `d`.
        d: String,
    },
    /// A rectangle.
    Rect {
        /// Left edge.
        x: f64,
        /// Top edge.
        y: f64,
        /// Width.
        width: f64,
        /// Height.
        height: f64,
        /// Radius of the corners.
        radius: f64,
    },
    /// A circle.
    Circle {
        /// Centre.
        x: f64,
        /// Centre.
        y: f64,
        /// Radius.
        radius: f64,
    },
    /// A line of text.
    Text {
        /// The point that `anchor` speaks of.
        x: f64,
        /// The baseline.
        y: f64,
        /// Where the text lies relative to `x`.
        anchor: Anchor,
        /// True where it is turned a quarter left about (x, y), so that it reads upwards.
        upwards: bool,
        /// The text.
        text: String,
    },
}

/// Where a text lies relative to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

impl Anchor {
    /// The value of the attribute `text-anchor`.
    pub const fn name(self) -> &'static str {
        match self {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        }
    }
}

/// A length to the tenth of a pixel: what is written is the same everywhere, and short.
pub fn tenth(length: f64) -> f64 {
    // Adding zero turns -0 into 0.
    (length * 10.0).round() / 10.0 + 0.0
}

/// The identity of a mark: what it belongs to (below 32), which one (below 2^53), which piece of it (below 64).
pub(crate) const fn key(part: u8, which: u64, piece: u64) -> u64 {
    which << 11 | (piece & 63) << 5 | part as u64
}

impl Shape {
    /// A straight line from (x1, y1) to (x2, y2).
    pub fn line(x1: f64, y1: f64, x2: f64, y2: f64) -> Shape {
        Shape::Line { x1: tenth(x1), y1: tenth(y1), x2: tenth(x2), y2: tenth(y2) }
    }
    /// A path through `points`, closed where `closed`.
    pub fn polyline(points: &[(f64, f64)], closed: bool) -> Shape {
        let mut d = String::new();
        for (i, (x, y)) in points.iter().enumerate() {
            let command = if i == 0 { "M" } else { "L" };
            d += &format!("{command}{} {}", tenth(*x), tenth(*y));
        }
        if closed {
            d.push('Z');
        }
        Shape::Path { d }
    }
    /// A curve from `from` to `to`, drawn towards `control`.
    pub fn curve(from: (f64, f64), control: (f64, f64), to: (f64, f64)) -> Shape {
        let [a, b, c] = [from, control, to].map(|(x, y)| format!("{} {}", tenth(x), tenth(y)));
        Shape::Path { d: format!("M{a}Q{b} {c}") }
    }
    /// The head of an arrow that comes from `from` and ends at `tip`.
    pub fn head(from: (f64, f64), tip: (f64, f64), filled: bool) -> Shape {
        let ((x1, y1), (x2, y2)) = (from, tip);
        let long = ((x2 - x1).powi(2) + (y2 - y1).powi(2)).sqrt().max(1.0);
        let (dx, dy) = ((x2 - x1) / long, (y2 - y1) / long);
        let wing = |side: f64| (x2 - dx * 8.5 - dy * 4.0 * side, y2 - dy * 8.5 + dx * 4.0 * side);
        Shape::polyline(&[wing(1.0), (x2, y2), wing(-1.0)], filled)
    }
    /// A cross about a point: where something died.
    pub fn cross((x, y): (f64, f64), radius: f64) -> Shape {
        let point = |dx: f64, dy: f64| format!("{} {}", tenth(x + dx * radius), tenth(y + dy * radius));
        let d =
            format!("M{}L{}M{}L{}", point(-1.0, -1.0), point(1.0, 1.0), point(-1.0, 1.0), point(1.0, -1.0));
        Shape::Path { d }
    }
    /// The heights between which it lies; a text lies about its baseline.
    ///
    /// ```
    /// use sockscope_view::scene::Shape;
    /// assert_eq!(Shape::polyline(&[(0.0, 7.0), (20.0, 3.5)], true).heights(), (3.5, 7.0));
    /// ```
    pub fn heights(&self) -> (f64, f64) {
        match self {
            Shape::Line { y1, y2, .. } => (y1.min(*y2), y1.max(*y2)),
            Shape::Path { d } => {
                let numbers = d.split(|c: char| " MLQZ".contains(c)).filter_map(|word| word.parse().ok());
                let ys = numbers.skip(1).step_by(2);
                ys.fold((f64::INFINITY, f64::NEG_INFINITY), |(top, low), y: f64| (top.min(y), low.max(y)))
            }
            Shape::Rect { y, height, .. } => (*y, y + height),
            Shape::Circle { y, radius, .. } => (y - radius, y + radius),
            Shape::Text { y, .. } => (*y, *y),
        }
    }
    /// A rectangle with its left top corner at (x, y).
    pub fn rect(x: f64, y: f64, width: f64, height: f64, radius: f64) -> Shape {
        Shape::Rect {
            x: tenth(x),
            y: tenth(y),
            width: tenth(width.max(0.0)),
            height: tenth(height.max(0.0)),
            radius: tenth(radius),
        }
    }
    /// A circle about (x, y).
    pub fn circle(x: f64, y: f64, radius: f64) -> Shape {
        Shape::Circle { x: tenth(x), y: tenth(y), radius: tenth(radius) }
    }
    /// A line of text.
    pub fn text(x: f64, y: f64, anchor: Anchor, text: impl Into<String>) -> Shape {
        Shape::Text { x: tenth(x), y: tenth(y), anchor, upwards: false, text: text.into() }
    }
    /// A text that reads upwards, its middle at (x, y).
    pub fn upwards(x: f64, y: f64, text: impl Into<String>) -> Shape {
        Shape::Text { x: tenth(x), y: tenth(y), anchor: Anchor::Middle, upwards: true, text: text.into() }
    }
}

impl Mark {
    /// A mark without title and target.
    pub fn new(key: u64, class: impl Into<String>, shape: Shape) -> Mark {
        Mark { key, class: class.into(), shape, title: None, target: None }
    }
    /// The same mark with a title.
    pub fn titled(self, title: impl Into<String>) -> Mark {
        Mark { title: Some(title.into()), ..self }
    }
    /// The same mark with a target.
    pub fn to(self, target: Target) -> Mark {
        Mark { target: Some(target), ..self }
    }
}

impl Scene {
    /// An empty picture.
    pub fn new(width: f64, height: f64, title: impl Into<String>) -> Scene {
        let title = title.into();
        Scene { width: tenth(width), height: tenth(height), title, ..Scene::default() }
    }
    /// Draws a mark on top of what is there.
    pub fn push(&mut self, mark: Mark) {
        self.marks.push(mark);
    }
}
