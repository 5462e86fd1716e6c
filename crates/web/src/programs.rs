//! The programs beside a figure, and where each of them stands.

use serde::Serialize;
use sockscope_core::collections::sort_by_key;
use sockscope_core::trace::Source;
use sockscope_view::history::{History, Moment, TaskLife};
use sockscope_view::program::{Doing, ProgramView, Variable};
use sockscope_view::texts::Texts;
use sockscope_view::words;
use tsify::Tsify;

/// The text of a program.
#[derive(Debug, Serialize, Tsify)]
pub struct ProgramText {
    /// Its name.
    pub name: String,
    /// Its text in Python.
    pub python: String,
    /// Its text in Rust.
    pub rust: String,
}

/// Where a program, or a thread of one, stands.
#[derive(Debug, PartialEq, Serialize, Tsify)]
pub struct TaskLine {
    /// Which text it executes: a place in the list of programs.
    pub pane: usize,
    /// What it is called where several execute the same text.
    pub name: String,
    /// Its line in Python, counted from 1; 0 where it has none.
    pub python: u16,
    /// Its line in Rust, counted from 1; 0 where it has none.
    pub rust: u16,
    /// Whether it does something.
    pub state: TaskState,
    /// What it does, in words.
    pub doing: String,
    /// What it printed so far.
    pub printed: Vec<String>,
    /// Its variables that have a value.
    pub variables: Vec<TaskVariable>,
}

/// A variable of a program.
#[derive(Debug, PartialEq, Serialize, Tsify)]
pub struct TaskVariable {
    /// Its name.
    pub name: String,
    /// Its value, as it would stand in a program.
    pub value: String,
    /// True where the last event gave it this value.
    pub new: bool,
}

/// Whether a program does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Tsify)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// It was the last to be answered, or is about to be.
    Runs,
    /// It is blocked in a call.
    Waits,
    /// It is over.
    Ended,
}

/// The texts of all programs of a run, in the order of the hosts in the pictures.
pub(crate) fn texts(history: &History) -> Vec<ProgramText> {
    let text = |name: &str| {
        let source = history.header().sources.iter().find(|source| source.program == name);
        let of = |text: fn(&Source) -> &String| {
            source.map_or(String::new(), |source| told(history.texts(), text(source)))
        };
        ProgramText { name: name.to_owned(), python: of(|it| &it.python), rust: of(|it| &it.rust) }
    };
    panes(history).into_iter().map(text).collect()
}

/// A program's text, its comments in the reader's language.
fn told(texts: &Texts, source: &str) -> String {
    let line =
        |line: &str| match ["# ", "// "].into_iter().find_map(|mark| Some(line.find(mark)? + mark.len())) {
            Some(comment) => line[..comment].to_owned() + texts.of(&line[comment..]),
            None => line.to_owned(),
        };
    source.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// The names of all programs: those that have a text, and those that have none because they were watched.
pub(crate) fn panes(history: &History) -> Vec<&str> {
    let mut names: Vec<&str> = history.header().sources.iter().map(|it| it.program.as_str()).collect();
    for task in history.tasks() {
        if !names.contains(&task.program.as_str()) {
            names.push(&task.program);
        }
    }
    let host = |name: &&str| history.tasks().iter().filter(|it| it.program == *name).map(|it| it.node).min();
    sort_by_key(&mut names, host);
    names
}

/// Where every program that has begun stands.
pub(crate) fn lines(history: &History, moment: Moment) -> Vec<TaskLine> {
    let panes = panes(history);
    let begun = history.tasks().iter().filter(|task| task.started < moment.events);
    begun.filter_map(|task| line(history, &panes, task, moment)).collect()
}

fn line(history: &History, panes: &[&str], task: &TaskLife, moment: Moment) -> Option<TaskLine> {
    let pane = panes.iter().position(|name| *name == task.program)?;
    let texts = history.texts();
    let view = ProgramView::new(history, task, moment);
    let (state, doing) = match view.doing {
        Doing::NotStarted => return None,
        Doing::Ended { code } => (TaskState::Ended, ended(texts, code)),
        // A call that is answered in the same instant does not block, though its answer is an event later.
        Doing::Blocked { span } if !span.is_zero() => {
            (TaskState::Waits, texts.tell("blocked for {span} in {call}", &[&words::span(span), &view.call]))
        }
        Doing::Blocked { .. } | Doing::Running => (TaskState::Runs, view.call),
    };
    let printed = view.printed.into_iter().map(|line| line.text).collect();
    let (python, rust) = (view.line.python, view.line.rust);
    let variable = |Variable { name, value, new }| TaskVariable { name, value, new };
    let variables = view.variables.into_iter().map(variable).collect();
    Some(TaskLine { pane, name: name(history, task), python, rust, state, doing, printed, variables })
}

fn ended(texts: &Texts, code: u8) -> String {
    match code {
        0 => texts.of("finished").to_owned(),
        // As shells say it: a signal ended it.
        129.. => texts.of("stopped").to_owned(),
        _ => texts.tell("failed with exit code {code}", &[&code]),
    }
}

/// The host's name; threads are counted, and so is what a host runs more than once.
fn name(history: &History, task: &TaskLife) -> String {
    let host = history.name(task.node);
    let Some(parent) = task.parent else {
        let same = |other: &&TaskLife| {
            (other.node, &other.program, other.parent) == (task.node, &task.program, None)
        };
        let all = history.tasks().iter().filter(same);
        let number = all.clone().take_while(|other| other.task != task.task).count() + 1;
        return if all.count() > 1 { format!("{host} ({number})") } else { host.to_owned() };
    };
    let siblings = history.tasks().iter().filter(|other| other.parent == Some(parent));
    let number = siblings.take_while(|other| other.task != task.task).count() + 1;
    history.texts().tell("{host}, thread {n}", &[&host, &number])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_one_host_that_run_the_same_text_are_told_apart() {
        let scenario = r#"{
            "title": "Two clients of one host",
            "hosts": [{ "name": "clients" }, { "name": "server" }],
            "links": [{ "between": ["clients", "server"] }],
            "programs": [
                { "host": "server", "program": "udp-upper-server" },
                { "host": "clients", "program": "udp-upper-client" },
                { "host": "clients", "program": "udp-upper-client" }
            ]
        }"#;
        let history = History::of(crate::run::simulate(&scenario.parse().unwrap()).unwrap());
        let names = lines(&history, history.end()).into_iter().map(|line| line.name);
        assert_eq!(names.collect::<Vec<_>>(), ["server", "clients (1)", "clients (2)"]);
    }
}
