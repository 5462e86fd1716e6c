//! Replay of programs: a recorded run is checked by running its programs again, without any network.
//!
//! Each program is told again what it was told, and must make the same calls. It works for every trace that holds
//! its programs, whoever answered them.

use sockscope_core::program::{Call, Notice};
use sockscope_core::trace::{Event, EventId, Header, Kind, Node, Task, Trace};
use sockscope_programs::{Program, ProgramSpec};
use std::collections::BTreeMap;

/// Where a trace and its programs part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// The first event that the programs would not have made so.
    pub event: EventId,
    /// What is wrong with it.
    pub why: String,
}

/// Runs the programs of a trace again and compares every call.
///
/// # Errors
/// The first divergence.
pub fn replay(trace: &Trace) -> Result<(), Divergence> {
    let mut tasks = BTreeMap::new();
    for event in &trace.events {
        step(&trace.header, &mut tasks, event).map_err(|why| Divergence { event: event.n, why })?;
    }
    Ok(())
}

/// A program, and the call that it makes or waits in.
struct Replayed {
    program: Program,
    call: Call,
    made: bool,
}

impl Replayed {
    fn start(mut program: Program) -> Replayed {
        let call = program.resume(Notice::Started);
        Replayed { program, call, made: false }
    }
}

fn step(header: &Header, tasks: &mut BTreeMap<Task, Replayed>, event: &Event) -> Result<(), String> {
    match &event.kind {
        Kind::Started { task, program, parent } => {
            let started = match parent {
                None => first(header, event.node)?,
                Some(parent) => spawned(tasks, *parent)?,
            };
            if started.name() != program {
                return Err(format!("{program} starts, but the trace holds {}", started.name()));
            }
            tasks.insert(*task, Replayed::start(started));
        }
        Kind::Call { task, step, call } => {
            let replayed = find(tasks, *task)?;
            if replayed.made || replayed.call != *call || replayed.program.step() != *step {
                let (asked, expected) = (json(call), json(&replayed.call));
                let place = replayed.program.step();
                return Err(format!(
                    "the trace has {asked} at step {step}, the program asks {expected} at step {place}"
                ));
            }
            replayed.made = true;
        }
        Kind::Notice { task, notice } => {
            let replayed = find(tasks, *task)?;
            if !replayed.made || matches!(replayed.call, Call::Exit { .. }) {
                return Err(format!("{} answers no call", json(notice)));
            }
            replayed.call = replayed.program.resume(notice.clone());
            replayed.made = false;
        }
        Kind::Exited { task, code } => {
            let replayed = find(tasks, *task)?;
            if replayed.call != (Call::Exit { code: *code }) {
                return Err(format!("it ends with code {code}, the program asks {}", json(&replayed.call)));
            }
        }
        _ => {}
    }
    Ok(())
}

fn find(tasks: &mut BTreeMap<Task, Replayed>, task: Task) -> Result<&mut Replayed, String> {
    tasks.get_mut(&task).ok_or_else(|| format!("task {task} has not started"))
}

/// The program of a node, at its start.
fn first(header: &Header, node: Option<Node>) -> Result<Program, String> {
    let program = node.and_then(|node| header.programs.get(usize::from(node.0)));
    let program = program.ok_or("the trace does not hold the program of this node")?;
    let spec: ProgramSpec = serde_json::from_value(program.clone()).map_err(|error| error.to_string())?;
    spec.load().map_err(|error| error.to_string())
}

fn spawned(tasks: &mut BTreeMap<Task, Replayed>, parent: Task) -> Result<Program, String> {
    let parent = find(tasks, parent)?;
    match parent.call {
        Call::Spawn { .. } if parent.made => Ok(parent.program.spawned()),
        _ => Err("its parent did not ask for a thread".to_owned()),
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| error.to_string())
}
