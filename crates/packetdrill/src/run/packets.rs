//! Packets of the script: what the remote end sends, and what the host must send.

use super::compare::{self, Clock};
use super::endpoint::{Endpoint, Stage};
use super::observed::{Observed, brief};
use super::{Due, Run, Stop, icmp, segment};
use crate::syntax::{BodySpec, IcmpSpec, OptionSpec, PacketSpec, SeqSpec, TcpSpec, UdpSpec};
use sockscope_core::payload::Payload;
use sockscope_core::time::{Span, Time};
use sockscope_core::wire::{Body, Datagram, Flags, Packet, PacketId, Segment, codec};
use std::borrow::Cow;
use std::net::SocketAddr;

/// How long the script waits for a packet that has no time.
const EVER: Span = Span::from_secs(24 * 3600);
/// How long it waits for one that is late, to say when it came.
const LATE: Span = Span::from_secs(600);

impl Run {
    /// The remote end sends.
    pub(super) fn inject(&mut self, packet: &PacketSpec) -> Result<(), Stop> {
        check_headers(packet)?;
        match &packet.body {
            BodySpec::Tcp(spec) => self.inject_tcp(packet, spec),
            BodySpec::Udp(spec) => self.inject_udp(packet, spec),
            BodySpec::Icmp(spec) => self.inject_icmp(packet, spec),
            BodySpec::Other(name) => Err(Stop::unsupported(name.clone())),
        }
    }
    /// The host must have sent, or send.
    pub(super) fn expect(&mut self, packet: &PacketSpec, due: Due) -> Result<(), Stop> {
        check_headers(packet)?;
        match &packet.body {
            BodySpec::Tcp(spec) => self.expect_tcp(packet, spec, due),
            BodySpec::Udp(spec) => self.expect_udp(spec, due),
            BodySpec::Icmp(_) => Err(Stop::unsupported("ICMP messages of the host".to_owned())),
            BodySpec::Other(name) => Err(Stop::unsupported(name.clone())),
        }
    }

    fn under_test(&self) -> Result<usize, Stop> {
        self.under_test
            .ok_or_else(|| Stop::fault("there is no socket yet that this packet could be for".to_owned()))
    }
    fn inject_tcp(&mut self, packet: &PacketSpec, spec: &TcpSpec) -> Result<(), Stop> {
        let (at, first) = self.receiver(spec)?;
        let endpoint = &mut self.endpoints[at];
        let (syn, ack) = (spec.flags.has(Flags::SYN), spec.flags.has(Flags::ACK));
        match endpoint.stage {
            Stage::SynAckSent if ack => endpoint.stage = Stage::Established,
            Stage::SynSent if syn && ack => {
                endpoint.stage = Stage::Established;
                endpoint.remote_isn = number(spec);
            }
            _ => {}
        }
        let endpoint = &self.endpoints[at];
        let (Some(local), Some(remote)) = (endpoint.local, endpoint.remote) else {
            return Err(Stop::fault("the socket that this packet is for has no address yet".to_owned()));
        };
        // In the first segment of a connection the number stands as in the script.
        let known = Endpoint { remote_isn: if first { 0 } else { endpoint.remote_isn }, ..endpoint.clone() };
        let segment = segment::inbound(spec, &known)?;
        let segment = Segment { src_port: remote.port(), dst_port: local.port(), ..segment };
        let body = match spec.udp {
            None => Body::Tcp(segment),
            Some(ports) => Body::Udp(over_udp(&segment, ports)),
        };
        self.send(packet, (remote, local), body);
        Ok(())
    }
    /// Whom a segment of the remote end is for, and whether it is the first of a connection. The first one to a socket without a peer makes a connection of its
    /// own, from a port of its own.
    fn receiver(&mut self, spec: &TcpSpec) -> Result<(usize, bool), Stop> {
        let at = self.under_test()?;
        let endpoint = &self.endpoints[at];
        if endpoint.remote.is_some() && endpoint.stage != Stage::Listening {
            return Ok((at, false));
        }
        let (local, remote) = self.first_ends();
        let child = Endpoint {
            stage: Stage::Received,
            stream: true,
            local: Some(local),
            remote: Some(remote),
            remote_isn: number(spec),
            ..Endpoint::default()
        };
        self.endpoints.push(child);
        let at = self.endpoints.len() - 1;
        self.under_test = Some(at);
        Ok((at, true))
    }
    /// The addresses of a connection that the remote end begins.
    fn first_ends(&mut self) -> (SocketAddr, SocketAddr) {
        let remote = SocketAddr::new(self.options.remote, self.next_port);
        self.next_port += 1;
        (SocketAddr::new(self.options.local, self.options.bind_port), remote)
    }
    fn inject_udp(&mut self, packet: &PacketSpec, spec: &UdpSpec) -> Result<(), Stop> {
        let (local, remote) = self.datagram_ends()?;
        let payload = Payload::from(vec![0; usize::from(spec.len)]);
        let body = Datagram { src_port: remote.port(), dst_port: local.port(), payload };
        self.send(packet, (remote, local), Body::Udp(body));
        Ok(())
    }
    fn datagram_ends(&mut self) -> Result<(SocketAddr, SocketAddr), Stop> {
        let at = self.under_test()?;
        let endpoint = &self.endpoints[at];
        let bound =
            endpoint.fd.and_then(|fd| self.kernel.host.local_name(fd).ok()).map_or(0, |name| name.port());
        let port = if bound == 0 { self.options.bind_port } else { bound };
        let local = endpoint.local.unwrap_or(SocketAddr::new(self.options.local, port));
        let remote = SocketAddr::new(self.options.remote, self.options.connect_port);
        Ok((local, endpoint.remote.unwrap_or(remote)))
    }
    fn inject_icmp(&mut self, packet: &PacketSpec, spec: &IcmpSpec) -> Result<(), Stop> {
        let at = self.under_test()?;
        let stream = self.endpoints[at].stream;
        let ends = match (self.endpoints[at].local, self.endpoints[at].remote) {
            (Some(local), Some(remote)) => (local, remote),
            _ if !stream => self.datagram_ends()?,
            _ => return Err(Stop::fault("the socket that this message is for has no peer yet".to_owned())),
        };
        let message = icmp::message(spec, &self.endpoints[at], ends, stream)?;
        self.send(packet, (ends.1, ends.0), Body::Icmp(message));
        Ok(())
    }
    /// Sends from the first to the second.
    fn send(&mut self, packet: &PacketSpec, (src, dst): (SocketAddr, SocketAddr), body: Body) {
        let ecn = match packet.ip.ecn {
            Some(crate::syntax::EcnSpec::Bits(bits)) => bits,
            _ => 0,
        };
        let tos = packet.ip.dscp.unwrap_or(0) << 2 | ecn;
        let ttl = packet.ip.ttl.unwrap_or(255);
        self.kernel.inject(Packet { id: PacketId(0), src: src.ip(), dst: dst.ip(), ttl, tos, body });
    }

    fn expect_tcp(&mut self, packet: &PacketSpec, spec: &TcpSpec, due: Due) -> Result<(), Stop> {
        let at = self.under_test()?;
        let endpoint = &mut self.endpoints[at];
        let (syn, ack) = (spec.flags.has(Flags::SYN), spec.flags.has(Flags::ACK));
        match (endpoint.stage, spec.seq) {
            (Stage::Connecting, _) if syn && !ack => {
                endpoint.stage = Stage::SynSent;
                endpoint.script_isn = number(spec);
            }
            (Stage::Received, SeqSpec::Relative(seq)) if syn && ack => endpoint.script_isn = seq,
            _ => {}
        }
        let (sent, live) = self.next_of(at, due)?;
        let Some(first) = segment_of(&live) else { return Err(mismatched("a segment", &live)) };
        let first = first.as_ref();
        self.learn(at, spec, first);
        let mut got = Observed::new(&live, first, &self.endpoints[at]);
        if let (Some(script), Some(stamp)) = (stamp_of(spec), got.live_stamp) {
            self.endpoints[at].learn_stamp(script, stamp);
            got = Observed::new(&live, first, &self.endpoints[at]);
        }
        if !self.options.strict_segments {
            self.join(at, &mut got, u32::from(spec.len), due);
        }
        let clock = Clock { tick: self.options.tick, tolerance: self.tolerance(due) };
        if let Some(what) = compare::difference(&packet.ip, spec, &got, clock) {
            return Err(Stop::instead(what, got.to_string()));
        }
        self.check_time(sent, due, &got)
    }
    /// The numbers that a segment of the host teaches.
    fn learn(&mut self, at: usize, spec: &TcpSpec, segment: &Segment) {
        let local = SocketAddr::new(self.options.local, segment.src_port);
        let endpoint = &mut self.endpoints[at];
        let syn_ack = spec.flags.has(Flags::SYN) && spec.flags.has(Flags::ACK);
        match endpoint.stage {
            Stage::Received if syn_ack => {
                endpoint.stage = Stage::SynAckSent;
                endpoint.local_isn = segment.seq.get();
            }
            Stage::SynSent if segment.flags.has(Flags::SYN) && !segment.flags.has(Flags::ACK) => {
                endpoint.local = Some(local);
                endpoint.local_isn = segment.seq.get();
            }
            _ => {}
        }
    }
    /// The next packet of the host that is for the endpoint's peer.
    fn next_of(&mut self, at: usize, due: Due) -> Result<(Time, Packet), Stop> {
        let endpoint = &self.endpoints[at];
        let (local, remote, stream) = (endpoint.local, endpoint.remote, endpoint.stream);
        // Before the socket has an address its packets are those of no other.
        let others = self.endpoints.iter().filter(|other| local.is_none() && other.local.is_some());
        let others: Vec<_> = others.map(|other| (other.local, other.remote, other.stream)).collect();
        let is_meant = move |packet: &Packet| {
            let other =
                others.iter().any(|(local, remote, stream)| is_between(packet, *local, *remote, *stream));
            is_between(packet, local, remote, stream) && !other
        };
        let patience = if due.any { EVER } else { LATE };
        let limit = due.to + self.tolerance(due) + patience;
        self.kernel.advance_until_sent(limit, &is_meant);
        self.kernel.next_sent(&is_meant).ok_or_else(|| {
            let other = self.pending_other();
            Stop::instead(format!("nothing was sent{other}"), "nothing".to_owned())
        })
    }
    /// A remark on a call that still blocks, where it may be why nothing happens.
    fn pending_other(&self) -> String {
        self.pending
            .as_ref()
            .map_or(String::new(), |pending| format!(" (the call of line {} blocks)", pending.line))
    }
    /// Joins segments that were sent at once to the one that the script expects.
    fn join(&mut self, at: usize, got: &mut Observed, len: u32, due: Due) {
        while got.len < len {
            let endpoint = self.endpoints[at].clone();
            let follows = |packet: &Packet| is_between(packet, endpoint.local, endpoint.remote, true);
            self.kernel.advance_until_sent(due.to + self.tolerance(due), follows);
            let Some(next) = self.kernel.peek_sent() else { return };
            let Some(segment) = segment_of(next) else { return };
            if got.len + segment.payload.len() as u32 > len
                || !got.join(&Observed::new(next, &segment, &endpoint))
            {
                return;
            }
            self.kernel.next_sent(follows);
        }
    }
    fn check_time(&self, sent: Time, due: Due, got: &Observed) -> Result<(), Stop> {
        let tolerance = self.tolerance(due);
        let early = due.from.since(sent) > tolerance;
        let late = sent.since(due.to) > tolerance;
        if due.any || !(early || late) {
            return Ok(());
        }
        let relative = |time: Time| match time < due.base {
            true => format!("{} before it was waited for", due.base.since(time)),
            false => format!("after {}", time.since(due.base)),
        };
        let expected = if due.from == due.to {
            relative(due.from)
        } else {
            format!("{} to {}", relative(due.from), due.to.since(due.base))
        };
        Err(Stop::instead(format!("time: expected {expected}, was sent {}", relative(sent)), got.to_string()))
    }
    fn expect_udp(&mut self, spec: &UdpSpec, due: Due) -> Result<(), Stop> {
        let at = self.under_test()?;
        let (_, live) = self.next_of(at, due)?;
        match &live.body {
            Body::Udp(datagram) if datagram.payload.len() == usize::from(spec.len) => Ok(()),
            _ => Err(mismatched("another datagram", &live)),
        }
    }
}

fn mismatched(expected: &str, live: &Packet) -> Stop {
    Stop::instead(format!("expected {expected}"), brief(live))
}

/// Whether the packet goes from the one end to the other; what is not known yet may be anything.
fn is_between(packet: &Packet, local: Option<SocketAddr>, remote: Option<SocketAddr>, stream: bool) -> bool {
    let (src, dst) = match &packet.body {
        Body::Udp(datagram) if !stream => (datagram.src_port, datagram.dst_port),
        _ => match segment_of(packet) {
            Some(segment) if stream => (segment.src_port, segment.dst_port),
            _ => return false,
        },
    };
    let is =
        |known: Option<SocketAddr>, ip, port| known.is_none_or(|known| known == SocketAddr::new(ip, port));
    is(local, packet.src, src) && is(remote, packet.dst, dst)
}

/// The segment of a packet, also where a datagram carries it.
fn segment_of(packet: &Packet) -> Option<Cow<'_, Segment>> {
    match &packet.body {
        Body::Tcp(segment) => Some(Cow::Borrowed(segment)),
        Body::Udp(datagram) => codec::decode_segment(&datagram.payload).ok().map(Cow::Owned),
        Body::Icmp(_) => None,
    }
}
/// A datagram that carries a segment.
pub(super) fn over_udp(segment: &Segment, (src_port, dst_port): (u16, u16)) -> Datagram {
    Datagram { src_port, dst_port, payload: codec::encode_segment(segment) }
}

/// The sequence number as it stands in the script.
fn number(spec: &TcpSpec) -> u32 {
    match spec.seq {
        SeqSpec::Relative(seq) | SeqSpec::Absolute(seq) => seq,
        SeqSpec::Any => 0,
    }
}

/// The timestamp that the script gives the segment.
fn stamp_of(spec: &TcpSpec) -> Option<u32> {
    spec.options.iter().flatten().find_map(|option| match option {
        OptionSpec::Timestamps { val, .. } => *val,
        _ => None,
    })
}

/// Headers that are not ours.
fn check_headers(packet: &PacketSpec) -> Result<(), Stop> {
    if let Some(name) = &packet.outer {
        return Err(Stop::unsupported(format!("packets in packets ({name})")));
    }
    Ok(())
}
