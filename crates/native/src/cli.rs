//! The arguments of the `sockscope` command.

#[cfg(not(target_os = "linux"))]
use crate::commands::elsewhere;
use crate::commands::{
    completions, diff, import, packetdrill, presets, proxy, replay, run, serve, show, sim, swarm,
};
#[cfg(target_os = "linux")]
use crate::commands::{tun, watch};
use crate::end;
use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  sockscope run tcp                       server and client over real sockets
  sockscope run udp-server --port 12000   one end; the other may be any program
  sockscope run tcp --record run.jsonl    every call and what came of it
  sockscope sim tcp-syn-lost              the same programs, a simulated network
  sockscope sim my.json --format svg -o my.svg

Exit codes:
  0    all went well
  1    it went wrong while it ran: a program failed, a file cannot be read, a
       port is in use
  2    the arguments make no sense
  3    an expectation does not hold: a trace cannot be had again, a run ends
       otherwise
  124  the time limit was reached
  130  interrupted with Ctrl-C or SIGTERM

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
    /// Put our stack on a TUN device, where the programs of this machine can talk to it
    #[cfg(target_os = "linux")]
    Tun(tun::Args),
    /// Put our stack on a TUN device: on Linux only
    #[cfg(not(target_os = "linux"))]
    Tun(elsewhere::Args),
    /// Run any program and watch what it does with sockets
    #[cfg(target_os = "linux")]
    Watch(watch::Args),
    /// Run any program and watch what it does with sockets: on Linux only
    #[cfg(not(target_os = "linux"))]
    Watch(elsewhere::Args),
    /// Stand between real programs as a network that misbehaves
    Proxy(proxy::Args),
    /// List the scenarios that come along
    Presets(presets::Args),
    /// Show a trace that was recorded
    Show(show::Args),
    /// Show a capture of another tool, or make a trace of it
    Import(import::Args),
    /// Compare two traces in what must agree
    Diff(diff::Args),
    /// Check a trace: run it again and compare
    Replay(replay::Args),
    /// Run random worlds and look for what is broken
    Swarm(swarm::Args),
    /// Run packetdrill scripts against the engine
    Packetdrill(packetdrill::Args),
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

/// Runs the command with the arguments of this process.
pub fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        #[cfg(target_os = "linux")]
        Command::Tun(args) => tun::tun(&args),
        #[cfg(target_os = "linux")]
        Command::Watch(args) => watch::watch(&args),
        #[cfg(not(target_os = "linux"))]
        Command::Tun(args) => elsewhere::refuse("tun", &args),
        #[cfg(not(target_os = "linux"))]
        Command::Watch(args) => elsewhere::refuse("watch", &args),
        Command::Proxy(args) => proxy::proxy(&args),
        Command::Sim(args) => sim::sim(&args),
        Command::Presets(args) => presets::list(&args),
        Command::Show(args) => show::show(&args),
        Command::Import(args) => import::import(&args),
        Command::Diff(args) => diff::diff(&args),
        Command::Replay(args) => replay::check(&args),
        Command::Swarm(args) => swarm::swarm(&args),
        Command::Packetdrill(args) => packetdrill::packetdrill(&args),
        Command::Serve(args) => serve::serve(&args),
        Command::Completions { shell } => completions::completions(shell, &mut Cli::command()),
        Command::Man { command } => completions::man(Cli::command(), command.as_deref()),
    };
    end::code(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn too_long(command: &clap::Command) -> Vec<String> {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let long = help.lines().filter(|line| line.chars().count() > 80);
        let mut found: Vec<String> = long.map(|line| format!("{}: {line}", command.get_name())).collect();
        found.extend(command.get_subcommands().flat_map(too_long));
        found
    }

    /// clap breaks a line that is longer anywhere, and puts what is left over at the margin.
    #[test]
    fn examples_fit_into_a_terminal_of_80_columns() {
        assert_eq!(too_long(&Cli::command()), [""; 0]);
    }
}
