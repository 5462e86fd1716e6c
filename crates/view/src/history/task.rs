//! What a program does.

use serde::Serialize;
use sockscope_core::program::{Call, Notice};
use sockscope_core::time::Time;
use sockscope_core::trace::{Node, Sock, Task};

/// The life of a program, or of a thread of one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskLife {
    /// Its number.
    pub task: Task,
    /// Its host.
    pub node: Node,
    /// Its name among the header's sources.
    pub program: String,
    /// The task that spawned it.
    pub parent: Option<Task>,
    /// The event that began it.
    pub started: usize,
    /// Its calls, in order: one at a time.
    pub calls: Vec<CallLife>,
    /// The event that ended it, and its exit code.
    pub exited: Option<(usize, u8)>,
}

/// A call and its outcome.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallLife {
    /// The event of the call.
    pub event: usize,
    /// When it was called.
    pub at: Time,
    /// The step of the program.
    pub step: u16,
    /// What was asked.
    pub call: Call,
    /// The socket it is about.
    pub sock: Option<Sock>,
    /// Its outcome, once it is known.
    pub outcome: Option<CallEnd>,
}

/// The outcome of a call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallEnd {
    /// The event of the notice.
    pub event: usize,
    /// When the call was done.
    pub at: Time,
    /// What the program was told.
    pub notice: Notice,
}

impl CallLife {
    /// True where the program waited, or still waits, for something to happen. Calls that never wait take their time
    /// too on a real machine, but that is not worth a picture.
    pub fn waited(&self) -> bool {
        let may_wait = matches!(
            self.call,
            Call::Accept { .. }
                | Call::Connect { .. }
                | Call::Send { .. }
                | Call::Recv { .. }
                | Call::RecvFrom { .. }
                | Call::Poll { .. }
                | Call::Resolve { .. }
                | Call::Sleep { .. }
        );
        may_wait && self.outcome.as_ref().is_none_or(|end| end.at > self.at)
    }
}

impl TaskLife {
    /// The call made last when the first `events` events have happened.
    pub fn call(&self, events: usize) -> Option<&CallLife> {
        let after = self.calls.partition_point(|call| call.event < events);
        after.checked_sub(1).map(|i| &self.calls[i])
    }
}
