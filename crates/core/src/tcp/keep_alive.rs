//! Keep-alives (RFC 9293 §3.8.4), and a bound on how long the handshake may take.

use super::output::Outline;
use super::{Connection, Reason, State, Timer};
use crate::time::Time;
use crate::trace::Cx;
use crate::wire::Flags;
use serde::{Deserialize, Serialize};

/// What is known of a peer that says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Silence {
    /// When the last segment of the peer arrived.
    since: Time,
    /// Keep-alives sent since then.
    unanswered: u32,
    /// A keep-alive is to be sent.
    owed: bool,
}

impl Connection {
    /// A segment of the peer is accepted: it is still there.
    pub(super) fn heard(&mut self, cx: &Cx) {
        self.silence = Silence { since: cx.now, ..Silence::default() };
    }
    /// Keep-alives that nobody has answered.
    pub(super) fn silent_probes(&self) -> u32 {
        self.silence.unanswered
    }
    /// The timer runs while a handshake has a bound, and on a connection whose program asked for keep-alives.
    pub(super) fn settle_keep_alive(&mut self, cx: &mut Cx) {
        let span = match self.state {
            State::SynSent | State::SynReceived => self.config.opening.keep_init.filter(|_| self.active),
            State::Closed | State::Listen | State::TimeWait => None,
            _ => self.config.keep_alive.on.then(|| {
                let silent = cx.now.since(self.silence.since);
                self.config.keep_alive.idle.saturating_sub(silent)
            }),
        };
        match span {
            None => self.stop_timer(Timer::KeepAlive, cx),
            Some(span) => {
                // One that runs already keeps its time, but for that of a handshake which is over. While data is in flight it
                // has nothing to ask.
                let first = self.silence.unanswered == 0 && self.flight() == 0;
                if self.timers.due(Timer::KeepAlive).is_none_or(|due| first && due > cx.now + span) {
                    self.set_timer(Timer::KeepAlive, span, cx);
                }
            }
        }
    }
    /// "Keep-alive packets MUST only be sent when no sent data is outstanding, and when no data or acknowledgment packets
    /// have been received for the connection within an interval."
    pub(super) fn keep_alive_timeout(&mut self, cx: &mut Cx) {
        let keep = self.config.keep_alive;
        let silent = cx.now.since(self.silence.since);
        if matches!(self.state, State::SynSent | State::SynReceived) {
            self.give_up(cx);
        } else if self.flight() > 0 || silent < keep.idle {
            let rest = if self.flight() > 0 { keep.idle } else { keep.idle.saturating_sub(silent) };
            self.set_timer(Timer::KeepAlive, rest, cx);
        } else if self.silence.unanswered >= keep.count {
            let reset = self.segment(Outline::bare(self.ack_seq(), Flags::RST.with(Flags::ACK)), cx);
            self.give_up(cx);
            self.owed.reset = Some(Box::new((reset, Reason::ResetOfSilence)));
        } else {
            self.silence.unanswered += 1;
            self.silence.owed = true;
            self.set_timer(Timer::KeepAlive, keep.interval, cx);
        }
    }
    pub(super) fn owes_keep_alive(&self) -> bool {
        self.silence.owed
    }
    /// A keep-alive: without text, and with a number that the peer has acknowledged, so that it must answer.
    pub(super) fn wants_keep_alive(&mut self) -> Option<(Outline, Reason)> {
        let owed = self.owes_keep_alive() && std::mem::take(&mut self.silence.owed);
        owed.then(|| (Outline::bare(self.snd.una - 1, Flags::ACK), Reason::KeepAlive))
    }
}
