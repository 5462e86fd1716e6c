//! Recording a run over real sockets: each event is one line, written at once, so that a killed process leaves a
//! trace that reads.

use sockscope_core::time::Time;
use sockscope_core::trace::{Event, EventId, Header, Kind, Node};
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Where the events of one run go, and the clock that stamps them.
///
/// Events are numbered and stamped under one lock, so their order in the file is the order of their times.
pub struct Recorder {
    start: Instant,
    tape: Mutex<Tape>,
}

struct Tape {
    to: Option<Box<dyn Write + Send>>,
    next: u32,
    failure: Option<io::Error>,
}

impl Recorder {
    /// A recorder that writes `header` and then every event to `to`, a line each. The run's clock starts now.
    ///
    /// # Errors
    /// Where the header cannot be written.
    pub fn new(header: &Header, mut to: Box<dyn Write + Send>) -> io::Result<Recorder> {
        to.write_all(&line(header)?)?;
        Ok(Recorder::with(Some(to)))
    }

    /// A recorder that throws everything away.
    pub fn off() -> Recorder {
        Recorder::with(None)
    }

    fn with(to: Option<Box<dyn Write + Send>>) -> Recorder {
        Recorder { start: Instant::now(), tape: Mutex::new(Tape { to, next: 0, failure: None }) }
    }

    /// Appends an event; its number, where it was recorded.
    pub fn push(&self, node: Option<Node>, cause: Option<EventId>, kind: Kind) -> Option<EventId> {
        let mut tape = self.tape();
        let at = Time::from_nanos(self.elapsed_nanos());
        let n = EventId(tape.next);
        let out = tape.to.as_mut()?;
        let written = line(&Event { n, at, node, cause, kind }).and_then(|line| out.write_all(&line));
        if let Err(failure) = written {
            tape.to = None;
            tape.failure = Some(failure);
            return None;
        }
        tape.next += 1;
        Some(n)
    }

    /// Appends the last event and closes the trace: what still happens afterwards is not recorded.
    ///
    /// # Errors
    /// The first error that kept an event from being written.
    pub fn finish(&self, kind: Kind) -> io::Result<()> {
        self.push(None, None, kind);
        let mut tape = self.tape();
        let flushed = tape.to.take().map_or(Ok(()), |mut out| out.flush());
        tape.failure.take().map_or(flushed, Err)
    }

    /// Whether events go anywhere.
    pub fn is_on(&self) -> bool {
        self.tape().to.is_some()
    }

    /// Nanoseconds since the run began.
    pub fn elapsed_nanos(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn tape(&self) -> MutexGuard<'_, Tape> {
        self.tape.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One line of JSON with its end: one `write`, so no line is ever cut by a kill.
fn line(value: &impl serde::Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}
