//! Values of system calls: numbers, and names that stand for numbers.
//!
//! A name means the same wherever it stands, so the numbers need not be those of any system; where scripts write
//! a number instead of a name, they are those of Linux.

use super::Stop;
use crate::syntax::Expr;
use sockscope_core::errno::Errno;

/// The number of an error in [`SYMBOLS`]' world: far from any other.
const ERRNO: i64 = 1 << 40;

const SYMBOLS: &[(&str, i64)] = &[
    ("NULL", 0),
    ("O_RDONLY", 0),
    ("O_WRONLY", 1),
    ("O_RDWR", O_RDWR),
    ("O_NONBLOCK", O_NONBLOCK),
    ("F_GETFL", 3),
    ("F_SETFL", 4),
    ("SHUT_RD", 0),
    ("SHUT_WR", 1),
    ("SHUT_RDWR", 2),
    ("SOCK_STREAM", 1),
    ("SOCK_DGRAM", 2),
    ("SOCK_NONBLOCK", O_NONBLOCK),
    ("POLLIN", POLLIN),
    ("POLLPRI", POLLPRI),
    ("POLLOUT", POLLOUT),
    ("POLLERR", POLLERR),
    ("POLLHUP", POLLHUP),
    ("POLLRDNORM", POLLIN),
    ("POLLWRNORM", POLLOUT),
    ("POLLRDHUP", POLLRDHUP),
    ("EPOLLIN", POLLIN),
    ("EPOLLPRI", POLLPRI),
    ("EPOLLOUT", POLLOUT),
    ("EPOLLERR", POLLERR),
    ("EPOLLHUP", POLLHUP),
    ("EPOLLRDHUP", POLLRDHUP),
    ("EPOLLONESHOT", EPOLLONESHOT),
    ("EPOLLET", EPOLLET),
    ("EPOLL_CTL_ADD", 1),
    ("EPOLL_CTL_DEL", 2),
    ("EPOLL_CTL_MOD", 3),
    ("MSG_OOB", MSG_OOB),
    ("MSG_PEEK", MSG_PEEK),
    ("MSG_TRUNC", MSG_TRUNC),
    ("MSG_DONTWAIT", MSG_DONTWAIT),
    ("MSG_EOR", MSG_EOR),
    ("MSG_WAITALL", MSG_WAITALL),
    ("MSG_NOSIGNAL", MSG_NOSIGNAL),
    ("MSG_MORE", MSG_MORE),
    ("MSG_FASTOPEN", MSG_FASTOPEN),
    ("IPTOS_LOWDELAY", 0x10),
    ("IPTOS_THROUGHPUT", 0x08),
    ("IPTOS_RELIABILITY", 0x04),
    ("IPTOS_MINCOST", 0x02),
];

pub(super) const O_RDWR: i64 = 2;
pub(super) const O_NONBLOCK: i64 = 0x800;
pub(super) const POLLIN: i64 = 1;
pub(super) const POLLPRI: i64 = 2;
pub(super) const POLLOUT: i64 = 4;
pub(super) const POLLERR: i64 = 8;
pub(super) const POLLHUP: i64 = 16;
pub(super) const POLLRDHUP: i64 = 0x2000;
pub(super) const EPOLLONESHOT: i64 = 1 << 30;
pub(super) const EPOLLET: i64 = 1 << 31;
pub(super) const MSG_OOB: i64 = 1;
pub(super) const MSG_PEEK: i64 = 2;
pub(super) const MSG_TRUNC: i64 = 0x20;
pub(super) const MSG_DONTWAIT: i64 = 0x40;
pub(super) const MSG_EOR: i64 = 0x80;
pub(super) const MSG_WAITALL: i64 = 0x100;
pub(super) const MSG_NOSIGNAL: i64 = 0x4000;
pub(super) const MSG_MORE: i64 = 0x8000;
pub(super) const MSG_FASTOPEN: i64 = 0x2000_0000;

/// The number that an error has in values.
pub(super) fn of_errno(errno: Option<Errno>) -> i64 {
    match errno.and_then(|errno| Errno::ALL.iter().position(|other| *other == errno)) {
        Some(place) => ERRNO + place as i64,
        None => 0,
    }
}

/// An error by its name; some have two.
pub(super) fn errno(name: &str) -> Result<Errno, Stop> {
    let name = if name == "EWOULDBLOCK" { "EAGAIN" } else { name };
    let found = Errno::ALL.iter().find(|errno| errno.name() == name).copied();
    found.ok_or_else(|| Stop::unsupported(format!("the error {name}")))
}

/// The number of a value; in brackets it is the same.
pub(super) fn int(expr: &Expr) -> Result<i64, Stop> {
    match expr {
        Expr::Int(value) => Ok(*value),
        Expr::Or(left, right) => Ok(int(left)? | int(right)?),
        Expr::List(list) if list.len() == 1 => int(&list[0]),
        Expr::Word(word) => symbol(word),
        Expr::Call(name, args) if (name == "htons" || name == "htonl") && args.len() == 1 => int(&args[0]),
        other => Err(Stop::unsupported(format!("the value {}", describe(other)))),
    }
}

fn symbol(word: &str) -> Result<i64, Stop> {
    if let Some((_, value)) = SYMBOLS.iter().find(|(name, _)| *name == word) {
        return Ok(*value);
    }
    if let Some(dscp) = word.strip_prefix("IPTOS_DSCP_").and_then(dscp) {
        return Ok(dscp << 2);
    }
    if word.starts_with('E') && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
        return errno(word).map(|errno| of_errno(Some(errno)));
    }
    Err(Stop::unsupported(format!("the name {word}")))
}

/// `CS1`, `AF21`, `EF`
fn dscp(name: &str) -> Option<i64> {
    let digit = |c: char| c.to_digit(10).map(i64::from);
    let mut digits = name.chars().filter_map(digit);
    match name.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "CS" => Some(digits.next()? << 3),
        "AF" => Some((digits.next()? << 3) + (digits.next()? << 1)),
        "EF" => Some(46),
        "VA" => Some(44),
        _ => None,
    }
}

/// A value in words, for messages.
pub(super) fn describe(expr: &Expr) -> String {
    match expr {
        Expr::Ellipsis => "...".to_owned(),
        Expr::Int(value) => value.to_string(),
        Expr::Word(word) | Expr::Call(word, _) => word.clone(),
        Expr::Str(text) => format!("\"{}\"", String::from_utf8_lossy(text)),
        Expr::Or(left, right) => format!("{}|{}", describe(left), describe(right)),
        Expr::Assign(name, value) => format!("{}={}", describe(name), describe(value)),
        Expr::List(list) => format!("[{}]", list.iter().map(describe).collect::<Vec<_>>().join(", ")),
        Expr::Struct(list) => format!("{{{}}}", list.iter().map(describe).collect::<Vec<_>>().join(", ")),
    }
}
