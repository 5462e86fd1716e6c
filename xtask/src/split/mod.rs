//! An engine in two parts: what a page calls while it shows and plays a run, and the rest, which it fetches when it is asked
//! for something else.
//!
//! Both parts have one memory, one stack and one table of functions. A function that lies in the other part is called through
//! a place of the table. The first part has the rest loaded before such a call, so it does not matter when the rest comes, nor
//! which functions are where: that only decides how soon it is needed. Data follows the functions: what none of the first part
//! can reach comes with the rest.

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
use through::Through;
use walrus::ir::{Value, dfs_in_order};
use walrus::{
    ConstExpr, ElementItems, ElementKind, ExportItem, FunctionBuilder, FunctionId, FunctionKind, GlobalId,
    GlobalKind, MemoryId, Module, TableId, ValType, passes,
};

/// The first part imports `load` from here, which loads the rest; and says by the export of this name whether it is there.
const REST: &str = "rest";
/// The rest imports from here what both parts have.
const FIRST: &str = "first";
const PAGE: u64 = 65_536;

/// A function by its number: the same in all readings of an engine.
type Number = usize;
/// A place of the table.
type Place = u32;

/// The engine with a byte of memory for each point of its functions, which is 1 once it was passed; where these bytes begin,
/// and how many they are.
pub(crate) fn traced(engine: &[u8]) -> Result<(Vec<u8>, u64, usize)> {
    let Reading { mut module, functions, memory, .. } = Reading::of(engine)?;
    let begin = module.memories.get(memory).initial * PAGE;
    let count = points::trace(&mut module, &functions, memory, begin);
    module.memories.get_mut(memory).initial += (count as u64).div_ceil(PAGE);
    Ok((module.emit_wasm(), begin, count))
}

/// The two parts of an engine, of which the first has what was carried out, by the bytes of its points.
pub(crate) fn parts(engine: &[u8], relocations: &Relocations, taken: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
    let (mut first, mut rest) = (Reading::of(engine)?, Reading::of(engine)?);
    let called = first.outline(taken);
    rest.outline(taken);
    let split = Split::of(&first, relocations, called)?;
    Ok((handed_out(&split.first(first))?, handed_out(&split.rest(rest))?))
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

    /// Makes functions of what was never carried out in those that were called, which it tells.
    fn outline(&mut self, taken: &[u8]) -> BTreeSet<Number> {
        let called = points::called(&self.module, &self.functions, taken);
        for (function, untaken) in &called {
            self.functions.extend(outline::outline(&mut self.module, *function, untaken));
        }
        called.keys().map(|function| function.index()).collect()
    }

    /// What these functions can reach.
    fn reached<'a>(&self, functions: &BTreeSet<Number>, relocations: &'a Relocations) -> Reached<'a> {
        let mut reached = Reached::nothing(relocations);
        for function in functions {
            if let FunctionKind::Local(function) = &self.module.funcs.get(self.functions[*function]).kind {
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

/// Which functions and data are where.
struct Split {
    in_first: BTreeSet<Number>,
    in_rest: BTreeSet<Number>,
    /// Where in the table a function lies.
    places: BTreeMap<Number, Place>,
    /// The functions of the rest that others than the functions of the first part call there.
    standing_in: BTreeSet<Number>,
    /// What the first part and the rest lay into the table, and into memory.
    tables: [BTreeMap<Place, Number>; 2],
    data: [Vec<Segment>; 2],
}

impl Split {
    fn of(whole: &Reading, relocations: &Relocations, called: BTreeSet<Number>) -> Result<Split> {
        let imports = whole.module.imports.iter().count();
        // What the page's script brings along belongs to the first part.
        let first = |n: &Number| *n < imports || called.contains(n);
        let (in_first, in_rest): (BTreeSet<_>, BTreeSet<_>) = (0..whole.functions.len()).partition(first);
        let [early, late] = [&in_first, &in_rest].map(|part| whole.reached(part, relocations));
        ensure!(early.met > 0, "nothing is known of what was carried out: was it linked with --emit-relocs?");
        ensure!(early.met + late.met == relocations.code.len(), "relocations of another engine");

        let mut table = whole.places.clone();
        let mut places: BTreeMap<Number, Place> = table.iter().map(|(place, n)| (*n, *place)).collect();
        let exported: BTreeSet<Number> = whole.exported().filter(|n| in_rest.contains(n)).collect();
        let [to_rest, back] = [&early.functions & &in_rest, &late.functions & &in_first];
        let end = whole.module.tables.get(whole.table).initial as Place;
        let without: BTreeSet<Number> = to_rest
            .iter()
            .chain(&back)
            .chain(&exported)
            .copied()
            .filter(|n| !places.contains_key(n))
            .collect();
        for (place, n) in (end..).zip(without) {
            places.insert(n, place);
            table.insert(place, n);
        }
        let (mut first, rest): (BTreeMap<_, _>, BTreeMap<_, _>) =
            table.into_iter().partition(|(_, n)| in_first.contains(n));
        first.extend(whole.places.iter().filter(|(place, _)| early.places.contains(place)));
        let standing_in = first.values().filter(|n| in_rest.contains(n)).chain(&exported).copied().collect();
        let data = data::parts(&data::segments(&whole.module), &relocations.pieces, &early.pieces);
        Ok(Split { in_first, in_rest, places, standing_in, tables: [first, rest], data })
    }

    /// The places of functions that lie in the other part.
    fn places_of(&self, functions: &BTreeSet<Number>, reading: &Reading) -> BTreeMap<FunctionId, Place> {
        let place = |n: &Number| Some((reading.functions[*n], *self.places.get(n)?));
        functions.iter().filter_map(place).collect()
    }

    fn first(&self, mut whole: Reading) -> Vec<u8> {
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
        let places = self.places_of(&self.in_rest, &whole);
        let mut through = Through::new(&mut whole.module, whole.table, places, Some(ensure));
        self.in_first.iter().for_each(|n| through.redirect(whole.functions[*n]));
        self.standing_in.iter().for_each(|n| through.stand_in(whole.functions[*n]));
        let last = self.places.values().max().map_or(0, |place| place + 1);
        whole.fill(&self.tables[0], last);
        data::replace(&mut whole.module, whole.memory, &self.data[0]);
        whole.module.exports.add(REST, there);
        for (name, item) in shared {
            whole.module.exports.add(&name, item);
        }
        whole.write()
    }

    fn rest(&self, mut whole: Reading) -> Vec<u8> {
        let (there, shared) = whole.shared();
        let places = self.places_of(&self.in_first, &whole);
        let mut through = Through::new(&mut whole.module, whole.table, places, None);
        self.in_rest.iter().for_each(|n| through.redirect(whole.functions[*n]));
        empty(&mut whole.module);
        for (name, item) in shared {
            take_over(&mut whole.module, &name, item);
        }
        whole.fill(&self.tables[1], 0);
        data::replace(&mut whole.module, whole.memory, &self.data[1]);
        let mut start = FunctionBuilder::new(&mut whole.module.types, &[], &[]);
        start.func_body().i32_const(1).global_set(there);
        whole.module.start = Some(start.finish(vec![], &mut whole.module.funcs));
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
