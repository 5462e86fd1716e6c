//! A simulated run again.

use super::{Divergence, ReplayError};
use crate::{Scenario, World};
use sockscope_core::trace::{Event, Kind, Outcome, Trace};

/// Runs the scenario of a trace again, interventions included, and compares event by event. `None`: all the same.
/// A trace that ends before its run does is compared as far as it goes.
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
    let mut expected = by_the_world(&trace.events).iter();
    while !expected.as_slice().is_empty() {
        if world.outcome().is_some() {
            return Ok(expected.next().map(|event| Divergence {
                at: event.n,
                expected: Some(event.clone()),
                got: None,
            }));
        }
        world.step();
        for (got, wanted) in world.take_events().into_iter().zip(&mut expected) {
            if got != *wanted {
                return Ok(Some(Divergence { at: wanted.n, expected: Some(wanted.clone()), got: Some(got) }));
            }
        }
    }
    Ok(None)
}

/// All events but an interruption, which came from outside.
fn by_the_world(events: &[Event]) -> &[Event] {
    match events {
        [rest @ .., Event { kind: Kind::Ended { outcome: Outcome::Interrupted }, .. }] => rest,
        all => all,
    }
}
