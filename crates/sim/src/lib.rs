//! The simulated network: one scenario file in, one trace out, the same on every machine.
//!
//! No I/O, no clock, no threads, no floats. Modules in the order in which they build on each other: [`units`] (how
//! quantities are written); [`impairment`] and [`link`] (what a wire does to packets), [`topology`] (which way they
//! go), [`queue`] (what happens next); [`scenario`] (the file) and [`presets`] (files that come along); `network` and
//! `machine` (what happens between hosts and on them); [`world`] (one step after another); [`run`] (a world that can be
//! forked at any time) and [`replay`] (the same again); [`checkers`] (what must hold in every run), and [`swarm`] (worlds drawn at random).

#![deny(clippy::float_arithmetic)]

pub mod checkers;
mod flight;
pub mod impairment;
pub mod link;
mod machine;
mod network;
pub mod presets;
pub mod queue;
pub mod replay;
pub mod run;
pub mod scenario;
pub mod swarm;
pub mod topology;
pub mod units;
pub mod world;

pub use run::Run;
pub use scenario::{Scenario, ScenarioError};
pub use world::World;
