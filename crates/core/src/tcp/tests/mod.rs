//! Scenarios between two connections over a link that does as the test says.

/// Scenarios: each is a test, and together they are what the test of the state diagram looks at.
macro_rules! scenarios {
    ($($(#[$doc:meta])* fn $name:ident() -> Pair $body:block)*) => {
        $($(#[$doc])* fn $name() -> Pair $body)*
        /// Every scenario of this file.
        pub(super) const ALL: &[fn() -> Pair] = &[$($name),*];
        mod scenario {
            $(#[test] fn $name() { super::$name(); })*
        }
    };
}

mod acknowledging;
mod attacks;
mod buffers;
mod closing;
mod congestion;
mod diagram;
mod exhaustive;
mod forged;
mod goodput;
mod hostile;
mod keep_alive;
mod loss;
mod marks;
mod opening;
mod options;
mod pair;
mod random;
mod receive_window;
mod recovering;
mod sack_list;
mod scoreboard;
mod selective;
mod traced;
mod urgent;
mod windows;

use crate::tcp::{Config, Growth, LossRecovery, Opening, PathPolicy, Reason, State, Timeouts};
use crate::time::Span;
use crate::wire::{Flags, Segment};
use pair::{A, B, DELAY, ISS, Pair, Sent, deliver, lose};

/// Without what RFC 7323 adds: the tests of that switch it on.
const RFC: Config = Config { window_scaling: false, timestamps: false, ..Config::rfc() };
/// No waiting for a second segment: what these tests look at is elsewhere.
const PROMPT: Config = Config { delayed_ack: Span::ZERO, ..RFC };
const SECOND: Span = Span::from_secs(1);
const SYN_ACK: Flags = Flags::SYN.with(Flags::ACK);
const FIN_ACK: Flags = Flags::FIN.with(Flags::ACK);
/// Every state, in the order of RFC 9293 §3.3.2.
const STATES: [State; 11] = [
    State::Listen,
    State::SynSent,
    State::SynReceived,
    State::Established,
    State::FinWait1,
    State::FinWait2,
    State::CloseWait,
    State::Closing,
    State::LastAck,
    State::TimeWait,
    State::Closed,
];
const RST_ACK: Flags = Flags::RST.with(Flags::ACK);

/// Bytes that tell a gap, a repetition and a swap.
fn pattern(len: usize) -> Vec<u8> {
    (0..len as u32).map(|n| (n ^ n >> 8 ^ n >> 16) as u8).collect()
}
