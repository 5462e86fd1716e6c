//! Signals that are meant for the program and reach us.

use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::SignalFd;
use nix::unistd::Pid;
use std::io;
use std::thread;

/// From now on signals that would end this process go to the program: what it makes of them is its affair. Those of the
/// keyboard it has from the terminal already.
pub(super) fn pass_on(program: Pid) -> io::Result<()> {
    let mut set = SigSet::empty();
    for signal in
        [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGUSR1, Signal::SIGUSR2]
    {
        set.add(signal);
    }
    set.thread_block()?;
    let caught = SignalFd::new(&set)?;
    let pass = move || {
        while let Ok(Some(info)) = caught.read_signal() {
            let signal = Signal::try_from(info.ssi_signo.cast_signed());
            if let Ok(signal) = signal
                && info.ssi_code != libc::SI_KERNEL
            {
                // It may have ended meanwhile.
                let _ = kill(program, signal);
            }
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(pass).map(drop)
}

/// Ends this process by a signal, as a program did that it ran; returns where that has no effect. There is no second core dump.
pub(crate) fn die(signal: i32) {
    let _ = rustix::process::setrlimit(
        rustix::process::Resource::Core,
        rustix::process::Rlimit { current: Some(0), maximum: Some(0) },
    );
    let Ok(signal) = Signal::try_from(signal) else { return };
    let mut set = SigSet::empty();
    set.add(signal);
    let _ = nix::sys::signal::raise(signal);
    let _ = set.thread_unblock();
}
