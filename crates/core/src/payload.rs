//! Bytes that travel: cheap to clone, readable in a trace.

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::ops::Deref;

/// Bytes of the application. Cloning shares them, so a datagram in three queues and a trace exists once.
///
/// In JSON it is the text itself where every byte is printable ASCII or a line end, and `hex:…` otherwise.
///
/// ```
/// use sockscope_core::payload::Payload;
/// assert_eq!(serde_json::to_string(&Payload::from("hello")).unwrap(), r#""hello""#);
/// assert_eq!(serde_json::to_string(&Payload::from(vec![0, 255])).unwrap(), r#""hex:00ff""#);
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Payload(Bytes);

impl Payload {
    /// No bytes.
    pub const EMPTY: Payload = Payload(Bytes::from_static(b""));

    /// The bytes from `start` to `end`, shared, not copied. The range is clipped to what there is.
    pub fn slice(&self, start: usize, end: usize) -> Payload {
        let end = end.min(self.0.len());
        Payload(self.0.slice(start.min(end)..end))
    }
    /// Whether every byte is printable ASCII, tab or a line end.
    fn is_plain(&self) -> bool {
        self.0.iter().all(|b| matches!(b, b' '..=b'~' | b'\n' | b'\r' | b'\t'))
    }
}

impl Deref for Payload {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}
impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Payload {
        Payload(bytes.into())
    }
}
impl From<Bytes> for Payload {
    fn from(bytes: Bytes) -> Payload {
        Payload(bytes)
    }
}
impl From<&[u8]> for Payload {
    fn from(bytes: &[u8]) -> Payload {
        Payload(Bytes::copy_from_slice(bytes))
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
        match std::str::from_utf8(&self.0) {
            Ok(text) if self.is_plain() && !text.starts_with(HEX) => f.write_str(text),
            _ => {
                f.write_str(HEX)?;
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
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
        let Some(hex) = text.strip_prefix(HEX) else { return Ok(Payload(text.into())) };
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
