//! `sockscope packetdrill`.

use crate::support::sockscope;
use predicates::prelude::*;
use predicates::str::contains;
use std::fs;
use std::path::Path;

const OPEN: &str =
    "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n";
const SYN: &str = "+0 < S 0:0(0) win 1000 <mss 1000>\n";

/// A folder with a script that passes, one that fails and one that needs what is not there.
fn suite() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    fs::create_dir(folder.path().join("deeper")).unwrap();
    write("passes.pkt", &format!("{OPEN}{SYN}+0 > S. 0:0(0) ack 1 <...>\n"));
    write("deeper/fails.pkt", &format!("{OPEN}{SYN}+0 > S. 0:0(0) ack 2 <...>\n"));
    write("reboots.pkt", "0 `reboot`\n");
    write("notes.txt", "no script");
    folder
}
fn line(folder: &Path, rest: &str) -> String {
    format!("packetdrill {} {rest}", folder.display())
}

#[test]
fn a_folder_is_a_table_and_a_failure_is_code_3() {
    let suite = suite();
    sockscope(&line(suite.path(), "")).assert().code(3).stdout(
        contains("passes.pkt       | passed      |")
            .and(contains("deeper/fails.pkt | failed      | line 5: ack: expected 2, got 1 |"))
            .and(contains("| unsupported | line 1: not supported: the command reboot |"))
            .and(contains("3 scripts: 1 passed, 1 failed, 1 unsupported"))
            .and(contains("notes.txt").not()),
    );
    sockscope(&line(suite.path(), "--failing")).assert().stdout(contains("passes.pkt").not());
}

#[test]
fn tap_is_for_other_programs() {
    let suite = suite();
    let run = sockscope(&line(suite.path(), "--format tap")).assert().code(3);
    let text = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    assert!(text.starts_with("TAP version 13\n1..3\nnot ok 1 - "), "{text}");
    assert!(
        text.contains("ok 2 - ") && text.contains("# SKIP line 1: not supported: the command reboot"),
        "{text}"
    );
}

#[test]
fn the_ladder_ends_with_the_mismatch_in_the_syntax_of_the_script() {
    let suite = suite();
    let script = suite.path().join("deeper/fails.pkt");
    sockscope(&line(&script, "--ladder")).assert().code(3).stdout(
        contains("SYN ACK seq=0 ack=1")
            .and(contains("fails.pkt:5: ack: expected 2, got 1"))
            .and(contains("expected: > S. 0:0(0) ack 2 <...>"))
            .and(contains("got:      > S. 0:0(0) ack 1 win ")),
    );
}

#[test]
fn a_known_failure_is_none_until_it_passes() {
    let suite = suite();
    let known = suite.path().join("known");
    fs::write(&known, "deeper/fails.pkt # why\n").unwrap();
    sockscope(&line(suite.path(), &format!("--expect-fail {}", known.display()))).assert().success();
    fs::write(&known, "deeper/fails.pkt\npasses.pkt\n").unwrap();
    sockscope(&line(suite.path(), &format!("--expect-fail {}", known.display())))
        .assert()
        .code(3)
        .stdout(contains("was expected to fail"));
}

#[test]
fn a_run_is_a_trace_that_can_be_shown() {
    let suite = suite();
    let trace = suite.path().join("run.jsonl");
    let script = suite.path().join("passes.pkt");
    sockscope(&line(&script, &format!("--trace {}", trace.display()))).assert().success();
    sockscope(&format!("show {}", trace.display()))
        .assert()
        .success()
        .stdout(contains("kernel").and(contains("SYN ACK seq=0 ack=1")));
}

#[test]
fn no_script_at_all_is_a_wrong_argument() {
    let folder = tempfile::tempdir().unwrap();
    sockscope(&line(folder.path(), "")).assert().code(2).stderr(contains("there is no script"));
}
