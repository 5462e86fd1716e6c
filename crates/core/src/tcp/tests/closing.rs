//! Closing: half, whole, both at once, and by force.

use super::{A, B, Pair};
use crate::payload::Payload;
use crate::tcp::{Config, State};
use crate::time::Span;

const RFC: Config = Config::rfc();

#[test]
fn a_half_closed_connection_still_carries_data_the_other_way() {
    let mut pair = Pair::connected(&RFC);
    assert_eq!(pair.send(A, b"question"), Ok(8));
    pair.shutdown(A);
    pair.run_for(Span::from_secs(1));
    assert_eq!(pair.states(), [State::FinWait2, State::CloseWait]);
    assert_eq!(pair.recv(B, 100), Ok("question".into()));
    assert_eq!(pair.recv(B, 100), Ok(Payload::EMPTY), "the end of the stream");
    assert_eq!(pair.send(B, b"answer"), Ok(6));
    pair.close(B);
    pair.run_for(Span::from_secs(1));
    assert_eq!(pair.recv(A, 100), Ok("answer".into()));
    assert_eq!(pair.recv(A, 100), Ok(Payload::EMPTY));
    assert_eq!(pair.states(), [State::TimeWait, State::Closed]);
    let entered = pair.now;
    assert!(pair.run() > entered + Span::from_secs(235), "2 MSL");
    assert_eq!(pair.states(), [State::Closed; 2]);
}
