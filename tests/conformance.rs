//! What `docs/conformance.md` says is shown exists, and no requirement of RFC 9293 is left out.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn page() -> String {
    fs::read_to_string(Path::new(ROOT).join("docs/conformance.md")).expect("the page is there")
}

/// Files below a folder whose names end so.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            found.extend(files(&path, end));
        } else if path.to_string_lossy().ends_with(end) {
            found.push(path);
        }
    }
    found
}

/// `folder/name` of every script.
fn scripts() -> BTreeSet<String> {
    let folder = Path::new(ROOT).join("tests/scripts");
    let name = |path: &PathBuf| {
        let below = path.strip_prefix(&folder).expect("it is below").with_extension("");
        below.to_string_lossy().replace('\\', "/")
    };
    files(&folder, ".pkt").iter().map(name).collect()
}

/// The name of every function of a test, and of every other.
fn functions() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in ["crates", "tests"] {
        for file in files(&Path::new(ROOT).join(folder), ".rs") {
            let text = fs::read_to_string(file).expect("it can be read");
            let declared = text.split("fn ").skip(1);
            names.extend(declared.filter_map(|rest| rest.split(['(', '<']).next()).map(str::to_owned));
        }
    }
    names
}

/// Words in code style of the last column of every row.
fn shown_by(page: &str) -> Vec<&str> {
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| |"));
    let last = rows.filter_map(|row| row.trim_end_matches('|').rsplit('|').next());
    last.flat_map(|column| column.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn every_script_and_test_that_the_page_names_exists() {
    let page = page();
    let (scripts, functions) = (scripts(), functions());
    let missing: Vec<&str> = shown_by(&page)
        .into_iter()
        .filter(|name| if name.contains('/') { !scripts.contains(*name) } else { !functions.contains(*name) })
        .collect();
    assert!(missing.is_empty(), "named on the page, but not there: {missing:?}");
}

#[test]
fn every_requirement_of_rfc_9293_has_an_answer() {
    let page = page();
    let named: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| "))
        .flat_map(|row| row.split(" |").next().unwrap_or_default().split(", "))
        .collect();
    let all = [("MUST", 69), ("SHLD", 31), ("MAY", 18), ("REC", 1)];
    let all = all.into_iter().flat_map(|(kind, last)| (1..=last).map(move |n| format!("{kind}-{n}")));
    let missing: Vec<String> = all.filter(|id| !named.contains(id.as_str())).collect();
    assert!(missing.is_empty(), "without an answer: {missing:?}");
}

#[test]
fn every_script_says_which_rule_it_shows() {
    for path in files(&Path::new(ROOT).join("tests/scripts"), ".pkt") {
        let text = fs::read_to_string(&path).expect("it can be read");
        assert!(text.starts_with("// "), "{}: begin with the rule, and where it stands", path.display());
    }
}
