//! A program that runs: a state machine over the waist.

use crate::act::{Act, Target};
use crate::compile::{Code, Line, Op};
use crate::expression::{Value, Variables};
use crate::{ProgramError, library, source};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sockscope_core::errno::Errno;
use sockscope_core::payload::Payload;
use sockscope_core::program::{Call, Family, Fd, Notice, Readiness, RecvFlags};
use sockscope_core::shared::Shared;
use sockscope_core::trace::{Source, SourceStep};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// A program, or a thread of one, somewhere in its run. Plain data: it can be cloned, compared and stored at every
/// instant.
///
/// ```
/// use sockscope_core::program::{Call, Notice, RecvFlags};
/// use sockscope_programs::Program;
/// let mut program = Program::library("udp-upper-client", &Default::default()).unwrap();
/// assert!(matches!(program.resume(Notice::Started), Call::Socket { .. }));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Program {
    name: String,
    /// Whether it is one of the library, which has its source text.
    library: bool,
    /// Its threads have the same.
    lines: Shared<Vec<Line>>,
    /// The line that runs or waits.
    at: usize,
    progress: Progress,
    variables: Variables,
    /// How often each loop went round.
    counters: Vec<u32>,
}

/// How far the line that runs has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Progress {
    /// It waits for the notice of its call.
    Called,
    /// It waits for the address of a name; this is the port that goes with it.
    Resolving(u16),
    /// It receives piece by piece, so many bytes up to now. Pieces are joined when all are there, so that each byte is
    /// copied once.
    Gathering { pieces: Vec<Payload>, bytes: u64 },
    /// Its call failed and nothing caught the error: it prints why.
    Failing,
}

/// What a single recv of a step that wants everything asks for, in bytes.
const PIECE: u32 = 65_536;

impl Program {
    pub(crate) fn new(name: &str, library: bool, code: Code) -> Program {
        Program {
            name: name.to_owned(),
            library,
            lines: code.lines.into(),
            at: 0,
            progress: Progress::Called,
            variables: Variables::new(),
            counters: vec![0; code.counters],
        }
    }

    /// A program of the library; parameters that are not given have their defaults. Unknown names are refused with
    /// the list of those that there are.
    pub fn library(name: &str, args: &BTreeMap<String, Json>) -> Result<Program, ProgramError> {
        Program::library_over(Family::Inet, name, args)
    }

    /// The same over IPv4 or IPv6: the family of its sockets, the interface where none is given, and the source text.
    pub fn library_over(
        family: Family,
        name: &str,
        args: &BTreeMap<String, Json>,
    ) -> Result<Program, ProgramError> {
        Ok(Program::new(name, true, library::find(name)?.compile(args, family)?))
    }

    /// The names of the library's programs, in the order of the lessons; [`library::entry`] says more of each.
    pub fn library_names() -> Vec<&'static str> {
        library::names()
    }

    /// Its name among the sources of a trace.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The step of the call that it handed out last: an index into the steps of its source.
    pub fn step(&self) -> u16 {
        self.lines[self.at].step
    }

    /// Its source text, and where each step stands in it. A program with steps of its own has no text.
    pub fn source(&self) -> Source {
        let mut source = match self.library {
            true => source::of_library(&self.name, self.speaks()),
            false => Source { program: self.name.clone(), ..Source::default() },
        };
        for line in self.lines.iter() {
            let step = usize::from(line.step);
            source.steps.resize(source.steps.len().max(step + 1), SourceStep::default());
            let Op::Act(act) = &line.op else { continue };
            let (into, from) = act.results();
            source.steps[step].into.extend(into.into_iter().chain(from).cloned());
            source.steps[step].joins = source.steps[step].joins.or(act.joins());
        }
        source
    }

    /// The family of its first socket.
    fn speaks(&self) -> Family {
        let socket = self.lines.iter().find_map(|line| match &line.op {
            Op::Act(Act::Socket { family, .. }) => Some(*family),
            _ => None,
        });
        socket.unwrap_or_default()
    }

    /// Takes the notice of the last call ([`Notice::Started`] at the beginning) and hands out the next call. After
    /// [`Call::Exit`] it is not called again. A notice that is no answer to the last call (a recorded one, perhaps)
    /// counts as a failure with EIO.
    pub fn resume(&mut self, notice: Notice) -> Call {
        match (notice, &self.progress) {
            (_, Progress::Failing) => return Call::Exit { code: 1 },
            (Notice::Failed(errno), _) => {
                if let Some(last) = self.fail(errno) {
                    return last;
                }
            }
            (Notice::Started, _) => {}
            (Notice::Address(ip), &Progress::Resolving(port)) => {
                self.progress = Progress::Called;
                return self.call_with(Some((ip, port).into()));
            }
            (notice, _) => {
                if let Some(more) = self.take(notice) {
                    return more;
                }
            }
        }
        self.advance()
    }

    /// The thread to run after [`Call::Spawn`]: it shares the descriptors and begins with [`Notice::Started`].
    ///
    /// # Panics
    /// If the last call was another.
    pub fn spawned(&mut self) -> Program {
        assert!(matches!(self.lines[self.at].op, Op::Spawn { .. }), "the last call spawns no thread");
        Program { at: self.at + 1, ..self.clone() }
    }

    /// Goes on from the line where it stands, up to the next call.
    fn advance(&mut self) -> Call {
        loop {
            match &self.lines[self.at].op {
                Op::Act(_) => return self.call(),
                Op::Spawn { name, .. } => return Call::Spawn { name: name.clone() },
                Op::Jump(next) => self.at = *next,
                Op::Unless { equal: (a, b), next } => {
                    let equal = a.evaluate(&self.variables) == b.evaluate(&self.variables);
                    self.at = if equal { self.at + 1 } else { *next };
                }
                Op::Reset { counter } => {
                    self.counters[*counter] = 0;
                    self.at += 1;
                }
                Op::Count { counter, times, next } => {
                    let round = &mut self.counters[*counter];
                    *round += 1;
                    self.at = if *round <= *times { self.at + 1 } else { *next };
                }
            }
        }
    }

    fn act(&self) -> &Act {
        match &self.lines[self.at].op {
            Op::Act(act) => act,
            other => unreachable!("{other:?} makes no call"),
        }
    }

    /// The call of the line where it stands; if it speaks to a host by name, the name is resolved first.
    fn call(&mut self) -> Call {
        self.progress = match self.act() {
            Act::RecvExact { .. } | Act::RecvToEnd { .. } => {
                Progress::Gathering { pieces: Vec::new(), bytes: 0 }
            }
            _ => Progress::Called,
        };
        match self.act().endpoint().map(|endpoint| endpoint.target(&self.variables)) {
            None => self.call_with(None),
            Some(Target::Address(address)) => self.call_with(Some(address)),
            Some(Target::Name { host, port }) => {
                self.progress = Progress::Resolving(port);
                Call::Resolve { name: host, family: self.family(self.act()) }
            }
        }
    }

    fn call_with(&self, address: Option<SocketAddr>) -> Call {
        let act = self.act();
        let fd = || act.fd(&self.variables);
        let to = || address.unwrap_or_else(|| unreachable!("an endpoint has an address by now"));
        match act {
            Act::Socket { kind, family, .. } => Call::Socket { kind: *kind, family: *family },
            Act::Bind { .. } => Call::Bind { fd: fd(), addr: to() },
            Act::SetOption { option, .. } => Call::SetOption { fd: fd(), option: option.option() },
            Act::GetOption { name, .. } => Call::GetOption { fd: fd(), name: *name },
            Act::Listen { backlog, .. } => Call::Listen { fd: fd(), backlog: *backlog },
            Act::Accept { .. } => Call::Accept { fd: fd() },
            Act::Connect { .. } => Call::Connect { fd: fd(), to: to() },
            Act::Send { data, flags, .. } => {
                Call::Send { fd: fd(), data: data.evaluate(&self.variables), flags: *flags }
            }
            Act::SendTo { data, flags, .. } => {
                Call::SendTo { fd: fd(), data: data.evaluate(&self.variables), to: to(), flags: *flags }
            }
            Act::Recv { max, flags, .. } => Call::Recv { fd: fd(), max: max.get(), flags: *flags },
            Act::RecvFrom { max, flags, .. } => Call::RecvFrom { fd: fd(), max: max.get(), flags: *flags },
            Act::RecvExact { bytes, .. } => Call::Recv {
                fd: fd(),
                max: (u64::from(bytes.get()) - self.gathered()) as u32,
                flags: RecvFlags::NONE,
            },
            Act::RecvToEnd { .. } => Call::Recv { fd: fd(), max: PIECE, flags: RecvFlags::NONE },
            Act::Shutdown { how, .. } => Call::Shutdown { fd: fd(), how: *how },
            Act::Close(_) => Call::Close { fd: fd() },
            Act::Abort(_) => Call::Abort { fd: fd() },
            Act::LocalName { .. } => Call::LocalName { fd: fd() },
            Act::PeerName { .. } => Call::PeerName { fd: fd() },
            Act::Poll { timeout, .. } => {
                let asked = act.polled().into_iter();
                let fds = asked.filter_map(|(name, what)| Some((self.descriptor(name)?, what))).collect();
                Call::Poll { fds, timeout: timeout.map(|timeout| timeout.0) }
            }
            Act::Sleep(length) => Call::Sleep { span: length.0 },
            Act::Print(data) => {
                let text = data.evaluate(&self.variables);
                Call::Print { text: String::from_utf8_lossy(&text).into_owned() }
            }
            Act::Exit(code) => Call::Exit { code: *code },
        }
    }

    /// Of which family the socket of an act is: that of the step that makes it, the last one before the act.
    fn family(&self, act: &Act) -> Family {
        let name = act.socket().unwrap_or_default();
        let made = self.lines[..self.at].iter().rev().find_map(|line| match &line.op {
            Op::Act(Act::Socket { into, family, .. }) if into == name => Some(*family),
            _ => None,
        });
        made.unwrap_or_default()
    }

    fn descriptor(&self, name: &str) -> Option<Fd> {
        match self.variables.get(name) {
            Some(Value::Socket(fd)) => Some(*fd),
            _ => None,
        }
    }
    /// The name of the first socket that is ready.
    fn first_ready(&self, act: &Act, ready: &[(Fd, Readiness)]) -> String {
        let is_ready = |name: &&String| ready.iter().any(|(fd, _)| self.descriptor(name) == Some(*fd));
        act.polled().into_iter().map(|(name, _)| name).find(is_ready).cloned().unwrap_or_default()
    }

    /// Takes the notice of a call that succeeded: a further call if the line needs one, otherwise the line is done.
    fn take(&mut self, notice: Notice) -> Option<Call> {
        let act = match &self.lines[self.at].op {
            Op::Spawn { next, .. } => {
                self.at = *next;
                return None;
            }
            Op::Act(act) => act,
            _ => return self.fail(Errno::EIO),
        };
        let ready = match &notice {
            Notice::Ready(ready) => self.first_ready(act, ready),
            _ => String::new(),
        };
        let mut set = |name, value| set(&mut self.variables, name, value);
        match (act, notice) {
            (Act::Socket { into, .. }, Notice::Socket(fd)) => set(into, Value::Socket(fd)),
            (Act::Accept { into, from, .. }, Notice::Accepted { fd, peer }) => {
                set(into, Value::Socket(fd));
                if let Some(from) = from {
                    set(from, Value::Address(*peer));
                }
            }
            (Act::Recv { into, .. }, Notice::Received(data)) => set(into, Value::Data(data)),
            (Act::RecvExact { .. } | Act::RecvToEnd { .. }, Notice::Received(data)) => {
                return self.gather(data);
            }
            (Act::RecvFrom { into, from: sender, .. }, Notice::ReceivedFrom { data, from }) => {
                set(into, Value::Data(data));
                set(sender, Value::Address(*from));
            }
            (Act::GetOption { into, .. }, Notice::Option(option)) => {
                set(into, Value::Data(option.to_string().as_str().into()));
            }
            (Act::LocalName { into, .. } | Act::PeerName { into, .. }, Notice::Name(address)) => {
                set(into, Value::Address(*address));
            }
            (Act::Poll { into, .. }, Notice::Ready(_)) => {
                set(into, Value::Data(ready.as_str().into()));
            }
            (Act::Send { .. } | Act::SendTo { .. }, Notice::Sent(_)) => {}
            (act, Notice::Done) if act.is_done() => {}
            _ => return self.fail(Errno::EIO),
        }
        self.at += 1;
        None
    }

    fn gathered(&self) -> u64 {
        match &self.progress {
            Progress::Gathering { bytes, .. } => *bytes,
            _ => 0,
        }
    }

    /// Adds a piece of the stream: the call for the next one, or nothing when the bytes wanted (or all) are there.
    fn gather(&mut self, piece: Payload) -> Option<Call> {
        let ended = piece.is_empty();
        if let Progress::Gathering { pieces, bytes } = &mut self.progress {
            *bytes += piece.len() as u64;
            pieces.extend((!ended).then_some(piece));
        }
        let (enough, into) = match self.act() {
            Act::RecvExact { bytes, into, .. } => (self.gathered() >= u64::from(bytes.get()), into.clone()),
            Act::RecvToEnd { into, .. } => (ended, into.clone()),
            other => unreachable!("{other:?} gathers nothing"),
        };
        match (enough, ended) {
            (false, true) => return self.fail(Errno::EIO),
            (false, false) => return Some(self.call_with(None)),
            (true, _) => {}
        }
        if let Progress::Gathering { pieces, .. } = std::mem::replace(&mut self.progress, Progress::Called) {
            set(&mut self.variables, &into, Value::Data(join(&pieces)));
        }
        self.at += 1;
        None
    }

    /// The call failed: goes to the step that catches the error. If there is none, says why in one line.
    fn fail(&mut self, errno: Errno) -> Option<Call> {
        let line = &self.lines[self.at];
        if let Some((_, next)) = line.catch.iter().find(|(caught, _)| *caught == errno) {
            self.at = *next;
            self.progress = Progress::Called;
            return None;
        }
        let call = match (&line.op, &self.progress) {
            (_, Progress::Resolving(_)) => "resolve",
            (Op::Act(act), _) => act.name(),
            _ => "spawn",
        };
        self.progress = Progress::Failing;
        Some(Call::Print { text: format!("{call}: {errno}") })
    }
}

/// Gives a variable its value.
fn set(variables: &mut Variables, name: &String, value: Value) {
    match variables.get_mut(name) {
        Some(variable) => *variable = value,
        None => {
            variables.insert(name.clone(), value);
        }
    }
}

/// All the pieces in a row. One alone is shared, not copied.
fn join(pieces: &[Payload]) -> Payload {
    match pieces {
        [piece] => piece.clone(),
        _ => pieces.iter().map(|piece| &piece[..]).collect::<Vec<&[u8]>>().concat().into(),
    }
}
