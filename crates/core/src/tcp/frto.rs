//! F-RTO: whether a retransmission time-out was needless (RFC 5682). After one, new segments go out before all else is sent
//! again; if ACKs then tell of octets that were never sent twice, the first copies are arriving. Steps are those of §2.1 and,
//! with SACK, §3.1.

use super::recovery::{News, Phase};
use super::{Connection, Reason};
use crate::trace::Cx;
use serde::{Deserialize, Serialize};

/// How far the algorithm got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Frto {
    /// It is not at work, or the loss has proven real.
    #[default]
    Off,
    /// Step 2: the first segment was sent again; the next ACK decides.
    Waiting,
    /// Step 2b: new segments go out instead of those that are presumed lost, until the next ACK.
    Probing,
    /// Step 3: new segments are out; the next ACK decides.
    Probed,
}

impl Connection {
    /// An ACK while what timed out is being sent again.
    pub(super) fn on_ack_after_timeout(&mut self, news: &News, cx: &mut Cx) {
        if news.moved && (self.proves_needless(news, cx) || self.try_undo(cx)) {
            return self.recovery.phase = Phase::Open;
        }
        if self.recovery.frto != Frto::Off {
            self.judge_timeout(news, cx);
        }
    }
    fn judge_timeout(&mut self, news: &News, cx: &mut Cx) {
        let point = self.recovery.point;
        if news.delivery.original.is_some_and(|end| end.at_or_before(point)) {
            self.recovery.frto = Frto::Off;
            if self.undo(Reason::SpuriousTimeout, cx) {
                self.recovery.phase = Phase::Open;
            }
            return;
        }
        let unanswered = news.delivery.sacked > 0 || news.duplicate;
        // Without SACK, that it does not move on is all that an ACK can tell.
        let silent = unanswered || !news.moved && !self.sack_permitted;
        let asked = matches!(self.recovery.frto, Frto::Probing | Frto::Probed);
        self.recovery.frto = match self.recovery.frto {
            Frto::Waiting if news.moved && self.snd.una.before(point) && self.has_new_data() => {
                self.recovery.point = self.snd.nxt;
                Frto::Probing
            }
            Frto::Waiting if !news.moved && !unanswered => Frto::Waiting,
            Frto::Probing | Frto::Probed if !silent && self.snd.nxt.after(point) => Frto::Probed,
            _ => Frto::Off,
        };
        // Step 3a: all goes again. SACK tells of the new segments themselves.
        if asked && self.recovery.frto == Frto::Off && !self.sack_permitted {
            self.lose_everything();
        }
    }
    /// Step 2b: new segments are out, or go now. Where none may, for Nagle's algorithm or silly windows, all else goes again.
    pub(super) fn probes_timeout(&self) -> bool {
        let out = self.snd.nxt.after(self.recovery.point);
        self.recovery.frto == Frto::Probing && (out || self.wants_new_data().is_some())
    }
    /// Whether the peer's window lets out octets that were never sent.
    fn has_new_data(&self) -> bool {
        let edge = self.snd.una + self.snd.wnd;
        self.send_end().after(self.snd.nxt) && edge.after(self.snd.nxt)
    }
}
