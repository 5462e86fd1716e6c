//! The kernel's own segments in the trace of a run. It takes CAP_NET_RAW; where a machine does not grant it, every test
//! says so and passes.

use crate::support::{events, port, signal, sockscope, wait_for};
use sockscope_core::program::{Call, Notice};
use sockscope_core::tcp::State;
use sockscope_core::trace::{Event, Kind, Omission, Passage};
use sockscope_core::wire::{Body, Flags, Segment};
use std::io::{Read, Write};
use std::path::Path;
use tempfile::TempDir;

/// The trace of a command that captures; none where it could not, which is said.
fn captured(line: &str, words: &[&str], trace: &Path) -> Option<Vec<Event>> {
    let output = sockscope(line).args(words).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let cannot = ["no packets are captured", "does not permit", "cannot run python3"];
    if cannot.iter().any(|why| said.contains(why)) {
        eprintln!("skipped: {said}");
        return None;
    }
    assert!(output.status.success(), "{output:?}");
    Some(events(trace))
}

/// A Python program, watched.
fn watched(program: &str) -> Option<Vec<Event>> {
    let folder = TempDir::new().unwrap();
    let trace = folder.path().join("run.jsonl");
    let line = format!("watch --capture --interface lo -o {} --", trace.display());
    captured(&line, &["python3", "-c", program], &trace)
}

fn passages(events: &[Event]) -> impl Iterator<Item = (&Event, &Passage)> {
    events.iter().filter_map(|event| match &event.kind {
        Kind::Captured(passage) => Some((event, &**passage)),
        _ => None,
    })
}

/// Every segment with its event, where it was seen first.
fn segments(events: &[Event]) -> Vec<(&Event, &Passage, &Segment)> {
    let mut seen = Vec::new();
    for (event, passage) in passages(events) {
        let Body::Tcp(segment) = &passage.packet.body else { continue };
        if seen.iter().all(|(_, known, _): &(_, &Passage, _)| known.packet.id != passage.packet.id) {
            seen.push((event, passage, segment));
        }
    }
    seen
}

fn place(events: &[Event], found: impl Fn(&Kind) -> bool) -> usize {
    events.iter().position(|event| found(&event.kind)).expect("there is such an event")
}

#[test]
fn the_real_handshake_stands_between_the_call_and_its_return() {
    let six = std::net::UdpSocket::bind("[::1]:0").is_ok();
    let all = ["", "--driver tokio", "--ipv6", "--ipv6 --driver tokio"];
    for options in all.into_iter().filter(|options| six || !options.contains("ipv6")) {
        let folder = TempDir::new().unwrap();
        let trace = folder.path().join("run.jsonl");
        let line = format!("run tcp {options} --capture --record {}", trace.display());
        let Some(events) = captured(&line, &[], &trace) else { return };
        assert!(events.is_sorted_by_key(|event| event.at), "in the order of times");
        let called = place(
            &events,
            |kind| matches!(kind, Kind::Call { call, .. } if matches!(**call, Call::Connect { .. })),
        );
        let returned = called + place(&events[called..], |kind| matches!(kind, Kind::Connected { .. }));
        let syn = place(&events, |kind| match kind {
            Kind::Captured(passage) => {
                matches!(&passage.packet.body, Body::Tcp(it) if it.flags == Flags::SYN)
            }
            _ => false,
        });
        assert!(called < syn && syn < returned, "{options}");
        let segments = segments(&events);
        let flags: Vec<Flags> = segments.iter().take(3).map(|(.., segment)| segment.flags).collect();
        assert_eq!(flags, [Flags::SYN, Flags::SYN.with(Flags::ACK), Flags::ACK]);
        let fins = segments.iter().filter(|(.., segment)| segment.flags.has(Flags::FIN));
        assert_eq!(fins.count(), 2, "both ends close");
        let hello = segments.iter().find(|(.., segment)| *segment.payload == *b"hello").unwrap().1;
        assert!(hello.sock.is_some() && hello.to_sock.is_some(), "both ends are ours");
        for (_, passage, _) in &segments {
            assert_eq!(times_passed(&events, passage), 2, "on loopback a packet leaves and arrives");
        }
        let told = events.iter().any(|event| {
            matches!(&event.kind, Kind::Info { info, .. } if info.state == State::Established && !info.rtt.is_zero())
        });
        assert!(told, "TCP_INFO");
        let ladder = sockscope(&format!("show {}", trace.display())).output().unwrap();
        assert!(String::from_utf8_lossy(&ladder.stdout).contains("SYN ACK seq=0 ack=1"));
        sockscope(&format!("replay {}", trace.display())).assert().success();
    }
}

/// How often a packet passed.
fn times_passed(events: &[Event], passage: &Passage) -> usize {
    passages(events).filter(|(_, other)| other.packet.id == passage.packet.id).count()
}

#[test]
fn a_megabyte_is_captured_whole() {
    let program = "
import socket, threading
welcoming = socket.create_server(('127.0.0.1', 0))
def serve():
    connection, _ = welcoming.accept()
    while connection.recv(1 << 20): pass
server = threading.Thread(target=serve)
server.start()
client = socket.create_connection(welcoming.getsockname())
client.sendall(b'x' * 1_000_000)
client.close()
server.join()
";
    let Some(events) = watched(program) else { return };
    let lost = events.iter().any(|event| matches!(event.kind, Kind::Omitted { what: Omission::Packets, .. }));
    let segments = segments(&events);
    let bytes: usize = segments.iter().map(|(.., segment)| segment.payload.len()).sum();
    assert!(lost || bytes >= 1_000_000, "{bytes} bytes and nothing lost");
    let longest = segments.iter().map(|(.., segment)| segment.payload.len()).max();
    assert!(longest > Some(1460), "loopback takes long segments");
}

#[test]
fn segments_are_written_down_while_a_call_takes_its_time() {
    let folder = TempDir::new().unwrap();
    let trace = folder.path().join("run.jsonl");
    let welcoming = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let program = format!(
        "import socket, time; s = socket.create_connection(('127.0.0.1', {})); s.send(b'x'); time.sleep(600)",
        welcoming.local_addr().unwrap().port()
    );
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("sockscope"));
    command.args(["watch", "--capture", "-o", &trace.display().to_string(), "--", "python3", "-c", &program]);
    let mut watching = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let (mut peer, _) = welcoming.accept().unwrap();
    peer.read_exact(&mut [0]).unwrap();
    peer.write_all(b"late").unwrap();
    let late = |kind: &Kind| match kind {
        Kind::Captured(passage) => {
            matches!(&passage.packet.body, Body::Tcp(segment) if *segment.payload == *b"late")
        }
        _ => false,
    };
    if may_capture() {
        wait_for(&trace, late);
    }
    signal(&watching, "TERM");
    watching.wait().unwrap();
}

/// Whether this machine lets us capture; where not, that is said.
fn may_capture() -> bool {
    let socket = socket2::Socket::new(socket2::Domain::PACKET, socket2::Type::DGRAM, None);
    socket.inspect_err(|error| eprintln!("skipped: no packets are captured: {error}")).is_ok()
}

#[test]
fn a_refused_client_is_answered_by_a_peer_that_nobody_watches() {
    let program =
        format!("import socket; assert socket.socket().connect_ex(('127.0.0.1', {})) == 111", port());
    let Some(events) = watched(&program) else { return };
    let segments = segments(&events);
    let [(syn, asked, first), (reset, answered, second)] = segments[..] else {
        panic!("{} segments", segments.len())
    };
    assert!(first.flags == Flags::SYN && second.flags.has(Flags::RST));
    assert_eq!((asked.sock.is_some(), answered.sock), (true, None));
    assert_eq!((asked.to, answered.to), (reset.node, syn.node), "the peer has a node of its own");
    let joined = |kind: &Kind| matches!(kind, Kind::Joined { info } if info.name == "127.0.0.1");
    assert!(events.iter().any(|event| joined(&event.kind) && event.node == reset.node));
}

#[test]
fn datagrams_of_both_versions_stand_between_the_calls() {
    let six = std::net::UdpSocket::bind("[::1]:0").is_ok();
    let all = ["", "--driver tokio", "--ipv6", "--ipv6 --driver tokio"];
    for options in all.into_iter().filter(|options| six || !options.contains("ipv6")) {
        let folder = TempDir::new().unwrap();
        let trace = folder.path().join("run.jsonl");
        let line = format!("run udp {options} --capture --record {}", trace.display());
        let Some(events) = captured(&line, &[], &trace) else { return };
        for data in [b"hello", b"HELLO"] {
            let sent = place(
                &events,
                |kind| matches!(kind, Kind::Call { call, .. } if matches!(&**call, Call::SendTo { data: it, .. } if **it == *data)),
            );
            let passed = place(&events, |kind| match kind {
                Kind::Captured(passage) => {
                    let ours = passage.sock.is_some() && passage.to_sock.is_some();
                    ours && matches!(&passage.packet.body, Body::Udp(it) if *it.payload == *data)
                }
                _ => false,
            });
            let received = place(
                &events,
                |kind| matches!(kind, Kind::Notice { notice: Notice::ReceivedFrom { data: it, .. }, .. } if **it == *data),
            );
            assert!(sent < passed && passed < received, "{options}");
        }
    }
}

#[test]
fn datagrams_are_known_by_ports_that_no_call_has_told_yet() {
    let program = "
import socket
a, b = (socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) for _ in range(2))
b.bind(('::1', 0))
a.sendto(b'first', b.getsockname())
assert b.recv(9) == b'first'
";
    let Some(events) = watched(program) else { return };
    let first = passages(&events).find(|(_, passage)| match &passage.packet.body {
        Body::Udp(datagram) => *datagram.payload == *b"first",
        _ => false,
    });
    let (event, passage) = first.expect("the datagram was captured");
    assert!(passage.sock.is_some() && passage.to_sock.is_some() && passage.to == event.node);
    let returned = place(&events, |kind| matches!(kind, Kind::Notice { notice: Notice::Sent(5), .. }));
    assert!(events[returned].n > event.n);
}

#[test]
fn without_privilege_a_line_says_so_and_the_run_goes_on() {
    let folder = TempDir::new().unwrap();
    let trace = folder.path().join("run.jsonl");
    let line = format!("run tcp --capture --record {}", trace.display());
    let binary = assert_cmd::cargo::cargo_bin("sockscope");
    let mut command = std::process::Command::new("setpriv");
    command.args(["--bounding-set", "-net_raw", "--inh-caps", "-net_raw"]).arg(binary);
    let Ok(output) = command.args(line.split(' ')).output() else {
        return eprintln!("skipped: setpriv is not installed");
    };
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("setpriv:") {
        return eprintln!("skipped: {said}");
    }
    assert!(output.status.success(), "{said}");
    assert_eq!(
        said.lines().filter(|line| line.contains("sudo setcap cap_net_raw+ep /")).count(),
        1,
        "{said}"
    );
    let events = events(&trace);
    assert_eq!(passages(&events).count(), 0);
    assert!(
        events.iter().any(|event| matches!(event.kind, Kind::Info { .. })),
        "TCP_INFO takes no privilege"
    );
}
