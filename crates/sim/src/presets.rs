//! The scenarios that come along, in the order of the lessons.

macro_rules! presets {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../tests/scenarios/", $name, ".json")))),*]
    };
}

const PRESETS: &[(&str, &str)] = presets![
    "udp-upper",
    "tcp-upper",
    "udp-three-clients",
    "tcp-three-clients",
    "tcp-two-sends",
    "tcp-syn-lost",
    "tcp-segment-lost",
    "tcp-one-after-another",
    "tcp-at-the-same-time",
    "half-close",
    "tcp-abort",
    "tcp-simultaneous",
    "udp-wrong-port",
    "tcp-wrong-port",
    "tcp-no-answer",
    "tcp-address-in-use",
    "udp-client-first",
    "udp-client-retries",
    "tcp-client-first",
    "tcp-client-retries",
    "udp-loss",
    "dns",
    "slow-reader",
    "file-transfer",
    "lossy-transfer",
    "corruption",
    "shared-bottleneck",
    "ecn",
    "path-mtu",
];

/// The names, in the order of the lessons.
pub fn names() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|(name, _)| *name)
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
    PRESETS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
