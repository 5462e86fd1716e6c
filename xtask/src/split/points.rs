//! Where a function's ways part, and which of them a rehearsal took, for which part.

use super::Part;
use super::through::sequences;
use std::collections::BTreeMap;
use walrus::ir::{Const, Instr, InstrLocId, InstrSeqId, MemArg, Store, StoreKind, Value};
use walrus::{FunctionId, FunctionKind, LocalFunction, MemoryId, Module};

/// Where in a sequence of instructions a way begins.
type Point = (InstrSeqId, usize);

/// The points of a function: where its sequences begin, and behind what may lead elsewhere. The first is its entry.
fn points(function: &LocalFunction) -> Vec<Point> {
    let parts =
        |instr: &Instr| matches!(instr, Instr::Block(_) | Instr::Loop(_) | Instr::IfElse(_) | Instr::BrIf(_));
    let of = |seq| {
        let instrs = &function.block(seq).instrs;
        let behind = (1..instrs.len()).filter(move |at| parts(&instrs[at - 1].0));
        std::iter::once(0).chain(behind).map(move |at| (seq, at))
    };
    sequences(function).into_iter().flat_map(of).collect()
}

/// Has each point of these functions set a byte of its own to 1, from an address on. How many they are.
pub(super) fn trace(module: &mut Module, functions: &[FunctionId], memory: MemoryId, begin: u64) -> usize {
    let mut next = begin;
    for function in functions {
        let FunctionKind::Local(function) = &mut module.funcs.get_mut(*function).kind else { continue };
        let points = points(function);
        let count = points.len() as u64;
        // From behind, so that those before stay where they are.
        let mut of: BTreeMap<InstrSeqId, Vec<(usize, u64)>> = BTreeMap::new();
        for ((seq, at), offset) in points.into_iter().zip(next..) {
            of.entry(seq).or_default().push((at, offset));
        }
        for (seq, points) in of {
            for (at, offset) in points.into_iter().rev() {
                let kind = StoreKind::I32_8 { atomic: false };
                let store = Store { memory, kind, arg: MemArg { align: 1, offset } };
                let [zero, one] = [0, 1].map(|n| Const { value: Value::I32(n) });
                let note: [Instr; 3] = [zero.into(), one.into(), store.into()];
                let note = note.map(|instr| (instr, InstrLocId::default()));
                function.block_mut(seq).instrs.splice(at..at, note);
            }
        }
        next += count;
    }
    (next - begin) as usize
}

/// A function that was called.
pub(super) struct Called {
    /// The part in which it is: the first that called it.
    pub(super) part: Part,
    /// Of its sequences from where on a later part carried them out first. What follows such a point in its sequence was carried
    /// out no earlier.
    pub(super) later: Later,
}

pub(super) type Later = BTreeMap<InstrSeqId, Vec<(usize, Part)>>;

/// Reads the bytes of all points: the functions that were called. What no part carried out belongs to the last one.
pub(super) fn called(
    module: &Module,
    functions: &[FunctionId],
    taken: &[u8],
    last: Part,
) -> BTreeMap<FunctionId, Called> {
    let part = |byte: &u8| usize::from(*byte).checked_sub(1).unwrap_or(last);
    let mut taken = taken.iter().map(part);
    let mut called = BTreeMap::new();
    for function in functions {
        let FunctionKind::Local(local) = &module.funcs.get(*function).kind else { continue };
        let points: Vec<(Point, Part)> =
            points(local).into_iter().map(|point| (point, taken.next().unwrap_or(last))).collect();
        let part = points.iter().map(|(_, part)| *part).min().unwrap_or(last);
        let mut later = Later::new();
        for ((seq, at), when) in points.into_iter().filter(|(_, when)| *when > part) {
            later.entry(seq).or_default().push((at, when));
        }
        if part < last {
            called.insert(*function, Called { part, later });
        }
    }
    called
}
