//! Settings of a system by their names in `sysctl`, and what they are called here.

use super::Stop;
use sockscope_core::host::HostConfig;
use sockscope_core::program::CongestionControl;
use sockscope_core::tcp::{ClosedPorts, Config, EcnPolicy, IcmpPolicy, IdleRestart, SynCookies};
use sockscope_core::time::Span;

/// What the Linux suite sets before each script.
pub(super) const LINUX_DEFAULTS: &[&str] = &[
    "net.ipv4.tcp_rmem=4096 540000 15728640",
    "net.ipv4.tcp_wmem=4096 262144 4194304",
    "net.ipv4.tcp_timestamps=1",
    "net.ipv4.tcp_syn_retries=5",
    "net.ipv4.tcp_synack_retries=5",
    "net.ipv4.tcp_congestion_control=cubic",
    "net.ipv4.tcp_slow_start_after_idle=0",
    "net.ipv4.tcp_ecn=0",
    "net.ipv4.tcp_fastopen=0x70403",
    "net.ipv4.tcp_fastopen_key=a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4",
    "net.ipv4.tcp_syncookies=1",
];

const SETTINGS: &[(&str, Set)] = &[
    ("kern.ipc.maxsockbuf", |tcp, n| tcp.recv_buffer_max = bytes(first(n))),
    ("net.inet.tcp.recvspace", |tcp, n| tcp.recv_buffer = bytes(first(n))),
    ("net.inet.tcp.sendspace", |tcp, n| tcp.send_buffer = bytes(first(n))),
    ("net.inet.tcp.rfc1323", |tcp, n| (tcp.window_scaling, tcp.timestamps) = (first(n) > 0, first(n) > 0)),
    ("net.inet.tcp.sack.enable", |tcp, n| tcp.sack = first(n) != 0),
    ("net.inet.tcp.tolerate_missing_ts", |tcp, n| tcp.require_timestamps = first(n) == 0),
    ("net.inet.tcp.rexmit_initial", |tcp, n| tcp.timeouts.initial_rto = millis(first(n))),
    ("net.inet.tcp.rexmit_slop", |tcp, n| tcp.timeouts.rto_slop = millis(first(n))),
    ("net.inet.tcp.rexmit_drop_options", |tcp, n| {
        tcp.opening.syn_retries_with_options = if first(n) == 0 { u32::MAX } else { 2 };
    }),
    ("net.inet.tcp.blackhole", |tcp, n| {
        tcp.trust.closed_ports = match first(n) {
            0 => ClosedPorts::Reset,
            1 => ClosedPorts::IgnoreSyns,
            _ => ClosedPorts::Ignore,
        };
    }),
    ("net.ipv4.tcp_challenge_ack_limit", |tcp, n| {
        tcp.trust.challenge_acks_of_host = Some(bytes(first(n))).filter(|n| *n < i32::MAX as u32);
    }),
    ("net.inet.tcp.insecure_rst", |tcp, n| tcp.trust.reset_in_window_ends = first(n) != 0),
    ("net.inet.tcp.insecure_syn", |tcp, n| tcp.trust.syn_in_window_ends = first(n) != 0),
    ("net.inet.tcp.drop_synfin", |tcp, n| tcp.trust.drop_syn_fin = first(n) != 0),
    ("net.inet.tcp.icmp_may_rst", |tcp, n| {
        tcp.opening.icmp_ends_opening =
            if first(n) == 0 { IcmpPolicy::None } else { IcmpPolicy::HardAndExpired };
    }),
    ("net.inet.tcp.path_mtu_discovery", |tcp, n| tcp.path.path_mtu_discovery = first(n) != 0),
    ("net.inet.tcp.pmtud_blackhole_detection", |tcp, n| tcp.path.black_hole_detection = first(n) != 0),
    ("net.inet.tcp.pmtud_blackhole_mss", |tcp, n| tcp.path.black_hole_mss[0] = size(n)),
    ("net.inet.tcp.v6pmtud_blackhole_mss", |tcp, n| tcp.path.black_hole_mss[1] = size(n)),
    ("net.inet.tcp.ecn.enable", |tcp, n| tcp.ecn = ecn(first(n))),
    ("net.inet.tcp.ecn.maxretries", |tcp, n| tcp.opening.ecn_syn_retries = bytes(first(n))),
    ("net.inet.tcp.fastopen.client_enable", |tcp, n| tcp.fast_open.client = first(n) != 0),
    ("net.inet.tcp.fastopen.server_enable", |tcp, n| tcp.fast_open.server = first(n) != 0),
    ("net.inet.tcp.minmss", |tcp, n| tcp.min_mss = size(n)),
    ("net.inet.tcp.delacktime", |tcp, n| tcp.delayed_ack = millis(first(n))),
    ("net.inet.tcp.keepinit", |tcp, n| tcp.opening.keep_init = Some(millis(first(n)))),
    ("net.inet.tcp.keepidle", |tcp, n| tcp.keep_alive.idle = millis(first(n))),
    ("net.inet.tcp.keepintvl", |tcp, n| tcp.keep_alive.interval = millis(first(n))),
    ("net.inet.tcp.keepcnt", |tcp, n| tcp.keep_alive.count = bytes(first(n))),
    ("net.inet.tcp.syncookies", |tcp, n| tcp.opening.syn_cookies = cookies(first(n))),
    ("net.inet.tcp.syncookies_only", |tcp, n| {
        tcp.opening.syn_cookies = if first(n) == 0 { SynCookies::WhenFull } else { SynCookies::Always };
    }),
    ("net.ipv4.tcp_syncookies", |tcp, n| tcp.opening.syn_cookies = cookies(first(n))),
    ("net.ipv4.tcp_rmem", |tcp, n| (tcp.recv_buffer, tcp.recv_buffer_max) = default_and_most(n)),
    ("net.ipv4.tcp_wmem", |tcp, n| (tcp.send_buffer, tcp.send_buffer_max) = default_and_most(n)),
    ("net.ipv4.tcp_moderate_rcvbuf", |tcp, n| tcp.recv_auto_tuning = first(n) != 0),
    ("net.ipv4.tcp_timestamps", |tcp, n| tcp.timestamps = first(n) != 0),
    ("net.ipv4.tcp_window_scaling", |tcp, n| tcp.window_scaling = first(n) != 0),
    ("net.ipv4.tcp_ecn", |tcp, n| tcp.ecn = ecn(first(n))),
    ("net.ipv4.tcp_rfc1337", |tcp, n| tcp.trust.reset_ends_time_wait = first(n) == 0),
    ("net.ipv4.tcp_sack", |tcp, n| tcp.sack = first(n) != 0),
    ("net.ipv4.tcp_fastopen", |tcp, n| {
        (tcp.fast_open.client, tcp.fast_open.server) = (first(n) & 1 != 0, first(n) & 2 != 0);
        tcp.fast_open.everywhere = first(n) & 0x400 != 0;
        tcp.fast_open.needs_cookie = first(n) & 0x200 == 0;
    }),
    ("net.ipv4.tcp_slow_start_after_idle", |tcp, n| {
        tcp.growth.idle_restart = if first(n) == 0 { IdleRestart::Keep } else { IdleRestart::Halve };
    }),
    ("net.ipv4.tcp_invalid_ratelimit", |tcp, n| tcp.trust.challenge_interval = millis(first(n))),
    ("net.ipv4.ip_no_pmtu_disc", |tcp, n| tcp.path.path_mtu_discovery = first(n) == 0),
    ("net.ipv4.tcp_syn_retries", |tcp, n| tcp.opening.syn_retries = bytes(first(n))),
    ("net.ipv4.tcp_synack_retries", |tcp, n| tcp.opening.syn_ack_retries = bytes(first(n))),
    ("net.ipv4.tcp_retries2", |tcp, n| tcp.timeouts.data_retries = bytes(first(n))),
];

/// Settings that are there with one value only: what the host does anyway.
const FIXED: &[(&str, &str)] = &[
    ("net.inet.tcp.hostcache.purgenow", "1"),
    ("net.inet.tcp.udp_tunneling_overhead", "8"),
    ("net.inet.tcp.mssdflt", "536"),
    ("net.inet.tcp.v6mssdflt", "1220"),
];

/// Settings of what the host does not do at all: it neither paces nor joins segments.
const WITHOUT_EFFECT: &[&str] = &[
    "net.ipv4.tcp_fastopen_blackhole_timeout_sec",
    "net.ipv4.tcp_min_tso_segs",
    "net.ipv4.tcp_tso_win_divisor",
    "net.ipv4.tcp_pacing_ss_ratio",
    "net.ipv4.tcp_pacing_ca_ratio",
];

/// Sets a setting.
pub(super) fn set(config: &mut HostConfig, name: &str, value: &str) -> Result<(), Stop> {
    let unsupported = || Stop::unsupported(format!("sysctl {name}={value}"));
    if name == "net.ipv4.tcp_congestion_control" {
        config.tcp.congestion = match value {
            "reno" => CongestionControl::Reno,
            "cubic" => CongestionControl::Cubic,
            _ => return Err(unsupported()),
        };
        return Ok(());
    }
    if name == "net.inet.tcp.udp_tunneling_port" {
        config.udp_tunneling_port = value.parse().map_err(|_| unsupported())?;
        return Ok(());
    }
    if let Some((_, set)) = SETTINGS.iter().find(|(known, _)| *known == name) {
        let numbers: Option<Vec<i64>> = value.split_whitespace().map(number).collect();
        set(&mut config.tcp, &numbers.filter(|numbers| !numbers.is_empty()).ok_or_else(unsupported)?);
        return Ok(());
    }
    let fixed =
        WITHOUT_EFFECT.contains(&name) || FIXED.iter().any(|(known, only)| *known == name && *only == value);
    if fixed { Ok(()) } else { Err(unsupported()) }
}

/// A key of fast open cookies, as Linux writes it: four words in hexadecimal.
pub(super) fn fast_open_key(value: &str) -> Option<[u64; 2]> {
    let words: Option<Vec<u64>> = value.split('-').map(|word| u64::from_str_radix(word, 16).ok()).collect();
    match words?[..] {
        [a, b, c, d] => Some([b << 32 | a, d << 32 | c]),
        _ => None,
    }
}
/// Never, always, or where the peer asks for it.
fn ecn(n: i64) -> EcnPolicy {
    match n {
        0 => EcnPolicy::Off,
        1 => EcnPolicy::Active,
        _ => EcnPolicy::Passive,
    }
}
/// Never, where the queue is full, or always.
fn cookies(n: i64) -> SynCookies {
    match n {
        0 => SynCookies::Never,
        1 => SynCookies::WhenFull,
        _ => SynCookies::Always,
    }
}
fn number(text: &str) -> Option<i64> {
    match text.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}
fn first(numbers: &[i64]) -> i64 {
    numbers.first().copied().unwrap_or(0)
}
/// Of least, default and most.
fn default_and_most(numbers: &[i64]) -> (u32, u32) {
    let at = |place: usize| bytes(numbers.get(place).copied().unwrap_or(first(numbers)));
    (at(1), at(2))
}
/// Of a segment.
fn size(numbers: &[i64]) -> u16 {
    first(numbers).clamp(0, 65_535) as u16
}
fn bytes(n: i64) -> u32 {
    n.clamp(0, i64::from(u32::MAX)) as u32
}
fn millis(n: i64) -> Span {
    Span::from_millis(u64::try_from(n).unwrap_or(0))
}

/// How a setting is set, to one number or several.
type Set = fn(&mut Config, &[i64]);
