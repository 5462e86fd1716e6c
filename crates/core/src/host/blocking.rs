//! Calls that wait, on top of a host that never does.
//!
//! A driver hands a [`Call`] to [`Host::call`] and gets the [`Notice`], or a [`Blocked`] value: plain data that says
//! what is waited for. It keeps the value, and gives it another [`retry`](Blocked::retry) when
//! [`Host::take_ready`] names one of its [`socks`](Blocked::socks) or the clock reaches its [`deadline`](Blocked::deadline).
//!
//! Not the host's business are `Spawn`, `Print` and `Exit`: they are about programs, and whoever runs programs answers
//! them (on `Exit` it also closes the descriptors that no other thread has). Handed to a host they fail with EOPNOTSUPP.
//!
//! ```
//! use sockscope_core::errno::Errno;
//! use sockscope_core::host::{Host, HostConfig};
//! use sockscope_core::program::{Call, Family, Fd, Notice, RecvFlags, SocketKind, SocketOption};
//! use sockscope_core::time::{Span, Time};
//! use sockscope_core::trace::{Cx, Log, Node};
//!
//! let mut log = Log::off();
//! let mut cx = Cx { now: Time::ZERO, node: Node(0), cause: None, log: &mut log };
//! let mut host = Host::new(HostConfig::new(Node(0), vec![[10, 0, 0, 1].into()]), 42);
//! let fd = Fd(3);
//! let socket = Call::Socket { kind: SocketKind::Datagram, family: Family::Inet };
//! assert_eq!(host.call(socket, &mut cx), Ok(Notice::Socket(fd)));
//! let option = SocketOption::ReceiveTimeout(Some(Span::from_millis(500)));
//! assert_eq!(host.call(Call::SetOption { fd, option }, &mut cx), Ok(Notice::Done));
//! let mut blocked = host.call(Call::Recv { fd, max: 2048, flags: RecvFlags::NONE }, &mut cx).unwrap_err();
//! assert_eq!(blocked.retry(&mut host, &mut cx), None);
//! cx.now = blocked.deadline().unwrap();
//! assert_eq!(blocked.retry(&mut host, &mut cx), Some(Notice::Failed(Errno::EAGAIN)));
//! ```

use super::Host;
use super::socket::Role;
use crate::errno::Errno;
use crate::program::{Call, Fd, Notice, OptionName, Readiness, RecvFlags, SendFlags, SocketOption};
use crate::tcp::State;
use crate::time::{Span, Time};
use crate::trace::{Cx, Sock};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// A call that is not answered yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    call: Call,
    sock: Option<Sock>,
    deadline: Option<Time>,
    progress: Progress,
}

/// How far the call has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Progress {
    /// Bytes that the socket has taken of a send.
    Sent(u32),
    /// What a receive that waits for all has so far.
    Gathered(Box<Gathered>),
    /// The sockets that a `poll` asks about.
    Polled(Box<[Sock]>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Gathered {
    data: Vec<u8>,
    from: SocketAddr,
}

impl Host {
    /// Makes a call as a program does: the answer, or what the program waits for. On a non-blocking descriptor
    /// (`O_NONBLOCK`, `MSG_DONTWAIT`) it never waits.
    ///
    /// # Errors
    /// [`Blocked`], which is no failure: the call goes on. Failures are [`Notice::Failed`].
    pub fn call(&mut self, call: Call, cx: &mut Cx) -> Result<Notice, Blocked> {
        let sock = call.fd().and_then(|fd| self.descriptors.get(fd).ok());
        let waits = self.may_wait(&call, sock);
        let deadline = self.patience(&call, sock).map(|span| cx.now + span);
        let progress = match &call {
            Call::Poll { fds, .. } => Progress::Polled(self.polled(fds)),
            _ => Progress::Sent(0),
        };
        let mut blocked = Blocked { call, sock, deadline, progress };
        match blocked.attempt(self, cx) {
            // `close` is done, but waits until all is acknowledged.
            Ok(_) if blocked.lingers(self) && waits && blocked.may_wait(cx) => Err(blocked),
            // So does a send that connects: until the handshake is over.
            Ok(_) if blocked.opens(self) && waits && blocked.may_wait(cx) => Err(blocked),
            Ok(notice) => Ok(notice),
            Err(Errno::EAGAIN | Errno::EINPROGRESS) if waits && blocked.may_wait(cx) => Err(blocked),
            Err(error) => Ok(blocked.give_up(error)),
        }
    }
    /// Whether the call waits where it cannot be done at once.
    fn may_wait(&self, call: &Call, sock: Option<Sock>) -> bool {
        let never = match call {
            Call::Send { flags, .. } | Call::SendTo { flags, .. } => flags.has(SendFlags::DONTWAIT),
            Call::Recv { flags, .. } | Call::RecvFrom { flags, .. } => {
                flags.has(RecvFlags::DONTWAIT) || flags.has(RecvFlags::OOB)
            }
            _ => false,
        };
        !never && sock.is_none_or(|sock| !self.sockets[sock].options.has(SocketOption::NonBlocking(true)))
    }
    /// How long the call may wait; `None`: for ever.
    fn patience(&self, call: &Call, sock: Option<Sock>) -> Option<Span> {
        let options = sock.map(|sock| &self.sockets[sock].options);
        match call {
            Call::Sleep { span } => Some(*span),
            Call::Poll { timeout, .. } => *timeout,
            Call::Accept { .. } | Call::Recv { .. } | Call::RecvFrom { .. } => options?.receive_timeout(),
            Call::Connect { .. } | Call::Send { .. } | Call::SendTo { .. } => options?.send_timeout(),
            // Without SO_LINGER it does not wait at all.
            Call::Close { .. } => Some(options?.linger().unwrap_or_default()),
            _ => None,
        }
    }
    /// The sockets that a `poll` is about.
    fn polled(&self, fds: &[(Fd, Readiness)]) -> Box<[Sock]> {
        fds.iter().filter_map(|(fd, _)| self.descriptors.get(*fd).ok()).collect()
    }
    /// The descriptors that are ready for something that was asked about; EAGAIN where none is.
    fn poll(&self, fds: &[(Fd, Readiness)]) -> Result<Notice, Errno> {
        let told = |(fd, wanted): &(Fd, Readiness)| Ok((*fd, self.readiness(*fd)?.told(*wanted)));
        let mut ready = fds.iter().map(told).collect::<Result<Vec<_>, Errno>>()?;
        ready.retain(|(_, readiness)| *readiness != Readiness::NONE);
        if ready.is_empty() { Err(Errno::EAGAIN) } else { Ok(Notice::Ready(ready)) }
    }
    /// Whether a socket that nobody has any more still waits for an ACK of what was sent.
    fn is_closing(&self, sock: Sock) -> bool {
        let role = self.sockets.get(sock).map(|socket| &socket.role);
        let Some(Role::Connection(connection)) = role else { return false };
        matches!(connection.state(), State::FinWait1 | State::Closing | State::LastAck)
    }
}

impl Host {
    /// Whether a connection that a send began has not come about yet.
    fn is_opening_fast(&self, sock: Sock) -> bool {
        let role = self.sockets.get(sock).map(|socket| &socket.role);
        let Some(Role::Connection(connection)) = role else { return false };
        connection.state() == State::SynSent && connection.opens_by_send()
    }
}

impl Blocked {
    /// What the program asked.
    pub fn call(&self) -> &Call {
        &self.call
    }
    /// The sockets whose change is waited for; none where only time is.
    pub fn socks(&self) -> impl Iterator<Item = Sock> {
        let polled: &[Sock] = if let Progress::Polled(socks) = &self.progress { socks } else { &[] };
        self.sock.iter().chain(polled).copied()
    }
    /// When the waiting ends at the latest: with EAGAIN on a socket, with success for a sleep.
    pub fn deadline(&self) -> Option<Time> {
        self.deadline
    }
    /// Tries again; `None`: still blocked. Once it gave a notice the value is spent.
    pub fn retry(&mut self, host: &mut Host, cx: &mut Cx) -> Option<Notice> {
        if matches!(self.call, Call::Close { .. }) {
            return (!self.lingers(host) || !self.may_wait(cx)).then_some(Notice::Done);
        }
        let named = self.call.fd().and_then(|fd| host.descriptors.get(fd).ok());
        if named != self.sock || self.has_lost_one(host) {
            return Some(Notice::Failed(Errno::EBADF));
        }
        if self.opens(host) && self.may_wait(cx) {
            return None;
        }
        match self.attempt(host, cx) {
            Ok(notice) => Some(notice),
            // What `connect` says of a connection that came about since the first try.
            Err(Errno::EISCONN) if matches!(self.call, Call::Connect { .. }) => Some(Notice::Done),
            Err(Errno::EAGAIN | Errno::EINPROGRESS | Errno::EALREADY) if self.may_wait(cx) => None,
            Err(Errno::EALREADY) => Some(Notice::Failed(Errno::EINPROGRESS)),
            Err(error) => Some(self.give_up(error)),
        }
    }
    /// Whether a descriptor that is polled was closed meanwhile.
    fn has_lost_one(&self, host: &Host) -> bool {
        match (&self.call, &self.progress) {
            (Call::Poll { fds, .. }, Progress::Polled(socks)) => host.polled(fds) != *socks,
            _ => false,
        }
    }
    fn sent(&self) -> u32 {
        if let Progress::Sent(sent) = self.progress { sent } else { 0 }
    }
    fn may_wait(&self, cx: &Cx) -> bool {
        self.deadline.is_none_or(|deadline| cx.now < deadline)
    }
    /// Whether this is a `close` that has something to wait for.
    fn lingers(&self, host: &Host) -> bool {
        matches!(self.call, Call::Close { .. }) && self.sock.is_some_and(|sock| host.is_closing(sock))
    }
    /// Whether this is a send that connects, and the handshake goes on.
    fn opens(&self, host: &Host) -> bool {
        matches!(self.call, Call::Send { .. } | Call::SendTo { .. })
            && self.sock.is_some_and(|sock| host.is_opening_fast(sock))
    }
    /// The answer where there is no more waiting: what was done so far, or why nothing was.
    fn give_up(&mut self, error: Errno) -> Notice {
        match &self.call {
            Call::Poll { .. } if error == Errno::EAGAIN => Notice::Ready(Vec::new()),
            Call::Send { .. } | Call::SendTo { .. } if error == Errno::EAGAIN && self.sent() > 0 => {
                Notice::Sent(self.sent())
            }
            _ => self.received().unwrap_or(Notice::Failed(error)),
        }
    }
    fn attempt(&mut self, host: &mut Host, cx: &mut Cx) -> Result<Notice, Errno> {
        match &self.call {
            Call::Send { fd, data, flags } => {
                let rest = data.slice(self.sent() as usize, data.len());
                let (sent, len) = (host.send(*fd, &rest, *flags, cx)?, data.len());
                self.note_sent(sent, len)
            }
            Call::SendTo { fd, data, to, flags } => {
                let rest = data.slice(self.sent() as usize, data.len());
                let (sent, len) = (host.send_to(*fd, &rest, *to, *flags, cx)?, data.len());
                self.note_sent(sent, len)
            }
            Call::Recv { fd, max, flags } | Call::RecvFrom { fd, max, flags }
                if flags.has(RecvFlags::WAITALL) && host.is_stream(*fd) =>
            {
                self.gather(*fd, *max, *flags, host, cx)
            }
            Call::Poll { fds, .. } => host.poll(fds),
            Call::Sleep { .. } if self.may_wait(cx) => Err(Errno::EAGAIN),
            Call::Sleep { .. } => Ok(Notice::Done),
            call => host.attempt(call, cx),
        }
    }
    /// The socket took some more of `len` bytes.
    fn note_sent(&mut self, more: u32, len: usize) -> Result<Notice, Errno> {
        let sent = self.sent() + more;
        self.progress = Progress::Sent(sent);
        if sent as usize == len { Ok(Notice::Sent(sent)) } else { Err(Errno::EAGAIN) }
    }
    /// `MSG_WAITALL`: receives until all that was asked for is there, the stream ends or an error is pending, which is
    /// left to the next call.
    fn gather(
        &mut self,
        fd: Fd,
        max: u32,
        flags: RecvFlags,
        host: &mut Host,
        cx: &mut Cx,
    ) -> Result<Notice, Errno> {
        loop {
            let so_far =
                if let Progress::Gathered(gathered) = &self.progress { gathered.data.len() } else { 0 };
            let (data, from) = host.recv_from(fd, max - so_far as u32, flags, cx)?;
            let ready = host.readiness(fd)?;
            let at_mark = host.option(fd, OptionName::AtMark) == Ok(SocketOption::AtMark(true));
            let over =
                data.is_empty() || ready.error || at_mark || flags.has(RecvFlags::PEEK) && ready.read_hang_up;
            if flags.has(RecvFlags::PEEK) && data.len() < max as usize && !over {
                return Err(Errno::EAGAIN);
            }
            match &mut self.progress {
                Progress::Gathered(gathered) => gathered.data.extend_from_slice(&data),
                progress => *progress = Progress::Gathered(Box::new(Gathered { data: data.to_vec(), from })),
            }
            if over || so_far + data.len() == max as usize {
                return self.received().ok_or(Errno::EAGAIN);
            }
        }
    }
    /// What was gathered, where something was.
    fn received(&mut self) -> Option<Notice> {
        let Progress::Gathered(gathered) = std::mem::replace(&mut self.progress, Progress::Sent(0)) else {
            return None;
        };
        let Gathered { data, from } = *gathered;
        Some(match &self.call {
            Call::RecvFrom { .. } => Notice::ReceivedFrom { data: data.into(), from: from.into() },
            _ => Notice::Received(data.into()),
        })
    }
}

impl Host {
    /// A call that is done in one go or not at all.
    fn attempt(&mut self, call: &Call, cx: &mut Cx) -> Result<Notice, Errno> {
        let done = |()| Notice::Done;
        match call {
            Call::Socket { kind, family } => self.socket(*kind, *family, cx).map(Notice::Socket),
            Call::Bind { fd, addr } => self.bind(*fd, *addr, cx).map(done),
            Call::SetOption { fd, option } => self.set_option(*fd, *option, cx).map(done),
            Call::Listen { fd, backlog } => self.listen(*fd, *backlog, cx).map(done),
            Call::Accept { fd } => {
                self.accept(*fd, cx).map(|(fd, peer)| Notice::Accepted { fd, peer: peer.into() })
            }
            Call::Connect { fd, to } => self.connect(*fd, *to, cx).map(done),
            Call::GetOption { fd, name } => self.option(*fd, *name).map(Notice::Option),
            Call::Recv { fd, max, flags } => self.recv(*fd, *max, *flags, cx).map(Notice::Received),
            Call::RecvFrom { fd, max, flags } => self
                .recv_from(*fd, *max, *flags, cx)
                .map(|(data, from)| Notice::ReceivedFrom { data, from: from.into() }),
            Call::SendTo { fd, data, to, flags } => {
                self.send_to(*fd, data, *to, *flags, cx).map(Notice::Sent)
            }
            Call::Shutdown { fd, how } => self.shutdown(*fd, *how, cx).map(done),
            Call::Close { fd } => self.close(*fd, cx).map(done),
            Call::Abort { fd } => self.abort(*fd, cx).map(done),
            Call::LocalName { fd } => self.local_name(*fd).map(|name| Notice::Name(name.into())),
            Call::PeerName { fd } => self.peer_name(*fd).map(|name| Notice::Name(name.into())),
            Call::Resolve { name, family } => self.resolve(name, *family).map(Notice::Address),
            _ => Err(Errno::EOPNOTSUPP),
        }
    }
}
