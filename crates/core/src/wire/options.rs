//! Options of a TCP header (RFC 9293 §3.2), as values and as bytes.

use super::codec::DecodeError;
use super::fast_open::Cookie;
use super::sack_blocks::SackBlocks;
use crate::seq::{Seq, SeqRange};
use serde::{Deserialize, Serialize};
use smoltcp::wire::TcpOption;

/// Header options of a segment (RFC 9293 §3.2; RFC 7323; RFC 2018; RFC 7413).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Maximum segment size, in bytes; on SYNs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mss: Option<u16>,
    /// Window scale shift, 0 to 14; on SYNs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_scale: Option<u8>,
    /// SACK permitted; on SYNs only.
    #[serde(skip_serializing_if = "is_false")]
    pub sack_permitted: bool,
    /// Up to four SACK blocks, most recent first (three beside timestamps).
    #[serde(skip_serializing_if = "SackBlocks::is_empty")]
    pub sack: SackBlocks,
    /// Timestamp value and echo reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamps: Option<(u32, u32)>,
    /// Fast open cookie, or the request for one; on SYNs only, and so behind a box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fast_open: Option<Box<Cookie>>,
    /// How they stand in the header; it tells stacks apart, and says nothing to the receiver.
    #[serde(skip_serializing_if = "OptionLayout::is_default")]
    pub layout: OptionLayout,
}

/// The order of the options in a header, and their padding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptionLayout {
    /// `mss,sackOK,TS,nop,wscale,sack,FO`, words filled up with "no operation": as Linux does.
    #[default]
    TimestampsFirst,
    /// `mss,nop,wscale,sackOK,TS,sack,FO`, the last word filled up with "end of options": as FreeBSD does.
    ScaleFirst,
}

/// The options of a header take at most so many bytes.
const MOST: usize = 40;
/// So many of them do timestamps take in whole words, where they are the only option: as in most segments.
const TIMESTAMPS_ALONE: usize = 12;
/// How they begin then: twice "no operation", their kind and their length (RFC 7323, appendix A).
const TIMESTAMPS_HEAD: [u8; 4] = [NO_OPERATION, NO_OPERATION, 8, 10];
/// Option kinds that smoltcp does not write as we want them.
const SACK: u8 = 5;
const FAST_OPEN: u8 = 34;
const EXPERIMENT: u8 = 254;
/// Marks a fast open option among the experiments (RFC 7413, appendix A; RFC 6994).
const FAST_OPEN_MAGIC: [u8; 2] = [0xf9, 0x89];
const END: u8 = 0;
const NO_OPERATION: u8 = 1;

/// The options in some order.
#[derive(Clone, Copy)]
enum Item {
    Mss,
    SackPermitted,
    Timestamps,
    WindowScale,
    Sack,
    FastOpen,
}

impl OptionLayout {
    fn is_default(&self) -> bool {
        *self == OptionLayout::default()
    }
    fn order(self) -> [Item; 6] {
        use Item::*;
        match self {
            OptionLayout::TimestampsFirst => [Mss, SackPermitted, Timestamps, WindowScale, Sack, FastOpen],
            OptionLayout::ScaleFirst => [Mss, WindowScale, SackPermitted, Timestamps, Sack, FastOpen],
        }
    }
    /// Where an option may begin: at offsets with this remainder (second) of a division (first).
    fn alignment(self, item: Item, options: &Options) -> (usize, usize) {
        match (self, item) {
            (_, Item::Mss) => (4, 0),
            (_, Item::Timestamps | Item::Sack) => (4, 2),
            (_, Item::FastOpen) => (1, 0),
            (OptionLayout::TimestampsFirst, Item::WindowScale) => (4, 1),
            (OptionLayout::TimestampsFirst, Item::SackPermitted) if options.timestamps.is_some() => (4, 0),
            (OptionLayout::TimestampsFirst, Item::SackPermitted) => (4, 2),
            (OptionLayout::ScaleFirst, Item::WindowScale) => (2, 1),
            (OptionLayout::ScaleFirst, Item::SackPermitted) => (2, 0),
        }
    }
    const fn padding(self) -> u8 {
        match self {
            OptionLayout::TimestampsFirst => NO_OPERATION,
            OptionLayout::ScaleFirst => END,
        }
    }
}

impl Options {
    /// The options of a header take at most so many bytes.
    pub const MOST: usize = MOST;

    /// True where the header carries none.
    pub fn is_empty(&self) -> bool {
        *self == Options { layout: self.layout, ..Options::default() }
    }
    /// Length on the wire in bytes, padding included: 0 to 40, a multiple of four.
    pub fn len(&self) -> usize {
        if self.are_usual() {
            return if self.timestamps.is_some() { TIMESTAMPS_ALONE } else { 0 };
        }
        self.places(|_, _, _| ()).next_multiple_of(4)
    }
    /// Writes the options, padding included, into [as many bytes as they take](Options::len). What finds no room is left out,
    /// SACK blocks from the last on.
    pub fn encode(&self, out: &mut [u8]) {
        if let (true, Some((value, echo))) = (self.are_usual(), self.timestamps) {
            out[..4].copy_from_slice(&TIMESTAMPS_HEAD);
            out[4..8].copy_from_slice(&value.to_be_bytes());
            return out[8..].copy_from_slice(&echo.to_be_bytes());
        }
        let (bytes, len) = self.to_bytes();
        out.copy_from_slice(&bytes[..len]);
    }
    /// The bytes, and how many of them there are.
    fn to_bytes(&self) -> ([u8; MOST], usize) {
        let mut bytes = [NO_OPERATION; MOST];
        let end = self.places(|item, at, len| self.put(item, &mut bytes[at..at + len]));
        bytes[end..].fill(self.layout.padding());
        (bytes, end.next_multiple_of(4))
    }
    /// The options that these bytes hold; those that are not known here are left out.
    ///
    /// # Errors
    /// [`DecodeError::Malformed`] where an option's length makes no sense.
    pub fn decode(bytes: &[u8]) -> Result<Options, DecodeError> {
        let mut options = Options::default();
        if let Some(timestamps) = timestamps_alone(bytes) {
            return Ok(Options { timestamps: Some(timestamps), ..options });
        }
        let mut left = bytes;
        while !left.is_empty() {
            let (rest, option) = TcpOption::parse(left).map_err(|_| DecodeError::Malformed("TCP"))?;
            match option {
                TcpOption::EndOfList => break,
                TcpOption::MaxSegmentSize(mss) => options.mss = Some(mss),
                TcpOption::WindowScale(shift) => options.window_scale = Some(shift),
                TcpOption::SackPermitted => options.sack_permitted = true,
                // smoltcp keeps three blocks; four are allowed.
                TcpOption::SackRange(_) => options.sack = sack_blocks(&left[2..left.len() - rest.len()]),
                TcpOption::TimeStamp { tsval, tsecr } => options.timestamps = Some((tsval, tsecr)),
                TcpOption::Unknown { kind, data } => {
                    options.fast_open = fast_open(kind, data).map(Box::new).or(options.fast_open)
                }
                TcpOption::NoOperation => {}
            }
            left = rest;
        }
        // The layout is the one that writes these very bytes; those of timestamps alone are the same in both.
        let is = |options: &Options| {
            let (again, len) = options.to_bytes();
            again[..len] == *bytes
        };
        if !options.are_usual() && !is(&options) {
            let other = Options { layout: OptionLayout::ScaleFirst, ..options.clone() };
            return Ok(if is(&other) { other } else { options });
        }
        Ok(options)
    }

    /// Those of most segments: timestamps, or none.
    fn are_usual(&self) -> bool {
        let of_syn = self.mss.is_some() || self.window_scale.is_some() || self.sack_permitted;
        !of_syn && self.fast_open.is_none() && self.sack.is_empty()
    }
    /// Says where each option goes: what, its offset and its length; and where the last one ends.
    fn places(&self, mut place: impl FnMut(Item, usize, usize)) -> usize {
        let mut end = 0;
        for item in self.layout.order() {
            let (modulus, remainder) = self.layout.alignment(item, self);
            let at = end + (remainder + modulus - end % modulus) % modulus;
            let len = self.item_len(item, MOST.saturating_sub(at));
            if len > 0 {
                place(item, at, len);
                end = at + len;
            }
        }
        end
    }
    /// Length of an option in `room` bytes; zero where it is absent or does not fit.
    fn item_len(&self, item: Item, room: usize) -> usize {
        let len = match item {
            Item::Mss => self.mss.map_or(0, |_| 4),
            Item::SackPermitted if self.sack_permitted => 2,
            Item::SackPermitted => 0,
            Item::Timestamps => self.timestamps.map_or(0, |_| 10),
            Item::WindowScale => self.window_scale.map_or(0, |_| 3),
            Item::Sack => match self.sack.iter().flatten().count().min(room.saturating_sub(2) / 8) {
                0 => 0,
                blocks => 2 + 8 * blocks,
            },
            Item::FastOpen => self.fast_open.as_ref().map_or(0, |cookie| {
                2 + cookie.bytes().len() + if cookie.experimental { FAST_OPEN_MAGIC.len() } else { 0 }
            }),
        };
        if len <= room { len } else { 0 }
    }
    fn put(&self, item: Item, out: &mut [u8]) {
        let len = out.len() as u8;
        let (head, value) = out.split_at_mut(2);
        head[1] = len;
        head[0] = match item {
            Item::Mss => 2,
            Item::WindowScale => 3,
            Item::SackPermitted => 4,
            Item::Sack => SACK,
            Item::Timestamps => 8,
            Item::FastOpen if self.fast_open.as_ref().is_some_and(|cookie| cookie.experimental) => EXPERIMENT,
            Item::FastOpen => FAST_OPEN,
        };
        match item {
            Item::Mss => value.copy_from_slice(&self.mss.unwrap_or(0).to_be_bytes()),
            Item::WindowScale => value[0] = self.window_scale.unwrap_or(0),
            Item::SackPermitted => {}
            Item::Sack => {
                let edges = self.sack.iter().flatten().flat_map(|block| [block.start, block.end]);
                for (edge, place) in edges.zip(value.as_chunks_mut().0) {
                    *place = edge.get().to_be_bytes();
                }
            }
            Item::Timestamps => {
                let (val, ecr) = self.timestamps.unwrap_or((0, 0));
                value[..4].copy_from_slice(&val.to_be_bytes());
                value[4..].copy_from_slice(&ecr.to_be_bytes());
            }
            Item::FastOpen => {
                let cookie = self.fast_open.as_deref().copied().unwrap_or_default();
                let (magic, place) = value.split_at_mut(value.len() - cookie.bytes().len());
                magic.copy_from_slice(&FAST_OPEN_MAGIC[..magic.len()]);
                place.copy_from_slice(cookie.bytes());
            }
        }
    }
}

/// What most headers carry, in one look.
fn timestamps_alone(bytes: &[u8]) -> Option<(u32, u32)> {
    let whole: &[u8; TIMESTAMPS_ALONE] = bytes.try_into().ok()?;
    let word = |at: usize| [whole[at], whole[at + 1], whole[at + 2], whole[at + 3]];
    let number = |at| u32::from_be_bytes(word(at));
    (word(0) == TIMESTAMPS_HEAD).then(|| (number(4), number(8)))
}
fn sack_blocks(bytes: &[u8]) -> SackBlocks {
    let mut edges = bytes.as_chunks().0.iter().map(|edge| Seq::new(u32::from_be_bytes(*edge)));
    [(); 4].map(|()| Some(SeqRange { start: edges.next()?, end: edges.next()? })).into()
}

/// The cookie of a fast open option: of its own kind, or of the experiments (RFC 7413 §4.1.1).
fn fast_open(kind: u8, data: &[u8]) -> Option<Cookie> {
    match kind {
        FAST_OPEN => Cookie::new(data),
        EXPERIMENT => Some(Cookie::new(data.strip_prefix(&FAST_OPEN_MAGIC)?)?.in_experiment(true)),
        _ => None,
    }
}

fn is_false(yes: &bool) -> bool {
    !*yes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(options: &Options) -> Vec<u8> {
        let mut out = vec![0; options.len()];
        options.encode(&mut out);
        out
    }

    /// As the two stacks write their SYN.
    #[test]
    fn options_stand_in_the_order_of_their_stack() {
        let syn = |layout| Options {
            mss: Some(1460),
            window_scale: Some(7),
            sack_permitted: true,
            timestamps: Some((1, 2)),
            layout,
            ..Options::default()
        };
        let linux = [2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7];
        let freebsd = [2, 4, 5, 180, 1, 3, 3, 7, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2];
        assert_eq!(bytes(&syn(OptionLayout::TimestampsFirst)), linux);
        assert_eq!(bytes(&syn(OptionLayout::ScaleFirst)), freebsd);
        assert_eq!(Options::decode(&freebsd), Ok(syn(OptionLayout::ScaleFirst)));
    }

    #[test]
    fn words_are_filled_up_as_the_stack_does() {
        let with = |layout, sack_permitted| Options {
            window_scale: Some(8),
            sack_permitted,
            fast_open: Some(Cookie::default().into()),
            layout,
            ..Options::default()
        };
        assert_eq!(bytes(&with(OptionLayout::TimestampsFirst, true)), [1, 1, 4, 2, 1, 3, 3, 8, 34, 2, 1, 1]);
        assert_eq!(bytes(&with(OptionLayout::ScaleFirst, true)), [1, 3, 3, 8, 4, 2, 34, 2]);
        assert_eq!(bytes(&with(OptionLayout::ScaleFirst, false)), [1, 3, 3, 8, 34, 2, 0, 0]);
    }

    #[test]
    fn both_kinds_of_fast_open_are_read() {
        let cookie = Cookie::new(&[1, 2, 3, 4]).unwrap();
        assert_eq!(Options::decode(&[34, 6, 1, 2, 3, 4]).unwrap().fast_open, Some(cookie.into()));
        let experiment = Options::decode(&[254, 8, 0xf9, 0x89, 1, 2, 3, 4]).unwrap().fast_open;
        assert_eq!(experiment, Some(cookie.in_experiment(true).into()));
        assert_eq!(Options::decode(&[254, 4, 1, 2]).unwrap().fast_open, None, "another experiment");
        assert_eq!(
            bytes(&Options { fast_open: experiment, ..Options::default() })[..4],
            [254, 8, 0xf9, 0x89]
        );
    }
}
