//! Times that end a connection whatever else goes on: the user timeout (RFC 9293 §3.10.8, RFC 5482), and how long one that
//! the program has closed waits for its peer's FIN.

use super::{Connection, State, Timer, Trigger};
use crate::trace::Cx;

impl Connection {
    /// The user timeout runs while something that was sent is unacknowledged, from its sending or the last ACK of
    /// something new on.
    pub(super) fn settle_user_timeout(&mut self, cx: &mut Cx) {
        let waits =
            || !matches!(self.state, State::Closed | State::TimeWait) && self.snd.una != self.send_end();
        match self.config.interface.user_timeout {
            Some(span) if waits() => {
                if !self.timers.is_running(Timer::UserTimeout) {
                    self.set_timer(Timer::UserTimeout, span, cx);
                }
            }
            _ => self.stop_timer(Timer::UserTimeout, cx),
        }
    }
    /// FIN-WAIT-2 has no end in RFC 9293: a peer that never closes would keep a connection that nobody has any more.
    pub(super) fn limit_fin_wait_2(&mut self, cx: &mut Cx) {
        if let (State::FinWait2, true, Some(span)) =
            (self.state, self.released, self.config.interface.fin_wait_2)
        {
            self.set_timer(Timer::FinWait2, span, cx);
        }
    }
    pub(super) fn fin_wait_2_timeout(&mut self, cx: &mut Cx) {
        self.transition(Trigger::TimedOut, cx);
    }
}
