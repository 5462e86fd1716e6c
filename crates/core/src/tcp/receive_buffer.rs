//! What arrived in order and the program has not taken.

use crate::payload::Payload;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// A queue of octets, kept as the segments brought them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ReceiveBuffer {
    chunks: VecDeque<Payload>,
    len: u32,
}

impl ReceiveBuffer {
    /// Octets held.
    pub(super) fn len(&self) -> u32 {
        self.len
    }
    pub(super) fn push(&mut self, payload: Payload) {
        self.len += payload.len() as u32;
        self.chunks.push_back(payload);
    }
    /// Takes up to `max` octets; shared with the segment where one segment is enough.
    pub(super) fn take(&mut self, max: u32) -> Payload {
        let want = max.min(self.len) as usize;
        let first = self.take_chunk(want);
        if first.len() == want {
            return first;
        }
        let mut whole = Vec::with_capacity(want);
        whole.extend_from_slice(&first);
        while whole.len() < want {
            whole.extend_from_slice(&self.take_chunk(want - whole.len()));
        }
        whole.into()
    }
    /// Takes up to `max` octets of the first chunk.
    fn take_chunk(&mut self, max: usize) -> Payload {
        let Some(chunk) = self.chunks.pop_front() else { return Payload::EMPTY };
        let taken = chunk.slice(0, max);
        if taken.len() < chunk.len() {
            self.chunks.push_front(chunk.slice(taken.len(), chunk.len()));
        }
        self.len -= taken.len() as u32;
        taken
    }
}
