//! Questions about a run that its trace answers: a page asks them before it shows what happens.
//!
//! ```text
//! question = "time of" event                        since the run began
//!          | "time from" event "to" event
//!          | "count of" event ["until" event]       how many such events
//!          | "bytes of" event ["until" event]       how many bytes such packets carried
//!          | "port of" HOST "after" event           of its newest socket; 0 without one
//!          | "sockets of" HOST "after" event        how many there are
//!          | "result of" HOST CALL [N]              a number of bytes, the name of an error, done or never
//!          | "host of" event                        where it happened
//!          | "reason of" HOST "sends" PACKET [N]    the rule that sent it
//! event    = HOST verb [N]                          the N-th such event; without N the first
//! verb     = "calls" CALL | "returns" CALL | "sends" PACKET | "receives" PACKET | "enters" STATE
//!          | "leaves" STATE
//! ```
//!
//! HOST is a name in the trace's header, or `any`. CALL is a name of BSD sockets, STATE one of RFC 9293, PACKET one of
//! [`PacketWord`]'s. Nothing is known that is not in the trace.

mod answer;
mod event;

pub use answer::{Answer, Value};
pub use event::{EventPattern, PacketWord};

use crate::history::{CallLife, History, SocketLife};
use event::Words;
use sockscope_core::program::Notice;
use sockscope_core::time::{Span, Time};
use sockscope_core::trace::{Kind, Node};

/// Why a text is no question, or no answer to one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?}: {what}")]
pub struct QuestionError {
    /// The text.
    pub text: String,
    /// What is wrong with it, with the remedy.
    pub what: String,
}

impl QuestionError {
    pub(crate) fn new(text: &str, what: impl Into<String>) -> QuestionError {
        QuestionError { text: text.to_owned(), what: what.into() }
    }
}

/// A question about a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// How long from one event, or from the start, to another.
    Time {
        /// The first of them; none: the start of the run.
        from: Option<EventPattern>,
        /// The second.
        to: EventPattern,
    },
    /// How many events there are of a kind.
    Count(Stretch),
    /// How many bytes of programs the packets of a kind carried.
    Bytes(Stretch),
    /// The local port of the newest socket of a host, as `getsockname()` would tell it.
    Port(Place),
    /// How many sockets a host has.
    Sockets(Place),
    /// What a call returned.
    Result(EventPattern),
    /// Where something happened.
    Host(EventPattern),
    /// Why a packet was sent.
    Reason(EventPattern),
}

/// Events of a kind, up to some other event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    of: EventPattern,
    until: Option<EventPattern>,
}

/// A host just after an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    host: String,
    after: EventPattern,
}

impl std::str::FromStr for Question {
    type Err = QuestionError;

    fn from_str(text: &str) -> Result<Question, QuestionError> {
        let mut words = Words::new(text);
        let question = match (words.take("a question")?, words.take("of, or from")?) {
            ("time", "of") => Question::Time { from: None, to: words.event()? },
            ("time", "from") => {
                let from = Some(words.event()?);
                words.expect("to")?;
                Question::Time { from, to: words.event()? }
            }
            ("count", "of") => Question::Count(words.stretch()?),
            ("bytes", "of") => Question::Bytes(words.stretch()?),
            ("port", "of") => Question::Port(words.place()?),
            ("sockets", "of") => Question::Sockets(words.place()?),
            ("result", "of") => Question::Result(words.call()?),
            ("host", "of") => Question::Host(words.event()?),
            ("reason", "of") => Question::Reason(words.event()?),
            (what, word) => {
                let known = "time of, time from, count of, bytes of, port of, sockets of, result of, host of, reason of";
                return Err(
                    words.wrong(format!("\"{what} {word}\" asks for nothing known: there are {known}"))
                );
            }
        };
        words.end()?;
        Ok(question)
    }
}

impl Words<'_> {
    fn stretch(&mut self) -> Result<Stretch, QuestionError> {
        let of = self.event()?;
        let until = if self.next_is("until") { Some(self.event()?) } else { None };
        Ok(Stretch { of, until })
    }
    fn place(&mut self) -> Result<Place, QuestionError> {
        let host = self.take("a host")?.to_owned();
        self.expect("after")?;
        Ok(Place { host, after: self.event()? })
    }
}

impl Question {
    /// The answer in a run that is over; none where the run has no such event.
    ///
    /// ```
    /// # use sockscope_sim::{Scenario, World, presets};
    /// # let scenario: Scenario = presets::text("tcp-syn-lost").unwrap().parse().unwrap();
    /// # let mut world = World::new(&scenario).unwrap();
    /// # world.run();
    /// # let trace = world.trace();
    /// use sockscope_view::{history::History, question::Question, texts::Texts};
    /// let history = History::of(trace);
    /// let question: Question = "time from client sends syn to client sends syn 2".parse().unwrap();
    /// let answer = question.answer(&history).unwrap();
    /// assert_eq!(answer.told(&Texts::ENGLISH), "1 s");
    /// assert!(answer.accepts("0.5s..2s").unwrap());
    /// let question: Question = "result of client connect".parse().unwrap();
    /// assert_eq!(question.answer(&history).unwrap().told(&Texts::ENGLISH), "done");
    /// ```
    pub fn answer(&self, history: &History) -> Option<Answer> {
        match self {
            Question::Time { from, to } => {
                let start =
                    from.as_ref().map_or(Some(Time::ZERO), |from| time(history, from.place(history)?));
                let known = to.place(history)?;
                let span = time(history, known)?.since(start?);
                Some(Answer { value: Value::Span(span), known })
            }
            Question::Count(stretch) => {
                let (places, known) = stretch.places(history)?;
                Some(Answer { value: Value::Number(places.len() as u64), known })
            }
            Question::Bytes(stretch) => {
                let (places, known) = stretch.places(history)?;
                let carried = |place: &usize| crate::story::packet_of(history, *place).map(bytes);
                let sum = places.iter().filter_map(carried).sum::<usize>();
                Some(Answer { value: Value::Number(sum as u64), known })
            }
            Question::Port(Place { host, after }) => {
                let known = after.place(history)?;
                let newest = sockets(history, host, known + 1)?.last();
                let port =
                    newest.and_then(|life| life.local.before(known + 1)).map_or(0, |it| it.addr.port());
                Some(Answer { value: Value::Number(port.into()), known })
            }
            Question::Sockets(Place { host, after }) => {
                let known = after.place(history)?;
                let count = sockets(history, host, known + 1)?.count() as u64;
                Some(Answer { value: Value::Number(count), known })
            }
            Question::Result(call) => result(history, call),
            Question::Host(event) => {
                let known = event.place(history)?;
                let name = history.name(history.events()[known].node?);
                Some(Answer { value: Value::Word(name.to_owned()), known })
            }
            Question::Reason(event) => {
                let known = event.place(history)?;
                let Kind::Sent { reason, .. } = history.events()[known].kind else { return None };
                Some(Answer { value: Value::Reason(reason), known })
            }
        }
    }
}

impl Stretch {
    /// Where its events are, and where the last of them is known.
    fn places(&self, history: &History) -> Option<(Vec<usize>, usize)> {
        let last = history.events().len().checked_sub(1)?;
        let known = self.until.as_ref().map_or(Some(last), |until| until.place(history))?;
        Some((self.of.places(history).take_while(|place| *place <= known).collect(), known))
    }
}

fn time(history: &History, place: usize) -> Option<Time> {
    history.events().get(place).map(|event| event.at)
}

fn bytes(journey: &crate::history::Journey) -> usize {
    crate::words::payload(&journey.packet).len()
}

/// The sockets that a host has when the first `events` events have happened, in the order in which they came to be.
fn sockets<'a>(
    history: &'a History,
    host: &str,
    events: usize,
) -> Option<impl Iterator<Item = &'a SocketLife>> {
    let node = history.header().nodes.iter().position(|node| node.name == host)?;
    let own = move |life: &&SocketLife| life.node == Node(node as u16) && life.exists(events);
    Some(history.sockets().iter().filter(own))
}

/// What a call returned, or that it never did.
fn result(history: &History, pattern: &EventPattern) -> Option<Answer> {
    let place = pattern.place(history)?;
    let made = |call: &&CallLife| call.event == place;
    let call = history.tasks().iter().find_map(|task| task.calls.iter().find(made))?;
    let last = history.events().len() - 1;
    Some(match &call.outcome {
        None => Answer { value: Value::Word(crate::texts::pattern("never").into()), known: last },
        Some(end) => Answer { value: outcome(&end.notice), known: end.event },
    })
}

fn outcome(notice: &Notice) -> Value {
    match notice {
        Notice::Failed(errno) => Value::Word(errno.name().to_owned()),
        Notice::Sent(bytes) => Value::Number((*bytes).into()),
        Notice::Received(data) | Notice::ReceivedFrom { data, .. } => Value::Number(data.len() as u64),
        Notice::Socket(fd) | Notice::Accepted { fd, .. } => Value::Number(fd.0.into()),
        _ => Value::Word(crate::texts::pattern("done").into()),
    }
}

/// How much of a typed length of time may be wrong: a reader reads it off a picture.
fn tolerance(span: Span) -> Span {
    span / 20
}
