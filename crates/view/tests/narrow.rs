//! Pictures on small telephones, and of busy runs: nothing lies over another text, nothing beyond the edges.

mod common;

use common::scenes::{boxes, german, many_clients, of_class, run};
use sockscope_view::flow::Flow;
use sockscope_view::graphs::Graphs;
use sockscope_view::history::History;
use sockscope_view::inside::Inside;
use sockscope_view::ladder::{Ladder, Options};
use sockscope_view::network::{Dots, Network};
use sockscope_view::picture::Picture;
use sockscope_view::scene::{Anchor, Mark, Scene, Shape};
use sockscope_view::texts::Texts;

/// What is left of 320 and 360 pixels.
const WIDTHS: [f64; 2] = [294.0, 334.0];
const PRESETS: [&str; 4] = ["tcp-upper", "lossy-transfer", "slow-reader", "udp-upper"];

/// Left, top, right and bottom of a text, on the narrow side (but of monospaced ones): what overlaps here, overlaps.
fn text(mark: &Mark) -> Option<([f64; 4], &str)> {
    let Shape::Text { x, y, anchor, upwards: false, text } = &mark.shape else { return None };
    let wide = text.chars().count() as f64 * if mark.class == "port" { 6.5 } else { 4.6 };
    let left = match anchor {
        Anchor::Start => *x,
        Anchor::Middle => x - wide / 2.0,
        Anchor::End => x - wide,
    };
    Some(([left, y - 6.0, left + wide, *y], text))
}

fn apart(a: [f64; 4], b: [f64; 4]) -> bool {
    a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1]
}

fn assert_legible(name: &str, scene: &Scene) {
    let texts: Vec<_> = scene.marks.iter().filter_map(text).collect();
    for (i, (a, told)) in texts.iter().enumerate() {
        assert!(a[0] >= -1.0 && a[2] <= scene.width + 1.0, "{name}: {told:?} is beyond the edge");
        for (b, other) in &texts[i + 1..] {
            assert!(apart(*a, *b), "{name}: {told:?} and {other:?} lie over each other");
        }
    }
}

fn moments(history: &History) -> impl Iterator<Item = usize> {
    let all = history.events().len();
    (0..=all).step_by(1 + all / 40)
}

#[test]
fn every_word_inside_hosts_and_of_graphs_is_legible() {
    let spoken = |texts: &Texts| PRESETS.map(|preset| (preset, run(preset).told_in(texts.clone())));
    for (preset, history) in [Texts::ENGLISH, german()].iter().flat_map(spoken) {
        for width in WIDTHS {
            let inside = Inside::new(&history, width);
            let graphs = Graphs::new(&history, Flow::all(&history).first().copied(), width);
            for events in moments(&history) {
                let (name, moment) = (format!("{preset} at {width} after {events}"), history.after(events));
                assert_legible(&name, &inside.scene_at(&history, moment));
                assert_legible(&name, &graphs.scene_at(&history, moment));
            }
        }
    }
}

#[test]
fn packets_keep_within_the_picture_and_names_off_points() {
    for preset in ["lossy-transfer", "shared-bottleneck", "tcp-upper"] {
        let history = run(preset);
        for width in [WIDTHS[0], WIDTHS[1], 720.0] {
            let network = Network::new(&history, width);
            let mut dots = Dots::default();
            for events in moments(&history) {
                let scene = network.moving(&history, history.after(events), &mut dots);
                let name = format!("{preset} at {width} after {events}");
                for mark in &scene.marks {
                    let Shape::Rect { x, y, width, height, .. } = mark.shape else { continue };
                    let (right, low) = (x + width, y + height);
                    let within = x >= 0.0 && y >= 0.0 && right <= scene.width && low <= scene.height;
                    assert!(within, "{name}: {mark:?} in {} by {}", scene.width, scene.height);
                    if mark.class.starts_with("packet ") && preset == "lossy-transfer" {
                        let covers = |at: &[f32]| {
                            let (at_x, at_y) = (f64::from(at[0]), f64::from(at[1]));
                            (x - 3.0..right + 3.0).contains(&at_x) && (y - 3.0..low + 3.0).contains(&at_y)
                        };
                        assert!(
                            !dots.numbers.chunks_exact(3).any(covers),
                            "{name}: a point lies over {mark:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn names_of_packets_lie_over_no_other_and_over_no_machine() {
    for preset in ["tcp-three-clients", "shared-bottleneck", "udp-three-clients", "tcp-upper"] {
        let history = run(preset);
        for width in [WIDTHS[0], WIDTHS[1], 720.0] {
            let network = Network::new(&history, width);
            for events in moments(&history) {
                let scene = network.scene(&history, history.after(events));
                let (names, machines) = (boxes(&scene, "packet"), boxes(&scene, "machine"));
                for (i, name) in names.iter().enumerate() {
                    let mut others = names[i + 1..].iter().chain(&machines);
                    let over = others.find(|other| !common::scenes::apart(name, other));
                    assert_eq!(over, None, "{preset} at {width} after {events}: {name:?}");
                }
            }
        }
    }
}

#[test]
fn however_many_sockets_there_are_their_lanes_stand_within_the_picture() {
    for clients in [3, 12, 60, 300] {
        let history = many_clients(clients);
        for width in [WIDTHS[0], 760.0, 1200.0] {
            let ladder = Ladder::new(&history, Options::wide(width));
            let name = format!("{clients} clients at {width}");
            assert_legible(&name, ladder.head());
            let bands = boxes(ladder.scene(), "band");
            assert!(bands.len() > 3 * clients, "{name}");
            assert!(
                bands.iter().all(|band| band[0] >= 0.0 && band[2] <= width),
                "{name}: within the picture"
            );
            let arrows = of_class(ladder.scene(), "arrow").filter_map(|mark| match mark.shape {
                Shape::Line { x1, x2, .. } => Some([x1, x2]),
                _ => None,
            });
            for x in arrows.flatten() {
                assert!((0.0..=width).contains(&x), "{name}: an arrow ends at {x}");
            }
            let mut names = ladder.head().marks.iter().filter_map(text);
            let told = names.any(|(_, text)| text == format!("{clients} sockets"));
            assert!(told == (clients > 60) || (5..=60).contains(&clients), "{name}");
        }
    }
}
