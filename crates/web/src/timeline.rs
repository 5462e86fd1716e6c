//! What the reader did to a run, step by step, and the way back.

use crate::settings;
use serde_json::Value;
use sockscope_core::trace::Header;
use sockscope_sim::Scenario;
use sockscope_sim::scenario::Timed;
use std::cell::OnceCell;

/// The scenario of a run, the one beside it, and what undo and redo go to.
#[derive(Debug)]
pub(crate) struct Timeline {
    now: State,
    back: Vec<State>,
    forward: Vec<State>,
    /// What the last change was about: a slider that moves on makes one change.
    about: String,
}

/// What is shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct State {
    /// The run.
    pub(crate) scenario: Scenario,
    /// The run from which it was forked; it stands beside it until the reader decides for one of them.
    pub(crate) original: Option<Scenario>,
}

/// What the reader can do to a run. That of a recorded one is made of its trace, when it is wanted.
pub(crate) fn begun(state: Option<State>) -> OnceCell<Option<Timeline>> {
    state.map_or_else(OnceCell::new, |state| Some(Timeline::new(state)).into())
}

/// So many changes can be undone.
const MOST: usize = 200;

impl Timeline {
    pub(crate) fn new(now: State) -> Timeline {
        Timeline { now, back: Vec::new(), forward: Vec::new(), about: String::new() }
    }
    pub(crate) fn now(&self) -> &State {
        &self.now
    }
    pub(crate) fn can_undo(&self) -> bool {
        !self.back.is_empty()
    }
    pub(crate) fn can_redo(&self) -> bool {
        !self.forward.is_empty()
    }
    /// Goes on to a state, by a change of something that has a name, or of nothing that goes on.
    pub(crate) fn go_on(&mut self, state: State, about: &str) {
        let before = std::mem::replace(&mut self.now, state);
        if about.is_empty() || about != self.about {
            self.back.push(before);
        }
        if self.back.len() > MOST {
            self.back.remove(0);
        }
        self.forward.clear();
        about.clone_into(&mut self.about);
    }
    /// Takes the last change back; false where there is none.
    pub(crate) fn undo(&mut self) -> bool {
        let Some(before) = self.back.pop() else { return false };
        self.forward.push(std::mem::replace(&mut self.now, before));
        self.about.clear();
        true
    }
    /// Makes the change again that was taken back last; false where there is none.
    pub(crate) fn redo(&mut self) -> bool {
        let Some(after) = self.forward.pop() else { return false };
        self.back.push(std::mem::replace(&mut self.now, after));
        self.about.clear();
        true
    }
}

/// The scenario of a run, as its trace has it; none where it cannot be run again: it was no simulation, or what came from a host
/// outside of it would be missing.
pub(crate) fn scenario(header: &Header) -> Option<&Value> {
    let scenario = header.scenario.as_ref()?;
    let mut hosts = scenario["hosts"].as_array().into_iter().flatten();
    hosts.all(|host| host["outside"] != Value::Bool(true)).then_some(scenario)
}

impl State {
    /// A run beside which none stands.
    pub(crate) fn of(scenario: Scenario) -> State {
        State { scenario, original: None }
    }
    /// That of a trace; none where it cannot be run again.
    pub(crate) fn recorded(header: &Header) -> Option<State> {
        Some(State::of(scenario(header)?.to_string().parse().ok()?))
    }
    /// With one parameter changed, in both runs: what differs between them stays what the reader did.
    ///
    /// # Errors
    /// The name or value is refused, with the remedy.
    pub(crate) fn with(&self, name: &str, value: &str) -> Result<State, String> {
        let mut state = self.clone();
        settings::set(&mut state.scenario, name, value)?;
        if let Some(original) = &mut state.original {
            settings::set(original, name, value)?;
        }
        Ok(state)
    }
    /// The fork with one more intervention.
    pub(crate) fn intervened(&self, timed: Timed) -> State {
        self.forked(|scenario| scenario.interventions.push(timed))
    }
    /// The fork without one of its interventions.
    pub(crate) fn without(&self, n: usize) -> State {
        self.forked(|scenario| {
            if n < scenario.interventions.len() {
                scenario.interventions.remove(n);
            }
        })
    }
    /// The fork is the run.
    pub(crate) fn kept(&self) -> State {
        State::of(self.scenario.clone())
    }
    /// The original is the run.
    pub(crate) fn given_up(&self) -> State {
        State::of(self.original.as_ref().unwrap_or(&self.scenario).clone())
    }
    /// A fork that is the same as its original is none.
    fn forked(&self, change: impl FnOnce(&mut Scenario)) -> State {
        let mut scenario = self.scenario.clone();
        change(&mut scenario);
        let original = self.original.as_ref().unwrap_or(&self.scenario).clone();
        let original = Some(original).filter(|original| *original != scenario);
        State { scenario, original }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::breaking;
    use sockscope_sim::presets;
    use sockscope_view::history::History;

    fn timeline() -> Timeline {
        Timeline::new(State::of(presets::text("tcp-upper").unwrap().parse().unwrap()))
    }
    fn drop_first(timeline: &Timeline) -> State {
        let scenario = &timeline.now().scenario;
        let history = History::of(crate::run::simulate(scenario).unwrap());
        let packet = history.journeys()[0].packet.id.0.to_string();
        timeline.now().intervened(breaking::timed(&history, history.after(0), "drop", &packet, "").unwrap())
    }

    #[test]
    fn a_fork_stands_beside_its_original_until_the_reader_decides() {
        let mut timeline = timeline();
        let whole = timeline.now().scenario.clone();
        let fork = drop_first(&timeline);
        timeline.go_on(fork, "");
        assert_eq!(timeline.now().original.as_ref(), Some(&whole));
        let text = |scenario| format!("{:?}", crate::run::simulate(scenario).unwrap().events);
        assert_ne!(text(&timeline.now().scenario), text(&whole));
        assert_eq!(timeline.now().given_up().scenario, whole);
        assert_eq!(timeline.now().without(0), State::of(whole));
        assert_eq!(timeline.now().kept().scenario.interventions.len(), 1);
    }

    #[test]
    fn a_trace_is_changed_where_its_simulation_can_be_run_again() {
        let scenario = timeline().now().scenario.clone();
        let mut header = crate::run::simulate(&scenario).unwrap().header;
        assert_eq!(State::recorded(&header), Some(State::of(scenario)));
        header.scenario.as_mut().unwrap()["hosts"][0]["outside"] = Value::Bool(true);
        assert_eq!(State::recorded(&header), None);
        header.scenario = None;
        assert_eq!(State::recorded(&header), None);
    }

    #[test]
    fn every_change_can_be_undone_and_a_slider_makes_one() {
        let mut timeline = timeline();
        let start = timeline.now().clone();
        for value in ["1", "2", "3"] {
            let lossy = timeline.now().with("loss", value).unwrap();
            timeline.go_on(lossy, "loss");
        }
        let lossy = timeline.now().clone();
        let fork = drop_first(&timeline);
        timeline.go_on(fork.clone(), "");
        let both = timeline.now().with("loss", "0").unwrap();
        assert_eq!(
            both.original,
            Some(start.scenario.clone()).map(|mut original| {
                settings::set(&mut original, "loss", "0").unwrap();
                original
            })
        );
        assert!(timeline.undo());
        assert_eq!(*timeline.now(), lossy);
        assert!(timeline.undo());
        assert_eq!(*timeline.now(), start);
        assert!(!timeline.undo());
        assert!(timeline.redo() && timeline.redo() && !timeline.redo());
        assert_eq!(*timeline.now(), fork);
    }
}
