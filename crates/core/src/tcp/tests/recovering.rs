//! Loss recovery with SACK: RACK, tail loss probes, PRR, F-RTO, and what is taken back (RFC 6675, RFC 8985, RFC 6937,
//! RFC 5682, RFC 3708).

use super::*;
use crate::tcp::Phase;

/// The link takes 10 ms each way.
const ROUND: Span = Span::from_millis(20);
const NO_RACK: Config =
    Config { recovery: LossRecovery { rack: false, tail_loss_probe: false, ..PROMPT.recovery }, ..PROMPT };

/// A sends so many full segments, of which the link loses these.
fn flight(config: &Config, segments: usize, lost: &'static [usize]) -> Pair {
    let mut pair = Pair::connected(config);
    pair.lose_nth(lost, |sent| sent.len() > 0);
    pair.send(A, &pattern(segments * 1460)).unwrap();
    pair
}
/// Why segments went again, or otherwise than as new data.
fn again(pair: &Pair) -> Vec<Reason> {
    pair.reasons(A).into_iter().filter(|reason| !matches!(reason, Reason::NewData | Reason::AckNow)).collect()
}
/// How many segments went again because others had overtaken them.
fn again_for_loss(pair: &Pair) -> usize {
    pair.reasons(A).into_iter().filter(|reason| *reason == Reason::RackLoss).count()
}
fn all_arrived(pair: &mut Pair, segments: usize) {
    assert_eq!(pair.recv(B, 1 << 20).as_deref(), Ok(&pattern(segments * 1460)[..]));
}

scenarios! {
    /// Every hole is known at once: three losses take one round trip.
    fn many_losses_take_one_round_trip() -> Pair {
        let mut pair = flight(&PROMPT, 10, &[1, 3, 5]);
        pair.run_for(ROUND);
        assert_eq!(again(&pair), [Reason::RackLoss; 3]);
        assert_eq!(pair.end(A).variables().phase, Phase::Recovery);
        pair.run_for(ROUND);
        assert_eq!(pair.end(A).variables().phase, Phase::Open);
        all_arrived(&mut pair, 10);
        pair
    }

    fn without_rack_three_sacked_segments_beyond_tell_of_a_loss() -> Pair {
        let mut pair = flight(&NO_RACK, 10, &[1, 3, 8]);
        pair.run_for(ROUND);
        assert_eq!(again(&pair), [Reason::SackLoss; 2], "beyond the last there is one only");
        pair.run();
        assert_eq!(again(&pair), [Reason::SackLoss, Reason::SackLoss, Reason::Rescue], "that one needs no time-out");
        all_arrived(&mut pair, 10);
        pair
    }

    /// RACK: what was sent again and is overtaken by what was sent after it is lost again. No timer has to run out.
    fn a_lost_retransmission_is_found_by_time() -> Pair {
        let mut pair = Pair::connected(&PROMPT);
        let third = pair.end(A).variables().snd_nxt + 2 * 1460;
        pair.lose_nth(&[0, 1], move |sent| sent.len() > 0 && sent.segment.seq == third);
        pair.send(A, &pattern(30 * 1460)).unwrap();
        pair.run_for(ROUND * 5);
        assert_eq!(again_for_loss(&pair), 2);
        assert!(pair.reasons(A).iter().all(|reason| *reason != Reason::Retransmission));
        all_arrived(&mut pair, 30);
        pair
    }

    /// One sacked segment beyond the hole may be mere reordering: a quarter of a round trip decides.
    fn a_single_sacked_segment_waits_for_the_reordering_timer() -> Pair {
        let mut pair = flight(&PROMPT, 3, &[1]);
        pair.run_for(ROUND);
        assert_eq!((again(&pair), pair.end(A).variables().phase), (vec![], Phase::Disorder));
        pair.run_for(ROUND / 4);
        assert_eq!(again(&pair), [Reason::RackLoss]);
        all_arrived_later(&mut pair, 3);
        pair
    }

    /// The last segments of a flight are lost: a probe after two round trips tells of it, not the timer after a second.
    fn a_lost_tail_is_found_by_a_probe() -> Pair {
        let mut pair = flight(&PROMPT, 5, &[3, 4]);
        let start = pair.now;
        pair.run_for(ROUND * 5);
        assert_eq!(again(&pair), [Reason::TailLossProbe, Reason::RackLoss]);
        let probe = pair.from(A).find(|sent| sent.reason == Reason::TailLossProbe).unwrap();
        assert_eq!(probe.at - start, ROUND * 3, "two round trips after the last ACK");
        all_arrived(&mut pair, 5);
        pair
    }

    /// The probe itself repairs the loss; the ACK of later data shows that there was one, and the window is cut for it.
    fn a_probe_that_repairs_a_loss_cuts_the_window() -> Pair {
        let mut pair = flight(&PROMPT, 5, &[4]);
        pair.run_for(SECOND / 2);
        assert_eq!(again(&pair), [Reason::TailLossProbe]);
        let before = pair.end(A).variables().cwnd;
        pair.send(A, &pattern(1460)).unwrap();
        pair.run_for(ROUND);
        assert!(pair.rules(A).any(|rule| rule == Reason::ProbeRepairedLoss));
        assert!(pair.end(A).variables().cwnd < before);
        pair
    }

    /// ACKs come late: the probe was needless, its duplicate says so, and nothing is cut.
    fn a_needless_probe_cuts_nothing() -> Pair {
        let mut pair = Pair::connected(&PROMPT);
        pair.send(A, &pattern(1460)).unwrap();
        pair.run_for(ROUND);
        pair.link(|sent| vec![if sent.from == B { DELAY + Span::from_millis(400) } else { DELAY }]);
        let before = pair.end(A).variables().cwnd;
        pair.send(A, &pattern(1460)).unwrap();
        pair.run_for(SECOND);
        assert_eq!(again(&pair), [Reason::TailLossProbe]);
        assert!(pair.rules(A).any(|rule| rule == Reason::ReportedTwice));
        pair.link(|_| deliver());
        pair.send(A, &pattern(1460)).unwrap();
        pair.run_for(ROUND);
        assert!(pair.end(A).variables().cwnd >= before);
        pair
    }

    /// New data that leaves at the same instant as a retransmission tells nothing of it, although it stands later in the stream.
    fn what_goes_again_is_not_overtaken_by_what_left_with_it() -> Pair {
        let mut pair = Pair::connected(&Config { send_buffer: 1 << 20, ..PROMPT });
        pair.lose_nth(&[12], |sent| sent.len() > 0);
        pair.send(A, &pattern(40 * 1460)).unwrap();
        pair.run();
        assert_eq!(again_for_loss(&pair), 1);
        all_arrived(&mut pair, 40);
        pair
    }

    /// In recovery the flight shrinks to the threshold, with new data in proportion to what arrives.
    fn new_data_flows_in_recovery() -> Pair {
        let mut pair = Pair::connected(&Config { send_buffer: 1 << 20, ..PROMPT });
        pair.lose_nth(&[12], |sent| sent.len() > 0);
        pair.send(A, &pattern(40 * 1460)).unwrap();
        pair.run_for(ROUND * 3);
        let sent = pair.from(A).filter(|sent| sent.reason == Reason::RecoveryData).count();
        assert!((3..12).contains(&sent), "{sent} segments of new data");
        let variables = pair.end(A).variables();
        assert_eq!(variables.cwnd, variables.ssthresh);
        pair.run();
        all_arrived(&mut pair, 40);
        pair
    }

    /// A pause of the network: the timer runs out, then the ACKs come after all. F-RTO sees that nothing was lost.
    fn a_needless_timeout_is_taken_back() -> Pair {
        let mut pair = Pair::connected(&Config { recovery: LossRecovery { tail_loss_probe: false, ..PROMPT.recovery }, ..PROMPT });
        pair.send(A, &pattern(10 * 1460)).unwrap();
        pair.run_for(ROUND);
        let before = pair.end(A).variables();
        pair.link(|sent| vec![if sent.from == B { DELAY + SECOND } else { DELAY }]);
        pair.send(A, &pattern(30 * 1460)).unwrap();
        pair.run_for(SECOND + Span::from_millis(10));
        assert_eq!((again(&pair), pair.end(A).variables().cwnd), (vec![Reason::Retransmission], 1460));
        pair.run_for(ROUND);
        assert!(pair.rules(A).any(|rule| rule == Reason::SpuriousTimeout));
        let after = pair.end(A).variables();
        assert!(after.cwnd >= before.cwnd && after.ssthresh == before.ssthresh);
        assert_eq!(again(&pair).len(), 1, "nothing else went again");
        pair
    }

    /// After a timeout that was real, new data goes out first, and its ACK tells that the rest is lost.
    fn a_real_timeout_stays() -> Pair {
        let mut pair = Pair::connected(&Config { sack: false, recovery: LossRecovery { tail_loss_probe: false, ..PROMPT.recovery }, ..PROMPT });
        pair.lose_nth(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], |sent| sent.len() > 0);
        pair.send(A, &pattern(20 * 1460)).unwrap();
        pair.run_for(SECOND * 2);
        assert!(pair.rules(A).all(|rule| rule != Reason::SpuriousTimeout));
        pair.run();
        all_arrived(&mut pair, 20);
        pair
    }

    /// A segment is late, not lost: the duplicate of its retransmission says so, and the window is what it was.
    fn a_needless_retransmission_is_taken_back() -> Pair {
        let mut pair = Pair::connected(&PROMPT);
        let mut nth = 0;
        pair.link(move |sent| {
            nth += usize::from(sent.len() > 0);
            vec![if nth == 1 && sent.len() > 0 { DELAY + ROUND } else { DELAY }]
        });
        pair.send(A, &pattern(10 * 1460)).unwrap();
        pair.run_for(ROUND);
        assert_eq!((again(&pair), pair.end(A).variables().phase), (vec![Reason::RackLoss], Phase::Recovery));
        pair.run_for(ROUND * 2);
        assert!(pair.rules(A).any(|rule| rule == Reason::UndoneByDuplicates));
        let after = pair.end(A).variables();
        assert!(after.cwnd >= 10 * 1460 && after.ssthresh > 1 << 29, "{after:?}");
        pair
    }

    /// Two segments overtake one, by less than a quarter of a round trip: nothing goes again.
    /// Eifel: the first copy comes late, and the echo of its timestamp tells.
    fn a_timestamp_tells_that_a_retransmission_was_needless() -> Pair {
        let config = Config { timestamps: true, recovery: LossRecovery { f_rto: false, tail_loss_probe: false, ..PROMPT.recovery }, ..PROMPT };
        let mut pair = Pair::connected(&config);
        let before = pair.end(A).variables();
        let mut first = true;
        pair.link(move |sent| match (sent.len() > 0, first) {
            (false, _) => deliver(),
            (true, true) => {
                first = false;
                vec![DELAY * 150]
            }
            (true, false) => lose(),
        });
        pair.send(A, &pattern(1000)).unwrap();
        pair.run_for(SECOND + DELAY);
        assert_eq!(pair.end(A).variables().phase, Phase::Loss);
        pair.run_for(SECOND);
        assert!(pair.rules(A).any(|rule| rule == Reason::UndoneByTimestamp));
        assert_eq!(pair.end(A).variables().cwnd, before.cwnd + 1000, "and it grows on");
        pair
    }

    fn what_is_overtaken_a_little_is_not_lost() -> Pair {
        let mut pair = Pair::connected(&PROMPT);
        let mut nth = 0;
        pair.link(move |sent| {
            nth += usize::from(sent.len() > 0);
            vec![if nth == 8 && sent.len() > 0 { DELAY + ROUND / 6 } else { DELAY }]
        });
        pair.send(A, &pattern(10 * 1460)).unwrap();
        pair.run_for(ROUND * 2);
        assert_eq!((again(&pair), pair.end(A).variables().reordering), (vec![], 3));
        pair
    }

    /// RFC 2018 §8: a peer may throw away what it reported. The timer runs out, and all goes again.
    fn a_peer_that_forgets_what_it_had_is_sent_it_again() -> Pair {
        let mut pair = flight(&PROMPT, 10, &[0]);
        pair.run_for(ROUND);
        pair.act(B, |connection, _| connection.reassembly = Default::default());
        pair.run();
        all_arrived(&mut pair, 10);
        pair
    }
}

fn all_arrived_later(pair: &mut Pair, segments: usize) {
    pair.run();
    all_arrived(pair, segments);
}
