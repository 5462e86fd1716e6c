//! A scenario with every name resolved: what can be resolved makes sense.

use super::action::Names;
use super::{Scenario, ScenarioError};
use crate::impairment::{Impairment, Knobs};
use crate::topology::Addresses;
use sockscope_core::collections::BTreeMap;
use sockscope_core::host::HostConfig;
use sockscope_core::shared::Shared;
use sockscope_core::time::Time;
use sockscope_core::trace::{Intervention, LinkInfo, Node, NodeInfo, NodeKind};
use sockscope_programs::Program;
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;

/// A scenario by numbers.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Hosts first, then switches, then routers.
    pub(crate) nodes: Vec<NodeInfo>,
    pub(crate) hosts: Vec<HostConfig>,
    pub(crate) addresses: Addresses,
    pub(crate) links: Vec<LinkInfo>,
    /// One for each directed link.
    pub(crate) impairments: Vec<Impairment>,
    pub(crate) programs: Vec<(u16, Time, Program)>,
    pub(crate) interventions: Vec<(Time, Intervention)>,
}

/// More nodes or links than this take longer to route than anybody would wait.
const MOST: usize = 1024;

impl Plan {
    /// Resolves every name in `scenario`.
    pub(crate) fn new(scenario: &Scenario) -> Result<Plan, ScenarioError> {
        let mut nodes = nodes(scenario)?;
        let addresses = addresses(scenario, &mut nodes)?;
        let names: Vec<String> = nodes.iter().map(|node| node.name.clone()).collect();
        let mut links = Vec::new();
        for (i, link) in scenario.links.iter().enumerate() {
            let names = Names {
                nodes: &names,
                hosts: scenario.hosts.len(),
                links: &links,
                programs: &scenario.programs,
            };
            let info = ends(&link.between, &names, &format!("links[{i}].between"))?;
            links.push(info);
        }
        let names =
            Names { nodes: &names, hosts: scenario.hosts.len(), links: &links, programs: &scenario.programs };
        let programs = programs(scenario, &names)?;
        let interventions = interventions(scenario, &names)?;
        let impairments = impairments(scenario)?;
        let hosts = hosts(scenario, &nodes, &links, &impairments);
        Ok(Plan { nodes, hosts, addresses, links, impairments, programs, interventions })
    }
}

fn nodes(scenario: &Scenario) -> Result<Vec<NodeInfo>, ScenarioError> {
    if scenario.hosts.is_empty() {
        return Err(ScenarioError::at(
            "hosts",
            "there is no host: add at least one, such as { \"name\": \"client\" }",
        ));
    }
    let hosts = scenario.hosts.iter().map(|host| (&host.name, NodeKind::Host, &host.addresses[..]));
    let switches = scenario.switches.iter().map(|switch| (&switch.name, NodeKind::Switch, &[][..]));
    let routers =
        scenario.routers.iter().map(|router| (&router.name, NodeKind::Router, &router.addresses[..]));
    let places = places("hosts", scenario.hosts.len())
        .chain(places("switches", scenario.switches.len()))
        .chain(places("routers", scenario.routers.len()));
    let mut nodes: Vec<NodeInfo> = Vec::new();
    for ((name, kind, addresses), place) in hosts.chain(switches).chain(routers).zip(places) {
        let place = format!("{place}.name");
        if name.is_empty() || name.contains([':', ' ', '/', '{', '}']) {
            let cause = format!(
                "\"{name}\" is no name: use letters, digits, - and _, so that \"name:port\" can be written"
            );
            return Err(ScenarioError::at(place, cause));
        }
        if nodes.iter().any(|node| node.name == *name) {
            return Err(ScenarioError::at(
                place,
                format!("\"{name}\" is taken: give each host, switch and router a name of its own"),
            ));
        }
        if nodes.len() == MOST {
            return Err(ScenarioError::at(
                place,
                format!("there are more than {MOST} hosts, switches and routers: leave some out"),
            ));
        }
        nodes.push(NodeInfo { name: name.clone(), kind, addresses: addresses.to_vec() });
    }
    Ok(nodes)
}

fn places(list: &str, len: usize) -> impl Iterator<Item = String> {
    (0..len).map(move |i| format!("{list}[{i}]"))
}

/// Notes who has which address, and gives one to every host and router that has none.
fn addresses(scenario: &Scenario, nodes: &mut [NodeInfo]) -> Result<Addresses, ScenarioError> {
    let mut addresses = Addresses::default();
    let first_router = scenario.hosts.len() + scenario.switches.len();
    for node in 0..nodes.len() {
        for (i, address) in nodes[node].addresses.iter().enumerate() {
            let place = match node.checked_sub(first_router) {
                None => format!("hosts[{node}].addresses[{i}]"),
                Some(router) => format!("routers[{router}].addresses[{i}]"),
            };
            if address.is_unspecified() || address.is_loopback() || address.is_multicast() {
                let cause =
                    format!("{address} cannot be the address of an interface: use one such as 10.0.0.1");
                return Err(ScenarioError::at(place, cause));
            }
            if let Some(owner) = addresses.give(*address, node as u16) {
                let owner = &nodes[usize::from(owner)].name;
                let cause =
                    format!("{address} is the address of {owner} already: every address has one owner");
                return Err(ScenarioError::at(place, cause));
            }
        }
    }
    let mut free = (1u32..).map(|n| IpAddr::V4(Ipv4Addr::from_bits(10 << 24 | n)));
    for (i, node) in (0..).zip(nodes).filter(|(_, node)| node.kind != NodeKind::Switch) {
        while node.addresses.is_empty() {
            let address = free.next().expect("there are more addresses than nodes");
            if addresses.give(address, i).is_none() {
                node.addresses.push(address);
            }
        }
    }
    Ok(addresses)
}

/// What the hosts are: each knows the names of all.
fn hosts(
    scenario: &Scenario,
    nodes: &[NodeInfo],
    links: &[LinkInfo],
    impairments: &[Impairment],
) -> Vec<HostConfig> {
    let placed = nodes.iter().filter(|node| !node.addresses.is_empty());
    let names: BTreeMap<String, Vec<IpAddr>> =
        placed.map(|node| (node.name.clone(), node.addresses.clone())).collect();
    let names = Shared::from(names);
    let config = |(node, (host, info)): (u16, (&super::Host, &NodeInfo))| {
        let at_node = |(link, _): &(&LinkInfo, &[Impairment])| link.a == node || link.b == node;
        let mtus = links.iter().zip(impairments.chunks(2)).filter(at_node);
        let mtu = mtus.flat_map(|(_, both)| both).map(|way| way.mtu).min().unwrap_or(65_535);
        let default = HostConfig::new(Node(node), info.addresses.clone());
        HostConfig {
            names: names.clone(),
            privileged: host.privileged,
            tcp: host.tcp(mtu),
            udp_receive_buffer: host.receive_buffer.map_or(default.udp_receive_buffer, NonZeroU32::get),
            ..default
        }
    };
    (0..).zip(scenario.hosts.iter().zip(nodes)).map(config).collect()
}

fn ends(between: &[String; 2], names: &Names<'_>, place: &str) -> Result<LinkInfo, ScenarioError> {
    let a = names.node(&between[0], &format!("{place}[0]"))?;
    let b = names.node(&between[1], &format!("{place}[1]"))?;
    if a == b {
        let cause = format!("the link joins \"{}\" to itself: name two different ends", between[0]);
        return Err(ScenarioError::at(place, cause));
    }
    if names.links.iter().any(|link| (link.a, link.b) == (a, b) || (link.a, link.b) == (b, a)) {
        let cause =
            format!("\"{}\" and \"{}\" have a link already: leave this one out", between[0], between[1]);
        return Err(ScenarioError::at(place, cause));
    }
    if names.links.len() == MOST {
        return Err(ScenarioError::at(place, format!("there are more than {MOST} links: leave some out")));
    }
    Ok(LinkInfo { a, b })
}

fn impairments(scenario: &Scenario) -> Result<Vec<Impairment>, ScenarioError> {
    let mut impairments = Vec::new();
    for (i, link) in scenario.links.iter().enumerate() {
        for (name, knobs) in [("both", &link.both), ("there", &link.there), ("back", &link.back)] {
            check_mtu(knobs, &format!("links[{i}].{name}.mtu"))?;
        }
        impairments.extend([link.there.over(&link.both), link.back.over(&link.both)]);
    }
    Ok(impairments)
}

fn check_mtu(knobs: &Knobs, place: &str) -> Result<(), ScenarioError> {
    let wrong = knobs.mtu.filter(|mtu| !(68..=65_535).contains(mtu));
    wrong.map_or(Ok(()), |mtu| {
        Err(ScenarioError::at(place, format!("{mtu} bytes is no MTU of an IP link: write 68 to 65535")))
    })
}

fn programs(scenario: &Scenario, names: &Names<'_>) -> Result<Vec<(u16, Time, Program)>, ScenarioError> {
    let mut programs = Vec::new();
    for (i, entry) in scenario.programs.iter().enumerate() {
        let place = format!("programs[{i}]");
        let host = names.host(&entry.host, &format!("{place}.host"))?;
        if scenario.hosts[usize::from(host)].outside {
            let cause = format!(
                "\"{}\" is outside of the simulation: what runs there is not ours to say",
                entry.host
            );
            return Err(ScenarioError::at(format!("{place}.host"), cause));
        }
        if let Some(other) = scenario.programs[..i].iter().find(|other| other.clashes(entry)) {
            let cause = match entry.steps == other.steps {
                true => format!(
                    "\"{}\" has another family elsewhere, and a trace has one text of it: give all the same",
                    other.program
                ),
                false => format!("\"{}\" is the name of other steps already: choose another", other.program),
            };
            return Err(ScenarioError::at(format!("{place}.program"), cause));
        }
        programs.push((host, Time::ZERO + entry.at.0, entry.load(&place)?));
    }
    Ok(programs)
}

fn interventions(scenario: &Scenario, names: &Names<'_>) -> Result<Vec<(Time, Intervention)>, ScenarioError> {
    let resolve = |(i, timed): (usize, &super::Timed)| {
        let place = format!("interventions[{i}].do");
        Ok((Time::ZERO + timed.at.0, timed.action.resolve(names, &place)?))
    };
    scenario.interventions.iter().enumerate().map(resolve).collect()
}
