//! `sockscope import`: a capture of another tool as a trace.

use super::output;
use super::paint::Form;
use crate::end::End;
use anyhow::{Context, Result};
use clap::Args as ClapArgs;
use serde::Serialize;
use sockscope_view::import::{self, Imported};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  tcpdump -i lo -w web.pcap port 8000 & curl localhost:8000; kill %1
  sockscope import web.pcap               as a ladder
  sockscope import web.pcap -o web.svg    as a picture
  sockscope import web.pcap -o web.jsonl  as a trace, for every other command

Read are pcap and pcapng, with TCP, UDP and ICMP errors over IPv4 and IPv6. Of a
packet that passed one point an arrow knows one time, and lies level; where the
capture holds it at two points, the arrow runs from one time to the other.
Sockets and states are inferred from the packets.";

/// Arguments of `sockscope import`.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A capture that tcpdump, dumpcap or Wireshark wrote
    capture: PathBuf,
    #[command(flatten)]
    form: Form,
    /// Print one line of JSON instead: what the capture holds, and what was left out of the trace
    #[arg(long, conflicts_with_all = ["format"])]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Results<'a> {
    packets: usize,
    hosts: usize,
    left_out: &'a BTreeMap<String, u64>,
    cut: u64,
    unfit: u64,
    disordered: u64,
    missed: u64,
    /// The byte where the file breaks off.
    cut_off: Option<usize>,
}

pub(crate) fn import(args: &Args) -> Result<End> {
    let imported = read(&args.capture)?;
    if args.json {
        output::json(&Results {
            packets: imported.packets,
            hosts: imported.trace.header.nodes.len(),
            left_out: &imported.left_out,
            cut: imported.cut,
            unfit: imported.unfit,
            disordered: imported.disordered,
            missed: imported.missed,
            cut_off: imported.cut_off,
        })?;
    }
    if !args.json || args.form.has_file() {
        args.form.write(imported.trace)?;
    }
    Ok(End::Success)
}

/// The capture of a file; what of it is not in the trace is said.
pub(super) fn read(path: &Path) -> Result<Imported> {
    let place = path.display();
    let bytes = fs::read(path).with_context(|| format!("cannot read {place}"))?;
    let title =
        path.file_name().map_or_else(|| place.to_string(), |name| name.to_string_lossy().into_owned());
    let imported = import::read(&bytes, &title).with_context(|| place.to_string())?;
    for remark in imported.remarks() {
        eprintln!("note: {place}: {remark}");
    }
    Ok(imported)
}
