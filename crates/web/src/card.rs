//! What a click on a packet shows, as the page takes it.

use crate::programs;
use serde::Serialize;
use sockscope_core::time::Time;
use sockscope_core::wire::PacketId;
use sockscope_core::wire::fields::Field;
use sockscope_view::card;
use sockscope_view::history::History;
use sockscope_view::words;
use tsify::Tsify;

/// A packet: what it is, why it was sent, what became of it, its headers and bytes.
#[derive(Debug, Serialize, Tsify)]
pub struct PacketCard {
    /// Its number, for the next question about it.
    pub packet: String,
    /// What it is, in words.
    pub title: String,
    /// Who sent it to whom, and when.
    pub way: String,
    /// The line of the program that led to it; none where no program asked for it, or nobody knows its text.
    pub line: Option<PacketLine>,
    /// The call on that line.
    pub call: Option<PacketStep>,
    /// What let it go after that: an arrival or a timer; none where the call did.
    pub trigger: Option<PacketStep>,
    /// How it was sent, or captured.
    pub sent: PacketStep,
    /// The rule that made the host send it.
    pub why: String,
    /// Where the rule stands.
    pub source: &'static str,
    /// The address of that; none where it is no RFC.
    pub link: Option<String>,
    /// The packet that carried its bytes for the first time, where it repeats them.
    pub original: Option<PacketStep>,
    /// The control blocks of both ends, before it and after it.
    pub blocks: Vec<PacketBlock>,
    /// What the system told of the sender's connection when it was asked last, on real sockets.
    pub connection: Vec<PacketStep>,
    /// What happened to it, event by event.
    pub journey: Vec<PacketStep>,
    /// What its arrival led to at once.
    pub effects: Vec<PacketStep>,
    /// Its header fields, in order.
    pub fields: Vec<PacketField>,
    /// Its bytes as they are on the wire.
    pub bytes: Vec<u8>,
}

/// A line of a program.
#[derive(Debug, Serialize, Tsify)]
pub struct PacketLine {
    /// Which text: a place in the list of programs.
    pub pane: usize,
    /// Its line in Python, counted from 1; 0 where it has none.
    pub python: u16,
    /// Its line in Rust, counted from 1; 0 where it has none.
    pub rust: u16,
}

/// An event that a click goes to.
#[derive(Debug, Serialize, Tsify)]
pub struct PacketStep {
    /// Its number.
    pub event: String,
    /// When it happened.
    pub time: String,
    /// What happened, in a sentence.
    pub text: String,
    /// The packet that it is about.
    pub packet: Option<String>,
    /// True where nobody saw it: it follows from what was captured.
    pub inferred: bool,
}

/// The control block of one end.
#[derive(Debug, Serialize, Tsify)]
pub struct PacketBlock {
    /// The host.
    pub host: String,
    /// True where the packet was for this end.
    pub receives: bool,
    /// What it holds.
    pub variables: Vec<PacketVariable>,
    /// True where nobody saw it: it follows from what was captured.
    pub inferred: bool,
}

/// A variable of a control block.
#[derive(Debug, Serialize, Tsify)]
pub struct PacketVariable {
    /// Its name.
    pub name: String,
    /// Its value before the packet.
    pub before: String,
    /// Its value after it.
    pub after: String,
}

/// A header field.
#[derive(Debug, Serialize, Tsify)]
pub struct PacketField {
    /// The header it belongs to.
    pub header: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// What it is for.
    pub meaning: String,
    /// The first of its bytes.
    pub first: usize,
    /// The byte after the last of its bytes.
    pub end: usize,
}

impl PacketCard {
    /// The card of a packet; none where no such packet was sent.
    pub(crate) fn of(history: &History, packet: PacketId) -> Option<PacketCard> {
        let (card, texts) = (card::PacketCard::new(history, packet)?, history.texts());
        let step = |step| PacketStep::of(history, step);
        let steps = |steps: Vec<card::Step>| steps.into_iter().map(step).collect();
        let panes = programs::panes(history);
        let line = card.line.and_then(|line| {
            let pane = panes.iter().position(|name| *name == line.program)?;
            Some(PacketLine { pane, python: line.step.python, rust: line.step.rust })
        });
        Some(PacketCard {
            packet: packet.0.to_string(),
            title: card.title,
            way: texts.tell(
                "{from} to {to}, sent at {time}",
                &[&card.from, &card.to, &words::span(card.sent - Time::ZERO)],
            ),
            line,
            call: card.call.map(step),
            trigger: card.trigger.map(step),
            sent: step(card.begin),
            why: card.why.text,
            source: card.why.source,
            link: words::rfc_link(card.why.source),
            original: card.original.map(step),
            blocks: card.blocks.into_iter().map(PacketBlock::of).collect(),
            connection: steps(card.connection.into_iter().collect()),
            journey: steps(card.journey),
            effects: steps(card.effects),
            fields: card.fields.into_iter().map(PacketField::of).collect(),
            bytes: card.bytes,
        })
    }
}

impl PacketStep {
    fn of(history: &History, step: card::Step) -> PacketStep {
        PacketStep {
            event: history.events()[step.event].n.to_string(),
            time: words::span(step.at - Time::ZERO),
            text: step.text,
            packet: step.packet.map(|packet| packet.0.to_string()),
            inferred: step.inferred,
        }
    }
}

impl PacketBlock {
    fn of(block: card::Block) -> PacketBlock {
        let variable = |card::BlockVariable { name, before, after }| PacketVariable { name, before, after };
        let card::Block { host, receives, variables, inferred } = block;
        PacketBlock { host, receives, variables: variables.into_iter().map(variable).collect(), inferred }
    }
}

impl PacketField {
    fn of(field: Field) -> PacketField {
        let bytes = field.bytes();
        let Field { header, name, value, meaning, .. } = field;
        PacketField { header, name, value, meaning, first: bytes.start, end: bytes.end }
    }
}
