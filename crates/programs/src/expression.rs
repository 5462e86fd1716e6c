//! Data that a step computes.

use crate::dns;
use crate::template::{Piece, Template};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use sockscope_core::collections::BTreeMap;
use sockscope_core::payload::Payload;
use sockscope_core::program::Fd;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};

/// What a variable holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Value {
    Socket(Fd),
    Data(Payload),
    Address(SocketAddr),
}

/// The variables of a running program.
pub(crate) type Variables = BTreeMap<String, Value>;

/// An expression: a text with variables in it, or a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Expression {
    Text(Template),
    Function(Function),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Function {
    /// ASCII letters in capitals.
    Upper(Box<Expression>),
    /// So many bytes of a text in which no line occurs twice; see [`pattern`].
    Pattern(PatternLength),
    /// A DNS question for the IPv4 address of a name.
    DnsQuestion(Question),
    /// The answer of a server that knows one name.
    DnsAnswer(Answer),
    /// What an answer says, as text.
    DnsAddress(Box<Expression>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    id: u16,
    name: dns::Name,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    question: Box<Expression>,
    name: dns::Name,
    address: Ipv4Addr,
}

/// How many bytes a pattern has, at most 16 MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64")]
pub(crate) struct PatternLength(u32);

impl TryFrom<u64> for PatternLength {
    type Error = String;
    fn try_from(length: u64) -> Result<PatternLength, String> {
        const MOST: u32 = 16 << 20;
        match u32::try_from(length) {
            Ok(length) if length <= MOST => Ok(PatternLength(length)),
            _ => Err(format!("{length} bytes are too many: at most {MOST}")),
        }
    }
}

/// The first `length` bytes of the numbered lines `000000000000000\n`, `000000000000001\n` …, 16 bytes each: a block that
/// is missing, doubled or out of place is found.
fn pattern(length: u32) -> Payload {
    let mut ten_lines: Vec<u8> = (0..10).flat_map(|line| format!("{line:015}\n").into_bytes()).collect();
    let mut text = Vec::with_capacity(length.next_multiple_of(160) as usize);
    while text.len() < length as usize {
        text.extend_from_slice(&ten_lines);
        ten_lines.chunks_exact_mut(16).for_each(|line| count_up(&mut line[..14]));
    }
    text.truncate(length as usize);
    text.into()
}

/// The next number, in decimal digits.
fn count_up(digits: &mut [u8]) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
}

impl Expression {
    pub(crate) fn evaluate(&self, variables: &Variables) -> Payload {
        match self {
            Expression::Text(template) => template.evaluate(variables),
            Expression::Function(function) => function.evaluate(variables),
        }
    }

    /// The names of the variables in it.
    pub(crate) fn variables(&self) -> Vec<&str> {
        match self {
            Expression::Text(template) => template.variables().collect(),
            Expression::Function(Function::Upper(inner) | Function::DnsAddress(inner)) => inner.variables(),
            Expression::Function(Function::DnsAnswer(answer)) => answer.question.variables(),
            Expression::Function(Function::Pattern(_) | Function::DnsQuestion(_)) => Vec::new(),
        }
    }
}

impl Function {
    fn evaluate(&self, variables: &Variables) -> Payload {
        match self {
            Function::Upper(inner) => inner.evaluate(variables).to_ascii_uppercase().into(),
            Function::Pattern(length) => pattern(length.0),
            Function::DnsQuestion(Question { id, name }) => dns::question(*id, name).into(),
            Function::DnsAnswer(Answer { question, name, address }) => {
                dns::answer(&question.evaluate(variables), name, *address).into()
            }
            Function::DnsAddress(answer) => {
                dns::read_answer(&answer.evaluate(variables)).to_string().as_str().into()
            }
        }
    }
}

impl Template {
    /// The bytes of the text. Where it is nothing but the data of a variable they are shared, not copied.
    fn evaluate(&self, variables: &Variables) -> Payload {
        match self.pieces() {
            [Piece::Variable(name)] if let Value::Data(data) = &variables[name] => data.clone(),
            _ => self.render(variables).into(),
        }
    }
    /// The bytes of the text, with those of the variables in their places.
    pub(crate) fn render(&self, variables: &Variables) -> Vec<u8> {
        let mut bytes = Vec::new();
        for piece in self.pieces() {
            match piece {
                Piece::Text(text) => bytes.extend_from_slice(text.as_bytes()),
                Piece::Variable(name) => match &variables[name] {
                    Value::Data(data) => bytes.extend_from_slice(data),
                    Value::Address(address) => bytes.extend_from_slice(address.to_string().as_bytes()),
                    Value::Socket(_) => unreachable!("loading refuses sockets in texts"),
                },
            }
        }
        bytes
    }
}

impl<'de> Deserialize<'de> for Expression {
    /// By hand, and not `untagged`, so that an error still names the place inside the expression.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Expression, D::Error> {
        deserializer.deserialize_any(ExpressionVisitor)
    }
}

struct ExpressionVisitor;

impl<'de> Visitor<'de> for ExpressionVisitor {
    type Value = Expression;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a function such as {\"upper\": \"{message}\"}")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Expression, E> {
        Template::try_from(text.to_owned()).map(Expression::Text).map_err(E::custom)
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Expression, E> {
        self.visit_str(&number.to_string())
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Expression, A::Error> {
        Function::deserialize(MapAccessDeserializer::new(map)).map(Expression::Function)
    }
}
