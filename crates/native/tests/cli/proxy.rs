//! `sockscope proxy` between programs that know nothing of it.

use crate::support::{events, signal, sockscope};
use predicates::prelude::*;
use predicates::str::contains;
use sockscope_core::time::Time;
use sockscope_core::trace::{Kind, LinkId};
use sockscope_sim::impairment::Impairment;
use sockscope_sim::link::{Link, Order, Verdict};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// A proxy that runs.
struct Proxy {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    address: SocketAddr,
}

impl Proxy {
    fn start(protocol: &str, listen: &str, server: SocketAddr, words: &str) -> Proxy {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("sockscope"))
            .args(["proxy", protocol, listen, &server.to_string(), "--json"])
            .args(words.split_whitespace())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let address = line.split_whitespace().nth(2).and_then(|address| address.parse().ok());
        Proxy { child, stderr, address: address.unwrap_or_else(|| panic!("{line}")) }
    }
    fn tell(&mut self, line: &str) {
        writeln!(self.child.stdin.as_ref().unwrap(), "{line}").unwrap();
    }
    /// The next line that it says.
    fn says(&mut self) -> String {
        let mut line = String::new();
        self.stderr.read_line(&mut line).unwrap();
        line
    }
    /// Waits until everything that it was told is done.
    fn settle(&mut self) {
        self.tell("nonsense");
        while !self.says().starts_with("error: nonsense") {}
    }
    /// Ends it as Ctrl-C does: its report.
    fn end(mut self) -> serde_json::Value {
        signal(&self.child, "INT");
        let mut report = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut report).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(130));
        serde_json::from_str(&report).unwrap()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The loopback addresses of this machine.
fn loopbacks() -> Vec<&'static str> {
    let all = ["127.0.0.1:0", "[::1]:0"];
    let has = |address: &&str| UdpSocket::bind(*address).is_ok();
    let known: Vec<_> = all.into_iter().filter(has).collect();
    if known.len() < 2 {
        eprintln!("skipped: this machine has no IPv6 loopback address");
    }
    known
}

const PATIENCE: Duration = Duration::from_secs(30);

fn udp(address: &str) -> UdpSocket {
    let socket = UdpSocket::bind(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// A server that answers each connection with its whole stream in capitals, once that has ended.
fn upper_server(listen: &str) -> SocketAddr {
    let listener = TcpListener::bind(listen).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut text = Vec::new();
                stream.read_to_end(&mut text).unwrap();
                stream.write_all(&text.to_ascii_uppercase()).unwrap();
            });
        }
    });
    address
}

fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

#[test]
fn datagrams_pass_both_ways_over_both_families() {
    for here in loopbacks() {
        let server = udp(here);
        let proxy = Proxy::start("udp", here, server.local_addr().unwrap(), "--delay 2ms");
        let client = udp(here);
        let mut buffer = vec![0; 65_536];
        for len in [0, 1, 65_000] {
            client.send_to(&vec![7; len], proxy.address).unwrap();
            let (got, from) = server.recv_from(&mut buffer).unwrap();
            assert_eq!(got, len);
            server.send_to(&buffer[..len], from).unwrap();
            assert_eq!(client.recv_from(&mut buffer).unwrap(), (len, proxy.address));
        }
        let report = proxy.end();
        assert_eq!((&report["there"]["taken"], &report["back"]["given"]), (&3.into(), &3.into()));
        assert_eq!(report["connections"], 1);
    }
}

#[test]
fn a_seed_loses_the_datagrams_that_it_loses_in_the_simulator() {
    let server = udp("127.0.0.1:0");
    let proxy = Proxy::start("udp", "127.0.0.1:0", server.local_addr().unwrap(), "--there loss=30% --seed 7");
    let loss = sockscope_core::rng::Chance::from_millionths(300_000).unwrap();
    let mut link = Link::new(7, LinkId(0), Impairment { loss, ..Impairment::default() });
    let mut arrives = |_: &u8| {
        let verdict = link.offer(Time::ZERO, 29, 0, Order::default());
        matches!(verdict, Verdict::Taken(passage) if passage.lost.is_none())
    };
    let expected: Vec<u8> = (0..100).filter(|n| arrives(n)).collect();
    let client = udp("127.0.0.1:0");
    let mut got = Vec::new();
    for n in 0..100 {
        client.send_to(&[n], proxy.address).unwrap();
        // One at a time, so that no buffer of the system overflows.
        if expected.contains(&n) {
            let mut byte = [0];
            server.recv_from(&mut byte).unwrap();
            got.push(byte[0]);
        }
    }
    assert_eq!(got, expected);
    let report = proxy.end();
    assert_eq!(report["there"]["lost"], 100 - expected.len());
}

#[test]
fn it_does_something_else_when_it_is_told_to_and_the_trace_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("proxy.jsonl");
    let server = udp("127.0.0.1:0");
    let words = format!("--duplicate 100% -o {}", trace.display());
    let mut proxy = Proxy::start("udp", "127.0.0.1:0", server.local_addr().unwrap(), &words);
    let client = udp("127.0.0.1:0");
    let mut buffer = [0; 16];
    client.send_to(b"twice", proxy.address).unwrap();
    for _ in 0..2 {
        assert_eq!(server.recv(&mut buffer).unwrap(), 5);
    }
    proxy.tell("there duplicate=0% loss=100%");
    proxy.settle();
    client.send_to(b"lost", proxy.address).unwrap();
    // It takes datagrams one after the other: once another client's is through, that one is.
    proxy.tell("there loss=0%");
    proxy.settle();
    while !events(&trace).iter().any(|event| matches!(event.kind, Kind::Dropped { .. })) {
        thread::sleep(Duration::from_millis(5));
        client.send_to(b"more", proxy.address).unwrap();
        if server.recv(&mut buffer).unwrap() == 4 && &buffer[..4] == b"more" {
            break;
        }
    }
    let report = proxy.end();
    assert_eq!(report["there"]["duplicated"], 1);
    let ladder = sockscope(&format!("show {}", trace.display())).assert().success();
    ladder.stdout(contains("datagram 5 bytes 'twice'").and(contains("duplicate")).and(contains("server")));
    let last = events(&trace).pop().unwrap();
    assert!(matches!(last.kind, Kind::Ended { .. }), "a run that was interrupted has its end");
}

#[test]
fn half_a_connection_stays_open() {
    for here in loopbacks() {
        let proxy = Proxy::start("tcp", here, upper_server(here), "--delay 3ms --jitter 2ms");
        let mut client = connect(proxy.address);
        client.write_all(b"half").unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "HALF");
        let report = proxy.end();
        assert_eq!((&report["there"]["given"], &report["reset"]), (&4.into(), &0.into()));
    }
}

#[test]
fn netcat_talks_through_it() {
    if Command::new("nc").arg("-h").output().is_err() {
        return eprintln!("skipped: nc is not installed");
    }
    for here in loopbacks() {
        let proxy = Proxy::start("tcp", here, upper_server(here), "--delay 3ms --rate 10mbit");
        let (host, port) = (proxy.address.ip().to_string(), proxy.address.port().to_string());
        let mut nc = Command::new("nc")
            .args(["-N", "-w", "30", &host, &port])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        nc.stdin.take().unwrap().write_all("grüße\n".repeat(1000).as_bytes()).unwrap();
        let output = nc.wait_with_output().unwrap();
        assert!(output.stdout == "GRüßE\n".repeat(1000).as_bytes(), "{output:?}");
        assert_eq!(proxy.end()["connections"], 1);
    }
}

#[test]
fn many_connections_at_once_keep_their_bytes_apart() {
    let proxy = Proxy::start("tcp", "127.0.0.1:0", upper_server("127.0.0.1:0"), "--delay 1ms --rate 200mbit");
    let address = proxy.address;
    let client = |n: usize| {
        move || {
            let mut stream = connect(address);
            let text: Vec<u8> = format!("client {n} ").repeat(1000).into_bytes();
            stream.write_all(&text).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
            assert!(answer == text.to_ascii_uppercase(), "client {n}");
        }
    };
    let clients: Vec<_> = (0..100).map(|n| thread::spawn(client(n))).collect();
    clients.into_iter().for_each(|client| client.join().unwrap());
    assert_eq!(proxy.end()["connections"], 100);
}

#[test]
fn a_reset_is_passed_on_and_made_on_demand() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut proxy = Proxy::start("tcp", "127.0.0.1:0", listener.local_addr().unwrap(), "");
    // The server resets.
    let mut client = connect(proxy.address);
    let (mut server, _) = listener.accept().unwrap();
    client.write_all(b"x").unwrap();
    server.read_exact(&mut [0]).unwrap();
    socket2::SockRef::from(&server).set_linger(Some(Duration::ZERO)).unwrap();
    drop(server);
    let error = client.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    // The proxy does.
    let mut client = connect(proxy.address);
    let (mut server, _) = listener.accept().unwrap();
    server.set_read_timeout(Some(PATIENCE)).unwrap();
    client.write_all(b"x").unwrap();
    server.read_exact(&mut [0]).unwrap();
    proxy.tell("reset");
    assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(server.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(proxy.end()["reset"], 2);
}

#[test]
fn a_stall_lets_nothing_out_until_it_is_over() {
    let mut proxy = Proxy::start("tcp", "127.0.0.1:0", upper_server("127.0.0.1:0"), "");
    proxy.tell("stall back");
    proxy.settle();
    let mut client = connect(proxy.address);
    client.write_all(b"stalled").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    client.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let early = client.read(&mut [0]).unwrap_err();
    assert!(matches!(early.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{early}");
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    proxy.tell("go");
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "STALLED");
}

#[test]
fn a_server_that_refuses_is_named() {
    let nobody = SocketAddr::from(([127, 0, 0, 1], crate::support::port()));
    let mut proxy = Proxy::start("tcp", "127.0.0.1:0", nobody, "");
    let mut client = connect(proxy.address);
    assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    let said = proxy.says();
    assert!(said.starts_with(&format!("note: connect {nobody}: ECONNREFUSED")), "{said}");
    assert_eq!(proxy.end()["refused"], 1);
}

#[test]
fn what_a_relay_cannot_do_is_refused_by_name() {
    for word in ["--loss 1%", "--corrupt 1%", "--there reorder=1%", "--mtu 500"] {
        sockscope(&format!("proxy tcp 127.0.0.1:0 127.0.0.1:9 {word}")).assert().code(2).stderr(
            contains("who relays a stream of TCP sees none").and(contains("sockscope proxy packets")),
        );
    }
    sockscope("proxy udp 127.0.0.1:0 127.0.0.1:9 --mark 3")
        .assert()
        .code(2)
        .stderr(contains("mark is of IP headers"));
    sockscope("proxy udp 127.0.0.1:0 127.0.0.1:9 --loss lots").assert().code(2);
    sockscope("proxy udp 127.0.0.1:0 nowhere").assert().code(2).stderr(contains("a colon and a port"));
}

#[test]
fn curl_and_python_see_nothing_but_a_slow_network() {
    let folder = tempfile::tempdir().unwrap();
    let text = "0123456789".repeat(20_000);
    std::fs::write(folder.path().join("file.txt"), &text).unwrap();
    let port = crate::support::port();
    let python = Command::new("python3")
        .args(["-u", "-m", "http.server", &port.to_string(), "--bind", "127.0.0.1"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let (Ok(mut python), Ok(_)) = (python, Command::new("curl").arg("--version").output()) else {
        return eprintln!("skipped: there is no python3, or no curl");
    };
    let mut said = String::new();
    BufReader::new(python.stdout.take().unwrap()).read_line(&mut said).unwrap();
    let server = SocketAddr::from(([127, 0, 0, 1], port));
    let proxy =
        Proxy::start("tcp", "127.0.0.1:0", server, "--delay 5ms --back rate=50mbit --back queue=16kB");
    let url = format!("http://{}/file.txt", proxy.address);
    let got = Command::new("curl").args(["-sS", "--max-time", "60", &url]).output().unwrap();
    python.kill().unwrap();
    python.wait().unwrap();
    assert!(got.stdout == text.as_bytes(), "{}", String::from_utf8_lossy(&got.stderr));
    assert!(proxy.end()["back"]["given"].as_u64().unwrap() > 200_000);
}
