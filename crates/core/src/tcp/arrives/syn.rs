//! Fourth, check the SYN bit (RFC 9293 §3.10.7.4, RFC 5961 §4).

use super::Check;
use crate::errno::Errno;
use crate::seq::Seq;
use crate::tcp::output::Outline;
use crate::tcp::{Connection, Reason, State};
use crate::trace::Cx;
use crate::wire::{Flags, Segment};

const RST_ACK: Flags = Flags::RST.with(Flags::ACK);

impl Connection {
    /// A SYN has no place in a connection that has one: it is old, forged, or from a peer that crashed and begins anew.
    /// The challenge makes such a peer reset us.
    pub(super) fn check_syn(&mut self, segment: &Segment, cx: &mut Cx) -> Check {
        if !segment.flags.has(Flags::SYN) {
            return Check::Continue(());
        }
        self.rule(Reason::SynOutOfPlace, cx);
        if self.config.trust.syn_in_window_ends {
            self.error = Some(Errno::ECONNRESET);
            // Unlike an abort it tells the peer in every state.
            let reset = self.segment(Outline::bare(self.ack_seq(), RST_ACK), cx);
            self.reset(Reason::ResetOfSyn, cx);
            self.owed.reset = Some(Box::new((reset, Reason::ResetOfSyn)));
            return Check::Break(());
        }
        self.challenge(cx)
    }

    /// Where this SYN may begin a new connection in the place of this one, which is over but for TIME-WAIT: its initial
    /// sequence number (RFC 9293 §3.6.1, RFC 6191). The SYN's number has to be beyond all that the peer used here, or, where
    /// both speak of time, its timestamp has; and ours is beyond all that we did, by more than a window, as in Linux.
    pub fn gives_way_to(&self, segment: &Segment) -> Option<Seq> {
        if self.state != State::TimeWait {
            return None;
        }
        let plain_syn = segment.flags.has(Flags::SYN) && !segment.flags.has(Flags::ACK);
        let newer = segment.seq.after(self.rcv.nxt)
            || self.config.trust.timestamps_end_time_wait && self.has_newer_timestamp(segment);
        let dropped = self.config.trust.drop_syn_fin && segment.flags.has(Flags::FIN);
        (plain_syn && newer && !dropped).then(|| self.snd.nxt + 65_537)
    }
}
