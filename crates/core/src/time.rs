//! Virtual time. Nothing in the engine reads a clock: time is a parameter.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, AddAssign, Div, Mul, Sub};
use std::str::FromStr;

/// A point in time: nanoseconds since the run began.
///
/// Values stay below 2^53 (104 days), so that they survive the way through JavaScript numbers.
///
/// ```
/// use sockscope_core::time::{Span, Time};
/// let sent = Time::ZERO + Span::from_millis(20);
/// assert_eq!(sent - Time::ZERO, Span::from_micros(20_000));
/// assert_eq!(sent.to_string(), "20.000 ms");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(u64);

/// A length of time in nanoseconds. Written `"20ms"`, `"1.5s"`, `"250us"` or `"80ns"` in scenario files.
///
/// ```
/// use sockscope_core::time::Span;
/// assert_eq!("1.5s".parse(), Ok(Span::from_millis(1500)));
/// assert!("1.5".parse::<Span>().is_err(), "a span names its unit");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(u64);

impl Time {
    /// The start of the run.
    pub const ZERO: Time = Time(0);
    /// Later than every event of a run.
    pub const NEVER: Time = Time(u64::MAX);

    /// `ns` nanoseconds after the start of the run.
    pub const fn from_nanos(ns: u64) -> Time {
        Time(ns)
    }
    /// Nanoseconds since the start of the run.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }
    /// How long after `earlier` this is; zero if it is not after it.
    pub const fn since(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// Longer than any other.
    pub const MAX: Span = Span(u64::MAX);

    /// `ns` nanoseconds.
    pub const fn from_nanos(ns: u64) -> Span {
        Span(ns)
    }
    /// `us` microseconds, at most `u64::MAX` nanoseconds.
    pub const fn from_micros(us: u64) -> Span {
        Span(us.saturating_mul(1_000))
    }
    /// `ms` milliseconds, at most `u64::MAX` nanoseconds.
    pub const fn from_millis(ms: u64) -> Span {
        Span(ms.saturating_mul(1_000_000))
    }
    /// `s` seconds, at most `u64::MAX` nanoseconds.
    pub const fn from_secs(s: u64) -> Span {
        Span(s.saturating_mul(1_000_000_000))
    }
    /// Length in nanoseconds.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }
    /// Length in whole milliseconds, rounded down.
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000_000
    }
    /// True for [`Span::ZERO`].
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
    /// The difference, zero where it would be negative.
    pub const fn saturating_sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl Add<Span> for Time {
    type Output = Time;
    fn add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}
impl AddAssign<Span> for Time {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}
impl Sub for Time {
    type Output = Span;
    fn sub(self, earlier: Time) -> Span {
        self.since(earlier)
    }
}
impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}
impl Mul<u64> for Span {
    type Output = Span;
    fn mul(self, times: u64) -> Span {
        Span(self.0.saturating_mul(times))
    }
}
impl Div<u64> for Span {
    type Output = Span;
    fn div(self, parts: u64) -> Span {
        Span(self.0 / parts)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Span(self.0).fmt(f)
    }
}

impl fmt::Display for Span {
    /// Three decimals in the unit a reader would choose: `80 ns`, `250.000 µs`, `20.000 ms`, `1.500 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, name) = match self.0 {
            0..1_000 => return f.pad(&format!("{} ns", self.0)),
            1_000..1_000_000 => (1_000, "µs"),
            1_000_000..1_000_000_000 => (1_000_000, "ms"),
            _ => (1_000_000_000, "s"),
        };
        let thousandths = self.0 % unit * 1_000 / unit;
        f.pad(&format!("{}.{thousandths:03} {name}", self.0 / unit))
    }
}

/// Why a text is not a [`Span`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a length of time: write a number and a unit, such as \"20ms\" (ns, us, ms, s)")]
pub struct ParseSpanError(String);

impl FromStr for Span {
    type Err = ParseSpanError;
    fn from_str(text: &str) -> Result<Span, ParseSpanError> {
        let wrong = || ParseSpanError(text.to_owned());
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let (number, unit) = text.split_at(digits);
        let unit: u64 = match unit.trim_start() {
            "ns" => 1,
            "us" | "µs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            _ => return Err(wrong()),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let whole: u64 = whole.parse().map_err(|_| wrong())?;
        let mut ns = whole.checked_mul(unit).ok_or_else(wrong)?;
        let mut place = unit;
        for digit in fraction.bytes() {
            let digit = char::from(digit).to_digit(10).ok_or_else(wrong)?;
            place /= 10;
            ns = ns.checked_add(u64::from(digit) * place).ok_or_else(wrong)?;
        }
        Ok(Span(ns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_written() {
        for (text, ns) in
            [("0ms", 0), ("20ms", 20_000_000), ("1.25 us", 1_250), ("0.5s", 500_000_000), ("7ns", 7)]
        {
            assert_eq!(text.parse(), Ok(Span(ns)), "{text}");
        }
        for text in ["", "ms", "-1ms", "1.2.3s", "1h", "99999999999s"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
