//! The engine of Sockscope: UDP and TCP endpoints behind a socket table, as pure functions of time and input.
//!
//! No I/O, no clock, no threads, no floats, no unsafe. Modules in the order in which they build on each other:
//! [`collections`], [`time`], [`rng`], [`seq`], [`errno`], [`payload`], [`json`]; [`program`] (the waist) and [`wire`] (packets); [`trace`] (what is
//! recorded); [`tcp`], [`udp`], [`icmp`]; [`host`] (the socket table).

#![deny(clippy::float_arithmetic)]

pub mod collections;
pub mod errno;
mod few;
pub mod host;
pub mod icmp;
pub mod json;
mod keyed_hash;
pub mod payload;
pub mod program;
mod rare;
pub mod rng;
pub mod seq;
pub mod shared;
pub mod tcp;
pub mod time;
pub mod trace;
pub mod udp;
pub mod wire;
