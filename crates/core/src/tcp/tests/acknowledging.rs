//! When an ACK goes out, and when small segments wait: delayed ACK and Nagle's algorithm.

use super::*;
use crate::program::{SendFlags, SocketOption};

scenarios! {
    fn a_lone_segment_is_acknowledged_late() -> Pair {
        let mut pair = Pair::connected(&RFC);
        pair.send(A, b"hello").unwrap();
        pair.run();
        let ack = pair.from(B).next().unwrap();
        assert_eq!(ack.reason, Reason::AckDelayed);
        assert_eq!(ack.at - pair.from(A).next().unwrap().at, DELAY + RFC.delayed_ack);
        pair
    }

    fn data_carries_the_ack() -> Pair {
        let mut pair = Pair::connected(&RFC);
        pair.send(A, b"hello").unwrap();
        pair.run_for(DELAY);
        pair.send(B, b"HELLO").unwrap();
        pair.run_for(DELAY);
        assert_eq!(pair.reasons(B), [Reason::NewData]);
        assert_eq!(pair.end(A).variables().send_buffered, 0);
        pair
    }

    fn every_second_full_segment_is_acknowledged_at_once() -> Pair {
        let mut pair = Pair::connected(&RFC);
        pair.send(A, &pattern(4 * 1460)).unwrap();
        pair.run_for(DELAY);
        assert_eq!(pair.reasons(B), [Reason::AckNow; 2]);
        pair
    }

    fn out_of_order_hole_filled_and_fin_are_acknowledged_at_once() -> Pair {
        let mut pair = Pair::connected(&RFC);
        pair.lose_nth(&[0], |sent| sent.len() > 0);
        pair.send(A, &pattern(2 * 1460)).unwrap();
        pair.run_for(DELAY);
        assert_eq!(pair.reasons(B), [Reason::AckNow], "out of order");
        pair.run_for(SECOND * 2);
        assert_eq!(pair.reasons(B), [Reason::AckNow; 2], "hole filled");
        pair.close(A);
        pair.run_for(DELAY);
        assert_eq!(pair.reasons(B), [Reason::AckNow; 3], "FIN");
        pair
    }

    fn a_small_hole_filled_is_acknowledged_at_once() -> Pair {
        let mut pair = Pair::connected(&Config { no_delay: true, ..RFC });
        pair.lose_nth(&[0], |sent| sent.len() > 0);
        pair.send(A, b"lost").unwrap();
        pair.send(A, b"early").unwrap();
        pair.run_for(SECOND + DELAY);
        assert_eq!(pair.reasons(B), [Reason::AckNow; 2]);
        pair
    }

    /// Linux acknowledges the first sixteen segments one by one, and again after a pause.
    fn quick_acks_come_when_data_begins_to_flow() -> Pair {
        let mut pair = Pair::connected(&Config { quick_acks: 16, growth: Growth { initial_window: 30, ..RFC.growth }, ..RFC });
        for _ in 0..2 {
            pair.sent.clear();
            for _ in 0..20 {
                pair.send(A, &pattern(1460)).unwrap();
                pair.run_for(Span::from_millis(1));
            }
            pair.run_for(SECOND);
            let quick = pair.from(B).filter(|sent| sent.reason == Reason::QuickAck).count();
            assert_eq!((quick, pair.from(B).count()), (16, 18), "one by one, then every second");
            pair.run_for(SECOND * 2);
        }
        pair
    }

    fn small_segments_wait_for_the_ack_of_the_first() -> Pair {
        let mut pair = Pair::connected(&PROMPT);
        for byte in pattern(10) {
            pair.send(A, &[byte]).unwrap();
        }
        pair.run();
        assert_eq!(pair.from(A).map(Sent::len).collect::<Vec<_>>(), [1, 9]);
        pair
    }

    fn with_no_delay_they_do_not() -> Pair {
        let mut pair = Pair::connected(&PROMPT);
        pair.act(A, |connection, cx| connection.set_option(SocketOption::NoDelay(true), cx));
        for byte in pattern(10) {
            pair.send(A, &[byte]).unwrap();
        }
        assert_eq!(pair.from(A).map(Sent::len).collect::<Vec<_>>(), [1; 10]);
        pair
    }

    /// `TCP_CORK`: parts of segments wait until the socket is uncorked, or for as long as the timer lets them.
    fn a_corked_socket_sends_full_segments() -> Pair {
        let cork = |pair: &mut Pair, on| {
            pair.act(A, |connection, cx| connection.set_option(SocketOption::Cork(on), cx));
        };
        let mut pair = Pair::connected(&PROMPT);
        cork(&mut pair, true);
        pair.send(A, &pattern(1500)).unwrap();
        pair.send(A, &pattern(60)).unwrap();
        pair.run_for(DELAY * 4);
        cork(&mut pair, false);
        pair.run_for(DELAY * 4);
        cork(&mut pair, true);
        pair.send(A, &pattern(7)).unwrap();
        pair.run();
        let room = pair.end(A).variables().snd_nxt - pair.from(A).next().unwrap().segment.seq;
        let sent: Vec<_> = pair.from(A).map(|sent| (sent.len(), sent.reason)).collect();
        assert_eq!(room, 1567);
        assert_eq!(sent[1..], [(1560 - sent[0].0, Reason::NewData), (7, Reason::SmallWindow)]);
        pair
    }

    /// A segment that the send buffer can never hold is not waited for.
    fn a_cork_holds_nothing_back_in_a_full_buffer() -> Pair {
        let mut pair = Pair::connected(&Config { send_buffer: 900, cork: true, ..PROMPT });
        assert_eq!(pair.send(A, &pattern(1000)), Ok(900));
        pair.run_for(DELAY);
        assert_eq!(pair.from(A).map(|sent| (sent.len(), sent.reason)).collect::<Vec<_>>(), [(900, Reason::NewData)]);
        pair
    }

    /// `MSG_MORE`: a part of a segment waits for the send without it.
    fn what_more_follows_waits_for_it() -> Pair {
        let mut pair = Pair::connected(&Config { no_delay: true, ..PROMPT });
        for flags in [SendFlags::MORE, SendFlags::MORE, SendFlags::NONE] {
            pair.act(A, |connection, cx| connection.send(&pattern(100).into(), flags, cx)).unwrap();
        }
        pair.act(A, |connection, cx| connection.send(&pattern(50).into(), SendFlags::MORE, cx)).unwrap();
        pair.act(A, |connection, cx| connection.set_option(SocketOption::NoDelay(true), cx));
        assert_eq!(pair.from(A).map(Sent::len).collect::<Vec<_>>(), [300, 50]);
        pair
    }
}
