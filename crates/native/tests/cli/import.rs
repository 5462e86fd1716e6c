//! `sockscope import` and `sockscope diff`.

use crate::support::sockscope;
use predicates::prelude::*;
use predicates::str::contains;
use std::fs;

#[test]
fn what_was_exported_is_imported() {
    let folder = tempfile::tempdir().unwrap();
    let [capture, trace] =
        ["run.pcapng", "run.jsonl"].map(|name| folder.path().join(name).display().to_string());
    sockscope(&format!("sim tcp-syn-lost -o {capture} --host client")).assert().success();
    sockscope(&format!("import {capture}"))
        .assert()
        .success()
        .stdout(contains("10.0.0.1").and(contains("SYN seq=0 again")).and(contains("inferred")))
        .stderr("");
    sockscope(&format!("import {capture} -o {trace} --json"))
        .assert()
        .success()
        .stdout(contains(r#""left_out":{},"cut":0"#));
    let shown = sockscope(&format!("show {trace}")).assert().success().get_output().stdout.clone();
    // Every command that reads a trace reads a capture.
    sockscope(&format!("show {capture}")).assert().success().stdout(shown.clone());
    // The older form has the same packets.
    let older = folder.path().join("run.pcap").display().to_string();
    sockscope(&format!("show {capture} -o {older}")).assert().success();
    let ladder = sockscope(&format!("show {older}")).assert().success().get_output().stdout.clone();
    let arrows = |text: &[u8]| String::from_utf8_lossy(text).matches(['▶', '◀']).count();
    assert_eq!((arrows(&ladder), arrows(&ladder) > 5), (arrows(&shown), true));
}

#[test]
fn a_trace_without_packets_makes_an_empty_capture_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    sockscope(&format!("run udp --record {}", path("run.jsonl"))).assert().success();
    for name in ["run.pcapng", "run.pcap"] {
        sockscope(&format!("show {} -o {}", path("run.jsonl"), path(name)))
            .assert()
            .success()
            .stderr(contains("holds no packets; --capture records"));
    }
}

#[test]
fn what_is_no_capture_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    fs::write(&file, "no capture").unwrap();
    sockscope(&format!("import {}", file.display()))
        .assert()
        .code(1)
        .stderr(contains("notes.txt: byte 0: this is no capture; give a file that"));
}

#[test]
fn a_run_over_real_sockets_agrees_with_the_simulated_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (real, simulated, other) = (path("real.jsonl"), path("sim.jsonl"), path("other.jsonl"));
    sockscope(&format!("run tcp --message hello --record {real}")).assert().success();
    sockscope(&format!("run tcp --message help! --record {other}")).assert().success();
    sockscope(&format!("sim tcp-upper -o {simulated}")).assert().success();
    sockscope(&format!("diff {simulated} {real}")).assert().code(0).stdout("");
    sockscope(&format!("diff {simulated} {other}")).assert().code(1).stdout(
        contains("client: bytes sent over TCP differ from byte 3 on")
            .and(contains("'hello'"))
            .and(contains("'help!'"))
            .and(contains(">")),
    );
    sockscope(&format!("diff --strict {simulated} {real}"))
        .assert()
        .code(1)
        .stdout(contains("from event 0 on"));
    sockscope(&format!("diff --strict {real} {real}")).assert().code(0);
    sockscope(&format!("diff {simulated} nowhere.jsonl"))
        .assert()
        .code(2)
        .stderr(contains("cannot read nowhere.jsonl"));
}

#[test]
fn every_pair_of_the_library_does_over_real_sockets_what_it_does_in_the_simulator() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (real, simulated) = (path("real.jsonl"), path("sim.jsonl"));
    for (scenario, programs) in [
        ("udp-upper", "udp"),
        ("half-close", "half-close"),
        ("dns", "dns"),
        ("file-transfer", "file-exchange"),
        ("slow-reader", "slow-reader fast-writer -p bytes=16384 -p pause=20 -p size=131072"),
        ("tcp-abort", "tcp-upper-server tcp-abort-client"),
    ] {
        sockscope(&format!("sim {scenario} -o {simulated}")).assert().success();
        for driver in ["std", "tokio"] {
            // The server of a client that aborts ends with code 1, in both worlds.
            sockscope(&format!("run {programs} --driver {driver} --record {real}")).output().unwrap();
            sockscope(&format!("diff {simulated} {real}")).assert().code(0).stdout("");
        }
    }
}

#[test]
fn captures_are_compared_by_what_packets_carried() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (one, two, calls) = (path("one.pcapng"), path("two.pcapng"), path("calls.jsonl"));
    sockscope(&format!("sim lossy-transfer --seed 1 -o {one}")).assert().success();
    sockscope(&format!("sim lossy-transfer --seed 2 -o {two}")).assert().success();
    sockscope(&format!("diff {one} {two}")).assert().code(0).stdout("");
    sockscope(&format!("sim half-close -o {two}")).assert().success();
    sockscope(&format!("diff {one} {two}"))
        .assert()
        .code(1)
        .stdout(contains("bytes sent over TCP differ from byte 0"));
    sockscope(&format!("run udp --record {calls}")).assert().success();
    sockscope(&format!("diff {one} {calls}")).assert().code(2).stderr(contains("nothing in common"));
}
