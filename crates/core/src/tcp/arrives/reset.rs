//! Second, check the RST bit (RFC 9293 §3.10.7.4, RFC 5961 §3).

use super::Check;
use crate::errno::Errno;
use crate::tcp::{Connection, Reason, State, Trigger};
use crate::trace::Cx;
use crate::wire::{Flags, Segment};

impl Connection {
    pub(super) fn check_reset(&mut self, segment: &Segment, cx: &mut Cx) -> Check {
        if !segment.flags.has(Flags::RST) {
            return Check::Continue(());
        }
        if self.state == State::TimeWait && !self.config.trust.reset_ends_time_wait {
            self.rule(Reason::TimeWaitStays, cx);
            return Check::Break(());
        }
        if segment.seq != self.rcv.nxt && !self.config.trust.reset_in_window_ends {
            self.rule(Reason::ResetOutOfPlace, cx);
            return self.challenge(cx);
        }
        self.rule(Reason::ResetArrived, cx);
        self.error = match self.state {
            State::SynReceived if self.is_fast() => Some(Errno::ECONNRESET),
            State::SynReceived => self.active.then_some(Errno::ECONNREFUSED),
            State::CloseWait => Some(self.config.reset_in_close_wait),
            State::Closing | State::LastAck => self.config.reset_in_closing.or(self.error),
            State::TimeWait => self.error,
            _ => Some(Errno::ECONNRESET),
        };
        self.transition(Trigger::Reset, cx);
        Check::Break(())
    }
}
