//! Ladders in which much is under way at once: their shape is seen, and what matters is written.

mod common;

use common::scenes::{apart, boxes, many_clients, of_class, run, texts};
use sockscope_core::time::{Span, Time};
use sockscope_view::history::History;
use sockscope_view::inside::Inside;
use sockscope_view::ladder::{Ladder, Options};
use sockscope_view::network::Network;
use sockscope_view::picture::Picture;
use sockscope_view::scene::{Mark, Scene, Shape};

fn ladder(history: &History, width: f64) -> Scene {
    Ladder::new(history, Options::wide(width)).scene().clone()
}

/// The height from the departure of a packet to its arrival, as half of the arrows have it at most.
fn typical_fall(ladder: &Scene) -> f64 {
    let fall = |mark: &Mark| if let Shape::Line { y1, y2, .. } = mark.shape { y2 - y1 } else { 0.0 };
    let mut falls: Vec<f64> = of_class(ladder, "arrow").map(fall).collect();
    falls.sort_by(f64::total_cmp);
    falls[falls.len() / 2]
}

#[test]
fn a_packets_way_is_seen_at_a_glance_however_much_is_under_way() {
    for preset in ["tcp-upper", "slow-reader", "file-transfer", "shared-bottleneck", "lossy-transfer"] {
        for width in [360.0, 760.0] {
            let fall = typical_fall(&ladder(&run(preset), width));
            assert!((40.0..360.0).contains(&fall), "{preset} at {width}: an arrow falls by {fall} pixels");
        }
    }
}

#[test]
fn no_text_lies_over_the_place_where_a_packet_was_lost() {
    for preset in ["tcp-segment-lost", "lossy-transfer", "shared-bottleneck", "tcp-syn-lost"] {
        let ladder = ladder(&run(preset), 760.0);
        let labels = boxes(&ladder, "label-back");
        let middle = |mark: &Mark| {
            let Shape::Path { d } = &mark.shape else { panic!("{mark:?} is a cross") };
            let numbers: Vec<f64> =
                d.split([' ', 'M', 'L']).filter_map(|number| number.parse().ok()).collect();
            [0, 1]
                .map(|which| numbers.iter().skip(which).step_by(2).sum::<f64>() / (numbers.len() / 2) as f64)
        };
        let crosses: Vec<[f64; 2]> = of_class(&ladder, "cross").map(middle).collect();
        assert!(!crosses.is_empty(), "{preset}");
        for [x, y] in crosses {
            let cross = [x - 5.0, y - 5.0, x + 5.0, y + 5.0];
            assert!(labels.iter().all(|label| apart(label, &cross)), "{preset}: a text over {cross:?}");
        }
    }
}

#[test]
fn among_many_packets_those_sent_again_are_named_and_data_has_the_number_of_its_ack() {
    let history = run("lossy-transfer");
    let labels = texts(&ladder(&history, 760.0), "label");
    let again = history.journeys().iter().filter(|journey| journey.original.is_some()).count();
    let told = labels.iter().filter(|text| text.contains("again")).count();
    assert!(told > 0 && 2 * told >= again, "{told} of {again}");
    assert!(labels.iter().any(|text| text.starts_with("seq ")));
}

/// How many arrows each label hides, its own among them.
fn hidden(ladder: &Scene) -> Vec<usize> {
    let lines: Vec<[f64; 4]> = of_class(ladder, "arrow").filter_map(|mark| ends(&mark.shape)).collect();
    let crosses = |area: &[f64; 4], [x1, y1, x2, y2]: &[f64; 4]| {
        let y = |x: f64| y1 + (y2 - y1) * (x - x1) / (x2 - x1);
        let (left, right) = (area[0].max(x1.min(*x2)), area[2].min(x1.max(*x2)));
        left < right && y(left).min(y(right)) < area[3] && area[1] < y(left).max(y(right))
    };
    let labels = boxes(ladder, "label-back").into_iter();
    labels.map(|area| lines.iter().filter(|line| crosses(&area, line)).count()).collect()
}

fn ends(shape: &Shape) -> Option<[f64; 4]> {
    match *shape {
        Shape::Line { x1, y1, x2, y2 } => Some([x1, y1, x2, y2]),
        _ => None,
    }
}

#[test]
fn texts_hide_few_of_many_lines_and_come_back_when_a_reader_goes_near() {
    for preset in ["file-transfer", "lossy-transfer", "shared-bottleneck", "corruption", "ecn"] {
        // On a telephone arrows are so steep that what was sent again cannot keep off them.
        for (width, part) in [(360.0, 2), (1200.0, 10)] {
            let history = run(preset);
            let ladder = ladder(&history, width);
            let hidden = hidden(&ladder);
            let much = hidden.iter().filter(|hidden| **hidden > 4).count();
            assert!(part * much <= hidden.len(), "{preset} at {width}: {much} of {} hide much", hidden.len());
            let near = Ladder::new(&history, Options { zoom: 6.0, ..Options::wide(width) });
            let [named, all] = [&ladder, near.scene()].map(|ladder| of_class(ladder, "label").count());
            let arrows = of_class(&ladder, "arrow").count();
            assert!(all > named || named == arrows, "{preset} at {width}: {named} and {all} nearby");
        }
    }
}

#[test]
fn an_ack_tells_of_what_lies_beyond_a_hole() {
    let labels = texts(&ladder(&run("tcp-segment-lost"), 1200.0), "label");
    assert!(labels.iter().any(|text| text == "ACK 2897 (SACK 4345–5793)"), "{labels:?}");
}

#[test]
fn values_are_shortened_and_not_broken() {
    for preset in ["dns", "file-transfer", "tcp-upper", "slow-reader", "tcp-two-sends"] {
        for width in [360.0, 560.0, 760.0] {
            let ladder = ladder(&run(preset), width);
            for text in texts(&ladder, "code").iter().filter(|text| text.starts_with('→')) {
                assert!(text.matches('\'').count().is_multiple_of(2), "{preset} at {width}: {text}");
            }
        }
    }
}

#[test]
fn of_many_packets_a_reader_sees_lines_and_no_more_marks_than_of_few() {
    let marks = |preset: &str| {
        let ladder = ladder(&run(preset), 760.0);
        ladder.marks.len() as f64 / of_class(&ladder, "arrow").count() as f64
    };
    let (many, few) = (marks("file-transfer"), marks("tcp-upper"));
    assert!(many < 2.0 && few > 6.0, "{many} and {few} marks a packet");
}

#[test]
fn where_time_is_cut_short_one_strip_interrupts_every_lane_and_no_name() {
    for clients in [3, 300] {
        let ladder = ladder(&many_clients(clients), 760.0);
        let strips: Vec<(f64, f64)> = of_class(&ladder, "cut").map(|mark| mark.shape.heights()).collect();
        assert_eq!(strips.len(), texts(&ladder, "cut-time").len());
        assert!(!strips.is_empty());
        for mark in of_class(&ladder, "band-name") {
            let Shape::Text { y, ref text, .. } = mark.shape else { panic!("a name is a text") };
            let half = text.len() as f64 * 2.5;
            let over = strips.iter().find(|(top, bottom)| y + half > *top && y - half < *bottom);
            assert_eq!(over, None, "{text} at {y}");
        }
    }
}

#[test]
fn sockets_that_have_no_room_are_counted() {
    let history = many_clients(300);
    let moment = history.at(Time::ZERO + Span::from_millis(1000));
    for width in [334.0, 760.0] {
        let ports = texts(&Network::new(&history, width).scene(&history, moment), "port");
        assert!(ports.iter().all(|port| !port.contains('…')), "every port that is shown is whole: {ports:?}");
        let wires = texts(&Network::new(&history, width).scene(&history, moment), "what");
        let inside = texts(&Inside::new(&history, width).scene_at(&history, moment), "what");
        let told = |all: &[String]| {
            all.iter().filter(|text| text.ends_with("sockets more")).cloned().collect::<Vec<_>>()
        };
        let cells = if width < 560.0 { 4 } else { 8 };
        assert_eq!(told(&wires), [300, 301].map(|all| format!("and {} sockets more", all - cells)));
        assert_eq!(told(&inside), ["and 294 sockets more", "and 295 sockets more"]);
    }
}
