//! Which segments are sent again, and when a loss is over: fast retransmit and NewReno recovery (RFC 5681 §3.2,
//! RFC 6582). SACK (RFC 6675) would fill [`Recovery::lost`] more cleverly; the sender would stay as it is.

use super::{Connection, Reason};
use crate::seq::{Seq, SeqRange};
use serde::{Deserialize, Serialize};

/// Duplicate ACKs that tell a loss from mere reordering (RFC 5681 §3.2).
const DUPLICATES: u32 = 3;

/// What is presumed lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Recovery {
    /// To be sent again, in order, as the windows allow.
    pub(super) lost: SeqRange,
    /// Why.
    pub(super) why: Reason,
    /// Duplicate ACKs in a row.
    duplicates: u32,
    /// RFC 6582's "recover": `SND.NXT` when the last loss was found. No new fast retransmit before it is passed.
    recover: Seq,
    /// The phase of fast recovery.
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    /// Nothing is missing, or the retransmission timer sees to it.
    Open,
    /// Fast recovery.
    Fast,
    /// Fast recovery after its first partial ACK: the timer is not restarted any more (RFC 6582 §4).
    FastImpatient,
}

impl Recovery {
    pub(super) fn new(iss: Seq) -> Recovery {
        Recovery {
            lost: SeqRange::new(iss, 0),
            why: Reason::Retransmission,
            duplicates: 0,
            recover: iss,
            phase: Phase::Open,
        }
    }
    pub(super) fn presume_lost(&mut self, range: SeqRange, why: Reason) {
        self.lost = range;
        self.why = why;
    }
    /// Everything before `seq` is sent again or acknowledged.
    pub(super) fn settled_before(&mut self, seq: Seq) {
        self.lost.start = self.lost.start.later(seq);
        self.lost.end = self.lost.end.later(seq);
    }
    /// Segments that duplicate ACKs let out before they amount to a loss (RFC 3042).
    pub(super) fn limited_transmit(&self) -> u32 {
        if self.phase == Phase::Open { self.duplicates.min(DUPLICATES - 1) } else { 0 }
    }
}

impl Connection {
    /// RFC 6298 §5.4 and RFC 6582 §3.2, step 4: all that is in flight counts as lost, and fast recovery is over.
    pub(super) fn recover_from_timeout(&mut self) {
        let in_flight = SeqRange { start: self.snd.una, end: self.snd.nxt };
        self.recovery.presume_lost(in_flight, Reason::Retransmission);
        self.recovery.recover = self.snd.nxt;
        self.recovery.phase = Phase::Open;
        self.recovery.duplicates = 0;
    }
    /// RFC 6582 §3.2, steps 1 and 2: a duplicate ACK.
    pub(super) fn on_duplicate_ack(&mut self) {
        self.recovery.duplicates += 1;
        if self.recovery.phase != Phase::Open {
            self.congestion.inflate();
        } else if self.recovery.duplicates == DUPLICATES && self.snd.una.after(self.recovery.recover) {
            self.congestion.fast_retransmit(self.flight());
            self.slowed_down();
            self.recovery.phase = Phase::Fast;
            self.recovery.recover = self.snd.nxt;
            self.presume_first_segment_lost(Reason::FastRetransmit);
        }
    }
    /// RFC 6582 §3.2, step 3: an ACK of `acked` new octets. True where the retransmission timer starts anew.
    pub(super) fn on_recovery_ack(&mut self, acked: u32) -> bool {
        self.recovery.duplicates = 0;
        self.recovery.settled_before(self.snd.una);
        let phase = self.recovery.phase;
        if phase == Phase::Open {
            self.recovery.recover = self.recovery.recover.later(self.snd.una - 1);
            self.congestion.acknowledged(acked);
            return true;
        }
        if self.snd.una.at_or_after(self.recovery.recover) {
            self.recovery.phase = Phase::Open;
            self.congestion.recovered(self.flight());
            return true;
        }
        self.recovery.phase = Phase::FastImpatient;
        self.congestion.deflate(acked);
        self.presume_first_segment_lost(Reason::PartialAck);
        phase == Phase::Fast
    }
    fn presume_first_segment_lost(&mut self, why: Reason) {
        let end = self.snd.nxt.earlier(self.snd.una + self.snd.mss);
        self.recovery.presume_lost(SeqRange { start: self.snd.una, end }, why);
    }
    /// `FlightSize`: octets sent and not acknowledged (RFC 5681 §2).
    pub(super) fn flight(&self) -> u32 {
        self.snd.nxt - self.snd.una
    }
}
