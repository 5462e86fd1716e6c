//! Ctrl-C.

use std::io;
use std::thread;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

/// Catches Ctrl-C from now on: ready when it is pressed. Call it inside a tokio runtime.
pub(super) fn caught() -> io::Result<impl Future<Output = ()> + Send> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        interrupt.recv().await;
    })
}

/// Calls `action` on a thread of its own when Ctrl-C is pressed.
pub(super) fn on_interrupt(action: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let interrupted = runtime.block_on(async { caught() })?;
    thread::Builder::new().name("interrupt".to_owned()).spawn(move || {
        runtime.block_on(interrupted);
        action();
    })?;
    Ok(())
}
