//! A simulated run again.

use super::{Divergence, ReplayError};
use crate::{Scenario, World};
use sockscope_core::tcp::Reason;
use sockscope_core::time::Time;
use sockscope_core::trace::{Event, Kind, Node, Outcome, Trace};
use sockscope_core::wire::Packet;

/// Runs the scenario of a trace again, interventions included, and compares event by event. `None`: all the same.
/// A trace that ends before its run does is compared as far as it goes. What came from outside comes again.
///
/// ```
/// use sockscope_sim::{World, presets, replay};
/// let mut world = World::new(&presets::text("udp-upper").unwrap().parse().unwrap()).unwrap();
/// world.run();
/// assert_eq!(replay::world(&world.trace()).unwrap(), None);
/// ```
///
/// # Errors
/// [`ReplayError`]: it cannot be run at all.
pub fn world(trace: &Trace) -> Result<Option<Divergence>, ReplayError> {
    let scenario = trace.header.scenario.as_ref().ok_or(ReplayError::NoScenario)?;
    let mut world = World::new(&Scenario::from_value(scenario)?)?;
    let events = by_the_world(&trace.events, world.is_open());
    let mut inputs = events.iter().filter_map(input).peekable();
    let mut expected = events.iter();
    while !expected.as_slice().is_empty() {
        if world.outcome().is_some() {
            return Ok(expected.next().map(|event| Divergence {
                at: event.n,
                expected: Some(event.clone()),
                got: None,
            }));
        }
        let next = world.next_at();
        match inputs.next_if(|(at, ..)| next.is_none_or(|next| *at < next)) {
            Some((at, host, packet)) => world.hand_in(at, host, packet.clone()),
            None => {
                world.step();
            }
        }
        for (got, wanted) in world.take_events().into_iter().zip(&mut expected) {
            if got != *wanted {
                return Ok(Some(Divergence { at: wanted.n, expected: Some(wanted.clone()), got: Some(got) }));
            }
        }
    }
    Ok(None)
}

/// A packet that was handed in: when, and by which host.
fn input(event: &Event) -> Option<(Time, Node, &Packet)> {
    match &event.kind {
        Kind::Sent { reason: Reason::FromOutside, packet, .. } => Some((event.at, event.node?, packet)),
        _ => None,
    }
}

/// All events but an end that came from outside: an interruption, and every end of a world that is open.
fn by_the_world(events: &[Event], open: bool) -> &[Event] {
    match events {
        [rest @ .., Event { kind: Kind::Ended { outcome }, .. }]
            if open || *outcome == Outcome::Interrupted =>
        {
            rest
        }
        all => all,
    }
}
