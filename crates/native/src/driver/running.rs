//! A program, or a thread of one, on its way: what both drivers do around a call.

use super::board::Crew;
use super::descriptors::{Descriptors, Progress, Witness};
use super::{Failure, Run, errno};
use sockscope_core::program::{Call, Notice};
use sockscope_core::time::Span;
use sockscope_core::trace::{EventId, Kind, Task};
use sockscope_programs::Program;
use std::io;
use std::sync::Arc;

/// What the tasks of one program share.
#[derive(Clone)]
pub(super) struct Cast {
    pub(super) run: Arc<Run>,
    pub(super) crew: Arc<Crew>,
    pub(super) descriptors: Arc<Descriptors>,
}

/// A running program. Every call and notice that passes through it is recorded.
pub(super) struct Running {
    program: Program,
    cast: Cast,
    task: Task,
    /// The event that led to what is recorded next.
    cause: Option<EventId>,
    /// The call that it waits for, and the last one that failed.
    call: Option<Call>,
    failure: Option<Failure>,
    /// It is in a call that waits for others.
    waits: bool,
    /// It is about to end.
    leaves: bool,
}

impl Running {
    /// A program at its start.
    pub(super) fn start(program: Program, cast: Cast) -> Running {
        Running::new(program, cast, None, None)
    }

    /// The thread that the program has just asked for.
    pub(super) fn spawn(&mut self) -> Running {
        Running::new(self.program.spawned(), self.cast.clone(), self.cause, Some(self.task))
    }

    fn new(program: Program, cast: Cast, cause: Option<EventId>, parent: Option<Task>) -> Running {
        let task = cast.run.enter(&cast.crew);
        let (call, failure, waits, leaves) = Default::default();
        let mut running = Running { program, cast, task, cause, call, failure, waits, leaves };
        let program = running.program.name().into();
        running.cause = running.record(|| Kind::Started { task, program, parent });
        running
    }

    /// Hands the program its notice and takes its next call; `None` once it is stopped.
    pub(super) fn next(&mut self, notice: Notice) -> Option<Call> {
        let Cast { run, crew, .. } = &self.cast;
        if run.stopped(crew) {
            return None;
        }
        let task = self.task;
        if notice != Notice::Started {
            self.cause = self.record(|| Kind::Notice { task, notice: notice.clone() });
        }
        if let (Notice::Failed(errno), Some(call)) = (&notice, self.call.take()) {
            self.failure = Some(Failure { call, errno: *errno });
        }
        let call = self.program.resume(notice);
        self.call = Some(call.clone());
        let step = self.program.step();
        self.cause = self.record(|| Kind::Call { task, step, call: (&call).into() });
        self.wait(matches!(
            call,
            Call::Accept { .. } | Call::Recv { .. } | Call::RecvFrom { .. } | Call::Poll { .. }
        ));
        Some(call)
    }

    fn wait(&mut self, waits: bool) {
        let waited = std::mem::replace(&mut self.waits, waits);
        self.cast.run.moved(&self.cast.crew, waited, waits);
    }

    /// Performs a call on a socket once; `WouldBlock` on a non-blocking socket means: not yet.
    pub(super) fn perform(&self, call: &Call, progress: &mut Progress) -> io::Result<Notice> {
        let record = |kind| {
            self.cast.run.record(self.cast.crew.node, self.cause, kind);
        };
        let witness = if self.cast.run.records() { Witness::of(&record) } else { Witness::none() };
        self.cast.descriptors.perform(call, progress, witness)
    }

    /// The descriptors it shares with its threads.
    #[cfg(unix)]
    pub(super) fn descriptors(&self) -> &Arc<Descriptors> {
        &self.cast.descriptors
    }

    /// Does nothing for a while.
    pub(super) fn sleep(&self, span: Span) -> Notice {
        self.cast.run.sleep(&self.cast.crew, span)
    }

    /// A line of output.
    pub(super) fn print(&self, text: &str) -> Notice {
        self.cast.run.print(self.cast.crew.node, text);
        Notice::Done
    }

    /// The program is over.
    pub(super) fn exit(mut self, code: u8) {
        self.end(Some(code));
    }

    /// The task is over, without a code where the whole run ends. The last one of a program closes what it left open.
    fn end(&mut self, code: Option<u8>) {
        let (task, crew) = (self.task, self.cast.crew.clone());
        self.leaves = true;
        if self.cast.run.leaves_last(&crew) {
            self.cast.descriptors.close_all(|kind| {
                self.record(|| kind);
            });
        }
        let Some(code) = code else { return };
        self.record(|| Kind::Exited { task, code });
        self.cast.run.exited(crew.node, code, self.failure.take().filter(|_| code != 0));
    }

    fn record(&self, kind: impl FnOnce() -> Kind) -> Option<EventId> {
        let Cast { run, crew, .. } = &self.cast;
        if run.records() { run.record(crew.node, self.cause, kind()) } else { None }
    }
}

/// The code of a program that was stopped alone: what shells say of one that SIGTERM ended.
const TERMINATED: u8 = 128 + 15;

impl Drop for Running {
    fn drop(&mut self) {
        if !self.leaves {
            self.end(self.cast.crew.is_stopped().then_some(TERMINATED));
        }
        self.wait(false);
        self.cast.run.leave(&self.cast.crew);
    }
}

/// The outcome of a call as the program is told it.
pub(super) fn notice(outcome: io::Result<Notice>) -> Notice {
    outcome.unwrap_or_else(|error| Notice::Failed(errno::name(&error)))
}
