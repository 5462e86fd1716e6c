//! The socket under test as the script sees it: which numbers of the script stand for which numbers on the wire.

use sockscope_core::program::Fd;
use std::net::SocketAddr;

/// How far a connection is in the script. Some steps change what numbers mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// After `socket()`.
    #[default]
    New,
    Listening,
    /// After `connect()`.
    Connecting,
    SynSent,
    /// The first packet of the remote end came.
    Received,
    SynAckSent,
    Established,
}

/// A socket of the script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) stage: Stage,
    /// TCP; otherwise UDP.
    pub(super) stream: bool,
    /// Its descriptor, once it has one.
    pub(super) fd: Option<Fd>,
    pub(super) local: Option<SocketAddr>,
    pub(super) remote: Option<SocketAddr>,
    /// What the script calls our initial sequence number (0 nearly always), and what it is.
    pub(super) script_isn: u32,
    pub(super) local_isn: u32,
    /// The initial sequence number of the remote end, the same in both worlds.
    pub(super) remote_isn: u32,
    /// Timestamps of ours: as in the script, and as they were.
    pub(super) stamps: Vec<(u32, u32)>,
}

impl Endpoint {
    /// Sequence numbers of ours: what is to be added to the script's. In a SYN the script's are absolute.
    pub(super) fn local_offset(&self, syn: bool) -> u32 {
        if syn { self.local_isn.wrapping_sub(self.script_isn) } else { self.local_isn }
    }
    /// Sequence numbers of the remote end: what is to be added to the script's.
    pub(super) fn remote_offset(&self, syn: bool) -> u32 {
        if syn { 0 } else { self.remote_isn }
    }
    /// Remembers that a timestamp of ours is called `script`.
    pub(super) fn learn_stamp(&mut self, script: u32, live: u32) {
        // The latest meaning of a value comes first, but the very first pair stays what others are counted from.
        match self.stamps.iter().skip(1).position(|(known, _)| *known == script) {
            Some(place) => self.stamps[place + 1].1 = live,
            None => self.stamps.push((script, live)),
        }
    }
    /// The timestamp on the wire that the script calls so.
    pub(super) fn live_stamp(&self, script: u32) -> Option<u32> {
        self.stamps.iter().rfind(|(known, _)| *known == script).map(|(_, live)| *live)
    }
    /// What the script would call a timestamp of ours, counted from the first.
    pub(super) fn script_stamp(&self, live: u32) -> u32 {
        match self.stamps.first() {
            Some((script, first)) => live.wrapping_sub(*first).wrapping_add(*script),
            None => live,
        }
    }
}
