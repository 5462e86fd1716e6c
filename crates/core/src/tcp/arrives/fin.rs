//! Eighth, check the FIN bit (RFC 9293 §3.10.7.4).

use super::Check;
use super::text::text_start;
use crate::seq::SeqRange;
use crate::tcp::{Connection, Reason, State, Trigger};
use crate::trace::Cx;
use crate::wire::{Flags, Segment};

impl Connection {
    /// A FIN counts when every octet before it is here; one that comes early is remembered.
    pub(super) fn take_fin(&mut self, segment: &Segment, cx: &mut Cx) -> Check {
        let receiving = matches!(self.state, State::Established | State::FinWait1 | State::FinWait2);
        let mut known = self.reassembly.fin;
        if segment.flags.has(Flags::FIN) && receiving {
            let fin = text_start(segment) + segment.payload.len() as u32;
            if SeqRange::new(self.rcv.nxt, self.acceptable_window()).contains(fin) {
                known = Some(fin);
                self.owed.ack = Some(Reason::AckNow);
                if fin != self.rcv.nxt {
                    self.reassembly.fin = known;
                }
            }
        }
        if receiving && known == Some(self.rcv.nxt) {
            self.rule(Reason::FinArrived, cx);
            self.owed.ack.get_or_insert(Reason::AckNow);
            self.rcv.nxt += 1;
            self.rcv.wnd = self.rcv.wnd.saturating_sub(1);
            self.transition(Trigger::Fin, cx);
        }
        Check::Continue(())
    }
}
