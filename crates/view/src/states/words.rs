//! What moves a connection along an arc, in words.

use crate::texts::{Texts, pattern};
use sockscope_core::tcp::{State, Trigger};

/// An arc in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArcWords<'a> {
    /// What happens, in two words.
    pub label: &'a str,
    /// What is sent then, in two words; empty where nothing is.
    pub sends: &'static str,
    /// What happens, in a sentence.
    pub text: &'a str,
    /// Where it stands: RFC and section.
    pub source: &'static str,
}

/// An arc of the diagram, in words.
///
/// ```
/// use sockscope_core::tcp::{State, Trigger};
/// use sockscope_view::{states::arc_words, texts::Texts};
/// let english = Texts::ENGLISH;
/// let arc = arc_words(&english, State::SynSent, Trigger::SynAck);
/// assert_eq!((arc.label, arc.sends, arc.source), ("SYN,ACK", "ACK", "RFC 9293 §3.10.7.3"));
/// ```
pub fn arc_words(texts: &Texts, from: State, trigger: Trigger) -> ArcWords<'_> {
    use State::*;
    let (label, sends, text) = match (from, trigger) {
        (_, Trigger::PassiveOpen) => {
            ("listen()", "", pattern("The program listens: anybody's SYN is welcome."))
        }
        (_, Trigger::ActiveOpen) => ("connect()", "SYN", pattern("The program connects: our SYN goes out.")),
        (SynSent, Trigger::Syn) => {
            ("SYN", "SYN,ACK", pattern("Both sides called at once: the peer's SYN crossed ours."))
        }
        (_, Trigger::Syn) => ("SYN", "SYN,ACK", pattern("A SYN knocked: a socket of its own answers it.")),
        (_, Trigger::SynAck) => {
            ("SYN,ACK", "ACK", pattern("The peer's SYN came, and the ACK of ours: the connection stands."))
        }
        (_, Trigger::AckOfSyn) => {
            (pattern("ACK of SYN"), "", pattern("Our SYN is acknowledged: the connection stands."))
        }
        (Listen | SynSent, Trigger::Close) => {
            ("close()", "", pattern("The program gave up before there was a connection."))
        }
        (_, Trigger::Close) => (
            "close()",
            "FIN",
            pattern("The program has no more to send: our FIN goes out after the last byte."),
        ),
        (Established, Trigger::Fin) => ("FIN", "ACK", pattern("The peer has no more to send; we still may.")),
        (FinWait1, Trigger::Fin) => ("FIN", "ACK", pattern("Both sides closed at once: the FINs crossed.")),
        (_, Trigger::Fin) => (
            "FIN",
            "ACK",
            pattern("The peer has closed too: the last ACK may be lost, so we wait for a while."),
        ),
        (LastAck, Trigger::AckOfFin) => (
            pattern("ACK of FIN"),
            "",
            pattern("The peer closed first and knows now that we did too: all is over."),
        ),
        (_, Trigger::AckOfFin) => (pattern("ACK of FIN"), "", pattern("Our FIN is acknowledged.")),
        (_, Trigger::Reset) => ("RST", "", pattern("The peer reset the connection: it is gone at once.")),
        (_, Trigger::Unreachable) => {
            ("ICMP", "", pattern("ICMP says that nobody has the port that we call."))
        }
        (_, Trigger::Abort) => {
            (pattern("abort"), "RST", pattern("This side gave the connection up at once."))
        }
        (_, Trigger::TimedOut) => {
            (pattern("time-out"), "", pattern("The peer was silent for too long: we gave up."))
        }
        (_, Trigger::Elapsed2Msl) => (
            pattern("2 MSL over"),
            "",
            pattern("What was still on its way has died: the ports may be used again."),
        ),
    };
    ArcWords { label: texts.of(label), sends, text: texts.of(text), source: source(from, trigger) }
}

const fn source(from: State, trigger: Trigger) -> &'static str {
    match (from, trigger) {
        (_, Trigger::PassiveOpen | Trigger::ActiveOpen) => "RFC 9293 §3.10.1",
        (_, Trigger::Close) => "RFC 9293 §3.10.4",
        (_, Trigger::Abort) => "RFC 9293 §3.10.5",
        (_, Trigger::TimedOut) => "RFC 9293 §3.8.3",
        (_, Trigger::Elapsed2Msl) => "RFC 9293 §3.10.8",
        (_, Trigger::Unreachable) => "RFC 5461 §4",
        (State::Listen, _) => "RFC 9293 §3.10.7.2",
        (State::SynSent, _) => "RFC 9293 §3.10.7.3",
        _ => "RFC 9293 §3.10.7.4",
    }
}
