//! Fuzzing: the targets of `tests/fuzz` under libFuzzer, which looks for inputs that reach new code.

use crate::shell::{command, output, root, run as execute, say};
use crate::tools::CXX;
use anyhow::{Context, Result, anyhow, bail};
use std::path::PathBuf;

const USAGE: &str = "usage: cargo xtask fuzz [TARGET] [--seconds N]";
/// What the compiler adds so that libFuzzer sees where an input went: counters at every edge, and what is compared with what.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";
/// Seconds that one input may take, and MB.
const LIMITS: &str = "-timeout=10 -rss_limit_mb=2048";

/// Runs one target, or each, for some seconds: 60 where nothing else is said.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let (mut only, mut seconds) = (None, 60);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--seconds" => seconds = args.next().and_then(|n| n.parse::<u32>().ok()).context(USAGE)?,
            flag if flag.starts_with('-') => bail!(USAGE),
            name => only = Some(name),
        }
    }
    let all = targets()?;
    if let Some(name) = only.filter(|name| !all.iter().any(|it| it == name)) {
        bail!("there is no target {name}: there are {}", all.join(", "));
    }
    CXX.ensure().map_err(|why| anyhow!("libFuzzer is written in C++: {why}"))?;
    let programs = compile()?;
    for name in all.iter().filter(|name| only.is_none_or(|only| only == *name)) {
        look(&programs.join(name), name, seconds)?;
    }
    Ok(())
}

/// The names of the targets.
fn targets() -> Result<Vec<String>> {
    let folder = root().join("tests/fuzz/targets");
    let entries = folder.read_dir().with_context(|| format!("cannot list {}", folder.display()))?;
    let name = |path: PathBuf| path.file_stem().map(|name| name.to_string_lossy().into_owned());
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| name(entry.path())).collect();
    names.sort();
    Ok(names)
}

/// Compiles the targets; the folder where they are. That the machine is named keeps build scripts free of the counters.
fn compile() -> Result<PathBuf> {
    say("compiling the targets");
    let host = output(&mut command("rustc --print host-tuple"))?;
    let line = format!(
        "cargo build --profile fuzz --package sockscope-fuzz --features libfuzzer --bins --target {host}"
    );
    execute(command(&line).env("RUSTFLAGS", COVERAGE).env("CARGO_TARGET_DIR", "target"))?;
    Ok(root().join("target").join(host).join("fuzz"))
}

/// Looks for inputs that reach new code, from those in the repository and those that were found before.
fn look(program: &std::path::Path, name: &str, seconds: u32) -> Result<()> {
    say(&format!("{name}: {seconds} seconds"));
    let found = root().join("target/fuzz").join(name);
    std::fs::create_dir_all(&found).with_context(|| format!("cannot make {}", found.display()))?;
    let known = [format!("tests/fuzz/corpus/{name}"), format!("tests/{name}s")];
    let failure = format!("target/fuzz/{name}-");
    let line = format!("{} {LIMITS} -max_total_time={seconds} -artifact_prefix={failure}", program.display());
    execute(command(&line).arg(found).args(known.iter().filter(|folder| root().join(folder).is_dir())))
        .with_context(|| {
            format!("{name} fails; once {failure}* does not, it belongs in tests/fuzz/corpus/{name}")
        })
}
