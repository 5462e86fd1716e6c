//! What a click on a packet shows, as the page takes it.

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
    /// The rule that made the host send it.
    pub why: &'static str,
    /// Where the rule stands.
    pub source: &'static str,
    /// The address of that; none where it is no RFC.
    pub link: Option<String>,
    /// The call that led to it, in a sentence, and its event; none where no program asked for it.
    pub call: Option<PacketStep>,
    /// What the control blocks of both ends had before it and after it.
    pub blocks: Vec<PacketBlock>,
    /// What the system told of the sender's connection when it was asked last, on real sockets.
    pub connection: Vec<String>,
    /// What happened to it, event by event.
    pub journey: Vec<String>,
    /// What its arrival led to at once.
    pub effects: Vec<String>,
    /// Its header fields, in order.
    pub fields: Vec<PacketField>,
    /// Its bytes as they are on the wire.
    pub bytes: Vec<u8>,
}

/// An event that a click goes to.
#[derive(Debug, Serialize, Tsify)]
pub struct PacketStep {
    /// Its number.
    pub event: String,
    /// What happened, in a sentence.
    pub text: String,
}

/// A variable of a control block that the packet changed.
#[derive(Debug, Serialize, Tsify)]
pub struct PacketBlock {
    /// The host.
    pub host: String,
    /// The variable.
    pub name: &'static str,
    /// Its value before.
    pub before: String,
    /// Its value after.
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
        let card = card::PacketCard::new(history, packet)?;
        let told = |steps: Vec<card::Step>| {
            let sentence = |step: card::Step| format!("{}: {}", words::span(step.at - Time::ZERO), step.text);
            steps.into_iter().map(sentence).collect()
        };
        Some(PacketCard {
            packet: packet.0.to_string(),
            title: card.title,
            way: format!("{} to {}, sent at {}", card.from, card.to, words::span(card.sent - Time::ZERO)),
            why: card.why.text,
            source: card.why.source,
            link: words::rfc_link(card.why.source),
            call: card.call.map(|call| PacketStep {
                event: history.events()[call.event].n.to_string(),
                text: format!("{}: {}", words::span(call.at - Time::ZERO), call.text),
            }),
            blocks: card.blocks.into_iter().map(PacketBlock::of).collect(),
            connection: told(card.connection.into_iter().collect()),
            journey: told(card.journey),
            effects: told(card.effects),
            fields: card.fields.into_iter().map(PacketField::of).collect(),
            bytes: card.bytes,
        })
    }
}

impl PacketBlock {
    fn of(change: card::BlockChange) -> PacketBlock {
        let card::BlockChange { host, name, before, after } = change;
        PacketBlock { host, name, before, after }
    }
}

impl PacketField {
    fn of(field: Field) -> PacketField {
        let bytes = field.bytes();
        let Field { header, name, value, meaning, .. } = field;
        PacketField { header, name, value, meaning, first: bytes.start, end: bytes.end }
    }
}
