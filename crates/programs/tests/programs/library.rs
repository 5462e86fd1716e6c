//! What holds for every program of the library.

use sockscope_programs::{Program, library};
use std::collections::BTreeSet;

#[test]
fn every_step_has_its_line_in_both_languages() {
    for name in Program::library_names() {
        let source =
            Program::library(name, &Default::default()).unwrap_or_else(|e| panic!("{name}: {e}")).source();
        assert_eq!(source.program, name);
        for (language, text) in [("python", &source.python), ("rust", &source.rust)] {
            let lines = text.lines().count();
            for (n, step) in source.steps.iter().enumerate() {
                let line = if language == "python" { step.python } else { step.rust };
                assert!(
                    (1..=lines).contains(&usize::from(line)),
                    "{name}: step {n} has no line in {language}"
                );
            }
            assert!(!text.contains("#:") && !text.contains("//:"), "{name}: a mark is left in {language}");
            for line in text.lines() {
                assert!(
                    line.chars().count() <= 72,
                    "{name}: {language} line is too long for a figure: {line}"
                );
            }
        }
    }
}

#[test]
fn every_mark_is_used_and_stands_once() {
    for name in Program::library_names() {
        let folder = format!("{}/library/{name}", env!("CARGO_MANIFEST_DIR"));
        let read = |file: &str| std::fs::read_to_string(format!("{folder}/{file}")).unwrap();
        let json = read("program.json");
        for (text, sign) in [(read("program.py"), "#:"), (read("program.rs"), "//:")] {
            let mut seen = BTreeSet::new();
            let marks = text.lines().filter_map(|line| line.split_once(sign));
            for mark in marks.flat_map(|(_, marks)| marks.split_whitespace()) {
                assert!(seen.insert(mark), "{name}: mark {mark} stands twice");
                assert!(
                    json.contains(&format!("\"mark\": \"{mark}\"")),
                    "{name}: no step has the mark {mark}"
                );
            }
        }
    }
}

#[test]
fn the_library_says_what_it_has() {
    for entry in library::entries() {
        assert!(entry.about.ends_with('.') && entry.about.len() > 20, "{}", entry.name);
        assert!(
            entry.parameters.iter().all(|it| it.default.is_string() || it.default.is_u64()),
            "{}",
            entry.name
        );
    }
    let error = Program::library("udp", &Default::default()).unwrap_err().to_string();
    assert!(error.starts_with("program: the library has no \"udp\"; it has udp-upper-client"), "{error}");
    let args = [("prot".to_owned(), 1.into())].into();
    let error = Program::library("udp-upper-server", &args).unwrap_err().to_string();
    assert_eq!(error, "args.prot: udp-upper-server has no such parameter; it has interface, port");
}
