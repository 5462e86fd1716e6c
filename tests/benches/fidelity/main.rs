//! Is a transfer here as fast as one between two Linux kernels over the same link, under the same losses?
//!
//! `cargo bench -p sockscope-benches --bench fidelity` measures Linux through two TUN devices and a relay that impairs
//! as the simulator does (root, five minutes), and Sockscope in virtual time. Where a machine cannot, and with
//! `-- --recorded`, Linux's figures are those of `fidelity/linux.json`; `-- --record` writes that file anew.
#![allow(clippy::print_stdout, reason = "it is a command")]

mod cases;
mod linux;
mod ours;
mod record;
mod relay;
mod table;

use cases::{Case, Measured};
use std::process::ExitCode;

fn main() -> ExitCode {
    let flag = |name: &str| std::env::args().any(|arg| arg == name);
    match run(flag("--recorded"), flag("--record")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(recorded: bool, keep: bool) -> anyhow::Result<()> {
    let ours: Vec<Measured> = Case::all().map(ours::measure).collect();
    let linux = match recorded {
        true => record::read()?,
        false => linux::measure_all().or_else(|why| {
            println!("Linux cannot be measured here ({why:#}); its figures are the recorded ones");
            record::read()
        })?,
    };
    if keep {
        record::write(&linux)?;
    }
    println!("{}", table::compare(&linux, &ours));
    Ok(())
}
