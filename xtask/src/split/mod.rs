//! An engine in parts: first what a page calls while it shows and plays a run that was recorded; then what it calls to simulate
//! one, and the rest, which it fetches when it is asked for something else.
//!
//! All parts have one memory, one stack and one table of functions, and are loaded in their order. A function that lies in
//! another part is called through a place of the table. A part has a later one loaded before such a call, so it does not matter
//! when that comes, nor which functions are where: that only decides how soon it is needed. Data follows the functions: what
//! none of the first part can reach comes with a later one.

mod data;
mod order;
mod outline;
mod pack;
mod points;
mod reached;
pub(crate) mod relocations;
#[cfg(test)]
mod tests;
mod through;

use anyhow::{Context, Result, ensure};
use data::Segment;
use reached::Reached;
use relocations::Relocations;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use through::Through;
use walrus::ir::{BinaryOp, Value, dfs_in_order};
use walrus::{
    ConstExpr, ElementItems, ElementKind, ExportItem, FunctionBuilder, FunctionId, FunctionKind, GlobalId,
    GlobalKind, MemoryId, Module, TableId, ValType, passes,
};

/// The first part imports [`LOAD`] from here, and says by the export of this name which part came last.
const REST: &str = "rest";
/// What loads all parts up to one that is told by its number; the first has 0.
const LOAD: &str = "load";
/// The other parts import from here what all have.
const FIRST: &str = "first";
const PAGE: u64 = 65_536;

/// A function by its number: the same in all readings of an engine.
type Number = usize;
/// A place of the table.
type Place = u32;
/// A part of an engine by its number: the first has 0.
type Part = usize;

/// The engine with a byte of memory for each point of its functions, which is 1 once it was passed; where these bytes begin,
/// and how many they are.
pub(crate) fn traced(engine: &[u8]) -> Result<(Vec<u8>, u64, usize)> {
    let Reading { mut module, functions, memory, .. } = Reading::of(engine)?;
    let begin = module.memories.get(memory).initial * PAGE;
    let count = points::trace(&mut module, &functions, memory, begin);
    module.memories.get_mut(memory).initial += (count as u64).div_ceil(PAGE);
    Ok((module.emit_wasm(), begin, count))
}

/// The parts of an engine, by the bytes of its points: 1 for what the first part carried out, 2 for what the next did, and so on;
/// the last part has what none did.
pub(crate) fn parts(engine: &[u8], relocations: &Relocations, taken: &[u8]) -> Result<Vec<Vec<u8>>> {
    let last = taken.iter().copied().max().unwrap_or(0).into();
    let read = || {
        let mut reading = Reading::of(engine)?;
        let parts = reading.outline(taken, last);
        Ok::<_, anyhow::Error>((reading, parts))
    };
    let (whole, parts) = read()?;
    let split = Split::of(&whole, relocations, parts, last)?;
    let part = |part| handed_out(&split.part(part, read()?.0));
    (0..=last).map(part).collect()
}

/// A part in the form in which it compresses best.
fn handed_out(part: &[u8]) -> Result<Vec<u8>> {
    pack::packed(&order::ordered(part)?)
}

/// An engine as it was read.
struct Reading {
    module: Module,
    memory: MemoryId,
    /// Its functions by their numbers.
    functions: Vec<FunctionId>,
    /// The table through which functions are called, and which are in it.
    table: TableId,
    places: BTreeMap<Place, Number>,
}

impl Reading {
    fn of(engine: &[u8]) -> Result<Reading> {
        let module = Module::from_buffer(engine)?;
        let functions = module.funcs.iter().map(|function| function.id()).collect();
        let table = module.tables.main_function_table()?.context("no table of functions")?;
        let memory = module.memories.iter().next().context("no memory")?.id();
        let mut places = BTreeMap::new();
        for element in module.elements.iter() {
            if let ElementKind::Active { table: of, offset: ConstExpr::Value(Value::I32(begin)) } =
                element.kind
                && let ElementItems::Functions(functions) = &element.items
                && of == table
            {
                places.extend((begin as Place..).zip(functions.iter().map(|function| function.index())));
            }
        }
        Ok(Reading { module, memory, functions, table, places })
    }

    /// Makes functions of what those that were called did not carry out for their own part. In which part each function is.
    fn outline(&mut self, taken: &[u8], last: Part) -> BTreeMap<Number, Part> {
        let called = points::called(&self.module, &self.functions, taken, last);
        let mut parts: BTreeMap<Number, Part> =
            called.iter().map(|(function, called)| (function.index(), called.part)).collect();
        for (function, called) in &called {
            for (outlined, part) in outline::outline(&mut self.module, *function, &called.later) {
                parts.insert(outlined.index(), part);
                self.functions.push(outlined);
            }
        }
        parts
    }

    /// What these functions can reach.
    fn reached<'a>(
        &self,
        functions: impl Iterator<Item = Number>,
        relocations: &'a Relocations,
    ) -> Reached<'a> {
        let mut reached = Reached::nothing(relocations);
        for function in functions {
            if let FunctionKind::Local(function) = &self.module.funcs.get(self.functions[function]).kind {
                dfs_in_order(&mut reached, function, function.entry_block());
            }
        }
        reached.follow(&data::segments(&self.module))
    }

    /// The functions that the page's script has.
    fn exported(&self) -> impl Iterator<Item = Number> {
        self.module.exports.iter().filter_map(|export| match export.item {
            ExportItem::Function(function) => Some(function.index()),
            _ => None,
        })
    }

    /// Lays functions into the table, and none but these; it has so many places at least.
    fn fill(&mut self, places: &BTreeMap<Place, Number>, least: Place) {
        let segments = std::mem::take(&mut self.module.tables.get_mut(self.table).elem_segments);
        segments.into_iter().for_each(|element| self.module.elements.delete(element));
        let mut runs: Vec<(Place, Vec<FunctionId>)> = Vec::new();
        for (place, function) in places {
            let function = self.functions[*function];
            match runs.last_mut() {
                Some((begin, run)) if *begin + run.len() as Place == *place => run.push(function),
                _ => runs.push((*place, vec![function])),
            }
        }
        for (begin, run) in runs {
            let offset = ConstExpr::Value(Value::I32(begin as i32));
            let kind = ElementKind::Active { table: self.table, offset };
            let element = self.module.elements.add(kind, ElementItems::Functions(run));
            self.module.tables.get_mut(self.table).elem_segments.insert(element);
        }
        let table = self.module.tables.get_mut(self.table);
        table.initial = table.initial.max(u64::from(least));
        table.maximum = None;
    }

    /// What all parts have: memory, tables and globals, and with them which part came last.
    fn shared(&mut self) -> (GlobalId, Vec<(String, ExportItem)>) {
        let module = &mut self.module;
        let there = module.globals.add_local(ValType::I32, true, false, ConstExpr::Value(Value::I32(0)));
        let memories = module.memories.iter().map(|memory| ExportItem::Memory(memory.id()));
        let tables = module.tables.iter().map(|table| ExportItem::Table(table.id()));
        let globals = module.globals.iter().map(|global| ExportItem::Global(global.id()));
        let name = |(n, item)| (format!("{REST}{n}"), item);
        (there, memories.chain(tables).chain(globals).enumerate().map(name).collect())
    }

    /// Of each later part the function that has it loaded where it is not there.
    fn ensure(
        &mut self,
        later: Range<Part>,
        there: GlobalId,
        load: FunctionId,
    ) -> BTreeMap<Part, FunctionId> {
        let ensure = |part: Part| {
            let mut ensure = FunctionBuilder::new(&mut self.module.types, &[], &[]);
            let mut body = ensure.func_body();
            body.global_get(there).i32_const(part as i32).binop(BinaryOp::I32LtU);
            body.if_else(
                None,
                |absent| {
                    absent.i32_const(part as i32).call(load);
                },
                |_| {},
            );
            (part, ensure.finish(vec![], &mut self.module.funcs))
        };
        later.map(ensure).collect()
    }

    /// The engine as bytes, without what nobody needs.
    fn write(mut self) -> Vec<u8> {
        passes::gc::run(&mut self.module);
        self.module.emit_wasm()
    }
}

/// Which functions and data are where.
struct Split {
    last: Part,
    /// The part of each function, by its number.
    part_of: Vec<Part>,
    /// Where in the table a function lies.
    places: BTreeMap<Number, Place>,
    /// Of each part the functions of later ones that it stands in for, since others than its functions call them there.
    standing_in: Vec<BTreeSet<Number>>,
    /// What each part lays into the table, and into memory.
    tables: Vec<BTreeMap<Place, Number>>,
    data: Vec<Vec<Segment>>,
}

impl Split {
    fn of(
        whole: &Reading,
        relocations: &Relocations,
        parts: BTreeMap<Number, Part>,
        last: Part,
    ) -> Result<Split> {
        let imports = whole.module.imports.iter().count();
        // What the page's script brings along belongs to the first part.
        let part = |n: Number| if n < imports { 0 } else { parts.get(&n).copied().unwrap_or(last) };
        let part_of: Vec<Part> = (0..whole.functions.len()).map(part).collect();
        let reach = |part| whole.reached((0..part_of.len()).filter(|n| part_of[*n] == part), relocations);
        let reached: Vec<Reached> = (0..=last).map(reach).collect();
        ensure!(
            reached[0].met > 0,
            "nothing is known of what was carried out: was it linked with --emit-relocs?"
        );
        let met: usize = reached.iter().map(|reached| reached.met).sum();
        ensure!(met == relocations.code.len(), "relocations of another engine");

        let mut table = whole.places.clone();
        let mut places: BTreeMap<Number, Place> = table.iter().map(|(place, n)| (*n, *place)).collect();
        let exported: BTreeSet<Number> = whole.exported().filter(|n| part_of[*n] > 0).collect();
        let from_other = |part: Part| {
            let own = &part_of;
            reached[part].functions.iter().filter(move |n| own[**n] != part)
        };
        let mut without: BTreeSet<Number> =
            (0..=last).flat_map(from_other).chain(&exported).copied().collect();
        without.retain(|n| !places.contains_key(n));
        let end = whole.module.tables.get(whole.table).initial as Place;
        for (place, n) in (end..).zip(without) {
            places.insert(n, place);
            table.insert(place, n);
        }
        let mut tables = vec![BTreeMap::new(); last + 1];
        let mut standing_in = vec![BTreeSet::new(); last + 1];
        standing_in[0] = exported;
        for (place, n) in &table {
            tables[part_of[*n]].insert(*place, *n);
        }
        for (place, n) in &whole.places {
            let first = reached.iter().position(|reached| reached.places.contains(place));
            if let Some(first) = first.filter(|first| *first < part_of[*n]) {
                tables[first].insert(*place, *n);
                standing_in[first].insert(*n);
            }
        }
        let pieces: Vec<_> = reached.iter().map(|reached| &reached.pieces).collect();
        let data = data::parts(&data::segments(&whole.module), &relocations.pieces, &pieces);
        Ok(Split { last, part_of, places, standing_in, tables, data })
    }

    /// One part of the engine.
    fn part(&self, part: Part, mut whole: Reading) -> Vec<u8> {
        let (there, shared) = whole.shared();
        let number = whole.module.types.add(&[ValType::I32], &[]);
        if part > 0 {
            empty(&mut whole.module);
        }
        let (load, _) = whole.module.add_import_func(if part == 0 { REST } else { FIRST }, LOAD, number);
        let ensure = whole.ensure(part + 1..self.last + 1, there, load);
        let other = |(n, place): (&Number, &Place)| {
            let of = self.part_of[*n];
            (of != part).then(|| (whole.functions[*n], (*place, ensure.get(&of).copied())))
        };
        let places = self.places.iter().filter_map(other).collect();
        let mut through = Through::new(&mut whole.module, whole.table, places);
        let own = (0..self.part_of.len()).filter(|n| self.part_of[*n] == part);
        own.for_each(|n| through.redirect(whole.functions[n]));
        self.standing_in[part].iter().for_each(|n| through.stand_in(whole.functions[*n]));
        if part == 0 {
            whole.module.exports.add(LOAD, load);
            whole.module.exports.add(REST, there);
            for (name, item) in shared {
                whole.module.exports.add(&name, item);
            }
        } else {
            shared.into_iter().for_each(|(name, item)| take_over(&mut whole.module, &name, item));
            let mut start = FunctionBuilder::new(&mut whole.module.types, &[], &[]);
            start.func_body().i32_const(part as i32).global_set(there);
            whole.module.start = Some(start.finish(vec![], &mut whole.module.funcs));
        }
        let least = if part == 0 { self.places.values().max().map_or(0, |place| place + 1) } else { 0 };
        whole.fill(&self.tables[part], least);
        data::replace(&mut whole.module, whole.memory, &self.data[part]);
        whole.write()
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
fn take_over(module: &mut Module, name: &str, item: ExportItem) {
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
