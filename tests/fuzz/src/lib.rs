//! What any input may do: every decoder and parser, and a host in every state. A target is a function of some bytes that may
//! do anything but panic, take for ever, or break what it asserts.
//!
//! `cargo xtask fuzz host` runs one under libFuzzer, which looks for bytes that reach new code; `tests/any_input.rs` runs all
//! of them, without it, on what lies in `corpus/` and on thousands of inputs made from that. An input that once found a fault
//! stays in `corpus/`. For scenarios and scripts, those of `tests/scenarios` and `tests/scripts` are inputs too.

mod host;
mod network;
mod program;
mod scenario;
mod script;
mod trace;
mod wire;

pub use host::host;
pub use program::program;
pub use scenario::scenario;
pub use script::script;
pub use trace::{damaged, packed, tampered, trace};
pub use wire::{options, wire};

/// A target: its name, and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// What it does with some bytes.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: [Target; 10] = [
    Target { name: "wire", run: wire },
    Target { name: "options", run: options },
    Target { name: "trace", run: trace },
    Target { name: "packed", run: packed },
    Target { name: "tampered", run: tampered },
    Target { name: "damaged", run: damaged },
    Target { name: "scenario", run: scenario },
    Target { name: "program", run: program },
    Target { name: "script", run: script },
    Target { name: "host", run: host },
];
