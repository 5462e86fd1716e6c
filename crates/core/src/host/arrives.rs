//! Packets that reach the host.

use super::Host;
use super::bindings::Bindings;
use super::outbox::Route;
use super::socket::{Role, Socket};
use crate::icmp::{self, Quote};
use crate::program::{SocketKind, SocketOption};
use crate::seq::Seq;
use crate::tcp::{ClosedPorts, Reason, State, reset_for};
use crate::trace::{Cx, Discard, Kind, Sock};
use crate::wire::{Body, Datagram, Ecn, Flags, IcmpKind, IcmpMessage, Packet, PacketId, Segment, codec};
use std::net::{IpAddr, SocketAddr};

impl Host {
    /// Takes in a packet from outside. Its `Arrived` event is caused by `cx.cause`, and what follows is caused by `Arrived`.
    /// One that claims to be from an address of this host is forged (RFC 1122 §3.2.1.3; a SYN of the kind called LAND).
    pub fn receive(&mut self, packet: Packet, cx: &mut Cx) {
        if self.config.has(packet.src) && !self.down {
            self.arrived(None, packet.id, cx);
            return discard(None, packet.id, Discard::NotForUs, cx);
        }
        self.take_in(&packet, cx);
    }
    /// Takes in a packet from outside, or of the host itself.
    pub(super) fn take_in(&mut self, packet: &Packet, cx: &mut Cx) {
        let why = match (self.down, self.config.accepts(packet.src, packet.dst)) {
            (true, _) => Discard::HostDown,
            (_, false) => Discard::NotForUs,
            (false, true) => return self.demultiplex(packet, cx),
        };
        self.arrived(None, packet.id, cx);
        discard(None, packet.id, why, cx);
    }

    fn demultiplex(&mut self, packet: &Packet, cx: &mut Cx) {
        match &packet.body {
            Body::Tcp(segment) => self.segment_arrives(packet, segment, cx),
            Body::Udp(datagram) if self.carries_segment(datagram) => {
                self.tunneled_arrives(packet, datagram, cx)
            }
            Body::Udp(datagram) => self.datagram_arrives(packet, datagram, cx),
            Body::Icmp(message) => self.icmp_arrives(packet, message, cx),
        }
    }
    fn arrived(&mut self, sock: Option<Sock>, packet: PacketId, cx: &mut Cx) {
        cx.emit_cause(|| Kind::Arrived { sock, packet });
    }
    fn datagram_arrives(&mut self, packet: &Packet, datagram: &Datagram, cx: &mut Cx) {
        let local = SocketAddr::new(packet.dst, datagram.dst_port);
        let remote = SocketAddr::new(packet.src, datagram.src_port);
        let found = self.datagram_socket_for(local, remote);
        self.arrived(found, packet.id, cx);
        let Some(sock) = found else {
            let why = if self.udp.is_connected(&self.sockets, local) {
                Discard::WrongPeer
            } else {
                Discard::NoSocket
            };
            discard(None, packet.id, why, cx);
            return self.refuse_datagram(packet, cx);
        };
        let Role::Udp(udp) = &mut self.entry(sock).role else { return };
        match udp.deliver(remote, datagram.payload.clone()) {
            Ok(()) => {
                let recv = udp.queued();
                cx.emit(|| Kind::Buffered { sock, send: 0, recv });
                self.settle(sock, cx);
            }
            Err(why) => discard(Some(sock), packet.id, why, cx),
        }
    }
    /// Answers a datagram that no socket takes with "port unreachable" (RFC 1122 §4.1.3.1).
    fn refuse_datagram(&mut self, packet: &Packet, cx: &mut Cx) {
        if let Some(message) = icmp::about(packet, IcmpKind::PortUnreachable) {
            let route = Route::back(packet);
            self.outbox.push(None, route, Body::Icmp(message), Reason::PortUnreachable, cx);
        }
    }
    /// A datagram that carries a segment.
    fn tunneled_arrives(&mut self, packet: &Packet, datagram: &Datagram, cx: &mut Cx) {
        match codec::decode_segment(&datagram.payload) {
            Ok(segment) => self.segment_arrives(packet, &segment, cx),
            Err(_) => {
                self.arrived(None, packet.id, cx);
                discard(None, packet.id, Discard::Malformed, cx);
            }
        }
    }
    /// Most segments are for the connection that is the most recent, and nobody else has a say.
    fn segment_arrives(&mut self, packet: &Packet, segment: &Segment, cx: &mut Cx) {
        let recent = self.recent;
        match self.sockets.get(recent) {
            Some(socket) if socket.expects(packet, segment) && !self.may_not_finish(socket, segment) => {
                self.arrived(Some(recent), packet.id, cx);
                self.hand_over(recent, packet, segment, cx);
            }
            _ => self.segment_looks_for_socket(packet, segment, cx),
        }
    }
    fn segment_looks_for_socket(&mut self, packet: &Packet, segment: &Segment, cx: &mut Cx) {
        let local = SocketAddr::new(packet.dst, segment.dst_port);
        let remote = SocketAddr::new(packet.src, segment.src_port);
        let mut found = self.stream_for(local, remote);
        let iss = found.and_then(|sock| self.gives_way(sock, local, segment, cx));
        if iss.is_some() {
            found = self.stream_for(local, remote);
        }
        self.arrived(found, packet.id, cx);
        let Some(sock) = found else {
            discard(None, packet.id, Discard::NoSocket, cx);
            return self.refuse_segment(packet, segment, None, cx);
        };
        if !self.sockets[sock].is_listener() && !self.travels_alike(sock, packet) {
            discard(Some(sock), packet.id, Discard::WrongPeer, cx);
            return self.refuse_segment(packet, segment, Some(sock), cx);
        }
        if self.may_not_finish(&self.sockets[sock], segment) {
            return discard(Some(sock), packet.id, Discard::AcceptQueueFull, cx);
        }
        if self.sockets[sock].is_listener() {
            self.knock(sock, packet, segment, iss, cx);
        } else {
            self.recent = sock;
            self.hand_over(sock, packet, segment, cx);
        }
    }
    /// A segment reaches its connection.
    fn hand_over(&mut self, sock: Sock, packet: &Packet, segment: &Segment, cx: &mut Cx) {
        let Role::Connection(connection) = &mut self.entry(sock).role else { return };
        if packet.ecn() == Ecn::Ce {
            connection.on_marked_segment(segment, cx);
        } else if connection.on_segment(segment, cx) {
            return self.settle_later(sock, cx);
        }
        self.settle(sock, cx);
    }
    /// The socket that is connected to the sender, or one that takes what anybody sends there.
    fn datagram_socket_for(&self, local: SocketAddr, remote: SocketAddr) -> Option<Sock> {
        self.udp.connected(&self.sockets, local, remote).next().or_else(|| {
            let found = self.udp.unconnected(local).next()?;
            Some(self.among_equals(&self.udp, found, remote))
        })
    }
    /// The connection of these two ends, or who listens at this one.
    fn stream_for(&self, local: SocketAddr, remote: SocketAddr) -> Option<Sock> {
        let takes = |sock: &Sock| matches!(self.sockets[*sock].role, Role::Connection(_) | Role::Listener(_));
        self.tcp.connected(&self.sockets, local, remote).find(takes).or_else(|| {
            let found = self.tcp.unconnected(local).find(takes)?;
            Some(self.among_equals(&self.tcp, found, remote))
        })
    }
    /// Of several sockets that share an address (`SO_REUSEPORT`), the one on which the hash of the sender falls, so that
    /// what comes from one sender always goes to the same (as on Linux).
    fn among_equals(&self, bindings: &Bindings, found: Sock, remote: SocketAddr) -> Sock {
        let shares = |sock: &Sock| self.sockets[*sock].options.has(SocketOption::ReusePort(true));
        let socket = &self.sockets[found];
        let (Some(local), true) = (socket.local, shares(&found)) else { return found };
        let same = |sock: &Sock| shares(sock) && self.sockets[*sock].is_listener() == socket.is_listener();
        let equals: Vec<Sock> = bindings.at(local).filter(same).collect();
        equals[((u64::from(hash(remote)) * equals.len() as u64) >> 32) as usize]
    }
    /// A connection in TIME-WAIT ends early where its peer begins a new one and somebody listens (RFC 9293 §3.6.1). The
    /// initial sequence number of the new one.
    fn gives_way(&mut self, sock: Sock, local: SocketAddr, segment: &Segment, cx: &mut Cx) -> Option<Seq> {
        let Role::Connection(connection) = &mut self.sockets.get_mut(sock)?.role else { return None };
        let iss = connection.gives_way_to(segment)?;
        if !self.tcp.unconnected(local).any(|other| self.sockets[other].is_listener()) {
            return None;
        }
        if let Role::Connection(connection) = &mut self.entry(sock).role {
            connection.abort(cx);
        }
        self.settle(sock, cx);
        Some(iss)
    }
    /// Whether the segment would finish a handshake while the accept queue is full. It is dropped then, as on Linux;
    /// our SYN-ACK is sent again later and gives the peer another chance.
    fn may_not_finish(&self, socket: &Socket, segment: &Segment) -> bool {
        let (Role::Connection(connection), Some(parent)) = (&socket.role, socket.parent) else {
            return false;
        };
        let full = matches!(&self.sockets[parent].role, Role::Listener(it) if it.accept_queue_is_full());
        // A fast one is in that queue already.
        full && connection.state() == State::SynReceived
            && !connection.is_fast()
            && !segment.flags.has(Flags::RST)
    }
    /// Answers a segment for which there is no connection with a RST (RFC 9293 §3.10.7.1).
    fn refuse_segment(&mut self, packet: &Packet, segment: &Segment, sock: Option<Sock>, cx: &mut Cx) {
        let silent = match self.config.tcp.trust.closed_ports {
            ClosedPorts::Reset => false,
            ClosedPorts::IgnoreSyns => segment.flags.has(Flags::SYN),
            ClosedPorts::Ignore => true,
        };
        if silent {
            return;
        }
        if let Some(reset) = reset_for(segment) {
            let local = SocketAddr::new(packet.dst, segment.dst_port);
            let bound = sock.or_else(|| self.tcp.unconnected(local).next());
            let route = match bound.filter(|_| self.config.tcp.refuses_as_socket) {
                Some(sock) => Route::back(packet).asked_by(&self.sockets[sock].options),
                None => Route::back(packet),
            };
            self.outbox.push(None, route, Body::Tcp(reset), Reason::ResetUnwanted, cx);
        }
    }
    /// Hands an ICMP message to the socket whose packet it is about.
    fn icmp_arrives(&mut self, packet: &Packet, message: &IcmpMessage, cx: &mut Cx) {
        let quote = icmp::quote(message).map(|quote| self.tunneled_quote(message).unwrap_or(quote));
        let found = quote.and_then(|quote| self.sender(quote));
        self.arrived(found, packet.id, cx);
        let Some((sock, quote)) = found.zip(quote) else {
            return discard(None, packet.id, Discard::NoSocket, cx);
        };
        let Some(socket) = self.sockets.get_mut(sock) else { return };
        match &mut socket.role {
            // Only a connected socket hears of it: another one could not tell which of its peers is meant.
            Role::Udp(udp) if udp.peer().is_some() && message.kind == IcmpKind::PortUnreachable => {
                udp.refused();
                self.settle(sock, cx);
            }
            Role::Connection(connection) => {
                connection.on_icmp(message.kind, quote.seq, cx);
                self.paths.note(connection);
                self.settle(sock, cx);
            }
            _ => discard(Some(sock), packet.id, Discard::Advisory, cx),
        }
    }
    /// The socket that sent the quoted packet.
    fn sender(&mut self, quote: Quote) -> Option<Sock> {
        let found = self.bindings(quote.kind).nearest(&self.sockets, quote.src, quote.dst);
        found.filter(|sock| {
            quote.kind == SocketKind::Datagram
                || self.sockets[*sock].options.remote_udp_port() == quote.over_udp
        })
    }
}

/// FNV-1a of an address and port, its bits mixed well.
fn hash(addr: SocketAddr) -> u32 {
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let ip = match addr.ip() {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
        IpAddr::V6(ip) => ip.octets(),
    };
    let hash = ip.into_iter().chain(addr.port().to_be_bytes()).fold(0x811c_9dc5, step);
    (hash ^ hash >> 16).wrapping_mul(0x045d_9f3b)
}

pub(super) fn discard(sock: Option<Sock>, packet: PacketId, why: Discard, cx: &mut Cx) {
    cx.emit(|| Kind::Discarded { sock, packet, why });
}
