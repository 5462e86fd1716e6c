//! `sockscope proxy packets`: two kernels' ends, and our link between them.

use crate::lab::{Between, Lab};
use sockscope_core::rng::Chance;
use sockscope_core::time::Time;
use sockscope_core::trace::{Kind, LinkId, jsonl};
use sockscope_core::wire::Body;
use sockscope_sim::impairment::Impairment;
use sockscope_sim::link::{Link, Order, Verdict};
use std::collections::HashSet;
use std::fs::File;
use std::io::BufReader;

/// Bad enough that a transfer of a megabyte does not pass untouched.
const WORSE: &str = "--delay 2ms --jitter 1ms --loss 3% --reorder 3% --duplicate 2% --corrupt 1%";

#[test]
fn curl_fetches_a_file_whole_and_the_trace_has_what_tcp_did_about_the_losses() {
    let Some(lab) = Lab::new("between", &["curl", "python3"]) else { return };
    let page = "a line of a long page\n".repeat(50_000);
    lab.file("page.txt", &page);
    let trace = lab.path("between.jsonl");
    let link = Between::start(&lab, &format!("{WORSE} --seed 5 -o {}", trace.display()));
    let folder = lab.path("").display().to_string();
    let _server = link.far.listen(8000, "python3", &["-m", "http.server", "8000", "--directory", &folder]);
    let got = lab.output("curl", &["--silent", "--show-error", "http://10.7.0.1:8000/page.txt"]);
    assert!(got == page, "{} bytes", got.len());
    let report = link.end();
    for what in ["lost", "duplicated", "corrupted"] {
        assert!(report["back"][what].as_u64().unwrap() > 0, "{report}");
    }
    let events = jsonl::read(BufReader::new(File::open(&trace).unwrap())).unwrap().trace.events;
    let dropped = events.iter().filter(|event| matches!(event.kind, Kind::Dropped { .. })).count();
    let lost = |way: &str| report[way]["lost"].as_u64().unwrap();
    assert_eq!(dropped as u64, lost("there") + lost("back"));
    let mut seen = HashSet::new();
    let again = events.iter().filter(|event| match &event.kind {
        Kind::Sent { packet, .. } => match &packet.body {
            Body::Tcp(segment) if !segment.payload.is_empty() => {
                !seen.insert((segment.src_port, segment.seq))
            }
            _ => false,
        },
        _ => false,
    });
    assert!(again.count() > 0, "the kernel sent again what was lost");
}

#[test]
fn nc_and_python_talk_over_both_families_and_long_datagrams_pass_in_fragments() {
    let Some(lab) = Lab::new("both", &["nc", "python3"]) else { return };
    let link = Between::start(&lab, "--delay 2ms");
    let text = "netcat says a few lines\n".repeat(20_000);
    let file = lab.file("text", &text);
    for (port, (family, address)) in (9000..).zip([("-4", "10.7.0.1"), ("-6", "fd07::1")]) {
        let words = format!("nc {family} -N -l {port} < {file}");
        let _server = link.far.listen(port, "sh", &["-c", &words]);
        assert!(lab.output("nc", &["-d", address, &port.to_string()]) == text, "{address}");
    }
    let server = "
from socket import *
import sys
for family, host in ((AF_INET, '10.7.0.1'), (AF_INET6, 'fd07::1')):
    s = socket(family, SOCK_DGRAM)
    s.bind((host, 9100))
    data, client = s.recvfrom(65535)
    s.sendto(data[::-1], client)";
    let server = link.far.listen(9100, "python3", &["-c", server]);
    let client = "
from socket import *
for family, host, size in ((AF_INET, '10.7.0.1', 65507), (AF_INET6, 'fd07::1', 65000)):
    s = socket(family, SOCK_DGRAM)
    s.settimeout(0.5)
    data = bytes(i * 7 % 251 for i in range(size))
    while True:
        s.sendto(data, (host, 9100))
        try:
            print(s.recv(65535) == data[::-1])
            break
        except (TimeoutError, ConnectionRefusedError):
            pass";
    assert_eq!(lab.output("python3", &["-c", client]), "True\nTrue\n");
    server.end();
    let report = link.end();
    assert!(report["strangers"].as_u64().unwrap() > 80, "fragments: {report}");
}

#[test]
fn a_seed_loses_the_packets_that_it_loses_in_the_simulator() {
    let Some(lab) = Lab::new("seed", &["python3"]) else { return };
    let link = Between::start(&lab, "--there loss=30% --seed 7");
    let loss = Chance::from_millionths(300_000).unwrap();
    let mut simulated = Link::new(7, LinkId(0), Impairment { loss, ..Impairment::default() });
    let mut arrives = |_: &usize| {
        let verdict = simulated.offer(Time::ZERO, 29, 0, Order::default());
        matches!(verdict, Verdict::Taken(passage) if passage.lost.is_none())
    };
    let expected: Vec<usize> = (0..100).filter(|n| arrives(n)).collect();
    let server = "
from socket import *
s = socket(AF_INET, SOCK_DGRAM)
s.bind(('10.7.0.1', 9200))
got = []
while not got or got[-1] != 99:
    got.append(s.recv(1)[0])
print(got)";
    let client = "
from socket import *
from time import sleep
s = socket(AF_INET, SOCK_DGRAM)
for n in range(100):
    s.sendto(bytes([n]), ('10.7.0.1', 9200))
    sleep(0.001)";
    assert!(expected.contains(&99), "the test needs a seed that lets the last one through");
    let server = link.far.listen(9200, "python3", &["-c", server]);
    lab.output("python3", &["-c", client]);
    assert_eq!(server.end(), format!("{expected:?}\n"));
    assert_eq!(link.end()["there"]["lost"], 100 - expected.len());
}

#[test]
fn it_stalls_and_changes_when_it_is_told_to() {
    let Some(lab) = Lab::new("told", &["nc"]) else { return };
    let mut link = Between::start(&lab, "--delay 1ms");
    let _server = link.far.listen(9300, "sh", &["-c", "echo hello | nc -N -l 9300"]);
    link.tell("stall back");
    let client = lab.start("nc", &["-d", "10.7.0.1", "9300"]);
    link.until("a segment waits", |line| {
        line.starts_with("back: ") && !line.starts_with("back: 0 in") && line.contains(" in, 0 out")
    });
    link.tell("go");
    assert_eq!(client.end(), "hello\n");
    link.tell("both loss=100%");
    link.until("it is told", |line| line.starts_with("there"));
    let (refused, _) = lab.start("nc", &["-w", "1", "10.7.0.1", "9300"]).fails();
    assert_eq!(refused, Some(1), "nothing passes");
    assert!(link.end()["there"]["lost"].as_u64().unwrap() > 0);
}
