//! Captures of other tools as traces: bytes in, a trace out.
//!
//! What a capture holds is that packets passed, and when. Everything else in the trace is inferred from them, and each such
//! event has a captured packet as its cause: a host for each address (for each port, where a machine talks to itself, or
//! nothing could be told apart), a socket for each end that sent something, the states of connections. No loss is
//! inferred: octets that pass a second time are seen, what became of the first is not.

mod file;
mod hosts;
mod infer;
mod link;
mod same;

use file::File;
use sockscope_core::time::Time;
use sockscope_core::trace::{Clock, FORMAT, Header, Trace};
use sockscope_core::wire::{Captured, Packet, PacketId};
use std::collections::BTreeMap;
use thiserror::Error;

/// Why bytes are not a capture.
#[derive(Debug, Error)]
#[error("byte {offset}: {what}")]
pub struct ImportError {
    /// Where in the file, counted from 0.
    pub offset: usize,
    /// What is wrong there, and what to do.
    pub what: String,
}

impl ImportError {
    fn new(offset: usize, what: impl Into<String>) -> ImportError {
        ImportError { offset, what: what.into() }
    }
}

/// A capture as a trace, and what of it is not there.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The trace.
    pub trace: Trace,
    /// How many packets it holds; one that was seen at two points counts twice.
    pub packets: usize,
    /// How many packets were left out, by what they are: `of ARP`, `a fragment of an IP packet`.
    pub left_out: BTreeMap<String, u64>,
    /// How many packets lack their end: the capture kept only so many bytes of each.
    pub cut: u64,
    /// How many packets have a checksum that does not fit: damaged, or captured before the interface filled it in.
    pub unfit: u64,
    /// How many packets stood in the file before one that is older; they are in order now.
    pub disordered: u64,
    /// How many packets the capture says that it missed.
    pub missed: u64,
    /// The byte where the file breaks off. What stands before it is in the trace.
    pub cut_off: Option<usize>,
}

impl Imported {
    /// What a reader must know of what is not in the trace, a line each.
    pub fn remarks(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.left_out.iter().map(|(what, n)| format!("{n} left out: {what}")).collect();
        let mut say = |n: u64, what: &str| lines.extend((n > 0).then(|| format!("{n} {what}")));
        say(self.cut, "cut short by the capture: their payloads are known in part");
        say(
            self.unfit,
            "with a checksum that does not fit: damaged, or captured before the interface filled it in",
        );
        say(self.disordered, "stood in the file after younger ones");
        say(self.missed, "missed, as the capture itself says");
        lines.extend(
            self.cut_off.map(|at| format!("the file breaks off at byte {at}; what stands before it counts")),
        );
        lines
    }
}

/// A packet of the capture.
struct Seen {
    at: u128,
    point: u16,
    outbound: Option<bool>,
    captured: Captured,
}

/// Whether a file that begins with these bytes, 4 at least, is a capture.
pub fn is_capture(start: &[u8]) -> bool {
    file::is_capture(start)
}

/// Reads a capture: pcap in both byte orders, with microseconds or nanoseconds, or pcapng; of Ethernet (with VLAN tags),
/// loopback (NULL and LOOP), raw IP, and Linux "cooked" frames (SLL and SLL2).
///
/// ```
/// # use sockscope_sim::{Scenario, World, presets};
/// # let scenario: Scenario = presets::text("tcp-upper").unwrap().parse().unwrap();
/// # let mut world = World::new(&scenario).unwrap();
/// # world.run();
/// # let trace = world.trace();
/// use sockscope_view::{history::History, import, pcapng};
/// let client = History::of(trace).hosts().next();
/// # let history = History::of(world.trace());
/// let capture = pcapng::write(&history, client);
/// let imported = import::read(&capture, "tcp-upper").unwrap();
/// assert_eq!(imported.packets, history.journeys().len());
/// assert!(imported.remarks().is_empty(), "nothing was left out");
/// ```
///
/// # Errors
/// [`ImportError`] where it is no capture, or damaged. A file that breaks off is read up to there.
pub fn read(bytes: &[u8], title: &str) -> Result<Imported, ImportError> {
    /// Numbers of nanoseconds beyond would not be exact in JavaScript.
    const LONGEST: u128 = 1 << 53;
    let file = file::read(bytes)?;
    let mut points = Points::default();
    let mut left_out: BTreeMap<String, u64> = BTreeMap::new();
    let mut seen = Vec::new();
    let mut leave = |why: String| *left_out.entry(why).or_default() += 1;
    for record in &file.records {
        let frame = match link::unwrap(file.interfaces[record.interface].link, record.data) {
            Ok(frame) => frame,
            Err(why) => {
                leave(why);
                continue;
            }
        };
        match Captured::decode(frame.ip) {
            Ok(captured) => seen.push(Seen {
                at: record.at,
                point: points.number(&file, record.interface, frame.interface),
                outbound: frame.outbound.or(record.outbound),
                captured,
            }),
            Err(error) => leave(error.to_string()),
        }
    }
    let disordered = seen.windows(2).filter(|pair| pair[1].at < pair[0].at).count() as u64;
    seen.sort_by_key(|seen| seen.at);
    let first = seen.first().map_or(0, |seen| seen.at);
    if seen.last().is_some_and(|last| last.at - first > LONGEST) {
        let what = "its packets are more than 104 days apart: cut it into pieces (editcap -A … -B …)";
        return Err(ImportError::new(file.records.first().map_or(0, |record| record.offset), what));
    }
    let (packets, missed, cut_off) = (seen.len(), file.missed, file.cut_off);
    let cut = seen.iter().filter(|seen| seen.captured.cut > 0).count() as u64;
    let unfit = seen.iter().filter(|seen| seen.captured.cut == 0 && !seen.captured.intact).count() as u64;
    let omitted = left_out.values().sum::<u64>().saturating_add(missed);
    let trace = trace(seen, omitted, points, title)?;
    Ok(Imported { trace, packets, left_out, cut, unfit, disordered, missed, cut_off })
}

/// The trace of packets in order.
fn trace(seen: Vec<Seen>, omitted: u64, points: Points, title: &str) -> Result<Trace, ImportError> {
    let first = seen.first().map_or(0, |seen| seen.at);
    let passages = same::number(&seen);
    let mut hosts = hosts::Hosts::of(seen.iter().map(|seen| &seen.captured.packet));
    let mut infer = infer::Inference::new(points.names);
    for (seen, passage) in seen.into_iter().zip(passages) {
        let at = Time::from_nanos((seen.at - first) as u64);
        let packet = Packet { id: PacketId(passage.packet), ..seen.captured.packet };
        let ends = hosts.ends(&packet);
        infer.see(at, ends, infer::Passing { point: seen.point, cut: seen.captured.cut, passage }, packet);
    }
    let nodes = hosts.nodes().ok_or_else(|| {
        ImportError::new(0, "it has packets of more than 65,535 hosts: filter it first (tshark -Y … -w …)")
    })?;
    let header = Header {
        format: FORMAT,
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        clock: Clock::Capture,
        title: title.to_owned(),
        seed: String::new(),
        scenario: None,
        programs: Vec::new(),
        nodes,
        links: Vec::new(),
        sources: Vec::new(),
    };
    Ok(Trace { header, events: infer.finish(omitted) })
}

/// The points where packets were captured: interfaces, as far as any packet of theirs is there.
#[derive(Default)]
struct Points {
    names: Vec<String>,
    numbers: BTreeMap<(usize, Option<u32>), u16>,
}

impl Points {
    /// The number of an interface of the file, or of one of several that it stands for.
    fn number(&mut self, file: &File<'_>, interface: usize, part: Option<u32>) -> u16 {
        let Points { names, numbers } = self;
        *numbers.entry((interface, part)).or_insert_with(|| {
            let name = &file.interfaces[interface].name;
            names.push(part.map_or(name.clone(), |part| format!("{name} {part}")));
            // Beyond, all are one: no file has so many.
            u16::try_from(names.len() - 1).unwrap_or(u16::MAX)
        })
    }
}
