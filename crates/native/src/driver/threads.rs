//! Programs on std threads: every call blocks in the operating system, one thread a task.

use super::descriptors::Progress;
use super::resolve;
use super::running::{Running, notice};
use sockscope_core::program::{Call, Notice};
use std::io;
use std::thread;

/// The stack of a thread. Programs are interpreted and nothing recurses, so ten thousand threads may be had.
const STACK: usize = 1 << 18;

/// Starts a program on a thread of its own.
pub(super) fn start(running: Running) -> io::Result<()> {
    thread::Builder::new().stack_size(STACK).spawn(move || drive(running)).map(drop)
}

fn drive(mut running: Running) {
    let mut told = Notice::Started;
    while let Some(call) = running.next(told) {
        told = match call {
            Call::Exit { code } => return running.exit(code),
            Call::Spawn { .. } => notice(start(running.spawn()).map(|()| Notice::Done)),
            Call::Print { text } => running.print(&text),
            Call::Sleep { span } => running.sleep(span),
            Call::Resolve { name, family } => resolve::look_up(&name, family),
            call => {
                let mut progress = Progress::default();
                let outcome = running.perform(&call, &mut progress);
                notice(outcome.or_else(|error| progress.give_up(&call, error)))
            }
        };
    }
}
