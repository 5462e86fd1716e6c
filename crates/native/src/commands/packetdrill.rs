//! `sockscope packetdrill`: scripts of packetdrill against the engine, in virtual time.

mod files;
mod report;

use crate::end::End;
use anyhow::{Context, Result};
use clap::{Args as ClapArgs, ValueEnum};
use report::{Format, Results};
use sockscope_core::trace::jsonl;
use sockscope_packetdrill::{Mismatch, Outcome, Profile, Script, Settings, run};
use std::collections::BTreeMap;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const EXAMPLES: &str = "\
Examples:
  sockscope packetdrill tests/scripts            every script in a folder
  sockscope packetdrill handshake.pkt --ladder   up to the first mismatch
  sockscope packetdrill suite --profile freebsd --failing
  sockscope packetdrill suite --format tap | prove -e cat -
  sockscope packetdrill one.pkt --trace one.jsonl && sockscope show one.jsonl

Scripts are of Google's packetdrill or of the FreeBSD suite. They run in virtual
time and need neither root nor a network. The profile is the stack to imitate:
scripts that `sysctl net.inet…` want freebsd, `net.ipv4…` linux. NAME.linux.pkt
names its own.";

/// Arguments of `sockscope packetdrill`.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Scripts, and folders with scripts (*.pkt) at any depth
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The stack whose policies the host under test has
    ///
    /// By default that of the file's name: NAME.linux.pkt; and rfc where it names none.
    #[arg(long, value_enum)]
    profile: Option<ProfileName>,
    /// How to write the results
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write only the scripts that do not pass
    #[arg(long)]
    failing: bool,
    /// Write the ladder of each script that fails, up to the first mismatch
    #[arg(long)]
    ladder: bool,
    /// Write what happened to this file; for a single script
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Names of scripts that are known to fail, a line each: it is an error where one passes
    #[arg(long, value_name = "FILE")]
    expect_fail: Option<PathBuf>,
    /// An option as the script could have it after `--`
    #[arg(short = 'O', long = "option", value_name = "NAME=VALUE")]
    options: Vec<String>,
    /// A symbol for `#ifdef` and for words of the script
    #[arg(short = 'D', long = "define", value_name = "NAME=VALUE")]
    defines: Vec<String>,
    /// Every random draw of the host comes from this number
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ProfileName {
    /// What the RFCs say or recommend
    Rfc,
    /// As Linux
    Linux,
    /// As FreeBSD
    Freebsd,
}

/// A script that was run.
struct Run {
    name: String,
    outcome: Outcome,
    warnings: usize,
    /// The ladder of a script that failed, where it was asked for.
    ladder: Option<String>,
}

pub(crate) fn packetdrill(args: &Args) -> Result<End> {
    let scripts = files::scripts(&args.paths)?;
    let known = args.expect_fail.as_deref().map(files::lines).transpose()?.unwrap_or_default();
    let start = Instant::now();
    let runs = all(&scripts, args);
    let results = Results { runs: &runs, known: &known, failing: args.failing, took: start.elapsed() };
    results.write(args.format)?;
    Ok(if results.all_as_expected() { End::Success } else { End::Unexpected })
}

impl Args {
    /// How to run a script of that name.
    fn settings(&self, name: &str) -> Settings {
        let named =
            Profile::ALL.into_iter().find(|profile| name.ends_with(&format!(".{}.pkt", profile.name())));
        let profile = match self.profile {
            Some(ProfileName::Rfc) => Profile::Rfc,
            Some(ProfileName::Linux) => Profile::Linux,
            Some(ProfileName::Freebsd) => Profile::FreeBsd,
            None => named.unwrap_or_default(),
        };
        let options = self.options.iter().map(|text| pair(text)).collect();
        Settings { profile, options, seed: self.seed }
    }
    fn defines(&self, profile: Profile) -> BTreeMap<String, String> {
        let mut defines = profile.defines();
        defines.extend(self.defines.iter().map(|text| pair(text)));
        defines
    }
}

/// `NAME=VALUE`; the value may be absent.
fn pair(text: &str) -> (String, String) {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    (name.to_owned(), value.to_owned())
}

/// Runs every script, several at a time; results are in the order of the scripts.
fn all(scripts: &[PathBuf], args: &Args) -> Vec<Run> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut runs = Vec::new();
        while let Some((at, path)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            scripts.get(at).map(|path| (at, path))
        } {
            runs.push((at, one(path, args)));
        }
        runs
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(scripts.len().max(1));
    let mut runs: Vec<(usize, Run)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    runs.sort_by_key(|(at, _)| *at);
    runs.into_iter().map(|(_, run)| run).collect()
}

fn one(path: &Path, args: &Args) -> Run {
    let name = path.display().to_string();
    let outcome = catch_unwind(AssertUnwindSafe(|| attempt(path, &name, args)));
    let fail = |what: String| Run {
        name: name.clone(),
        outcome: Outcome::Failed(Mismatch::without_place(what)),
        warnings: 0,
        ladder: None,
    };
    match outcome {
        Ok(Ok(run)) => run,
        Ok(Err(error)) => fail(format!("{error:#}")),
        Err(_) => fail("the engine panicked".to_owned()),
    }
}

fn attempt(path: &Path, name: &str, args: &Args) -> Result<Run> {
    let settings = args.settings(name);
    let text = std::fs::read(path).with_context(|| format!("cannot read {name}"))?;
    let script = Script::parse(name, &String::from_utf8_lossy(&text), &args.defines(settings.profile))?;
    let report = run(&script, &settings);
    if let Some(file) = &args.trace {
        let mut lines = Vec::new();
        jsonl::write_parts(&report.trace.header, &report.trace.events, &mut lines)?;
        super::output::create(file)?.write_all(&lines)?;
    }
    let ladder = match &report.outcome {
        Outcome::Failed(mismatch) if args.ladder => {
            Some(report::ladder(name, report.trace.clone(), mismatch))
        }
        _ => None,
    };
    Ok(Run { name: name.to_owned(), outcome: report.outcome, warnings: report.warnings.len(), ladder })
}
