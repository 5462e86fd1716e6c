//! Where a function's ways part, and which of them a rehearsal took.

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

/// Of each function that was called, from where on its sequences were never carried out. What follows such a point in its
/// sequence was not, either.
pub(super) type Untaken = BTreeMap<InstrSeqId, usize>;

/// Reads the bytes of all points: the functions that were called.
pub(super) fn called(
    module: &Module,
    functions: &[FunctionId],
    taken: &[u8],
) -> BTreeMap<FunctionId, Untaken> {
    let mut taken = taken.iter().map(|byte| *byte != 0);
    let mut called = BTreeMap::new();
    for function in functions {
        let FunctionKind::Local(local) = &module.funcs.get(*function).kind else { continue };
        let mut untaken = Untaken::new();
        let mut entered = false;
        for (seq, at) in points(local) {
            if taken.next().unwrap_or(false) {
                entered = true;
            } else {
                untaken.entry(seq).or_insert(at);
            }
        }
        if entered {
            called.insert(*function, untaken);
        }
    }
    called
}
