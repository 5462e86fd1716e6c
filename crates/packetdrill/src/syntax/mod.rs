//! The script language: text to tokens to a tree of plain values.
//!
//! Two dialects are read as one, since neither gives a meaning to what only the other has: that of Google's
//! packetdrill, and the one of the FreeBSD suite with `#ifdef`, options of IP in parentheses, `!` for absolute
//! numbers and `/udp(a > b)`.

mod expression;
mod lexer;
mod packet;
mod parser;
mod preprocess;
#[cfg(test)]
mod tests;
mod tree;

pub(crate) use parser::seconds;
pub(crate) use tree::*;

use std::collections::BTreeMap;

/// Why a text is not a script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct ScriptError {
    /// The name under which the script was read.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// What is wrong and what would be right.
    pub what: String,
}

/// A script that was read: what `--` options say, and its events in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The name under which it was read, for messages.
    pub(crate) name: String,
    /// The script itself.
    pub(crate) text: String,
    /// `--name=value`, in order.
    pub(crate) options: Vec<Setting>,
    /// A command before the first event.
    pub(crate) init: Option<Command>,
    /// What happens, in order.
    pub(crate) events: Vec<Event>,
    /// A command after the last event, run whatever the outcome.
    pub(crate) cleanup: Option<Command>,
}

impl Script {
    /// Reads a script. `defines` are symbols that `#ifdef` knows (the system under test: `FreeBSD`, `Linux`) and
    /// that stand for their value where they have one, as `--define` does inside of a script.
    ///
    /// # Errors
    /// The line that cannot be read, with what would be right.
    ///
    /// ```
    /// use sockscope_packetdrill::Script;
    /// let text = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 close(3) = 0\n";
    /// assert!(Script::parse("close.pkt", text, &Default::default()).is_ok());
    /// let wrong = Script::parse("wrong.pkt", "0 close(3)\n", &Default::default()).unwrap_err();
    /// assert_eq!(wrong.to_string(), "wrong.pkt:1: expected \"=\" and the result of the call, found the end of the script");
    /// ```
    pub fn parse(name: &str, text: &str, defines: &BTreeMap<String, String>) -> Result<Script, ScriptError> {
        let fail = |(line, what)| ScriptError { file: name.to_owned(), line, what };
        let tokens = lexer::tokens(text).map_err(fail)?;
        let tokens = preprocess::preprocess(tokens, defines.clone()).map_err(fail)?;
        parser::script(name, text, tokens).map_err(fail)
    }
    /// The name under which it was read.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A line and what is wrong with it.
pub(crate) type Fault = (u32, String);
