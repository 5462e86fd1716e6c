//! A host with the programs that run on it.

use crate::network::Network;
use crate::world::{Birth, Step};
use serde::{Deserialize, Serialize};
use sockscope_core::collections::{BTreeMap, BTreeSet, sort};
use sockscope_core::host::Host;
use sockscope_core::host::blocking::Blocked;
use sockscope_core::program::{Call, Fd, Notice};
use sockscope_core::shared::Shared;
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::{Cx, EventId, Kind, Sock, Task};
use sockscope_core::wire::Packet;
use sockscope_programs::Program;

/// A host with the programs that run on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Machine {
    host: Host,
    tasks: BTreeMap<Task, Running>,
    /// The tasks that are blocked, by the socket whose change they wait for.
    waiting: BTreeSet<(Sock, Task)>,
    /// By their first task.
    processes: BTreeMap<Task, Process>,
    /// How long programs that somebody made slow take over what they receive, by their names.
    slow: BTreeMap<Box<str>, Span>,
    /// The time for which the agenda holds a call of [`Machine::handle_timeout`].
    armed: Option<Time>,
}

/// What the threads of a process share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Process {
    /// How many there are, those that are still to begin included.
    threads: u32,
    descriptors: BTreeSet<Fd>,
}

/// A program that runs, or waits in a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Running {
    program: Program,
    /// The first task of the process: its threads share their descriptors.
    process: Task,
    /// The event of the call that it waits in.
    call: Option<EventId>,
    /// The receive that was recorded last.
    receive: Option<Shared<Call>>,
    doing: Doing,
}

impl Running {
    /// The call as the trace has it. Who receives in a loop asks the same again and again: the events share it.
    fn recorded(&mut self, call: &Call) -> Shared<Call> {
        if !matches!(call, Call::Recv { .. } | Call::RecvFrom { .. }) {
            return call.into();
        }
        match &self.receive {
            Some(receive) if **receive == *call => receive.clone(),
            _ => self.receive.insert(call.into()).clone(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Doing {
    /// It was told this, and goes on with it then: it has had its turn, or is slow.
    Yielding {
        notice: Notice,
        until: Time,
    },
    Blocked(Blocked),
}

/// So many calls in a row may return at once; then others have their turn.
const TURN: u32 = 64;

impl Machine {
    pub(crate) fn new(host: Host) -> Machine {
        let (tasks, waiting, processes, slow) = Default::default();
        Machine { host, tasks, waiting, processes, slow, armed: None }
    }
    /// Whether a program runs or waits here.
    pub(crate) fn is_busy(&self) -> bool {
        !self.tasks.is_empty()
    }
    /// Whether a connection that its program has left goes on.
    pub(crate) fn lingers(&self) -> bool {
        self.host.lingers()
    }
    /// The power is gone: programs and sockets too.
    pub(crate) fn crash(&mut self, cx: &mut Cx<'_>) {
        self.tasks.clear();
        self.waiting.clear();
        self.processes.clear();
        self.host.crash(cx);
    }
    /// Every program of this name ends, as one that is killed does (signal 9).
    pub(crate) fn kill(&mut self, program: &str, net: &mut Network, cx: &mut Cx<'_>) {
        let named = self.tasks.iter().filter(|(_, running)| running.program.name() == program);
        let tasks: Vec<Task> = named.map(|(task, _)| *task).collect();
        self.waiting.retain(|(_, task)| !tasks.contains(task));
        let cause = cx.cause;
        for task in tasks {
            self.exit(task, 128 + 9, cx);
            cx.cause = cause;
        }
        self.settle(net, cx);
    }
    /// Programs of this name take so long over what they receive from now on.
    pub(crate) fn slow(&mut self, program: &str, by: Span) {
        self.slow.insert(program.into(), by);
    }
    /// A program begins, as `task`.
    pub(crate) fn start(&mut self, task: Task, birth: Birth, net: &mut Network, cx: &mut Cx<'_>) {
        if self.host.is_down() {
            return;
        }
        let Birth { program, process, parent, .. } = birth;
        let process = process.unwrap_or_else(|| {
            self.processes.insert(task, Process { threads: 1, ..Process::default() });
            task
        });
        cx.emit_cause(|| Kind::Started { task, program: program.name().into(), parent });
        let doing = Doing::Yielding { notice: Notice::Started, until: cx.now };
        self.tasks.insert(task, Running { program, process, call: None, receive: None, doing });
        self.run(task, Notice::Started, net, cx);
        self.settle(net, cx);
    }
    /// A packet arrives.
    pub(crate) fn receive(&mut self, packet: Packet, net: &mut Network, cx: &mut Cx<'_>) {
        self.host.receive(packet, cx);
        self.settle(net, cx);
    }
    /// The time has come that a timer of the host waited for.
    pub(crate) fn handle_timeout(&mut self, net: &mut Network, cx: &mut Cx<'_>) {
        self.armed = self.armed.filter(|at| *at > cx.now);
        if self.host.poll_timeout().is_some_and(|at| at <= cx.now) {
            self.host.handle_timeout(cx);
        }
        self.settle(net, cx);
    }
    /// The time has come that a task waited for.
    pub(crate) fn wake(&mut self, task: Task, net: &mut Network, cx: &mut Cx<'_>) {
        self.go_on(task, net, cx);
        self.settle(net, cx);
    }

    /// Until nothing is left to do now: sends what is to be sent, and goes on with the programs whose sockets are
    /// ready.
    fn settle(&mut self, net: &mut Network, cx: &mut Cx<'_>) {
        loop {
            self.transmit(net, cx);
            let mut concerned: Vec<Task> = Vec::new();
            for sock in self.host.take_ready() {
                let waiting = self.waiting.range((sock, Task(0))..);
                concerned.extend(waiting.take_while(|it| it.0 == sock).map(|it| it.1));
            }
            if concerned.is_empty() {
                break;
            }
            sort(&mut concerned);
            for task in concerned {
                self.go_on(task, net, cx);
            }
        }
        let due = self.host.poll_timeout();
        if let Some(due) = due.filter(|due| self.armed.is_none_or(|armed| *due < armed)) {
            self.armed = Some(due);
            net.agenda.push(due, Step::Timer { node: cx.node });
        }
    }
    fn transmit(&mut self, net: &mut Network, cx: &mut Cx<'_>) {
        let cause = cx.cause;
        while let Some(packet) = self.host.poll_transmit(cx) {
            net.send(packet, cx);
            cx.cause = cause;
        }
    }
    /// Goes on with a task, where what it waits for is there.
    fn go_on(&mut self, task: Task, net: &mut Network, cx: &mut Cx<'_>) {
        let Some(running) = self.tasks.get_mut(&task) else { return };
        let cx = &mut Cx { now: cx.now, node: cx.node, cause: running.call, log: cx.log };
        let notice = match &mut running.doing {
            // A wait that is over may have been for something else.
            Doing::Yielding { until, .. } if *until > cx.now => None,
            Doing::Yielding { notice, .. } => Some(notice.clone()),
            Doing::Blocked(blocked) => {
                let answer = blocked.retry(&mut self.host, cx);
                if answer.is_some() {
                    blocked.socks().for_each(|sock| {
                        self.waiting.remove(&(sock, task));
                    });
                }
                self.transmit(net, cx);
                answer.and_then(|notice| self.tell(task, notice, net, cx))
            }
        };
        if let Some(notice) = notice {
            self.run(task, notice, net, cx);
        }
    }
    /// Runs a task from this notice on until it waits for something.
    fn run(&mut self, task: Task, mut notice: Notice, net: &mut Network, cx: &mut Cx<'_>) {
        for _ in 0..TURN {
            let Some(running) = self.tasks.get_mut(&task) else { return };
            let call = running.program.resume(notice);
            net.calls += 1;
            let step = running.program.step();
            running.call = cx.emit_cause(|| Kind::Call { task, step, call: running.recorded(&call) });
            match self.perform(task, call, net, cx) {
                Some(answer) => match self.tell(task, answer, net, cx) {
                    Some(told) => notice = told,
                    None => return,
                },
                None => return,
            }
        }
        self.yields(task, notice, Span::ZERO, net, cx);
    }
    /// A program is told something; what it goes on with at once, unless it is slow.
    fn tell(&mut self, task: Task, notice: Notice, net: &mut Network, cx: &mut Cx<'_>) -> Option<Notice> {
        if let Notice::Socket(fd) | Notice::Accepted { fd, .. } = notice {
            self.process(task).into_iter().for_each(|process| {
                process.descriptors.insert(fd);
            });
        }
        cx.emit_cause(|| Kind::Notice { task, notice: notice.clone() });
        if !matches!(notice, Notice::Received(_) | Notice::ReceivedFrom { .. }) || self.slow.is_empty() {
            return Some(notice);
        }
        let name = self.tasks.get(&task)?.program.name();
        match self.slow.get(name).copied().filter(|by| !by.is_zero()) {
            None => Some(notice),
            Some(by) => {
                self.yields(task, notice, by, net, cx);
                None
            }
        }
    }
    /// A program goes on later, with what it was told.
    fn yields(&mut self, task: Task, notice: Notice, by: Span, net: &mut Network, cx: &Cx<'_>) {
        let until = cx.now + by;
        self.wait(task, Doing::Yielding { notice, until });
        net.agenda.push(until, Step::Wake { node: cx.node, task });
    }
    /// The process that the task belongs to.
    fn process(&mut self, task: Task) -> Option<&mut Process> {
        self.processes.get_mut(&self.tasks.get(&task)?.process)
    }
    fn wait(&mut self, task: Task, doing: Doing) {
        if let Some(running) = self.tasks.get_mut(&task) {
            running.doing = doing;
        }
    }
    /// Does what a program asks; the answer, where there is one now.
    fn perform(&mut self, task: Task, call: Call, net: &mut Network, cx: &mut Cx<'_>) -> Option<Notice> {
        match call {
            Call::Exit { code } => {
                self.exit(task, code, cx);
                self.transmit(net, cx);
                None
            }
            Call::Print { .. } => Some(Notice::Done),
            Call::Spawn { .. } => {
                let running = self.tasks.get_mut(&task)?;
                let (program, process) = (running.program.spawned(), Some(running.process));
                self.process(task)?.threads += 1;
                let birth = Birth { program, process, parent: Some(task), cause: cx.cause };
                net.agenda.push(cx.now, Step::Start { node: cx.node, birth });
                Some(Notice::Done)
            }
            call => self.call(task, call, net, cx),
        }
    }
    /// A call that the host answers.
    fn call(&mut self, task: Task, call: Call, net: &mut Network, cx: &mut Cx<'_>) -> Option<Notice> {
        let closes = matches!(call, Call::Close { .. } | Call::Abort { .. }).then(|| call.fd()).flatten();
        let answer = self.host.call(call, cx);
        self.transmit(net, cx);
        if let Some(fd) = closes {
            self.process(task).into_iter().for_each(|process| {
                process.descriptors.remove(&fd);
            });
        }
        match answer {
            Ok(notice) => Some(notice),
            Err(blocked) => {
                if let Some(deadline) = blocked.deadline() {
                    net.agenda.push(deadline, Step::Wake { node: cx.node, task });
                }
                self.waiting.extend(blocked.socks().map(|sock| (sock, task)));
                self.wait(task, Doing::Blocked(blocked));
                None
            }
        }
    }
    /// A program is over. The last thread of a process closes its descriptors.
    fn exit(&mut self, task: Task, code: u8, cx: &mut Cx<'_>) {
        cx.emit_cause(|| Kind::Exited { task, code });
        let Some(Running { process, .. }) = self.tasks.remove(&task) else { return };
        let Some(shared) = self.processes.get_mut(&process) else { return };
        shared.threads -= 1;
        if shared.threads > 0 {
            return;
        }
        for fd in self.processes.remove(&process).unwrap_or_default().descriptors {
            // A descriptor that is closed already is fine.
            let _ = self.host.close(fd, cx);
        }
    }
}
