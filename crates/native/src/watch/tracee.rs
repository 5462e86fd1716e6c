//! One thread of a watched process, and the call that it is in.

use super::Watcher;
use super::calls::{self, Begun, Into, Many, Then};
use super::filter::{Word, word};
use super::memory::{Memory, Message};
use super::process::{Inode, Process};
use super::ptrace::Asked;
use super::waits::{self, Answer};
use crate::driver::errno_name;
use crate::sockopt::named;
use nix::unistd::Pid;
use sockscope_core::errno::Errno;
use sockscope_core::program::{Call, Fd, Notice};
use sockscope_core::trace::{EventId, Kind, Node, Task};
use std::io;

/// A thread.
pub(super) struct Tracee {
    pub(super) process: Pid,
    /// The thread that made it.
    pub(super) parent: Option<Pid>,
    /// What it is in the trace, once it has touched a socket.
    pub(super) task: Option<(Node, Task)>,
    pending: Option<Pending>,
}

/// A call that has begun.
struct Pending {
    asked: Asked,
    /// The event of the call; none for what only has to be noticed.
    call: Option<EventId>,
    what: What,
    /// A signal interrupted it: it goes on, or fails with EINTR, as the program has it.
    interrupted: bool,
}

enum What {
    /// A call on a socket, or one that makes one.
    Socket { fd: Option<(Fd, Inode)>, call: Call, then: Then },
    /// A call that waits for several.
    Wait { answer: Answer, asked: Vec<Fd> },
    /// `close_range()`.
    CloseRange,
}

impl Tracee {
    pub(super) fn new(process: Pid) -> Tracee {
        Tracee { process, parent: None, task: None, pending: None }
    }

    /// Whether it is in a call whose end is of interest.
    pub(super) fn in_call(&self) -> bool {
        self.pending.as_ref().is_some_and(|pending| !pending.interrupted)
    }
}

impl Watcher {
    /// A call begins.
    pub(super) fn enters(&mut self, tid: Pid, asked: &Asked) {
        let Some(word) = word(asked.arch, asked.number, asked.args[1]) else { return };
        let Some(tracee) = self.tracees.get_mut(&tid) else { return };
        if let Some(pending) = &mut tracee.pending {
            if pending.interrupted && (word == Word::Restart || pending.asked == *asked) {
                pending.interrupted = false;
                return;
            }
            if word == Word::Restart {
                return;
            }
        }
        let fd = Fd(asked.args[0] as u32);
        let begun = match word {
            Word::Socket => calls::socket(asked).map(|begun| (None, begun)),
            Word::Poll | Word::PPoll | Word::Select | Word::PSelect | Word::EpollWait => {
                return self.enters_wait(tid, word, asked);
            }
            Word::CloseRange => {
                let what = What::CloseRange;
                self.pends(tid, Pending { asked: *asked, call: None, what, interrupted: false });
                return;
            }
            Word::Ring => {
                self.missed.insert("io_uring: what goes through its rings is no system call".to_owned());
                return;
            }
            Word::Restart => return,
            Word::Unknown => return self.wordless(tid, fd),
            _ => self.begun_on(tid, word, asked, fd),
        };
        let Some((fd, Begun { call, then, cut })) = begun else { return };
        self.interrupted(tid);
        let Some((node, task)) = self.task(tid) else { return };
        let event = self.record(node, None, Kind::Call { task, step: 0, call: (&call).into() });
        self.cut(node, event, cut);
        let what = What::Socket { fd, call, then };
        self.pends(tid, Pending { asked: *asked, call: event, what, interrupted: false });
    }

    /// A call on a socket; `None` where the descriptor is something else, or there is no word for the call.
    fn begun_on(
        &mut self,
        tid: Pid,
        word: Word,
        asked: &Asked,
        fd: Fd,
    ) -> Option<(Option<(Fd, Inode)>, Begun)> {
        let Some((inode, kind)) = self.socket(tid, fd) else {
            self.prints(tid, word, asked, fd);
            return None;
        };
        let limit = self.options.bytes;
        let pid = self.tracees.get(&tid)?.process;
        let memory = self.processes.get_mut(&pid)?.memory()?;
        let begun = match word {
            Word::SendFile => Some(calls::send_file(tid.as_raw(), asked, fd, memory, limit)),
            _ => calls::on_socket(word, asked, fd, kind, memory, limit),
        };
        if begun.is_none() {
            self.wordless += 1;
        }
        begun.map(|begun| (Some((fd, inode)), begun))
    }

    /// What a program with sockets writes to its standard output is told of too: that is what it makes of them.
    fn prints(&mut self, tid: Pid, word: Word, asked: &Asked, fd: Fd) {
        const LINE: u64 = 200;
        let Some((node, task)) = self.tracees.get(&tid).and_then(|tracee| tracee.task) else { return };
        if fd != Fd(1) || word != Word::Write {
            return;
        }
        let pid = self.tracees[&tid].process;
        let Some(memory) = self.processes.get_mut(&pid).and_then(Process::memory) else { return };
        let bytes = memory.bytes(asked.args[1], asked.args[2].min(LINE) as usize);
        let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
        if text.is_empty() {
            return;
        }
        let call = self.record(node, None, Kind::Call { task, step: 0, call: Call::Print { text }.into() });
        self.record(node, call, Kind::Notice { task, notice: Notice::Done });
    }

    fn enters_wait(&mut self, tid: Pid, word: Word, asked: &Asked) {
        let Some(pid) = self.tracees.get(&tid).map(|tracee| tracee.process) else { return };
        let Some(memory) = self.processes.get_mut(&pid).and_then(Process::memory) else { return };
        let Some(mut wait) = waits::begin(word, asked, tid, memory) else { return };
        wait.fds.retain(|(fd, _)| self.socket(tid, *fd).is_some());
        if wait.fds.is_empty() {
            return;
        }
        self.interrupted(tid);
        let Some((node, task)) = self.task(tid) else { return };
        let fds = wait.fds.iter().map(|(fd, _)| *fd).collect();
        let call = Call::Poll { fds: wait.fds, timeout: wait.timeout };
        let call = self.record(node, None, Kind::Call { task, step: 0, call: call.into() });
        let what = What::Wait { answer: wait.answer, asked: fds };
        self.pends(tid, Pending { asked: *asked, call, what, interrupted: false });
    }

    fn pends(&mut self, tid: Pid, pending: Pending) {
        self.tracees.entry(tid).and_modify(|tracee| tracee.pending = Some(pending));
    }

    /// Another call begins: the one before did not go on after its signal.
    fn interrupted(&mut self, tid: Pid) {
        let Some(tracee) = self.tracees.get_mut(&tid) else { return };
        if let Some((pending, (node, task))) = tracee.pending.take().zip(tracee.task) {
            let notice = Notice::Failed(Errno::EINTR);
            self.record(node, pending.call, Kind::Notice { task, notice });
        }
    }

    /// A call ended.
    pub(super) fn returns(&mut self, tid: Pid, result: i64) {
        /// What the kernel returns to itself where a signal came: -ERESTARTSYS to -ERESTART_RESTARTBLOCK.
        const RESTARTS: std::ops::RangeInclusive<i64> = -516..=-512;
        let Some(tracee) = self.tracees.get_mut(&tid) else { return };
        let pid = tracee.process;
        let Some(mut pending) = tracee.pending.take() else { return };
        if RESTARTS.contains(&result) {
            pending.interrupted = true;
            tracee.pending = Some(pending);
            return;
        }
        let Pending { asked, call, what, .. } = pending;
        let (fd, made, then) = match what {
            What::CloseRange => return self.closed_range(tid, asked.args[0], asked.args[1]),
            What::Wait { answer, asked } => {
                let notice = self.outcome(pid, result, |memory, count| {
                    let ready = answer.ready(memory, count);
                    Notice::Ready(ready.into_iter().filter(|(fd, _)| asked.contains(fd)).collect())
                });
                return self.told(tid, call, notice, 0);
            }
            What::Socket { fd, call, then } => (fd, call, then),
        };
        self.changes(tid, pid, fd, &made, &then, result);
        let limit = self.options.bytes;
        let mut cut = 0;
        let notice = match &then {
            Then::Name => {
                let local = fd.and_then(|(_, inode)| self.processes.get(&pid)?.sockets.get(&inode)?.local);
                self.outcome(pid, result, |_, _| {
                    local.map_or(Notice::Done, |local| Notice::Name(local.into()))
                })
            }
            Then::Accepted => {
                let fd = Fd(result as u32);
                let peer = self.peer(pid, fd);
                self.outcome(pid, result, |_, _| {
                    peer.map_or(Notice::Socket(fd), |peer| Notice::Accepted { fd, peer: peer.into() })
                })
            }
            Then::Received(into) => self.outcome(pid, result, |memory, len| {
                let (notice, left) = received(memory, into, len, limit);
                cut = left;
                notice
            }),
            then => self.outcome(pid, result, |memory, returned| plain(memory, then, returned)),
        };
        let notice = match then {
            Then::SentMany { lens, more } if result > 0 => {
                return self.sent_many(tid, pid, call, lens, &more, result);
            }
            Then::ReceivedMany(many) if result > 0 => {
                return self.received_many(tid, pid, call, &many, result);
            }
            _ => notice,
        };
        self.told(tid, call, notice, cut);
    }

    /// What a call that succeeded, or did not, changed of its socket.
    fn changes(
        &mut self,
        tid: Pid,
        pid: Pid,
        fd: Option<(Fd, Inode)>,
        call: &Call,
        then: &Then,
        result: i64,
    ) {
        match (then, fd) {
            (Then::Socket(kind), _) if result >= 0 => self.opened(tid, Fd(result as u32), *kind),
            (Then::Accepted, Some((_, listener))) if result >= 0 => {
                self.accepted(tid, listener, Fd(result as u32))
            }
            (Then::Closed, Some((fd, _))) if result >= 0 => self.released(pid, fd),
            (Then::Socket(_) | Then::Accepted | Then::Closed, _) | (_, None) => {}
            (_, Some((fd, inode))) => {
                let names = matches!(call, Call::Bind { .. } | Call::Connect { .. });
                if names || !self.is_settled(pid, inode) {
                    self.look(pid, fd, inode, !matches!(call, Call::Bind { .. }));
                }
                if let Call::Listen { backlog, .. } = call {
                    self.note_listening(pid, fd, inode, *backlog);
                }
            }
        }
    }

    fn peer(&self, pid: Pid, fd: Fd) -> Option<std::net::SocketAddr> {
        let process = self.processes.get(&pid)?;
        process.sockets.get(process.descriptors.get(&fd)?)?.remote
    }

    /// The notice of a call that returned `result`.
    fn outcome(&mut self, pid: Pid, result: i64, well: impl FnOnce(&Memory, u64) -> Notice) -> Notice {
        match u64::try_from(result) {
            Ok(returned) => {
                let memory = self.processes.get_mut(&pid).and_then(Process::memory);
                memory.map_or(Notice::Done, |memory| well(memory, returned))
            }
            Err(_) => Notice::Failed(errno_name(&io::Error::from_raw_os_error(-result as i32))),
        }
    }

    fn told(&mut self, tid: Pid, call: Option<EventId>, notice: Notice, cut: u64) {
        let Some((node, task)) = self.tracees.get(&tid).and_then(|tracee| tracee.task) else { return };
        let event = self.record(node, call, Kind::Notice { task, notice });
        self.cut(node, event, cut);
    }

    fn asked_again(&mut self, tid: Pid, call: &Call) -> Option<EventId> {
        let (node, task) = self.tracees.get(&tid)?.task?;
        self.record(node, None, Kind::Call { task, step: 0, call: call.into() })
    }

    /// `sendmmsg()`: to a trace, one call after the other.
    fn sent_many(
        &mut self,
        tid: Pid,
        pid: Pid,
        call: Option<EventId>,
        lens: u64,
        more: &[Call],
        result: i64,
    ) {
        let mut event = call;
        let count = usize::try_from(result).unwrap_or(0).min(more.len() + 1);
        for i in 0..count {
            if i > 0 {
                event = self.asked_again(tid, &more[i - 1]);
            }
            let at = lens + (Message::SIZE + 8) * i as u64;
            let notice = self.outcome(pid, 0, |memory, _| Notice::Sent(memory.u32(at).unwrap_or(0)));
            self.told(tid, event, notice, 0);
        }
    }

    /// `recvmmsg()`: to a trace, one call after the other.
    fn received_many(&mut self, tid: Pid, pid: Pid, call: Option<EventId>, many: &Many, result: i64) {
        let (mut event, limit) = (call, self.options.bytes);
        for (i, into) in many.each.iter().enumerate().take(usize::try_from(result).unwrap_or(0)) {
            if i > 0 {
                event = self.asked_again(tid, &many.call);
            }
            let mut cut = 0;
            let notice = self.outcome(pid, 0, |memory, _| {
                let len = memory.u32(many.lens + (Message::SIZE + 8) * i as u64).unwrap_or(0);
                let (notice, left) = received(memory, into, len.into(), limit);
                cut = left;
                notice
            });
            self.told(tid, event, notice, cut);
        }
    }
}

/// The notice of a call that has nothing to do with received bytes.
fn plain(memory: &Memory, then: &Then, returned: u64) -> Notice {
    match then {
        Then::Socket(_) => Notice::Socket(Fd(returned as u32)),
        Then::Sent => Notice::Sent(u32::try_from(returned).unwrap_or(u32::MAX)),
        Then::Option { name, value, len } => {
            let bytes = memory.bytes(*value, memory.u32(*len).unwrap_or(0).min(64) as usize);
            named::value(*name, &bytes).map_or(Notice::Done, Notice::Option)
        }
        _ => Notice::Done,
    }
}

/// What was received, and how many bytes of it are not kept.
fn received(memory: &Memory, into: &Into, len: u64, limit: usize) -> (Notice, u64) {
    let data = memory.gathered(&into.pieces, limit.min(usize::try_from(len).unwrap_or(limit)));
    // More than there was room for is lost to the program too (MSG_TRUNC).
    let cut = len.min(super::memory::total(&into.pieces)) - data.len() as u64;
    let data = data.into();
    let from = into.from.and_then(|from| memory.address(from.address, memory.u32(from.len)?.into()));
    match from {
        Some(from) => (Notice::ReceivedFrom { data, from: from.into() }, cut),
        None => (Notice::Received(data), cut),
    }
}
