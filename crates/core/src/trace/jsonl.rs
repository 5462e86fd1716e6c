//! Traces as JSON Lines: the first line is the header, every further line an event.

use super::{Event, EventId, FORMAT, Header, Kind, LinkId, Trace};
use crate::json;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, Write};

/// A trace as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The header and every whole event.
    pub trace: Trace,
    /// The number of the last line where that breaks off in its middle, as in the file of a run that was killed.
    /// The trace holds what stands before it.
    pub cut_off: Option<usize>,
}

/// Why a file cannot be read as a trace. Lines are counted from 1.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read at all.
    #[error("line {line}: cannot be read: {error}")]
    Io {
        /// The line.
        line: usize,
        /// What the system says.
        error: io::Error,
    },
    /// The first line is no header.
    #[error("line 1: not a trace: {cause}; give a file that `sockscope … --format jsonl` wrote")]
    NotATrace {
        /// What is wrong with it.
        cause: String,
    },
    /// A newer engine wrote it.
    #[error("line 1: trace format {found}, but this version reads up to format {FORMAT}; update sockscope")]
    NewerFormat {
        /// The format it has.
        found: u64,
    },
    /// A line is no event, or an event that does not fit those before it.
    #[error(
        "line {line}: not an event of this trace: {cause}; the lines before it are fine, so cut the file there"
    )]
    BrokenLine {
        /// The line.
        line: usize,
        /// What is wrong with it.
        cause: String,
    },
}

/// Writes a trace.
///
/// # Errors
/// Those of `out`.
pub fn write(trace: &Trace, out: impl Write) -> io::Result<()> {
    write_parts(&trace.header, &trace.events, out)
}

/// Writes a trace whose parts are held apart.
///
/// # Errors
/// Those of `out`.
pub fn write_parts(header: &Header, events: &[Event], mut out: impl Write) -> io::Result<()> {
    let mut line = Vec::new();
    append(&mut line, header)?;
    out.write_all(&line)?;
    for event in events {
        line.clear();
        append(&mut line, event)?;
        out.write_all(&line)?;
    }
    Ok(())
}

/// Writes a line into memory, whatever `out` is: serde's code is there once for each kind of writer.
fn append(line: &mut Vec<u8>, part: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *line, part)?;
    line.push(b'\n');
    Ok(())
}

/// Reads a trace, and checks that what events refer to is there: a view may index without looking.
///
/// ```
/// use sockscope_core::trace::jsonl;
/// let error = jsonl::read(&b"hello\n"[..]).unwrap_err();
/// assert!(error.to_string().starts_with("line 1: not a trace"));
/// ```
///
/// # Errors
/// [`ReadError`] names the line, the cause and the remedy.
pub fn read(mut input: impl BufRead) -> Result<Reading, ReadError> {
    let mut text = Vec::new();
    let mut fill = |line: usize, text: &mut Vec<u8>| {
        text.clear();
        input.read_until(b'\n', text).map_err(|error| ReadError::Io { line, error })
    };
    fill(1, &mut text)?;
    let mut trace = Trace { header: header(&text)?, events: Vec::new() };
    let mut nodes = trace.header.nodes.len();
    for line in 2.. {
        if fill(line, &mut text)? == 0 {
            break;
        }
        match parse::<Event>(&text) {
            Ok(event) => {
                check(&trace.header, &mut nodes, trace.events.len(), &event)
                    .map_err(|cause| ReadError::BrokenLine { line, cause })?;
                trace.events.push(event);
            }
            Err(_) if text.trim_ascii().is_empty() => {}
            Err(_) if !text.ends_with(b"\n") => return Ok(Reading { trace, cut_off: Some(line) }),
            Err(cause) => return Err(ReadError::BrokenLine { line, cause }),
        }
    }
    Ok(Reading { trace, cut_off: None })
}

/// Reads one line more of a trace that has `before` events already, for traces that are read while they are written. The
/// header lists the nodes that have joined since, too.
///
/// # Errors
/// Why the line is no event, or none that may follow.
pub fn event(line: &[u8], header: &Header, before: usize) -> Result<Event, String> {
    let event = parse(line)?;
    check(header, &mut header.nodes.len(), before, &event)?;
    Ok(event)
}

fn parse<T: DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    let text = str::from_utf8(line).map_err(|error| error.to_string())?;
    json::read(text).map_err(|error| error.to_string())
}

fn header(text: &[u8]) -> Result<Header, ReadError> {
    #[derive(Deserialize)]
    struct Version {
        format: u64,
    }
    let wrong = |cause| ReadError::NotATrace { cause };
    if text.is_empty() {
        return Err(ReadError::NotATrace { cause: "the file is empty".to_owned() });
    }
    let Version { format } = parse(text).map_err(wrong)?;
    if format > u64::from(FORMAT) {
        return Err(ReadError::NewerFormat { found: format });
    }
    parse(text).map_err(wrong)
}

/// Whether the event fits the header and the `before` events before it; `nodes` is how many nodes there are so far.
fn check(header: &Header, nodes: &mut usize, before: usize, event: &Event) -> Result<(), String> {
    let next = EventId(before as u32);
    let links = header.links.len();
    if event.n != next {
        return Err(format!("it has number {} where {next} follows", event.n));
    }
    if let Some(cause) = event.cause.filter(|cause| *cause >= event.n) {
        return Err(format!("its cause, event {cause}, comes after it"));
    }
    if matches!(event.kind, Kind::Joined { .. })
        && event.node.is_some_and(|node| usize::from(node.0) == *nodes)
    {
        *nodes += 1;
    }
    let named = match &event.kind {
        Kind::Captured(passage) => passage.to,
        Kind::Shared { with, .. } => Some(*with),
        _ => None,
    };
    if let Some(node) = event.node.into_iter().chain(named).find(|node| usize::from(node.0) >= *nodes) {
        return Err(format!("it is at node {node}, but there are {nodes} so far"));
    }
    if let Some(link) = link_of(&event.kind).filter(|link| usize::from(link.0) / 2 >= links) {
        return Err(format!("it is on link {}, but the header lists {links} both ways", link.0));
    }
    Ok(())
}

fn link_of(kind: &Kind) -> Option<LinkId> {
    match kind {
        Kind::Queued { link, .. }
        | Kind::Dropped { link, .. }
        | Kind::Duplicated { link, .. }
        | Kind::Corrupted { link, .. }
        | Kind::Marked { link, .. }
        | Kind::Delivered { link, .. } => Some(*link),
        _ => None,
    }
}

/// A fingerprint of a trace, the same on every machine: FNV-1a (64 bits) of its JSON Lines. Two runs are the same
/// run where it is equal.
pub fn hash(header: &Header, events: &[Event]) -> u64 {
    let mut fnv = Fnv(0xcbf2_9ce4_8422_2325);
    // Hashing cannot fail, and every event has a form in JSON.
    write_parts(header, events, &mut fnv).expect("a trace has a form in JSON");
    fnv.0
}

struct Fnv(u64);

impl Write for Fnv {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = bytes
            .iter()
            .fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;
    use crate::trace::{Clock, Log, Node, NodeInfo, NodeKind, Outcome, Task};

    fn example() -> Trace {
        let header = Header {
            format: FORMAT,
            engine: "0.1.0".to_owned(),
            clock: Clock::Virtual,
            title: "two lines".to_owned(),
            seed: u64::MAX.to_string(),
            scenario: None,
            programs: vec![],
            nodes: vec![NodeInfo {
                name: "client".to_owned(),
                kind: NodeKind::Host,
                addresses: vec!["10.0.0.1".parse().unwrap()],
            }],
            links: vec![],
            sources: vec![],
        };
        let mut log = Log::recording();
        let started = Kind::Started { task: Task(0), program: "udp-client".into(), parent: None };
        let cause = log.push(Time::ZERO, Some(Node(0)), None, started);
        log.push(Time::from_nanos(5), None, cause, Kind::Ended { outcome: Outcome::Done });
        Trace { header, events: log.take() }
    }

    fn text() -> String {
        let mut out = Vec::new();
        write(&example(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_trace_survives_the_file() {
        let reading = read(text().as_bytes()).unwrap();
        assert_eq!(reading, Reading { trace: example(), cut_off: None });
        let unended = text().trim_end().to_owned();
        assert_eq!(read(unended.as_bytes()).unwrap().cut_off, None, "the last line is whole without its end");
    }

    #[test]
    fn a_file_that_breaks_off_reads_up_to_its_last_whole_line() {
        let text = text();
        let reading = read(&text.as_bytes()[..text.len() - 10]).unwrap();
        assert_eq!(reading.cut_off, Some(3));
        assert_eq!(reading.trace.events, example().events[..1]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let whole = text();
        let (header, events) = whole.split_once('\n').unwrap();
        let (first, second) = events.trim_end().split_once('\n').unwrap();
        let newer = header.replace(r#""format":1"#, r#""format":7"#);
        let elsewhere = first.replace(r#""node":0"#, r#""node":9"#);
        for (text, said) in [
            (String::new(), "line 1: not a trace: the file is empty"),
            ("{}\n".to_owned(), "line 1: not a trace: missing field `format`"),
            (format!("{newer}\n"), "line 1: trace format 7, but this version reads up to format 1"),
            (format!("{header}\n{first}\nnonsense\n"), "line 3: not an event"),
            (
                format!("{header}\n{second}\n"),
                "line 2: not an event of this trace: it has number 1 where 0 follows",
            ),
            (format!("{header}\n{elsewhere}\n"), "it is at node 9, but there are 1 so far"),
        ] {
            let error = read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn the_hash_is_the_published_function_of_the_lines() {
        let mut fnv = Fnv(0xcbf2_9ce4_8422_2325);
        fnv.write_all(b"foobar").unwrap();
        assert_eq!(fnv.0, 0x85944171f73967e8, "test vector of the FNV draft");
        let mut other = example();
        assert_eq!(hash(&other.header, &other.events), hash(&example().header, &example().events));
        other.events.pop();
        assert_ne!(hash(&other.header, &other.events), hash(&example().header, &example().events));
    }
}
