//! Sequence numbers modulo 2^32 (RFC 9293 §3.4).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// A sequence number. It has no `Ord`: on a circle nothing is simply greater. Two numbers are compared within
/// half the circle, by [`before`](Seq::before) and its kin.
///
/// ```
/// use sockscope_core::seq::Seq;
/// let last = Seq::new(u32::MAX);
/// assert!(last.before(last + 1));
/// assert_eq!((last + 1) - last, 1);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(u32);

impl Seq {
    /// The sequence number `n`.
    pub const fn new(n: u32) -> Seq {
        Seq(n)
    }
    /// The number as it stands in the header.
    pub const fn get(self) -> u32 {
        self.0
    }
    /// `self < other`, within half the circle.
    pub const fn before(self, other: Seq) -> bool {
        (self.0.wrapping_sub(other.0) as i32) < 0
    }
    /// `self <= other`, within half the circle.
    pub const fn at_or_before(self, other: Seq) -> bool {
        !other.before(self)
    }
    /// `self > other`, within half the circle.
    pub const fn after(self, other: Seq) -> bool {
        other.before(self)
    }
    /// `self >= other`, within half the circle.
    pub const fn at_or_after(self, other: Seq) -> bool {
        !self.before(other)
    }
    /// The later of the two.
    pub const fn later(self, other: Seq) -> Seq {
        if self.before(other) { other } else { self }
    }
    /// The earlier of the two.
    pub const fn earlier(self, other: Seq) -> Seq {
        if self.before(other) { self } else { other }
    }
    /// How far this is past `earlier`: 0 where it is not past it.
    pub const fn past(self, earlier: Seq) -> u32 {
        if self.before(earlier) { 0 } else { self.0.wrapping_sub(earlier.0) }
    }
}

impl Add<u32> for Seq {
    type Output = Seq;
    fn add(self, n: u32) -> Seq {
        Seq(self.0.wrapping_add(n))
    }
}
impl AddAssign<u32> for Seq {
    fn add_assign(&mut self, n: u32) {
        *self = *self + n;
    }
}
impl Sub<u32> for Seq {
    type Output = Seq;
    fn sub(self, n: u32) -> Seq {
        Seq(self.0.wrapping_sub(n))
    }
}
impl Sub for Seq {
    type Output = u32;
    /// The distance from `earlier` forward to `self`, around the circle.
    fn sub(self, earlier: Seq) -> u32 {
        self.0.wrapping_sub(earlier.0)
    }
}
impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A half-open range `[start, end)` of sequence numbers, shorter than half the circle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SeqRange {
    /// First number in the range.
    pub start: Seq,
    /// First number past the range.
    pub end: Seq,
}

impl SeqRange {
    /// `len` numbers from `start` on.
    pub fn new(start: Seq, len: u32) -> SeqRange {
        SeqRange { start, end: start + len }
    }
    /// How many numbers it holds.
    pub fn len(self) -> u32 {
        self.end - self.start
    }
    /// True where it holds none.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
    /// True where `seq` lies in it.
    pub fn contains(self, seq: Seq) -> bool {
        seq - self.start < self.len()
    }
    /// True where every number of `other` lies in it, and there is one.
    pub fn holds(self, other: SeqRange) -> bool {
        let within = self.start.at_or_before(other.start) && other.end.at_or_before(self.end);
        within && other.start.before(other.end)
    }
    /// The numbers both hold, if any.
    pub fn overlap(self, other: SeqRange) -> Option<SeqRange> {
        let both = SeqRange { start: self.start.later(other.start), end: self.end.earlier(other.end) };
        both.start.before(both.end).then_some(both)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_holds_across_the_wrap() {
        for base in [0, 1, u32::MAX, u32::MAX / 2, 1 << 31] {
            let a = Seq::new(base);
            for step in [1, 2, 1000, (1 << 31) - 1] {
                assert!(a.before(a + step) && (a + step).after(a), "{base} + {step}");
                assert_eq!((a + step).past(a), step);
                assert_eq!(a.past(a + step), 0);
            }
        }
    }

    #[test]
    fn overlap_across_the_wrap() {
        let a = SeqRange::new(Seq::new(u32::MAX - 4), 10);
        let b = SeqRange::new(Seq::new(2), 10);
        assert_eq!(a.overlap(b), Some(SeqRange::new(Seq::new(2), 3)));
        assert_eq!(a.overlap(SeqRange::new(Seq::new(5), 1)), None);
    }
}
