//! Errors by the names that `errno.h` gives them.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! errnos {
    ($($name:ident: $text:literal,)*) => {
        /// Why a call failed, by its `errno` name (POSIX.1-2024, `<errno.h>`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, thiserror::Error)]
        #[allow(clippy::upper_case_acronyms)]
        pub enum Errno {
            $(#[doc = $text] $name,)*
        }
        impl Errno {
            /// Every error there is.
            pub const ALL: &'static [Errno] = &[$(Errno::$name),*];
            /// The name in `errno.h`.
            pub const fn name(self) -> &'static str {
                match self { $(Errno::$name => stringify!($name),)* }
            }
            /// What it means, in a short sentence without a full stop.
            pub const fn meaning(self) -> &'static str {
                match self { $(Errno::$name => $text,)* }
            }
        }
    };
}

errnos! {
    EACCES: "permission denied: ports below 1024 need privilege",
    EADDRINUSE: "address already in use",
    EADDRNOTAVAIL: "no interface of this host has that address",
    EAFNOSUPPORT: "the socket does not speak that address family",
    EAGAIN: "nothing to do now: the call would block or its time is up",
    EALREADY: "a connection attempt is under way already",
    EBADF: "not an open file descriptor",
    ECONNABORTED: "the connection was aborted",
    ECONNREFUSED: "connection refused: nobody listens there",
    ECONNRESET: "connection reset by the peer",
    EDESTADDRREQ: "no destination address",
    EHOSTUNREACH: "no route to that host",
    EINPROGRESS: "the connection is being made",
    EINTR: "a signal came before the call was done",
    EINVAL: "that makes no sense for this socket now",
    EISCONN: "the socket is connected already",
    EMFILE: "too many open file descriptors",
    EMSGSIZE: "the datagram is too long",
    ENETUNREACH: "no route to that network",
    ENOBUFS: "no buffer space left",
    ENONAME: "no host has that name (EAI_NONAME of getaddrinfo)",
    ENOPROTOOPT: "no such option, or it cannot be set",
    ENOTCONN: "the socket is not connected",
    ENOTSOCK: "that file descriptor is not a socket",
    EOPNOTSUPP: "this kind of socket cannot do that",
    EPIPE: "broken pipe: the sending side is shut down",
    ETIMEDOUT: "connection timed out",
    EIO: "input/output error that has no better name",
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name(), self.meaning())
    }
}
