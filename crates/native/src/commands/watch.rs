//! `sockscope watch`: any program, and what it does with sockets.

use super::{output, scratch};
use crate::end::End;
use crate::record::Recorder;
use crate::watch::{self, Ending, Options, Report};
use anyhow::{Context, Result};
use clap::Args as ClapArgs;
use std::ffi::OsString;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  sockscope watch -- curl -s http://127.0.0.1:8000/
    its output, then what it did, as a ladder
  sockscope watch -o run.jsonl -- python3 server.py
    then: sockscope show run.jsonl
  sudo sockscope watch --capture -- curl -s http://example.org/
    with every segment
  sockscope watch -- sh -c \\
    'nc -l 12000 & sleep 1; echo hello | nc -N 127.0.0.1 12000'

The program has the terminal to itself, its exit code is that of this command,
and its death by a signal too. Threads and every process that comes from it are
watched as well. Set-user-ID programs run without their privilege.";

/// Arguments of `sockscope watch`.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Write the trace to this file, line by line [default: a ladder on the standard error, when all is over]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write down the packets of the programs too
    #[arg(long)]
    capture: bool,
    /// Capture at this interface alone [default: all]
    #[arg(long, value_name = "NAME", requires = "capture")]
    interface: Option<String>,
    /// Keep so many bytes of what one call sends or receives
    #[arg(long, value_name = "N", default_value_t = 65_536)]
    bytes: u32,
    /// Stop at every system call instead of filtering them in the kernel: slow, but the program outlives a watcher that is
    /// killed (otherwise it is killed too)
    #[arg(long)]
    every_call: bool,
    /// The program, and its arguments
    #[arg(required = true, last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub(crate) fn watch(args: &Args) -> Result<End> {
    let words: Vec<_> = args.command.iter().map(|word| word.to_string_lossy()).collect();
    let (file, name) = match &args.output {
        Some(path) => (output::create(path)?, path.display().to_string()),
        None => (scratch::file()?, "the trace".to_owned()),
    };
    let to = file.try_clone()?;
    let recorder = || {
        Recorder::new(&watch::header(&words.join(" ")), Box::new(to))
            .with_context(|| format!("cannot write {name}"))
    };
    let options = Options {
        bytes: args.bytes as usize,
        every_call: args.every_call,
        capture: args.capture,
        interface: args.interface.clone(),
    };
    let Report { ending, missed, unwritten } = watch::watch(&args.command, recorder, &options)?;
    for line in missed {
        eprintln!("note: not seen: {line}");
    }
    if let Some(error) = unwritten {
        eprintln!("error: {error}");
    }
    if args.output.is_none() {
        scratch::ladder(file)?;
    }
    Ok(match ending {
        Ending::Exit(code) => End::Program(code),
        Ending::Signal(signal) => End::Killed(signal),
    })
}
