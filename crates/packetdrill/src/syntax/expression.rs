//! Values in system calls.

use super::Expr;
use super::lexer::Tok;
use super::parser::{Parsed, Parser};

/// How deep lists and structs may nest.
const DEPTH: u32 = 32;

/// Values up to `close`, which is taken.
pub(super) fn list(parser: &mut Parser, close: char) -> Parsed<Vec<Expr>> {
    nested_list(parser, close, DEPTH)
}
pub(super) fn expression(parser: &mut Parser) -> Parsed<Expr> {
    nested(parser, DEPTH)
}

fn nested_list(parser: &mut Parser, close: char, depth: u32) -> Parsed<Vec<Expr>> {
    let mut values = Vec::new();
    if parser.eat(close) {
        return Ok(values);
    }
    loop {
        values.push(nested(parser, depth)?);
        if parser.eat(close) {
            return Ok(values);
        }
        if !parser.eat(',') {
            return parser.fault(&format!("\",\" or \"{close}\""));
        }
    }
}

fn nested(parser: &mut Parser, depth: u32) -> Parsed<Expr> {
    if depth == 0 {
        return parser.fault("fewer brackets inside of each other");
    }
    let mut left = primary(parser, depth)?;
    while parser.eat('|') {
        let right = primary(parser, depth)?;
        left = Expr::Or(Box::new(left), Box::new(right));
    }
    if matches!(left, Expr::Word(_) | Expr::Call(..)) && parser.eat('=') {
        let value = nested(parser, depth - 1)?;
        return Ok(Expr::Assign(Box::new(left), Box::new(value)));
    }
    Ok(left)
}

fn primary(parser: &mut Parser, depth: u32) -> Parsed<Expr> {
    let expected = "a value: a number, a name, a text, [list], {struct} or ...";
    let value = match parser.peek() {
        Some(Tok::Ellipsis) => Expr::Ellipsis,
        Some(Tok::Int(value, _)) => Expr::Int(*value),
        Some(Tok::Hex(value)) => Expr::Int(*value as i64),
        Some(Tok::Str(_)) => return text(parser),
        Some(Tok::Word(word)) => Expr::Word(word.clone()),
        Some(Tok::Punct('[')) => Expr::List(Vec::new()),
        Some(Tok::Punct('{')) => Expr::Struct(Vec::new()),
        _ => return parser.fault(expected),
    };
    parser.next();
    match value {
        Expr::List(_) => nested_list(parser, ']', depth - 1).map(Expr::List),
        Expr::Struct(_) => nested_list(parser, '}', depth - 1).map(Expr::Struct),
        Expr::Word(word) if parser.is('(') => {
            parser.next();
            nested_list(parser, ')', depth - 1).map(|args| Expr::Call(word, args))
        }
        value => Ok(value),
    }
}

/// Texts one after the other are one text; `...` after it means that more follows.
fn text(parser: &mut Parser) -> Parsed<Expr> {
    let mut bytes = Vec::new();
    while let Some(Tok::Str(text)) = parser.peek() {
        bytes.extend(unescape(text));
        parser.next();
    }
    parser.eat_ellipsis();
    Ok(Expr::Str(bytes))
}

/// Resolves `\n`, `\xff` and the like.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        let (b'\\', [escape, tail @ ..]) = (*first, tail) else {
            bytes.push(*first);
            continue;
        };
        rest = tail;
        let hex = (*escape == b'x').then(|| tail.get(..2)).flatten();
        let hex = hex
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let Some(byte) = hex {
            bytes.push(byte);
            rest = &tail[2..];
            continue;
        }
        bytes.push(match escape {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'0' => 0,
            other => *other,
        });
    }
    bytes
}
