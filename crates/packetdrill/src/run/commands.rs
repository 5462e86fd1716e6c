//! Commands in back quotes: what they would do to a system is done to the settings of the host, or looked up in its
//! socket table. A command that is not known is refused by its name.

use super::{Run, Stop, sysctl};
use sockscope_core::tcp::State;

/// The states as `sockstat -s` prints them.
const STATES: &[(&str, State)] = &[
    ("CLOSED", State::Closed),
    ("LISTEN", State::Listen),
    ("SYN_SENT", State::SynSent),
    ("SYN_RCVD", State::SynReceived),
    ("ESTABLISHED", State::Established),
    ("CLOSE_WAIT", State::CloseWait),
    ("FIN_WAIT_1", State::FinWait1),
    ("CLOSING", State::Closing),
    ("LAST_ACK", State::LastAck),
    ("FIN_WAIT_2", State::FinWait2),
    ("TIME_WAIT", State::TimeWait),
];

/// What has no meaning here: caches and devices that the simulated host does not have.
const WITHOUT_EFFECT: &[&str] = &[
    "ip tcp_metrics flush",
    "nstat",
    "setkey -F",
    "ethtool",
    "tc qdisc replace dev tun0 root fq",
    "tc qdisc replace dev tun0 root pfifo",
    "true",
    "sleep",
];

/// Settings that make the host forget what it knows of others.
const FORGET_COOKIES: &[(&str, &str)] =
    &[("net.inet.tcp.fastopen.client_enable", "0"), ("net.inet.tcp.hostcache.purgenow", "1")];

impl Run {
    /// Does what a line of shell says.
    pub(super) fn command(&mut self, text: &str) -> Result<(), Stop> {
        let text = text.replace("\\\n", " ");
        for command in text.split(['\n', ';']).flat_map(|line| line.split("&&")) {
            self.simple(command.trim())?;
        }
        Ok(())
    }
    fn simple(&mut self, command: &str) -> Result<(), Stop> {
        let words = words(command);
        let Some(name) = words.first().map(|name| name.rsplit('/').next().unwrap_or_default()) else {
            return Ok(());
        };
        match name {
            "sysctl" => self.settings(words[1..].iter().filter(|word| word.contains('='))),
            // Scripts of the Linux suite: settings of /proc, remembered and put back at the end.
            "set_sysctls.py" => self.settings(words[1..].iter()),
            "defaults.sh" => self.settings(sysctl::LINUX_DEFAULTS.iter()),
            "sockstat" => self.sockstat(command),
            "tcpdrop" => self.tcpdrop(&words[1..]),
            _ if name.starts_with("sysctl_restore_") => Ok(()),
            _ if WITHOUT_EFFECT.iter().any(|known| command.starts_with(known)) => Ok(()),
            _ => Err(Stop::unsupported(format!("the command {command}"))),
        }
    }
    fn settings(&mut self, settings: impl Iterator<Item = impl AsRef<str>>) -> Result<(), Stop> {
        for setting in settings {
            let (name, value) = setting.as_ref().split_once('=').unwrap_or((setting.as_ref(), ""));
            let name = name.trim_start_matches("/proc/sys/").replace('/', ".");
            if let Some(key) = sysctl::fast_open_key(value).filter(|_| name == "net.ipv4.tcp_fastopen_key") {
                self.kernel.host.set_fast_open_key(key);
                continue;
            }
            sysctl::set(self.kernel.host.config_mut(), &name, value)?;
            if FORGET_COOKIES.contains(&(&name[..], value)) {
                self.kernel.host.forget_cookies();
            }
        }
        Ok(())
    }
    /// `sockstat … | grep -c STATE | grep N`: so many sockets are in that state.
    fn sockstat(&mut self, command: &str) -> Result<(), Stop> {
        let mut stages = command.split('|').map(words);
        let sockstat = stages.next().unwrap_or_default();
        let v4 = !sockstat.iter().any(|word| word == "-6");
        let port =
            sockstat.iter().position(|word| word == "-p").and_then(|at| sockstat.get(at + 1)?.parse().ok());
        let (mut owned, mut state, mut wanted) = (false, None, None);
        for grep in stages {
            match (grep.get(1).map(String::as_str), grep.get(2)) {
                (Some("-c"), Some(name)) => state = STATES.iter().find(|(known, _)| known == name),
                (Some("packetdril"), None) => owned = true,
                (Some(text), None) => wanted = Some(text.to_owned()),
                _ => return Err(Stop::unsupported(format!("the command {command}"))),
            }
        }
        let (Some((name, state)), Some(wanted)) = (state, wanted) else {
            return Err(Stop::unsupported(format!("the command {command}")));
        };
        let counted = self.kernel.host.streams().filter(|it| {
            it.state == *state
                && it.local.is_ipv4() == v4
                && (!owned || it.fd.is_some())
                && port.is_none_or(|port: u16| it.local.port() == port)
        });
        let count = counted.count().to_string();
        if count.contains(&wanted) {
            return Ok(());
        }
        let there: Vec<String> = self.kernel.host.streams().map(|it| it.state.to_string()).collect();
        let what =
            format!("sockets in {name}: expected {wanted}, got {count} (there are: {})", there.join(", "));
        Err(Stop::instead(what, count))
    }
    /// `tcpdrop -s STATE`, or `-a` for all.
    fn tcpdrop(&mut self, args: &[String]) -> Result<(), Stop> {
        let state = match args {
            [flag, name] if flag == "-s" => {
                STATES.iter().find(|(known, _)| known == name).map(|(_, state)| *state)
            }
            [flag] if flag == "-a" => None,
            _ => return Err(Stop::unsupported(format!("the command tcpdrop {}", args.join(" ")))),
        };
        let streams: Vec<_> = self.kernel.host.streams().collect();
        for stream in streams.into_iter().filter(|it| state.is_none_or(|state| state == it.state)) {
            self.kernel.act(None, |host, cx| host.drop_stream(stream.sock, cx));
        }
        Ok(())
    }
}

/// The words of a command, quotes resolved; what redirects its output is left out.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in command.chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            (c, None) if c.is_whitespace() => words.push(String::new()),
            (c, _) => words.last_mut().into_iter().for_each(|word| word.push(c)),
        }
    }
    words.retain(|word| !word.is_empty() && !word.starts_with('>') && !word.starts_with("2>"));
    words
}
