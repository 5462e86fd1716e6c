//! Which crate may know which: the arrows of ARCHITECTURE.md.

use crate::shell::{command, output};
use anyhow::Result;

/// Every crate with those of ours that it may build on.
const ARROWS: &[(&str, &[&str])] = &[
    ("sockscope-core", &[]),
    ("sockscope-programs", &["sockscope-core"]),
    ("sockscope-sim", &["sockscope-core", "sockscope-programs"]),
    ("sockscope-view", &["sockscope-core"]),
    ("sockscope-packetdrill", &["sockscope-core"]),
    // Packetdrill in the laboratory only: a figure is lean, see below.
    (
        "sockscope-web",
        &["sockscope-core", "sockscope-programs", "sockscope-sim", "sockscope-view", "sockscope-packetdrill"],
    ),
    (
        "sockscope",
        &["sockscope-core", "sockscope-programs", "sockscope-sim", "sockscope-view", "sockscope-packetdrill"],
    ),
];

/// What needs an operating system: only the command may build on it.
const NATIVE: &[&str] = &["tokio", "mio", "socket2"];

/// Every arrow that points where none may.
pub(crate) fn faults() -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for (package, allowed) in ARROWS {
        let tree = format!("cargo tree --quiet --package {package} --edges normal --prefix none");
        let names = output(&mut command(&tree))?;
        faults.extend(wrong(package, allowed, &names));
    }
    // The engine of a figure is the browser's build without the laboratory.
    let tree =
        "cargo tree --quiet --package sockscope-web --no-default-features --edges normal --prefix none";
    let lean = &["sockscope-core", "sockscope-programs", "sockscope-sim", "sockscope-view"];
    faults.extend(wrong("sockscope-web", lean, &output(&mut command(tree))?));
    Ok(faults)
}

/// What `package` must not build on, of the packages that `tree` lists.
fn wrong(package: &str, allowed: &[&str], tree: &str) -> Vec<String> {
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let is_wrong = |name: &&str| match name.starts_with("sockscope") {
        true => *name != package && !allowed.contains(name),
        false => package != "sockscope" && NATIVE.contains(name),
    };
    let mut names: Vec<&str> = names.filter(is_wrong).collect();
    names.dedup();
    names.into_iter().map(|name| format!("{package} must not build on {name}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_that_points_the_wrong_way_is_found() {
        let tree =
            "sockscope-sim v0.1.0 (/x)\nsockscope-core v0.1.0 (/x)\nsockscope-view v0.1.0 (/x)\ntokio v1.0.0";
        assert_eq!(
            wrong("sockscope-sim", &["sockscope-core"], tree),
            ["sockscope-sim must not build on sockscope-view", "sockscope-sim must not build on tokio"]
        );
    }
}
