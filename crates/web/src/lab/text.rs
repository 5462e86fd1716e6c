//! The text of a scenario: laid out so that it reads well, and the place in it that a message is about.

use serde::Serialize;
use sockscope_sim::{Scenario, ScenarioError};
use tsify::Tsify;

/// What is wrong with a text, and where.
#[derive(Debug, PartialEq, Serialize, Tsify)]
pub struct Mistake {
    /// Its line, from 1.
    pub line: usize,
    /// Its column, from 1, in characters.
    pub column: usize,
    /// What is wrong, and the remedy.
    pub message: String,
}

/// What stands in one line as long as it is no wider, in characters.
const WIDE: usize = 78;

/// What is wrong with the text of a scenario; none where nothing is.
pub(crate) fn mistake(text: &str) -> Option<Mistake> {
    let error = text.parse::<Scenario>().err()?;
    Some(match error {
        ScenarioError::Syntax { line, column, cause } => Mistake { line, column, message: cause },
        ScenarioError::Wrong { place, cause } => {
            let path = place.split_once(" (line ").map_or(place.as_str(), |(path, _)| path);
            let before = &text[..find(text, path)];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
            Mistake { line, column, message: format!("{path}: {cause}") }
        }
    })
}

/// Where the value stands that a path such as `links[0].both.loss` names, or as much of the path as there is.
fn find(text: &str, path: &str) -> usize {
    let mut scanner = Scanner { text, at: 0 };
    scanner.blanks();
    let mut found = scanner.at;
    for step in path.split(['.', '[', ']']).filter(|step| !step.is_empty()) {
        let entered = match step.parse::<usize>() {
            Ok(n) => scanner.item(n),
            Err(_) => scanner.member(step),
        };
        if !entered {
            break;
        }
        found = scanner.at;
    }
    found
}

/// Goes through JSON, which may be broken behind the place that is looked for.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
    fn blanks(&mut self) {
        while self.next().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }
    /// Takes a byte where it comes next.
    fn take(&mut self, byte: u8) -> bool {
        self.blanks();
        let is_next = self.next() == Some(byte);
        self.at += usize::from(is_next);
        self.blanks();
        is_next
    }
    /// Goes over a string, which begins here.
    fn string(&mut self) -> &str {
        let from = self.at;
        self.at += 1;
        while let Some(byte) = self.next() {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
        self.at = self.at.min(self.text.len());
        self.text.get(from..self.at).unwrap_or_default()
    }
    /// Goes over a value.
    fn value(&mut self) {
        let mut depth = 0;
        loop {
            self.blanks();
            match self.next() {
                None => return,
                Some(b'"') => {
                    self.string();
                }
                Some(b'{' | b'[') => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                Some(b'}' | b']') if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                Some(b',' | b':') if depth > 0 => {
                    self.at += 1;
                    continue;
                }
                Some(b',' | b':' | b'}' | b']') => return,
                Some(_) => {
                    let scalar = |byte: u8| !byte.is_ascii_whitespace() && !b",:{}[]\"".contains(&byte);
                    while self.next().is_some_and(scalar) {
                        self.at += 1;
                    }
                }
            }
            if depth == 0 {
                return;
            }
        }
    }
    /// Enters the member of an object that has this name.
    fn member(&mut self, name: &str) -> bool {
        let start = self.at;
        if self.take(b'{') {
            while self.next() == Some(b'"') {
                let found = self.string().trim_matches('"') == name;
                if !self.take(b':') {
                    break;
                }
                if found {
                    return true;
                }
                self.value();
                if !self.take(b',') {
                    break;
                }
            }
        }
        self.at = start;
        false
    }
    /// Enters the n-th item of an array.
    fn item(&mut self, n: usize) -> bool {
        let start = self.at;
        if self.take(b'[') {
            for _ in 0..n {
                self.value();
                if !self.take(b',') {
                    self.at = start;
                    return false;
                }
            }
            if self.next().is_some_and(|byte| byte != b']') {
                return true;
            }
        }
        self.at = start;
        false
    }
}

/// The same JSON, laid out: what is short stands in one line.
pub(crate) fn format(text: &str) -> String {
    let mut out = String::new();
    let mut scanner = Scanner { text, at: 0 };
    scanner.blanks();
    lay(&mut scanner, &mut out, 0);
    out.push('\n');
    out
}

/// Lays out the value that begins here.
fn lay(scanner: &mut Scanner<'_>, out: &mut String, depth: usize) {
    let start = scanner.at;
    scanner.value();
    let flat = flat(&scanner.text[start..scanner.at]);
    let used = out.rsplit('\n').next().unwrap_or("").chars().count();
    let opens = flat.starts_with(['{', '[']);
    // The scenario itself is never one line.
    if !opens || (depth > 0 && used + flat.chars().count() < WIDE) {
        out.push_str(&flat);
        return;
    }
    let end = scanner.at;
    scanner.at = start + 1;
    scanner.blanks();
    out.push_str(&flat[..1]);
    let mut first = true;
    while scanner.at + 1 < end {
        out.push_str(if first { "\n" } else { ",\n" });
        first = false;
        out.push_str(&"  ".repeat(depth + 1));
        if flat.starts_with('{') {
            out.push_str(scanner.string());
            out.push_str(": ");
            scanner.take(b':');
        }
        let before = scanner.at;
        lay(scanner, out, depth + 1);
        scanner.take(b',');
        if scanner.at == before {
            break;
        }
    }
    scanner.at = end;
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
    out.push_str(&flat[flat.len() - 1..]);
}

/// A value in one line: `{ "a": 1, "b": [2, 3] }`.
fn flat(text: &str) -> String {
    let mut out = String::new();
    let mut scanner = Scanner { text, at: 0 };
    loop {
        scanner.blanks();
        match scanner.next() {
            None => return out,
            Some(b'"') => out.push_str(scanner.string()),
            Some(byte) => {
                scanner.at += 1;
                match byte {
                    b'{' => {
                        scanner.blanks();
                        out.push_str(if scanner.next() == Some(b'}') { "{" } else { "{ " });
                    }
                    b'}' if out.ends_with('{') => out.push('}'),
                    b'}' => out.push_str(" }"),
                    b',' => out.push_str(", "),
                    b':' => out.push_str(": "),
                    b'[' | b']' => out.push(char::from(byte)),
                    _ => {
                        let from = scanner.at - 1;
                        let scalar = |byte: u8| !byte.is_ascii_whitespace() && !b",:{}[]\"".contains(&byte);
                        while scanner.next().is_some_and(scalar) {
                            scanner.at += 1;
                        }
                        out.push_str(text.get(from..scanner.at).unwrap_or_default());
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sockscope_sim::presets;

    #[test]
    fn a_formatted_scenario_is_the_same_and_stays_as_it_is() {
        for name in presets::names() {
            let text = presets::text(name).unwrap();
            let laid = format(text);
            assert_eq!(laid.parse::<Scenario>().unwrap(), text.parse::<Scenario>().unwrap(), "{name}");
            assert_eq!(format(&laid), laid, "{name}");
            assert!(laid.lines().count() > 4, "{name}:\n{laid}");
            // A string is never cut: only a line with a long one is wider.
            assert!(laid.lines().all(|line| line.chars().count() <= WIDE || line.contains(": \"")), "{laid}");
        }
    }

    #[test]
    fn a_message_has_its_place_in_the_text() {
        let text = "{\n  \"title\": \"x\",\n  \"hosts\": [{ \"name\": \"ä\" }, { \"name\": \"b\" }],\n  \"links\": [\n    { \"between\": [\"ä\", \"c\"], \"both\": { \"loss\": \"1%\" } }\n  ]\n}\n";
        let place = |text: &str| mistake(text).map(|it| (it.line, it.column, it.message));
        let (line, column, message) = place(text).unwrap();
        assert_eq!((line, column), (5, 24), "{message}");
        assert!(
            message.starts_with("links[0].between[1]: no host, switch or router is named \"c\""),
            "{message}"
        );
        let fine = text.replace("\"c\"", "\"b\"");
        assert_eq!(place(&fine), None);
        let (line, column, message) = place(&fine.replace("1%", "often")).unwrap();
        assert_eq!((line, column), (5, 48), "{message}");
        let (line, _, _) = place(&fine.replace("\"x\",", "\"x\"")).unwrap();
        assert_eq!(line, 3, "a comma is missing");
        let (line, _, message) = place(&fine.replace("\"links\"", "\"lins\"")).unwrap();
        assert!(line == 4 && message.contains("unknown field `lins`"), "{line}: {message}");
        let host = fine.replace(
            "\n}",
            ",\n  \"interventions\": [{ \"at\": \"1ms\", \"do\": { \"crash\": { \"host\": \"z\" } } }]\n}",
        );
        let (line, _, message) = place(&host).unwrap();
        assert!(line == 7 && message.contains("no host is named \"z\""), "{line}: {message}");
    }

    #[test]
    fn no_text_makes_it_panic() {
        let fine = presets::text("tcp-upper").unwrap();
        for end in (0..fine.len()).filter(|end| fine.is_char_boundary(*end)) {
            let _ = (mistake(&fine[..end]), format(&fine[..end]));
        }
        for text in
            ["", "}", "]", "[,", "{\"", "{\"a", "{\"a\":", "{\"a\":}", "\\", "\"\\", "[[[", "{{", "{,}", "ä"]
        {
            let _ = (mistake(text), format(text), find(text, "a[0].b"));
        }
    }
}
