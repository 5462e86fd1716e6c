//! An engine in two parts: what a page calls while it shows and plays a run, and the rest, which it fetches when it is asked
//! for something else.
//!
//! Both parts have one memory, one stack and one table of functions. A function that lies in the other part is called through
//! a place of the table. The first part has the rest loaded before such a call, so it does not matter when the rest comes, nor
//! which functions are where: that only decides how soon it is needed.

use anyhow::{Context, Result};
use std::collections::BTreeSet;
use walrus::ir::{Instr, MemArg, Store, StoreKind, Value, Visitor, dfs_in_order};
use walrus::{
    ConstExpr, ElementItems, ElementKind, ExportItem, FunctionBuilder, FunctionId, FunctionKind, GlobalId,
    GlobalKind, Module, TableId, ValType, passes,
};

/// The first part imports `load` from here, which loads the rest; and says by the export of this name whether it is there.
const REST: &str = "rest";
/// The rest imports from here what both parts have.
const FIRST: &str = "first";
const PAGE: u64 = 65_536;

/// A function by its number: the same in all readings of an engine.
type Number = usize;

/// The engine with a byte of memory for each function, which is 1 once it was called; where these bytes begin, and how many
/// they are.
pub(crate) fn traced(engine: &[u8]) -> Result<(Vec<u8>, u64, usize)> {
    let Reading { mut module, functions, .. } = Reading::of(engine)?;
    let memory = module.memories.iter().next().context("no memory")?.id();
    let begin = module.memories.get(memory).initial * PAGE;
    module.memories.get_mut(memory).initial += (functions.len() as u64).div_ceil(PAGE);
    let count = functions.len();
    for (offset, function) in (begin..).zip(functions) {
        let FunctionKind::Local(function) = &mut module.funcs.get_mut(function).kind else { continue };
        let mut body = function.builder_mut().func_body();
        let arg = MemArg { align: 1, offset };
        body.instr_at(0, Instr::Store(Store { memory, kind: StoreKind::I32_8 { atomic: false }, arg }));
        body.const_at(0, Value::I32(1)).const_at(0, Value::I32(0));
    }
    Ok((module.emit_wasm(), begin, count))
}

/// The two parts of an engine, of which the first has the functions that were called: those with a byte that is not 0.
pub(crate) fn parts(engine: &[u8], called: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
    let (first, rest) = (Reading::of(engine)?, Reading::of(engine)?);
    let split = Split::of(&first, called);
    Ok((split.first(first)?, split.rest(rest)?))
}

/// An engine as it was read.
struct Reading {
    module: Module,
    /// Its functions by their numbers.
    functions: Vec<FunctionId>,
    /// The table through which functions are called.
    table: TableId,
}

impl Reading {
    fn of(engine: &[u8]) -> Result<Reading> {
        let module = Module::from_buffer(engine)?;
        let functions = module.funcs.iter().map(|function| function.id()).collect();
        let table = module.tables.main_function_table()?.context("no table of functions")?;
        Ok(Reading { module, functions, table })
    }

    /// The functions that these functions name.
    fn named(&self, functions: &BTreeSet<Number>) -> BTreeSet<Number> {
        let mut names = Names(BTreeSet::new());
        for function in functions {
            if let FunctionKind::Local(function) = &self.module.funcs.get(self.functions[*function]).kind {
                dfs_in_order(&mut names, function, function.entry_block());
            }
        }
        names.0
    }

    /// The functions that the page's script or the table has.
    fn handed_out(&self) -> BTreeSet<Number> {
        let mut all = BTreeSet::new();
        for export in self.module.exports.iter() {
            if let ExportItem::Function(function) = export.item {
                all.insert(function.index());
            }
        }
        for element in self.module.elements.iter() {
            if let ElementItems::Functions(functions) = &element.items {
                all.extend(functions.iter().map(|function| function.index()));
            }
        }
        all
    }

    /// Puts in the place of a function one that calls what lies in the table.
    fn call_through(&mut self, function: Number, place: u64, before: Option<FunctionId>) {
        let module = &mut self.module;
        let function = self.functions[function];
        let ty = module.funcs.get(function).ty();
        let (params, results) = module.types.params_results(ty);
        let (params, results) = (params.to_vec(), results.to_vec());
        let args: Vec<_> = params.iter().map(|ty| module.locals.add(*ty)).collect();
        let mut builder = FunctionBuilder::new(&mut module.types, &params, &results);
        let mut body = builder.func_body();
        before.map(|before| body.call(before));
        for arg in &args {
            body.local_get(*arg);
        }
        body.i32_const(place as i32).call_indirect(ty, self.table);
        module.funcs.get_mut(function).kind = FunctionKind::Local(builder.local_func(args));
    }

    /// Lays functions into the table, from a place on.
    fn fill(&mut self, place: u64, functions: &[Number]) {
        let kind =
            ElementKind::Active { table: self.table, offset: ConstExpr::Value(Value::I32(place as i32)) };
        let functions = functions.iter().map(|function| self.functions[*function]).collect();
        let element = self.module.elements.add(kind, ElementItems::Functions(functions));
        self.module.tables.get_mut(self.table).elem_segments.insert(element);
    }

    /// What both parts have: memory, tables and globals, and with them whether the rest is there.
    fn shared(&mut self) -> (GlobalId, Vec<(String, ExportItem)>) {
        let module = &mut self.module;
        let there = module.globals.add_local(ValType::I32, true, false, ConstExpr::Value(Value::I32(0)));
        let memories = module.memories.iter().map(|memory| ExportItem::Memory(memory.id()));
        let tables = module.tables.iter().map(|table| ExportItem::Table(table.id()));
        let globals = module.globals.iter().map(|global| ExportItem::Global(global.id()));
        let name = |(n, item)| (format!("{REST}{n}"), item);
        (there, memories.chain(tables).chain(globals).enumerate().map(name).collect())
    }

    /// The engine as bytes, without what nobody needs.
    fn write(mut self) -> Vec<u8> {
        passes::gc::run(&mut self.module);
        self.module.emit_wasm()
    }
}

/// Gathers the functions that are named.
struct Names(BTreeSet<Number>);

impl Visitor<'_> for Names {
    fn visit_function_id(&mut self, function: &FunctionId) {
        self.0.insert(function.index());
    }
}

/// Which functions are where, and where in the table those lie that are called from the other part.
struct Split {
    begin: u64,
    /// The functions of the first part that the rest calls.
    first: Vec<Number>,
    /// Those of the rest that the first part calls.
    rest: Vec<Number>,
    in_first: BTreeSet<Number>,
    in_rest: BTreeSet<Number>,
}

impl Split {
    fn of(whole: &Reading, called: &[u8]) -> Split {
        let imports = whole.module.imports.iter().count();
        // What the page's script brings along belongs to the first part.
        let first = |n: &Number| *n < imports || called.get(*n).is_some_and(|times| *times != 0);
        let (in_first, in_rest): (BTreeSet<_>, BTreeSet<_>) = (0..whole.functions.len()).partition(first);
        let mut wanted = whole.named(&in_first);
        wanted.extend(whole.handed_out());
        Split {
            begin: whole.module.tables.get(whole.table).initial,
            first: whole.named(&in_rest).intersection(&in_first).copied().collect(),
            rest: wanted.intersection(&in_rest).copied().collect(),
            in_first,
            in_rest,
        }
    }

    /// The place of a function in the table; any, where nobody calls it.
    fn place(&self, function: Number) -> u64 {
        let place = self.first.iter().chain(&self.rest).position(|n| *n == function);
        self.begin + place.unwrap_or(0) as u64
    }

    fn grow(&self, reading: &mut Reading) {
        let table = reading.module.tables.get_mut(reading.table);
        table.initial = self.begin + (self.first.len() + self.rest.len()) as u64;
        table.maximum = None;
    }

    fn first(&self, mut whole: Reading) -> Result<Vec<u8>> {
        let (there, shared) = whole.shared();
        let nothing = whole.module.types.add(&[], &[]);
        let (load, _) = whole.module.add_import_func(REST, "load", nothing);
        let mut ensure = FunctionBuilder::new(&mut whole.module.types, &[], &[]);
        ensure.func_body().global_get(there).if_else(
            None,
            |_| {},
            |absent| {
                absent.call(load);
            },
        );
        let ensure = ensure.finish(vec![], &mut whole.module.funcs);
        for function in &self.in_rest {
            whole.call_through(*function, self.place(*function), Some(ensure));
        }
        self.grow(&mut whole);
        whole.fill(self.begin, &self.first);
        whole.module.exports.add(REST, there);
        for (name, item) in shared {
            whole.module.exports.add(&name, item);
        }
        Ok(whole.write())
    }

    fn rest(&self, mut whole: Reading) -> Result<Vec<u8>> {
        let (there, shared) = whole.shared();
        for function in &self.in_first {
            whole.call_through(*function, self.place(*function), None);
        }
        empty(&mut whole.module);
        self.grow(&mut whole);
        for (name, item) in shared {
            take(&mut whole.module, &name, item);
        }
        whole.fill(self.begin + self.first.len() as u64, &self.rest);
        let mut start = FunctionBuilder::new(&mut whole.module.types, &[], &[]);
        start.func_body().i32_const(1).global_set(there);
        whole.module.start = Some(start.finish(vec![], &mut whole.module.funcs));
        Ok(whole.write())
    }
}

/// Takes everything out of a module but its functions: the first part has it.
fn empty(module: &mut Module) {
    for import in module.imports.iter().map(|import| import.id()).collect::<Vec<_>>() {
        module.imports.delete(import);
    }
    for export in module.exports.iter().map(|export| export.id()).collect::<Vec<_>>() {
        module.exports.delete(export);
    }
    for data in module.data.iter().map(|data| data.id()).collect::<Vec<_>>() {
        module.data.delete(data);
    }
    for element in module.elements.iter().map(|element| element.id()).collect::<Vec<_>>() {
        module.elements.delete(element);
    }
}

/// Imports what the first part has.
fn take(module: &mut Module, name: &str, item: ExportItem) {
    match item {
        ExportItem::Memory(id) => {
            let memory = module.memories.get_mut(id);
            memory.data_segments.clear();
            memory.import = Some(module.imports.add(FIRST, name, id));
        }
        ExportItem::Table(id) => {
            let table = module.tables.get_mut(id);
            table.elem_segments.clear();
            table.import = Some(module.imports.add(FIRST, name, id));
        }
        ExportItem::Global(id) => {
            module.globals.get_mut(id).kind = GlobalKind::Import(module.imports.add(FIRST, name, id));
        }
        ExportItem::Function(_) | ExportItem::Tag(_) => {}
    }
}
