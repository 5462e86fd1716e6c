//! Taking back what a needless retransmission cost (RFC 3522 and RFC 4015 "Eifel", RFC 3708 D-SACK, RFC 5682 F-RTO): where
//! nothing was lost, the window is again what it was.

use super::recovery::News;
use super::{Connection, Reason};
use crate::rare::{Blank, Rare};
use crate::seq::{Seq, SeqRange};
use crate::time::Time;
use crate::trace::Cx;
use crate::wire::Segment;
use serde::{Deserialize, Serialize};

/// What there is to take back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Undo {
    /// `SND.UNA` when the window was cut; none where nothing can be taken back.
    since: Option<Seq>,
    /// The window and the slow-start threshold before.
    before: (u32, u32),
    /// When the first segment was sent again.
    first: Option<Time>,
    /// Segments that were sent again and of which the peer has not said that they came twice.
    doubtful: u32,
}

impl Blank for Undo {
    const BLANK: &'static Undo = &Undo { since: None, before: (0, 0), first: None, doubtful: 0 };
}

impl Undo {
    /// The window is going to be cut.
    pub(super) fn begin(una: Seq, cwnd: u32, ssthresh: u32) -> Undo {
        Undo { since: Some(una), before: (cwnd, ssthresh), first: None, doubtful: 0 }
    }
    pub(super) fn sent_again(&mut self, now: Time) {
        if self.since.is_some() {
            self.first.get_or_insert(now);
            self.doubtful = self.doubtful.saturating_add(1);
        }
    }
    /// RFC 3708: the peer has these octets twice.
    pub(super) fn came_twice(&mut self, range: SeqRange, smss: u32) {
        if self.since.is_some_and(|since| range.end.after(since)) {
            self.doubtful = self.doubtful.saturating_sub(range.len().div_ceil(smss.max(1)));
        }
    }
    /// Every segment that was sent again came twice: none was lost.
    fn nothing_was_lost(&self) -> bool {
        self.since.is_some() && self.first.is_some() && self.doubtful == 0
    }
}

impl Connection {
    /// Whether an ACK proves that what was sent again was needless, in either way; the cut of the window is taken back then.
    pub(super) fn proves_needless(&mut self, news: &News, cx: &mut Cx) -> bool {
        news.answers_original && self.undo(Reason::UndoneByTimestamp, cx)
            || news.twice.is_some() && self.try_undo(cx)
    }
    /// RFC 3522 §3.2, step 3: an ACK of something new that echoes a timestamp from before the first segment was sent again
    /// answers its first copy.
    pub(super) fn answers_original(&self, segment: &Segment) -> bool {
        self.recovery.undo.first.is_some_and(|first| self.echoes_before(segment, first))
    }
    /// Takes the cut of the window back where every retransmission has proven needless; true where it did.
    pub(super) fn try_undo(&mut self, cx: &mut Cx) -> bool {
        let needless = self.recovery.undo.nothing_was_lost();
        needless && self.undo(Reason::UndoneByDuplicates, cx)
    }
    /// The window and its threshold are again what they were, and nothing counts as lost.
    pub(super) fn undo(&mut self, why: Reason, cx: &mut Cx) -> bool {
        if !self.config.recovery.undo || self.recovery.undo.since.is_none() {
            return false;
        }
        let (cwnd, ssthresh) = self.recovery.undo.before;
        self.congestion.undo(cwnd, ssthresh);
        self.sent.find_again();
        self.recovery.undo = Rare::default();
        self.rule(why, cx);
        true
    }
}
