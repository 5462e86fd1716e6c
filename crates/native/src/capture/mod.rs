//! What the kernel does with the sockets of a run: the packets of theirs that pass the interfaces of this machine, and what
//! `TCP_INFO` tells after each call.
//!
//! A packet has the time that the kernel gave it, so it stands in the trace between the calls that caused it and those it
//! ends. Which packets are ours is known from the trace: from the addresses of its sockets.

mod ends;
mod tap;

use self::ends::{Ends, Owner, Transport, ends, plain};
use self::tap::{Seen, Tap};
use crate::record::Witness;
use crate::sockopt::tcp_info;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use socket2::SockRef;
use sockscope_core::program::Fd;
use sockscope_core::tcp::{State, TcpInfo};
use sockscope_core::trace::{Kind, Node, NodeInfo, NodeKind, Omission, Passage, Sock, Task};
use sockscope_core::wire::{Captured, PacketId};
use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// So long after the last event one waits for the last segments, and so long a packet for the event that tells whose it is.
const PATIENCE: Duration = Duration::from_millis(60);
/// A packet that passes a second time does so within this time.
const PASSING: Duration = Duration::from_secs(2);

/// A copy of a descriptor of a program, for one look at it.
pub(crate) type Borrow = Box<dyn Fn(Node, Fd) -> Option<OwnedFd> + Send>;

/// The numbers of nodes: programs and peers share them.
pub(crate) type Nodes = Arc<AtomicU16>;

/// Somebody who looks over the kernel's shoulder while a run is recorded.
pub(crate) struct Capture {
    tap: Option<Tap>,
    ends: Ends,
    borrow: Borrow,
    /// Whether it asks for `TCP_INFO` when a call returns.
    samples: bool,
    samples_before: BTreeMap<Owner, TcpInfo>,
    nodes: Nodes,
    peers: BTreeMap<IpAddr, Node>,
    /// The interfaces that packets were seen at, a point for each direction.
    points: Vec<(u32, bool)>,
    packets: u64,
    /// Packets that were seen, and are not told yet: whose they are is not known.
    seen: VecDeque<Seen>,
    /// Packets that may pass a second time, the oldest first.
    passing: VecDeque<Passing>,
}

/// A packet that may pass a second time: as on loopback, where it leaves and arrives.
struct Passing {
    packet: PacketId,
    content: u64,
    at: SystemTime,
    places: Vec<(u32, bool)>,
}

impl Capture {
    /// Whether packets can be had; where not, it says why.
    pub(crate) fn is_possible() -> bool {
        Tap::open(None).inspect_err(|error| no_packets(error, None)).is_ok()
    }

    /// Of the programs of this process, `nodes` of which are in the header.
    pub(crate) fn of_ourselves(interface: Option<&str>, nodes: usize) -> Capture {
        let handle = pidfd_open(getpid(), PidfdFlags::empty()).ok();
        let borrow = move |_: Node, fd: Fd| {
            pidfd_getfd(handle.as_ref()?, fd.0.cast_signed(), PidfdGetfdFlags::empty()).ok()
        };
        let nodes = Arc::new(AtomicU16::new(u16::try_from(nodes).unwrap_or(u16::MAX)));
        Capture { samples: true, ..Capture::of(interface, nodes, Box::new(borrow)) }
    }

    /// Of programs whose descriptors `borrow` gives. Where packets cannot be had, it says so, and does without.
    pub(crate) fn of(interface: Option<&str>, nodes: Nodes, borrow: Borrow) -> Capture {
        Capture {
            tap: Tap::open(interface).inspect_err(|error| no_packets(error, interface)).ok(),
            ends: Ends::default(),
            borrow,
            samples: false,
            samples_before: BTreeMap::new(),
            nodes,
            peers: BTreeMap::new(),
            points: Vec::new(),
            packets: 0,
            seen: VecDeque::new(),
            passing: VecDeque::new(),
        }
    }

    /// The packets that were seen up to now. A packet that nobody's is as far as we know may `wait` until it is so old: the
    /// event that is next may tell whose it is.
    fn tell_packets(&mut self, wait: Duration, tell: &mut dyn FnMut(Instant, Option<Node>, Kind)) {
        let Some(tap) = &self.tap else { return };
        self.seen.extend(tap.take());
        let (instant, system) = (Instant::now(), SystemTime::now());
        while let Some(seen) = self.seen.pop_front() {
            let ago = system.duration_since(seen.at).unwrap_or_default();
            let at = instant.checked_sub(ago).unwrap_or(instant);
            let Ok(captured) = Captured::decode(&seen.bytes) else { continue };
            let Some((transport, from, to)) = ends(&captured.packet) else { continue };
            let sender = self.owner(transport, from, to);
            let receiver = self.owner(transport, to, from);
            if sender.is_none() && receiver.is_none() {
                if ago < wait {
                    return self.seen.push_front(seen);
                }
                continue;
            }
            let mut joins = |node, info| tell(at, Some(node), info);
            // The node of an ICMP error is whoever sent it: a router, say.
            let own = sender.filter(|_| captured.packet.src == from.ip());
            let (from, sock) = self.end(own, captured.packet.src, &mut joins);
            let (to, to_sock) = self.end(receiver, captured.packet.dst, &mut joins);
            let point = self.point(&seen, &mut |kind| tell(at, None, kind));
            let mut packet = captured.packet;
            let Some(id) = self.number(&seen) else { continue };
            packet.id = id;
            let passage = Passage { point, sock, to: Some(to), to_sock, cut: captured.cut, packet };
            tell(at, Some(from), Kind::Captured(Box::new(passage)));
        }
    }

    /// Whose end of a connection this is. Where a program is about to use an address for the first time, it is asked of the
    /// kernel: the trace will know it when the call returns.
    fn owner(&mut self, transport: Transport, local: SocketAddr, remote: SocketAddr) -> Option<Owner> {
        if let Some(owner) = self.ends.find(transport, local, remote) {
            return Some(owner);
        }
        for (owner, fd) in self.ends.candidates(transport, remote) {
            let borrowed = (self.borrow)(owner.0, fd);
            let bound = borrowed.and_then(|it| SockRef::from(&it).local_addr().ok()?.as_socket()).map(plain);
            if let Some(bound) = bound.filter(|bound| bound.port() == local.port()) {
                self.ends.bind(owner, bound);
                return Some(owner);
            }
        }
        None
    }

    /// The node of an end, and its socket; a peer that is met for the first time joins.
    fn end(
        &mut self,
        owner: Option<Owner>,
        addr: IpAddr,
        joins: &mut dyn FnMut(Node, Kind),
    ) -> (Node, Option<Sock>) {
        if let Some((node, sock)) = owner {
            return (node, Some(sock));
        }
        if let Some(peer) = self.peers.get(&addr) {
            return (*peer, None);
        }
        let node = Node(self.nodes.fetch_add(1, Ordering::Relaxed));
        let info = NodeInfo { name: addr.to_string(), kind: NodeKind::Host, addresses: vec![addr] };
        joins(node, Kind::Joined { info: Box::new(info) });
        self.peers.insert(addr, node);
        (node, None)
    }

    /// The number of the point that an interface is.
    fn point(&mut self, seen: &Seen, tell: &mut dyn FnMut(Kind)) -> u16 {
        let known = self.points.iter().position(|point| *point == (seen.interface, seen.outgoing));
        let point = known.unwrap_or_else(|| {
            let name = self.tap.as_ref().map_or(String::new(), |tap| tap.name(seen.interface));
            let name = format!("{name} {}", if seen.outgoing { "out" } else { "in" }).into();
            tell(Kind::CapturePoint { point: self.points.len() as u16, name });
            self.points.push((seen.interface, seen.outgoing));
            self.points.len() - 1
        });
        point as u16
    }

    /// The number of a packet: that of one like it which passed elsewhere, or on loopback the other way, and is not here yet.
    fn number(&mut self, seen: &Seen) -> Option<PacketId> {
        while self
            .passing
            .front()
            .is_some_and(|old| seen.at.duration_since(old.at).is_ok_and(|age| age > PASSING))
        {
            self.passing.pop_front();
        }
        let mut hasher = DefaultHasher::new();
        seen.bytes.hash(&mut hasher);
        let (content, place) = (hasher.finish(), (seen.interface, seen.outgoing));
        let same = self.passing.iter_mut().find(|it| it.content == content && !it.places.contains(&place));
        if let Some(same) = same {
            // Through a bridge or a tunnel it leaves twice, and that is no news.
            let again = same
                .places
                .iter()
                .any(|(interface, outgoing)| *interface != seen.interface && *outgoing == seen.outgoing);
            same.places.push(place);
            return (!again).then_some(same.packet);
        }
        let packet = PacketId(self.packets);
        self.packets += 1;
        self.passing.push_back(Passing { packet, content, at: seen.at, places: vec![place] });
        Some(packet)
    }

    /// What the system tells of the connection that a call was about.
    fn sample(&mut self, task: Task) -> Option<(Node, Kind)> {
        let (node, sock, fd) = self.ends.stream(task)?;
        let info = tcp_info((self.borrow)(node, fd)?)?;
        if info.state == State::Closed && !self.samples_before.contains_key(&(node, sock)) {
            return None;
        }
        let before = self.samples_before.insert((node, sock), info.clone());
        (before.as_ref() != Some(&info)).then(|| (node, Kind::Info { sock, info: Box::new(info) }))
    }
}

impl Witness for Capture {
    fn meanwhile(&mut self, tell: &mut dyn FnMut(Instant, Option<Node>, Kind)) {
        self.tell_packets(PATIENCE, tell);
    }

    fn before(&mut self, node: Option<Node>, next: &Kind, tell: &mut dyn FnMut(Instant, Option<Node>, Kind)) {
        // What the next event tells explains what was seen before it: a port that the system chose, say.
        self.ends.learn(node.unwrap_or(Node(0)), next);
        match next {
            // Its number comes before those of the peers that would join here.
            Kind::Joined { .. } => return,
            Kind::Ended { .. } => thread::sleep(if self.tap.is_some() { PATIENCE } else { Duration::ZERO }),
            _ => {}
        }
        self.tell_packets(Duration::ZERO, tell);
        let now = Instant::now();
        match next {
            Kind::Notice { task, .. } => {
                if let Some((node, info)) = self.samples.then(|| self.sample(*task)).flatten() {
                    tell(now, Some(node), info);
                }
                self.ends.answered(*task);
            }
            Kind::Ended { .. } => {
                let count = self.tap.as_ref().map_or(0, Tap::lost);
                if count > 0 {
                    tell(now, None, Kind::Omitted { what: Omission::Packets, count });
                }
            }
            _ => {}
        }
    }
}

fn no_packets(error: &io::Error, interface: Option<&str>) {
    eprintln!("note: no packets are captured: {}", missing(error, interface));
}

/// Why no packets can be had, and what to do about it, in a line.
fn missing(error: &io::Error, interface: Option<&str>) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            let command =
                std::env::current_exe().map_or("sockscope".to_owned(), |path| path.display().to_string());
            format!("that takes CAP_NET_RAW; sudo setcap cap_net_raw+ep {command} grants it")
        }
        io::ErrorKind::NotFound => {
            format!("there is no interface {}; ip link lists them", interface.unwrap_or_default())
        }
        _ => error.to_string(),
    }
}
