//! Socket options by the numbers that the kernel has for them.

use crate::driver::errno_name;
use sockscope_core::program::{CongestionControl, OptionName, SocketOption};
use sockscope_core::time::Span;
use std::io;

/// Level, number and name.
const NAMES: &[(i32, i32, OptionName)] = &[
    (libc::SOL_SOCKET, libc::SO_REUSEADDR, OptionName::ReuseAddr),
    (libc::SOL_SOCKET, libc::SO_REUSEPORT, OptionName::ReusePort),
    (libc::SOL_SOCKET, libc::SO_KEEPALIVE, OptionName::KeepAlive),
    (libc::SOL_SOCKET, libc::SO_LINGER, OptionName::Linger),
    (libc::SOL_SOCKET, libc::SO_RCVBUF, OptionName::ReceiveBuffer),
    (libc::SOL_SOCKET, libc::SO_SNDBUF, OptionName::SendBuffer),
    (libc::SOL_SOCKET, libc::SO_RCVTIMEO, OptionName::ReceiveTimeout),
    (libc::SOL_SOCKET, libc::SO_SNDTIMEO, OptionName::SendTimeout),
    (libc::SOL_SOCKET, libc::SO_OOBINLINE, OptionName::OutOfBandInline),
    (libc::SOL_SOCKET, libc::SO_ERROR, OptionName::Error),
    (libc::SOL_SOCKET, libc::SO_ACCEPTCONN, OptionName::AcceptsConnections),
    (libc::IPPROTO_TCP, libc::TCP_NODELAY, OptionName::NoDelay),
    (libc::IPPROTO_TCP, libc::TCP_CORK, OptionName::Cork),
    (libc::IPPROTO_TCP, libc::TCP_QUICKACK, OptionName::QuickAck),
    (libc::IPPROTO_TCP, libc::TCP_MAXSEG, OptionName::MaxSegment),
    (libc::IPPROTO_TCP, libc::TCP_KEEPIDLE, OptionName::KeepIdle),
    (libc::IPPROTO_TCP, libc::TCP_KEEPINTVL, OptionName::KeepInterval),
    (libc::IPPROTO_TCP, libc::TCP_KEEPCNT, OptionName::KeepCount),
    (libc::IPPROTO_TCP, libc::TCP_SYNCNT, OptionName::SynCount),
    (libc::IPPROTO_TCP, libc::TCP_USER_TIMEOUT, OptionName::UserTimeout),
    (libc::IPPROTO_TCP, libc::TCP_CONGESTION, OptionName::Congestion),
    (libc::IPPROTO_TCP, libc::TCP_FASTOPEN, OptionName::FastOpen),
    (libc::IPPROTO_TCP, libc::TCP_FASTOPEN_CONNECT, OptionName::FastOpenConnect),
    (libc::IPPROTO_TCP, libc::TCP_DEFER_ACCEPT, OptionName::DeferAccept),
    (libc::IPPROTO_TCP, libc::TCP_NOTSENT_LOWAT, OptionName::UnsentLowWater),
    (libc::IPPROTO_TCP, libc::TCP_LINGER2, OptionName::LingerTime),
    (libc::IPPROTO_IP, libc::IP_TTL, OptionName::Ttl),
    (libc::IPPROTO_IPV6, libc::IPV6_UNICAST_HOPS, OptionName::Ttl),
    (libc::IPPROTO_IP, libc::IP_TOS, OptionName::Tos),
    (libc::IPPROTO_IPV6, libc::IPV6_TCLASS, OptionName::Tos),
    (libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, OptionName::OnlyV6),
];

/// The option of that level and number, where a trace has a word for it.
pub(crate) fn name(level: i32, number: i32) -> Option<OptionName> {
    NAMES.iter().find(|(l, n, _)| (*l, *n) == (level, number)).map(|(.., name)| *name)
}

/// The level and the number of an option.
pub(crate) fn number(name: OptionName) -> Option<(i32, i32)> {
    NAMES.iter().find(|(.., known)| *known == name).map(|(level, number, _)| (*level, *number))
}

/// The option with the value that stands in these bytes.
pub(crate) fn value(name: OptionName, bytes: &[u8]) -> Option<SocketOption> {
    use OptionName as Name;
    let int = || bytes.get(..4)?.try_into().ok().map(i32::from_ne_bytes);
    let on = || int().map(|value| value != 0);
    let count = || int().and_then(|value| u32::try_from(value).ok());
    let seconds = || count().map(|value| Span::from_secs(value.into()));
    let byte = || int().and_then(|value| u8::try_from(value).ok());
    let long = |at: usize| bytes.get(at..at + 8)?.try_into().ok().map(u64::from_ne_bytes);
    let time = || {
        let nanos = long(0)?.checked_mul(1_000_000_000)?.checked_add(long(8)?.checked_mul(1_000)?)?;
        Some(Some(Span::from_nanos(nanos)).filter(|span| !span.is_zero()))
    };
    Some(match name {
        Name::ReuseAddr => SocketOption::ReuseAddr(on()?),
        Name::ReusePort => SocketOption::ReusePort(on()?),
        Name::KeepAlive => SocketOption::KeepAlive(on()?),
        Name::Linger => {
            let time: i32 = bytes.get(4..8)?.try_into().ok().map(i32::from_ne_bytes)?;
            SocketOption::Linger(on()?.then(|| Span::from_secs(time.max(0).cast_unsigned().into())))
        }
        Name::ReceiveBuffer => SocketOption::ReceiveBuffer(count()?),
        Name::SendBuffer => SocketOption::SendBuffer(count()?),
        Name::ReceiveTimeout => SocketOption::ReceiveTimeout(time()?),
        Name::SendTimeout => SocketOption::SendTimeout(time()?),
        Name::OutOfBandInline => SocketOption::OutOfBandInline(on()?),
        Name::Error => {
            let error = int()?;
            SocketOption::Error((error != 0).then(|| errno_name(&io::Error::from_raw_os_error(error))))
        }
        Name::AcceptsConnections => SocketOption::AcceptsConnections(on()?),
        Name::NoDelay => SocketOption::NoDelay(on()?),
        Name::Cork => SocketOption::Cork(on()?),
        Name::QuickAck => SocketOption::QuickAck(on()?),
        Name::MaxSegment => SocketOption::MaxSegment(count()?),
        Name::KeepIdle => SocketOption::KeepIdle(seconds()?),
        Name::KeepInterval => SocketOption::KeepInterval(seconds()?),
        Name::KeepCount => SocketOption::KeepCount(count()?),
        Name::SynCount => SocketOption::SynCount(count()?),
        Name::UserTimeout => {
            let time = count()?;
            SocketOption::UserTimeout((time > 0).then(|| Span::from_millis(time.into())))
        }
        Name::Congestion => {
            let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
            SocketOption::Congestion(match &bytes[..end] {
                b"reno" => CongestionControl::Reno,
                b"cubic" => CongestionControl::Cubic,
                _ => return None,
            })
        }
        Name::FastOpen => SocketOption::FastOpen(count()?),
        Name::FastOpenConnect => SocketOption::FastOpenConnect(on()?),
        Name::DeferAccept => SocketOption::DeferAccept(Some(seconds()?).filter(|span| !span.is_zero())),
        Name::UnsentLowWater => SocketOption::UnsentLowWater(count()?),
        // Negative: not at all.
        Name::LingerTime => SocketOption::LingerTime(seconds()),
        Name::Ttl => SocketOption::Ttl(byte()?),
        Name::Tos => SocketOption::Tos(byte()?),
        Name::OnlyV6 => SocketOption::OnlyV6(on()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_as_a_kernel_reads_them() {
        let of = |level, number, bytes: &[u8]| value(name(level, number)?, bytes);
        let one = 1_i32.to_ne_bytes();
        assert_eq!(of(libc::SOL_SOCKET, libc::SO_REUSEADDR, &one), Some(SocketOption::ReuseAddr(true)));
        let linger = [1_i32.to_ne_bytes(), 0_i32.to_ne_bytes()].concat();
        let linger = of(libc::SOL_SOCKET, libc::SO_LINGER, &linger);
        assert_eq!(linger, Some(SocketOption::Linger(Some(Span::ZERO))));
        let time = [2_u64.to_ne_bytes(), 500_000_u64.to_ne_bytes()].concat();
        let time = of(libc::SOL_SOCKET, libc::SO_RCVTIMEO, &time);
        assert_eq!(time, Some(SocketOption::ReceiveTimeout(Some(Span::from_millis(2500)))));
        let refused = of(libc::SOL_SOCKET, libc::SO_ERROR, &libc::ECONNREFUSED.to_ne_bytes());
        assert_eq!(refused, Some(SocketOption::Error(Some(sockscope_core::errno::Errno::ECONNREFUSED))));
        assert_eq!(
            of(libc::IPPROTO_TCP, libc::TCP_CONGESTION, b"cubic\0"),
            Some(SocketOption::Congestion(CongestionControl::Cubic))
        );
        assert_eq!(of(libc::SOL_SOCKET, libc::SO_REUSEADDR, &one[..2]), None, "too short");
        assert_eq!(name(libc::SOL_SOCKET, libc::SO_MARK), None);
    }

    #[test]
    fn every_option_with_a_number_has_a_value() {
        for (.., name) in NAMES {
            assert!(
                value(*name, &[1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).is_some()
                    || *name == OptionName::Congestion,
                "{name:?}"
            );
        }
    }
}
