//! The engines for the browser: the wasm files and their JavaScript, in `web/wasm`.

use crate::shell::{command, output, root, run, say};
use crate::split;
use crate::split::relocations::{self, Relocations};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use wasm_bindgen_cli_support::Bindgen;

const TARGET: &str = "wasm32-unknown-unknown";

/// The parts of an engine: what shows a run, what simulates one, and the rest.
const PARTS: [&str; 3] = ["show", "simulate", "rest"];

/// How the engine is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// As it is handed out: small and fast.
    Wasm,
    /// In seconds after a change, for work on the page: large and slow.
    Dev,
}

/// Builds `crates/web`, as the laboratory's engine and as the small one of a figure, and writes their bindings.
pub(crate) fn build(profile: Profile) -> Result<()> {
    add_target()?;
    say("compiling the engines for the browser (the first time takes a few minutes)");
    let (lab, figure) = match profile {
        Profile::Wasm => ("wasm", "wasm-figure"),
        Profile::Dev => ("dev", "dev"),
    };
    let whole = engine("sockscope_web", lab, "")?;
    record("sockscope_web")?;
    let small = engine("sockscope_figure", figure, "--no-default-features")?;
    if profile == Profile::Dev {
        return Ok(());
    }
    divide("sockscope_web", &whole)?;
    divide("sockscope_figure", &small)
}

/// Has an engine run the examples, whose traces go into `web/wasm/runs`.
fn record(name: &str) -> Result<()> {
    let mut node = Command::new("node");
    node.arg(root().join("web/rehearsal/record.mjs")).arg(file(name, ".js")).arg(file(name, "_bg.wasm"));
    run(node.arg(runs()))
}

/// Where the traces of the examples are.
fn runs() -> PathBuf {
    root().join("web/wasm/runs")
}

/// Builds the engine that `crates/web` is with these features; `name` is that of its files. What the linker says of it.
fn engine(name: &str, profile: &str, features: &str) -> Result<Relocations> {
    let dev = profile == "dev";
    let line = format!(
        "cargo rustc --quiet --package sockscope-web --lib --profile {profile} --target {TARGET} {features}"
    );
    let mut compile = command(line.trim_end());
    if !dev {
        compile.args(["--", "-C", "link-arg=--emit-relocs"]);
    }
    run(&mut compile)?;
    let relocations = bind(if dev { "debug" } else { profile }, name)?;
    told_of_rest(name)?;
    Ok(relocations)
}

/// Lets the script beside an engine give its first part what it asks for when it needs the rest.
fn told_of_rest(name: &str) -> Result<()> {
    let (script, types) = (file(name, ".js"), file(name, ".d.ts"));
    let text = fs::read_to_string(&script)?;
    let imports = format!("        \"./{name}_bg.js\": import0,\n");
    ensure!(
        text.contains(&imports),
        "{} has its imports in another place: see told_of_rest()",
        script.display()
    );
    let text = text
        .replace(&imports, &format!("{imports}        rest: {{ load: (part) => loadRest(wasm, part) }},\n"));
    fs::write(script, text + "\nlet loadRest;\nexport function onRest(load) {\n    loadRest = load;\n}\n")?;
    let text = fs::read_to_string(&types)?;
    let said = "/** Says what loads the parts of the engine up to one, given what its first part exports. */";
    let declared = "export function onRest(load: (first: WebAssembly.Exports, part: number) => void): void;";
    Ok(fs::write(types, format!("{text}\n{said}\n{declared}\n"))?)
}

/// Splits an engine, after a rehearsal of what a page calls first.
fn divide(name: &str, relocations: &Relocations) -> Result<()> {
    say(&format!("rehearsing {name}, and splitting it"));
    let [traced, taken] = [file(name, "_traced.wasm"), file(name, "_taken")];
    let engine = fs::read(file(name, "_bg.wasm"))?;
    let (bytes, begin, count) = split::traced(&engine)?;
    fs::write(&traced, bytes)?;
    let mut rehearsal = Command::new("node");
    rehearsal.arg(root().join("web/rehearsal/rehearse.mjs")).arg(file(name, ".js")).arg(&traced).arg(runs());
    run(rehearsal.arg(begin.to_string()).arg(count.to_string()).arg(&taken))?;
    let parts = split::parts(&engine, relocations, &fs::read(&taken)?)?;
    ensure!(parts.len() == PARTS.len(), "the rehearsal tells of {} parts", parts.len());
    for (part, bytes) in PARTS.iter().zip(parts) {
        fs::write(file(name, &format!("_{part}.wasm")), bytes)?;
    }
    fs::remove_file(traced)?;
    Ok(fs::remove_file(taken)?)
}

/// A file of an engine.
fn file(name: &str, ending: &str) -> PathBuf {
    root().join("web/wasm").join(format!("{name}{ending}"))
}

/// `target/`, wherever the user put it.
fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Writes an engine and its bindings. What the linker says of it.
fn bind(folder: &str, name: &str) -> Result<Relocations> {
    let linked = target_folder().join(TARGET).join(folder).join("sockscope_web.wasm");
    Bindgen::new()
        .input_module(name, relocations::read(&fs::read(&linked)?)?)
        .web(true)?
        .typescript(true)
        .omit_default_module_path(true)
        // An engine that broke is started anew: see `engine.ts`.
        .reset_state_function(true)
        .generate(root().join("web/wasm"))
        .with_context(|| format!("cannot write bindings for {}", linked.display()))?;
    let engine = file(name, "_bg.wasm");
    let bytes = fs::read(&engine)?;
    let (bytes, relocations) = relocations::take(&bytes)?;
    fs::write(engine, bytes)?;
    Ok(relocations)
}

/// Adds the wasm target where it is missing: build machines tell rustup not to do that by itself.
pub(crate) fn add_target() -> Result<()> {
    let libraries = output(&mut command(&format!("rustc --print target-libdir --target {TARGET}")))?;
    if PathBuf::from(libraries).is_dir() {
        return Ok(());
    }
    say(&format!("adding the target {TARGET} through rustup"));
    run(&mut command(&format!("rustup target add {TARGET}"))).with_context(|| {
        format!("the Rust toolchain lacks {TARGET}: install it with `rustup target add {TARGET}`, or with the package of your system that holds it")
    })
}
