//! Bytes that travel: cheap to clone, readable in a trace.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::ops::Deref;
use triomphe::{Arc, ThinArc};

/// Bytes of the application. Cloning and slicing share them, so a datagram in three queues and a trace exists once, and the
/// pieces of a stream can be put together again without a copy.
///
/// In JSON it is the text itself where every byte is printable ASCII or a line end, and `hex:…` otherwise.
///
/// ```
/// use sockscope_core::payload::Payload;
/// assert_eq!(serde_json::to_string(&Payload::from("hello")).unwrap(), r#""hello""#);
/// assert_eq!(serde_json::to_string(&Payload::from(vec![0, 255])).unwrap(), r#""hex:00ff""#);
/// ```
#[derive(Clone, Default)]
pub struct Payload {
    /// The memory in which they lie, behind one thin pointer; none where there are no bytes.
    memory: Option<ThinArc<(), u8>>,
    start: u32,
    end: u32,
}

impl Payload {
    /// No bytes.
    pub const EMPTY: Payload = Payload { memory: None, start: 0, end: 0 };

    /// The bytes from `start` to `end`, shared, not copied. The range is clipped to what there is.
    pub fn slice(&self, start: usize, end: usize) -> Payload {
        let end = end.min(self.len());
        if start >= end {
            return Payload::EMPTY;
        }
        let at = |place: usize| self.start + place as u32;
        Payload { memory: self.memory.clone(), start: at(start), end: at(end) }
    }
    /// Takes the first `n` bytes away, all of them where there are fewer.
    pub(crate) fn take_front(&mut self, n: usize) -> Payload {
        let front = self.slice(0, n);
        self.start += front.len() as u32;
        front
    }
    /// Appends `next` without a copy where it follows in the same memory, as slices of one payload do; false elsewhere.
    pub fn extend(&mut self, next: &Payload) -> bool {
        let (Some(own), Some(other)) = (&self.memory, &next.memory) else { return false };
        let follows = own.as_ptr() == other.as_ptr() && self.end == next.start;
        if follows {
            self.end = next.end;
        }
        follows
    }
    /// `len` bytes, zeros until `fill` has written them: in one allocation.
    pub(crate) fn filled(len: usize, fill: impl FnOnce(&mut [u8])) -> Payload {
        if len == 0 {
            return Payload::EMPTY;
        }
        let memory = match ZEROS.get(..len) {
            Some(zeros) => ThinArc::from_header_and_slice((), zeros),
            None => ThinArc::from_header_and_iter((), std::iter::repeat_n(0, len)),
        };
        Payload::new(memory, fill)
    }
    /// `text` behind so many octets for headers, zeros until `fill` has written them: in one allocation.
    pub(crate) fn behind(headers: usize, text: &Payload, fill: impl FnOnce(&mut [u8])) -> Payload {
        // Memory is new by being copied from somewhere. Where the text lies it comes with the text, in one copy, and what stands
        // before it there makes room for the headers.
        let room = |memory: &ThinArc<(), u8>| {
            let start = (text.start as usize).checked_sub(headers)?;
            Some(ThinArc::from_header_and_slice((), &memory.slice[start..text.end as usize]))
        };
        match text.memory.as_ref().and_then(room) {
            Some(memory) => Payload::new(memory, |bytes| {
                bytes[..headers].fill(0);
                fill(bytes);
            }),
            None => Payload::filled(headers + text.len(), |bytes| {
                bytes[headers..].copy_from_slice(text);
                fill(bytes);
            }),
        }
    }
    /// All of this memory, of which nobody else knows, once `fill` has written to it.
    fn new(mut memory: ThinArc<(), u8>, fill: impl FnOnce(&mut [u8])) -> Payload {
        memory.with_arc_mut(|memory| fill(Arc::get_mut(memory).expect("nobody else has it yet").slice_mut()));
        let end = length(memory.slice.len());
        Payload { memory: Some(memory), start: 0, end }
    }
    /// These pieces one after another, `len` bytes in all, copied once.
    pub(crate) fn joined(len: usize, pieces: impl Iterator<Item = Payload>) -> Payload {
        Payload::filled(len, |mut rest| {
            for piece in pieces {
                let place =
                    rest.split_off_mut(..piece.len()).expect("the pieces are no longer than they say");
                place.copy_from_slice(&piece);
            }
        })
    }
    /// `part` of these bytes, shared: a slice of this very memory. Copied where it is none.
    pub(crate) fn part(&self, part: &[u8]) -> Payload {
        let start = (part.as_ptr() as usize).wrapping_sub(self.as_ptr() as usize);
        match start.checked_add(part.len()) {
            Some(end) if end <= self.len() => self.slice(start, end),
            _ => part.into(),
        }
    }
    /// How many bytes.
    pub fn len(&self) -> usize {
        (self.end - self.start) as usize
    }
    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }
    /// Whether every byte is printable ASCII, tab or a line end.
    fn is_plain(&self) -> bool {
        self.iter().all(|b| matches!(b, b' '..=b'~' | b'\n' | b'\r' | b'\t'))
    }
}

/// What new memory of a packet, or of a program's read, is copied from: byte by byte takes longer.
static ZEROS: [u8; 8192] = [0; 8192];

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("nobody sends 4 GiB at once")
}

impl Deref for Payload {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.memory.as_ref().map_or(&[], |memory| &memory.slice[self.start as usize..self.end as usize])
    }
}
impl PartialEq for Payload {
    fn eq(&self, other: &Payload) -> bool {
        // The same place holds the same: megabytes that two connections share are not looked at.
        let place =
            |payload: &Payload| (payload.memory.as_ref().map(ThinArc::as_ptr), payload.start, payload.end);
        place(self) == place(other) || **self == **other
    }
}
impl Eq for Payload {}
impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Payload {
        bytes.as_slice().into()
    }
}
impl From<&[u8]> for Payload {
    fn from(bytes: &[u8]) -> Payload {
        let memory = (!bytes.is_empty()).then(|| ThinArc::from_header_and_slice((), bytes));
        Payload { memory, start: 0, end: length(bytes.len()) }
    }
}
impl From<&str> for Payload {
    fn from(text: &str) -> Payload {
        text.as_bytes().into()
    }
}

impl fmt::Display for Payload {
    /// The form it has in JSON, without quotes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match std::str::from_utf8(self) {
            Ok(text) if self.is_plain() && !text.starts_with(HEX) => f.write_str(text),
            _ => {
                f.write_str(HEX)?;
                self.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}
impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

const HEX: &str = "hex:";

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Payload, D::Error> {
        let text = String::deserialize(deserializer)?;
        let Some(hex) = text.strip_prefix(HEX) else { return Ok(text.as_str().into()) };
        let pair = |at: usize| hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(pair).collect();
        bytes
            .map(Payload::from)
            .ok_or_else(|| de::Error::custom("\"hex:\" needs an even number of hex digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_side_by_side_is_put_together_without_a_copy() {
        let whole = Payload::from("hello, world");
        let mut front = whole.slice(0, 5);
        assert!(!front.extend(&whole.slice(6, 9)) && !front.extend(&Payload::from(", world")));
        assert!(front.extend(&whole.slice(5, 12)));
        assert_eq!((front.as_ptr(), &*front), (whole.as_ptr(), &b"hello, world"[..]));
        assert_eq!(whole.slice(5, 3), Payload::EMPTY);
        let part = whole.part(&whole[7..]);
        assert_eq!((part.as_ptr(), &*part), (whole[7..].as_ptr(), &b"world"[..]));
        assert_eq!(whole.part(b"other"), Payload::from("other"));
    }

    #[test]
    fn every_byte_string_survives_json() {
        for bytes in [&b""[..], b"hello\n", b"hex:00", b"\x00\xff", "é".as_bytes()] {
            let payload = Payload::from(bytes);
            let json = serde_json::to_string(&payload).unwrap();
            assert_eq!(serde_json::from_str::<Payload>(&json).unwrap(), payload, "{json}");
        }
        assert!(serde_json::from_str::<Payload>(r#""hex:0""#).is_err());
        assert!(serde_json::from_str::<Payload>(r#""hex:é0""#).is_err());
    }
}
