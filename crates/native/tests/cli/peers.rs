//! The note's programs against other people's sockets: CPython's, and curl's.

use crate::support::{has_ipv6, port, signal, sockscope, start, wait_for, wait_until_it_waits};
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

/// A peer of somebody else over IPv6: it answers one client with capital letters, and tells its port at once.
const SIX: &str = "
import socket, sys
kind = socket.SOCK_DGRAM if sys.argv[1] == 'udp' else socket.SOCK_STREAM
server = socket.socket(socket.AF_INET6, kind)
server.bind(('::1', 0))
if sys.argv[1] == 'tcp': server.listen()
print(server.getsockname()[1], flush=True)
if sys.argv[1] == 'udp':
    message, client = server.recvfrom(2048)
    server.sendto(message.upper(), client)
else:
    connection, _ = server.accept()
    connection.sendall(connection.recv(2048).upper())
";

#[test]
fn our_clients_talk_to_python_over_ipv6() {
    if !installed("python3") || !has_ipv6() {
        return;
    }
    for (protocol, driver) in [("udp", "std"), ("udp", "tokio"), ("tcp", "std"), ("tcp", "tokio")] {
        let mut command = Command::new("python3");
        let server = command.args(["-c", SIX, protocol]).stdout(Stdio::piped()).spawn().unwrap();
        let mut server = Peer(server);
        let mut port = String::new();
        BufReader::new(server.0.stdout.as_mut().unwrap()).read_line(&mut port).unwrap();
        let line =
            format!("run {protocol}-client --host ::1 --port {port} --message snake --driver {driver}");
        sockscope(&line).assert().success().stdout("SNAKE\n");
    }
}

#[test]
fn others_talk_to_our_servers_over_ipv6() {
    if !has_ipv6() {
        return;
    }
    for driver in ["std", "tokio"] {
        let (folder, port) = (tempfile::tempdir().unwrap(), port());
        let trace = folder.path().join("run.jsonl");
        // Every interface, in both versions of IP, as the system has it.
        let line =
            format!("run tcp-server --host :: --port {port} --driver {driver} --record {}", trace.display());
        let mut server = Peer(start(&line));
        wait_until_it_waits(&trace);
        for address in ["::1", "127.0.0.1"] {
            if installed("curl") {
                let place = if address == "::1" { "[::1]" } else { address };
                let mut curl = Command::new("curl");
                curl.args(["--silent", "--no-buffer", &format!("telnet://{place}:{port}")]);
                let mut curl = Peer(curl.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap());
                curl.0.stdin.as_mut().unwrap().write_all(b"curl\n").unwrap();
                let mut line = String::new();
                BufReader::new(curl.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
                assert_eq!(line, "CURL\n");
            }
            let nc = Assert::new("nc").args(["-w", "20", address, &port.to_string()]).write_stdin("nc").ok();
            match nc {
                Ok(output) => assert_eq!(String::from_utf8_lossy(&output.stdout), "NC"),
                Err(_) if !has_nc() => eprintln!("skipped: nc is not installed"),
                Err(error) => panic!("{error}"),
            }
        }
        signal(&server.0, "INT");
        assert_eq!(server.0.wait().unwrap().code(), Some(130));
    }
}

fn has_nc() -> bool {
    Command::new("nc").arg("-h").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
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
