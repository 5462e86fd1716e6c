//! What the command ends with.

use std::io;
use std::process::ExitCode;

/// What the command ends with, beyond plain failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All went well.
    Success,
    /// It went wrong while it ran, and that was said already.
    Failure,
    /// An expectation does not hold.
    Unexpected,
    /// The time limit was reached.
    TimedOut,
    /// Somebody pressed Ctrl-C.
    Interrupted,
    /// As the program that was run: with its code.
    #[cfg(target_os = "linux")]
    Program(u8),
    /// As the program that was run: by a signal.
    #[cfg(target_os = "linux")]
    Killed(i32),
}

impl End {
    fn code(self) -> u8 {
        match self {
            End::Success => 0,
            End::Failure => 1,
            End::Unexpected => 3,
            End::TimedOut => 124,
            End::Interrupted => 130,
            #[cfg(target_os = "linux")]
            End::Program(code) => code,
            #[cfg(target_os = "linux")]
            End::Killed(signal) => {
                crate::watch::die(signal);
                // It did not take effect: as a shell would tell it.
                128 + signal as u8
            }
        }
    }
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
        Ok(end) => ExitCode::from(end.code()),
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
