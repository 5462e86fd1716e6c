//! `sockscope replay`.

use crate::support::sockscope;
use predicates::prelude::*;
use predicates::str::contains;
use std::fs;

#[test]
fn what_was_recorded_can_be_had_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    for line in ["run udp", "run tcp --clients 3", "run tcp --driver tokio --clients 2"] {
        sockscope(&format!("{line} --record {}", file.display())).assert().success();
        sockscope(&format!("replay {}", file.display()))
            .assert()
            .success()
            .stdout(contains("make every call again"));
    }
}

#[test]
fn a_trace_of_a_server_that_was_not_told_its_interface_can_be_had_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    sockscope(&format!("run tcp --host 0.0.0.0 --record {}", file.display())).assert().success();
    let text = fs::read_to_string(&file).unwrap();
    let older = text.replacen(r#""interface":"0.0.0.0","#, "", 1);
    assert!(older.len() < text.len());
    fs::write(&file, older).unwrap();
    sockscope(&format!("replay {}", file.display())).assert().success();
}

#[test]
fn the_first_difference_is_named_with_code_3() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    sockscope(&format!("run tcp --record {}", file.display())).assert().success();
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace(r#""received":"hello""#, r#""received":"hullo""#)).unwrap();
    sockscope(&format!("replay {}", file.display()))
        .assert()
        .code(3)
        .stderr(contains(r#""data":"HELLO""#).and(contains(r#""data":"HULLO""#)).and(contains(", line ")));
    let output =
        sockscope(&format!("replay --json {}", file.display())).assert().code(3).get_output().clone();
    let results: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(results["agrees"], false);
}

#[test]
fn the_code_of_an_end_is_compared() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    sockscope(&format!("run tcp --record {}", file.display())).assert().success();
    let text = fs::read_to_string(&file).unwrap();
    let ended = text.replacen(r#""exited":{"task":1,"code":0}"#, r#""exited":{"task":1,"code":7}"#, 1);
    assert_ne!(ended, text);
    fs::write(&file, ended).unwrap();
    sockscope(&format!("replay {}", file.display()))
        .assert()
        .code(3)
        .stderr(contains(r#""code":7"#).and(contains(r#""code":0"#)));
}

#[test]
fn a_trace_that_makes_no_sense_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    sockscope(&format!("run tcp --record {}", file.display())).assert().success();
    let text = fs::read_to_string(&file).unwrap();
    for (right, wrong) in [
        (r#""notice":{"sent":5}"#, r#""notice":"done""#),
        (r#""notice":{"sent":5}"#, r#""notice":"started""#),
        (r#""received":"HELLO""#, &format!(r#""received":"{}""#, "x".repeat(5000))),
        (r#""started":{"task":1"#, r#""started":{"task":7"#),
        (r#""program":"tcp-upper-client"}"#, r#""program":"walk"}"#),
    ] {
        assert!(text.contains(right), "{right}");
        fs::write(&file, text.replacen(right, wrong, 1)).unwrap();
        let run = sockscope(&format!("replay {}", file.display())).assert().code(predicate::in_iter([1, 3]));
        run.stderr(contains(file.display().to_string()).and(contains("panicked").not()));
    }
}

#[test]
fn a_simulated_run_happens_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sim.jsonl");
    sockscope(&format!("sim tcp-upper --format jsonl -o {}", file.display())).assert().success();
    sockscope(&format!("replay {}", file.display())).assert().success().stdout(contains("happens again"));
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replacen(r#""received":"HELLO""#, r#""received":"HULLO""#, 1)).unwrap();
    sockscope(&format!("replay {}", file.display())).assert().code(3).stderr(contains("HULLO"));
}

#[test]
fn a_file_that_is_no_trace_is_named() {
    sockscope("replay nowhere.jsonl").assert().code(1).stderr(contains("cannot read nowhere.jsonl"));
    sockscope("replay Cargo.toml").assert().code(1).stderr(contains("Cargo.toml: line 1: not a trace"));
}
