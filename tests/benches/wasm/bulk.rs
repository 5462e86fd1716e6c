//! What `ratio.mjs` runs natively: the bulk transfer over a link, so many times as the argument says. Prints the nanoseconds
//! of the fastest.

#![allow(clippy::print_stdout, reason = "it is a bench")]

use sockscope_benches::hosts::{self, Form};
use std::time::Instant;

fn main() {
    let times = std::env::args().nth(1).and_then(|times| times.parse().ok()).unwrap_or(100);
    let run = |_: u32| {
        let start = Instant::now();
        assert!(hosts::bulk(1 << 20, Form::Structured) > 0, "packets were sent");
        start.elapsed().as_nanos()
    };
    println!("{}", (0..times).map(run).min().unwrap_or_default());
}
