//! What a run answers, and whether that is what somebody said.

use super::{QuestionError, tolerance};
use crate::texts::Texts;
use crate::words;
use sockscope_core::errno::Errno;
use sockscope_core::tcp::Reason;
use sockscope_core::time::Span;

/// What a run answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The answer.
    pub value: Value,
    /// The event with which it is known: its place in the history.
    pub known: usize,
}

/// The value of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A length of time.
    Span(Span),
    /// A number: of things or bytes, or a port.
    Number(u64),
    /// The name of a host or an error, `done` or `never`.
    Word(String),
    /// A rule of TCP.
    Reason(Reason),
}

impl Answer {
    /// As a sentence can have it.
    pub fn told(&self, texts: &Texts) -> String {
        match &self.value {
            Value::Span(span) => words::span(*span),
            Value::Number(number) => number.to_string(),
            Value::Word(word) if is_outcome(word) => texts.of(word).to_owned(),
            Value::Word(word) => word.clone(),
            Value::Reason(reason) => texts.of(reason.text()).to_owned(),
        }
    }
    /// Whether it is what somebody said: `12000`; `1s` (a twentieth more or less is no fault); `ECONNREFUSED`; the name of
    /// a rule (`fast-retransmit`); a range, `2..5` (without the 5) or `1s..`; or one of several, `0|never`.
    ///
    /// # Errors
    /// What was said can be no answer to this question, with the remedy.
    pub fn accepts(&self, said: &str) -> Result<bool, QuestionError> {
        let mut right = false;
        for one in said.split('|') {
            right |= self.is(one.trim())?;
        }
        Ok(right)
    }

    fn is(&self, said: &str) -> Result<bool, QuestionError> {
        match &self.value {
            Value::Word(word) => Ok(word.eq_ignore_ascii_case(said)),
            Value::Reason(reason) => Ok(name(*reason) == said),
            // A call that might have failed told a number.
            _ if is_outcome(said) => Ok(false),
            Value::Number(number) => within(*number, said, read_number, |exactly| exactly == *number),
            Value::Span(span) => {
                let near = |said: Span| {
                    let (less, more) = (said.min(*span), said.max(*span));
                    more.saturating_sub(less) <= tolerance(*span)
                };
                within(*span, said, read_span, near)
            }
        }
    }
}

/// Whether a value lies in the range that was said, or is what was said.
fn within<T: PartialOrd>(
    value: T,
    said: &str,
    read: fn(&str) -> Result<T, QuestionError>,
    is: impl FnOnce(T) -> bool,
) -> Result<bool, QuestionError> {
    let Some((from, to)) = said.split_once("..") else { return read(said).map(is) };
    let above = from.is_empty() || value >= read(from)?;
    let below = to.is_empty() || value < read(to)?;
    Ok(above && below)
}

/// Whether it is what a call came to, and no number.
fn is_outcome(said: &str) -> bool {
    ["done", "never"].contains(&said) || Errno::ALL.iter().any(|errno| errno.name() == said)
}

/// A number as people write it: `16384`, `16 384`, `16,384`.
fn read_number(said: &str) -> Result<u64, QuestionError> {
    let digits: String = said.chars().filter(|c| !c.is_whitespace() && *c != ',').collect();
    digits.parse().map_err(|_| QuestionError::new(said, "write a whole number, such as 12000"))
}

fn read_span(said: &str) -> Result<Span, QuestionError> {
    let plain: String =
        said.chars().filter(|c| !c.is_whitespace()).map(|c| if c == ',' { '.' } else { c }).collect();
    plain.parse().map_err(|_| QuestionError::new(said, "write a number, such as 20 or 0.5"))
}

/// A rule as traces name it: `fast-retransmit`.
fn name(reason: Reason) -> String {
    let mut name = String::new();
    for letter in format!("{reason:?}").chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}
