//! A host: the socket table of a kernel, between programs above and packets below.
//!
//! Non-blocking, as a kernel is inside: a call does what can be done now and says EAGAIN or EINPROGRESS otherwise;
//! [`Host::take_ready`] tells which sockets are worth another try. [`blocking`] builds the calls that wait on top.
//!
//! The one who drives a host does three things, in any order and with a rising clock: make calls, hand in packets
//! with [`Host::receive`], and call [`Host::handle_timeout`] when [`Host::poll_timeout`] is reached. After each of
//! them [`Host::poll_transmit`] is called until it is empty. Packets that arrive together may be handed in together before
//! that: then the text of a connection is acknowledged once for all of them, as in a kernel whose network card hands over many.
//!
//! Nothing here walks all sockets: a packet finds its socket in a sorted set, the next timer is the first of a heap, and a number is a place in the table.
//!
//! ```
//! use sockscope_core::host::{Host, HostConfig};
//! use sockscope_core::program::{Family, SendFlags, SocketKind};
//! use sockscope_core::time::Time;
//! use sockscope_core::trace::{Cx, Log, Node};
//!
//! let mut log = Log::recording();
//! let mut cx = Cx { now: Time::ZERO, node: Node(0), cause: None, log: &mut log };
//! let mut host = Host::new(HostConfig::new(Node(0), vec![[10, 0, 0, 1].into()]), 42);
//! let fd = host.socket(SocketKind::Datagram, Family::Inet, &mut cx).unwrap();
//! assert_eq!(host.local_name(fd).unwrap().port(), 0, "no port is chosen before it is needed");
//! host.send_to(fd, &"hello".into(), "10.0.0.2:53".parse().unwrap(), SendFlags::NONE, &mut cx).unwrap();
//! assert!(host.local_name(fd).unwrap().port() >= 49_152);
//! assert_eq!(host.poll_transmit(&mut cx).unwrap().dst, std::net::IpAddr::from([10, 0, 0, 2]));
//! ```

mod agenda;
mod arrives;
mod bind;
mod bindings;
pub mod blocking;
mod calls;
mod challenges;
mod config;
mod connect;
mod descriptors;
mod fast_open;
mod listen;
mod mapped;
mod options;
mod outbox;
mod over_udp;
mod paths;
mod readiness;
mod settle;
mod socket;
mod sockets;
mod syn_cookies;
mod table;
#[cfg(test)]
mod tests;
mod transfer;

pub use config::HostConfig;
pub use table::StreamEntry;

use crate::collections::sort;
use crate::program::SocketKind;
use crate::rng::{Purpose, Rng};
use crate::shared::Shared;
use crate::tcp::{self, State};
use crate::trace::{Cx, EventId, Kind, Sock};
use crate::wire::Packet;
use agenda::Agenda;
use bindings::Bindings;
use descriptors::Descriptors;
use outbox::Outbox;
use serde::{Deserialize, Serialize};
use socket::{Role, Socket};
use sockets::Sockets;

/// A host with its socket table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Host {
    config: HostConfig,
    /// The policies of the connection that began last: those that have the same share them.
    policy: Shared<tcp::Config>,
    /// They are those of the host as it is now, over IPv4 and without options of a socket.
    policy_is_plain: bool,
    /// Draws ephemeral ports and initial sequence numbers.
    rng: Rng,
    down: bool,
    descriptors: Descriptors,
    sockets: Sockets,
    udp: Bindings,
    tcp: Bindings,
    /// The connection for which a segment came last, or that began since: mostly the next is for it, as BSD's PCB cache has it.
    recent: Sock,
    /// A connection that has received text and is not settled, and the event that is the cause of what follows.
    unsettled: Option<(Sock, Option<EventId>)>,
    /// For each connection that has a timer running, a time not after the next one.
    agenda: Agenda,
    outbox: Outbox,
    challenges: challenges::Challenges,
    paths: paths::Paths,
    /// What makes our cookies and sequence numbers hard to guess.
    secret: [u64; 2],
    /// What fast open cookies of our listeners are made with.
    fast_open_key: [u64; 2],
    /// Fast open cookies that servers gave us.
    cookies: fast_open::Cookies,
    /// Sockets to which something happened, in the order in which it did.
    ready: Vec<Sock>,
}

impl Host {
    /// A host without sockets. Hosts with the same `seed` and different nodes draw different numbers.
    pub fn new(config: HostConfig, seed: u64) -> Host {
        let secret = secret(&mut Rng::new(seed, Purpose::Secret(config.node.0.into())));
        Host {
            rng: Rng::new(seed, Purpose::Host(u32::from(config.node.0))),
            outbox: Outbox::new(config.node, config.ttl),
            policy: Shared::from(&config.tcp),
            policy_is_plain: true,
            down: false,
            descriptors: Descriptors::default(),
            sockets: Sockets::default(),
            udp: Bindings::default(),
            tcp: Bindings::default(),
            recent: Sock(0),
            unsettled: None,
            agenda: Agenda::default(),
            secret,
            fast_open_key: secret,
            challenges: challenges::Challenges::default(),
            paths: paths::Paths::default(),
            cookies: fast_open::Cookies::default(),
            config,
            ready: Vec::new(),
        }
    }
    /// What the host is.
    pub fn config(&self) -> &HostConfig {
        &self.config
    }
    /// What the host is, to be changed while it runs (`sysctl`). Sockets that are open keep what they have.
    pub fn config_mut(&mut self) -> &mut HostConfig {
        self.policy_is_plain = false;
        &mut self.config
    }
    /// True after [`crash`](Host::crash).
    pub fn is_down(&self) -> bool {
        self.down
    }
    /// Whether a connection that its program has closed still has something to say or to hear; TIME-WAIT has not.
    pub fn lingers(&self) -> bool {
        let over = |state| matches!(state, State::TimeWait | State::Closed);
        self.sockets.iter().any(|(_, socket)| match &socket.role {
            Role::Connection(connection) => socket.fd.is_none() && !over(connection.state()),
            _ => false,
        })
    }
    /// The next packet for the network. `cx.cause` is then its `Sent` event, the cause of what happens to it.
    ///
    /// Packets for the host itself are not handed out but received at once: the loopback interface takes no time.
    #[inline]
    pub fn poll_transmit(&mut self, cx: &mut Cx) -> Option<Packet> {
        let rests = self.unsettled.is_none() && self.outbox.destination().is_none();
        if rests { None } else { self.next_packet(cx) }
    }
    fn next_packet(&mut self, cx: &mut Cx) -> Option<Packet> {
        loop {
            self.settle_now(cx);
            let dst = self.outbox.destination()?;
            let before = std::mem::replace(&mut cx.cause, self.outbox.take_cause());
            if !self.config.has(dst) {
                return self.outbox.pop();
            }
            let packet = self.outbox.pop()?;
            self.take_in(&packet, cx);
            cx.cause = before;
        }
    }
    /// The sockets to which something happened since the last call, in the order of their numbers: a call that waits
    /// for one of them is worth another try.
    pub fn take_ready(&mut self) -> impl Iterator<Item = Sock> {
        if self.ready.len() > 1 {
            sort(&mut self.ready);
            self.ready.dedup();
        }
        self.ready.drain(..)
    }
    /// The host loses its power: sockets, timers and unsent packets are gone, and nobody is told. What arrives from
    /// now on is discarded.
    pub fn crash(&mut self, cx: &mut Cx) {
        for (sock, _) in self.sockets.iter() {
            cx.emit(|| Kind::Removed { sock });
        }
        self.sockets.clear();
        self.down = true;
        self.descriptors = Descriptors::default();
        (self.udp, self.tcp) = Default::default();
        self.agenda.clear();
        self.outbox.clear();
        self.ready.clear();
    }

    fn bindings(&self, kind: SocketKind) -> &Bindings {
        match kind {
            SocketKind::Stream => &self.tcp,
            SocketKind::Datagram => &self.udp,
        }
    }
    fn bindings_mut(&mut self, kind: SocketKind) -> &mut Bindings {
        match kind {
            SocketKind::Stream => &mut self.tcp,
            SocketKind::Datagram => &mut self.udp,
        }
    }
    /// The entry of a socket that is in the table.
    fn entry(&mut self, sock: Sock) -> &mut Socket {
        self.sockets.get_mut(sock).expect("a socket number in use names a socket")
    }
}

fn secret(rng: &mut Rng) -> [u64; 2] {
    [(); 2].map(|()| u64::from(rng.bits()) << 32 | u64::from(rng.bits()))
}
