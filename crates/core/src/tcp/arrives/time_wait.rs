//! TIME-WAIT as a stack keeps it that remembers no more than the ends and the next numbers.

use super::Check;
use crate::tcp::{Connection, Reason, Stamp};
use crate::trace::Cx;
use crate::wire::{Flags, Segment};

impl Connection {
    /// A RST is not believed (RFC 1337), nor is anything without an ACK; a FIN that comes again starts the wait anew; and all
    /// but the plain ACK of our FIN is answered with what we expect.
    pub(super) fn arrives_in_time_wait(&mut self, segment: &Segment, cx: &mut Cx) -> Check {
        if segment.flags.has(Flags::RST) {
            self.rule(Reason::TimeWaitStays, cx);
            return Check::Break(());
        }
        if !segment.flags.has(Flags::ACK) {
            self.rule(Reason::NoAck, cx);
            return Check::Break(());
        }
        if self.check_timestamp(segment, cx.now) == Stamp::Missing {
            self.rule(Reason::NoTimestamp, cx);
            return Check::Break(());
        }
        if segment.flags.has(Flags::FIN) && segment.seq + segment.seq_len() == self.rcv.nxt {
            self.begin_time_wait(cx);
        }
        let expected = segment.seq == self.rcv.nxt && segment.ack == self.snd.nxt;
        if segment.flags == Flags::ACK && segment.payload.is_empty() && expected {
            self.rule(Reason::OldAck, cx);
        } else {
            self.rule(Reason::Unacceptable, cx);
            self.owed.ack = Some(Reason::AckNow);
        }
        Check::Break(())
    }
}
