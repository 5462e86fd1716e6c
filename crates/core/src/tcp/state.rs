//! Connection states and every way between them (RFC 9293 §3.3.2, figure 5).

use serde::{Deserialize, Serialize};
use std::fmt;

/// The state of a connection (RFC 9293 §3.3.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// No connection at all.
    #[default]
    Closed,
    /// Waiting for a SYN from anybody: a welcoming socket.
    Listen,
    /// Our SYN is out; waiting for the peer's.
    SynSent,
    /// Both SYNs are seen; waiting for the acknowledgment of ours.
    SynReceived,
    /// Data flows both ways.
    Established,
    /// Our FIN is out and unacknowledged.
    #[serde(rename = "fin-wait-1")]
    FinWait1,
    /// Our FIN is acknowledged; the peer may still send.
    #[serde(rename = "fin-wait-2")]
    FinWait2,
    /// The peer's FIN came; we may still send.
    CloseWait,
    /// Both FINs crossed; waiting for the acknowledgment of ours.
    Closing,
    /// The peer closed first, then we; waiting for the acknowledgment of our FIN.
    LastAck,
    /// All is done; waiting until old segments have died (2 MSL).
    TimeWait,
}

/// What moves a connection from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// `listen()`.
    PassiveOpen,
    /// `connect()`.
    ActiveOpen,
    /// A SYN arrived.
    Syn,
    /// A SYN arrived that acknowledges ours.
    SynAck,
    /// The acknowledgment of our SYN arrived.
    AckOfSyn,
    /// `close()` or `shutdown()` of the sending side.
    Close,
    /// A FIN arrived, and every byte before it.
    Fin,
    /// The acknowledgment of our FIN arrived.
    AckOfFin,
    /// An acceptable RST arrived.
    Reset,
    /// ICMP says that nobody has the port we call (RFC 5461).
    Unreachable,
    /// The connection was aborted from this side; a RST went out where the peer needs one.
    Abort,
    /// Retransmissions were in vain (RFC 9293 §3.8.3, R2), or the peer was silent for too long.
    TimedOut,
    /// Two maximum segment lifetimes are over.
    #[serde(rename = "elapsed-2-msl")]
    Elapsed2Msl,
}

/// An arc of the state diagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// State before.
    pub from: State,
    /// What happens.
    pub trigger: Trigger,
    /// State after.
    pub to: State,
}

const fn arc(from: State, trigger: Trigger, to: State) -> Transition {
    Transition { from, trigger, to }
}

/// Every arc there is. The machine moves along these only: they are the state diagram as data.
///
/// Two notes on how this follows RFC 9293: a connection born of a listener starts in LISTEN and leaves it by `Syn`,
/// while the welcoming socket itself stays; so a reset in SYN-RECEIVED ends the child, and "return to LISTEN" is the
/// welcoming socket that never left. And FIN-WAIT-1 goes to TIME-WAIT through FIN-WAIT-2, in one segment where the
/// FIN carries the acknowledgment of ours, because the ACK is processed before the FIN (§3.10.7.4).
pub const TRANSITIONS: &[Transition] = {
    use State::*;
    use Trigger::*;
    &[
        arc(Closed, PassiveOpen, Listen),
        arc(Closed, ActiveOpen, SynSent),
        arc(Listen, Syn, SynReceived),
        arc(Listen, Close, Closed),
        arc(SynSent, Syn, SynReceived),
        arc(SynSent, SynAck, Established),
        arc(SynSent, Close, Closed),
        arc(SynSent, Reset, Closed),
        arc(SynSent, Unreachable, Closed),
        arc(SynSent, Abort, Closed),
        arc(SynSent, TimedOut, Closed),
        arc(SynReceived, AckOfSyn, Established),
        arc(SynReceived, Close, FinWait1),
        arc(SynReceived, Reset, Closed),
        arc(SynReceived, Abort, Closed),
        arc(SynReceived, TimedOut, Closed),
        arc(Established, Close, FinWait1),
        arc(Established, Fin, CloseWait),
        arc(Established, Reset, Closed),
        arc(Established, Abort, Closed),
        arc(Established, TimedOut, Closed),
        arc(FinWait1, AckOfFin, FinWait2),
        arc(FinWait1, Fin, Closing),
        arc(FinWait1, Reset, Closed),
        arc(FinWait1, Abort, Closed),
        arc(FinWait1, TimedOut, Closed),
        arc(FinWait2, Fin, TimeWait),
        arc(FinWait2, Reset, Closed),
        arc(FinWait2, Abort, Closed),
        arc(FinWait2, TimedOut, Closed),
        arc(CloseWait, Close, LastAck),
        arc(CloseWait, Reset, Closed),
        arc(CloseWait, Abort, Closed),
        arc(CloseWait, TimedOut, Closed),
        arc(Closing, AckOfFin, TimeWait),
        arc(Closing, Reset, Closed),
        arc(Closing, Abort, Closed),
        arc(Closing, TimedOut, Closed),
        arc(LastAck, AckOfFin, Closed),
        arc(LastAck, Reset, Closed),
        arc(LastAck, Abort, Closed),
        arc(LastAck, TimedOut, Closed),
        arc(TimeWait, Elapsed2Msl, Closed),
        arc(TimeWait, Reset, Closed),
        arc(TimeWait, Abort, Closed),
    ]
};

/// The same, to be looked up: by state and trigger.
const AFTER: [[Option<State>; TRIGGERS]; STATES] = {
    let mut after = [[None; TRIGGERS]; STATES];
    let mut n = 0;
    while n < TRANSITIONS.len() {
        let Transition { from, trigger, to } = TRANSITIONS[n];
        after[from as usize][trigger as usize] = Some(to);
        n += 1;
    }
    after
};
const STATES: usize = State::TimeWait as usize + 1;
const TRIGGERS: usize = Trigger::Elapsed2Msl as usize + 1;

impl State {
    /// The state after `trigger`, where the diagram has such an arc.
    ///
    /// ```
    /// use sockscope_core::tcp::{State, Trigger};
    /// assert_eq!(State::SynSent.after(Trigger::SynAck), Some(State::Established));
    /// assert_eq!(State::Listen.after(Trigger::Fin), None);
    /// ```
    pub fn after(self, trigger: Trigger) -> Option<State> {
        AFTER[self as usize][trigger as usize]
    }
    /// The name as RFC 9293 writes it.
    pub const fn name(self) -> &'static str {
        match self {
            State::Closed => "CLOSED",
            State::Listen => "LISTEN",
            State::SynSent => "SYN-SENT",
            State::SynReceived => "SYN-RECEIVED",
            State::Established => "ESTABLISHED",
            State::FinWait1 => "FIN-WAIT-1",
            State::FinWait2 => "FIN-WAIT-2",
            State::CloseWait => "CLOSE-WAIT",
            State::Closing => "CLOSING",
            State::LastAck => "LAST-ACK",
            State::TimeWait => "TIME-WAIT",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
