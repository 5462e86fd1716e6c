//! How one part of an engine calls functions of the others: through the places where they lie in the table.

use super::Place;
use std::collections::BTreeMap;
use walrus::ir::{
    Call, CallIndirect, Const, Instr, InstrLocId, InstrSeq, InstrSeqId, Value, Visitor, dfs_in_order,
};
use walrus::{FunctionBuilder, FunctionId, FunctionKind, LocalFunction, Module, TableId, TypeId, ValType};

/// How a part calls what it has not.
pub(super) struct Through<'a> {
    pub(super) module: &'a mut Module,
    pub(super) table: TableId,
    /// Where the functions lie that other parts have, and what has such a part loaded before, if it is a later one.
    pub(super) places: BTreeMap<FunctionId, (Place, Option<FunctionId>)>,
    /// Of each type of function, and of what is called before, one that is told the place, too.
    told: BTreeMap<(TypeId, FunctionId), FunctionId>,
}

impl<'a> Through<'a> {
    pub(super) fn new(
        module: &'a mut Module,
        table: TableId,
        places: BTreeMap<FunctionId, (Place, Option<FunctionId>)>,
    ) -> Through<'a> {
        Through { module, table, places, told: BTreeMap::new() }
    }

    /// Has a function call through the table what other parts have.
    pub(super) fn redirect(&mut self, function: FunctionId) {
        let FunctionKind::Local(local) = &self.module.funcs.get(function).kind else { return };
        for seq in sequences(local) {
            let FunctionKind::Local(local) = &self.module.funcs.get(function).kind else { return };
            let calls = |(instr, _): &(Instr, _)| matches!(instr, Instr::Call(call) if self.places.contains_key(&call.func));
            if !local.block(seq).instrs.iter().any(calls) {
                continue;
            }
            let mut instrs = Vec::new();
            for (instr, at) in local.block(seq).instrs.clone() {
                match instr {
                    Instr::Call(Call { func }) if self.places.contains_key(&func) => {
                        let [place, call] = self.instead(func);
                        instrs.extend([(place, InstrLocId::default()), (call, at)]);
                    }
                    _ => instrs.push((instr, at)),
                }
            }
            let FunctionKind::Local(local) = &mut self.module.funcs.get_mut(function).kind else { return };
            local.block_mut(seq).instrs = instrs;
        }
    }

    /// Makes of a function that another part has one that calls it.
    pub(super) fn stand_in(&mut self, function: FunctionId) {
        let [place, call] = self.instead(function);
        let (params, results) = self.signature(self.module.funcs.get(function).ty());
        let args: Vec<_> = params.iter().map(|ty| self.module.locals.add(*ty)).collect();
        let mut builder = FunctionBuilder::new(&mut self.module.types, &params, &results);
        let mut body = builder.func_body();
        for arg in &args {
            body.local_get(*arg);
        }
        body.instr(place).instr(call);
        self.module.funcs.get_mut(function).kind = FunctionKind::Local(builder.local_func(args));
    }

    fn instead(&mut self, function: FunctionId) -> [Instr; 2] {
        let (place, before) = self.places[&function];
        let place = Value::I32(place as i32);
        let ty = self.module.funcs.get(function).ty();
        let call = match before {
            Some(before) => Call { func: self.told(ty, before) }.into(),
            None => CallIndirect { ty, table: self.table }.into(),
        };
        [Const { value: place }.into(), call]
    }

    /// The function that calls one of this type when it is told the place.
    fn told(&mut self, ty: TypeId, before: FunctionId) -> FunctionId {
        if let Some(function) = self.told.get(&(ty, before)) {
            return *function;
        }
        let (mut params, results) = self.signature(ty);
        params.push(ValType::I32);
        let args: Vec<_> = params.iter().map(|ty| self.module.locals.add(*ty)).collect();
        let mut builder = FunctionBuilder::new(&mut self.module.types, &params, &results);
        let mut body = builder.func_body();
        body.call(before);
        for arg in &args {
            body.local_get(*arg);
        }
        body.call_indirect(ty, self.table);
        let function = builder.finish(args, &mut self.module.funcs);
        self.told.insert((ty, before), function);
        function
    }

    fn signature(&self, ty: TypeId) -> (Vec<ValType>, Vec<ValType>) {
        let (params, results) = self.module.types.params_results(ty);
        (params.to_vec(), results.to_vec())
    }
}

/// The sequences of instructions of a function, in order.
pub(super) fn sequences(function: &LocalFunction) -> Vec<InstrSeqId> {
    struct Sequences(Vec<InstrSeqId>);
    impl<'instr> Visitor<'instr> for Sequences {
        fn start_instr_seq(&mut self, seq: &'instr InstrSeq) {
            self.0.push(seq.id());
        }
    }
    let mut sequences = Sequences(Vec::new());
    dfs_in_order(&mut sequences, function, function.entry_block());
    sequences.0
}
