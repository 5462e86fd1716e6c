//! The arguments of the `sockscope` command, and what it ends with.

use crate::commands::{completions, presets, replay, run, serve, show, sim};
use clap::{CommandFactory, Parser, Subcommand};
use std::io;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  sockscope run tcp                            server and client over real sockets on this machine
  sockscope run udp-server --port 12000        one end; the other may be any program
  sockscope run tcp --record run.jsonl         write down every call and what came of it
  sockscope sim tcp-syn-lost                   the same programs over a simulated network, as a text ladder
  sockscope sim my.json --format svg -o my.svg

Exit codes:
  0    all went well
  1    it went wrong while it ran: a program failed, a file cannot be read, a port is in use
  2    the arguments make no sense
  3    an expectation does not hold: a trace cannot be had again, a run ends otherwise
  124  the time limit was reached
  130  interrupted with Ctrl-C

Colours only where the output is a terminal; NO_COLOR switches them off.";

/// See what sockets do: run programs over real or simulated networks and look at every packet.
#[derive(Debug, Parser)]
#[command(name = "sockscope", version, after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run programs over real sockets
    Run(run::Args),
    /// Run a scenario over the simulated network
    Sim(sim::Args),
    /// List the scenarios that come along
    Presets(presets::Args),
    /// Show a trace that was recorded
    Show(show::Args),
    /// Check a trace: run it again and compare
    Replay(replay::Args),
    /// Serve the site to a browser on this machine
    Serve(serve::Args),
    /// Print a script that completes arguments
    #[command(after_help = completions::EXAMPLES)]
    Completions {
        /// For which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    #[command(after_help = "Examples:\n  sockscope man | man -l -\n  sockscope man run | man -l -")]
    Man {
        /// Of this command
        command: Option<String>,
    },
}

/// What the command ends with, beyond plain failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All went well.
    Success = 0,
    /// It went wrong while it ran, and that was said already.
    Failure = 1,
    /// An expectation does not hold.
    Unexpected = 3,
    /// The time limit was reached.
    TimedOut = 124,
    /// Somebody pressed Ctrl-C.
    Interrupted = 130,
}

/// Arguments that make no sense, found after they were parsed.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for Usage {}

/// Runs the command with the arguments of this process.
pub fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(args) => run::run(args),
        Command::Sim(args) => sim::sim(&args),
        Command::Presets(args) => presets::list(&args),
        Command::Show(args) => show::show(&args),
        Command::Replay(args) => replay::check(&args),
        Command::Serve(args) => serve::serve(&args),
        Command::Completions { shell } => completions::completions(shell, &mut Cli::command()),
        Command::Man { command } => completions::man(Cli::command(), command.as_deref()),
    };
    match outcome {
        Ok(end) => ExitCode::from(end as u8),
        Err(error) if is_closed_output(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
}

/// Whether nobody reads the output any more, as after `| head`: no error, but no reason to go on either.
fn is_closed_output(error: &anyhow::Error) -> bool {
    let closed = |io: &io::Error| io.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(closed))
}
