//! The Internet checksum (RFC 1071).

use std::net::IpAddr;

/// A sum that is not folded yet, of words in the byte order of this machine (§2, B): to be folded at the end is enough.
#[derive(Clone, Copy, Default)]
pub(super) struct Sum(u64);

/// So many pairs of words are summed at once, each in a lane of its own: compilers know what that is.
const LANES: usize = 8;
const ROW: usize = 8 * LANES;

impl Sum {
    /// The pseudo-header of TCP, UDP and ICMPv6 (RFC 9293 §3.1, RFC 8200 §8.1).
    pub(super) fn of_pseudo_header(src: IpAddr, dst: IpAddr, protocol: u8, len: usize) -> Sum {
        let length = len as u32;
        let words = u64::from(u16::from(protocol).to_be()) + u64::from(length.to_be());
        Sum(words).with_address(src).with_address(dst)
    }
    fn with_address(self, addr: IpAddr) -> Sum {
        match addr {
            IpAddr::V4(addr) => Sum(self.0 + u64::from(u32::from_ne_bytes(addr.octets()))),
            IpAddr::V6(addr) => self.with(&addr.octets()),
        }
    }
    /// These bytes too, from an even place on. Words of 32 bits are summed, of which a sum of 64 bits holds four
    /// billion: a carry of one is worth as much in the lower half when all is folded.
    pub(super) fn with(self, bytes: &[u8]) -> Sum {
        let (rows, rest) = bytes.as_chunks::<ROW>();
        let sum = if rows.is_empty() { self } else { self.with_rows(rows) };
        let (words, rest) = rest.as_chunks::<4>();
        let last = u32::from_le(rest.iter().rev().fold(0, |last, byte| last << 8 | u32::from(*byte)));
        let words = words.iter().map(|word| u32::from_ne_bytes(*word));
        Sum(words.chain([last]).fold(sum.0, |sum, word| sum + u64::from(word)))
    }
    /// Words are read two at a time; the sum of the lower halves is what the upper ones leave of the sum of the whole, and it
    /// fits.
    fn with_rows(self, rows: &[[u8; ROW]]) -> Sum {
        let (mut wholes, mut uppers) = ([0; LANES], [0; LANES]);
        for row in rows {
            let pairs: [u64; LANES] = std::array::from_fn(|lane| u64::from_ne_bytes(row.as_chunks().0[lane]));
            for lane in 0..LANES {
                wholes[lane] = pairs[lane].wrapping_add(wholes[lane]);
            }
            for lane in 0..LANES {
                uppers[lane] += pairs[lane] >> 32;
            }
        }
        let whole = wholes.into_iter().fold(0, u64::wrapping_add);
        let upper: u64 = uppers.into_iter().sum();
        Sum(self.0 + whole.wrapping_sub(upper << 32) + upper)
    }
    /// What stands in the header, first byte first. Of a packet with its checksum it is zero.
    pub(super) fn checksum(self) -> [u8; 2] {
        let fold = |sum: u64, bits: u32| (sum >> bits) + (sum & ((1 << bits) - 1));
        let folded = fold(fold(fold(fold(self.0, 32), 16), 16), 16);
        (!(folded as u16)).to_ne_bytes()
    }
    /// Whether a packet that carries its checksum is whole.
    pub(super) fn fits(self) -> bool {
        self.checksum() == [0; 2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// As RFC 1071 §4.1 has it, word for word.
        #[test]
        fn it_is_the_sum_of_the_rfc(bytes in proptest::collection::vec(any::<u8>(), 0..2000), even in 0..50usize) {
            let words = bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0)));
            let mut sum: u32 = words.sum();
            while sum >> 16 != 0 {
                sum = (sum & 0xffff) + (sum >> 16);
            }
            let (front, back) = bytes.split_at(bytes.len().min(2 * even));
            let ours = Sum::default().with(front).with(back).checksum();
            prop_assert_eq!(ours, (!(sum as u16)).to_be_bytes());
        }
    }
}
