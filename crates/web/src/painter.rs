//! Scenes as live SVG elements: one element stays with each mark, and only the attributes that changed are set.

use sockscope_view::scene::{Mark, Scene, Shape, Target};
use sockscope_view::svg;
use std::collections::BTreeMap;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, Node};

const SVG: &str = "http://www.w3.org/2000/svg";

/// Paints into one `<svg>` element.
#[derive(Debug)]
pub(crate) struct Painter {
    svg: Element,
    document: Document,
    size: (f64, f64),
    title: String,
    kept: BTreeMap<u64, Kept>,
}

/// A mark that stands in the document.
#[derive(Debug)]
struct Kept {
    mark: Mark,
    element: Element,
}

impl Painter {
    /// A painter of an `<svg>` element, whose children are its own from now on.
    pub(crate) fn new(svg: Element) -> Result<Painter, JsValue> {
        let document = svg.owner_document().ok_or("an element that belongs to no document")?;
        svg.set_text_content(None);
        svg.class_list().add_1("scene")?;
        Ok(Painter { svg, document, size: (0.0, 0.0), title: String::new(), kept: BTreeMap::new() })
    }

    /// Makes the element show `scene`.
    pub(crate) fn paint(&mut self, scene: &Scene) -> Result<(), JsValue> {
        self.frame(scene)?;
        let mut before = std::mem::take(&mut self.kept);
        let mut next = Vec::with_capacity(scene.marks.len());
        for mark in &scene.marks {
            let kept = before.remove(&mark.key);
            next.push((mark.key, self.keep(mark, kept)?));
        }
        for gone in before.into_values() {
            gone.element.remove();
        }
        self.order(&next)?;
        self.kept.extend(next);
        Ok(())
    }

    fn frame(&mut self, scene: &Scene) -> Result<(), JsValue> {
        let size = (scene.width, scene.height);
        if self.size != size {
            self.size = size;
            self.svg.set_attribute("viewBox", &format!("0 0 {} {}", size.0, size.1))?;
            self.svg.set_attribute("width", &size.0.to_string())?;
            self.svg.set_attribute("height", &size.1.to_string())?;
        }
        let title = [scene.title.as_str(), scene.description.as_str()].join(". ");
        if self.title != title {
            self.svg.set_attribute("aria-label", title.trim_end_matches(". "))?;
            self.title = title;
        }
        Ok(())
    }

    /// The element of a mark, kept from the last scene where it had one of the same shape.
    fn keep(&self, mark: &Mark, kept: Option<Kept>) -> Result<Kept, JsValue> {
        match kept {
            Some(kept) if kept.mark == *mark => Ok(kept),
            Some(kept) if svg::element(&kept.mark.shape) == svg::element(&mark.shape) => {
                update(&kept.element, Some(&kept.mark), mark)?;
                Ok(Kept { mark: mark.clone(), ..kept })
            }
            other => {
                if let Some(other) = other {
                    other.element.remove();
                }
                let element = self.document.create_element_ns(Some(SVG), svg::element(&mark.shape))?;
                update(&element, None, mark)?;
                Ok(Kept { mark: mark.clone(), element })
            }
        }
    }

    /// Brings the children into the order of the scene: where it did not change, nothing moves.
    fn order(&self, marks: &[(u64, Kept)]) -> Result<(), JsValue> {
        let mut place: Option<Node> = self.svg.first_child();
        for (_, kept) in marks {
            let node: &Node = kept.element.unchecked_ref();
            if place.as_ref() == Some(node) {
                place = node.next_sibling();
            } else {
                self.svg.insert_before(node, place.as_ref())?;
            }
        }
        Ok(())
    }
}

/// Sets what differs between the mark that the element shows and the one that it shall show.
fn update(element: &Element, old: Option<&Mark>, new: &Mark) -> Result<(), JsValue> {
    if old.map(|old| &old.class) != Some(&new.class) {
        element.set_attribute("class", &new.class)?;
    }
    if old.map(|old| &old.shape) != Some(&new.shape) {
        let before = old.map(|old| svg::attributes(&old.shape)).unwrap_or_default();
        for (at, (name, value)) in svg::attributes(&new.shape).into_iter().enumerate() {
            if before.get(at).is_none_or(|(_, old)| *old != value) {
                element.set_attribute(name, &value)?;
            }
        }
    }
    let text = |mark: &Mark| match &mark.shape {
        Shape::Text { text, .. } => text.clone(),
        _ => String::new(),
    };
    if old.is_none_or(|old| text(old) != text(new) || old.title != new.title) {
        element.set_text_content(Some(&text(new)));
        if let Some(words) = &new.title {
            let title =
                element.owner_document().ok_or("no document")?.create_element_ns(Some(SVG), "title")?;
            title.set_text_content(Some(words));
            element.append_child(&title)?;
        }
    }
    if old.is_none_or(|old| old.target != new.target) {
        target(element, new.target)?;
    }
    Ok(())
}

fn target(element: &Element, target: Option<Target>) -> Result<(), JsValue> {
    element.remove_attribute("data-packet")?;
    element.remove_attribute("data-event")?;
    match target {
        Some(Target::Packet(packet)) => element.set_attribute("data-packet", &packet.0.to_string()),
        Some(Target::Event(event)) => element.set_attribute("data-event", &event.to_string()),
        None => Ok(()),
    }
}
