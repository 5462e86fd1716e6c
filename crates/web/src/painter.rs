//! Marks as live SVG elements: one element stays with each mark, and only the attributes that changed are set.

use sockscope_view::scene::{Mark, Scene, Shape, Target};
use sockscope_view::svg;
use std::collections::BTreeMap;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Node};

const SVG: &str = "http://www.w3.org/2000/svg";

/// Paints marks into an element, whose children are its own.
#[derive(Debug)]
pub(crate) struct Painter {
    parent: Element,
    kept: BTreeMap<u64, Kept>,
}

/// A mark that stands in the document.
#[derive(Debug)]
struct Kept {
    mark: Mark,
    element: Element,
}

/// Makes an `<svg>` element the frame of a scene: its size and its accessible name.
pub(crate) fn frame(svg: &Element, scene: &Scene) -> Result<(), JsValue> {
    let (width, height) = (scene.width, scene.height);
    let name = [scene.title.as_str(), scene.description.as_str()].join(". ");
    svg.set_attribute("class", &format!("{} scene", svg.get_attribute("data-view").unwrap_or_default()))?;
    svg.set_attribute("viewBox", &format!("0 0 {width} {height}"))?;
    svg.set_attribute("width", &width.to_string())?;
    svg.set_attribute("height", &height.to_string())?;
    svg.set_attribute("aria-label", name.trim_end_matches([' ', '.']))
}

/// A new group at the end of an `<svg>` element.
pub(crate) fn group(svg: &Element) -> Result<Element, JsValue> {
    let group = create(svg, "g")?;
    svg.append_child(&group)?;
    Ok(group)
}

fn create(near: &Element, name: &str) -> Result<Element, JsValue> {
    let document = near.owner_document().ok_or("an element that belongs to no document")?;
    document.create_element_ns(Some(SVG), name)
}

impl Painter {
    /// A painter of an empty element.
    pub(crate) fn new(parent: Element) -> Painter {
        Painter { parent, kept: BTreeMap::new() }
    }

    /// Makes the element show `marks`.
    pub(crate) fn paint<'a>(&mut self, marks: impl IntoIterator<Item = &'a Mark>) -> Result<(), JsValue> {
        let mut before = std::mem::take(&mut self.kept);
        let mut next = Vec::with_capacity(before.len());
        for mark in marks {
            let kept = before.remove(&mark.key);
            next.push((mark.key, self.keep(mark, kept)?));
        }
        before.into_values().for_each(|gone| gone.element.remove());
        self.order(&next)?;
        self.kept.extend(next);
        Ok(())
    }

    /// The element of a mark, kept from the last scene where it had one of the same shape.
    fn keep(&self, mark: &Mark, kept: Option<Kept>) -> Result<Kept, JsValue> {
        match kept {
            Some(kept) if kept.mark == *mark => return Ok(kept),
            Some(kept) if svg::element(&kept.mark.shape) == svg::element(&mark.shape) => {
                update(&kept.element, Some(&kept.mark), mark)?;
                return Ok(Kept { mark: mark.clone(), ..kept });
            }
            Some(other) => other.element.remove(),
            None => {}
        }
        let element = create(&self.parent, svg::element(&mark.shape))?;
        update(&element, None, mark)?;
        Ok(Kept { mark: mark.clone(), element })
    }

    /// Brings the children into the order of the marks: where it did not change, nothing moves.
    fn order(&self, marks: &[(u64, Kept)]) -> Result<(), JsValue> {
        let mut place = self.parent.first_child();
        for (_, kept) in marks {
            let node: &Node = kept.element.unchecked_ref();
            if place.as_ref() == Some(node) {
                place = node.next_sibling();
            } else {
                self.parent.insert_before(node, place.as_ref())?;
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
        for (name, value) in svg::attributes(&new.shape) {
            if !before.contains(&(name, value.clone())) {
                element.set_attribute(name, &value)?;
            }
        }
    }
    if old.is_none_or(|old| text(old) != text(new) || old.title != new.title) {
        words(element, new)?;
    }
    if old.is_none_or(|old| old.target != new.target) {
        target(element, new.target)?;
    }
    Ok(())
}

fn text(mark: &Mark) -> &str {
    if let Shape::Text { text, .. } = &mark.shape { text } else { "" }
}

/// The text of a mark and its tooltip.
fn words(element: &Element, mark: &Mark) -> Result<(), JsValue> {
    element.set_text_content(Some(text(mark)));
    if let Some(words) = &mark.title {
        let title = create(element, "title")?;
        title.set_text_content(Some(words));
        element.append_child(&title)?;
    }
    Ok(())
}

fn target(element: &Element, target: Option<Target>) -> Result<(), JsValue> {
    for name in ["data-packet", "data-event", "data-node", "data-link"] {
        element.remove_attribute(name)?;
    }
    match target {
        Some(Target::Packet(packet)) => element.set_attribute("data-packet", &packet.0.to_string()),
        Some(Target::Event(event)) => element.set_attribute("data-event", &event.to_string()),
        Some(Target::Node(node)) => element.set_attribute("data-node", &node.0.to_string()),
        Some(Target::Link(link)) => element.set_attribute("data-link", &link.to_string()),
        None => Ok(()),
    }
}
