//! Every language says everything: its catalogue has each pattern of the code, with the same places, and no other.

mod common;

use common::scenes::{german, run};
use sockscope_core::tcp::Reason;
use sockscope_sim::{Scenario, presets};
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

/// What the header fields and their values mean: there is no mark for these.
fn meanings() -> impl Iterator<Item = String> {
    let code = code(&root("../core/src/wire/fields.rs"));
    let pieces: Vec<String> = code.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    let begins = |text: &str| text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    pieces
        .into_iter()
        .filter(move |text| text.starts_with("IP version") || begins(text) && !text.contains('{'))
}

/// What presets are called, and what is said of them.
fn named() -> impl Iterator<Item = String> {
    let scenarios = presets::names().map(|name| presets::text(name).unwrap().parse::<Scenario>().unwrap());
    scenarios.flat_map(|scenario| [scenario.title, scenario.description])
}

/// What programs and their parameters are for, and the comments in their texts.
fn library() -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    for path in sources(&root("../programs/library")) {
        let text = read_to_string(&path).unwrap();
        if path.extension().is_some_and(|kind| kind == "json") {
            let abouts = text.split("\"about\": \"").skip(1).filter_map(|rest| rest.split('"').next());
            texts.extend(abouts.map(str::to_owned));
            continue;
        }
        let mark = if path.extension().is_some_and(|kind| kind == "py") { "# " } else { "// " };
        let comment = |line: &str| Some(line.split_once(mark)?.1.to_owned());
        texts.extend(text.lines().filter_map(comment));
    }
    texts
}

/// Every pattern of the code.
fn patterns() -> BTreeSet<String> {
    let mut patterns: BTreeSet<String> = Reason::ALL.iter().map(|reason| reason.text().to_owned()).collect();
    patterns.extend(meanings());
    patterns.extend(named());
    patterns.extend(library());
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
        assert_ne!(english.title(), history.title(), "{name}");
        assert_ne!(story::summary(&english), story::summary(&history));
    }
}

/// What refuses scenarios and programs, and what a figure refuses.
const REFUSING: [&str; 12] = [
    "../sim/src/scenario/action.rs",
    "../sim/src/scenario/plan.rs",
    "../sim/src/units.rs",
    "../core/src/time.rs",
    "../programs/src/act.rs",
    "../programs/src/compile.rs",
    "../programs/src/step.rs",
    "../programs/src/template.rs",
    "../web/src/parameters.rs",
    "../web/src/place.rs",
    "../web/src/run.rs",
    "../web/src/settings.rs",
];
/// What nobody is told: it cannot happen.
const NEVER: [&str; 4] = ["than nodes", "loading refuses", "step() handles it", "goes on with the next"];

/// All string literals; one that goes on in the next line is one.
fn strings(code: &str) -> Vec<String> {
    let code = code.replace("'\"'", "").replace("\\\"", "\u{0}");
    let texts = code.split('"').skip(1).step_by(2).map(|text| {
        let mut lines = text.split("\\\n");
        let first = lines.next().unwrap_or_default().to_owned();
        lines.fold(first, |text, line| text + line.trim_start()).replace('\0', "\"")
    });
    texts.collect()
}

/// A pattern without the names of its places.
fn bare(pattern: &str) -> String {
    let mut bare = String::new();
    for (i, piece) in pattern.split('{').enumerate() {
        match piece.split_once('}').filter(|(name, _)| i > 0 && !name.contains([' ', '"'])) {
            Some((_, rest)) => bare += &format!("{{}}{rest}"),
            None => bare += piece,
        }
    }
    bare.replace(['{', '}'], "")
}

#[test]
fn every_refusal_of_a_scenario_is_told_in_german() {
    let file = root("../../web/src/texts/refused.de.json");
    let told: BTreeMap<String, String> = serde_json::from_str(&read_to_string(file).unwrap()).unwrap();
    let known: BTreeSet<String> = told.keys().map(|english| bare(english)).collect();
    let mut said = 0;
    for path in REFUSING {
        for text in strings(&code(&root(path))).iter().filter(|text| text.matches(' ').count() > 2) {
            if NEVER.iter().any(|never| text.contains(never)) {
                continue;
            }
            assert!(known.contains(&bare(text)), "{path}: refused.de.json lacks {text:?}");
            said += 1;
        }
    }
    assert!(said > 40, "{said}");
    // Braces of JSON are no places.
    let named = |text: &str| {
        let names = places(text).into_iter().map(str::to_owned);
        names.filter(|name| name.chars().all(char::is_alphanumeric)).collect::<BTreeSet<_>>()
    };
    for (english, german) in &told {
        assert!(named(german).is_subset(&named(english)), "{english}");
    }
}
