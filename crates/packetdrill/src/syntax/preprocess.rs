//! `#ifdef`, `--define` and the words that stand for something else.

use super::Fault;
use super::lexer::{Tok, Token, token_of};
use std::collections::BTreeMap;

/// Leaves out what stands between `#ifdef NAME` and `#endif` for an unknown name, and puts the value of a symbol
/// in the place of its name.
pub(crate) fn preprocess(
    tokens: Vec<Token>,
    mut defines: BTreeMap<String, String>,
) -> Result<Vec<Token>, Fault> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut tokens = tokens.into_iter().peekable();
    // The line of the `#ifdef` that is open, and whether its name is known.
    let mut open: Option<(u32, bool)> = None;
    while let Some(mut token) = tokens.next() {
        match &token.tok {
            Tok::Directive("#ifdef") => {
                let name = tokens.next().map(|token| token.tok);
                let (None, Some(Tok::Word(name))) = (open, name) else {
                    return Err((
                        token.line,
                        "#ifdef needs a name, and stands in no other #ifdef".to_owned(),
                    ));
                };
                open = Some((token.line, defines.contains_key(&name)));
                continue;
            }
            Tok::Directive(_) if open.take().is_some() => continue,
            Tok::Directive(_) => return Err((token.line, "#endif without an #ifdef before it".to_owned())),
            _ if open.is_some_and(|(_, known)| !known) => continue,
            Tok::Option(name) if name == "define" => {
                define(&mut tokens, &mut defines, token.line)?;
                continue;
            }
            Tok::Word(word) => {
                if let Some(tok) = defines.get(word).and_then(|value| token_of(value)) {
                    token.tok = tok;
                }
            }
            _ => {}
        }
        kept.push(token);
    }
    match open {
        Some((line, _)) => Err((line, "#ifdef is never closed: write #endif after it".to_owned())),
        None => Ok(kept),
    }
}

/// Reads `=NAME=value` after `--define`.
fn define(
    tokens: &mut impl Iterator<Item = Token>,
    defines: &mut BTreeMap<String, String>,
    line: u32,
) -> Result<(), Fault> {
    let mut next = || tokens.next().map(|token| token.tok);
    let (first, name, second, value) = (next(), next(), next(), next());
    let equals = Some(Tok::Punct('='));
    let value = match value {
        Some(Tok::Int(_, text) | Tok::Word(text) | Tok::Float(text) | Tok::Address(text)) => Some(text),
        Some(Tok::Hex(value)) => Some(format!("0x{value:x}")),
        Some(Tok::Str(text)) => Some(format!("\"{text}\"")),
        Some(Tok::Command(text)) => Some(format!("`{text}`")),
        _ => None,
    };
    match (name, value) {
        (Some(Tok::Word(name)), Some(value)) if first == equals && second == equals => {
            defines.insert(name, value);
            Ok(())
        }
        _ => Err((line, "write --define=NAME=value".to_owned())),
    }
}
