//! Urgent data: what is told of it before its turn, and where reads stop.

use super::*;
use crate::errno::Errno;
use crate::payload::Payload;
use crate::program::{OptionName, RecvFlags, SendFlags, SocketOption};

fn send_urgently(pair: &mut Pair, end: usize, data: &[u8]) -> Result<usize, Errno> {
    pair.act(end, |connection, cx| connection.send(&data.into(), SendFlags::OOB, cx))
}
fn recv_urgent(pair: &mut Pair, end: usize) -> Result<Payload, Errno> {
    pair.act(end, |connection, cx| connection.recv(1, RecvFlags::OOB, cx))
}
fn is_at_mark(pair: &Pair, end: usize) -> bool {
    pair.end(end).option(OptionName::AtMark) == Some(SocketOption::AtMark(true))
}

scenarios! {
    /// B reads nothing, and its window is closed.
    fn urgent_data_is_told_of_ahead_of_its_turn() -> Pair {
        let mut pair = Pair::connected(&Config { recv_buffer: 1000, ..PROMPT });
        pair.send(A, &[b'-'; 1000]).unwrap();
        pair.run_for(SECOND);
        send_urgently(&mut pair, A, b"end!").unwrap();
        pair.run_for(SECOND * 3);
        assert_eq!(pair.end(B).variables().rcv_wnd, 0);
        assert!(pair.end(B).readiness().urgent, "a probe told of it");
        assert_eq!(recv_urgent(&mut pair, B), Err(Errno::EAGAIN));

        assert_eq!(pair.recv(B, 5000).unwrap().len(), 1000);
        pair.run_for(SECOND);
        assert_eq!(pair.recv(B, 5000), Ok("end".into()), "it stops before the mark");
        assert!(is_at_mark(&pair, B) && !pair.end(B).readable());
        assert_eq!(recv_urgent(&mut pair, B), Ok("!".into()));
        assert_eq!(recv_urgent(&mut pair, B), Err(Errno::EINVAL), "once");
        assert!(!pair.end(B).readiness().urgent);
        pair.send(A, b"and on").unwrap();
        pair.run_for(SECOND);
        assert_eq!(pair.recv(B, 5000), Ok("and on".into()));
        assert!(!is_at_mark(&pair, B));
        pair
    }

    fn a_later_urgent_octet_takes_the_place_of_an_earlier_one() -> Pair {
        let mut pair = Pair::connected(&PROMPT);
        for data in ["ab!", "cd?"] {
            send_urgently(&mut pair, A, data.as_bytes()).unwrap();
            pair.run_for(SECOND);
        }
        assert_eq!(recv_urgent(&mut pair, B), Ok("?".into()));
        assert_eq!(pair.recv(B, 100), Ok("ab!cd".into()), "the first is in its place");
        pair
    }

    fn the_first_read_beyond_the_mark_leaves_the_octet_out() -> Pair {
        let mut pair = Pair::connected(&PROMPT);
        send_urgently(&mut pair, A, b"!").unwrap();
        pair.send(A, b"text").unwrap();
        pair.run_for(SECOND);
        assert_eq!(pair.end(B).option(OptionName::Unread), Some(SocketOption::Unread(0)), "up to the mark");
        assert_eq!(pair.recv(B, 2), Ok("te".into()));
        assert_eq!(pair.end(B).option(OptionName::Unread), Some(SocketOption::Unread(2)));
        assert_eq!(recv_urgent(&mut pair, B), Err(Errno::EINVAL), "too late");
        pair
    }

    /// The pointer has 16 bits.
    fn what_is_far_off_is_told_as_far_as_the_pointer_reaches() -> Pair {
        let large = Config { window_scaling: true, recv_buffer: 1 << 20, send_buffer: 1 << 20, ..PROMPT };
        let mut pair = Pair::connected(&large);
        send_urgently(&mut pair, A, &[0; 100_000]).unwrap();
        pair.run_for(SECOND);
        let pointers: Vec<u16> = pair.from(A).map(|sent| sent.segment.up).collect();
        assert_eq!((pointers[0], pointers.last()), (u16::MAX, Some(&((100_000 % 1460) as u16))));
        assert_eq!(pair.recv(B, 1 << 20).unwrap().len(), 99_999);
        pair
    }
}
