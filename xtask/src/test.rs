//! Everything there is to check, with what was skipped and why.

use crate::shell::{command, root, say};
use crate::tools::{CHROMIUM, PEERS, TSHARK};
use crate::{npm, site, tidy, wasm};
use anyhow::{Result, bail};
use std::process::Command;
use std::time::{Duration, Instant};

/// How a check went.
enum Verdict {
    Passed,
    Failed(String),
    Skipped(String),
}

impl From<Result<()>> for Verdict {
    fn from(result: Result<()>) -> Verdict {
        result.map_or_else(|error| Verdict::Failed(format!("{error:#}")), |()| Verdict::Passed)
    }
}

/// A check: what it is called and what it does.
type Check = (&'static str, fn() -> Verdict);

/// In the order in which they fail soonest.
const CHECKS: &[Check] = &[
    ("tidy", || tidy::check().into()),
    ("fmt", || cargo("fmt --all --check")),
    ("clippy", || cargo("clippy --quiet --workspace --all-targets -- -D warnings")),
    ("clippy-wasm", || clippy_wasm("")),
    ("clippy-figure", || clippy_wasm("--no-default-features ")),
    ("macos", || elsewhere("aarch64-apple-darwin")),
    ("windows", || elsewhere("x86_64-pc-windows-msvc")),
    ("arm", || elsewhere("aarch64-unknown-linux-gnu")),
    ("doc", documentation),
    ("tshark", tshark),
    ("peers", peers),
    ("test", || cargo("test --quiet --workspace --no-fail-fast")),
    ("site", || site::run(&["--npm".to_owned()]).into()),
    ("types", || node("web", &["node_modules/typescript/bin/tsc", "--noEmit"])),
    ("same-in-wasm", || node("tests/browser", &["--test", "same-in-wasm.test.mjs"])),
    ("browser", browser),
];

/// Runs every check, or those whose name contains the word after `--only`.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let word = match args {
        [] => "",
        [flag, word] if flag == "--only" => word,
        _ => bail!("usage: cargo xtask test [--only WORD]"),
    };
    wasm::add_target()?;
    let mut results = Vec::new();
    for (name, check) in CHECKS.iter().filter(|(name, _)| name.contains(word)) {
        say(&format!("check: {name}"));
        let start = Instant::now();
        results.push((*name, check(), start.elapsed()));
    }
    summary(&results)
}

fn summary(results: &[(&str, Verdict, Duration)]) -> Result<()> {
    println!();
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for (name, verdict, time) in results {
        let (counter, text) = match verdict {
            Verdict::Passed => (&mut passed, "passed".to_owned()),
            Verdict::Failed(why) => (&mut failed, format!("FAILED: {why}")),
            Verdict::Skipped(why) => (&mut skipped, format!("skipped: {why}")),
        };
        *counter += 1;
        println!("{name:<14} {:>6.1} s  {text}", time.as_secs_f32());
    }
    println!("\nchecks: {passed} passed, {failed} failed, {skipped} skipped");
    if failed > 0 {
        bail!("{failed} of {} checks failed", results.len());
    }
    Ok(())
}

fn cargo(words: &str) -> Verdict {
    crate::shell::run(&mut command(&format!("cargo {words}"))).into()
}

/// The engine of the laboratory, and that of a figure.
fn clippy_wasm(features: &str) -> Verdict {
    cargo(&format!(
        "clippy --quiet --package sockscope-web --target wasm32-unknown-unknown {features}-- -D warnings"
    ))
}

/// The command compiles for other systems too, where the target can be had.
fn elsewhere(target: &str) -> Verdict {
    let added = Command::new("rustup").args(["target", "add", target]).output();
    if !added.is_ok_and(|added| added.status.success()) {
        return Verdict::Skipped(format!("rustup cannot add the target {target} here"));
    }
    cargo(&format!("clippy --quiet --package sockscope --target {target} -- -D warnings"))
}

fn documentation() -> Verdict {
    let line = "cargo doc --quiet --workspace --no-deps";
    crate::shell::run(command(line).env("RUSTDOCFLAGS", "-D warnings")).into()
}

fn node(folder: &str, args: &[&str]) -> Verdict {
    npm::install(folder).and_then(|()| run_node(folder, args)).into()
}

fn run_node(folder: &str, args: &[&str]) -> Result<()> {
    crate::shell::run(Command::new("node").args(args).current_dir(root().join(folder)))
}

/// Tests that ask tshark about captures pass over what it would say where it is missing.
fn tshark() -> Verdict {
    TSHARK.ensure().map_or_else(Verdict::Skipped, |()| Verdict::Passed)
}

/// Tests with the kernel at the other end pass over the programs that are missing.
fn peers() -> Verdict {
    let missing: Vec<String> = PEERS.iter().filter_map(|tool| tool.ensure().err()).collect();
    if missing.is_empty() { Verdict::Passed } else { Verdict::Skipped(missing.join("; ")) }
}

fn browser() -> Verdict {
    match CHROMIUM.ensure() {
        Err(why) => Verdict::Skipped(why),
        // One file after the other: they are about what a reader sees, not about a busy machine.
        Ok(()) => {
            let files = [
                "bars.test.mjs",
                "page.test.mjs",
                "views.test.mjs",
                "learn.test.mjs",
                "lab.test.mjs",
                "live.test.mjs",
                "access.test.mjs",
                "speed.test.mjs",
                "embed.test.mjs",
                "sharing.test.mjs",
                "npm.test.mjs",
                "rest.test.mjs",
            ];
            node("tests/browser", &[&["--test", "--test-concurrency=1"], &files[..]].concat())
        }
    }
}
