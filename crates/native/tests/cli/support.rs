//! Starting the command, and waiting for what it does.

use assert_cmd::Command;
use sockscope_core::trace::{Event, Kind, jsonl};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

/// A test that hangs ends after this time; no test measures time.
const AT_MOST: Duration = Duration::from_secs(60);

/// The command with arguments, split at blanks.
pub(crate) fn sockscope(line: &str) -> Command {
    let mut command = Command::cargo_bin("sockscope").unwrap();
    command.args(line.split_whitespace()).timeout(AT_MOST);
    command
}

/// The command in the background.
pub(crate) fn start(line: &str) -> Child {
    std::process::Command::new(assert_cmd::cargo::cargo_bin("sockscope"))
        .args(line.split_whitespace())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// A free port.
pub(crate) fn port() -> u16 {
    sockscope::driver::free_port().unwrap()
}

/// Whether this machine has an IPv6 loopback address; where not, that is said.
pub(crate) fn has_ipv6() -> bool {
    std::net::UdpSocket::bind("[::1]:0")
        .inspect_err(|_| eprintln!("skipped: this machine has no IPv6 loopback address"))
        .is_ok()
}

/// Sends a signal by its name.
pub(crate) fn signal(child: &Child, name: &str) {
    let sent =
        std::process::Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status();
    assert!(sent.unwrap().success());
}

/// The events of a trace file.
pub(crate) fn events(trace: &Path) -> Vec<Event> {
    jsonl::read(BufReader::new(File::open(trace).unwrap())).unwrap().trace.events
}

/// Waits until a trace that is being written holds such an event.
pub(crate) fn wait_for(trace: &Path, found: impl Fn(&Kind) -> bool) {
    let begun = std::time::Instant::now();
    loop {
        let file = File::open(trace).ok().filter(|file| file.metadata().is_ok_and(|data| data.len() > 0));
        let reading = file.and_then(|file| jsonl::read(BufReader::new(file)).ok());
        if reading.is_some_and(|reading| reading.trace.events.iter().any(|event| found(&event.kind))) {
            return;
        }
        assert!(begun.elapsed() < AT_MOST, "{} never held the event", trace.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until a server waits for its first client or datagram.
pub(crate) fn wait_until_it_waits(trace: &Path) {
    use sockscope_core::program::Call;
    wait_for(
        trace,
        |kind| matches!(kind, Kind::Call { call, .. } if matches!(**call, Call::Accept { .. } | Call::RecvFrom { .. })),
    );
}
