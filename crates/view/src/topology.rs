//! How far nodes are from each other, as the header's links have it.

use sockscope_core::trace::{Header, LinkId, Node};
use std::collections::VecDeque;

/// Where a directed link begins and ends.
pub(crate) fn link_ends(header: &Header, link: LinkId) -> Option<(Node, Node)> {
    let info = header.links.get(usize::from(link.0 / 2))?;
    Some(if link.0.is_multiple_of(2) { (Node(info.a), Node(info.b)) } else { (Node(info.b), Node(info.a)) })
}

/// How many links away from `from` each node is; none where no way leads there.
pub(crate) fn distances(header: &Header, from: Node) -> Vec<Option<u32>> {
    let mut far = vec![None; header.nodes.len()];
    let mut queue = VecDeque::from([(from.0, 0)]);
    while let Some((node, steps)) = queue.pop_front() {
        match far.get_mut(usize::from(node)) {
            Some(place @ None) => *place = Some(steps),
            _ => continue,
        }
        for link in &header.links {
            queue.extend((link.a == node).then_some((link.b, steps + 1)));
            queue.extend((link.b == node).then_some((link.a, steps + 1)));
        }
    }
    far
}
