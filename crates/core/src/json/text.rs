//! The text that is read, and how far: numbers, strings and what stands between them (RFC 8259).

use super::error::Error;
use serde::de::{self, Expected, Unexpected};
use std::borrow::Cow;

/// A text, and how far it is read.
pub(super) struct Text<'a> {
    text: &'a str,
    at: usize,
    /// How many lists and objects are open.
    depth: usize,
}

/// A number, in the first of these forms that has room for it.
pub(super) enum Number {
    Whole(u64),
    Negative(i64),
    Other(f64),
}

/// So deep may lists and objects lie in each other: more would be too much for the stack.
const DEEPEST: usize = 128;

impl<'a> Text<'a> {
    pub(super) fn new(text: &'a str) -> Text<'a> {
        Text { text, at: 0, depth: 0 }
    }

    /// Line and column of the byte that comes `ahead` of what is read.
    pub(super) fn position(&self, ahead: usize) -> (usize, usize) {
        let read = &self.text.as_bytes()[..(self.at + ahead).min(self.text.len())];
        let line = read.iter().filter(|byte| **byte == b'\n').count() + 1;
        let start = read.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        (line, read.len() - start)
    }

    /// The error that the text is no JSON at what comes next; or ends too early.
    #[cold]
    pub(super) fn broken(&self, cause: &str, of: &str) -> Error {
        if self.at < self.text.len() {
            return Error::syntax(cause, self.position(1));
        }
        Error::syntax(&format!("EOF while parsing {of}"), self.position(0))
    }

    /// How far it is read.
    pub(super) fn place(&self) -> usize {
        self.at
    }
    /// The string at a place that was read before.
    pub(super) fn name(&self, at: usize) -> Cow<'a, str> {
        Text { at, ..*self }.string().unwrap_or_default()
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The first byte that is no space.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    /// Reads a byte, where it comes next.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Reads a word such as `null`, where it comes next.
    pub(super) fn word(&mut self, word: &str) -> Result<(), Error> {
        let rest = &self.text.as_bytes()[self.at..];
        let same = rest.iter().zip(word.as_bytes()).take_while(|(there, wanted)| there == wanted).count();
        self.at += same;
        if same == word.len() { Ok(()) } else { Err(self.broken("expected ident", "a value")) }
    }

    /// Reads what begins a list or an object.
    pub(super) fn open(&mut self) -> Result<(), Error> {
        if self.depth == DEEPEST {
            return Err(self.broken("recursion limit exceeded", "a value"));
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    /// Reads what ends a list or an object.
    pub(super) fn close(&mut self, end: u8) -> Result<(), Error> {
        self.depth -= 1;
        if self.take(end) {
            return Ok(());
        }
        Err(self.broken("trailing characters", if end == b']' { "a list" } else { "an object" }))
    }

    /// Goes to the next element of a list or an object that ends with `end`: whether there is one.
    pub(super) fn next(&mut self, end: u8, is_first: bool) -> Result<bool, Error> {
        if self.peek() == Some(end) {
            return Ok(false);
        }
        let of = if end == b']' { "a list" } else { "an object" };
        if !is_first {
            if !self.take(b',') {
                let cause = if end == b']' { "expected `,` or `]`" } else { "expected `,` or `}`" };
                return Err(self.broken(cause, of));
            }
            if self.peek() == Some(end) {
                return Err(self.broken("trailing comma", of));
            }
        }
        if end == b'}' && self.peek() != Some(b'"') {
            return Err(self.broken("key must be a string", of));
        }
        Ok(true)
    }

    /// Reads the colon between a name and its value.
    pub(super) fn colon(&mut self) -> Result<(), Error> {
        if self.take(b':') { Ok(()) } else { Err(self.broken("expected `:`", "an object")) }
    }

    /// Nothing may follow.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        if self.peek().is_none() {
            Ok(())
        } else {
            Err(self.broken("something follows: one text is one value", ""))
        }
    }

    /// Reads a string, whose `"` comes next.
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>, Error> {
        self.at += 1;
        let mut whole = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.bytes().position(|byte| byte == b'"' || byte == b'\\' || byte < 0x20);
            let plain = &rest[..plain.unwrap_or(rest.len())];
            self.at += plain.len();
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    if whole.is_empty() {
                        return Ok(Cow::Borrowed(plain));
                    }
                    whole.push_str(plain);
                    return Ok(Cow::Owned(whole));
                }
                Some(b'\\') => {
                    whole.push_str(plain);
                    self.at += 1;
                    whole.push(self.escape()?);
                }
                _ => {
                    let cause = "control character (\\u0000-\\u001F) found while parsing a string";
                    return Err(self.broken(cause, "a string"));
                }
            }
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Result<char, Error> {
        let plain = match self.byte() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.broken("invalid escape", "a string")),
        };
        self.at += 1;
        Ok(plain)
    }

    /// Reads `u` and four digits; and again where they are the first half of a pair (RFC 8259 §7).
    fn unicode(&mut self) -> Result<char, Error> {
        let unit = self.unit()?;
        let mut code = unit;
        if (0xD800..0xDC00).contains(&unit) && self.text[self.at..].starts_with("\\u") {
            self.at += 1;
            let second = self.unit()?;
            if (0xDC00..0xE000).contains(&second) {
                code = 0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00);
            }
        }
        char::from_u32(code).ok_or_else(|| self.broken("lone leading surrogate in hex escape", "a string"))
    }

    fn unit(&mut self) -> Result<u32, Error> {
        let digits = self.text.get(self.at + 1..self.at + 5);
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        self.at += if unit.is_some() { 5 } else { 0 };
        unit.ok_or_else(|| self.broken("invalid escape", "a string"))
    }

    fn digits(&mut self) -> Result<(), Error> {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(self.broken("invalid number", "a value")) }
    }

    /// Reads a number, which begins next.
    pub(super) fn number(&mut self) -> Result<Number, Error> {
        let start = self.at;
        self.at += usize::from(self.byte() == Some(b'-'));
        let leads_with_zero = self.byte() == Some(b'0');
        let first = self.at;
        self.digits()?;
        if leads_with_zero && self.at > first + 1 {
            self.at = first + 1;
            return Err(self.broken("invalid number", "a value"));
        }
        let is_whole = !matches!(self.byte(), Some(b'.' | b'e' | b'E'));
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            self.digits()?;
        }
        let text = &self.text[start..self.at];
        if is_whole {
            if let Ok(number) = text.parse() {
                return Ok(Number::Whole(number));
            }
            // Minus zero is no whole number.
            if let Some(number) = text.parse().ok().filter(|number| *number != 0) {
                return Ok(Number::Negative(number));
            }
        }
        let number: Option<f64> = text.parse().ok();
        let number = number.filter(|number| number.is_finite());
        number.map(Number::Other).ok_or_else(|| self.broken("number out of range", "a value"))
    }

    /// Reads a value of which nothing is wanted.
    pub(super) fn skip(&mut self) -> Result<(), Error> {
        match self.peek() {
            Some(b'n') => self.word("null"),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'"') => self.string().map(drop),
            Some(b'-' | b'0'..=b'9') => self.number().map(drop),
            Some(open @ (b'[' | b'{')) => {
                let end = open + 2;
                self.open()?;
                let mut is_first = true;
                while self.next(end, is_first)? {
                    is_first = false;
                    if end == b'}' {
                        self.peek();
                        self.string()?;
                        self.colon()?;
                    }
                    self.skip()?;
                }
                self.close(end)
            }
            _ => Err(self.broken("expected value", "a value")),
        }
    }

    /// The error that something else was expected than what comes next.
    #[cold]
    pub(super) fn unexpected(&mut self, expected: &dyn Expected) -> Error {
        let wrong = |what| <Error as de::Error>::invalid_type(what, expected);
        match self.peek() {
            Some(b'[') => wrong(Unexpected::Seq),
            Some(b'{') => wrong(Unexpected::Map),
            Some(b'"') => match self.string() {
                Ok(text) => wrong(Unexpected::Str(&text)),
                Err(error) => error,
            },
            Some(b'-' | b'0'..=b'9') => match self.number() {
                Ok(Number::Whole(number)) => wrong(Unexpected::Unsigned(number)),
                Ok(Number::Negative(number)) => wrong(Unexpected::Signed(number)),
                Ok(Number::Other(number)) => wrong(Unexpected::Float(number)),
                Err(error) => error,
            },
            Some(word @ (b't' | b'f')) => match self.skip() {
                Ok(()) => wrong(Unexpected::Bool(word == b't')),
                Err(error) => error,
            },
            _ => match self.skip() {
                Ok(()) => wrong(Unexpected::Unit),
                Err(error) => error,
            },
        }
        .at(self)
    }
}
