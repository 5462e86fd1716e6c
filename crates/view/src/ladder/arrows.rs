//! Packets as arrows from lane to lane.

use super::Conversation;
use super::lanes::Lanes;
use crate::history::{History, Hop, HopEnd, Journey};
use crate::topology::{distances, link_ends};
use sockscope_core::time::Time;
use sockscope_core::trace::{Discard, LinkDrop};

/// A packet, or its duplicate, on its way from one lane towards another.
#[derive(Clone, Debug)]
pub(super) struct Arrow {
    /// Its place among the journeys.
    pub(super) journey: usize,
    pub(super) copy: u8,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) end: End,
}

/// Where an arrow ends, and the event that says so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct End {
    pub(super) at: Time,
    pub(super) n: usize,
    /// Which part of the way is done: 1 is all of it.
    pub(super) part: f64,
    pub(super) how: Fate,
}

/// How an arrow ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Taken,
    Discarded(Discard),
    Lost(LinkDrop),
    UnderWay,
    /// It was seen on its way: that is all that is known.
    Passed,
}

/// Every arrow of a history, in the order of departure.
pub(super) fn collect(history: &History, lanes: &Lanes, focus: Option<&Conversation>) -> Vec<Arrow> {
    let mut arrows = Vec::new();
    for (i, journey) in history.journeys().iter().enumerate() {
        if focus.is_some_and(|focus| !focus.has(journey)) {
            continue;
        }
        let Some(from) = lanes.of(journey.from, journey.sock) else { continue };
        let arrow = |copy, to, end| Arrow { journey: i, copy, from, to, end };
        for arrival in &journey.arrivals {
            let Some(to) = lanes.of(arrival.node, arrival.sock) else { continue };
            let how = arrival.discarded.map_or(Fate::Taken, |(_, why)| Fate::Discarded(why));
            arrows.push(arrow(arrival.copy, to, End { at: arrival.at, n: arrival.event, part: 1.0, how }));
        }
        let Some(to) = lanes.towards(history, journey) else { continue };
        if let Some(last) = journey.sightings.last().filter(|_| journey.is_captured()) {
            // Where it passed one point the arrow has one time, and lies level.
            arrows.push(arrow(0, to, End { at: last.at, n: last.event, part: 1.0, how: Fate::Passed }));
            continue;
        }
        let unfinished = unfinished(history, journey);
        arrows.extend(unfinished.into_iter().map(|(copy, end)| arrow(copy, to, end)));
    }
    arrows
}

/// The copies of a packet that reached no host: those lost, and those still under way.
fn unfinished(history: &History, journey: &Journey) -> Vec<(u8, End)> {
    let mut ends = Vec::new();
    for copy in 0..=journey.hops.iter().map(|hop| hop.copy).max().unwrap_or(0) {
        if journey.arrivals.iter().any(|arrival| arrival.copy == copy) {
            continue;
        }
        let last = journey.hops.iter().rfind(|hop| hop.copy == copy);
        let end = match last.map(|hop| (hop, hop.end)) {
            Some((hop, HopEnd::Lost { event, at, why })) => {
                End { at, n: event, part: part(history, journey, hop, at), how: Fate::Lost(why) }
            }
            Some((hop, _)) => {
                let at = history.end().time;
                End { at, n: hop.event, part: part(history, journey, hop, at), how: Fate::UnderWay }
            }
            None => End { at: journey.at, n: journey.sent, part: 0.12, how: Fate::UnderWay },
        };
        ends.push((copy, end));
    }
    ends
}

/// Which part of its whole way a packet has made at a time on a hop: hops count alike.
fn part(history: &History, journey: &Journey, hop: &Hop, at: Time) -> f64 {
    let header = history.header();
    let far = distances(header, journey.from);
    let steps = |node: u16| far.get(usize::from(node)).copied().flatten();
    let start = link_ends(header, hop.link).and_then(|(start, _)| steps(start.0)).unwrap_or(0);
    let goal = history.destination(journey).and_then(|node| steps(node.0)).unwrap_or(start + 1);
    let within = match hop.arrives {
        Some(arrives) if arrives > hop.entered => {
            at.since(hop.entered).as_nanos() as f64 / arrives.since(hop.entered).as_nanos() as f64
        }
        _ => 0.5,
    };
    ((f64::from(start) + within) / f64::from(goal.max(1))).clamp(0.08, 0.94)
}
