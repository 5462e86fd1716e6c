//! What holds for every ladder and every network picture, at every width and moment.

mod common;

use sockscope_core::time::{Span, Time};
use sockscope_view::history::{History, Moment};
use sockscope_view::ladder::{Conversation, Future, Ladder, Options};
use sockscope_view::network::Network;
use sockscope_view::scene::{Mark, Scene, Shape, Target};
use std::collections::BTreeMap;

const WIDTHS: [f64; 6] = [320.0, 360.0, 480.0, 600.0, 760.0, 1200.0];

fn ladders() -> impl Iterator<Item = (String, History, Ladder)> {
    common::all().into_iter().flat_map(|(name, trace)| {
        let history = History::of(trace);
        WIDTHS.into_iter().map(move |width| {
            let ladder = Ladder::new(&history, Options::wide(width));
            (format!("{name} at {width}"), history.clone(), ladder)
        })
    })
}

fn moments(history: &History) -> impl Iterator<Item = Moment> + '_ {
    let steps = (0..=history.events().len()).map(|n| history.after(n));
    let times = (0..200).map(|i| history.at(Time::ZERO + Span::from_millis(i * 7)));
    steps.chain(times)
}

fn of_class<'a>(scene: &'a Scene, class: &'a str) -> impl Iterator<Item = &'a Mark> + 'a {
    scene.marks.iter().filter(move |mark| mark.class.split(' ').any(|word| word == class))
}

#[test]
fn labels_never_overlap() {
    for (name, _, ladder) in ladders() {
        let boxes: Vec<_> = of_class(ladder.scene(), "label-back")
            .map(|mark| match mark.shape {
                Shape::Rect { x, y, width, height, .. } => (x, y, x + width, y + height),
                _ => panic!("a label has a box"),
            })
            .collect();
        for (i, a) in boxes.iter().enumerate() {
            for b in &boxes[i + 1..] {
                let apart = a.2 <= b.0 || b.2 <= a.0 || a.3 <= b.1 || b.3 <= a.1;
                assert!(apart, "{name}: {a:?} lies over {b:?}");
            }
        }
    }
}

#[test]
fn lines_of_a_column_have_room() {
    for (name, _, ladder) in ladders() {
        let mut columns: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        for mark in of_class(ladder.scene(), "code").chain(of_class(ladder.scene(), "state-name")) {
            if let Shape::Text { x, y, .. } = mark.shape {
                columns.entry(x as i64).or_default().push(y);
            }
        }
        for ys in columns.values_mut() {
            ys.sort_by(f64::total_cmp);
            assert!(ys.windows(2).all(|pair| pair[1] - pair[0] > 12.0), "{name}: {ys:?}");
        }
    }
}

#[test]
fn every_packet_has_its_arrow_and_every_arrow_ends_where_its_events_are() {
    for (name, history, ladder) in ladders() {
        // The cursor that has just passed the end of an arrow stands right below it.
        let near = |y: f64, event: usize| (ladder.y(history.after(event + 1)) - y - 3.0).abs() < 0.2;
        for journey in history.journeys() {
            let target = Some(Target::Packet(journey.packet.id));
            let arrow = of_class(ladder.scene(), "arrow").find(|mark| mark.target == target);
            let Some(Shape::Line { y1, y2, .. }) = arrow.map(|mark| &mark.shape) else {
                panic!("{name}: {target:?} has no arrow")
            };
            assert!(near(*y1, journey.sent), "{name}: {target:?} starts at {y1}");
            for arrival in &journey.arrivals {
                assert!(near(*y2, arrival.event), "{name}: {target:?} ends at {y2}");
            }
        }
    }
}

#[test]
fn a_native_trace_draws_no_packet() {
    let history = History::of(common::native_udp());
    let ladder = Ladder::new(&history, Options::wide(760.0));
    assert_eq!(of_class(ladder.scene(), "arrow").count(), 0);
    assert_eq!(of_class(ladder.scene(), "blind").count(), 2, "the picture says that nothing was captured");
    let network = Network::new(&history, 760.0);
    for moment in moments(&history) {
        let scene = network.scene(&history, moment);
        assert_eq!(of_class(&scene, "packet").chain(of_class(&scene, "wire")).count(), 0);
    }
}

#[test]
fn a_mark_keeps_its_key_and_its_kind_of_shape() {
    for (name, trace) in common::all() {
        let history = History::of(trace);
        let network = Network::new(&history, 760.0);
        let ladder = Ladder::new(&history, Options::wide(760.0));
        let mut known = BTreeMap::new();
        for moment in moments(&history) {
            check_keys(name, &network.scene(&history, moment), &mut known);
            check_keys(name, &ladder.scene_at(moment, Future::Dim), &mut BTreeMap::new());
        }
    }
}

fn check_keys(name: &str, scene: &Scene, known: &mut BTreeMap<u64, std::mem::Discriminant<Shape>>) {
    let mut seen = std::collections::BTreeSet::new();
    for mark in &scene.marks {
        assert!(seen.insert(mark.key), "{name}: two marks share the key of {mark:?}");
        let kind = std::mem::discriminant(&mark.shape);
        assert_eq!(*known.entry(mark.key).or_insert(kind), kind, "{name}: {mark:?} changed its shape");
    }
}

/// The texts beside the lanes, with the event that they tell of and the heights between which they lie.
fn texts(ladder: &Ladder) -> impl Iterator<Item = (u32, f64, f64)> + '_ {
    let told = of_class(ladder.scene(), "code").chain(of_class(ladder.scene(), "state-name"));
    told.filter_map(|mark| match (&mark.shape, mark.target) {
        (Shape::Text { y, .. }, Some(Target::Event(event))) => Some((event.0, y - 8.0, y + 2.0)),
        _ => None,
    })
}

#[test]
fn the_cursor_stands_below_what_has_happened_and_above_what_has_not() {
    for (name, history, ladder) in ladders() {
        let mut last = 0.0;
        for n in 0..=history.events().len() {
            let y = ladder.y(history.after(n));
            assert!(y >= last, "{name}: event {n} lies above the one before");
            last = y;
            for (event, top, bottom) in texts(&ladder) {
                let happened =
                    history.place(sockscope_core::trace::EventId(event)).is_some_and(|place| place < n);
                let right = if happened { bottom <= y } else { y <= top };
                assert!(right, "{name}: after {n} events the cursor at {y} is wrong about {event} at {top}");
            }
        }
    }
}

#[test]
fn heights_and_moments_are_inverse() {
    for (name, history, ladder) in ladders() {
        for n in 0..=history.events().len() {
            let y = ladder.y(history.after(n));
            assert_eq!(ladder.y(ladder.moment(&history, y)), y, "{name}: after {n} events");
        }
    }
}

#[test]
fn a_stretched_ladder_keeps_what_holds_for_every_ladder_and_one_seen_from_afar_is_short() {
    for (name, trace) in common::all() {
        let history = History::of(trace);
        let at = |zoom| Ladder::new(&history, Options { zoom, ..Options::wide(760.0) });
        let [far, usual, near] = [0.2, 1.0, 3.0].map(at);
        assert!(
            far.scene().height <= usual.scene().height && usual.scene().height < near.scene().height,
            "{name}"
        );
        for ladder in [far, near] {
            let boxes = common::scenes::boxes(ladder.scene(), "label-back");
            for (i, a) in boxes.iter().enumerate() {
                assert!(boxes[i + 1..].iter().all(|b| common::scenes::apart(a, b)), "{name}: labels overlap");
            }
            let arrows = of_class(ladder.scene(), "arrow").count();
            assert_eq!(arrows, of_class(usual.scene(), "arrow").count(), "{name}: every packet is there");
        }
    }
}

#[test]
fn a_ladder_full_of_texts_is_stretched_as_far_as_an_empty_one() {
    for preset in ["lossy-transfer", "tcp-upper", "udp-upper"] {
        let history = common::scenes::run(preset);
        let high = |zoom| Ladder::new(&history, Options { zoom, ..Options::wide(760.0) }).scene().height;
        assert!(high(2.0) > 1.4 * high(1.0), "{preset}: {} to {}", high(1.0), high(2.0));
    }
}

#[test]
fn a_ladder_of_one_conversation_has_its_packets_and_no_others() {
    for preset in ["tcp-three-clients", "shared-bottleneck", "udp-three-clients"] {
        let history = common::scenes::run(preset);
        let all = Conversation::all(&history);
        let mut seen = 0;
        for focus in &all {
            let ladder = Ladder::new(&history, Options { focus: Some(*focus), ..Options::wide(760.0) });
            let mut packets: Vec<_> =
                of_class(ladder.scene(), "arrow").filter_map(|mark| mark.target).collect();
            packets.dedup();
            let own = history.journeys().iter().filter(|journey| {
                journey
                    .ends()
                    .is_some_and(|(a, b)| (a, b) == (focus.0, focus.1) || (b, a) == (focus.0, focus.1))
            });
            let own: Vec<_> = own.map(|journey| Target::Packet(journey.packet.id)).collect();
            assert_eq!(packets, own, "{preset}: {}", focus.name(&history));
            seen += own.len();
        }
        assert!(all.len() > 1 && seen == history.journeys().len(), "{preset}");
    }
}

#[test]
fn what_lies_between_two_hosts_stands_between_them() {
    let trace = common::scenes::run("path-mtu");
    let ladder = Ladder::new(&trace, Options::wide(760.0));
    let mut hosts: Vec<(f64, &str)> = of_class(ladder.head(), "host-name")
        .filter_map(|mark| match &mark.shape {
            Shape::Text { x, text, .. } => Some((*x, text.as_str())),
            _ => None,
        })
        .collect();
    hosts.sort_by(|a, b| a.0.total_cmp(&b.0));
    let names: Vec<&str> = hosts.into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["client", "near", "server"], "the router that says something has a lane");
}
