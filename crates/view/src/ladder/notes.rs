//! What stands beside the lanes: calls with their outcome, printed lines, discarded packets.

use super::axis::LINE;
use super::labels::Area;
use super::lanes::{Column, Lanes};
use crate::history::{CallEnd, CallLife, History, TaskLife};
use crate::metrics;
use crate::texts::Texts;
use crate::words;
use sockscope_core::program::{Call, Notice};
use sockscope_core::time::Time;

/// Text in the column of a group, at the height of an event.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub(super) at: Time,
    pub(super) n: usize,
    pub(super) column: Column,
    pub(super) lane: usize,
    pub(super) lines: Vec<String>,
    pub(super) class: &'static str,
}

/// The time that a call took, beside its lane.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) lane: usize,
    pub(super) from: (Time, usize),
    pub(super) to: Option<(Time, usize)>,
    pub(super) title: String,
    /// So many calls, one right after the other.
    pub(super) calls: usize,
}

impl Note {
    /// The box around its text, where that lies over a way.
    pub(super) fn area(&self, y: f64) -> Option<Area> {
        let width = self.lines.iter().map(|line| width(line, true)).fold(0.0, f64::max);
        let Column { x, side, over, .. } = self.column;
        let (near, far) = (x + side, x + side * (width + 8.0));
        let bottom = y + LINE * (self.lines.len() as f64 - 0.5);
        over.then(|| Area { left: near.min(far), right: near.max(far), top: y - LINE / 2.0, bottom })
    }
}

/// Size of the text in columns.
pub(super) const fn size(small: bool) -> f64 {
    if small { 10.0 } else { 11.0 }
}

/// Notes and blocks of every call.
pub(super) fn calls(history: &History, lanes: &Lanes) -> (Vec<Note>, Vec<Block>) {
    let (mut notes, mut blocks) = (Vec::new(), Vec::new());
    for task in history.tasks() {
        let mut lane = first_lane(history, lanes, task);
        for call in &task.calls {
            let own = call.sock.and_then(|sock| lanes.of(task.node, Some(sock)));
            if own.is_none() && call.sock.is_some() && lanes.focused {
                continue;
            }
            lane = own.or(lane);
            let Some(lane) = lane else { continue };
            if matches!(call.call, Call::Exit { code: 0 }) {
                continue;
            }
            notes.extend(notes_of(history.texts(), call, lane, lanes));
            if call.waited() {
                let to = call.outcome.as_ref().map(|end| (end.at, end.event));
                blocks.push(Block {
                    lane,
                    from: (call.at, call.event),
                    to,
                    title: title(history.texts(), call),
                    calls: 1,
                });
            }
        }
    }
    notes.extend(discards(history, lanes));
    (notes, blocks)
}

/// The lane of a task before it has a socket: that of the first it will have.
fn first_lane(history: &History, lanes: &Lanes, task: &TaskLife) -> Option<usize> {
    let sock = task.calls.iter().find_map(|call| call.sock);
    lanes.of(task.node, sock.filter(|sock| history.socket(task.node, *sock).is_some()))
}

fn title(texts: &Texts, call: &CallLife) -> String {
    let [text, _] = words::call(texts, &call.call);
    match &call.outcome {
        None => texts.tell("{call}: still blocked", &[&text]),
        Some(end) => {
            let span = words::span(end.at - call.at);
            let outcome = words::notice(texts, &end.notice);
            let arrow = if outcome.is_empty() { "" } else { " → " };
            texts.tell("{call}: blocked for {span}", &[&text, &span]) + arrow + &outcome
        }
    }
}

fn notes_of(texts: &Texts, call: &CallLife, lane: usize, lanes: &Lanes) -> Vec<Note> {
    let group = lanes.group(lane);
    let Some(column) = lanes.column(group) else { return Vec::new() };
    let small = lanes.narrow || column.over;
    let note =
        |at, n, said: &[String], class| Note { at, n, column, lane, lines: wrap(said, column, small), class };
    let names = names(texts, call, small);
    let asked = |said: &[String], class| note(call.at, call.event, said, class);
    let waiting = || asked(&names.iter().map(|text| format!("{text}\u{a0}…")).collect::<Vec<_>>(), "code");
    let mut notes = match (&call.call, &call.outcome) {
        (Call::Print { .. }, _) => vec![asked(&names[1..], "code print")],
        (Call::Exit { .. }, _) => vec![asked(&names, "code failed")],
        (_, None) => vec![waiting()],
        (_, Some(end)) => {
            let outcomes = outcomes(texts, &end.notice);
            let class = if matches!(end.notice, Notice::Failed(_)) { "code failed" } else { "code" };
            match call.waited() {
                false => {
                    let told = |text: &String| -> Vec<String> {
                        outcomes.iter().map(|outcome| format!("{text} {outcome}")).collect()
                    };
                    let whole: Vec<String> = names.iter().flat_map(told).collect();
                    vec![asked(if outcomes.is_empty() { &names } else { &whole }, class)]
                }
                true => vec![waiting(), note(end.at, end.event, &ended(texts, call, end, outcomes), class)],
            }
        }
    };
    notes.retain(|note| !column.over || note.class != "code");
    notes
}

/// A call in words, longest first; in a narrow column the bare name may have to do.
fn names(texts: &Texts, call: &CallLife, small: bool) -> Vec<String> {
    let mut names = Vec::from(words::call(texts, &call.call));
    names.extend(names[1].strip_suffix("()").filter(|_| small).map(str::to_owned));
    names
}

/// The outcome of a call that waited, longest first.
fn ended(texts: &Texts, call: &CallLife, end: &CallEnd, mut outcomes: Vec<String>) -> Vec<String> {
    if outcomes.is_empty() {
        outcomes.push(bound(texts.of("done")));
    }
    let after = texts.tell("after {span}", &[&words::span(end.at - call.at)]).replace(' ', "\u{a0}");
    outcomes.insert(0, format!("{} {after}", outcomes[0]));
    outcomes
}

/// What a call returned, longest first: of bytes a few will do. Nothing where there is nothing to say.
fn outcomes(texts: &Texts, notice: &Notice) -> Vec<String> {
    match notice {
        Notice::Received(data) | Notice::ReceivedFrom { data, .. } if !data.is_empty() => {
            [16, 12, 8, 4].map(|most| bound(&words::quote(data, most))).into()
        }
        notice => Some(words::notice(texts, notice))
            .filter(|text| !text.is_empty())
            .iter()
            .map(|text| bound(text))
            .collect(),
    }
}

/// An outcome, in one piece where lines are broken.
fn bound(outcome: &str) -> String {
    format!("→ {outcome}").replace(' ', "\u{a0}")
}

/// The first of `texts` that fits the column, in two lines at most; else the last one, broken where it must be.
fn wrap(texts: &[String], column: Column, small: bool) -> Vec<String> {
    let measure = |text: &str| width(text, small);
    let two = |text: &String| {
        let spaces = text.match_indices(' ').map(|(i, _)| text.split_at(i));
        let mut splits = spaces.map(|(first, second)| [first.to_owned(), second[1..].to_owned()]);
        splits.rfind(|lines| lines.iter().all(|line| measure(line) <= column.width)).map(Vec::from)
    };
    let whole = |text: &String| (measure(text) <= column.width).then(|| vec![text.clone()]);
    let broken = |text: &String| {
        let ends = text.char_indices().map(|(i, c)| i + c.len_utf8());
        let fit = ends.take_while(|end| measure(&text[..*end]) <= column.width).last()?;
        // Between words, or as in ECONN-REFUSED and getaddr-info: where a reader would break them.
        let syllables = ["ECONN", "getaddr", "getsock", "setsock"].into_iter();
        let ends = syllables.filter_map(|syllable| Some(text.find(syllable)? + syllable.len()));
        let syllable = ends.filter(|at| *at <= fit).max();
        let (first, second) = text.split_at(text[..fit].rfind(' ').or(syllable).unwrap_or(fit));
        let second = second.trim_start();
        Some(vec![first.to_owned(), metrics::fit(second, column.width, measure)])
    };
    let fitting = texts.iter().find_map(|text| whole(text).or_else(|| two(text)));
    fitting.or_else(|| texts.last().and_then(broken)).unwrap_or_default()
}

/// Width of a line in a column.
fn width(text: &str, small: bool) -> f64 {
    if small { metrics::sans(text, size(small)) } else { metrics::mono(text, size(small)) }
}

/// A note where a host threw a packet away.
fn discards(history: &History, lanes: &Lanes) -> Vec<Note> {
    let mut notes = Vec::new();
    for arrival in history.journeys().iter().flat_map(|journey| &journey.arrivals) {
        let Some(((n, why), lane)) = arrival.discarded.zip(lanes.of(arrival.node, arrival.sock)) else {
            continue;
        };
        let group = lanes.group(lane);
        let Some(column) = lanes.column(group) else { continue };
        let lines = wrap(
            &[format!("✕ {}", words::discard(history.texts(), why))],
            column,
            lanes.narrow || column.over,
        );
        notes.push(Note { at: arrival.at, n, column, lane, lines, class: "code failed" });
    }
    notes
}
