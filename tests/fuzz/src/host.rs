//! Segments in every state: any calls on two hosts, and a network that loses, repeats and swaps packets, and changes what is
//! in them. `Connection` checks its invariants after each step.

use crate::network::{Net, addresses};
use arbitrary::{Result, Unstructured};
use sockscope_core::payload::Payload;
use sockscope_core::program::{
    Call, CongestionControl, Family, Fd, How, OptionName, Readiness, RecvFlags, SendFlags, SocketKind,
    SocketOption,
};
use sockscope_core::seq::{Seq, SeqRange};
use sockscope_core::tcp::{Config, EcnPolicy};
use sockscope_core::time::Span;
use sockscope_core::wire::{Body, Cookie, Ecn, Flags, IcmpKind, Packet, Segment};
use std::net::SocketAddr;

/// Bytes as what two hosts go through.
pub fn host(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok(mut net) = begin(&mut input) else { return };
    let mut forged = false;
    while !input.is_empty() && act(&mut net, &mut input, &mut forged).is_ok() {}
    net.end(forged);
}

/// Two hosts; on most the first has a connection to the second.
fn begin(input: &mut Unstructured) -> Result<Net> {
    let policies = [policy(input)?, policy(input)?];
    let mut net = Net::new(policies, input.ratio(1, 4u8)?);
    if input.ratio(3, 4u8)? {
        let (fd, kind, family) = (Fd(3), SocketKind::Stream, Family::Inet);
        let at = SocketAddr::new(addresses(1)[0], 80);
        net.call(1, Call::Socket { kind, family });
        net.call(1, Call::Bind { fd, addr: at });
        net.call(1, Call::Listen { fd, backlog: 2 });
        net.call(1, Call::Accept { fd });
        net.call(0, Call::Socket { kind, family });
        net.call(0, Call::Connect { fd, to: at });
    }
    Ok(net)
}

fn policy(input: &mut Unstructured) -> Result<Config> {
    let mut config = [Config::rfc(), Config::linux(), Config::freebsd()][input.choose_index(3)?].clone();
    let bits = input.arbitrary::<u8>()?;
    let is = |bit: u8| bits >> bit & 1 == 1;
    config.sack &= !is(0);
    config.timestamps &= !is(1);
    config.window_scaling &= !is(2);
    config.ecn = if is(3) { EcnPolicy::Active } else { config.ecn };
    config.fast_open.server |= is(4);
    if is(5) {
        (config.recv_buffer, config.send_buffer) = (length(input)?.max(1), length(input)?.max(1));
    }
    Ok(config)
}

/// The next thing that happens: most packets arrive in their order.
fn act(net: &mut Net, input: &mut Unstructured, forged: &mut bool) -> Result<()> {
    let choice = input.int_in_range(0..=15u8)?;
    if choice == 15 {
        net.wait(Span::from_millis(*input.choose(&[0, 1, 100, 1_000, 60_000, 7_200_000])?));
    } else if choice > 10 || net.wire.is_empty() {
        net.call(input.choose_index(2)?, call(input)?);
    } else {
        let at = if choice < 6 { 0 } else { input.choose_index(net.wire.len())? };
        let mut packet = net.wire.remove(at);
        match choice {
            7 => {}
            8 => net.wire.push(packet.clone()),
            9 => net.report(&packet, icmp(input)?),
            10 => {
                *forged = true;
                tamper(&mut packet, input)?;
            }
            _ => {}
        }
        if choice != 7 {
            net.deliver(packet);
        }
    }
    Ok(())
}

fn icmp(input: &mut Unstructured) -> Result<IcmpKind> {
    let mtu = *input.choose(&[0, 68, 576, 1_000, 1_280, 70_000])?;
    Ok(match *input.choose(IcmpKind::ALL)? {
        IcmpKind::PacketTooBig { .. } => IcmpKind::PacketTooBig { mtu },
        kind => kind,
    })
}

/// A length near the edges of what there is, where mistakes are.
fn length(input: &mut Unstructured) -> Result<u32> {
    Ok(*input
        .choose(&[0, 1, 2, 7, 535, 536, 1_000, 1_459, 1_460, 1_461, 3_000, 9_000, 65_535, 65_536, 200_000])?)
}
/// How far a number is off: near the edges of windows, or anywhere.
fn offset(input: &mut Unstructured) -> Result<u32> {
    let near = length(input)?;
    Ok(match input.int_in_range(0..=3u8)? {
        0 => near.wrapping_neg(),
        1 => input.arbitrary()?,
        _ => near,
    })
}

/// Changes something in a packet.
fn tamper(packet: &mut Packet, input: &mut Unstructured) -> Result<()> {
    let Body::Tcp(segment) = &mut packet.body else { return Ok(()) };
    match input.int_in_range(0..=9u8)? {
        0 => segment.flags = Flags::from_bits(input.arbitrary()?),
        1 => segment.flags = segment.flags.with(input.choose(&Flags::NAMES)?.0),
        2 => segment.seq += offset(input)?,
        3 => segment.ack += offset(input)?,
        4 => segment.wnd = *input.choose(&[0, 1, 100, 1_460, u16::MAX])?,
        5 => segment.payload = vec![b'x'; length(input)?.min(10_000) as usize].into(),
        6 => segment.up = input.arbitrary()?,
        7 => packet.set_ecn(Ecn::Ce),
        _ => tamper_options(segment, input)?,
    }
    Ok(())
}
fn tamper_options(segment: &mut Segment, input: &mut Unstructured) -> Result<()> {
    let options = &mut segment.options;
    match input.int_in_range(0..=5u8)? {
        0 => options.mss = Some(*input.choose(&[0, 1, 47, 536, 1_460, u16::MAX])?),
        1 => options.window_scale = Some(input.arbitrary()?),
        2 => options.sack_permitted ^= true,
        3 => {
            let (val, ecr) = options.timestamps.unwrap_or_default();
            let moved = (val.wrapping_add(offset(input)?), ecr.wrapping_add(offset(input)?));
            options.timestamps = (!input.ratio(1, 4u8)?).then_some(moved);
        }
        4 => options.fast_open = Cookie::new(&[7; 16][..input.int_in_range(0..=16)?]).map(Box::new),
        _ => {
            let mut blocks = [None; 4];
            for block in &mut blocks {
                let start: Seq = segment.ack + offset(input)?;
                *block = Some(SeqRange { start, end: start + offset(input)? });
            }
            options.sack = blocks.into();
        }
    }
    Ok(())
}

/// A call on one of the first descriptors.
fn call(input: &mut Unstructured) -> Result<Call> {
    let fd = Fd(input.int_in_range(3..=6)?);
    let max = length(input)?;
    Ok(match input.int_in_range(0..=19u8)? {
        0 => {
            Call::Socket { kind: SocketKind::Stream, family: *input.choose(&[Family::Inet, Family::Inet6])? }
        }
        1 => Call::Bind { fd, addr: address(input)? },
        2 | 3 => Call::SetOption { fd, option: option(input)? },
        4 => Call::GetOption { fd, name: *input.choose(OptionName::ALL)? },
        5 => Call::Listen { fd, backlog: input.int_in_range(0..=3)? },
        6 => Call::Accept { fd },
        7 => Call::Connect { fd, to: address(input)? },
        8 => Call::SendTo { fd, data: data(max), to: address(input)?, flags: SendFlags::FASTOPEN },
        9 => Call::Shutdown { fd, how: *input.choose(&[How::Read, How::Write, How::Both])? },
        10 => Call::Close { fd },
        11 => Call::Abort { fd },
        12 => {
            let wanted = Readiness { writable: true, ..Readiness::READ };
            Call::Poll { fds: vec![(fd, wanted)], timeout: Some(Span::from_millis(10)) }
        }
        13..16 => Call::Recv { fd, max, flags: flag(RecvFlags::NAMES, input)?.unwrap_or(RecvFlags::NONE) },
        _ => Call::Send {
            fd,
            data: data(max),
            flags: flag(SendFlags::NAMES, input)?.unwrap_or(SendFlags::NONE),
        },
    })
}

fn data(len: u32) -> Payload {
    vec![b'x'; len as usize].into()
}
/// One of the flags, or none.
fn flag<T: Copy>(all: &[(T, &str)], input: &mut Unstructured) -> Result<Option<T>> {
    Ok(all.get(input.int_in_range(0..=2 * all.len())?).map(|(flag, _)| *flag))
}
fn address(input: &mut Unstructured) -> Result<SocketAddr> {
    let [mine, other] = [addresses(0), addresses(1)];
    let wildcards = [[0, 0, 0, 0].into(), [0u16; 8].into()];
    let ip = *input.choose(&[mine, other, wildcards].concat())?;
    Ok(SocketAddr::new(ip, *input.choose(&[0, 80, 81, 50_000])?))
}

fn option(input: &mut Unstructured) -> Result<SocketOption> {
    let on: bool = input.arbitrary()?;
    let n = length(input)?;
    let span = Span::from_millis(n.into());
    let maybe = on.then_some(span);
    let all = [
        SocketOption::ReuseAddr(on),
        SocketOption::ReusePort(on),
        SocketOption::KeepAlive(on),
        SocketOption::Linger(maybe),
        SocketOption::ReceiveBuffer(n),
        SocketOption::SendBuffer(n),
        SocketOption::ReceiveTimeout(maybe),
        SocketOption::SendTimeout(maybe),
        SocketOption::OutOfBandInline(on),
        SocketOption::NoDelay(on),
        SocketOption::Cork(on),
        SocketOption::QuickAck(on),
        SocketOption::MaxSegment(n),
        SocketOption::KeepIdle(span),
        SocketOption::KeepInterval(span),
        SocketOption::KeepCount(n),
        SocketOption::KeepInit(span),
        SocketOption::SynCount(n),
        SocketOption::UserTimeout(maybe),
        SocketOption::Congestion(if on { CongestionControl::Cubic } else { CongestionControl::Reno }),
        SocketOption::FastOpen(n),
        SocketOption::UnsentLowWater(n),
        SocketOption::LingerTime(maybe),
        SocketOption::NoOptions(on),
        SocketOption::NonBlocking(on),
    ];
    Ok(*input.choose(&all)?)
}
