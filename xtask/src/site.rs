//! The static site in `web/dist`.

use crate::shell::{root, run as execute, say};
use crate::wasm::Profile;
use crate::{npm, wasm};
use anyhow::{Result, bail};
use std::process::Command;

/// `cargo xtask site [--dev]`.
pub(crate) fn run(args: &[String]) -> Result<()> {
    match args {
        [] => build(Profile::Wasm),
        [flag] if flag == "--dev" => build(Profile::Dev),
        _ => bail!("usage: cargo xtask site [--dev]"),
    }
}

/// Builds everything that `web/dist` holds, the recorded runs apart.
fn build(profile: Profile) -> Result<()> {
    wasm::build(profile)?;
    npm::install("web")?;
    say("bundling the site into web/dist");
    execute(Command::new("node").arg("build.mjs").current_dir(root().join("web")))
}
