//! From system calls to the words of a trace, and from what they returned to notices.

use super::filter::Word;
use super::memory::{Memory, Message, Piece, total};
use super::ptrace::Asked;
use crate::driver::{RECV_FLAGS, SEND_FLAGS};
use crate::sockopt::named;
use sockscope_core::program::{
    Call, Family, Fd, How, OptionName, RecvFlags, SendFlags, SocketKind, SocketOption,
};
use sockscope_core::time::Span;
use std::net::SocketAddr;
use std::os::unix::fs::FileExt;

/// A call as it begins.
pub(super) struct Begun {
    /// What the program asks.
    pub(super) call: Call,
    /// Where to find what came of it.
    pub(super) then: Then,
    /// So many bytes that it sends are more than is kept.
    pub(super) cut: u64,
}

/// What a call returns where it succeeds.
#[derive(Clone, Debug)]
pub(super) enum Then {
    /// Nothing to speak of.
    Done,
    /// A new socket.
    Socket(SocketKind),
    /// The socket of a connection.
    Accepted,
    /// So many bytes were taken.
    Sent,
    /// So many messages were taken, of these lengths and with these calls but for the first.
    SentMany { lens: u64, more: Vec<Call> },
    /// Bytes, in these places.
    Received(Into),
    /// So many messages.
    ReceivedMany(Many),
    /// The local address of the socket.
    Name,
    /// The value of an option.
    Option { name: OptionName, value: u64, len: u64 },
    /// The descriptor is free.
    Closed,
}

/// What `recvmmsg()` fills.
#[derive(Clone, Debug)]
pub(super) struct Many {
    /// Where the length of the first message is put.
    pub(super) lens: u64,
    pub(super) each: Vec<Into>,
    /// The call, as if it had asked for one of them.
    pub(super) call: Call,
}

/// Where received bytes, and the address of their sender, are put.
#[derive(Clone, Debug)]
pub(super) struct Into {
    pub(super) pieces: Vec<Piece>,
    /// Where the sender's address is put, and the address of its length; none where nobody asked.
    pub(super) from: Option<From>,
}

/// Where the address of a sender is put.
#[derive(Clone, Copy, Debug)]
pub(super) struct From {
    pub(super) address: u64,
    /// The address of its length.
    pub(super) len: u64,
}

/// The most messages of one call that are told apart.
const MESSAGES: u64 = 64;
/// `struct mmsghdr`: a message, its length, and padding.
const MANY: u64 = Message::SIZE + 8;

/// `socket()`, where it asks for TCP or UDP.
pub(super) fn socket(asked: &Asked) -> Option<Begun> {
    let [domain, kind, protocol, ..] = asked.args.map(|arg| arg as i32);
    let family = match domain {
        libc::AF_INET => Family::Inet,
        libc::AF_INET6 => Family::Inet6,
        _ => return None,
    };
    let kind = match (kind & 0xf, protocol) {
        (libc::SOCK_STREAM, 0 | libc::IPPROTO_TCP) => SocketKind::Stream,
        (libc::SOCK_DGRAM, 0 | libc::IPPROTO_UDP) => SocketKind::Datagram,
        _ => return None,
    };
    Some(Begun { call: Call::Socket { kind, family }, then: Then::Socket(kind), cut: 0 })
}

/// What is asked of a socket, where a trace has a word for it.
pub(super) fn on_socket(
    word: Word,
    asked: &Asked,
    fd: Fd,
    kind: SocketKind,
    memory: &Memory,
    limit: usize,
) -> Option<Begun> {
    let args = asked.args;
    let plain = |call, then| Some(Begun { call, then, cut: 0 });
    match word {
        Word::Bind => plain(Call::Bind { fd, addr: memory.address(args[1], args[2])? }, Then::Done),
        Word::Listen => {
            plain(Call::Listen { fd, backlog: (args[1] as i32).max(0).cast_unsigned() }, Then::Done)
        }
        Word::Accept => plain(Call::Accept { fd }, Then::Accepted),
        Word::Connect => plain(Call::Connect { fd, to: memory.address(args[1], args[2])? }, Then::Done),
        Word::Shutdown => plain(Call::Shutdown { fd, how: how(args[1])? }, Then::Done),
        Word::Close => plain(Call::Close { fd }, Then::Closed),
        Word::LocalName => plain(Call::LocalName { fd }, Then::Name),
        Word::SetOption => {
            let name = named::name(args[1] as i32, args[2] as i32)?;
            let option = named::value(name, &memory.bytes(args[3], args[4].min(64) as usize))?;
            plain(Call::SetOption { fd, option }, Then::Done)
        }
        Word::GetOption => {
            let name = named::name(args[1] as i32, args[2] as i32)?;
            plain(Call::GetOption { fd, name }, Then::Option { name, value: args[3], len: args[4] })
        }
        Word::Fcntl => {
            let on = args[2] & libc::O_NONBLOCK as u64 != 0;
            plain(Call::SetOption { fd, option: SocketOption::NonBlocking(on) }, Then::Done)
        }
        Word::Ioctl => {
            let option = SocketOption::NonBlocking(memory.u32(args[2])? != 0);
            plain(Call::SetOption { fd, option }, Then::Done)
        }
        Word::Read | Word::ReadV | Word::RecvFrom | Word::RecvMsg | Word::RecvMany => {
            receive(word, args, fd, kind, memory)
        }
        Word::Write | Word::WriteV | Word::SendTo | Word::SendMsg | Word::SendMany | Word::SendFile => {
            send(word, asked, fd, memory, limit)
        }
        _ => None,
    }
}

fn receive(word: Word, args: [u64; 6], fd: Fd, kind: SocketKind, memory: &Memory) -> Option<Begun> {
    let one = |base, len| vec![Piece { base, len }];
    let (into, flags) = match word {
        Word::Read => (Into { pieces: one(args[1], args[2]), from: None }, 0),
        Word::ReadV => (Into { pieces: memory.pieces(args[1], args[2]), from: None }, 0),
        Word::RecvFrom => {
            let from = (args[4] != 0).then_some(From { address: args[4], len: args[5] });
            (Into { pieces: one(args[1], args[2]), from }, args[3])
        }
        Word::RecvMsg => (into_message(memory, args[1])?, args[2]),
        _ => {
            let count = args[2].min(MESSAGES);
            let each = (0..count).map_while(|i| into_message(memory, args[1] + i * MANY));
            let mut each: Vec<Into> = each.collect();
            each.iter_mut().for_each(|into| into.from = into.from.filter(|_| kind == SocketKind::Datagram));
            let call = receiving(fd, each.first()?, args[3]);
            let many = Many { lens: args[1] + Message::SIZE, each, call: call.clone() };
            return Some(Begun { call, then: Then::ReceivedMany(many), cut: 0 });
        }
    };
    // Who sent the bytes of a stream is known.
    let into = Into { from: into.from.filter(|_| kind == SocketKind::Datagram), ..into };
    Some(Begun { call: receiving(fd, &into, flags), then: Then::Received(into), cut: 0 })
}

fn receiving(fd: Fd, into: &Into, flags: u64) -> Call {
    let max = u32::try_from(total(&into.pieces)).unwrap_or(u32::MAX);
    let set = RECV_FLAGS.iter().filter(|(_, bit)| flags & u64::from(bit.cast_unsigned()) != 0);
    let flags = set.fold(RecvFlags::NONE, |flags, (flag, _)| flags.with(*flag));
    match into.from {
        Some(_) => Call::RecvFrom { fd, max, flags },
        None => Call::Recv { fd, max, flags },
    }
}

fn into_message(memory: &Memory, at: u64) -> Option<Into> {
    let message = memory.message(at)?;
    // The length of the name is the second field of the header.
    let from = (message.name.base != 0).then_some(From { address: message.name.base, len: at + 8 });
    Some(Into { pieces: memory.pieces_of(&message), from })
}

fn send(word: Word, asked: &Asked, fd: Fd, memory: &Memory, limit: usize) -> Option<Begun> {
    let args = asked.args;
    let one = |base, len| vec![Piece { base, len }];
    let (pieces, to, flags) = match word {
        Word::Write => (one(args[1], args[2]), None, 0),
        Word::WriteV => (memory.pieces(args[1], args[2]), None, 0),
        Word::SendTo => (one(args[1], args[2]), memory.address(args[4], args[5]), args[3]),
        Word::SendMsg => {
            let message = memory.message(args[1])?;
            (memory.pieces_of(&message), memory.address(message.name.base, message.name.len), args[2])
        }
        Word::SendMany => return send_many(args, fd, memory, limit),
        _ => return None,
    };
    let (call, cut) = sending(fd, &pieces, to, flags, memory, limit);
    Some(Begun { call, then: Then::Sent, cut })
}

fn send_many(args: [u64; 6], fd: Fd, memory: &Memory, limit: usize) -> Option<Begun> {
    let each = (0..args[2].min(MESSAGES)).map_while(|i| {
        let message = memory.message(args[1] + i * MANY)?;
        let to = memory.address(message.name.base, message.name.len);
        Some(sending(fd, &memory.pieces_of(&message), to, args[3], memory, limit))
    });
    let (mut calls, cuts): (Vec<Call>, Vec<u64>) = each.unzip();
    if calls.is_empty() {
        return None;
    }
    let call = calls.remove(0);
    let then = Then::SentMany { lens: args[1] + Message::SIZE, more: calls };
    Some(Begun { call, then, cut: cuts.iter().sum() })
}

/// A call that sends, with the bytes that are kept and how many more there are.
fn sending(
    fd: Fd,
    pieces: &[Piece],
    to: Option<SocketAddr>,
    flags: u64,
    memory: &Memory,
    limit: usize,
) -> (Call, u64) {
    let all = total(pieces);
    let data = memory.gathered(pieces, limit.min(usize::try_from(all).unwrap_or(limit)));
    let cut = all - data.len() as u64;
    let set = SEND_FLAGS.iter().filter(|(_, bit)| flags & u64::from(bit.cast_unsigned()) != 0);
    let flags = set.fold(SendFlags::NONE, |flags, (flag, _)| flags.with(*flag));
    let data = data.into();
    match to {
        Some(to) => (Call::SendTo { fd, data, to, flags }, cut),
        None => (Call::Send { fd, data, flags }, cut),
    }
}

/// `sendfile()`: the bytes are in a file, at `offset` or where the file is at.
pub(super) fn send_file(tid: i32, asked: &Asked, fd: Fd, memory: &Memory, limit: usize) -> Begun {
    let [_, file, offset, count, ..] = asked.args;
    let path = format!("/proc/{tid}/fd/{file}");
    let at = match offset {
        0 => position(tid, file),
        pointer => memory.u64(pointer),
    };
    let mut data = vec![0; limit.min(usize::try_from(count).unwrap_or(limit))];
    let file = std::fs::File::open(path).ok().filter(|file| file.metadata().is_ok_and(|it| it.is_file()));
    let read = file.zip(at).and_then(|(file, at)| file.read_at(&mut data, at).ok()).unwrap_or(0);
    data.truncate(read);
    let cut = if read < limit { 0 } else { count - read as u64 };
    Begun { call: Call::Send { fd, data: data.into(), flags: SendFlags::NONE }, then: Then::Sent, cut }
}

/// Where an open file is at.
fn position(tid: i32, file: u64) -> Option<u64> {
    let info = std::fs::read_to_string(format!("/proc/{tid}/fdinfo/{file}")).ok()?;
    info.lines().find_map(|line| line.strip_prefix("pos:")?.trim().parse().ok())
}

fn how(how: u64) -> Option<How> {
    match how as i32 {
        libc::SHUT_RD => Some(How::Read),
        libc::SHUT_WR => Some(How::Write),
        libc::SHUT_RDWR => Some(How::Both),
        _ => None,
    }
}

/// A time in milliseconds, as `poll` has it: negative is for ever.
pub(super) fn milliseconds(time: u64) -> Option<Span> {
    u64::try_from(time as i32).ok().map(Span::from_millis)
}

/// A time in memory: seconds, and parts of them of so many nanoseconds; none, for ever, where there is no address.
pub(super) fn time(memory: &Memory, at: u64, unit: u64) -> Option<Span> {
    let [seconds, parts] = [memory.u64(at).filter(|_| at != 0)?, memory.u64(at + 8)?];
    Some(Span::from_nanos(seconds.saturating_mul(1_000_000_000).saturating_add(parts.saturating_mul(unit))))
}
