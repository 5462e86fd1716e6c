//! The programs of a run again, wherever it took place: told what they were told, they ask what they asked.

use super::{Divergence, ReplayError};
use crate::Scenario;
use sockscope_core::program::{Call, Notice};
use sockscope_core::trace::{Event, Kind, Node, Task, Trace};
use sockscope_programs::{Program, ProgramError, ProgramSpec};
use std::collections::{BTreeMap, VecDeque};

/// Codes above this are those of programs that a signal ended, as shells say it.
const STOPPED: u8 = 128;

/// Feeds each program of a trace the notices that it was told, and compares the calls. `None`: all the same. This
/// works for traces of real sockets too.
///
/// # Errors
/// [`ReplayError`]: it cannot be done at all.
pub fn programs(trace: &Trace) -> Result<Option<Divergence>, ReplayError> {
    let mut replay = Replay { waiting: waiting(trace)?, tasks: BTreeMap::new() };
    for event in &trace.events {
        if let Some(divergence) = replay.see(event)? {
            return Ok(Some(divergence));
        }
    }
    Ok(None)
}

/// The programs of each node, in the order in which they start.
fn waiting(trace: &Trace) -> Result<BTreeMap<Node, VecDeque<Program>>, ReplayError> {
    let mut waiting: BTreeMap<Node, VecDeque<Program>> = BTreeMap::new();
    if let Some(scenario) = &trace.header.scenario {
        for (node, program) in Scenario::from_value(scenario)?.programs_in_order()? {
            waiting.entry(node).or_default().push_back(program);
        }
    }
    for (node, value) in (0..).map(Node).zip(&trace.header.programs) {
        let place = format!("programs[{node}]");
        let spec: ProgramSpec = serde_json::from_value(value.clone())
            .map_err(|error| ProgramError { place: place.clone(), message: error.to_string() })?;
        let program = spec.load().map_err(|error| error.within(&place))?;
        waiting.entry(node).or_default().push_back(program);
    }
    Ok(waiting)
}

struct Replay {
    /// Programs that have not started.
    waiting: BTreeMap<Node, VecDeque<Program>>,
    tasks: BTreeMap<Task, Running>,
}

struct Running {
    program: Program,
    call: Call,
    /// Whether it has asked that and waits for the answer.
    waits: bool,
    /// Threads that it has spawned and that have not started.
    threads: VecDeque<Program>,
}

impl Running {
    fn new(mut program: Program) -> Running {
        let call = program.resume(Notice::Started);
        Running { program, call, waits: false, threads: VecDeque::new() }
    }
}

impl Replay {
    fn see(&mut self, event: &Event) -> Result<Option<Divergence>, ReplayError> {
        match &event.kind {
            Kind::Started { task, program, parent } => {
                let next = match parent {
                    Some(parent) => self.tasks.get_mut(parent).and_then(|parent| parent.threads.pop_front()),
                    None => event.node.and_then(|node| self.waiting.get_mut(&node)?.pop_front()),
                };
                let none = || ReplayError::NoProgram { at: event.n, program: program.to_string() };
                self.tasks.insert(*task, Running::new(next.ok_or_else(none)?));
                Ok(None)
            }
            Kind::Call { task, .. } => Ok(self.compare(*task, event)),
            Kind::Exited { task, code } => Ok(self.compare_end(*task, *code, event)),
            Kind::Notice { task, notice } => self.tell(*task, notice, event),
            _ => Ok(None),
        }
    }
    fn compare(&mut self, task: Task, event: &Event) -> Option<Divergence> {
        let got = self.tasks.get_mut(&task).map(|running| {
            if let Call::Spawn { .. } = running.call {
                running.threads.push_back(running.program.spawned());
            }
            running.waits = !matches!(running.call, Call::Exit { .. });
            let kind = Kind::Call { task, step: running.program.step(), call: running.call.clone().into() };
            Event { kind, ..event.clone() }
        });
        let same = got.as_ref() == Some(event);
        (!same).then(|| Divergence { at: event.n, expected: Some(event.clone()), got })
    }
    /// A program ends with the code that it asked for, and when it asked for it; or somebody has stopped it.
    fn compare_end(&self, task: Task, code: u8, event: &Event) -> Option<Divergence> {
        if code > STOPPED {
            return None;
        }
        let got = match self.tasks.get(&task).map(|running| &running.call) {
            Some(Call::Exit { code }) => {
                Some(Event { kind: Kind::Exited { task, code: *code }, ..event.clone() })
            }
            _ => None,
        };
        let same = got.as_ref() == Some(event);
        (!same).then(|| Divergence { at: event.n, expected: Some(event.clone()), got })
    }
    fn tell(
        &mut self,
        task: Task,
        notice: &Notice,
        event: &Event,
    ) -> Result<Option<Divergence>, ReplayError> {
        let running = self.tasks.get_mut(&task).filter(|running| running.waits);
        let running = running.ok_or(ReplayError::NoCall { at: event.n })?;
        running.call = running.program.resume(notice.clone());
        running.waits = false;
        Ok(None)
    }
}
