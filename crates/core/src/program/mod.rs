//! The waist: what a program asks of the system below it, and what it is told.
//!
//! A program hands out one [`Call`] at a time and is handed one [`Notice`] for it. The simulated host, std threads
//! over real sockets and tokio over real sockets all answer the same calls, so a program runs on each unchanged.
//! Calls block as they do in BSD sockets: the notice comes when the call is done. Receive is pull: without a
//! `Recv` no bytes move to the program, so windows really close.

mod flags;
mod option;
mod readiness;

pub use flags::{RecvFlags, SendFlags};
pub use option::{CongestionControl, OptionName, SocketOption};
pub use readiness::Readiness;

use crate::errno::Errno;
use crate::payload::Payload;
use crate::time::Span;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// A file descriptor of one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fd(pub u32);

impl fmt::Display for Fd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The type of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SocketKind {
    /// `SOCK_STREAM`: TCP.
    Stream,
    /// `SOCK_DGRAM`: UDP.
    Datagram,
}

/// The address family of a socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// `AF_INET`: IPv4.
    #[default]
    Inet,
    /// `AF_INET6`: IPv6.
    Inet6,
}

impl Family {
    /// Whether it is the one that is meant where nothing is said.
    pub fn is_inet(&self) -> bool {
        *self == Family::Inet
    }
    /// The first of these addresses that is of this family.
    ///
    /// ```
    /// use sockscope_core::program::Family;
    /// use std::net::IpAddr;
    /// let both: [IpAddr; 2] = ["10.0.0.1".parse().unwrap(), "fd00::1".parse().unwrap()];
    /// assert_eq!(Family::Inet6.first(&both), Some(both[1]));
    /// assert_eq!(Family::Inet6.first(&both[..1]), None);
    /// ```
    pub fn first(self, addresses: &[IpAddr]) -> Option<IpAddr> {
        addresses.iter().find(|address| address.is_ipv4() == self.is_inet()).copied()
    }
}

/// Which direction `shutdown` ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// `SHUT_RD`: no more receives.
    Read,
    /// `SHUT_WR`: no more sends; TCP sends its FIN.
    Write,
    /// `SHUT_RDWR`: both.
    Both,
}

/// What a program asks. Each call is answered by one [`Notice`]; any call may be answered by [`Notice::Failed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// `socket()`: answered by [`Notice::Socket`]. No port is chosen here: `getsockname` would say port 0.
    Socket {
        /// Stream or datagram.
        kind: SocketKind,
        /// IPv4 or IPv6.
        family: Family,
    },
    /// `bind()`: answered by [`Notice::Done`].
    Bind {
        /// The socket.
        fd: Fd,
        /// Local address; the unspecified address means every interface, port 0 means any free one.
        addr: SocketAddr,
    },
    /// `setsockopt()`: answered by [`Notice::Done`].
    SetOption {
        /// The socket.
        fd: Fd,
        /// The option and its value.
        option: SocketOption,
    },
    /// `getsockopt()`: answered by [`Notice::Option`].
    GetOption {
        /// The socket.
        fd: Fd,
        /// Which option.
        name: OptionName,
    },
    /// `listen()`: answered by [`Notice::Done`].
    Listen {
        /// The socket, from now on a welcoming socket.
        fd: Fd,
        /// How many finished connections may wait for `accept()`.
        backlog: u32,
    },
    /// `accept()`: waits for a finished connection; answered by [`Notice::Accepted`].
    Accept {
        /// The welcoming socket.
        fd: Fd,
    },
    /// `connect()`: for TCP waits for the handshake, for UDP only notes the peer; answered by [`Notice::Done`].
    Connect {
        /// The socket.
        fd: Fd,
        /// The peer.
        to: SocketAddr,
    },
    /// `send()`: waits until the send buffer took every byte; answered by [`Notice::Sent`].
    Send {
        /// The connected socket.
        fd: Fd,
        /// What to send; for UDP, one datagram.
        data: Payload,
        /// How.
        #[serde(default, skip_serializing_if = "SendFlags::is_empty")]
        flags: SendFlags,
    },
    /// `sendto()`: one datagram, or on a stream as `send()`; answered by [`Notice::Sent`].
    SendTo {
        /// The socket.
        fd: Fd,
        /// What to send; for UDP, one datagram.
        data: Payload,
        /// Where it goes. A stream goes to its peer, whatever this says; with [`SendFlags::FASTOPEN`] it is connected to
        /// this address.
        to: SocketAddr,
        /// How.
        #[serde(default, skip_serializing_if = "SendFlags::is_empty")]
        flags: SendFlags,
    },
    /// `recv()`: waits for at least one byte, a datagram or the end of the stream; answered by [`Notice::Received`].
    Recv {
        /// The socket.
        fd: Fd,
        /// At most so many bytes; the rest of a longer datagram is lost.
        max: u32,
        /// How.
        #[serde(default, skip_serializing_if = "RecvFlags::is_empty")]
        flags: RecvFlags,
    },
    /// `recvfrom()`: as `recv()`, and who sent it; answered by [`Notice::ReceivedFrom`].
    RecvFrom {
        /// The socket.
        fd: Fd,
        /// At most so many bytes; the rest of a longer datagram is lost.
        max: u32,
        /// How.
        #[serde(default, skip_serializing_if = "RecvFlags::is_empty")]
        flags: RecvFlags,
    },
    /// `shutdown()`: answered by [`Notice::Done`].
    Shutdown {
        /// The socket.
        fd: Fd,
        /// Which direction.
        how: How,
    },
    /// `close()`: answered by [`Notice::Done`] at once; TCP goes on in the background until all is acknowledged.
    Close {
        /// The descriptor, free from now on.
        fd: Fd,
    },
    /// `close()` with `SO_LINGER` 0: what is unsent is thrown away and the peer gets a reset.
    Abort {
        /// The descriptor, free from now on.
        fd: Fd,
    },
    /// `getsockname()`: answered by [`Notice::Name`].
    LocalName {
        /// The socket.
        fd: Fd,
    },
    /// `getpeername()`: answered by [`Notice::Name`], or by ENOTCONN.
    PeerName {
        /// The socket.
        fd: Fd,
    },
    /// `poll()`: waits until one of the descriptors is ready for something that was asked about, or the time is over;
    /// answered by [`Notice::Ready`].
    Poll {
        /// Each descriptor with what is asked about. Of errors and hang-ups it tells in any case.
        fds: Vec<(Fd, Readiness)>,
        /// How long to wait at most; none: for ever.
        timeout: Option<Span>,
    },
    /// `getaddrinfo()`: answered by [`Notice::Address`], or by ENONAME, also where the name has no address of that family.
    Resolve {
        /// The name of a host.
        name: String,
        /// Of which family an address is wanted.
        #[serde(default, skip_serializing_if = "Family::is_inet")]
        family: Family,
    },
    /// `sleep()`: answered by [`Notice::Done`] when the time is over.
    Sleep {
        /// How long.
        span: Span,
    },
    /// A thread that shares this program's descriptors; the driver asks the program for it. Answered by
    /// [`Notice::Done`].
    Spawn {
        /// Its name in the trace.
        name: String,
    },
    /// A line of output: answered by [`Notice::Done`].
    Print {
        /// The line, without its end.
        text: String,
    },
    /// The program is over; no notice follows. Descriptors that no other thread of it has are closed.
    Exit {
        /// 0 where all went well.
        code: u8,
    },
}

impl Call {
    /// The descriptor that the call is about, where there is one.
    pub const fn fd(&self) -> Option<Fd> {
        match self {
            Call::Bind { fd, .. }
            | Call::SetOption { fd, .. }
            | Call::GetOption { fd, .. }
            | Call::Listen { fd, .. }
            | Call::Accept { fd }
            | Call::Connect { fd, .. }
            | Call::Send { fd, .. }
            | Call::SendTo { fd, .. }
            | Call::Recv { fd, .. }
            | Call::RecvFrom { fd, .. }
            | Call::Shutdown { fd, .. }
            | Call::Close { fd }
            | Call::Abort { fd }
            | Call::LocalName { fd }
            | Call::PeerName { fd } => Some(*fd),
            Call::Socket { .. }
            | Call::Poll { .. }
            | Call::Resolve { .. }
            | Call::Sleep { .. }
            | Call::Spawn { .. }
            | Call::Print { .. }
            | Call::Exit { .. } => None,
        }
    }
}

/// What a program is told: first [`Started`](Notice::Started), then one for each call. Addresses lie behind a box, so that a
/// notice is small enough for an event of the trace to hold it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The program runs: hand out the first call.
    Started,
    /// The call did what it says.
    Done,
    /// The descriptor of the new socket.
    Socket(Fd),
    /// A connection socket.
    Accepted {
        /// Its descriptor.
        fd: Fd,
        /// The client at its other end.
        peer: Box<SocketAddr>,
    },
    /// So many bytes were taken.
    Sent(u32),
    /// Bytes of the stream, or one datagram. No bytes on a stream: the peer has sent its end.
    Received(Payload),
    /// One datagram, or bytes of the stream, and who sent it.
    ReceivedFrom {
        /// The datagram, or bytes of the stream.
        data: Payload,
        /// Its sender; on a stream the peer.
        from: Box<SocketAddr>,
    },
    /// The address of the name.
    Address(IpAddr),
    /// The local address of the socket, or that of its peer.
    Name(Box<SocketAddr>),
    /// The option with its value.
    Option(SocketOption),
    /// The descriptors that are ready, and for what; none where the time was over first.
    Ready(Vec<(Fd, Readiness)>),
    /// The call failed.
    Failed(Errno),
}
