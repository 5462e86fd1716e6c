//! The packed form of a trace: the lines of [`jsonl`](super::jsonl), in a few bytes each.
//!
//! Most lines of a trace differ in their numbers only. So a line is taken apart into its *shape* (the text without the
//! numbers), its numbers, and its long texts; the numbers at one place of one shape are a column, stored as differences;
//! and a block of columns is deflated. Unpacked, it is the same text byte for byte, so there is one schema of events and
//! not two, and a field that is added tomorrow is packed as well.
//!
//! ```text
//! file    "SOCKSCOPE 1\n", then blocks
//! block   length (u32, little-endian), so many bytes of zlib (RFC 1950); inflated:
//!         lines (at most 65,536), new shapes, each shape (length, bytes), the shape of each line,
//!         the columns: first number of all lines, second number of all lines, then shape by shape the third, fourth …,
//!         the texts in their order (length, bytes)
//! shape   a line without its end; 0x00 stands for a number, 0x01 for a text
//! number  a run of at most 18 digits without a leading zero, also within a string; in its column it is the difference
//!         from the number before, zigzag (0, -1, 1, -2 …), also across blocks
//! text    what is between quotes, where that is more than 64 bytes
//! ```
//!
//! All counts, lengths and differences are LEB128 (7 bits a byte, the lowest first). Shapes and columns are remembered from
//! block to block.
//!
//! ```
//! use sockscope_core::trace::packed::{Reader, Writer};
//! use std::io::{Read, Write};
//! let mut writer = Writer::new(Vec::new());
//! writer.write_all(b"{\"n\":0,\"at\":5}\n{\"n\":1,\"at\":7}\n").unwrap();
//! let packed = writer.finish().unwrap();
//! let mut text = String::new();
//! Reader::new(&packed[..]).read_to_string(&mut text).unwrap();
//! assert_eq!(text, "{\"n\":0,\"at\":5}\n{\"n\":1,\"at\":7}\n");
//! ```

mod block;
mod line;

use block::{Packing, Unpacking};
use miniz_oxide::{deflate, inflate};
use std::io::{self, Read, Write};

/// The first bytes of a packed trace.
pub const MAGIC: &[u8] = b"SOCKSCOPE 1\n";

/// How hard the deflater tries, from 1 to 10.
const EFFORT: u8 = 7;
/// No block is longer, inflated or not: bytes.
const LONGEST: usize = 1 << 28;

/// Packs the lines that are written to it. Call [`finish`](Writer::finish) at the end.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    begun: bool,
    /// A line that has no end yet.
    line: Vec<u8>,
    packing: Packing,
}

impl<W: Write> Writer<W> {
    /// Packs into `out`.
    pub fn new(out: W) -> Writer<W> {
        Writer { out, begun: false, line: Vec::new(), packing: Packing::default() }
    }
    /// Writes what is left; hands `out` back.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn finish(mut self) -> io::Result<W> {
        if !self.line.is_empty() {
            self.write_all(b"\n")?;
        }
        self.write_block()?;
        self.out.flush()?;
        Ok(self.out)
    }
    fn write_block(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.begun, true) {
            self.out.write_all(MAGIC)?;
        }
        if self.packing.is_empty() {
            return Ok(());
        }
        let block = deflate::compress_to_vec_zlib(&self.packing.take(), EFFORT);
        let len = u32::try_from(block.len()).map_err(|_| invalid("a block of a trace is too long"))?;
        self.out.write_all(&len.to_le_bytes())?;
        self.out.write_all(&block)
    }
}

impl<W: Write> Write for Writer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
            self.line.extend_from_slice(bytes);
            return Ok(bytes.len());
        };
        self.line.extend_from_slice(&bytes[..end]);
        if self.line.iter().any(|byte| *byte <= line::TEXT) {
            return Err(invalid("no line of a trace has these bytes"));
        }
        self.packing.push(&self.line);
        self.line.clear();
        if self.packing.is_full() {
            self.write_block()?;
        }
        Ok(end + 1)
    }
    /// Does nothing: a block is written when it is full, or at the [end](Writer::finish).
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads a packed trace as the lines that it was. What is no packed trace, or damaged, is an error of the kind
/// `InvalidData`; one that breaks off is `UnexpectedEof`.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    begun: bool,
    /// Lines that were not asked for yet, from `at` on.
    text: Vec<u8>,
    at: usize,
    unpacking: Unpacking,
}

impl<R: Read> Reader<R> {
    /// Unpacks `input`.
    pub fn new(input: R) -> Reader<R> {
        Reader { input, begun: false, text: Vec::new(), at: 0, unpacking: Unpacking::default() }
    }
    /// Inflates the next block; false at the end of the file.
    fn read_block(&mut self) -> io::Result<bool> {
        if !std::mem::replace(&mut self.begun, true) {
            let mut magic = [0; MAGIC.len()];
            self.input.read_exact(&mut magic)?;
            if magic != MAGIC {
                return Err(invalid("this is no packed trace"));
            }
        }
        let mut len = [0; 4];
        if self.input.read(&mut len[..1])? == 0 {
            return Ok(false);
        }
        self.input.read_exact(&mut len[1..])?;
        let len = u32::from_le_bytes(len) as usize;
        let mut block = Vec::new();
        (&mut self.input).take(len.min(LONGEST) as u64).read_to_end(&mut block)?;
        if block.len() < len {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the packed trace breaks off"));
        }
        let block = inflate::decompress_to_vec_zlib_with_limit(&block, LONGEST)
            .map_err(|_| invalid("a block of the packed trace is damaged"))?;
        self.unpacking.begin(&block).ok_or_else(|| invalid("a block of the packed trace makes no sense"))?;
        Ok(true)
    }
}

impl<R: Read> Read for Reader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.text.len() {
            self.text.clear();
            self.at = 0;
            if !self.unpacking.next(&mut self.text) && !self.read_block()? {
                return Ok(0);
            }
        }
        let n = out.len().min(self.text.len() - self.at);
        out[..n].copy_from_slice(&self.text[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

fn invalid(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pack(text: &[u8]) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new());
        writer.write_all(text).unwrap();
        writer.finish().unwrap()
    }
    fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        Reader::new(packed).read_to_end(&mut text).map(|_| text)
    }

    #[test]
    fn every_line_comes_back_byte_for_byte() {
        let long = "7".repeat(100);
        let lines = [
            "{\"n\":0,\"at\":18446744073709551615,\"x\":-12}".to_owned(),
            "{\"n\":1,\"at\":999999999999999999,\"x\":007,\"y\":1.50}".to_owned(),
            format!("{{\"text\":\"{long}\",\"escaped\":\"\\\"{long}\\\\\",\"hex:00ff\":\"10.0.0.1:80\"}}"),
            String::new(),
            format!("\"{long}"),
        ];
        let text = lines.join("\n") + "\n";
        assert_eq!(String::from_utf8(unpack(&pack(text.as_bytes())).unwrap()).unwrap(), text);
    }

    #[test]
    fn a_million_lines_that_differ_in_numbers_take_little() {
        let line =
            |n: usize| format!("{{\"n\":{n},\"at\":{},\"kind\":{{\"rule\":{{\"sock\":1}}}}}}\n", n * 1200);
        let text: String = (0..1_000_000).map(line).collect();
        let packed = pack(text.as_bytes());
        assert!(packed.len() < 20_000, "{} bytes", packed.len());
        assert!(unpack(&packed).unwrap() == text.as_bytes());
    }

    #[test]
    fn what_is_damaged_is_refused() {
        let packed = pack(b"{\"n\":0}\n{\"n\":1}\n");
        let kind = |bytes: &[u8]| unpack(bytes).map_err(|error| error.kind());
        assert_eq!(kind(b"{\"format\":1}\n rest"), Err(io::ErrorKind::InvalidData));
        assert_eq!(kind(&packed[..packed.len() - 1]), Err(io::ErrorKind::UnexpectedEof));
        assert_eq!(kind(&packed[..5]), Err(io::ErrorKind::UnexpectedEof));
        for at in MAGIC.len() + 4..packed.len() {
            let mut damaged = packed.clone();
            damaged[at] ^= 0x55;
            assert_eq!(kind(&damaged), Err(io::ErrorKind::InvalidData), "byte {at}: zlib has a checksum");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(mut text in proptest::collection::vec(any::<u8>(), 0..400)) {
            text.retain(|byte| *byte > 1);
            text.extend(b"\n");
            prop_assert_eq!(unpack(&pack(&text)).unwrap(), text);
        }
        #[test]
        fn no_block_makes_it_panic(block in proptest::collection::vec(0u8..40, 0..200)) {
            let block = deflate::compress_to_vec_zlib(&block, 1);
            let mut packed = MAGIC.to_vec();
            packed.extend((block.len() as u32).to_le_bytes());
            packed.extend(block);
            let _ = unpack(&packed);
        }
    }
}
