//! Traces that somebody damaged, by accident or on purpose: each is read and shown, or refused.

use arbitrary::{Result, Unstructured};
use miniz_oxide::deflate;
use serde_json::Value;
use sockscope_core::time::Time;
use sockscope_core::trace::{self, Node, Trace, jsonl, packed as packing};
use sockscope_sim::{Scenario, World, checkers, presets, replay};
use sockscope_view::card::PacketCard;
use sockscope_view::history::History;
use sockscope_view::ladder::{Ladder, Options};
use sockscope_view::network::Network;
use sockscope_view::{import, pcapng, story, svg, tcpdump, text};
use std::io::Read;
use std::sync::LazyLock;

/// Bytes as a trace file, in either of its forms, or as a capture.
pub fn trace(data: &[u8]) {
    if let Ok(reading) = trace::read(data) {
        look_at(reading.trace);
    }
    if let Ok(imported) = import::read(data, "any") {
        let _ = imported.remarks();
        look_at(imported.trace);
    }
}

/// The trace of a preset or the capture of it, broken off or with some bytes changed.
pub fn damaged(data: &[u8]) {
    let mut input = Unstructured::new(data);
    if let Ok(file) = damage(&mut input) {
        trace(&file);
    }
}

fn damage(input: &mut Unstructured) -> Result<Vec<u8>> {
    let lines = input.choose(&TRACES)?;
    let mut file = text_of(lines.clone());
    if input.arbitrary()? {
        let reading = jsonl::read(&file[..]).expect("it is whole");
        file = pcapng::write(&History::of(reading.trace), None);
    }
    if input.arbitrary()? {
        file.truncate(input.int_in_range(0..=file.len())?);
    }
    while !input.is_empty() && !file.is_empty() {
        let place = input.choose_index(file.len())?;
        file[place] = input.arbitrary()?;
    }
    Ok(file)
}

/// Bytes as a block of a packed trace, which a checksum would guard: what is unpacked and packed again is the same.
pub fn packed(data: &[u8]) {
    let block = deflate::compress_to_vec_zlib(data, 1);
    let mut file = packing::MAGIC.to_vec();
    file.extend((block.len() as u32).to_le_bytes());
    file.extend(block);
    let mut lines = Vec::new();
    let _ = packing::Reader::new(&file[..]).read_to_end(&mut lines);
    if let Ok(reading) = jsonl::read(&lines[..]) {
        look_at(reading.trace);
    }
}

/// A trace of a preset in which some values were exchanged for others.
pub fn tampered(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok(lines) = tamper(&mut input) else { return };
    if let Ok(reading) = jsonl::read(&text_of(lines)[..]) {
        look_at(reading.trace);
    }
}

/// Short runs in which everything happens that a trace can hold.
const PRESETS: [&str; 6] =
    ["udp-wrong-port", "tcp-upper", "tcp-syn-lost", "tcp-abort", "tcp-simultaneous", "tcp-at-the-same-time"];

/// Their traces, line by line.
static TRACES: LazyLock<Vec<Vec<Value>>> = LazyLock::new(|| {
    let lines = |preset: &&str| {
        let scenario: Scenario = presets::text(preset).expect("a preset").parse().expect("a preset is fine");
        let mut world = World::new(&scenario).expect("a preset is fine");
        world.run();
        let mut text = Vec::new();
        jsonl::write(&world.trace(), &mut text).expect("memory takes everything");
        let lines = serde_json::Deserializer::from_slice(&text).into_iter();
        lines.collect::<std::result::Result<_, _>>().expect("every line is JSON")
    };
    PRESETS.iter().map(lines).collect()
});

fn tamper(input: &mut Unstructured) -> Result<Vec<Value>> {
    let mut lines = input.choose(&TRACES)?.clone();
    while !input.is_empty() {
        harm(&mut lines, input)?;
    }
    Ok(lines)
}

/// Does one kind of harm, and leaves every line JSON.
fn harm(lines: &mut Vec<Value>, input: &mut Unstructured) -> Result<()> {
    if lines.len() < 2 {
        return Ok(());
    }
    let last = lines.len() - 1;
    let (event, other) = (input.int_in_range(1..=last)?, input.int_in_range(1..=last)?);
    match input.int_in_range(0..=7u8)? {
        0 => drop(lines.remove(event)),
        1 => lines.swap(event, other),
        2 => lines[event]["kind"] = lines[other]["kind"].clone(),
        3 => lines[event]["node"] = lines[other]["node"].clone(),
        4 => change_number(&mut lines[0], input)?,
        _ => change_number(&mut lines[event], input)?,
    }
    Ok(())
}

fn change_number(line: &mut Value, input: &mut Unstructured) -> Result<()> {
    let mut numbers = numbers(line);
    if numbers.is_empty() {
        return Ok(());
    }
    let place = input.choose_index(numbers.len())?;
    let odd = [0, 1, 2, 7, 1 << 16, u64::from(u32::MAX), 1 << 53, u64::MAX];
    *numbers[place] = (*input.choose(&odd)?).into();
    Ok(())
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
    let _ = svg::paint(Ladder::new(&history, Options::wide(760.0)).scene());
    let network = Network::new(&history, 760.0);
    for moment in [history.at(Time::ZERO), history.after(history.events().len() / 2), history.end()] {
        let _ = network.scene(&history, moment);
    }
    for journey in history.journeys() {
        let _ = PacketCard::new(&history, journey.packet.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sockscope_core::rng::{Purpose, Rng};

    /// How many of 200 inputs give something that is read.
    fn read(len: u32, is_read: fn(&mut Unstructured) -> Option<bool>) -> usize {
        let is_read = |n: &u64| {
            let mut rng = Rng::new(*n, Purpose::Test(1));
            let input: Vec<u8> = (0..len).map(|_| rng.bits() as u8).collect();
            is_read(&mut Unstructured::new(&input)) == Some(true)
        };
        (0..200).filter(is_read).count()
    }

    #[test]
    fn what_was_tampered_with_or_damaged_is_odd_more_often_than_broken() {
        let tampered = read(12, |input| Some(jsonl::read(&text_of(tamper(input).ok()?)[..]).is_ok()));
        assert!(tampered > 100, "{tampered}");
        let damaged = read(12, |input| {
            let file = damage(input).ok()?;
            Some(trace::read(&file[..]).is_ok() || import::read(&file, "any").is_ok())
        });
        assert!(damaged > 50, "{damaged}");
    }
}
