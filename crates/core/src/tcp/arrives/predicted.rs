//! Header prediction (Jacobson 1990): what most segments are, on a path of its own.
//!
//! In ESTABLISHED, while nothing is missing in either direction, the next segment is known but for its length: text that
//! comes next in the stream, or an ACK of what we sent, or both. It takes each step of §3.10.7.4 that does something then, in
//! the same order and by the same functions, and leaves out the others: none of them would do anything, as
//! [`is_predicted`](Connection::is_predicted) says one by one. In tests every such segment takes both ways, and
//! they must come to the same.

use crate::tcp::timestamps::Stamp;
use crate::tcp::{Connection, Phase, Reason, State, Timer};
use crate::time::Time;
use crate::trace::Cx;
use crate::wire::{Flags, Segment};

impl Connection {
    /// Whether the segment is one that may take the short way.
    pub(super) fn is_predicted(&self, segment: &Segment, now: Time) -> bool {
        let text = segment.payload.len() as u32;
        self.state == State::Established
            // Neither RST nor SYN, URG, FIN, nor an echo of a mark: those steps have nothing to do.
            && segment.flags.without(Flags::PSH) == Flags::ACK
            && !self.marks.arriving
            // It is acceptable, all of it, and comes next.
            && segment.seq == self.rcv.nxt
            && text <= self.rcv.wnd
            // It acknowledges something new, or else brings text: it is no duplicate ACK.
            && segment.ack.at_or_before(self.snd.nxt)
            && (segment.ack.after(self.snd.una) || text > 0 && segment.ack == self.snd.una)
            && segment.options.sack.is_empty()
            && self.check_timestamp(segment, now) == Stamp::Good
            // Nothing that we sent is missing, and it proves no retransmission needless.
            && self.has_nothing_to_recover()
            && !self.answers_original(segment)
            // Nothing that we receive is missing, urgent or unwanted.
            && self.reassembly.is_empty()
            && self.reassembly.fin.is_none()
            && self.urgent.is_none()
            && !self.released
    }
    /// An ACK of something new only makes the window grow.
    fn has_nothing_to_recover(&self) -> bool {
        self.recovery.phase == Phase::Open
            && self.recovery.probe.is_none()
            && self.sack_permitted
            && self.sent.sacked() == 0
            && self.sent.lost() == 0
            && !self.snd.syn
    }
    /// The steps that are left.
    pub(super) fn take_predicted(&mut self, segment: &Segment, cx: &mut Cx) {
        self.rule(Reason::Acceptable, cx);
        self.note_timestamp(segment, cx.now);
        self.probes.unanswered = 0;
        self.soft_error = None;
        if segment.ack == self.snd.una {
            self.rule(Reason::OldAck, cx);
            self.stop_timer(Timer::Reordering, cx);
        } else {
            self.rule(Reason::NewAck, cx);
            let mut news = self.no_news(cx.now);
            self.move_una(segment.ack, &mut news, cx);
            self.learn_from_delivery(segment, &news, cx);
            self.stop_timer(Timer::Reordering, cx);
            self.congestion.acknowledged(news.delivery.octets, cx.now);
            self.restart_retransmit_timer(&news, cx);
        }
        self.update_window(segment, cx);
        self.heard(cx);
        if !segment.payload.is_empty() {
            self.revive_quick_acks(cx);
            self.take_next(&segment.payload, cx);
        }
    }
}

/// That the short way is the long one without what does nothing: each unit test tries it on every segment that takes it.
#[cfg(test)]
impl Connection {
    pub(super) fn compare_ways(&self, segment: &Segment, cx: &Cx) {
        let taken = |way: fn(&mut Connection, &Segment, &mut Cx)| {
            let (mut connection, mut log) = (self.clone(), crate::trace::Log::recording());
            way(&mut connection, segment, &mut Cx { now: cx.now, node: cx.node, cause: None, log: &mut log });
            (connection, log)
        };
        let long = taken(|connection, segment, cx| {
            let _done = connection.arrives_in_other_states(segment, cx);
        });
        assert_eq!(taken(Connection::take_predicted), long, "after {segment:?}");
    }
}
