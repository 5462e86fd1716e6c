//! What a run comes to: how the programs ended, and what the link did.

use crate::driver::{Ended, Failure};
use serde::Serialize;
use sockscope_core::program::{Call, Notice};
use sockscope_core::trace::{Event, Kind, LinkId, Task};
use std::collections::BTreeMap;

/// Adds up events as they happen.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// The first task of each program.
    programs: BTreeMap<Task, Ended>,
    /// The call that each task waits for.
    calls: BTreeMap<Task, Call>,
    ways: [Way; 2],
}

/// What one direction of the link did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Way {
    /// Packets that went in, duplicates included.
    pub packets: u64,
    /// Of them, those that were lost, or refused at once.
    pub lost: u64,
    /// Of them, those that the link doubled.
    pub duplicated: u64,
    /// Of them, those with a bit flipped.
    pub corrupted: u64,
}

impl Tally {
    /// Takes an event in. A line that a program prints is handed back, with its program's name.
    pub fn see<'a>(&'a mut self, event: &'a Event) -> Option<(&'a str, &'a str)> {
        match &event.kind {
            Kind::Started { task, program, parent: None } => {
                let ended = Ended { name: program.to_string(), code: None, failure: None };
                self.programs.insert(*task, ended);
            }
            Kind::Call { task, call, .. } => {
                if let Call::Print { text } = &**call {
                    return Some((self.programs.get(task).map_or("", |program| &program.name), text));
                }
                self.calls.insert(*task, Call::clone(call));
            }
            Kind::Notice { task, notice } => {
                if let (Notice::Failed(errno), Some(call)) = (notice, self.calls.remove(task))
                    && let Some(program) = self.programs.get_mut(task)
                {
                    program.failure = Some(Failure { call, errno: *errno });
                }
            }
            Kind::Exited { task, code } => {
                if let Some(program) = self.programs.get_mut(task) {
                    program.code = Some(*code);
                    program.failure = program.failure.take().filter(|_| *code != 0);
                }
            }
            Kind::Queued { link, .. } => self.way(*link).packets += 1,
            Kind::Dropped { link, .. } => self.way(*link).lost += 1,
            Kind::Duplicated { link, .. } => self.way(*link).duplicated += 1,
            Kind::Corrupted { link, .. } => self.way(*link).corrupted += 1,
            _ => {}
        }
        None
    }
    /// The programs in the order of their start, and both directions of the link.
    pub fn close(self) -> (Vec<Ended>, [Way; 2]) {
        (self.programs.into_values().collect(), self.ways)
    }
    fn way(&mut self, link: LinkId) -> &mut Way {
        &mut self.ways[usize::from(link.0 % 2)]
    }
}
