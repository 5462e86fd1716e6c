//! Captures that dumpcap, which we did not write, made of what the kernel, which we did not write, sent.

use sockscope_core::wire::{Body, Flags};
use sockscope_view::history::{History, Journey};
use sockscope_view::import;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::{Command, Stdio};

/// What dumpcap captures at the loopback interface, or as pcap at all of them, while `traffic` flows: the first `packets`
/// that a filter lets pass. None where there is no dumpcap, or it may not capture.
fn capture(format: &str, filter: &str, packets: u32, traffic: impl FnOnce()) -> Option<Vec<u8>> {
    let skip = |why: &str| {
        eprintln!("skipped: {why}");
        None
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("capture");
    let mut command = Command::new("dumpcap");
    // With all interfaces each frame begins with a header of Linux's own (SLL or SLL2).
    let (interface, format) = match format {
        "pcap" => ("any", "-P"),
        _ => ("lo", "-n"),
    };
    command.args(["-i", interface, format, "-f", filter, "-c", &packets.to_string(), "-w"]).arg(&file);
    let Ok(mut dumpcap) = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn() else {
        return skip("dumpcap is not installed (apt-get install tshark)");
    };
    let told = BufReader::new(dumpcap.stderr.take().expect("it is piped"));
    // It names its file once it captures.
    let mut lines = told.lines().map_while(Result::ok);
    if !lines.any(|line| line.starts_with("File: ")) {
        return skip("dumpcap may not capture here (it takes CAP_NET_RAW)");
    }
    traffic();
    lines.for_each(drop);
    assert!(dumpcap.wait().expect("it ends").success());
    Some(std::fs::read(file).expect("dumpcap wrote it"))
}

fn payload(journey: &Journey) -> &[u8] {
    sockscope_view::words::payload(&journey.packet)
}

#[test]
fn datagrams_of_the_kernel_are_read() {
    for (format, local) in [("pcapng", "127.0.0.1:0"), ("pcap", "[::1]:0")] {
        let Ok(server) = UdpSocket::bind(local) else {
            eprintln!("skipped: this machine has no IPv6 loopback address");
            continue;
        };
        let port = server.local_addr().expect("it is bound").port();
        let traffic = || {
            let client = UdpSocket::bind(local).expect("a port is free");
            for text in ["one", "", "three"] {
                client
                    .send_to(text.as_bytes(), server.local_addr().expect("it is bound"))
                    .expect("it is sent");
                let (_, from) = server.recv_from(&mut [0; 10]).expect("it arrives");
                server.send_to(b"answer", from).expect("it is sent");
            }
        };
        let Some(file) = capture(format, &format!("udp port {port}"), 6, traffic) else { return };
        let history = History::of(import::read(&file, format).expect("it is a capture").trace);
        let texts: Vec<&[u8]> = history.journeys().iter().map(payload).collect();
        assert_eq!(texts, [&b"one"[..], b"answer", b"", b"answer", b"three", b"answer"]);
        assert_eq!(history.sockets().len(), 2, "one at each end");
    }
}

#[test]
fn a_handshake_of_the_kernel_is_read() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let to = server.local_addr().expect("it is bound");
    let traffic = || {
        let mut client = TcpStream::connect(to).expect("it listens");
        client.write_all(b"hello").expect("it is sent");
    };
    let Some(file) = capture("pcapng", &format!("tcp port {}", to.port()), 4, traffic) else { return };
    let history = History::of(import::read(&file, "handshake").expect("it is a capture").trace);
    let flags = history.journeys().iter().map(|journey| match &journey.packet.body {
        Body::Tcp(segment) => segment.flags,
        _ => Flags::default(),
    });
    let (syn, ack) = (Flags::SYN, Flags::ACK);
    assert_eq!(flags.collect::<Vec<_>>(), [syn, syn.with(ack), ack, ack.with(Flags::PSH)]);
    assert_eq!(payload(&history.journeys()[3]), b"hello");
    let states: Vec<_> = history.sockets().iter().map(|socket| socket.state.last().copied()).collect();
    assert_eq!(states, [Some(sockscope_core::tcp::State::Established); 2]);
}
