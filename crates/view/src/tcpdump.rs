//! Lines as tcpdump prints them: for readers who know that tool, or shall get to know it.

use crate::capture::{self, Captured, Place};
use crate::history::{History, Relative};
use sockscope_core::trace::Node;
use sockscope_core::wire::{Body, Cookie, Ecn, Flags, IcmpKind, Options, Packet, Segment};
use std::fmt::Write;
use std::net::IpAddr;

/// Every packet at `point`, or at every host, a line each: time, host, direction, and the packet as tcpdump writes it,
/// with sequence numbers relative after the handshake.
///
/// ```
/// # use sockscope_sim::{Scenario, World, presets};
/// # let scenario: Scenario = presets::text("udp-upper").unwrap().parse().unwrap();
/// # let mut world = World::new(&scenario).unwrap();
/// # world.run();
/// # let trace = world.trace();
/// use sockscope_view::{history::History, tcpdump};
/// let lines = tcpdump::lines(&History::of(trace), None);
/// assert!(lines.lines().all(|line| line.contains(" IP ") && line.ends_with("UDP, length 5")));
/// ```
pub fn lines(history: &History, point: Option<Node>) -> String {
    let mut out = String::new();
    let here = |captured: &Captured<'_>| point.is_none_or(|point| Place::Host(point) == captured.place);
    for captured in capture::all(history).into_iter().filter(here) {
        let direction = match captured.place {
            Place::Host(_) if captured.arrival.is_some() => "In ",
            Place::Host(_) => "Out",
            Place::Point(_) => "   ",
        };
        let name = capture::name(history, captured.place);
        _ = writeln!(
            out,
            "{} {name:<8} {direction} {}",
            clock(captured.at.as_nanos()),
            line(history, &captured)
        );
    }
    out
}

/// `00:00:01.020000`: microseconds, as tcpdump has them.
fn clock(ns: u64) -> String {
    let seconds = ns / 1_000_000_000;
    let micros = ns / 1_000 % 1_000_000;
    format!("{:02}:{:02}:{:02}.{micros:06}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn line(history: &History, captured: &Captured<'_>) -> String {
    let packet = &captured.journey.packet;
    let version = if packet.src.is_ipv4() { "IP" } else { "IP6" };
    let name =
        |addr: IpAddr, port: Option<u16>| port.map_or(addr.to_string(), |port| format!("{addr}.{port}"));
    let ports = captured.journey.ends().map(|(from, to)| (from.port(), to.port())).unzip();
    let ends = format!(
        "{version}{} {} > {}:",
        service(packet),
        name(packet.src, ports.0),
        name(packet.dst, ports.1)
    );
    let damaged = if captured.is_damaged() { " (damaged: a checksum is wrong)" } else { "" };
    let what = match &packet.body {
        Body::Tcp(segment) => tcp(segment, captured.journey.relative),
        Body::Udp(datagram) => format!("UDP, length {}", datagram.payload.len()),
        Body::Icmp(message) => icmp(history, captured, message.kind),
    };
    format!("{ends} {what}{damaged}")
}

/// Type of service and ECN, where they say something: ` (tos 0x2,ECT(0))`, as `tcpdump -v` writes it.
fn service(packet: &Packet) -> String {
    let ecn = match packet.ecn() {
        Ecn::NotEct => "",
        Ecn::Ect1 => ",ECT(1)",
        Ecn::Ect0 => ",ECT(0)",
        Ecn::Ce => ",CE",
    };
    match packet.tos {
        0 => String::new(),
        tos if packet.src.is_ipv4() => format!(" (tos 0x{tos:x}{ecn})"),
        tos => format!(" (class 0x{tos:x}{ecn})"),
    }
}

fn tcp(segment: &Segment, relative: Option<Relative>) -> String {
    let syn = segment.flags.has(Flags::SYN);
    let relative = relative.filter(|_| !syn);
    let seq = relative.map_or(segment.seq.get(), |relative| relative.seq);
    let ack = relative.map_or(segment.ack.get(), |relative| relative.ack);
    let length = segment.payload.len() as u32;
    let mut out = format!("Flags [{}]", flags(segment.flags));
    if length > 0 {
        _ = write!(out, ", seq {seq}:{}", seq.wrapping_add(length));
    } else if segment.flags.bits() & (Flags::SYN.bits() | Flags::FIN.bits() | Flags::RST.bits()) != 0 {
        _ = write!(out, ", seq {seq}");
    }
    if segment.flags.has(Flags::ACK) {
        _ = write!(out, ", ack {ack}");
    }
    _ = write!(out, ", win {}{}, length {length}", segment.wnd, options(&segment.options));
    out
}

/// Flags as tcpdump abbreviates them: a dot for ACK.
fn flags(flags: Flags) -> String {
    let set = flags.letters();
    if set.is_empty() { "none".into() } else { set }
}

fn options(options: &Options) -> String {
    let mut parts = Vec::new();
    parts.extend(options.mss.map(|mss| format!("mss {mss}")));
    parts.extend(options.sack_permitted.then(|| "sackOK".to_owned()));
    parts.extend(options.timestamps.map(|(value, echo)| format!("TS val {value} ecr {echo}")));
    parts.extend(options.window_scale.map(|shift| format!("wscale {shift}")));
    parts
        .extend(options.sack.iter().flatten().map(|block| format!("sack {{{}:{}}}", block.start, block.end)));
    parts.extend(options.fast_open.as_deref().map(fast_open));
    if parts.is_empty() { String::new() } else { format!(", options [{}]", parts.join(",")) }
}

fn fast_open(cookie: &Cookie) -> String {
    let kind = if cookie.experimental { "exp-tfo" } else { "tfo" };
    if cookie.is_request() {
        return format!("{kind} cookiereq");
    }
    let digits: String = cookie.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{kind} cookie {digits}")
}

fn icmp(history: &History, captured: &Captured<'_>, kind: IcmpKind) -> String {
    let length = captured.journey.packet.len() - if captured.journey.packet.src.is_ipv4() { 20 } else { 40 };
    let cause = history.events().get(captured.journey.sent).and_then(|event| event.cause);
    let about =
        cause.and_then(|cause| history.place(cause)).and_then(|n| crate::story::packet_of(history, n));
    let port = about.and_then(|journey| journey.ends()).map(|(_, to)| format!(" udp port {}", to.port()));
    match (kind, port) {
        (IcmpKind::PortUnreachable, Some(port)) => {
            format!("ICMP {}{port} unreachable, length {length}", captured.journey.packet.src)
        }
        _ => format!("{}, length {length}", kind.text()),
    }
}
