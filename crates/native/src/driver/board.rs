//! What the tasks of a run share: who runs, who waits, and whether it is to stop.
//!
//! Every call passes here, so what changes with a call is counted in atomics; the lock is for what happens once in the
//! life of a task.

use super::Failure;
use crate::record::Recorder;
use anyhow::Context;
use sockscope_core::program::Notice;
use sockscope_core::time::Span;
use sockscope_core::trace::{EventId, Kind, Node, Outcome, Task};
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Takes a line that a program prints.
type Print = Box<dyn FnMut(Node, &str) -> io::Result<()> + Send>;

/// One run over real sockets.
pub struct Run {
    recorder: Recorder,
    print: Mutex<Print>,
    /// Counts the calls of all tasks, modulo 2^64: where it stands still, nothing happens.
    calls: AtomicU64,
    /// Tasks that are in a call which waits for others.
    waiting: AtomicUsize,
    /// Somebody wants to hear of every task that begins to wait.
    watched: AtomicBool,
    stopped: AtomicBool,
    board: Mutex<Board>,
    changed: Condvar,
}

#[derive(Default)]
struct Board {
    /// The error that closed the output.
    unprinted: Option<io::Error>,
    next_task: u32,
    /// Programs that have started.
    started: usize,
    /// Tasks that have not ended.
    tasks: usize,
    /// Those of them that belong to programs which serve nobody.
    ending: usize,
    ends: BTreeMap<Node, (u8, Option<Failure>)>,
    stop: Option<Outcome>,
}

/// The tasks of one program.
pub(super) struct Crew {
    pub(super) node: Node,
    serves: bool,
    /// Tasks that have not ended, and those of them that are about to; both change under the lock of the board.
    tasks: AtomicUsize,
    leaving: AtomicUsize,
    /// Tasks that are in a call which waits for others.
    waiting: AtomicUsize,
    started: AtomicBool,
    stopped: AtomicBool,
}

impl Crew {
    /// Nobody yet. A run does not wait for the end of a program that `serves`.
    pub(super) fn new(node: Node, serves: bool) -> Crew {
        let (tasks, leaving, waiting, started, stopped) = Default::default();
        Crew { node, serves, tasks, leaving, waiting, started, stopped }
    }

    /// Whether it had a task, and whether it has one.
    pub(super) fn progress(&self) -> (bool, bool) {
        (self.started.load(Ordering::Relaxed), self.tasks.load(Ordering::Relaxed) > 0)
    }

    /// Whether it was stopped alone.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

impl Run {
    /// A run that records into `recorder` and hands every line that a program prints to `print`.
    pub fn new(
        recorder: Recorder,
        print: impl FnMut(Node, &str) -> io::Result<()> + Send + 'static,
    ) -> Arc<Run> {
        let (calls, waiting, watched, stopped) = Default::default();
        let (board, changed) = Default::default();
        let print: Mutex<Print> = Mutex::new(Box::new(print));
        Arc::new(Run { recorder, print, calls, waiting, watched, stopped, board, changed })
    }

    /// Ends the run from outside.
    pub fn stop(&self, outcome: Outcome) {
        self.board().stop.get_or_insert(outcome);
        self.stopped.store(true, Ordering::Relaxed);
        self.changed.notify_all();
    }

    /// Whether the tasks of a program are to go no further.
    pub(super) fn stopped(&self, crew: &Crew) -> bool {
        self.stopped.load(Ordering::Relaxed) || crew.is_stopped()
    }

    /// Ends one program from outside: none of its tasks makes a further call.
    pub(super) fn stop_crew(&self, crew: &Crew) {
        let _board = self.board();
        crew.stopped.store(true, Ordering::Relaxed);
        self.changed.notify_all();
    }

    /// A new task of a program.
    pub(super) fn enter(&self, crew: &Crew) -> Task {
        let mut board = self.board();
        board.tasks += 1;
        board.ending += usize::from(!crew.serves);
        board.started += usize::from(!crew.started.swap(true, Ordering::Relaxed));
        crew.tasks.fetch_add(1, Ordering::Relaxed);
        board.next_task += 1;
        Task(board.next_task - 1)
    }

    /// A task made a call. It waited before, or did not, and now it does, or does not: in calls that wait for others.
    pub(super) fn moved(&self, crew: &Crew, waited: bool, waits: bool) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        match (waited, waits) {
            (false, true) => {
                crew.waiting.fetch_add(1, Ordering::SeqCst);
                self.waiting.fetch_add(1, Ordering::SeqCst);
                if self.watched.load(Ordering::SeqCst) {
                    self.tell();
                }
            }
            (true, false) => {
                crew.waiting.fetch_sub(1, Ordering::SeqCst);
                self.waiting.fetch_sub(1, Ordering::SeqCst);
            }
            _ => {}
        }
    }

    /// A task of a program ended; what stays is the end that went worst.
    pub(super) fn exited(&self, node: Node, code: u8, failure: Option<Failure>) {
        let mut board = self.board();
        if board.ends.get(&node).is_none_or(|(worst, _)| *worst < code) {
            board.ends.insert(node, (code, failure));
        }
    }

    /// A task is gone, as it said before.
    pub(super) fn leave(&self, crew: &Crew) {
        let mut board = self.board();
        board.tasks -= 1;
        board.ending -= usize::from(!crew.serves);
        crew.tasks.fetch_sub(1, Ordering::Relaxed);
        crew.leaving.fetch_sub(1, Ordering::Relaxed);
        if board.tasks == 0 || board.ending == 0 || self.watched.load(Ordering::SeqCst) {
            self.changed.notify_all();
        }
    }

    /// A task is about to end; true where no other of its program goes on.
    pub(super) fn leaves_last(&self, crew: &Crew) -> bool {
        let _board = self.board();
        let leaving = crew.leaving.fetch_add(1, Ordering::Relaxed) + 1;
        leaving == crew.tasks.load(Ordering::Relaxed)
    }

    /// Whether events are kept: where they are not, nobody need find out what they would say.
    pub(super) fn records(&self) -> bool {
        self.recorder.is_on()
    }

    pub(super) fn record(&self, node: Node, cause: Option<EventId>, kind: Kind) -> Option<EventId> {
        self.recorder.push(Some(node), cause, kind)
    }

    pub(super) fn print(&self, node: Node, text: &str) {
        let printed = self.print.lock().unwrap_or_else(PoisonError::into_inner)(node, text);
        if let Err(error) = printed {
            self.board().unprinted.get_or_insert(error);
            self.stop(Outcome::Interrupted);
        }
    }

    /// Waits for a time, or until the program or the run is stopped.
    pub(super) fn sleep(&self, crew: &Crew, span: Span) -> Notice {
        let deadline = Instant::now() + super::socket::duration(span);
        self.wait(Some(deadline), |_| crew.is_stopped());
        Notice::Done
    }

    /// Waits until the tasks of a program wait for others, or have ended.
    pub(super) fn wait_until_waiting(&self, crew: &Crew, deadline: Option<Instant>) {
        self.watched.store(true, Ordering::SeqCst);
        self.wait(deadline, |_| crew.waiting.load(Ordering::SeqCst) >= crew.tasks.load(Ordering::Relaxed));
        self.watched.store(false, Ordering::SeqCst);
    }

    /// Waits until the programs that serve nobody have ended, and all others have ended too or are idle; until every
    /// task has ended where all of them `serve`.
    pub(super) fn wait_for_end(&self, serve: bool, deadline: Option<Instant>, quiet: Duration) -> Outcome {
        let over = |board: &Board| if serve { board.tasks == 0 } else { board.ending == 0 };
        if !self.wait(deadline, over) {
            return Outcome::TimeLimit;
        }
        loop {
            let calls = self.calls.load(Ordering::Relaxed);
            let later = Instant::now() + quiet;
            self.wait(Some(deadline.map_or(later, |deadline| deadline.min(later))), |board| board.tasks == 0);
            let board = self.board();
            if let Some(outcome) = board.stop {
                return outcome;
            } else if board.tasks == 0 {
                return Outcome::Done;
            } else if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return Outcome::TimeLimit;
            }
            let still = calls == self.calls.load(Ordering::Relaxed);
            if still && self.waiting.load(Ordering::SeqCst) == board.tasks {
                return Outcome::Idle;
            }
        }
    }

    /// Waits until so many programs have started and all of them have ended, or the run is stopped.
    pub(crate) fn wait_for_all(&self, programs: usize) -> Outcome {
        self.wait(None, |board| board.started == programs && board.tasks == 0);
        self.board().stop.unwrap_or(Outcome::Done)
    }

    /// Waits until every task has ended.
    pub(super) fn wait_until_gone(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        let mut board = self.board();
        while board.tasks > 0 {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else { return };
            board = self.changed.wait_timeout(board, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Writes the last event and stops every task; how long the run took, and how many events are not in the trace.
    pub(super) fn finish(&self, outcome: Outcome) -> anyhow::Result<(Span, u64)> {
        let elapsed = Span::from_nanos(self.recorder.elapsed_nanos());
        let recorded = self.recorder.finish(Kind::Ended { outcome });
        self.stop(outcome);
        if let Some(error) = self.board().unprinted.take() {
            return Err(error).context("cannot write what the programs print");
        }
        let left_out = recorded.context("cannot write the trace")?;
        Ok((elapsed, left_out))
    }

    /// With what code the program of a node ended, and after which failed call.
    pub(super) fn end(&self, node: Node) -> Option<(u8, Option<Failure>)> {
        self.board().ends.get(&node).cloned()
    }

    /// Waits until `done` or the stop of the run; false where the deadline came first.
    fn wait(&self, deadline: Option<Instant>, done: impl Fn(&Board) -> bool) -> bool {
        let mut board = self.board();
        while board.stop.is_none() && !done(&board) {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            board = match left {
                Some(Duration::ZERO) => return false,
                Some(left) => {
                    self.changed.wait_timeout(board, left).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(board).unwrap_or_else(PoisonError::into_inner),
            };
        }
        true
    }

    /// Wakes who waits. Holding the lock, so that nobody is missed who has looked and is about to wait.
    fn tell(&self) {
        let _board = self.board();
        self.changed.notify_all();
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
