//! Seventh, process the segment text (RFC 9293 §3.10.7.4).

use super::{Check, reset_for};
use crate::payload::Payload;
use crate::seq::{Seq, SeqRange};
use crate::tcp::{AckEvery, Connection, Reason, State, Timer};
use crate::time::Time;
use crate::trace::Cx;
use crate::wire::{Flags, Segment};

/// How many ACKs `TCP_QUICKACK` makes quick; Linux has 16.
const QUICK_ACKS: u32 = 16;

impl Connection {
    pub(super) fn take_text(&mut self, segment: &Segment, cx: &mut Cx) -> Check {
        let receiving = matches!(self.state, State::Established | State::FinWait1 | State::FinWait2);
        if segment.payload.is_empty() || !receiving {
            return Check::Continue(());
        }
        let first = text_start(segment);
        let text = SeqRange::new(first, segment.payload.len() as u32);
        let came_twice = self.note_duplicate(text);
        let Some(fresh) = text.overlap(SeqRange::new(self.rcv.nxt, self.acceptable_window())) else {
            if self.rcv.wnd > 0 {
                self.rule(Reason::OldText, cx);
            }
            self.owed.ack = Some(Reason::AckNow);
            return Check::Continue(());
        };
        if self.released {
            self.reset(Reason::ResetOfLostData, cx);
            self.owed.reset = reset_for(segment).map(|reset| Box::new((reset, Reason::ResetOfLostData)));
            return Check::Break(());
        }
        self.revive_quick_acks(cx);
        let payload = segment.payload.slice((fresh.start - first) as usize, (fresh.end - first) as usize);
        if fresh.start == self.rcv.nxt {
            self.take_next(&payload, cx);
        } else {
            self.take_early(fresh.start, payload, cx);
        }
        if came_twice {
            self.owed.ack = Some(Reason::DuplicateText);
        }
        Check::Continue(())
    }

    /// Text that came with the peer's SYN, before there was a connection to take it.
    pub(super) fn take_text_of_syn(&mut self, cx: &mut Cx) {
        if !self.reassembly.is_empty()
            && let Some(payload) = self.reassembly.take(self.rcv.nxt)
        {
            self.take_next(&payload, cx);
        }
    }
    /// Text that comes next in the stream, and whatever waited behind it.
    pub(super) fn take_next(&mut self, payload: &Payload, cx: &mut Cx) {
        let fills_hole = !self.reassembly.is_empty();
        self.rule(if fills_hole { Reason::HoleFilled } else { Reason::InOrder }, cx);
        self.receive(payload);
        if fills_hole {
            while let Some(payload) = self.reassembly.take(self.rcv.nxt) {
                self.receive(&payload);
            }
            self.sack.acknowledged(self.rcv.nxt);
        }
        self.owe_ack(fills_hole, cx);
    }
    fn receive(&mut self, payload: &Payload) {
        let len = payload.len() as u32;
        self.rcv.nxt += len;
        self.rcv.wnd = self.rcv.wnd.saturating_sub(len);
        self.receive_buffer.push(payload);
    }
    /// Text ahead of its turn waits for what is missing before it, and the sender is told at once.
    fn take_early(&mut self, seq: Seq, payload: Payload, cx: &mut Cx) {
        self.rule(Reason::OutOfOrder, cx);
        if self.sack_permitted {
            self.sack.arrived(SeqRange::new(seq, payload.len() as u32));
        }
        self.reassembly.insert(seq, payload);
        self.owed.ack = Some(Reason::AckNow);
    }
    /// RFC 5681 §4.2: every second full segment is acknowledged at once, and so is one that fills a hole; else the ACK may
    /// wait for text to ride on.
    fn owe_ack(&mut self, fills_hole: bool, cx: &mut Cx) {
        let unacknowledged = self.rcv.nxt - self.rcv.acked;
        let second_segment = match self.config.ack_every {
            AckEvery::SecondFull => unacknowledged >= 2 * self.snd.mss,
            AckEvery::MoreThanOneFull => unacknowledged > self.snd.mss,
            AckEvery::Second => self.timers.is_running(Timer::DelayedAck) || unacknowledged > self.snd.mss,
        };
        if fills_hole || second_segment || self.config.delayed_ack.is_zero() {
            self.owed.ack = Some(Reason::AckNow);
        } else if self.rcv.quick_acks > 0 {
            self.owed.ack = Some(Reason::QuickAck);
        } else if !self.timers.is_running(Timer::DelayedAck) {
            self.set_timer(Timer::DelayedAck, self.config.delayed_ack, cx);
        }
    }
    /// `TCP_QUICKACK`: the next ACKs do not wait, nor does the one that waits already; or all wait again.
    pub(in crate::tcp) fn acknowledge_quickly(&mut self, on: bool) {
        self.rcv.quick_acks = if on { QUICK_ACKS } else { 0 };
        if on && self.timers.is_running(Timer::DelayedAck) {
            self.owed.ack = Some(Reason::QuickAck);
        }
    }
    /// The peer begins to send, or begins again after a pause that made it forget its window.
    pub(super) fn revive_quick_acks(&mut self, cx: &Cx) {
        let last = self.rcv.last;
        let pause = last == Time::NEVER || cx.now.since(last) > self.rto.current(&self.config);
        if pause {
            self.rcv.quick_acks = self.rcv.quick_acks.max(self.config.quick_acks);
        }
        self.rcv.last = cx.now;
    }
}

/// Sequence number of the first octet of text: a SYN comes before it.
pub(super) fn text_start(segment: &Segment) -> Seq {
    segment.seq + u32::from(segment.flags.has(Flags::SYN))
}
