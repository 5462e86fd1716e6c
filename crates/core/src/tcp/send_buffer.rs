//! What the program sent and the peer has not acknowledged.

use crate::few::Few;
use crate::payload::Payload;
use serde::{Deserialize, Serialize};

/// A queue of octets: appended at the end, read anywhere as often as need be, dropped from the front as they are
/// acknowledged. Payloads share the memory of the chunk they lie in; only those that straddle two are copied.
#[derive(Clone, Debug, Default, Eq, Serialize, Deserialize)]
pub(super) struct SendBuffer {
    /// Chunks as `send` brought them, each with its offset in the stream; those that lie side by side are one.
    chunks: Few<(u64, Payload)>,
    /// Offset in the stream of the first octet held.
    start: u64,
    /// Offset past the last octet held.
    end: u64,
}

impl SendBuffer {
    /// Octets held.
    pub(super) fn len(&self) -> u32 {
        (self.end - self.start) as u32
    }
    pub(super) fn push(&mut self, data: Payload) {
        let at = self.end;
        self.end += data.len() as u64;
        let joined = self.chunks.back_mut().is_some_and(|(_, last)| last.extend(&data));
        if !joined && !data.is_empty() {
            self.chunks.push_back((at, data));
        }
    }
    /// Drops the first `n` octets.
    pub(super) fn drop_front(&mut self, n: u32) {
        debug_assert!(n <= self.len(), "{n} octets acknowledged of {}", self.len());
        self.start += u64::from(n);
        while self.chunks.front().is_some_and(|(at, chunk)| at + chunk.len() as u64 <= self.start) {
            self.chunks.pop_front();
        }
    }
    pub(super) fn clear(&mut self) {
        self.chunks.clear();
        self.start = self.end;
    }
    /// The `len` octets from the one at `offset` on, counted from the first octet held; fewer where there are fewer.
    #[inline]
    pub(super) fn payload(&self, offset: u32, len: u32) -> Payload {
        let from = self.start + u64::from(offset);
        let to = self.end.min(from + u64::from(len));
        if from >= to {
            return Payload::EMPTY;
        }
        // What is sent for the first time lies in the last chunk, mostly.
        if let Some((at, last)) = self.chunks.back().filter(|(at, _)| *at <= from) {
            return last.slice((from - at) as usize, (to - at) as usize);
        }
        self.across_chunks(from, to)
    }
    /// The octets from one offset in the stream to another, where they do not lie in the last chunk alone.
    fn across_chunks(&self, from: u64, to: u64) -> Payload {
        let first = self.chunks.partition_point(|(at, _)| *at <= from) - 1;
        let mut slices = self.chunks.iter().skip(first).map_while(|(at, chunk)| {
            (*at < to).then(|| chunk.slice(from.saturating_sub(*at) as usize, (to - at) as usize))
        });
        let head = slices.next().unwrap_or_default();
        if head.len() as u64 == to - from {
            return head;
        }
        Payload::joined((to - from) as usize, std::iter::once(head).chain(slices))
    }
}

impl PartialEq for SendBuffer {
    /// The octets count, not how they are cut into chunks: that depends on what shares its memory.
    fn eq(&self, other: &SendBuffer) -> bool {
        (self.start, self.end) == (other.start, other.end)
            && self.payload(0, self.len()) == other.payload(0, other.len())
    }
}
