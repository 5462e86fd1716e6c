//! Waiting for several sockets at once: `poll`, `select` and `epoll_wait` are all a `poll()` to a trace.

use super::calls;
use super::filter::Word;
use super::memory::Memory;
use super::ptrace::Asked;
use nix::unistd::Pid;
use sockscope_core::program::{Fd, Readiness};
use sockscope_core::time::Span;
use std::fs::File;
use std::io::Read;

/// So many descriptors of one call are looked at.
const MOST: usize = 1024;
/// So much of what the kernel tells of an epoll is read: it is a line of some seventy bytes a descriptor.
const INFO: u64 = 1 << 16;

/// A call that waits for descriptors to be ready.
pub(super) struct Wait {
    /// Each descriptor with what is asked about.
    pub(super) fds: Vec<(Fd, Readiness)>,
    /// How long it waits; none: for ever.
    pub(super) timeout: Option<Span>,
    /// Where its answer will be.
    pub(super) answer: Answer,
}

/// Where to find which descriptors are ready.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// In the array of `poll`.
    Poll { at: u64, count: usize },
    /// In the sets of `select`: readable, writable, urgent.
    Sets { at: [u64; 3], bytes: usize },
    /// In the events of `epoll_wait`; each has what the program gave with its descriptor.
    Events { at: u64, given: Vec<(u64, Fd)> },
}

/// What a call asks about.
pub(super) fn begin(word: Word, asked: &Asked, thread: Pid, memory: &Memory) -> Option<Wait> {
    let args = asked.args;
    match word {
        Word::Poll | Word::PPoll => {
            let count = usize::try_from(args[1]).unwrap_or(MOST).min(MOST);
            let fds = polled(memory, args[0], count).map(|(fd, wanted, _)| (fd, readiness(wanted))).collect();
            let timeout = match word {
                Word::Poll => calls::milliseconds(args[2]),
                _ => calls::time(memory, args[2], 1),
            };
            Some(Wait { fds, timeout, answer: Answer::Poll { at: args[0], count } })
        }
        Word::Select | Word::PSelect => {
            let (at, bytes) = ([args[1], args[2], args[3]], (args[0] as usize).min(MOST).div_ceil(64) * 8);
            let unit = if word == Word::Select { 1_000 } else { 1 };
            let timeout = calls::time(memory, args[4], unit);
            Some(Wait { fds: in_sets(memory, at, bytes), timeout, answer: Answer::Sets { at, bytes } })
        }
        Word::EpollWait => {
            let watched = watched(thread, args[0])?;
            let fds = watched.iter().map(|(_, fd, wanted)| (*fd, *wanted)).collect();
            let timeout = match asked.number == libc::SYS_epoll_pwait2 as u64 {
                true => calls::time(memory, args[3], 1),
                false => calls::milliseconds(args[3]),
            };
            let given = watched.into_iter().map(|(data, fd, _)| (data, fd)).collect();
            Some(Wait { fds, timeout, answer: Answer::Events { at: args[1], given } })
        }
        _ => None,
    }
}

impl Answer {
    /// Which descriptors are ready, and for what, after the call returned `count`.
    pub(super) fn ready(&self, memory: &Memory, returned: u64) -> Vec<(Fd, Readiness)> {
        match self {
            Answer::Poll { at, count } => {
                let told = polled(memory, *at, *count).map(|(fd, _, ready)| (fd, ready));
                told.filter(|(_, ready)| *ready != 0).map(|(fd, ready)| (fd, readiness(ready))).collect()
            }
            Answer::Sets { at, bytes } => in_sets(memory, *at, *bytes),
            Answer::Events { at, given } => {
                // The structure is packed on x86_64 and on no other architecture.
                let size = if cfg!(target_arch = "x86_64") { 12 } else { 16 };
                let count = usize::try_from(returned).unwrap_or(MOST).min(MOST);
                let events = memory.bytes(*at, count * size);
                let one = |event: &[u8]| {
                    let data = u64::from_ne_bytes(event[size - 8..].try_into().ok()?);
                    let (_, fd) = given.iter().find(|(known, _)| *known == data)?;
                    Some((*fd, readiness(u32::from_ne_bytes(event[..4].try_into().ok()?))))
                };
                events.chunks_exact(size).filter_map(one).collect()
            }
        }
    }
}

/// The entries of an array of `struct pollfd`: descriptor, what is asked about, what is so.
fn polled(memory: &Memory, at: u64, count: usize) -> impl Iterator<Item = (Fd, u32, u32)> {
    let entries = memory.bytes(at, count * 8);
    let entry = |entry: &[u8]| {
        let fd = i32::from_ne_bytes(entry[..4].try_into().ok()?);
        let half = |at: usize| u32::from(u16::from_ne_bytes([entry[at], entry[at + 1]]));
        Some((Fd(u32::try_from(fd).ok()?), half(4), half(6)))
    };
    entries.chunks_exact(8).filter_map(entry).collect::<Vec<_>>().into_iter()
}

/// What is in the three sets of `select`, each an array of bits.
fn in_sets(memory: &Memory, at: [u64; 3], bytes: usize) -> Vec<(Fd, Readiness)> {
    let sets = at.map(|at| if at == 0 { Vec::new() } else { memory.bytes(at, bytes) });
    let has = |set: &[u8], fd: usize| set.get(fd / 8).is_some_and(|byte| byte >> (fd % 8) & 1 == 1);
    let one = |fd: usize| {
        let [readable, writable, urgent] = [0, 1, 2].map(|set: usize| has(&sets[set], fd));
        let ready = Readiness { readable, writable, urgent, ..Readiness::NONE };
        (ready != Readiness::NONE).then_some((Fd(fd as u32), ready))
    };
    (0..bytes * 8).filter_map(one).collect()
}

/// What an epoll watches: what the program gave with each descriptor, the descriptor, what is asked about.
fn watched(thread: Pid, epoll: u64) -> Option<Vec<(u64, Fd, Readiness)>> {
    let mut text = String::new();
    let info = File::open(format!("/proc/{thread}/fdinfo/{epoll}")).ok()?;
    info.take(INFO).read_to_string(&mut text).ok()?;
    // tfd:        5 events:     2001 data:                5  pos:0 ino:3f sdev:8
    let line = |line: &str| {
        let mut words = line.strip_prefix("tfd:")?.split_whitespace();
        let fd = words.next()?.parse().ok()?;
        let events = u32::from_str_radix(words.nth(1)?, 16).ok()?;
        let data = words.nth(1)?;
        Some((u64::from_str_radix(data, 16).ok()?, Fd(fd), readiness(events)))
    };
    Some(text.lines().filter_map(line).collect())
}

/// The bits of poll and epoll are the same.
fn readiness(events: u32) -> Readiness {
    let has = |flag: i16| events & u32::from(flag.cast_unsigned()) != 0;
    Readiness {
        readable: has(libc::POLLIN),
        writable: has(libc::POLLOUT),
        urgent: has(libc::POLLPRI),
        error: has(libc::POLLERR),
        hang_up: has(libc::POLLHUP),
        read_hang_up: has(libc::POLLRDHUP),
    }
}
