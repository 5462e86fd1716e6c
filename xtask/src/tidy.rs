//! The house rules that no lint knows.

use crate::arrows;
use crate::shell::{command, output, root};
use anyhow::{Result, bail};

const LONGEST_FILE: usize = 600;
const LONGEST_FUNCTION: usize = 80;

/// Checks every file that git knows.
pub(crate) fn check() -> Result<()> {
    let files = output(&mut command("git ls-files --cached --others --exclude-standard"))?;
    let source = |file: &&str| [".rs", ".ts", ".mjs", ".css"].iter().any(|end| file.ends_with(end));
    let mut faults = arrows::faults()?;
    for file in files.lines().filter(source) {
        // A file that is deleted but not yet committed is still listed.
        let Ok(text) = std::fs::read_to_string(root().join(file)) else { continue };
        faults.extend(faults_of(&text).into_iter().map(|(line, fault)| format!("{file}:{line}: {fault}")));
    }
    if faults.is_empty() {
        return Ok(());
    }
    bail!("not tidy:\n  {}", faults.join("\n  "))
}

/// What is wrong with one file, with the lines.
fn faults_of(text: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut faults = Vec::new();
    if lines.len() > LONGEST_FILE {
        faults.push((1, format!("{} lines, more than {LONGEST_FILE}: split it by concept", lines.len())));
    }
    for (at, line) in lines.iter().enumerate() {
        if line.ends_with(char::is_whitespace) {
            faults.push((at + 1, "blanks at the end of the line".to_owned()));
        }
        if ["todo", "unimplemented"].iter().any(|name| line.contains(&format!("{name}!("))) {
            faults.push((at + 1, "unfinished".to_owned()));
        }
        if let Some(length) = function_length(&lines[at..]).filter(|length| *length > LONGEST_FUNCTION) {
            faults.push((at + 1, format!("a function of {length} lines, more than {LONGEST_FUNCTION}")));
        }
    }
    faults
}

/// The length of the function that starts on the first line: rustfmt closes it at the same indentation.
fn function_length(lines: &[&str]) -> Option<usize> {
    let first = lines.first()?;
    let code = first.trim_start();
    let words = code.split('(').next()?;
    if !words.split_whitespace().any(|word| word == "fn" || word == "function") || code.starts_with("//") {
        return None;
    }
    let end = format!("{}}}", &first[..first.len() - code.len()]);
    lines.iter().position(|line| *line == end).map(|last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_function_is_found_where_it_starts() {
        let body = "        step();\n".repeat(LONGEST_FUNCTION);
        let text = format!("impl X {{\n    fn long() {{\n{body}    }}\n    fn short() {{\n    }}\n}}\n");
        assert_eq!(faults_of(&text), [(2, "a function of 82 lines, more than 80".to_owned())]);
    }

    #[test]
    fn leftovers_are_found() {
        let call = "todo";
        assert_eq!(faults_of(&format!("{call}!()\nlet a = 1; ")).len(), 2);
    }
}
