//! Marks as live SVG elements: one element stays with each mark, and only the attributes that changed are set.

use sockscope_core::collections::sort_by_key;
use sockscope_view::scene::{Mark, Scene, Shape};
use sockscope_view::svg;
use wasm_bindgen::JsValue;
use web_sys::Element;

const SVG: &str = "http://www.w3.org/2000/svg";

/// Paints marks into an element, whose children are its own.
#[derive(Debug)]
pub(crate) struct Painter {
    parent: Element,
    /// The marks that stand there, by their keys in order. Those of the last scene are taken out as they are met again.
    kept: Vec<(u64, Option<Kept>)>,
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
        Painter { parent, kept: Vec::new() }
    }

    /// Makes the element show `marks`.
    pub(crate) fn paint<'a>(&mut self, marks: impl IntoIterator<Item = &'a Mark>) -> Result<(), JsValue> {
        let mut before = std::mem::take(&mut self.kept);
        let mut next = Vec::with_capacity(before.len());
        for mark in marks {
            let found = before.binary_search_by_key(&mark.key, |(key, _)| *key).ok();
            next.push((mark, keep(mark, found.and_then(|at| before[at].1.take()))?));
        }
        before.into_iter().filter_map(|(_, gone)| gone).for_each(|gone| gone.element.remove());
        let ordered = self.order(next);
        sort_by_key(&mut self.kept, |(key, _)| *key);
        ordered
    }

    /// Brings the children into the order of the marks: where it did not change, nothing moves. New ones are made as they come,
    /// all that stand side by side at once: a page reads text faster than it is told of elements one by one.
    fn order(&mut self, marks: Vec<(&Mark, Option<Kept>)>) -> Result<(), JsValue> {
        let mut place = self.parent.first_element_child();
        let mut marks = marks.into_iter().peekable();
        let mut fresh = Vec::new();
        while let Some((mark, kept)) = marks.next() {
            let Some(kept) = kept else {
                fresh.push(mark);
                if !marks.peek().is_some_and(|(_, kept)| kept.is_none()) {
                    self.make(&mut fresh, place.as_ref())?;
                }
                continue;
            };
            if place.as_ref() == Some(&kept.element) {
                place = kept.element.next_element_sibling();
            } else {
                self.parent.insert_before(&kept.element, place.as_deref())?;
            }
            self.kept.push((mark.key, Some(kept)));
        }
        Ok(())
    }

    /// Makes the elements of marks in front of a place.
    fn make(&mut self, marks: &mut Vec<&Mark>, place: Option<&Element>) -> Result<(), JsValue> {
        let mut text = String::new();
        marks.iter().for_each(|mark| svg::write_mark(&mut text, mark));
        match place {
            Some(place) => place.insert_adjacent_html("beforebegin", &text)?,
            None => self.parent.insert_adjacent_html("beforeend", &text)?,
        }
        let last = |place: Option<&Element>| match place {
            Some(place) => place.previous_element_sibling(),
            None => self.parent.last_element_child(),
        };
        let mut made = last(place);
        for mark in marks.drain(..).rev() {
            let element = made.ok_or("an element that was made is gone")?;
            made = element.previous_element_sibling();
            self.kept.push((mark.key, Some(Kept { mark: mark.clone(), element })));
        }
        Ok(())
    }
}

/// The element of a mark that was there in the last scene, brought up to date; none where it had another shape.
fn keep(mark: &Mark, kept: Option<Kept>) -> Result<Option<Kept>, JsValue> {
    let Some(kept) = kept else { return Ok(None) };
    if kept.mark == *mark {
        return Ok(Some(kept));
    }
    if svg::element(&kept.mark.shape) != svg::element(&mark.shape) {
        kept.element.remove();
        return Ok(None);
    }
    update(&kept.element, &kept.mark, mark)?;
    Ok(Some(Kept { mark: mark.clone(), ..kept }))
}

/// Sets what differs between the mark that the element shows and the one that it shall show.
fn update(element: &Element, old: &Mark, new: &Mark) -> Result<(), JsValue> {
    if old.class != new.class {
        element.set_attribute("class", &new.class)?;
    }
    if old.shape != new.shape {
        let before = svg::attributes(&old.shape);
        for attribute in svg::attributes(&new.shape) {
            if !before.contains(&attribute) {
                element.set_attribute(attribute.0, &attribute.1)?;
            }
        }
    }
    if text(old) != text(new) || old.title != new.title {
        words(element, new)?;
    }
    if old.target != new.target {
        if let Some((name, _)) = old.target.map(svg::data) {
            element.remove_attribute(name)?;
        }
        if let Some((name, value)) = new.target.map(svg::data) {
            element.set_attribute(name, &value.to_string())?;
        }
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
