//! What a stranger may send, and what a stack that is less careful, or more, does with it: policies of the profiles.

use super::*;
use crate::errno::Errno;
use crate::tcp::Trust;
use crate::wire::IcmpKind;

/// A segment from B with these offsets from what A expects.
fn arrives(pair: &mut Pair, flags: Flags, seq: u32, ack: u32) {
    let (rcv, snd) = (pair.end(A).variables().rcv_nxt, pair.end(A).variables().snd_nxt);
    pair.inject(A, Segment { seq: rcv + seq, ack: snd + ack, flags, ..Segment::default() });
}
/// A is in TIME-WAIT.
fn waiting(config: &Config) -> Pair {
    let mut pair = Pair::connected(config);
    pair.shutdown(A);
    pair.run_for(SECOND);
    pair.shutdown(B);
    pair.run_for(SECOND);
    assert_eq!(pair.states()[A], State::TimeWait);
    pair.sent.clear();
    pair
}
const FREEBSD: Config = Config { window_scaling: false, timestamps: false, ..Config::freebsd() };

scenarios! {
    fn before_rfc_5961_a_reset_in_the_window_was_believed() -> Pair {
        let mut pair = Pair::connected(&Config { trust: Trust { reset_in_window_ends: true, ..Trust::RFC }, ..RFC });
        arrives(&mut pair, Flags::RST, 65_535, 0);
        assert_eq!(pair.states()[A], State::Established, "beyond the window");
        arrives(&mut pair, Flags::RST, 65_534, 0);
        assert_eq!((pair.states()[A], pair.end(A).error()), (State::Closed, Some(Errno::ECONNRESET)));
        pair
    }

    fn and_a_syn_ended_the_connection_with_a_reset() -> Pair {
        let mut pair = Pair::connected(&Config { trust: Trust { syn_in_window_ends: true, ..Trust::RFC }, ..RFC });
        arrives(&mut pair, Flags::SYN, 5, 0);
        assert_eq!((pair.reasons(A), pair.states()[A]), (vec![Reason::ResetOfSyn], State::Closed));
        assert_eq!(pair.sent[0].segment.wnd, 0, "nothing is expected any more");
        pair
    }

    fn also_where_the_peer_needs_no_reset_to_know_of_the_end() -> Pair {
        let mut pair = Pair::connected(&Config { trust: Trust { syn_in_window_ends: true, ..Trust::RFC }, ..RFC });
        pair.shutdown(B);
        pair.run_for(SECOND);
        pair.link(|_| lose());
        pair.shutdown(A);
        assert_eq!(pair.states()[A], State::LastAck);
        arrives(&mut pair, Flags::SYN, 5, 0);
        assert_eq!(pair.sent.last().map(|sent| sent.reason), Some(Reason::ResetOfSyn));
        pair
    }

    fn challenges_are_counted() -> Pair {
        let mut pair = Pair::connected(&Config { trust: Trust { challenge_acks: 3, ..Trust::RFC }, ..RFC });
        (0..9).for_each(|_| arrives(&mut pair, Flags::SYN, 5, 0));
        assert_eq!(pair.from(A).count(), 3);
        pair.run_for(SECOND);
        arrives(&mut pair, Flags::SYN, 5, 0);
        assert_eq!(pair.from(A).count(), 4);
        pair
    }

    /// FreeBSD takes what its buffer has room for, although 65,535 is the most that the header can tell.
    fn a_buffer_larger_than_the_window_is_used() -> Pair {
        let mut pair = Pair::connected(&FREEBSD);
        assert_eq!(pair.end(A).variables().rcv_wnd, 65_535);
        arrives(&mut pair, Flags::RST, 65_700, 0);
        assert_eq!(pair.from(A).count(), 0, "outside");
        arrives(&mut pair, Flags::RST, 65_699, 0);
        assert_eq!(pair.reasons(A), [Reason::ChallengeAck]);
        pair
    }

    /// RFC 1337: a reset does not assassinate TIME-WAIT; by RFC 9293 it does.
    fn time_wait_may_outlive_a_reset() -> Pair {
        let mut pair = waiting(&RFC);
        arrives(&mut pair, Flags::RST, 0, 0);
        assert_eq!(pair.states()[A], State::Closed);
        let mut pair = waiting(&Config { trust: Trust { reset_ends_time_wait: false, ..Trust::RFC }, ..RFC });
        arrives(&mut pair, Flags::RST, 0, 0);
        assert_eq!(pair.states()[A], State::TimeWait);
        assert_eq!(pair.rules(A).last(), Some(Reason::TimeWaitStays));
        pair
    }

    fn a_minimal_time_wait_answers_all_but_the_plain_ack() -> Pair {
        let mut pair = waiting(&FREEBSD);
        arrives(&mut pair, Flags::RST, 0, 0);
        arrives(&mut pair, Flags::FIN, 0, 0);
        arrives(&mut pair, Flags::ACK, 0, 0);
        assert_eq!((pair.from(A).count(), pair.states()[A]), (0, State::TimeWait));
        arrives(&mut pair, Flags::ACK, 1, 0);
        arrives(&mut pair, FIN_ACK, u32::MAX, 0);
        arrives(&mut pair, SYN_ACK, 0, 0);
        assert_eq!(pair.from(A).count(), 3);
        pair
    }

    /// RFC 6191: a later timestamp makes up for a sequence number that is none.
    fn a_later_timestamp_ends_time_wait() -> Pair {
        let pair = waiting(&Config::rfc());
        let syn = |seq: u32, ms: u32| {
            let mut syn = Segment { seq: pair.end(A).variables().rcv_nxt + seq, flags: Flags::SYN, ..Segment::default() };
            syn.options.timestamps = Some((pair.end(A).timestamps.recent.wrapping_add(ms), 0));
            pair.end(A).gives_way_to(&syn).is_some()
        };
        assert!(syn(1, 0) && syn(0, 1) && !syn(0, 0) && !syn(u32::MAX, u32::MAX));
        pair
    }

    fn an_ack_may_carry_the_fin_again() -> Pair {
        let mut pair = Pair::connected(&FREEBSD);
        pair.link(|sent| if sent.from == B { deliver() } else { lose() });
        pair.shutdown(A);
        pair.shutdown(B);
        pair.run_for(DELAY);
        let flags: Vec<_> = pair.from(A).map(|sent| (sent.segment.flags, sent.segment.seq)).collect();
        assert_eq!(flags[0], flags[1]);
        assert_eq!(flags[0].0, FIN_ACK);
        pair
    }

    /// RFC 5927: who does not know what is in flight cannot end the connection.
    fn an_icmp_error_about_nothing_in_flight_is_ignored() -> Pair {
        let mut pair = Pair::new(&RFC);
        pair.link(|_| lose());
        pair.connect(A);
        for seq in [ISS[A] - 1, ISS[A] + 1] {
            pair.act(A, |connection, cx| connection.on_icmp(IcmpKind::PortUnreachable, seq, cx));
            assert_eq!(pair.rules(A).last(), Some(Reason::IcmpOutOfPlace));
        }
        assert_eq!(pair.states()[A], State::SynSent);
        pair
    }

    fn which_icmp_errors_end_an_opening_is_policy() -> Pair {
        let ends = |config: Config, kind| {
            let mut pair = Pair::new(&config);
            pair.connect(A);
            pair.icmp(A, kind);
            pair.end(A).error()
        };
        use IcmpKind::{AdminProhibited, HostUnreachable, TimeExceeded};
        assert_eq!(ends(RFC, AdminProhibited), Some(Errno::ECONNREFUSED));
        assert_eq!([HostUnreachable, TimeExceeded].map(|kind| ends(RFC, kind)), [None; 2]);
        let expired = [HostUnreachable, TimeExceeded].map(|kind| ends(Config::freebsd(), kind));
        assert_eq!(expired, [None, Some(Errno::EHOSTUNREACH)]);
        assert_eq!(ends(Config::linux(), HostUnreachable), Some(Errno::EHOSTUNREACH));
        Pair::new(&RFC)
    }
}

#[test]
fn what_a_listener_ignores_is_policy() {
    let answer = |config: &Config, flags| {
        let mut pair = Pair::new(config);
        pair.inject(B, Segment { seq: ISS[A], flags, ..Segment::default() });
        pair.from(B).map(|sent| sent.segment.flags).next()
    };
    let syn_fin = Flags::SYN.with(Flags::FIN);
    assert_eq!(answer(&RFC, SYN_ACK), Some(Flags::RST));
    assert_eq!(answer(&FREEBSD, SYN_ACK), None);
    assert_eq!(answer(&RFC, syn_fin), Some(SYN_ACK));
    assert_eq!(answer(&Config { trust: Trust { drop_syn_fin: true, ..Trust::RFC }, ..RFC }, syn_fin), None);
}
