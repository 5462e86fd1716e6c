//! Fifth, check the ACK field (RFC 9293 §3.10.7.4).

use super::Check;
use crate::collections::sort_by_key;
use crate::seq::{Seq, SeqRange};
use crate::tcp::recovery::News;
use crate::tcp::sent::Delivery;
use crate::tcp::{Connection, Reason, State, Timer, Trigger};
use crate::time::Time;
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
        self.note_timestamp(segment, cx.now);
        self.probes.unanswered = 0;
        self.soft_error = None;
        self.check_echo(segment, cx);
        let mut news = self.no_news(cx.now);
        if segment.ack.after(self.snd.una) {
            self.rule(Reason::NewAck, cx);
            news.answers_original = self.answers_original(segment);
            self.move_una(segment.ack, &mut news, cx);
        } else if self.is_duplicate_ack(segment) {
            self.rule(Reason::DuplicateAck, cx);
            news.duplicate = true;
        } else {
            self.rule(Reason::OldAck, cx);
        }
        self.take_blocks(segment, &mut news, cx);
        self.learn_from_delivery(segment, &news, cx);
        self.recover(news, cx);
        self.restart_retransmit_timer(&news, cx);
        self.update_window(segment, cx);
        self.check_ack_of_fin(cx)
    }

    /// SYN-RECEIVED: "If SND.UNA < SEG.ACK =< SND.NXT, then enter ESTABLISHED state and continue processing", else reset.
    fn check_ack_of_syn(&mut self, segment: &Segment, cx: &mut Cx) -> Check {
        if segment.ack.after(self.snd.una) && segment.ack.at_or_before(self.snd.nxt) {
            if self.defers(segment) {
                self.rule(Reason::AcceptDeferred, cx);
                self.owed.deferred = true;
                return Check::Break(());
            }
            self.transition(Trigger::AckOfSyn, cx);
            self.take_text_of_syn(cx);
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

    pub(super) fn no_news(&self, now: Time) -> News {
        let min_rtt = self.rack.min_rtt().unwrap_or_default();
        News { delivery: Delivery { now, min_rtt, ..Delivery::default() }, ..News::default() }
    }
    /// The ACK of our SYN in SYN-SENT: it tells nothing of losses.
    pub(super) fn acknowledged(&mut self, segment: &Segment, cx: &mut Cx) {
        let mut news = self.no_news(cx.now);
        self.move_una(segment.ack, &mut news, cx);
        self.learn_from_delivery(segment, &news, cx);
    }
    /// `SND.UNA < SEG.ACK =< SND.NXT`: moves `SND.UNA`, and lets go of what is acknowledged.
    pub(super) fn move_una(&mut self, ack: Seq, news: &mut News, cx: &mut Cx) {
        self.sent.acknowledge(ack, &mut news.delivery);
        news.moved = true;
        if std::mem::take(&mut self.snd.syn) {
            news.delivery.octets = news.delivery.octets.saturating_sub(1);
            self.finish_handshake();
            self.sent.release();
        }
        let text = self.send_buffer.len() - self.snd.end.past(ack);
        self.send_buffer.drop_front(text);
        self.totals.bytes_acked += u64::from(text);
        self.snd.una = ack;
        // RFC 6298 §5.2. What this ACK lets out has the whole time-out before it.
        if self.flight() == 0 {
            self.stop_timer(Timer::Retransmit, cx);
        }
        self.forget_records();
        self.try_larger_segments(cx.now);
        self.stop_timer(Timer::UserTimeout, cx);
        self.attempts = 0;
        self.owed.tail_schedule = true;
        self.snd.more = false;
    }
    /// What the SACK option tells: octets that arrived beyond a hole, and octets that came twice (RFC 2018 §5, RFC 2883 §5).
    fn take_blocks(&mut self, segment: &Segment, news: &mut News, cx: &mut Cx) {
        if segment.options.sack.is_empty() || !self.sack_permitted {
            return;
        }
        let mut blocks = *segment.options.sack;
        let beyond = SeqRange { start: self.snd.una.later(segment.ack), end: self.snd.nxt };
        news.twice = came_twice(&blocks, beyond.start);
        // In order, so that what one ACK tells of does not look as if it had been overtaken.
        sort_by_key(&mut blocks, |block| block.map(|block| block.start - self.snd.una));
        for block in blocks.iter().flatten().filter(|block| beyond.holds(**block)) {
            self.sent.sack(*block, &mut news.delivery);
        }
        self.sent.know(blocks);
        if news.delivery.sacked > 0 {
            self.owed.tail_schedule = true;
            self.rule(Reason::Sacked, cx);
        }
        if let Some(twice) = news.twice {
            self.rule(Reason::ReportedTwice, cx);
            self.totals.twice += 1;
            self.recovery.undo.came_twice(twice, self.snd.mss);
            self.rack.duplicate_reported(self.snd.una, self.snd.nxt);
        }
    }
    /// The round-trip time and the order of delivery. Where all was sent twice, only the round trip that the peer echoed tells
    /// which copy it measures (RFC 7323 §4.1); else our own clock is the finer one.
    pub(super) fn learn_from_delivery(&mut self, segment: &Segment, news: &News, cx: &mut Cx) {
        let timed = news.delivery.timed.map(|sent| cx.now.since(sent));
        let echoed = || self.echoed_round_trip(segment, cx.now).filter(|_| news.moved);
        if let Some(rtt) = timed.or_else(echoed) {
            self.rto.measured(rtt, &self.config);
            self.rack.measured(rtt, cx.now);
            self.congestion.measured(rtt, self.snd.una, self.snd.nxt, cx.now);
        }
        if news.delivery.octets > 0 {
            self.rack_learns(&news.delivery);
        }
    }
    /// RFC 6298 §5.3.
    pub(super) fn restart_retransmit_timer(&mut self, news: &News, cx: &mut Cx) {
        if news.moved && self.restarts_timer() && self.flight() > 0 {
            self.set_timer(Timer::Retransmit, self.rto.current(&self.config), cx);
        }
    }
    /// "If SND.WL1 < SEG.SEQ or (SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK)": not by a segment older than the last that did.
    pub(super) fn update_window(&mut self, segment: &Segment, cx: &mut Cx) {
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
            self.presume_lost(probed, Reason::WindowOpened);
        }
        if before == 0 && self.snd.wnd > 0 && self.flight() == 0 {
            self.restart_after_idle(cx);
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

/// RFC 2883 §4: a first block below the acknowledgment, or inside of the second, reports what came twice.
fn came_twice(blocks: &[Option<SeqRange>; 4], ack: Seq) -> Option<SeqRange> {
    let first = blocks[0]?;
    let inside = blocks[1].is_some_and(|second| second.holds(first));
    (inside || first.end.at_or_before(ack)).then_some(first)
}
