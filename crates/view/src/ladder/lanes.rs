//! Which lanes a ladder has, and where they stand.

use super::Conversation;
use crate::history::{Arrival, History, Journey, SocketLife};
use sockscope_core::collections::BTreeSet;
use sockscope_core::trace::{Node, NodeKind, Sock};

/// A vertical line of the ladder: a socket, or the rest of a host.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lane {
    pub(super) node: Node,
    /// None for what no socket sends or takes.
    pub(super) sock: Option<Sock>,
    pub(super) x: f64,
    /// Which side its calls stand on: -1 left, 1 right.
    pub(super) side: f64,
}

/// The lanes of one host, and the column of text beside them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Group {
    pub(super) node: Node,
    /// Places of its lanes in the list of lanes.
    pub(super) lanes: std::ops::Range<usize>,
    pub(super) column: Option<Column>,
}

/// A column of text beside the lanes of a host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Column {
    /// The edge that faces the lanes.
    pub(super) x: f64,
    pub(super) width: f64,
    /// -1 where the text lies left of the edge, 1 right of it.
    pub(super) side: f64,
    /// True where it lies over the way to the next host: only what matters most is written there.
    pub(super) over: bool,
}

/// All lanes, left to right, host by host.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Lanes {
    pub(super) all: Vec<Lane>,
    pub(super) groups: Vec<Group>,
    /// Width of the column of times at the left edge.
    pub(super) gutter: f64,
    /// How close any two lanes stand.
    pub(super) gap: f64,
    pub(super) narrow: bool,
    /// True where only the lanes of one conversation are there.
    pub(super) focused: bool,
}

impl Lanes {
    pub(super) fn new(history: &History, width: f64, focus: Option<&Conversation>) -> Lanes {
        let narrow = width < 560.0;
        let gutter = if narrow { 38.0 } else { 58.0 };
        let mut lanes = Lanes { gutter, narrow, focused: focus.is_some(), ..Lanes::default() };
        let seen = focus.map(|focus| involved(history, focus));
        for node in order(history) {
            let from = lanes.all.len();
            let socks = socks(history, node)
                .filter(|sock| seen.as_ref().is_none_or(|seen| seen.contains(&(node, *sock))));
            lanes.all.extend(socks.map(|sock| Lane { node, sock, x: 0.0, side: -1.0 }));
            if from < lanes.all.len() {
                lanes.groups.push(Group { node, lanes: from..lanes.all.len(), column: None });
            }
        }
        lanes.place(width);
        lanes
    }

    /// Gives lanes and columns their places: first the lanes of a host side by side, then what is left to the columns
    /// of the first and the last host and to the ways between hosts. However many there are, all lie within the width.
    fn place(&mut self, width: f64) {
        let ways = self.groups.len().saturating_sub(1) as f64;
        let inner = self.groups.iter().map(|group| group.lanes.len() - 1).sum::<usize>() as f64;
        let (margin, least, wanted) = if self.narrow {
            (6.0, 100.0, if self.all.len() > 4 { 34.0 } else { 40.0 })
        } else {
            (14.0, 150.0, 64.0)
        };
        let room = width - self.gutter - 2.0 * margin;
        let fair = (room - ways * least * 0.6).max(room.min(inner * 28.0) * 0.5);
        let pitch = f64::min(wanted, fair / inner.max(1.0));
        let rest = room - inner * pitch;
        let share = match (ways == 0.0, self.narrow) {
            (true, _) => 0.8,
            (_, true) => 0.3,
            (_, false) => 0.235,
        };
        let column =
            Some((rest * share).min(230.0)).filter(|wide| *wide >= 60.0 && rest - 2.0 * wide >= ways * least);
        let columns = column.unwrap_or(if self.narrow { 14.0 } else { 26.0 });
        let way = (rest - columns * if ways == 0.0 { 1.0 } else { 2.0 }) / ways.max(1.0);
        let mut x = self.gutter + margin + if ways == 0.0 { 0.0 } else { columns };
        let last = self.groups.len().saturating_sub(1);
        for (i, group) in self.groups.iter_mut().enumerate() {
            let side = if i == last { 1.0 } else { -1.0 };
            let edge = x - 16.0;
            for lane in &mut self.all[group.lanes.clone()] {
                (lane.x, lane.side) = (x, side);
                x += pitch;
            }
            x -= pitch;
            let edge = if side > 0.0 { x + 16.0 } else { edge };
            let outer = i == 0 || i == last;
            group.column = column.filter(|_| outer).map(|wide| Column {
                x: edge,
                width: wide - 18.0,
                side,
                over: false,
            });
            x += way;
        }
        let gaps = self.all.windows(2).map(|pair| pair[1].x - pair[0].x);
        self.gap = gaps.fold(f64::INFINITY, f64::min);
    }

    /// Whether lanes stand so close that only states and packets have room.
    pub(super) fn dense(&self) -> bool {
        self.gap < 8.0
    }
    /// Half the width of what stands on a lane, `half` where there is room for it.
    pub(super) fn half(&self, half: f64) -> f64 {
        half.min(self.gap * 0.4)
    }
    /// How far from its lane an arrow begins and ends, and the bar of a blocked call stands: `wanted`, or half the way to the next.
    pub(super) fn beside(&self, wanted: f64) -> f64 {
        wanted.min(self.gap * 0.5)
    }

    /// The lane of a socket.
    pub(super) fn own(&self, node: Node, sock: Option<Sock>) -> Option<usize> {
        self.all.iter().position(|lane| lane.node == node && lane.sock == sock)
    }
    /// The lane of a socket, or of the rest of its host where everything is drawn.
    pub(super) fn of(&self, node: Node, sock: Option<Sock>) -> Option<usize> {
        self.own(node, sock).or_else(|| self.any(node).filter(|_| !self.focused))
    }
    /// The first lane of a host.
    fn any(&self, node: Node) -> Option<usize> {
        self.all.iter().position(|lane| lane.node == node)
    }
    /// The column of text beside a lane: its group.
    pub(super) fn group(&self, lane: usize) -> usize {
        self.groups.iter().position(|group| group.lanes.contains(&lane)).unwrap_or(0)
    }
    /// Where the texts of a group stand: in its column, or over the way to the next host where it has none.
    pub(super) fn column(&self, group: usize) -> Option<Column> {
        let left = group + 1 == self.groups.len();
        let near = if left { group.checked_sub(1)? } else { group };
        let edges =
            (self.all[self.groups[near].lanes.end - 1].x, self.all[self.groups[near + 1].lanes.start].x);
        let (x, side) = if left { (edges.1 - 11.0, -1.0) } else { (edges.0 + 11.0, 1.0) };
        let over = Column { x, width: edges.1 - edges.0 - 28.0, side, over: true };
        self.groups[group].column.or(Some(over).filter(|over| over.width >= 60.0))
    }
    /// The widest way between two hosts: where what belongs to neither is written.
    pub(super) fn widest_way(&self) -> Option<(f64, f64)> {
        let ways = self.groups.windows(2);
        let edges = ways.map(|pair| (self.all[pair[0].lanes.end - 1].x, self.all[pair[1].lanes.start].x));
        edges.max_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)))
    }
    /// Where a packet that never arrived was going to.
    pub(super) fn towards(&self, history: &History, journey: &Journey) -> Option<usize> {
        let node = history.destination(journey)?;
        if let Some((node, sock)) = journey.to {
            return self.of(node, sock);
        }
        let (from, to) = journey.ends()?;
        let open = |life: &&SocketLife| life.node == node && life.exists(journey.sent);
        let bound = |life: &SocketLife| {
            life.local.before(journey.sent).is_some_and(|local| local.addr.port() == to.port())
        };
        let peer = |life: &SocketLife| life.remote.before(journey.sent) == Some(&from);
        let sockets: Vec<&SocketLife> = history.sockets().iter().filter(open).filter(|s| bound(s)).collect();
        let best = sockets.iter().find(|life| peer(life)).or(sockets.first());
        self.of(node, best.map(|life| life.sock)).or_else(|| self.any(node))
    }
}

/// The nodes as they stand side by side: what lies between hosts stands before the last of these, as in the network.
fn order(history: &History) -> Vec<Node> {
    let nodes = &history.header().nodes;
    let last = nodes.iter().rposition(|node| node.kind == NodeKind::Host);
    let others = (0..nodes.len()).filter(|node| Some(*node) != last);
    others.chain(last).map(|node| Node(node as u16)).collect()
}

/// The lanes that the packets of a conversation begin and end at, or would have ended at.
fn involved(history: &History, focus: &Conversation) -> BTreeSet<(Node, Option<Sock>)> {
    let mut lanes = BTreeSet::new();
    for journey in history.journeys().iter().filter(|journey| focus.has(journey)) {
        lanes.insert((journey.from, journey.sock));
        lanes.extend(journey.arrivals.iter().map(|arrival| (arrival.node, arrival.sock)));
        lanes.extend(journey.to);
        let (Some(node), Some((from, to))) = (history.destination(journey), journey.ends()) else { continue };
        if lanes.iter().all(|(there, _)| *there != node) {
            let bound = |life: &&SocketLife| {
                let local = life.local.last().is_some_and(|local| local.addr.port() == to.port());
                life.node == node
                    && local
                    && (life.listens() || life.remote.last().is_none_or(|peer| *peer == from))
            };
            lanes.extend(history.sockets().iter().filter(bound).map(|life| (node, Some(life.sock))));
        }
    }
    lanes
}

/// The sockets of a node that get a lane, and `None` where it sends, takes or runs something that belongs to none.
fn socks(history: &History, node: Node) -> impl Iterator<Item = Option<Sock>> {
    let sockets: Vec<Option<Sock>> =
        history.sockets().iter().filter(|life| life.node == node).map(|life| Some(life.sock)).collect();
    let lonely = |arrival: &Arrival| arrival.node == node && arrival.sock.is_none();
    let packets = history.journeys().iter().any(|journey| {
        journey.from == node && journey.sock.is_none()
            || journey.arrivals.iter().any(lonely)
            || journey.to == Some((node, None))
    });
    let runs = history.tasks().iter().any(|task| task.node == node);
    let host = history.header().nodes[usize::from(node.0)].kind == NodeKind::Host;
    let rest = packets || (sockets.is_empty() && (runs || host && history.header().nodes.len() <= 2));
    sockets.into_iter().chain(rest.then_some(None))
}
