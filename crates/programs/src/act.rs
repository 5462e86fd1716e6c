//! The steps that make a call.

use crate::expression::{Expression, Value, Variables};
use crate::template::{Piece, Template};
use serde::{Deserialize, Serialize};
use sockscope_core::program::{
    CongestionControl, Family, Fd, How, OptionName, Readiness, RecvFlags, SendFlags, SocketKind, SocketOption,
};
use sockscope_core::time::Span;
use sockscope_core::trace::Joins;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;

/// A step that makes a call, in the form that it has in JSON. Sockets and `into` are names of variables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Act {
    Socket {
        kind: SocketKind,
        #[serde(default)]
        family: Family,
        into: String,
    },
    Bind {
        socket: String,
        to: Endpoint,
    },
    SetOption {
        socket: String,
        option: Setting,
    },
    GetOption {
        socket: String,
        name: OptionName,
        /// Where its value goes, as a text.
        into: String,
    },
    Listen {
        socket: String,
        backlog: u32,
    },
    Accept {
        socket: String,
        into: String,
        /// Where the client's address goes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
    },
    Connect {
        socket: String,
        to: Endpoint,
    },
    Send {
        socket: String,
        data: Expression,
        #[serde(default, skip_serializing_if = "SendFlags::is_empty")]
        flags: SendFlags,
    },
    SendTo {
        socket: String,
        data: Expression,
        to: Endpoint,
        #[serde(default, skip_serializing_if = "SendFlags::is_empty")]
        flags: SendFlags,
    },
    Recv {
        socket: String,
        max: NonZeroU32,
        into: String,
        #[serde(default, skip_serializing_if = "RecvFlags::is_empty")]
        flags: RecvFlags,
    },
    RecvFrom {
        socket: String,
        max: NonZeroU32,
        into: String,
        /// Where the sender's address goes.
        from: String,
        #[serde(default, skip_serializing_if = "RecvFlags::is_empty")]
        flags: RecvFlags,
    },
    /// Receives until so many bytes are there.
    RecvExact {
        socket: String,
        bytes: NonZeroU32,
        into: String,
    },
    /// Receives until the end of the stream.
    RecvToEnd {
        socket: String,
        into: String,
    },
    Shutdown {
        socket: String,
        how: How,
    },
    Close(String),
    Abort(String),
    LocalName {
        socket: String,
        into: String,
    },
    PeerName {
        socket: String,
        into: String,
    },
    /// Waits until one of the sockets is ready: its name, or nothing where the time was over first.
    Poll {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        read: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        write: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        urgent: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout: Option<Length>,
        into: String,
    },
    Sleep(Length),
    Print(Expression),
    Exit(u8),
}

/// The value of a socket option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Setting {
    ReuseAddr(bool),
    ReusePort(bool),
    ReceiveTimeout(Option<Length>),
    SendTimeout(Option<Length>),
    ReceiveBuffer(u32),
    SendBuffer(u32),
    Linger(Option<Length>),
    NonBlocking(bool),
    NoDelay(bool),
    Cork(bool),
    MaxSegment(u32),
    Congestion(CongestionControl),
    KeepAlive(bool),
    KeepIdle(Length),
    KeepInterval(Length),
    KeepCount(u32),
    UserTimeout(Option<Length>),
    FastOpen(u32),
    FastOpenConnect(bool),
    SynCount(u32),
    DeferAccept(Option<Length>),
    UnsentLowWater(u32),
    LingerTime(Option<Length>),
    QuickAck(bool),
    Ttl(u8),
    Tos(u8),
    OutOfBandInline(bool),
    OnlyV6(bool),
}

impl Setting {
    pub(crate) fn option(&self) -> SocketOption {
        let span = |length: &Option<Length>| length.map(|length| length.0);
        match self {
            Setting::ReuseAddr(on) => SocketOption::ReuseAddr(*on),
            Setting::ReusePort(on) => SocketOption::ReusePort(*on),
            Setting::ReceiveTimeout(length) => SocketOption::ReceiveTimeout(span(length)),
            Setting::SendTimeout(length) => SocketOption::SendTimeout(span(length)),
            Setting::ReceiveBuffer(bytes) => SocketOption::ReceiveBuffer(*bytes),
            Setting::SendBuffer(bytes) => SocketOption::SendBuffer(*bytes),
            Setting::Linger(length) => SocketOption::Linger(span(length)),
            Setting::NonBlocking(on) => SocketOption::NonBlocking(*on),
            Setting::NoDelay(on) => SocketOption::NoDelay(*on),
            Setting::Cork(on) => SocketOption::Cork(*on),
            Setting::MaxSegment(bytes) => SocketOption::MaxSegment(*bytes),
            Setting::Congestion(algorithm) => SocketOption::Congestion(*algorithm),
            Setting::KeepAlive(on) => SocketOption::KeepAlive(*on),
            Setting::KeepIdle(length) => SocketOption::KeepIdle(length.0),
            Setting::KeepInterval(length) => SocketOption::KeepInterval(length.0),
            Setting::KeepCount(count) => SocketOption::KeepCount(*count),
            Setting::UserTimeout(length) => SocketOption::UserTimeout(span(length)),
            Setting::FastOpen(waiting) => SocketOption::FastOpen(*waiting),
            Setting::FastOpenConnect(on) => SocketOption::FastOpenConnect(*on),
            Setting::SynCount(count) => SocketOption::SynCount(*count),
            Setting::DeferAccept(length) => SocketOption::DeferAccept(span(length)),
            Setting::UnsentLowWater(bytes) => SocketOption::UnsentLowWater(*bytes),
            Setting::LingerTime(length) => SocketOption::LingerTime(span(length)),
            Setting::QuickAck(on) => SocketOption::QuickAck(*on),
            Setting::Ttl(ttl) => SocketOption::Ttl(*ttl),
            Setting::Tos(tos) => SocketOption::Tos(*tos),
            Setting::OutOfBandInline(on) => SocketOption::OutOfBandInline(*on),
            Setting::OnlyV6(on) => SocketOption::OnlyV6(*on),
        }
    }
}

/// A length of time, written `"20ms"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Length(pub(crate) Span);

impl TryFrom<String> for Length {
    type Error = String;
    fn try_from(text: String) -> Result<Length, String> {
        text.parse().map(Length).map_err(|error| format!("{error}"))
    }
}

impl From<Length> for String {
    fn from(length: Length) -> String {
        format!("{}ns", length.0.as_nanos())
    }
}

/// A host and a port: `server:12000`, `127.0.0.1:12000`, `[::1]:12000`, or `{client}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Template", into = "Template")]
pub(crate) enum Endpoint {
    /// Written out.
    Fixed(Target),
    /// With variables in it.
    Computed(Template),
}

/// Where an endpoint is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Its address is known.
    Address(SocketAddr),
    /// Its host is a name, to be resolved.
    Name { host: String, port: u16 },
}

impl TryFrom<Template> for Endpoint {
    type Error = String;
    fn try_from(template: Template) -> Result<Endpoint, String> {
        Ok(match template.literal() {
            Some(text) => Endpoint::Fixed(parse(&text)?),
            None => Endpoint::Computed(template),
        })
    }
}

impl From<Endpoint> for Template {
    fn from(endpoint: Endpoint) -> Template {
        match endpoint {
            Endpoint::Fixed(target) => Template::text(target.to_string()),
            Endpoint::Computed(template) => template,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Address(address) => address.fmt(f),
            Target::Name { host, port } => write!(f, "{host}:{port}"),
        }
    }
}

impl Endpoint {
    /// The names of the variables in it.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        let template = match self {
            Endpoint::Fixed(_) => None,
            Endpoint::Computed(template) => Some(template),
        };
        template.into_iter().flat_map(Template::variables)
    }
    /// Where it is. What is no address and port (a peer may have sent it) is left to the resolver, which knows no
    /// such name.
    pub(crate) fn target(&self, variables: &Variables) -> Target {
        let template = match self {
            Endpoint::Fixed(target) => return target.clone(),
            Endpoint::Computed(template) => template,
        };
        if let [Piece::Variable(name)] = template.pieces()
            && let Value::Address(address) = variables[name]
        {
            return Target::Address(address);
        }
        let text = String::from_utf8_lossy(&template.render(variables)).into_owned();
        parse(&text).unwrap_or(Target::Name { host: text, port: 0 })
    }
}

fn parse(text: &str) -> Result<Target, String> {
    if let Ok(address) = text.parse() {
        return Ok(Target::Address(address));
    }
    let Some((host, port)) = text.rsplit_once(':') else {
        return Err(format!("\"{text}\" has no port: write host:port, such as \"server:12000\""));
    };
    if host.is_empty() || host.contains([':', '[', ']', ' ']) {
        return Err(format!("\"{text}\" is no host and port: write \"server:12000\" or \"[::1]:12000\""));
    }
    let number = port.parse().map_err(|_| format!("\"{port}\" is no port: ports are 0 to 65535"))?;
    Ok(match host.parse::<IpAddr>() {
        Ok(ip) => Target::Address((ip, number).into()),
        Err(_) => Target::Name { host: host.to_owned(), port: number },
    })
}

impl Act {
    /// The socket that it works on.
    pub(crate) fn socket(&self) -> Option<&str> {
        match self {
            Act::Bind { socket, .. }
            | Act::SetOption { socket, .. }
            | Act::GetOption { socket, .. }
            | Act::Listen { socket, .. }
            | Act::Accept { socket, .. }
            | Act::Connect { socket, .. }
            | Act::Send { socket, .. }
            | Act::SendTo { socket, .. }
            | Act::Recv { socket, .. }
            | Act::RecvFrom { socket, .. }
            | Act::RecvExact { socket, .. }
            | Act::RecvToEnd { socket, .. }
            | Act::Shutdown { socket, .. }
            | Act::Close(socket)
            | Act::Abort(socket)
            | Act::LocalName { socket, .. }
            | Act::PeerName { socket, .. } => Some(socket),
            Act::Poll { .. } | Act::Socket { .. } | Act::Sleep(_) | Act::Print(_) | Act::Exit(_) => None,
        }
    }

    /// The variables that it gives a value: what it returns, and the address that comes with that.
    pub(crate) fn results(&self) -> (Option<&String>, Option<&String>) {
        match self {
            Act::Accept { into, from, .. } => (Some(into), from.as_ref()),
            Act::RecvFrom { into, from, .. } => (Some(into), Some(from)),
            Act::Socket { into, .. }
            | Act::Recv { into, .. }
            | Act::RecvExact { into, .. }
            | Act::RecvToEnd { into, .. }
            | Act::LocalName { into, .. }
            | Act::PeerName { into, .. }
            | Act::Poll { into, .. }
            | Act::GetOption { into, .. } => (Some(into), None),
            _ => (None, None),
        }
    }
    /// Until when it calls again and joins what it is given.
    pub(crate) const fn joins(&self) -> Option<Joins> {
        match self {
            Act::RecvExact { .. } => Some(Joins::Bytes),
            Act::RecvToEnd { .. } => Some(Joins::Stream),
            _ => None,
        }
    }

    /// The sockets that it asks about, each with what.
    pub(crate) fn polled(&self) -> Vec<(&String, Readiness)> {
        let Act::Poll { read, write, urgent, .. } = self else { return Vec::new() };
        let urgently = Readiness { urgent: true, ..Readiness::NONE };
        let asked = [(read, Readiness::READ), (write, Readiness::WRITE), (urgent, urgently)];
        asked.into_iter().flat_map(|(names, what)| names.iter().map(move |name| (name, what))).collect()
    }
    /// The descriptor of the socket that it works on.
    pub(crate) fn fd(&self, variables: &Variables) -> Fd {
        match self.socket().map(|name| &variables[name]) {
            Some(Value::Socket(fd)) => *fd,
            other => unreachable!("loading refuses {other:?} as a socket"),
        }
    }

    /// The host and port that it speaks to.
    pub(crate) fn endpoint(&self) -> Option<&Endpoint> {
        match self {
            Act::Bind { to, .. } | Act::Connect { to, .. } | Act::SendTo { to, .. } => Some(to),
            _ => None,
        }
    }

    /// The data that it sends or prints.
    pub(crate) fn data(&self) -> Option<&Expression> {
        match self {
            Act::Send { data, .. } | Act::SendTo { data, .. } | Act::Print(data) => Some(data),
            _ => None,
        }
    }

    /// Whether its call is answered by a plain `Done`.
    pub(crate) fn is_done(&self) -> bool {
        match self {
            Act::Bind { .. }
            | Act::SetOption { .. }
            | Act::Listen { .. }
            | Act::Connect { .. }
            | Act::Shutdown { .. }
            | Act::Close(_)
            | Act::Abort(_)
            | Act::Sleep(_)
            | Act::Print(_) => true,
            Act::Socket { .. }
            | Act::Accept { .. }
            | Act::Send { .. }
            | Act::SendTo { .. }
            | Act::Recv { .. }
            | Act::RecvFrom { .. }
            | Act::RecvExact { .. }
            | Act::RecvToEnd { .. }
            | Act::LocalName { .. }
            | Act::PeerName { .. }
            | Act::Poll { .. }
            | Act::GetOption { .. }
            | Act::Exit(_) => false,
        }
    }

    /// What the call is called where it fails.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Act::Socket { .. } => "socket",
            Act::Bind { .. } => "bind",
            Act::SetOption { .. } => "setsockopt",
            Act::GetOption { .. } => "getsockopt",
            Act::Listen { .. } => "listen",
            Act::Accept { .. } => "accept",
            Act::Connect { .. } => "connect",
            Act::Send { .. } => "send",
            Act::SendTo { .. } => "sendto",
            Act::Recv { .. } | Act::RecvExact { .. } | Act::RecvToEnd { .. } => "recv",
            Act::RecvFrom { .. } => "recvfrom",
            Act::Shutdown { .. } => "shutdown",
            Act::Close(_) | Act::Abort(_) => "close",
            Act::LocalName { .. } => "getsockname",
            Act::PeerName { .. } => "getpeername",
            Act::Poll { .. } => "poll",
            Act::Sleep(_) => "sleep",
            Act::Print(_) => "print",
            Act::Exit(_) => "exit",
        }
    }
}
