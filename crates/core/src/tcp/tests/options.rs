//! Options agreed on in the handshake: window scaling, timestamps (RFC 7323), and what they change.

use super::*;
use crate::program::SocketOption;
use crate::seq::Seq;
use crate::wire::Options;

/// Everything on, and timestamps that count milliseconds from 0.
const FULL: Config = Config { timestamp_offset: false, ..Config::rfc() };
/// A window that takes scaling to tell.
const MEGABYTE: u32 = 1 << 20;
const WIDE: Config = Config {
    recv_buffer: MEGABYTE,
    recv_buffer_max: MEGABYTE,
    send_buffer: 2 * MEGABYTE,
    delayed_ack: Span::ZERO,
    ..FULL
};

/// A segment from B that comes next, with this timestamp.
fn next_from_b(pair: &Pair, timestamps: Option<(u32, u32)>) -> Segment {
    let variables = pair.end(A).variables();
    Segment {
        seq: variables.rcv_nxt,
        ack: variables.snd_una,
        flags: Flags::ACK,
        wnd: 1000,
        options: Options { timestamps, ..Options::default() },
        payload: "hello".into(),
        ..Segment::default()
    }
}

scenarios! {
    fn what_both_offer_is_used() -> Pair {
        let mut pair = Pair::new(&FULL);
        pair.connect(A);
        pair.run_for(SECOND);
        let options = |at: usize| pair.sent[at].segment.options.clone();
        let all = Options { mss: Some(1460), window_scale: Some(0), sack_permitted: true, ..Options::default() };
        assert_eq!(options(0), Options { timestamps: Some((0, 0)), ..all.clone() });
        assert_eq!(options(1), Options { timestamps: Some((10, 0)), ..all });
        assert_eq!(options(2), Options { timestamps: Some((20, 10)), ..Options::default() });
        for end in [A, B] {
            assert_eq!(pair.end(end).snd.mss, 1448, "timestamps take twelve bytes of each segment");
            assert!(pair.end(end).sack_permitted);
        }
        pair
    }

    fn what_one_side_does_not_offer_neither_uses() -> Pair {
        let mut pair = Pair::new(&WIDE);
        pair.configs[B] = Config { recv_buffer: MEGABYTE, sack: false, ..RFC };
        pair.connect(A);
        pair.run_for(SECOND);
        assert_eq!(pair.sent[1].segment.options, Options { mss: Some(1460), ..Options::default() });
        assert!(!pair.end(A).sack_permitted && !pair.end(A).timestamps.on);
        pair.send(B, b"hello").unwrap();
        pair.run_for(SECOND);
        assert!(pair.end(B).variables().snd_wnd <= 65_535, "no window is larger without scaling");
        pair
    }

    fn a_window_beyond_16_bits_is_used() -> Pair {
        let mut pair = Pair::connected(&WIDE);
        pair.send(A, &pattern(600_000)).unwrap();
        pair.run();
        let variables = pair.end(A).variables();
        assert!(variables.snd_wnd > 400_000, "{}", variables.snd_wnd);
        assert_eq!(pair.recv(B, MEGABYTE).unwrap(), pattern(600_000)[..].into());
        assert_eq!(pair.rules(B).filter(|rule| *rule == Reason::Unacceptable).count(), 0);
        pair
    }

    /// RFC 7323 §2.2: the window of a SYN is not scaled; §2.3: a shift beyond 14 counts as 14.
    fn a_shift_beyond_14_counts_as_14() -> Pair {
        let mut pair = Pair::new(&FULL);
        pair.connect(A);
        let options = Options { window_scale: Some(200), ..Options::default() };
        let (seq, ack) = (ISS[B], ISS[A] + 1);
        pair.inject(A, Segment { seq, ack, flags: SYN_ACK, wnd: 500, options, ..Segment::default() });
        assert_eq!(pair.end(A).variables().snd_wnd, 500);
        pair.inject(A, Segment { seq: seq + 1, ack, flags: Flags::ACK, wnd: 65_535, ..Segment::default() });
        assert_eq!(pair.end(A).variables().snd_wnd, 65_535 << 14);
        pair
    }

    /// PAWS: the sequence number fits, but the timestamp says that the segment is from another time.
    fn an_old_timestamp_makes_an_old_segment() -> Pair {
        let mut pair = Pair::connected(&FULL);
        pair.run_for(SECOND);
        let recent = pair.end(A).timestamps.recent;
        let old = next_from_b(&pair, Some((recent.wrapping_sub(1), 0)));
        pair.inject(A, old);
        assert_eq!(pair.reasons(A), [Reason::AckNow]);
        assert!(pair.rules(A).any(|rule| rule == Reason::OldTimestamp));
        assert!(!pair.end(A).readable());
        let same = next_from_b(&pair, Some((recent, 0)));
        pair.inject(A, same);
        assert!(pair.end(A).readable());
        pair
    }

    /// §5.5: a connection that idled for 24 days may meet a clock that has wrapped.
    fn after_24_days_any_timestamp_is_new() -> Pair {
        let mut pair = Pair::connected(&FULL);
        pair.run_for(SECOND * (24 * 24 * 3600 + 1));
        let wrapped = next_from_b(&pair, Some((pair.end(A).timestamps.recent.wrapping_sub(1), 0)));
        pair.inject(A, wrapped);
        assert!(pair.end(A).readable());
        pair
    }

    fn a_segment_without_the_promised_timestamp_is_dropped() -> Pair {
        let mut pair = Pair::connected(&FULL);
        let bare = next_from_b(&pair, None);
        pair.inject(A, bare.clone());
        assert!(!pair.end(A).readable() && pair.from(A).count() == 0, "silently");
        assert_eq!(pair.rules(A).last(), Some(Reason::NoTimestamp));
        pair.inject(A, Segment { flags: Flags::RST, payload: "".into(), ..bare });
        assert_eq!(pair.states()[A], State::Closed, "a RST needs none");
        pair
    }

    fn or_taken_where_that_is_the_policy() -> Pair {
        let mut pair = Pair::connected(&Config { require_timestamps: false, ..FULL });
        let bare = next_from_b(&pair, None);
        pair.inject(A, bare);
        assert!(pair.end(A).readable());
        pair
    }

    /// §4.3: of two segments that one ACK covers the earlier timestamp is echoed, so that the peer measures the wait too.
    fn the_oldest_unacknowledged_timestamp_is_echoed() -> Pair {
        let mut pair = Pair::connected(&FULL);
        for text in [b"a", b"b"] {
            pair.send(A, text).unwrap();
            pair.run_for(Span::from_millis(30));
        }
        pair.run();
        let stamps: Vec<_> = pair.from(A).map(|sent| sent.segment.options.timestamps.unwrap().0).collect();
        let echoes: Vec<_> = pair.from(B).map(|sent| sent.segment.options.timestamps.unwrap().1).collect();
        assert_eq!(echoes[0], stamps[0]);
        pair
    }

    /// RTTM: Karn's algorithm learns nothing from a segment that was sent twice; its timestamp tells which was answered.
    fn a_retransmission_is_measured_by_its_echo() -> Pair {
        let mut pair = Pair::new(&FULL);
        pair.lose_nth(&[0], |sent| sent.is(Flags::SYN));
        pair.connect(A);
        pair.run();
        assert_eq!(pair.end(A).variables().srtt, Some(DELAY * 2));
        pair
    }

    fn a_syn_may_do_without_options_in_the_end() -> Pair {
        let mut pair = Pair::new(&Config { opening: Opening { syn_retries_with_options: 2, syn_retries: 3, ..FULL.opening }, ..FULL });
        pair.link(|_| lose());
        pair.connect(A);
        pair.run();
        let scaled: Vec<_> = pair.from(A).map(|sent| sent.segment.options.window_scale).collect();
        assert_eq!(scaled, [Some(0), Some(0), Some(0), None]);
        assert!(pair.from(A).all(|sent| sent.segment.options.mss == Some(1460)));
        pair
    }

    fn a_reader_that_keeps_up_gets_a_larger_window() -> Pair {
        let mut pair = Pair::connected(&Config { send_buffer: 4 * MEGABYTE, ..Config::linux() });
        pair.link(|_| vec![DELAY * 5]);
        pair.send(A, &pattern(3_000_000)).unwrap();
        while let Some(next) = pair.next() {
            pair.step(next);
            while pair.end(B).readable() {
                pair.recv(B, MEGABYTE).unwrap();
            }
        }
        assert!(pair.end(A).variables().snd_wnd > 200_000, "{:?}", pair.end(A).variables());
        pair
    }

    fn a_buffer_that_the_program_chose_stays() -> Pair {
        let mut pair = Pair::connected(&Config { send_buffer: 4 * MEGABYTE, ..Config::linux() });
        pair.act(B, |connection, cx| connection.set_option(SocketOption::ReceiveBuffer(100_000), cx));
        pair.send(A, &pattern(1_000_000)).unwrap();
        while let Some(next) = pair.next() {
            pair.step(next);
            while pair.end(B).readable() {
                pair.recv(B, MEGABYTE).unwrap();
            }
        }
        assert!(pair.end(A).variables().snd_wnd <= 100_000);
        pair
    }
}

/// The profiles' SYNs: what a capture on a real machine shows.
#[test]
fn the_first_syn_is_that_of_its_stack() {
    let syn = |config: Config| {
        let mut pair = Pair::new(&config);
        pair.connect(A);
        let options = pair.sent[0].segment.options.clone();
        (pair.sent[0].segment.wnd, options.window_scale, options.layout, options.sack_permitted)
    };
    let layout = |scale_first| syn(if scale_first { Config::freebsd() } else { Config::linux() }).2;
    assert_eq!(syn(Config::linux()), (64_240, Some(7), layout(false), true));
    assert_eq!(syn(Config::freebsd()), (65_535, Some(6), layout(true), true));
    assert_eq!(syn(Config::rfc()), (65_535, Some(0), layout(false), true));
    let mut plain = Pair::new(&Config { no_options: true, ..Config::freebsd() });
    plain.connect(A);
    assert!(plain.sent[0].segment.options.is_empty());
}

/// RFC 7323 §5.4, RFC 6191 §2: the clock of the next connection between the same ends goes on where it was.
#[test]
fn the_timestamp_clock_hides_the_uptime_and_rises_across_connections() {
    let first_stamp = |after: Span| {
        let mut pair = Pair::new(&Config::rfc());
        pair.run_for(after);
        pair.iss[A] = Seq::new(77) + (after.as_nanos() / 4_000) as u32; // RFC 6528: a clock, plus a hash of the ends
        pair.connect(A);
        pair.sent[0].segment.options.timestamps.unwrap().0
    };
    let (one, two) = (first_stamp(Span::ZERO), first_stamp(SECOND * 5));
    assert_eq!(two.wrapping_sub(one), 5000);
    assert_ne!(one, 0);
}
