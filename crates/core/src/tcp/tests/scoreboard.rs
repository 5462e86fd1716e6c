//! The scoreboard against a model that knows one fate for each octet.

use crate::seq::{Seq, SeqRange};
use crate::tcp::sent::{Delivery, Fate, Scoreboard};
use crate::time::{Span, Time};
use proptest::collection::vec;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Sent(u32),
    Acked(u32),
    /// Blocks from one segment to another, by their places; the second time with the blocks before still known.
    Sacked(usize, usize),
    /// Segments up to a place are lost.
    Lost(usize),
    Again(u32),
    FoundAgain,
    Reneged,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1..50u32).prop_map(Step::Sent),
        3 => (0..80u32).prop_map(Step::Acked),
        4 => (0..20usize, 0..6usize).prop_map(|(from, count)| Step::Sacked(from, count)),
        2 => (0..20usize).prop_map(Step::Lost),
        4 => (1..120u32).prop_map(Step::Again),
        1 => Just(Step::FoundAgain),
        1 => Just(Step::Reneged),
    ]
}

/// Octets from `una` on.
struct Model {
    una: Seq,
    fates: Vec<Fate>,
}

impl Model {
    fn set(&mut self, range: SeqRange, fate: impl Fn(Fate) -> Fate) {
        let from = (range.start - self.una) as usize;
        self.fates[from..from + range.len() as usize].iter_mut().for_each(|octet| *octet = fate(*octet));
    }
    fn count(&self, fate: Fate) -> u32 {
        self.fates.iter().filter(|octet| **octet == fate).count() as u32
    }
    fn take(&mut self, board: &mut Scoreboard, step: Step, now: Time) -> Result<(), TestCaseError> {
        let ranges: Vec<SeqRange> = board.iter().map(|segment| segment.range).collect();
        let mut news = Delivery { now, ..Delivery::default() };
        match step {
            Step::Sent(len) => {
                board.sent(SeqRange::new(self.una + self.fates.len() as u32, len), now);
                self.fates.extend((0..len).map(|_| Fate::Unknown));
            }
            Step::Acked(octets) => {
                let octets = octets.min(self.fates.len() as u32);
                let fresh =
                    self.fates.drain(..octets as usize).filter(|octet| *octet != Fate::Sacked).count();
                self.una += octets;
                board.acknowledge(self.una, &mut news);
                prop_assert_eq!(news.octets as usize, fresh);
            }
            Step::Sacked(from, count) => {
                let Some(some) = ranges.get(from..ranges.len().min(from + count + 1)) else { return Ok(()) };
                let (Some(first), Some(last)) = (some.first(), some.last()) else { return Ok(()) };
                let block = SeqRange { start: first.start, end: last.end };
                let before = self.count(Fate::Sacked);
                self.set(block, |_| Fate::Sacked);
                board.sack(block, &mut news);
                board.know([Some(block), None, None, None]);
                prop_assert_eq!(news.sacked, self.count(Fate::Sacked) - before);
            }
            Step::Lost(upto) => {
                let Some(last) = ranges.get(upto) else { return Ok(()) };
                board.lose(|segment| segment.range.end.at_or_before(last.end));
                let lost = SeqRange { start: self.una, end: last.end };
                self.set(lost, |fate| if fate == Fate::Sacked { fate } else { Fate::Lost });
            }
            Step::Again(most) => {
                let first = self.fates.iter().position(|octet| *octet == Fate::Lost);
                let range = board.first_lost(most);
                prop_assert_eq!(range.map(|range| range.start), first.map(|at| self.una + at as u32));
                let Some(range) = range else { return Ok(()) };
                prop_assert!(range.len() <= most && !range.is_empty());
                board.sent_again(range, now);
                self.set(range, |_| Fate::Resent);
            }
            Step::FoundAgain => {
                board.find_again();
                let all = SeqRange::new(self.una, self.fates.len() as u32);
                self.set(all, |fate| if fate == Fate::Sacked { fate } else { Fate::Unknown });
            }
            Step::Reneged => {
                board.forget_sacks();
                let all = SeqRange::new(self.una, self.fates.len() as u32);
                self.set(all, |fate| if fate == Fate::Sacked { Fate::Unknown } else { fate });
            }
        }
        Ok(())
    }
    /// Octet for octet the same, and counted right.
    fn agrees(&self, board: &Scoreboard) -> Result<(), TestCaseError> {
        let octets: Vec<Fate> =
            board.iter().flat_map(|segment| vec![segment.fate; segment.range.len() as usize]).collect();
        prop_assert_eq!(&octets, &self.fates);
        prop_assert_eq!(board.sacked(), self.count(Fate::Sacked));
        prop_assert_eq!(board.lost(), self.count(Fate::Lost));
        let sacked = board.iter().filter(|segment| segment.fate == Fate::Sacked).count();
        prop_assert_eq!(board.sacked_segments() as usize, sacked);
        let mut next = self.una;
        for segment in board.iter() {
            prop_assert_eq!(segment.range.start, next, "without gap or overlap");
            next = segment.range.end;
        }
        for (at, once) in board.iter().enumerate().filter(|(_, segment)| segment.again == 0) {
            let behind = board.iter().skip(at);
            prop_assert!(
                behind.into_iter().all(|later| later.departure() >= once.departure()),
                "{:?}",
                board
            );
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn a_scoreboard_knows_the_fate_of_each_octet(
        start in prop_oneof![Just(u32::MAX - 100), any::<u32>()],
        steps in vec(step(), 1..80),
    ) {
        let mut board = Scoreboard::default();
        let mut model = Model { una: Seq::new(start), fates: Vec::new() };
        for (n, step) in steps.into_iter().enumerate() {
            model.take(&mut board, step, Time::ZERO + Span::from_millis(n as u64))?;
            model.agrees(&board)?;
        }
    }
}

fn range(start: u32, end: u32) -> SeqRange {
    SeqRange { start: Seq::new(start), end: Seq::new(end) }
}
/// Ten segments of ten octets, all sent at once.
fn ten() -> Scoreboard {
    let mut board = Scoreboard::default();
    (0..10).for_each(|n| board.sent(range(n * 10, n * 10 + 10), Time::ZERO));
    board
}

/// RFC 6675 §4: three separate runs above, or more than two full segments.
#[test]
fn lost_is_what_enough_is_sacked_above() {
    let sacked = |blocks: &[(u32, u32)]| {
        let mut board = ten();
        for (start, end) in blocks {
            board.sack(range(*start, *end), &mut Delivery::default());
        }
        board.lose_below_sacked(3, 10)
    };
    assert_eq!(sacked(&[(20, 40)]), 0);
    assert_eq!(sacked(&[(20, 50)]), 20);
    assert_eq!(sacked(&[(20, 30), (40, 50), (60, 70)]), 20);
    assert_eq!(sacked(&[(0, 10)]), 0);
}

/// Karn's algorithm, and what RACK asks for: what was sent last of all that an ACK delivered.
#[test]
fn a_delivery_tells_times_of_what_was_sent_once() {
    let later = Time::ZERO + Span::from_millis(5);
    let mut board = ten();
    board.lose(|segment| segment.range.start.get() == 0);
    board.sent_again(range(0, 10), later);
    let mut news =
        Delivery { now: later + Span::from_millis(1), min_rtt: Span::from_millis(3), ..Delivery::default() };
    board.acknowledge(Seq::new(10), &mut news);
    assert_eq!((news.timed, news.latest), (None, None), "too soon for the second copy: the first arrived");
    board.sack(range(50, 60), &mut news);
    assert_eq!(news.timed, Some(Time::ZERO));
    board.sack(range(30, 40), &mut news);
    assert_eq!(news.latest, Some((Time::ZERO, 6)));
    assert_eq!(news.overtaken, Some(range(30, 60)));
}
