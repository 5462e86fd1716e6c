//! What functions can reach: other functions, and data.

use super::data::{Segment, word};
use super::relocations::{Relocations, Target};
use super::{Number, Place};
use std::collections::BTreeSet;
use walrus::FunctionId;
use walrus::ir::{Const, Instr, InstrLocId, Value, Visitor};

/// What is reached from functions that were looked at.
#[derive(Debug)]
pub(super) struct Reached<'a> {
    relocations: &'a Relocations,
    /// The functions that are called by their names.
    pub(super) functions: BTreeSet<Number>,
    /// The places of the table whose functions may be called.
    pub(super) places: BTreeSet<Place>,
    /// The pieces of data.
    pub(super) pieces: BTreeSet<u32>,
    /// How many of the relocations were met.
    pub(super) met: usize,
}

impl<'a> Reached<'a> {
    pub(super) fn nothing(relocations: &'a Relocations) -> Reached<'a> {
        let (functions, places, pieces) = Default::default();
        Reached { relocations, functions, places, pieces, met: 0 }
    }

    /// Adds what is reached from the data that is reached.
    pub(super) fn follow(mut self, segments: &[Segment]) -> Reached<'a> {
        let mut new: Vec<u32> = self.pieces.iter().copied().collect();
        while let Some(piece) = new.pop() {
            let piece = self.relocations.pieces[piece as usize].clone();
            for (address, target) in self.relocations.data.range(piece) {
                match target {
                    Target::Place => self.places.extend(word(segments, *address)),
                    Target::Piece(piece) => new.extend(self.pieces.insert(*piece).then_some(*piece)),
                }
            }
        }
        self
    }
}

impl<'instr> Visitor<'instr> for Reached<'_> {
    fn visit_function_id(&mut self, function: &FunctionId) {
        self.functions.insert(function.index());
    }

    fn visit_instr(&mut self, instr: &'instr Instr, at: &'instr InstrLocId) {
        let target = if at.is_default() { None } else { self.relocations.code.get(&at.data()) };
        match (target, instr) {
            (Some(Target::Piece(piece)), Instr::Const(_) | Instr::Load(_) | Instr::Store(_)) => {
                self.pieces.insert(*piece);
            }
            (Some(Target::Place), Instr::Const(Const { value: Value::I32(place) })) => {
                self.places.insert(*place as Place);
            }
            _ => return,
        }
        self.met += 1;
    }
}
