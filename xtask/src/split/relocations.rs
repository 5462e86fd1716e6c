//! What the code and the data of an engine refer to, as its linker knows it: linked with `--emit-relocs`, an engine says of
//! each address and each place of the table in it that it is one, and whose.
//!
//! The instructions move while bindings are made. So what is known travels along as a section of its own, and is taken out
//! of the engine in the end.

use anyhow::{Context, Result, bail};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use walrus::{CodeTransform, CustomSection, IdsToIndices, Module, ModuleConfig};
use wasmparser::{KnownCustom, Linking, Parser, Payload, RelocationType, SymbolInfo};

const SECTION: &str = "relocations";

/// What an address or a number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// A piece of data, by its number.
    Piece(u32),
    /// The function at a place of the table.
    Place,
}

/// What is known of an engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Relocations {
    /// Where the pieces of data lie in memory.
    pub(super) pieces: Vec<Range<u32>>,
    /// What instructions refer to, by their positions in the file.
    pub(super) code: BTreeMap<u32, Target>,
    /// What words in memory refer to, by their addresses.
    pub(super) data: BTreeMap<u32, Target>,
}

/// An engine as it was linked, in which the instructions take along what is known of them.
pub(crate) fn read(linked: &[u8]) -> Result<Module> {
    let relocations = Relocations::of(linked)?;
    let mut config = ModuleConfig::new();
    config.strict_validate(false).generate_name_section(false).generate_producers_section(false);
    let mut module = config.preserve_code_transform(true).parse(linked)?;
    for section in ["linking", "reloc.CODE", "reloc.DATA"] {
        module.customs.remove_raw(section);
    }
    module.customs.add(relocations);
    Ok(module)
}

/// An engine without what is known of it, and that.
pub(crate) fn take(engine: &[u8]) -> Result<(&[u8], Relocations)> {
    let mut end = 0;
    for payload in Parser::new(0).parse_all(engine) {
        let payload = payload?;
        if let Payload::CustomSection(section) = &payload
            && section.name() == SECTION
        {
            let relocations =
                Relocations::from_words(section.data()).context("relocations that end too soon")?;
            return Ok((&engine[..end], relocations));
        }
        if let Some((_, range)) = payload.as_section() {
            end = range.end;
        }
    }
    bail!("an engine without relocations: was it linked with --emit-relocs?")
}

impl Relocations {
    fn of(linked: &[u8]) -> Result<Relocations> {
        let mut layout = Layout::default();
        for payload in Parser::new(0).parse_all(linked) {
            layout.take(payload?)?;
        }
        layout.relocations()
    }

    fn words(&self) -> Vec<u32> {
        let mut words = vec![self.pieces.len() as u32];
        words.extend(self.pieces.iter().flat_map(|piece| [piece.start, piece.end]));
        for targets in [&self.code, &self.data] {
            words.push(targets.len() as u32);
            words.extend(targets.iter().flat_map(|(at, target)| match target {
                Target::Piece(piece) => [*at, piece + 1],
                Target::Place => [*at, 0],
            }));
        }
        words
    }

    /// Nothing, where the words do not reach.
    fn from_words(bytes: &[u8]) -> Option<Relocations> {
        let mut words = bytes.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word));
        let mut pairs = || {
            let count = words.next()?;
            (0..count).map(|_| Some((words.next()?, words.next()?))).collect::<Option<Vec<_>>>()
        };
        let pieces = pairs()?.into_iter().map(|(start, end)| start..end).collect();
        let target = |number: u32| number.checked_sub(1).map_or(Target::Place, Target::Piece);
        let mut targets = || Some(pairs()?.into_iter().map(|(at, number)| (at, target(number))).collect());
        Some(Relocations { pieces, code: targets()?, data: targets()? })
    }
}

impl CustomSection for Relocations {
    fn name(&self) -> &str {
        SECTION
    }

    fn data(&self, _: &IdsToIndices) -> Cow<'_, [u8]> {
        self.words().into_iter().flat_map(u32::to_le_bytes).collect()
    }

    /// Functions that are gone take along what they referred to.
    fn apply_code_transform(&mut self, moved: &CodeTransform) {
        let now = moved
            .instruction_map
            .iter()
            .filter_map(|(was, now)| self.code.get(&was.data()).map(|target| (*now as u32, *target)));
        self.code = now.collect();
    }
}

/// What the sections of a linked engine say.
#[derive(Default)]
struct Layout {
    /// Where the sections are that hold code and data: their number and where they begin in the file.
    code: Option<(u32, usize)>,
    data: Option<(u32, usize)>,
    sections: u32,
    /// Where segments of data lie in the file, and their addresses.
    segments: Vec<(Range<usize>, u32)>,
    /// Of each symbol that is data the piece of memory.
    symbols: Vec<Option<Range<u32>>>,
    /// What is at which offset of which section, and the symbol there.
    entries: Vec<(u32, wasmparser::RelocationEntry)>,
}

impl Layout {
    fn take(&mut self, payload: Payload) -> Result<()> {
        match &payload {
            Payload::CodeSectionStart { range, .. } => self.code = Some((self.sections, range.start)),
            Payload::DataSection(section) => {
                self.data = Some((self.sections, section.range().start));
                for data in section.clone() {
                    self.segment(&data?)?;
                }
            }
            Payload::CustomSection(section) => match section.as_known() {
                KnownCustom::Linking(linking) => {
                    for part in linking.subsections() {
                        if let Linking::SymbolTable(symbols) = part? {
                            for symbol in symbols {
                                let piece = self.piece(&symbol?);
                                self.symbols.push(piece);
                            }
                        }
                    }
                }
                KnownCustom::Reloc(section) => {
                    for entry in section.entries() {
                        self.entries.push((section.section_index(), entry?));
                    }
                }
                _ => {}
            },
            _ => {}
        }
        self.sections += u32::from(payload.as_section().is_some());
        Ok(())
    }

    fn segment(&mut self, data: &wasmparser::Data) -> Result<()> {
        let wasmparser::DataKind::Active { offset_expr, .. } = &data.kind else {
            bail!("data that lies nowhere")
        };
        let wasmparser::Operator::I32Const { value } = offset_expr.get_operators_reader().read()? else {
            bail!("data that lies where nobody knows")
        };
        let begin = data.range.end - data.data.len();
        self.segments.push((begin..data.range.end, value as u32));
        Ok(())
    }

    /// The piece of memory of a symbol, where it has one.
    fn piece(&self, symbol: &SymbolInfo) -> Option<Range<u32>> {
        let SymbolInfo::Data { symbol: Some(data), .. } = symbol else { return None };
        let begin = self.segments.get(data.index as usize)?.1 + data.offset;
        Some(begin..begin + data.size)
    }

    /// The address in memory of an offset in the section of data.
    fn address(&self, offset: usize) -> Option<u32> {
        let (lies, address) = self.segments.iter().find(|(lies, _)| lies.contains(&offset))?;
        Some(address + (offset - lies.start) as u32)
    }

    fn relocations(self) -> Result<Relocations> {
        let mut relocations = Relocations::default();
        let numbers: Vec<Option<u32>> = self
            .symbols
            .iter()
            .map(|piece| {
                let number = relocations.pieces.len() as u32;
                piece.clone().map(|piece| relocations.pieces.push(piece)).map(|()| number)
            })
            .collect();
        for (section, entry) in &self.entries {
            use RelocationType::{
                MemoryAddrI32, MemoryAddrLeb, MemoryAddrSleb, TableIndexI32, TableIndexSleb,
            };
            let target = match entry.ty {
                TableIndexI32 | TableIndexSleb => Target::Place,
                MemoryAddrI32 | MemoryAddrLeb | MemoryAddrSleb => {
                    // What the linker made up, such as the end of all data, is no piece.
                    let Some(number) = numbers.get(entry.index as usize).copied().flatten() else { continue };
                    Target::Piece(number)
                }
                _ => continue,
            };
            let offset = entry.offset as usize;
            // An address stands behind the code of its instruction, and behind the alignment where it reads or writes.
            let before = if entry.ty == MemoryAddrLeb { 2 } else { 1 };
            match (self.code, self.data) {
                (Some((n, begin)), _) if n == *section => {
                    relocations.code.insert((begin + offset - before) as u32, target);
                }
                (_, Some((n, begin))) if n == *section => {
                    let address = self.address(begin + offset).context("a word outside of all data")?;
                    relocations.data.insert(address, target);
                }
                _ => {}
            }
        }
        Ok(relocations)
    }
}
