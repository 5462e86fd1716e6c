//! What became of the connections of a drawn world, and whether that is as it should be.

use super::conversation::DAMAGED;
use super::pace::Pace;
use crate::Scenario;
use crate::scenario::Action;
use sockscope_core::errno::Errno;
use sockscope_core::program::{Call, Fd, Notice};
use sockscope_core::tcp::{State, Trigger};
use sockscope_core::time::Time;
use sockscope_core::trace::{Event, Intervention, Kind, Node, Outcome, Sock, Task};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// How many ends of connections there were, and how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Ends of connections, all of them.
    pub ends: u64,
    /// They gave up: nobody answered.
    pub timed_out: u64,
    /// They aborted, or were reset.
    pub reset: u64,
    /// Their host crashed.
    pub crashed: u64,
    /// They wait for a peer that is gone and could not say so: nothing is left to send, and nobody asks.
    pub widowed: u64,
}

/// One end of a connection.
#[derive(Clone, Copy, Debug)]
struct End {
    local: SocketAddr,
    remote: SocketAddr,
    state: State,
}

/// Watches a run event by event, and judges its end.
#[derive(Clone, Debug)]
pub struct Watch {
    /// From this time on there are no faults.
    calm: Time,
    pace: Pace,
    ends: BTreeMap<(Node, Sock), End>,
    /// Local and remote address of the ends that did not end in peace: their peers may not know.
    graves: BTreeSet<(SocketAddr, SocketAddr)>,
    descriptors: BTreeMap<(Node, Fd), Sock>,
    /// The call that each task waits in.
    calls: BTreeMap<Task, (Node, Call)>,
    /// Errors that programs were told.
    told: Vec<Errno>,
    damaged: bool,
    census: Census,
}

impl Watch {
    /// For a run of `scenario`.
    pub fn new(scenario: &Scenario) -> Watch {
        let calms = scenario.interventions.iter().filter(|it| matches!(it.action, Action::Calm { .. }));
        Watch {
            calm: calms.map(|timed| Time::ZERO + timed.at.0).max().unwrap_or(Time::ZERO),
            pace: Pace::new(scenario),
            ends: BTreeMap::new(),
            graves: BTreeSet::new(),
            descriptors: BTreeMap::new(),
            calls: BTreeMap::new(),
            told: Vec::new(),
            damaged: false,
            census: Census::default(),
        }
    }
    /// What became of the connections so far.
    pub fn census(&self) -> Census {
        self.census
    }
    /// Looks at the next event; what is broken by it.
    pub fn see(&mut self, event: &Event) -> Option<String> {
        if let Kind::Intervened { action } = &event.kind
            && let Intervention::Crash { node } = **action
        {
            self.crash(Node(node));
        }
        let node = event.node?;
        match &event.kind {
            Kind::Opened { sock, fd: Some(fd), .. } | Kind::Accepted { sock, fd } => {
                self.descriptors.insert((node, *fd), *sock);
            }
            Kind::Connected { sock, local, remote } => {
                let state = State::Closed;
                self.ends.insert((node, *sock), End { local: **local, remote: **remote, state });
                self.census.ends += 1;
            }
            Kind::State { sock, to, trigger, .. } => self.change(node, *sock, *to, *trigger),
            Kind::Call { task, call, .. } => {
                let sock = call.fd().and_then(|fd| self.descriptors.get(&(node, fd)));
                self.pace.call(call, sock.map(|sock| (node, *sock)));
                self.calls.insert(*task, (node, (**call).clone()));
            }
            Kind::Variables { variables, .. } => self.pace.measure(&variables.variables()),
            Kind::Notice { task, notice } => {
                self.calls.remove(task);
                return self.tell(*task, notice);
            }
            Kind::Exited { task, code } => {
                self.calls.remove(task);
                self.damaged |= *code == DAMAGED;
                return (*code == DAMAGED).then(|| format!("program {task} did not get what its peer sent"));
            }
            _ => {}
        }
        None
    }
    fn change(&mut self, node: Node, sock: Sock, to: State, trigger: Trigger) {
        let Some(end) = self.ends.get_mut(&(node, sock)) else { return };
        end.state = to;
        match trigger {
            Trigger::TimedOut | Trigger::Unreachable => self.census.timed_out += 1,
            Trigger::Abort | Trigger::Reset => self.census.reset += 1,
            _ => return,
        }
        self.graves.insert((end.local, end.remote));
    }
    fn crash(&mut self, crashed: Node) {
        for ((node, _), end) in &mut self.ends {
            if *node == crashed && end.state != State::Closed {
                end.state = State::Closed;
                self.graves.insert((end.local, end.remote));
            }
        }
        self.calls.retain(|_, (node, _)| *node != crashed);
        self.census.crashed += 1;
    }
    fn tell(&mut self, task: Task, notice: &Notice) -> Option<String> {
        let Notice::Failed(errno) = notice else { return None };
        self.told.push(*errno);
        let honest =
            matches!(errno, Errno::ETIMEDOUT | Errno::ECONNRESET | Errno::EPIPE | Errno::ECONNREFUSED);
        (!honest).then(|| format!("program {task} is told {errno}, which says nothing of what happened"))
    }

    /// Judges the end of the run.
    pub fn end(&mut self, outcome: Outcome, now: Time) -> Vec<String> {
        if !matches!(outcome, Outcome::Done | Outcome::Idle) {
            return vec![format!(
                "it hangs: {outcome:?} at {now}, and faults were off from {} on",
                self.calm
            )];
        }
        let mut broken = Vec::new();
        if self.graves.is_empty() {
            if !self.told.is_empty() {
                broken.push(format!("no connection broke, but programs were told {:?}", self.told));
            }
            if outcome != Outcome::Done && self.census.crashed == 0 {
                broken.push(format!("no connection broke, but programs wait in {:?}", self.calls.values()));
            }
        }
        let enough = self.pace.at_most(self.graves.is_empty());
        if now > self.calm + enough {
            broken.push(format!(
                "it took until {now}, faults were off from {} on, and {enough} are enough",
                self.calm
            ));
        }
        broken.extend(self.stuck());
        broken
    }
    /// Nothing is left to happen: who is not closed waits for ever. That is right only for an end with nothing to send whose
    /// peer is gone, and for the program behind it; and for a server whose client never came.
    fn stuck(&mut self) -> Vec<String> {
        let live: Vec<((Node, Sock), End)> = self
            .ends
            .iter()
            .filter(|(_, end)| end.state != State::Closed)
            .map(|(at, end)| (*at, *end))
            .collect();
        let widow = |end: &End| self.graves.contains(&(end.remote, end.local));
        let mut broken: Vec<String> = Vec::new();
        for (_, end) in live.iter().filter(|(_, end)| !widow(end)) {
            broken.push(format!(
                "{} is stuck in {}, and its peer {} did not break",
                end.local, end.state, end.remote
            ));
        }
        self.census.widowed += (live.len() - broken.len()) as u64;
        for (task, (node, call)) in &self.calls {
            let on = call.fd().and_then(|fd| self.descriptors.get(&(*node, fd)));
            let waits = on.is_some_and(|sock| live.iter().any(|(at, _)| *at == (*node, *sock)));
            let fine = match call {
                Call::Accept { .. } => !self.graves.is_empty() || self.census.crashed > 0,
                Call::Recv { .. } => waits,
                _ => false,
            };
            if !fine {
                broken.push(format!("program {task} waits in {call:?} for ever"));
            }
        }
        broken
    }
}
