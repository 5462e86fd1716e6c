//! Calls that wait, on top of a host that never does.
//!
//! A driver hands a [`Call`] to [`Host::call`] and gets the [`Notice`], or a [`Blocked`] value: plain data that says
//! what is waited for. It keeps the value, and gives it another [`retry`](Blocked::retry) when
//! [`Host::take_ready`] names its [`sock`](Blocked::sock) or the clock reaches its [`deadline`](Blocked::deadline).
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
use crate::errno::Errno;
use crate::program::{Call, Notice};
use crate::time::Time;
use crate::trace::{Cx, Sock};
use serde::{Deserialize, Serialize};

/// A call that is not answered yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    call: Call,
    sock: Option<Sock>,
    deadline: Option<Time>,
    /// Bytes that the socket has taken of a send.
    sent: u32,
}

impl Host {
    /// Makes a call as a program does: the answer, or what the program waits for.
    ///
    /// # Errors
    /// [`Blocked`], which is no failure: the call goes on. Failures are [`Notice::Failed`].
    pub fn call(&mut self, call: Call, cx: &mut Cx) -> Result<Notice, Blocked> {
        let sock = call.fd().and_then(|fd| self.descriptors.get(fd).ok());
        let patience = match (&call, sock) {
            (Call::Sleep { span }, _) => Some(*span),
            (Call::Accept { .. } | Call::Recv { .. } | Call::RecvFrom { .. }, Some(sock)) => {
                self.sockets[&sock].options.receive_timeout()
            }
            _ => None,
        };
        let deadline = patience.map(|span| cx.now + span);
        let mut blocked = Blocked { call, sock, deadline, sent: 0 };
        match blocked.attempt(self, cx) {
            Ok(notice) => Ok(notice),
            Err(Errno::EAGAIN | Errno::EINPROGRESS) => Err(blocked),
            Err(error) => Ok(Notice::Failed(error)),
        }
    }
}

impl Blocked {
    /// What the program asked.
    pub fn call(&self) -> &Call {
        &self.call
    }
    /// The socket whose change is waited for; `None` where only time is.
    pub fn sock(&self) -> Option<Sock> {
        self.sock
    }
    /// When the waiting ends at the latest: with EAGAIN on a socket, with success for a sleep.
    pub fn deadline(&self) -> Option<Time> {
        self.deadline
    }
    /// Tries again; `None`: still blocked. Once it gave a notice the value is spent.
    pub fn retry(&mut self, host: &mut Host, cx: &mut Cx) -> Option<Notice> {
        let named = self.call.fd().and_then(|fd| host.descriptors.get(fd).ok());
        if named != self.sock {
            return Some(Notice::Failed(Errno::EBADF));
        }
        match self.attempt(host, cx) {
            Ok(notice) => Some(notice),
            // What `connect` says of a connection that came about since the first try.
            Err(Errno::EISCONN) if matches!(self.call, Call::Connect { .. }) => Some(Notice::Done),
            Err(Errno::EAGAIN | Errno::EINPROGRESS | Errno::EALREADY) if self.may_wait(cx) => None,
            Err(error) => Some(Notice::Failed(error)),
        }
    }
    fn may_wait(&self, cx: &Cx) -> bool {
        self.deadline.is_none_or(|deadline| cx.now < deadline)
    }
    fn attempt(&mut self, host: &mut Host, cx: &mut Cx) -> Result<Notice, Errno> {
        match &self.call {
            Call::Send { fd, data, flags } => {
                let (fd, flags, data) = (*fd, *flags, data.slice(self.sent as usize, data.len()));
                self.sent += host.send(fd, &data, flags, cx)?;
                self.all_sent()
            }
            Call::Sleep { .. } => {
                if self.may_wait(cx) {
                    Err(Errno::EAGAIN)
                } else {
                    Ok(Notice::Done)
                }
            }
            call => host.attempt(call, cx),
        }
    }
    fn all_sent(&self) -> Result<Notice, Errno> {
        let Call::Send { data, .. } = &self.call else { return Ok(Notice::Sent(self.sent)) };
        if self.sent as usize == data.len() { Ok(Notice::Sent(self.sent)) } else { Err(Errno::EAGAIN) }
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
            Call::Accept { fd } => self.accept(*fd, cx).map(|(fd, peer)| Notice::Accepted { fd, peer }),
            Call::Connect { fd, to } => self.connect(*fd, *to, cx).map(done),
            Call::GetOption { fd, name } => self.option(*fd, *name).map(Notice::Option),
            Call::Recv { fd, max, flags } => self.recv(*fd, *max, *flags, cx).map(Notice::Received),
            Call::RecvFrom { fd, max, flags } => {
                self.recv_from(*fd, *max, *flags, cx).map(|(data, from)| Notice::ReceivedFrom { data, from })
            }
            Call::SendTo { fd, data, to, flags } => {
                self.send_to(*fd, data, *to, *flags, cx).map(Notice::Sent)
            }
            Call::Shutdown { fd, how } => self.shutdown(*fd, *how, cx).map(done),
            Call::Close { fd } => self.close(*fd, cx).map(done),
            Call::Abort { fd } => self.abort(*fd, cx).map(done),
            Call::LocalName { fd } => self.local_name(*fd).map(Notice::Name),
            Call::Resolve { name } => self.resolve(name).map(Notice::Address),
            _ => Err(Errno::EOPNOTSUPP),
        }
    }
}
