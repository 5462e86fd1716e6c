//! Packetdrill scripts, run against the engine in virtual time.
//!
//! A script says what a program calls, what the remote end sends, and what the host under test must send and when.
//! [`Script::parse`] reads one, [`run`] runs it; what happened is a trace like any other, so the views draw it.

#![deny(clippy::float_arithmetic)]

mod run;
mod syntax;

pub use run::{Mismatch, Outcome, Profile, Report, Settings, run};
pub use syntax::{Script, ScriptError};
