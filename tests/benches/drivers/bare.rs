//! The same calls by hand: std in two threads, tokio in two tasks of one worker.

use crate::{MESSAGE, Work};
use anyhow::Result;
use sockscope::driver::Driver;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const ANY: &str = "127.0.0.1:0";

pub(crate) fn run(driver: Driver, work: Work, times: u32) -> Result<()> {
    match driver {
        Driver::Std => threads(work, times),
        Driver::Tokio => {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
            runtime.block_on(async { tokio::spawn(tasks(work, times)).await })?
        }
    }
}

fn threads(work: Work, times: u32) -> Result<()> {
    let (server, address): (Box<dyn FnOnce() -> Result<()> + Send>, SocketAddr) = match work {
        Work::Udp => {
            let socket = UdpSocket::bind(ANY)?;
            let address = socket.local_addr()?;
            (Box::new(move || std_udp_server(&socket, times)), address)
        }
        Work::Tcp | Work::Connect => {
            let listener = TcpListener::bind(ANY)?;
            let address = listener.local_addr()?;
            (Box::new(move || std_tcp_server(&listener, work, times)), address)
        }
    };
    let server = thread::spawn(server);
    std_client(work, address, times)?;
    server.join().expect("the server ends")
}

fn std_udp_server(socket: &UdpSocket, times: u32) -> Result<()> {
    let mut buffer = [0; 2048];
    for _ in 0..times {
        let (n, client) = socket.recv_from(&mut buffer)?;
        socket.send_to(&buffer[..n].to_ascii_uppercase(), client)?;
    }
    Ok(())
}

fn std_tcp_server(listener: &TcpListener, work: Work, times: u32) -> Result<()> {
    let mut buffer = [0; 2048];
    let (connections, each) = connections(work, times);
    for _ in 0..connections {
        let (mut connection, _) = listener.accept()?;
        for _ in 0..each {
            let n = connection.read(&mut buffer)?;
            connection.write_all(&buffer[..n].to_ascii_uppercase())?;
        }
    }
    Ok(())
}

fn std_client(work: Work, server: SocketAddr, times: u32) -> Result<()> {
    let mut buffer = [0; 2048];
    if work == Work::Udp {
        let socket = UdpSocket::bind(ANY)?;
        for _ in 0..times {
            socket.send_to(MESSAGE.as_bytes(), server)?;
            socket.recv_from(&mut buffer)?;
        }
        return Ok(());
    }
    let (connections, each) = connections(work, times);
    for _ in 0..connections {
        let mut stream = TcpStream::connect(server)?;
        for _ in 0..each {
            stream.write_all(MESSAGE.as_bytes())?;
            stream.read_exact(&mut buffer[..MESSAGE.len()])?;
        }
    }
    Ok(())
}

async fn tasks(work: Work, times: u32) -> Result<()> {
    let (server, address) = match work {
        Work::Udp => {
            let socket = tokio::net::UdpSocket::bind(ANY).await?;
            let address = socket.local_addr()?;
            (tokio::spawn(tokio_udp_server(socket, times)), address)
        }
        Work::Tcp | Work::Connect => {
            let listener = tokio::net::TcpListener::bind(ANY).await?;
            let address = listener.local_addr()?;
            (tokio::spawn(tokio_tcp_server(listener, work, times)), address)
        }
    };
    tokio_client(work, address, times).await?;
    server.await?
}

async fn tokio_udp_server(socket: tokio::net::UdpSocket, times: u32) -> Result<()> {
    let mut buffer = [0; 2048];
    for _ in 0..times {
        let (n, client) = socket.recv_from(&mut buffer).await?;
        socket.send_to(&buffer[..n].to_ascii_uppercase(), client).await?;
    }
    Ok(())
}

async fn tokio_tcp_server(listener: tokio::net::TcpListener, work: Work, times: u32) -> Result<()> {
    let mut buffer = [0; 2048];
    let (connections, each) = connections(work, times);
    for _ in 0..connections {
        let (mut connection, _) = listener.accept().await?;
        for _ in 0..each {
            let n = connection.read(&mut buffer).await?;
            connection.write_all(&buffer[..n].to_ascii_uppercase()).await?;
        }
    }
    Ok(())
}

async fn tokio_client(work: Work, server: SocketAddr, times: u32) -> Result<()> {
    let mut buffer = [0; 2048];
    if work == Work::Udp {
        let socket = tokio::net::UdpSocket::bind(ANY).await?;
        for _ in 0..times {
            socket.send_to(MESSAGE.as_bytes(), server).await?;
            socket.recv_from(&mut buffer).await?;
        }
        return Ok(());
    }
    let (connections, each) = connections(work, times);
    for _ in 0..connections {
        let mut stream = tokio::net::TcpStream::connect(server).await?;
        for _ in 0..each {
            stream.write_all(MESSAGE.as_bytes()).await?;
            let _ = stream.read(&mut buffer).await?;
        }
    }
    Ok(())
}

/// How many connections there are, and how many round trips on each.
fn connections(work: Work, times: u32) -> (u32, u32) {
    if work == Work::Connect { (times, 1) } else { (1, times) }
}
