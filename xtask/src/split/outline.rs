//! What a function of one part did not carry out for it becomes a function of its own, which may lie in a later part: places of
//! panics, and arms for what seldom is.
//!
//! Such a region takes the locals that it reads as parameters, and hands back those that it sets. It has no branch that leads
//! out of it, and takes nothing from the stack; or it ends where nothing goes on.

use super::Part;
use super::points::Later;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use walrus::ir::{
    Block, Br, BrIf, BrTable, Call, IfElse, Instr, InstrLocId, InstrSeqId, InstrSeqType, LocalGet, LocalId,
    LocalSet, LocalTee, Loop, Unreachable,
};
use walrus::{FunctionBuilder, FunctionId, FunctionKind, LocalFunction, Module, ValType};

/// So many bytes shorter a function has to become for it to pay.
const GAIN: usize = 2;

/// Outlines what a function carried out later than its part, or never: functions, and the parts where they belong.
pub(super) fn outline(module: &mut Module, function: FunctionId, later: &Later) -> Vec<(FunctionId, Part)> {
    let FunctionKind::Local(local) = &module.funcs.get(function).kind else { return Vec::new() };
    let mut regions = Vec::new();
    let finder = Finder { module, local, later };
    finder.within(local.entry_block(), &mut regions);
    let mut whole = Locals::default();
    whole.of(local, &local.block(local.entry_block()).instrs, false);
    // From behind, so that those before stay where they are.
    regions
        .into_iter()
        .rev()
        .filter_map(|region| Some((region.outline(module, function, &mut whole.reads)?, region.part)))
        .collect()
}

/// Instructions of a sequence that can be carried out elsewhere.
struct Region {
    seq: InstrSeqId,
    range: Range<usize>,
    /// Whether it ends where nothing goes on.
    ends: bool,
    /// In bytes.
    length: usize,
    /// The part that carries it out first.
    part: Part,
}

/// Looks for regions in a function.
struct Finder<'a> {
    module: &'a Module,
    local: &'a LocalFunction,
    later: &'a Later,
}

impl Finder<'_> {
    /// Finds what was not carried out in a sequence that was.
    fn within(&self, seq: InstrSeqId, regions: &mut Vec<Region>) {
        let instrs = &self.local.block(seq).instrs;
        let from = self.later.get(&seq).map_or(instrs.len(), |points| points[0].0);
        for (instr, _) in &instrs[..from] {
            inner(instr).into_iter().for_each(|seq| self.within(seq, regions));
        }
        self.regions(seq, from, regions);
    }

    /// Cuts what was not carried out into regions, also where another part goes on.
    fn regions(&self, seq: InstrSeqId, from: usize, regions: &mut Vec<Region>) {
        let instrs = &self.local.block(seq).instrs;
        let (mut range, mut height) = (from..from, 0);
        for (at, (instr, _)) in instrs.iter().enumerate().skip(from) {
            if range.end == at && range.start < at && self.part(seq, range.start) != self.part(seq, at) {
                regions.push(self.region(seq, range, false));
                range = at..at;
            }
            if let Instr::Unreachable(_) = instr {
                return regions.push(self.region(seq, range.start..at + 1, true));
            }
            match self.effect(instr) {
                Some((pops, pushes)) if pops <= height => {
                    height = height - pops + pushes;
                    if height == 0 {
                        range.end = at + 1;
                    }
                }
                _ => {
                    regions.push(self.region(seq, range, false));
                    inner(instr).into_iter().for_each(|seq| self.regions(seq, 0, regions));
                    (range, height) = (at + 1..at + 1, 0);
                }
            }
        }
        regions.push(self.region(seq, range, false));
    }

    fn region(&self, seq: InstrSeqId, range: Range<usize>, ends: bool) -> Region {
        let block = self.local.block(seq);
        let at = |n: usize| block.instrs.get(n).map_or(block.end, |(_, at)| *at).data() as usize;
        Region {
            seq,
            length: at(range.end) - at(range.start),
            part: self.part(seq, range.start),
            range,
            ends,
        }
    }

    /// The part that carries an instruction out first.
    fn part(&self, seq: InstrSeqId, at: usize) -> Part {
        let points = self.later.get(&seq).into_iter().flatten();
        points.take_while(|(begin, _)| *begin <= at).last().map_or(0, |(_, part)| *part)
    }

    /// How many values an instruction takes from the stack and lays onto it; nothing where it may lead out of a region.
    fn effect(&self, instr: &Instr) -> Option<(usize, usize)> {
        let of = |ty| {
            let (params, results) = self.module.types.params_results(ty);
            (params.len(), results.len())
        };
        let block = |seq| match self.local.block(seq).ty {
            InstrSeqType::Simple(result) => (0, usize::from(result.is_some())),
            InstrSeqType::MultiValue(ty) => of(ty),
        };
        Some(match instr {
            Instr::Block(Block { seq }) | Instr::Loop(Loop { seq }) if self.closed(instr) => block(*seq),
            Instr::IfElse(IfElse { consequent, .. }) if self.closed(instr) => {
                let (params, results) = block(*consequent);
                (params + 1, results)
            }
            Instr::Call(Call { func }) => of(self.module.funcs.get(*func).ty()),
            Instr::CallIndirect(call) => {
                let (params, results) = of(call.ty);
                (params + 1, results)
            }
            Instr::Const(_) | Instr::LocalGet(_) | Instr::GlobalGet(_) | Instr::MemorySize(_) => (0, 1),
            Instr::LocalSet(_) | Instr::GlobalSet(_) | Instr::Drop(_) => (1, 0),
            Instr::LocalTee(_) | Instr::Unop(_) | Instr::Load(_) | Instr::MemoryGrow(_) => (1, 1),
            Instr::Binop(_) => (2, 1),
            Instr::Store(_) => (2, 0),
            Instr::Select(_) => (3, 1),
            Instr::MemoryCopy(_) | Instr::MemoryFill(_) => (3, 0),
            _ => return None,
        })
    }

    /// Whether all branches in an instruction lead to where it ends, or stay within.
    fn closed(&self, instr: &Instr) -> bool {
        let mut within = BTreeSet::new();
        let mut new = inner(instr);
        let mut targets = BTreeSet::new();
        while let Some(seq) = new.pop() {
            within.insert(seq);
            for (instr, _) in &self.local.block(seq).instrs {
                new.extend(inner(instr));
                match instr {
                    Instr::Br(Br { block }) | Instr::BrIf(BrIf { block }) => drop(targets.insert(*block)),
                    Instr::BrTable(BrTable { blocks, default }) => {
                        targets.extend(blocks.iter().chain([default]).copied());
                    }
                    Instr::Return(_) => return false,
                    _ => {}
                }
            }
        }
        targets.is_subset(&within)
    }
}

impl Region {
    /// Makes a function of a region, and calls that, where it pays.
    fn outline(
        &self,
        module: &mut Module,
        function: FunctionId,
        reads: &mut BTreeMap<LocalId, usize>,
    ) -> Option<FunctionId> {
        let FunctionKind::Local(local) = &module.funcs.get(function).kind else { return None };
        let instrs = &local.block(self.seq).instrs[self.range.clone()];
        let mut locals = Locals::default();
        locals.of(local, instrs, false);
        let wanted =
            |local: &&LocalId| reads.get(local) > locals.reads.get(local) || locals.taken.contains(local);
        let results: BTreeSet<LocalId> = match self.ends {
            true => BTreeSet::new(),
            false => locals.set.iter().filter(wanted).copied().collect(),
        };
        let params: BTreeSet<LocalId> = &locals.taken | &(&results - &locals.made);
        if self.length < 6 + 2 * (params.len() + results.len()) + GAIN {
            return None;
        }

        let types = |locals: &BTreeSet<LocalId>| -> Vec<ValType> {
            locals.iter().map(|local| module.locals.get(*local).ty()).collect()
        };
        let mut builder = FunctionBuilder::new(&mut module.types, &types(&params), &types(&results));
        let mut instrs = copy(local, instrs, &mut builder, &mut BTreeMap::new());
        let get = |local: &LocalId| (LocalGet { local: *local }.into(), InstrLocId::default());
        instrs.extend(results.iter().map(get));
        *builder.func_body().instrs_mut() = instrs;
        let outlined = builder.finish(params.iter().copied().collect(), &mut module.funcs);

        let mut instead: Vec<(Instr, InstrLocId)> = params.iter().map(get).collect();
        instead.push((Call { func: outlined }.into(), InstrLocId::default()));
        let set = |local: &LocalId| (LocalSet { local: *local }.into(), InstrLocId::default());
        instead.extend(results.iter().rev().map(set));
        instead.extend(self.ends.then(|| (Unreachable {}.into(), InstrLocId::default())));
        for (local, times) in locals.reads {
            reads.entry(local).and_modify(|all| *all -= times);
        }
        for local in params {
            *reads.entry(local).or_insert(0) += 1;
        }
        let FunctionKind::Local(local) = &mut module.funcs.get_mut(function).kind else { return None };
        local.block_mut(self.seq).instrs.splice(self.range.clone(), instead);
        Some(outlined)
    }
}

/// How instructions use locals.
#[derive(Default)]
struct Locals {
    /// How often each is read.
    reads: BTreeMap<LocalId, usize>,
    /// Those that may be read before they are set, those that are set, and those that are set in any case before they are read.
    taken: BTreeSet<LocalId>,
    set: BTreeSet<LocalId>,
    made: BTreeSet<LocalId>,
}

impl Locals {
    fn of(&mut self, function: &LocalFunction, instrs: &[(Instr, InstrLocId)], nested: bool) {
        for (instr, _) in instrs {
            match instr {
                Instr::LocalGet(LocalGet { local }) => {
                    *self.reads.entry(*local).or_insert(0) += 1;
                    if !self.made.contains(local) {
                        self.taken.insert(*local);
                    }
                }
                Instr::LocalSet(LocalSet { local }) | Instr::LocalTee(LocalTee { local }) => {
                    self.set.insert(*local);
                    if !nested && !self.taken.contains(local) {
                        self.made.insert(*local);
                    }
                }
                _ => inner(instr)
                    .into_iter()
                    .for_each(|seq| self.of(function, &function.block(seq).instrs, true)),
            }
        }
    }
}

/// The sequences that lie in an instruction.
fn inner(instr: &Instr) -> Vec<InstrSeqId> {
    match instr {
        Instr::Block(Block { seq }) | Instr::Loop(Loop { seq }) => vec![*seq],
        Instr::IfElse(IfElse { consequent, alternative }) => vec![*consequent, *alternative],
        _ => Vec::new(),
    }
}

/// Copies instructions into another function, with the sequences that lie in them.
fn copy(
    from: &LocalFunction,
    instrs: &[(Instr, InstrLocId)],
    into: &mut FunctionBuilder,
    copies: &mut BTreeMap<InstrSeqId, InstrSeqId>,
) -> Vec<(Instr, InstrLocId)> {
    let mut copied = Vec::new();
    for (instr, at) in instrs {
        for seq in inner(instr) {
            let block = from.block(seq);
            let new = into.dangling_instr_seq(block.ty).id();
            copies.insert(seq, new);
            *into.instr_seq(new).instrs_mut() = copy(from, &block.instrs, into, copies);
        }
        let mut instr = instr.clone();
        let now = |seq: &mut InstrSeqId| *seq = copies[seq];
        match &mut instr {
            Instr::Block(Block { seq }) | Instr::Loop(Loop { seq }) => now(seq),
            Instr::IfElse(IfElse { consequent, alternative }) => {
                [consequent, alternative].into_iter().for_each(now)
            }
            Instr::Br(Br { block }) | Instr::BrIf(BrIf { block }) => now(block),
            Instr::BrTable(BrTable { blocks, default }) => blocks.iter_mut().chain([default]).for_each(now),
            _ => {}
        }
        copied.push((instr, *at));
    }
    copied
}
