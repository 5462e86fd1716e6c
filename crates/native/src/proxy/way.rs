//! One direction of a proxy: the simulator's link, what it is told to do, and what it did.

use super::Protocol;
use serde::Serialize;
use sockscope_core::trace::LinkId;
use sockscope_sim::impairment::{Impairment, Knobs};
use sockscope_sim::link::Link;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// One direction.
pub(super) struct Way {
    protocol: Protocol,
    state: Mutex<State>,
    stalled: watch::Sender<bool>,
}

pub(super) struct State {
    pub(super) link: Link,
    knobs: Knobs,
    pub(super) tally: Tally,
}

/// What went through one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Packets that came in, or bytes of streams.
    pub taken: u64,
    /// Packets that went out, duplicates included, or bytes of streams.
    pub given: u64,
    /// Packets that were lost, or found no room in the queue.
    pub lost: u64,
    /// Packets that were doubled.
    pub duplicated: u64,
    /// Packets with a bit flipped. A datagram of those is not given on: its checksum would be wrong.
    pub corrupted: u64,
}

impl Way {
    pub(super) fn new(protocol: Protocol, seed: u64, link: u16, knobs: Knobs) -> Way {
        let link = Link::new(seed, LinkId(link), impairment(protocol, &knobs));
        let state = State { link, knobs, tally: Tally::default() };
        Way { protocol, state: Mutex::new(state), stalled: watch::Sender::new(false) }
    }
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub(super) fn tally(&self) -> Tally {
        self.state().tally
    }
    /// What it is told to do.
    pub(super) fn knobs(&self) -> Knobs {
        self.state().knobs.clone()
    }
    /// Does this from now on.
    pub(super) fn set(&self, knobs: Knobs) {
        let mut state = self.state();
        state.link.set_impairment(impairment(self.protocol, &knobs));
        state.knobs = knobs;
    }
    /// Lets nothing out, or lets everything out again.
    pub(super) fn stall(&self, stalled: bool) {
        self.stalled.send_replace(stalled);
    }
    /// Whether nothing is let out.
    #[cfg(target_os = "linux")]
    pub(super) fn is_stalled(&self) -> bool {
        *self.stalled.borrow()
    }
    /// Waits while nothing is let out.
    pub(super) async fn flows(&self) {
        // The sender lives as long as this.
        let _ = self.stalled.subscribe().wait_for(|stalled| !stalled).await;
    }
}

/// A proxy delays nothing unless it is told to, and takes whatever the system takes.
fn impairment(protocol: Protocol, knobs: &Knobs) -> Impairment {
    let general: Knobs = Knobs { delay: Some(sockscope_sim::units::Length::default()), ..Knobs::default() };
    let impairment = knobs.over(&general);
    let mtu = match protocol {
        Protocol::Udp | Protocol::Packets => knobs.mtu.unwrap_or(u32::MAX),
        Protocol::Tcp => u32::MAX,
    };
    Impairment { mtu, ..impairment }
}
