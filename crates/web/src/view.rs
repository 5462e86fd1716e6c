//! Which pictures a figure shows.

use sockscope_view::flow::Flow;
use sockscope_view::graphs::Graphs;
use sockscope_view::history::History;
use sockscope_view::inside::Inside;
use sockscope_view::picture::Picture;
use sockscope_view::states::States;
use sockscope_view::window::Window;
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
    /// The window over the byte stream of a connection.
    Window,
    /// A connection over time.
    Graphs,
    /// Inside the hosts.
    Inside,
    /// What happened, as a table.
    Story,
}

/// Every view by its name.
const NAMES: [(&str, View); 8] = [
    ("both", View::Both),
    ("ladder", View::Ladder),
    ("network", View::Network),
    ("states", View::States),
    ("window", View::Window),
    ("graphs", View::Graphs),
    ("inside", View::Inside),
    ("story", View::Story),
];

impl FromStr for View {
    type Err = String;

    fn from_str(name: &str) -> Result<View, String> {
        let found = NAMES.iter().find(|(known, _)| *known == name).map(|(_, view)| *view);
        let known = || NAMES.map(|(name, _)| name).join(", ");
        found.ok_or_else(|| format!("there is no view {name}; there are {}", known()))
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
    /// What can be chosen to be drawn: the directions of connections, where the view draws one of them.
    pub(crate) fn choices(self, history: &History) -> Vec<String> {
        match self {
            View::Window | View::Graphs => Flow::all(history).iter().map(|flow| flow.name(history)).collect(),
            _ => Vec::new(),
        }
    }
    /// The picture that fills the figure instead of these, of what was chosen.
    pub(crate) fn picture(self, history: &History, choice: usize, width: f64) -> Option<Box<dyn Picture>> {
        let flow = || {
            let flows = Flow::all(history);
            flows.get(choice).or(flows.first()).copied()
        };
        match self {
            View::Both | View::Ladder | View::Network | View::Story => None,
            View::States => Some(Box::new(States::new(history, width))),
            View::Inside => Some(Box::new(Inside::new(history, width))),
            View::Window => Some(Box::new(Window::new(history, flow(), width))),
            View::Graphs => Some(Box::new(Graphs::new(history, flow(), width))),
        }
    }
}
