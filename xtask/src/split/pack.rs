//! A part as it is handed out: its code is taken apart, so that like lies beside like, which compresses better by a seventh.
//!
//! The opcodes of all functions are one stream, and so are the numbers of locals, the constants, the offsets and so on. They
//! stand in a custom section without a name, in the place of the section of code. The page puts them together again
//! (`web/src/unpack.ts`) without knowing one instruction from another: a table says which streams follow each opcode. The
//! section has, all numbers as LEB128 but the table:
//!
//! - how many functions there are, and how long the section of code is,
//! - of each opcode, and then of each that follows `0xfc`, a byte: the first stream and, times 16, the second; 0 is none,
//! - the lengths of the streams, and the streams.

use anyhow::{Context, Result, bail, ensure};
use wasm_encoder::Encode;
use wasmparser::{Parser, Payload};

/// The streams: opcodes, and what may follow them. Each is where its neighbours are of use to it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stream {
    Opcodes,
    BlockTypes,
    /// Alignments, and the numbers of tables, memories and globals: most are 0.
    Zeros,
    /// What locals a function has.
    Declared,
    Labels,
    Locals,
    Written,
    Read,
    Constants,
    Addresses,
    Functions,
    Others,
}

const STREAMS: usize = Stream::Others as usize + 1;
/// How many bytes a number has that is written before it is known: a LEB128 of full length.
const FULL: usize = 5;

const BLOCK: usize = 0x02;
const LOOP: usize = 0x03;
const IF: usize = 0x04;
const END: usize = 0x0b;
const BR_TABLE: usize = 0x0e;
const I32_CONST: usize = 0x41;
const F32_CONST: usize = 0x43;
const F64_CONST: usize = 0x44;
/// What begins an opcode of two bytes.
const PREFIX: usize = 0xfc;
/// A constant that is so long, which is an address as a rule, has an opcode and a stream of its own.
const LONG: usize = 3;
const LONG_CONST: usize = 0xff;

const CODE: u8 = 10;
const CUSTOM: u8 = 0;

/// What follows an opcode; those after `0xfc` count from 256. What is not here is copied byte for byte as if it were opcodes.
fn operands(opcode: usize) -> &'static [Stream] {
    use Stream::{Addresses, BlockTypes, Constants, Functions, Labels, Locals, Others, Read, Written, Zeros};
    match opcode {
        BLOCK..=IF => &[BlockTypes],
        0x0c..=BR_TABLE => &[Labels],
        0x10 | 0xd2 => &[Functions],
        0x11 => &[Others, Zeros],
        0x20..=0x22 => &[Locals],
        0x28..=0x35 => &[Zeros, Read],
        0x36..=0x3e => &[Zeros, Written],
        I32_CONST => &[Constants],
        LONG_CONST => &[Addresses],
        0x42..=F64_CONST => &[Others],
        // Globals, tables, memory.size and memory.grow; memory.copy; memory.fill and what there is with tables.
        0x23..=0x26 | 0x3f | 0x40 | 0x10b | 0x10f..=0x111 => &[Zeros],
        0x10a | 0x10e => &[Zeros, Zeros],
        _ => &[],
    }
}

/// Takes the code of a module apart.
pub(super) fn packed(module: &[u8]) -> Result<Vec<u8>> {
    for payload in Parser::new(0).parse_all(module) {
        let Payload::CodeSectionStart { range, .. } = payload? else { continue };
        let mut apart = Apart { code: &module[range.clone()], ..Apart::default() };
        let section = apart.section()?;
        let begin = range.start - 1 - leb(range.len()).len();
        ensure!(module[begin] == CODE, "a section of code that begins elsewhere");
        let mut packed = module[..begin].to_vec();
        packed.push(CUSTOM);
        // Without a name: its length is 0.
        packed.extend(leb(section.len() + 1));
        packed.push(0);
        packed.extend(section);
        packed.extend(&module[range.end..]);
        return Ok(packed);
    }
    bail!("a part without code")
}

/// Code that is taken apart.
#[derive(Default)]
struct Apart<'a> {
    /// What is not read yet.
    code: &'a [u8],
    streams: [Vec<u8>; STREAMS],
}

impl Apart<'_> {
    fn section(&mut self) -> Result<Vec<u8>> {
        let count = self.number()?;
        let mut length = FULL;
        for _ in 0..count {
            let size = self.number()?;
            let behind = self.code.len().checked_sub(size).filter(|_| size > 0);
            length += FULL + size;
            self.function()?;
            ensure!(behind == Some(self.code.len()), "a function with an instruction that is not known");
        }
        let mut section = leb(count);
        section.extend(leb(length));
        for opcode in 0..2 * 256 {
            let of = |n| operands(opcode).get(n).map_or(0, |stream| *stream as u8);
            section.push(of(0) | of(1) << 4);
        }
        self.streams.iter().for_each(|stream| section.extend(leb(stream.len())));
        self.streams.iter().for_each(|stream| section.extend(stream));
        Ok(section)
    }

    fn function(&mut self) -> Result<()> {
        // How many kinds of locals there are; of each how many, and its type.
        for _ in 0..2 * self.copy(Stream::Declared)? {
            self.copy(Stream::Declared)?;
        }
        let mut depth = 1;
        while depth > 0 {
            let opcode = self.opcode()?;
            match opcode {
                BLOCK | LOOP | IF => depth += 1,
                END => depth -= 1,
                _ => {}
            }
            match opcode {
                F32_CONST => self.bytes(4, Stream::Others)?,
                F64_CONST => self.bytes(8, Stream::Others)?,
                BR_TABLE => {
                    for _ in 0..=self.copy(Stream::Labels)? {
                        self.copy(Stream::Labels)?;
                    }
                }
                _ => {
                    for stream in operands(opcode) {
                        self.copy(*stream)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn opcode(&mut self) -> Result<usize> {
        let opcode = usize::from(self.byte()?);
        ensure!(opcode != LONG_CONST, "an opcode that is taken for another");
        let is_long = opcode == I32_CONST && self.code.iter().take(LONG - 1).all(|byte| *byte > 127);
        let written = if is_long { LONG_CONST } else { opcode };
        self.streams[Stream::Opcodes as usize].push(written as u8);
        if opcode != PREFIX {
            return Ok(written);
        }
        let second = self.byte()?;
        self.streams[Stream::Opcodes as usize].push(second);
        Ok(256 + usize::from(second))
    }

    fn byte(&mut self) -> Result<u8> {
        let (byte, code) = self.code.split_first().context("code that ends too soon")?;
        self.code = code;
        Ok(*byte)
    }

    fn bytes(&mut self, count: usize, into: Stream) -> Result<()> {
        for _ in 0..count {
            let byte = self.byte()?;
            self.streams[into as usize].push(byte);
        }
        Ok(())
    }

    fn number(&mut self) -> Result<usize> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = usize::from(self.byte()?);
            number |= (byte & 127).checked_shl(shift).unwrap_or(0);
            shift += 7;
            if byte < 128 {
                return Ok(number);
            }
        }
    }

    /// Moves a number into a stream; the number, where it is none below 0.
    fn copy(&mut self, into: Stream) -> Result<usize> {
        let before = self.code;
        let number = self.number()?;
        self.streams[into as usize].extend(&before[..before.len() - self.code.len()]);
        Ok(number)
    }
}

/// A number as LEB128.
fn leb(number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    number.encode(&mut bytes);
    bytes
}
