//! `sockscope proxy`: a network that misbehaves, for real programs.

#[cfg(target_os = "linux")]
mod packets;

#[cfg(not(target_os = "linux"))]
use super::elsewhere;
use super::link::{self, LinkWords};
use super::{interrupt, output};
use crate::end::{End, Usage};
use crate::proxy::{self, Command, Listening, Protocol, Proxy, Report, Which};
use crate::record::Recorder;
use anyhow::{Context, Result, anyhow};
use clap::{Args as ClapArgs, Subcommand};
use sockscope_core::time::Span;
use sockscope_core::trace::{Kind, Outcome};
use sockscope_sim::impairment::Knobs;
use sockscope_sim::units::Seed;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const EXAMPLES: &str = "\
Examples:
  sockscope proxy udp 127.0.0.1:5300 127.0.0.1:53 --loss 20% --delay 50ms
  sockscope proxy tcp 127.0.0.1:9000 example.org:80 --delay 100ms -o slow.jsonl
  sockscope proxy tcp [::1]:9000 [::1]:8000 --back rate=64kbit --back queue=4kB
    a server whose answers trickle
  sudo sockscope proxy packets --netns lab --loss 2% --delay 20ms
    every packet of the programs in a namespace

While it runs it takes lines from its standard input:
  there loss=5% delay=20ms   or back, or both: do this from now on
  stall, go                  let nothing out, let everything out again; also
                             stall there, go back
  reset                      end every TCP connection with a reset (proxy tcp)
  report, stop";

/// Arguments of `sockscope proxy`.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Relay datagrams: each goes through the simulator's link alone
    Udp(Relay),
    /// Relay streams: they arrive late and slowly, stall, and are reset
    #[command(after_help = STREAMS)]
    Tcp(Relay),
    /// Join a network namespace and this machine: every packet goes through the simulator's link alone
    #[cfg(target_os = "linux")]
    Packets(packets::Args),
    /// Join a network namespace and this machine by the simulator's link: on Linux only
    #[cfg(not(target_os = "linux"))]
    Packets(elsewhere::Args),
}

const STREAMS: &str = "\
There are delay, jitter (in order), rate, and a queue; where that is full
nothing more is read. Of TCP's packets a relay sees none, so loss and the like
are refused: sockscope proxy packets has them. A connection is accepted before
the server has answered; where the server refuses, it is reset. Delays are kept
to a millisecond.";

/// Arguments of a relay.
#[derive(Debug, ClapArgs)]
struct Relay {
    /// Address and port where clients come; port 0 takes a free one
    listen: SocketAddr,
    /// Address or name, and port, of the server
    server: String,
    #[command(flatten)]
    common: Common,
}

/// What every proxy is told.
#[derive(Debug, ClapArgs)]
struct Common {
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

pub(crate) fn proxy(args: &Args) -> Result<End> {
    match &args.what {
        What::Udp(relay) => relay.run(Protocol::Udp),
        What::Tcp(relay) => relay.run(Protocol::Tcp),
        #[cfg(target_os = "linux")]
        What::Packets(args) => packets::packets(args),
        #[cfg(not(target_os = "linux"))]
        What::Packets(args) => elsewhere::refuse("proxy packets", args),
    }
}

impl Relay {
    fn run(&self, protocol: Protocol) -> Result<End> {
        let common = &self.common;
        let knobs = common.knobs(protocol)?;
        let server = resolve(&self.server)?;
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        runtime.block_on(async {
            let listening = match protocol {
                Protocol::Udp => Listening::for_udp(self.listen).await,
                _ => Listening::for_tcp(self.listen).await,
            };
            let listening = listening.with_context(|| format!("cannot listen at {}", self.listen))?;
            let here = listening.address()?;
            let ends: &[_] = match protocol {
                Protocol::Udp => &[("clients", vec![here.ip()]), ("server", vec![server.ip()])],
                _ => &[("proxy", vec![here.ip()])],
            };
            let proxy = common.proxy(protocol, knobs, format!("proxy from {here} to {server}"), ends)?;
            eprintln!("listening at {here} for {server}; Ctrl-C ends it");
            let serving =
                async { proxy.clone().serve(listening, server).await.context("the listening socket failed") };
            common.attend(&proxy, serving).await
        })
    }
}

impl Common {
    /// What holds on the way there, and on the way back.
    fn knobs(&self, protocol: Protocol) -> Result<[Knobs; 2]> {
        let knobs = knobs(&self.link)?;
        for knobs in &knobs {
            proxy::check(protocol, knobs).map_err(|error| anyhow!(Usage(error)))?;
        }
        Ok(knobs)
    }

    fn proxy(
        &self,
        protocol: Protocol,
        knobs: [Knobs; 2],
        title: String,
        ends: &[(&str, Vec<IpAddr>)],
    ) -> Result<Arc<Proxy>> {
        let seed = self.seed.0;
        let recorder = match &self.output {
            None => Recorder::off(),
            Some(path) => {
                let header = proxy::header(protocol, seed, title, ends);
                Recorder::new(&header, Box::new(output::create(path)?)).context("cannot write the trace")?
            }
        };
        Ok(Proxy::new(protocol, recorder, seed, knobs))
    }

    /// Lets a proxy serve and does what it is told, until it is to end.
    async fn attend(&self, proxy: &Arc<Proxy>, serving: impl Future<Output = Result<()>>) -> Result<End> {
        let interrupted = interrupt::caught()?;
        let (lines, told) = unbounded_channel();
        thread::Builder::new().name("control".to_owned()).spawn(move || read_lines(&lines))?;
        let limit = self.timeout.map_or(Duration::MAX, |limit| Duration::from_nanos(limit.as_nanos()));
        let end = tokio::select! {
            served = serving => {
                served?;
                End::Failure
            }
            () = interrupted => End::Interrupted,
            () = tokio::time::sleep(limit) => End::TimedOut,
            () = obey(proxy, told) => End::Success,
        };
        let outcome = match end {
            End::Interrupted => Outcome::Interrupted,
            End::TimedOut => Outcome::TimeLimit,
            _ => Outcome::Done,
        };
        proxy.recorder().finish(Kind::Ended { outcome }).context("cannot write the trace")?;
        let report = proxy.report();
        match self.json {
            true => output::json(&report)?,
            false => eprint!("{}", lines_of(proxy, &report)),
        }
        Ok(end)
    }
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
        Command::Report => eprint!("{}", lines_of(proxy, &proxy.report())),
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

/// The report, for people.
fn lines_of(proxy: &Proxy, report: &Report) -> String {
    let way = |name: &str, tally: proxy::Tally| {
        let proxy::Tally { taken, given, lost, duplicated, corrupted } = tally;
        format!(
            "{name}: {taken} in, {given} out, {lost} lost, {duplicated} duplicated, {corrupted} corrupted\n"
        )
    };
    let Report { there, back, connections, refused, reset, strangers } = *report;
    let more = match proxy.protocol() {
        Protocol::Packets => {
            format!(
                "{strangers} packets were neither TCP, UDP nor ICMP errors: they passed, but are not in a trace\n"
            )
        }
        _ => format!("{connections} clients, {refused} refused by the server, {reset} reset\n"),
    };
    way("there", there) + &way("back", back) + &more
}
