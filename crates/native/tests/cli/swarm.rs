//! `sockscope swarm`.

use crate::support::sockscope;
use predicates::prelude::*;
use predicates::str::contains;

#[test]
fn worlds_are_counted_and_one_can_be_had_again() {
    sockscope("swarm --seeds 40 --from 100 --jobs 2")
        .assert()
        .success()
        .stdout(contains("40 worlds from seed 100 on, 0 broken").and(contains("on 2 cores")));
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("swarm-107.jsonl");
    sockscope(&format!("swarm --seed 107 --traces {}", folder.path().display()))
        .assert()
        .success()
        .stdout(contains("seed 107: ").and(contains("ends of connections")));
    sockscope(&format!("replay {}", trace.display()))
        .assert()
        .success()
        .stdout(contains("every one happens again"));
}

#[test]
fn a_seed_alone_takes_no_range() {
    sockscope("swarm --seed 1 --seeds 2").assert().code(2);
    sockscope("swarm --failures 0").assert().code(2);
}
