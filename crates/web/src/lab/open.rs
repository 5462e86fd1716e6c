//! Files that a reader opens: scenarios, traces, captures, packetdrill scripts.

use crate::run::{self, Run};
use crate::timeline::State;
use sockscope_core::trace::{self, Trace, packed};
use sockscope_packetdrill::{Outcome, Script, Settings};
use sockscope_view::import;

/// What was in a file.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The run.
    pub(crate) run: Run,
    /// What a reader must know of it, a line each.
    pub(crate) remarks: Vec<String>,
}

/// Reads a file by what is in it: its name is for messages.
///
/// # Errors
/// What is wrong with it, and where.
pub(crate) fn open(name: &str, bytes: &[u8]) -> Result<Opened, String> {
    let within = |error: String| format!("{name}, {error}");
    if bytes.is_empty() {
        return Err(format!("{name} is empty"));
    }
    if import::is_capture(bytes) {
        let imported = import::read(bytes, name).map_err(|error| within(error.to_string()))?;
        let remarks = imported.remarks();
        return Ok(Opened { run: recorded(imported.trace), remarks });
    }
    if bytes.starts_with(packed::MAGIC) {
        return trace(bytes).map_err(within);
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        within(format!(
            "byte {}: this is no text, and neither a capture nor a packed trace",
            error.valid_up_to()
        ))
    })?;
    let first = text.lines().next().unwrap_or_default();
    if first.starts_with("{\"format\"") {
        return trace(bytes).map_err(within);
    }
    if text.trim_start().starts_with('{') {
        let scenario =
            text.parse().map_err(|error: sockscope_sim::ScenarioError| within(error.to_string()))?;
        let trace = run::simulate(&scenario)?;
        return Ok(Opened { run: Run { state: Some(State::of(scenario)), trace }, remarks: Vec::new() });
    }
    script(name, text)
}

fn recorded(trace: Trace) -> Run {
    Run { state: None, trace }
}

fn trace(bytes: &[u8]) -> Result<Opened, String> {
    let reading = trace::read(bytes).map_err(|error| error.to_string())?;
    let cut_off =
        reading.cut_off.map(|line| format!("line {line} breaks off: what stands before it is drawn"));
    Ok(Opened { run: recorded(reading.trace), remarks: cut_off.into_iter().collect() })
}

/// Plays a packetdrill script, in the dialect and with the policies that it names, else those of Linux.
fn script(name: &str, text: &str) -> Result<Opened, String> {
    let script = Script::parse(name, text, &Default::default()).map_err(|error| error.to_string())?;
    let report = sockscope_packetdrill::run(&script, &Settings::default());
    let verdict = match &report.outcome {
        Outcome::Passed => "everything is as the script says".to_owned(),
        Outcome::Failed(mismatch) => format!("not as the script says: {mismatch}"),
        Outcome::Unsupported(mismatch) => mismatch.to_string(),
    };
    if report.trace.header.nodes.is_empty() {
        return Err(format!("{name}, {verdict}"));
    }
    let warnings = report.warnings.iter().map(|mismatch| format!("not as the script says: {mismatch}"));
    let remarks = warnings.chain([verdict]).collect();
    Ok(Opened { run: recorded(report.trace), remarks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sockscope_core::trace::{Kind, jsonl};
    use sockscope_sim::{Scenario, presets};
    use sockscope_view::history::History;
    use sockscope_view::pcapng;
    use std::io::Write;

    fn simulated() -> Trace {
        let scenario: Scenario = presets::text("tcp-upper").unwrap().parse().unwrap();
        run::simulate(&scenario).unwrap()
    }
    fn lines() -> Vec<u8> {
        let trace = simulated();
        let mut lines = Vec::new();
        jsonl::write(&trace, &mut lines).unwrap();
        lines
    }

    #[test]
    fn traces_captures_scenarios_and_scripts_open() {
        let trace = simulated();
        let opened = open("a.jsonl", &lines()).unwrap();
        assert_eq!(opened.run.trace, trace);
        let mut packed = packed::Writer::new(Vec::new());
        packed.write_all(&lines()).unwrap();
        assert_eq!(open("a.trace", &packed.finish().unwrap()).unwrap().run.trace, trace);
        let history = History::of(trace.clone());
        let capture = open("a.pcapng", &pcapng::write(&history, history.hosts().next())).unwrap();
        assert!(capture.run.trace.events.iter().any(|event| matches!(event.kind, Kind::Captured(_))));
        let scenario = open("a.json", presets::text("tcp-upper").unwrap().as_bytes()).unwrap();
        assert_eq!((scenario.run.trace, scenario.run.state.is_some()), (trace, true));
        let text = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n\
                    +0 < S 0:0(0) win 1000 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>\n";
        let script = open("a.pkt", text.as_bytes()).unwrap();
        assert!(script.run.trace.events.len() > 5);
        assert_eq!(script.remarks, ["everything is as the script says"]);
        let failing = open("a.pkt", text.replace("ack 1", "ack 2").as_bytes()).unwrap();
        assert!(failing.remarks[0].starts_with("not as the script says: line 5"), "{:?}", failing.remarks);
    }

    #[test]
    fn a_bad_file_is_refused_with_its_place() {
        let broken = String::from_utf8(lines()).unwrap().replacen("\n{\"", "\n{\"x", 1);
        for (name, bytes, said) in [
            ("a.jsonl", broken.as_bytes(), "a.jsonl, line 2"),
            ("a.pcap", &[&[0x0a, 0x0d, 0x0d, 0x0a, 0x1c, 0, 0, 0][..], &[7; 40]].concat(), "a.pcap, byte"),
            ("a.png", &[0x89, 0x50, 0x4e, 0x47][..], "a.png, byte 0: this is no text"),
            ("a.json", b"{ \"title\": 7 }".as_slice(), "a.json, title (line 1)"),
            ("a.pkt", b"0 socket(".as_slice(), "a.pkt:1:"),
            ("a.txt", b"".as_slice(), "a.txt is empty"),
        ] {
            let error = open(name, bytes).map(|opened| opened.remarks).unwrap_err();
            assert!(error.starts_with(said), "{error}");
        }
    }
}
