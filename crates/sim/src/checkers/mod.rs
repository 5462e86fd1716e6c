//! What must hold in every run, checked on its trace.

mod packets;
mod segments;
mod sockets;
mod streams;
mod timers;

use packets::Packets;
use segments::Segments;
use sockets::Sockets;
use sockscope_core::trace::{Event, EventId, NodeKind, Trace};
use std::fmt;
use streams::Streams;
use timers::Timers;

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The event at which it shows.
    pub at: EventId,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event {}: {}", self.at, self.what)
    }
}

/// Every checker, fed event by event.
///
/// - What a program receives on a connection is a prefix of what its peer sent.
/// - `SND.UNA` is at most `SND.NXT`.
/// - Every packet that is sent is delivered, dropped or on its way; one that is delivered to a host arrives there or is
///   discarded; at a quiet end none is on its way.
/// - What an end of a connection sends has no gap and keeps to the window of its peer; it takes back neither an acknowledgment
///   nor a window that it offered, and lets nobody wait for an ACK for half a second.
/// - The retransmission timer of TCP gives what is in flight the whole time-out.
/// - No two sockets of a host have the same local address and the same peer.
///
/// ```
/// use sockscope_sim::{World, checkers, presets};
/// let mut world = World::new(&presets::text("udp-upper").unwrap().parse().unwrap()).unwrap();
/// world.run();
/// assert_eq!(checkers::check(&world.trace()), []);
/// ```
#[derive(Clone, Debug)]
pub struct Checkers {
    streams: Streams,
    packets: Packets,
    segments: Segments,
    sockets: Sockets,
    timers: Timers,
}

impl Checkers {
    /// Checkers for a network whose nodes, in the order of the header, are of these kinds.
    pub fn new(nodes: impl IntoIterator<Item = NodeKind>) -> Checkers {
        Checkers {
            streams: Streams::default(),
            packets: Packets::new(nodes.into_iter().collect()),
            segments: Segments::default(),
            sockets: Sockets::default(),
            timers: Timers::default(),
        }
    }
    /// Looks at the next event; what it violates.
    pub fn see(&mut self, event: &Event) -> Vec<Violation> {
        let found = [
            self.streams.see(event),
            self.packets.see(event),
            self.segments.see(event),
            self.sockets.see(event),
            self.timers.see(event),
        ];
        found.into_iter().flatten().map(|what| Violation { at: event.n, what }).collect()
    }
}

/// Everything that must not be and is, in the order of the trace.
pub fn check(trace: &Trace) -> Vec<Violation> {
    let mut checkers = Checkers::new(trace.header.nodes.iter().map(|node| node.kind));
    trace.events.iter().flat_map(|event| checkers.see(event)).collect()
}
