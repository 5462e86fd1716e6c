//! The descriptors of one program, and the calls on them.
//!
//! Each call is the function of the operating system that has its name. On blocking sockets (std threads) it waits
//! in there; on non-blocking ones (tokio) it says `WouldBlock` and is performed again when the socket is ready.

#[cfg(unix)]
use super::registration::Registration;
use super::socket::{OsSocket, duration};
use super::{errno, numbers};
use rustix::event::{self, PollFd, PollFlags, Timespec};
use sockscope_core::program::{
    Call, Fd, How, Notice, OptionName, Readiness, RecvFlags, SendFlags, SocketKind, SocketOption,
};
use sockscope_core::time::Span;
use sockscope_core::trace::{Kind, Sock};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::mem::MaybeUninit;
use std::net::{Shutdown, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// One receive takes at most so many bytes: a whole datagram, and of a stream as much as one read is good for.
pub(super) const MOST: usize = 65_536;

/// Takes what is observed about sockets, where somebody wants to know.
#[derive(Clone, Copy)]
pub(super) struct Witness<'a>(Option<&'a dyn Fn(Kind)>);

impl<'a> Witness<'a> {
    pub(super) fn of(tell: &'a dyn Fn(Kind)) -> Witness<'a> {
        Witness(Some(tell))
    }
    pub(super) fn none() -> Witness<'a> {
        Witness(None)
    }
    /// Finds out and tells what happened; does neither where nobody wants to know.
    fn tell(self, find: impl FnOnce() -> io::Result<Kind>) -> io::Result<()> {
        self.0.map_or(Ok(()), |tell| find().map(tell))
    }
}

/// The open descriptors of one program, shared by its threads. Their numbers are the operating system's.
pub(super) struct Descriptors {
    blocking: bool,
    open: Mutex<BTreeMap<Fd, Arc<Entry>>>,
    sockets: AtomicU32,
}

/// An open socket. A thread that waits in it keeps it open although another has closed it, as the kernel does.
pub(super) struct Entry {
    sock: Sock,
    pub(super) socket: Arc<OsSocket>,
    bound: AtomicBool,
    /// What the program sees of `O_NONBLOCK`. With tokio the system's is always on.
    pub(super) non_blocking: AtomicBool,
    /// `SO_RCVTIMEO` and `SO_SNDTIMEO` in nanoseconds, zero for none, so that tokio need not ask for them at every wait.
    pub(super) receive_at_most: AtomicU64,
    pub(super) send_at_most: AtomicU64,
    #[cfg(unix)]
    pub(super) registration: Registration,
}

/// How far a call has come that did not succeed at once.
#[derive(Default)]
pub(super) struct Progress {
    sent: usize,
    received: Vec<u8>,
    from: Option<SocketAddr>,
    connecting: bool,
}

impl Progress {
    /// The answer where there is no more waiting: what was done so far, or why nothing was.
    pub(super) fn give_up(&mut self, call: &Call, error: io::Error) -> io::Result<Notice> {
        match error.kind() {
            io::ErrorKind::WouldBlock if self.sent > 0 => Ok(Notice::Sent(count(self.sent))),
            io::ErrorKind::WouldBlock if !self.received.is_empty() => Ok(self.received(call)),
            _ => Err(error),
        }
    }

    fn received(&mut self, call: &Call) -> Notice {
        let data = std::mem::take(&mut self.received).into();
        match (call, self.from) {
            (Call::RecvFrom { .. }, Some(from)) => Notice::ReceivedFrom { data, from: from.into() },
            _ => Notice::Received(data),
        }
    }
}

impl Descriptors {
    /// No open descriptor; sockets will wait in the operating system, or not at all.
    pub(super) fn new(blocking: bool) -> Descriptors {
        Descriptors { blocking, open: Mutex::default(), sockets: AtomicU32::new(0) }
    }

    /// Performs a call on a socket and tells `witness` what came of it.
    ///
    /// # Errors
    /// The operating system's; `WouldBlock` on a non-blocking socket means: again with the same `progress`.
    pub(super) fn perform(
        &self,
        call: &Call,
        progress: &mut Progress,
        witness: Witness<'_>,
    ) -> io::Result<Notice> {
        match call {
            Call::Socket { kind, family } => {
                let (fd, sock) = self.insert(OsSocket::open(*kind, *family, self.blocking)?, false);
                witness.tell(|| Ok(Kind::Opened { sock, kind: *kind, fd: Some(fd), listener: None }))?;
                Ok(Notice::Socket(fd))
            }
            Call::Accept { fd } => self.accept(&*self.get(*fd)?, witness),
            Call::Close { fd } => self.release(*fd, witness),
            Call::Poll { fds, timeout } => self.poll(fds, *timeout),
            Call::SetOption { fd, option: SocketOption::NonBlocking(on) } => {
                let entry = self.get(*fd)?;
                entry.non_blocking.store(*on, Ordering::Relaxed);
                entry.socket.common().set_nonblocking(*on || !self.blocking)?;
                Ok(Notice::Done)
            }
            Call::Abort { fd } => {
                self.get(*fd)?.socket.common().set_linger(Some(Duration::ZERO))?;
                self.release(*fd, witness)
            }
            _ => match call.fd() {
                Some(fd) => self.get(fd)?.perform(call, progress, witness),
                None => Err(io::Error::from_raw_os_error(numbers::EINVAL)),
            },
        }
    }

    /// Closes whatever is open.
    pub(super) fn close_all(&self, tell: impl Fn(Kind)) {
        while let Some((fd, entry)) = self.lock().pop_first() {
            tell(Kind::Released { sock: entry.sock, fd });
        }
    }

    /// Wakes every thread that waits in a socket of these: nothing more can be sent or received.
    pub(super) fn cut(&self) {
        for entry in self.lock().values() {
            // A socket that has no peer says ENOTCONN, and wakes its threads all the same.
            let _ = entry.socket.common().shutdown(Shutdown::Both);
        }
    }

    /// `poll()`, which waits in the system.
    pub(super) fn poll(&self, fds: &[(Fd, Readiness)], timeout: Option<Span>) -> io::Result<Notice> {
        let entries = fds.iter().map(|(fd, _)| self.get(*fd)).collect::<io::Result<Vec<_>>>()?;
        let asked = entries.iter().zip(fds);
        let mut polled: Vec<_> =
            asked.map(|(entry, (_, wanted))| PollFd::new(&*entry.socket, events(*wanted))).collect();
        let timeout = timeout.map(|span| Timespec::try_from(duration(span)).unwrap_or_default());
        uninterrupted(|| Ok(event::poll(&mut polled, timeout.as_ref())?))?;
        let ready = fds.iter().zip(&polled).filter(|(_, polled)| !polled.revents().is_empty());
        Ok(Notice::Ready(ready.map(|((fd, _), polled)| (*fd, readiness(polled.revents()))).collect()))
    }

    pub(super) fn get(&self, fd: Fd) -> io::Result<Arc<Entry>> {
        self.lock().get(&fd).cloned().ok_or_else(|| io::Error::from_raw_os_error(numbers::EBADF))
    }

    fn accept(&self, listener: &Entry, witness: Witness<'_>) -> io::Result<Notice> {
        let (socket, peer) = uninterrupted(|| listener.socket.accept(self.blocking))?;
        let socket = Arc::new(socket);
        let (fd, sock) = self.insert(socket.clone(), true);
        let kind = SocketKind::Stream;
        witness.tell(|| Ok(Kind::Opened { sock, kind, fd: None, listener: Some(listener.sock) }))?;
        witness.tell(|| Ok(Kind::Connected { sock, local: socket.local()?.into(), remote: peer.into() }))?;
        witness.tell(|| Ok(Kind::Accepted { sock, fd }))?;
        Ok(Notice::Accepted { fd, peer: peer.into() })
    }

    fn insert(&self, socket: impl Into<Arc<OsSocket>>, bound: bool) -> (Fd, Sock) {
        let socket = socket.into();
        let fd = socket.number();
        let sock = Sock(self.sockets.fetch_add(1, Ordering::Relaxed));
        let bound = AtomicBool::new(bound);
        let (non_blocking, receive_at_most, send_at_most) = Default::default();
        let entry = Entry {
            sock,
            socket,
            bound,
            non_blocking,
            receive_at_most,
            send_at_most,
            #[cfg(unix)]
            registration: Registration::default(),
        };
        self.lock().insert(fd, Arc::new(entry));
        (fd, sock)
    }

    fn release(&self, fd: Fd, witness: Witness<'_>) -> io::Result<Notice> {
        let entry = self.lock().remove(&fd).ok_or_else(|| io::Error::from_raw_os_error(numbers::EBADF))?;
        witness.tell(|| Ok(Kind::Released { sock: entry.sock, fd }))?;
        Ok(Notice::Done)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Fd, Arc<Entry>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn perform(&self, call: &Call, progress: &mut Progress, witness: Witness<'_>) -> io::Result<Notice> {
        let socket = &self.socket;
        match call {
            Call::Bind { addr, .. } => {
                socket.common().bind(&(*addr).into())?;
                self.note_port(false, witness)?;
            }
            Call::SetOption { option, .. } => {
                socket.set_option(*option)?;
                let nanos = |span: Option<Span>| span.map_or(0, Span::as_nanos);
                match *option {
                    SocketOption::ReceiveTimeout(span) => {
                        self.receive_at_most.store(nanos(span), Ordering::Relaxed);
                    }
                    SocketOption::SendTimeout(span) => {
                        self.send_at_most.store(nanos(span), Ordering::Relaxed);
                    }
                    _ => {}
                }
            }
            Call::GetOption { name: OptionName::NonBlocking, .. } => {
                let on = self.non_blocking.load(Ordering::Relaxed);
                return Ok(Notice::Option(SocketOption::NonBlocking(on)));
            }
            Call::GetOption { name, .. } => return socket.option(*name).map(Notice::Option),
            Call::Listen { backlog, .. } => {
                socket.common().listen(i32::try_from(*backlog).unwrap_or(i32::MAX))?;
                self.note_port(true, witness)?;
                witness.tell(|| Ok(Kind::Listening { sock: self.sock, backlog: *backlog }))?;
            }
            Call::Connect { to, .. } => self.connect(*to, progress, witness)?,
            Call::Send { data, flags, .. } => return self.send(data, *flags, progress),
            Call::SendTo { data, to, flags, .. } => {
                let sent = uninterrupted(|| socket.send_to(data, *to, *flags))?;
                self.note_port(true, witness)?;
                return Ok(Notice::Sent(count(sent)));
            }
            Call::Recv { max, flags, .. } | Call::RecvFrom { max, flags, .. } if self.gathers(*flags) => {
                progress.from = Some(socket.peer()?);
                return self.gather(call, *max, *flags, progress);
            }
            Call::Recv { max, flags, .. } => {
                return received(*max, |room| socket.recv(room, *flags)).map(Notice::Received);
            }
            Call::RecvFrom { max, flags, .. } => {
                let (data, from) = received(*max, |room| socket.recv_from(room, *flags))?;
                let from = from.map_or_else(|| socket.peer(), Ok)?;
                return Ok(Notice::ReceivedFrom { data, from: from.into() });
            }
            Call::Shutdown { how, .. } => socket.common().shutdown(direction(*how))?,
            Call::LocalName { .. } => return socket.local().map(|local| Notice::Name(local.into())),
            Call::PeerName { .. } => return socket.peer().map(|peer| Notice::Name(peer.into())),
            _ => return Err(io::Error::from_raw_os_error(numbers::EINVAL)),
        }
        Ok(Notice::Done)
    }

    /// On a non-blocking socket a second `connect` tells how the first one went: that is how a kernel ends it.
    fn connect(&self, to: SocketAddr, progress: &mut Progress, witness: Witness<'_>) -> io::Result<()> {
        if let Err(error) = uninterrupted(|| self.socket.common().connect(&to.into())) {
            match error.raw_os_error() {
                Some(numbers::EINPROGRESS) if self.non_blocking.load(Ordering::Relaxed) => return Err(error),
                Some(numbers::EINPROGRESS) => progress.connecting = true,
                Some(numbers::EALREADY) if progress.connecting => {}
                Some(numbers::EISCONN) if progress.connecting => return self.note_peer(witness),
                _ => {
                    #[cfg(unix)]
                    self.registration.forget();
                    return Err(error);
                }
            }
            return Err(errno::would_block());
        }
        self.note_peer(witness)
    }

    fn send(&self, data: &[u8], flags: SendFlags, progress: &mut Progress) -> io::Result<Notice> {
        loop {
            progress.sent += uninterrupted(|| self.socket.send(&data[progress.sent..], flags))?;
            if progress.sent >= data.len() {
                return Ok(Notice::Sent(count(progress.sent)));
            }
        }
    }

    /// Whether the receive is one of a stream that waits for all: it is put together here, because the system does so on
    /// blocking sockets only.
    fn gathers(&self, flags: RecvFlags) -> bool {
        flags.has(RecvFlags::WAITALL)
            && !flags.has(RecvFlags::PEEK)
            && matches!(*self.socket, OsSocket::Stream(_))
    }

    fn gather(&self, call: &Call, max: u32, flags: RecvFlags, progress: &mut Progress) -> io::Result<Notice> {
        let flags = if flags.has(RecvFlags::DONTWAIT) { RecvFlags::DONTWAIT } else { RecvFlags::NONE };
        loop {
            let left = max - count(progress.received.len());
            let data = received(left, |room| self.socket.recv(room, flags))?;
            progress.received.extend_from_slice(&data);
            if data.is_empty() || progress.received.len() == max as usize {
                return Ok(progress.received(call));
            }
        }
    }

    /// Records the peer, and the local address where it was the system that chose it.
    fn note_peer(&self, witness: Witness<'_>) -> io::Result<()> {
        self.note_port(true, witness)?;
        witness.tell(|| {
            let (local, remote) = (self.socket.local()?, self.socket.peer()?);
            Ok(Kind::Connected { sock: self.sock, local: local.into(), remote: remote.into() })
        })
    }

    /// Records the local address the first time there is one to see.
    fn note_port(&self, implicit: bool, witness: Witness<'_>) -> io::Result<()> {
        if !self.bound.swap(true, Ordering::Relaxed) {
            let sock = self.sock;
            return witness.tell(|| Ok(Kind::Bound { sock, local: self.socket.local()?.into(), implicit }));
        }
        Ok(())
    }
}

/// The peer sends no more: only Linux tells it apart.
#[cfg(target_os = "linux")]
const RDHUP: PollFlags = PollFlags::RDHUP;
#[cfg(not(target_os = "linux"))]
const RDHUP: PollFlags = PollFlags::empty();

/// What `poll` is asked about.
fn events(wanted: Readiness) -> PollFlags {
    let pairs = [
        (wanted.readable, PollFlags::IN),
        (wanted.writable, PollFlags::OUT),
        (wanted.urgent, PollFlags::PRI),
        (wanted.read_hang_up, RDHUP),
    ];
    pairs.into_iter().filter(|(asked, _)| *asked).map(|(_, flag)| flag).collect()
}

/// What `poll` answered.
fn readiness(events: PollFlags) -> Readiness {
    Readiness {
        readable: events.contains(PollFlags::IN),
        writable: events.contains(PollFlags::OUT),
        urgent: events.contains(PollFlags::PRI),
        error: events.contains(PollFlags::ERR),
        hang_up: events.contains(PollFlags::HUP),
        read_hang_up: events.intersects(RDHUP),
    }
}

fn direction(how: How) -> Shutdown {
    match how {
        How::Read => Shutdown::Read,
        How::Write => Shutdown::Write,
        How::Both => Shutdown::Both,
    }
}

/// Receives into room for `max` bytes. Each thread has one memory that the system writes to.
fn received<T>(max: u32, mut receive: impl FnMut(&mut [MaybeUninit<u8>]) -> io::Result<T>) -> io::Result<T> {
    thread_local! {
        static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    let most = MOST.min(max as usize);
    BUFFER.with_borrow_mut(|buffer| {
        buffer.reserve(most);
        let room = &mut buffer.spare_capacity_mut()[..most];
        uninterrupted(|| receive(room))
    })
}

fn count(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// Calls again where a signal broke the call off.
fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
