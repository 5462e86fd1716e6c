//! Selective acknowledgment at the receiver: the blocks that an ACK reports (RFC 2018, RFC 2883).

use super::Connection;
use crate::rare::Blank;
use crate::seq::{Seq, SeqRange};
use crate::wire::SackBlocks;
use serde::{Deserialize, Serialize};

/// Blocks that are remembered: more than an option holds, so that there are others when the first are filled.
pub(super) const REMEMBERED: usize = 6;
/// Blocks that an option holds (RFC 2018 §3): 40 octets of options are two and eight for each block, and more.
const BLOCKS: usize = 4;

/// What has arrived beyond the first hole, the most recent first. Sections are those of RFC 2018.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SackList {
    /// Apart from each other: none overlaps or touches another.
    blocks: Vec<SeqRange>,
    /// What came twice, to be told once (RFC 2883).
    duplicate: Option<SeqRange>,
}

impl Blank for SackList {
    const BLANK: &'static SackList = &SackList { blocks: Vec::new(), duplicate: None };
}

impl SackList {
    /// Text arrived ahead of its turn. §4: "The first SACK block MUST specify the contiguous block of data containing the
    /// segment which triggered this ACK"; the others repeat what was reported most recently.
    pub(super) fn arrived(&mut self, text: SeqRange) {
        let mut block = text;
        self.blocks.retain(|held| {
            let apart = held.end.before(text.start) || text.end.before(held.start);
            if !apart {
                block = SeqRange { start: block.start.earlier(held.start), end: block.end.later(held.end) };
            }
            apart
        });
        self.blocks.truncate(REMEMBERED - 1);
        self.blocks.insert(0, block);
    }
    /// RFC 2883 §4: the first duplicate range of a segment is reported once, before all other blocks.
    pub(super) fn came_twice(&mut self, text: SeqRange) {
        self.duplicate = Some(text);
    }
    /// Everything before `nxt` is covered by the cumulative acknowledgment from now on.
    pub(super) fn acknowledged(&mut self, nxt: Seq) {
        self.blocks.retain(|block| block.end.after(nxt));
    }
    /// Whether there is something that is told once.
    pub(super) fn has_duplicate(&self) -> bool {
        self.duplicate.is_some()
    }
    /// An ACK with the blocks went out.
    pub(super) fn reported(&mut self) {
        self.duplicate = None;
    }
    /// The blocks for an option that has room for so many.
    pub(super) fn report(&self, room: usize) -> SackBlocks {
        if self.blocks.is_empty() && self.duplicate.is_none() {
            return SackBlocks::default();
        }
        let mut report = [None; BLOCKS];
        let all = self.duplicate.iter().chain(&self.blocks).copied();
        for (place, block) in report.iter_mut().take(room).zip(all) {
            *place = Some(block);
        }
        report.into()
    }
    /// Octets that the option takes in the header, padding included.
    pub(super) fn option_len(&self, room: usize) -> u32 {
        let blocks = (self.blocks.len() + usize::from(self.duplicate.is_some())).min(room);
        if blocks == 0 { 0 } else { 4 + 8 * blocks as u32 }
    }
}

impl Connection {
    /// Takes note of text that came before (RFC 2883); true where that is to be told.
    pub(super) fn note_duplicate(&mut self, text: SeqRange) -> bool {
        if !self.sack_permitted {
            return false;
        }
        let twice = if text.start.before(self.rcv.nxt) {
            Some(SeqRange { start: text.start, end: text.end.earlier(self.rcv.nxt) })
        } else {
            self.reassembly.first_overlap(text)
        };
        if let Some(twice) = twice {
            self.sack.came_twice(twice);
        }
        twice.is_some()
    }
    /// How many blocks fit beside the other options.
    pub(super) fn sack_room(&self) -> usize {
        if self.timestamps.on { BLOCKS - 1 } else { BLOCKS }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: u32, end: u32) -> SeqRange {
        SeqRange { start: Seq::new(start), end: Seq::new(end) }
    }
    fn told(list: &SackList, room: usize) -> Vec<(u32, u32)> {
        list.report(room).iter().flatten().map(|block| (block.start.get(), block.end.get())).collect()
    }

    #[test]
    fn the_most_recent_block_comes_first_and_grows() {
        let mut list = SackList::default();
        for (start, end) in [(200, 300), (400, 500), (600, 700), (300, 350)] {
            list.arrived(range(start, end));
        }
        assert_eq!(told(&list, 4), [(200, 350), (600, 700), (400, 500)]);
        list.arrived(range(350, 400));
        assert_eq!(told(&list, 4), [(200, 500), (600, 700)]);
        list.acknowledged(Seq::new(500));
        assert_eq!(told(&list, 4), [(600, 700)]);
    }

    #[test]
    fn a_duplicate_is_told_once_before_the_block_that_holds_it() {
        let mut list = SackList::default();
        list.arrived(range(200, 300));
        list.arrived(range(400, 500));
        list.came_twice(range(250, 275));
        list.arrived(range(250, 275));
        assert_eq!(told(&list, 4), [(250, 275), (200, 300), (400, 500)]);
        assert_eq!(list.option_len(2), 20);
        list.reported();
        assert_eq!(told(&list, 1), [(200, 300)]);
    }
}
