//! Timeouts (RFC 9293 §3.10.8): what happens when a timer runs out.

use super::{Connection, Reason, State, Timer, Trigger};
use crate::errno::Errno;
use crate::seq::SeqRange;
use crate::time::Span;
use crate::trace::{Cx, Kind};

impl Connection {
    /// Handles every timer that has run out by now. Afterwards
    /// [`poll_timeout`](Connection::poll_timeout) is later than now.
    pub fn handle_timeout(&mut self, cx: &mut Cx) {
        let cause = cx.cause;
        for timer in Timer::ALL {
            if self.timers.take_due(timer, cx.now) {
                cx.cause = cause;
                cx.emit_cause(|| Kind::TimerFired { sock: self.sock, timer });
                match timer {
                    Timer::Reordering => self.reordering_timeout(cx),
                    Timer::TailProbe => self.tail_probe_timeout(cx),
                    Timer::Retransmit => self.retransmit_timeout(cx),
                    Timer::Persist => self.persist_timeout(cx),
                    Timer::DelayedAck => self.owed.ack = Some(Reason::AckDelayed),
                    Timer::TimeWait => self.transition(Trigger::Elapsed2Msl, cx),
                    Timer::KeepAlive => self.keep_alive_timeout(cx),
                    Timer::UserTimeout => self.give_up(cx),
                    Timer::FinWait2 => self.fin_wait_2_timeout(cx),
                }
            }
        }
        self.check();
    }

    /// RFC 6298 §5.4 to §5.6; the segment goes out, and the timer is set, when the connection is drained.
    fn retransmit_timeout(&mut self, cx: &mut Cx) {
        let retries = match self.state {
            State::SynSent => self.config.times_to_send_a_syn_again(),
            State::SynReceived => self.config.opening.syn_ack_retries,
            _ => self.config.timeouts.data_retries,
        };
        if self.attempts >= retries {
            return self.give_up(cx);
        }
        if self.snd.syn {
            self.withdraw_data_of_syn();
            if !self.is_deferred() {
                self.presume_lost(SeqRange::new(self.snd.iss, 1), Reason::Retransmission);
            }
        } else {
            self.suspect_black_hole(cx);
            self.enter_loss(cx);
        }
        self.attempts += 1;
        if self.state != State::SynSent || self.attempts > self.config.opening.linear_syn_retries {
            self.rto.back_off();
        }
    }
    /// RFC 9293 §3.8.6.1: probe for as long as the peer answers, at growing intervals.
    fn persist_timeout(&mut self, cx: &mut Cx) {
        if self.probes.unanswered >= self.config.timeouts.data_retries {
            return self.give_up(cx);
        }
        self.probes.sent += 1;
        self.probes.unanswered += 1;
        self.owed.probe = true;
    }
    /// R2 is reached (RFC 9293 §3.8.3).
    pub(super) fn give_up(&mut self, cx: &mut Cx) {
        self.fail(self.soft_error.unwrap_or(Errno::ETIMEDOUT), Trigger::TimedOut, cx);
    }

    /// Starts and stops the timers of the sender as what is in flight, and what waits, ask for it.
    pub(super) fn settle_timers(&mut self, cx: &mut Cx) {
        self.settle_keep_alive(cx);
        self.settle_user_timeout(cx);
        if matches!(self.state, State::Closed | State::TimeWait) {
            return;
        }
        if self.is_stuck() {
            self.stop_timer(Timer::Retransmit, cx);
            self.stop_timer(Timer::TailProbe, cx);
            if !self.timers.is_running(Timer::Persist) {
                self.set_timer(Timer::Persist, self.persist_interval(), cx);
            }
            return;
        }
        self.stop_timer(Timer::Persist, cx);
        self.probes = Default::default();
        if self.flight() == 0 {
            self.stop_timer(Timer::Reordering, cx);
        } else if !self.timers.is_running(Timer::Retransmit) {
            // RFC 6298 §5.1.
            self.set_timer(Timer::Retransmit, self.rto.current(&self.config), cx);
        }
        if std::mem::take(&mut self.owed.tail_schedule) {
            self.schedule_tail_probe(cx);
        }
    }
    /// True where only the peer's window can get things moving again: it is closed, or too small for a segment worth
    /// sending while nothing is in flight whose ACK would tell more.
    fn is_stuck(&self) -> bool {
        let unsent = self.send_end() - self.snd.nxt;
        let blocked =
            if self.snd.wnd == 0 { self.flight() + unsent > 0 } else { self.flight() == 0 && unsent > 0 };
        blocked && !self.snd.syn
    }
    fn persist_interval(&self) -> Span {
        self.rto.doubled(self.probes.sent).min(self.config.timeouts.max_persist)
    }
}
