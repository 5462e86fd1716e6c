//! Explicit congestion notification (RFC 3168): a router marks a packet instead of dropping it, the receiver echoes the
//! mark, and the sender slows down as if the packet had been lost.

use super::{Connection, Reason, State};
use crate::seq::{Seq, SeqRange};
use crate::trace::Cx;
use crate::wire::{Ecn, Flags, Segment};
use serde::{Deserialize, Serialize};

/// Whether a host uses ECN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EcnPolicy {
    /// Never.
    Off,
    /// Where the peer asks for it.
    Passive,
    /// Our SYN asks for it, too.
    Active,
}

/// The two bits of an ECN-setup SYN (§6.1.1).
const SETUP: Flags = Flags::ECE.with(Flags::CWR);

/// What a connection knows of marks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Marks {
    /// Both ends said in their SYNs that they understand marks.
    pub(super) on: bool,
    /// Our last SYN asked for it.
    asked: bool,
    /// The packet whose segment is being processed carried a mark.
    pub(super) arriving: bool,
    /// A mark arrived, and the peer has not said yet that it slowed down: every ACK echoes it (§6.1.3).
    echo: bool,
    /// We slowed down: the next new data says so (§6.1.2).
    slowed: bool,
    /// `SND.NXT` when we last slowed down: once for a window of data (§6.1.2).
    until: Seq,
    /// The codepoint of the packet that carries the segment handed out last.
    pub(super) leaving: Ecn,
}

impl Connection {
    /// As [`on_segment`](Connection::on_segment), for a segment whose packet a router marked with congestion.
    pub fn on_marked_segment(&mut self, segment: &Segment, cx: &mut Cx) {
        self.marks.arriving = true;
        self.on_segment(segment, cx);
        self.marks.arriving = false;
    }
    /// The codepoint of the packet that is to carry the segment that [`next_segment`](Connection::next_segment) handed
    /// out last.
    pub fn ecn(&self) -> Ecn {
        self.marks.leaving
    }

    /// §6.1.1: the bits of our SYN. After retransmissions in vain it goes without: some middleboxes drop it.
    pub(super) fn ecn_of_syn(&mut self) -> Flags {
        let asks =
            self.config.ecn == EcnPolicy::Active && self.attempts <= self.config.opening.ecn_syn_retries;
        self.marks.asked = asks && self.state == State::SynSent;
        match self.state {
            State::SynSent if asks => SETUP,
            State::SynReceived if self.marks.on => Flags::ECE,
            _ => Flags::default(),
        }
    }
    /// §6.1.1: what the peer's SYN, or SYN,ACK, says.
    pub(super) fn agree_on_ecn(&mut self, syn: &Segment) {
        let said = |flags: Flags| syn.flags.bits() & SETUP.bits() == flags.bits();
        self.marks.until = self.snd.iss;
        self.marks.on = if syn.flags.has(Flags::ACK) {
            self.marks.asked && said(Flags::ECE)
        } else {
            self.config.ecn != EcnPolicy::Off && said(SETUP)
        };
    }
    /// §6.1.3: a segment of ours that is received. CWR ends the echo of the marks before; a mark on this packet begins
    /// another.
    pub(super) fn note_mark(&mut self, segment: &Segment, cx: &mut Cx) {
        if !self.marks.on {
            return;
        }
        if segment.flags.has(Flags::CWR) {
            self.marks.echo = false;
        }
        if self.marks.arriving {
            self.rule(Reason::MarkArrived, cx);
            self.marks.echo = true;
        }
    }
    /// §6.1.2: the peer echoes a mark. "The TCP sender should not react more than once every window of data."
    pub(super) fn check_echo(&mut self, segment: &Segment, cx: &mut Cx) {
        let echoed = self.marks.on && segment.flags.has(Flags::ECE) && !segment.flags.has(Flags::SYN);
        if echoed && self.flight() > 0 && !self.marks.slowed && segment.ack.at_or_after(self.marks.until) {
            self.rule(Reason::MarkEchoed, cx);
            self.on_congestion_mark(cx);
            self.slowed_down();
        }
    }
    /// The congestion window was halved, because of a mark or a loss.
    pub(super) fn slowed_down(&mut self) {
        self.marks.slowed = true;
        self.marks.until = self.snd.nxt;
    }
    /// Puts the echo and the news on a segment that leaves, and chooses the codepoint of its packet. §6.1.4 to §6.1.6:
    /// only new data may be marked, for the loss of anything else would tell nobody that a mark was lost.
    pub(super) fn mark(&mut self, mut flags: Flags, text: SeqRange, first_time: bool) -> Flags {
        self.marks.leaving = Ecn::NotEct;
        if !self.marks.on || flags.has(Flags::SYN) || flags.has(Flags::RST) {
            return flags;
        }
        if self.marks.echo {
            flags = flags.with(Flags::ECE);
        }
        if first_time && !text.is_empty() {
            self.marks.leaving = Ecn::Ect0;
            if std::mem::take(&mut self.marks.slowed) {
                flags = flags.with(Flags::CWR);
            }
        }
        flags
    }
}
