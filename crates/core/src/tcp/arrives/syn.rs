//! Fourth, check the SYN bit (RFC 9293 §3.10.7.4, RFC 5961 §4).

use super::Check;
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

    /// True where this SYN may begin a new connection in the place of this one, which is over but for TIME-WAIT
    /// (RFC 9293 §3.6.1, RFC 6191): its sequence number is beyond all that this connection used.
    pub fn gives_way_to(&self, segment: &Segment) -> bool {
        self.state == State::TimeWait
            && segment.flags.has(Flags::SYN)
            && !segment.flags.has(Flags::ACK)
            && segment.seq.after(self.rcv.nxt)
    }
}
