//! What moves a connection along an arc, in words.

use sockscope_core::tcp::{State, Trigger};

/// An arc in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArcWords {
    /// What happens, in two words.
    pub label: &'static str,
    /// What is sent then, in two words; empty where nothing is.
    pub sends: &'static str,
    /// What happens, in a sentence.
    pub text: &'static str,
    /// Where it stands: RFC and section.
    pub source: &'static str,
}

/// An arc of the diagram, in words.
///
/// ```
/// use sockscope_core::tcp::{State, Trigger};
/// use sockscope_view::states::arc_words;
/// let arc = arc_words(State::SynSent, Trigger::SynAck);
/// assert_eq!((arc.label, arc.sends, arc.source), ("SYN,ACK", "ACK", "RFC 9293 §3.10.7.3"));
/// ```
pub fn arc_words(from: State, trigger: Trigger) -> ArcWords {
    use State::*;
    let (label, sends, text) = match (from, trigger) {
        (_, Trigger::PassiveOpen) => ("listen()", "", "The program listens: anybody's SYN is welcome."),
        (_, Trigger::ActiveOpen) => ("connect()", "SYN", "The program connects: our SYN goes out."),
        (SynSent, Trigger::Syn) => {
            ("SYN", "SYN,ACK", "Both sides called at once: the peer's SYN crossed ours.")
        }
        (_, Trigger::Syn) => ("SYN", "SYN,ACK", "A SYN knocked: a socket of its own answers it."),
        (_, Trigger::SynAck) => {
            ("SYN,ACK", "ACK", "The peer's SYN came, and the ACK of ours: the connection stands.")
        }
        (_, Trigger::AckOfSyn) => ("ACK of SYN", "", "Our SYN is acknowledged: the connection stands."),
        (Listen | SynSent, Trigger::Close) => {
            ("close()", "", "The program gave up before there was a connection.")
        }
        (_, Trigger::Close) => {
            ("close()", "FIN", "The program has no more to send: our FIN goes out after the last byte.")
        }
        (Established, Trigger::Fin) => ("FIN", "ACK", "The peer has no more to send; we still may."),
        (FinWait1, Trigger::Fin) => ("FIN", "ACK", "Both sides closed at once: the FINs crossed."),
        (_, Trigger::Fin) => {
            ("FIN", "ACK", "The peer has closed too: the last ACK may be lost, so we wait for a while.")
        }
        (LastAck, Trigger::AckOfFin) => {
            ("ACK of FIN", "", "The peer closed first and knows now that we did too: all is over.")
        }
        (_, Trigger::AckOfFin) => ("ACK of FIN", "", "Our FIN is acknowledged."),
        (_, Trigger::Reset) => ("RST", "", "The peer reset the connection: it is gone at once."),
        (_, Trigger::Unreachable) => ("ICMP", "", "ICMP says that nobody has the port that we call."),
        (_, Trigger::Abort) => ("abort", "RST", "This side gave the connection up at once."),
        (_, Trigger::TimedOut) => ("time-out", "", "The peer was silent for too long: we gave up."),
        (_, Trigger::Elapsed2Msl) => {
            ("2 MSL over", "", "What was still on its way has died: the ports may be used again.")
        }
    };
    ArcWords { label, sends, text, source: source(from, trigger) }
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
