//! A small engine is compiled, linked, rehearsed and split as the large ones are, and run in Node.

use super::relocations::{self, Relocations};
use super::{parts, traced};
use crate::npm;
use crate::shell::{output, root};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn sample(file: &str) -> PathBuf {
    root().join("xtask/src/split/sample").join(file)
}

/// The script reads TypeScript through a package of the site's.
fn node(task: &str, args: &[&str]) -> String {
    npm::install("web").unwrap();
    output(Command::new("node").arg(sample("run.mjs")).arg(task).args(args)).unwrap()
}

/// The sample as it is linked.
fn linked(into: &Path) -> Vec<u8> {
    let mut rustc = Command::new("rustc");
    rustc.arg(sample("engine.rs")).arg("-o").arg(into.join("linked.wasm"));
    rustc.args(["--edition", "2024", "--target", "wasm32-unknown-unknown", "-Cpanic=abort", "-Copt-level=z"]);
    output(rustc.args(["-Clink-arg=--emit-relocs", "-Aunused"])).unwrap();
    fs::read(into.join("linked.wasm")).unwrap()
}

fn has(part: &[u8], word: u32) -> bool {
    part.windows(4).any(|bytes| bytes == word.to_le_bytes())
}

#[test]
fn two_parts_do_what_the_whole_does() {
    let at = std::env::temp_dir().join(format!("sockscope-split-{}", std::process::id()));
    fs::create_dir_all(&at).unwrap();
    let bytes = relocations::read(&linked(&at)).unwrap().emit_wasm();
    let (engine, relocations) = relocations::take(&bytes).unwrap();
    let path = |file: &str| at.join(file).to_str().unwrap().to_owned();
    let [whole, tracing, taken] = ["whole.wasm", "traced.wasm", "taken"].map(path);
    fs::write(&whole, engine).unwrap();
    let (bytes, begin, count) = traced(engine).unwrap();
    fs::write(&tracing, bytes).unwrap();
    node("trace", &[&tracing, &begin.to_string(), &count.to_string(), &taken]);

    let (first, rest) = parts(engine, &relocations, &fs::read(&taken).unwrap()).unwrap();
    let [early, late] = ["first.wasm", "rest.wasm"].map(path);
    fs::write(&early, &first).unwrap();
    fs::write(&late, &rest).unwrap();
    let said = node("compare", &[&whole, &early, &late]);
    let expected = [
        "play(5) same, rest 0",
        "play(7) same, rest 0",
        "play(9) same, rest 1",
        "play(23) same, rest 1",
        "ask(3) same, rest 1",
        "ask(40) same, rest 1",
        "every(1) same, rest 1",
        "every(2) same, rest 1",
        "every(3) same, rest 1",
        "every(4) same, rest 1",
        "pick(2) same, rest 1",
        "pick(9) same, rest 1",
    ];
    assert_eq!(said.lines().collect::<Vec<_>>(), expected);

    // Of the tables of numbers each is where it is wanted.
    let [played, asked, seldom] = [0x0a11_ce01, 0x0a11_ce02, 0x0a11_ce03];
    assert_eq!([played, asked, seldom].map(|word| has(&first, word)), [true, false, false]);
    assert_eq!([played, asked, seldom].map(|word| has(&rest, word)), [false, true, true]);
    fs::remove_dir_all(at).unwrap();
}

#[test]
fn an_engine_that_was_linked_without_relocations_is_not_split() {
    let mut module = walrus::Module::default();
    module.memories.add_local(false, false, 1, None, None);
    module.tables.add_local(false, 1, None, walrus::RefType::FUNCREF);
    let engine = module.emit_wasm();
    let error = parts(&engine, &Relocations::default(), &[]).unwrap_err();
    assert!(error.to_string().contains("--emit-relocs"), "{error}");
    assert!(relocations::take(&engine).is_err());
}
