//! The scenarios that come along, by what they show.

macro_rules! presets {
    ($($group:literal: $($name:literal),*;)*) => {
        &[$(($group, &[$(($name, include_str!(concat!("../../../tests/scenarios/", $name, ".json")))),*])),*]
    };
}

/// Scenarios that show the same thing: the names and texts of their files.
type Group = (&'static str, &'static [(&'static str, &'static str)]);

const GROUPS: &[Group] = presets![
    "first": "udp-upper", "tcp-upper", "tcp-two-sends", "dns";
    "many": "udp-three-clients", "tcp-three-clients", "tcp-one-after-another", "tcp-at-the-same-time";
    "closing": "half-close", "tcp-abort", "tcp-simultaneous";
    "loss": "tcp-syn-lost", "tcp-segment-lost", "udp-loss", "lossy-transfer", "corruption";
    "wrong": "udp-wrong-port", "tcp-wrong-port", "tcp-no-answer", "tcp-address-in-use", "udp-client-first",
        "udp-client-retries", "tcp-client-first", "tcp-client-retries";
    "flow": "slow-reader", "file-transfer", "shared-bottleneck", "ecn", "path-mtu";
];

/// What the scenarios show, in a word each, with the names of those that show it.
pub fn groups() -> impl Iterator<Item = (&'static str, impl Iterator<Item = &'static str>)> {
    GROUPS.iter().map(|(group, presets)| (*group, presets.iter().map(|(name, _)| *name)))
}

/// The names of all, in the order of their groups.
pub fn names() -> impl Iterator<Item = &'static str> {
    groups().flat_map(|(_, names)| names)
}

/// The text of the scenario file with this name.
///
/// ```
/// use sockscope_sim::{Scenario, presets};
/// for name in presets::names() {
///     let scenario: Scenario = presets::text(name).unwrap().parse().unwrap();
///     println!("{name}: {}", scenario.title);
/// }
/// ```
pub fn text(name: &str) -> Option<&'static str> {
    let mut all = GROUPS.iter().flat_map(|(_, presets)| *presets);
    all.find(|(known, _)| *known == name).map(|(_, text)| *text)
}
