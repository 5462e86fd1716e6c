//! One conversation of many.

use crate::history::{History, Journey};
use crate::words;
use sockscope_core::collections::{BTreeMap, sort_by_key};
use std::net::SocketAddr;

/// Two addresses that sent each other packets; the one that sent first comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversation(pub SocketAddr, pub SocketAddr);

impl Conversation {
    /// Every conversation of a run, in the order in which they began.
    ///
    /// ```
    /// # use sockscope_sim::{Scenario, World, presets};
    /// # let scenario: Scenario = presets::text("tcp-three-clients").unwrap().parse().unwrap();
    /// # let mut world = World::new(&scenario).unwrap();
    /// # world.run();
    /// # let trace = world.trace();
    /// use sockscope_view::{history::History, ladder::Conversation};
    /// let history = History::of(trace);
    /// let all = Conversation::all(&history);
    /// assert_eq!(all.len(), 3);
    /// assert!(all[0].name(&history).ends_with("↔ server :12000"));
    /// ```
    pub fn all(history: &History) -> Vec<Conversation> {
        let mut begun = BTreeMap::new();
        for (place, (from, to)) in history.journeys().iter().filter_map(Journey::ends).enumerate() {
            begun.entry((from.min(to), from.max(to))).or_insert((place, Conversation(from, to)));
        }
        let mut all: Vec<(usize, Conversation)> = begun.into_values().collect();
        sort_by_key(&mut all, |(place, _)| *place);
        all.into_iter().map(|(_, conversation)| conversation).collect()
    }
    /// Who it is between: `client :49152 ↔ server :80`.
    pub fn name(&self, history: &History) -> String {
        let end = |addr: SocketAddr| {
            let host = history.host_of(addr.ip());
            let host = host.map_or(addr.ip().to_string(), |node| history.name(node).to_owned());
            format!("{host} {}", words::port(addr))
        };
        format!("{} ↔ {}", end(self.0), end(self.1))
    }
    /// Whether a packet is of it.
    pub(super) fn has(&self, journey: &Journey) -> bool {
        journey
            .ends()
            .is_some_and(|(from, to)| (from, to) == (self.0, self.1) || (to, from) == (self.0, self.1))
    }
}
