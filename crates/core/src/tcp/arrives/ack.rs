//! Fifth, check the ACK field (RFC 9293 §3.10.7.4).

use super::Check;
use crate::seq::SeqRange;
use crate::tcp::{Connection, Reason, State, Timer, Trigger};
use crate::trace::Cx;
use crate::wire::{Flags, Segment};

impl Connection {
    pub(super) fn check_ack(&mut self, segment: &Segment, cx: &mut Cx) -> Check {
        if !segment.flags.has(Flags::ACK) {
            self.rule(Reason::NoAck, cx);
            return Check::Break(());
        }
        if self.state == State::SynReceived {
            self.check_ack_of_syn(segment, cx)?;
        }
        self.check_ack_range(segment, cx)?;
        self.probes.unanswered = 0;
        self.soft_error = None;
        self.check_echo(segment, cx);
        if segment.ack.after(self.snd.una) {
            self.rule(Reason::NewAck, cx);
            self.acknowledged(segment, cx);
        } else if self.is_duplicate_ack(segment) {
            self.rule(Reason::DuplicateAck, cx);
            self.on_duplicate_ack();
        } else {
            self.rule(Reason::OldAck, cx);
        }
        self.update_window(segment, cx);
        self.check_ack_of_fin(cx)
    }

    /// SYN-RECEIVED: "If SND.UNA < SEG.ACK =< SND.NXT, then enter ESTABLISHED state and continue processing", else reset.
    fn check_ack_of_syn(&mut self, segment: &Segment, cx: &mut Cx) -> Check {
        if segment.ack.after(self.snd.una) && segment.ack.at_or_before(self.snd.nxt) {
            self.transition(Trigger::AckOfSyn, cx);
            self.move_window(segment);
            return Check::Continue(());
        }
        self.rule(Reason::AckOfNothingSent, cx);
        self.refuse(segment);
        Check::Break(())
    }
    /// What was never sent cannot be acknowledged; nor is an ACK believed that is older than any window
    /// (RFC 5961 §5).
    fn check_ack_range(&mut self, segment: &Segment, cx: &mut Cx) -> Check {
        let oldest = self.snd.una - self.snd.max_wnd;
        if segment.ack.at_or_before(self.snd.nxt) && segment.ack.at_or_after(oldest) {
            return Check::Continue(());
        }
        self.rule(Reason::AckOfNothingSent, cx);
        self.challenge(cx)
    }
    /// RFC 5681 §2, (a) to (e). While the window is closed it is probes that are in flight, and their answers tell of no
    /// loss.
    fn is_duplicate_ack(&self, segment: &Segment) -> bool {
        segment.ack == self.snd.una
            && self.flight() > 0
            && segment.seq_len() == 0
            && self.window_of(segment) == self.snd.wnd
            && self.snd.wnd > 0
    }

    /// `SND.UNA < SEG.ACK =< SND.NXT`: moves `SND.UNA`, and lets go of what is acknowledged.
    pub(super) fn acknowledged(&mut self, segment: &Segment, cx: &mut Cx) {
        let ack = segment.ack;
        if std::mem::take(&mut self.snd.syn) {
            self.finish_handshake();
        }
        let text = self.send_buffer.len() - self.snd.end.past(ack);
        self.send_buffer.drop_front(text);
        self.snd.una = ack;
        self.attempts = 0;
        let echoed = self.echoed_round_trip(segment, cx.now);
        self.rto.acknowledged(ack, echoed, cx.now, &self.config);
        let restart = self.on_recovery_ack(text);
        // RFC 6298 §5.3; §5.2 (nothing in flight) is seen to when the connection is drained.
        if restart && self.flight() > 0 {
            self.set_timer(Timer::Retransmit, self.rto.current(&self.config), cx);
        }
    }
    /// "If SND.WL1 < SEG.SEQ or (SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK)": not by a segment older than the last that did.
    fn update_window(&mut self, segment: &Segment, cx: &mut Cx) {
        let newer = self.snd.wl1.before(segment.seq)
            || (self.snd.wl1 == segment.seq && self.snd.wl2.at_or_before(segment.ack));
        if segment.ack.before(self.snd.una) || !newer {
            return;
        }
        let before = self.snd.wnd;
        self.move_window(segment);
        if self.snd.wnd != before {
            self.rule(Reason::WindowMoved, cx);
        }
        if before == 0 && self.snd.wnd > 0 && self.flight() > 0 {
            let probed = SeqRange { start: self.snd.una, end: self.snd.nxt };
            self.recovery.presume_lost(probed, Reason::WindowOpened);
        }
    }
    /// "Set SND.WND <- SEG.WND, set SND.WL1 <- SEG.SEQ, and set SND.WL2 <- SEG.ACK."
    pub(in crate::tcp) fn move_window(&mut self, segment: &Segment) {
        self.snd.wnd = self.window_of(segment);
        self.snd.max_wnd = self.snd.max_wnd.max(self.snd.wnd);
        self.snd.wl1 = segment.seq;
        self.snd.wl2 = segment.ack;
    }
    /// "If the FIN segment is now acknowledged": the states that wait for it go on.
    fn check_ack_of_fin(&mut self, cx: &mut Cx) -> Check {
        let waits = matches!(self.state, State::FinWait1 | State::Closing | State::LastAck);
        if waits && self.snd.una == self.send_end() {
            self.transition(Trigger::AckOfFin, cx);
        }
        if self.state == State::Closed { Check::Break(()) } else { Check::Continue(()) }
    }
}
