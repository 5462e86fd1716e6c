//! Why a scenario is refused.

use sockscope_core::json::Misfit;

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

impl From<serde_json::Error> for ScenarioError {
    fn from(error: serde_json::Error) -> ScenarioError {
        let (line, column) = (error.line(), error.column());
        // serde_json ends its text with the place, which we say in a way of our own.
        let cause = error.to_string();
        let cause = cause.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&cause);
        ScenarioError::Syntax { line, column, cause: cause.to_owned() }
    }
}

impl From<Box<Misfit>> for ScenarioError {
    fn from(misfit: Box<Misfit>) -> ScenarioError {
        let Misfit { place, message } = *misfit;
        ScenarioError::at(if place.is_empty() { "top level".to_owned() } else { place }, message)
    }
}
