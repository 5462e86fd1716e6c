//! A scenario: who is connected how, which programs run, what somebody does in between. One JSON file.

mod action;
mod error;
mod plan;

pub use action::Action;
pub(crate) use action::Names;
pub use error::ScenarioError;
pub(crate) use plan::Plan;

use crate::impairment::Knobs;
use crate::units::{Length, Seed};
use serde::{Deserialize, Serialize};
use sockscope_core::collections::sort_by_key;
use sockscope_core::json;
use sockscope_core::program::{CongestionControl, Family};
use sockscope_core::tcp::{Config, EcnPolicy, Opening, SynCookies};
use sockscope_core::time::Span;
use sockscope_core::trace::Node;
use sockscope_programs::ProgramSpec;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::str::FromStr;

/// A scenario, as its file has it. What is left out has its default.
///
/// ```
/// use sockscope_sim::Scenario;
/// let refused = r#"{
///     "title": "two hosts",
///     "hosts": [{ "name": "client" }, { "name": "server" }],
///     "links": [{ "between": ["client", "sever"] }]
/// }"#;
/// let error = refused.parse::<Scenario>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"links[0].between[1]: no host, switch or router is named "sever": there are client, server"#
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows, in a few words.
    pub title: String,
    /// What it shows, in a sentence or two.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The seed of every random draw.
    #[serde(default)]
    pub seed: Seed,
    /// When the run ends at the latest.
    #[serde(default)]
    pub limits: Limits,
    /// Where programs run.
    pub hosts: Vec<Host>,
    /// They pass packets on unchanged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub switches: Vec<Switch>,
    /// They pass packets on and count down their time to live.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routers: Vec<Router>,
    /// What connects them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// What runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<Program>,
    /// What somebody does in between.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interventions: Vec<Timed>,
}

/// When a run ends at the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Simulated time.
    pub time: Length,
    /// Steps of the simulation: arrivals of packets, timers that run out, programs that begin, calls of programs.
    pub steps: u64,
}

impl Default for Limits {
    /// Ten minutes, a million steps: a program that never waits shall not fill the memory with its trace.
    fn default() -> Limits {
        Limits { time: Length(Span::from_secs(600)), steps: 1_000_000 }
    }
}

/// A host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// Its name, by which programs find its first address.
    pub name: String,
    /// Its addresses; where there are none it is given one from 10.0.0.1 on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpAddr>,
    /// Whether its programs may bind ports below 1024.
    #[serde(default, skip_serializing_if = "is_false")]
    pub privileged: bool,
    /// Whether it is a host outside of the simulation, such as a kernel: its packets are handed in and out as they are.
    #[serde(default, skip_serializing_if = "is_false")]
    pub outside: bool,
    /// The policies of its stack.
    #[serde(default, skip_serializing_if = "is_rfc")]
    pub profile: Profile,
    /// Its congestion control; where left out, as the profile says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub congestion: Option<CongestionControl>,
    /// Whether it offers and takes selective acknowledgments (RFC 2018); where left out, as the profile says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sack: Option<bool>,
    /// Whether it offers and takes timestamps (RFC 7323 §3); where left out, as the profile says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamps: Option<bool>,
    /// Whether it offers and takes window scaling (RFC 7323 §2); where left out, as the profile says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_scaling: Option<bool>,
    /// Whether it uses explicit congestion notification (RFC 3168); where left out, as the profile says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ecn: Option<EcnPolicy>,
    /// When its listeners answer with SYN cookies (RFC 4987 §3.6); where left out, as the profile says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub syn_cookies: Option<SynCookies>,
    /// Bytes that the send buffer of a socket holds; where left out, as the profile says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_buffer: Option<NonZeroU32>,
    /// Bytes that the receive buffer of a socket holds; where left out, as the profile says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receive_buffer: Option<NonZeroU32>,
}

/// Whose policies a stack follows, where the RFCs leave a choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// What the RFCs say or recommend.
    #[default]
    Rfc,
    /// Linux.
    Linux,
    /// FreeBSD.
    Freebsd,
}

/// A switch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// Its name.
    pub name: String,
}

/// A router.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Router {
    /// Its name.
    pub name: String,
    /// Its addresses; where there are none it is given one after those of the hosts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpAddr>,
}

/// A link with its two directions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The names of the two ends.
    pub between: [String; 2],
    /// What it does to packets, both ways.
    #[serde(default, skip_serializing_if = "Knobs::is_empty")]
    pub both: Knobs,
    /// What differs on the way from the first end to the second.
    #[serde(default, skip_serializing_if = "Knobs::is_empty")]
    pub there: Knobs,
    /// What differs on the way from the second end to the first.
    #[serde(default, skip_serializing_if = "Knobs::is_empty")]
    pub back: Knobs,
}

/// A program on a host: one of the library, or steps of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// The host that it runs on.
    pub host: String,
    /// When it begins.
    #[serde(default, skip_serializing_if = "is_start")]
    pub at: Length,
    /// Its name in the library; with steps of its own, its name in the trace.
    pub program: String,
    /// Its arguments.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, serde_json::Value>,
    /// Over which version of IP it speaks, where it is in the library.
    #[serde(default, skip_serializing_if = "Family::is_inet")]
    pub family: Family,
    /// Its steps, where it is not in the library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<serde_json::Value>>,
}

/// What somebody does, and when: before everything else that happens at that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timed {
    /// When.
    pub at: Length,
    /// What.
    #[serde(rename = "do")]
    pub action: Action,
}

impl Program {
    /// Whether the other has the same name and is another program: views find the text of a program by its name.
    fn clashes(&self, other: &Program) -> bool {
        self.program == other.program && (&self.steps, self.family) != (&other.steps, other.family)
    }
    fn load(&self, place: &str) -> Result<sockscope_programs::Program, ScenarioError> {
        let Program { program, args, family, steps, .. } = self.clone();
        ProgramSpec { program, args, family, steps }.load().map_err(|error| {
            let error = error.within(place);
            ScenarioError::at(error.place, error.message)
        })
    }
}

impl Host {
    /// The policies of its TCP, where the links to it take packets of `mtu` bytes.
    fn tcp(&self, mtu: u32) -> Config {
        let profile = match self.profile {
            Profile::Rfc => Config::rfc(),
            Profile::Linux => Config::linux(),
            Profile::Freebsd => Config::freebsd(),
        };
        let [send, receive] = [self.send_buffer, self.receive_buffer].map(|it| it.map(NonZeroU32::get));
        Config {
            // Over IPv4; the host takes off what IPv6 has more.
            mss: u16::try_from(mtu.saturating_sub(40)).unwrap_or(u16::MAX),
            congestion: self.congestion.unwrap_or(profile.congestion),
            sack: self.sack.unwrap_or(profile.sack),
            timestamps: self.timestamps.unwrap_or(profile.timestamps),
            window_scaling: self.window_scaling.unwrap_or(profile.window_scaling),
            ecn: self.ecn.unwrap_or(profile.ecn),
            opening: Opening {
                syn_cookies: self.syn_cookies.unwrap_or(profile.opening.syn_cookies),
                ..profile.opening
            },
            send_buffer: send.unwrap_or(profile.send_buffer),
            send_buffer_max: send.unwrap_or(profile.send_buffer_max),
            recv_buffer: receive.unwrap_or(profile.recv_buffer),
            recv_buffer_max: receive.unwrap_or(profile.recv_buffer_max),
            ..profile
        }
    }
}

fn is_false(yes: &bool) -> bool {
    !*yes
}
fn is_rfc(profile: &Profile) -> bool {
    *profile == Profile::Rfc
}
fn is_start(at: &Length) -> bool {
    at.0.is_zero()
}

impl FromStr for Scenario {
    type Err = ScenarioError;
    /// Reads the text of a scenario file and checks it.
    fn from_str(text: &str) -> Result<Scenario, ScenarioError> {
        let scenario: Scenario = json::read(text)?;
        Plan::new(&scenario)?;
        Ok(scenario)
    }
}

impl Scenario {
    /// Reads the scenario of a trace's header and checks it.
    ///
    /// # Errors
    /// As [`Scenario::from_str`].
    pub fn from_value(value: &serde_json::Value) -> Result<Scenario, ScenarioError> {
        let scenario: Scenario = json::from_value(value).map_err(|error| match error.place() {
            "" => ScenarioError::at("scenario", error.cause()),
            place => ScenarioError::at(place, error.cause()),
        })?;
        Plan::new(&scenario)?;
        Ok(scenario)
    }
    /// Its programs with their hosts, in the order in which they start.
    pub(crate) fn programs_in_order(
        &self,
    ) -> Result<Vec<(Node, sockscope_programs::Program)>, ScenarioError> {
        let mut programs = Plan::new(self)?.programs;
        sort_by_key(&mut programs, |(_, at, _)| *at);
        Ok(programs.into_iter().map(|(node, _, program)| (Node(node), program)).collect())
    }
}
