//! A program at a moment: the line that runs or waits, its variables, and what it printed.

use crate::history::{History, Moment, TaskLife, Value};
use crate::texts::Texts;
use crate::words;
use serde::Serialize;
use sockscope_core::collections::sort_by_key;
use sockscope_core::program::{Call, Notice};
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::{SourceStep, Task};

/// A program, or a thread of one, at a moment.
///
/// ```
/// # use sockscope_sim::{Scenario, World, presets};
/// # let scenario: Scenario = presets::text("udp-upper").unwrap().parse().unwrap();
/// # let mut world = World::new(&scenario).unwrap();
/// # world.run();
/// # let trace = world.trace();
/// use sockscope_view::{history::History, program::{Doing, ProgramView}};
/// let history = History::of(trace);
/// let views = ProgramView::all(&history, history.end());
/// let server = views.iter().find(|view| view.host == "server").unwrap();
/// assert!(matches!(server.doing, Doing::Blocked { .. }), "a server waits for the next client");
/// let source = history.source(&server.program).unwrap();
/// assert!(source.python.lines().nth(usize::from(server.line.python) - 1).unwrap().contains("recvfrom"));
/// assert!(server.variables.iter().any(|it| it.name == "message" && it.value == "'hello'"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProgramView {
    /// The task.
    pub task: Task,
    /// Its program's name.
    pub program: String,
    /// Its host's name.
    pub host: String,
    /// The line of its [source](History::source) that it is at, counted from 1; 0 where it is at none.
    pub line: SourceStep,
    /// What it is doing.
    pub doing: Doing,
    /// The call that it is at, as it stands in the program, with its outcome once it is known.
    pub call: String,
    /// What it printed so far.
    pub printed: Vec<Printed>,
    /// Its variables that have a value, in the order in which they got their first.
    pub variables: Vec<Variable>,
}

/// A variable of a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value, as it would stand in a program.
    pub value: String,
    /// True where the last event gave it this value.
    pub new: bool,
}

/// What a program is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// It has not begun.
    NotStarted,
    /// It runs: its last call is done.
    Running,
    /// It waits in a call, so long already.
    Blocked {
        /// How long.
        span: Span,
    },
    /// It has ended.
    Ended {
        /// 0 where all went well.
        code: u8,
    },
}

/// A line that was printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Printed {
    /// When.
    pub at: Time,
    /// The line.
    pub text: String,
}

impl ProgramView {
    /// Every program and thread at a moment, those to come included.
    pub fn all(history: &History, moment: Moment) -> Vec<ProgramView> {
        history.tasks().iter().map(|task| ProgramView::new(history, task, moment)).collect()
    }

    /// A program at a moment.
    pub fn new(history: &History, task: &TaskLife, moment: Moment) -> ProgramView {
        let source = history.source(&task.program);
        let call = task.call(moment.events);
        let outcome = call.and_then(|call| call.outcome.as_ref()).filter(|end| end.event < moment.events);
        let ended = task.exited.filter(|(n, _)| *n < moment.events);
        let step =
            call.filter(|_| ended.is_none()).and_then(|call| source?.steps.get(usize::from(call.step)));
        let doing = match (ended, call) {
            _ if task.started >= moment.events => Doing::NotStarted,
            (Some((_, code)), _) => Doing::Ended { code },
            (None, Some(call)) if outcome.is_none() => Doing::Blocked { span: moment.time.since(call.at) },
            (None, _) => Doing::Running,
        };
        let text = call.map_or(String::new(), |call| words::call(history.texts(), &call.call)[0].clone());
        let result = outcome.map_or(String::new(), |end| words::notice(history.texts(), &end.notice));
        ProgramView {
            task: task.task,
            program: task.program.clone(),
            host: history.name(task.node).to_owned(),
            line: step.cloned().unwrap_or_default(),
            doing,
            call: if result.is_empty() { text } else { format!("{text} → {result}") },
            printed: printed(task, moment),
            variables: variables(history.texts(), task, moment),
        }
    }
}

/// The variables of a task at a moment.
fn variables(texts: &Texts, task: &TaskLife, moment: Moment) -> Vec<Variable> {
    let text = |value: &Value| match value {
        Value::Socket(fd) => format!("fd {fd}"),
        Value::Address(address) => address.to_string(),
        Value::Data { len, first } if *len > 24 => {
            texts.tell("{shown} {n} bytes", &[&words::quote(first, 12), len])
        }
        Value::Data { first, .. } => words::quote(first, 24),
        Value::Text(text) => text.clone(),
    };
    let held =
        task.variables.iter().filter_map(|(name, held)| Some((name, held.latest(moment.events)?, held)));
    let mut held: Vec<_> = held.collect();
    sort_by_key(&mut held, |(.., held)| held.iter().next().map(|(n, _)| n));
    let variable = |(name, (n, value), _): (&String, (usize, &Value), _)| Variable {
        name: name.clone(),
        value: text(value),
        new: n + 1 == moment.events && n > task.started,
    };
    held.into_iter().map(variable).collect()
}

/// The lines that a task printed so far.
pub fn printed(task: &TaskLife, moment: Moment) -> Vec<Printed> {
    let calls = task.calls.iter().take_while(|call| call.event < moment.events);
    let line = |call: &crate::history::CallLife| match (&call.call, &call.outcome) {
        (_, Some(end)) if matches!(end.notice, Notice::Failed(_)) => None,
        (Call::Print { text }, _) => Some(Printed { at: call.at, text: text.clone() }),
        _ => None,
    };
    calls.filter_map(line).collect()
}
