//! Who is connected to whom, and which way a packet goes.

use serde::{Deserialize, Serialize};
use sockscope_core::collections::BTreeMap;
use sockscope_core::trace::{LinkId, LinkInfo, Node, NodeKind};
use std::collections::VecDeque;
use std::net::IpAddr;

/// The shape of the network, with its routes: every packet takes a way of the fewest links, and among equal ones the
/// one whose links were named first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topology {
    /// The two ends of each link.
    links: Vec<LinkInfo>,
    /// For each node that has addresses, and each node: the link on which a packet for the first leaves the second. Empty
    /// for nodes that have none.
    routes: Vec<Vec<Option<LinkId>>>,
}

impl Topology {
    /// The network of `nodes` and `links`; packets go to those nodes that `has_address` names. Hosts pass nothing on.
    pub fn new(nodes: &[NodeKind], links: Vec<LinkInfo>, has_address: impl Fn(u16) -> bool) -> Topology {
        let near = neighbours(nodes.len(), &links);
        let routes = |target| if has_address(target) { ways_to(target, nodes, &near) } else { Vec::new() };
        Topology { routes: (0..nodes.len() as u16).map(routes).collect(), links }
    }
    /// The link on which `node` sends a packet for `target`.
    pub fn route(&self, node: Node, target: u16) -> Option<LinkId> {
        *self.routes.get(usize::from(target))?.get(usize::from(node.0))?
    }
    /// The node at the far end of a directed link.
    pub fn end(&self, link: LinkId) -> Node {
        let LinkInfo { a, b } = self.links[usize::from(link.0 / 2)];
        Node(if link.0.is_multiple_of(2) { b } else { a })
    }
    /// The first link that leaves `node`.
    pub fn first_link(&self, node: Node) -> Option<LinkId> {
        (0..self.links.len() as u16 * 2).map(LinkId).find(|link| self.start(*link) == node)
    }
    fn start(&self, link: LinkId) -> Node {
        self.end(LinkId(link.0 ^ 1))
    }
}

/// For each node its neighbours, each with the link that leads from there to the node, as the links were named.
fn neighbours(nodes: usize, links: &[LinkInfo]) -> Vec<Vec<(u16, LinkId)>> {
    let mut near = vec![Vec::new(); nodes];
    for (i, LinkInfo { a, b }) in (0..).zip(links) {
        near[usize::from(*b)].push((*a, LinkId(2 * i)));
        near[usize::from(*a)].push((*b, LinkId(2 * i + 1)));
    }
    near
}

/// For each node the link that leads towards `target`: breadth first from there, against the direction of travel.
fn ways_to(target: u16, nodes: &[NodeKind], neighbours: &[Vec<(u16, LinkId)>]) -> Vec<Option<LinkId>> {
    let mut ways = vec![None; nodes.len()];
    let mut frontier = VecDeque::from([target]);
    while let Some(near) = frontier.pop_front() {
        if near != target && nodes[usize::from(near)] == NodeKind::Host {
            continue;
        }
        for &(far, towards) in &neighbours[usize::from(near)] {
            let way = &mut ways[usize::from(far)];
            if far != target && way.is_none() {
                *way = Some(towards);
                frontier.push_back(far);
            }
        }
    }
    ways
}

/// Which node has an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Addresses(BTreeMap<IpAddr, u16>);

impl Addresses {
    /// The owner of `address`.
    pub fn owner(&self, address: IpAddr) -> Option<u16> {
        self.0.get(&address).copied()
    }
    /// Gives `address` to `node`; the owner it had before, which it keeps.
    pub fn give(&mut self, address: IpAddr, node: u16) -> Option<u16> {
        let owner = self.owner(address);
        self.0.entry(address).or_insert(node);
        owner
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use NodeKind::{Host, Router, Switch};

    fn topology(nodes: &[NodeKind], links: &[(u16, u16)]) -> Topology {
        let links = links.iter().map(|&(a, b)| LinkInfo { a, b }).collect();
        Topology::new(nodes, links, |_| true)
    }
    /// The nodes that a packet passes from `from` to `to`.
    fn path(topology: &Topology, from: u16, to: u16) -> Vec<u16> {
        let mut path = vec![from];
        while let Some(link) = topology.route(Node(path[path.len() - 1]), to) {
            path.push(topology.end(link).0);
        }
        path
    }

    #[test]
    fn two_hosts_need_no_switch() {
        let two = topology(&[Host, Host], &[(0, 1)]);
        assert_eq!(two.route(Node(0), 1), Some(LinkId(0)));
        assert_eq!(two.route(Node(1), 0), Some(LinkId(1)));
        assert_eq!(two.route(Node(0), 0), None);
    }

    #[test]
    fn the_way_has_the_fewest_links_and_passes_no_host() {
        // 0 - 3 - 4 - 1 by switch and router; 0 - 2 - 1 would be shorter but 2 is a host.
        let net = topology(&[Host, Host, Host, Switch, Router], &[(0, 2), (2, 1), (0, 3), (3, 4), (4, 1)]);
        assert_eq!(path(&net, 0, 1), [0, 3, 4, 1]);
        assert_eq!(path(&net, 1, 0), [1, 4, 3, 0]);
        assert_eq!(path(&net, 2, 1), [2, 1]);
    }

    #[test]
    fn among_equal_ways_the_first_named_wins() {
        let net = topology(&[Host, Host, Switch, Switch], &[(0, 2), (0, 3), (2, 1), (3, 1), (0, 1), (0, 1)]);
        assert_eq!(net.route(Node(0), 1), Some(LinkId(8)));
        let square = topology(&[Host, Host, Switch, Switch], &[(0, 3), (0, 2), (2, 1), (3, 1)]);
        assert_eq!(
            path(&square, 0, 1),
            [0, 2, 1],
            "breadth first from the target: (2, 1) is named before (3, 1)"
        );
    }

    #[test]
    fn where_no_link_leads_there_is_no_route() {
        let net = topology(&[Host, Host, Host], &[(0, 1)]);
        assert_eq!(net.route(Node(0), 2), None);
    }
}
