//! Segments that may be forged (RFC 5961), and peers that have forgotten the connection.

use super::*;
use crate::errno::Errno;

fn arrives(pair: &mut Pair, flags: Flags, seq: u32, ack: u32) -> Segment {
    let (rcv, snd) = (pair.end(A).variables().rcv_nxt, pair.end(A).variables().snd_nxt);
    let segment = Segment { seq: rcv + seq, ack: snd + ack, flags, ..Segment::default() };
    pair.inject(A, segment.clone());
    segment
}

scenarios! {
    fn a_reset_inside_the_window_is_challenged() -> Pair {
        let mut pair = Pair::connected(&RFC);
        arrives(&mut pair, Flags::RST, 1, 0);
        assert_eq!(pair.reasons(A), [Reason::ChallengeAck]);
        assert!(pair.rules(A).any(|rule| rule == Reason::ResetOutOfPlace));
        assert_eq!(pair.states()[A], State::Established);
        pair
    }

    fn a_reset_outside_the_window_is_dropped() -> Pair {
        let mut pair = Pair::connected(&RFC);
        arrives(&mut pair, Flags::RST, u32::MAX, 0);
        arrives(&mut pair, Flags::RST, 70_000, 0);
        assert_eq!(pair.from(A).count(), 0);
        pair
    }

    fn a_reset_at_the_left_edge_is_believed() -> Pair {
        let mut pair = Pair::connected(&RFC);
        arrives(&mut pair, Flags::RST, 0, 0);
        assert_eq!((pair.states()[A], pair.end(A).error()), (State::Closed, Some(Errno::ECONNRESET)));
        pair
    }

    fn a_syn_is_challenged() -> Pair {
        let mut pair = Pair::connected(&RFC);
        arrives(&mut pair, Flags::SYN, 0, 0);
        assert_eq!(pair.reasons(A), [Reason::ChallengeAck]);
        arrives(&mut pair, Flags::SYN, 70_000, 0);
        assert_eq!(pair.reasons(A), [Reason::ChallengeAck], "not too often");
        pair.run_for(SECOND);
        arrives(&mut pair, Flags::SYN, 70_000, 0);
        assert_eq!(pair.reasons(A), [Reason::ChallengeAck; 2]);
        pair
    }

    fn an_ack_of_nothing_sent_is_challenged() -> Pair {
        let mut pair = Pair::connected(&RFC);
        arrives(&mut pair, Flags::ACK, 0, 1);
        pair.run_for(SECOND);
        arrives(&mut pair, Flags::ACK, 0, (1 << 31) + 5);
        assert_eq!(pair.reasons(A), [Reason::ChallengeAck; 2]);
        pair
    }

    /// RFC 5961 §5: an ACK may be old, but not older than the largest window.
    fn an_ack_older_than_any_window_is_challenged() -> Pair {
        let mut pair = Pair::connected(&RFC);
        arrives(&mut pair, Flags::ACK, 0, 0u32.wrapping_sub(65_535));
        assert_eq!((pair.from(A).count(), pair.rules(A).last()), (0, Some(Reason::OldAck)));
        arrives(&mut pair, Flags::ACK, 0, 0u32.wrapping_sub(65_536));
        assert_eq!(pair.reasons(A), [Reason::ChallengeAck]);
        pair
    }

    fn a_segment_without_ack_is_dropped() -> Pair {
        let mut pair = Pair::connected(&RFC);
        arrives(&mut pair, Flags::default(), 0, 0);
        assert_eq!((pair.from(A).count(), pair.rules(A).last()), (0, Some(Reason::NoAck)));
        pair
    }

    /// RFC 9293 figure 10: B crashed, and its new SYN meets the old connection.
    fn a_half_open_connection_is_discovered() -> Pair {
        let mut pair = Pair::connected(&RFC);
        pair.ends[B] = None;
        pair.listener = None;
        pair.iss[B] = ISS[B] + 100_000;
        pair.connect(B);
        let old = pair.ends[A].as_ref().unwrap().variables().rcv_nxt;
        pair.run_for(SECOND / 2);
        assert_eq!(pair.states()[A], State::Closed);
        let reset = pair.from(B).find(|sent| sent.is(Flags::RST)).unwrap();
        assert_eq!(reset.segment.seq, old, "the challenge tells B where to put its RST");
        assert_eq!(pair.states()[B], State::SynSent);
        pair
    }

    /// RFC 9293 figure 11: A sends to a B that has forgotten.
    fn data_for_a_forgotten_connection_is_reset() -> Pair {
        let mut pair = Pair::connected(&RFC);
        pair.ends[B] = None;
        pair.send(A, b"hello").unwrap();
        pair.run();
        assert_eq!(pair.recv(A, 1), Err(Errno::ECONNRESET));
        pair
    }

    fn a_bad_ack_in_syn_received_is_reset() -> Pair {
        let mut pair = Pair::new(&RFC);
        pair.inject(B, Segment { seq: ISS[A], flags: Flags::SYN, wnd: 1000, ..Segment::default() });
        pair.inject(B, Segment { seq: ISS[A] + 1, ack: ISS[B] + 9, flags: Flags::ACK, ..Segment::default() });
        let reset = pair.sent.last().unwrap();
        assert_eq!((reset.segment.flags, reset.segment.seq), (Flags::RST, ISS[B] + 9));
        assert_eq!(pair.states()[B], State::SynReceived);
        pair
    }
}
