//! Interventions as scenario files write them: hosts, links and packets by name.

use super::ScenarioError;
use crate::units::Length;
use serde::{Deserialize, Serialize};
use sockscope_core::trace::{Intervention, LinkInfo};
use sockscope_core::wire::PacketId;

/// What somebody does to a run. A packet is named by its sender and its number there: 0 is the first that it sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// [`Intervention::Drop`].
    Drop {
        /// The sender.
        host: String,
        /// The number of the packet.
        packet: u32,
    },
    /// [`Intervention::Delay`].
    Delay {
        /// The sender.
        host: String,
        /// The number of the packet.
        packet: u32,
        /// How much longer it takes.
        by: Length,
    },
    /// [`Intervention::Duplicate`].
    Duplicate {
        /// The sender.
        host: String,
        /// The number of the packet.
        packet: u32,
    },
    /// [`Intervention::Corrupt`].
    Corrupt {
        /// The sender.
        host: String,
        /// The number of the packet.
        packet: u32,
    },
    /// [`Intervention::Cut`].
    Cut {
        /// The names of its ends.
        between: [String; 2],
    },
    /// [`Intervention::Mend`].
    Mend {
        /// The names of its ends.
        between: [String; 2],
    },
    /// [`Intervention::Calm`].
    Calm {
        /// The names of its ends.
        between: [String; 2],
    },
    /// [`Intervention::Unplug`].
    Unplug {
        /// The host, switch or router.
        host: String,
    },
    /// [`Intervention::Plug`].
    Plug {
        /// The host, switch or router.
        host: String,
    },
    /// [`Intervention::Crash`].
    Crash {
        /// The host.
        host: String,
    },
    /// [`Intervention::Kill`].
    Kill {
        /// The host.
        host: String,
        /// The name of the program.
        program: String,
    },
    /// [`Intervention::Slow`].
    Slow {
        /// The host.
        host: String,
        /// The name of the program.
        program: String,
        /// How long it takes over whatever it receives.
        by: Length,
    },
}

/// The names of a scenario, to find numbers by.
pub(crate) struct Names<'a> {
    pub(crate) nodes: &'a [String],
    pub(crate) hosts: usize,
    pub(crate) links: &'a [LinkInfo],
    pub(crate) programs: &'a [super::Program],
}

impl Names<'_> {
    /// The host, switch or router with this name.
    pub(crate) fn node(&self, name: &str, place: &str) -> Result<u16, ScenarioError> {
        find(self.nodes, name, "host, switch or router", place)
    }
    /// The host with this name.
    pub(crate) fn host(&self, name: &str, place: &str) -> Result<u16, ScenarioError> {
        find(&self.nodes[..self.hosts], name, "host", place)
    }
    /// The host with this name, on which such a program runs.
    fn runs(&self, host: &str, program: &str, place: &str) -> Result<u16, ScenarioError> {
        let node = self.host(host, &format!("{place}.host"))?;
        let here: Vec<&str> =
            self.programs.iter().filter(|it| it.host == host).map(|it| it.program.as_str()).collect();
        if here.contains(&program) {
            return Ok(node);
        }
        let there = if here.is_empty() { "none".to_owned() } else { here.join(", ") };
        let cause = format!("no program named \"{program}\" runs on \"{host}\": there is {there}");
        Err(ScenarioError::at(format!("{place}.program"), cause))
    }
    fn link(&self, between: &[String; 2], place: &str) -> Result<u16, ScenarioError> {
        let place = format!("{place}.between");
        let [a, b] = [&between[0], &between[1]].map(|name| self.node(name, &place));
        let (a, b) = (a?, b?);
        let joins = |link: &LinkInfo| (link.a, link.b) == (a, b) || (link.a, link.b) == (b, a);
        let found = self.links.iter().position(joins);
        found.map(|link| link as u16).ok_or_else(|| {
            let [a, b] = between;
            ScenarioError::at(place, format!("no link joins \"{a}\" and \"{b}\": add it to links"))
        })
    }
    fn ends(&self, link: u16) -> [String; 2] {
        let LinkInfo { a, b } = self.links[usize::from(link)];
        [a, b].map(|node| self.name(node))
    }
    fn name(&self, node: u16) -> String {
        self.nodes[usize::from(node)].clone()
    }
    /// The action that resolves to `intervention`.
    pub(crate) fn action(&self, intervention: &Intervention) -> Action {
        let sender = |packet: PacketId| (self.name((packet.0 >> 32) as u16), packet.0 as u32);
        match *intervention {
            Intervention::Drop { packet } => {
                let (host, packet) = sender(packet);
                Action::Drop { host, packet }
            }
            Intervention::Delay { packet, by } => {
                let (host, packet) = sender(packet);
                Action::Delay { host, packet, by: Length(by) }
            }
            Intervention::Duplicate { packet } => {
                let (host, packet) = sender(packet);
                Action::Duplicate { host, packet }
            }
            Intervention::Corrupt { packet } => {
                let (host, packet) = sender(packet);
                Action::Corrupt { host, packet }
            }
            Intervention::Cut { link } => Action::Cut { between: self.ends(link) },
            Intervention::Mend { link } => Action::Mend { between: self.ends(link) },
            Intervention::Calm { link } => Action::Calm { between: self.ends(link) },
            Intervention::Unplug { node } => Action::Unplug { host: self.name(node) },
            Intervention::Plug { node } => Action::Plug { host: self.name(node) },
            Intervention::Crash { node } => Action::Crash { host: self.name(node) },
            Intervention::Kill { node, ref program } => {
                Action::Kill { host: self.name(node), program: program.to_string() }
            }
            Intervention::Slow { node, ref program, by } => {
                Action::Slow { host: self.name(node), program: program.to_string(), by: Length(by) }
            }
        }
    }
}

fn find(names: &[String], name: &str, what: &str, place: &str) -> Result<u16, ScenarioError> {
    let found = names.iter().position(|known| known == name);
    found.map(|node| node as u16).ok_or_else(|| {
        let cause = format!("no {what} is named \"{name}\": there are {}", names.join(", "));
        ScenarioError::at(place, cause)
    })
}

impl Action {
    /// The intervention, by numbers.
    pub(crate) fn resolve(&self, names: &Names<'_>, place: &str) -> Result<Intervention, ScenarioError> {
        let packet = |host: &str, packet: u32| {
            let node = names.node(host, &format!("{place}.host"))?;
            Ok::<_, ScenarioError>(PacketId(u64::from(node) << 32 | u64::from(packet)))
        };
        Ok(match self {
            Action::Drop { host, packet: n } => Intervention::Drop { packet: packet(host, *n)? },
            Action::Delay { host, packet: n, by } => {
                Intervention::Delay { packet: packet(host, *n)?, by: by.0 }
            }
            Action::Duplicate { host, packet: n } => Intervention::Duplicate { packet: packet(host, *n)? },
            Action::Corrupt { host, packet: n } => Intervention::Corrupt { packet: packet(host, *n)? },
            Action::Cut { between } => Intervention::Cut { link: names.link(between, place)? },
            Action::Mend { between } => Intervention::Mend { link: names.link(between, place)? },
            Action::Calm { between } => Intervention::Calm { link: names.link(between, place)? },
            Action::Unplug { host } => {
                Intervention::Unplug { node: names.node(host, &format!("{place}.host"))? }
            }
            Action::Plug { host } => Intervention::Plug { node: names.node(host, &format!("{place}.host"))? },
            Action::Crash { host } => {
                Intervention::Crash { node: names.host(host, &format!("{place}.host"))? }
            }
            Action::Kill { host, program } => Intervention::Kill {
                node: names.runs(host, program, place)?,
                program: program.as_str().into(),
            },
            Action::Slow { host, program, by } => {
                let node = names.runs(host, program, place)?;
                Intervention::Slow { node, program: program.as_str().into(), by: by.0 }
            }
        })
    }
}
