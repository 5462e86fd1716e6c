//! SEGMENT ARRIVES (RFC 9293 §3.10.7): the checks of the RFC in its order, a function each.
//!
//! A check either lets the segment go on to the next (`Continue`) or is done with it (`Break`).

mod ack;
mod fin;
mod predicted;
mod reset;
mod sequence;
mod syn;
mod syn_sent;
mod text;
mod time_wait;

use super::{Connection, Reason, State};
use crate::seq::Seq;
use crate::time::Time;
use crate::trace::Cx;
use crate::wire::{Flags, Segment};
use std::ops::ControlFlow;

/// Whether the segment goes on to the next check.
type Check = ControlFlow<()>;

impl Connection {
    /// A segment for this connection arrives. Whether it only brought the text that comes next: then at most an ACK is to be
    /// sent, which one for more of the same may answer, too.
    pub fn on_segment(&mut self, segment: &Segment, cx: &mut Cx) -> bool {
        if self.is_predicted(segment, cx.now) {
            #[cfg(test)]
            self.compare_ways(segment, cx);
            let only_text = segment.ack == self.snd.una;
            self.take_predicted(segment, cx);
            self.check();
            return only_text;
        }
        let syn_fin = segment.flags.has(Flags::SYN.with(Flags::FIN));
        let _done = match self.state {
            State::SynSent if syn_fin && self.config.trust.drop_syn_fin => Check::Break(()),
            State::Closed | State::Listen => self.arrives_in_closed(segment),
            State::SynSent => self.arrives_in_syn_sent(segment, cx),
            State::TimeWait if self.config.trust.minimal_time_wait => self.arrives_in_time_wait(segment, cx),
            _ => self.arrives_in_other_states(segment, cx),
        };
        self.check();
        false
    }

    /// §3.10.7.1.
    fn arrives_in_closed(&mut self, segment: &Segment) -> Check {
        self.refuse(segment);
        Check::Break(())
    }
    /// §3.10.7.4. The third check (security and compartment) does nothing here: it is not used on the Internet.
    fn arrives_in_other_states(&mut self, segment: &Segment, cx: &mut Cx) -> Check {
        self.check_sequence(segment, cx)?;
        self.check_reset(segment, cx)?;
        self.check_syn(segment, cx)?;
        self.check_ack(segment, cx)?;
        self.heard(cx);
        self.note_mark(segment, cx);
        self.check_urgent(segment, cx);
        self.take_text(segment, cx)?;
        self.take_fin(segment, cx)
    }

    /// "If the connection does not exist", or if the ACK is for something it never sent: a RST.
    fn refuse(&mut self, segment: &Segment) {
        self.owed.reset = reset_for(segment).map(|reset| Box::new((reset, Reason::ResetUnwanted)));
    }
    /// RFC 5961: what may be forged is answered with what we expect instead, not too often (§7).
    fn challenge(&mut self, cx: &mut Cx) -> Check {
        let recent = |(since, _): &(Time, u32)| cx.now.since(*since) < self.config.trust.challenge_interval;
        let (since, answered) =
            self.owed.challenged.as_deref().copied().filter(recent).unwrap_or((cx.now, 0));
        if answered < self.config.trust.challenge_acks {
            self.owed.challenged = Some((since, answered + 1).into());
            self.owed.ack = Some(Reason::ChallengeAck);
        }
        Check::Break(())
    }
}

/// The answer to a segment for which there is no connection (RFC 9293 §3.10.7.1): a RST, unless it is one itself.
///
/// ```
/// use sockscope_core::{seq::Seq, tcp::reset_for, wire::{Flags, Segment}};
/// let syn = Segment { src_port: 50000, dst_port: 7, seq: Seq::new(9), flags: Flags::SYN, ..Segment::default() };
/// let reset = reset_for(&syn).unwrap();
/// assert_eq!((reset.flags, reset.ack), (Flags::RST.with(Flags::ACK), Seq::new(10)));
/// assert_eq!(reset_for(&reset), None);
/// ```
pub fn reset_for(segment: &Segment) -> Option<Segment> {
    if segment.flags.has(Flags::RST) {
        return None;
    }
    let back = Segment { src_port: segment.dst_port, dst_port: segment.src_port, ..Segment::default() };
    Some(if segment.flags.has(Flags::ACK) {
        Segment { seq: segment.ack, flags: Flags::RST, ..back }
    } else {
        let ack = segment.seq + segment.seq_len();
        Segment { seq: Seq::new(0), ack, flags: Flags::RST.with(Flags::ACK), ..back }
    })
}
