//! A block: lines by shape, numbers by column.

use super::line::{NUMBER, Parts, TEXT};
use std::collections::BTreeMap;

/// Lines in a block.
const LINES: usize = 1 << 16;
/// A block with more bytes than that is full, too.
const BYTES: usize = 1 << 25;
/// So many numbers at the front of a line have a column for all shapes: the number of an event, and its time.
const SHARED: usize = 2;

/// The numbers at one place of one shape.
#[derive(Clone, Debug, Default)]
struct Column {
    last: u64,
    bytes: Vec<u8>,
}

impl Column {
    fn push(&mut self, number: u64) {
        let difference = number.wrapping_sub(self.last) as i64;
        self.last = number;
        push_varint(&mut self.bytes, (difference << 1 ^ difference >> 63) as u64);
    }
}

/// What a writer knows of the blocks before and of the one that it fills.
#[derive(Debug, Default)]
pub(super) struct Packing {
    known: BTreeMap<Vec<u8>, usize>,
    /// Shapes that no block has had before, and how many they are.
    fresh: Vec<u8>,
    freshmen: u64,
    /// The shape of each line, and how many they are.
    shapes: Vec<u8>,
    lines: usize,
    shared: [Column; SHARED],
    /// By shape.
    columns: Vec<Vec<Column>>,
    texts: Vec<u8>,
}

impl Packing {
    pub(super) fn is_empty(&self) -> bool {
        self.lines == 0
    }
    pub(super) fn is_full(&self) -> bool {
        self.lines == LINES || self.texts.len() + self.fresh.len() > BYTES
    }
    pub(super) fn push(&mut self, line: &[u8]) {
        let parts = Parts::of(line);
        let shape = self.shape(&parts);
        push_varint(&mut self.shapes, shape as u64);
        self.lines += 1;
        let columns = self.shared.iter_mut().chain(&mut self.columns[shape]);
        columns.zip(parts.numbers).for_each(|(column, number)| column.push(number));
        parts.texts.into_iter().for_each(|text| push_bytes(&mut self.texts, text));
    }
    fn shape(&mut self, parts: &Parts<'_>) -> usize {
        if let Some(known) = self.known.get(&parts.shape) {
            return *known;
        }
        let new = self.columns.len();
        push_bytes(&mut self.fresh, &parts.shape);
        self.freshmen += 1;
        self.known.insert(parts.shape.clone(), new);
        self.columns.push(vec![Column::default(); parts.numbers.len().saturating_sub(SHARED)]);
        new
    }
    /// The block, which begins anew.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let mut block = Vec::new();
        push_varint(&mut block, std::mem::take(&mut self.lines) as u64);
        push_varint(&mut block, std::mem::take(&mut self.freshmen));
        block.append(&mut self.fresh);
        block.append(&mut self.shapes);
        let columns = self.shared.iter_mut().chain(self.columns.iter_mut().flatten());
        columns.for_each(|column| block.append(&mut column.bytes));
        block.append(&mut self.texts);
        block
    }
}

/// What a reader knows of the blocks before, and the lines of one that were not asked for yet.
#[derive(Debug, Default)]
pub(super) struct Unpacking {
    shapes: Vec<Vec<u8>>,
    /// The last number of each column.
    last_shared: [u64; SHARED],
    last: Vec<Vec<u64>>,
    /// The shape of each line of the block, and how many were handed out.
    lines: Vec<usize>,
    done: usize,
    shared: [std::vec::IntoIter<u64>; SHARED],
    columns: Vec<Vec<std::vec::IntoIter<u64>>>,
    texts: std::vec::IntoIter<Vec<u8>>,
}

impl Unpacking {
    /// Takes in a block; `None` where it makes no sense.
    pub(super) fn begin(&mut self, mut block: &[u8]) -> Option<()> {
        let block = &mut block;
        let lines = usize::try_from(varint(block)?).ok().filter(|lines| *lines <= LINES)?;
        for _ in 0..varint(block)? {
            let shape = bytes(block)?.to_vec();
            self.last.push(vec![0; count(&shape, NUMBER).saturating_sub(SHARED)]);
            self.shapes.push(shape);
        }
        let known = self.shapes.len();
        let shape = |block: &mut &[u8]| usize::try_from(varint(block)?).ok().filter(|shape| *shape < known);
        self.lines = (0..lines).map(|_| shape(block)).collect::<Option<_>>()?;
        self.done = 0;
        let mut of_shape = vec![0; known];
        self.lines.iter().for_each(|shape| of_shape[*shape] += 1);
        for place in 0..SHARED {
            let has = |shape: &&usize| count(&self.shapes[**shape], NUMBER) > place;
            let numbers = self.lines.iter().filter(has).count();
            self.shared[place] = column(block, numbers, &mut self.last_shared[place])?;
        }
        let columns = self.last.iter_mut().zip(&of_shape);
        let of_one = |(last, lines): (&mut Vec<u64>, &usize)| -> Option<Vec<_>> {
            last.iter_mut().map(|last| column(block, *lines, last)).collect()
        };
        self.columns = columns.map(of_one).collect::<Option<_>>()?;
        let texts: usize =
            self.shapes.iter().zip(of_shape).map(|(shape, lines)| count(shape, TEXT) * lines).sum();
        let texts: Vec<Vec<u8>> =
            (0..texts).map(|_| bytes(block).map(<[u8]>::to_vec)).collect::<Option<_>>()?;
        self.texts = texts.into_iter();
        Some(())
    }
    /// Appends the next line of the block to `text`; false where there is none.
    pub(super) fn next(&mut self, text: &mut Vec<u8>) -> bool {
        let Some(shape) = self.lines.get(self.done).copied() else { return false };
        self.done += 1;
        let mut numbers = self.shared.iter_mut().chain(&mut self.columns[shape]);
        for byte in &self.shapes[shape] {
            match *byte {
                NUMBER => {
                    let number = numbers.next().and_then(Iterator::next).unwrap_or_default();
                    text.extend_from_slice(number.to_string().as_bytes());
                }
                TEXT => text.extend(self.texts.next().unwrap_or_default()),
                byte => text.push(byte),
            }
        }
        text.push(b'\n');
        true
    }
}

fn count(shape: &[u8], mark: u8) -> usize {
    shape.iter().filter(|byte| **byte == mark).count()
}
/// The next `n` numbers of a column.
fn column(block: &mut &[u8], n: usize, last: &mut u64) -> Option<std::vec::IntoIter<u64>> {
    let mut next = || {
        let coded = varint(block)?;
        *last = last.wrapping_add((coded >> 1) ^ (coded & 1).wrapping_neg());
        Some(*last)
    };
    Some((0..n).map(|_| next()).collect::<Option<Vec<u64>>>()?.into_iter())
}
fn push_varint(out: &mut Vec<u8>, mut n: u64) {
    while n > 0x7f {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}
fn varint(input: &mut &[u8]) -> Option<u64> {
    let mut n = 0;
    for shift in (0..64).step_by(7) {
        let byte = *input.split_off_first()?;
        n |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(n);
        }
    }
    None
}
fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    push_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}
fn bytes<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = usize::try_from(varint(input)?).ok()?;
    input.split_off(..len)
}
