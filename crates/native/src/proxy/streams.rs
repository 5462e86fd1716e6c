//! Streams, relayed: bytes arrive late and slowly, ends and resets are passed on, a slow reader slows the other end down.

use super::Proxy;
use crate::driver::errno;
use socket2::SockRef;
use sockscope_core::program::{Call, Fd, How, Notice, RecvFlags, SendFlags, SocketKind};
use sockscope_core::time::Time;
use sockscope_core::trace::{EventId, Kind, Sock, Task};
use sockscope_sim::link::{Order, Verdict};
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// So many bytes are read at once: as many as a segment of Ethernet holds, so that a rate is smooth.
const PIECE: usize = 1448;
/// So many pieces wait for a peer that does not read; then nothing is read for it any more.
const WAITING: usize = 64;
/// How soon a full queue is asked for room again.
const SOON: Duration = Duration::from_millis(1);

/// A piece of a stream on its way.
struct Piece {
    due: Time,
    what: What,
}

enum What {
    Bytes(Vec<u8>),
    End,
    Reset,
}

/// The connection is to be reset on both sides.
struct Reset;

/// One side of a connection.
struct Side {
    stream: TcpStream,
    sock: Sock,
    fd: Fd,
}

/// A task of the proxy, as the trace tells of it.
struct Teller<'a> {
    proxy: &'a Proxy,
    task: Task,
    asked: Option<EventId>,
}

impl<'a> Teller<'a> {
    fn new(proxy: &'a Proxy, program: &str, parent: Option<Task>) -> Teller<'a> {
        let task = proxy.next_task();
        proxy.tell(0, None, Kind::Started { task, program: program.into(), parent });
        Teller { proxy, task, asked: None }
    }
    fn call(&mut self, call: impl FnOnce() -> Call) {
        let (task, step) = (self.task, 0);
        if self.proxy.recorder.is_on() {
            self.asked = self.proxy.tell(0, None, Kind::Call { task, step, call: call().into() });
        }
    }
    fn notice(&mut self, notice: impl FnOnce() -> Notice) {
        let task = self.task;
        if self.proxy.recorder.is_on() {
            self.proxy.tell(0, self.asked, Kind::Notice { task, notice: notice() });
        }
    }
    fn failed(&mut self, error: &io::Error) {
        self.notice(|| Notice::Failed(errno::name(error)));
    }
    fn done(&mut self, call: impl FnOnce() -> Call) {
        self.call(call);
        self.notice(|| Notice::Done);
    }
    fn opened(&self, local: SocketAddr, remote: SocketAddr) -> (Sock, Fd) {
        let (sock, fd) = self.proxy.next_socket();
        let opened = Kind::Opened { sock, kind: SocketKind::Stream, fd: Some(fd), listener: None };
        self.proxy.tell(0, self.asked, opened);
        let (local, remote) = (Box::new(local), Box::new(remote));
        self.proxy.tell(0, self.asked, Kind::Connected { sock, local, remote });
        (sock, fd)
    }
}

pub(super) async fn serve(proxy: Arc<Proxy>, listener: TcpListener, server: SocketAddr) -> io::Result<()> {
    let main = Teller::new(&proxy, "proxy", None).task;
    loop {
        let (client, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            // The connection was gone before it was accepted, or descriptors are short for now.
            Err(error) if error.raw_os_error().is_some() => {
                eprintln!("note: accept: {}", errno::name(&error));
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            }
            Err(error) => return Err(error),
        };
        proxy.connections.fetch_add(1, Ordering::Relaxed);
        let proxy = proxy.clone();
        tokio::spawn(async move { connection(&proxy, main, (client, peer), server).await });
    }
}

/// A client, from its first byte to its last.
async fn connection(proxy: &Proxy, main: Task, (client, peer): (TcpStream, SocketAddr), server: SocketAddr) {
    let mut teller = Teller::new(proxy, "connection", Some(main));
    let Ok(local) = client.local_addr() else { return };
    let (sock, fd) = teller.opened(local, peer);
    let client = Side { stream: client, sock, fd };
    let upstream = match TcpStream::connect(server).await {
        Ok(stream) => stream,
        Err(error) => {
            proxy.refused.fetch_add(1, Ordering::Relaxed);
            eprintln!("note: connect {server}: {}", errno::name(&error));
            teller.call(|| Call::Connect { fd, to: server });
            teller.failed(&error);
            return abort(&mut teller, [client]);
        }
    };
    let Ok(local) = upstream.local_addr() else { return abort(&mut teller, [client]) };
    let (sock, fd) = teller.opened(local, server);
    let upstream = Side { stream: upstream, sock, fd };
    // What arrives late enough need not wait for more.
    for side in [&client, &upstream] {
        let _ = side.stream.set_nodelay(true);
    }
    let mut resets = proxy.resets.subscribe();
    let relayed = tokio::select! {
        relayed = relay(proxy, teller.task, &client, &upstream) => relayed,
        _ = resets.changed() => Err(Reset),
    };
    match relayed {
        Ok(()) => {
            for side in [client, upstream] {
                teller.done(|| Call::Close { fd: side.fd });
                proxy.tell(0, teller.asked, Kind::Removed { sock: side.sock });
            }
        }
        Err(Reset) => {
            proxy.reset.fetch_add(1, Ordering::Relaxed);
            abort(&mut teller, [client, upstream]);
        }
    }
}

/// Closes with a reset.
fn abort<const N: usize>(teller: &mut Teller<'_>, sides: [Side; N]) {
    for side in sides {
        teller.done(|| Call::Abort { fd: side.fd });
        // Where it fails the connection is gone already.
        let _ = SockRef::from(&side.stream).set_linger(Some(Duration::ZERO));
        teller.proxy.tell(0, teller.asked, Kind::Removed { sock: side.sock });
    }
}

/// Passes everything on in both directions until both have ended.
async fn relay(proxy: &Proxy, parent: Task, client: &Side, server: &Side) -> Result<(), Reset> {
    let ((there, arrived), (back, returned)) = (channel(WAITING), channel(WAITING));
    tokio::try_join!(
        read(proxy, 0, Teller::new(proxy, "read from the client", Some(parent)), client, there),
        write(proxy, 0, Teller::new(proxy, "write to the server", Some(parent)), server, arrived),
        read(proxy, 1, Teller::new(proxy, "read from the server", Some(parent)), server, back),
        write(proxy, 1, Teller::new(proxy, "write to the client", Some(parent)), client, returned),
    )?;
    Ok(())
}

/// Reads to the end of a stream. Where the queue of the link is full, or the peer does not read, it waits.
async fn read(
    proxy: &Proxy,
    way: usize,
    mut teller: Teller<'_>,
    side: &Side,
    to: Sender<Piece>,
) -> Result<(), Reset> {
    let mut buffer = vec![0; PIECE];
    let mut last = Time::ZERO;
    loop {
        let fd = side.fd;
        teller.call(|| Call::Recv { fd, max: PIECE as u32, flags: RecvFlags::default() });
        let what = match receive(&side.stream, &mut buffer).await {
            Ok(len) => {
                teller.notice(|| Notice::Received(buffer[..len].into()));
                if len > 0 { What::Bytes(buffer[..len].to_vec()) } else { What::End }
            }
            Err(error) => {
                teller.failed(&error);
                What::Reset
            }
        };
        let over = !matches!(what, What::Bytes(_));
        let len = if let What::Bytes(bytes) = &what { bytes.len() } else { 0 };
        // Pieces of a stream never overtake each other.
        last = last.max(travel(proxy, way, len).await);
        // Where nobody writes any more the other side has reset the connection, and that is told there.
        let closed = to.send(Piece { due: last, what }).await.is_err();
        if over || closed {
            return Ok(());
        }
    }
}

/// When bytes that reach the link now are at its end. While its queue is full, they have not reached it.
async fn travel(proxy: &Proxy, way: usize, len: usize) -> Time {
    loop {
        if let Some(arrives) = offer(proxy, way, len) {
            return arrives;
        }
        tokio::time::sleep(SOON).await;
    }
}

fn offer(proxy: &Proxy, way: usize, len: usize) -> Option<Time> {
    let mut state = proxy.ways[way].state();
    match state.link.offer(proxy.now(), len as u32, 0, Order::default()) {
        Verdict::Refused(_) => None,
        Verdict::Taken(passage) => {
            state.tally.taken += len as u64;
            Some(passage.arrives)
        }
    }
}

async fn write(
    proxy: &Proxy,
    way: usize,
    mut teller: Teller<'_>,
    side: &Side,
    mut from: Receiver<Piece>,
) -> Result<(), Reset> {
    let fd = side.fd;
    while let Some(Piece { due, what }) = from.recv().await {
        proxy.wait_until(due).await;
        proxy.ways[way].flows().await;
        match what {
            What::Bytes(bytes) => {
                teller.call(|| Call::Send { fd, data: bytes.as_slice().into(), flags: SendFlags::default() });
                if let Err(error) = send(&side.stream, &bytes).await {
                    teller.failed(&error);
                    return Err(Reset);
                }
                teller.notice(|| Notice::Sent(bytes.len() as u32));
                proxy.ways[way].state().tally.given += bytes.len() as u64;
            }
            What::End => {
                teller.done(|| Call::Shutdown { fd, how: How::Write });
                // Where it fails the peer has reset the connection, which its reader is told.
                let _ = SockRef::from(&side.stream).shutdown(Shutdown::Write);
            }
            What::Reset => return Err(Reset),
        }
    }
    Ok(())
}

async fn receive(stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        stream.readable().await?;
        match stream.try_read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            received => return received,
        }
    }
}

async fn send(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            sent => bytes = &bytes[sent?..],
        }
    }
    Ok(())
}
