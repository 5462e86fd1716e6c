//! `sockscope swarm`: random worlds by the million, on every core.

use super::output;
use crate::end::End;
use anyhow::{Context, Result};
use clap::Args as ClapArgs;
use indicatif::{ProgressBar, ProgressStyle};
use sockscope_core::trace::{Event, Trace, jsonl};
use sockscope_sim::swarm::{self, Judged};
use std::io::{self, Write};
use std::ops::Range;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

const ABOUT: &str = "\
A seed makes a world: hosts with the options of TCP on or off, what joins them,
links with every fault there is, programs that talk over TCP, hosts that crash.
Broken is: bytes that were not sent, or are missing though no connection broke;
an error that says nothing of what happened; a packet that nobody can account
for; a panic; and a world that hangs.

Liveness: 30 minutes of simulated time after the start at the latest (2 minutes
in most worlds) every fault is switched off. Then all connections are done, or
reset, within 10 minutes; where a host crashed, or an end gave up while its
packets were lost, the others find out within 2 hours. A slow world has as much
longer as its round trips take: two for each send, and two each time that one
fills the smallest buffer.

Examples:
  sockscope swarm                               10,000 worlds
  sockscope swarm --seeds 1000000 --from 5000   a million others
  sockscope swarm --seed 77                     one again, and swarm-77.jsonl
  sockscope show swarm-77.jsonl                 look at it

Ends with code 3 where a world is broken. The first broken ones are told with
their seeds, and their traces written.";

/// Arguments of `sockscope swarm`.
#[derive(Debug, ClapArgs)]
#[command(after_help = ABOUT)]
pub(crate) struct Args {
    /// How many worlds
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Only the world of this seed, and its trace
    #[arg(long, conflicts_with_all = ["seeds", "from", "failures", "jobs"])]
    seed: Option<u64>,
    /// Stop when so many worlds are broken
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    failures: u64,
    /// How many worlds run at the same time [default: one for each core]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Where traces are written
    #[arg(long, default_value = ".", value_name = "FOLDER")]
    traces: PathBuf,
}

pub(crate) fn swarm(args: &Args) -> Result<End> {
    // A panic is found, and told with its seed; its message and place are printed by then.
    match args.seed {
        Some(seed) => one(seed, &args.traces),
        None => many(args),
    }
}

/// The world of one seed: what happened in it in a few words, and its trace in a file.
fn one(seed: u64, folder: &Path) -> Result<End> {
    let mut judged = Judged::new(&swarm::scenario(seed));
    let broken = judge(&mut judged, |_| ());
    let (outcome, census) = (judged.outcome(), judged.census());
    let mut out = io::stdout();
    writeln!(
        out,
        "seed {seed}: {outcome:?} at {}, {} ends of connections",
        judged.world().now(),
        census.ends
    )?;
    writeln!(
        out,
        "{} timed out, {} aborted or were reset, {} wait for a peer that is gone; {} hosts crashed",
        census.timed_out, census.reset, census.widowed, census.crashed
    )?;
    broken.iter().try_for_each(|what| writeln!(out, "broken: {what}"))?;
    writeln!(out, "trace: {}", write_trace(seed, folder)?.display())?;
    Ok(if broken.is_empty() { End::Success } else { End::Unexpected })
}

/// Steps a world to its end: what is broken.
fn judge(judged: &mut Judged, mut show: impl FnMut(Event)) -> Vec<String> {
    let ran = panic::catch_unwind(AssertUnwindSafe(|| while judged.step(&mut show) {}));
    let mut broken = judged.broken().to_vec();
    broken.extend(ran.is_err().then(|| "it panics".to_owned()));
    broken
}

/// Runs the world again and writes down what happens, up to where it breaks.
fn write_trace(seed: u64, folder: &Path) -> Result<PathBuf> {
    let mut judged = Judged::new(&swarm::scenario(seed));
    let mut events = Vec::new();
    judge(&mut judged, |event| events.push(event));
    let path = folder.join(format!("swarm-{seed}.jsonl"));
    let trace = Trace { header: judged.world().header(), events };
    let file = io::BufWriter::new(output::create(&path)?);
    jsonl::write(&trace, file).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// What the threads share.
struct Hunt {
    seeds: Range<u64>,
    next: AtomicU64,
    most_failures: u64,
    failures: Mutex<Vec<(u64, Vec<String>)>>,
    bar: ProgressBar,
}

impl Hunt {
    fn failed(&self) -> u64 {
        self.failures.lock().map_or(u64::MAX, |failures| failures.len() as u64)
    }
    fn run(&self) {
        while self.failed() < self.most_failures {
            let seed = self.next.fetch_add(1, Ordering::Relaxed);
            if seed >= self.seeds.end {
                return;
            }
            let broken = judge(&mut Judged::new(&swarm::scenario(seed)), |_| ());
            self.bar.inc(1);
            if !broken.is_empty() {
                self.bar.suspend(|| eprintln!("seed {seed}: {}", broken.join("; ")));
                self.failures.lock().into_iter().for_each(|mut all| all.push((seed, broken.clone())));
            }
        }
    }
}

fn many(args: &Args) -> Result<End> {
    let style = "{bar:30} {human_pos} of {human_len} worlds, {per_sec}, {eta} left";
    let seeds = args.from..args.from.saturating_add(args.seeds);
    let hunt = Hunt {
        next: AtomicU64::new(seeds.start),
        bar: ProgressBar::new(args.seeds).with_style(ProgressStyle::with_template(style)?),
        seeds,
        most_failures: args.failures,
        failures: Mutex::default(),
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let jobs = args.jobs.map_or(cores, usize::from);
    let start = Instant::now();
    thread::scope(|scope| {
        (0..jobs).for_each(|_| {
            scope.spawn(|| hunt.run());
        });
    });
    // A bar that is finished stands at its end, wherever it was.
    let (done, seconds) = (hunt.bar.position(), start.elapsed().as_secs_f64());
    hunt.bar.finish_and_clear();
    let failures = hunt.failures.into_inner().unwrap_or_default();
    let mut out = io::stdout();
    for (seed, _) in &failures {
        let trace = write_trace(*seed, &args.traces)?;
        writeln!(out, "seed {seed} is broken; trace: {}", trace.display())?;
    }
    let (from, broken) = (args.from, failures.len());
    writeln!(out, "{done} worlds from seed {from} on, {broken} broken, {seconds:.1} s on {jobs} cores")?;
    Ok(if failures.is_empty() { End::Success } else { End::Unexpected })
}
