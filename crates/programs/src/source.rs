//! The source text of the library's programs, and where each step stands in it.

use crate::library;
use sockscope_core::collections::BTreeMap;
use sockscope_core::trace::{Source, SourceStep};

/// A text without its marks, and the line (from 1) of each mark.
pub(crate) struct Marked {
    pub(crate) text: String,
    pub(crate) lines: BTreeMap<String, u16>,
}

/// Takes the marks out of a text: what stands after `sign` at the end of a line, such as `#: socket bind`.
pub(crate) fn unmark(text: &str, sign: &str) -> Marked {
    let mut marked = Marked { text: String::new(), lines: BTreeMap::new() };
    for (line, number) in text.lines().zip(1..) {
        let (code, marks) = line.split_once(sign).unwrap_or((line, ""));
        marked.lines.extend(marks.split_whitespace().map(|mark| (mark.to_owned(), number)));
        marked.text.push_str(code.trim_end());
        marked.text.push('\n');
    }
    marked
}

/// The source of a program of the library.
pub(crate) fn of_library(name: &str) -> Source {
    let entry = library::find(name).unwrap_or_else(|error| unreachable!("{error}"));
    let code =
        entry.compile(&Default::default()).unwrap_or_else(|error| unreachable!("a test loads it: {error}"));
    let python = unmark(entry.python, PYTHON);
    let rust = unmark(entry.rust, RUST);
    let line = |lines: &BTreeMap<String, u16>, mark: &Option<String>| {
        mark.as_ref().and_then(|mark| lines.get(mark)).copied().unwrap_or(0)
    };
    let step = |mark| SourceStep {
        python: line(&python.lines, mark),
        rust: line(&rust.lines, mark),
        ..SourceStep::default()
    };
    let steps = code.marks.iter().map(step).collect();
    let parameters = entry.parameters.into_iter().map(|it| (it.name, it.default)).collect();
    Source { program: name.to_owned(), python: python.text, rust: rust.text, steps, parameters }
}

/// What comes before the marks in Python text.
pub(crate) const PYTHON: &str = "#:";
/// What comes before the marks in Rust text.
pub(crate) const RUST: &str = "//:";
