//! The socket options that are policies of a connection: each stands for one value of [`Config`].

use super::{Config, Connection, Timer};
use crate::program::{OptionName, SocketOption};
use crate::trace::Cx;

impl Config {
    /// Puts a socket option in the place of the policy it is about. Options that TCP has nothing to do with change nothing.
    pub fn set(&mut self, option: SocketOption) {
        match option {
            // A buffer whose size the program says does not grow by itself any more.
            SocketOption::ReceiveBuffer(bytes) => (self.recv_buffer, self.recv_auto_tuning) = (bytes, false),
            SocketOption::SendBuffer(bytes) => (self.send_buffer, self.send_buffer_max) = (bytes, bytes),
            SocketOption::KeepAlive(on) => self.keep_alive.on = on,
            SocketOption::KeepIdle(span) => self.keep_alive.idle = span,
            SocketOption::KeepInterval(span) => self.keep_alive.interval = span,
            SocketOption::KeepCount(count) => self.keep_alive.count = count,
            SocketOption::KeepInit(span) => self.opening.keep_init = Some(span),
            SocketOption::SynCount(count) => self.opening.syn_retries = count,
            SocketOption::UserTimeout(span) => self.interface.user_timeout = span,
            SocketOption::LingerTime(span) => self.interface.fin_wait_2 = span,
            SocketOption::OutOfBandInline(on) => self.interface.out_of_band_inline = on,
            SocketOption::NoDelay(on) => self.no_delay = on,
            SocketOption::Cork(on) => self.cork = on,
            SocketOption::MaxSegment(bytes) => {
                self.mss = self.mss.min(u16::try_from(bytes).unwrap_or(u16::MAX))
            }
            SocketOption::Congestion(algorithm) => self.congestion = algorithm,
            SocketOption::DeferAccept(span) => self.interface.defer_accept = span,
            SocketOption::UnsentLowWater(bytes) => self.interface.unsent_low_water = bytes,
            SocketOption::NoOptions(on) => self.no_options = on,
            SocketOption::RemoteUdpPort(port) => self.remote_udp_port = port as u16,
            _ => {}
        }
    }
    /// The policy as a socket option; `None` for those that TCP has nothing to do with.
    pub fn get(&self, name: OptionName) -> Option<SocketOption> {
        Some(match name {
            OptionName::ReceiveBuffer => SocketOption::ReceiveBuffer(self.told(self.recv_buffer)),
            OptionName::SendBuffer => SocketOption::SendBuffer(self.told(self.send_buffer)),
            OptionName::KeepAlive => SocketOption::KeepAlive(self.keep_alive.on),
            OptionName::KeepIdle => SocketOption::KeepIdle(self.keep_alive.idle),
            OptionName::KeepInterval => SocketOption::KeepInterval(self.keep_alive.interval),
            OptionName::KeepCount => SocketOption::KeepCount(self.keep_alive.count),
            OptionName::KeepInit => SocketOption::KeepInit(self.opening.keep_init?),
            OptionName::SynCount => SocketOption::SynCount(self.opening.syn_retries),
            OptionName::UserTimeout => SocketOption::UserTimeout(self.interface.user_timeout),
            OptionName::LingerTime => SocketOption::LingerTime(self.interface.fin_wait_2),
            OptionName::OutOfBandInline => SocketOption::OutOfBandInline(self.interface.out_of_band_inline),
            OptionName::NoDelay => SocketOption::NoDelay(self.no_delay),
            OptionName::Cork => SocketOption::Cork(self.cork),
            OptionName::MaxSegment => SocketOption::MaxSegment(u32::from(self.mss)),
            OptionName::Congestion => SocketOption::Congestion(self.congestion),
            OptionName::DeferAccept => SocketOption::DeferAccept(self.interface.defer_accept),
            OptionName::UnsentLowWater => SocketOption::UnsentLowWater(self.interface.unsent_low_water),
            OptionName::NoOptions => SocketOption::NoOptions(self.no_options),
            OptionName::RemoteUdpPort => SocketOption::RemoteUdpPort(self.remote_udp_port.into()),
            _ => return None,
        })
    }
    /// The size of a buffer as `getsockopt` tells it.
    fn told(&self, bytes: u32) -> u32 {
        bytes.saturating_mul(self.interface.buffer_factor)
    }
}

impl Connection {
    /// Sets an option of a connection that stands or is being made. A window once offered is not taken back (§3.8.6).
    pub fn set_option(&mut self, option: SocketOption, cx: &mut Cx) {
        let mss = self.config.mss;
        self.config.set(option);
        if let SocketOption::QuickAck(on) = option {
            self.acknowledge_quickly(on);
        }
        match option {
            SocketOption::Congestion(_) => self.congestion.choose(&self.config),
            SocketOption::KeepAlive(_) | SocketOption::KeepIdle(_) => self.stop_timer(Timer::KeepAlive, cx),
            SocketOption::MaxSegment(_) if self.config.interface.max_segment_at_any_time => {
                self.settle_mss();
                self.congestion.set_smss(self.snd.mss);
            }
            SocketOption::MaxSegment(_) => self.config.mss = mss,
            // What waits goes out, even where the socket is corked.
            SocketOption::NoDelay(true) => {
                self.snd.more = false;
                self.snd.pushed = self.snd.end;
            }
            _ => {}
        }
        self.check();
    }
    /// An option as it is now; `None` for those that TCP has nothing to do with.
    pub fn option(&self, name: OptionName) -> Option<SocketOption> {
        Some(match name {
            OptionName::MaxSegment => SocketOption::MaxSegment(self.snd.mss),
            OptionName::Unread => SocketOption::Unread(self.unread_as_told()),
            OptionName::Unacknowledged => SocketOption::Unacknowledged(self.send_buffer.len()),
            OptionName::AtMark => SocketOption::AtMark(self.is_at_mark()),
            OptionName::Unsent => SocketOption::Unsent(self.unsent()),
            name => return self.config.get(name),
        })
    }
    /// Octets that the program has sent and that were never on their way.
    pub(super) fn unsent(&self) -> u32 {
        self.snd.end.past(self.snd.nxt)
    }
}
