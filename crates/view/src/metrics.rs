//! How wide a text will be, near enough to lay it out: fonts are the reader's, so this errs on the wide side.

/// Width in pixels of a text in the sans-serif of the style sheet at `size` pixels.
pub(crate) fn sans(text: &str, size: f64) -> f64 {
    text.chars().map(|c| advance(c) * size).sum()
}

/// Width in pixels of a text in the monospace of the style sheet at `size` pixels.
pub(crate) fn mono(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * 0.61 * size
}

fn advance(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.3,
        ' ' | 'f' | 'r' | 't' | 'I' | '(' | ')' | '-' | '/' => 0.38,
        'm' | 'M' | 'w' | 'W' | '…' | '→' => 0.92,
        'A'..='Z' | '=' | '+' => 0.7,
        _ => 0.63,
    }
}

/// The text, shortened with an ellipsis to at most `width` pixels as `measure` has it.
pub(crate) fn fit(text: &str, width: f64, measure: impl Fn(&str) -> f64) -> String {
    if measure(text) <= width {
        return text.to_owned();
    }
    let mut kept = text.to_owned();
    while kept.pop().is_some() {
        let shorter = format!("{}…", kept.trim_end());
        if measure(&shorter) <= width {
            return shorter;
        }
    }
    String::new()
}

/// The text in lines of at most `width` pixels as `measure` has it, broken between words.
pub(crate) fn wrap(text: &str, width: f64, measure: impl Fn(&str) -> f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if measure(&format!("{line} {word}")) <= width => *line += &format!(" {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
