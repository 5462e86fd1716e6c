//! A run as the text of a Rust test, which says what its programs printed and has the run again.

use super::ReplayError;
use crate::Scenario;
use sockscope_core::program::Call;
use sockscope_core::trace::{Event, Header, Kind, Outcome, jsonl};
use std::fmt::Write;

/// The text of a test that has a simulated run again.
///
/// # Errors
/// The trace has no scenario, or one that makes no sense.
///
/// ```
/// use sockscope_sim::{Scenario, World, presets, replay};
/// let scenario: Scenario = presets::text("udp-upper").unwrap().parse().unwrap();
/// let mut world = World::new(&scenario).unwrap();
/// world.run();
/// let trace = world.trace();
/// let text = replay::test(&trace.header, &trace.events).unwrap();
/// assert!(text.contains("#[test]\nfn ") && text.contains(r#"["HELLO"]"#));
/// ```
pub fn test(header: &Header, events: &[Event]) -> Result<String, ReplayError> {
    let value = header.scenario.as_ref().ok_or(ReplayError::NoScenario)?;
    Scenario::from_value(value)?;
    let scenario = format!("{value:#}");
    let fence = "#".repeat(1 + longest_fence(&scenario));
    let outcome = events.iter().rev().find_map(|event| match &event.kind {
        Kind::Ended { outcome } => Some(*outcome),
        _ => None,
    });
    let outcome = outcome.unwrap_or(Outcome::Idle);
    let printed = printed(events);
    let mut text = format!(
        "use sockscope_core::program::Call;\n\
         use sockscope_core::trace::{{Kind, Outcome, jsonl}};\n\
         use sockscope_sim::{{Scenario, World, checkers, replay}};\n\n\
         const SCENARIO: &str = r{fence}\"{scenario}\"{fence};\n\n\
         #[test]\nfn {}() {{\n    \
             let scenario: Scenario = SCENARIO.parse().unwrap();\n    \
             let mut world = World::new(&scenario).unwrap();\n    \
             assert_eq!(world.run(), Outcome::{outcome:?});\n\n    \
             let trace = world.trace();\n    \
             let calls = trace.events.iter().filter_map(|event| match &event.kind {{\n        \
                 Kind::Call {{ call, .. }} => Some(&**call),\n        \
                 _ => None,\n    \
             }});\n    \
             let printed: Vec<&str> = calls\n        \
                 .filter_map(|call| if let Call::Print {{ text }} = call {{ Some(text.as_str()) }} else {{ None }})\n        \
                 .collect();\n",
        name(&header.title)
    );
    _ = if printed.is_empty() {
        writeln!(text, "    assert!(printed.is_empty());")
    } else {
        writeln!(text, "    assert_eq!(printed, {printed:?});")
    };
    _ = write!(
        text,
        "    assert_eq!(checkers::check(&trace), []);\n    \
         assert_eq!(replay::world(&trace).unwrap(), None, \"no event differs\");\n\n    \
         // Every packet and its time, as this version has them: take it out where only the programs count.\n    \
         assert_eq!(format!(\"{{:016x}}\", jsonl::hash(&trace.header, &trace.events)), \"{:016x}\");\n}}\n",
        jsonl::hash(header, events)
    );
    Ok(text)
}

/// What all programs printed, in order.
fn printed(events: &[Event]) -> Vec<&str> {
    let calls = events.iter().filter_map(|event| match &event.kind {
        Kind::Call { call, .. } => Some(&**call),
        _ => None,
    });
    calls
        .filter_map(|call| if let Call::Print { text } = call { Some(text.as_str()) } else { None })
        .collect()
}

/// How many `#` follow a quotation mark in a text, at most.
fn longest_fence(text: &str) -> usize {
    let runs = text.split('"').skip(1).map(|rest| rest.bytes().take_while(|byte| *byte == b'#').count());
    runs.max().unwrap_or(0)
}

/// A title as the name of a function.
fn name(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("_");
    match name.bytes().next() {
        Some(first) if first.is_ascii_alphabetic() => name,
        _ => format!("run_{name}").trim_end_matches('_').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_title_makes_a_name_and_any_text_a_literal() {
        assert_eq!(name("TCP: a SYN is lost"), "tcp_a_syn_is_lost");
        assert_eq!(name("3 clients"), "run_3_clients");
        assert_eq!(name("漢字"), "run");
        assert_eq!(longest_fence(r###"{"a": "b"##}"###), 2);
    }
}
