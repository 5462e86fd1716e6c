//! How runs end that do not end by themselves, and the traces that they leave.

use crate::support::{events, port, signal, sockscope, start, wait_until_it_waits};
use sockscope_core::trace::{Kind, Omission, Outcome};
use std::io::Read;
use std::path::PathBuf;
use tempfile::TempDir;

fn trace() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    (folder, file)
}

fn outcome(file: &std::path::Path) -> Option<Outcome> {
    match events(file).last()?.kind {
        Kind::Ended { outcome } => Some(outcome),
        _ => None,
    }
}

#[test]
fn a_time_limit_is_code_124() {
    for driver in ["std", "tokio"] {
        let (_folder, file) = trace();
        let line = format!("run tcp-server --port {} --driver {driver} --timeout 200ms", port());
        let run = sockscope(&format!("{line} --record {}", file.display())).assert().code(124);
        run.stderr("error: the time limit of 200.000 ms is over; give more with --timeout\n");
        assert_eq!(outcome(&file), Some(Outcome::TimeLimit));
    }
}

#[test]
fn ctrl_c_and_sigterm_end_a_run_with_a_report_and_code_130() {
    for (server, driver, name) in [
        ("tcp-server", "std", "INT"),
        ("tcp-server", "tokio", "TERM"),
        ("udp-server", "std", "TERM"),
        ("udp-server", "tokio", "INT"),
    ] {
        let (_folder, file) = trace();
        let mut child =
            start(&format!("run {server} --port {} --driver {driver} --record {}", port(), file.display()));
        wait_until_it_waits(&file);
        signal(&child, name);
        assert_eq!(child.wait().unwrap().code(), Some(130), "{server} on {driver}");
        let mut said = String::new();
        child.stderr.unwrap().read_to_string(&mut said).unwrap();
        assert!(said.starts_with("interrupted after "), "{said}");
        assert_eq!(outcome(&file), Some(Outcome::Interrupted));
        sockscope(&format!("replay {}", file.display())).assert().success();
    }
}

#[test]
fn a_killed_run_leaves_a_trace_that_reads() {
    let (_folder, file) = trace();
    let mut child = start(&format!("run udp-server --port {} --record {}", port(), file.display()));
    wait_until_it_waits(&file);
    signal(&child, "KILL");
    child.wait().unwrap();
    assert!(events(&file).iter().any(|event| matches!(event.kind, Kind::Bound { implicit: false, .. })));
    sockscope(&format!("replay {}", file.display())).assert().success();
}

/// A server and a client that send and receive without a pause, for ever.
const BUSY: [&str; 2] = [
    r#"{ "program": "busy-server", "steps": [
        { "socket": { "kind": "datagram", "into": "s" } },
        { "bind": { "socket": "s", "to": "127.0.0.1:PORT" } },
        { "forever": [
            { "recv_from": { "socket": "s", "max": 2048, "into": "m", "from": "c" } },
            { "send_to": { "socket": "s", "data": "{m}", "to": "{c}" } } ] } ] }"#,
    r#"{ "program": "busy-client", "steps": [
        { "socket": { "kind": "datagram", "into": "s" } },
        { "forever": [
            { "send_to": { "socket": "s", "data": "again", "to": "127.0.0.1:PORT" } },
            { "recv_from": { "socket": "s", "max": 2048, "into": "m", "from": "c" } } ] } ] }"#,
];

/// The command line that runs them and records.
fn busy(folder: &std::path::Path, file: &std::path::Path) -> String {
    let port = port().to_string();
    let [server, client] = ["server.json", "client.json"].map(|name| folder.join(name));
    for (path, text) in [&server, &client].into_iter().zip(BUSY) {
        std::fs::write(path, text.replace("PORT", &port)).unwrap();
    }
    format!("run {} {} --record {}", server.display(), client.display(), file.display())
}

#[test]
fn a_run_that_is_killed_at_full_speed_leaves_a_trace_that_reads_up_to_its_last_whole_line() {
    for driver in ["std", "tokio"] {
        // A file of its own: the one of the run before is long at once.
        let (folder, file) = trace();
        let mut child = start(&format!("{} --driver {driver}", busy(folder.path(), &file)));
        while std::fs::metadata(&file).map_or(0, |data| data.len()) < 3_000_000 {
            std::thread::yield_now();
        }
        signal(&child, "KILL");
        child.wait().unwrap();
        let lines = std::fs::read(&file).unwrap().iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(events(&file).len(), lines - 1, "every whole line but the header is an event");
        sockscope(&format!("replay {}", file.display())).assert().success();
    }
}

#[test]
fn a_limit_on_the_recording_is_said_in_the_report_and_in_the_trace() {
    let (folder, file) = trace();
    let line = format!("{} --record-limit 100000 --timeout 300ms", busy(folder.path(), &file));
    let run = sockscope(&format!("{line} --json")).assert().code(124);
    let report: serde_json::Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
    let events = events(&file);
    let [.., missing, ended] = &events[..] else { panic!("{} events", events.len()) };
    let Kind::Omitted { what: Omission::Events, count: left_out } = missing.kind else {
        panic!("{missing:?}")
    };
    assert_eq!(report["left_out"], left_out);
    assert_eq!(ended.kind, Kind::Ended { outcome: Outcome::TimeLimit });
    assert!(std::fs::metadata(&file).unwrap().len() < 110_000);
    run.stderr(predicates::str::contains(format!("note: {left_out} events are not in the trace")));
    sockscope(&format!("show {}", file.display())).assert().success();
}

#[test]
fn output_that_nobody_reads_is_no_error() {
    let port = port();
    for line in [
        "man",
        "completions bash",
        "presets",
        "sim tcp-upper",
        "sim tcp-upper --format pcapng",
        "run tcp",
        "run udp --json",
        "--help",
        &format!("run tcp-client --port {port}"),
    ] {
        let mut child = start(line);
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains("panic") && !said.contains("Broken pipe"), "{line}: {said}");
        assert!(output.status.code().is_some(), "{line}: killed by a signal");
    }
}
