//! Which pictures a figure shows.

use sockscope_view::history::History;
use sockscope_view::picture::Picture;
use sockscope_view::states::States;
use std::str::FromStr;

/// What a figure shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum View {
    /// Hosts and wires, and the ladder below.
    #[default]
    Both,
    /// The ladder alone.
    Ladder,
    /// Hosts and wires alone.
    Network,
    /// The state machine of TCP.
    States,
}

impl FromStr for View {
    type Err = String;

    fn from_str(name: &str) -> Result<View, String> {
        Ok(match name {
            "both" => View::Both,
            "ladder" => View::Ladder,
            "network" => View::Network,
            "states" => View::States,
            _ => return Err(format!("there is no view {name}: both, ladder, network or states")),
        })
    }
}

impl View {
    /// Whether the ladder is seen.
    pub(crate) fn has_ladder(self) -> bool {
        matches!(self, View::Both | View::Ladder)
    }
    /// Whether hosts and wires are seen.
    pub(crate) fn has_network(self) -> bool {
        matches!(self, View::Both | View::Network)
    }
    /// The picture that fills the figure instead of these.
    pub(crate) fn picture(self, history: &History, width: f64) -> Option<Box<dyn Picture>> {
        match self {
            View::Both | View::Ladder | View::Network => None,
            View::States => Some(Box::new(States::new(history, width))),
        }
    }
}
