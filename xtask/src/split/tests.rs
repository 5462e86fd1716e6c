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
fn three_parts_do_what_the_whole_does() {
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

    let parts = parts(engine, &relocations, &fs::read(&taken).unwrap()).unwrap();
    let files = ["show.wasm", "simulate.wasm", "rest.wasm"].map(path);
    files.iter().zip(&parts).for_each(|(file, part)| fs::write(file, part).unwrap());
    let said = node("compare", &[&whole, &files[0], &files[1], &files[2]]);
    let expected = [
        "play(5) same, parts 1",
        "play(7) same, parts 1",
        "play(9) same, parts 2",
        "every(1) same, parts 2",
        "play(23) same, parts 3",
        "ask(3) same, parts 3",
        "ask(40) same, parts 3",
        "every(2) same, parts 3",
        "every(3) same, parts 3",
        "every(4) same, parts 3",
        "pick(2) same, parts 3",
        "pick(9) same, parts 3",
    ];
    let said: Vec<&str> = said.lines().collect();
    assert_eq!(said[..12], expected);
    // Backwards the last part is wanted first, and has the others come before it.
    assert!(said[12..].iter().all(|line| line.ends_with("same, parts 3")), "{said:?}");

    // Of the tables of numbers each is where it is wanted.
    let [played, asked, seldom] = [0x0a11_ce01, 0x0a11_ce02, 0x0a11_ce03];
    let found = |word| parts.iter().map(|part| has(part, word)).collect::<Vec<_>>();
    assert_eq!(found(played), [true, false, false]);
    assert_eq!(found(seldom), [false, true, false]);
    assert_eq!(found(asked), [false, false, true]);
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
