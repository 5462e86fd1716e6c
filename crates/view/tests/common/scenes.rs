//! Questions about scenes.

use sockscope_sim::{Scenario, World, presets};
use sockscope_view::history::History;
use sockscope_view::scene::{Mark, Scene, Shape};
use sockscope_view::texts::Texts;
use std::collections::{BTreeMap, BTreeSet};

/// The run of a scenario that comes along.
pub fn run(preset: &str) -> History {
    let scenario: Scenario = presets::text(preset).expect("it comes along").parse().expect("it is valid");
    let mut world = World::new(&scenario).expect("it can be built");
    world.run();
    History::of(world.trace())
}

/// The run of many programs of one host that connect to a server, one soon after the other.
pub fn many_clients(clients: usize) -> History {
    let client = |i: usize| {
        let (at, message) = (10 + 3 * i, format!("hello {i}"));
        format!(
            r#"{{ "host": "clients", "program": "tcp-slow-client", "at": "{at}ms", "args": {{ "message": "{message}" }} }}"#
        )
    };
    let clients: Vec<String> = (0..clients).map(client).collect();
    let text = r#"{
        "title": "Many clients",
        "hosts": [{ "name": "clients" }, { "name": "server" }],
        "links": [{ "between": ["clients", "server"], "both": { "delay": "10ms" } }],
        "programs": [{ "host": "server", "program": "tcp-upper-server-threads" }, CLIENTS]
    }"#;
    let scenario: Scenario = text.replace("CLIENTS", &clients.join(",")).parse().expect("it is valid");
    let mut world = World::new(&scenario).expect("it can be built");
    world.run();
    History::of(world.trace())
}

/// What the views say in German.
pub fn german() -> Texts {
    let file = include_str!("../../texts/de.json");
    let pairs: BTreeMap<String, String> = serde_json::from_str(file).expect("it is JSON");
    Texts::new(pairs.into_iter().collect())
}

/// The marks that have a style class.
pub fn of_class<'a>(scene: &'a Scene, class: &'a str) -> impl Iterator<Item = &'a Mark> + 'a {
    scene.marks.iter().filter(move |mark| mark.class.split(' ').any(|word| word == class))
}

/// Every text of a style class.
pub fn texts(scene: &Scene, class: &str) -> Vec<String> {
    let text =
        |mark: &Mark| if let Shape::Text { text, .. } = &mark.shape { Some(text.clone()) } else { None };
    of_class(scene, class).filter_map(text).collect()
}

/// The rectangles of a style class: left, top, right, bottom.
pub fn boxes(scene: &Scene, class: &str) -> Vec<[f64; 4]> {
    let rectangle = |mark: &Mark| match mark.shape {
        Shape::Rect { x, y, width, height, .. } => Some([x, y, x + width, y + height]),
        _ => None,
    };
    of_class(scene, class).filter_map(rectangle).collect()
}

/// Whether two boxes lie apart; a scene rounds to a tenth of a pixel.
pub fn apart(a: &[f64; 4], b: &[f64; 4]) -> bool {
    const ROUNDING: f64 = 0.21;
    a[2] <= b[0] + ROUNDING || b[2] <= a[0] + ROUNDING || a[3] <= b[1] + ROUNDING || b[3] <= a[1] + ROUNDING
}

/// What holds for any picture: no two marks share a key, and everything lies within the frame.
pub fn assert_sound(name: &str, scene: &Scene) {
    let keys: BTreeSet<u64> = scene.marks.iter().map(|mark| mark.key).collect();
    assert_eq!(keys.len(), scene.marks.len(), "{name}: keys are unique");
    for mark in &scene.marks {
        let (top, bottom) = mark.shape.heights();
        assert!(top >= -0.2 && bottom <= scene.height + 0.2, "{name}: {mark:?} lies outside");
        if let Shape::Rect { x, width, .. } = mark.shape {
            assert!(x >= -0.2 && x + width <= scene.width + 0.2, "{name}: {mark:?} lies outside");
        }
    }
}
