//! The static site in `web/dist`.

use crate::shell::{root, run as execute, say};
use crate::wasm::Profile;
use crate::{npm, wasm};
use anyhow::{Result, bail};
use std::process::Command;

/// `cargo xtask site [--dev] [--npm]`.
pub(crate) fn run(args: &[String]) -> Result<()> {
    if args.iter().any(|flag| !["--dev", "--npm"].contains(&flag.as_str())) {
        bail!("usage: cargo xtask site [--dev] [--npm]");
    }
    let asked = |flag: &str| args.iter().any(|arg| arg == flag);
    build(if asked("--dev") { Profile::Dev } else { Profile::Wasm })?;
    if asked("--npm") {
        say("making the package for npm in web/dist/npm");
        execute(Command::new("node").arg("npm.mjs").current_dir(root().join("web")))?;
    }
    Ok(())
}

/// Builds everything that `web/dist` holds, the recorded runs apart.
fn build(profile: Profile) -> Result<()> {
    wasm::build(profile)?;
    npm::install("web")?;
    say("bundling the site into web/dist");
    let flag = (profile == Profile::Dev).then_some("--dev");
    execute(Command::new("node").arg("build.mjs").args(flag).current_dir(root().join("web")))
}
