//! The source text of the library's programs, and where each step stands in it.

use crate::library;
use sockscope_core::collections::BTreeMap;
use sockscope_core::program::Family;
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

/// What the texts say over IPv4, and over IPv6.
const OVER_IPV6: [(&str, &str); 7] = [
    ("0.0.0.0:0", "[::]:0"),
    ("0.0.0.0", "::"),
    // The structure of an address, and Linux's number for it, where a text makes system calls by itself.
    ("AF_INET: u16 = 2", "AF_INET: u16 = 10"),
    (
        "interface: [u8; 4],\n    zero: [u8; 8]",
        "flow: [u8; 4],\n    interface: [u8; 16],\n    scope: [u8; 4]",
    ),
    ("zero: [0; 8]", "flow: [0; 4],\n        scope: [0; 4]"),
    ("SocketAddrV4", "SocketAddrV6"),
    ("AF_INET", "AF_INET6"),
];

fn over(family: Family, text: &str) -> String {
    let replaced = |text: String, (four, six): &(&str, &str)| text.replace(four, six);
    let pairs = if family.is_inet() { &[][..] } else { &OVER_IPV6 };
    pairs.iter().fold(text.to_owned(), replaced)
}

/// The source of a program of the library.
pub(crate) fn of_library(name: &str, family: Family) -> Source {
    let entry = library::find(name).unwrap_or_else(|error| unreachable!("{error}"));
    let code = entry.compile(&Default::default(), family);
    let code = code.unwrap_or_else(|error| unreachable!("a test loads it: {error}"));
    let python = unmark(&over(family, entry.python), PYTHON);
    let rust = unmark(&over(family, entry.rust), RUST);
    let line = |lines: &BTreeMap<String, u16>, mark: &Option<String>| {
        mark.as_ref().and_then(|mark| lines.get(mark)).copied().unwrap_or(0)
    };
    let step = |mark| SourceStep {
        python: line(&python.lines, mark),
        rust: line(&rust.lines, mark),
        ..SourceStep::default()
    };
    let steps = code.marks.iter().map(step).collect();
    let parameters = entry.defaults(family).collect();
    Source { program: name.to_owned(), python: python.text, rust: rust.text, steps, parameters }
}

/// What comes before the marks in Python text.
pub(crate) const PYTHON: &str = "#:";
/// What comes before the marks in Rust text.
pub(crate) const RUST: &str = "//:";
