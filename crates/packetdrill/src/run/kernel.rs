//! The host under test in virtual time: what it sends is kept until the script asks for it.

use sockscope_core::host::Host;
use sockscope_core::host::blocking::Blocked;
use sockscope_core::program::{Call, Notice};
use sockscope_core::tcp::Reason;
use sockscope_core::time::Time;
use sockscope_core::trace::{Cx, EventId, Kind, LinkId, Log, Node, Task};
use sockscope_core::wire::{Packet, PacketId};
use std::collections::VecDeque;

/// The host under test.
pub(super) const KERNEL: Node = Node(0);
/// The remote end, which the script speaks for.
pub(super) const REMOTE: Node = Node(1);
/// Names of the two in the trace.
pub(super) const NAMES: [&str; 2] = ["kernel", "script"];
/// Who makes the calls of a script.
const MAIN: Task = Task(0);
/// Who makes those that block while the script goes on.
const THREAD: Task = Task(1);
/// More timers than this, while the script waits for one thing, are a loop.
const PATIENCE: u32 = 1_000_000;

pub(super) struct Kernel {
    pub(super) host: Host,
    pub(super) now: Time,
    log: Log,
    /// What the host sent and the script has not asked for yet.
    sent: VecDeque<(Time, Packet)>,
    injected: u32,
    blocked: Option<(Blocked, Option<EventId>)>,
    done: Option<(Time, Notice)>,
}

impl Kernel {
    pub(super) fn new(host: Host, name: &str) -> Kernel {
        let mut log = Log::recording();
        let program = name.into();
        log.push(Time::ZERO, Some(KERNEL), None, Kind::Started { task: MAIN, program, parent: None });
        Kernel { host, now: Time::ZERO, log, sent: VecDeque::new(), injected: 0, blocked: None, done: None }
    }
    pub(super) fn into_log(self) -> Log {
        self.log
    }
    pub(super) fn log(&mut self) -> &mut Log {
        &mut self.log
    }

    /// Does something to the host, and sees what it sends and whom it wakes.
    pub(super) fn act<T>(
        &mut self,
        cause: Option<EventId>,
        action: impl FnOnce(&mut Host, &mut Cx) -> T,
    ) -> T {
        let mut cx = Cx { now: self.now, node: KERNEL, cause, log: &mut self.log };
        let result = action(&mut self.host, &mut cx);
        self.transmit();
        self.wake();
        result
    }
    fn transmit(&mut self) {
        loop {
            let mut cx = Cx { now: self.now, node: KERNEL, cause: None, log: &mut self.log };
            let Some(packet) = self.host.poll_transmit(&mut cx) else { return };
            let cause = cx.cause;
            let delivered = self.cross(LinkId(0), (KERNEL, REMOTE), packet.id, cause);
            self.log.push(self.now, Some(REMOTE), delivered, Kind::Arrived { sock: None, packet: packet.id });
            self.sent.push_back((self.now, packet));
        }
    }
    /// A packet on the link between the two, which takes no time; the event of its delivery.
    fn cross(
        &mut self,
        link: LinkId,
        (from, to): (Node, Node),
        packet: PacketId,
        cause: Option<EventId>,
    ) -> Option<EventId> {
        let now = self.now;
        let queued = Kind::Queued { link, packet, copy: 0, leaves: now, arrives: now, queue: 0 };
        let queued = self.log.push(now, Some(from), cause, queued);
        self.log.push(now, Some(to), queued, Kind::Delivered { link, packet, copy: 0 })
    }
    /// The remote end sends; the number of the packet is given here.
    pub(super) fn inject(&mut self, mut packet: Packet) {
        packet.id = PacketId(u64::from(REMOTE.0) << 32 | u64::from(self.injected));
        self.injected += 1;
        let sent = Kind::Sent { sock: None, reason: Reason::FromOutside, packet: Box::new(packet.clone()) };
        let sent = self.log.push(self.now, Some(REMOTE), None, sent);
        let delivered = self.cross(LinkId(1), (REMOTE, KERNEL), packet.id, sent);
        self.act(delivered, |host, cx| host.receive(packet, cx));
    }
    /// The oldest packet that the script has not asked for, of those that `is_meant`; others before it are forgotten.
    pub(super) fn next_sent(&mut self, is_meant: impl Fn(&Packet) -> bool) -> Option<(Time, Packet)> {
        while let Some((at, packet)) = self.sent.pop_front() {
            if is_meant(&packet) {
                return Some((at, packet));
            }
        }
        None
    }
    /// The oldest packet that the script has not asked for.
    pub(super) fn peek_sent(&self) -> Option<&Packet> {
        self.sent.front().map(|(_, packet)| packet)
    }
    /// Lets time pass until a packet is there that `is_meant`, at most until `limit`.
    pub(super) fn advance_until_sent(&mut self, limit: Time, is_meant: impl Fn(&Packet) -> bool) {
        self.advance(limit, |kernel| kernel.sent.iter().any(|(_, packet)| is_meant(packet)));
    }

    /// Lets time pass until `until`, or until `stop` says so. True where it was `stop`.
    pub(super) fn advance(&mut self, until: Time, stop: impl Fn(&Kernel) -> bool) -> bool {
        for _ in 0..PATIENCE {
            if stop(self) {
                return true;
            }
            let patience = self.blocked.as_ref().and_then(|(blocked, _)| blocked.deadline());
            let due = self.host.poll_timeout().into_iter().chain(patience).min();
            let Some(due) = due.filter(|due| *due <= until) else {
                break;
            };
            self.now = self.now.max(due);
            self.act(None, |host, cx| host.handle_timeout(cx));
        }
        self.now = self.now.max(until);
        false
    }

    /// Makes a call. `None`: it blocks, and [`Kernel::done`] tells later; only one call may do so at a time.
    pub(super) fn call(&mut self, step: u16, call: Call, in_thread: bool) -> Option<Notice> {
        let task = if in_thread { THREAD } else { MAIN };
        let made = Kind::Call { task, step, call: (&call).into() };
        let made = self.log.push(self.now, Some(KERNEL), None, made);
        match self.act(made, |host, cx| host.call(call, cx)) {
            Ok(notice) => {
                self.log.push(self.now, Some(KERNEL), made, Kind::Notice { task, notice: notice.clone() });
                Some(notice)
            }
            Err(blocked) => {
                self.blocked = Some((blocked, made));
                None
            }
        }
    }
    /// A call that blocked and is done: when, and how it went. Told once.
    pub(super) fn done(&mut self) -> Option<(Time, Notice)> {
        self.done.take()
    }
    pub(super) fn is_done(&self) -> bool {
        self.done.is_some()
    }
    /// Tries the call that blocks again, where something happened to its socket or its time is up.
    fn wake(&mut self) {
        let ready: Vec<_> = self.host.take_ready().collect();
        let Some((mut blocked, made)) = self.blocked.take() else { return };
        let late = blocked.deadline().is_some_and(|deadline| deadline <= self.now);
        let woken =
            late || blocked.socks().next().is_none() || blocked.socks().any(|sock| ready.contains(&sock));
        let mut cx = Cx { now: self.now, node: KERNEL, cause: made, log: &mut self.log };
        match woken.then(|| blocked.retry(&mut self.host, &mut cx)).flatten() {
            Some(notice) => {
                self.log.push(
                    self.now,
                    Some(KERNEL),
                    made,
                    Kind::Notice { task: THREAD, notice: notice.clone() },
                );
                self.done = Some((self.now, notice));
                self.transmit();
            }
            None => self.blocked = Some((blocked, made)),
        }
    }
}
