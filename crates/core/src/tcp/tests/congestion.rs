//! Congestion control without SACK: slow start, fast retransmit, recovery (RFC 5681, RFC 6582).

use super::*;

const RENO: Config =
    Config { sack: false, recovery: LossRecovery { f_rto: false, ..PROMPT.recovery }, ..PROMPT };

/// A sends so many full segments, of which the link loses these.
fn flight(segments: usize, lost: &'static [usize]) -> Pair {
    let mut pair = Pair::connected(&RENO);
    pair.lose_nth(lost, |sent| sent.len() > 0);
    pair.send(A, &pattern(segments * 1460)).unwrap();
    pair
}
fn again(pair: &Pair) -> Vec<Reason> {
    pair.reasons(A).into_iter().filter(|reason| !matches!(reason, Reason::NewData | Reason::AckNow)).collect()
}
fn all_arrived(pair: &mut Pair, segments: usize) {
    assert_eq!(pair.recv(B, 1 << 20).as_deref(), Ok(&pattern(segments * 1460)[..]));
}

scenarios! {
    fn slow_start_doubles_each_round() -> Pair {
        let mut pair = Pair::connected(&Config { growth: Growth { initial_window: 2, ..RENO.growth }, ..RENO });
        pair.send(A, &pattern(40 * 1460)).unwrap();
        let rounds: Vec<usize> = (0..4).map(|_| {
            let sent = pair.from(A).count();
            pair.sent.clear();
            pair.run_for(DELAY * 2);
            sent
        }).collect();
        assert_eq!(rounds, [2, 4, 8, 16]);
        pair
    }

    fn three_duplicate_acks_bring_a_fast_retransmit() -> Pair {
        let mut pair = flight(10, &[2]);
        pair.run_for(DELAY * 4);
        assert_eq!(again(&pair), [Reason::FastRetransmit]);
        let rules: Vec<_> = pair.rules(A).filter(|rule| *rule == Reason::DuplicateAck).collect();
        assert_eq!(rules.len(), 7);
        pair.run();
        let after = pair.end(A).variables();
        assert_eq!((after.cwnd, after.ssthresh), (4 * 1460, 4 * 1460), "half of the eight in flight");
        all_arrived(&mut pair, 10);
        pair
    }

    fn each_partial_ack_shows_the_next_hole() -> Pair {
        let mut pair = flight(10, &[1, 3, 5]);
        pair.run_for(DELAY * 9);
        assert_eq!(again(&pair), [Reason::FastRetransmit, Reason::PartialAck, Reason::PartialAck]);
        all_arrived(&mut pair, 10);
        pair
    }

    /// RFC 6582 §4: only the first partial ACK restarts the timer, so that many holes do not take a round trip each.
    fn a_long_recovery_ends_by_the_timer() -> Pair {
        let mut pair = Pair::connected(&Config {
            growth: Growth { initial_window: 20, ..RENO.growth },
            timeouts: Timeouts { min_rto: Span::from_millis(60), ..RENO.timeouts },
            ..RENO
        });
        pair.lose_nth(&[1, 3, 5, 7, 9, 11, 13, 15], |sent| sent.len() > 0);
        pair.send(A, &pattern(20 * 1460)).unwrap();
        pair.run();
        assert!(again(&pair).contains(&Reason::Retransmission));
        all_arrived(&mut pair, 20);
        pair
    }

    fn two_duplicate_acks_let_out_two_new_segments() -> Pair {
        let mut pair = Pair::connected(&Config { growth: Growth { initial_window: 3, ..RENO.growth }, ..RENO });
        pair.lose_nth(&[0], |sent| sent.len() > 0);
        pair.send(A, &pattern(8 * 1460)).unwrap();
        pair.run_for(DELAY * 6);
        assert!(again(&pair).starts_with(&[Reason::LimitedTransmit, Reason::LimitedTransmit, Reason::FastRetransmit]));
        pair
    }

    fn a_lost_retransmission_needs_the_timer() -> Pair {
        let mut pair = flight(10, &[2, 10]);
        pair.run();
        assert_eq!(again(&pair), [Reason::FastRetransmit, Reason::Retransmission]);
        all_arrived(&mut pair, 10);
        pair
    }

    fn after_a_timeout_the_window_is_one_segment() -> Pair {
        let mut pair = flight(1, &[0]);
        pair.run_for(SECOND + DELAY / 2);
        let after = pair.end(A).variables();
        assert_eq!((after.cwnd, after.ssthresh), (1460, 2 * 1460));
        pair
    }

    fn an_idle_connection_starts_slowly_again() -> Pair {
        let mut pair = Pair::connected(&RENO);
        pair.send(A, &pattern(40 * 1460)).unwrap();
        pair.run();
        assert!(pair.end(A).variables().cwnd > 14_600);
        pair.run_for(SECOND * 5);
        pair.send(A, b"x").unwrap();
        assert_eq!(pair.end(A).variables().cwnd, 14_600);
        pair
    }
}
