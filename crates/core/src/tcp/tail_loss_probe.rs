//! Tail loss probes (RFC 8985 §7): where the last segments of a flight are lost, nothing behind them tells of it. A probe
//! after two round trips brings an ACK that does, long before the retransmission time-out.

use super::recovery::Phase;
use super::{Connection, Reason, Timer};
use crate::seq::{Seq, SeqRange};
use crate::time::Span;
use crate::trace::Cx;
use serde::{Deserialize, Serialize};

/// A probe that is not answered yet (§7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TailProbe {
    /// `TLP.end_seq`: `SND.NXT` after the probe.
    end: Seq,
    /// `TLP.is_retrans`: the probe was a segment that had been sent before.
    again: bool,
}

impl Connection {
    /// §7.2: after new data, and after an ACK that moved on, a probe is due two round trips later; later by the delay of
    /// the peer's ACK where one segment alone is in flight; never later than the retransmission time-out.
    pub(super) fn schedule_tail_probe(&mut self, cx: &mut Cx) {
        let wanted = self.config.recovery.tail_loss_probe
            && self.sack_permitted
            && !self.snd.syn
            && self.flight() > 0
            && self.sent.sacked() == 0
            && self.recovery.probe.is_none()
            && matches!(self.recovery.phase, Phase::Open | Phase::Reduced);
        let Some(timeout) = self.timers.due(Timer::Retransmit).filter(|_| wanted) else {
            return self.stop_timer(Timer::TailProbe, cx);
        };
        let lone = self.flight() <= self.snd.mss;
        let delay = if lone { self.config.recovery.max_ack_delay } else { Span::ZERO };
        let wait = self.rto.srtt().map_or(self.config.timeouts.initial_rto, |srtt| srtt * 2) + delay;
        self.set_timer(Timer::TailProbe, wait.min(timeout.since(cx.now)), cx);
    }
    /// §7.3: the probe is new data where there is some and the window lets it out, else the last segment again. The
    /// retransmission timer begins anew.
    pub(super) fn tail_probe_timeout(&mut self, cx: &mut Cx) {
        self.owed.tail_probe = true;
        self.set_timer(Timer::Retransmit, self.rto.current(&self.config), cx);
    }
    /// The segment of the probe, and why it goes.
    pub(super) fn wants_tail_probe(&self) -> Option<(SeqRange, Reason)> {
        if !self.owed.tail_probe || self.flight() == 0 {
            return None;
        }
        let edge = self.snd.una + self.snd.wnd;
        let new = self.piece(self.snd.nxt, edge);
        // What a SYN carried in vain may reach beyond the window: it was sent before that was known.
        let last = self.sent.iter().map(|segment| segment.range).rfind(|range| range.start.before(edge))?;
        let end = last.end.earlier(edge);
        let old = SeqRange { start: last.start.later(end - self.snd.mss), end };
        Some((if new.is_empty() { old } else { new }, Reason::TailLossProbe))
    }
    pub(super) fn tail_probe_went_out(&mut self, again: bool) {
        self.owed.tail_probe = false;
        self.recovery.probe = Some(TailProbe { end: self.snd.nxt, again });
    }
    /// §7.4.2: an ACK of everything up to the probe. Where the probe repaired a loss, the network is congested all the same:
    /// true. Where a duplicate tells that both arrived, nothing was lost.
    pub(super) fn tail_probe_repaired(&mut self, ack: Seq, duplicate: bool) -> bool {
        let Some(probe) = self.recovery.probe.filter(|probe| ack.at_or_after(probe.end)) else {
            return false;
        };
        if !probe.again || duplicate {
            self.recovery.probe = None;
            return false;
        }
        let repaired = ack.after(probe.end);
        if repaired {
            self.recovery.probe = None;
        }
        repaired
    }
}
