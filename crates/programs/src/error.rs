//! Why a program cannot be loaded.

/// Why a program cannot be loaded, and where: one line that names the place and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct ProgramError {
    /// The place in the JSON, such as `steps[3].connect.to`.
    pub place: String,
    /// What is wrong there and what would be right.
    pub message: String,
}

impl ProgramError {
    pub(crate) fn new(place: impl Into<String>, message: impl Into<String>) -> ProgramError {
        ProgramError { place: place.into(), message: message.into() }
    }

    /// The same error as part of a larger file: `place` is put in front of the error's own.
    ///
    /// ```
    /// use sockscope_programs::ProgramError;
    /// let error = ProgramError { place: "steps[3]".into(), message: "no".into() };
    /// assert_eq!(error.within("programs[0]").to_string(), "programs[0].steps[3]: no");
    /// ```
    pub fn within(self, place: &str) -> ProgramError {
        self.under(&format!("{place}."))
    }

    /// The same error with `prefix` in front of its place.
    pub(crate) fn under(self, prefix: &str) -> ProgramError {
        ProgramError { place: format!("{prefix}{}", self.place), ..self }
    }
}
