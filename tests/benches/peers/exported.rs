//! The work as a function that JavaScript calls, for `wasm/ratio.mjs`.

#![expect(unsafe_code, reason = "JavaScript finds a function by its plain name")]

use crate::hosts::{self, Form};

/// One connection moves `bytes` one way over a link of 10 ms; how many packets that took.
#[unsafe(no_mangle)]
extern "C" fn bulk(bytes: u32) -> u32 {
    hosts::bulk(bytes as usize, Form::Structured) as u32
}
