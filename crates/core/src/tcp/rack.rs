//! RACK: time tells what is lost (RFC 8985 §6). A segment is lost when one that was sent sufficiently later has been
//! delivered. Steps are those of §6.2.

use super::recovery::{Losses, Phase};
use super::sent::{Delivery, Departure, Fate};
use super::{Connection, Reason, Timer};
use crate::seq::Seq;
use crate::time::{Span, Time};
use crate::trace::Cx;
use serde::{Deserialize, Serialize};

/// Recoveries for which a widened reordering window lasts (§6.2, step 4).
const PERSIST: u8 = 16;

/// The variables of §5.3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rack {
    /// `RACK.xmit_ts`: when of all delivered segments the last was sent. A number stands for `RACK.end_seq`.
    latest: Option<Departure>,
    /// `RACK.rtt`: how long that one took.
    rtt: Span,
    /// `RACK.min_RTT`: the least in a while.
    min_rtt: WindowedMin,
    /// How often segments were delivered out of order, and the farthest distance in segments.
    seen: u32,
    distance: u32,
    /// `RACK.reo_wnd_mult` - 1: quarters of `min_rtt` by which the window was widened.
    widened: u8,
    /// Recoveries until it is narrow again.
    persist: u8,
    /// `RACK.dsack_round`: where the round ends in which the window was last widened.
    round: Option<Seq>,
}

/// The least of what was seen lately, so that a path that grew longer is found out (§6.2, step 1: "a windowed min filter").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct WindowedMin {
    /// The least of the slot before, and of this one; [`Span::MAX`] where there was none.
    past: Span,
    present: Span,
    /// When this slot began.
    since: Time,
}

/// Two slots are the five minutes of Linux.
const SLOT: Span = Span::from_secs(150);

impl Default for WindowedMin {
    fn default() -> WindowedMin {
        WindowedMin { past: Span::MAX, present: Span::MAX, since: Time::ZERO }
    }
}

impl WindowedMin {
    fn get(&self) -> Option<Span> {
        Some(self.past.min(self.present)).filter(|least| *least != Span::MAX)
    }
    fn see(&mut self, value: Span, now: Time) {
        if now.since(self.since) >= SLOT {
            (self.past, self.present, self.since) = (self.present, Span::MAX, now);
        }
        self.present = self.present.min(value);
    }
}

impl Rack {
    pub(super) fn min_rtt(&self) -> Option<Span> {
        self.min_rtt.get()
    }
    /// How far segments were seen to overtake each other, in segments.
    pub(super) fn distance(&self) -> u32 {
        self.distance
    }
    /// How often they did.
    pub(super) fn times_seen(&self) -> u32 {
        self.seen
    }
    /// Step 1: a round-trip time was measured.
    pub(super) fn measured(&mut self, rtt: Span, now: Time) {
        self.min_rtt.see(rtt, now);
    }
    /// Step 2: the state for the segment that was sent last.
    fn advance(&mut self, news: &Delivery) {
        let Some(latest) = news.latest else { return };
        self.rtt = news.now.since(latest.0);
        self.latest = self.latest.max(Some(latest));
    }
    /// Step 3: segments were delivered in another order than they were sent in.
    fn reordered(&mut self, distance: u32) {
        self.seen += 1;
        self.distance = self.distance.max(distance);
    }
    /// Step 4: what was sent again was needless: the window was too narrow.
    pub(super) fn duplicate_reported(&mut self, una: Seq, nxt: Seq) {
        if self.round.is_none_or(|round| una.at_or_after(round)) {
            self.round = Some(nxt);
            self.widened = self.widened.saturating_add(1);
            self.persist = PERSIST;
        }
    }
    /// Step 4: a recovery is over.
    pub(super) fn recovered(&mut self) {
        self.persist = self.persist.saturating_sub(1);
        if self.persist == 0 {
            self.widened = 0;
        }
    }
    /// `RACK.reo_wnd`, where segments may overtake each other: a quarter of the least round-trip time and more,
    /// never more than a whole round trip.
    fn window(&self, srtt: Option<Span>) -> Span {
        let quarters = self.min_rtt.get().unwrap_or(Span::ZERO) / 4 * (u64::from(self.widened) + 1);
        srtt.map_or(quarters, |srtt| quarters.min(srtt))
    }
}

impl Connection {
    /// Steps 2 and 3, for what an ACK delivered.
    pub(super) fn rack_learns(&mut self, news: &Delivery) {
        self.rack.advance(news);
        if let Some(overtaken) = news.overtaken {
            self.rack.reordered(overtaken.len().div_ceil(self.snd.mss));
        }
    }
    /// Step 5: presumes lost what was sent before the latest delivered segment and is overdue. The rest is looked at
    /// again when the reordering timer runs out.
    pub(super) fn rack_detect_loss(&mut self, cx: &mut Cx) -> Losses {
        let Some(latest) = self.rack.latest else { return Losses::default() };
        let patience = self.rack_patience();
        let (mut longest, mut again) = (Span::ZERO, false);
        let octets = self.sent.lose_overtaken(latest, |segment| {
            let overtaken = latest > segment.departure();
            let remaining = (segment.at + patience).since(cx.now);
            let lost = overtaken && remaining.is_zero();
            if overtaken {
                longest = longest.max(remaining);
            }
            again |= lost && segment.fate == Fate::Resent;
            lost
        });
        if longest.is_zero() {
            self.stop_timer(Timer::Reordering, cx);
        } else {
            self.set_timer(Timer::Reordering, longest, cx);
        }
        if octets > 0 {
            self.recovery.why = Reason::RackLoss;
        }
        Losses { octets, again }
    }
    /// How long after it was sent a segment is lost that others have overtaken.
    pub(super) fn rack_patience(&self) -> Span {
        self.rack.rtt + self.reordering_window()
    }
    /// Step 4: "If reordering has not been observed", three sacked segments or a recovery are enough to wait no longer.
    fn reordering_window(&self) -> Span {
        let recovering = matches!(self.recovery.phase, Phase::Recovery | Phase::Loss);
        let enough = self.sent.sacked_segments() >= self.config.recovery.dup_threshold;
        if self.rack.seen == 0 && (recovering || enough) {
            return Span::ZERO;
        }
        self.rack.window(self.rto.srtt())
    }
    /// The reordering timer ran out.
    pub(super) fn reordering_timeout(&mut self, cx: &mut Cx) {
        let losses = self.rack_detect_loss(cx);
        if self.must_recover(losses) {
            self.enter_recovery(Phase::Recovery, cx);
            self.shrink_proportionally(self.snd.mss, false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_round_trip_of_long_ago_is_forgotten() {
        let mut least = WindowedMin::default();
        let at = |seconds| Time::ZERO + Span::from_secs(seconds);
        for (seconds, millis, expected) in
            [(1, 20, 20), (100, 80, 20), (160, 90, 20), (320, 85, 85), (330, 10, 10)]
        {
            least.see(Span::from_millis(millis), at(seconds));
            assert_eq!(least.get(), Some(Span::from_millis(expected)), "after {seconds} s");
        }
    }
}
