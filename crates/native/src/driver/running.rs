//! A program, or a thread of one, on its way: what both drivers do around a call.

use super::descriptors::{Descriptors, Progress};
use super::{Failure, Run, errno};
use sockscope_core::program::{Call, Notice};
use sockscope_core::trace::{EventId, Kind, Node, Task};
use sockscope_programs::Program;
use std::io;
use std::sync::Arc;

/// A running program. Every call and notice that passes through it is recorded.
pub(super) struct Running {
    program: Program,
    run: Arc<Run>,
    node: Node,
    task: Task,
    descriptors: Arc<Descriptors>,
    /// The event that led to what is recorded next.
    cause: Option<EventId>,
    /// The call that it waits for, and the last one that failed.
    call: Option<Call>,
    failure: Option<Failure>,
}

impl Running {
    /// A program at its start.
    pub(super) fn start(
        program: Program,
        run: &Arc<Run>,
        node: Node,
        descriptors: &Arc<Descriptors>,
    ) -> Running {
        let task = run.enter(node);
        let (run, descriptors) = (run.clone(), descriptors.clone());
        let mut running =
            Running { program, run, node, task, descriptors, cause: None, call: None, failure: None };
        running.started(None);
        running
    }

    /// The thread that the program has just asked for.
    pub(super) fn spawn(&mut self) -> Running {
        let mut thread = Running {
            program: self.program.spawned(),
            run: self.run.clone(),
            node: self.node,
            task: self.run.enter(self.node),
            descriptors: self.descriptors.clone(),
            cause: self.cause,
            call: None,
            failure: None,
        };
        thread.started(Some(self.task));
        thread
    }

    /// Hands the program its notice and takes its next call; `None` once the run is stopped.
    pub(super) fn next(&mut self, notice: Notice) -> Option<Call> {
        if self.run.stopped() {
            return None;
        }
        if notice != Notice::Started {
            self.cause = self.record(Kind::Notice { task: self.task, notice: Box::new(notice.clone()) });
        }
        if let (Notice::Failed(errno), Some(call)) = (&notice, self.call.take()) {
            self.failure = Some(Failure { call, errno: *errno });
        }
        let call = self.program.resume(notice);
        self.call = Some(call.clone());
        let step = self.program.step();
        self.cause = self.record(Kind::Call { task: self.task, step, call: Box::new(call.clone()) });
        let waits = matches!(
            call,
            Call::Accept { .. } | Call::Recv { .. } | Call::RecvFrom { .. } | Call::Poll { .. }
        );
        self.run.moved(self.task, waits);
        Some(call)
    }

    /// Performs a call on a socket once; `WouldBlock` on a non-blocking socket means: not yet.
    pub(super) fn perform(&self, call: &Call, progress: &mut Progress) -> io::Result<Notice> {
        self.descriptors.perform(call, progress, &|kind| {
            self.record(kind);
        })
    }

    /// The descriptors it shares with its threads.
    pub(super) fn descriptors(&self) -> &Descriptors {
        &self.descriptors
    }

    /// The same, for somebody who outlives a call.
    pub(super) fn shared(&self) -> Arc<Descriptors> {
        self.descriptors.clone()
    }

    /// The run it is part of.
    pub(super) fn run(&self) -> &Run {
        &self.run
    }

    /// A line of output.
    pub(super) fn print(&self, text: &str) -> Notice {
        self.run.print(self.node, text);
        Notice::Done
    }

    /// The program is over. The last thread of it closes what it left open.
    pub(super) fn exit(mut self, code: u8) {
        if self.run.leaves_last(self.task, self.node) {
            self.descriptors.close_all(&|kind| {
                self.record(kind);
            });
        }
        self.record(Kind::Exited { task: self.task, code });
        self.run.exited(self.node, code, self.failure.take().filter(|_| code != 0));
    }

    fn started(&mut self, parent: Option<Task>) {
        let program = self.program.name().into();
        self.cause = self.record(Kind::Started { task: self.task, program, parent });
    }

    fn record(&self, kind: Kind) -> Option<EventId> {
        self.run.record(self.node, self.cause, kind)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.run.leave(self.task);
    }
}

/// The outcome of a call as the program is told it.
pub(super) fn notice(outcome: io::Result<Notice>) -> Notice {
    outcome.unwrap_or_else(|error| Notice::Failed(errno::name(&error)))
}
