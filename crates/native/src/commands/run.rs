//! `sockscope run`: programs over real sockets.

use super::launch::{Wish, launches};
#[cfg(target_os = "linux")]
use super::scratch;
use super::{interrupt, output};
use crate::driver::{self, Driver, Ended, Failure, Limits, Report, Run};
use crate::end::End;
use crate::place;
use crate::record::Recorder;
use anyhow::{Context, Result};
use clap::Args as ClapArgs;
use serde::Serialize;
use sockscope_core::errno::Errno;
use sockscope_core::time::Span;
#[cfg(target_os = "linux")]
use sockscope_core::trace::Header;
use sockscope_core::trace::{Node, Outcome};
#[cfg(target_os = "linux")]
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  sockscope run udp                       server and client over a free port
  sockscope run tcp --clients 3 --driver tokio
  sockscope run tcp-server --port 12000   until Ctrl-C; with --host 0.0.0.0 for
                                          other machines too
  sockscope run tcp-upper-server-threads tcp-slow-client tcp-client
  sockscope run tcp-client --host example.org --port 7 --message hello
  sockscope run udp --ipv6                over ::1; or --host with an address
  sockscope run tcp --record run.jsonl    then: sockscope replay run.jsonl
  sudo sockscope run tcp --capture        a ladder with the kernel's segments;
                                          with --record, a trace
  sockscope run my-program.json           one of your own, as in a scenario";

/// Arguments of `sockscope run`.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    wish: Wish,
    /// Who waits for the operating system: blocking threads, or tokio
    #[arg(long, value_enum, default_value_t)]
    driver: Driver,
    /// Write every call and what came of it to this file, line by line
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Write at most about so many bytes; what does not fit is counted, and the run goes on
    #[arg(long, value_name = "BYTES", requires = "record", default_value_t = u64::MAX, hide_default_value = true)]
    record_limit: u64,
    /// Write down the packets of the programs too, and what TCP_INFO tells after each call [without --record: a ladder of all
    /// that, on the standard error at the end]
    #[cfg(target_os = "linux")]
    #[arg(long)]
    capture: bool,
    /// Capture at this interface alone [default: all]
    #[cfg(target_os = "linux")]
    #[arg(long, value_name = "NAME", requires = "capture")]
    interface: Option<String>,
    /// End the run after this time, with exit code 124, e.g. 10s or 500ms
    #[arg(long, value_name = "TIME")]
    timeout: Option<Span>,
    /// Print one line of JSON: how it ended, and what the programs printed
    #[arg(long)]
    json: bool,
}

/// A line that a program printed.
#[derive(Clone, Serialize)]
struct Line {
    program: String,
    line: String,
}

pub(crate) fn run(args: &Args) -> Result<End> {
    let title = args.wish.programs.join(" ");
    let launches = launches(&args.wish, &place::HERE, false)?;
    let header = driver::header(&title, &launches)?;
    let recorder = match &args.record {
        Some(path) => Recorder::limited(&header, Box::new(output::create(path)?), args.record_limit)
            .with_context(|| format!("cannot write {}", path.display()))?,
        None => Recorder::off(),
    };
    #[cfg(target_os = "linux")]
    let (recorder, shown) = capturing(args, &header, recorder)?;
    let lines = Arc::new(Mutex::new(Vec::new()));
    let names: Vec<String> = launches.iter().map(|launch| launch.name.clone()).collect();
    let printer = if args.json { Printer::Keep(lines.clone()) } else { Printer::Show };
    let run = Run::new(recorder, move |node, text| printer.print(&names, node, text));
    let stop = run.clone();
    interrupt::on_interrupt(move || stop.stop(Outcome::Interrupted))?;
    let time = args.timeout.map(|span| Duration::from_nanos(span.as_nanos()));
    output::remark(&format!("running {title} on {}; Ctrl-C ends it", args.driver));
    let report = driver::drive(&run, args.driver, &launches, Limits { time, ..Limits::default() })?;
    #[cfg(target_os = "linux")]
    if let Some(file) = shown {
        scratch::ladder(file)?;
    }
    if args.json {
        let printed = lines.lock().unwrap_or_else(PoisonError::into_inner).clone();
        output::json(&Results { report: &report, printed, record: args.record.as_deref() })?;
    }
    Ok(judge(&report, args.timeout))
}

/// What `--json` prints.
#[derive(Serialize)]
struct Results<'a> {
    #[serde(flatten)]
    report: &'a Report,
    printed: Vec<Line>,
    record: Option<&'a Path>,
}

/// What becomes of a line that a program prints.
enum Printer {
    Show,
    Keep(Arc<Mutex<Vec<Line>>>),
}

impl Printer {
    fn print(&self, names: &[String], node: Node, text: &str) -> io::Result<()> {
        let name = &names[usize::from(node.0)];
        match self {
            Printer::Keep(lines) => {
                let line = Line { program: name.clone(), line: text.to_owned() };
                lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                Ok(())
            }
            Printer::Show if names.len() > 1 => writeln!(io::stdout(), "{name}: {text}"),
            Printer::Show => writeln!(io::stdout(), "{text}"),
        }
    }
}

/// The recorder, with somebody who captures where that was asked for; and the file that holds what nobody wants to keep.
#[cfg(target_os = "linux")]
fn capturing(args: &Args, header: &Header, recorder: Recorder) -> Result<(Recorder, Option<File>)> {
    if !args.capture {
        return Ok((recorder, None));
    }
    let shown = if args.record.is_none() { Some(scratch::file()?) } else { None };
    let recorder = match &shown {
        Some(file) => Recorder::new(header, Box::new(file.try_clone()?)).context("cannot write the trace")?,
        None => recorder,
    };
    let capture = crate::capture::Capture::of_ourselves(args.interface.as_deref(), header.nodes.len());
    recorder.ask(Box::new(capture));
    Ok((recorder, shown))
}

/// Says what went wrong, a line each, and finds the exit code.
pub(super) fn judge(report: &Report, timeout: Option<Span>) -> End {
    for ended in &report.programs {
        if let Some(line) = complaint(ended) {
            eprintln!("error: {line}");
        }
    }
    if report.left_out > 0 {
        eprintln!("note: {} events are not in the trace: there was no room for them", report.left_out);
    }
    match report.outcome {
        Outcome::Interrupted => {
            eprintln!("interrupted after {}", report.elapsed);
            End::Interrupted
        }
        Outcome::TimeLimit => {
            let limit = timeout.unwrap_or(report.elapsed);
            eprintln!("error: the time limit of {limit} is over; give more with --timeout");
            End::TimedOut
        }
        _ if report.programs.iter().any(|ended| ended.code.is_some_and(|code| code != 0)) => End::Failure,
        _ => End::Success,
    }
}

fn complaint(ended: &Ended) -> Option<String> {
    let code = ended.code.filter(|code| *code != 0)?;
    Some(match &ended.failure {
        None => format!("{} ended with code {code}", ended.name),
        Some(failure) => format!("{}: {failure}{}", ended.name, remedy(failure)),
    })
}

fn remedy(failure: &Failure) -> &'static str {
    match failure.errno {
        Errno::EADDRINUSE => "; end the program that has the port, or choose another with --port",
        Errno::ECONNREFUSED => "; start the server first, or look at --host and --port",
        Errno::ENONAME => "; look at --host, an address such as 127.0.0.1 or ::1 needs no name",
        Errno::EACCES => "; choose a port from 1024 up with --port",
        Errno::EADDRNOTAVAIL => "; give an address of this machine, or 0.0.0.0 for all of them",
        Errno::EAFNOSUPPORT => {
            "; give a --host with an address of the other version of IP, or open inet6 in a program of your own"
        }
        Errno::ETIMEDOUT | Errno::EHOSTUNREACH | Errno::ENETUNREACH => {
            "; is the host up, and is --host right?"
        }
        Errno::EMFILE => "; raise the number of open files with ulimit -n",
        _ => "",
    }
}
