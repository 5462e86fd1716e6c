//! Loss recovery: what an ACK tells of losses, and the phases it leads through (RFC 5681 §3.2, RFC 6582, RFC 6675).

use super::frto::Frto;
use super::prr::Prr;
use super::sent::{Delivery, Fate};
use super::tail_loss_probe::TailProbe;
use super::undo::Undo;
use super::{Connection, Reason, Timer};
use crate::rare::Rare;
use crate::seq::{Seq, SeqRange};
use crate::trace::Cx;
use serde::{Deserialize, Serialize};

/// Where the sender stands between losses. The names are those that Linux shows as `ca_state`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Nothing is missing.
    #[default]
    Open,
    /// Something was overtaken: it may be lost.
    Disorder,
    /// The window is being reduced, although nothing was lost: the network marked a packet (RFC 3168).
    Reduced,
    /// Fast recovery: what is lost is sent again (RFC 6675 §5, RFC 6582 §3.2).
    Recovery,
    /// The retransmission timer ran out: all that is in flight is sent again as in slow start.
    Loss,
}

/// The variables of loss recovery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Recovery {
    pub(super) phase: Phase,
    /// Why what is lost is sent again.
    pub(super) why: Reason,
    /// `RecoveryPoint` (RFC 6675 §2), "recover" (RFC 6582): `SND.NXT` when the last loss was found.
    pub(super) point: Seq,
    /// Without SACK: duplicate ACKs in a row, and the octets that left the network according to them.
    duplicates: u32,
    inferred: u32,
    /// Without SACK: this recovery saw a partial ACK, and the timer is not restarted any more (RFC 6582 §4).
    impatient: bool,
    /// This recovery sent the last segment again to learn what became of the others (`RescueRxt` of RFC 6675 §2).
    rescued: bool,
    pub(super) prr: Prr,
    pub(super) probe: Option<TailProbe>,
    pub(super) undo: Rare<Undo>,
    pub(super) frto: Frto,
}

/// What an ACK told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct News {
    pub(super) delivery: Delivery,
    /// `SND.UNA` moved.
    pub(super) moved: bool,
    /// A duplicate ACK in the sense of RFC 5681 §2.
    pub(super) duplicate: bool,
    /// The peer has these octets twice (RFC 2883).
    pub(super) twice: Option<SeqRange>,
    /// It answers the first copy of what was sent again (RFC 3522).
    pub(super) answers_original: bool,
}

/// What is newly presumed lost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Losses {
    pub(super) octets: u32,
    /// Some of it had been sent again already.
    pub(super) again: bool,
}

impl Recovery {
    pub(super) fn new(iss: Seq) -> Recovery {
        Recovery {
            phase: Phase::Open,
            why: Reason::Retransmission,
            point: iss,
            duplicates: 0,
            inferred: 0,
            impatient: false,
            rescued: false,
            prr: Prr::default(),
            probe: None,
            undo: Rare::default(),
            frto: Frto::Off,
        }
    }
    /// The window follows proportional rate reduction.
    pub(super) fn is_reducing(&self) -> bool {
        matches!(self.phase, Phase::Reduced | Phase::Recovery)
    }
}

impl Connection {
    /// `FlightSize`: octets sent and not acknowledged (RFC 5681 §2).
    pub(super) fn flight(&self) -> u32 {
        self.snd.nxt - self.snd.una
    }
    /// `pipe`: octets thought to be on their way (RFC 6675 §4).
    pub(super) fn pipe(&self) -> u32 {
        let gone = self.sent.sacked() + self.sent.lost() + self.recovery.inferred;
        self.flight().saturating_sub(gone)
    }
    /// What overlaps `range` has to be sent again, for a reason that is no sign of congestion.
    pub(super) fn presume_lost(&mut self, range: SeqRange, why: Reason) {
        self.sent.lose(|segment| segment.range.overlap(range).is_some());
        self.recovery.why = why;
    }
    /// Nothing that is in flight is thought to be on its way any more.
    pub(super) fn lose_everything(&mut self) {
        self.sent.lose(|_| true);
        self.recovery.inferred = 0;
    }

    /// Everything that follows from an ACK for what is sent again and how much may be on its way.
    pub(super) fn recover(&mut self, mut news: News, cx: &mut Cx) {
        self.infer_delivery(&mut news);
        self.settle_tail_probe(&news, cx);
        let reached = self.snd.una.at_or_after(self.recovery.point);
        if self.recovery.phase == Phase::Loss {
            self.on_ack_after_timeout(&news, cx);
        } else if self.proves_needless(&news, cx) && self.recovery.phase == Phase::Recovery {
            self.recovery.phase = Phase::Disorder;
        }
        if reached && news.moved {
            self.leave(cx);
        }
        let losses = self.detect_loss(&news, cx);
        if self.must_recover(losses) {
            self.enter_recovery(Phase::Recovery, cx);
        }
        self.rescue(&news);
        self.tell_order_from_disorder();
        self.adapt_window(&news, losses, cx);
    }
    /// Losses begin a recovery, unless they are part of one. After a time-out everything goes again anyhow; but what is lost a
    /// second time tells of congestion that lasts.
    pub(super) fn must_recover(&self, losses: Losses) -> bool {
        match self.recovery.phase {
            Phase::Recovery => false,
            Phase::Loss => losses.again,
            Phase::Open | Phase::Disorder | Phase::Reduced => losses.octets > 0,
        }
    }
    /// RFC 9937 §5: without SACK, a duplicate ACK tells that a segment left the network; the ACK that fills the hole
    /// acknowledges again what duplicates told of.
    fn infer_delivery(&mut self, news: &mut News) {
        if self.sack_permitted {
            return;
        }
        let mss = self.snd.mss;
        let recovery = &mut self.recovery;
        if news.moved {
            let told = recovery.inferred.min(news.delivery.octets.saturating_sub(mss));
            news.delivery.octets -= told;
            recovery.inferred = if recovery.phase == Phase::Recovery { recovery.inferred - told } else { 0 };
            recovery.duplicates = 0;
            if news.delivery.resent {
                news.delivery.original = None;
            }
        } else if news.duplicate {
            let flight = self.snd.nxt - self.snd.una;
            let more = mss.min(flight.saturating_sub(mss).saturating_sub(recovery.inferred));
            recovery.duplicates += 1;
            recovery.inferred += more;
            news.delivery.octets += more;
        }
    }
    /// RFC 8985 §7.4: a probe that repaired a loss hid it from the window: it is cut now, at once.
    fn settle_tail_probe(&mut self, news: &News, cx: &mut Cx) {
        let duplicate = news.twice.is_some() || news.duplicate && news.delivery.sacked == 0;
        if self.tail_probe_repaired(self.snd.una, duplicate) {
            self.rule(Reason::ProbeRepairedLoss, cx);
            self.enter_recovery(Phase::Reduced, cx);
            self.leave(cx);
        }
    }
    /// The recovery point is reached: the window is what the reduction aimed at, or what it was where that was needless.
    fn leave(&mut self, cx: &mut Cx) {
        match self.recovery.phase {
            Phase::Open | Phase::Disorder => return,
            Phase::Reduced | Phase::Recovery => {
                self.congestion.set_window(self.congestion.ssthresh);
                self.rack.recovered();
            }
            Phase::Loss => {}
        }
        self.recovery.phase = Phase::Open;
        self.recovery.inferred = 0;
        self.recovery.impatient = false;
        self.recovery.frto = Frto::Off;
        self.try_undo(cx);
    }
    /// What is newly presumed lost.
    fn detect_loss(&mut self, news: &News, cx: &mut Cx) -> Losses {
        if !self.sack_permitted {
            return Losses { octets: self.detect_loss_by_duplicates(news), again: false };
        }
        if self.sent.sacked() == 0 && self.recovery.phase == Phase::Open {
            self.stop_timer(Timer::Reordering, cx);
            return Losses::default();
        }
        if self.config.recovery.rack {
            return self.rack_detect_loss(cx);
        }
        if news.delivery.sacked == 0 && !news.moved {
            return Losses::default();
        }
        let octets = self.sent.lose_below_sacked(self.config.recovery.dup_threshold, self.snd.mss);
        if octets > 0 {
            self.recovery.why = Reason::SackLoss;
        }
        Losses { octets, again: false }
    }
    /// RFC 6582 §3.2: the first segment, at the third duplicate ACK and at each partial ACK of a recovery.
    fn detect_loss_by_duplicates(&mut self, news: &News) -> u32 {
        let third = self.recovery.duplicates == self.config.recovery.dup_threshold && news.duplicate;
        self.recovery.why = match self.recovery.phase {
            Phase::Recovery if news.moved => Reason::PartialAck,
            Phase::Open | Phase::Disorder | Phase::Reduced
                if third && self.snd.una.after(self.recovery.point) =>
            {
                Reason::FastRetransmit
            }
            _ => return 0,
        };
        let una = self.snd.una;
        self.sent.lose(|segment| segment.range.start == una)
    }
    /// A loss is found (RFC 6675 §5, step 4; RFC 6582 §3.2, step 2), or the network marked a packet (RFC 3168 §6.1.2).
    /// The window is cut once for all that is in flight now.
    pub(super) fn enter_recovery(&mut self, phase: Phase, cx: &Cx) {
        if !self.recovery.is_reducing() {
            let (cwnd, ssthresh) = (self.congestion.cwnd, self.congestion.ssthresh);
            self.recovery.undo = Undo::begin(self.snd.una, cwnd, ssthresh).into();
            self.recovery.prr = Prr::begin(cwnd);
            self.congestion.lost(self.flight(), cx.now);
            self.slowed_down();
        }
        self.owed.tail_schedule = true;
        self.recovery.phase = phase;
        self.recovery.point = self.snd.nxt;
        self.recovery.probe = None;
        self.recovery.impatient = false;
        self.recovery.rescued = false;
    }
    /// RFC 6298 §5.4 to §5.6: the timer ran out. What is in flight counts as lost, except, with SACK and RACK, what was sent so
    /// late that it may still arrive (RFC 8985 §6.3).
    pub(super) fn enter_loss(&mut self, cx: &Cx) {
        let reached = self.snd.una.at_or_after(self.recovery.point);
        let anew = match self.recovery.phase {
            Phase::Open | Phase::Disorder => true,
            Phase::Reduced | Phase::Recovery => reached,
            Phase::Loss => self.attempts == 0,
        };
        if anew {
            let (cwnd, ssthresh) = (self.congestion.cwnd, self.congestion.ssthresh);
            self.recovery.undo = Undo::begin(self.snd.una, cwnd, ssthresh).into();
            self.congestion.timed_out(self.flight(), cx.now);
            self.slowed_down();
        }
        let (una, nxt) = (self.snd.una, self.snd.nxt);
        // RFC 2018 §8: what was sacked before it is acknowledged, the peer has thrown away.
        if self.sent.iter().next().is_some_and(|first| first.fate == Fate::Sacked) {
            self.sent.forget_sacks();
        }
        let patience = (self.config.recovery.rack && self.sack_permitted).then(|| self.rack_patience());
        self.sent.lose(|segment| {
            let recent = patience.is_some_and(|patience| segment.at + patience > cx.now);
            segment.range.start == una || !recent
        });
        self.owed.tail_schedule = true;
        self.recovery.phase = Phase::Loss;
        self.recovery.why = Reason::Retransmission;
        self.recovery.point = nxt;
        self.recovery.duplicates = 0;
        self.recovery.inferred = 0;
        self.recovery.probe = None;
        self.recovery.frto = if self.config.recovery.f_rto { Frto::Waiting } else { Frto::Off };
        self.congestion.set_window(self.pipe() + self.snd.mss);
    }
    /// RFC 6675 §4, NextSeg, rule 4: where an ACK in recovery tells of no hole, nothing new can go and no probe will, the last
    /// segment goes again, once: its ACK tells what became of the others.
    fn rescue(&mut self, news: &News) {
        let stands_still =
            self.recovery.phase == Phase::Recovery && self.sack_permitted && !self.config.recovery.rack;
        let nothing_to_send = self.sent.lost() == 0 && self.unsent() == 0;
        if !stands_still
            || !nothing_to_send
            || !news.moved
            || std::mem::replace(&mut self.recovery.rescued, true)
        {
            return;
        }
        let unknown = self.sent.iter().rfind(|segment| segment.fate == Fate::Unknown);
        if let Some(last) = unknown.map(|segment| segment.range) {
            self.presume_lost(last, Reason::Rescue);
        }
    }
    fn tell_order_from_disorder(&mut self) {
        if matches!(self.recovery.phase, Phase::Open | Phase::Disorder) {
            let disorder = self.sent.sacked() > 0 || self.recovery.duplicates > 0;
            self.recovery.phase = if disorder { Phase::Disorder } else { Phase::Open };
            if !self.sack_permitted {
                self.recovery.point = self.recovery.point.later(self.snd.una - 1);
            }
        }
    }
    /// The network marked a packet (RFC 3168 §6.1.2): the window is cut as for a loss, once each round trip, and for good.
    pub(super) fn on_congestion_mark(&mut self, cx: &Cx) {
        if matches!(self.recovery.phase, Phase::Open | Phase::Disorder) {
            self.enter_recovery(Phase::Reduced, cx);
        }
        self.recovery.undo = Rare::default();
    }
    /// In a reduction the window follows PRR; else it grows as the algorithm says.
    fn adapt_window(&mut self, news: &News, losses: Losses, cx: &Cx) {
        if self.recovery.is_reducing() {
            self.shrink_proportionally(news.delivery.octets, news.moved && losses.octets == 0);
        } else if news.moved {
            self.congestion.acknowledged(news.delivery.octets, cx.now);
        }
    }
    /// True where an ACK that moved on restarts the retransmission timer: always, but for RFC 6582 §4 ("Impatient").
    pub(super) fn restarts_timer(&mut self) -> bool {
        let impatient = self.recovery.impatient;
        self.recovery.impatient = self.recovery.phase == Phase::Recovery && !self.sack_permitted;
        !impatient
    }
}
