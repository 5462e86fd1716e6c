//! Breadth first through every world that can be reached, and back from the worlds in which everything is over.

use super::world::World;
use crate::tcp::State;
use crate::tcp::tests::STATES;
use std::collections::{BTreeMap, BTreeSet};

/// What a search has found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) worlds: usize,
    /// The states that the two ends are in at the same time, by their places in [`STATES`].
    pub(super) pairs: BTreeSet<[usize; 2]>,
    /// The states between which an end moves in one step.
    pub(super) moves: BTreeSet<(usize, usize)>,
    /// Worlds from which nothing leads to an end.
    pub(super) stuck: Vec<World>,
    /// The ends: worlds in which everything is over.
    pub(super) ends: Vec<World>,
}

/// The place of a state in [`STATES`].
pub(super) fn place(state: State) -> usize {
    STATES.iter().position(|it| *it == state).expect("every state is listed")
}
fn pair(world: &World) -> [usize; 2] {
    [0, 1].map(|end| place(world.state(end)))
}

/// What tells a world from every other: two worlds with the same 128 bits are taken for one.
fn key(world: &World) -> u128 {
    let bytes = postcard::to_allocvec(world).expect("a world is plain data");
    let prime = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.chunks(8).fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash: u128, chunk| {
        let mut word = [0; 16];
        word[..chunk.len()].copy_from_slice(chunk);
        (hash ^ u128::from_le_bytes(word)).wrapping_mul(prime).rotate_left(29)
    })
}

pub(super) fn search(start: World) -> Found {
    let mut found = Found::default();
    let mut known = BTreeMap::from([(key(&start), 0)]);
    // By number: from which worlds a step leads to this one.
    let mut before: Vec<Vec<u32>> = vec![Vec::new()];
    let mut over: Vec<u32> = Vec::new();
    let mut frontier = vec![(0, start.clone())];
    while !frontier.is_empty() {
        let mut next = Vec::new();
        for (n, world) in frontier {
            let here = pair(&world);
            found.pairs.insert(here);
            if world.is_over() {
                over.push(n);
                found.ends.push(world);
                continue;
            }
            for step in world.steps() {
                let after = world.after(step);
                let there = pair(&after);
                found.moves.extend((0..2).map(|end| (here[end], there[end])).filter(|(from, to)| from != to));
                let new = before.len() as u32;
                let number = *known.entry(key(&after)).or_insert(new);
                if number == new {
                    before.push(Vec::new());
                    next.push((new, after));
                }
                before[number as usize].push(n);
            }
        }
        frontier = next;
    }
    found.worlds = before.len();
    let leads_on = backwards(&before, over);
    if leads_on.contains(&false) {
        found.stuck = replay(start, |n| !leads_on[n as usize]);
    }
    found
}

/// From which worlds an end can be reached.
fn backwards(before: &[Vec<u32>], mut next: Vec<u32>) -> Vec<bool> {
    let mut reached = vec![false; before.len()];
    while let Some(n) = next.pop() {
        if !std::mem::replace(&mut reached[n as usize], true) {
            next.extend(before[n as usize].iter().filter(|n| !reached[**n as usize]));
        }
    }
    reached
}

/// The first few worlds whose number is wanted: the search again, in the same order.
fn replay(start: World, wanted: impl Fn(u32) -> bool) -> Vec<World> {
    let mut known = BTreeSet::from([key(&start)]);
    let (mut frontier, mut found) = (std::collections::VecDeque::from([start]), Vec::new());
    let mut n = 0;
    while let Some(world) = frontier.pop_front().filter(|_| found.len() < 3) {
        for step in if world.is_over() { Vec::new() } else { world.steps() } {
            let after = world.after(step);
            if known.insert(key(&after)) {
                frontier.push_back(after);
            }
        }
        found.extend(wanted(n).then_some(world));
        n += 1;
    }
    found
}
