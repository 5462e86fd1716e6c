//! The programs over real sockets, recorded, and served beside the simulated ones.

use crate::shell::{command, root, run as execute, say};
use crate::site;
use anyhow::{Context, Result};

/// What is recorded: the program of `sockscope run`, and the file in the site.
const RECORDINGS: &[&str] = &["udp", "tcp"];

/// Builds, records and serves; with `--no-serve` it stops before serving. Other arguments are those of
/// `sockscope serve`.
pub(crate) fn run(args: &[String]) -> Result<()> {
    say("compiling the command sockscope");
    execute(&mut command("cargo build --quiet --package sockscope"))?;
    record()?;
    site::run(&[])?;
    if args == ["--no-serve"] {
        return Ok(());
    }
    say("serving the site; Ctrl-C ends it");
    execute(command("cargo run --quiet --package sockscope -- serve --dir web/dist").args(args))
}

fn record() -> Result<()> {
    let folder = root().join("web/dist/recorded");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for program in RECORDINGS {
        say(&format!("running the {program} programs over real loopback sockets, and recording them"));
        let file = format!("web/dist/recorded/{program}.jsonl");
        let line =
            format!("cargo run --quiet --package sockscope -- run {program} --timeout 20s --record {file}");
        execute(&mut command(&line))?;
    }
    Ok(())
}
