//! What the command ends with.

use std::io;
use std::process::ExitCode;

/// What the command ends with, beyond plain failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All went well.
    Success = 0,
    /// It went wrong while it ran, and that was said already.
    Failure = 1,
    /// An expectation does not hold.
    Unexpected = 3,
    /// The time limit was reached.
    TimedOut = 124,
    /// Somebody pressed Ctrl-C.
    Interrupted = 130,
}

/// Arguments that make no sense, found after they were parsed.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for Usage {}

/// The exit code for an outcome; what went wrong is said here.
pub(crate) fn code(outcome: anyhow::Result<End>) -> ExitCode {
    match outcome {
        Ok(end) => ExitCode::from(end as u8),
        Err(error) if is_closed_output(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
}

/// Whether nobody reads the output any more, as after `| head`: no error, but no reason to go on either.
fn is_closed_output(error: &anyhow::Error) -> bool {
    let closed = |io: &io::Error| io.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(closed))
}
