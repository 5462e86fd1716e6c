//! Traces that somebody damaged, by accident or on purpose: each is read, or refused; nothing panics.

use serde_json::Value;
use sockscope_core::rng::{Purpose, Rng};
use sockscope_core::time::Time;
use sockscope_core::trace::{Node, Trace, jsonl};
use sockscope_sim::{Scenario, World, checkers, presets, replay};
use sockscope_view::card::PacketCard;
use sockscope_view::history::History;
use sockscope_view::ladder::{Ladder, Options};
use sockscope_view::network::Network;
use sockscope_view::{import, pcapng, story, svg, tcpdump, text};

/// How many damaged traces are made of each preset.
const ROUNDS: u32 = 60;
/// Short runs in which everything happens that a trace can hold.
const PRESETS: [&str; 6] =
    ["udp-wrong-port", "tcp-upper", "tcp-syn-lost", "tcp-abort", "tcp-simultaneous", "tcp-at-the-same-time"];

/// A preset's trace as JSON Lines.
fn lines(preset: &str) -> Vec<Value> {
    let scenario: Scenario = presets::text(preset).expect("a preset").parse().expect("a preset is fine");
    let mut world = World::new(&scenario).expect("a preset is fine");
    world.run();
    let mut text = Vec::new();
    jsonl::write(&world.trace(), &mut text).expect("memory takes everything");
    let lines = serde_json::Deserializer::from_slice(&text).into_iter();
    lines.collect::<Result<_, _>>().expect("every line is JSON")
}

/// One of `len` places.
fn pick(rng: &mut Rng, len: usize) -> usize {
    rng.below(u32::try_from(len).expect("traces here are short")) as usize
}

/// Every number in `json`.
fn numbers(json: &mut Value) -> Vec<&mut Value> {
    match json {
        Value::Number(_) => vec![json],
        Value::Array(items) => items.iter_mut().flat_map(numbers).collect(),
        Value::Object(fields) => fields.values_mut().flat_map(numbers).collect(),
        _ => Vec::new(),
    }
}

/// Does one kind of harm to a trace, and leaves every line JSON.
fn harm(lines: &mut Vec<Value>, rng: &mut Rng) {
    let (event, other) = (1 + pick(rng, lines.len() - 1), 1 + pick(rng, lines.len() - 1));
    match rng.below(5) {
        0 => drop(lines.remove(event)),
        1 => lines.swap(event, other),
        2 => lines[event]["kind"] = lines[other]["kind"].clone(),
        3 => lines[event]["node"] = lines[other]["node"].clone(),
        _ => {
            let line = if rng.below(8) == 0 { 0 } else { event };
            let mut numbers = numbers(&mut lines[line]);
            let place = pick(rng, numbers.len().max(1));
            let odd = [0, 1, 2, 7, 1 << 16, u64::from(u32::MAX), 1 << 53, u64::MAX];
            if let Some(number) = numbers.get_mut(place) {
                **number = odd[pick(rng, odd.len())].into();
            }
        }
    }
}

/// The text of a trace whose events count up, or the reader would look no further.
fn text_of(mut lines: Vec<Value>) -> Vec<u8> {
    for (n, line) in lines.iter_mut().skip(1).enumerate() {
        line["n"] = n.into();
        if line["cause"].as_u64().is_some_and(|cause| cause >= n as u64) {
            line["cause"] = Value::Null;
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes()
}

/// Does with a trace what can be done with one.
fn look_at(trace: Trace) {
    let _ = replay::world(&trace);
    let _ = replay::programs(&trace);
    let _ = checkers::check(&trace);
    let history = History::of(trace);
    let _ =
        (text::ladder(&history, 80), tcpdump::lines(&history, None), pcapng::write(&history, Some(Node(0))));
    let _ = (story::milestones(&history), story::summary(&history));
    let _ = svg::paint(Ladder::new(&history, Options { width: 760.0 }).scene());
    let network = Network::new(&history, 760.0);
    for moment in [history.at(Time::ZERO), history.after(history.events().len() / 2), history.end()] {
        let _ = network.scene(&history, moment);
    }
    for journey in history.journeys() {
        let _ = PacketCard::new(&history, journey.packet.id);
    }
}

#[test]
fn a_trace_that_was_tampered_with_is_shown_or_refused() {
    let mut read = 0;
    for preset in PRESETS {
        let whole = lines(preset);
        for round in 0..ROUNDS {
            eprintln!("{preset}, round {round}");
            let mut rng = Rng::new(round.into(), Purpose::Test(0));
            let mut lines = whole.clone();
            (0..=rng.below(4)).for_each(|_| harm(&mut lines, &mut rng));
            if let Ok(reading) = jsonl::read(&text_of(lines)[..]) {
                read += 1;
                look_at(reading.trace);
            }
        }
    }
    assert!(read > PRESETS.len() as u32 * ROUNDS / 2, "most are odd, not broken: {read}");
}

#[test]
fn a_file_with_flipped_bytes_is_read_or_refused() {
    let whole = text_of(lines("tcp-upper"));
    for round in 0..10 * ROUNDS {
        let mut rng = Rng::new(round.into(), Purpose::Test(1));
        let mut bytes = whole.clone();
        bytes.truncate(whole.len() - rng.below(2) as usize * pick(&mut rng, whole.len()));
        for _ in 0..=rng.below(3) {
            let place = pick(&mut rng, whole.len());
            if let Some(byte) = bytes.get_mut(place) {
                *byte = rng.bits() as u8;
            }
        }
        if let Ok(reading) = jsonl::read(&bytes[..]) {
            look_at(reading.trace);
        }
    }
}

#[test]
fn a_capture_with_flipped_bytes_is_read_or_refused() {
    let scenario: Scenario =
        presets::text("tcp-syn-lost").expect("a preset").parse().expect("a preset is fine");
    let mut world = World::new(&scenario).expect("a preset is fine");
    world.run();
    let whole = pcapng::write(&History::of(world.trace()), None);
    let mut read = 0;
    for round in 0..20 * ROUNDS {
        let mut rng = Rng::new(round.into(), Purpose::Test(2));
        let mut bytes = whole.clone();
        bytes.truncate(whole.len() - rng.below(2) as usize * pick(&mut rng, whole.len()));
        for _ in 0..=rng.below(3) {
            let place = pick(&mut rng, whole.len());
            if let Some(byte) = bytes.get_mut(place) {
                *byte = rng.bits() as u8;
            }
        }
        if let Ok(imported) = import::read(&bytes, "damaged") {
            read += 1;
            let _ = imported.remarks();
            if round % 20 == 0 {
                look_at(imported.trace);
            }
        }
    }
    assert!(read > ROUNDS, "many are odd, not broken: {read}");
}
