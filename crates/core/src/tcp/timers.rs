//! The timers of a connection: one table, so that every deadline can be seen at a glance.

use super::Connection;
use crate::time::{Span, Time};
use crate::trace::{Cx, Kind};
use serde::{Deserialize, Serialize};

/// A timer of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timer {
    /// Send the oldest unacknowledged octet again (RFC 6298).
    Retransmit,
    /// Probe a window of zero (RFC 9293 §3.8.6.1).
    Persist,
    /// Acknowledge what was received some time ago (RFC 9293 §3.8.6.3).
    DelayedAck,
    /// Look again at what was overtaken: by now it may be lost (RFC 8985 §6).
    Reordering,
    /// Probe for the loss of the last segments (RFC 8985 §7).
    TailProbe,
    /// Leave TIME-WAIT after 2 MSL (RFC 9293 §3.6.1).
    TimeWait,
    /// Ask a silent peer whether it is there (RFC 9293 §3.8.4), or give up a handshake that takes too long.
    KeepAlive,
    /// Give up on what stays unacknowledged (RFC 9293 §3.10.8, RFC 5482).
    UserTimeout,
    /// Leave FIN-WAIT-2 although the peer's FIN never came.
    FinWait2,
}

impl Timer {
    /// Every timer, in the order in which those that run out at the same instant are handled.
    pub const ALL: [Timer; 9] = [
        Timer::Reordering,
        Timer::TailProbe,
        Timer::Retransmit,
        Timer::Persist,
        Timer::DelayedAck,
        Timer::TimeWait,
        Timer::KeepAlive,
        Timer::UserTimeout,
        Timer::FinWait2,
    ];
}

/// When each timer runs out; [`Time::NEVER`] while it does not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Timers([Time; Timer::ALL.len()]);

impl Default for Timers {
    /// None runs.
    fn default() -> Timers {
        Timers([Time::NEVER; Timer::ALL.len()])
    }
}

impl Timers {
    pub(super) fn is_running(&self, timer: Timer) -> bool {
        self.0[timer as usize] != Time::NEVER
    }
    /// When it runs out.
    pub(super) fn due(&self, timer: Timer) -> Option<Time> {
        Some(self.0[timer as usize]).filter(|due| *due != Time::NEVER)
    }
    pub(super) fn next(&self) -> Option<Time> {
        let next = self.0.iter().fold(Time::NEVER, |next, due| next.min(*due));
        Some(next).filter(|next| *next != Time::NEVER)
    }
    /// Takes the timer off the table where it has run out.
    pub(super) fn take_due(&mut self, timer: Timer, now: Time) -> bool {
        self.0[timer as usize] <= now && self.take(timer)
    }
    /// Takes the timer off the table; whether it ran.
    fn take(&mut self, timer: Timer) -> bool {
        self.is_running(timer) && {
            self.0[timer as usize] = Time::NEVER;
            true
        }
    }
}

/// For the exhaustive model, in which time stands still.
#[cfg(test)]
impl Timers {
    /// This timer, and no other, runs out now.
    pub(super) fn run_out(&mut self, timer: Timer, now: Time) {
        self.0[timer as usize] = now;
    }
    /// Only that a timer runs is kept, not until when.
    pub(super) fn forget_when(&mut self) {
        const SOME_TIME: Time = Time::from_nanos(1 << 60);
        self.0.iter_mut().filter(|due| **due != Time::NEVER).for_each(|due| *due = SOME_TIME);
    }
}

/// No timer runs for less than this, so that time always goes on whatever a configuration says.
const TICK: Span = Span::from_micros(1);

impl Connection {
    /// Sets a timer, or sets it anew.
    pub(super) fn set_timer(&mut self, timer: Timer, span: Span, cx: &mut Cx) {
        let due = cx.now + span.max(TICK);
        if std::mem::replace(&mut self.timers.0[timer as usize], due) != due {
            cx.emit(|| Kind::TimerSet { sock: self.sock, timer, due });
        }
    }
    pub(super) fn stop_timer(&mut self, timer: Timer, cx: &mut Cx) {
        if self.timers.take(timer) {
            cx.emit(|| Kind::TimerStopped { sock: self.sock, timer });
        }
    }
    pub(super) fn stop_every_timer(&mut self, cx: &mut Cx) {
        Timer::ALL.into_iter().for_each(|timer| self.stop_timer(timer, cx));
    }
}
