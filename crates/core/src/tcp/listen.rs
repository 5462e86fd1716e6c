//! The LISTEN state of a welcoming socket (RFC 9293 §3.10.7.2).

use super::{Config, State, Trigger, reset_for};
use crate::trace::{Cx, Kind, Sock};
use crate::wire::{Flags, Segment};
use serde::{Deserialize, Serialize};

/// A welcoming socket. It stays in LISTEN while each SYN begins a [`Connection`](super::Connection) of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    sock: Sock,
    state: State,
}

/// What a listener says to a segment that no connection is there for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Drop it.
    Ignore,
    /// Send this RST.
    Reset(Segment),
    /// A SYN: [`Connection::accept`](super::Connection::accept) it, where the queues have room.
    Accept,
}

impl Listener {
    /// Passive OPEN.
    pub fn open(sock: Sock, cx: &mut Cx) -> Listener {
        let mut new = Listener { sock, state: State::Closed };
        new.transition(Trigger::PassiveOpen, cx);
        new
    }
    /// CLOSE (RFC 9293 §3.10.4). The connections born of it are the host's to abort.
    pub fn close(mut self, cx: &mut Cx) {
        self.transition(Trigger::Close, cx);
    }
    /// A segment for the port arrives, from a peer with whom there is no connection.
    pub fn on_segment(&self, segment: &Segment, config: &Config) -> Answer {
        let is = |flags| segment.flags.has(flags);
        let ignored = config.trust.drop_syn_fin && is(Flags::SYN.with(Flags::FIN))
            || !config.trust.listener_resets_syn_ack && is(Flags::SYN.with(Flags::ACK));
        if ignored {
            return Answer::Ignore;
        }
        // First, check for a RST; second, for an ACK; third, for a SYN.
        if is(Flags::RST) {
            return Answer::Ignore;
        }
        if is(Flags::ACK) {
            return reset_for(segment).map_or(Answer::Ignore, Answer::Reset);
        }
        if is(Flags::SYN) { Answer::Accept } else { Answer::Ignore }
    }

    fn transition(&mut self, trigger: Trigger, cx: &mut Cx) {
        let from = self.state;
        self.state = from.after(trigger).expect("a listener opens and closes once");
        cx.emit(|| Kind::State { sock: self.sock, from, to: self.state, trigger });
    }
}
