//! What a program does.

use super::Changes;
use serde::Serialize;
use sockscope_core::collections::BTreeMap;
use sockscope_core::payload::Payload;
use sockscope_core::program::{Call, Fd, Notice};
use sockscope_core::time::Time;
use sockscope_core::trace::{Joins, Node, Sock, Task};
use std::net::SocketAddr;

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
    /// Its variables by name, as far as its source names them: those of a thread begin with what its parent had.
    pub variables: BTreeMap<String, Changes<Value>>,
}

/// What a variable of a program holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A descriptor.
    Socket(Fd),
    /// An address and port.
    Address(SocketAddr),
    /// Bytes: how many, and the first of them.
    Data {
        /// How many.
        len: u64,
        /// What came first.
        first: Payload,
    },
    /// A text or number: an argument, or what an option is.
    Text(String),
}

impl Value {
    /// What a call returns: its value, and the address that comes with it.
    pub(super) fn of(notice: &Notice) -> [Option<Value>; 2] {
        let data = |data: &Payload| Some(Value::Data { len: data.len() as u64, first: data.clone() });
        match notice {
            Notice::Socket(fd) => [Some(Value::Socket(*fd)), None],
            Notice::Accepted { fd, peer } => [Some(Value::Socket(*fd)), Some(Value::Address(**peer))],
            Notice::Received(received) => [data(received), None],
            Notice::ReceivedFrom { data: received, from } => [data(received), Some(Value::Address(**from))],
            Notice::Name(address) => [Some(Value::Address(**address)), None],
            Notice::Option(option) => [Some(Value::Text(option.to_string())), None],
            Notice::Ready(ready) => {
                let first = ready.first().map_or(String::new(), |(fd, _)| format!("fd {fd}"));
                [Some(Value::Text(first)), None]
            }
            _ => [None, None],
        }
    }
}

impl TaskLife {
    /// The bytes that the step of its last call has joined before that call.
    pub(super) fn joined(&self, joins: Joins) -> Option<u64> {
        let [.., before, last] = &self.calls[..] else { return None };
        let (Call::Recv { max, .. }, Call::Recv { max: asked, .. }) = (&last.call, &before.call) else {
            return None;
        };
        let Some(Notice::Received(data)) = before.outcome.as_ref().map(|end| &end.notice) else {
            return None;
        };
        let goes_on = match joins {
            Joins::Bytes => *max as usize + data.len() == *asked as usize,
            Joins::Stream => true,
        };
        (before.step == last.step && !data.is_empty() && goes_on).then_some(data.len() as u64)
    }
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
    /// How many bytes it wrote to its socket, or is about to; none where it is no call that writes, or failed.
    pub fn written(&self) -> Option<u32> {
        let (Call::Send { data, .. } | Call::SendTo { data, .. }) = &self.call else { return None };
        match self.outcome.as_ref().map(|end| &end.notice) {
            Some(Notice::Sent(taken)) => Some(*taken),
            Some(Notice::Failed(_)) => None,
            _ => Some(data.len() as u32),
        }
    }
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
