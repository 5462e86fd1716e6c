//! What a receiver reports, against a model that knows for each octet whether and when it was told of.

use crate::seq::{Seq, SeqRange};
use crate::tcp::sack::{REMEMBERED, SackList};
use proptest::collection::vec;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    /// Octets from one place on arrive ahead of their turn.
    Arrived(usize, usize),
    /// Octets came twice.
    Twice(usize, usize),
    /// All before a place is acknowledged.
    Acknowledged(usize),
    /// An ACK went out.
    Reported,
}

const OCTETS: usize = 200;

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..OCTETS - 20, 1..20usize).prop_map(|(from, len)| Step::Arrived(from, len)),
        2 => (0..OCTETS - 20, 1..20usize).prop_map(|(from, len)| Step::Twice(from, len)),
        1 => (0..OCTETS).prop_map(Step::Acknowledged),
        2 => Just(Step::Reported),
    ]
}

struct Model {
    /// For each octet the number of the step that last told of the block it lies in.
    told: Vec<Option<usize>>,
    twice: Option<(usize, usize)>,
}

impl Model {
    /// Every run of octets that are here, the most recent first.
    fn blocks(&self) -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for at in (0..OCTETS).filter(|at| self.told[*at].is_some()) {
            match runs.last_mut() {
                Some((_, end)) if *end == at => *end += 1,
                _ => runs.push((at, at + 1)),
            }
        }
        runs.sort_by_key(|(start, _)| std::cmp::Reverse(self.told[*start]));
        runs
    }
    fn take(&mut self, list: &mut SackList, n: usize, start: Seq, step: Step) {
        let range = |from: usize, len: usize| SeqRange::new(start + from as u32, len as u32);
        match step {
            Step::Arrived(from, len) => {
                list.arrived(range(from, len));
                self.told[from..from + len].fill(Some(n));
                let block = self.blocks().into_iter().find(|(first, end)| (*first..*end).contains(&from));
                let (first, end) = block.expect("it has just come");
                self.told[first..end].fill(Some(n));
                for (first, end) in self.blocks().into_iter().skip(REMEMBERED) {
                    self.told[first..end].fill(None);
                }
            }
            Step::Twice(from, len) => {
                list.came_twice(range(from, len));
                self.twice = Some((from, from + len));
            }
            Step::Acknowledged(upto) => {
                // The acknowledgment moves past all that is here behind it.
                let next = (upto..OCTETS).find(|at| self.told[*at].is_none()).unwrap_or(OCTETS);
                self.told[..next].fill(None);
                list.acknowledged(start + next as u32);
            }
            Step::Reported => {
                list.reported();
                self.twice = None;
            }
        }
    }
}

proptest! {
    #[test]
    fn a_report_begins_with_what_came_twice_and_then_what_came_last(
        start in prop_oneof![Just(u32::MAX - 100), any::<u32>()],
        steps in vec(step(), 1..80),
        room in 0..=4usize,
    ) {
        let start = Seq::new(start);
        let mut list = SackList::default();
        let mut model = Model { told: vec![None; OCTETS], twice: None };
        for (n, step) in steps.into_iter().enumerate() {
            model.take(&mut list, n, start, step);
            let expected: Vec<(usize, usize)> = model.twice.into_iter().chain(model.blocks()).take(room).collect();
            let report = list.report(room);
            let place = |seq: Seq| (seq - start) as usize;
            let told: Vec<(usize, usize)> =
                report.iter().flatten().map(|block| (place(block.start), place(block.end))).collect();
            prop_assert_eq!(&told, &expected);
            let octets = if told.is_empty() { 0 } else { 4 + 8 * told.len() };
            prop_assert_eq!(list.option_len(room) as usize, octets);
        }
    }
}
