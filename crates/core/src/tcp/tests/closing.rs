//! Closing: half, whole, both at once, and by force.

use super::*;
use crate::errno::Errno;
use crate::payload::Payload;

scenarios! {
    fn a_half_closed_connection_still_carries_data_the_other_way() -> Pair {
        let mut pair = Pair::connected(&RFC);
        assert_eq!(pair.send(A, b"question"), Ok(8));
        pair.shutdown(A);
        assert_eq!(pair.send(A, b"more"), Err(Errno::EPIPE));
        pair.run_for(SECOND);
        assert_eq!(pair.states(), [State::FinWait2, State::CloseWait]);
        assert_eq!(pair.recv(B, 100), Ok("question".into()));
        assert_eq!(pair.recv(B, 100), Ok(Payload::EMPTY), "the end of the stream");
        assert_eq!(pair.send(B, b"answer"), Ok(6));
        pair.close(B);
        pair.run_for(SECOND);
        assert_eq!(pair.recv(A, 100), Ok("answer".into()));
        assert_eq!(pair.recv(A, 100), Ok(Payload::EMPTY));
        assert_eq!(pair.states(), [State::TimeWait, State::Closed]);
        pair
    }

    fn time_wait_lasts_two_segment_lifetimes() -> Pair {
        let mut pair = Pair::connected(&RFC);
        pair.close(A);
        pair.run_for(SECOND);
        pair.close(B);
        let fin = pair.now;
        assert_eq!(pair.run() - fin, DELAY + RFC.msl * 2);
        assert_eq!(pair.states(), [State::Closed; 2]);
        pair
    }

    fn a_fin_that_comes_again_starts_time_wait_anew() -> Pair {
        let mut pair = Pair::connected(&RFC);
        pair.close(A);
        pair.run_for(SECOND);
        pair.lose_nth(&[0], |sent| sent.from == A);
        pair.close(B);
        pair.run_for(DELAY);
        let first = pair.end(A).poll_timeout();
        pair.run_for(SECOND * 3);
        assert_eq!(pair.states(), [State::TimeWait, State::Closed]);
        assert!(pair.end(A).poll_timeout() > first);
        pair
    }

    fn both_may_close_at_once() -> Pair {
        let mut pair = Pair::connected(&RFC);
        pair.close(A);
        pair.close(B);
        pair.run_for(DELAY);
        assert_eq!(pair.states(), [State::Closing; 2]);
        pair.run_for(DELAY);
        assert_eq!(pair.states(), [State::TimeWait; 2]);
        pair
    }

    /// In CLOSING each FIN comes again with the ACK of the other: where it were thrown away as old, both would go on for ever.
    fn fins_that_crossed_and_lost_their_acks_end_all_the_same() -> Pair {
        let mut pair = Pair::connected(&RFC);
        pair.link(|sent| if sent.is(Flags::ACK) { lose() } else { deliver() });
        pair.close(A);
        pair.close(B);
        pair.run_for(DELAY * 2);
        assert_eq!(pair.states(), [State::Closing; 2]);
        pair.run_for(SECOND * 2);
        assert_eq!(pair.states(), [State::TimeWait; 2]);
        pair
    }

    fn the_last_data_carries_the_fin() -> Pair {
        let mut pair = Pair::connected(&RFC);
        pair.send(A, &pattern(1460)).unwrap();
        pair.send(A, b"tail").unwrap();
        pair.close(A);
        pair.run_for(SECOND);
        let last = pair.from(A).last().unwrap();
        assert_eq!((last.segment.flags, last.len()), (FIN_ACK.with(Flags::PSH), 4));
        pair
    }

    fn a_fin_that_overtakes_data_waits_for_it() -> Pair {
        let mut pair = Pair::connected(&PROMPT);
        pair.link(|sent| vec![if sent.len() > 0 { DELAY * 4 } else { DELAY }]);
        pair.send(A, &pattern(1460)).unwrap();
        pair.shutdown(A);
        pair.run_for(DELAY * 2);
        assert_eq!(pair.states()[B], State::Established);
        pair.run_for(DELAY * 2);
        assert_eq!(pair.states()[B], State::CloseWait);
        assert_eq!(pair.recv(B, 2000).map(|data| data.len()), Ok(1460));
        pair
    }

    /// RFC 9293 §3.6.1: data after close is lost, and the peer is told.
    fn data_for_a_closed_program_is_reset() -> Pair {
        let mut pair = Pair::connected(&RFC);
        pair.close(A);
        pair.run_for(SECOND);
        pair.send(B, b"too late").unwrap();
        pair.run_for(SECOND);
        assert_eq!(pair.states(), [State::Closed; 2]);
        assert_eq!(pair.reasons(A).last(), Some(&Reason::ResetOfLostData));
        assert_eq!(pair.end(B).error(), Some(Errno::ECONNRESET));
        pair
    }

    fn closing_with_unread_data_resets() -> Pair {
        let mut pair = Pair::connected(&RFC);
        pair.send(A, b"unread").unwrap();
        pair.run_for(DELAY);
        pair.close(B);
        pair.run_for(DELAY);
        assert_eq!(pair.states(), [State::Closed; 2]);
        assert_eq!(pair.recv(A, 10), Err(Errno::ECONNRESET));
        assert_eq!(pair.recv(A, 10), Ok(Payload::EMPTY), "told once");
        pair
    }

    /// What FreeBSD forgets at a close takes no more room: else a full buffer would keep the window closed for ever.
    fn forgotten_data_opens_the_window() -> Pair {
        let mut config = Config { recv_buffer: 1000, ..RFC };
        config.interface.reset_unread = false;
        let mut pair = Pair::connected(&config);
        for end in [A, B] {
            pair.send(end, &pattern(3000)).unwrap();
        }
        pair.run_for(SECOND);
        pair.close(A);
        pair.close(B);
        pair.run_for(SECOND * 10);
        assert_eq!(pair.states(), [State::Closed; 2], "data for a closed program is reset");
        pair
    }

    fn what_came_before_a_reset_is_still_read() -> Pair {
        let mut pair = Pair::connected(&RFC);
        pair.send(A, b"last words").unwrap();
        pair.abort(A);
        pair.run();
        assert_eq!(pair.recv(B, 100), Ok("last words".into()));
        assert_eq!(pair.recv(B, 100), Err(Errno::ECONNRESET));
        pair
    }

    /// Linux says EPIPE where RFC 9293 says "connection reset".
    fn the_error_of_a_reset_in_close_wait_is_policy() -> Pair {
        let mut pair = Pair::connected(&Config::linux());
        pair.shutdown(A);
        pair.run_for(SECOND);
        pair.abort(A);
        pair.run_for(SECOND);
        assert_eq!(pair.end(B).error(), Some(Errno::EPIPE));
        pair
    }
}

#[test]
fn a_later_syn_may_take_the_place_of_time_wait() {
    let mut pair = Pair::connected(&RFC);
    pair.close(A);
    pair.run_for(SECOND);
    let early = Segment { seq: ISS[B] + 1000, flags: Flags::SYN, ..Segment::default() };
    assert_eq!(pair.end(A).gives_way_to(&early), None, "not before TIME-WAIT");
    pair.close(B);
    pair.run_for(SECOND);
    let next = pair.end(A).gives_way_to(&early).expect("it may");
    assert!(next.after(pair.end(A).variables().snd_nxt), "beyond all that was used");
    assert_eq!(pair.end(A).gives_way_to(&Segment { seq: ISS[B], ..early }), None, "an old one may not");
}
