//! Short words for packets, calls and lengths of time: the labels of the pictures.

use crate::history::{Journey, PacketKind, Relative};
use crate::texts::{Texts, pattern};
use sockscope_core::program::{Call, Notice};
use sockscope_core::seq::Seq;
use sockscope_core::tcp::TcpInfo;
use sockscope_core::tcp::Timer;
use sockscope_core::time::Span;
use sockscope_core::trace::{Discard, LinkDrop, Omission};
use sockscope_core::wire::{Body, Flags, Packet, Segment};
use std::net::SocketAddr;

/// What a packet is, in words of three lengths, the longest first.
pub fn packet(texts: &Texts, journey: &Journey) -> [String; 3] {
    let bytes = payload(&journey.packet);
    let data = |long| data(texts, long, bytes.len(), journey.payload());
    let stream = pattern("data {n} {n:byte|bytes} {shown}");
    let [long, middle, short] = match &journey.packet.body {
        Body::Udp(_) => data(pattern("datagram {n} {n:byte|bytes} {shown}")),
        Body::Icmp(message) => [message.kind.text(); 3].map(str::to_owned),
        Body::Tcp(segment) => {
            let relative = journey.relative.unwrap_or(Relative { seq: 0, ack: 0 });
            let ack = segment.flags.has(Flags::ACK);
            match PacketKind::of(&journey.packet) {
                PacketKind::Syn if ack => [
                    format!("SYN ACK seq={} ack={}", relative.seq, relative.ack),
                    "SYN ACK".into(),
                    "SYN ACK".into(),
                ],
                PacketKind::Syn => [format!("SYN seq={}", relative.seq), "SYN".into(), "SYN".into()],
                PacketKind::Rst => ["RST"; 3].map(str::to_owned),
                PacketKind::Fin if bytes.is_empty() => {
                    [format!("FIN seq={} ack={}", relative.seq, relative.ack), "FIN".into(), "FIN".into()]
                }
                PacketKind::Fin => data(stream).map(|text| text + " + FIN"),
                PacketKind::Data => data(stream),
                _ => {
                    let acknowledged = format!("ACK {}", relative.ack);
                    [acknowledged.clone() + &sacked(segment, relative), acknowledged, "ACK".into()]
                }
            }
        }
    };
    match journey.original {
        Some(_) => [long, middle, short].map(|text| texts.tell("{packet} again", &[&text])),
        None => [long, middle, short],
    }
}

/// The blocks that an ACK tells of beyond its number, in the numbers of the pictures.
fn sacked(segment: &Segment, relative: Relative) -> String {
    let edge = |seq: Seq| relative.ack.wrapping_add(seq - segment.ack);
    let blocks = segment.options.sack.iter().flatten();
    let blocks: Vec<String> =
        blocks.map(|block| format!("{}–{}", edge(block.start), edge(block.end))).collect();
    if blocks.is_empty() { String::new() } else { format!(" (SACK {})", blocks.join(", ")) }
}

/// So many bytes, of which `bytes` are known.
fn data(texts: &Texts, long: &str, n: usize, bytes: &[u8]) -> [String; 3] {
    [texts.tell(long, &[&n, &quote(bytes, 16)]), texts.tell("{n} {n:byte|bytes}", &[&n]), format!("{n} B")]
}

/// The application's bytes that a packet carries.
pub fn payload(packet: &Packet) -> &[u8] {
    match &packet.body {
        Body::Tcp(segment) => &segment.payload,
        Body::Udp(datagram) => &datagram.payload,
        Body::Icmp(_) => &[],
    }
}

/// Bytes as a reader would write them: `'hello'`, at most `max` characters of them, hex where they are no text.
///
/// ```
/// use sockscope_view::words::quote;
/// assert_eq!(quote(b"hello\n", 16), "'hello\\n'");
/// assert_eq!(quote(b"GET /\r\n", 16), "'GET /\\r\\n'");
/// assert_eq!(quote(b"hello, world", 5), "'hello…'");
/// assert_eq!(quote(&[0, 255, 3], 4), "00 ff…");
/// ```
pub fn quote(bytes: &[u8], max: usize) -> String {
    // Megabytes may follow: only what is shown is looked at, and one character more.
    let head = &bytes[..bytes.len().min(4 * (max + 1))];
    let text = match std::str::from_utf8(head) {
        Err(cut) if cut.error_len().is_none() && head.len() < bytes.len() => {
            std::str::from_utf8(&head[..cut.valid_up_to()])
        }
        whole => whole,
    };
    let is_plain = |text: &&str| !text.chars().take(max).any(|c| c.is_control() && !"\r\n\t".contains(c));
    let Some(text) = text.ok().filter(is_plain) else {
        let hex: Vec<String> = bytes.iter().take(max / 2).map(|byte| format!("{byte:02x}")).collect();
        return hex.join(" ") + if bytes.len() > max / 2 { "…" } else { "" };
    };
    let more = text.chars().nth(max).is_some();
    let shown: String = text.chars().take(max).collect();
    let shown = shown.replace('\r', "\\r").replace('\n', "\\n").replace('\t', "\\t");
    format!("'{shown}{}'", if more { "…" } else { "" })
}

/// A call as it stands in a program, and in short.
pub fn call(texts: &Texts, call: &Call) -> [String; 2] {
    let long = |name: &str, arguments: String| [format!("{name}({arguments})"), format!("{name}()")];
    let same = |text: String| [text.clone(), text];
    match call {
        Call::Socket { .. } => long("socket", String::new()),
        Call::Bind { addr, .. } => long("bind", port(*addr)),
        Call::SetOption { option, .. } => long("setsockopt", option.name().bsd().to_owned()),
        Call::GetOption { name, .. } => long("getsockopt", name.bsd().to_owned()),
        Call::Listen { backlog, .. } => long("listen", backlog.to_string()),
        Call::Accept { .. } => long("accept", String::new()),
        Call::Connect { to, .. } => long("connect", to.to_string()),
        Call::Send { data, .. } => long("send", quote(data, 12)),
        Call::SendTo { data, to, .. } => long("sendto", format!("{}, {}", quote(data, 12), port(*to))),
        Call::Recv { .. } => long("recv", String::new()),
        Call::RecvFrom { .. } => long("recvfrom", String::new()),
        Call::Shutdown { .. } => long("shutdown", String::new()),
        Call::Close { .. } => long("close", String::new()),
        Call::Abort { .. } => [texts.of("close() with RST").to_owned(), "close(RST)".into()],
        Call::LocalName { .. } => long("getsockname", String::new()),
        Call::PeerName { .. } => long("getpeername", String::new()),
        Call::Poll { fds, .. } => long("poll", texts.tell("{n} descriptors", &[&fds.len()])),
        Call::Resolve { name, .. } => long("getaddrinfo", format!("'{name}'")),
        Call::Sleep { span: length } => same(format!("sleep({})", span(*length))),
        Call::Spawn { .. } => [texts.of("start a thread").to_owned(), texts.of("thread").to_owned()],
        Call::Print { text } => {
            let line = quote(text.as_bytes(), 40);
            [texts.tell("print {line}", &[&line]), line]
        }
        Call::Exit { code } => same(format!("exit({code})")),
    }
}

/// What a call returned; empty where there is nothing to say.
pub fn notice(texts: &Texts, notice: &Notice) -> String {
    match notice {
        Notice::Started | Notice::Done | Notice::Sent(_) => String::new(),
        Notice::Socket(fd) => format!("fd {fd}"),
        Notice::Accepted { fd, .. } => format!("fd {fd}"),
        Notice::Received(data) if data.is_empty() => texts.of("end of stream").to_owned(),
        Notice::Received(data) | Notice::ReceivedFrom { data, .. } => quote(data, 16),
        Notice::Address(addr) => addr.to_string(),
        Notice::Name(addr) => addr.to_string(),
        Notice::Option(option) => option.to_string(),
        Notice::Ready(fds) => texts.tell("{n} ready", &[&fds.len()]),
        Notice::Failed(errno) => errno.name().into(),
    }
}

/// What `TCP_INFO` tells, as far as it fits a line.
///
/// ```
/// use sockscope_core::{tcp::{State, TcpInfo}, time::Span};
/// let info = TcpInfo { state: State::Established, rtt: Span::from_micros(45), snd_cwnd: 10, ..TcpInfo::default() };
/// let told = sockscope_view::words::info(&sockscope_view::texts::Texts::ENGLISH, &info);
/// assert_eq!(told, "ESTABLISHED, rtt 45 µs, cwnd 10");
/// ```
pub fn info(texts: &Texts, info: &TcpInfo) -> String {
    let mut text = format!("{}, rtt {}, cwnd {}", info.state, span(info.rtt), info.snd_cwnd);
    if info.total_retrans > 0 {
        text += &texts.tell(", {n} sent again", &[&info.total_retrans]);
    }
    if info.retransmits > 0 {
        text += &texts.tell(", {n} time-outs in a row", &[&info.retransmits]);
    }
    text
}

/// What a trace does not hold, as a sentence.
pub fn omitted(texts: &Texts, what: Omission, count: u64) -> String {
    let said = match what {
        Omission::Bytes => pattern("{n} {n:byte|bytes} more are not kept."),
        Omission::Packets => pattern("{n} {n:packet|packets} of the capture are left out."),
        Omission::Calls => {
            pattern("{n} {n:call|calls} on sockets that a trace has no word for are left out.")
        }
        Omission::Events => {
            pattern("{n} {n:event|events} from here on are left out: there was no room for more.")
        }
    };
    texts.tell(said, &[&count])
}

/// A port as it is written beside a host.
pub fn port(addr: SocketAddr) -> String {
    format!(":{}", addr.port())
}

/// A timer, in two words.
pub fn timer(texts: &Texts, timer: Timer) -> &str {
    texts.of(match timer {
        Timer::Retransmit => "retransmit in",
        Timer::Persist => "persist in",
        Timer::DelayedAck => "delayed ACK in",
        Timer::Reordering => "reordering in",
        Timer::TailProbe => "tail probe in",
        Timer::TimeWait => "2 MSL in",
        Timer::KeepAlive => "keep-alive in",
        Timer::UserTimeout => "user timeout in",
        Timer::FinWait2 => "FIN-WAIT-2 in",
    })
}

/// Why a link lost a packet.
pub fn link_drop(texts: &Texts, why: LinkDrop) -> &str {
    texts.of(match why {
        LinkDrop::Loss => "lost on the wire",
        LinkDrop::QueueFull => "dropped: the queue is full",
        LinkDrop::TooLong => "dropped: longer than the MTU",
        LinkDrop::Cut => "lost: the link is cut",
        LinkDrop::Intervention => "dropped by you",
        LinkDrop::Expired => "dropped: its time to live is over",
        LinkDrop::NoRoute => "dropped: no way leads there",
    })
}

/// Why a host threw a packet away.
pub fn discard(texts: &Texts, why: Discard) -> &str {
    texts.of(match why {
        Discard::BadChecksum => "bad checksum",
        Discard::Malformed => "malformed header",
        Discard::NotForUs => "not our address",
        Discard::NoSocket => "no socket on that port",
        Discard::ReceiveQueueFull => "receive queue full",
        Discard::WrongPeer => "not from the connected peer",
        Discard::SynQueueFull => "SYN queue full",
        Discard::AcceptQueueFull => "accept queue full",
        Discard::Unacceptable => "of no use to TCP",
        Discard::Advisory => "a hint that no socket acts on",
        Discard::HostDown => "the host is down",
    })
}

/// A length of time in the unit and precision that a reader would choose.
///
/// ```
/// use sockscope_core::time::Span;
/// use sockscope_view::words::span;
/// assert_eq!(span(Span::from_millis(40)), "40 ms");
/// assert_eq!(span(Span::from_micros(1_020_400)), "1.02 s");
/// assert_eq!(span(Span::from_nanos(12_345)), "12.3 µs");
/// ```
pub fn span(span: Span) -> String {
    let ns = span.as_nanos();
    let (unit, name) = match ns {
        0 => return "0".into(),
        1..1_000 => (1, "ns"),
        1_000..1_000_000 => (1_000, "µs"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    let (whole, rest) = (ns / unit, ns % unit);
    let decimals = match whole {
        0..10 => 2,
        10..100 => 1,
        _ => 0,
    };
    let fraction = format!("{:09}", rest * (1_000_000_000 / unit));
    let fraction = fraction[..decimals].trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{whole}{point}{fraction} {name}")
}

/// Where a rule can be read: the section of the RFC that its source names; none where it is no RFC.
///
/// ```
/// use sockscope_view::words::rfc_link;
/// let link = rfc_link("RFC 9293 §3.10.7.4");
/// assert_eq!(link.as_deref(), Some("https://www.rfc-editor.org/rfc/rfc9293#section-3.10.7.4"));
/// assert_eq!(rfc_link("Linux: quick ACKs"), None);
/// ```
pub fn rfc_link(source: &str) -> Option<String> {
    let rest = source.strip_prefix("RFC ")?;
    let mut words = rest.split(' ');
    let number: u32 = words.next()?.parse().ok()?;
    let section = words.next().and_then(|word| word.strip_prefix('§'));
    let anchor = section.map_or(String::new(), |section| format!("#section-{section}"));
    Some(format!("https://www.rfc-editor.org/rfc/rfc{number}{anchor}"))
}

/// A number with its thousands apart.
///
/// ```
/// assert_eq!(sockscope_view::words::grouped(1_073_741_824), "1\u{202f}073\u{202f}741\u{202f}824");
/// ```
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// The slow start threshold in bytes; before the first loss it is as good as without bound (RFC 5681 §3.1).
///
/// ```
/// assert_eq!(sockscope_view::words::threshold(14_600), "14\u{202f}600");
/// assert_eq!(sockscope_view::words::threshold(1 << 30), "∞");
/// ```
pub fn threshold(bytes: u32) -> String {
    if bytes >= 1 << 30 { "∞".into() } else { grouped(bytes.into()) }
}

/// The first of 1, 2, 5, 10, 20, 50 … that is not less than `least`: a step for the ticks of a scale.
///
/// ```
/// use sockscope_view::words::round_step;
/// assert_eq!((round_step(0.4), round_step(3.0), round_step(130.0)), (1.0, 5.0, 200.0));
/// ```
pub fn round_step(least: f64) -> f64 {
    let steps = (0..16).flat_map(|power| [1.0, 2.0, 5.0].map(|factor| factor * 10_f64.powi(power)));
    steps.into_iter().find(|step| *step >= least).unwrap_or(1e16)
}
