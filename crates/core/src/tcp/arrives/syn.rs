//! Fourth, check the SYN bit (RFC 9293 §3.10.7.4, RFC 5961 §4).

use super::Check;
use crate::seq::Seq;
use crate::tcp::{Connection, Reason, State};
use crate::trace::Cx;
use crate::wire::{Flags, Segment};

impl Connection {
    /// A SYN has no place in a connection that has one: it is old, forged, or from a peer that crashed and begins anew.
    /// The challenge makes such a peer reset us.
    pub(super) fn check_syn(&mut self, segment: &Segment, cx: &mut Cx) -> Check {
        if !segment.flags.has(Flags::SYN) {
            return Check::Continue(());
        }
        self.rule(Reason::SynOutOfPlace, cx);
        self.challenge(cx)
    }

    /// Where this SYN may begin a new connection in the place of this one, which is over but for TIME-WAIT: its initial
    /// sequence number (RFC 9293 §3.6.1, RFC 6191). The SYN's number has to be beyond all that the peer used here, and
    /// ours is beyond all that we did, by more than a window, as in Linux.
    pub fn gives_way_to(&self, segment: &Segment) -> Option<Seq> {
        let begins_anew = segment.flags.has(Flags::SYN)
            && !segment.flags.has(Flags::ACK)
            && segment.seq.after(self.rcv.nxt);
        (self.state == State::TimeWait && begins_anew).then(|| self.snd.nxt + 65_537)
    }
}
