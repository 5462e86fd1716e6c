//! Opening: active, passive, simultaneous, refused and in vain.

use super::*;
use crate::errno::Errno;
use crate::wire::IcmpKind;

scenarios! {
    fn three_segments_make_a_connection() -> Pair {
        let mut pair = Pair::new(&RFC);
        pair.configs[B].mss = 1000;
        pair.connect(A);
        assert!(!pair.end(A).writable(), "connect is not done");
        pair.run();
        assert_eq!(pair.states(), [State::Established; 2]);
        assert_eq!(pair.reasons(A), [Reason::SynOfConnect, Reason::AckNow]);
        assert_eq!(pair.reasons(B), [Reason::SynAckOfListen]);
        assert_eq!((pair.end(A).snd.mss, pair.end(B).snd.mss), (1000, 1000), "the smaller of both");
        assert!(pair.end(A).writable() && !pair.end(A).readable());
        pair
    }

    fn without_the_option_the_mss_is_536() -> Pair {
        let mut pair = Pair::new(&RFC);
        pair.inject(B, Segment { seq: ISS[A], flags: Flags::SYN, wnd: 1000, ..Segment::default() });
        assert_eq!(pair.end(B).snd.mss, 536);
        pair
    }

    /// RFC 9293 figure 8.
    fn both_may_open_at_once() -> Pair {
        let mut pair = Pair::new(&RFC);
        pair.connect(A);
        pair.connect(B);
        pair.run_for(DELAY);
        assert_eq!(pair.states(), [State::SynReceived; 2]);
        pair.run_for(DELAY);
        assert_eq!(pair.states(), [State::Established; 2]);
        for end in [A, B] {
            let flags: Vec<Flags> = pair.from(end).map(|sent| sent.segment.flags).collect();
            assert_eq!(flags, [Flags::SYN, SYN_ACK]);
        }
        pair
    }

    fn text_on_the_syn_of_a_simultaneous_open_waits_for_the_handshake() -> Pair {
        let mut pair = Pair::new(&RFC);
        pair.connect(A);
        pair.inject(A, Segment { seq: ISS[B], flags: Flags::SYN, wnd: 1000, payload: "abc".into(), ..Segment::default() });
        assert_eq!((pair.states()[A], pair.end(A).readable()), (State::SynReceived, false));
        pair.inject(A, Segment { seq: ISS[B] + 4, ack: ISS[A] + 1, flags: Flags::ACK, wnd: 1000, ..Segment::default() });
        assert_eq!(pair.recv(A, 10), Ok("abc".into()));
        pair
    }

    fn a_lost_syn_is_sent_again_after_a_second() -> Pair {
        let mut pair = Pair::new(&RFC);
        pair.lose_nth(&[0], |sent| sent.is(Flags::SYN));
        pair.connect(A);
        assert_eq!(pair.run(), pair.sent[1].at + DELAY * 3);
        assert_eq!(pair.sent[1].at - pair.sent[0].at, SECOND);
        assert_eq!(pair.reasons(A)[1], Reason::Retransmission);
        assert_eq!(pair.states(), [State::Established; 2]);
        assert_eq!(pair.end(A).variables().cwnd, 1460, "one segment after a lost SYN");
        assert_eq!(pair.end(A).variables().rto, RFC.timeouts.rto_after_syn_loss);
        pair
    }

    fn a_lost_syn_ack_is_sent_again_when_the_syn_is() -> Pair {
        let mut pair = Pair::new(&RFC);
        pair.configs[B].timeouts.initial_rto = Span::from_secs(3);
        pair.lose_nth(&[0], |sent| sent.is(SYN_ACK));
        pair.connect(A);
        pair.run();
        assert_eq!(pair.states(), [State::Established; 2]);
        assert_eq!(pair.reasons(B), [Reason::SynAckOfListen; 2]);
        pair
    }

    fn a_lost_ack_of_the_handshake_is_made_good_by_data() -> Pair {
        let mut pair = Pair::new(&RFC);
        pair.lose_nth(&[0], |sent| sent.is(Flags::ACK));
        pair.connect(A);
        pair.run_for(DELAY * 3);
        assert_eq!(pair.states(), [State::Established, State::SynReceived]);
        pair.send(A, b"hello").unwrap();
        pair.run_for(DELAY);
        assert_eq!(pair.states(), [State::Established; 2]);
        assert_eq!(pair.recv(B, 100), Ok("hello".into()));
        pair
    }

    fn a_syn_that_nobody_answers_times_out() -> Pair {
        let mut pair = Pair::new(&Config { opening: Opening { syn_retries: 3, ..RFC.opening }, ..RFC });
        pair.link(|_| lose());
        pair.connect(A);
        let gave_up = pair.run();
        let at: Vec<u64> = pair.sent.iter().map(|sent| sent.at.as_nanos() / 1_000_000_000).collect();
        assert_eq!(at, [0, 1, 3, 7]);
        assert_eq!(gave_up.as_nanos() / 1_000_000_000, 15);
        assert_eq!(pair.end(A).error(), Some(Errno::ETIMEDOUT));
        assert_eq!(pair.states()[A], State::Closed);
        assert_eq!(pair.send(A, b"x"), Err(Errno::ETIMEDOUT), "told once");
        assert_eq!(pair.send(A, b"x"), Err(Errno::EPIPE));
        pair
    }

    fn a_syn_ack_that_nobody_answers_is_given_up() -> Pair {
        let mut pair = Pair::new(&Config { opening: Opening { syn_ack_retries: 2, ..RFC.opening }, ..RFC });
        pair.link(|sent| if sent.from == A { deliver() } else { lose() });
        pair.connect(A);
        pair.abort(A);
        pair.run();
        assert_eq!(pair.states(), [State::Closed; 2]);
        assert_eq!(pair.from(B).count(), 3);
        pair
    }

    fn a_port_where_nobody_listens_refuses() -> Pair {
        let mut pair = Pair::new(&RFC);
        pair.listener = None;
        pair.connect(A);
        pair.run();
        assert_eq!(pair.states()[A], State::Closed);
        assert_eq!(pair.end(A).error(), Some(Errno::ECONNREFUSED));
        assert!(pair.sent[1].is(RST_ACK));
        pair
    }

    fn port_unreachable_refuses_too() -> Pair {
        let mut pair = Pair::new(&RFC);
        pair.link(|_| lose());
        pair.connect(A);
        pair.icmp(A, IcmpKind::PortUnreachable);
        assert_eq!(pair.states()[A], State::Closed);
        assert_eq!(pair.recv(A, 1), Err(Errno::ECONNREFUSED));
        pair
    }

    /// RFC 5461: host unreachable may pass, so it is told only in the end.
    fn host_unreachable_is_soft() -> Pair {
        let mut pair = Pair::new(&RFC);
        pair.link(|_| lose());
        pair.connect(A);
        pair.icmp(A, IcmpKind::HostUnreachable);
        assert_eq!((pair.states()[A], pair.end(A).error()), (State::SynSent, None));
        pair.run();
        assert_eq!(pair.end(A).error(), Some(Errno::EHOSTUNREACH));
        pair
    }

    /// RFC 9293 figure 9: an old SYN,ACK in SYN-SENT is reset, and the connection comes about all the same.
    fn an_ack_of_nothing_sent_is_reset_in_syn_sent() -> Pair {
        let mut pair = Pair::new(&RFC);
        pair.connect(A);
        let ack = ISS[A] + 500;
        pair.inject(A, Segment { seq: ISS[B], ack, flags: SYN_ACK, ..Segment::default() });
        let reset = &pair.sent[1];
        assert_eq!((reset.reason, reset.segment.flags, reset.segment.seq), (Reason::ResetUnwanted, Flags::RST, ack));
        pair.run();
        assert_eq!(pair.states(), [State::Established; 2]);
        pair
    }

    fn without_a_syn_nothing_begins() -> Pair {
        let mut pair = Pair::new(&RFC);
        pair.connect(A);
        pair.inject(A, Segment { seq: ISS[B], ack: ISS[A] + 1, flags: Flags::ACK, ..Segment::default() });
        assert_eq!((pair.states()[A], pair.rules(A).last()), (State::SynSent, Some(Reason::NoSyn)));
        pair
    }

    fn closing_before_the_syn_is_answered_leaves_nothing() -> Pair {
        let mut pair = Pair::new(&RFC);
        pair.connect(A);
        pair.close(A);
        assert_eq!(pair.states()[A], State::Closed);
        pair
    }

    fn closing_between_the_syns_of_a_simultaneous_open_sends_the_fin_after_the_ack() -> Pair {
        let mut pair = Pair::new(&RFC);
        pair.connect(A);
        pair.connect(B);
        pair.run_for(DELAY);
        pair.close(A);
        assert_eq!(pair.states(), [State::FinWait1, State::SynReceived]);
        pair.run_for(SECOND);
        assert_eq!(pair.states(), [State::FinWait2, State::CloseWait]);
        pair
    }
}

/// §3.10.7.2.
#[test]
fn a_listener_ignores_resets_and_resets_acks() {
    let mut pair = Pair::new(&RFC);
    pair.inject(B, Segment { flags: Flags::RST, ..Segment::default() });
    assert!(pair.sent.is_empty());
    pair.inject(B, Segment { flags: Flags::ACK, ack: ISS[B], ..Segment::default() });
    assert_eq!((pair.sent[0].segment.flags, pair.sent[0].segment.seq), (Flags::RST, ISS[B]));
    assert!(pair.ends[B].is_none());
}
