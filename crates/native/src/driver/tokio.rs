//! Programs as tokio tasks: no call blocks, each is tried again when its socket is ready.

use super::descriptors::{MOST, Progress};
use super::errno;
use super::registration::Waiting;
use super::resolve;
use super::running::{Running, notice};
use super::socket::{OsSocket, duration};
use sockscope_core::errno::Errno;
use sockscope_core::program::{Call, Notice};
use std::io;
use std::sync::Arc;
use tokio::io::Interest;
use tokio::io::unix::AsyncFdReadyGuard;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time;

/// A runtime with one worker, so that tasks take turns as they do in most small services.
pub(super) fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(1).enable_all().build()
}

/// Starts a program as a task.
pub(super) fn start(runtime: &Handle, running: Running) {
    runtime.spawn(drive(running));
}

async fn drive(mut running: Running) {
    let mut told = Notice::Started;
    while let Some(call) = running.next(told) {
        told = match call {
            Call::Exit { code } => return running.exit(code),
            Call::Spawn { .. } => {
                start(&Handle::current(), running.spawn());
                Notice::Done
            }
            Call::Print { text } => running.print(&text),
            Call::Sleep { span } => {
                time::sleep(duration(span)).await;
                Notice::Done
            }
            Call::Resolve { name, family } => {
                let found = tokio::task::spawn_blocking(move || resolve::look_up(&name, family)).await;
                found.unwrap_or(Notice::Failed(Errno::ENONAME)) // only where the run is being stopped
            }
            Call::Poll { fds, timeout } => {
                let descriptors = running.descriptors().clone();
                let polled = tokio::task::spawn_blocking(move || descriptors.poll(&fds, timeout)).await;
                notice(polled.unwrap_or_else(|_| Err(errno::would_block()))) // only where the run is being stopped
            }
            call => notice(perform(&running, &call).await),
        };
    }
}

async fn perform(running: &Running, call: &Call) -> io::Result<Notice> {
    let mut progress = Progress::default();
    let receives = matches!(call, Call::Accept { .. } | Call::Recv { .. } | Call::RecvFrom { .. });
    if let Some(fd) = call.fd().filter(|_| receives)
        && let Ok(waiting) = running.descriptors().waiting(call, fd)
        && waiting.is_watched()
        && !waiting.never
    {
        return wait(running, call, &waiting, progress).await;
    }
    match (running.perform(call, &mut progress), call.fd()) {
        (Err(error), Some(fd)) if error.kind() == io::ErrorKind::WouldBlock => {
            let waiting = running.descriptors().waiting(call, fd)?;
            if waiting.never {
                return progress.give_up(call, error);
            }
            wait(running, call, &waiting, progress).await
        }
        (outcome, _) => outcome,
    }
}

/// What else is waited for: a socket is registered for it too.
#[cfg(target_os = "linux")]
pub(super) const OTHERS: Interest = Interest::ERROR.add(Interest::PRIORITY);
#[cfg(not(target_os = "linux"))]
pub(super) const OTHERS: Interest = Interest::ERROR;

/// Whether a receive took all that a stream had: there was room for more. Tokio is told, so that the next one need not try.
fn emptied(call: &Call, outcome: &io::Result<Notice>) -> bool {
    match (call, outcome) {
        (Call::Recv { max, flags, .. }, Ok(Notice::Received(data))) => {
            flags.is_empty() && !data.is_empty() && data.len() < MOST.min(*max as usize)
        }
        _ => false,
    }
}

/// A receive also ends at the mark of urgent data, with more behind it: whether there is none, as far as this system tells.
#[cfg(target_os = "linux")]
fn has_no_mark(ready: &AsyncFdReadyGuard<'_, Arc<OsSocket>>) -> bool {
    !ready.ready().is_priority()
}
#[cfg(not(target_os = "linux"))]
fn has_no_mark(_: &AsyncFdReadyGuard<'_, Arc<OsSocket>>) -> bool {
    false
}

/// Performs the call whenever its socket is ready, until it succeeds, fails or its time is up.
async fn wait(
    running: &Running,
    call: &Call,
    waiting: &Waiting,
    mut progress: Progress,
) -> io::Result<Notice> {
    let interest = if waiting.sends { Interest::WRITABLE } else { Interest::READABLE };
    let again = async {
        let watched = waiting.watch()?;
        loop {
            let mut ready = watched.ready(interest | OTHERS).await?;
            if let Ok(outcome) = ready.try_io(|_| running.perform(call, &mut progress)) {
                if waiting.is_stream() && emptied(call, &outcome) && has_no_mark(&ready) {
                    ready.clear_ready();
                }
                return outcome;
            }
        }
    };
    let Some(limit) = waiting.limit else { return again.await };
    let outcome = time::timeout(limit, again).await;
    match outcome {
        Ok(outcome) => outcome,
        Err(_) => progress.give_up(call, errno::would_block()),
    }
}
