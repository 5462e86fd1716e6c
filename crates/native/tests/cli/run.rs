//! `sockscope run`: programs, errors with their remedies, IPv6.

use crate::support::{events, has_ipv6, port, sockscope};
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use sockscope_core::trace::Kind;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::thread;

#[test]
fn both_ends_at_once_on_both_drivers() {
    for line in ["run udp", "run tcp", "run udp --driver tokio", "run tcp --driver tokio"] {
        sockscope(line).assert().success().stdout("client: HELLO\n").stderr(is_empty());
    }
}

#[test]
fn several_clients_and_results_for_programs() {
    let output = sockscope("run tcp --clients 3 --message hi --json").assert().success().get_output().clone();
    let results: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(results["outcome"], "idle", "the server still waits");
    assert_eq!(results["programs"].as_array().unwrap().len(), 4);
    let printed = results["printed"].as_array().unwrap();
    assert_eq!(printed.iter().filter(|line| line["line"] == "HI").count(), 3);
}

#[test]
fn a_refused_connection_is_one_line_with_a_remedy() {
    let port = port();
    for driver in ["std", "tokio"] {
        sockscope(&format!("run tcp-client --port {port} --driver {driver}")).assert().code(1).stderr(format!(
            "error: client: connect(127.0.0.1:{port}): ECONNREFUSED: connection refused: nobody listens there; \
             start the server first, or look at --host and --port\n"
        ));
    }
}

#[test]
fn a_port_in_use_is_one_line_with_a_remedy() {
    let tcp = TcpListener::bind("0.0.0.0:0").unwrap();
    let udp = UdpSocket::bind("0.0.0.0:0").unwrap();
    for (server, address) in [("tcp-server", tcp.local_addr()), ("udp-server", udp.local_addr())] {
        let port = address.unwrap().port();
        let run = sockscope(&format!("run {server} --port {port}")).assert().code(1);
        run.stderr(contains(format!("bind(:{port}): EADDRINUSE"))).stderr(contains("another with --port"));
        // A client would send to whoever has the port, and wait.
        for driver in ["std", "tokio"] {
            let both = server.trim_end_matches("-server");
            let run = sockscope(&format!("run {both} --port {port} --driver {driver}")).assert().code(1);
            run.stderr(contains("EADDRINUSE").and(contains("error: client").not()));
        }
    }
}

#[test]
fn a_server_is_there_for_this_machine_alone_unless_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    for (host, listens) in
        [("", "127.0.0.1"), ("--host 0.0.0.0", "0.0.0.0"), ("--host 127.0.0.2", "127.0.0.2")]
    {
        let line = format!("run tcp-server --port {} {host} --timeout 50ms", port());
        sockscope(&format!("{line} --record {}", file.display())).assert().code(124);
        let bound = events(&file).into_iter().find_map(|event| match event.kind {
            Kind::Bound { local, .. } => Some(local.ip().to_string()),
            _ => None,
        });
        assert_eq!(bound.as_deref(), Some(listens));
    }
}

#[test]
fn a_name_that_nobody_has_is_one_line_with_a_remedy() {
    for driver in ["std", "tokio"] {
        sockscope(&format!("run udp-client --host no.such.host.invalid --driver {driver}"))
            .assert()
            .code(1)
            .stderr(
                contains("no.such.host.invalid").and(contains("ENONAME")).and(contains("look at --host")),
            );
    }
}

#[test]
fn names_are_resolved() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || listener.accept().unwrap().0.write_all(b"there").unwrap());
    sockscope(&format!("run tcp-client --host localhost --port {port}")).assert().success().stdout("there\n");
    server.join().unwrap();
}

#[test]
fn the_same_over_ipv6() {
    if !has_ipv6() {
        return;
    }
    let (folder, port) = (tempfile::tempdir().unwrap(), port());
    let file = folder.path().join("run.jsonl");
    for driver in ["std", "tokio"] {
        for line in ["run udp --host ::1", "run tcp --ipv6", "run tcp --host [::1] --clients 2"] {
            let line = format!("{line} --message ::1 --driver {driver} --record {}", file.display());
            let run = sockscope(&line).assert().success().stderr(is_empty());
            run.stdout(contains("::1").and(contains("[").not()));
            let mut bound = events(&file).into_iter().filter_map(|event| match event.kind {
                Kind::Bound { local, implicit: false, .. } => Some(local.ip()),
                _ => None,
            });
            assert!(bound.all(|ip| ip == std::net::Ipv6Addr::LOCALHOST), "{line}");
            let source = fs::read_to_string(&file).unwrap();
            assert!(source.contains("AF_INET6") && !source.contains("AF_INET,"), "the text is that of IPv6");
            sockscope(&format!("replay {}", file.display())).assert().success();
        }
        sockscope(&format!("run tcp-client --ipv6 --port {port} --driver {driver}")).assert().code(1).stderr(
            contains(format!("connect([::1]:{port}): ECONNREFUSED")).and(contains("start the server first")),
        );
        let taken = TcpListener::bind("[::1]:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        sockscope(&format!("run tcp-server --ipv6 --port {port} --driver {driver}"))
            .assert()
            .code(1)
            .stderr(contains(format!("bind(:{port}): EADDRINUSE")).and(contains("another with --port")));
    }
}

#[test]
fn an_address_of_the_other_version_is_refused() {
    sockscope("run tcp --ipv6 --host 127.0.0.1")
        .assert()
        .code(2)
        .stderr("error: 127.0.0.1 is an address of IPv4: give one of IPv6, or leave --ipv6 away\n");
}

#[test]
fn programs_of_ones_own_over_ipv6() {
    if !has_ipv6() {
        return;
    }
    let listener = TcpListener::bind("[::1]:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("six.json");
    let steps = serde_json::json!([
        { "socket": { "kind": "stream", "family": "inet6", "into": "it" } },
        { "connect": { "socket": "it", "to": format!("[::1]:{port}") } },
        { "send": { "socket": "it", "data": "six" } },
        { "shutdown": { "socket": "it", "how": "write" } },
        { "recv_to_end": { "socket": "it", "into": "reply" } },
        { "print": "{reply}" }
    ]);
    fs::write(&file, serde_json::json!({ "program": "six", "steps": steps }).to_string()).unwrap();
    let server = thread::spawn(move || {
        for _ in 0..2 {
            let (mut peer, from) = listener.accept().unwrap();
            let mut text = String::new();
            peer.read_to_string(&mut text).unwrap();
            write!(peer, "{text} from {}", from.ip()).unwrap();
        }
    });
    for driver in ["std", "tokio"] {
        let line = format!("run {} --driver {driver}", file.display());
        sockscope(&line).assert().success().stdout("six from ::1\n");
    }
    server.join().unwrap();
}

#[test]
fn files_that_cannot_be_used_are_named() {
    sockscope("run nowhere.json").assert().code(1).stderr(contains("cannot read nowhere.json"));
    sockscope("run tcp --record /nowhere/run.jsonl").assert().code(1).stderr(contains("/nowhere/run.jsonl"));
    if std::path::Path::new("/dev/full").exists() {
        sockscope("run tcp --record /dev/full").assert().code(1).stderr(contains("/dev/full"));
    }
}
