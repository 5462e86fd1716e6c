//! First, check the sequence number (RFC 9293 §3.10.7.4).

use super::Check;
use crate::seq::SeqRange;
use crate::tcp::timestamps::Stamp;
use crate::tcp::{Connection, Reason, State};
use crate::trace::Cx;
use crate::wire::{Flags, Segment};

impl Connection {
    pub(super) fn check_sequence(&mut self, segment: &Segment, cx: &mut Cx) -> Check {
        match self.check_timestamp(segment, cx.now) {
            Stamp::Good => {}
            Stamp::Old => return self.unacceptable(segment, Reason::OldTimestamp, cx),
            Stamp::Missing => {
                self.rule(Reason::NoTimestamp, cx);
                return Check::Break(());
            }
        }
        if self.is_acceptable(segment) {
            self.rule(Reason::Acceptable, cx);
            return Check::Continue(());
        }
        // "If the RCV.WND is zero, no segments will be acceptable, but special allowance should be made to accept valid
        // ACKs": the text of a probe is not taken, its ACK is.
        if self.rcv.wnd == 0 && segment.seq == self.rcv.nxt {
            self.rule(Reason::WindowClosed, cx);
            self.owed.ack = Some(Reason::AckNow);
            return Check::Continue(());
        }
        let is_plain_syn = segment.flags.has(Flags::SYN) && !segment.flags.has(Flags::RST);
        if self.snd.syn && segment.seq == self.rcv.irs && is_plain_syn {
            return self.known_syn(segment, cx);
        }
        self.unacceptable(segment, Reason::Unacceptable, cx)
    }

    /// The four cases of the table "Segment Acceptability Tests".
    fn is_acceptable(&self, segment: &Segment) -> bool {
        let wnd = self.acceptable_window();
        let window = SeqRange::new(self.rcv.nxt, wnd);
        let len = segment.seq_len();
        match (len, wnd) {
            (0, 0) => segment.seq == self.rcv.nxt,
            (0, _) => window.contains(segment.seq),
            (_, 0) => false,
            _ => window.contains(segment.seq) || window.contains(segment.seq + (len - 1)),
        }
    }
    /// The SYN we have already comes again. In a simultaneous open it brings the ACK of ours (§3.5, figure 8) and goes on
    /// without its SYN; else our SYN,ACK was lost and goes again.
    fn known_syn(&mut self, segment: &Segment, cx: &mut Cx) -> Check {
        self.rule(Reason::SynArrived, cx);
        if segment.flags.has(Flags::ACK) {
            let segment =
                Segment { seq: segment.seq + 1, flags: segment.flags.without(Flags::SYN), ..segment.clone() };
            self.arrives_in_other_states(&segment, cx)?;
            return Check::Break(());
        }
        self.presume_lost(SeqRange::new(self.snd.iss, 1), Reason::SynAckOfListen);
        Check::Break(())
    }
    /// "If an incoming segment is not acceptable, an acknowledgment should be sent in reply (unless the RST bit is set)."
    fn unacceptable(&mut self, segment: &Segment, why: Reason, cx: &mut Cx) -> Check {
        self.rule(why, cx);
        if segment.flags.has(Flags::RST) {
            return Check::Break(());
        }
        if segment.flags.has(Flags::SYN) || segment.seq_len() == 0 {
            return self.challenge(cx);
        }
        // The peer sends again what we have: our ACK was lost, or our FIN's ACK (TIME-WAIT starts anew).
        let text = SeqRange::new(segment.seq, segment.payload.len() as u32);
        if !text.is_empty() && text.start.before(self.rcv.nxt) {
            self.note_duplicate(text);
        }
        self.owed.ack = Some(Reason::AckNow);
        if self.state == State::TimeWait && segment.flags.has(Flags::FIN) {
            self.begin_time_wait(cx);
        }
        // In CLOSING both FINs crossed. The peer's comes again with the ACK of ours: where it were dropped, and both repeat
        // their FIN with every ACK as BSDs do, the two would go on for ever.
        let fin_again = segment.flags.has(Flags::FIN) && segment.seq + segment.seq_len() == self.rcv.nxt;
        if self.state == State::Closing && fin_again && why == Reason::Unacceptable {
            Check::Continue(())
        } else {
            Check::Break(())
        }
    }
}
