//! What serde asks of a deserializer. Each method is small and leaves the work to [`Text`], since serde makes one of each
//! for every type.

use super::error::Error;
use super::text::{Number, Text};
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

impl<'de> Deserializer<'de> for &mut Text<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.peek() {
            Some(b'"') => self.deserialize_str(visitor),
            Some(b'-' | b'0'..=b'9') => self.deserialize_u64(visitor),
            Some(b'{') => self.deserialize_map(visitor),
            Some(b'[') => self.deserialize_seq(visitor),
            Some(b't' | b'f') => self.deserialize_bool(visitor),
            _ => self.deserialize_unit(visitor),
        }
    }
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.peek() != Some(b'n') {
            return Err(self.unexpected(&visitor));
        }
        self.word("null")?;
        visitor.visit_unit()
    }
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.peek() {
            Some(b't') => self.word("true").and_then(|()| visitor.visit_bool(true)),
            Some(b'f') => self.word("false").and_then(|()| visitor.visit_bool(false)),
            _ => Err(self.unexpected(&visitor)),
        }
    }
    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let Some(b'-' | b'0'..=b'9') = self.peek() else { return Err(self.unexpected(&visitor)) };
        match self.number()? {
            Number::Whole(number) => visitor.visit_u64(number),
            Number::Negative(number) => visitor.visit_i64(number),
            Number::Other(number) => visitor.visit_f64(number),
        }
    }
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected(&visitor));
        }
        visitor.visit_str(&self.string()?)
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.peek() != Some(b'n') {
            return visitor.visit_some(self);
        }
        self.word("null")?;
        visitor.visit_none()
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.peek() != Some(b'[') {
            return Err(self.unexpected(&visitor));
        }
        self.open()?;
        let value = visitor.visit_seq(List { text: self, read: 0 }).map_err(|error| error.at(self))?;
        self.close(b']')?;
        Ok(value)
    }
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.peek() != Some(b'{') {
            return Err(self.unexpected(&visitor));
        }
        self.open()?;
        let value = visitor.visit_map(Object { text: self, name: None }).map_err(|error| error.at(self))?;
        self.close(b'}')?;
        Ok(value)
    }
    fn deserialize_enum<V: Visitor<'de>>(self, _: &str, _: &[&str], visitor: V) -> Result<V::Value, Error> {
        match self.peek() {
            Some(b'"' | b'{') => {
                let variant = Variant::of(self)?;
                let has_content = variant.has_content;
                let value = visitor.visit_enum(variant).map_err(|error| error.at(self))?;
                if has_content {
                    self.close(b'}')?;
                }
                Ok(value)
            }
            _ => Err(self.unexpected(&visitor)),
        }
    }
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.skip()?;
        visitor.visit_unit()
    }
    fn deserialize_struct<V: Visitor<'de>>(self, _: &str, _: &[&str], visitor: V) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }
    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }
    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_u64(visitor)
    }
    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_u64(visitor)
    }
    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_u64(visitor)
    }
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }
    forward_to_deserialize_any! { i8 i16 i32 i64 i128 u128 f32 f64 char bytes byte_buf unit_struct }
}

/// The elements of a list.
struct List<'a, 't> {
    text: &'a mut Text<'t>,
    read: usize,
}

impl<'de> SeqAccess<'de> for List<'_, '_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        if !self.text.next(b']', self.read == 0)? {
            return Ok(None);
        }
        let value = seed.deserialize(&mut *self.text);
        let value = value.map_err(|error| error.in_element(self.text, self.read))?;
        self.read += 1;
        Ok(Some(value))
    }
}

/// The fields of an object, and where the name of the one that was read last is.
struct Object<'a, 't> {
    text: &'a mut Text<'t>,
    name: Option<usize>,
}

impl<'de> MapAccess<'de> for Object<'_, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        if !self.text.next(b'}', self.name.is_none())? {
            return Ok(None);
        }
        let name = *self.name.insert(self.text.place());
        let key = seed.deserialize(&mut *self.text);
        key.map(Some).map_err(|error| error.in_field(self.text, name))
    }
    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        self.text.colon()?;
        let value = seed.deserialize(&mut *self.text);
        value.map_err(|error| error.in_field(self.text, self.name.unwrap_or_default()))
    }
}

/// A variant of an enum: its name as a string, or an object with its name and its content.
struct Variant<'a, 't> {
    text: &'a mut Text<'t>,
    has_content: bool,
    /// Where its name is.
    name: usize,
}

impl<'a, 't> Variant<'a, 't> {
    fn of(text: &'a mut Text<'t>) -> Result<Variant<'a, 't>, Error> {
        let has_content = text.peek() == Some(b'{');
        if has_content {
            text.open()?;
            if !text.next(b'}', true)? {
                return Err(text.broken("expected value", "an object"));
            }
        }
        let name = text.place();
        Ok(Variant { text, has_content, name })
    }

    /// Goes to the content.
    fn content(&mut self, expected: &str) -> Result<(), Error> {
        if self.has_content {
            return self.text.colon();
        }
        Err(<Error as de::Error>::invalid_type(Unexpected::UnitVariant, &expected))
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, '_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        Ok((seed.deserialize(&mut *self.text)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, '_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        if !self.has_content {
            return Ok(());
        }
        self.text.colon()?;
        let nothing = <()>::deserialize(&mut *self.text);
        nothing.map_err(|error| error.in_field(self.text, self.name))
    }
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(mut self, seed: T) -> Result<T::Value, Error> {
        self.content("newtype variant")?;
        let value = seed.deserialize(&mut *self.text);
        value.map_err(|error| error.in_field(self.text, self.name))
    }
    fn tuple_variant<V: Visitor<'de>>(mut self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.content("tuple variant")?;
        let value = self.text.deserialize_seq(visitor);
        value.map_err(|error| error.in_field(self.text, self.name))
    }
    fn struct_variant<V: Visitor<'de>>(mut self, _: &[&str], visitor: V) -> Result<V::Value, Error> {
        self.content("struct variant")?;
        let value = self.text.deserialize_map(visitor);
        value.map_err(|error| error.in_field(self.text, self.name))
    }
}
