//! Flow control: closed windows, probes, and silly windows that never come about.

use super::*;
use crate::errno::Errno;

const WINDOW: u32 = 3 * 1460;
const SMALL: Config = Config { recv_buffer: WINDOW, ..PROMPT };

/// A has filled B's window of three segments, and the rest of 7000 octets waits.
fn full() -> Pair {
    let mut pair = Pair::connected(&SMALL);
    pair.send(A, &pattern(7000)).unwrap();
    pair.run_for(Span::from_millis(100));
    assert_eq!(pair.end(A).variables().snd_wnd, 0);
    assert_eq!(pair.end(B).variables().recv_buffered, WINDOW);
    pair.sent.clear();
    pair
}

scenarios! {
    fn the_window_closes_and_opens() -> Pair {
        let mut pair = full();
        pair.recv(B, 100).unwrap();
        assert_eq!(pair.from(B).count(), 0, "100 octets are not worth a window update");
        pair.recv(B, 1360).unwrap();
        assert_eq!(pair.reasons(B), [Reason::WindowUpdate]);
        pair.run_for(DELAY);
        assert_eq!(pair.from(A).map(Sent::len).collect::<Vec<_>>(), [1460]);
        pair
    }

    /// RFC 7323 §2: the header tells whole units. What is less than one the peer does not hear of, so it is no window.
    fn less_than_a_unit_of_the_scale_is_a_closed_window() -> Pair {
        let sizes = Config { recv_buffer: 150, recv_buffer_max: 1 << 23, recv_auto_tuning: false, ..PROMPT };
        let scaled = Config { window_scaling: true, ..sizes };
        let mut pair = Pair::connected(&scaled);
        pair.send(A, &pattern(30)).unwrap();
        pair.run_for(SECOND);
        assert_eq!(pair.end(A).variables().snd_wnd, 0);
        pair.sent.clear();
        pair.recv(B, 30).unwrap();
        assert_eq!(pair.reasons(B), [Reason::WindowUpdate]);
        pair
    }

    /// A scale for megabytes would round every window of this buffer down to none.
    fn a_unit_of_the_scale_is_never_more_than_the_buffer() -> Pair {
        let config = Config { window_scaling: true, recv_buffer: 100, recv_buffer_max: 8 << 20, ..PROMPT };
        let mut pair = Pair::connected(&config);
        pair.send(A, &pattern(64)).unwrap();
        pair.run_for(DELAY * 4);
        assert_eq!(pair.recv(B, 100).as_deref(), Ok(&pattern(64)[..]), "without a probe");
        pair
    }

    fn all_the_room_is_offered_where_the_profile_says_so() -> Pair {
        let [step, all] = [false, true].map(|offer_all_room| {
            let mut pair = Pair::connected(&Config { offer_all_room, ..SMALL });
            pair.send(A, &pattern(100)).unwrap();
            pair.run_for(SECOND);
            pair.recv(B, 50).unwrap();
            pair.send(A, &pattern(10)).unwrap();
            pair.run_for(SECOND);
            pair
        });
        assert_eq!(step.end(A).variables().snd_wnd, WINDOW - 110, "the right edge stays where it is");
        assert_eq!(all.end(A).variables().snd_wnd, WINDOW - 60);
        all
    }

    fn a_closed_window_is_probed_at_growing_intervals_for_as_long_as_answers_come() -> Pair {
        let mut pair = full();
        let start = pair.now;
        pair.run_for(SECOND * 600);
        let probes: Vec<_> = pair.from(A).filter(|sent| sent.reason == Reason::WindowProbe).collect();
        assert!(probes.iter().all(|sent| sent.len() == 1));
        let waits: Vec<u64> = probes.windows(2).map(|two| (two[1].at - two[0].at).as_millis() / 1000).collect();
        assert_eq!(waits[..6], [2, 4, 8, 16, 32, 60]);
        assert!(probes.len() as u32 > SMALL.timeouts.data_retries, "it does not give up: {:?}", start);
        assert_eq!(pair.states()[A], State::Established);
        assert!(pair.rules(A).all(|rule| rule != Reason::DuplicateAck), "answers to probes tell of no loss");
        pair
    }

    fn a_lost_window_update_is_made_good_by_a_probe() -> Pair {
        let mut pair = full();
        pair.lose_nth(&[0], |sent| sent.from == B);
        pair.recv(B, WINDOW).unwrap();
        pair.run();
        assert_eq!(pair.recv(B, WINDOW).as_deref(), Ok(&pattern(7000)[WINDOW as usize..]));
        pair
    }

    fn what_the_probe_carried_goes_again_with_what_waits() -> Pair {
        let mut pair = full();
        pair.run_for(SECOND * 2);
        assert_eq!(pair.reasons(A), [Reason::WindowProbe]);
        pair.sent.clear();
        pair.recv(B, WINDOW).unwrap();
        pair.run();
        assert_eq!(pair.reasons(A)[0], Reason::WindowOpened);
        assert_eq!(pair.from(A).map(Sent::len).collect::<Vec<_>>(), [1460, 1160]);
        assert_eq!(pair.recv(B, WINDOW).as_deref(), Ok(&pattern(7000)[WINDOW as usize..]));
        pair
    }

    fn unanswered_probes_time_out() -> Pair {
        let mut pair = full();
        pair.link(|_| lose());
        pair.run();
        assert_eq!((pair.states()[A], pair.end(A).error()), (State::Closed, Some(Errno::ETIMEDOUT)));
        pair
    }

    /// Both windows closed, both ends probing: ACKs must stay acceptable, or each would answer the other for ever.
    fn two_closed_windows_do_not_make_a_storm() -> Pair {
        let mut pair = Pair::connected(&SMALL);
        pair.send(A, &pattern(7000)).unwrap();
        pair.send(B, &pattern(7000)).unwrap();
        pair.run_for(SECOND * 100);
        assert!(pair.sent.len() < 60, "{} segments", pair.sent.len());
        for _ in 0..2 {
            for end in [A, B] {
                while pair.recv(end, WINDOW).is_ok() {}
            }
            pair.run_for(SECOND * 100);
        }
        for end in [A, B] {
            assert_eq!(pair.end(end).variables().send_buffered, 0);
        }
        pair
    }

    /// A's window is closed, and B's opens: A must hear of it although B's probe went past A's window.
    fn a_window_update_passes_a_closed_window() -> Pair {
        let mut pair = Pair::connected(&SMALL);
        pair.send(A, &pattern(7000)).unwrap();
        pair.send(B, &pattern(7000)).unwrap();
        pair.run_for(SECOND * 100);
        while pair.recv(B, WINDOW).is_ok() {
            pair.run_for(DELAY * 4);
        }
        assert_eq!(pair.end(A).variables().send_buffered, 0);
        pair
    }

    /// RFC 9293 §3.10.7.4: SND.WL1 and SND.WL2 keep an older segment from moving the window.
    fn an_older_segment_does_not_move_the_window() -> Pair {
        let mut pair = Pair::connected(&PROMPT);
        let variables = pair.end(A).variables();
        let text = |seq, wnd| Segment {
            seq,
            ack: variables.snd_nxt,
            flags: Flags::ACK,
            wnd,
            payload: "12345".into(),
            ..Segment::default()
        };
        pair.inject(A, text(variables.rcv_nxt, 3000));
        pair.inject(A, text(variables.rcv_nxt + 3, 100));
        assert_eq!(pair.end(A).variables().snd_wnd, 100);
        pair.inject(A, text(variables.rcv_nxt + 5, 200));
        pair.inject(A, Segment { payload: "1234567890".into(), ..text(variables.rcv_nxt + 1, 9000) });
        assert_eq!(pair.end(A).variables().snd_wnd, 200);
        pair
    }

    fn a_fin_waits_for_a_closed_window() -> Pair {
        let mut pair = Pair::connected(&SMALL);
        pair.send(A, &pattern(WINDOW as usize)).unwrap();
        pair.shutdown(A);
        pair.run_for(SECOND * 2);
        assert_eq!(pair.states(), [State::FinWait1, State::Established]);
        pair.recv(B, WINDOW).unwrap();
        pair.run_for(SECOND);
        assert_eq!(pair.states(), [State::FinWait2, State::CloseWait]);
        pair
    }

    /// A window of 100 octets, although 2000 wait: the persist timer sends what fits, after a time.
    fn a_small_window_is_used_late() -> Pair {
        let mut pair = Pair::connected(&PROMPT);
        let wnd_100 = |pair: &Pair| {
            let variables = pair.end(A).variables();
            Segment { seq: variables.rcv_nxt, ack: variables.snd_nxt, flags: Flags::ACK, wnd: 100, ..Segment::default() }
        };
        let shrink = wnd_100(&pair);
        pair.inject(A, shrink);
        pair.send(A, &pattern(2000)).unwrap();
        assert_eq!(pair.from(A).count(), 0);
        pair.run_for(SECOND);
        let sent = pair.from(A).next().unwrap();
        assert_eq!((sent.reason, sent.len()), (Reason::SmallWindow, 100));
        pair
    }

    fn the_send_buffer_fills_and_drains() -> Pair {
        let mut pair = Pair::connected(&Config { send_buffer: 5000, ..SMALL });
        assert_eq!(pair.send(A, &pattern(9000)), Ok(5000));
        assert_eq!(pair.send(A, b"x"), Err(Errno::EAGAIN));
        assert!(!pair.end(A).writable());
        pair.run_for(DELAY * 2);
        assert!(pair.end(A).writable());
        pair
    }
}
