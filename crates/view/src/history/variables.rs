//! The variables of programs: what their sources say that steps keep, with what calls returned.

use super::{Changes, History, TaskLife, Value};
use sockscope_core::collections::BTreeMap;
use sockscope_core::program::Notice;
use sockscope_core::trace::{Header, Node, Source};

impl History {
    /// The source text of a program.
    pub fn source(&self, program: &str) -> Option<&Source> {
        self.header.sources.iter().find(|source| source.program == program)
    }

    /// The variables that a task begins with: those of its parent, or its arguments.
    pub(super) fn first_variables(&self, n: usize, task: &TaskLife) -> BTreeMap<String, Changes<Value>> {
        let begin = |(name, value)| (name, Changes::from((n, value)));
        if let Some(parent) = task.parent.and_then(|parent| self.task(parent)) {
            let known =
                parent.variables.iter().filter_map(|(name, held)| Some((name.clone(), held.last()?.clone())));
            return known.map(begin).collect();
        }
        let Some(source) = self.source(&task.program) else { return BTreeMap::new() };
        let alike = |other: &&TaskLife| {
            other.parent.is_none() && other.node == task.node && other.program == task.program
        };
        let given =
            arguments(&self.header, task.node, &task.program, self.tasks.iter().filter(alike).count());
        let value = |(name, default): &(String, serde_json::Value)| {
            let value = given.and_then(|given| given.get(name)).unwrap_or(default);
            (name.clone(), Value::Text(literal(value)))
        };
        source.parameters.iter().map(value).map(begin).collect()
    }

    /// Event `n` answers the last call of the task at a place: keeps what it returns.
    pub(super) fn keep(&mut self, n: usize, task: usize, notice: &Notice) {
        let life = &self.tasks[task];
        let step =
            life.calls.last().and_then(|call| self.source(&life.program)?.steps.get(usize::from(call.step)));
        let Some((names, joins)) = step.map(|step| (step.into.clone(), step.joins)) else { return };
        let life = &mut self.tasks[task];
        for (name, value) in names.into_iter().zip(Value::of(notice).into_iter().flatten()) {
            let held = life.variables.get(&name).and_then(Changes::last);
            let before = joins.and_then(|joins| life.joined(joins)).and(held);
            let value = match (before, value) {
                (Some(Value::Data { len: before, first }), Value::Data { len, .. }) => {
                    Value::Data { len: before + len, first: first.clone() }
                }
                (_, value) => value,
            };
            life.variables.entry(name).or_default().set(n, value);
        }
    }
}

/// The arguments of a program of a host: of several that are alike there the one that began as number `which`.
fn arguments<'a>(
    header: &'a Header,
    node: Node,
    program: &str,
    which: usize,
) -> Option<&'a serde_json::Value> {
    let named =
        |spec: &&serde_json::Value| spec.get("program").and_then(|name| name.as_str()) == Some(program);
    let place = usize::from(node.0);
    let native = header.programs.get(place).filter(named);
    let host = header.nodes.get(place).map(|node| node.name.as_str());
    let here = |spec: &&serde_json::Value| spec.get("host").and_then(|name| name.as_str()) == host;
    let scenario = header.scenario.as_ref().and_then(|scenario| scenario.get("programs")?.as_array());
    let simulated = scenario.into_iter().flatten().filter(here).filter(named).nth(which);
    native.or(simulated)?.get("args")
}

/// An argument as it stands in a program.
fn literal(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => crate::words::quote(text.as_bytes(), 40),
        other => other.to_string(),
    }
}
