//! TCP segments (RFC 9293 §3.1).

use super::Options;
use crate::payload::Payload;
use crate::seq::{Seq, SeqRange};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A TCP segment. Fields are named as in RFC 9293 §3.1 and §3.3.1 (`SEG.SEQ`, `SEG.ACK`, `SEG.WND`, `SEG.UP`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Source port.
    pub src_port: u16,
    /// Destination port.
    pub dst_port: u16,
    /// Sequence number of the first octet (of the SYN, where there is one).
    pub seq: Seq,
    /// Next sequence number the sender of this expects; meaningful where [`Flags::ACK`] is set.
    pub ack: Seq,
    /// Control bits.
    pub flags: Flags,
    /// Window as it stands in the header, not scaled.
    pub wnd: u16,
    /// Urgent pointer; meaningful where [`Flags::URG`] is set.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub up: u16,
    /// Header options.
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub options: Options,
    /// The application's bytes.
    #[serde(default, skip_serializing_if = "no_bytes")]
    pub payload: Payload,
}

impl Segment {
    /// `SEG.LEN`: octets of payload, plus one each for SYN and FIN.
    pub fn seq_len(&self) -> u32 {
        self.payload.len() as u32
            + u32::from(self.flags.has(Flags::SYN))
            + u32::from(self.flags.has(Flags::FIN))
    }
    /// The sequence numbers it occupies.
    pub fn seq_range(&self) -> SeqRange {
        SeqRange::new(self.seq, self.seq_len())
    }
    /// Length of the header in bytes, options and padding included: 20 to 60.
    pub fn header_len(&self) -> usize {
        20 + self.options.len()
    }
}

/// Control bits of a segment, in the order of the header.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Flags(u8);

impl Flags {
    /// No more data from sender.
    pub const FIN: Flags = Flags(1);
    /// Synchronise sequence numbers.
    pub const SYN: Flags = Flags(2);
    /// Reset the connection.
    pub const RST: Flags = Flags(4);
    /// Push.
    pub const PSH: Flags = Flags(8);
    /// The acknowledgment field is significant.
    pub const ACK: Flags = Flags(16);
    /// The urgent pointer is significant.
    pub const URG: Flags = Flags(32);
    /// ECN-Echo (RFC 3168).
    pub const ECE: Flags = Flags(64);
    /// Congestion window reduced (RFC 3168).
    pub const CWR: Flags = Flags(128);
    /// Every bit with its name.
    pub const NAMES: [(Flags, &'static str); 8] = [
        (Flags::SYN, "SYN"),
        (Flags::FIN, "FIN"),
        (Flags::RST, "RST"),
        (Flags::PSH, "PSH"),
        (Flags::ACK, "ACK"),
        (Flags::URG, "URG"),
        (Flags::ECE, "ECE"),
        (Flags::CWR, "CWR"),
    ];

    /// Each flag as tcpdump and packetdrill abbreviate it, in their order: a dot is an ACK. No letter where none is set.
    ///
    /// ```
    /// use sockscope_core::wire::Flags;
    /// assert_eq!(Flags::SYN.with(Flags::ACK).letters(), "S.");
    /// ```
    pub fn letters(self) -> String {
        const LETTERS: [(Flags, char); 8] = [
            (Flags::FIN, 'F'),
            (Flags::SYN, 'S'),
            (Flags::RST, 'R'),
            (Flags::PSH, 'P'),
            (Flags::ACK, '.'),
            (Flags::URG, 'U'),
            (Flags::ECE, 'E'),
            (Flags::CWR, 'W'),
        ];
        LETTERS.iter().filter(|(flag, _)| self.has(*flag)).map(|(_, letter)| *letter).collect()
    }
    /// The bits of the header's flags octet.
    pub const fn from_bits(bits: u8) -> Flags {
        Flags(bits)
    }
    /// As the header's flags octet.
    pub const fn bits(self) -> u8 {
        self.0
    }
    /// True where every bit of `flags` is set.
    pub const fn has(self, flags: Flags) -> bool {
        self.0 & flags.0 == flags.0
    }
    /// Both sets together.
    pub const fn with(self, flags: Flags) -> Flags {
        Flags(self.0 | flags.0)
    }
    /// This set less the other.
    pub const fn without(self, flags: Flags) -> Flags {
        Flags(self.0 & !flags.0)
    }
}

impl fmt::Display for Flags {
    /// `SYN ACK`; `-` where none is set.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> =
            Flags::NAMES.iter().filter(|(flag, _)| self.has(*flag)).map(|(_, name)| *name).collect();
        f.pad(&if names.is_empty() { "-".to_owned() } else { names.join(" ") })
    }
}
impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl Serialize for Flags {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Flags {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Flags, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let mut flags = Flags::default();
        for word in text.split_whitespace().filter(|word| *word != "-") {
            let known = Flags::NAMES.iter().find(|(_, name)| *name == word);
            let (flag, _) =
                known.ok_or_else(|| serde::de::Error::custom(format!("no TCP flag is named {word}")))?;
            flags = flags.with(*flag);
        }
        Ok(flags)
    }
}

fn is_zero(n: &u16) -> bool {
    *n == 0
}
fn no_bytes(payload: &Payload) -> bool {
    payload.is_empty()
}
