//! `sockscope sim`, `presets` and `show`.

use crate::support::sockscope;
use predicates::prelude::*;
use predicates::str::contains;
use std::fs;

#[test]
fn a_scenario_is_a_ladder_and_its_seed_is_said() {
    sockscope("sim tcp-syn-lost")
        .assert()
        .success()
        .stdout(contains("SYN seq=0").and(contains("✕")).and(contains("» HELLO")))
        .stderr("seed 1\n");
    sockscope("sim tcp-syn-lost --seed 18446744073709551615").assert().stderr("seed 18446744073709551615\n");
}

#[test]
fn every_format_is_what_it_says() {
    for (format, start) in [
        ("jsonl", &br#"{"format":1,"#[..]),
        ("svg", b"<svg "),
        ("film", b"<svg "),
        ("pcapng", b"\x0a\x0d\x0d\x0a"),
        ("pcap", b"\x4d\x3c\xb2\xa1"),
        ("tcpdump", b"00:00:00.010000 client   Out IP 10.0.0.1."),
    ] {
        let output =
            sockscope(&format!("sim tcp-upper --format {format}")).assert().success().get_output().clone();
        assert!(output.stdout.starts_with(start), "{format}");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("out");
        sockscope(&format!("sim tcp-upper --format {format} -o {}", file.display()))
            .assert()
            .success()
            .stdout("");
        assert_eq!(fs::read(&file).unwrap(), output.stdout);
    }
}

#[test]
fn a_capture_of_one_host_has_what_that_host_sees() {
    let lines = |host: &str| {
        let run = sockscope(&format!("sim udp-upper --format tcpdump{host}")).assert().success();
        String::from_utf8(run.get_output().stdout.clone()).unwrap()
    };
    assert_eq!(lines("").lines().count(), 4, "two datagrams, each sent and received");
    let client = lines(" --host client");
    assert_eq!(client.lines().count(), 2);
    assert!(client.lines().all(|line| line.contains("client")), "{client}");
    let refused = |line: &str| sockscope(line).assert().code(2);
    refused("sim udp-upper --format tcpdump --host nobody")
        .stderr(contains("there are server, client").or(contains("there are client, server")));
    refused("sim udp-upper --host client").stderr(contains("--host is for captures"));
}

#[test]
fn the_fingerprint_is_of_the_trace_and_the_seed() {
    let hash = |line: &str| sockscope(line).assert().success().get_output().stdout.clone();
    let first = hash("sim lossy-transfer --hash");
    assert_eq!(first.len(), 17, "16 hex digits and a line end");
    assert_eq!(first, hash("sim lossy-transfer --hash"));
    assert_ne!(first, hash("sim lossy-transfer --hash --seed 12345"));
    let json = hash("sim lossy-transfer --json");
    let results: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(results["hash"], String::from_utf8(first).unwrap().trim());
}

#[test]
fn an_expectation_that_does_not_hold_is_code_3() {
    sockscope("sim tcp-upper --expect idle").assert().success();
    let run = sockscope("sim tcp-upper --expect done").assert().code(3);
    run.stderr(contains("error: the run ended idle, but done was expected"));
}

#[test]
fn a_scenario_of_ones_own_that_makes_no_sense_is_refused_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("my.json");
    let mine = sockscope("presets tcp-upper").assert().success().get_output().stdout.clone();
    fs::write(&file, &mine).unwrap();
    sockscope(&format!("sim {}", file.display())).assert().success().stdout(contains("» HELLO"));
    let text = String::from_utf8(mine).unwrap();
    let limited = text.replacen('{', r#"{ "limits": { "time": "20ms", "steps": 1000 },"#, 1);
    fs::write(&file, limited).unwrap();
    sockscope(&format!("sim {}", file.display())).assert().code(124).stderr(contains("limit"));
    for (right, wrong, said) in [
        ("\"programs\"", "\"program\"", "unknown field `program`"),
        ("tcp-upper-server", "walk", "the library has no \"walk\""),
        ("20ms", "20", "20"),
    ] {
        fs::write(&file, text.replacen(right, wrong, 1)).unwrap();
        let run = sockscope(&format!("sim {}", file.display())).assert().code(1);
        run.stderr(contains(format!("error: {}: ", file.display())).and(contains(said)));
    }
    sockscope("sim nowhere.json").assert().code(1).stderr(contains("cannot read nowhere.json"));
}

#[test]
fn what_was_recorded_can_be_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    sockscope(&format!("run tcp --record {}", file.display())).assert().success();
    let show = sockscope(&format!("show {}", file.display())).assert().success();
    show.stdout(contains("accept() → fd").and(contains("» HELLO")).and(contains("nothing was captured")));
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() - 20]).unwrap();
    let show = sockscope(&format!("show {} --format svg", file.display())).assert().success();
    show.stderr(contains("breaks off in line"));
}
