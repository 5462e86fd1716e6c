//! What the reader does to a run: it forks, and the original stands beside it.

use crate::breaking::{self, Thing};
use crate::figure::{Figure, Status};
use crate::refusal::Refusal;
use crate::run::{self, Run};
use crate::timeline::{self, State, Timeline};
use serde::Serialize;
use serde_json::Value;
use sockscope_core::collections::sort_by_key;
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::Kind;
use sockscope_sim::units::Length;
use sockscope_view::history::{History, Moment};
use sockscope_view::{diff, story, words};
use tsify::{Ts, Tsify};
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Element;

/// What was done to a run, and which way leads back.
#[derive(Debug, Serialize, Tsify)]
pub struct Changes {
    /// Whether there is something to undo.
    pub undo: bool,
    /// Whether there is something to redo.
    pub redo: bool,
    /// Whether the original is kept beside the run.
    pub forked: bool,
    /// Everything that somebody does in the run.
    pub interventions: Vec<Intervened>,
}

/// Something that somebody does in a run.
#[derive(Debug, PartialEq, Serialize, Tsify)]
pub struct Intervened {
    /// When, in words.
    pub time: String,
    /// What, in a sentence.
    pub text: String,
    /// Its event; none where the run was over before.
    pub event: Option<String>,
}

/// Where two runs part.
#[derive(Debug, PartialEq, Serialize, Tsify)]
pub struct Parting {
    /// When, in words.
    pub time: String,
    /// What happens in the fork, in a sentence; none where it is over.
    pub fork: Option<String>,
    /// What happens in the original, in a sentence; none where it is over.
    pub original: Option<String>,
    /// The event of the fork.
    pub event: Option<String>,
}

#[wasm_bindgen]
impl Figure {
    /// Does something to the run, which forks: `drop`, `delay`, `duplicate` or `corrupt` to a packet, when it is sent; at the
    /// moment that is shown `cut`, `mend` or `calm` to a link, `unplug`, `plug` or `crash` to a host, `kill` or `slow` to a
    /// program. `by` is the time that `delay` and `slow` take.
    ///
    /// # Errors
    /// The action, the target or the time is refused, with the remedy.
    pub fn intervene(&mut self, action: &str, target: &str, by: &str) -> Result<Ts<Status>, Refusal> {
        let timed = breaking::timed(&self.history, self.moment, action, target, by)?;
        let state = self.state()?.intervened(timed);
        self.change(state, "")
    }
    /// Takes one of the interventions out.
    ///
    /// # Errors
    /// The run cannot be run again.
    pub fn remove(&mut self, intervention: usize) -> Result<Ts<Status>, Refusal> {
        let state = self.state()?.without(intervention);
        self.change(state, "")
    }
    /// Decides for the fork, or for the original.
    ///
    /// # Errors
    /// The run cannot be run again.
    pub fn decide(&mut self, for_fork: bool) -> Result<Ts<Status>, Refusal> {
        let state = self.state()?;
        let state = if for_fork { state.kept() } else { state.given_up() };
        self.change(state, "")
    }
    /// Makes another run with one parameter changed; see [`Parameters`](crate::Parameters) and [`Setting`](crate::Setting).
    ///
    /// # Errors
    /// The name or value is refused, with the remedy.
    pub fn set_parameter(&mut self, name: &str, value: &str) -> Result<Ts<Status>, Refusal> {
        let state = self.state()?.with(name, value)?;
        self.change(state, name)
    }
    /// Takes the last change back.
    ///
    /// # Errors
    /// Those of the page.
    pub fn undo(&mut self) -> Result<Ts<Status>, Refusal> {
        self.timeline_mut().map(Timeline::undo);
        self.again()
    }
    /// Makes the change again that was taken back last.
    ///
    /// # Errors
    /// Those of the page.
    pub fn redo(&mut self) -> Result<Ts<Status>, Refusal> {
        self.timeline_mut().map(Timeline::redo);
        self.again()
    }
    /// What was done so far; none where it cannot be run again.
    ///
    /// # Errors
    /// Never: texts can be handed over.
    pub fn changes(&self) -> Result<Option<Ts<Changes>>, Refusal> {
        let Some(scenario) = timeline::scenario(self.history.header()) else { return Ok(None) };
        let timeline = self.timeline.get().and_then(Option::as_ref);
        let changes = Changes {
            undo: timeline.is_some_and(Timeline::can_undo),
            redo: timeline.is_some_and(Timeline::can_redo),
            forked: timeline.is_some_and(|timeline| timeline.now().original.is_some()),
            interventions: interventions(scenario, &self.history),
        };
        Ok(Some(changes.into_ts()?))
    }
    /// What can be broken or mended at the moment that is shown.
    ///
    /// # Errors
    /// Never: texts can be handed over.
    pub fn things(&self) -> Result<Vec<Ts<Thing>>, Refusal> {
        let state = self.timeline().map(Timeline::now);
        let things = state.map(|state| breaking::things(&state.scenario, &self.history, self.moment));
        things.unwrap_or_default().iter().map(|thing| Ok(thing.into_ts()?)).collect()
    }
    /// The original of a fork as a figure of its own, which draws into five other elements; none where there is none.
    ///
    /// # Errors
    /// Those of the page.
    pub fn original(
        &self,
        head: Element,
        ladder: Element,
        now: Element,
        network: Element,
        stage: Element,
    ) -> Result<Option<Figure>, Refusal> {
        let original = self.timeline().and_then(|timeline| timeline.now().original.clone());
        let Some(scenario) = original else { return Ok(None) };
        let trace = run::simulate(&scenario)?;
        let run = Run { state: Some(State::of(scenario)), trace };
        let mut original =
            Figure::of(run, self.history.texts().clone(), [head, ladder, now, network, stage])?;
        original.hold_like(self)?;
        Ok(Some(original))
    }
    /// Finds where this run and its original part, and marks that in the ladders of both; none where they never do.
    ///
    /// # Errors
    /// Those of the page.
    pub fn compare(&mut self, original: &mut Figure) -> Result<Option<Ts<Parting>>, Refusal> {
        let parting = diff::parting(&original.history, &self.history);
        let [there, here] = parting.unwrap_or_default();
        self.ladder.part(&self.history, here)?;
        original.ladder.part(&original.history, there)?;
        if parting.is_none() {
            return Ok(None);
        }
        let at = |history: &History, n: Option<usize>| n.map(|n| history.events()[n].at);
        let times = at(&self.history, here).into_iter().chain(at(&original.history, there));
        let [fork, original] = fates([&self.history, &original.history], [here, there]);
        let parting = Parting {
            time: words::span(times.min().unwrap_or(Time::ZERO) - Time::ZERO),
            fork,
            original,
            event: here.map(|n| self.history.events()[n].n.to_string()),
        };
        Ok(Some(parting.into_ts()?))
    }
    /// Goes to the moment of another figure: to the same event as long as the runs are the same, later to the same time.
    ///
    /// # Errors
    /// Those of the page.
    pub fn follow(&mut self, other: &Figure) -> Result<Ts<Status>, Refusal> {
        let moment = same_moment(&self.history, &other.history, other.moment);
        self.go(moment)
    }
}

impl Figure {
    /// What was done to the run; none where it cannot be run again.
    pub(crate) fn timeline(&self) -> Option<&Timeline> {
        let recorded = || State::recorded(self.history.header()).map(Timeline::new);
        self.timeline.get_or_init(recorded).as_ref()
    }
    fn timeline_mut(&mut self) -> Option<&mut Timeline> {
        self.timeline();
        self.timeline.get_mut()?.as_mut()
    }
    fn state(&self) -> Result<&State, Refusal> {
        let state = self.timeline().map(Timeline::now);
        Ok(state.ok_or_else(|| "a recorded run cannot be changed".to_owned())?)
    }
    /// Shows the run of another state.
    pub(crate) fn change(&mut self, state: State, about: &str) -> Result<Ts<Status>, Refusal> {
        let trace = run::simulate(&state.scenario)?;
        if let Some(timeline) = self.timeline_mut() {
            timeline.go_on(state, about);
        }
        self.replace(trace)
    }
    /// Runs the scenario again that is the present one now.
    fn again(&mut self) -> Result<Ts<Status>, Refusal> {
        let trace = run::simulate(&self.state()?.scenario)?;
        self.replace(trace)
    }
}

/// Everything that somebody does, in the order of the scenario.
fn interventions(scenario: &Value, history: &History) -> Vec<Intervened> {
    let list = scenario["interventions"].as_array().into_iter().flatten();
    let at = |timed: &Value| timed["at"].as_str().and_then(|at| at.parse().ok());
    let list: Vec<Span> = list.map(|timed| at(timed).map_or(Span::ZERO, |Length(at)| at)).collect();
    let mut order: Vec<usize> = (0..list.len()).collect();
    sort_by_key(&mut order, |n| list[*n]);
    let is_done = |n: &usize| matches!(history.events()[*n].kind, Kind::Intervened { .. });
    let mut done = (0..history.events().len()).filter(is_done);
    let over = history.texts().of("The run is over before that.");
    let mut told: Vec<(usize, Intervened)> = Vec::new();
    for n in order {
        let event = done.next();
        let text = event.map_or_else(|| over.to_owned(), |n| story::sentence(history, n));
        let event = event.map(|n| history.events()[n].n.to_string());
        told.push((n, Intervened { time: words::span(list[n]), text, event }));
    }
    sort_by_key(&mut told, |(n, _)| *n);
    told.into_iter().map(|(_, told)| told).collect()
}

/// What happens in each of two runs where they part: where that is about a packet, what becomes of it in each.
fn fates(sides: [&History; 2], parts: [Option<usize>; 2]) -> [Option<String>; 2] {
    let packet = |(history, n): (&History, Option<usize>)| {
        n.and_then(|n| story::packet_of(history, n)).map(|journey| journey.packet.id)
    };
    let about = sides.into_iter().zip(parts).find_map(packet);
    let fate = |history: &History, part: Option<usize>| {
        let after = part.into_iter().flat_map(|part| part..history.events().len());
        let about_it = |n: &usize| about.is_some() && packet((history, Some(*n))) == about;
        let event = after.clone().find(about_it).or(part);
        event.map(|n| story::sentence(history, n))
    };
    [fate(sides[0], parts[0]), fate(sides[1], parts[1])]
}

/// The moment of `history` that is the same as one of another run.
fn same_moment(history: &History, other: &History, moment: Moment) -> Moment {
    if moment == other.end() {
        return history.end();
    }
    let [common, _] = diff::parting(history, other).unwrap_or_default();
    let is_told = |history: &History, n: usize| !matches!(history.events()[n].kind, Kind::Intervened { .. });
    let told = (0..moment.events).filter(|n| is_told(other, *n)).count();
    let mut places = (0..history.events().len()).filter(|n| is_told(history, *n));
    let place = told.checked_sub(1).map_or(Some(0), |last| places.nth(last).map(|n| n + 1));
    match place {
        Some(place) if common.is_none_or(|common| place <= common) => {
            Moment { time: moment.time, events: place }
        }
        _ => history.at(moment.time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sockscope_sim::presets;

    fn fork(action: &str) -> (Timeline, [History; 2]) {
        let mut timeline = Timeline::new(State::of(presets::text("tcp-upper").unwrap().parse().unwrap()));
        let history = |timeline: &Timeline| History::of(run::simulate(&timeline.now().scenario).unwrap());
        let original = history(&timeline);
        let packet = original.journeys()[3].packet.id.0.to_string();
        let timed = breaking::timed(&original, original.end(), action, &packet, "1s").unwrap();
        let state = timeline.now().intervened(timed);
        timeline.go_on(state, "");
        let fork = history(&timeline);
        (timeline, [original, fork])
    }

    #[test]
    fn the_interventions_of_a_run_are_told_in_its_words() {
        for (action, said) in [
            ("drop", "You drop"),
            ("delay", "by 1 s"),
            ("duplicate", "You duplicate"),
            ("corrupt", "You flip a bit"),
        ] {
            let (_, [_, fork]) = fork(action);
            let told = interventions(timeline::scenario(fork.header()).unwrap(), &fork);
            assert!(told.len() == 1 && told[0].text.contains(said) && told[0].event.is_some(), "{told:?}");
        }
    }

    #[test]
    fn where_runs_part_each_tells_what_became_of_the_packet() {
        let (_, [original, fork]) = fork("drop");
        let [there, here] = diff::parting(&original, &fork).unwrap();
        let [dropped, whole] = fates([&fork, &original], [here, there]).map(Option::unwrap_or_default);
        assert!(dropped.contains("dropped by you"), "{dropped}");
        assert!(whole.contains("reaches server"), "{whole}");
    }

    #[test]
    fn both_runs_are_at_the_same_event_until_they_part_and_at_the_same_time_after() {
        let (_, [original, fork]) = fork("drop");
        let [_, parts] = diff::parting(&original, &fork).unwrap();
        for events in 0..parts.unwrap() {
            let there = same_moment(&original, &fork, fork.after(events));
            let told =
                |history: &History, n: usize| n.checked_sub(1).map(|n| history.events()[n].kind.clone());
            if !matches!(told(&fork, events), Some(Kind::Intervened { .. })) {
                assert_eq!(told(&original, there.events), told(&fork, events), "after {events} events");
            }
        }
        let later = fork.after(parts.unwrap() + 3);
        assert_eq!(same_moment(&original, &fork, later).time, later.time);
        assert_eq!(same_moment(&original, &fork, fork.end()), original.end());
    }
}
