//! Loss: retransmission, back-off, giving up, and reassembly.

use super::*;

/// Without SACK: what these tests look at is the timer.
const PLAIN: Config = Config { sack: false, recovery: LossRecovery { f_rto: false, ..RFC.recovery }, ..RFC };
use crate::errno::Errno;
use crate::wire::IcmpKind;

scenarios! {
    fn a_lost_segment_is_sent_again_when_the_timer_runs_out() -> Pair {
        let mut pair = Pair::connected(&PLAIN);
        pair.lose_nth(&[0, 1], |sent| sent.len() > 0);
        pair.send(A, b"hello").unwrap();
        pair.run();
        assert_eq!(pair.reasons(A), [Reason::NewData, Reason::Retransmission, Reason::Retransmission]);
        let at: Vec<_> = pair.from(A).map(|sent| sent.at).collect();
        assert_eq!((at[1] - at[0], at[2] - at[1]), (SECOND, SECOND * 2), "back-off");
        assert_eq!(pair.recv(B, 100), Ok("hello".into()));
        assert_eq!(pair.end(A).variables().rto, SECOND * 4, "Karn: no measurement, so the back-off stays");
        pair.send(A, b"again").unwrap();
        pair.run();
        assert_eq!(pair.end(A).variables().rto, SECOND, "a measurement ends it");
        pair
    }

    /// What was sent late may still arrive, but without SACK nobody would tell: RACK's patience is not for it.
    fn without_sack_all_that_is_in_flight_counts_as_lost() -> Pair {
        let mut pair = Pair::connected(&PLAIN);
        pair.send(A, &pattern(1460)).unwrap();
        pair.run_for(SECOND);
        pair.sent.clear();
        pair.link(|_| lose());
        let late = Span::from_millis(5);
        pair.send(A, &pattern(1460)).unwrap();
        pair.run_for(SECOND.saturating_sub(late));
        pair.send(A, &pattern(1460)).unwrap();
        pair.run_for(late);
        assert_eq!(pair.reasons(A), [Reason::NewData, Reason::NewData, Reason::Retransmission]);
        assert_eq!(pair.end(A).variables().lost, 1460);
        pair
    }

    fn a_peer_that_never_answers_is_given_up() -> Pair {
        let mut pair = Pair::connected(&Config { timeouts: Timeouts { data_retries: 3, ..PLAIN.timeouts }, ..PLAIN });
        pair.link(|_| lose());
        pair.send(A, b"hello").unwrap();
        let sent = pair.now;
        assert_eq!(pair.run() - sent, SECOND * (1 + 2 + 4 + 8));
        assert_eq!(pair.from(A).count(), 4);
        assert_eq!((pair.states()[A], pair.recv(A, 1)), (State::Closed, Err(Errno::ETIMEDOUT)));
        pair
    }

    /// What ICMP said is forgotten when an ACK proves it over.
    fn a_soft_error_passes() -> Pair {
        let mut pair = Pair::connected(&PROMPT);
        pair.icmp(A, IcmpKind::HostUnreachable);
        pair.send(A, b"hello").unwrap();
        pair.run();
        pair.link(|_| lose());
        pair.send(A, b"hello").unwrap();
        pair.run();
        assert_eq!(pair.end(A).error(), Some(Errno::ETIMEDOUT));
        pair
    }

    fn a_lost_fin_is_sent_again() -> Pair {
        let mut pair = Pair::connected(&PLAIN);
        pair.lose_nth(&[0], |sent| sent.is(FIN_ACK));
        pair.close(A);
        pair.run();
        assert_eq!(pair.reasons(A), [Reason::FinOfClose, Reason::Retransmission]);
        assert_eq!(pair.states(), [State::FinWait2, State::CloseWait]);
        pair
    }

    fn what_overtakes_is_put_in_order() -> Pair {
        let mut pair = Pair::connected(&PROMPT);
        let mut nth = 0;
        pair.link(move |sent| {
            nth += usize::from(sent.len() > 0);
            vec![DELAY + Span::from_millis(if sent.len() > 0 { 8 - nth } else { 0 } as u64)]
        });
        let data = pattern(5 * 1460);
        pair.send(A, &data).unwrap();
        pair.run();
        assert_eq!(pair.recv(B, 10_000).as_deref(), Ok(&data[..]));
        assert!(pair.rules(B).any(|rule| rule == Reason::OutOfOrder));
        assert!(pair.rules(B).any(|rule| rule == Reason::HoleFilled));
        pair
    }

    fn duplicates_are_acknowledged_and_dropped() -> Pair {
        let mut pair = Pair::connected(&PROMPT);
        pair.link(|_| vec![DELAY, DELAY * 2]);
        pair.send(A, b"once").unwrap();
        pair.run();
        assert_eq!(pair.recv(B, 100), Ok("once".into()));
        assert_eq!(pair.recv(B, 100), Err(Errno::EAGAIN));
        assert!(pair.rules(B).any(|rule| rule == Reason::Unacceptable));
        pair
    }

    /// The FIN came behind text that came before: only the FIN is new.
    fn old_text_may_carry_a_new_fin() -> Pair {
        let mut pair = Pair::connected(&PROMPT);
        pair.send(A, b"hello").unwrap();
        pair.run();
        let again = Segment { flags: FIN_ACK, ..pair.from(A).next().unwrap().segment.clone() };
        pair.inject(B, again);
        assert!(pair.rules(B).any(|rule| rule == Reason::OldText));
        assert_eq!(pair.states()[B], State::CloseWait);
        pair
    }

    /// After 4 GiB sequence numbers come round to the initial one, which is no SYN this time.
    fn the_initial_sequence_number_comes_round() -> Pair {
        let mut pair = Pair::connected(&PROMPT);
        pair.act(A, |connection, _| connection.snd.iss = connection.snd.nxt);
        pair.lose_nth(&[0], |sent| sent.len() > 0);
        pair.send(A, b"hello").unwrap();
        pair.run();
        assert!(pair.from(A).all(|sent| !sent.segment.flags.has(Flags::SYN)));
        assert_eq!(pair.recv(B, 100), Ok("hello".into()));
        pair
    }

    /// After a timeout all that was in flight goes again as ACKs let it, but nothing that arrived after all.
    fn a_lost_flight_is_sent_again_in_slow_start() -> Pair {
        let mut pair = Pair::connected(&Config { delayed_ack: Span::ZERO, ..PLAIN });
        pair.lose_nth(&[0, 1, 2, 3, 4, 5], |sent| sent.len() > 0);
        let data = pattern(6 * 1460);
        pair.send(A, &data).unwrap();
        pair.run();
        let again: Vec<_> = pair.from(A).filter(|sent| sent.reason == Reason::Retransmission).collect();
        assert_eq!(again.len(), 6);
        let rounds: std::collections::BTreeSet<_> = again.iter().map(|sent| sent.at).collect();
        assert_eq!(rounds.len(), 3, "1, 2 and 3 segments");
        assert_eq!(pair.recv(B, 10_000).as_deref(), Ok(&data[..]));
        pair
    }
}
