//! ICMP errors (RFC 9293 §3.9.2.2, RFC 5461, RFC 5927): soft once a connection stands.

use super::{Connection, Reason, State, Trigger};
use crate::errno::Errno;
use crate::seq::{Seq, SeqRange};
use crate::trace::Cx;
use crate::wire::IcmpKind;
use serde::{Deserialize, Serialize};

/// Which ICMP errors end a connection that is being opened. Nobody lets them end one that stands (RFC 5927 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IcmpPolicy {
    /// None.
    None,
    /// Those that say that trying again is in vain: no such port or protocol, or a filter (RFC 1122 §4.2.3.9).
    Hard,
    /// Those, and a time to live that ran out.
    HardAndExpired,
    /// All: who calls again can try another address (RFC 5461 §4).
    All,
}

/// How bad an error is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gravity {
    Soft,
    Expired,
    Hard,
}

impl Connection {
    /// An ICMP error quotes a segment of ours that begins with `seq`. Believed is one about what is in flight (RFC 5927
    /// §4.1); what does not end the connection at once is told only if retransmissions stay in vain.
    pub fn on_icmp(&mut self, kind: IcmpKind, seq: Seq, cx: &mut Cx) {
        let in_flight = SeqRange { start: self.snd.una, end: self.snd.nxt };
        if self.state == State::Closed || !in_flight.contains(seq) {
            return self.rule(Reason::IcmpOutOfPlace, cx);
        }
        if let IcmpKind::PacketTooBig { mtu } = kind {
            return self.packet_too_big(mtu, cx);
        }
        let Some((error, gravity)) = meaning(kind) else { return };
        let ends = match self.config.opening.icmp_ends_opening {
            IcmpPolicy::None => false,
            IcmpPolicy::Hard => gravity == Gravity::Hard,
            IcmpPolicy::HardAndExpired => gravity >= Gravity::Expired,
            IcmpPolicy::All => true,
        };
        if ends && self.state == State::SynSent {
            self.fail(error, Trigger::Unreachable, cx);
        } else {
            self.soft_error = Some(error);
        }
    }
}

/// What an error means to the program. `None`: nothing.
fn meaning(kind: IcmpKind) -> Option<(Errno, Gravity)> {
    use IcmpKind::*;
    Some(match kind {
        PortUnreachable | ProtocolUnreachable | NetProhibited | HostProhibited | AdminProhibited => {
            (Errno::ECONNREFUSED, Gravity::Hard)
        }
        TimeExceeded => (Errno::EHOSTUNREACH, Gravity::Expired),
        NetUnreachable | NetUnknown | NetUnreachableForTos => (Errno::ENETUNREACH, Gravity::Soft),
        HostUnreachable
        | HostUnknown
        | HostUnreachableForTos
        | SourceHostIsolated
        | SourceRouteFailed
        | BeyondScope
        | PrecedenceViolation
        | PrecedenceCutoff
        | ReassemblyTimeExceeded => (Errno::EHOSTUNREACH, Gravity::Soft),
        // Said of the header, not of the way; and RFC 6633 has done with source quench.
        PacketTooBig { .. }
        | SourceQuench
        | Redirect
        | HeaderProblem
        | MissingOption
        | BadLength
        | UnknownOption => return None,
    })
}
