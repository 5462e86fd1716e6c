//! `sockscope proxy`: a network that misbehaves, for real programs.

use super::link::{self, LinkWords};
use super::{interrupt, output};
use crate::end::{End, Usage};
use crate::proxy::{self, Command, Listening, Protocol, Proxy, Report, Which};
use crate::record::Recorder;
use anyhow::{Context, Result, anyhow};
use clap::{Args as ClapArgs, ValueEnum};
use sockscope_core::time::Span;
use sockscope_core::trace::{Kind, Outcome};
use sockscope_sim::impairment::Knobs;
use sockscope_sim::units::Seed;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const EXAMPLES: &str = "\
Examples:
  sockscope proxy udp 127.0.0.1:5300 127.0.0.1:53 --loss 20% --delay 50ms
  sockscope proxy tcp 127.0.0.1:9000 example.org:80 --delay 100ms --rate 1mbit -o slow.jsonl
  sockscope proxy tcp [::1]:9000 [::1]:8000 --back rate=64kbit --back queue=4kB     a server whose answers trickle

Datagrams go through the simulator's link, each alone: delay, jitter, loss, duplicate, reorder, corrupt, rate, queue, mtu.
Streams are relayed: delay, jitter (in order), rate, and a queue; where that is full nothing more is read. Of TCP's packets a relay
sees none, so loss and the like are refused: sockscope tun has them. A connection is accepted before the server has answered;
where the server refuses, it is reset. Delays are kept to a millisecond.

While it runs it takes lines from its standard input:
  there loss=5% delay=20ms     or back, or both: do this from now on
  stall, go                    let nothing out, let everything out again; also stall there, go back
  reset                        end every connection of TCP with a reset
  report, stop";

/// Arguments of `sockscope proxy`.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// What goes through
    #[arg(value_enum)]
    protocol: Kinds,
    /// Address and port where clients come; port 0 takes a free one
    listen: SocketAddr,
    /// Address or name, and port, of the server
    server: String,
    /// Every random draw comes from this number
    #[arg(long, default_value = "0")]
    seed: Seed,
    #[command(flatten)]
    link: LinkWords,
    /// Write a trace to this file, line by line
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// End after this time, with exit code 124, e.g. 10s or 500ms
    #[arg(long, value_name = "TIME")]
    timeout: Option<Span>,
    /// Print the report as one line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kinds {
    /// Datagrams
    Udp,
    /// Streams
    Tcp,
}

pub(crate) fn proxy(args: &Args) -> Result<End> {
    let protocol = match args.protocol {
        Kinds::Udp => Protocol::Udp,
        Kinds::Tcp => Protocol::Tcp,
    };
    let knobs = knobs(&args.link)?;
    for knobs in &knobs {
        proxy::check(protocol, knobs).map_err(|error| anyhow!(Usage(error)))?;
    }
    let server = resolve(&args.server)?;
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let listening = Listening::at(protocol, args.listen).await;
        let listening = listening.with_context(|| format!("cannot listen at {}", args.listen))?;
        let here = listening.address()?;
        let seed = args.seed.0;
        let recorder = match &args.output {
            None => Recorder::off(),
            Some(path) => {
                let header = proxy::header(protocol, seed, here, server);
                Recorder::new(&header, Box::new(output::create(path)?)).context("cannot write the trace")?
            }
        };
        let proxy = Proxy::new(protocol, recorder, seed, knobs);
        let interrupted = interrupt::caught()?;
        eprintln!("listening at {here} for {server}; Ctrl-C ends it");
        let (lines, told) = unbounded_channel();
        thread::Builder::new().name("control".to_owned()).spawn(move || read_lines(&lines))?;
        let limit = args.timeout.map_or(Duration::MAX, |limit| Duration::from_nanos(limit.as_nanos()));
        let end = tokio::select! {
            served = proxy.clone().serve(listening, server) => {
                served.context("the listening socket failed")?;
                End::Failure
            }
            () = interrupted => End::Interrupted,
            () = tokio::time::sleep(limit) => End::TimedOut,
            () = obey(&proxy, told) => End::Success,
        };
        let outcome = match end {
            End::Interrupted => Outcome::Interrupted,
            End::TimedOut => Outcome::TimeLimit,
            _ => Outcome::Done,
        };
        proxy.recorder().finish(Kind::Ended { outcome }).context("cannot write the trace")?;
        tell(args, &proxy.report())?;
        Ok(end)
    })
}

/// What holds on the way there, and on the way back.
fn knobs(link: &LinkWords) -> Result<[Knobs; 2]> {
    let [both, there, back] = link.knobs()?;
    let over = |own: Knobs| -> Result<Knobs> {
        let mut words = serde_json::to_value(both.clone())?;
        if let (Some(words), Some(own)) = (words.as_object_mut(), serde_json::to_value(own)?.as_object()) {
            words.extend(own.clone());
        }
        Ok(serde_json::from_value(words)?)
    };
    Ok([over(there)?, over(back)?])
}

fn resolve(server: &str) -> Result<SocketAddr> {
    let found = server.to_socket_addrs().map_err(|error| {
        anyhow!(Usage(format!("{server}: {error}; write an address or a name, a colon and a port")))
    })?;
    let mut found: Vec<SocketAddr> = found.collect();
    // A name that has addresses of both families: the one that more programs listen at.
    found.sort_by_key(SocketAddr::is_ipv6);
    found.first().copied().with_context(|| format!("{server} has no address"))
}

/// Hands on the lines of the standard input. Where that ends the proxy goes on.
fn read_lines(lines: &UnboundedSender<String>) {
    for line in io::stdin().lines().map_while(io::Result::ok) {
        if !line.trim().is_empty() && lines.send(line).is_err() {
            return;
        }
    }
}

/// Does what it is told, until that is to stop.
async fn obey(proxy: &Arc<Proxy>, mut lines: UnboundedReceiver<String>) {
    while let Some(line) = lines.recv().await {
        match line.parse::<Command>().and_then(|command| perform(proxy, command)) {
            Ok(true) => return,
            Ok(false) => {}
            Err(error) => eprintln!("error: {error}"),
        }
    }
    std::future::pending().await
}

/// Does as it was told; true where that is to stop.
fn perform(proxy: &Proxy, command: Command) -> Result<bool, String> {
    match command {
        Command::Set(which, words) => {
            let change = |before: &Knobs| {
                link::over(before, which_name(which), &words).map_err(|error| error.to_string())
            };
            proxy.set(which, change)?;
        }
        Command::Stall(which) => proxy.stall(which, true),
        Command::Go(which) => proxy.stall(which, false),
        Command::Reset => proxy.reset_all()?,
        Command::Report => eprint!("{}", lines(&proxy.report())),
        Command::Stop => return Ok(true),
    }
    Ok(false)
}

const fn which_name(which: Which) -> &'static str {
    match which {
        Which::There => "there",
        Which::Back => "back",
        Which::Both => "both",
    }
}

fn tell(args: &Args, report: &Report) -> Result<()> {
    if args.json {
        return output::json(report);
    }
    eprint!("{}", lines(report));
    Ok(())
}

fn lines(report: &Report) -> String {
    let way = |name: &str, tally: proxy::Tally| {
        let proxy::Tally { taken, given, lost, duplicated, corrupted } = tally;
        format!(
            "{name}: {taken} in, {given} out, {lost} lost, {duplicated} duplicated, {corrupted} corrupted\n"
        )
    };
    let Report { there, back, connections, refused, reset } = *report;
    let clients = format!("{connections} clients, {refused} refused by the server, {reset} reset\n");
    way("there", there) + &way("back", back) + &clients
}
