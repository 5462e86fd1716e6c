//! Every language says everything: its catalogue has each pattern of the code, with the same places, and no other.

mod common;

use common::scenes::{german, run};
use sockscope_core::tcp::Reason;
use sockscope_sim::presets;
use sockscope_view::{history::History, story};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{read_dir, read_to_string};
use std::path::{Path, PathBuf};

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A catalogue by the name of its file.
fn catalogue(language: &str) -> BTreeMap<String, String> {
    let text = read_to_string(root("texts").join(format!("{language}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn languages() -> Vec<String> {
    let files = read_dir(root("texts")).unwrap().map(|file| file.unwrap().path());
    files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// The code of a file: without comments and tests.
fn code(path: &Path) -> String {
    let text = read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] });
    files.collect()
}

/// The string literals of the arguments that begin here: of all of them, or of the first.
fn literals(text: &str, all: bool) -> Vec<String> {
    let (mut found, mut depth) = (Vec::new(), 0);
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => {
                let mut literal = String::new();
                while let Some(c) = rest.next().filter(|c| *c != '"') {
                    literal.push(if c == '\\' { rest.next().unwrap() } else { c });
                }
                found.push(literal);
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 && !all => break,
            _ => {}
        }
    }
    found
}

/// What the header fields mean: there is no mark for these.
fn meanings() -> impl Iterator<Item = String> {
    let code = code(&root("../core/src/wire/fields.rs"));
    let pieces: Vec<String> = code.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    let values = ["unknown here", "not ECN-capable", "congestion experienced", "request", "yes"];
    let begins = |text: &str| text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    pieces.into_iter().filter(move |text| {
        text.starts_with("IP version")
            || begins(text) && !text.contains('{') && !values.contains(&text.as_str())
    })
}

/// Every pattern of the code.
fn patterns() -> BTreeSet<String> {
    let mut patterns: BTreeSet<String> = Reason::ALL.iter().map(|reason| reason.text().to_owned()).collect();
    patterns.extend(meanings());
    for path in ["src", "../web/src"].iter().flat_map(|folder| sources(&root(folder))) {
        let code = code(&path);
        for (call, all) in [(".of(", true), (".tell(", false), ("pattern(", true)] {
            let calls = code.split(call).skip(1);
            patterns.extend(calls.flat_map(|arguments| literals(arguments, all)));
        }
    }
    patterns
}

/// The names of the places of a pattern.
fn places(pattern: &str) -> BTreeSet<&str> {
    let places = pattern.split('{').skip(1).map(|piece| piece.split('}').next().unwrap());
    places.map(|place| place.split(':').next().unwrap()).collect()
}

#[test]
fn every_language_has_every_pattern_with_its_places_and_no_other() {
    let patterns = patterns();
    assert!(patterns.contains("{host} stops {timer}.") && patterns.contains("Our FIN is acknowledged."));
    for language in languages() {
        let catalogue = catalogue(&language);
        let missing: Vec<&String> = patterns.iter().filter(|it| !catalogue.contains_key(*it)).collect();
        assert!(missing.is_empty(), "{language}.json lacks {missing:#?}");
        let unused: Vec<&String> = catalogue.keys().filter(|it| !patterns.contains(*it)).collect();
        assert!(unused.is_empty(), "{language}.json has {unused:#?}, which nobody says");
        for (english, other) in &catalogue {
            assert_eq!(places(english), places(other), "{language}.json: {english}");
        }
    }
}

#[test]
fn no_sentence_of_a_german_story_is_english() {
    let german = german();
    for name in presets::names() {
        let english = run(name);
        let history = english.clone().told_in(german.clone());
        let told = |history: &History, n| story::sentence(history, n);
        for n in 0..history.events().len() {
            assert_ne!(told(&english, n), told(&history, n), "{name}, event {n}");
        }
        assert_ne!(story::summary(&english), story::summary(&history));
    }
}
