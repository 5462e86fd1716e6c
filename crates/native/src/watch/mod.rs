//! Watching any program: its calls on sockets, those of its threads and of every process that comes from it, become the
//! same trace as those of the programs of the library.
//!
//! The kernel's filter (seccomp) picks the calls that could be about sockets, and ptrace stops the program at these alone,
//! once as they begin and once as they end. What a descriptor stands for is asked of the kernel each time (`/proc`), so no
//! `dup`, `fork` or message that carries descriptors can lead astray.

mod calls;
mod filter;
mod memory;
mod process;
mod ptrace;
mod signals;
mod sockets;
mod tracee;
mod waits;

use self::process::{Inode, Process, process_of};
use self::ptrace::{Resume, Stop};
use self::tracee::Tracee;
use crate::capture::{Capture, Nodes};
use crate::record::Recorder;
use anyhow::{Context, Result};
use nix::unistd::Pid;
use rustix::process::{PidfdGetfdFlags, WaitOptions, WaitStatus, pidfd_getfd, wait};
use sockscope_core::program::{Fd, SocketKind};
use sockscope_core::trace::{Clock, EventId, FORMAT, Header, Kind, Node, Omission, Outcome, Sock};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CString, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::sync::{Arc, Mutex, PoisonError};

/// How to watch.
#[derive(Clone, Debug)]
pub struct Options {
    /// So many bytes of what one call sends or receives are kept.
    pub bytes: usize,
    /// Stop at every call instead of filtering them: slow, but the program lives on should its watcher be killed. Otherwise it
    /// is killed too.
    pub every_call: bool,
    /// Capture the packets of the programs too.
    pub capture: bool,
    /// At this interface; at all of them where none is named.
    pub interface: Option<String>,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With this code.
    Exit(u8),
    /// By this signal.
    Signal(i32),
}

/// What was seen, and what not.
#[derive(Clone, Debug)]
pub struct Report {
    /// How the program ended.
    pub ending: Ending,
    /// What could not be seen or kept, a line each.
    pub missed: Vec<String>,
    /// Why the trace breaks off, where it could not be written to its end: the program went on.
    pub unwritten: Option<String>,
}

/// The first line of a trace of a program that is watched: it joins, like all others, when it first touches a socket.
pub fn header(title: &str) -> Header {
    Header {
        format: FORMAT,
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        clock: Clock::Monotonic,
        title: title.to_owned(),
        seed: String::new(),
        scenario: None,
        programs: Vec::new(),
        nodes: Vec::new(),
        links: Vec::new(),
        sources: Vec::new(),
    }
}

/// Runs a command to its end and that of every process that came from it, and records what they do with sockets. Its
/// input, output and signals are its own.
///
/// Call it while this process has one thread: it forks, and makes the recorder, which has a thread of its own, after that.
///
/// # Errors
/// Where the system does not permit tracing, or the trace cannot be begun.
pub fn watch(
    command: &[OsString],
    recorder: impl FnOnce() -> Result<Recorder>,
    options: &Options,
) -> Result<Report> {
    let words: Result<Vec<CString>, _> = command.iter().map(|word| CString::new(word.as_bytes())).collect();
    let words = words.context("a word of the command holds a zero byte")?;
    // A file with capabilities is closed to others, and so would be its child until it calls exec.
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::Dumpable);
    let filter = (!options.every_call).then(filter::filter);
    let waiting = ptrace::start(&words, filter.as_ref())
        .context("this system does not permit to trace a program (ptrace; see kernel.yama.ptrace_scope)")?;
    let recorder = Arc::new(recorder()?);
    let main = waiting.go().context("the program is gone before it began")?;
    signals::pass_on(main)?;
    let (nodes, handles) = (Nodes::default(), Handles::default());
    if options.capture {
        let handles = handles.clone();
        let borrow = move |node: Node, fd: Fd| {
            let handles = handles.lock().unwrap_or_else(PoisonError::into_inner);
            pidfd_getfd(handles.get(&node)?, fd.0.cast_signed(), PidfdGetfdFlags::empty()).ok()
        };
        recorder.ask(Box::new(Capture::of(options.interface.as_deref(), nodes.clone(), Box::new(borrow))));
    }
    let mut watcher = Watcher {
        recorder: recorder.clone(),
        options: options.clone(),
        main,
        ending: None,
        processes: BTreeMap::new(),
        tracees: BTreeMap::new(),
        kinds: BTreeMap::new(),
        owners: BTreeMap::new(),
        names: BTreeMap::new(),
        nodes,
        handles,
        tasks: 0,
        missed: BTreeSet::new(),
        wordless: 0,
    };
    watcher.run()?;
    if watcher.wordless > 0 {
        recorder.push(None, None, Kind::Omitted { what: Omission::Calls, count: watcher.wordless });
    }
    let unwritten = recorder.finish(Kind::Ended { outcome: Outcome::Done }).err();
    let unwritten = unwritten.map(|error| format!("cannot write the trace: {error}"));
    let ending = watcher.ending.context("the program was lost sight of")?;
    Ok(Report { ending, missed: watcher.missed.into_iter().collect(), unwritten })
}

pub(crate) use signals::die;

/// The process behind each node.
type Handles = Arc<Mutex<BTreeMap<Node, OwnedFd>>>;

/// Everything that is known while programs are watched.
struct Watcher {
    recorder: Arc<Recorder>,
    options: Options,
    main: Pid,
    ending: Option<Ending>,
    processes: BTreeMap<Pid, Process>,
    /// Every thread.
    tracees: BTreeMap<Pid, Tracee>,
    /// What the sockets of the kernel are; none where they are neither TCP nor UDP.
    kinds: BTreeMap<Inode, Option<SocketKind>>,
    /// Who had a socket first.
    owners: BTreeMap<Inode, (Node, Sock)>,
    /// How many programs have a name.
    names: BTreeMap<String, u32>,
    nodes: Nodes,
    handles: Handles,
    tasks: u32,
    missed: BTreeSet<String>,
    /// Calls on sockets for which the trace has no word.
    wordless: u64,
}

impl Watcher {
    /// Until no thread of any process is left.
    fn run(&mut self) -> Result<()> {
        // Threads and processes alike (`__WALL`).
        let all = WaitOptions::from_bits_retain(libc::__WALL.cast_unsigned());
        loop {
            match wait(all) {
                Ok(Some((tracee, status))) => {
                    self.stopped(Pid::from_raw(tracee.as_raw_nonzero().get()), status)
                }
                Ok(None) | Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::CHILD) => return Ok(()),
                Err(error) => return Err(error).context("cannot wait for the program"),
            }
        }
    }

    /// A thread stopped, or is gone.
    fn stopped(&mut self, tid: Pid, status: WaitStatus) {
        if let Some(code) = status.exit_status() {
            return self.gone(tid, Ending::Exit(code as u8));
        }
        if let Some(signal) = status.terminating_signal() {
            return self.gone(tid, Ending::Signal(signal));
        }
        let Some(signal) = status.stopping_signal() else { return };
        self.meet(tid);
        let (how, signal) = match (status.as_raw() >> 16, signal) {
            (libc::PTRACE_EVENT_SECCOMP, _) => (self.at_call(tid), 0),
            (0, signal) if signal == libc::SIGTRAP | 0x80 => (self.at_call(tid), 0),
            (0, signal) => (self.onwards(tid), signal),
            (EVENT_STOP, libc::SIGSTOP | libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU) => {
                (Resume::Listen, 0)
            }
            (libc::PTRACE_EVENT_CLONE | libc::PTRACE_EVENT_FORK | libc::PTRACE_EVENT_VFORK, _) => {
                if let Ok(child) = ptrace::message(tid) {
                    self.meet(Pid::from_raw(child as i32));
                    self.tracees
                        .entry(Pid::from_raw(child as i32))
                        .and_modify(|child| child.parent = Some(tid));
                }
                (self.onwards(tid), 0)
            }
            (libc::PTRACE_EVENT_EXEC, _) => {
                self.execs(tid);
                (self.onwards(tid), 0)
            }
            (libc::PTRACE_EVENT_EXIT, _) => {
                self.leaves(tid, ptrace::message(tid).unwrap_or(0) as i32);
                (self.onwards(tid), 0)
            }
            _ => (self.onwards(tid), 0),
        };
        // One that was killed meanwhile is told of by the next wait.
        let _ = ptrace::resume(tid, how, signal);
    }

    /// How a thread goes on that is stopped for no reason of ours.
    fn onwards(&self, tid: Pid) -> Resume {
        let in_call = self.tracees.get(&tid).is_some_and(Tracee::in_call);
        if in_call || self.options.every_call { Resume::ToCall } else { Resume::Run }
    }

    /// A call begins or ends.
    fn at_call(&mut self, tid: Pid) -> Resume {
        match ptrace::stop(tid) {
            Ok(Stop::Enter(asked)) => self.enters(tid, &asked),
            Ok(Stop::Leave(result)) => self.returns(tid, result),
            _ => {}
        }
        self.onwards(tid)
    }

    /// A thread that is seen for the first time.
    fn meet(&mut self, tid: Pid) {
        if self.tracees.contains_key(&tid) {
            return;
        }
        let process = process_of(tid).unwrap_or(tid);
        self.tracees.insert(tid, Tracee::new(process));
        self.processes.entry(process).or_insert_with(|| Process::new(process)).threads += 1;
    }

    /// A process begins another program: its other threads are gone, and sockets that were marked are closed.
    fn execs(&mut self, tid: Pid) {
        let others: Vec<Pid> = self
            .tracees
            .iter()
            .filter(|(other, tracee)| tracee.process == tid && **other != tid)
            .map(|(other, _)| *other)
            .collect();
        others.into_iter().for_each(|other| self.leaves(other, 0));
        let known = self.tracees.get(&tid).is_some_and(|tracee| tracee.task.is_some());
        if known {
            self.leaves(tid, 0);
            self.meet(tid);
        }
        if let Some(process) = self.processes.get_mut(&tid) {
            process.execs();
        }
    }

    /// A thread is about to end with this status; the last one of a process closes what it left open.
    fn leaves(&mut self, tid: Pid, status: i32) {
        let Some(tracee) = self.tracees.remove(&tid) else { return };
        let last = self.processes.get_mut(&tracee.process).is_none_or(|process| {
            process.threads = process.threads.saturating_sub(1);
            process.threads == 0
        });
        if last {
            self.release_all(tracee.process);
        }
        if let Some((node, task)) = tracee.task {
            let code = if status & 0x7f == 0 { status >> 8 } else { 128 + (status & 0x7f) };
            self.record(node, None, Kind::Exited { task, code: code as u8 });
        }
        if last {
            self.processes.remove(&tracee.process);
        }
    }

    /// A thread is gone.
    fn gone(&mut self, tid: Pid, how: Ending) {
        let status = match how {
            Ending::Exit(code) => i32::from(code) << 8,
            Ending::Signal(signal) => signal,
        };
        self.leaves(tid, status);
        if tid == self.main {
            self.ending = Some(how);
        }
    }

    fn record(&self, node: Node, cause: Option<EventId>, kind: Kind) -> Option<EventId> {
        self.recorder.push(Some(node), cause, kind)
    }
}

/// Why a tracee that was seized stops of itself: it is new, or job control stopped it (`PTRACE_EVENT_STOP`).
const EVENT_STOP: i32 = 128;
