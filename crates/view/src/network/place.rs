//! Where nodes stand and how links run, as the header and the sockets to come have it: nothing moves but packets.

use crate::history::History;
use crate::topology::distances;
use sockscope_core::collections::{BTreeMap, sort};
use sockscope_core::time::Time;
use sockscope_core::trace::{LinkId, Node, NodeKind, Sock};
use std::collections::VecDeque;

/// A node's box.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) node: Node,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) rank: Rank,
    /// So many of its sockets have a cell.
    pub(super) cells: usize,
}

/// Where a node stands on the way from the first hosts to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    First,
    /// A switch or router, so many links away from the last host.
    Middle(std::cmp::Reverse<u32>),
    Last,
}

/// All places.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Places {
    pub(super) nodes: Vec<Place>,
    /// True where the way runs from top to bottom.
    pub(super) upright: bool,
    pub(super) width: f64,
    pub(super) height: f64,
    /// True where more packets will be on a link at once than there is room for names: then some are points.
    pub(super) busy: bool,
    /// The slot of each socket in its host's box.
    pub(super) slots: BTreeMap<(Node, Sock), usize>,
}

/// Height of the head of a host's box.
pub(super) const HEAD: f64 = 62.0;
/// How far below the upper edge of a host's box its wire ends, where wires run level.
const PLUG: f64 = 40.0;
/// Height of a socket's cell.
pub(super) const CELL: f64 = 50.0;
/// A box shows so many sockets at a time.
const MOST: usize = 8;
/// Where cells stand side by side, none is narrower: its port has room.
const NARROWEST: f64 = 66.0;
const MARGIN: f64 = 12.0;
/// More room above a level wire on which much is under way.
const ROOM: f64 = 44.0;
/// So many packets at once are much.
const MUCH: usize = 6;
/// Length of a wire that runs down.
const DROP: f64 = 104.0;

impl Places {
    pub(super) fn new(history: &History, width: f64) -> Places {
        let (upright, busy) = (width < 560.0, busy(history));
        let mut places = Places { upright, busy, width, slots: slots(history), ..Places::default() };
        let mut ranked: Vec<(Rank, Node)> = rank(history);
        sort(&mut ranked);
        let mut ranks: Vec<Vec<Node>> = Vec::new();
        for (i, (rank, node)) in ranked.iter().enumerate() {
            match ranks.last_mut().filter(|_| i > 0 && ranked[i - 1].0 == *rank) {
                Some(nodes) => nodes.push(*node),
                None => ranks.push(vec![*node]),
            }
        }
        let order: Vec<Rank> = ranked.iter().map(|(rank, _)| *rank).collect();
        if places.upright {
            places.stack(history, &ranks);
        } else {
            places.spread(history, &ranks);
        }
        places.nodes.iter_mut().zip(order).for_each(|(place, rank)| place.rank = rank);
        places
    }

    /// Ranks side by side, the nodes of a rank one above the other.
    fn spread(&mut self, history: &History, ranks: &[Vec<Node>]) {
        // The more ranks, the more room for wires.
        let host = (self.width * if ranks.len() > 3 { 0.22 } else { 0.3 }).clamp(140.0, 250.0);
        let size = |node: Node| match self.is_host(history, node) {
            true => (host, HEAD + CELL * self.cells(node, MOST) as f64 + self.foot(node, MOST)),
            false => (64.0, 48.0),
        };
        let tall = |nodes: &Vec<Node>| nodes.iter().map(|node| size(*node).1 + 16.0).sum::<f64>() - 16.0;
        let height = ranks.iter().map(tall).fold(120.0, f64::max);
        let last = ranks.len().saturating_sub(1).max(1) as f64;
        let is_row = ranks.iter().all(|rank| rank.len() == 1);
        let top = MARGIN + if is_row && self.busy { ROOM } else { 0.0 };
        let mut nodes = Vec::new();
        for (i, rank) in ranks.iter().enumerate() {
            // In a row wires lie level.
            let mut y = match (is_row, rank.first()) {
                (false, _) => MARGIN + (height - tall(rank)) / 2.0,
                (true, Some(node)) if !self.is_host(history, *node) => top + PLUG - size(*node).1 / 2.0,
                (true, _) => top,
            };
            for node in rank {
                let (wide, high) = size(*node);
                let middle = MARGIN + host / 2.0 + (self.width - 2.0 * MARGIN - host) * i as f64 / last;
                let x = middle - wide / 2.0;
                let cells = self.cells(*node, MOST);
                nodes.push(Place { node: *node, x, y, width: wide, height: high, rank: Rank::First, cells });
                y += high + 16.0;
            }
        }
        self.height = top + height + MARGIN;
        self.nodes = nodes;
    }

    /// Ranks one above the other, the nodes of a rank side by side.
    fn stack(&mut self, history: &History, ranks: &[Vec<Node>]) {
        let mut y = MARGIN;
        for rank in ranks {
            let room = self.width - 2.0 * MARGIN - 8.0 * (rank.len() - 1) as f64;
            let share = room / rank.len() as f64;
            let mut high: f64 = 0.0;
            for (i, node) in rank.iter().enumerate() {
                let host = self.is_host(history, *node);
                let wide = if host { share } else { share.min(84.0) };
                let most = ((share / NARROWEST) as usize).clamp(1, MOST);
                let tall = if host { HEAD + CELL + self.foot(*node, most) } else { 44.0 };
                let cells = self.cells(*node, most);
                let x = MARGIN + (share + 8.0) * i as f64 + (share - wide) / 2.0;
                let place = Place { node: *node, x, y, width: wide, height: tall, rank: Rank::First, cells };
                self.nodes.push(place);
                high = high.max(tall);
            }
            y += high + DROP;
        }
        self.height = y - DROP + MARGIN;
    }

    fn is_host(&self, history: &History, node: Node) -> bool {
        history.header().nodes[usize::from(node.0)].kind == NodeKind::Host
    }
    /// How many cells the box of a host has that has room for `most`.
    fn cells(&self, node: Node, most: usize) -> usize {
        let slots = self.slots.iter().filter(|((of, _), _)| *of == node).map(|(_, slot)| slot + 1);
        slots.max().unwrap_or(0).clamp(1, most)
    }
    /// Height below the cells of a host: with more sockets than have a cell there is a line that tells how many.
    fn foot(&self, node: Node, most: usize) -> f64 {
        let hides = self.slots.iter().any(|((of, _), slot)| *of == node && *slot >= most);
        if hides { 22.0 } else { 6.0 }
    }
    pub(super) fn of(&self, node: Node) -> Option<&Place> {
        self.nodes.iter().find(|place| place.node == node)
    }
    /// Where a directed link begins and ends on the picture.
    pub(super) fn wire(&self, history: &History, link: LinkId) -> Option<[(f64, f64); 2]> {
        let (from, to) = crate::topology::link_ends(history.header(), link)?;
        let (from, to) = (self.of(from)?, self.of(to)?);
        Some([self.port(history, from, to), self.port(history, to, from)])
    }
    /// Where the wires of a node begin: its interfaces.
    pub(super) fn plugs(&self, history: &History, node: Node) -> Vec<(f64, f64)> {
        let links = history.header().links.iter();
        let ends = links.filter_map(|link| match node.0 {
            here if link.a == here => Some((link.a, link.b)),
            here if link.b == here => Some((link.b, link.a)),
            _ => None,
        });
        let port = |(here, there)| Some(self.port(history, self.of(Node(here))?, self.of(Node(there))?));
        ends.filter_map(port).collect()
    }
    /// Where a wire to another node leaves a box: at its head, above its sockets, where it is a host.
    fn port(&self, history: &History, place: &Place, other: &Place) -> (f64, f64) {
        let over = !self.upright && self.is_host(history, place.node);
        let high = if over { PLUG } else { place.height / 2.0 };
        let (x, y) = (place.x + place.width / 2.0, place.y + high);
        let step = |here: f64, there: f64, half: f64| match there - here {
            d if d > 1.0 => half,
            d if d < -1.0 => -half,
            _ => 0.0,
        };
        if self.upright {
            (x, y + step(y, other.y + other.height / 2.0, place.height / 2.0))
        } else {
            (x + step(x, other.x + other.width / 2.0, place.width / 2.0), y)
        }
    }
}

/// The rank of every node: the best connected host is the last one (of equals the later), hosts nearer to its switch than
/// to others stand beside it where there are several switches, and everybody else is first.
fn rank(history: &History) -> Vec<(Rank, Node)> {
    let header = history.header();
    let degree =
        |node: &Node| header.links.iter().filter(|link| link.a == node.0 || link.b == node.0).count();
    let Some(last) = history.hosts().max_by_key(degree) else { return Vec::new() };
    let far = distances(header, last);
    let switches = header.nodes.len() - history.hosts().count();
    let rank = |(i, node): (usize, &sockscope_core::trace::NodeInfo)| {
        let (here, steps) = (Node(i as u16), far[i].unwrap_or(0));
        let rank = match node.kind {
            NodeKind::Host if here == last || (switches > 1 && steps == 2) => Rank::Last,
            NodeKind::Host => Rank::First,
            NodeKind::Switch | NodeKind::Router => Rank::Middle(std::cmp::Reverse(steps)),
        };
        (rank, here)
    };
    header.nodes.iter().enumerate().map(rank).collect()
}

/// Whether there will ever be much on a link at once.
fn busy(history: &History) -> bool {
    let mut under_way: BTreeMap<LinkId, VecDeque<Time>> = BTreeMap::new();
    history.journeys().iter().flat_map(|journey| &journey.hops).any(|hop| {
        let there = under_way.entry(hop.link).or_default();
        while there.front().is_some_and(|arrives| *arrives <= hop.entered) {
            there.pop_front();
        }
        there.push_back(hop.arrives.unwrap_or(hop.leaves));
        there.len() > MUCH
    })
}

/// A slot for every socket: the first of its host that is free for its whole life.
pub(crate) fn slots(history: &History) -> BTreeMap<(Node, Sock), usize> {
    let mut slots = BTreeMap::new();
    let mut taken: BTreeMap<Node, Vec<Option<usize>>> = BTreeMap::new();
    for life in history.sockets() {
        let row = taken.entry(life.node).or_default();
        let free = row.iter().position(|until| until.is_some_and(|until| until <= life.opened));
        let slot = free.unwrap_or_else(|| {
            row.push(None);
            row.len() - 1
        });
        row[slot] = life.removed;
        slots.insert((life.node, life.sock), slot);
    }
    slots
}
