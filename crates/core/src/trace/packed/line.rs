//! A line taken apart: its shape, its numbers, its long texts.

/// Stands for a number in a shape.
pub(super) const NUMBER: u8 = 0;
/// Stands for a text in a shape.
pub(super) const TEXT: u8 = 1;

/// What is between quotes is part of the shape up to so many bytes, and a text of its own beyond.
const SHORT: usize = 64;
/// So many digits always fit into 64 bits.
const DIGITS: usize = 18;

/// A line taken apart.
#[derive(Debug, Default)]
pub(super) struct Parts<'a> {
    pub(super) shape: Vec<u8>,
    pub(super) numbers: Vec<u64>,
    pub(super) texts: Vec<&'a [u8]>,
}

impl<'a> Parts<'a> {
    /// Takes `line` apart.
    pub(super) fn of(mut line: &'a [u8]) -> Parts<'a> {
        let mut parts = Parts::default();
        while let Some(byte) = line.first() {
            let (piece, rest) = match byte {
                b'0'..=b'9' => line.split_at(line.iter().take_while(|byte| byte.is_ascii_digit()).count()),
                b'"' => line.split_at(string(line)),
                _ => line.split_at(1),
            };
            match byte {
                b'0'..=b'9' => parts.digits(piece),
                b'"' => parts.string(piece),
                _ => parts.shape.push(*byte),
            }
            line = rest;
        }
        parts
    }
    fn digits(&mut self, digits: &[u8]) {
        if digits.len() > DIGITS || digits.len() > 1 && digits[0] == b'0' {
            return self.shape.extend_from_slice(digits);
        }
        self.shape.push(NUMBER);
        self.numbers.push(digits.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')));
    }
    /// A string with its quotes.
    fn string(&mut self, string: &'a [u8]) {
        if string.len() > SHORT + 2 {
            self.shape.extend_from_slice(&[b'"', TEXT, b'"']);
            return self.texts.push(&string[1..string.len() - 1]);
        }
        let digits = |a: &u8, b: &u8| a.is_ascii_digit() == b.is_ascii_digit();
        for piece in string.chunk_by(digits) {
            if piece[0].is_ascii_digit() { self.digits(piece) } else { self.shape.extend_from_slice(piece) }
        }
    }
}

/// Length of the string at the front of `line`, with its quotes; 1 where it has no end.
fn string(line: &[u8]) -> usize {
    let mut escaped = false;
    let end = line[1..].iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map_or(1, |end| end + 2)
}
