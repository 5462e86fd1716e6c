//! How runs end that do not end by themselves, and the traces that they leave.

use crate::support::{events, port, signal, sockscope, start, wait_until_it_waits};
use sockscope_core::trace::{Kind, Outcome};
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
fn ctrl_c_ends_a_run_with_a_report_and_code_130() {
    for (server, driver) in
        [("tcp-server", "std"), ("tcp-server", "tokio"), ("udp-server", "std"), ("udp-server", "tokio")]
    {
        let (_folder, file) = trace();
        let mut child =
            start(&format!("run {server} --port {} --driver {driver} --record {}", port(), file.display()));
        wait_until_it_waits(&file);
        signal(&child, "INT");
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
