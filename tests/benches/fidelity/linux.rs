//! The transfer between two Linux kernels: one kernel, two network namespaces, and our link between them.

use crate::cases::{Case, Measured, Run, SEEDS};
use crate::relay::Relay;
use anyhow::{Context, Result};
use socket2::{Domain, Socket, Type};
use sockscope::tun::{Namespace, Tun};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

const RECEIVER: &str = "10.7.0.2:5001";

/// Measures every case.
pub(crate) fn measure_all() -> Result<Vec<Measured>> {
    Case::all().map(measure).collect()
}

fn measure(case: Case) -> Result<Measured> {
    let runs: Result<Vec<Run>> = SEEDS.into_iter().map(|seed| transfer(case, seed)).collect();
    let measured = Measured::new(case, runs?);
    eprintln!("Linux {} {}: {} kB/s", case.congestion, case.percent(), measured.goodput());
    Ok(measured)
}

/// One run, in namespaces of its own: the kernel remembers nothing of the run before.
fn transfer(case: Case, seed: u64) -> Result<Run> {
    let (sender, one) = side("sockscope-fid-a", "10.7.0.1/24")?;
    let (receiver, other) = side("sockscope-fid-b", "10.7.0.2/24")?;
    let stop = AtomicBool::new(false);
    let relay = Relay::new([one, other], seed, case.impairment());
    let welcome = receiver.inside(listen)?;
    thread::scope(|scope| {
        let relay = scope.spawn(|| relay.run(&stop));
        let drain = scope.spawn(move || drain(&welcome));
        let begun = Instant::now();
        let counters = sender.inside(|| send(case));
        let ended = drain.join().expect("it does not panic");
        stop.store(true, Ordering::Relaxed);
        let late = relay.join().expect("it does not panic")?;
        if late > Duration::from_millis(2) {
            eprintln!("note: the relay was up to {late:?} late: the machine is busy");
        }
        let micros = (ended? - begun).as_micros() as u64;
        Ok(Run { micros, ..counters? })
    })
}

/// A namespace with a device that has the address.
fn side(name: &str, address: &str) -> Result<(Namespace, Tun)> {
    let namespace = Namespace::named(name)?;
    let tun = namespace.inside(|| Tun::open("tun0")).context("cannot make a TUN device")?;
    namespace.ip(&format!("address add {address} dev tun0"))?;
    // The relay reads at once, but a burst may be longer than the usual queue.
    namespace.ip("link set tun0 mtu 1500 txqueuelen 10000 up")?;
    Ok((namespace, tun))
}

fn socket() -> io::Result<Socket> {
    Socket::new(Domain::IPV4, Type::STREAM, None)
}
fn receiver() -> SocketAddr {
    RECEIVER.parse().expect("it is an address")
}

fn listen() -> io::Result<Socket> {
    let socket = socket()?;
    socket.bind(&receiver().into())?;
    socket.listen(1)?;
    // Where the sender fails, nobody comes.
    socket.set_read_timeout(Some(Duration::from_secs(60)))?;
    Ok(socket)
}

/// Receives to the end of the stream; when that was.
fn drain(welcome: &Socket) -> io::Result<Instant> {
    let (mut connection, _) = welcome.accept()?;
    let mut buffer = vec![0; 1 << 16];
    while connection.read(&mut buffer)? > 0 {}
    Ok(Instant::now())
}

/// Sends, and counts what the kernel says about it.
fn send(case: Case) -> io::Result<Run> {
    let mut socket = socket()?;
    socket.set_tcp_congestion(case.congestion.as_bytes())?;
    socket.connect(&receiver().into())?;
    let chunk = vec![7; 1 << 16];
    for _ in 0..case.bytes / chunk.len() {
        socket.write_all(&chunk)?;
    }
    socket.shutdown(Shutdown::Write)?;
    // The receiver closes when it has everything.
    socket.read_to_end(&mut Vec::new())?;
    Ok(Run {
        micros: 0,
        retransmissions: counter("snmp", "RetransSegs")?,
        timeouts: counter("netstat", "TCPTimeouts")?,
        probes: counter("netstat", "TCPLossProbes")?,
    })
}

/// A counter of the namespace that this thread is in.
fn counter(file: &str, name: &str) -> io::Result<u64> {
    let text = fs::read_to_string(format!("/proc/thread-self/net/{file}"))?;
    let lines: Vec<&str> = text.lines().collect();
    let found = lines.chunks_exact(2).find_map(|pair| {
        let at = pair[0].split_whitespace().position(|word| word == name)?;
        pair[1].split_whitespace().nth(at)?.parse().ok()
    });
    found.ok_or_else(|| io::Error::other(format!("{file} has no counter {name}")))
}
