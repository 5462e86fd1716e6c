//! Explicit congestion notification (RFC 3168), and packets that are too long for the path (RFC 1191).

use super::*;
use crate::tcp::EcnPolicy;
use crate::wire::{Ecn, IcmpKind};

const ACTIVE: Config = Config { ecn: EcnPolicy::Active, ..PROMPT };
const SETUP: Flags = Flags::SYN.with(Flags::ECE).with(Flags::CWR);

/// Sends one segment from A whose packet a router marks.
fn marked(pair: &mut Pair) {
    pair.link(|_| lose());
    pair.send(A, &pattern(1460)).unwrap();
    let segment = pair.sent.last().unwrap().segment.clone();
    assert_eq!(pair.end(A).ecn(), Ecn::Ect0);
    pair.link(|_| deliver());
    pair.act(B, |connection, cx| connection.on_marked_segment(&segment, cx));
}

scenarios! {
    fn both_ends_must_know_of_marks() -> Pair {
        let mut pair = Pair::new(&ACTIVE);
        pair.connect(A);
        pair.run();
        let flags: Vec<_> = pair.sent.iter().map(|sent| sent.segment.flags).collect();
        assert_eq!(flags, [SETUP, SYN_ACK.with(Flags::ECE), Flags::ACK]);
        pair.send(A, b"hello").unwrap();
        assert_eq!(pair.end(A).ecn(), Ecn::Ect0, "data may be marked");
        pair.run_for(DELAY);
        assert_eq!(pair.end(B).ecn(), Ecn::NotEct, "an ACK may not");

        for policy in [EcnPolicy::Off, EcnPolicy::Passive] {
            let mut pair = Pair::new(&ACTIVE);
            pair.configs[0].ecn = policy;
            pair.connect(A);
            pair.run();
            assert!(pair.sent[0].is(Flags::SYN) && pair.sent[1].is(SYN_ACK), "who is passive waits to be asked");
            pair.send(A, b"hello").unwrap();
            assert_eq!(pair.end(A).ecn(), Ecn::NotEct);
        }
        pair
    }

    fn a_mark_is_echoed_until_the_sender_slows_down() -> Pair {
        let mut pair = Pair::connected(&ACTIVE);
        let before = pair.end(A).variables().cwnd;
        marked(&mut pair);
        assert!(pair.rules(B).any(|rule| rule == Reason::MarkArrived));
        pair.run_for(DELAY);
        let after = pair.end(A).variables();
        assert!(after.cwnd < before && after.ssthresh == after.cwnd, "{after:?}");
        assert!(pair.rules(A).any(|rule| rule == Reason::MarkEchoed));
        pair.send(A, &pattern(2 * 1460)).unwrap();
        let flags: Vec<_> = pair.from(A).skip(1).map(|sent| sent.segment.flags.has(Flags::CWR)).collect();
        assert_eq!(flags, [true, false], "told once");
        pair.run();
        let echoes: Vec<_> = pair.from(B).map(|sent| sent.segment.flags.has(Flags::ECE)).collect();
        assert_eq!(echoes, [true, false, false]);
        pair
    }

    fn a_retransmission_is_never_markable() -> Pair {
        let mut pair = Pair::connected(&ACTIVE);
        pair.link(|_| lose());
        pair.send(A, b"hello").unwrap();
        pair.run_for(SECOND * 2);
        assert_eq!(pair.reasons(A)[1], Reason::TailLossProbe);
        assert_eq!(pair.end(A).ecn(), Ecn::NotEct);
        pair
    }

    /// RFC 3168 §6.1.1.1: a SYN that gets no answer may have met somebody who drops what he does not know.
    fn a_syn_asks_for_marks_only_so_often() -> Pair {
        let mut pair = Pair::new(&Config { opening: Opening { syn_retries: 2, ..ACTIVE.opening }, ..ACTIVE });
        pair.link(|_| lose());
        pair.connect(A);
        pair.run();
        let flags: Vec<_> = pair.from(A).map(|sent| sent.segment.flags).collect();
        assert_eq!(flags, [SETUP, SETUP, Flags::SYN]);
        pair
    }

    fn what_is_too_long_for_the_path_goes_again_in_pieces() -> Pair {
        let mut pair = Pair::connected(&PROMPT);
        pair.link(|sent| if sent.len() > 1000 { lose() } else { deliver() });
        pair.send(A, &pattern(3000)).unwrap();
        let (cwnd, before) = (pair.end(A).variables().cwnd, pair.now);
        pair.icmp(A, IcmpKind::PacketTooBig { mtu: 1040 });
        assert!(pair.rules(A).any(|rule| rule == Reason::PathMtuShrank));
        let again: Vec<_> = pair.from(A).filter(|sent| sent.reason == Reason::PathMtuShrank).map(Sent::len).collect();
        assert_eq!(again, [1000, 1000, 1000]);
        assert_eq!(pair.end(A).variables().cwnd, cwnd, "nothing was lost for want of room");
        pair.run_for(DELAY * 4);
        assert_eq!(pair.recv(B, 4000).as_deref(), Ok(&pattern(3000)[..]));
        assert!(pair.now - before < SECOND);
        pair
    }

    /// RFC 1191 §6.3: the path may have become another.
    fn after_ten_minutes_larger_segments_are_tried() -> Pair {
        let mut pair = Pair::connected(&PROMPT);
        pair.send(A, &pattern(3000)).unwrap();
        pair.icmp(A, IcmpKind::PacketTooBig { mtu: 1040 });
        for (minutes, mss) in [(9, 1000), (2, 1460)] {
            pair.run_for(SECOND * 60 * minutes);
            pair.send(A, b"and on").unwrap();
            pair.run_for(SECOND);
            assert_eq!(pair.end(A).snd.mss, mss);
        }
        pair
    }

    fn what_disappears_without_a_word_goes_in_smaller_segments() -> Pair {
        let mut pair = Pair::connected(&Config { path: PathPolicy { black_hole_detection: true, ..PROMPT.path }, ..PROMPT });
        pair.link(|sent| if sent.len() > 1200 { lose() } else { deliver() });
        pair.send(A, &pattern(3000)).unwrap();
        pair.run_for(SECOND * 8);
        assert!(pair.rules(A).any(|rule| rule == Reason::BlackHole));
        assert_eq!(pair.recv(B, 4000).as_deref(), Ok(&pattern(3000)[..]));
        assert_eq!(pair.end(A).snd.mss, 1160);
        pair
    }

    /// RFC 1191 §7.1: an old router does not tell its MTU; then the next plateau is tried.
    fn a_router_that_tells_no_mtu_makes_us_guess() -> Pair {
        let mut pair = Pair::connected(&PROMPT);
        pair.link(|_| lose());
        pair.send(A, &pattern(3000)).unwrap();
        pair.icmp(A, IcmpKind::PacketTooBig { mtu: 0 });
        assert_eq!(pair.end(A).snd.mss, 1492 - 40);
        pair
    }

    fn a_router_cannot_make_segments_tiny_or_longer() -> Pair {
        let mut pair = Pair::connected(&Config { path: PathPolicy { min_path_mtu: 552, ..PROMPT.path }, ..PROMPT });
        pair.link(|_| lose());
        pair.send(A, &pattern(3000)).unwrap();
        pair.icmp(A, IcmpKind::PacketTooBig { mtu: 68 });
        assert_eq!(pair.end(A).snd.mss, 512);
        pair.icmp(A, IcmpKind::PacketTooBig { mtu: 1400 });
        assert_eq!(pair.end(A).snd.mss, 512);
        pair
    }
}
