//! Scenes as self-contained SVG text: the style is inside, light and dark, so a README can show it.

use crate::scene::{Mark, Scene, Shape, Target};
use sockscope_core::collections::BTreeSet;
use std::fmt::Write;

/// The one style sheet of our scenes. The page includes it too: every rule stands under the class `scene`.
pub const STYLE: &str = include_str!("style.css");

/// The picture as an SVG document.
///
/// ```
/// use sockscope_view::{scene::Scene, svg};
/// let text = svg::paint(&Scene::new(100.0, 50.0, "Client & server"));
/// assert!(text.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"scene\""));
/// assert!(text.contains("<title>Client &amp; server</title>"));
/// ```
pub fn paint(scene: &Scene) -> String {
    document(scene, &[], "", "")
}

/// The document of a scene, with the style that `more` marks need and rules of its own, and with text in front of the scene.
pub(crate) fn document(scene: &Scene, more: &[Mark], rules: &str, front: &str) -> String {
    let (width, height) = (scene.width, scene.height);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"scene\" role=\"img\" width=\"{width}\" \
         height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n<title>{}</title>\n",
        escape(&scene.title)
    );
    if !scene.description.is_empty() {
        _ = writeln!(out, "<desc>{}</desc>", escape(&scene.description));
    }
    _ = writeln!(out, "<style>\n{}{rules}</style>", style_of(scene.marks.iter().chain(more)));
    _ = writeln!(out, "<rect class=\"paper\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>");
    for mark in &scene.marks {
        out += &self::mark(mark);
    }
    out + front + "</svg>\n"
}

/// The element of a mark on a line of its own. A picture that stands by itself changes no run, so hosts and links are no targets.
pub(crate) fn mark(mark: &Mark) -> String {
    let mut out = String::new();
    let target = mark.target.filter(|target| matches!(target, Target::Packet(_) | Target::Event(_)));
    write(&mut out, mark, target);
    out + "\n"
}

/// Writes the element of a mark as a page has it, with what a click on it is for.
///
/// ```
/// use sockscope_view::{scene::{Mark, Shape}, svg};
/// let mut text = String::new();
/// svg::write_mark(&mut text, &Mark::new(1, "wire", Shape::line(0.0, 1.0, 9.0, 1.0)));
/// assert_eq!(text, r#"<line class="wire" x1="0" y1="1" x2="9" y2="1"/>"#);
/// ```
pub fn write_mark(out: &mut String, mark: &Mark) {
    write(out, mark, mark.target);
}

/// The rules of [`STYLE`] that marks need: a picture is no larger for what others may show.
fn style_of<'a>(marks: impl Iterator<Item = &'a Mark>) -> String {
    let mut used: BTreeSet<&str> = marks.flat_map(|mark| mark.class.split(' ')).collect();
    used.extend(["scene", "paper"]);
    let classes = |selector: &str| -> Vec<String> {
        let end = |c: char| !c.is_alphanumeric() && c != '-';
        selector.split('.').skip(1).map(|class| class.split(end).next().unwrap_or("").to_owned()).collect()
    };
    let applies = |selector: &str| classes(selector).iter().all(|class| used.contains(class.as_str()));
    // Every rule but the first stands on a line of its own.
    let needed = |line: &&str| match line.rsplit_once('{') {
        Some((selectors, _)) => selectors.split(',').any(applies),
        None => !line.is_empty() && !line.starts_with("/*"),
    };
    STYLE.lines().filter(needed).flat_map(|line| [line, "\n"]).collect()
}

fn write(out: &mut String, mark: &Mark, target: Option<Target>) {
    let name = element(&mark.shape);
    _ = write!(out, "<{name} class=\"{}\"", escape(&mark.class));
    for (attribute, value) in attributes(&mark.shape) {
        _ = write!(out, " {attribute}=\"{value}\"");
    }
    if let Some((name, value)) = target.map(data) {
        _ = write!(out, " {name}=\"{value}\"");
    }
    let title = mark.title.as_ref().map(|title| format!("<title>{}</title>", escape(title)));
    let text = if let Shape::Text { text, .. } = &mark.shape { escape(text) } else { String::new() };
    match (title, text.is_empty()) {
        (None, true) => *out += "/>",
        (title, _) => _ = write!(out, ">{}{text}</{name}>", title.unwrap_or_default()),
    }
}

/// What a click is for, as an attribute.
pub fn data(target: Target) -> (&'static str, u64) {
    match target {
        Target::Packet(packet) => ("data-packet", packet.0),
        Target::Event(event) => ("data-event", event.0.into()),
        Target::Node(node) => ("data-node", node.0.into()),
        Target::Link(link) => ("data-link", link.into()),
    }
}

/// The name of the SVG element that draws a shape.
pub const fn element(shape: &Shape) -> &'static str {
    match shape {
        Shape::Line { .. } => "line",
        Shape::Path { .. } => "path",
        Shape::Rect { .. } => "rect",
        Shape::Circle { .. } => "circle",
        Shape::Text { .. } => "text",
    }
}

/// The geometry of a shape as attributes of its [`element`].
pub fn attributes(shape: &Shape) -> Vec<(&'static str, String)> {
    let lengths = |named: &[(&'static str, f64)]| -> Vec<(&'static str, String)> {
        named.iter().map(|(name, length)| (*name, length.to_string())).collect()
    };
    match shape {
        Shape::Line { x1, y1, x2, y2 } => lengths(&[("x1", *x1), ("y1", *y1), ("x2", *x2), ("y2", *y2)]),
        Shape::Path { d } => vec![("d", d.clone())],
        Shape::Rect { x, y, width, height, radius } => {
            lengths(&[("x", *x), ("y", *y), ("width", *width), ("height", *height), ("rx", *radius)])
        }
        Shape::Circle { x, y, radius } => lengths(&[("cx", *x), ("cy", *y), ("r", *radius)]),
        Shape::Text { x, y, anchor, upwards, .. } => {
            let mut list = lengths(&[("x", *x), ("y", *y)]);
            list.push(("text-anchor", anchor.name().to_owned()));
            list.extend(upwards.then(|| ("transform", format!("rotate(-90 {x} {y})"))));
            list
        }
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            // XML has no way to write these.
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
