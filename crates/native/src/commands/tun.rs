//! `sockscope tun`: our stack on a TUN device, face to face with the kernel's.

use super::launch::{Wish, launches};
use super::link::LinkWords;
use super::{interrupt, output, run};
use crate::driver::{Launch, Report};
use crate::end::{End, Usage};
use crate::tun::addresses::Address;
use crate::tun::{Namespace, Tally, Way, drive};
use anyhow::{Context, Result, anyhow};
use clap::Args as ClapArgs;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sockscope_core::program::CongestionControl;
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::{Event, Node, jsonl};
use sockscope_sim::scenario::{Host, Limits, Link, Profile, Program};
use sockscope_sim::units::{Length, Seed};
use sockscope_sim::{Scenario, World};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  sudo sockscope tun tcp-server --netns lab
    until Ctrl-C; meanwhile, elsewhere:
  sudo ip netns exec lab nc 10.7.0.2 12000
  sudo sockscope tun tcp-server --netns lab --loss 2% --delay 10ms -o lab.jsonl
  sudo sockscope tun tcp-client --netns lab --message hello
    the server is a program of the kernel's side
  sudo sockscope tun my-program.json --there loss=5% --back delay=80ms

Our stack has the addresses of --address. The kernel has the first other address
of each network, 10.7.0.1 and fd07::1, and sends what is for us to the device.
In between is a link of the simulator, with its words and its random draws.
Without root:
  unshare -rn sh -c 'sockscope tun tcp-server & sleep 1; nc 10.7.0.2 12000'
The trace of -o holds what came from the kernel, so `sockscope replay` has the
whole run again.";

/// The names of the two hosts in the trace; programs may use them as addresses.
const KERNEL: &str = "kernel";
const OURS: &str = "sockscope";

/// Arguments of `sockscope tun`.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    wish: Wish,
    /// Put the device into this network namespace; where there is none it is made, and deleted at the end
    #[arg(long, value_name = "NAME")]
    netns: Option<String>,
    /// Name of the device; one that is there already is used as it is
    #[arg(long, value_name = "NAME", default_value = "sockscope0")]
    device: String,
    /// An address of our stack, with its network
    #[arg(long, value_name = "ADDRESS/PREFIX", default_values = Address::DEFAULT)]
    address: Vec<Address>,
    /// Whose policies our stack follows: rfc, linux or freebsd
    #[arg(long, default_value = "linux", value_parser = word::<Profile>)]
    profile: Profile,
    /// Its congestion control: reno or cubic [default: as the profile says]
    #[arg(long, value_parser = word::<CongestionControl>)]
    congestion: Option<CongestionControl>,
    /// Every random draw comes from this number
    #[arg(long, default_value = "0")]
    seed: Seed,
    #[command(flatten)]
    link: LinkWords,
    /// Write a trace to this file, line by line
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// End the run after this time, with exit code 124, e.g. 10s or 500ms
    #[arg(long, value_name = "TIME")]
    timeout: Option<Span>,
    /// Print one line of JSON: how it ended, and what the link did
    #[arg(long)]
    json: bool,
}

/// A word of scenario files.
fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|error| error.to_string())
}

pub(crate) fn tun(args: &Args) -> Result<End> {
    let kernel: Vec<IpAddr> = args.address.iter().map(|address| address.kernel().ip).collect();
    let launches = launches(&args.wish, &kernel, true)?;
    let mut world =
        World::new(&scenario(args, launches)?).map_err(|error| anyhow!(Usage(error.to_string())))?;
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    interrupt::on_interrupt(move || flag.store(true, Ordering::Relaxed))?;
    let mut tape = args.output.as_deref().map(output::create).transpose()?.map(BufWriter::new);
    if let Some(tape) = &mut tape {
        jsonl::write_parts(&world.header(), &[], tape).context("cannot write the trace")?;
    }
    let namespace = args.netns.as_deref().map_or_else(|| Ok(Namespace::here()), Namespace::named)?;
    let kernel: Vec<Address> = args.address.iter().map(Address::kernel).collect();
    let device = namespace.device(&args.device, &kernel, args.link.mtu().unwrap_or(1500))?;
    output::remark(&format!("our stack is at {}; Ctrl-C ends it", places(args)));
    let mut tally = Tally::default();
    let alone = args.wish.programs.len() == 1;
    let limit = args.timeout.map(|span| Duration::from_nanos(span.as_nanos()));
    let strangers = drive(&mut world, (Node(0), &device), limit, &stop, |events| {
        events.iter().try_for_each(|event| show(event, &mut tally, alone))?;
        tape.as_mut().map_or(Ok(()), |tape| write(events, tape))
    })?;
    let (programs, ways) = tally.close();
    let outcome = world.outcome().context("the run has no end")?;
    let report = Report { outcome, elapsed: world.now() - Time::ZERO, left_out: 0, programs };
    tell(args, &Results { report: &report, to_us: ways[0], to_kernel: ways[1], strangers })?;
    Ok(run::judge(&report, args.timeout))
}

/// What `--json` prints.
#[derive(Serialize)]
struct Results<'a> {
    #[serde(flatten)]
    report: &'a Report,
    to_us: Way,
    to_kernel: Way,
    /// Packets of the kernel that are none of ours.
    strangers: u64,
}

fn tell(args: &Args, results: &Results<'_>) -> Result<()> {
    if args.json {
        return output::json(results);
    }
    for (name, way) in [("to sockscope", results.to_us), ("to the kernel", results.to_kernel)] {
        let Way { packets, lost, duplicated, corrupted } = way;
        eprintln!("{name}: {packets} packets, {lost} lost, {duplicated} duplicated, {corrupted} corrupted");
    }
    if results.strangers > 0 {
        let strangers = results.strangers;
        eprintln!(
            "{strangers} packets of the kernel were neither TCP, UDP nor ICMP errors: nobody here reads them"
        );
    }
    Ok(())
}

fn show(event: &Event, tally: &mut Tally, alone: bool) -> io::Result<()> {
    match tally.see(event) {
        Some((_, line)) if alone => writeln!(io::stdout(), "{line}"),
        Some((name, line)) => writeln!(io::stdout(), "{name}: {line}"),
        None => Ok(()),
    }
}

/// Appends events to a trace, whole lines at once, so that a killed process leaves a trace that reads.
fn write(events: &[Event], tape: &mut BufWriter<File>) -> io::Result<()> {
    for event in events {
        serde_json::to_writer(&mut *tape, event)?;
        tape.write_all(b"\n")?;
    }
    tape.flush()
}

fn places(args: &Args) -> String {
    args.address.iter().map(|address| address.ip.to_string()).collect::<Vec<_>>().join(" and ")
}

/// The kernel, our stack with its programs, and the link between them.
fn scenario(args: &Args, mut launches: Vec<Launch>) -> Result<Scenario> {
    // Whoever serves comes first.
    launches.reverse();
    let [both, there, back] = args.link.knobs()?;
    let program = |launch: Launch| Program {
        host: OURS.to_owned(),
        at: Length(Span::ZERO),
        program: launch.spec.program,
        args: launch.spec.args,
        family: launch.spec.family,
        steps: launch.spec.steps,
    };
    let addresses =
        |end: fn(&Address) -> Address| args.address.iter().map(|address| end(address).ip).collect();
    let kernel =
        Host { name: KERNEL.into(), addresses: addresses(Address::kernel), outside: true, ..Host::default() };
    let ours = Host {
        name: OURS.into(),
        addresses: addresses(|address| *address),
        privileged: true,
        profile: args.profile,
        congestion: args.congestion,
        ..Host::default()
    };
    Ok(Scenario {
        title: format!("{} on a TUN device", args.wish.programs.join(" ")),
        description: String::new(),
        seed: args.seed,
        limits: Limits { time: "12000s".parse::<Length>().map_err(|error| anyhow!(error))?, steps: 1 << 53 },
        hosts: vec![kernel, ours],
        switches: Vec::new(),
        routers: Vec::new(),
        links: vec![Link { between: [KERNEL.into(), OURS.into()], both, there, back }],
        programs: launches.into_iter().map(program).collect(),
        interventions: Vec::new(),
    })
}
