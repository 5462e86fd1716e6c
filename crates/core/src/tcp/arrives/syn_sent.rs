//! SYN-SENT (RFC 9293 §3.10.7.3).

use super::Check;
use crate::errno::Errno;
use crate::seq::SeqRange;
use crate::tcp::{Connection, Reason, Trigger};
use crate::trace::Cx;
use crate::wire::{Flags, Segment};
use std::ops::ControlFlow;

impl Connection {
    pub(super) fn arrives_in_syn_sent(&mut self, segment: &Segment, cx: &mut Cx) -> Check {
        let acks_syn = self.check_ack_in_syn_sent(segment, cx)?;
        self.check_reset_in_syn_sent(segment, acks_syn, cx)?;
        if !segment.flags.has(Flags::SYN) {
            self.rule(Reason::NoSyn, cx);
            return Check::Break(());
        }
        self.learn_syn(segment, cx.now);
        if acks_syn {
            self.rule(Reason::SynAckArrived, cx);
            self.learn_fast_open(segment, cx);
            self.acknowledged(segment, cx);
            self.transition(Trigger::SynAck, cx);
            self.owed.ack = Some(Reason::AckNow);
            self.take_text(segment, cx)?;
            self.take_fin(segment, cx)
        } else {
            self.rule(Reason::SynArrived, cx);
            self.transition(Trigger::Syn, cx);
            let syn = SeqRange::new(self.snd.iss, 1);
            self.presume_lost(syn, Reason::SynAckOfSimultaneousOpen);
            self.keep_text_of_syn(segment);
            Check::Break(())
        }
    }

    /// "If there are other controls or text in the segment, queue for processing after the ESTABLISHED state has been
    /// reached": as if the text had come ahead of its turn. A FIN will come again.
    fn keep_text_of_syn(&mut self, segment: &Segment) {
        let fits = segment.payload.len().min(self.rcv.wnd as usize);
        self.reassembly.insert(segment.seq + 1, segment.payload.slice(0, fits));
    }
    /// First, check the ACK bit. Says whether the segment acknowledges our SYN.
    fn check_ack_in_syn_sent(&mut self, segment: &Segment, cx: &mut Cx) -> ControlFlow<(), bool> {
        if !segment.flags.has(Flags::ACK) {
            return ControlFlow::Continue(false);
        }
        if segment.ack.at_or_before(self.snd.iss) || segment.ack.after(self.syn_reach()) {
            self.rule(Reason::AckOfNothingSent, cx);
            self.refuse(segment);
            if self.config.opening.impatient_syn && self.attempts == 0 {
                self.attempts = 1;
                self.presume_lost(SeqRange::new(self.snd.iss, 1), Reason::SynAgain);
            }
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(true)
    }
    /// Second, check the RST bit: it is believed only where it acknowledges our SYN (RFC 5961 §3.2).
    fn check_reset_in_syn_sent(&mut self, segment: &Segment, acks_syn: bool, cx: &mut Cx) -> Check {
        if !segment.flags.has(Flags::RST) {
            return Check::Continue(());
        }
        if acks_syn {
            self.rule(Reason::ResetArrived, cx);
            self.fail(Errno::ECONNREFUSED, Trigger::Reset, cx);
        } else {
            self.rule(Reason::NoAck, cx);
        }
        Check::Break(())
    }
}
