//! Steps become code: one flat list with jumps, in which nothing can go wrong that could have been seen before.

use crate::ProgramError;
use crate::act::Act;
use crate::expression::Expression;
use crate::step::{Control, Step};
use crate::template::is_name;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sockscope_core::collections::BTreeMap;
use sockscope_core::errno::Errno;
use sockscope_core::program::Family;
use std::ops::Range;

/// One line of code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) op: Op,
    /// The step that the line is of: its place in [`Code::marks`].
    pub(crate) step: u16,
    /// Where the program goes on when the call fails with one of these errors; the innermost `try` first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) catch: Vec<(Errno, usize)>,
}

/// What a line does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Op {
    /// Makes a call, and goes on with the next line when it is done.
    Act(Act),
    /// Makes a thread that starts at the next line, and goes on at another.
    Spawn { name: String, next: usize },
    /// Goes on at another line.
    Jump(usize),
    /// Goes on with the next line if the two are equal, otherwise at another.
    Unless { equal: (Expression, Expression), next: usize },
    /// Goes on with the next line so many times, then at another.
    Count { counter: usize, times: u32, next: usize },
    /// Sets a counter to zero.
    Reset { counter: usize },
}

/// What a list of steps becomes.
#[derive(Debug, Default)]
pub(crate) struct Code {
    pub(crate) lines: Vec<Line>,
    /// How many counters the loops need.
    pub(crate) counters: usize,
    /// For each step that makes a call, its mark in the source text.
    pub(crate) marks: Vec<Option<String>>,
}

impl Code {
    /// Every socket that the code makes is of this family.
    pub(crate) fn speak(&mut self, of: Family) {
        for line in &mut self.lines {
            if let Op::Act(Act::Socket { family, .. }) = &mut line.op {
                *family = of;
            }
        }
    }
}

/// What is known at one point of the program, on whichever way it came there.
#[derive(Clone, Debug, Default)]
struct Known {
    /// The variables that have a value.
    variables: BTreeMap<String, Type>,
    /// Whether a call was made since the innermost loop began its round.
    called: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Socket,
    /// Bytes, or an address: what a text can hold.
    Data,
}

/// Nothing where no way leads to the point.
type Flow = Option<Known>;

/// What is known where two ways meet.
fn meet(a: Flow, b: Flow) -> Flow {
    match (a, b) {
        (Some(mut a), Some(b)) => {
            a.variables.retain(|name, kind| b.variables.get(name) == Some(kind));
            a.called &= b.called;
            Some(a)
        }
        (a, b) => a.or(b),
    }
}

/// A loop that is being compiled.
#[derive(Debug, Default)]
struct Loop {
    /// The jumps that leave it.
    breaks: Vec<usize>,
    /// What is known at all of them.
    flow: Flow,
}

#[derive(Debug, Default)]
struct Compiler {
    code: Code,
    flow: Flow,
    loops: Vec<Loop>,
    /// The lines of threads: what is outside of a thread does not catch its errors.
    threads: Vec<Range<usize>>,
}

/// The most steps that a program may have: more than any reader would follow.
const MOST_STEPS: usize = 10_000;

/// Flattens and checks steps.
pub(crate) fn compile(steps: &[Json]) -> Result<Code, ProgramError> {
    let mut compiler = Compiler { flow: Some(Known::default()), ..Compiler::default() };
    compiler.steps(steps, "steps")?;
    compiler.finish();
    Ok(compiler.code)
}

impl Compiler {
    fn steps(&mut self, steps: &[Json], place: &str) -> Result<(), ProgramError> {
        steps.iter().enumerate().try_for_each(|(i, step)| self.step(step, &format!("{place}[{i}]")))
    }

    fn step(&mut self, json: &Json, place: &str) -> Result<(), ProgramError> {
        if self.flow.is_none() {
            return Err(ProgramError::new(place, "this step is never reached: take it out"));
        }
        if self.code.marks.len() >= MOST_STEPS {
            return Err(ProgramError::new(place, format!("a program has at most {MOST_STEPS} steps")));
        }
        let (place, mark, step) = Step::read(json, place)?;
        match step {
            Step::Act(act) => self.act(act, mark, &place),
            Step::Control(Control::Spawn { name, body }) => self.spawn(name, &body, mark, &place),
            Step::Control(_) if mark.is_some() => {
                Err(ProgramError::new(place, "only a step that makes a call has a \"mark\""))
            }
            Step::Control(control) => self.control(control, &place),
        }
    }

    fn control(&mut self, control: Control, place: &str) -> Result<(), ProgramError> {
        match control {
            Control::Forever(body) => self.forever(&body, place),
            Control::Repeat { times, body } => self.repeat(times, &body, place),
            Control::Break {} => self.leave(place),
            Control::If { equal, then, otherwise } => self.branch(equal, &then, &otherwise, place),
            Control::Try { body, catch } => self.guard(&body, &catch, place),
            Control::Spawn { .. } => unreachable!("a spawn makes a call: step() handles it"),
        }
    }

    fn act(&mut self, act: Act, mark: Option<String>, place: &str) -> Result<(), ProgramError> {
        self.check(&act, place)?;
        let ends = matches!(act, Act::Exit(_));
        self.define(&act, place)?;
        self.call(Op::Act(act), mark);
        if ends {
            self.flow = None;
        }
        Ok(())
    }

    /// Appends a line that makes a call: a step of the program.
    fn call(&mut self, op: Op, mark: Option<String>) {
        self.code.marks.push(mark);
        self.push(op);
        if let Some(known) = &mut self.flow {
            known.called = true;
        }
    }

    /// Appends a line; its number. A line that makes no call is of the step before it.
    fn push(&mut self, op: Op) -> usize {
        let step = self.code.marks.len().saturating_sub(1) as u16;
        self.code.lines.push(Line { op, step, catch: Vec::new() });
        self.code.lines.len() - 1
    }

    /// The end of the program or of a thread.
    fn finish(&mut self) {
        if self.flow.take().is_some() {
            self.push(Op::Act(Act::Exit(0)));
        }
    }

    /// Lets a line that was appended before go on at the next line to come.
    fn land(&mut self, line: usize) {
        let here = self.code.lines.len();
        match &mut self.code.lines[line].op {
            Op::Jump(next) | Op::Spawn { next, .. } | Op::Unless { next, .. } | Op::Count { next, .. } => {
                *next = here
            }
            Op::Act(_) | Op::Reset { .. } => unreachable!("this line goes on with the next"),
        }
    }

    fn forever(&mut self, body: &[Json], place: &str) -> Result<(), ProgramError> {
        let top = self.code.lines.len();
        let left = self.round(top, body, place)?;
        self.flow = None;
        self.end_loop(left);
        Ok(())
    }

    fn repeat(&mut self, times: u32, body: &[Json], place: &str) -> Result<(), ProgramError> {
        if times == 0 {
            return Err(ProgramError::new(format!("{place}.times"), "a loop goes round at least once"));
        }
        let counter = self.code.counters;
        self.code.counters += 1;
        self.push(Op::Reset { counter });
        let top = self.push(Op::Count { counter, times, next: 0 });
        let left = self.round(top, body, &format!("{place}.do"))?;
        self.land(top);
        self.end_loop(left);
        Ok(())
    }

    /// The body of a loop and the jump back to its top.
    fn round(&mut self, top: usize, body: &[Json], place: &str) -> Result<Loop, ProgramError> {
        let called = self.flow.as_mut().map(|known| std::mem::take(&mut known.called));
        self.loops.push(Loop::default());
        self.steps(body, place)?;
        if self.flow.as_ref().is_some_and(|known| !known.called) {
            return Err(ProgramError::new(
                place,
                "a round of this loop may pass without a call: it would spin",
            ));
        }
        self.push(Op::Jump(top));
        let mut left = self.loops.pop().unwrap_or_default();
        for known in self.flow.iter_mut().chain(&mut left.flow) {
            known.called |= called == Some(true);
        }
        Ok(left)
    }

    /// The breaks of a loop lead to the line after it.
    fn end_loop(&mut self, left: Loop) {
        left.breaks.into_iter().for_each(|jump| self.land(jump));
        self.flow = meet(self.flow.take(), left.flow);
    }

    fn leave(&mut self, place: &str) -> Result<(), ProgramError> {
        let jump = self.push(Op::Jump(0));
        let flow = self.flow.take();
        let Some(innermost) = self.loops.last_mut() else {
            return Err(ProgramError::new(place, "there is no loop to leave"));
        };
        innermost.breaks.push(jump);
        innermost.flow = meet(innermost.flow.take(), flow);
        Ok(())
    }

    fn branch(
        &mut self,
        equal: (Expression, Expression),
        then: &[Json],
        otherwise: &[Json],
        place: &str,
    ) -> Result<(), ProgramError> {
        self.readable(&equal.0, &format!("{place}.equal[0]"))?;
        self.readable(&equal.1, &format!("{place}.equal[1]"))?;
        let before = self.flow.clone();
        let test = self.push(Op::Unless { equal, next: 0 });
        self.steps(then, &format!("{place}.then"))?;
        let end = self.push(Op::Jump(0));
        self.land(test);
        let after = std::mem::replace(&mut self.flow, before);
        self.steps(otherwise, &format!("{place}.else"))?;
        self.land(end);
        self.flow = meet(after, self.flow.take());
        Ok(())
    }

    fn guard(
        &mut self,
        body: &[Json],
        catch: &BTreeMap<Errno, Vec<Json>>,
        place: &str,
    ) -> Result<(), ProgramError> {
        let before = self.flow.clone().map(|known| Known { called: true, ..known });
        let start = self.code.lines.len();
        self.steps(body, &format!("{place}.do"))?;
        let guarded = start..self.code.lines.len();
        let mut ends = vec![self.push(Op::Jump(0))];
        let mut after = self.flow.take();
        for (errno, steps) in catch {
            self.catch(guarded.clone(), *errno);
            self.flow = before.clone();
            self.steps(steps, &format!("{place}.catch.{}", errno.name()))?;
            ends.push(self.push(Op::Jump(0)));
            after = meet(after, self.flow.take());
        }
        ends.into_iter().for_each(|end| self.land(end));
        self.flow = after;
        Ok(())
    }

    /// An error of the guarded lines leads to the next line to come.
    fn catch(&mut self, guarded: Range<usize>, errno: Errno) {
        let here = self.code.lines.len();
        for at in guarded {
            if !self.threads.iter().any(|thread| thread.contains(&at)) {
                self.code.lines[at].catch.push((errno, here));
            }
        }
    }

    fn spawn(
        &mut self,
        name: String,
        body: &[Json],
        mark: Option<String>,
        place: &str,
    ) -> Result<(), ProgramError> {
        self.call(Op::Spawn { name, next: 0 }, mark);
        let spawn = self.code.lines.len() - 1;
        let (flow, loops) = (self.flow.clone(), std::mem::take(&mut self.loops));
        self.steps(body, &format!("{place}.do"))?;
        self.finish();
        (self.flow, self.loops) = (flow, loops);
        self.threads.push(spawn + 1..self.code.lines.len());
        self.land(spawn);
        Ok(())
    }

    /// What the act reads must be there.
    fn check(&self, act: &Act, place: &str) -> Result<(), ProgramError> {
        if let Some(name) = act.socket() {
            let place = match act {
                Act::Close(_) | Act::Abort(_) => place.to_owned(),
                _ => format!("{place}.socket"),
            };
            self.expect(name, Type::Socket, &place)?;
        }
        for (name, _) in act.polled() {
            self.expect(name, Type::Socket, place)?;
        }
        if let Some(endpoint) = act.endpoint() {
            for name in endpoint.variables() {
                self.expect(name, Type::Data, &format!("{place}.to"))?;
            }
        }
        match act {
            Act::Print(data) => self.readable(data, place),
            _ => act.data().map_or(Ok(()), |data| self.readable(data, &format!("{place}.data"))),
        }
    }

    fn readable(&self, data: &Expression, place: &str) -> Result<(), ProgramError> {
        data.variables().into_iter().try_for_each(|name| self.expect(name, Type::Data, place))
    }

    fn expect(&self, name: &str, kind: Type, place: &str) -> Result<(), ProgramError> {
        let known = self.flow.as_ref().and_then(|known| known.variables.get(name));
        let message = match (known, kind) {
            (Some(known), _) if *known == kind => return Ok(()),
            (Some(_), Type::Socket) => format!("\"{name}\" holds data, not a socket"),
            (Some(_), Type::Data) => format!("\"{name}\" holds a socket, not data"),
            (None, _) => format!(
                "\"{name}\" has no value here: name it with \"into\" or \"from\" in a step that comes before"
            ),
        };
        Err(ProgramError::new(place, message))
    }

    /// What the act gives a value to. A variable never changes its type: a loop may come back to a step that was
    /// checked before.
    fn define(&mut self, act: &Act, place: &str) -> Result<(), ProgramError> {
        let kind = match act {
            Act::Socket { .. } | Act::Accept { .. } => Type::Socket,
            _ => Type::Data,
        };
        let (into, from) = act.results();
        let names = [(into, "into", kind), (from, "from", Type::Data)];
        for (name, field, kind) in names {
            let Some(name) = name else { continue };
            if !is_name(name) {
                let message = format!("\"{name}\" is no name of a variable: letters, digits and _");
                return Err(ProgramError::new(format!("{place}.{field}"), message));
            }
            let Some(known) = &mut self.flow else { continue };
            if known.variables.insert(name.clone(), kind).is_some_and(|before| before != kind) {
                let message = format!("\"{name}\" holds something else already: take another name");
                return Err(ProgramError::new(format!("{place}.{field}"), message));
            }
        }
        Ok(())
    }
}
