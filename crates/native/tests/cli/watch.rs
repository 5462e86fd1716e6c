//! Programs of all kinds, watched: what they do with sockets is told, and they notice nothing of it.

use crate::support::{events, port, signal, sockscope, start, wait_for};
use sockscope_core::errno::Errno;
use sockscope_core::program::{Call, Notice};
use sockscope_core::trace::{Event, Kind, NodeInfo, Omission};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// What a watched command did, and the trace of it.
struct Watched {
    output: Output,
    events: Vec<Event>,
}

/// Whether this machine has the program and permits watching; where not, that is said.
fn possible(program: &str) -> bool {
    let installed = Command::new("sh").args(["-c", &format!("command -v {program}")]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: {program} is not installed");
        return false;
    }
    let probe = sockscope("watch -- true").output().unwrap();
    let told = String::from_utf8_lossy(&probe.stderr);
    if told.contains("does not permit") {
        eprintln!("skipped: {told}");
        return false;
    }
    true
}

/// Watches a command line of the shell.
fn watch(options: &str, line: &str) -> Watched {
    let folder = TempDir::new().unwrap();
    let trace = folder.path().join("run.jsonl");
    let mut command = sockscope(&format!("watch {options} -o {} --", trace.display()));
    let output = command.args(["sh", "-c", line]).output().unwrap();
    Watched { output, events: events(&trace) }
}

impl Watched {
    fn stdout(&self) -> String {
        assert!(self.output.status.success(), "{:?}", self.output);
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }
    fn calls(&self) -> impl Iterator<Item = &Call> {
        self.events
            .iter()
            .filter_map(|event| if let Kind::Call { call, .. } = &event.kind { Some(&**call) } else { None })
    }
    fn notices(&self) -> impl Iterator<Item = &Notice> {
        self.events.iter().filter_map(|event| {
            if let Kind::Notice { notice, .. } = &event.kind { Some(notice) } else { None }
        })
    }
    fn nodes(&self) -> Vec<&NodeInfo> {
        let joined = self.events.iter().filter_map(|event| match &event.kind {
            Kind::Joined { info } => Some(&**info),
            _ => None,
        });
        joined.collect()
    }
    fn sent(&self, text: &str) -> bool {
        self.calls().any(|call| matches!(call, Call::Send { data, .. } if data.starts_with(text.as_bytes())))
    }
    fn received(&self, text: &str) -> bool {
        self.notices().any(|notice| match notice {
            Notice::Received(data) => data.starts_with(text.as_bytes()),
            Notice::ReceivedFrom { data, .. } => data.starts_with(text.as_bytes()),
            _ => false,
        })
    }
}

/// A Python program in a folder.
fn python(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// A shell command that waits until a port of this machine is listened on.
fn until_up(port: u16) -> String {
    let hex = format!(":{port:04X} 00000000:0000 0A");
    format!("until grep -q '{hex}' /proc/net/tcp; do sleep 0.02; done")
}

const SERVER: &str = "
import socket, sys
welcoming = socket.create_server(('127.0.0.1', int(sys.argv[1])))
connection, client = welcoming.accept()
text = connection.recv(100)
connection.sendall(text.upper())
connection.close()
";

const CLIENT: &str = "
import socket, sys
connection = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
connection.sendall(b'hello')
print(connection.recv(100).decode())
";

#[test]
fn a_python_server_and_its_client_are_told_of() {
    if !possible("python3") {
        return;
    }
    let (folder, port) = (TempDir::new().unwrap(), port());
    let (server, client) = (python(&folder, "server.py", SERVER), python(&folder, "client.py", CLIENT));
    let line = format!(
        "python3 {} {port} & {}; python3 {} {port}; wait",
        server.display(),
        until_up(port),
        client.display()
    );
    for options in ["", "--every-call"] {
        let watched = watch(options, &line);
        assert_eq!(watched.stdout(), "HELLO\n");
        assert!(watched.sent("hello") && watched.received("hello"), "{options}");
        assert!(watched.sent("HELLO") && watched.received("HELLO"));
        let names: Vec<_> = watched.nodes().iter().map(|node| node.name.as_str()).collect();
        assert_eq!(names, ["server.py", "client.py"], "the shell has no sockets");
        let accepted = watched.notices().find_map(|notice| match notice {
            Notice::Accepted { peer, .. } => Some(**peer),
            _ => None,
        });
        let local = watched.events.iter().rev().find_map(|event| match &event.kind {
            Kind::Connected { local, remote, .. } if remote.port() == port => Some(**local),
            _ => None,
        });
        assert_eq!(accepted, local, "both ends tell the same of the client's port");
        let sampled = watched
            .events
            .iter()
            .any(|event| matches!(&event.kind, Kind::Info { info, .. } if info.snd_cwnd > 0));
        assert!(sampled, "TCP_INFO");
        let prints = watched.calls().any(|call| matches!(call, Call::Print { text } if text == "HELLO"));
        assert!(prints);
        assert!(ladder(&folder, &watched.events, &line).contains("accept() → fd"));
    }
}

/// The ladder of a trace.
fn ladder(folder: &TempDir, events: &[Event], title: &str) -> String {
    let path = folder.path().join("again.jsonl");
    let mut lines = serde_json::to_string(&sockscope::watch::header(title)).unwrap();
    events.iter().for_each(|event| lines += &format!("\n{}", serde_json::to_string(event).unwrap()));
    std::fs::write(&path, lines + "\n").unwrap();
    let output = sockscope(&format!("show {}", path.display())).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn curl_is_told_of_and_its_output_passes_through() {
    if !possible("curl") || !possible("python3") {
        return;
    }
    let (folder, port) = (TempDir::new().unwrap(), port());
    std::fs::write(folder.path().join("page"), "x".repeat(100_000)).unwrap();
    let line = format!(
        "python3 -m http.server --bind 127.0.0.1 --directory {} {port} >/dev/null 2>&1 & server=$!; {}; \
         curl -s http://127.0.0.1:{port}/page | wc -c; kill $server",
        folder.path().display(),
        until_up(port),
    );
    let watched = watch("--bytes 1000", &line);
    assert_eq!(watched.stdout().trim(), "100000");
    assert!(watched.sent("GET /page HTTP/1.1\r\n") && watched.received("HTTP/1.0 200 OK"));
    assert!(watched.calls().any(|call| matches!(call, Call::Poll { .. })), "curl waits with poll");
    let left: u64 = watched
        .events
        .iter()
        .map(|event| match event.kind {
            Kind::Omitted { what: Omission::Bytes, count } => count,
            _ => 0,
        })
        .sum();
    let kept: Vec<u64> = watched
        .notices()
        .map(|notice| match notice {
            Notice::Received(data) => data.len() as u64,
            _ => 0,
        })
        .collect();
    assert!(
        kept.iter().max() <= Some(&1000) && left + kept.iter().sum::<u64>() > 100_000,
        "{left} bytes are left out"
    );
}

#[test]
fn threads_and_forked_processes_are_followed() {
    if !possible("python3") {
        return;
    }
    for server in ["ThreadingTCPServer", "ForkingTCPServer"] {
        let (folder, port) = (TempDir::new().unwrap(), port());
        let text = format!(
            "
import socketserver, sys
class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline().upper())
server = socketserver.{server}(('127.0.0.1', {port}), Handler)
for _ in range(2): server.handle_request()
server.server_close()
"
        );
        let server_file = python(&folder, "server.py", &text);
        let client = "import socket; c = socket.create_connection(('127.0.0.1', PORT)); c.sendall(b'one\\n'); print(c.recv(9).decode(), end='')";
        let client = python(&folder, "client.py", &client.replace("PORT", &port.to_string()));
        let line = format!(
            "python3 {} & {}; python3 {c}; python3 {c}; wait",
            server_file.display(),
            until_up(port),
            c = client.display()
        );
        let watched = watch("", &line);
        assert_eq!(watched.stdout(), "ONE\nONE\n", "{server}");
        let threads = watched
            .events
            .iter()
            .filter(|event| matches!(event.kind, Kind::Started { parent: Some(_), .. }))
            .count();
        let shared = watched.events.iter().filter(|event| matches!(event.kind, Kind::Shared { .. })).count();
        match server {
            "ThreadingTCPServer" => assert_eq!((threads, shared), (2, 0)),
            _ => assert!(shared >= 2, "each child has its connection from its parent"),
        }
        let started =
            watched.events.iter().filter(|event| matches!(event.kind, Kind::Started { .. })).count();
        let exited = watched.events.iter().filter(|event| matches!(event.kind, Kind::Exited { .. })).count();
        assert_eq!(started, exited);
    }
}

#[test]
fn datagrams_are_told_of_with_their_senders() {
    if !possible("python3") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let text = "
import socket
a, b = (socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) for _ in range(2))
b.bind(('::1', 0))
a.sendto(b'sent', b.getsockname())
data, sender = b.recvfrom(10)
b.sendto(data, sender)
assert a.recvmsg(10)[0] == b'sent'
a.sendmsg([b'in ', b'pieces'], [], 0, b.getsockname())
again = b.dup()
b.close()
print(again.recv(99).decode())
";
    let watched = watch("", &format!("python3 {}", python(&folder, "talk.py", text).display()));
    assert_eq!(watched.stdout(), "in pieces\n");
    let gathered =
        watched.calls().any(|call| matches!(call, Call::SendTo { data, .. } if **data == *b"in pieces"));
    assert!(gathered);
    let implicit = watched.events.iter().find_map(|event| match &event.kind {
        Kind::Bound { local, implicit: true, .. } => Some(local.port()),
        _ => None,
    });
    let sender = watched.notices().find_map(|notice| match notice {
        Notice::ReceivedFrom { from, .. } => Some(from.port()),
        _ => None,
    });
    assert_eq!(implicit, sender, "the port that the system chose");
    assert!(watched.events.iter().any(|event| matches!(event.kind, Kind::Duplicate { .. })), "dup()");
}

#[test]
fn netcat_talks_and_is_refused() {
    if !possible("nc") {
        return;
    }
    let port = port();
    let line =
        format!("nc -l 127.0.0.1 {port} & {}; echo hello | nc -N 127.0.0.1 {port}; wait", until_up(port));
    let watched = watch("", &line);
    assert_eq!(watched.stdout(), "hello\n");
    assert!(watched.sent("hello\n") && watched.received("hello\n"));
    let refused = watch("", &format!("nc 127.0.0.1 {port}"));
    assert_eq!(refused.output.status.code(), Some(1), "the exit code is that of nc");
    let said = |name: Errno| {
        refused.notices().any(|notice| match notice {
            Notice::Failed(errno) => *errno == name,
            Notice::Option(option) => option.to_string() == name.name(),
            _ => false,
        })
    };
    assert!(said(Errno::ECONNREFUSED));
}

#[test]
fn a_program_ends_as_it_would_alone() {
    if !possible("sh") {
        return;
    }
    assert_eq!(watch("", "exit 7").output.status.code(), Some(7));
    let killed = watch("", "kill -KILL $$").output.status;
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&killed), Some(9));
    let absent = sockscope("watch -- /no/such/program").output().unwrap();
    assert_eq!(absent.status.code(), Some(127));
    assert!(String::from_utf8_lossy(&absent.stderr).contains("cannot run /no/such/program"));
    let piped = sockscope("watch -- cat").write_stdin("through\n").output().unwrap();
    assert_eq!(piped.stdout, b"through\n");
}

#[test]
fn a_process_that_leaves_its_group_or_session_goes_on() {
    if !possible("python3") {
        return;
    }
    let line = "python3 -c 'import os; os.setpgid(0, 0); os.waitpid(os.fork() or os._exit(3), 0)' \
        && python3 -c 'import os, socket; os.fork() or os.setsid(); socket.socket().close(); os.wait()' 2>/dev/null; exit 4";
    let watched = watch("", line);
    assert_eq!(watched.output.status.code(), Some(4));
    assert_eq!(watched.calls().filter(|call| matches!(call, Call::Socket { .. })).count(), 2);
}

#[test]
fn a_program_does_not_notice_that_its_trace_cannot_be_written() {
    if !possible("python3") || !possible("mkfifo") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("run.jsonl").display().to_string();
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // Somebody who takes the first line, and leaves.
    let reader = Command::new("head").args(["-n", "1", &pipe]).stdout(Stdio::null()).spawn();
    let program = "
import socket, sys, time
for _ in range(3): time.sleep(0.1); socket.socket().close()
print('as ever')
sys.exit(7)
";
    let watched = sockscope(&format!("watch -o {pipe} -- python3 -c")).arg(program).assert();
    reader.unwrap().wait().unwrap();
    watched.code(7).stdout("as ever\n").stderr(predicates::str::contains("cannot write the trace"));
}

#[test]
fn a_signal_reaches_the_program_and_what_it_makes_of_it_counts() {
    if !possible("python3") {
        return;
    }
    let (folder, port) = (TempDir::new().unwrap(), port());
    let text = "
import signal, socket, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))
welcoming = socket.create_server(('127.0.0.1', int(sys.argv[1])))
welcoming.accept()
";
    let (server, trace) = (python(&folder, "server.py", text), folder.path().join("run.jsonl"));
    let mut watching = start(&format!("watch -o {} -- python3 {} {port}", trace.display(), server.display()));
    wait_for(&trace, |kind| matches!(kind, Kind::Call { call, .. } if matches!(**call, Call::Accept { .. })));
    signal(&watching, "TERM");
    assert_eq!(watching.wait().unwrap().code(), Some(9));
    let exited = events(&trace).iter().any(|event| matches!(event.kind, Kind::Exited { code: 9, .. }));
    assert!(exited);
}

#[test]
fn a_program_that_is_stopped_at_every_call_outlives_its_watcher() {
    if !possible("python3") {
        return;
    }
    let (folder, port) = (TempDir::new().unwrap(), port());
    let (server, trace) = (python(&folder, "server.py", SERVER), folder.path().join("run.jsonl"));
    let line = format!("watch --every-call -o {} -- python3 {} {port}", trace.display(), server.display());
    let mut watching = start(&line);
    wait_for(&trace, |kind| matches!(kind, Kind::Call { call, .. } if matches!(**call, Call::Accept { .. })));
    watching.kill().unwrap();
    watching.wait().unwrap();
    assert_eq!(talk(port), "HELLO");
    let text = std::fs::read_to_string(&trace).unwrap();
    assert!(text.ends_with('\n') && whole(&trace), "the trace reads up to its last line");
}

#[test]
fn a_program_with_a_filter_ends_with_its_watcher() {
    if !possible("python3") {
        return;
    }
    let (folder, port) = (TempDir::new().unwrap(), port());
    let (server, trace) = (python(&folder, "server.py", SERVER), folder.path().join("run.jsonl"));
    let mut watching = start(&format!("watch -o {} -- python3 {} {port}", trace.display(), server.display()));
    wait_for(&trace, |kind| matches!(kind, Kind::Call { call, .. } if matches!(**call, Call::Accept { .. })));
    watching.kill().unwrap();
    watching.wait().unwrap();
    // Its port is free again: it does not limp on with calls that fail.
    while std::net::TcpListener::bind(("127.0.0.1", port)).is_err() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(whole(&trace));
}

/// What a server answers to hello.
fn talk(port: u16) -> String {
    use std::io::{Read, Write};
    let mut connection = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    connection.write_all(b"hello").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

fn whole(trace: &Path) -> bool {
    !events(trace).is_empty()
}
