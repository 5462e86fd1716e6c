//! What a run is to be like: the profile, and what the script's `--` options say.

use super::Stop;
use crate::syntax::{Script, Setting, seconds};
use sockscope_core::tcp;
use sockscope_core::time::Span;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The stack whose policies the host under test has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// What the RFCs say or recommend.
    #[default]
    Rfc,
    /// As Linux.
    Linux,
    /// As FreeBSD.
    FreeBsd,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Profile; 3] = [Profile::Rfc, Profile::Linux, Profile::FreeBsd];

    /// Its name: `rfc`, `linux` or `freebsd`.
    pub const fn name(self) -> &'static str {
        match self {
            Profile::Rfc => "rfc",
            Profile::Linux => "linux",
            Profile::FreeBsd => "freebsd",
        }
    }
    /// The policies of its TCP.
    pub const fn tcp(self) -> tcp::Config {
        match self {
            Profile::Rfc => tcp::Config::rfc(),
            Profile::Linux => tcp::Config::linux(),
            Profile::FreeBsd => {
                let mut config = tcp::Config::freebsd();
                // There `net.inet.tcp.always_keepalive` is on, whatever a socket says. A simulation leaves it off: it would have no end.
                config.keep_alive.on = true;
                config
            }
        }
    }
    /// The symbols that a packetdrill on that system defines, for [`Script::parse`].
    pub fn defines(self) -> BTreeMap<String, String> {
        let symbols: &[(&str, &str)] = match self {
            Profile::Rfc => &[],
            Profile::FreeBsd => &[("FreeBSD", "")],
            Profile::Linux => &[
                ("Linux", ""),
                ("TFO_COOKIE", "3021b9d889017eeb"),
                ("CODE", "host_unreachable"),
                ("CMSG_LEVEL_IP", "SOL_IP"),
                ("CMSG_TYPE_RECVERR", "IP_RECVERR"),
            ],
        };
        symbols.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }
    /// How late or early a packet may be, in thousandths of the time that it is expected after the event before.
    const fn tolerance(self) -> u64 {
        match self {
            Profile::FreeBsd => 50,
            Profile::Rfc | Profile::Linux => 125,
        }
    }
}

/// How to run scripts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The stack to imitate.
    pub profile: Profile,
    /// Options as `name` and `value` that stand before those of the script, which may say otherwise.
    pub options: Vec<(String, String)>,
    /// Every random draw of the host comes from it.
    pub seed: u64,
}

/// The options of one script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) version: Version,
    pub(super) local: IpAddr,
    pub(super) remote: IpAddr,
    pub(super) bind_port: u16,
    pub(super) connect_port: u16,
    pub(super) mtu: u16,
    pub(super) tolerance: Span,
    /// In thousandths.
    pub(super) tolerance_share: u64,
    /// Time between two values of the timestamp clock; zero: values are not compared.
    pub(super) tick: Span,
    pub(super) may_fail: MayFail,
    /// Segments are compared one by one, never several as one.
    pub(super) strict_segments: bool,
}

/// Which version of IP goes over the wire, and which the sockets are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V4,
    /// IPv6 sockets, IPv4 packets.
    Mapped,
    V6,
}

/// What a mismatch does not end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct MayFail {
    pub(super) packets: bool,
    pub(super) calls: bool,
}

impl Options {
    /// The options of a script: those of `settings`, then its own.
    pub(super) fn of(script: &Script, settings: &Settings) -> Result<Options, (u32, Stop)> {
        let mut options = Options {
            version: Version::V4,
            local: [192, 168, 0, 1].into(),
            remote: [192, 0, 2, 1].into(),
            bind_port: 8080,
            connect_port: 8080,
            mtu: 1500,
            tolerance: Span::from_micros(4000),
            tolerance_share: settings.profile.tolerance(),
            tick: Span::ZERO,
            may_fail: MayFail::default(),
            strict_segments: settings.profile == Profile::FreeBsd,
        };
        let before = settings.options.iter().map(|(name, value)| Setting {
            line: 0,
            name: name.clone(),
            value: value.clone(),
        });
        let all: Vec<Setting> = before.chain(script.options.iter().cloned()).collect();
        // The version first: it decides which addresses are the default.
        for setting in all.iter().filter(|setting| setting.name == "ip_version") {
            options.set_version(&setting.value).map_err(|stop| (setting.line, stop))?;
        }
        for setting in &all {
            options.set(&setting.name, &setting.value).map_err(|stop| (setting.line, stop))?;
        }
        Ok(options)
    }

    fn set_version(&mut self, value: &str) -> Result<(), Stop> {
        self.version = match value.replace('_', "-").as_str() {
            "ipv4" => Version::V4,
            "ipv4-mapped-ipv6" => Version::Mapped,
            "ipv6" => Version::V6,
            _ => return Err(wrong("ip_version", value, "ipv4, ipv4-mapped-ipv6 or ipv6")),
        };
        if self.version == Version::V6 {
            self.local = [0xfd3d, 0xfa7b, 0xd17d, 0, 0, 0, 0, 1].into();
            self.remote = [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1].into();
        }
        Ok(())
    }
    fn set(&mut self, name: &str, value: &str) -> Result<(), Stop> {
        let micros = || value.parse().map(Span::from_micros).map_err(|_| wrong(name, value, "microseconds"));
        let port = || value.parse().map_err(|_| wrong(name, value, "a port"));
        match name {
            "ip_version" => {}
            "local_ip" => self.local = address(name, value)?,
            "remote_ip" => self.remote = address(name, value)?,
            "bind_port" => self.bind_port = port()?,
            "connect_port" => self.connect_port = port()?,
            "mtu" => self.mtu = value.parse().map_err(|_| wrong(name, value, "bytes, at most 65535"))?,
            "tolerance_usecs" => self.tolerance = micros()?,
            "tolerance_percent" => {
                let percent = seconds(value).ok_or_else(|| wrong(name, value, "a percentage"))?;
                self.tolerance_share = percent.as_millis() / 100;
            }
            "tcp_ts_tick_usecs" => self.tick = micros()?,
            "non_fatal" => {
                self.may_fail.packets |= value.contains("packet");
                self.may_fail.calls |= value.contains("syscall");
            }
            "strict_segments" => self.strict_segments = true,
            // What only concerns the machine on which a real packetdrill runs, and what is checked without being asked.
            "gateway_ip" | "netmask_ip" | "speed" | "verbose" | "debug" | "no_cleanup" | "code_command"
            | "code_format" | "code_sockopt" | "send_omit_free" | "persistent_tun_dev" | "tun_dev"
            | "init_scripts" => {}
            // Each packet says for itself whether a datagram carries it.
            "udp_encapsulation" if value == "tcp" => {}
            _ => return Err(Stop::unsupported(format!("the option --{name}={value}"))),
        }
        Ok(())
    }
}

/// An address; a length of the prefix after it is of no use here.
fn address(name: &str, value: &str) -> Result<IpAddr, Stop> {
    let plain = value.split('/').next().unwrap_or_default();
    plain.parse().map_err(|_| wrong(name, value, "an IP address"))
}

fn wrong(name: &str, value: &str, right: &str) -> Stop {
    Stop::fault(format!("--{name}={value}: write {right}"))
}
