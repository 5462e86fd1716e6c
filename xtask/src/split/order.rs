//! The functions of a part in an order that compresses well: those that begin alike are neighbours, and those that are the same
//! are there once. How memory is aligned is not said: it is a hint that a browser does without.

use anyhow::Result;
use std::collections::BTreeMap;
use std::convert::Infallible;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CodeSection, Function, FunctionSection, MemArg, Module};
use wasmparser::{
    CodeSectionReader, CustomSectionReader, FunctionBody, FunctionSectionReader, Parser, Payload, TypeRef,
};

/// Brings the functions of a module into order.
pub(super) fn ordered(module: &[u8]) -> Result<Vec<u8>> {
    let mut order = Order::of(module)?;
    let mut ordered = Module::new();
    order.parse_core_module(&mut ordered, Parser::new(0), module)?;
    Ok(ordered.finish())
}

/// Which functions come one after the other.
struct Order {
    /// How many functions are imported, which come first.
    imports: usize,
    /// Of each function its number in this order.
    numbers: Vec<u32>,
    /// Of each in this order what its number was, without those that are imported.
    were: Vec<usize>,
}

impl Order {
    fn of(module: &[u8]) -> Result<Order> {
        let (mut imports, mut types, mut bodies) = (0, Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        imports += usize::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::FunctionSection(section) => types = section.into_iter().collect::<Result<_, _>>()?,
                Payload::CodeSectionEntry(body) => bodies.push(body),
                _ => {}
            }
        }
        let numbers = (0..(imports + bodies.len()) as u32).collect();
        let mut order = Order { imports, numbers, were: Vec::new() };
        while order.join(&types, &bodies)? {}
        order.sort(&bodies)?;
        Ok(order)
    }

    /// Gives functions that are the same the number of the first of them; whether there were any.
    fn join(&mut self, types: &[u32], bodies: &[FunctionBody]) -> Result<bool> {
        let mut known = BTreeMap::new();
        let mut joined = self.numbers.clone();
        for (n, (ty, body)) in types.iter().zip(bodies).enumerate() {
            let number = self.numbers[self.imports + n];
            joined[self.imports + n] = *known.entry((*ty, self.bytes(body)?)).or_insert(number);
        }
        let changed = joined != self.numbers;
        self.numbers = joined;
        Ok(changed)
    }

    /// Gives functions their numbers in the order of their bytes.
    fn sort(&mut self, bodies: &[FunctionBody]) -> Result<()> {
        let mut sorted = BTreeMap::new();
        for (n, body) in bodies.iter().enumerate() {
            // Those that were joined come after the first of them.
            sorted.entry(self.bytes(body)?).or_insert_with(Vec::new).push(n);
        }
        let is_first = |n: &usize| self.numbers[self.imports + n] as usize == self.imports + n;
        self.were = sorted.into_values().flatten().filter(is_first).collect();
        let mut now = BTreeMap::new();
        for (n, was) in self.were.iter().enumerate() {
            now.insert((self.imports + was) as u32, (self.imports + n) as u32);
        }
        for number in &mut self.numbers[self.imports..] {
            *number = now[number];
        }
        Ok(())
    }

    /// A function as it is written now.
    fn bytes(&mut self, body: &FunctionBody) -> Result<Vec<u8>> {
        Ok(self.written(body)?.into_raw_body())
    }

    fn written(&mut self, body: &FunctionBody) -> Result<Function, Error<Infallible>> {
        let mut function = self.new_function_with_parsed_locals(body)?;
        let mut instrs = body.get_operators_reader()?;
        while !instrs.eof() {
            function.instruction(&self.parse_instruction(&mut instrs)?);
        }
        Ok(function)
    }
}

impl Reencode for Order {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.numbers[function as usize])
    }

    fn mem_arg(&mut self, arg: wasmparser::MemArg) -> Result<MemArg, Error<Infallible>> {
        Ok(MemArg { align: 0, ..utils::mem_arg(self, arg)? })
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader,
    ) -> Result<(), Error<Infallible>> {
        let types = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for was in &self.were {
            functions.function(types[*was]);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader,
    ) -> Result<(), Error<Infallible>> {
        let bodies = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for was in self.were.clone() {
            code.function(&self.written(&bodies[was])?);
        }
        Ok(())
    }

    /// Names and the like are left out.
    fn parse_custom_section(
        &mut self,
        _: &mut Module,
        _: CustomSectionReader,
    ) -> Result<(), Error<Infallible>> {
        Ok(())
    }
}
