//! Everything that a connection sends after a change.
//!
//! Most of it is full segments of new data, one behind the other. All that [`next_segment`](Connection::next_segment) asks has
//! the same answers for each of them, as [`full_segments`](Connection::full_segments) says one by one: so they are asked once,
//! and a division tells how many may leave. It is header prediction (`arrives/predicted.rs`) the other way round; and in tests
//! every such row leaves in both ways, and they must come to the same.

use super::output::Outline;
use super::{Connection, Phase, Reason, State, Timer};
use crate::seq::SeqRange;
use crate::trace::Cx;
use crate::wire::{Ecn, Flags, Options, Segment};

/// Where segments go that leave: each with the rule that makes us send it, and the codepoint of the packet that is to carry
/// it.
pub trait Exit {
    /// Takes a segment.
    fn send(&mut self, segment: Segment, reason: Reason, ecn: Ecn, cx: &mut Cx);
}

impl Connection {
    /// Sends all that is to be sent now: to be called after each change, for only then do timers run and does the trace know
    /// the variables.
    pub fn drain(&mut self, exit: &mut impl Exit, cx: &mut Cx) {
        while self.may_send() {
            let full = self.full_segments();
            if full > 0 {
                #[cfg(test)]
                self.compare_ways_out(full, cx);
                self.send_full_segments(full, exit, cx);
            }
            let Some((segment, reason)) = self.next_segment(cx) else { return };
            exit.send(segment, reason, self.ecn(), cx);
        }
        self.rest(cx);
    }
    /// How many full segments of new data leave now in a row, with nothing before them and nothing beside their text.
    #[inline]
    fn full_segments(&self) -> u32 {
        let room = self.congestion.cwnd.saturating_sub(self.pipe());
        let edge = (self.snd.una + self.snd.wnd).earlier(self.snd.nxt + room).earlier(self.snd.end);
        let text = edge.past(self.snd.nxt);
        let plain = text >= self.snd.mss
            && matches!(self.state, State::Established | State::CloseWait)
            // Neither a RST nor a probe goes first, nor what is lost; and all goes for one reason.
            && self.owed.reset.is_none()
            && !self.owed.probe
            && !self.owed.tail_probe
            && self.recovery.phase == Phase::Open
            && self.sent.lost() == 0
            // No SYN, FIN, end of a record, urgent pointer, block or mark goes with them.
            && !self.snd.syn
            && !self.snd.fin
            && self.records.is_none()
            && self.urgent.is_none()
            && self.sack.option_len(self.sack_room()) == 0
            && !self.marks.on;
        if plain { text / self.snd.mss } else { 0 }
    }
    /// What [`next_segment`](Connection::next_segment) does for each of them: first what is the same for all.
    fn send_full_segments(&mut self, n: u32, exit: &mut impl Exit, cx: &mut Cx) {
        let mss = self.snd.mss;
        self.owed.burst |= self.snd.nxt == self.snd.una;
        self.owed.used = true;
        self.owed.tail_schedule = true;
        self.recovery.prr.sent(n * mss);
        self.snd.last = cx.now;
        self.rcv.wnd = self.offered_window();
        self.rcv.acked = self.rcv.nxt;
        self.rcv.quick_acks = 0;
        self.owed.ack = None;
        self.marks.leaving = Ecn::NotEct;
        self.stop_timer(Timer::DelayedAck, cx);
        let like = self.segment(Outline::bare(self.snd.nxt, Flags::ACK), cx);
        let mut offset = self.send_buffer.len() - self.unsent();
        for _ in 0..n {
            let text = SeqRange::new(self.snd.nxt, mss);
            self.sent.sent(text, cx.now);
            self.snd.nxt = text.end;
            let segment = Segment {
                seq: text.start,
                flags: if text.end == self.snd.push { Flags::PSH.with(Flags::ACK) } else { Flags::ACK },
                options: Options { timestamps: like.options.timestamps, ..Options::default() },
                payload: self.send_buffer.payload(offset, mss),
                ..like
            };
            offset += mss;
            exit.send(segment, Reason::NewData, Ecn::NotEct, cx);
        }
        self.check();
    }
}

/// What left.
#[cfg(test)]
type Left = Vec<(Segment, Reason, Ecn)>;

#[cfg(test)]
impl Exit for Left {
    fn send(&mut self, segment: Segment, reason: Reason, ecn: Ecn, _: &mut Cx) {
        self.push((segment, reason, ecn));
    }
}

/// That a row is what leaves one by one.
#[cfg(test)]
impl Connection {
    fn compare_ways_out(&self, n: u32, cx: &Cx) {
        let sent = |way: fn(&mut Connection, u32, &mut Cx, &mut Left)| {
            let (mut connection, mut log) = (self.clone(), crate::trace::Log::recording());
            let mut out = Vec::new();
            let cx = &mut Cx { now: cx.now, node: cx.node, cause: None, log: &mut log };
            way(&mut connection, n, cx, &mut out);
            (connection, log, out)
        };
        let at_once = sent(|connection, n, cx, out| {
            connection.send_full_segments(n, out, cx);
        });
        let one_by_one = sent(|connection, n, cx, out| {
            for _ in 0..n {
                let (segment, reason) = connection.next_segment(cx).expect("as many may leave");
                out.push((segment, reason, connection.ecn()));
            }
        });
        assert_eq!(at_once, one_by_one);
    }
}
