//! The texts and tables of an engine in two parts: those that only functions of the rest can reach come with it.

use std::collections::BTreeSet;
use std::ops::Range;
use walrus::ir::Value;
use walrus::{ConstExpr, DataKind, MemoryId, Module};

/// So many bytes in a row that belong to the rest, or are 0, are left out of the first part; fewer are written as zeros, for
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

/// Parts what is in memory: the first part has what it reaches and what is nobody's, the rest has the other pieces.
pub(super) fn parts(whole: &[Segment], pieces: &[Range<u32>], reached: &BTreeSet<u32>) -> [Vec<Segment>; 2] {
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    for segment in whole {
        let mut late = vec![false; segment.bytes.len()];
        let mut mark = |piece: &Range<u32>, whose: bool| {
            let end = segment.address as usize + late.len();
            for address in piece.start.max(segment.address) as usize..end.min(piece.end as usize) {
                late[address - segment.address as usize] = whose;
            }
        };
        pieces.iter().for_each(|piece| mark(piece, true));
        reached.iter().for_each(|piece| mark(&pieces[*piece as usize], false));
        runs(segment, GAP, |at| !late[at] && segment.bytes[at] != 0, &mut first);
        runs(segment, 1, |at| late[at], &mut rest);
    }
    [first, rest]
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
