//! Which event of a run a question speaks of.

use super::{QuestionError, bytes};
use crate::history::{History, Journey, PacketKind};
use sockscope_core::program::Call;
use sockscope_core::tcp::{State, TRANSITIONS};
use sockscope_core::trace::{Event, Kind};
use sockscope_core::wire::Flags;
use std::iter::Peekable;
use std::str::SplitWhitespace;

/// The n-th event of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPattern {
    /// The host; none: any.
    host: Option<String>,
    verb: Verb,
    /// The first is 1.
    nth: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Verb {
    Calls(&'static str),
    Returns(&'static str),
    Sends(PacketWord),
    Receives(PacketWord),
    Enters(State),
    Leaves(State),
}

/// What a packet is called in a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketWord {
    /// `packet`: any.
    Any,
    /// `syn`: opens a connection and acknowledges nothing.
    Syn,
    /// `syn-ack`: the answer to it.
    SynAck,
    /// `ack`: nothing but an acknowledgment.
    Ack,
    /// `data`: carries bytes of the stream, for the first time.
    Data,
    /// `fin`: ends a direction.
    Fin,
    /// `rst`: ends a connection.
    Rst,
    /// `again`: repeats what was sent before.
    Again,
    /// `datagram`: one of UDP.
    Datagram,
    /// `icmp`: a message of ICMP.
    Icmp,
}

const PACKETS: [(&str, PacketWord); 10] = [
    ("packet", PacketWord::Any),
    ("syn", PacketWord::Syn),
    ("syn-ack", PacketWord::SynAck),
    ("ack", PacketWord::Ack),
    ("data", PacketWord::Data),
    ("fin", PacketWord::Fin),
    ("rst", PacketWord::Rst),
    ("again", PacketWord::Again),
    ("datagram", PacketWord::Datagram),
    ("icmp", PacketWord::Icmp),
];

const CALLS: [&str; 12] = [
    "socket", "bind", "listen", "accept", "connect", "send", "sendto", "recv", "recvfrom", "shutdown",
    "close", "sleep",
];

const VERBS: &str = "calls, returns, sends, receives, enters, leaves";

impl std::str::FromStr for EventPattern {
    type Err = QuestionError;

    fn from_str(text: &str) -> Result<EventPattern, QuestionError> {
        let mut words = Words::new(text);
        let event = words.event()?;
        words.end()?;
        Ok(event)
    }
}

impl EventPattern {
    /// Its place in the history, where there is one.
    ///
    /// ```
    /// # use sockscope_sim::{Scenario, World, presets};
    /// # let scenario: Scenario = presets::text("tcp-upper").unwrap().parse().unwrap();
    /// # let mut world = World::new(&scenario).unwrap();
    /// # world.run();
    /// # let trace = world.trace();
    /// use sockscope_view::{history::History, question::EventPattern};
    /// let history = History::of(trace);
    /// let place = |text: &str| text.parse::<EventPattern>().unwrap().place(&history);
    /// assert!(place("server enters established") < place("server returns accept"));
    /// assert_eq!(place("client sends syn 2"), None, "none was lost");
    /// ```
    pub fn place(&self, history: &History) -> Option<usize> {
        self.places(history).nth(self.nth - 1)
    }

    /// The places of all events of its kind.
    pub(super) fn places<'a>(&'a self, history: &'a History) -> impl Iterator<Item = usize> + 'a {
        let events = history.events().iter().enumerate();
        events.filter(|(n, event)| self.fits(history, *n, event)).map(|(n, _)| n)
    }

    fn fits(&self, history: &History, n: usize, event: &Event) -> bool {
        let here = |host: &String| event.node.is_some_and(|node| history.name(node) == host);
        self.host.as_ref().is_none_or(here)
            && match (&self.verb, &event.kind) {
                (Verb::Calls(name), Kind::Call { call, .. }) => call_name(call) == *name,
                (Verb::Returns(name), Kind::Notice { task, .. }) => {
                    let call = history.task(*task).and_then(|task| task.call(n));
                    call.is_some_and(|call| {
                        call_name(&call.call) == *name
                            && call.outcome.as_ref().is_some_and(|end| end.event == n)
                    })
                }
                (Verb::Sends(word), Kind::Sent { packet, .. }) => {
                    history.journey(packet.id).is_some_and(|journey| word.fits(journey))
                }
                (Verb::Receives(word), Kind::Arrived { packet, .. }) => {
                    history.journey(*packet).is_some_and(|journey| word.fits(journey))
                }
                (Verb::Enters(state), Kind::State { to, .. }) => state == to,
                (Verb::Leaves(state), Kind::State { from, .. }) => state == from,
                _ => false,
            }
    }
}

impl PacketWord {
    fn fits(self, journey: &Journey) -> bool {
        let has = |flags: Flags| journey.segment().is_some_and(|segment| segment.flags.has(flags));
        let kind = PacketKind::of(&journey.packet);
        match self {
            PacketWord::Any => true,
            PacketWord::Syn => has(Flags::SYN) && !has(Flags::ACK),
            PacketWord::SynAck => has(Flags::SYN) && has(Flags::ACK),
            PacketWord::Ack => kind == PacketKind::Ack,
            PacketWord::Data => {
                journey.segment().is_some() && bytes(journey) > 0 && journey.original.is_none()
            }
            PacketWord::Fin => has(Flags::FIN),
            PacketWord::Rst => has(Flags::RST),
            PacketWord::Again => journey.original.is_some(),
            PacketWord::Datagram => kind == PacketKind::Udp,
            PacketWord::Icmp => kind == PacketKind::Icmp,
        }
    }
}

/// A call by its name in BSD sockets.
pub(super) fn call_name(call: &Call) -> &'static str {
    match call {
        Call::Socket { .. } => "socket",
        Call::Bind { .. } => "bind",
        Call::Listen { .. } => "listen",
        Call::Accept { .. } => "accept",
        Call::Connect { .. } => "connect",
        Call::Send { .. } => "send",
        Call::SendTo { .. } => "sendto",
        Call::Recv { .. } => "recv",
        Call::RecvFrom { .. } => "recvfrom",
        Call::Shutdown { .. } => "shutdown",
        Call::Close { .. } | Call::Abort { .. } => "close",
        Call::Sleep { .. } => "sleep",
        _ => "",
    }
}

/// The words of a question, one after another.
pub(super) struct Words<'a> {
    text: &'a str,
    rest: Peekable<SplitWhitespace<'a>>,
}

impl<'a> Words<'a> {
    pub(super) fn new(text: &'a str) -> Words<'a> {
        Words { text, rest: text.split_whitespace().peekable() }
    }
    pub(super) fn wrong(&self, what: impl Into<String>) -> QuestionError {
        QuestionError::new(self.text, what)
    }
    pub(super) fn take(&mut self, what: &str) -> Result<&'a str, QuestionError> {
        self.rest.next().ok_or_else(|| self.wrong(format!("it ends where {what} should stand")))
    }
    pub(super) fn expect(&mut self, word: &str) -> Result<(), QuestionError> {
        match self.take(&format!("\"{word}\""))? {
            found if found == word => Ok(()),
            found => Err(self.wrong(format!("\"{found}\" stands where \"{word}\" should"))),
        }
    }
    pub(super) fn next_is(&mut self, word: &str) -> bool {
        self.rest.next_if_eq(&word).is_some()
    }
    pub(super) fn end(&mut self) -> Result<(), QuestionError> {
        match self.rest.next() {
            None => Ok(()),
            Some(more) => Err(self.wrong(format!("it should end before \"{more}\""))),
        }
    }

    pub(super) fn event(&mut self) -> Result<EventPattern, QuestionError> {
        let host = self.host()?;
        let verb = match self.take(VERBS)? {
            "calls" => Verb::Calls(self.known_call()?),
            "returns" => Verb::Returns(self.known_call()?),
            "sends" => Verb::Sends(self.packet()?),
            "receives" => Verb::Receives(self.packet()?),
            "enters" => Verb::Enters(self.state()?),
            "leaves" => Verb::Leaves(self.state()?),
            verb => return Err(self.wrong(format!("no host \"{verb}\" anything: it {VERBS}"))),
        };
        Ok(EventPattern { host, verb, nth: self.nth()? })
    }
    /// A call without its verb: `client recv 2`.
    pub(super) fn call(&mut self) -> Result<EventPattern, QuestionError> {
        let (host, name) = (self.host()?, self.known_call()?);
        Ok(EventPattern { host, verb: Verb::Calls(name), nth: self.nth()? })
    }

    fn host(&mut self) -> Result<Option<String>, QuestionError> {
        let name = self.take("a host")?;
        Ok((name != "any").then(|| name.to_owned()))
    }
    fn nth(&mut self) -> Result<usize, QuestionError> {
        let number = self.rest.next_if(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        match number.map(str::parse) {
            None => Ok(1),
            Some(Ok(nth)) if nth > 0 => Ok(nth),
            Some(_) => Err(self.wrong("events are counted from 1")),
        }
    }
    fn known_call(&mut self) -> Result<&'static str, QuestionError> {
        let name = self.take("a call")?;
        let known = CALLS.into_iter().find(|known| *known == name);
        known.ok_or_else(|| self.wrong(format!("no call \"{name}\": there are {}", CALLS.join(", "))))
    }
    fn packet(&mut self) -> Result<PacketWord, QuestionError> {
        let name = self.take("a packet")?;
        let known = PACKETS.into_iter().find(|(known, _)| *known == name).map(|(_, word)| word);
        let names = || PACKETS.map(|(name, _)| name).join(", ");
        known.ok_or_else(|| self.wrong(format!("no packet is called \"{name}\": there are {}", names())))
    }
    fn state(&mut self) -> Result<State, QuestionError> {
        let name = self.take("a state")?;
        let known =
            TRANSITIONS.iter().map(|arc| arc.to).find(|state| state.name().eq_ignore_ascii_case(name));
        known.ok_or_else(|| self.wrong(format!("RFC 9293 has no state \"{name}\"")))
    }
}
