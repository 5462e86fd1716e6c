//! The window that we offer, whatever arrives and however the program reads: it never shrinks, it is kept, and it is never
//! silly (RFC 9293 §3.8.6).

use super::*;
use crate::seq::Seq;
use proptest::collection::vec;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    /// The peer sends so many octets, so many beyond what comes next; it keeps to the window.
    Text { ahead: u32, len: u32 },
    /// The program reads so many.
    Read(u32),
    /// Time goes by.
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let ahead = prop_oneof![4 => Just(0), 1 => 0..4000u32];
    prop_oneof![
        5 => (ahead, 1..=1460u32).prop_map(|(ahead, len)| Step::Text { ahead, len }),
        4 => prop_oneof![1..200u32, 1..6000u32].prop_map(Step::Read),
        1 => (1..600u64).prop_map(Step::Wait),
    ]
}
fn config() -> impl Strategy<Value = Config> {
    let largest = prop_oneof![Just(0), 1..400_000u32];
    (1..20_000u32, largest, any::<bool>(), any::<bool>()).prop_map(
        |(recv_buffer, recv_buffer_max, window_scaling, offer_all_room)| Config {
            recv_buffer,
            recv_buffer_max,
            window_scaling,
            offer_all_room,
            recv_auto_tuning: false,
            ..RFC
        },
    )
}

/// B of a pair, and what A knows of it.
struct Offer {
    pair: Pair,
    /// The octets that one unit of the header stands for.
    unit: u32,
    /// Past the last octet that any segment of B offered to take.
    edge: Seq,
}

impl Offer {
    fn new(config: &Config, start: u32) -> Offer {
        let mut pair = Pair::new(config);
        pair.log = crate::trace::Log::off();
        pair.iss[A] = Seq::new(start);
        // A is this test: nothing else answers.
        pair.link(|_| lose());
        let mut syn = Segment { seq: pair.iss[A], flags: Flags::SYN, wnd: 65_535, ..Segment::default() };
        syn.options.window_scale = Some(0);
        syn.options.mss = Some(1460);
        pair.inject(B, syn);
        let unit = 1 << config.window_shift().unwrap_or(0);
        let edge = pair.iss[A] + 1;
        let mut offer = Offer { pair, unit, edge };
        let first = offer.pair.sent.pop().expect("B answers the SYN").segment;
        offer.edge += u32::from(first.wnd);
        offer.text(0, 0);
        offer
    }
    fn next(&self) -> Seq {
        self.pair.end(B).variables().rcv_nxt
    }
    /// A sends what lies within the window that it knows of.
    fn text(&mut self, ahead: u32, len: u32) {
        let seq = self.next() + ahead;
        let len = len.min(self.edge.past(seq));
        let ack = self.pair.iss[B] + 1;
        let payload = vec![7; len as usize].into();
        let text = Segment { seq, ack, flags: Flags::ACK, wnd: 65_535, payload, ..Segment::default() };
        self.pair.inject(B, text);
    }
    fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        let before = self.pair.end(B).variables();
        match step {
            Step::Text { ahead, len } => {
                self.text(ahead, len);
                let after = self.pair.end(B).variables();
                let len = len.min(self.edge.past(before.rcv_nxt + ahead));
                if ahead == 0 {
                    prop_assert!(
                        after.rcv_nxt.at_or_after(before.rcv_nxt + len),
                        "what was offered is taken"
                    );
                } else {
                    prop_assert!(after.reassembly >= len, "also what comes early");
                }
            }
            Step::Read(max) => drop(self.pair.recv(B, max)),
            Step::Wait(millis) => self.pair.run_for(Span::from_millis(millis)),
        }
        Ok(())
    }
    /// What B's own variables and its segments say after a step.
    fn check(&mut self, config: &Config, right: Seq) -> Result<(), TestCaseError> {
        let now = self.pair.end(B).variables();
        let moved = now.rcv_nxt + now.rcv_wnd;
        prop_assert!(moved.at_or_after(right), "the right edge never moves left");
        let held = now.recv_buffered + now.rcv_wnd;
        prop_assert!(held <= config.recv_buffer, "there is room for it all");
        let worth_it = (config.recv_buffer / 2).min(1460);
        prop_assert!(
            config.offer_all_room || moved == right || moved - right + self.unit > worth_it,
            "it moves by a segment or half the buffer: {} of {}",
            moved - right,
            worth_it
        );
        for sent in std::mem::take(&mut self.pair.sent).iter().filter(|sent| sent.from == B) {
            let edge = sent.segment.ack + u32::from(sent.segment.wnd) * self.unit;
            prop_assert!(
                (edge + self.unit).after(self.edge),
                "nor does what the header says, but for less than a unit (RFC 7323 §2.4)"
            );
            self.edge = self.edge.later(edge);
        }
        if now.recv_buffered == 0 {
            let known = self.edge.past(now.rcv_nxt) + self.unit;
            prop_assert!(known > config.recv_buffer.min(65_535) / 2, "an empty buffer is offered: {known}");
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn an_offered_window_never_shrinks_is_kept_and_is_never_silly(
        config in config(),
        start in prop_oneof![Just(u32::MAX - 5000), any::<u32>()],
        steps in vec(step(), 1..60),
    ) {
        let mut offer = Offer::new(&config, start);
        offer.pair.sent.clear();
        for step in steps {
            let variables = offer.pair.end(B).variables();
            offer.take(step)?;
            offer.check(&config, variables.rcv_nxt + variables.rcv_wnd)?;
        }
    }
}
