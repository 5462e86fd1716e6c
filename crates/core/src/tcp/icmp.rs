//! ICMP errors (RFC 9293 §3.9.2.2, RFC 5461): soft once a connection stands.

use super::{Connection, State, Trigger};
use crate::errno::Errno;
use crate::trace::Cx;
use crate::wire::IcmpKind;

impl Connection {
    /// An ICMP error quotes a segment of ours. "Nobody has that port" ends a connection that is being opened; all else
    /// may pass, and is told only if retransmissions stay in vain.
    pub fn on_icmp(&mut self, kind: IcmpKind, cx: &mut Cx) {
        match (kind, self.state) {
            (_, State::Closed) => {}
            (IcmpKind::PortUnreachable, State::SynSent) => {
                self.fail(Errno::ECONNREFUSED, Trigger::Unreachable, cx);
            }
            (IcmpKind::PortUnreachable, _) => self.soft_error = Some(Errno::ECONNREFUSED),
            _ => self.soft_error = Some(Errno::EHOSTUNREACH),
        }
    }
}
