//! Whatever the network and the program do, in any order: nothing panics, time goes on, and no invariant breaks
//! (`Connection::check` runs after each step).

use super::*;
use crate::program::{How, SocketOption};
use crate::wire::{IcmpKind, Options};
use proptest::collection::vec;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Segment { bits: u8, seq: i32, ack: i32, wnd: u16, len: usize, mss: Option<u16> },
    Timeout,
    Send(usize),
    Recv(u32),
    Shutdown(How),
    Close,
    Abort,
    Icmp(IcmpKind),
    Buffers(u32),
}

/// Near the edges of the windows, where mistakes are.
fn offset() -> impl Strategy<Value = i32> {
    prop_oneof![4 => -2..3i32, 2 => -3000..3000i32, 1 => any::<i32>()]
}
fn segment() -> impl Strategy<Value = Step> {
    let bits = prop_oneof![5 => Just(16u8), 1 => any::<u8>()];
    let wnd = prop_oneof![Just(0u16), 1..5000u16, Just(u16::MAX)];
    let mss = prop_oneof![4 => Just(None), 1 => any::<u16>().prop_map(Some)];
    (bits, offset(), offset(), wnd, 0..3000usize, mss)
        .prop_map(|(bits, seq, ack, wnd, len, mss)| Step::Segment { bits, seq, ack, wnd, len, mss })
}
fn step() -> impl Strategy<Value = Step> {
    let icmp = [IcmpKind::PortUnreachable, IcmpKind::HostUnreachable, IcmpKind::TimeExceeded];
    prop_oneof![
        20 => segment(),
        5 => Just(Step::Timeout),
        5 => (0..9000usize).prop_map(Step::Send),
        5 => (0..9000u32).prop_map(Step::Recv),
        1 => proptest::sample::select(vec![How::Read, How::Write, How::Both]).prop_map(Step::Shutdown),
        1 => Just(Step::Close),
        1 => Just(Step::Abort),
        1 => proptest::sample::select(icmp.to_vec()).prop_map(Step::Icmp),
        1 => (0..9000u32).prop_map(Step::Buffers),
    ]
}

fn take(pair: &mut Pair, step: Step) {
    match step {
        Step::Segment { bits, seq, ack, wnd, len, mss } => {
            let variables = pair.end(A).variables();
            let segment = Segment {
                seq: variables.rcv_nxt + seq as u32,
                ack: variables.snd_una + ack as u32,
                flags: Flags::from_bits(bits),
                wnd,
                options: Options { mss, ..Options::default() },
                payload: pattern(len).into(),
                ..Segment::default()
            };
            pair.inject(A, segment);
        }
        Step::Timeout => {
            if let Some(due) = pair.next() {
                pair.step(due);
            }
        }
        Step::Send(len) => drop(pair.send(A, &pattern(len))),
        Step::Recv(max) => drop(pair.recv(A, max)),
        Step::Shutdown(how) => drop(pair.act(A, |it, cx| it.shutdown(how, cx))),
        Step::Close => pair.close(A),
        Step::Abort => pair.abort(A),
        Step::Icmp(kind) => pair.icmp(A, kind),
        Step::Buffers(octets) => pair.act(A, |it, cx| {
            it.set_option(SocketOption::ReceiveBuffer(octets), cx);
            it.set_option(SocketOption::SendBuffer(octets), cx);
        }),
    }
}

proptest! {
    #[test]
    fn nothing_that_happens_breaks_a_connection(open in any::<bool>(), steps in vec(step(), 1..60)) {
        let mut pair = if open { Pair::connected(&RFC) } else { Pair::new(&RFC) };
        pair.log = crate::trace::Log::off();
        pair.link(|_| lose());
        if !open {
            pair.connect(A);
        }
        for step in steps {
            let sent = pair.sent.len();
            take(&mut pair, step);
            prop_assert!(pair.sent.len() - sent < 100, "an answer, not a storm");
        }
    }
}
