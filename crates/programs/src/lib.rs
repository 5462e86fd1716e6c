//! The programs that run on sockets, as data.
//!
//! A program is a short list of steps in JSON. Loading checks and flattens it ([`Program::library`],
//! [`ProgramSpec::load`]); the [`Program`] that comes out is a state machine over the waist: it hands out one
//! [`Call`](sockscope_core::program::Call) and is handed one [`Notice`](sockscope_core::program::Notice), and it is
//! plain data at every instant. The library holds the programs of the lessons with the same steps as Python and
//! Rust source text, so that a view can mark the line that runs or waits.
//!
//! Modules in the order in which they build on each other: `error`; `template` (texts with variables in them);
//! [`dns`]; `expression` (computed data); `act` and `step` (the forms of a step); `compile`; `program`; `source`;
//! [`library`].

#![deny(clippy::float_arithmetic)]

mod act;
mod compile;
pub mod dns;
mod error;
mod expression;
pub mod library;
mod program;
mod source;
mod step;
mod template;

pub use error::ProgramError;
pub use program::{Program, ProgramSpec};
