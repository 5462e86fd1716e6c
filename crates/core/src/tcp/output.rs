//! What to send next, and why (RFC 9293 §3.7.4, §3.8).

use super::connection::Owed;
use super::frto::Frto;
use super::{Connection, Phase, Reason, State, Timer, WindowUpdate};
use crate::payload::Payload;
use crate::seq::{Seq, SeqRange};
use crate::trace::Cx;
use crate::wire::{Flags, Options, SackBlocks, Segment};

const FIN_ACK: Flags = Flags::FIN.with(Flags::ACK);

/// What makes a segment different from every other that could leave now.
#[derive(Clone, Debug)]
pub(super) struct Outline {
    pub(super) seq: Seq,
    pub(super) flags: Flags,
    pub(super) payload: Payload,
}

impl Outline {
    /// Without text.
    pub(super) fn bare(seq: Seq, flags: Flags) -> Outline {
        Outline { seq, flags, payload: Payload::EMPTY }
    }
}

impl Connection {
    /// The next segment to send now, and the rule that makes us send it. Call it until there is none after each
    /// change: only then do timers run and does the trace know the variables.
    pub fn next_segment(&mut self, cx: &mut Cx) -> Option<(Segment, Reason)> {
        if self.owed.reset.is_some() {
            return self.reset_goes_out(cx);
        }
        let (outline, reason) = if let Some(probe) = self.wants_probe_without_text() {
            probe
        } else if let Some((range, reason)) = self.wants_range() {
            (self.transmit(range, cx), reason)
        } else if let Some(reason) = self.wants_ack() {
            (self.acknowledge_now(), reason)
        } else if let Some(keep_alive) = self.wants_keep_alive() {
            keep_alive
        } else {
            self.rest(cx);
            return None;
        };
        let segment = self.segment(outline, cx);
        if segment.flags.has(Flags::ACK) {
            self.ack_went_out(&segment, cx);
        }
        self.check();
        Some((segment, reason))
    }
    /// Whether something may be there to send. Most changes leave nothing, and this says so at once.
    pub(crate) fn may_send(&self) -> bool {
        let Owed { reset, ack, probe, tail_probe, .. } = &self.owed;
        self.snd.nxt != self.send_end()
            || self.sent.lost() > 0
            || ack.is_some()
            || reset.is_some()
            || *probe
            || *tail_probe
            || self.owes_keep_alive()
            || self.wants_window_update()
    }
    /// There is nothing to send until the next change.
    pub(crate) fn rest(&mut self, cx: &mut Cx) {
        self.owed.burst = false;
        if std::mem::take(&mut self.owed.used) {
            self.congestion.used(self.snd.una, self.snd.nxt, self.pipe());
        }
        self.settle_timers(cx);
        self.show(cx);
        self.check();
    }

    /// A RST is ready made.
    #[cold]
    fn reset_goes_out(&mut self, cx: &mut Cx) -> Option<(Segment, Reason)> {
        let (reset, reason) = *self.owed.reset.take()?;
        if reset.flags.has(Flags::ACK) {
            self.ack_went_out(&reset, cx);
        }
        self.check();
        Some((reset, reason))
    }
    /// Sequence numbers to send, for the first time or again.
    fn wants_range(&self) -> Option<(SeqRange, Reason)> {
        let probes = self.owed.probe || self.owed.tail_probe;
        if self.snd.nxt == self.send_end() && self.sent.lost() == 0 && !probes {
            return None;
        }
        let wanted = self.wants_syn().or_else(|| self.wants_resend()).or_else(|| self.wants_probe());
        wanted.or_else(|| self.wants_tail_probe()).or_else(|| self.wants_new_data())
    }
    fn wants_syn(&self) -> Option<(SeqRange, Reason)> {
        let reason = match self.state {
            State::SynSent => Reason::SynOfConnect,
            State::SynReceived => Reason::SynAckOfListen,
            _ => return None,
        };
        if self.snd.nxt != self.snd.iss || self.waits_for_data() {
            return None;
        }
        let range = self.syn_range();
        Some((range, if range.len() > 1 { Reason::SynWithData } else { reason }))
    }
    /// What is presumed lost goes first, as far as both windows reach; new octets may fill its last segment.
    fn wants_resend(&self) -> Option<(SeqRange, Reason)> {
        if self.sent.lost() == 0 || self.probes_timeout() {
            return None;
        }
        let lost = self.sent.first_lost(self.text_room())?;
        if self.snd.syn {
            return Some((SeqRange::new(self.snd.iss, 1), self.recovery.why));
        }
        let until = if lost.end == self.snd.nxt { self.send_end() } else { lost.end };
        let range = self.piece(lost.start, until.earlier(self.snd.una + self.snd.wnd));
        let fits = self.pipe() + range.len().min(self.snd.mss) <= self.congestion.cwnd;
        (fits && !range.is_empty()).then_some((range, self.recovery.why))
    }
    /// §3.8.6.1: the persist timer ran out. One octet beyond a closed window, or what fits into a small one.
    fn wants_probe(&self) -> Option<(SeqRange, Reason)> {
        if !self.owed.probe || self.probes_without_text() {
            return None;
        }
        let range = self.piece(self.snd.una, self.snd.una + self.snd.wnd.max(1));
        let reason = if self.snd.wnd == 0 { Reason::WindowProbe } else { Reason::SmallWindow };
        (!range.is_empty()).then_some((range, reason))
    }
    fn probes_without_text(&self) -> bool {
        self.config.timeouts.probe_without_text && self.snd.wnd == 0 && self.flight() == 0
    }
    /// A probe as Linux sends it: the peer must answer a number that it has acknowledged. An urgent pointer goes with it.
    fn wants_probe_without_text(&mut self) -> Option<(Outline, Reason)> {
        let wanted = self.owed.probe && self.probes_without_text();
        self.owed.probe &= !wanted;
        wanted.then(|| (Outline::bare(self.snd.una - 1, Flags::ACK), Reason::WindowProbe))
    }
    pub(super) fn wants_new_data(&self) -> Option<(SeqRange, Reason)> {
        let resend_first = self.sent.lost() > 0 && self.recovery.frto != Frto::Probing;
        let unsent = self.snd.nxt != self.send_end();
        if !unsent || self.snd.syn && !self.sends_before_handshake() || resend_first {
            return None;
        }
        let room = self.congestion.cwnd.saturating_sub(self.pipe());
        let edge = (self.snd.una + self.snd.wnd).earlier(self.snd.nxt + room);
        let range = self.piece(self.snd.nxt, edge);
        if range.is_empty() || !self.is_worth_sending(range) {
            return None;
        }
        Some((range, self.reason_for_new_data(range)))
    }
    fn reason_for_new_data(&self, range: SeqRange) -> Reason {
        let beyond_window = range.end.after(self.snd.una + self.congestion.cwnd);
        match self.recovery.phase {
            _ if range.start == self.snd.end => Reason::FinOfClose,
            Phase::Disorder if beyond_window => Reason::LimitedTransmit,
            Phase::Recovery => Reason::RecoveryData,
            _ => Reason::NewData,
        }
    }
    /// Avoiding silly windows (§3.8.6.2.1) and Nagle's algorithm (§3.7.4). The fourth case there, the override timeout, is
    /// the persist timer.
    fn is_worth_sending(&self, range: SeqRange) -> bool {
        if range.len() >= self.text_room() {
            return true;
        }
        let everything = range.end.at_or_after(self.snd.end);
        if everything && (self.snd.fin || self.is_urgent()) || self.ends_record(range.end) {
            return true;
        }
        let half_a_window = range.len() >= self.snd.max_wnd / 2;
        let may_be_small = self.flight() == u32::from(self.snd.syn)
            || self.config.no_delay
            || self.config.nagle_once_a_burst && self.owed.burst
            || self.config.minshall && !self.small_in_flight();
        // What waits for more in a buffer that takes no more would wait for ever.
        let corked =
            (self.config.cork || self.snd.more) && range.end.after(self.snd.pushed) && self.send_room() > 0;
        may_be_small && !corked && (everything || half_a_window)
    }
    /// What holds a small segment back in Minshall's variant of Nagle's algorithm.
    fn small_in_flight(&self) -> bool {
        self.snd.small.after(self.snd.una) && self.snd.small.at_or_before(self.snd.nxt)
    }
    /// An ACK that is due, or a window that the peer should hear of.
    fn wants_ack(&self) -> Option<Reason> {
        self.owed.ack.or_else(|| self.wants_window_update().then_some(Reason::WindowUpdate))
    }
    /// The program read so much that the peer should hear of it. Before anything came there is nothing to tell, also where the
    /// first window, of a SYN, could not be scaled.
    fn wants_window_update(&self) -> bool {
        let receiving = matches!(self.state, State::Established | State::FinWait1 | State::FinWait2);
        let came = self.rcv.nxt != self.rcv.irs + 1;
        let offered = self.offered_window();
        if !receiving || !came || offered == self.rcv.wnd {
            return false;
        }
        let (told, offered) = (self.told(self.rcv.wnd), self.told(offered));
        offered > told && self.is_worth_telling(told, offered)
    }

    fn is_worth_telling(&self, told: u32, offered: u32) -> bool {
        let (grown, buffer) = (offered - told, self.config.recv_buffer);
        match self.config.window_update {
            WindowUpdate::Doubled => offered >= 2 * told,
            WindowUpdate::TwoSegments => grown >= (2 * self.snd.mss).max(buffer / 4) || grown >= buffer / 2,
        }
    }

    /// Past the last sequence number that the program has asked us to send.
    pub(super) fn send_end(&self) -> Seq {
        self.snd.end + u32::from(self.snd.fin)
    }
    /// Octets of text in a full segment beside the SACK blocks that it carries (RFC 6691).
    fn text_room(&self) -> u32 {
        self.snd.mss.saturating_sub(self.sack.option_len(self.sack_room())).max(1)
    }
    /// What one segment from `from` on can carry without going past `until`: at most a full segment of text, and the FIN where it
    /// follows. Empty where there is nothing.
    pub(super) fn piece(&self, from: Seq, until: Seq) -> SeqRange {
        let record = self.record_end(from);
        let text_end = record.earlier(from + self.text_room()).earlier(until).later(from);
        let fin = self.snd.fin && text_end == self.snd.end && until.after(text_end);
        SeqRange { start: from, end: text_end + u32::from(fin) }
    }
    /// Sends a range of sequence numbers, for the first time or again.
    fn transmit(&mut self, range: SeqRange, cx: &mut Cx) -> Outline {
        let first_time = !range.start.before(self.snd.nxt) && !self.owed.probe;
        let again = range.start.before(self.snd.nxt);
        let syn = self.snd.syn && range.start == self.snd.iss;
        if again {
            self.sent.sent_again(range, cx.now);
            self.recovery.undo.sent_again(cx.now);
            self.totals.resent = self.totals.resent.saturating_add(1);
            self.totals.bytes_resent += u64::from(range.len());
        } else {
            if range.len() < self.text_room() && !syn {
                self.snd.small = range.end;
            }
            if syn {
                self.syn_went_out(range, cx.now);
            } else {
                self.sent.sent(range, cx.now);
                self.owed.tail_schedule = true;
            }
        }
        self.owed.burst |= self.snd.nxt == self.snd.una;
        self.recovery.prr.sent(range.len());
        self.snd.nxt = self.snd.nxt.later(range.end);
        self.snd.last = cx.now;
        self.owed.used = true;
        if self.owed.tail_probe {
            self.tail_probe_went_out(again);
        }
        // What waited for more, and for its time, is pushed.
        if std::mem::take(&mut self.owed.probe) && range.end == self.snd.end {
            self.snd.push = range.end;
        }
        if syn { self.syn(range) } else { self.text(range, first_time) }
    }
    fn syn(&mut self, range: SeqRange) -> Outline {
        let flags = if self.state == State::SynSent { Flags::SYN } else { Flags::SYN.with(Flags::ACK) };
        let flags = flags.with(self.ecn_of_syn());
        Outline { seq: self.snd.iss, flags, payload: self.send_buffer.payload(0, range.len() - 1) }
    }
    /// A SYN offers all that we can do; a SYN,ACK repeats what the peer offered and we can do too.
    fn syn_options(&self, timestamps: Option<(u32, u32)>) -> Options {
        let mss = Options {
            mss: (!self.config.no_options).then_some(self.offered_mss()),
            layout: self.config.option_layout,
            ..Options::default()
        };
        match self.state {
            State::SynSent if self.attempts > self.config.opening.syn_retries_with_options => mss,
            State::SynSent => Options {
                window_scale: self.config.window_shift(),
                sack_permitted: self.config.sack,
                timestamps,
                fast_open: self.fast_open_option().map(Box::new),
                ..mss
            },
            _ => Options {
                window_scale: self.rcv.shift,
                sack_permitted: self.sack_permitted,
                timestamps,
                fast_open: self.fast_open_option().map(Box::new),
                ..mss
            },
        }
    }
    /// The octets of `range`, pushed where they are the last there are, and the FIN where it is among them.
    fn text(&mut self, range: SeqRange, first_time: bool) -> Outline {
        self.rcv.wnd = self.offered_window();
        let mut flags = Flags::ACK;
        if range.end.after(self.snd.end) {
            flags = flags.with(Flags::FIN);
        }
        let text = SeqRange { start: range.start, end: range.end.earlier(self.snd.end).later(range.start) };
        if !text.is_empty() && (text.end == self.snd.push || self.ends_record(text.end)) {
            flags = flags.with(Flags::PSH);
        }
        let flags = self.mark(flags, text, first_time);
        let offset = self.send_buffer.len() - (self.snd.end - range.start);
        Outline { seq: range.start, flags, payload: self.send_buffer.payload(offset, range.len()) }
    }
    fn acknowledge_now(&mut self) -> Outline {
        self.rcv.wnd = self.offered_window();
        let fin_again = self.config.trust.acks_repeat_fin
            && self.fin_in_flight()
            && self.owed.ack == Some(Reason::AckNow);
        let flags = if fin_again { FIN_ACK } else { Flags::ACK };
        let flags = self.mark(flags, SeqRange::default(), false);
        let seq = if fin_again { self.snd.nxt - 1 } else { self.ack_seq() };
        Outline::bare(seq, flags)
    }
    /// Our FIN is sent and not acknowledged.
    fn fin_in_flight(&self) -> bool {
        self.snd.fin && self.snd.nxt == self.send_end() && self.snd.una != self.snd.nxt
    }
    /// `SND.NXT`, or the right edge of the peer's window where a probe went past it: a number that the peer finds
    /// acceptable.
    pub(super) fn ack_seq(&self) -> Seq {
        self.snd.nxt.earlier(self.snd.una + self.snd.wnd).later(self.snd.una)
    }
    /// The segment of an outline: with what every segment tells of the connection.
    #[inline(always)]
    pub(super) fn segment(&self, outline: Outline, cx: &Cx) -> Segment {
        let Outline { seq, flags, payload } = outline;
        let ack = if flags.has(Flags::ACK) { self.rcv.nxt } else { Seq::default() };
        let up = if flags.has(Flags::RST) { None } else { self.urgent_pointer(seq) };
        Segment {
            src_port: self.local.1,
            dst_port: self.remote.1,
            seq,
            ack,
            flags: if up.is_some() { flags.with(Flags::URG) } else { flags },
            wnd: self.window_field(flags),
            up: up.unwrap_or(0),
            options: self.options(flags, cx),
            payload,
        }
    }
    fn options(&self, flags: Flags, cx: &Cx) -> Options {
        let timestamps = self.timestamp(flags, cx.now);
        if flags.has(Flags::SYN) {
            return self.syn_options(timestamps);
        }
        let reports = flags.has(Flags::ACK) && !flags.has(Flags::RST);
        let sack = if reports { self.sack.report(self.sack_room()) } else { SackBlocks::default() };
        Options { sack, timestamps, ..Options::default() }
    }
    fn ack_went_out(&mut self, segment: &Segment, cx: &mut Cx) {
        self.rcv.acked = segment.ack;
        self.rcv.quick_acks =
            if segment.payload.is_empty() { self.rcv.quick_acks.saturating_sub(1) } else { 0 };
        self.owed.ack = None;
        if self.sack.has_duplicate() {
            self.sack.reported();
        }
        self.stop_timer(Timer::DelayedAck, cx);
    }

    /// Octets the receive buffer has room for, as far as the header can say.
    pub(super) fn free_window(&self) -> u32 {
        self.config.recv_buffer.saturating_sub(self.receive_buffer.len()).min(self.largest_window())
    }
    /// §3.8.6.2.2: the right edge of the window stays where it is until it can move by a segment or half the buffer.
    pub(super) fn offered_window(&self) -> u32 {
        let free = self.free_window();
        if self.config.offer_all_room {
            let little = free < self.snd.mss.min(self.config.recv_buffer / 4);
            return if little { self.rcv.wnd } else { free.max(self.rcv.wnd) };
        }
        let step = (self.config.recv_buffer / 2).min(self.snd.mss).max(1);
        if free >= self.told(self.rcv.wnd) + step { free.max(self.rcv.wnd) } else { self.rcv.wnd }
    }
}
