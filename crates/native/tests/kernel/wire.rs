//! Programs that are watched where packets leave the machine: at an interface that is not loopback.

use crate::lab::Lab;
use sockscope_core::trace::{Kind, jsonl};
use sockscope_core::wire::{Body, Flags};
use std::fs::File;
use std::io::BufReader;

/// Two labs at the ends of a wire (veth): 10.9.0.1 and 10.9.0.2.
fn wired(name: &str, programs: &[&str]) -> Option<[Lab; 2]> {
    let near = Lab::new(name, programs)?;
    let far = Lab::new(&format!("{name}-far"), programs)?;
    let peer = far.namespace.name()?;
    let made = near.namespace.ip(&format!("link add wire0 type veth peer name wire0 netns {peer}"));
    made.inspect_err(|why| eprintln!("skipped: {why:#}")).ok()?;
    for (lab, ip) in [(&near, "10.9.0.1/24"), (&far, "10.9.0.2/24")] {
        lab.namespace.ip(&format!("address add {ip} dev wire0")).unwrap();
        lab.namespace.ip("link set wire0 up").unwrap();
    }
    Some([near, far])
}

#[test]
fn a_program_is_watched_and_captured_at_a_wire() {
    let Some([near, far]) = wired("wire", &["curl", "python3"]) else { return };
    let page = "a line of a page\n".repeat(10_000);
    far.file("page.txt", &page);
    let folder = far.path("").display().to_string();
    let _server = far.listen(8000, "python3", &["-m", "http.server", "8000", "--directory", &folder]);
    let (trace, watcher) = (near.path("run.jsonl"), assert_cmd::cargo::cargo_bin("sockscope"));
    let [trace, watcher] = [&trace, &watcher].map(|path| path.display().to_string());
    let words = ["watch", "--capture", "-o", &trace, "--", "curl", "-sS", "http://10.9.0.2:8000/page.txt"];
    assert!(near.output(&watcher, &words) == page, "its output passes through");
    let trace = jsonl::read(BufReader::new(File::open(trace).unwrap())).unwrap().trace;
    let passages: Vec<_> = trace
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            Kind::Captured(passage) => Some((event.node, &**passage)),
            _ => None,
        })
        .collect();
    let points: Vec<String> = trace
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            Kind::CapturePoint { name, .. } => Some(name.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(points, ["wire0 out", "wire0 in"]);
    let flags = passages.iter().filter_map(|(_, passage)| match &passage.packet.body {
        Body::Tcp(segment) => Some(segment.flags),
        _ => None,
    });
    let flags: Vec<Flags> = flags.collect();
    assert_eq!(flags[..3], [Flags::SYN, Flags::SYN.with(Flags::ACK), Flags::ACK]);
    let received: usize = passages
        .iter()
        .filter(|(_, passage)| passage.to_sock.is_some())
        .map(|(_, passage)| match &passage.packet.body {
            Body::Tcp(segment) => segment.payload.len(),
            _ => 0,
        })
        .sum();
    assert!(received > page.len(), "{received} bytes came in, once each");
    assert!(received < page.len() * 2, "{received} bytes");
}

#[test]
fn what_cannot_be_reached_is_said_with_its_name() {
    let Some([near, _far]) = wired("away", &["nc"]) else { return };
    let sockscope = assert_cmd::cargo::cargo_bin("sockscope").display().to_string();
    for driver in ["std", "tokio"] {
        for (client, host, why) in [
            ("tcp-client", "10.99.0.1", "ENETUNREACH"),
            // Nobody on the wire has this address.
            ("tcp-client", "10.9.0.77", "EHOSTUNREACH"),
            ("tcp-client", "10.9.0.2", "ECONNREFUSED"),
        ] {
            let words = ["run", client, "--host", host, "--port", "9", "--driver", driver];
            let (code, said) = near.start(&sockscope, &words).fails();
            assert!(code == Some(1) && said.contains(why), "{client} to {host} on {driver}: {said}");
        }
    }
}
