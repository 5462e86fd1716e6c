//! The states of a connection along its lane.

use super::lanes::Lanes;
use crate::history::{History, SocketLife};
use sockscope_core::program::SocketKind;
use sockscope_core::tcp::State;
use sockscope_core::time::Time;

/// A stretch of a lane in one state of TCP.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Band {
    pub(super) lane: usize,
    pub(super) state: State,
    pub(super) from: (Time, usize),
    /// None where the state lasts to the end.
    pub(super) to: Option<(Time, usize)>,
}

/// The life of a lane: from when to when it is a socket.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Life {
    pub(super) lane: usize,
    pub(super) from: (Time, usize),
    pub(super) to: Option<(Time, usize)>,
    /// The lane of the welcoming socket it was born of.
    pub(super) parent: Option<usize>,
    pub(super) kind: SocketKind,
}

/// The states of every TCP socket; CLOSED is the bare lane.
pub(super) fn bands(history: &History, lanes: &Lanes) -> Vec<Band> {
    let mut bands = Vec::new();
    let when = |n: usize| (history.events()[n].at, n);
    for life in history.sockets() {
        let Some(lane) = lanes.own(life.node, Some(life.sock)) else { continue };
        let changes: Vec<(usize, State)> = life.state.iter().map(|(n, state)| (n, *state)).collect();
        for (i, (n, state)) in changes.iter().enumerate() {
            let next = changes.get(i + 1).map(|(n, _)| *n).or(life.removed);
            if *state != State::Closed {
                bands.push(Band { lane, state: *state, from: when(*n), to: next.map(when) });
            }
        }
    }
    bands
}

/// The life of every socket's lane.
pub(super) fn lives(history: &History, lanes: &Lanes) -> Vec<Life> {
    let when = |n: usize| (history.events()[n].at, n);
    let life = |life: &SocketLife| {
        Some(Life {
            lane: lanes.own(life.node, Some(life.sock))?,
            from: when(life.opened),
            to: life.removed.map(when),
            parent: life.listener.and_then(|parent| lanes.own(life.node, Some(parent))),
            kind: life.kind,
        })
    };
    history.sockets().iter().filter_map(life).collect()
}

/// The style class of a state: by what the connection is doing.
pub(crate) const fn class(state: State) -> &'static str {
    match state {
        State::Closed => "closed",
        State::Listen => "listen",
        State::SynSent | State::SynReceived => "opening",
        State::Established => "established",
        State::TimeWait => "waiting",
        State::FinWait1 | State::FinWait2 | State::CloseWait | State::Closing | State::LastAck => "closing",
    }
}
