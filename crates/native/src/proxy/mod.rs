//! A network that misbehaves, between real programs: datagrams and, between two devices, all packets through the simulator's
//! link; streams relayed with its delays.
//!
//! Both directions have a way: the link with its random draws, which may be told to do something else while it runs.

mod control;
mod datagrams;
mod fate;
#[cfg(target_os = "linux")]
mod packets;
mod streams;
mod way;

pub use control::{Command, Which, check};
pub use way::Tally;

use crate::record::Recorder;
use serde::Serialize;
use sockscope_core::program::Fd;
use sockscope_core::time::Time;
use sockscope_core::trace::{Clock, EventId, FORMAT, Header, Kind, LinkInfo, NodeInfo, NodeKind, Sock, Task};
use sockscope_core::wire::PacketId;
use sockscope_sim::impairment::Knobs;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::watch;
use way::Way;

/// What goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Datagrams: each has a fate of its own.
    Udp,
    /// Streams: relayed, so that nothing is lost.
    Tcp,
    /// Packets between two devices: each has a fate of its own.
    Packets,
}

/// A proxy, and what it has done so far.
pub struct Proxy {
    protocol: Protocol,
    recorder: Recorder,
    ways: [Way; 2],
    /// Counts how often every connection was to be reset.
    resets: watch::Sender<u64>,
    packets: AtomicU64,
    numbers: AtomicU32,
    connections: AtomicU64,
    refused: AtomicU64,
    reset: AtomicU64,
    strangers: AtomicU64,
}

/// What a proxy did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// To the server.
    pub there: Tally,
    /// To the clients.
    pub back: Tally,
    /// Connections of TCP, or clients of UDP.
    pub connections: u64,
    /// Of them, those that the server refused.
    pub refused: u64,
    /// Of them, those that ended with a reset.
    pub reset: u64,
    /// Packets that hold neither TCP, UDP nor ICMP errors: they pass, but are not in the trace.
    pub strangers: u64,
}

/// Where a proxy listens.
pub struct Listening(Socket);

enum Socket {
    Udp(UdpSocket),
    Tcp(TcpListener),
}

impl Listening {
    /// Takes the address for datagrams. Call it inside a tokio runtime.
    ///
    /// # Errors
    /// Those of `bind()`.
    pub async fn for_udp(address: SocketAddr) -> io::Result<Listening> {
        UdpSocket::bind(address).await.map(Socket::Udp).map(Listening)
    }
    /// Takes the address for streams. Call it inside a tokio runtime.
    ///
    /// # Errors
    /// Those of `bind()` and `listen()`.
    pub async fn for_tcp(address: SocketAddr) -> io::Result<Listening> {
        TcpListener::bind(address).await.map(Socket::Tcp).map(Listening)
    }
    /// The address.
    ///
    /// # Errors
    /// Those of `getsockname()`.
    pub fn address(&self) -> io::Result<SocketAddr> {
        match &self.0 {
            Socket::Udp(socket) => socket.local_addr(),
            Socket::Tcp(listener) => listener.local_addr(),
        }
    }
}

impl Proxy {
    /// A proxy whose draws come from `seed`; `knobs` are those of the way there and of the way back.
    pub fn new(protocol: Protocol, recorder: Recorder, seed: u64, knobs: [Knobs; 2]) -> Arc<Proxy> {
        let [there, back] = knobs;
        Arc::new(Proxy {
            protocol,
            recorder,
            ways: [Way::new(protocol, seed, 0, there), Way::new(protocol, seed, 1, back)],
            resets: watch::Sender::new(0),
            packets: AtomicU64::new(0),
            numbers: AtomicU32::new(0),
            connections: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            reset: AtomicU64::new(0),
            strangers: AtomicU64::new(0),
        })
    }

    /// Serves clients for ever: what reaches `listening` goes to `server`, and the other way round.
    ///
    /// # Errors
    /// Those of the listening socket.
    pub async fn serve(self: Arc<Proxy>, listening: Listening, server: SocketAddr) -> io::Result<()> {
        match listening.0 {
            Socket::Udp(socket) => datagrams::serve(self, socket, server).await,
            Socket::Tcp(listener) => streams::serve(self, listener, server).await,
        }
    }

    /// What it did so far.
    pub fn report(&self) -> Report {
        let [there, back] = [0, 1].map(|way| self.ways[way].tally());
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let (connections, refused, reset) = (of(&self.connections), of(&self.refused), of(&self.reset));
        Report { there, back, connections, refused, reset, strangers: of(&self.strangers) }
    }
    /// What goes through it.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }
    /// Where its events go.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    fn now(&self) -> Time {
        Time::from_nanos(self.recorder.elapsed_nanos())
    }
    /// Waits until the run's clock shows `due`, to a millisecond.
    async fn wait_until(&self, due: Time) {
        let left = due.since(self.now());
        if due > self.now() {
            tokio::time::sleep(Duration::from_nanos(left.as_nanos())).await;
        }
    }
    fn next_packet(&self) -> PacketId {
        PacketId(self.packets.fetch_add(1, Ordering::Relaxed))
    }
    /// A number for a socket, its descriptor or a task: no two are the same.
    fn next_number(&self) -> u32 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }
    fn next_socket(&self) -> (Sock, Fd) {
        let number = self.next_number();
        (Sock(number), Fd(number))
    }
    fn next_task(&self) -> Task {
        Task(self.next_number())
    }
    fn tell(&self, node: u16, cause: Option<EventId>, kind: Kind) -> Option<EventId> {
        self.recorder.push(Some(sockscope_core::trace::Node(node)), cause, kind)
    }
}

/// The header of a trace: of the two ends of the link, or of the proxy itself, whose calls are told where it relays streams.
pub fn header(protocol: Protocol, seed: u64, title: String, ends: &[(&str, Vec<IpAddr>)]) -> Header {
    let node = |(name, addresses): &(&str, Vec<IpAddr>)| NodeInfo {
        name: (*name).to_owned(),
        kind: NodeKind::Host,
        addresses: addresses.clone(),
    };
    let link = (protocol != Protocol::Tcp).then_some(LinkInfo { a: 0, b: 1 });
    Header {
        format: FORMAT,
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        clock: Clock::Monotonic,
        title,
        seed: seed.to_string(),
        scenario: None,
        programs: Vec::new(),
        nodes: ends.iter().map(node).collect(),
        links: link.into_iter().collect(),
        sources: Vec::new(),
    }
}
