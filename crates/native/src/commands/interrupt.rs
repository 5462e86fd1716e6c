//! Ctrl-C, and SIGTERM, with which service managers say the same.

use std::io;
use std::thread;
use tokio::runtime::Builder;

/// Catches Ctrl-C and SIGTERM from now on: ready when one of them comes. Call it inside a tokio runtime.
#[cfg(unix)]
pub(super) fn caught() -> io::Result<impl Future<Output = ()> + Send> {
    use std::future::poll_fn;
    use std::task::{Context, Poll};
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        let either = |cx: &mut Context<'_>| {
            let came = interrupt.poll_recv(cx).is_ready() || terminate.poll_recv(cx).is_ready();
            if came { Poll::Ready(()) } else { Poll::Pending }
        };
        poll_fn(either).await;
    })
}

/// Catches Ctrl-C from now on: ready when it comes. Call it inside a tokio runtime.
#[cfg(windows)]
pub(super) fn caught() -> io::Result<impl Future<Output = ()> + Send> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}

/// Calls `action` on a thread of its own when one of them comes.
pub(super) fn on_interrupt(action: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let interrupted = runtime.block_on(async { caught() })?;
    thread::Builder::new().name("interrupt".to_owned()).spawn(move || {
        runtime.block_on(interrupted);
        action();
    })?;
    Ok(())
}
