//! Recording a run over real sockets: each event is one line.
//!
//! Lines are gathered and written out at least every `INTERVAL`, and sooner where `BLOCK` bytes are there. So a run
//! that is killed leaves what happened up to then, and memory stays the same however long it runs: where the file
//! cannot be written as fast as things happen, the programs wait. What is left out all the same is counted.

use sockscope_core::time::Time;
#[cfg(target_os = "linux")]
use sockscope_core::trace::NodeInfo;
use sockscope_core::trace::{Event, EventId, Header, Kind, Node, Omission};
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Nothing that happened longer ago than this waits to be written.
pub const INTERVAL: Duration = Duration::from_millis(20);
/// So many bytes are written at once.
const BLOCK: usize = 1 << 16;

/// Where the events of one run go, and the clock that stamps them.
///
/// Events are numbered and stamped under one lock, so their order in the file is the order of their times.
pub struct Recorder {
    start: Instant,
    /// None where nothing is recorded.
    tape: Option<Arc<Tape>>,
}

/// Somebody else who sees what happens, and when: before each event it tells what it saw up to then.
pub(crate) trait Witness: Send {
    /// What was seen before `next`, in the order of its times.
    fn before(&mut self, node: Option<Node>, next: &Kind, tell: &mut dyn FnMut(Instant, Option<Node>, Kind));
    /// What was seen while nothing else happened.
    fn meanwhile(&mut self, tell: &mut dyn FnMut(Instant, Option<Node>, Kind));
}

struct Tape {
    reel: Mutex<Reel>,
    /// There is something to write, or never will be again.
    changed: Condvar,
}

struct Reel {
    /// None once the trace is complete, or cannot be written any more.
    to: Option<Box<dyn Write + Send>>,
    /// Lines that wait to be written.
    lines: Vec<u8>,
    witness: Option<Box<dyn Witness>>,
    /// The time of the last event.
    last: Time,
    /// Bytes that may still come.
    room: u64,
    next: u32,
    /// Events that are not in the trace although they happened before its end.
    left_out: u64,
    failure: Option<io::Error>,
    finished: bool,
}

impl Recorder {
    /// A recorder that writes `header` and then every event to `to`, a line each. The run's clock starts now.
    ///
    /// # Errors
    /// Where the header cannot be written, or the system has no thread left.
    pub fn new(header: &Header, to: Box<dyn Write + Send>) -> io::Result<Recorder> {
        Recorder::limited(header, to, u64::MAX)
    }

    /// The same, but of a long run it writes only as much of the beginning as fits into about `limit` bytes.
    ///
    /// # Errors
    /// As [`new`](Recorder::new).
    pub fn limited(header: &Header, mut to: Box<dyn Write + Send>, limit: u64) -> io::Result<Recorder> {
        let mut lines = serde_json::to_vec(header)?;
        lines.push(b'\n');
        to.write_all(&lines)?;
        let room = limit.saturating_sub(lines.len() as u64);
        lines.clear();
        let reel = Reel {
            to: Some(to),
            lines,
            witness: None,
            last: Time::ZERO,
            room,
            next: 0,
            left_out: 0,
            failure: None,
            finished: false,
        };
        let tape = Arc::new(Tape { reel: Mutex::new(reel), changed: Condvar::new() });
        let writer = tape.clone();
        let start = Instant::now();
        thread::Builder::new().name("recorder".to_owned()).spawn(move || writer.write_on(start))?;
        Ok(Recorder { start, tape: Some(tape) })
    }

    /// A recorder that throws everything away.
    pub fn off() -> Recorder {
        Recorder { start: Instant::now(), tape: None }
    }

    /// Whether it keeps anything.
    pub fn is_on(&self) -> bool {
        self.tape.is_some()
    }

    /// From now on `witness` is asked before each event what it saw.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "there is no witness here"))]
    pub(crate) fn ask(&self, witness: Box<dyn Witness>) {
        if let Some(tape) = &self.tape {
            tape.reel().witness = Some(witness);
            tape.changed.notify_one();
        }
    }

    /// A node joins, and is given its number while nobody else can join.
    #[cfg(target_os = "linux")]
    pub(crate) fn join(&self, nodes: &std::sync::atomic::AtomicU16, info: NodeInfo) -> Node {
        let number = || Node(nodes.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let Some(tape) = &self.tape else { return number() };
        let mut reel = tape.reel();
        let (node, at) = (number(), Time::from_nanos(self.elapsed_nanos()));
        reel.push(at, Some(node), None, Kind::Joined { info: Box::new(info) });
        tape.changed.notify_one();
        node
    }

    /// Appends an event; its number, where it was recorded.
    pub fn push(&self, node: Option<Node>, cause: Option<EventId>, kind: Kind) -> Option<EventId> {
        let tape = self.tape.as_ref()?;
        let mut reel = tape.reel();
        let first = reel.lines.is_empty();
        reel.hear(self.start, node, &kind);
        let at = Time::from_nanos(self.elapsed_nanos());
        let n = reel.push(at, node, cause, kind)?;
        if first {
            tape.changed.notify_one();
        }
        if reel.lines.len() >= BLOCK {
            reel.write();
        }
        Some(n)
    }

    /// Appends the last event and closes the trace: what still happens afterwards is not recorded. How many events are
    /// missing, which the trace says too.
    ///
    /// # Errors
    /// The first error that kept an event from being written; it says how many are missing.
    pub fn finish(&self, kind: Kind) -> io::Result<u64> {
        let Some(tape) = &self.tape else { return Ok(0) };
        let mut reel = tape.reel();
        reel.hear(self.start, None, &kind);
        let at = Time::from_nanos(self.elapsed_nanos());
        reel.finish(at, kind);
        tape.changed.notify_one();
        let left_out = reel.left_out;
        let tell = |error: io::Error| {
            io::Error::new(error.kind(), format!("{error}; {left_out} events are missing at its end"))
        };
        reel.failure.take().map_or(Ok(left_out), |error| Err(tell(error)))
    }

    /// Nanoseconds since the run began.
    pub fn elapsed_nanos(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if let Some(tape) = &self.tape {
            let mut reel = tape.reel();
            reel.write();
            reel.finished = true;
            tape.changed.notify_one();
        }
    }
}

impl Tape {
    /// Writes what has been gathered, an interval after its first line, until the trace is complete.
    fn write_on(&self, start: Instant) {
        // Signals are for threads that know what to do with them.
        #[cfg(target_os = "linux")]
        let _ = nix::sys::signal::SigSet::all().thread_block();
        loop {
            let mut reel = self.reel();
            while reel.lines.is_empty() && !reel.finished {
                if reel.witness.is_none() {
                    reel = self.changed.wait(reel).unwrap_or_else(PoisonError::into_inner);
                    continue;
                }
                let (woken, waited) =
                    self.changed.wait_timeout(reel, INTERVAL).unwrap_or_else(PoisonError::into_inner);
                reel = woken;
                if waited.timed_out() {
                    reel.consult(start, |witness, tell| witness.meanwhile(tell));
                }
            }
            if reel.finished {
                return;
            }
            drop(reel);
            thread::sleep(INTERVAL);
            self.reel().write();
        }
    }

    fn reel(&self) -> MutexGuard<'_, Reel> {
        self.reel.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reel {
    /// What the witness saw before the next event.
    fn hear(&mut self, start: Instant, node: Option<Node>, next: &Kind) {
        self.consult(start, |witness, tell| witness.before(node, next, tell));
    }

    /// Writes down what the witness tells.
    fn consult(
        &mut self,
        start: Instant,
        ask: impl FnOnce(&mut dyn Witness, &mut dyn FnMut(Instant, Option<Node>, Kind)),
    ) {
        let Some(mut witness) = self.witness.take() else { return };
        ask(&mut *witness, &mut |at, node, kind| {
            let at = at.saturating_duration_since(start).as_nanos();
            self.push(Time::from_nanos(u64::try_from(at).unwrap_or(u64::MAX)), node, None, kind);
        });
        self.witness = Some(witness);
    }

    fn push(&mut self, at: Time, node: Option<Node>, cause: Option<EventId>, kind: Kind) -> Option<EventId> {
        if self.finished {
            return None;
        }
        // What is missing is missing at the end: once something had to be left out, so is all that follows.
        if self.to.is_none() || self.room == 0 || self.next == u32::MAX {
            self.room = 0;
            self.left_out += 1;
            return None;
        }
        Some(self.append(at, node, cause, kind))
    }

    fn append(&mut self, at: Time, node: Option<Node>, cause: Option<EventId>, kind: Kind) -> EventId {
        // What another processor saw while an event was being written comes after it, microseconds late.
        let at = at.max(self.last);
        self.last = at;
        let n = EventId(self.next);
        let before = self.lines.len();
        // Every event has a form in JSON, and memory takes it.
        let _ = serde_json::to_writer(&mut self.lines, &Event { n, at, node, cause, kind });
        self.lines.push(b'\n');
        self.room = self.room.saturating_sub((self.lines.len() - before) as u64);
        self.next = self.next.saturating_add(1);
        n
    }

    fn finish(&mut self, at: Time, kind: Kind) {
        if self.finished {
            return;
        }
        self.finished = true;
        if self.to.is_none() {
            self.left_out += 1;
        } else if self.left_out > 0 {
            self.append(at, None, None, Kind::Omitted { what: Omission::Events, count: self.left_out });
        }
        self.append(at, None, None, kind);
        self.write();
        let flushed = self.to.take().map_or(Ok(()), |mut to| to.flush());
        self.failure = self.failure.take().or(flushed.err());
    }

    /// Writes what has been gathered; after an error, whatever is not written counts as left out.
    fn write(&mut self) {
        let Some(to) = &mut self.to else { return self.lines.clear() };
        let mut written = 0;
        while written < self.lines.len() {
            let failure = match to.write(&self.lines[written..]) {
                Ok(0) => io::ErrorKind::WriteZero.into(),
                Ok(bytes) => {
                    written += bytes;
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => error,
            };
            let missing = self.lines[written..].iter().filter(|byte| **byte == b'\n').count();
            (self.to, self.failure, self.left_out) = (None, Some(failure), self.left_out + missing as u64);
            break;
        }
        self.lines.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::header;
    use sockscope_core::trace::{Outcome, Task, jsonl};

    /// A disk with room for so many bytes, whose content others can read.
    #[derive(Clone)]
    struct Disk(Arc<Mutex<Vec<u8>>>, usize);

    impl Disk {
        fn new(room: usize) -> Disk {
            Disk(Arc::default(), room)
        }
        fn content(&self) -> Vec<u8> {
            self.0.lock().unwrap().clone()
        }
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut content = self.0.lock().unwrap();
            let fits = bytes.len().min(self.1 - content.len());
            if fits == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            content.extend_from_slice(&bytes[..fits]);
            Ok(fits)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn event(n: u32) -> Kind {
        Kind::Exited { task: Task(n), code: 0 }
    }
    const END: Kind = Kind::Ended { outcome: Outcome::Done };
    const EVENTS: u32 = 5_000;

    #[test]
    fn what_does_not_fit_into_the_limit_is_counted_in_the_trace() {
        let disk = Disk::new(usize::MAX);
        let header = header("long", &[]).unwrap();
        let recorder = Recorder::limited(&header, Box::new(disk.clone()), 20_000).unwrap();
        for n in 0..EVENTS {
            recorder.push(None, None, event(n));
        }
        let left_out = recorder.finish(END).unwrap();
        assert_eq!(recorder.push(None, None, event(0)), None, "nothing comes after the end");
        let trace = jsonl::read(&disk.content()[..]).unwrap().trace;
        let [kept @ .., missing, ended] = &trace.events[..] else { panic!("{} events", trace.events.len()) };
        assert_eq!(
            (&missing.kind, &ended.kind),
            (&Kind::Omitted { what: Omission::Events, count: left_out }, &END)
        );
        assert_eq!(kept.len() as u64 + left_out, u64::from(EVENTS));
        assert!(kept.iter().zip(0..).all(|(kept, n)| kept.kind == event(n)), "the beginning is whole");
    }

    #[test]
    fn what_a_full_disk_did_not_take_is_counted() {
        let disk = Disk::new(100_000);
        let recorder = Recorder::new(&header("long", &[]).unwrap(), Box::new(disk.clone())).unwrap();
        for n in 0..EVENTS {
            recorder.push(None, None, event(n));
        }
        let error = recorder.finish(END).unwrap_err();
        let reading = jsonl::read(&disk.content()[..]).unwrap();
        let missing = EVENTS as usize + 1 - reading.trace.events.len();
        assert!(
            error.to_string().ends_with(&format!("; {missing} events are missing at its end")),
            "{error}"
        );
        assert!(reading.cut_off.is_some());
    }

    #[test]
    fn a_witness_is_heard_although_nothing_happens() {
        struct Seer;
        impl Witness for Seer {
            fn before(&mut self, _: Option<Node>, _: &Kind, _: &mut dyn FnMut(Instant, Option<Node>, Kind)) {}
            fn meanwhile(&mut self, tell: &mut dyn FnMut(Instant, Option<Node>, Kind)) {
                tell(Instant::now(), None, event(7));
            }
        }
        let disk = Disk::new(usize::MAX);
        let recorder = Recorder::new(&header("slow", &[]).unwrap(), Box::new(disk.clone())).unwrap();
        recorder.ask(Box::new(Seer));
        while jsonl::read(&disk.content()[..]).unwrap().trace.events.is_empty() {
            thread::yield_now();
        }
    }

    #[test]
    fn an_event_reaches_the_file_without_another_that_pushes_it() {
        let disk = Disk::new(usize::MAX);
        let recorder = Recorder::new(&header("slow", &[]).unwrap(), Box::new(disk.clone())).unwrap();
        recorder.push(None, None, event(0));
        let written = || jsonl::read(&disk.content()[..]).unwrap().trace.events.len() == 1;
        while !written() {
            thread::yield_now();
        }
    }
}
