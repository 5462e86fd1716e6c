//! Why a scenario is refused.

use sockscope_core::json;

/// Why a scenario is refused: where, what is wrong, what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// The file is not JSON.
    #[error("line {line}, column {column}: {cause}")]
    Syntax {
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
        /// What is wrong.
        cause: String,
    },
    /// A part of it makes no sense.
    #[error("{place}: {cause}")]
    Wrong {
        /// The part, such as `links[0].there.loss`.
        place: String,
        /// What is wrong, and the remedy.
        cause: String,
    },
}

impl ScenarioError {
    pub(crate) fn at(place: impl Into<String>, cause: impl Into<String>) -> ScenarioError {
        ScenarioError::Wrong { place: place.into(), cause: cause.into() }
    }
}

impl From<json::Error> for ScenarioError {
    fn from(error: json::Error) -> ScenarioError {
        let (line, column, cause) = (error.line(), error.column(), error.cause());
        if error.is_syntax() {
            return ScenarioError::Syntax { line, column, cause: cause.to_owned() };
        }
        let place = match error.place() {
            "" => format!("line {line}"),
            place => format!("{place} (line {line})"),
        };
        ScenarioError::at(place, cause)
    }
}
