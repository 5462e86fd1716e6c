//! `setsockopt()` and `getsockopt()` of the operating system.

use super::socket::{OsSocket, duration};
use super::{errno, numbers};
#[cfg(target_os = "linux")]
use crate::sockopt::named;
use rustix::net::sockopt;
use socket2::TcpKeepalive;
use sockscope_core::program::{OptionName, SocketOption};
use sockscope_core::time::Span;
use std::io;
use std::time::Duration;

impl OsSocket {
    /// `setsockopt()`.
    pub(super) fn set_option(&self, option: SocketOption) -> io::Result<()> {
        let socket = self.common();
        match option {
            SocketOption::ReuseAddr(on) => socket.set_reuse_address(on),
            SocketOption::KeepAlive(on) => socket.set_keepalive(on),
            SocketOption::Linger(span) => socket.set_linger(span.map(duration)),
            SocketOption::ReceiveBuffer(bytes) => socket.set_recv_buffer_size(bytes as usize),
            SocketOption::SendBuffer(bytes) => socket.set_send_buffer_size(bytes as usize),
            SocketOption::ReceiveTimeout(span) => socket.set_read_timeout(span.map(duration)),
            SocketOption::SendTimeout(span) => socket.set_write_timeout(span.map(duration)),
            SocketOption::OutOfBandInline(on) => socket.set_out_of_band_inline(on),
            SocketOption::NonBlocking(on) => socket.set_nonblocking(on),
            SocketOption::OnlyV6(on) => socket.set_only_v6(on),
            SocketOption::Ttl(ttl) => self.set_ttl(ttl),
            SocketOption::Tos(tos) => self.set_tos(tos),
            option => self.set_tcp_option(option),
        }
    }
    fn set_tcp_option(&self, option: SocketOption) -> io::Result<()> {
        let socket = self.common();
        match option {
            SocketOption::NoDelay(on) => socket.set_tcp_nodelay(on),
            SocketOption::KeepIdle(span) => Ok(sockopt::set_tcp_keepidle(self, duration(span))?),
            SocketOption::KeepInterval(span) => {
                socket.set_tcp_keepalive(&TcpKeepalive::new().with_interval(duration(span)))
            }
            SocketOption::KeepCount(count) => Ok(sockopt::set_tcp_keepcnt(self, count)?),
            option => self.set_option_of_unix(option),
        }
    }
    /// Those that Windows lacks.
    #[cfg(unix)]
    fn set_option_of_unix(&self, option: SocketOption) -> io::Result<()> {
        let socket = self.common();
        match option {
            SocketOption::ReusePort(on) => socket.set_reuse_port(on),
            SocketOption::MaxSegment(bytes) => socket.set_tcp_mss(bytes),
            option => self.set_option_of_linux(option),
        }
    }
    #[cfg(not(unix))]
    fn set_option_of_unix(&self, _: SocketOption) -> io::Result<()> {
        Err(unknown())
    }
    /// Those that Linux alone has, or that no crate of ours knows elsewhere.
    #[cfg(target_os = "linux")]
    fn set_option_of_linux(&self, option: SocketOption) -> io::Result<()> {
        let socket = self.common();
        match option {
            SocketOption::Cork(on) => socket.set_tcp_cork(on),
            SocketOption::QuickAck(on) => socket.set_tcp_quickack(on),
            SocketOption::UserTimeout(span) => socket.set_tcp_user_timeout(span.map(duration)),
            SocketOption::UnsentLowWater(bytes) => socket.set_tcp_notsent_lowat(bytes),
            SocketOption::Congestion(algorithm) => {
                socket.set_tcp_congestion(algorithm.to_string().as_bytes())
            }
            SocketOption::SynCount(count) => self.set_number(option, count),
            SocketOption::FastOpen(count) => self.set_number(option, count),
            SocketOption::FastOpenConnect(on) => self.set_number(option, on.into()),
            SocketOption::DeferAccept(span) => self.set_number(option, span.map_or(0, seconds)),
            SocketOption::LingerTime(span) => self.set_number(option, span.map_or(NOT_AT_ALL, seconds)),
            _ => Err(unknown()),
        }
    }
    #[cfg(target_os = "linux")]
    fn set_number(&self, option: SocketOption, value: u32) -> io::Result<()> {
        let (level, number) = named::number(option.name()).ok_or_else(unknown)?;
        crate::sockopt::set(self, level, number, value)
    }
    #[cfg(all(unix, not(target_os = "linux")))]
    fn set_option_of_linux(&self, _: SocketOption) -> io::Result<()> {
        Err(unknown())
    }
    /// `getsockopt()`.
    pub(super) fn option(&self, name: OptionName) -> io::Result<SocketOption> {
        let socket = self.common();
        Ok(match name {
            OptionName::ReuseAddr => SocketOption::ReuseAddr(socket.reuse_address()?),
            OptionName::KeepAlive => SocketOption::KeepAlive(socket.keepalive()?),
            OptionName::Linger => SocketOption::Linger(socket.linger()?.map(span)),
            OptionName::ReceiveBuffer => SocketOption::ReceiveBuffer(count(socket.recv_buffer_size()?)),
            OptionName::SendBuffer => SocketOption::SendBuffer(count(socket.send_buffer_size()?)),
            OptionName::ReceiveTimeout => SocketOption::ReceiveTimeout(socket.read_timeout()?.map(span)),
            OptionName::SendTimeout => SocketOption::SendTimeout(socket.write_timeout()?.map(span)),
            OptionName::OutOfBandInline => SocketOption::OutOfBandInline(socket.out_of_band_inline()?),
            OptionName::Error => SocketOption::Error(socket.take_error()?.map(|error| errno::name(&error))),
            OptionName::OnlyV6 => SocketOption::OnlyV6(socket.only_v6()?),
            OptionName::Ttl => SocketOption::Ttl(self.ttl()?),
            OptionName::Tos => SocketOption::Tos(self.tos()?),
            name => return self.tcp_option(name),
        })
    }
    fn tcp_option(&self, name: OptionName) -> io::Result<SocketOption> {
        let socket = self.common();
        Ok(match name {
            OptionName::NoDelay => SocketOption::NoDelay(socket.tcp_nodelay()?),
            OptionName::KeepIdle => SocketOption::KeepIdle(span(sockopt::tcp_keepidle(self)?)),
            OptionName::KeepInterval => SocketOption::KeepInterval(span(sockopt::tcp_keepintvl(self)?)),
            OptionName::KeepCount => SocketOption::KeepCount(sockopt::tcp_keepcnt(self)?),
            name => return self.option_of_unix(name),
        })
    }
    #[cfg(unix)]
    fn option_of_unix(&self, name: OptionName) -> io::Result<SocketOption> {
        Ok(match name {
            OptionName::ReusePort => SocketOption::ReusePort(sockopt::socket_reuseport(self)?),
            OptionName::MaxSegment => SocketOption::MaxSegment(self.common().tcp_mss()?),
            name => return self.option_of_linux(name),
        })
    }
    #[cfg(not(unix))]
    fn option_of_unix(&self, _: OptionName) -> io::Result<SocketOption> {
        Err(unknown())
    }
    #[cfg(target_os = "linux")]
    fn option_of_linux(&self, name: OptionName) -> io::Result<SocketOption> {
        /// Of linux/sockios.h.
        const AT_MARK: libc::c_ulong = 0x8905;
        const UNSENT: libc::c_ulong = 0x894b;
        let number = |request| crate::sockopt::number(self, request);
        Ok(match name {
            OptionName::AtMark => SocketOption::AtMark(number(AT_MARK)? != 0),
            OptionName::Unread => SocketOption::Unread(number(libc::FIONREAD)?),
            OptionName::Unacknowledged => SocketOption::Unacknowledged(number(libc::TIOCOUTQ)?),
            OptionName::Unsent => SocketOption::Unsent(number(UNSENT)?),
            name => {
                let (level, number) = named::number(name).ok_or_else(unknown)?;
                let mut bytes = [0; 64];
                let len = crate::sockopt::get(self, level, number, &mut bytes)?;
                return named::value(name, &bytes[..len]).ok_or_else(unknown);
            }
        })
    }
    #[cfg(all(unix, not(target_os = "linux")))]
    fn option_of_linux(&self, _: OptionName) -> io::Result<SocketOption> {
        Err(unknown())
    }
    fn is_v6(&self) -> io::Result<bool> {
        Ok(self.local()?.is_ipv6())
    }
    fn set_ttl(&self, ttl: u8) -> io::Result<()> {
        let socket = self.common();
        if self.is_v6()? { socket.set_unicast_hops_v6(ttl.into()) } else { socket.set_ttl_v4(ttl.into()) }
    }
    fn ttl(&self) -> io::Result<u8> {
        let socket = self.common();
        let ttl = if self.is_v6()? { socket.unicast_hops_v6()? } else { socket.ttl_v4()? };
        Ok(u8::try_from(ttl).unwrap_or(u8::MAX))
    }
    fn set_tos(&self, tos: u8) -> io::Result<()> {
        let socket = self.common();
        match self.is_v6()? {
            #[cfg(unix)]
            true => socket.set_tclass_v6(tos.into()),
            #[cfg(not(unix))]
            true => Err(unknown()),
            false => socket.set_tos_v4(tos.into()),
        }
    }
    fn tos(&self) -> io::Result<u8> {
        let socket = self.common();
        let tos = match self.is_v6()? {
            #[cfg(unix)]
            true => socket.tclass_v6()?,
            #[cfg(not(unix))]
            true => return Err(unknown()),
            false => socket.tos_v4()?,
        };
        Ok(u8::try_from(tos).unwrap_or(u8::MAX))
    }
}

/// What the system says of an option that it does not have.
fn unknown() -> io::Error {
    io::Error::from_raw_os_error(numbers::ENOPROTOOPT)
}

fn span(duration: Duration) -> Span {
    Span::from_nanos(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
}

fn count(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// `TCP_LINGER2`, negative: the connection does not wait in FIN-WAIT-2.
#[cfg(target_os = "linux")]
const NOT_AT_ALL: u32 = u32::MAX;

/// Whole seconds, rounded up.
#[cfg(target_os = "linux")]
fn seconds(span: Span) -> u32 {
    u32::try_from(span.as_nanos().div_ceil(1_000_000_000)).unwrap_or(i32::MAX as u32)
}
