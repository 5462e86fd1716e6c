//! From JSON to our types. What does not fit is named by its place.
//!
//! Everything is read in this one way, so the engine in the browser holds the code for each type only once.

use serde::de::value::StrDeserializer;
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, Expected, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value, map};
use std::iter::Enumerate;
use std::marker::PhantomData;
use std::{fmt, slice};

/// Where a value of JSON is not what it should be, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The place, such as `links[0].there.loss`; empty for the value as a whole.
    pub place: String,
    /// What is wrong there, and what would be right.
    pub message: String,
}

/// Takes a text of JSON apart.
///
/// # Errors
/// What is no JSON, with line and column.
pub fn parse(text: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(text)
}

/// Reads a value as a `T`.
///
/// ```
/// use sockscope_core::{json, trace::Node};
/// let error = json::read::<Vec<Node>>(&serde_json::json!([0, 1, "client"])).unwrap_err();
/// assert_eq!(error.to_string(), r#"[2]: invalid type: string "client", expected u16"#);
/// ```
///
/// # Errors
/// The first thing that does not fit.
pub fn read<'de, T: Deserialize<'de>>(value: &'de Value) -> Result<T, Box<Misfit>> {
    T::deserialize(Reader(value))
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.message)
    }
}
impl std::error::Error for Misfit {}
impl de::Error for Box<Misfit> {
    fn custom<T: fmt::Display>(message: T) -> Box<Misfit> {
        Box::new(Misfit { place: String::new(), message: message.to_string() })
    }
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Box<Misfit> {
        let found = if found == Unexpected::Unit { Unexpected::Other("null") } else { found };
        de::Error::custom(format_args!("invalid type: {found}, expected {expected}"))
    }
}

impl Misfit {
    /// The same as part of a larger value: `place` is put in front of its own.
    pub fn within(mut self: Box<Misfit>, place: &str) -> Box<Misfit> {
        let dot = if self.place.is_empty() || self.place.starts_with('[') { "" } else { "." };
        self.place = format!("{place}{dot}{}", self.place);
        self
    }
}

/// What reading for the visitor `V` gives.
type Read<'de, V> = Result<<V as Visitor<'de>>::Value, Box<Misfit>>;

/// A value that is being read.
#[derive(Clone, Copy)]
struct Reader<'de>(&'de Value);

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Box<Misfit>;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Read<'de, V> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(yes) => visitor.visit_bool(*yes),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), ..) => visitor.visit_u64(number),
                (_, Some(number), _) => visitor.visit_i64(number),
                (.., number) => visitor.visit_f64(number.unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_str(text),
            Value::Array(items) => {
                let mut rest = Items(items.iter().enumerate());
                let value = visitor.visit_seq(&mut rest)?;
                match rest.0.len() {
                    0 => Ok(value),
                    _ => Err(de::Error::invalid_length(items.len(), &"fewer elements in array")),
                }
            }
            Value::Object(fields) => visitor.visit_map(Fields::of(fields)),
        }
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Read<'de, V> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Read<'de, V> {
        visitor.visit_newtype_struct(self)
    }
    /// Only from an object. Serde would take a list too, by code as long again.
    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, _: Names, visitor: V) -> Read<'de, V> {
        match self.0 {
            Value::Object(fields) => visitor.visit_map(Fields::of(fields)),
            other => Err(de::Error::invalid_type(unexpected(other), &visitor)),
        }
    }
    /// From the name of a variant, or an object with that name as its only key.
    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, _: Names, visitor: V) -> Read<'de, V> {
        let variant = match self.0 {
            Value::String(name) => Some(Variant { name, content: &Value::Null }),
            Value::Object(fields) if fields.len() == 1 => {
                fields.iter().next().map(|(name, content)| Variant { name, content })
            }
            _ => None,
        };
        let Some(variant) = variant else {
            return Err(de::Error::invalid_type(
                unexpected(self.0),
                &"a text or an object with a single key",
            ));
        };
        visitor.visit_enum(variant)
    }
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Read<'de, V> {
        visitor.visit_unit()
    }
    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier
    }
}

type Names = &'static [&'static str];

fn reader_of(name: &str) -> StrDeserializer<'_, Box<Misfit>> {
    StrDeserializer::new(name)
}

fn unexpected(value: &Value) -> Unexpected<'_> {
    match value {
        Value::Null => Unexpected::Unit,
        Value::Bool(yes) => Unexpected::Bool(*yes),
        Value::Number(_) => Unexpected::Other("number"),
        Value::String(text) => Unexpected::Str(text),
        Value::Array(_) => Unexpected::Seq,
        Value::Object(_) => Unexpected::Map,
    }
}

/// The items of a list.
struct Items<'de>(Enumerate<slice::Iter<'de, Value>>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Box<Misfit>;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Box<Misfit>> {
        let Some((index, item)) = self.0.next() else { return Ok(None) };
        seed.deserialize(Reader(item)).map(Some).map_err(|misfit| misfit.within(&format!("[{index}]")))
    }
    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The fields of an object.
struct Fields<'de> {
    rest: map::Iter<'de>,
    /// The field whose name was read last.
    last: (&'de str, &'de Value),
}

impl<'de> Fields<'de> {
    fn of(object: &'de Map<String, Value>) -> Fields<'de> {
        Fields { rest: object.iter(), last: ("", &Value::Null) }
    }
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Box<Misfit>;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Box<Misfit>> {
        let Some((name, value)) = self.rest.next() else { return Ok(None) };
        self.last = (name, value);
        seed.deserialize(reader_of(name)).map(Some).map_err(|misfit| misfit.within(name))
    }
    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Box<Misfit>> {
        let (name, value) = self.last;
        seed.deserialize(Reader(value)).map_err(|misfit| misfit.within(name))
    }
}

/// A variant of an enum with what it holds.
#[derive(Clone, Copy)]
struct Variant<'de> {
    name: &'de str,
    content: &'de Value,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Box<Misfit>;
    type Variant = Variant<'de>;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Variant<'de>), Box<Misfit>> {
        Ok((seed.deserialize(reader_of(self.name))?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Box<Misfit>;

    fn unit_variant(self) -> Result<(), Box<Misfit>> {
        self.newtype_variant_seed(PhantomData)
    }
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Box<Misfit>> {
        seed.deserialize(Reader(self.content)).map_err(|misfit| misfit.within(self.name))
    }
    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Read<'de, V> {
        Reader(self.content).deserialize_seq(visitor).map_err(|misfit| misfit.within(self.name))
    }
    fn struct_variant<V: Visitor<'de>>(self, names: Names, visitor: V) -> Read<'de, V> {
        Reader(self.content).deserialize_struct("", names, visitor).map_err(|misfit| misfit.within(self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Event, Header};
    use serde_json::json;

    #[test]
    fn what_does_not_fit_is_named_by_its_place() {
        let event = |kind: Value| json!({ "n": 0, "at": 5, "kind": kind });
        for (kind, said) in [
            (
                json!({ "exited": { "task": 1, "code": 300 } }),
                "kind.exited.code: invalid value: integer `300`",
            ),
            (json!({ "exited": { "task": null, "code": 0 } }), "kind.exited.task: invalid type: null"),
            (json!({ "exited": { "task": 1 } }), "kind.exited: missing field `code`"),
            (json!({ "exited": [1, 0] }), "kind.exited: invalid type: sequence"),
            (json!({ "gone": {} }), "kind: unknown variant `gone`"),
            (
                json!({ "gone": {}, "exited": {} }),
                "kind: invalid type: map, expected a text or an object with",
            ),
        ] {
            let error = read::<Event>(&event(kind)).unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
        assert_eq!(read::<Header>(&json!({})).unwrap_err().to_string(), "missing field `format`");
        let error = read::<[u8; 2]>(&json!([1, 2, 3])).unwrap_err().to_string();
        assert_eq!(error, "invalid length 3, expected fewer elements in array");
    }
}
