//! Which socket of which program a packet belongs to: what the trace told of addresses so far.

use sockscope_core::program::{Call, Fd, SocketKind};
use sockscope_core::trace::{Kind, Node, Sock, Task};
use sockscope_core::wire::{Body, IcmpMessage, Packet};
use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};

/// A socket of a program.
pub(super) type Owner = (Node, Sock);

/// Which transport: a port of TCP is another one than that of UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Transport {
    Tcp,
    Udp,
}

/// The ends of all sockets.
#[derive(Default)]
pub(super) struct Ends {
    sockets: BTreeMap<Owner, Socket>,
    descriptors: BTreeMap<(Node, Fd), Sock>,
    /// Connections, those included that are closed: their last segments are still to come.
    pairs: BTreeMap<Pair, Owner>,
    /// Sockets with a port of their own.
    ports: BTreeMap<(Transport, SocketAddr), Owner>,
    /// The descriptor whose call each task is in.
    calls: BTreeMap<Task, (Node, Fd)>,
    /// Where the calls go to that name an address.
    sending: BTreeMap<Task, (Node, Fd, SocketAddr)>,
    /// Sockets without a descriptor, the oldest first.
    closed: VecDeque<Owner>,
}

/// So many closed sockets are remembered, for what still comes of them.
const REMEMBERED: usize = 1 << 16;

/// Transport, local address, peer.
type Pair = (Transport, SocketAddr, SocketAddr);

struct Socket {
    transport: Transport,
    local: Option<SocketAddr>,
    pair: Option<Pair>,
    listens: bool,
    /// How many descriptors stand for it.
    open: u32,
}

impl Ends {
    /// What the next event tells.
    pub(super) fn learn(&mut self, node: Node, kind: &Kind) {
        match kind {
            Kind::Opened { sock, kind, fd, .. } => {
                let transport = if *kind == SocketKind::Stream { Transport::Tcp } else { Transport::Udp };
                let socket = Socket { transport, local: None, pair: None, listens: false, open: 0 };
                self.sockets.insert((node, *sock), socket);
                fd.iter().for_each(|fd| self.open(node, *fd, *sock));
            }
            Kind::Accepted { sock, fd } | Kind::Duplicate { sock, fd } => self.open(node, *fd, *sock),
            Kind::Bound { sock, local, .. } => self.bind((node, *sock), **local),
            Kind::Connected { sock, local, remote } => {
                if let Some(socket) = self.sockets.get_mut(&(node, *sock)) {
                    let pair = (socket.transport, plain(**local), plain(**remote));
                    socket.pair = Some(pair);
                    self.pairs.insert(pair, (node, *sock));
                }
            }
            Kind::Listening { sock, .. } => {
                self.sockets.entry((node, *sock)).and_modify(|socket| socket.listens = true);
            }
            Kind::Released { sock, fd } => self.close(node, *fd, *sock),
            Kind::Call { task, call, .. } => {
                self.calls.extend(call.fd().map(|fd| (*task, (node, fd))));
                if let Call::Connect { fd, to } | Call::SendTo { fd, to, .. } = &**call {
                    self.sending.insert(*task, (node, *fd, plain(*to)));
                }
            }
            Kind::Exited { task, .. } => self.answered(*task),
            _ => {}
        }
    }

    /// A task was told the outcome of its call.
    pub(super) fn answered(&mut self, task: Task) {
        self.calls.remove(&task);
        self.sending.remove(&task);
    }

    fn open(&mut self, node: Node, fd: Fd, sock: Sock) {
        self.descriptors.insert((node, fd), sock);
        self.sockets.entry((node, sock)).and_modify(|socket| socket.open += 1);
    }

    fn close(&mut self, node: Node, fd: Fd, sock: Sock) {
        self.descriptors.remove(&(node, fd));
        let Some(socket) = self.sockets.get_mut(&(node, sock)) else { return };
        socket.open = socket.open.saturating_sub(1);
        if socket.open > 0 {
            return;
        }
        if let Some(port) = socket.local.map(|local| (socket.transport, local)) {
            remove(&mut self.ports, &port, (node, sock));
        }
        self.closed.push_back((node, sock));
        if self.closed.len() > REMEMBERED
            && let Some(oldest) = self.closed.pop_front()
            && let Some(Socket { pair: Some(pair), .. }) = self.sockets.remove(&oldest)
        {
            remove(&mut self.pairs, &pair, oldest);
        }
    }

    /// The stream, not a welcoming one, that a task's call is about, with its descriptor.
    pub(super) fn stream(&self, task: Task) -> Option<(Node, Sock, Fd)> {
        let (node, fd) = *self.calls.get(&task)?;
        let sock = *self.descriptors.get(&(node, fd))?;
        let socket = self.sockets.get(&(node, sock))?;
        (socket.transport == Transport::Tcp && !socket.listens).then_some((node, sock, fd))
    }

    /// Whose packet it is that has this address here and that one there.
    pub(super) fn find(&self, transport: Transport, local: SocketAddr, remote: SocketAddr) -> Option<Owner> {
        let any = |ip: IpAddr| self.ports.get(&(transport, SocketAddr::new(ip, local.port())));
        let pair = self.pairs.get(&(transport, local, remote));
        let port = pair.or_else(|| self.ports.get(&(transport, local)));
        port.or_else(|| any(if local.is_ipv4() { V4 } else { V6 })).or_else(|| any(V6)).copied()
    }

    /// Descriptors whose calls are about to send to an address, from a port that the trace does not know yet.
    pub(super) fn candidates(&self, transport: Transport, remote: SocketAddr) -> Vec<(Owner, Fd)> {
        let calling = self.sending.values().filter(|(.., to)| *to == remote);
        let owner = |(node, fd, _): &(Node, Fd, SocketAddr)| {
            Some(((*node, *self.descriptors.get(&(*node, *fd))?), *fd))
        };
        let unknown = |(owner, _): &(Owner, Fd)| {
            self.sockets
                .get(owner)
                .is_some_and(|socket| socket.transport == transport && socket.local.is_none())
        };
        calling.filter_map(owner).filter(unknown).collect()
    }

    /// A socket has this address.
    pub(super) fn bind(&mut self, owner: Owner, local: SocketAddr) {
        if let Some(socket) = self.sockets.get_mut(&owner) {
            socket.local = Some(plain(local));
            self.ports.insert((socket.transport, plain(local)), owner);
        }
    }
}

/// Removes what still belongs to this socket: another may have the address by now.
fn remove<K: Ord>(owners: &mut BTreeMap<K, Owner>, key: &K, owner: Owner) {
    if owners.get(key) == Some(&owner) {
        owners.remove(key);
    }
}

const V4: IpAddr = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);
const V6: IpAddr = IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED);

/// An address as packets have it: IPv4 is never written as IPv6 there.
pub(super) fn plain(addr: SocketAddr) -> SocketAddr {
    SocketAddr::new(addr.ip().to_canonical(), addr.port())
}

/// Transport, source and destination of a packet; of an ICMP error those of the packet that it is about, turned round.
pub(super) fn ends(packet: &Packet) -> Option<(Transport, SocketAddr, SocketAddr)> {
    let (transport, from, to) = match &packet.body {
        Body::Tcp(segment) => (Transport::Tcp, segment.src_port, segment.dst_port),
        Body::Udp(datagram) => (Transport::Udp, datagram.src_port, datagram.dst_port),
        Body::Icmp(message) => return quoted(message),
    };
    Some((transport, SocketAddr::new(packet.src, from), SocketAddr::new(packet.dst, to)))
}

/// The ends that the header speaks of which an ICMP error quotes.
fn quoted(message: &IcmpMessage) -> Option<(Transport, SocketAddr, SocketAddr)> {
    let bytes: &[u8] = &message.quoted;
    let v4 = bytes.first()? >> 4 == 4;
    let (header, protocol) =
        if v4 { (usize::from(bytes[0] & 15) * 4, *bytes.get(9)?) } else { (40, *bytes.get(6)?) };
    let transport = match i32::from(protocol) {
        libc::IPPROTO_TCP => Transport::Tcp,
        libc::IPPROTO_UDP => Transport::Udp,
        _ => return None,
    };
    let address = |at: usize| -> Option<IpAddr> {
        Some(match v4 {
            true => <[u8; 4]>::try_from(bytes.get(at..at + 4)?).ok()?.into(),
            false => <[u8; 16]>::try_from(bytes.get(at..at + 16)?).ok()?.into(),
        })
    };
    let port = |at: usize| Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    let (from, to) = if v4 { (address(12)?, address(16)?) } else { (address(8)?, address(24)?) };
    Some((transport, SocketAddr::new(to, port(header + 2)?), SocketAddr::new(from, port(header)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sockscope_core::program::SendFlags;

    const LOCAL: &str = "10.0.0.1:5000";
    const REMOTE: &str = "10.0.0.2:80";

    fn opened(sock: u32, kind: SocketKind) -> Kind {
        Kind::Opened { sock: Sock(sock), kind, fd: Some(Fd(sock + 3)), listener: None }
    }
    fn bound(sock: u32, local: &str) -> Kind {
        Kind::Bound { sock: Sock(sock), local: Box::new(local.parse().unwrap()), implicit: false }
    }
    fn find(ends: &Ends, local: &str, remote: &str) -> Option<u32> {
        let owner = ends.find(Transport::Tcp, local.parse().unwrap(), remote.parse().unwrap());
        owner.map(|(_, sock)| sock.0)
    }

    #[test]
    fn a_connection_comes_before_the_port_that_welcomed_it_and_outlives_its_descriptor() {
        let mut ends = Ends::default();
        let learn = |ends: &mut Ends, kind| ends.learn(Node(0), &kind);
        learn(&mut ends, opened(0, SocketKind::Stream));
        learn(&mut ends, bound(0, "[::]:5000"));
        assert_eq!(find(&ends, LOCAL, REMOTE), Some(0), "an IPv6 socket takes IPv4 too");
        assert_eq!(find(&ends, "10.0.0.1:5001", REMOTE), None);
        learn(&mut ends, opened(1, SocketKind::Stream));
        let [local, remote] =
            ["[::ffff:10.0.0.1]:5000", "[::ffff:10.0.0.2]:80"].map(|it| Box::new(it.parse().unwrap()));
        learn(&mut ends, Kind::Connected { sock: Sock(1), local, remote });
        assert_eq!(find(&ends, LOCAL, REMOTE), Some(1));
        learn(&mut ends, Kind::Released { sock: Sock(1), fd: Fd(4) });
        assert_eq!(find(&ends, LOCAL, REMOTE), Some(1), "its FIN is still to come");
        learn(&mut ends, Kind::Duplicate { sock: Sock(0), fd: Fd(9) });
        learn(&mut ends, Kind::Released { sock: Sock(0), fd: Fd(3) });
        assert_eq!(find(&ends, LOCAL, "10.0.0.3:80"), Some(0), "another descriptor stands for it");
        learn(&mut ends, Kind::Released { sock: Sock(0), fd: Fd(9) });
        assert_eq!(find(&ends, LOCAL, "10.0.0.3:80"), None, "the port is anybody's");
    }

    #[test]
    fn a_port_that_is_not_known_yet_belongs_to_who_is_sending_there() {
        let mut ends = Ends::default();
        ends.learn(Node(2), &opened(0, SocketKind::Datagram));
        let to: SocketAddr = REMOTE.parse().unwrap();
        let call = Call::SendTo { fd: Fd(3), data: "x".into(), to, flags: SendFlags::NONE };
        ends.learn(Node(2), &Kind::Call { task: Task(7), step: 0, call: call.into() });
        assert_eq!(ends.candidates(Transport::Udp, to), [((Node(2), Sock(0)), Fd(3))]);
        assert_eq!(ends.candidates(Transport::Tcp, to), []);
        ends.bind((Node(2), Sock(0)), LOCAL.parse().unwrap());
        assert_eq!(ends.candidates(Transport::Udp, to), [], "it is known by now");
        ends.answered(Task(7));
        assert!(ends.sending.is_empty() && ends.calls.is_empty());
    }
}
