//! Tokens to a script.

use super::lexer::{Tok, Token};
use super::{Action, CallSpec, Command, Event, Fault, Script, Setting, When, expression, packet};
use sockscope_core::time::Span;

/// Tokens and the place that was reached.
pub(super) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
}

pub(super) type Parsed<T> = Result<T, Fault>;

impl<'a> Parser<'a> {
    pub(super) fn peek(&self) -> Option<&Tok> {
        self.peek_at(0)
    }
    pub(super) fn peek_at(&self, ahead: usize) -> Option<&Tok> {
        self.tokens.get(self.at + ahead).map(|token| &token.tok)
    }
    pub(super) fn next(&mut self) -> Option<Tok> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        Some(token.tok.clone())
    }
    /// The line of the next token, or of the last one.
    pub(super) fn line(&self) -> u32 {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |token| token.line)
    }
    /// A fault at the next token.
    pub(super) fn fault<T>(&self, expected: &str) -> Parsed<T> {
        let found = match self.tokens.get(self.at) {
            Some(token) => {
                let text = &self.text[token.at.clone()];
                format!("\"{}\"", text.lines().next().unwrap_or_default())
            }
            None => "the end of the script".to_owned(),
        };
        Err((self.line(), format!("expected {expected}, found {found}")))
    }
    pub(super) fn is(&self, punct: char) -> bool {
        self.peek() == Some(&Tok::Punct(punct))
    }
    /// Takes the character, where it is the next token.
    pub(super) fn eat(&mut self, punct: char) -> bool {
        let found = self.is(punct);
        self.at += usize::from(found);
        found
    }
    pub(super) fn expect(&mut self, punct: char) -> Parsed<()> {
        if self.eat(punct) { Ok(()) } else { self.fault(&format!("\"{punct}\"")) }
    }
    pub(super) fn eat_ellipsis(&mut self) -> bool {
        let found = self.peek() == Some(&Tok::Ellipsis);
        self.at += usize::from(found);
        found
    }
    /// Takes the word, where it is the next token.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Tok::Word(it)) if it == word);
        self.at += usize::from(found);
        found
    }
    pub(super) fn word(&mut self, expected: &str) -> Parsed<String> {
        let Some(Tok::Word(word)) = self.peek() else { return self.fault(expected) };
        let word = word.clone();
        self.at += 1;
        Ok(word)
    }
    /// A number from 0 to `max`.
    pub(super) fn number(&mut self, expected: &str, max: u32) -> Parsed<u32> {
        let value = match self.peek() {
            Some(Tok::Int(value, _)) => u64::try_from(*value).ok(),
            Some(Tok::Hex(value)) => Some(*value),
            _ => None,
        };
        match value.and_then(|value| u32::try_from(value).ok()).filter(|value| *value <= max) {
            Some(value) => {
                self.at += 1;
                Ok(value)
            }
            None => self.fault(&format!("{expected}, at most {max}")),
        }
    }
    pub(super) fn port(&mut self) -> Parsed<u16> {
        self.number("a port", u32::from(u16::MAX)).map(|port| port as u16)
    }
    /// The text from token `first` up to here.
    fn source(&self, first: usize) -> String {
        let end = self.tokens[..self.at].last().map_or(0, |token| token.at.end);
        let start = self.tokens.get(first).map_or(end, |token| token.at.start);
        self.text.get(start..end).unwrap_or_default().to_owned()
    }
    /// What stands from here to the next blank.
    fn unbroken(&mut self) -> String {
        let first = self.at;
        while self.at < self.tokens.len()
            && (self.at == first || self.tokens[self.at - 1].at.end == self.tokens[self.at].at.start)
        {
            self.at += 1;
        }
        self.source(first)
    }
}

pub(super) fn script(name: &str, text: &str, tokens: Vec<Token>) -> Parsed<Script> {
    let mut parser = Parser { text, tokens, at: 0 };
    let options = settings(&mut parser);
    let init = command(&mut parser);
    let mut events = Vec::new();
    let mut cleanup = None;
    while parser.peek().is_some() {
        cleanup = command(&mut parser);
        if cleanup.is_some() {
            if parser.peek().is_some() {
                return parser.fault("nothing after a command without a time, which ends a script");
            }
            break;
        }
        events.push(event(&mut parser)?);
    }
    let text = text.to_owned();
    Ok(Script { name: name.to_owned(), text, options, init, events, cleanup })
}

fn settings(parser: &mut Parser) -> Vec<Setting> {
    let mut settings = Vec::new();
    while let Some(Tok::Option(name)) = parser.peek() {
        let (line, name) = (parser.line(), name.clone());
        parser.at += 1;
        let value = if parser.eat('=') { parser.unbroken() } else { String::new() };
        settings.push(Setting { line, name, value: value.trim_matches('"').to_owned() });
    }
    settings
}

/// A command without a time.
fn command(parser: &mut Parser) -> Option<Command> {
    let Some(Tok::Command(text)) = parser.peek() else { return None };
    let command = Command { line: parser.line(), text: text.clone() };
    parser.at += 1;
    Some(command)
}

fn event(parser: &mut Parser) -> Parsed<Event> {
    let line = parser.line();
    let when = when(parser)?;
    let first = parser.at;
    let action = action(parser)?;
    let is_expected = matches!(action, Action::Expect(_));
    let text = parser.source(first);
    match when {
        When::Any if !is_expected => {
            Err((line, "only a packet that the host sends may come at any time (\"*\")".to_owned()))
        }
        When::Between(..) | When::AfterBetween(..) if !is_expected => {
            Err((line, "only a packet that the host sends may have a range of times".to_owned()))
        }
        When::Between(from, to) | When::AfterBetween(from, to) if to < from => {
            Err((line, "the range of times ends before it begins".to_owned()))
        }
        _ => Ok(Event { line, text, when, action }),
    }
}

fn when(parser: &mut Parser) -> Parsed<When> {
    if parser.eat('*') {
        return Ok(When::Any);
    }
    let relative = parser.eat('+');
    let from = time(parser)?;
    if !parser.eat('~') {
        return Ok(if relative { When::After(from) } else { When::At(from) });
    }
    if relative {
        parser.expect('+')?;
    }
    let to = time(parser)?;
    Ok(if relative { When::AfterBetween(from, to) } else { When::Between(from, to) })
}

fn time(parser: &mut Parser) -> Parsed<Span> {
    let text = match parser.peek() {
        Some(Tok::Float(text) | Tok::Int(_, text)) => text,
        _ => return parser.fault("a time in seconds"),
    };
    match seconds(text) {
        Some(span) => {
            parser.at += 1;
            Ok(span)
        }
        None => parser.fault("a time that is not negative, below a hundred days"),
    }
}

/// Decimal seconds, exact to the nanosecond.
pub(crate) fn seconds(text: &str) -> Option<Span> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let nanos: String = fraction.chars().chain(std::iter::repeat('0')).take(9).collect();
    let nanos: u64 = nanos.parse().ok()?;
    (whole < 100 * 86_400).then(|| Span::from_nanos(whole * 1_000_000_000 + nanos))
}

fn action(parser: &mut Parser) -> Parsed<Action> {
    match parser.peek() {
        Some(Tok::Command(text)) => {
            let action = Action::Command(text.clone());
            parser.at += 1;
            Ok(action)
        }
        Some(Tok::Code(text)) => {
            let action = Action::Code(text.clone());
            parser.at += 1;
            Ok(action)
        }
        Some(Tok::Punct('<')) => {
            parser.at += 1;
            packet::packet(parser).map(Action::Inject)
        }
        Some(Tok::Punct('>')) => {
            parser.at += 1;
            packet::packet(parser).map(Action::Expect)
        }
        Some(Tok::Word(_) | Tok::Ellipsis) => call(parser).map(Action::Call),
        _ => parser.fault("a packet (\"<\" or \">\"), a system call, a command or code"),
    }
}

fn call(parser: &mut Parser) -> Parsed<CallSpec> {
    let end = if parser.eat_ellipsis() { Some(time(parser)?) } else { None };
    let name = parser.word("the name of a system call")?;
    parser.expect('(')?;
    let args = expression::list(parser, ')')?;
    if !parser.eat('=') {
        return parser.fault("\"=\" and the result of the call");
    }
    let result = expression::expression(parser)?;
    let errno = match parser.peek() {
        Some(Tok::Word(word)) if word.starts_with('E') => Some(word.clone()),
        _ => None,
    };
    parser.at += usize::from(errno.is_some());
    note(parser)?;
    Ok(CallSpec { end, name, args, result, errno })
}

/// A remark in parentheses, such as the meaning of an error.
fn note(parser: &mut Parser) -> Parsed<()> {
    if !parser.eat('(') {
        return Ok(());
    }
    while !parser.eat(')') {
        if parser.next().is_none() {
            return parser.fault("\")\"");
        }
    }
    Ok(())
}
