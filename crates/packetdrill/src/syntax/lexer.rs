//! Text to tokens. As in every packetdrill, the longest token wins and no token depends on its neighbours.

use super::Fault;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tok {
    /// A decimal number with its digits as written (a cookie may begin with zeros).
    Int(i64, String),
    /// A number after `0x`.
    Hex(u64),
    /// A number with a point, as written.
    Float(String),
    /// A name.
    Word(String),
    /// Text in double quotes, escapes not yet resolved.
    Str(String),
    /// Text in back quotes.
    Command(String),
    /// Text between `%{` and `}%`.
    Code(String),
    /// `--name`
    Option(String),
    /// An IPv4 or IPv6 address.
    Address(String),
    /// `...`
    Ellipsis,
    /// `#ifdef` or `#endif`
    Directive(&'static str),
    /// Any other character.
    Punct(char),
}

/// A token and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) tok: Tok,
    pub(crate) line: u32,
    /// Bytes of the text.
    pub(crate) at: Range<usize>,
}

/// All tokens of a script.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut lexer = Lexer { text, at: 0, line: 1 };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next()? {
        tokens.push(token);
    }
    Ok(tokens)
}

/// The token that a symbol's value is.
pub(crate) fn token_of(value: &str) -> Option<Tok> {
    let mut lexer = Lexer { text: value, at: 0, line: 1 };
    let token = lexer.next().ok()??;
    lexer.next().ok()?.is_none().then_some(token.tok)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }
    fn take(&mut self, len: usize) -> &'a str {
        let taken = &self.rest()[..len];
        self.line += taken.matches('\n').count() as u32;
        self.at += len;
        taken
    }
    /// Takes what stands between `open` and `close`.
    fn enclosed(&mut self, open: &str, close: &str) -> Result<&'a str, Fault> {
        let line = self.line;
        let Some(end) = self.rest()[open.len()..].find(close) else {
            return Err((line, format!("\"{open}\" is never closed: write \"{close}\" after it")));
        };
        let taken = self.take(open.len() + end + close.len());
        Ok(&taken[open.len()..open.len() + end])
    }
    /// Takes what stands between two `quote`s, of which one after a backslash is none.
    fn quoted(&mut self, quote: char) -> Result<&'a str, Fault> {
        let mut escaped = true; // the opening quote
        let end = self.rest().char_indices().find(|(_, c)| {
            let ends = *c == quote && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        let Some((end, _)) = end else {
            return Err((self.line, format!("a text is never closed: write {quote} at its end")));
        };
        Ok(&self.take(end + 1)[1..end])
    }
    fn skip_blanks(&mut self) -> Result<(), Fault> {
        loop {
            let rest = self.rest();
            let blanks = rest.len() - rest.trim_start().len();
            if blanks > 0 {
                self.take(blanks);
            } else if rest.starts_with("//") {
                self.take(rest.find('\n').unwrap_or(rest.len()));
            } else if rest.starts_with("/*") {
                self.enclosed("/*", "*/")?;
            } else {
                return Ok(());
            }
        }
    }
    fn next(&mut self) -> Result<Option<Token>, Fault> {
        self.skip_blanks()?;
        let (line, start) = (self.line, self.at);
        let Some(first) = self.rest().chars().next() else { return Ok(None) };
        let tok = match first {
            '"' => Tok::Str(self.quoted('"')?.to_owned()),
            '`' => Tok::Command(self.quoted('`')?.to_owned()),
            '%' if self.rest().starts_with("%{") => Tok::Code(self.enclosed("%{", "}%")?.trim().to_owned()),
            _ => self.plain(first),
        };
        Ok(Some(Token { tok, line, at: start..self.at }))
    }
    /// A token without delimiters.
    fn plain(&mut self, first: char) -> Tok {
        let rest = self.rest();
        for directive in ["#ifdef", "#endif"] {
            if rest.starts_with(directive) {
                self.take(directive.len());
                return Tok::Directive(directive);
            }
        }
        if rest.starts_with("...") {
            self.take(3);
            return Tok::Ellipsis;
        }
        if let Some(len) = address(rest) {
            return Tok::Address(self.take(len).to_owned());
        }
        let name = span(rest.strip_prefix("--").unwrap_or(""), is_word);
        if name > 0 {
            return Tok::Option(self.take(2 + name)[2..].to_owned());
        }
        self.number_or_word(rest).unwrap_or_else(|| {
            self.take(first.len_utf8());
            Tok::Punct(first)
        })
    }
    fn number_or_word(&mut self, rest: &str) -> Option<Tok> {
        let hyphenated = ["exp-", "gen-"].iter().any(|prefix| rest.starts_with(prefix));
        let word = if hyphenated { 4 + span(&rest[4..], is_word) } else { span(rest, is_word) };
        let sign = usize::from(rest.starts_with('-'));
        let whole = span(&rest[sign..], |c| c.is_ascii_digit());
        let fraction =
            rest[sign + whole..].strip_prefix('.').map_or(0, |rest| span(rest, |c| c.is_ascii_digit()));
        let float = if fraction > 0 { sign + whole + 1 + fraction } else { 0 };
        let int = if whole > 0 { sign + whole } else { 0 };
        if float > word.max(int) {
            return Some(Tok::Float(self.take(float).to_owned()));
        }
        if int > 0 && int >= word {
            let digits = self.take(int);
            return Some(Tok::Int(digits.parse().unwrap_or(i64::MAX), digits.to_owned()));
        }
        if word == 0 {
            return None;
        }
        let text = self.take(word);
        let hex = text.strip_prefix("0x").filter(|hex| hex.chars().all(|c| c.is_ascii_hexdigit()));
        Some(match hex.and_then(|hex| u64::from_str_radix(hex, 16).ok()) {
            Some(value) => Tok::Hex(value),
            None => Tok::Word(text.to_owned()),
        })
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
fn span(text: &str, is_in: fn(char) -> bool) -> usize {
    text.find(|c| !is_in(c)).unwrap_or(text.len())
}

/// How much of the start of `text` is an address. Ranges such as `1:1001` look alike, so an IPv6 address must be
/// one as a whole; a colon after it (as in front of an encapsulated header) does not belong to it.
fn address(text: &str) -> Option<usize> {
    let whole = &text[..span(text, |c| c.is_ascii_hexdigit() || c == ':' || c == '.')];
    let shorter = whole.strip_suffix(':').unwrap_or(whole);
    [whole, shorter]
        .into_iter()
        .find(|text| text.parse::<Ipv4Addr>().is_ok() || text.parse::<Ipv6Addr>().is_ok())
        .map(str::len)
}
