//! Why a text cannot be read, and where.

use super::text::Text;
use serde::de::{self, Unexpected};
use std::fmt::{self, Display};

/// Why a text cannot be read, and where.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Told>);

#[derive(Clone, Default, PartialEq, Eq)]
struct Told {
    cause: String,
    place: String,
    line: usize,
    column: usize,
    is_syntax: bool,
}

impl Error {
    /// The text is no JSON.
    pub(super) fn syntax(cause: &str, (line, column): (usize, usize)) -> Error {
        Error(Box::new(Told { cause: cause.to_owned(), line, column, is_syntax: true, ..Told::default() }))
    }
    /// The error, where the text is read up to the value that it is about.
    #[cold]
    pub(super) fn at(mut self, text: &Text<'_>) -> Error {
        if self.0.line == 0 {
            (self.0.line, self.0.column) = text.position(0);
        }
        self
    }
    /// The error, as one inside of an element.
    #[cold]
    pub(super) fn in_element(mut self, text: &Text<'_>, at: usize) -> Error {
        self = self.at(text);
        self.0.place = format!("[{at}]{}", self.0.place);
        self
    }
    /// The error, as one inside of a field, the name of which is at a place of the text.
    #[cold]
    pub(super) fn in_field(mut self, text: &Text<'_>, name: usize) -> Error {
        self = self.at(text);
        self.0.place = format!(".{}{}", text.name(name), self.0.place);
        self
    }

    /// What is wrong.
    pub fn cause(&self) -> &str {
        &self.0.cause
    }
    /// Which part of the value is meant, such as `links[0].both.loss`; empty for the whole.
    pub fn place(&self) -> &str {
        self.0.place.trim_start_matches('.')
    }
    /// The line, counted from 1.
    pub fn line(&self) -> usize {
        self.0.line
    }
    /// The column, counted from 1.
    pub fn column(&self) -> usize {
        self.0.column
    }
    /// Whether the text is no JSON at all.
    pub fn is_syntax(&self) -> bool {
        self.0.is_syntax
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {} column {}", self.0.cause, self.0.line, self.0.column)
    }
}
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self}", self.place())
    }
}
impl std::error::Error for Error {}

impl de::Error for Error {
    #[cold]
    fn custom<T: Display>(cause: T) -> Error {
        Error(Box::new(Told { cause: cause.to_string(), ..Told::default() }))
    }
    #[cold]
    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn de::Expected) -> Error {
        match unexpected {
            Unexpected::Unit => Error::custom(format_args!("invalid type: null, expected {expected}")),
            _ => Error::custom(format_args!("invalid type: {unexpected}, expected {expected}")),
        }
    }
}
