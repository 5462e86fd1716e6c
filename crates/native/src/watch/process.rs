//! What is known of one watched process: its memory, its sockets, and the descriptors that stand for them.

use super::memory::Memory;
use nix::unistd::Pid;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
use socket2::{Domain, Protocol, SockRef, Type};
use sockscope_core::program::{Fd, SocketKind};
use sockscope_core::tcp::TcpInfo;
use sockscope_core::trace::{Node, Sock};
use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;

/// A socket by its number in the kernel: the same in every process that has it, under whatever descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Inode(u64);

/// A process that is watched. It has a node in the trace once it touches a socket.
pub(super) struct Process {
    pid: Pid,
    handle: Option<OwnedFd>,
    memory: Option<Memory>,
    pub(super) node: Option<Node>,
    pub(super) threads: usize,
    /// Its sockets, as far as they were told of.
    pub(super) sockets: BTreeMap<Inode, Known>,
    /// What its descriptors stood for when they were seen last.
    pub(super) descriptors: BTreeMap<Fd, Inode>,
}

/// What the trace holds of a socket.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) sock: Sock,
    pub(super) kind: SocketKind,
    pub(super) local: Option<SocketAddr>,
    pub(super) remote: Option<SocketAddr>,
    pub(super) listens: bool,
    pub(super) info: Option<TcpInfo>,
}

impl Process {
    pub(super) fn new(pid: Pid) -> Process {
        let handle = rustix::process::Pid::from_raw(pid.as_raw())
            .and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
        Process {
            pid,
            handle,
            memory: None,
            node: None,
            threads: 0,
            sockets: BTreeMap::new(),
            descriptors: BTreeMap::new(),
        }
    }

    /// Its memory, opened when it is first looked at.
    pub(super) fn memory(&mut self) -> Option<&Memory> {
        self.memory = self.memory.take().or_else(|| Memory::of(self.pid));
        self.memory.as_ref()
    }

    /// It runs another program from now on.
    pub(super) fn execs(&mut self) {
        let (threads, handle) = (self.threads, self.handle.take());
        *self = Process { threads, handle, ..Process::new(self.pid) };
    }

    /// Our own descriptor for a socket of it, as long as one looks: held longer, it would keep the socket open.
    pub(super) fn borrow(&self, fd: Fd) -> Option<OwnedFd> {
        pidfd_getfd(self.handle.as_ref()?, fd.0.cast_signed(), PidfdGetfdFlags::empty()).ok()
    }

    /// A handle of the process, for somebody else.
    pub(super) fn handle(&self) -> Option<OwnedFd> {
        self.handle.as_ref()?.try_clone().ok()
    }

    /// The number of the next socket: they are never given twice.
    pub(super) fn next_sock(&self) -> Sock {
        Sock(self.sockets.values().map(|known| known.sock.0 + 1).max().unwrap_or(0))
    }

    /// What it is called: the program, and the script that an interpreter runs.
    pub(super) fn name(&self) -> String {
        let line = fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default();
        let mut words = line.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let base = |word: &str| word.rsplit('/').next().unwrap_or(word).to_owned();
        let program = words.next().map(|word| base(&word)).unwrap_or_default();
        let interprets =
            ["python", "perl", "ruby", "node", "sh", "bash"].iter().any(|it| program.starts_with(it));
        let script = words.next().filter(|word| interprets && !word.starts_with('-') && !word.is_empty());
        let name = script.map_or_else(|| program.clone(), |script| base(&script));
        if name.is_empty() { format!("process {}", self.pid) } else { name }
    }
}

/// The socket behind a descriptor of a thread's process, where it is one.
pub(super) fn inode(thread: Pid, fd: Fd) -> Option<Inode> {
    let link = fs::read_link(format!("/proc/{thread}/fd/{fd}")).ok()?;
    let number = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
    number.parse().ok().map(Inode)
}

/// The process that a thread belongs to.
pub(super) fn process_of(thread: Pid) -> Option<Pid> {
    let status = fs::read_to_string(format!("/proc/{thread}/status")).ok()?;
    let group = status.lines().find_map(|line| line.strip_prefix("Tgid:"))?;
    group.trim().parse().ok().map(Pid::from_raw)
}

/// Whether a socket is one of TCP or UDP over IP.
pub(super) fn kind(socket: &OwnedFd) -> Option<SocketKind> {
    let socket = SockRef::from(socket);
    let domain = socket.domain().ok()?;
    if domain != Domain::IPV4 && domain != Domain::IPV6 {
        return None;
    }
    match (socket.r#type().ok()?, socket.protocol().ok()??) {
        (Type::STREAM, Protocol::TCP) => Some(SocketKind::Stream),
        (Type::DGRAM, Protocol::UDP) => Some(SocketKind::Datagram),
        _ => None,
    }
}
