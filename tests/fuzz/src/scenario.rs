//! Scenario files.

use sockscope_sim::{Scenario, World};

/// So many steps of the run are enough.
const STEPS: u64 = 2_000;

/// Bytes as a scenario file: what is read is the same after it was written, and its run begins.
pub fn scenario(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let scenario: Scenario = match text.parse() {
        Ok(scenario) => scenario,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let written = serde_json::to_value(&scenario).expect("a scenario has a form in JSON");
    assert_eq!(Scenario::from_value(&written).as_ref(), Ok(&scenario));
    let mut world = World::new(&scenario).expect("what was read makes sense");
    while world.steps() < STEPS && world.step().is_none() {}
}
