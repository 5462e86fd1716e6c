//! How quantities are written in scenario files: `"20ms"`, `"1%"`, `"10mbit"`, `"64kB"`. Exact: no floats.

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sockscope_core::rng::Chance;
use sockscope_core::time::Span;
use std::fmt;
use std::str::FromStr;

/// `number` times `unit`, where that is a whole number that fits. `number` is digits with at most one point.
fn decimal(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut sum = whole.parse::<u64>().ok()?.checked_mul(unit)?;
    let mut place = unit;
    for digit in fraction.bytes().map(|b| u64::from(b - b'0')) {
        if (place < 10 || !place.is_multiple_of(10)) && digit != 0 {
            return None;
        }
        place /= 10;
        sum = sum.checked_add(digit * place)?;
    }
    Some(sum)
}

/// Splits `"1.5 mbit"` into the number and the unit.
fn number_and_unit(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number, unit.trim())
}

/// `value` in the largest of `units` that it is a whole number of.
fn in_largest_unit(value: u64, units: &[(u64, &str)]) -> String {
    let fits = units.iter().find(|(size, _)| value != 0 && value.is_multiple_of(*size));
    let (size, name) = fits.or(units.last()).copied().unwrap_or((1, ""));
    format!("{}{name}", value / size)
}

/// Accepts a string, a whole number or a decimal number, all as text, and parses that.
struct TextOf<T>(&'static str, std::marker::PhantomData<T>);

impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for TextOf<T> {
    type Value = T;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        // The shortest text that means this number is the one that was written, up to 17 digits.
        self.visit_str(&number.to_string())
    }
}

fn read<'de, T, D>(deserializer: D, expecting: &'static str) -> Result<T, D::Error>
where
    T: FromStr<Err: fmt::Display>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_any(TextOf(expecting, std::marker::PhantomData))
}

/// A quantity with a written form: `$name` holds a `$inner`.
macro_rules! written {
    ($(#[$doc:meta])* $name:ident($inner:ty), $expecting:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(
            /// The quantity itself.
            pub $inner,
        );

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                read(deserializer, $expecting)
            }
        }
    };
}

written! {
    /// A length of time: `"20ms"`; at most 13 days, so that every time of a run survives JavaScript.
    Length(Span), "a length of time such as \"20ms\""
}

impl Default for Length {
    fn default() -> Length {
        Length(Span::ZERO)
    }
}

/// Numbers from here on are not exact in JavaScript.
const INEXACT: u64 = 1 << 53;
/// Lengths of time stay below this many nanoseconds, so that a sum of some of them is exact too.
const LONGEST: u64 = INEXACT / 8;

impl FromStr for Length {
    type Err = String;
    fn from_str(text: &str) -> Result<Length, String> {
        let span: Span = text.parse().map_err(|error| format!("{error}"))?;
        if span.as_nanos() < LONGEST {
            return Ok(Length(span));
        }
        Err(format!("\"{text}\" is longer than the 13 days that a run can last"))
    }
}
impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us"), (1, "ns")];
        f.write_str(&in_largest_unit(self.0.as_nanos(), &units))
    }
}

written! {
    /// A probability: `"1%"` or `0.01`, in whole millionths.
    Probability(Chance), "a probability such as \"1%\" or 0.01"
}

impl FromStr for Probability {
    type Err = String;
    fn from_str(text: &str) -> Result<Probability, String> {
        let (number, unit) = number_and_unit(text);
        let scale = match unit {
            "" => u64::from(Chance::ONE),
            "%" => u64::from(Chance::ONE) / 100,
            _ => return Err(format!("\"{text}\" is not a probability: write \"1%\" or 0.01")),
        };
        let millionths = decimal(number, scale).ok_or_else(|| {
            format!("\"{text}\" is not a probability in whole millionths: write \"1%\" or 0.01")
        })?;
        let chance = u32::try_from(millionths).ok().and_then(Chance::from_millionths);
        chance.map(Probability).ok_or_else(|| {
            format!("the probability {text} is above 1: write at most \"100%\" (\"2%\" is 0.02)")
        })
    }
}
impl fmt::Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0.millionths() / 10_000, self.0.millionths() % 10_000);
        if fraction == 0 {
            return write!(f, "{whole}%");
        }
        write!(f, "{whole}.{}%", format!("{fraction:04}").trim_end_matches('0'))
    }
}

written! {
    /// A rate in bits a second: `"10mbit"`; never 0.
    Rate(u64), "a rate such as \"10mbit\""
}

impl FromStr for Rate {
    type Err = String;
    fn from_str(text: &str) -> Result<Rate, String> {
        let wrong = || {
            format!(
                "\"{text}\" is not a rate: write a number above 0 and a unit, such as \"10mbit\" (bit, kbit, mbit, gbit)"
            )
        };
        let (number, unit) = number_and_unit(text);
        let unit = match unit {
            "bit" => 1,
            "kbit" => 1_000,
            "mbit" => 1_000_000,
            "gbit" => 1_000_000_000,
            _ => return Err(wrong()),
        };
        decimal(number, unit).filter(|rate| *rate > 0).map(Rate).ok_or_else(wrong)
    }
}
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(1_000_000_000, "gbit"), (1_000_000, "mbit"), (1_000, "kbit"), (1, "bit")];
        f.write_str(&in_largest_unit(self.0, &units))
    }
}

/// How much a queue holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Room {
    /// So many packets.
    Packets(u32),
    /// So many bytes.
    Bytes(u32),
}

written! {
    /// The size of a queue: `20` or `"20 packets"`, or `"64kB"`; never 0.
    QueueSize(Room), "the size of a queue: a number of packets such as 20, or bytes such as \"64kB\""
}

impl FromStr for QueueSize {
    type Err = String;
    fn from_str(text: &str) -> Result<QueueSize, String> {
        let (number, unit) = number_and_unit(text);
        let (kind, unit): (fn(u32) -> Room, u64) = match unit {
            "" | "packets" => (Room::Packets, 1),
            "B" => (Room::Bytes, 1),
            "kB" => (Room::Bytes, 1_000),
            "MB" => (Room::Bytes, 1_000_000),
            _ => (Room::Bytes, 0),
        };
        let size = decimal(number, unit).and_then(|size| u32::try_from(size).ok());
        size.filter(|size| *size > 0).map(|size| QueueSize(kind(size))).ok_or_else(|| {
            format!("\"{text}\" is not the size of a queue: write packets as in 20, or bytes as in \"64kB\" (B, kB, MB)")
        })
    }
}
impl fmt::Display for QueueSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Room::Packets(packets) => write!(f, "{packets} packets"),
            Room::Bytes(bytes) => {
                f.write_str(&in_largest_unit(bytes.into(), &[(1_000_000, "MB"), (1_000, "kB"), (1, "B")]))
            }
        }
    }
}

/// The seed of a run: a number below 2^53, or any 64-bit number in a string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seed(pub u64);

impl FromStr for Seed {
    type Err = String;
    fn from_str(text: &str) -> Result<Seed, String> {
        let wrong = |_| format!("\"{text}\" is not a seed: write a whole number from 0 to {}", u64::MAX);
        text.parse().map(Seed).map_err(wrong)
    }
}
impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 < INEXACT { serializer.serialize_u64(self.0) } else { serializer.collect_str(self) }
    }
}
impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Seed, D::Error> {
        struct SeedVisitor;
        impl Visitor<'_> for SeedVisitor {
            type Value = Seed;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a seed: a whole number from 0")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Seed, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Seed, E> {
                if number < INEXACT {
                    return Ok(Seed(number));
                }
                Err(E::custom(format!(
                    "the seed {number} is not exact in JavaScript: write it as \"{number}\""
                )))
            }
        }
        deserializer.deserialize_any(SeedVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads JSON and writes it again.
    fn rewritten<T: Serialize + for<'de> Deserialize<'de>>(json: &str) -> Result<String, String> {
        let value: T = serde_json::from_str(json).map_err(|error| error.to_string())?;
        Ok(serde_json::to_string(&value).unwrap())
    }

    #[test]
    fn probabilities_are_exact() {
        for (json, text) in [
            ("0.01", "1%"),
            (r#""1%""#, "1%"),
            ("1", "100%"),
            ("0", "0%"),
            (r#""0.25%""#, "0.25%"),
            ("0.000001", "0.0001%"),
            ("1e-3", "0.1%"),
        ] {
            assert_eq!(rewritten::<Probability>(json), Ok(format!("\"{text}\"")), "{json}");
        }
        for (json, said) in [
            ("1.5", "above 1"),
            (r#""101%""#, "above 1"),
            ("-0.1", "not a probability"),
            ("0.0000001", "whole millionths"),
            ("0.00000001", "whole millionths"),
            (r#""often""#, "not a probability"),
            ("true", "expected a probability"),
        ] {
            let error = rewritten::<Probability>(json).unwrap_err();
            assert!(error.contains(said), "{json}: {error}");
        }
    }

    #[test]
    fn quantities_are_written_as_they_are_read() {
        for json in [r#""20ms""#, r#""1500us""#, r#""0ns""#, r#""3s""#] {
            assert_eq!(rewritten::<Length>(json), Ok(json.to_owned()));
        }
        for json in [r#""10mbit""#, r#""1500kbit""#, r#""9600bit""#] {
            assert_eq!(rewritten::<Rate>(json), Ok(json.to_owned()));
        }
        for json in [r#""20 packets""#, r#""64kB""#, r#""1500B""#] {
            assert_eq!(rewritten::<QueueSize>(json), Ok(json.to_owned()));
        }
        for json in ["7", r#""18446744073709551615""#] {
            assert_eq!(rewritten::<Seed>(json), Ok(json.to_owned()));
        }
        assert_eq!(rewritten::<Rate>(r#""1.5mbit""#), Ok(r#""1500kbit""#.to_owned()));
        assert_eq!(rewritten::<QueueSize>("20"), Ok(r#""20 packets""#.to_owned()));
    }

    #[test]
    fn a_wrong_quantity_is_refused_with_an_example() {
        assert!(rewritten::<Length>("20").unwrap_err().contains("\"20ms\""));
        assert!(rewritten::<Length>(r#""200000000s""#).unwrap_err().contains("13 days"));
        assert!(rewritten::<Rate>(r#""0mbit""#).unwrap_err().contains("\"10mbit\""));
        assert!(rewritten::<QueueSize>("0").unwrap_err().contains("\"64kB\""));
        assert!(rewritten::<Seed>("9007199254740993").unwrap_err().contains("\"9007199254740993\""));
        assert!(rewritten::<Seed>("-1").is_err());
    }
}
