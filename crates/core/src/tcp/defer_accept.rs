//! `TCP_DEFER_ACCEPT` (Linux): a listener whose clients speak first is not told of a connection before the first data is there.
//! Until then the ACK of its SYN,ACK is dropped, and the SYN,ACK does not go again.

use super::Connection;
use crate::time::Span;
use crate::wire::{Flags, Segment};

impl Connection {
    /// Whether a segment would finish the handshake too early: without text, and before the time is over.
    pub(super) fn defers(&self, segment: &Segment) -> bool {
        let bare = segment.payload.is_empty() && !segment.flags.has(Flags::FIN);
        bare && !self.active && self.attempts < self.deferrals()
    }
    /// Whether the SYN,ACK need not go again: its ACK has come, and the time is not nearly over.
    pub(super) fn is_deferred(&self) -> bool {
        self.owed.deferred && self.attempts + 1 < self.deferrals()
    }
    /// The time as a number of retransmissions, each after twice the wait of the one before.
    fn deferrals(&self) -> u32 {
        let Some(span) = self.config.interface.defer_accept else { return 0 };
        let (mut wait, mut whole, mut times) = (self.config.timeouts.initial_rto, Span::ZERO, 0);
        while whole < span && times < u8::MAX.into() {
            whole = whole + wait;
            wait = (wait * 2).min(self.config.timeouts.max_rto);
            times += 1;
        }
        times
    }
}
