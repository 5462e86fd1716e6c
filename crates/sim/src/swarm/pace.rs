//! How slow a world is, and so how long it may take although nothing is wrong in it.

use super::{CALM_ENOUGH, SILENCE_ENOUGH};
use crate::Scenario;
use crate::impairment::Impairment;
use crate::units::Room;
use sockscope_core::program::{Call, SocketOption};
use sockscope_core::tcp::Variables;
use sockscope_core::time::Span;
use sockscope_core::trace::{Node, Sock};
use std::collections::BTreeMap;
use std::num::NonZeroU32;

/// An ACK may wait so long for data to ride on: the most that a profile allows.
const DELAYED_ACK: Span = Span::from_millis(200);

/// What makes a world slow: a round trip, how much goes in one, and how much programs send and sleep.
///
/// Once faults are off, each turn of a conversation costs a round trip, through every link, by full queues and with a delayed
/// ACK; a send is a turn, and another one each time that it fills the smallest buffer; and who sends waits for who answers:
///
/// ```text
/// at most = constant + 2 turns (round trip + 200 ms) + pauses + 72 SRTT
/// turns   = for the end of a connection that has the most of them: sends + octets / smallest buffer
/// ```
///
/// The last is for what was measured while there were faults: a round trip that a cut cable made long. Where windows are small each
/// turn waits for a time-out (RFC 9293 §3.8.6.2.1), which is made of that, and with each turn SRTT becomes an eighth less and
/// RTTVAR a quarter (RFC 6298 §2.3). So all time-outs together, each SRTT + 4 RTTVAR, are 40 SRTT + 16 RTTVAR; and a variation
/// is never more than twice the mean.
///
/// The constant is [`CALM_ENOUGH`], or [`SILENCE_ENOUGH`] where an end did not end in peace.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    round_trip: Span,
    /// Octets that the smallest buffer holds.
    smallest: u32,
    /// Sends and octets of each end of a connection.
    sent: BTreeMap<(Node, Sock), (u64, u64)>,
    pauses: Span,
    /// The longest SRTT that an end believed in.
    measured: Span,
}

impl Pace {
    pub(super) fn new(scenario: &Scenario) -> Pace {
        let ways =
            scenario.links.iter().flat_map(|link| [&link.there, &link.back].map(|way| way.over(&link.both)));
        let buffers = scenario.hosts.iter().flat_map(|host| [host.send_buffer, host.receive_buffer]);
        Pace {
            round_trip: ways.map(|way| longest(&way)).fold(Span::ZERO, |sum, way| sum + way),
            smallest: buffers.flatten().min().map_or(u32::MAX, NonZeroU32::get),
            sent: BTreeMap::new(),
            pauses: Span::ZERO,
            measured: Span::ZERO,
        }
    }
    /// An end has measured a round trip.
    pub(super) fn measure(&mut self, variables: &Variables) {
        self.measured = self.measured.max(variables.srtt.unwrap_or_default());
    }
    /// A program makes a call, about that socket where it is about one.
    pub(super) fn call(&mut self, call: &Call, end: Option<(Node, Sock)>) {
        match call {
            Call::Sleep { span } => self.pauses = self.pauses + *span,
            Call::SetOption {
                option: SocketOption::ReceiveBuffer(n) | SocketOption::SendBuffer(n), ..
            } => {
                self.smallest = self.smallest.min(*n).max(1);
            }
            Call::Send { data, .. } | Call::SendTo { data, .. } => {
                let Some(end) = end else { return };
                let (sends, octets) = self.sent.entry(end).or_default();
                (*sends, *octets) = (*sends + 1, *octets + data.len() as u64);
            }
            _ => {}
        }
    }
    /// How long the world may take from the end of all faults on; longer where somebody has to find out that his peer is gone.
    pub(super) fn at_most(&self, in_peace: bool) -> Span {
        let turns = |(sends, octets): &(u64, u64)| sends + octets.div_ceil(self.smallest.into());
        let turns = 2 * self.sent.values().map(turns).max().unwrap_or(0);
        let constant = if in_peace { CALM_ENOUGH } else { SILENCE_ENOUGH };
        constant + (self.round_trip + DELAYED_ACK) * turns + self.pauses + self.measured * 72
    }
}

/// How long a packet may take to the other end of a link that loses nothing.
fn longest(way: &Impairment) -> Span {
    let bits = match way.queue {
        Room::Packets(n) => u64::from(n) * u64::from(way.mtu) * 8,
        Room::Bytes(n) => u64::from(n) * 8,
    };
    let queue = way.rate.map_or(Span::ZERO, |rate| Span::from_millis((bits * 1000).div_ceil(rate)));
    way.delay + way.jitter + queue
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swarm::Judged;
    use serde_json::json;

    /// A kilobyte that goes octet by octet, each a round trip of a second.
    #[test]
    fn a_slow_world_is_not_stuck() {
        let send = json!({ "send": { "socket": "s", "data": { "pattern": 1000 } } });
        let read = json!({ "recv_to_end": { "socket": "c", "into": "all" } });
        let scenario = json!({
            "title": "slow",
            "limits": { "time": "1000000s" },
            "hosts": [{ "name": "a" }, { "name": "b", "receive_buffer": 1 }],
            "links": [{ "between": ["a", "b"], "both": { "delay": "500ms" } }],
            "programs": [
                { "host": "b", "program": "read", "steps": [
                    { "socket": { "kind": "stream", "into": "s" } },
                    { "bind": { "socket": "s", "to": "0.0.0.0:8000" } },
                    { "listen": { "socket": "s", "backlog": 1 } },
                    { "accept": { "socket": "s", "into": "c" } },
                    read
                ] },
                { "host": "a", "program": "send", "steps": [
                    { "socket": { "kind": "stream", "into": "s" } },
                    { "connect": { "socket": "s", "to": "b:8000" } },
                    send
                ] }
            ],
            "interventions": [{ "at": "0s", "do": { "calm": { "between": ["a", "b"] } } }]
        });
        let mut judged = Judged::new(&Scenario::from_value(&scenario).unwrap());
        while judged.step(|_| ()) {}
        assert_eq!(judged.broken(), [] as [String; 0]);
        let took = judged.world().now() - sockscope_core::time::Time::ZERO;
        assert!(took > CALM_ENOUGH, "{took}");
    }
}
