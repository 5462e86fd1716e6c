//! Every scenario that comes along, run by the engine: what holds for its pictures.

mod common;

use sockscope_core::time::{Span, Time};
use sockscope_core::trace::Kind;
use sockscope_sim::{Scenario, World, presets};
use sockscope_view::history::History;
use sockscope_view::ladder::{Ladder, Options};
use sockscope_view::network::Network;
use sockscope_view::scene::{Mark, Scene, Shape, Target};
use sockscope_view::{story, text};
use std::collections::BTreeSet;

/// The presets, run to an hour at most; of the long ones the beginning is enough.
fn histories() -> impl Iterator<Item = (&'static str, History)> {
    presets::names().map(|name| {
        let scenario: Scenario = presets::text(name).expect("it has a text").parse().expect("it is valid");
        let mut world = World::new(&scenario).expect("it can be built");
        while world.log().events().len() < 4000 && world.now() < Time::ZERO + Span::from_secs(3600) {
            if world.step().is_some() {
                break;
            }
        }
        (name, History::of(world.trace()))
    })
}

fn labels(scene: &Scene) -> Vec<[f64; 4]> {
    let label = |mark: &Mark| match mark.shape {
        Shape::Rect { x, y, width, height, .. } if mark.class == "label-back" => {
            Some([x, y, x + width, y + height])
        }
        _ => None,
    };
    scene.marks.iter().filter_map(label).collect()
}

/// A scene rounds to a tenth of a pixel, so two boxes that touch may seem to overlap by as much.
const ROUNDING: f64 = 0.11;

#[test]
fn ladders_show_every_packet_and_no_label_lies_over_another() {
    for (name, history) in histories() {
        for width in [360.0, 760.0] {
            let ladder = Ladder::new(&history, Options::wide(width));
            let scene = ladder.scene();
            let keys: BTreeSet<u64> = scene.marks.iter().map(|mark| mark.key).collect();
            assert_eq!(keys.len(), scene.marks.len(), "{name}: keys are unique");
            let drawn: BTreeSet<_> = scene
                .marks
                .iter()
                .filter(|mark| mark.class.starts_with("arrow"))
                .filter_map(|mark| match mark.target {
                    Some(Target::Packet(packet)) => Some(packet),
                    _ => None,
                })
                .collect();
            let sent = history.journeys().iter().map(|journey| journey.packet.id);
            assert_eq!(drawn, sent.collect(), "{name} at {width}: an arrow for every packet");
            let mut boxes = labels(scene);
            boxes.sort_by(|a, b| a[1].total_cmp(&b[1]));
            for (i, a) in boxes.iter().enumerate() {
                for b in boxes[i + 1..].iter().take_while(|b| b[1] + ROUNDING < a[3]) {
                    assert!(a[2] <= b[0] || b[2] <= a[0], "{name} at {width}: {a:?} lies over {b:?}");
                }
            }
        }
    }
}

#[test]
fn networks_never_show_a_packet_that_is_not_on_a_link() {
    for (name, history) in histories() {
        let network = Network::new(&history, 760.0);
        for n in (0..history.events().len()).step_by(41) {
            let scene = network.scene(&history, history.after(n));
            let keys: BTreeSet<u64> = scene.marks.iter().map(|mark| mark.key).collect();
            assert_eq!(keys.len(), scene.marks.len(), "{name}: keys are unique");
            for mark in &scene.marks {
                let Some(Target::Packet(packet)) = mark.target else { continue };
                let journey = history.journey(packet).expect("a packet that was sent");
                assert!(journey.sent < n, "{name}: {packet} is drawn before it is sent");
            }
        }
    }
}

#[test]
fn a_segment_with_data_and_a_fin_is_told_as_one_segment() {
    let (_, history) = histories().find(|(name, _)| *name == "tcp-segment-lost").unwrap();
    let stories = (0..history.events().len()).map(|n| story::sentence(&history, n));
    let sent: Vec<String> =
        stories.filter(|text| text.starts_with("client sends ") && text.contains("FIN")).collect();
    assert_eq!(sent, ["client sends a segment of 456 bytes (seq 15929) + FIN to server."]);
}

#[test]
fn every_event_has_a_sentence_and_every_call_a_line() {
    for (name, history) in histories() {
        for n in 0..history.events().len() {
            let sentence = story::sentence(&history, n);
            assert!(sentence.ends_with('.'), "{name}: event {n} is told as {sentence:?}");
        }
        let ladder = text::ladder(&history, 100);
        let sent = history.events().iter().filter(|event| matches!(event.kind, Kind::Sent { .. })).count();
        let arrows = ladder.lines().filter(|line| line.contains(['▶', '◀', '✕'])).count();
        assert!(arrows >= sent, "{name}: {sent} packets, {arrows} arrows");
    }
}
