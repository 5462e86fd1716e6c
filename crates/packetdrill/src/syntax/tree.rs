//! What a script says, as plain values.

use sockscope_core::time::Span;
use sockscope_core::wire::Flags;

/// `--name=value`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) line: u32,
    pub(crate) name: String,
    pub(crate) value: String,
}

/// A line of shell in back quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) line: u32,
    pub(crate) text: String,
}

/// One event of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) line: u32,
    /// As it stands in the script, without its time.
    pub(crate) text: String,
    pub(crate) when: When,
    pub(crate) action: Action,
}

/// When an event happens, or must happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// `0.1`: so long after the start.
    At(Span),
    /// `+0.1`: so long after the event before.
    After(Span),
    /// `0.1~0.2`
    Between(Span, Span),
    /// `+0.1~+0.2`
    AfterBetween(Span, Span),
    /// `*`
    Any,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// `<`: the remote end sends.
    Inject(PacketSpec),
    /// `>`: the host under test must send.
    Expect(PacketSpec),
    Call(CallSpec),
    Command(String),
    Code(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PacketSpec {
    /// A header around it that is none of ours (`gre`, `mpls`, `ipv4`, `psp` …).
    pub(crate) outer: Option<String>,
    pub(crate) ip: IpSpec,
    pub(crate) body: BodySpec,
}

/// What the script says of the IP header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct IpSpec {
    pub(crate) dscp: Option<u8>,
    pub(crate) ecn: Option<EcnSpec>,
    pub(crate) ttl: Option<u8>,
    pub(crate) flow_label: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EcnSpec {
    /// Exactly these two bits.
    Bits(u8),
    /// ECT(0) or ECT(1).
    Ect01,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BodySpec {
    Tcp(TcpSpec),
    Udp(UdpSpec),
    Icmp(IcmpSpec),
    /// SCTP, UDP-Lite: named, not read further.
    Other(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TcpSpec {
    /// Source and destination, where the script names them.
    pub(crate) ports: Option<(u16, u16)>,
    pub(crate) flags: Flags,
    /// The three bits of AE, CWR and ECE, where they are written as a number.
    pub(crate) ace: Option<u8>,
    pub(crate) seq: SeqSpec,
    pub(crate) len: u16,
    pub(crate) ack: u32,
    /// As in the header; `None`: not compared, and the largest where it is sent.
    pub(crate) window: Option<u16>,
    pub(crate) urgent: u16,
    /// `None`: `<...>`, not compared.
    pub(crate) options: Option<Vec<OptionSpec>>,
    /// `/udp(a > b)`
    pub(crate) udp: Option<(u16, u16)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SeqSpec {
    /// Counted from the initial sequence number.
    Relative(u32),
    /// `!`: as in the header.
    Absolute(u32),
    /// `...`: not compared.
    Any,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OptionSpec {
    Nop,
    Eol,
    Mss(u16),
    WindowScale(u8),
    SackPermitted,
    /// Blocks, first and past-the-end, as relative numbers.
    Sack(Vec<(u32, u32)>),
    Timestamps {
        /// `None`: `...`
        val: Option<u32>,
        ecr: u32,
        /// `!` after the echo: as in the header.
        absolute: bool,
    },
    FastOpen {
        cookie: Vec<u8>,
        /// The option of the experiment, kind 254.
        experimental: bool,
    },
    /// MD5, AccECN and options written as numbers: read, and refused by name where a packet has them.
    Other(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UdpSpec {
    pub(crate) ports: Option<(u16, u16)>,
    pub(crate) len: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IcmpSpec {
    /// `unreachable`
    pub(crate) kind: String,
    /// `port_unreachable`
    pub(crate) code: Option<String>,
    pub(crate) mtu: Option<u32>,
    pub(crate) about: Quoted,
}

/// What an ICMP message says that it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Quoted {
    /// Nothing written: a segment with sequence number 0.
    #[default]
    Default,
    /// `[1:1461(1460)]`, and the ports of a UDP header around it.
    Tcp { seq: u32, len: u16, udp: Option<(u16, u16)> },
    /// `[udp (1000)]`
    Udp { len: u16 },
}

/// A system call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallSpec {
    /// When it returns, where it blocks: counted as the time of the event is.
    pub(crate) end: Option<Span>,
    pub(crate) name: String,
    pub(crate) args: Vec<Expr>,
    pub(crate) result: Expr,
    /// `EAGAIN`
    pub(crate) errno: Option<String>,
}

/// A value in a system call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expr {
    /// `...`
    Ellipsis,
    Int(i64),
    Word(String),
    /// Text with its escapes resolved.
    Str(Vec<u8>),
    /// `a | b`
    Or(Box<Expr>, Box<Expr>),
    /// `htons(80)`
    Call(String, Vec<Expr>),
    /// `field = value`
    Assign(Box<Expr>, Box<Expr>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{a, b}`
    Struct(Vec<Expr>),
}

impl Expr {
    /// The value of a field of a struct.
    pub(crate) fn field(&self, name: &str) -> Option<&Expr> {
        let Expr::Struct(fields) = self else { return None };
        fields.iter().find_map(|field| match field {
            Expr::Assign(left, value) => match &**left {
                Expr::Word(word) | Expr::Call(word, _) if word == name => Some(&**value),
                _ => None,
            },
            _ => None,
        })
    }
}
