//! JavaScript packages, exactly as the lock files name them.

use crate::shell::{root, run, say};
use anyhow::Result;
use std::path::Path;
use std::process::Command;

/// `npm ci` in `folder`, unless that was done since its lock file changed.
pub(crate) fn install(folder: &str) -> Result<()> {
    let folder = root().join(folder);
    let modified = |file: &str| modified(&folder.join(file));
    if modified("node_modules/.package-lock.json") >= modified("package-lock.json") {
        return Ok(());
    }
    say(&format!("installing npm packages in {}", folder.display()));
    run(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder))
}

fn modified(file: &Path) -> Option<std::time::SystemTime> {
    file.metadata().and_then(|data| data.modified()).ok()
}
