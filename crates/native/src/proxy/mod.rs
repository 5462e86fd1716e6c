//! A network that misbehaves, between real programs: datagrams through the simulator's link, streams relayed with its delays.
//!
//! Both directions have a way: the link with its random draws, which may be told to do something else while it runs.

mod control;
mod datagrams;
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
use std::net::SocketAddr;
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
}

/// Where a proxy listens.
pub struct Listening(Socket);

enum Socket {
    Udp(UdpSocket),
    Tcp(TcpListener),
}

impl Listening {
    /// Takes the address. Call it inside a tokio runtime.
    ///
    /// # Errors
    /// Those of `bind()`.
    pub async fn at(protocol: Protocol, address: SocketAddr) -> io::Result<Listening> {
        Ok(Listening(match protocol {
            Protocol::Udp => Socket::Udp(UdpSocket::bind(address).await?),
            Protocol::Tcp => Socket::Tcp(TcpListener::bind(address).await?),
        }))
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
        Report { there, back, connections, refused, reset }
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

/// The nodes of a trace: for datagrams the two ends of the link, for streams the proxy itself, whose calls are told.
pub fn header(protocol: Protocol, seed: u64, listening: SocketAddr, server: SocketAddr) -> Header {
    let node = |name: &str, addr: SocketAddr| NodeInfo {
        name: name.to_owned(),
        kind: NodeKind::Host,
        addresses: vec![addr.ip()],
    };
    let (nodes, links) = match protocol {
        Protocol::Udp => {
            (vec![node("clients", listening), node("server", server)], vec![LinkInfo { a: 0, b: 1 }])
        }
        Protocol::Tcp => (vec![node("proxy", listening)], Vec::new()),
    };
    Header {
        format: FORMAT,
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        clock: Clock::Monotonic,
        title: format!("proxy from {listening} to {server}"),
        seed: seed.to_string(),
        scenario: None,
        programs: Vec::new(),
        nodes,
        links,
        sources: Vec::new(),
    }
}
