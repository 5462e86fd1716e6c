//! Connections on which nothing happens: keep-alives, the user timeout, and FIN-WAIT-2 without a FIN.

use super::*;
use crate::errno::Errno;
use crate::tcp::{Interface, KeepAlive};

const KEEP: KeepAlive =
    KeepAlive { on: true, idle: Span::from_secs(60), interval: Span::from_secs(10), count: 3 };

/// A connected pair of which only A asks whether the other is there.
fn connected(config: Config) -> Pair {
    let mut pair = Pair::new(&RFC);
    pair.configs[A] = config;
    pair.connect(A);
    pair.run_for(Span::from_millis(100));
    pair.sent.clear();
    pair
}

scenarios! {
    fn an_idle_peer_answers_keep_alives() -> Pair {
        let mut pair = connected(Config { keep_alive: KEEP, ..RFC });
        pair.run_for(Span::from_secs(200));
        assert_eq!(pair.reasons(A), [Reason::KeepAlive; 3], "one a minute");
        assert_eq!(pair.from(B).count(), 3);
        let probe = pair.from(A).next().unwrap();
        assert_eq!(probe.segment.seq + 1, pair.end(A).variables().snd_una);
        assert!(probe.segment.payload.is_empty());
        assert_eq!(pair.states(), [State::Established; 2]);
        pair
    }

    fn a_peer_that_is_gone_is_found_out() -> Pair {
        let mut pair = connected(Config { keep_alive: KEEP, ..RFC });
        pair.link(|_| lose());
        pair.run_for(Span::from_secs(89));
        assert_eq!(pair.reasons(A), [Reason::KeepAlive; 3]);
        pair.run_for(Span::from_secs(1));
        assert_eq!(pair.reasons(A).last(), Some(&Reason::ResetOfSilence));
        assert_eq!(pair.recv(A, 1), Err(Errno::ETIMEDOUT));
        pair
    }

    fn a_connection_in_use_needs_no_keep_alive() -> Pair {
        let mut pair = connected(Config { keep_alive: KEEP, ..RFC });
        for _ in 0..10 {
            pair.send(B, b"here I am").unwrap();
            pair.run_for(Span::from_secs(50));
        }
        assert!(!pair.reasons(A).contains(&Reason::KeepAlive));
        pair
    }

    fn a_handshake_may_have_a_bound() -> Pair {
        let mut pair = Pair::new(&Config { opening: Opening { keep_init: Some(Span::from_secs(5)), ..RFC.opening }, ..RFC });
        pair.link(|_| lose());
        pair.connect(A);
        let end = pair.run();
        assert_eq!(end, crate::time::Time::ZERO + Span::from_secs(5));
        assert_eq!(pair.recv(A, 1), Err(Errno::ETIMEDOUT));
        pair
    }

    fn what_stays_unacknowledged_ends_the_connection_after_the_user_timeout() -> Pair {
        let mut pair = connected(Config { interface: Interface { user_timeout: Some(Span::from_secs(7)), ..Interface::RFC }, ..RFC });
        pair.send(A, b"heard").unwrap();
        pair.run_for(Span::from_secs(20));
        pair.link(|_| lose());
        pair.send(A, b"unheard").unwrap();
        let sent = pair.now;
        pair.run_for(Span::from_millis(6_999));
        assert_eq!(pair.states()[A], State::Established);
        assert_eq!(pair.run(), sent + Span::from_secs(7));
        assert_eq!(pair.recv(A, 1), Err(Errno::ETIMEDOUT));
        pair
    }

    fn a_closed_connection_does_not_wait_for_ever_for_the_fin() -> Pair {
        let mut pair = connected(Config { interface: Interface { fin_wait_2: Some(Span::from_secs(60)), ..Interface::RFC }, ..RFC });
        pair.close(A);
        pair.run_for(Span::from_secs(59));
        assert_eq!(pair.states(), [State::FinWait2, State::CloseWait]);
        pair.run_for(Span::from_secs(2));
        assert_eq!(pair.states(), [State::Closed, State::CloseWait]);
        pair
    }

    fn who_may_still_read_waits_for_the_fin() -> Pair {
        let mut pair = connected(Config { interface: Interface { fin_wait_2: Some(Span::from_secs(60)), ..Interface::RFC }, ..RFC });
        pair.shutdown(A);
        pair.run_for(Span::from_secs(600));
        assert_eq!(pair.states(), [State::FinWait2, State::CloseWait]);
        pair.close(A);
        pair.run();
        assert_eq!(pair.states(), [State::Closed, State::CloseWait]);
        pair
    }
}
