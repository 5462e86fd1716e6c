//! The commands of `sockscope`, one a file.

pub(crate) mod completions;
mod interrupt;
mod launch;
mod output;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod serve;
