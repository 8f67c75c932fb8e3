//! Decodes a JSON value and notes which fields each struct asked for, and which of them it ever got.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;
use std::cell::RefCell;

/// Struct and field, and whether it was ever there with a value.
#[derive(Default)]
pub(crate) struct Fields(RefCell<BTreeMap<(&'static str, &'static str), bool>>);

impl Fields {
    /// What was decoded at all.
    pub(crate) fn structs(&self) -> BTreeSet<&'static str> {
        self.0.borrow().keys().map(|(model, _)| *model).collect()
    }

    /// What was asked for and never there.
    pub(crate) fn unseen(&self) -> Vec<(&'static str, &'static str)> {
        self.0.borrow().iter().filter(|(_, seen)| !**seen).map(|(field, _)| *field).collect()
    }
}

pub(crate) fn decode<T: DeserializeOwned>(value: &Value, fields: &mut Fields) -> Result<(), Error> {
    T::deserialize(Watched { value, fields }).map(drop)
}

#[derive(Clone, Copy)]
struct Watched<'a> {
    value: &'a Value,
    fields: &'a Fields,
}

impl<'a> Watched<'a> {
    fn at(self, value: &'a Value) -> Self {
        Self { value, ..self }
    }
}

impl<'a> IntoDeserializer<'a, Error> for Watched<'a> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Watched<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(*truth),
            Value::Number(number) => match number.as_i64() {
                Some(number) => visitor.visit_i64(number),
                None => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(items) => {
                visitor.visit_seq(SeqDeserializer::new(items.iter().map(|item| self.at(item))))
            }
            Value::Object(members) => visitor.visit_map(MapDeserializer::new(
                members.iter().map(|(name, value)| (name.as_str(), self.at(value))),
            )),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        for field in fields {
            let there = self.value.get(field).is_some_and(|value| !value.is_null());
            *self.fields.0.borrow_mut().entry((name, field)).or_default() |= there;
        }
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}
