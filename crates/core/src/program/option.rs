//! Socket options: what `setsockopt()` sets and `getsockopt()` reads.

use crate::errno::Errno;
use crate::time::Span;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! options {
    ($($name:ident($value:ty), $bsd:literal, $text:literal;)*) => {
        /// A socket option with its value.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum SocketOption {
            $(#[doc = concat!("`", $bsd, "`: ", $text)] $name($value),)*
        }
        /// A socket option without its value: what `getsockopt()` asks for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum OptionName {
            $(#[doc = concat!("`", $bsd, "`: ", $text)] $name,)*
        }
        impl SocketOption {
            /// Which option it is.
            pub const fn name(&self) -> OptionName {
                match self { $(SocketOption::$name(_) => OptionName::$name,)* }
            }
        }
        impl fmt::Display for SocketOption {
            /// The value, as a reader would write it.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $(SocketOption::$name(value) => value.write(f),)* }
            }
        }
        impl OptionName {
            /// Every option there is.
            pub const ALL: &'static [OptionName] = &[$(OptionName::$name),*];
            /// The name in the header files of BSD sockets.
            pub const fn bsd(self) -> &'static str {
                match self { $(OptionName::$name => $bsd,)* }
            }
            /// What the option does, in a sentence.
            pub const fn text(self) -> &'static str {
                match self { $(OptionName::$name => $text,)* }
            }
        }
    };
}

options! {
    // SOL_SOCKET.
    ReuseAddr(bool), "SO_REUSEADDR", "Bind although old connections on the port are in TIME-WAIT.";
    ReusePort(bool), "SO_REUSEPORT", "Several sockets bind the same address and share what arrives.";
    KeepAlive(bool), "SO_KEEPALIVE", "An idle connection asks from time to time whether its peer is still there.";
    Linger(Option<Span>), "SO_LINGER", "`close` waits so long until all is acknowledged; zero: it resets the connection.";
    ReceiveBuffer(u32), "SO_RCVBUF", "Bytes the receive buffer holds, at least 1.";
    SendBuffer(u32), "SO_SNDBUF", "Bytes the send buffer holds, at least 1.";
    ReceiveTimeout(Option<Span>), "SO_RCVTIMEO", "A receive or accept that waits longer fails with EAGAIN; none: it waits for ever.";
    SendTimeout(Option<Span>), "SO_SNDTIMEO", "A send or connect that waits longer gives up; none: it waits for ever.";
    OutOfBandInline(bool), "SO_OOBINLINE", "Urgent data stays in its place in the stream.";
    Error(Option<Errno>), "SO_ERROR", "The pending error, which is told once. Read only.";
    AcceptsConnections(bool), "SO_ACCEPTCONN", "Whether the socket listens. Read only.";
    // IPPROTO_TCP.
    NoDelay(bool), "TCP_NODELAY", "Switch Nagle's algorithm off.";
    Cork(bool), "TCP_CORK", "Send full segments only, until it is taken off (TCP_NOPUSH of the BSDs).";
    QuickAck(bool), "TCP_QUICKACK", "Acknowledge at once for a while, or go back to delayed acknowledgments.";
    MaxSegment(u32), "TCP_MAXSEG", "Bytes of text in a segment: announced in the SYN, and a bound on what is sent.";
    KeepIdle(Span), "TCP_KEEPIDLE", "How long a connection is idle before the first keep-alive probe.";
    KeepInterval(Span), "TCP_KEEPINTVL", "Time between two keep-alive probes.";
    KeepCount(u32), "TCP_KEEPCNT", "So many unanswered keep-alive probes end the connection.";
    KeepInit(Span), "TCP_KEEPINIT", "How long a connection may take to be made (FreeBSD).";
    SynCount(u32), "TCP_SYNCNT", "How often a SYN is sent again before `connect` gives up (Linux).";
    UserTimeout(Option<Span>), "TCP_USER_TIMEOUT", "How long sent data may stay unacknowledged before the connection ends (RFC 5482).";
    Congestion(CongestionControl), "TCP_CONGESTION", "The congestion control algorithm.";
    FastOpen(u32), "TCP_FASTOPEN", "A listener takes data on a SYN (RFC 7413); so many such connections may wait, zero: none.";
    FastOpenConnect(bool), "TCP_FASTOPEN_CONNECT", "`connect` waits for the first send, whose data goes on the SYN (RFC 7413, Linux); without a cookie it does not wait, and asks for one.";
    DeferAccept(Option<Span>), "TCP_DEFER_ACCEPT", "`accept` tells of a connection when its first data is there, or after this time (Linux).";
    UnsentLowWater(u32), "TCP_NOTSENT_LOWAT", "The socket is writable while fewer unsent bytes than this wait; zero: no bound (Linux).";
    LingerTime(Option<Span>), "TCP_LINGER2", "How long a closed connection waits in FIN-WAIT-2; none: it leaves at once (Linux).";
    NoOptions(bool), "TCP_NOOPT", "Send no TCP options (FreeBSD).";
    RemoteUdpPort(u32), "TCP_REMOTE_UDP_ENCAPS_PORT", "The UDP port of the peer to which segments go in datagrams; zero: they travel as they are (FreeBSD).";
    // IPPROTO_IP and IPPROTO_IPV6.
    Ttl(u8), "IP_TTL", "Time to live, or hop limit (IPV6_UNICAST_HOPS), of what is sent.";
    Tos(u8), "IP_TOS", "Type of service, or traffic class (IPV6_TCLASS), of what is sent.";
    OnlyV6(bool), "IPV6_V6ONLY", "An IPv6 socket takes no IPv4 packets; without it, it takes them too, with addresses as ::ffff:10.0.0.1 (RFC 3493 §5.3).";
    // Of the descriptor: fcntl and ioctl.
    NonBlocking(bool), "O_NONBLOCK", "Calls do what can be done now, and fail with EAGAIN otherwise.";
    AtMark(bool), "SIOCATMARK", "Whether the next byte to be received is the one after the urgent data. Read only.";
    Unread(u32), "FIONREAD", "Bytes that wait to be received, up to the mark of urgent data. Read only.";
    Unacknowledged(u32), "SIOCOUTQ", "Bytes in the send buffer, sent or not, that the peer has not acknowledged. Read only.";
    Unsent(u32), "SIOCOUTQNSD", "Bytes in the send buffer that were never sent. Read only.";
}

/// How the value of an option is written.
trait Value {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

macro_rules! displayed {
    ($($value:ty)*) => {
        $(impl Value for $value {
            fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        })*
    };
}

displayed! { bool u8 u32 Span CongestionControl }

impl<T: Value> Value for Option<T> {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Some(value) => value.write(f),
            None => f.write_str("none"),
        }
    }
}

impl Value for Errno {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A congestion control algorithm, by the name that `TCP_CONGESTION` gives it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CongestionControl {
    /// "reno": RFC 5681 with RFC 6582.
    #[default]
    Reno,
    /// "cubic": RFC 9438.
    Cubic,
}

impl fmt::Display for CongestionControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CongestionControl::Reno => "reno",
            CongestionControl::Cubic => "cubic",
        })
    }
}
