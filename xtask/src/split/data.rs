//! The texts and tables of an engine in parts: each comes with the first functions that can reach it.

use std::collections::BTreeSet;
use std::ops::Range;
use walrus::ir::Value;
use walrus::{ConstExpr, DataKind, MemoryId, Module};

/// So many bytes in a row that belong to later parts, or are 0, are left out of the first part; fewer are written as zeros, for
/// what is before and behind them would have to be written as two pieces.
const GAP: usize = 24;

/// A piece of memory with what is in it at the beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) address: u32,
    pub(super) bytes: Vec<u8>,
}

/// What is in memory at the beginning.
pub(super) fn segments(module: &Module) -> Vec<Segment> {
    let segment = |data: &walrus::Data| match data.kind {
        DataKind::Active { offset: ConstExpr::Value(Value::I32(address)), .. } => {
            Some(Segment { address: address as u32, bytes: data.value.clone() })
        }
        _ => None,
    };
    module.data.iter().filter_map(segment).collect()
}

/// The word at an address.
pub(super) fn word(segments: &[Segment], address: u32) -> Option<u32> {
    segments.iter().find_map(|segment| {
        let offset = address.checked_sub(segment.address)? as usize;
        Some(u32::from_le_bytes(*segment.bytes.get(offset..)?.first_chunk()?))
    })
}

/// Puts other segments in the place of a module's.
pub(super) fn replace(module: &mut Module, memory: MemoryId, segments: &[Segment]) {
    for data in module.data.iter().map(|data| data.id()).collect::<Vec<_>>() {
        module.data.delete(data);
    }
    module.memories.get_mut(memory).data_segments.clear();
    for Segment { address, bytes } in segments {
        let offset = ConstExpr::Value(Value::I32(*address as i32));
        let data = module.data.add(DataKind::Active { memory, offset }, bytes.clone());
        module.memories.get_mut(memory).data_segments.insert(data);
    }
}

/// Parts what is in memory, by the pieces that each part reaches: a piece comes with the first that does, or else with the last.
/// What is in no piece is the first part's. Pieces may share bytes, as one text may be the end of another.
pub(super) fn parts(
    whole: &[Segment],
    pieces: &[Range<u32>],
    reached: &[&BTreeSet<u32>],
) -> Vec<Vec<Segment>> {
    let mut parts = vec![Vec::new(); reached.len()];
    for segment in whole {
        let mut whose = vec![0; segment.bytes.len()];
        let mut mark = |piece: &Range<u32>, part: usize| {
            let end = segment.address as usize + whose.len();
            for address in piece.start.max(segment.address) as usize..end.min(piece.end as usize) {
                whose[address - segment.address as usize] = part;
            }
        };
        pieces.iter().for_each(|piece| mark(piece, reached.len() - 1));
        for (part, reached) in reached.iter().enumerate().rev() {
            reached.iter().for_each(|piece| mark(&pieces[*piece as usize], part));
        }
        for (n, part) in parts.iter_mut().enumerate() {
            match n {
                0 => runs(segment, GAP, |at| whose[at] == 0 && segment.bytes[at] != 0, part),
                _ => runs(segment, 1, |at| whose[at] == n, part),
            }
        }
    }
    parts
}

/// The runs of a segment's bytes that are wanted, where less than a gap is between them; what is in a gap is 0.
fn runs(segment: &Segment, gap: usize, wanted: impl Fn(usize) -> bool, into: &mut Vec<Segment>) {
    let mut end = None;
    for at in (0..segment.bytes.len()).filter(|at| wanted(*at)) {
        match (end, into.last_mut()) {
            (Some(end), Some(run)) if at - end < gap => run.bytes.resize(run.bytes.len() + at - end, 0),
            _ => into.push(Segment { address: segment.address + at as u32, bytes: Vec::new() }),
        }
        into.last_mut().expect("just pushed").bytes.push(segment.bytes[at]);
        end = Some(at + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_pieces_share_come_with_the_first_part_that_reaches_them() {
        let whole = [Segment { address: 100, bytes: (1..=9).collect() }];
        let reached = [[2], [0], [1]].map(BTreeSet::from);
        let parts = parts(&whole, &[102..107, 104..109, 100..101], &reached.each_ref());
        let at = |address, bytes: &[u8]| vec![Segment { address, bytes: bytes.to_vec() }];
        // Byte 101 is in no piece.
        assert_eq!(parts, [at(100, &[1, 2]), at(102, &[3, 4, 5, 6, 7]), at(107, &[8, 9])]);
    }
}
