//! The note's programs against other people's sockets: CPython's, and curl's.

use crate::support::{port, signal, sockscope, start, wait_for, wait_until_it_waits};
use assert_cmd::Command as Assert;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpStream, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The Python text of a library program, as a page shows it.
fn python(program: &str) -> PathBuf {
    let library = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../programs/library");
    library.join(program).join("program.py")
}

fn installed(command: &str) -> bool {
    let found = Command::new(command).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let found = found.is_ok_and(|status| status.success());
    if !found {
        eprintln!("skipped: {command} is not installed");
    }
    found
}

/// Ends a peer at the end of a test, however that comes.
struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A library server in Python, once it can be reached.
fn python_server(program: &str, port: u16) -> Peer {
    let peer = Peer(
        Command::new("python3").arg(python(program)).args(["127.0.0.1", &port.to_string()]).spawn().unwrap(),
    );
    let up = |_: &u32| match program.starts_with("tcp") {
        // A connection that sends nothing: the server reads its end and goes on.
        true => TcpStream::connect(("127.0.0.1", port)).is_ok(),
        false => UdpSocket::bind(("0.0.0.0", port)).is_err(),
    };
    let tries = (0..2_000).inspect(|_| std::thread::sleep(Duration::from_millis(5)));
    assert!(tries.into_iter().any(|n| up(&n)), "{program} in Python does not come up");
    peer
}

#[test]
fn our_clients_talk_to_python() {
    if !installed("python3") {
        return;
    }
    for protocol in ["udp", "tcp"] {
        let port = port();
        let _server = python_server(&format!("{protocol}-upper-server"), port);
        for driver in ["std", "tokio"] {
            sockscope(&format!("run {protocol}-client --port {port} --message snake --driver {driver}"))
                .assert()
                .success()
                .stdout("SNAKE\n");
        }
    }
}

#[test]
fn python_talks_to_our_servers() {
    if !installed("python3") {
        return;
    }
    for (protocol, driver) in [("udp", "std"), ("udp", "tokio"), ("tcp", "std"), ("tcp", "tokio")] {
        let (folder, port) = (tempfile::tempdir().unwrap(), port());
        let trace = folder.path().join("run.jsonl");
        let line =
            format!("run {protocol}-server --port {port} --driver {driver} --record {}", trace.display());
        let mut server = Peer(start(&line));
        wait_until_it_waits(&trace);
        Assert::new("python3")
            .arg(python(&format!("{protocol}-upper-client")))
            .args(["127.0.0.1", &port.to_string(), "snake"])
            .assert()
            .success()
            .stdout("SNAKE\n");
        signal(&server.0, "INT");
        assert_eq!(server.0.wait().unwrap().code(), Some(130));
    }
}

#[test]
fn curl_talks_to_our_server() {
    if !installed("curl") {
        return;
    }
    let (folder, port) = (tempfile::tempdir().unwrap(), port());
    let trace = folder.path().join("run.jsonl");
    let _server = Peer(start(&format!("run tcp-server --port {port} --record {}", trace.display())));
    wait_until_it_waits(&trace);
    let mut curl = Peer(
        Command::new("curl")
            .args(["--silent", "--no-buffer", &format!("telnet://127.0.0.1:{port}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    curl.0.stdin.as_mut().unwrap().write_all(b"curl\n").unwrap();
    let mut line = String::new();
    BufReader::new(curl.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "CURL\n");
    wait_for(&trace, |kind| matches!(kind, sockscope_core::trace::Kind::Released { .. }));
}
