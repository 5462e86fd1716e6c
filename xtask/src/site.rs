//! The static site in `web/dist`.

use crate::shell::{root, run, say};
use crate::{npm, wasm};
use anyhow::Result;
use std::process::Command;

/// Builds everything that `web/dist` holds, the recorded runs apart.
pub(crate) fn build() -> Result<()> {
    wasm::build()?;
    npm::install("web")?;
    say("bundling the site into web/dist");
    run(Command::new("node").arg("build.mjs").current_dir(root().join("web")))
}
