//! The sequence space shows what the control blocks of both ends say, at every moment.

mod common;

use common::scenes::{assert_sound, of_class, run, texts};
use sockscope_core::tcp::Variables;
use sockscope_core::trace::Kind;
use sockscope_view::flow::Flow;
use sockscope_view::graphs::Graphs;
use sockscope_view::history::{History, SocketLife};
use sockscope_view::picture::Picture;
use sockscope_view::scene::{Scene, Shape};
use sockscope_view::window::Window;
use sockscope_view::words::grouped;

const PRESETS: [&str; 4] = ["tcp-upper", "tcp-syn-lost", "slow-reader", "lossy-transfer"];

/// The stretches of a class, as their titles tell them: `from to to …`.
fn stretches(scene: &Scene, class: &str) -> u32 {
    let number = |word: Option<&str>| word.and_then(|word| word.trim_end_matches(':').parse::<u32>().ok());
    let long = |title: &str| {
        let mut words = title.split(' ');
        let (from, to) = (number(words.next()), number(words.nth(1)));
        to.zip(from).map_or(0, |(to, from)| to - from)
    };
    of_class(scene, class).filter_map(|mark| mark.title.as_deref()).map(long).sum()
}

/// Every control block of a socket that the trace tells, with its event.
fn blocks<'a>(history: &'a History, life: &'a SocketLife) -> impl Iterator<Item = (usize, Variables)> + 'a {
    history.events().iter().enumerate().filter_map(move |(n, event)| match &event.kind {
        Kind::Variables { sock, variables } if event.node == Some(life.node) && *sock == life.sock => {
            Some((n, variables.variables()))
        }
        _ => None,
    })
}

#[test]
fn tiles_say_what_the_senders_control_block_says() {
    for preset in PRESETS {
        let history = run(preset);
        for flow in Flow::all(&history) {
            let window = Window::new(&history, Some(flow), 640.0);
            let life = &history.sockets()[flow.sender];
            let rare = 1 + blocks(&history, life).count() / 60;
            for (n, it) in blocks(&history, life).step_by(rare) {
                let scene = window.scene_at(&history, history.after(n + 1));
                assert_sound(&format!("{preset} after {n}"), &scene);
                let values = texts(&scene, "tile-value");
                let wanted = [it.snd_una - it.iss, it.snd_nxt - it.iss, it.snd_wnd, it.cwnd]
                    .map(|it| grouped(it.into()));
                assert_eq!(values[..4], wanted, "{preset} after {n}");
                let pointer = format!("SND.UNA {}", grouped((it.snd_una - it.iss).into()));
                assert!(texts(&scene, "pointer-name").contains(&pointer));
            }
        }
    }
}

#[test]
fn what_waits_for_a_hole_is_what_the_receiver_holds() {
    let history = run("lossy-transfer");
    let flow = Flow::all(&history)[0];
    let window = Window::new(&history, Some(flow), 12_000.0);
    let receiver = &history.sockets()[flow.receiver.expect("the run has both ends")];
    let own = |it: &&sockscope_view::history::Journey| it.from == history.sockets()[flow.sender].node;
    let end = |it: &sockscope_view::history::Journey| Some(it.relative?.seq + it.segment()?.seq_len());
    let last = history.journeys().iter().filter(own).filter_map(end).max().expect("it sends");
    let mut holes = 0;
    for (n, it) in blocks(&history, receiver) {
        let scene = window.scene_at(&history, history.after(n + 1));
        // A FIN ahead of its turn has a number too, but is no byte.
        let fin = of_class(&scene, "ahead").filter_map(|mark| mark.title.as_deref());
        let fin = fin.filter(|title| title.contains(&format!("to {last} came"))).count() as u32;
        assert_eq!(stretches(&scene, "ahead"), it.reassembly + fin, "after event {n}");
        holes += usize::from(it.reassembly > 0);
    }
    assert!(holes > 10, "the run loses something");
}

#[test]
fn what_is_sacked_is_what_the_sender_knows() {
    let history = run("lossy-transfer");
    let flow = Flow::all(&history)[0];
    let window = Window::new(&history, Some(flow), 12_000.0);
    let mut told = 0;
    for (n, it) in blocks(&history, &history.sockets()[flow.sender]) {
        let scene = window.scene_at(&history, history.after(n + 1));
        assert_eq!(stretches(&scene, "sacked"), it.sacked, "after event {n}");
        told += usize::from(it.sacked > 0);
    }
    assert!(told > 10, "the receiver tells of holes");
}

#[test]
fn graphs_hold_every_segment_and_tell_the_values_at_the_cursor() {
    for preset in PRESETS {
        let history = run(preset);
        let flow = Flow::all(&history)[0];
        let life = &history.sockets()[flow.sender];
        for width in [300.0, 700.0] {
            let graphs = Graphs::new(&history, Some(flow), width);
            let own = history.journeys().iter().filter(|journey| {
                (journey.from, journey.sock) == (life.node, Some(life.sock))
                    && journey.segment().is_some_and(|segment| segment.seq_len() > 0)
            });
            let again = own.clone().filter(|journey| journey.original.is_some()).count();
            let drawn = of_class(graphs.still(), "g-segment").filter(|mark| mark.target.is_some());
            assert_eq!(drawn.count(), own.count(), "{preset}");
            let drawn = of_class(graphs.still(), "again").filter(|mark| mark.target.is_some());
            assert_eq!(drawn.count(), again, "{preset}");
            for (n, it) in blocks(&history, life).step_by(7) {
                let scene = graphs.scene_at(&history, history.after(n + 1));
                assert_sound(&format!("{preset} after {n}"), &scene);
                let told = texts(&scene, "g-key");
                assert!(told.contains(&format!("cwnd {}", grouped(it.cwnd.into()))), "{told:?}");
                assert!(told.contains(&format!("in flight {}", grouped(it.pipe.into()))), "{told:?}");
            }
        }
    }
}

#[test]
fn a_value_that_is_known_for_a_while_has_a_line_all_the_while() {
    // The threshold is known in recovery, does not change in it, and is unknown again when the recovery was for nothing.
    let history = run("lossy-transfer");
    let graphs = Graphs::new(&history, Some(Flow::all(&history)[0]), 800.0);
    let paths = of_class(graphs.still(), "g-line").filter_map(|mark| match &mark.shape {
        Shape::Path { d } => Some((mark.class.clone(), d.clone())),
        _ => None,
    });
    for (class, d) in paths {
        for piece in d.split('M').skip(1) {
            let xs = piece.split('L').filter_map(|point| point.split(' ').next()?.parse::<f64>().ok());
            let (first, last) = xs.fold((f64::MAX, 0.0_f64), |(least, most), x| (least.min(x), most.max(x)));
            assert!(piece.contains('L'), "{class}: a point alone at {piece}");
            assert!(!class.contains("g-ssthresh") || last - first > 1.0, "{class}: {piece}");
        }
    }
}

#[test]
fn a_run_without_a_connection_says_so() {
    let history = run("udp-upper");
    assert!(Flow::all(&history).is_empty());
    for picture in [
        Box::new(Window::new(&history, None, 400.0)) as Box<dyn Picture>,
        Box::new(Graphs::new(&history, None, 400.0)),
    ] {
        assert_eq!(texts(picture.still(), "blind").len(), 1);
        assert!(picture.moving(&history, history.end()).is_empty());
    }
}

#[test]
fn whatever_goes_again_is_tied_to_the_first() {
    let history = run("lossy-transfer");
    let life = &history.sockets()[Flow::all(&history)[0].sender];
    let mut reached = 0;
    let mut again = 0;
    for journey in history.journeys().iter().filter(|it| (it.from, it.sock) == (life.node, Some(life.sock))) {
        let (Some(segment), Some(relative)) = (journey.segment(), journey.relative) else { continue };
        if segment.seq_len() == 0 {
            continue;
        }
        assert_eq!(journey.original.is_some(), relative.seq < reached, "{:?}", journey.reason);
        again += usize::from(journey.original.is_some());
        reached = reached.max(relative.seq + segment.seq_len());
    }
    assert!(again > 2, "{again}");
}

#[test]
fn a_short_window_is_drawn_and_its_name_stands_beside_it() {
    let history = run("slow-reader");
    for width in [334.0, 760.0] {
        let window = Window::new(&history, Flow::all(&history).first().copied(), width);
        for events in (0..history.events().len()).step_by(7) {
            let scene = window.scene_at(&history, history.after(events));
            let names = common::scenes::boxes(&scene, "label-back");
            for bracket in of_class(&scene, "bracket") {
                let Shape::Path { d } = &bracket.shape else { panic!("a bracket is a path") };
                let xs: Vec<f64> =
                    d.split(['M', 'L']).filter_map(|point| point.split(' ').next()?.parse().ok()).collect();
                let (left, right) =
                    (xs.iter().copied().fold(f64::MAX, f64::min), xs.iter().copied().fold(0.0, f64::max));
                let (top, low) = bracket.shape.heights();
                let hidden =
                    names.iter().any(|[a, t, b, l]| *a <= left && *b >= right && *t <= top && *l >= low);
                assert!(
                    !hidden,
                    "after {events} at {width}: nothing is seen of a bracket at {left} to {right}"
                );
            }
        }
    }
}
