//! Why a scenario is refused.

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

impl From<serde_path_to_error::Error<serde_json::Error>> for ScenarioError {
    fn from(error: serde_path_to_error::Error<serde_json::Error>) -> ScenarioError {
        let (line, column) = (error.inner().line(), error.inner().column());
        // serde_json ends its text with the place, which we say in a way of our own.
        let mut cause = error.inner().to_string();
        if let Some(end) = cause.rfind(&format!(" at line {line} column {column}")) {
            cause.truncate(end);
        }
        if !error.inner().is_data() {
            return ScenarioError::Syntax { line, column, cause };
        }
        let place = match error.path().to_string() {
            path if path == "." => format!("line {line}"),
            path if line == 0 => path,
            path => format!("{path} (line {line})"),
        };
        ScenarioError::at(place, cause)
    }
}
