//! The work over turmoil 0.7: tokio-shaped sockets over a simulated network, links without delay.

use crate::{MESSAGE, PORT};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use turmoil::net::{TcpListener, TcpStream, UdpSocket};
use turmoil::{Builder, Result, Sim};

fn sim() -> Sim<'static> {
    Builder::new()
        .min_message_latency(Duration::ZERO)
        .max_message_latency(Duration::ZERO)
        .simulation_duration(Duration::from_secs(3600))
        .tcp_capacity(1 << 20)
        .build()
}

fn run(mut sim: Sim<'_>) {
    sim.run().expect("the simulation ends well");
}

/// One connection moves `bytes` one way.
pub fn bulk(bytes: usize) {
    let mut sim = sim();
    sim.host("server", move || async move {
        let listener = TcpListener::bind(("0.0.0.0", PORT)).await?;
        let (mut stream, _) = listener.accept().await?;
        // turmoil carries each write as one segment: write what fits one Ethernet frame.
        let chunk = [7; 1460];
        let mut left = bytes;
        while left > 0 {
            let n = left.min(chunk.len());
            stream.write_all(&chunk[..n]).await?;
            left -= n;
        }
        Ok(())
    });
    sim.client("client", async move {
        let mut stream = TcpStream::connect(("server", PORT)).await?;
        let mut received = 0;
        let mut buffer = [0; 65_536];
        while received < bytes {
            received += stream.read(&mut buffer).await?;
        }
        Ok(())
    });
    run(sim);
}

/// Connect, round trip and close, `n` times.
pub fn connections(n: usize) {
    let mut sim = sim();
    sim.host("server", move || async move {
        let listener = TcpListener::bind(("0.0.0.0", PORT)).await?;
        loop {
            let (mut stream, _) = listener.accept().await?;
            let mut buffer = [0; MESSAGE.len()];
            stream.read_exact(&mut buffer).await?;
            stream.write_all(&buffer).await?;
        }
    });
    sim.client("client", async move {
        for _ in 0..n {
            let mut stream = TcpStream::connect(("server", PORT)).await?;
            stream.write_all(MESSAGE).await?;
            stream.read_exact(&mut [0; MESSAGE.len()]).await?;
        }
        Result::Ok(())
    });
    run(sim);
}

/// A datagram there and one back, `n` times.
pub fn datagrams(n: usize) {
    let mut sim = sim();
    sim.host("server", move || async move {
        let socket = UdpSocket::bind(("0.0.0.0", PORT)).await?;
        let mut buffer = [0; 2048];
        loop {
            let (len, from) = socket.recv_from(&mut buffer).await?;
            socket.send_to(&buffer[..len], from).await?;
        }
    });
    sim.client("client", async move {
        let socket = UdpSocket::bind(("0.0.0.0", 0)).await?;
        let mut buffer = [0; 2048];
        for _ in 0..n {
            socket.send_to(MESSAGE, ("server", PORT)).await?;
            socket.recv_from(&mut buffer).await?;
        }
        Result::Ok(())
    });
    run(sim);
}

/// Two hosts and nothing that runs on them.
pub fn empty() {
    let mut sim = sim();
    sim.client("client", async { Ok(()) });
    sim.client("server", async { Ok(()) });
    run(sim);
}
