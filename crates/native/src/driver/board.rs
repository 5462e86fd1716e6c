//! What the tasks of a run share: who runs, who waits, and whether it is to stop.

use super::Failure;
use crate::record::Recorder;
use anyhow::Context;
use sockscope_core::program::Notice;
use sockscope_core::time::Span;
use sockscope_core::trace::{EventId, Kind, Node, Outcome, Task};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Takes a line that a program prints.
type Print = Box<dyn FnMut(Node, &str) -> io::Result<()> + Send>;

/// One run over real sockets.
pub struct Run {
    recorder: Recorder,
    print: Mutex<Print>,
    board: Mutex<Board>,
    changed: Condvar,
}

struct Board {
    /// The error that closed the output.
    unprinted: Option<io::Error>,
    tasks: BTreeMap<Task, Activity>,
    next_task: u32,
    ends: BTreeMap<Node, (u8, Option<Failure>)>,
    moved: Instant,
    stop: Option<Outcome>,
}

struct Activity {
    node: Node,
    /// It is in a call that waits for others.
    waits: bool,
    /// It is about to end.
    leaves: bool,
}

impl Run {
    /// A run that records into `recorder` and hands every line that a program prints to `print`.
    pub fn new(
        recorder: Recorder,
        print: impl FnMut(Node, &str) -> io::Result<()> + Send + 'static,
    ) -> Arc<Run> {
        let board = Board {
            unprinted: None,
            tasks: BTreeMap::new(),
            next_task: 0,
            ends: BTreeMap::new(),
            moved: Instant::now(),
            stop: None,
        };
        Arc::new(Run {
            recorder,
            print: Mutex::new(Box::new(print)),
            board: Mutex::new(board),
            changed: Condvar::new(),
        })
    }

    /// Ends the run from outside.
    pub fn stop(&self, outcome: Outcome) {
        self.change(|board| board.stop = board.stop.or(Some(outcome)));
    }

    pub(super) fn stopped(&self) -> bool {
        self.board().stop.is_some()
    }

    /// A new task of a node.
    pub(super) fn enter(&self, node: Node) -> Task {
        self.change(|board| {
            let task = Task(board.next_task);
            board.next_task += 1;
            board.tasks.insert(task, Activity { node, waits: false, leaves: false });
            task
        })
    }

    /// A task made a call; `waits` where the call waits for others.
    pub(super) fn moved(&self, task: Task, waits: bool) {
        self.change(|board| {
            if let Some(activity) = board.tasks.get_mut(&task) {
                activity.waits = waits;
            }
        });
    }

    /// A task of a node ended; what stays is the end that went worst.
    pub(super) fn exited(&self, node: Node, code: u8, failure: Option<Failure>) {
        self.change(|board| {
            if board.ends.get(&node).is_none_or(|(worst, _)| *worst < code) {
                board.ends.insert(node, (code, failure));
            }
        });
    }

    pub(super) fn leave(&self, task: Task) {
        self.change(|board| board.tasks.remove(&task));
    }

    /// A task is about to end; true where no other of its node goes on.
    pub(super) fn leaves_last(&self, task: Task, node: Node) -> bool {
        self.change(|board| {
            if let Some(activity) = board.tasks.get_mut(&task) {
                activity.leaves = true;
            }
            board.of(node).all(|activity| activity.leaves)
        })
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

    /// Waits for a time, or until the run is stopped.
    pub(super) fn sleep(&self, span: Span) -> Notice {
        self.wait(Some(Instant::now() + super::socket::duration(span)), |_| false);
        Notice::Done
    }

    /// Waits until the first task of a node waits for others, or it has ended.
    pub(super) fn wait_until_waiting(&self, node: Node, deadline: Option<Instant>) {
        self.wait(deadline, |board| board.of(node).all(|activity| activity.waits));
    }

    /// Waits until the tasks of these nodes have ended, and all others have ended too or are idle; until every task
    /// has ended where no node is named.
    pub(super) fn wait_for_end(
        &self,
        ending: &[Node],
        deadline: Option<Instant>,
        quiet: Duration,
    ) -> Outcome {
        let lives_on = |activity: &Activity| !ending.is_empty() && !ending.contains(&activity.node);
        if !self.wait(deadline, |board| board.tasks.values().all(lives_on)) {
            return Outcome::TimeLimit;
        }
        loop {
            let settled = self.board().settled(quiet);
            let later = match settled {
                Ok(outcome) => return outcome,
                Err(later) => deadline.map_or(later, |deadline| deadline.min(later)),
            };
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return Outcome::TimeLimit;
            }
            self.wait(Some(later), |board| board.tasks.is_empty());
        }
    }

    /// Waits until every task has ended.
    pub(super) fn wait_until_gone(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        let mut board = self.board();
        while !board.tasks.is_empty() {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else { return };
            board = self.changed.wait_timeout(board, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Writes the last event and stops every task; how long the run took.
    pub(super) fn finish(&self, outcome: Outcome) -> anyhow::Result<Span> {
        let elapsed = Span::from_nanos(self.recorder.elapsed_nanos());
        let recorded = self.recorder.finish(Kind::Ended { outcome });
        self.stop(outcome);
        if let Some(error) = self.board().unprinted.take() {
            return Err(error).context("cannot write what the programs print");
        }
        recorded.context("cannot write the trace")?;
        Ok(elapsed)
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

    fn change<T>(&self, change: impl FnOnce(&mut Board) -> T) -> T {
        let mut board = self.board();
        board.moved = Instant::now();
        let result = change(&mut board);
        drop(board);
        self.changed.notify_all();
        result
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Board {
    /// How the run ended, or when to look again.
    fn settled(&self, quiet: Duration) -> Result<Outcome, Instant> {
        let now = Instant::now();
        match self.stop {
            Some(outcome) => Ok(outcome),
            None if self.tasks.is_empty() => Ok(Outcome::Done),
            None if !self.tasks.values().all(|activity| activity.waits) => Err(now + quiet),
            None if self.moved + quiet > now => Err(self.moved + quiet),
            None => Ok(Outcome::Idle),
        }
    }

    fn of(&self, node: Node) -> impl Iterator<Item = &Activity> {
        self.tasks.values().filter(move |activity| activity.node == node)
    }
}
