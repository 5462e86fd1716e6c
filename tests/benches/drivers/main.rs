//! What it costs to run a program step by step over real sockets, and to record it: beside a bare loop that makes the same
//! calls, in the same run, pinned to one core. `cargo bench -p sockscope-benches --bench drivers`
//!
//! Times are processor time of this process, which holds both ends, per round trip; the kernel's part is in them. With
//! `-- hold` it is only asked whether each driver holds ten thousand connections at once.
#![allow(clippy::print_stdout, reason = "it is a bench")]

mod bare;
mod hold;
mod ours;

use anyhow::Result;
use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};
use sockscope::driver::Driver;
use std::env;
use std::time::Duration;

/// What both ends do, over and over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    /// A datagram there and one back.
    Udp,
    /// A few bytes there and back on one connection.
    Tcp,
    /// Connect, a few bytes there and back, close.
    Connect,
}

impl Work {
    const ALL: [(Work, &'static str, u32); 3] = [
        (Work::Udp, "UDP round trip", 20_000),
        (Work::Tcp, "TCP round trip", 20_000),
        (Work::Connect, "connect, round trip, close", 4_000),
    ];
}

/// What is sent there.
const MESSAGE: &str = "hello";
/// Rounds of samples; of each row the cheapest sample counts, which the rest of the machine disturbed least.
const ROUNDS: usize = 9;

fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", driver] => return hold::serve(driver),
        ["hold"] => return hold::both(),
        _ => {}
    }
    let mut core = CpuSet::new();
    core.set(0);
    sched_setaffinity(None, &core)?;
    println!("processor time of both ends, one core, in µs          bare     recording off     recording on");
    for driver in [Driver::Std, Driver::Tokio] {
        for (work, name, times) in Work::ALL {
            compare(driver, work, name, times)?;
        }
    }
    hold::both()
}

fn compare(driver: Driver, work: Work, name: &str, times: u32) -> Result<()> {
    let mut best = [f64::MAX; 3];
    for _ in 0..ROUNDS {
        let samples = [
            cost(times, || bare::run(driver, work, times))?,
            cost(times, || ours::run(driver, work, times, false))?,
            cost(times, || ours::run(driver, work, times, true))?,
        ];
        best.iter_mut().zip(samples).for_each(|(best, sample)| *best = best.min(sample));
    }
    let [bare, off, on] = best;
    let verdict = |ratio: f64, bar: f64| if ratio <= bar { "" } else { " (!)" };
    let (off_ratio, on_ratio) = (off / bare, on / bare);
    println!(
        "{name:<28} {:<12} {bare:>15.2}  {off:>8.2} {off_ratio:>5.2}{:<4}  {on:>8.2} {on_ratio:>5.2}{}",
        driver.to_string(),
        verdict(off_ratio, 1.10),
        verdict(on_ratio, 1.60),
    );
    Ok(())
}

/// Microseconds of processor time that one of `times` costs.
fn cost(times: u32, work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let start = now();
    work()?;
    Ok((now() - start).as_secs_f64() * 1e6 / f64::from(times))
}

fn now() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}
