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
    use proptest::prelude::*;

    /// Numbers that do not wrap, around which the circle is laid.
    fn near() -> impl Strategy<Value = i64> {
        prop_oneof![-3..=3i64, -1000..=1000i64, -(1 << 30)..=1i64 << 30]
    }
    fn seq(n: i64) -> Seq {
        Seq::new(n as u32)
    }
    fn range(start: i64, len: i64) -> SeqRange {
        SeqRange { start: seq(start), end: seq(start + len) }
    }
    /// Wherever the circle begins: often just before it wraps.
    fn base() -> impl Strategy<Value = i64> {
        prop_oneof![Just(0), Just(i64::from(u32::MAX)), Just(1 << 31), 0..1i64 << 32]
    }

    proptest! {
        #[test]
        fn within_half_the_circle_they_are_plain_numbers(base in base(), a in near(), b in near()) {
            let (x, y) = (seq(base + a), seq(base + b));
            prop_assert_eq!(x.before(y), a < b);
            prop_assert_eq!(x.at_or_before(y), a <= b);
            prop_assert_eq!(x.after(y), a > b);
            prop_assert_eq!(x.at_or_after(y), a >= b);
            prop_assert_eq!(x.later(y), seq(base + a.max(b)));
            prop_assert_eq!(x.earlier(y), seq(base + a.min(b)));
            prop_assert_eq!(i64::from(x.past(y)), (a - b).max(0));
            prop_assert_eq!(y + (x - y), x, "the distance forward, around the circle");
            prop_assert_eq!(x - (x - y), y);
        }

        #[test]
        fn ranges_are_sets_of_numbers(
            base in base(),
            (a, b) in ((-30..30i64, 0..30i64), (-30..30i64, 0..30i64)),
            at in -40..70i64,
        ) {
            let (one, other) = (range(base + a.0, a.1), range(base + b.0, b.1));
            let within = |(start, len): (i64, i64), n: i64| (start..start + len).contains(&n);
            prop_assert_eq!(one.contains(seq(base + at)), within(a, at));
            prop_assert_eq!((i64::from(one.len()), one.is_empty()), (a.1, a.1 == 0));
            let all = |of: (i64, i64)| of.0..of.0 + of.1;
            prop_assert_eq!(one.holds(other), b.1 > 0 && all(b).all(|n| within(a, n)));
            let both: Vec<i64> = all(a).filter(|n| within(b, *n)).collect();
            let expected = both.first().map(|first| range(base + first, both.len() as i64));
            prop_assert_eq!(one.overlap(other), expected);
        }
    }
}
