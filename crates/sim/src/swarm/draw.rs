//! From a seed to a scenario.

use super::FAULTS_AT_MOST;
use super::conversation::{self, Conversation};
use crate::impairment::Knobs;
use crate::scenario::{Action, Host, Limits, Link, Profile, Program, Router, Scenario, Switch, Timed};
use crate::units::{Length, Probability, QueueSize, Rate, Room, Seed};
use serde_json::{Value as Json, json};
use sockscope_core::program::{CongestionControl, Family};
use sockscope_core::rng::{Chance, Purpose, Rng};
use sockscope_core::tcp::EcnPolicy;
use sockscope_core::time::Span;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;

/// No world takes longer: much more than the slowest may take.
const LONGEST: Span = Span::from_secs(1_000_000);

/// The scenario that belongs to `seed`.
///
/// ```
/// use sockscope_sim::swarm;
/// assert_eq!(swarm::scenario(7), swarm::scenario(7));
/// assert_ne!(swarm::scenario(7).links, swarm::scenario(8).links);
/// ```
pub fn scenario(seed: u64) -> Scenario {
    let mut rng = Rng::new(seed, Purpose::Test(0));
    let (v6, tiny, rough, fast) = (rng.below(4) == 0, rng.below(8) == 0, rng.below(4), rng.below(6) == 0);
    let kind = Kind { v6, tiny, rough, fast };
    let mut scenario = topology(&mut rng, kind);
    scenario.title = format!("swarm {seed}");
    scenario.seed = Seed(seed);
    // Faults last two minutes at most in most worlds; in some so long that connections give up.
    let calm = match rng.below(12) {
        0 => FAULTS_AT_MOST,
        _ => Span::from_millis(500 + u64::from(rng.below(119_500))),
    };
    for service in 0..=rng.below(2) {
        serve(&mut rng, kind, service, &mut scenario);
    }
    if rng.below(6) == 0 {
        meet(&mut rng, kind, &mut scenario);
    }
    interfere(&mut rng, calm, &mut scenario);
    scenario.limits = Limits { time: Length(LONGEST), steps: 3_000_000 };
    scenario
}

/// What holds for a whole world.
#[derive(Clone, Copy, Debug)]
struct Kind {
    v6: bool,
    /// Buffers hold a few bytes.
    tiny: bool,
    /// From 0, clean wires, to 3.
    rough: u32,
    /// Servers take data on a SYN, and clients send it.
    fast: bool,
}

impl Kind {
    /// The size of a buffer.
    fn buffer(self, rng: &mut Rng) -> u32 {
        match rng.below(8) {
            _ if self.tiny => 1 + rng.below(40),
            0 => 100 + rng.below(4_000),
            1 => 64_000 + rng.below(1_000_000),
            _ => 4_000 + rng.below(60_000),
        }
    }
}

/// Four hosts, and two routers with a wire between them.
const MOST_LINKS: usize = 5;

/// Hosts and what joins them: a wire, a switch, a router, or two routers with a wire between them.
fn topology(rng: &mut Rng, kind: Kind) -> Scenario {
    let shape = rng.below(4);
    let hosts = if shape == 0 { 2 } else { 2 + rng.below(3) };
    let address = |n: u32| -> Vec<IpAddr> {
        if kind.v6 { vec![Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, n as u16 + 1).into()] } else { Vec::new() }
    };
    let mut mtu = |_| [1500, 1500, 1500, 1280, 9000, 576][rng.below(if kind.v6 { 5 } else { 6 }) as usize];
    let mtus = [(); MOST_LINKS].map(&mut mtu);
    let mut scenario = Scenario {
        title: String::new(),
        description: String::new(),
        seed: Seed::default(),
        limits: Limits::default(),
        hosts: (0..hosts).map(|n| host(rng, kind, n, address(n))).collect(),
        switches: Vec::new(),
        routers: Vec::new(),
        links: Vec::new(),
        programs: Vec::new(),
        interventions: Vec::new(),
    };
    let middle = match shape {
        0 => Vec::new(),
        1 => vec!["switch"],
        2 => vec!["left"],
        _ => vec!["left", "right"],
    };
    scenario.switches =
        middle.iter().filter(|name| **name == "switch").map(|name| Switch { name: (*name).into() }).collect();
    let routers = middle.iter().filter(|name| **name != "switch");
    scenario.routers =
        (10..).zip(routers).map(|(n, name)| Router { name: (*name).into(), addresses: address(n) }).collect();
    let mut pairs: Vec<[String; 2]> = match middle[..] {
        [] => vec![[name(0), name(1)]],
        [one] => (0..hosts).map(|n| [name(n), one.into()]).collect(),
        [..] => (0..hosts).map(|n| [name(n), middle[n as usize % 2].into()]).collect(),
    };
    if let [left, right] = middle[..] {
        pairs.push([left.into(), right.into()]);
    }
    // Two flipped bits can make up for each other in the sum of RFC 1071, and no TCP would notice: one link damages packets.
    let damages = rng.below(pairs.len() as u32);
    // A router tells who sends too long a packet; a switch does not.
    let mtu = |n: usize| if scenario.routers.is_empty() { mtus[0] } else { mtus[n] };
    let links = pairs
        .into_iter()
        .enumerate()
        .map(|(n, between)| link(rng, between, mtu(n), kind.rough, n as u32 == damages));
    scenario.links = links.collect();
    scenario
}

fn name(host: u32) -> String {
    format!("h{host}")
}
fn host(rng: &mut Rng, kind: Kind, n: u32, addresses: Vec<IpAddr>) -> Host {
    let profile = [Profile::Rfc, Profile::Linux, Profile::Freebsd][rng.below(3) as usize];
    let mut buffer = || (rng.below(3) == 0).then(|| kind.buffer(rng)).and_then(NonZeroU32::new);
    let (send_buffer, receive_buffer) = (buffer(), buffer());
    let mut off = || (rng.below(5) == 0).then_some(false);
    let (sack, timestamps, window_scaling) = (off(), off(), off());
    let ecn = [None, None, Some(EcnPolicy::Active), Some(EcnPolicy::Off)][rng.below(4) as usize];
    let congestion =
        [None, Some(CongestionControl::Reno), Some(CongestionControl::Cubic)][rng.below(3) as usize];
    let host = Host { name: name(n), addresses, profile, congestion, ..Host::default() };
    Host { send_buffer, receive_buffer, sack, timestamps, window_scaling, ecn, ..host }
}
fn link(rng: &mut Rng, between: [String; 2], mtu: u32, rough: u32, damages: bool) -> Link {
    let both = Knobs { mtu: Some(mtu), ..Knobs::default() };
    Link { between, both, there: knobs(rng, rough, damages), back: knobs(rng, rough, damages) }
}
/// From a clean wire (`rough` is 0) to one that loses 30 %, holds back and doubles 20 % and damages 10 %.
fn knobs(rng: &mut Rng, rough: u32, damages: bool) -> Knobs {
    let mut chance = |most: u32| Chance::from_millionths(rng.below(most * rough / 3 + 1)).map(Probability);
    let (loss, reorder) = (chance(300_000), chance(200_000));
    let (duplicate, corrupt) = (chance(200_000), chance(100_000).filter(|_| damages));
    let longest = if rng.below(8) == 0 { 300 } else { 50 };
    let delay = 1 + rng.below(longest);
    let ms = |ms: u32| Some(Length(Span::from_millis(ms.into())));
    let mut knobs = Knobs { loss, reorder, duplicate, corrupt, delay: ms(delay), ..Knobs::default() };
    knobs.jitter = ms(if rough > 0 { rng.below(20) } else { 0 });
    if rng.below(2) == 0 {
        knobs.rate = Some(Rate(u64::from(200 + rng.below(20_000)) * 1000));
        knobs.queue = Some(QueueSize(Room::Packets(4 + rng.below(40))));
    }
    knobs
}

/// A server on one host and clients on others.
fn serve(rng: &mut Rng, kind: Kind, service: u32, scenario: &mut Scenario) {
    let hosts = scenario.hosts.len() as u32;
    let (server, clients) = (rng.below(hosts), 1 + rng.below(3));
    let conversation = Conversation::draw(rng, kind.tiny);
    let port = 7000 + service;
    let accept = json!({ "accept": { "socket": "welcome", "into": "s" } });
    let hello = kind.fast.then(|| 1 + rng.below(2_000));
    let talk = [conversation::greet(hello), conversation.server()].concat();
    let talk = json!({ "spawn": { "name": "serve", "do": talk } });
    // Who answers with SYN cookies when its queue is full keeps no state: a lost ACK leaves a client alone, and an old one opens
    // a connection again (RFC 4987 §3.6).
    let cookies = scenario.hosts[server as usize].profile != Profile::Rfc;
    let least = if cookies { clients } else { 1 };
    let mut steps = vec![socket("welcome", kind.v6)];
    steps.extend(options(rng, kind, "welcome"));
    if kind.fast {
        steps.push(set("welcome", json!({ "fast_open": 8 })));
    }
    steps.extend([
        json!({ "bind": { "socket": "welcome", "to": any(kind.v6, port) } }),
        json!({ "listen": { "socket": "welcome", "backlog": least + rng.below(8) } }),
        json!({ "repeat": { "times": clients, "do": [accept, talk] } }),
    ]);
    scenario.programs.push(program(server, format!("server-{service}"), 0, steps));
    for client in 0..clients {
        let mut steps = vec![socket("s", kind.v6)];
        steps.extend(options(rng, kind, "s"));
        steps.extend(conversation::connect(&format!("{}:{port}", name(server)), hello));
        steps.extend(conversation.client());
        let start = 1 + rng.below(3_000);
        let host = (server + 1 + rng.below(hosts - 1)) % hosts;
        scenario.programs.push(program(host, format!("client-{service}-{client}"), start, steps));
    }
}
/// Two programs that connect to each other at the same time.
fn meet(rng: &mut Rng, kind: Kind, scenario: &mut Scenario) {
    let conversation = Conversation::between_equals(rng, kind.tiny);
    let start = 1 + rng.below(1_000);
    for (host, talk) in [(0, conversation.client()), (1, conversation.server())] {
        let mut steps = vec![socket("s", kind.v6)];
        steps.extend(options(rng, kind, "s"));
        steps.push(json!({ "bind": { "socket": "s", "to": any(kind.v6, 6000) } }));
        steps.extend(conversation::connect(&format!("{}:6000", name(1 - host)), None));
        steps.extend(talk);
        scenario.programs.push(program(host, format!("peer-{host}"), start, steps));
    }
}
fn program(host: u32, program: String, start: u32, steps: Vec<Json>) -> Program {
    let at = Length(Span::from_millis(start.into()));
    Program {
        host: name(host),
        at,
        program,
        args: Default::default(),
        family: Family::Inet,
        steps: Some(steps),
    }
}
fn socket(into: &str, v6: bool) -> Json {
    json!({ "socket": { "kind": "stream", "family": if v6 { "inet6" } else { "inet" }, "into": into } })
}
fn any(v6: bool, port: u32) -> String {
    if v6 { format!("[::]:{port}") } else { format!("0.0.0.0:{port}") }
}
/// Options that a program may set before it connects or listens.
fn options(rng: &mut Rng, kind: Kind, socket: &str) -> Vec<Json> {
    let bytes = kind.buffer(rng);
    let algorithm = ["reno", "cubic"][rng.below(2) as usize];
    let drawn = [
        json!({ "no_delay": true }),
        json!({ "receive_buffer": bytes }),
        json!({ "send_buffer": bytes }),
        json!({ "congestion": algorithm }),
    ];
    let mut wanted: Vec<Json> = drawn.into_iter().filter(|_| rng.below(4) == 0).collect();
    if rng.below(5) == 0 {
        let (idle, interval) = (1 + rng.below(60), 1 + rng.below(30));
        wanted.extend([
            json!({ "keep_idle": format!("{idle}s") }),
            json!({ "keep_interval": format!("{interval}s") }),
            json!({ "keep_count": 1 + rng.below(8) }),
            json!({ "keep_alive": true }),
        ]);
    }
    wanted.into_iter().map(|option| set(socket, option)).collect()
}
fn set(socket: &str, option: Json) -> Json {
    json!({ "set_option": { "socket": socket, "option": option } })
}

/// What somebody does to the world before `calm`, and that at `calm` every fault is over.
fn interfere(rng: &mut Rng, calm: Span, scenario: &mut Scenario) {
    let millis = |rng: &mut Rng, most: Span| Span::from_millis(rng.below(most.as_millis() as u32 + 1).into());
    let mut all = Vec::new();
    let mut add = |at: Span, action: Action| all.push(Timed { at: Length(at), action });
    let hosts = scenario.hosts.len() as u32;
    for _ in 0..rng.below(4) {
        let (host, packet) = (name(rng.below(hosts)), rng.below(40));
        let action = match rng.below(4) {
            0 => Action::Delay { host, packet, by: Length(Span::from_millis(rng.below(5_000).into())) },
            1 => Action::Duplicate { host, packet },
            _ => Action::Drop { host, packet },
        };
        add(Span::ZERO, action);
    }
    for link in &scenario.links {
        let between = || link.between.clone();
        if rng.below(6) == 0 {
            let mut length = || {
                let most = if rng.below(2) == 0 { Span::from_secs(5).min(calm) } else { calm };
                millis(rng, most)
            };
            let (cut, mended) = (length(), length());
            let mended = (cut + mended).min(calm);
            add(cut, Action::Cut { between: between() });
            add(mended, Action::Mend { between: between() });
        }
        add(calm, Action::Calm { between: between() });
    }
    if rng.below(16) == 0 {
        add(millis(rng, Span::from_secs(10).min(calm)), Action::Crash { host: name(rng.below(hosts)) });
    }
    scenario.interventions = all;
}
