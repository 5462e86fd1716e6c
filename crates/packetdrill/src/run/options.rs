//! Socket options: names and values of the script to those of the host.

use super::values::{self, describe, int};
use super::{Run, Stop};
use crate::syntax::Expr;
use sockscope_core::program::{CongestionControl, OptionName, SocketOption};
use sockscope_core::time::Span;

/// Other names of options.
const ALIASES: &[(&str, OptionName)] = &[
    ("TCP_NOPUSH", OptionName::Cork),
    ("IPV6_UNICAST_HOPS", OptionName::Ttl),
    ("IPV6_TCLASS", OptionName::Tos),
    ("SIOCINQ", OptionName::Unread),
    ("TIOCOUTQ", OptionName::Unacknowledged),
];

/// An option by its name.
pub(super) fn name(word: &str) -> Option<OptionName> {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == word).map(|(_, name)| *name);
    alias.or_else(|| OptionName::ALL.iter().find(|name| name.bsd() == word).copied())
}

/// The name of the option that a call is about.
pub(super) fn named(args: &[Expr]) -> Result<OptionName, Stop> {
    match args.get(2) {
        Some(Expr::Word(word)) => {
            name(word).ok_or_else(|| Stop::unsupported(format!("the socket option {word}")))
        }
        other => {
            Err(Stop::unsupported(format!("the socket option {}", other.map_or(String::new(), describe))))
        }
    }
}

/// Whether a `setsockopt` chooses, of the stacks that a FreeBSD may have, the one that is always there: ours imitates no other.
pub(super) fn chooses_freebsd_stack(args: &[Expr]) -> bool {
    let chosen = args.get(3).and_then(|value| value.field("function_set_name"));
    let option = matches!(args.get(2), Some(Expr::Word(word)) if word == "TCP_FUNCTION_BLK");
    option && matches!(chosen, Some(Expr::Str(name)) if name == b"freebsd")
}

/// An option with the value that the script gives it.
pub(super) fn option(name: OptionName, value: &Expr) -> Result<SocketOption, Stop> {
    use SocketOption::*;
    if name == OptionName::Linger {
        let field = |name| value.field(name).map_or(Ok(0), int);
        let (on, time) = (field("onoff")?, field("linger")?);
        return Ok(Linger((on != 0).then(|| Span::from_secs(unsigned(time)))));
    }
    if name == OptionName::Congestion {
        return congestion(value).map(Congestion);
    }
    let number = int(value)?;
    let (on, n) = (number != 0, unsigned(number) as u32);
    let (seconds, millis) = (Span::from_secs(unsigned(number)), Span::from_millis(unsigned(number)));
    let positive = |span: Span| (number > 0).then_some(span);
    Ok(match name {
        OptionName::ReuseAddr => ReuseAddr(on),
        OptionName::ReusePort => ReusePort(on),
        OptionName::KeepAlive => KeepAlive(on),
        OptionName::ReceiveBuffer => ReceiveBuffer(n),
        OptionName::SendBuffer => SendBuffer(n),
        OptionName::OutOfBandInline => OutOfBandInline(on),
        OptionName::NoDelay => NoDelay(on),
        OptionName::Cork => Cork(on),
        OptionName::QuickAck => QuickAck(on),
        OptionName::MaxSegment => MaxSegment(n),
        OptionName::KeepIdle => KeepIdle(seconds),
        OptionName::KeepInterval => KeepInterval(seconds),
        OptionName::KeepInit => KeepInit(seconds),
        OptionName::KeepCount => KeepCount(n),
        OptionName::SynCount => SynCount(n),
        OptionName::UserTimeout => UserTimeout(positive(millis)),
        OptionName::FastOpen => FastOpen(n),
        OptionName::FastOpenConnect => FastOpenConnect(on),
        OptionName::DeferAccept => DeferAccept(positive(seconds)),
        OptionName::UnsentLowWater => UnsentLowWater(n),
        OptionName::LingerTime => LingerTime((number >= 0).then_some(seconds)),
        OptionName::NoOptions => NoOptions(on),
        OptionName::RemoteUdpPort => RemoteUdpPort(u32::try_from(number).unwrap_or(u32::MAX)),
        OptionName::Ttl => Ttl(number.clamp(0, 255) as u8),
        OptionName::Tos => Tos(number.clamp(0, 255) as u8),
        OptionName::OnlyV6 => OnlyV6(on),
        OptionName::NonBlocking => NonBlocking(on),
        name => return Err(Stop::unsupported(format!("setting the socket option {}", name.bsd()))),
    })
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn congestion(value: &Expr) -> Result<CongestionControl, Stop> {
    let text = match value {
        Expr::Str(bytes) => String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned(),
        other => describe(other),
    };
    match text.as_str() {
        "reno" | "newreno" => Ok(CongestionControl::Reno),
        "cubic" => Ok(CongestionControl::Cubic),
        _ => Err(Stop::unsupported(format!("the congestion control {text}"))),
    }
}

impl Run {
    /// Whether an option has the value that the script expects; what is wrong where not.
    pub(super) fn compare_option(&self, got: SocketOption, expected: &Expr) -> Result<(), Stop> {
        if matches!(expected, Expr::Ellipsis)
            || matches!(expected, Expr::List(list) if list == &[Expr::Ellipsis])
        {
            return Ok(());
        }
        if let SocketOption::Congestion(_) = got {
            return if option(OptionName::Congestion, expected)? == got {
                Ok(())
            } else {
                wrong(&describe(expected), got)
            };
        }
        if let SocketOption::Linger(linger) = got {
            return if option(OptionName::Linger, expected)? == SocketOption::Linger(linger) {
                Ok(())
            } else {
                wrong(&describe(expected), got)
            };
        }
        let (want, number) = (int(expected)?, number(got));
        if want == number { Ok(()) } else { wrong(&describe(expected), got) }
    }
}

fn wrong(expected: &str, got: SocketOption) -> Result<(), Stop> {
    let value = match got {
        SocketOption::Error(Some(errno)) => errno.name().to_owned(),
        SocketOption::Congestion(_) | SocketOption::Linger(_) => format!("{got:?}"),
        _ => number(got).to_string(),
    };
    Err(Stop::instead(
        format!("{}: expected {expected}, got [{value}]", got.name().bsd()),
        format!("[{value}]"),
    ))
}

/// The value as a number, as `getsockopt` gives it.
fn number(option: SocketOption) -> i64 {
    use SocketOption::*;
    let seconds = |span: Span| (span.as_nanos() / 1_000_000_000) as i64;
    match option {
        ReuseAddr(on)
        | ReusePort(on)
        | KeepAlive(on)
        | OutOfBandInline(on)
        | AcceptsConnections(on)
        | NoDelay(on)
        | Cork(on)
        | QuickAck(on)
        | FastOpenConnect(on)
        | NoOptions(on)
        | OnlyV6(on)
        | NonBlocking(on)
        | AtMark(on) => i64::from(on),
        ReceiveBuffer(n) | SendBuffer(n) | MaxSegment(n) | KeepCount(n) | SynCount(n) | FastOpen(n)
        | UnsentLowWater(n) | RemoteUdpPort(n) | Unread(n) | Unacknowledged(n) | Unsent(n) => i64::from(n),
        KeepIdle(span) | KeepInterval(span) | KeepInit(span) => seconds(span),
        ReceiveTimeout(span) | SendTimeout(span) | DeferAccept(span) | Linger(span) => {
            span.map_or(0, seconds)
        }
        LingerTime(span) => span.map_or(-1, seconds),
        UserTimeout(span) => span.map_or(0, |span| span.as_millis() as i64),
        Ttl(n) | Tos(n) => i64::from(n),
        Error(errno) => values::of_errno(errno),
        Congestion(_) => 0,
    }
}
