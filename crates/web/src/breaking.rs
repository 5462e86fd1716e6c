//! What can be broken in a run at a moment, and the interventions that break it.

use serde::Serialize;
use sockscope_core::collections::{sort, sort_by_key};
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::NodeKind;
use sockscope_sim::Scenario;
use sockscope_sim::impairment::Knobs;
use sockscope_sim::scenario::{Action, Timed};
use sockscope_sim::units::Length;
use sockscope_view::history::{History, Moment, TaskLife};
use tsify::Tsify;

/// A link, a host or a program, and what can be done to it at a moment.
#[derive(Debug, PartialEq, Serialize, Tsify)]
pub struct Thing {
    /// `link`, `node` or `program`.
    pub kind: &'static str,
    /// What [`Figure::intervene`](crate::Figure::intervene) calls it.
    pub target: String,
    /// Its name.
    pub name: String,
    /// What can be done, in the words of scenario files.
    pub actions: Vec<&'static str>,
}

/// Everything that can be broken or mended at a moment.
pub(crate) fn things(scenario: &Scenario, history: &History, moment: Moment) -> Vec<Thing> {
    let state = Broken::at(scenario, history, moment.time);
    let header = history.header();
    let mut things = Vec::new();
    for (n, link) in header.links.iter().enumerate() {
        let [a, b] = [link.a, link.b].map(|node| header.nodes[usize::from(node)].name.clone());
        let mut actions = vec![if state.cut[n] { "mend" } else { "cut" }];
        if scenario.links.get(n).is_some_and(is_rough) && !state.calm[n] {
            actions.push("calm");
        }
        things.push(Thing { kind: "link", target: n.to_string(), name: format!("{a} – {b}"), actions });
    }
    for (n, node) in header.nodes.iter().enumerate() {
        let links = || (0..header.links.len()).filter(|link| touches(history, *link, n));
        let mut actions = Vec::new();
        if links().next().is_some() {
            actions.push(if links().all(|link| state.cut[link]) { "plug" } else { "unplug" });
        }
        if node.kind == NodeKind::Host && !state.crashed[n] {
            actions.push("crash");
        }
        things.push(Thing { kind: "node", target: n.to_string(), name: node.name.clone(), actions });
        let running = programs(history, moment, n).into_iter().filter(|_| !state.crashed[n]);
        things.extend(running.map(|program| Thing {
            kind: "program",
            target: format!("{n}/{program}"),
            name: program.to_owned(),
            actions: vec!["kill", "slow"],
        }));
    }
    things
}

/// The programs of a node that have not ended, by name.
fn programs(history: &History, moment: Moment, node: usize) -> Vec<&str> {
    let lives = |task: &&TaskLife| task.exited.is_none_or(|(n, _)| n >= moment.events);
    let here = history.tasks().iter().filter(|task| usize::from(task.node.0) == node);
    let mut names: Vec<&str> = here.filter(lives).map(|task| task.program.as_str()).collect();
    sort(&mut names);
    names.dedup();
    names
}

fn touches(history: &History, link: usize, node: usize) -> bool {
    let link = &history.header().links[link];
    [link.a, link.b].map(usize::from).contains(&node)
}

/// Whether a link has a fault that can be switched off.
fn is_rough(link: &sockscope_sim::scenario::Link) -> bool {
    [&link.there, &link.back].into_iter().any(|way| {
        let calm = Knobs { delay: way.delay.or(link.both.delay), ..Knobs::default() }.over(&Knobs::default());
        let it = way.over(&link.both);
        (it.jitter, it.loss, it.duplicate, it.reorder, it.corrupt)
            != (calm.jitter, calm.loss, calm.duplicate, calm.reorder, calm.corrupt)
    })
}

/// What is broken at a time.
struct Broken {
    cut: Vec<bool>,
    calm: Vec<bool>,
    crashed: Vec<bool>,
}

impl Broken {
    fn at(scenario: &Scenario, history: &History, time: Time) -> Broken {
        let header = history.header();
        let (links, nodes) = (header.links.len(), header.nodes.len());
        let mut broken =
            Broken { cut: vec![false; links], calm: vec![false; links], crashed: vec![false; nodes] };
        let mut past: Vec<&Timed> =
            scenario.interventions.iter().filter(|timed| Time::ZERO + timed.at.0 <= time).collect();
        sort_by_key(&mut past, |timed| timed.at.0);
        let node = |name: &String| header.nodes.iter().position(|node| node.name == *name);
        let joins = |between: &[String; 2]| {
            let ends = between.each_ref().map(node);
            (0..links).find(|link| ends.iter().flatten().all(|end| touches(history, *link, *end)))
        };
        for timed in past {
            match &timed.action {
                Action::Cut { between } => {
                    joins(between).into_iter().for_each(|link| broken.cut[link] = true)
                }
                Action::Mend { between } => {
                    joins(between).into_iter().for_each(|link| broken.cut[link] = false)
                }
                Action::Calm { between } => {
                    joins(between).into_iter().for_each(|link| broken.calm[link] = true)
                }
                Action::Unplug { host } | Action::Plug { host } => {
                    let cut = matches!(timed.action, Action::Unplug { .. });
                    let ours = |link: &usize| node(host).is_some_and(|node| touches(history, *link, node));
                    (0..links).filter(ours).for_each(|link| broken.cut[link] = cut);
                }
                Action::Crash { host } => node(host).into_iter().for_each(|node| broken.crashed[node] = true),
                _ => {}
            }
        }
        broken
    }
}

/// An intervention: an action in the words of scenario files, on a packet, a link, a node or a program. What is done to a
/// packet is done when it is sent; anything else right after the moment.
///
/// # Errors
/// What is wrong, with the remedy.
pub(crate) fn timed(
    history: &History,
    moment: Moment,
    action: &str,
    target: &str,
    by: &str,
) -> Result<Timed, String> {
    let unknown = || format!("there is no {target} to {action} in this run");
    let now = match moment.events {
        0 => moment.time - Time::ZERO,
        // What happened at this very time has happened.
        _ => moment.time - Time::ZERO + Span::from_micros(1),
    };
    let node = |n: usize| history.header().nodes.get(n).map(|node| node.name.clone()).ok_or_else(unknown);
    let (at, action) = match action {
        "drop" | "delay" | "duplicate" | "corrupt" => {
            let mut journeys = history.journeys().iter();
            let journey = journeys.find(|it| it.packet.id.0.to_string() == target).ok_or_else(unknown)?;
            let id = journey.packet.id.0;
            (journey.at - Time::ZERO, on_packet(action, node((id >> 32) as usize)?, id as u32, by)?)
        }
        "cut" | "mend" | "calm" => {
            let link = target.parse().ok().and_then(|n: usize| history.header().links.get(n));
            let link = link.ok_or_else(unknown)?;
            let between = [node(link.a.into())?, node(link.b.into())?];
            let action = match action {
                "cut" => Action::Cut { between },
                "mend" => Action::Mend { between },
                _ => Action::Calm { between },
            };
            (now, action)
        }
        _ => {
            let (n, program) = target.split_once('/').unwrap_or((target, ""));
            let host = node(n.parse().map_err(|_| unknown())?)?;
            let program = program.to_owned();
            let action = match action {
                "unplug" => Action::Unplug { host },
                "plug" => Action::Plug { host },
                "crash" => Action::Crash { host },
                "kill" => Action::Kill { host, program },
                "slow" => Action::Slow { host, program, by: length(by)? },
                _ => return Err(format!("nothing can be done that is called {action}")),
            };
            (now, action)
        }
    };
    Ok(Timed { at: Length(at), action })
}

fn on_packet(action: &str, host: String, packet: u32, by: &str) -> Result<Action, String> {
    Ok(match action {
        "drop" => Action::Drop { host, packet },
        "delay" => Action::Delay { host, packet, by: length(by)? },
        "duplicate" => Action::Duplicate { host, packet },
        _ => Action::Corrupt { host, packet },
    })
}

/// A length of time as it is typed: a bare number is milliseconds.
fn length(text: &str) -> Result<Length, String> {
    let text = text.trim();
    let bare = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if bare { format!("{text}ms").parse() } else { text.parse() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sockscope_sim::presets;

    fn preset(name: &str) -> (Scenario, History) {
        let scenario: Scenario = presets::text(name).unwrap().parse().unwrap();
        let history = History::of(crate::run::simulate(&scenario).unwrap());
        (scenario, history)
    }
    fn actions(things: &[Thing], name: &str) -> Vec<&'static str> {
        things.iter().find(|thing| thing.name == name).map(|thing| thing.actions.clone()).unwrap_or_default()
    }

    #[test]
    fn everything_can_be_broken_and_what_is_broken_mended() {
        let (mut scenario, history) = preset("tcp-upper");
        let moment = history.after(20);
        let whole = things(&scenario, &history, moment);
        assert_eq!(actions(&whole, "client – server"), ["cut"]);
        assert_eq!(actions(&whole, "server"), ["unplug", "crash"]);
        assert_eq!(actions(&whole, "tcp-upper-server"), ["kill", "slow"]);
        for (action, target, by) in [
            ("cut", "0", ""),
            ("crash", "1", ""),
            ("kill", "0/tcp-upper-client", ""),
            ("slow", "0/tcp-upper-client", "1.5s"),
        ] {
            scenario.interventions.push(timed(&history, moment, action, target, by).unwrap());
        }
        let history = History::of(crate::run::simulate(&scenario).unwrap());
        let broken = things(&scenario, &history, history.end());
        assert_eq!(actions(&broken, "client – server"), ["mend"]);
        assert_eq!(actions(&broken, "server"), ["plug"]);
        assert_eq!(actions(&broken, "tcp-upper-server"), [""; 0]);
    }

    #[test]
    fn a_bare_number_is_milliseconds_and_nonsense_is_refused_with_the_remedy() {
        let (_, history) = preset("udp-upper");
        let packet = history.journeys()[0].packet.id.0.to_string();
        let delay = |by| timed(&history, history.end(), "delay", &packet, by);
        assert_eq!(delay("7").unwrap(), delay("7ms").unwrap());
        assert!(delay("soon").unwrap_err().contains("\"soon\" is not a length of time"));
        assert!(timed(&history, history.end(), "drop", "99", "").is_err());
        assert!(timed(&history, history.end(), "crash", "9", "").is_err());
        assert!(timed(&history, history.end(), "explode", "0", "").is_err());
    }

    #[test]
    fn the_faults_of_a_rough_link_can_be_switched_off() {
        let (scenario, history) = preset("lossy-transfer");
        let things = things(&scenario, &history, history.after(0));
        let link = things.iter().find(|thing| thing.kind == "link").unwrap();
        assert_eq!(link.actions, ["cut", "calm"]);
    }
}
