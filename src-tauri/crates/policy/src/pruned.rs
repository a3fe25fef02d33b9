//! A deserializer that leaves out chosen entries of what it reads and passes all else on, so that a typed reading can go on
//! behind a mistake with every place as it was.
//!
//! It stands apart because it is serde's plumbing and nothing else: which entries are left out is [`crate::mistakes`]'s.

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use std::{collections::BTreeMap, fmt};

/// What is left out, by the place of keys in their mapping and of items in their list.
#[derive(Debug, Default)]
pub(crate) struct Cut {
    whole: bool,
    below: BTreeMap<usize, Cut>,
}

impl Cut {
    /// Leaves out what stands at a path.
    pub(crate) fn add(&mut self, path: &[usize]) {
        match path {
            [] => self.whole = true,
            [first, rest @ ..] => self.below.entry(*first).or_default().add(rest),
        }
    }

    /// Whether a path, or something above it, is left out.
    pub(crate) fn has(&self, path: &[usize]) -> bool {
        self.whole
            || path.split_first().is_some_and(|(first, rest)| self.below.get(first).is_some_and(|it| it.has(rest)))
    }

    /// Whether anything below a path is left out.
    pub(crate) fn touches(&self, path: &[usize]) -> bool {
        match path.split_first() {
            None => !self.below.is_empty(),
            Some((first, rest)) => self.below.get(first).is_some_and(|it| it.touches(rest)),
        }
    }
}

/// Something of serde's with what is left out below it.
pub(crate) struct Pruned<'a, T> {
    inner: T,
    cut: Option<&'a Cut>,
}

impl<'a, T> Pruned<'a, T> {
    pub(crate) fn new(inner: T, cut: Option<&'a Cut>) -> Self {
        Self { inner, cut }
    }
}

macro_rules! forward {
    ($($method:ident($($name:ident: $type:ty),*);)*) => {
        $(fn $method<V: Visitor<'de>>(self, $($name: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method($($name,)* Pruned::new(visitor, self.cut))
        })*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Pruned<'_, D> {
    type Error = D::Error;
    forward! {
        deserialize_any();
        deserialize_bool();
        deserialize_i8();
        deserialize_i16();
        deserialize_i32();
        deserialize_i64();
        deserialize_i128();
        deserialize_u8();
        deserialize_u16();
        deserialize_u32();
        deserialize_u64();
        deserialize_u128();
        deserialize_f32();
        deserialize_f64();
        deserialize_char();
        deserialize_str();
        deserialize_string();
        deserialize_bytes();
        deserialize_byte_buf();
        deserialize_option();
        deserialize_unit();
        deserialize_unit_struct(name: &'static str);
        deserialize_newtype_struct(name: &'static str);
        deserialize_seq();
        deserialize_tuple(len: usize);
        deserialize_tuple_struct(name: &'static str, len: usize);
        deserialize_map();
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
        deserialize_identifier();
        deserialize_ignored_any();
    }
    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

macro_rules! visit {
    ($($method:ident: $type:ty;)*) => {
        $(fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.inner.$method(value)
        })*
    };
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Pruned<'_, V> {
    type Value = V::Value;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }
    visit! {
        visit_bool: bool;
        visit_i8: i8;
        visit_i16: i16;
        visit_i32: i32;
        visit_i64: i64;
        visit_i128: i128;
        visit_u8: u8;
        visit_u16: u16;
        visit_u32: u32;
        visit_u64: u64;
        visit_u128: u128;
        visit_f32: f32;
        visit_f64: f64;
        visit_char: char;
        visit_str: &str;
        visit_borrowed_str: &'de str;
        visit_string: String;
        visit_bytes: &[u8];
        visit_borrowed_bytes: &'de [u8];
        visit_byte_buf: Vec<u8>;
    }
    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }
    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.inner.visit_some(Pruned::new(deserializer, self.cut))
    }
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.inner.visit_newtype_struct(Pruned::new(deserializer, self.cut))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<V::Value, A::Error> {
        self.inner.visit_seq(Entries { inner: seq, cut: self.cut, at: 0 })
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(Entries { inner: map, cut: self.cut, at: 0 })
    }
    fn visit_enum<A: EnumAccess<'de>>(self, one: A) -> Result<V::Value, A::Error> {
        self.inner.visit_enum(Pruned::new(one, self.cut))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Pruned<'_, S> {
    type Value = S::Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(Pruned::new(deserializer, self.cut))
    }
}

/// A mapping or a list. `at` counts what was taken from it.
struct Entries<'a, A> {
    inner: A,
    cut: Option<&'a Cut>,
    at: usize,
}

impl<'a, A> Entries<'a, A> {
    /// What is left out below the next entry.
    fn next(&self) -> Option<&'a Cut> {
        self.cut.and_then(|cut| cut.below.get(&self.at))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Entries<'_, A> {
    type Error = A::Error;
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        while self.next().is_some_and(|cut| cut.whole) {
            self.at += 1;
            if self.inner.next_element::<IgnoredAny>()?.is_none() {
                return Ok(None);
            }
        }
        let cut = self.next();
        self.at += 1;
        self.inner.next_element_seed(Pruned::new(seed, cut))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<'_, A> {
    type Error = A::Error;
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        while self.next().is_some_and(|cut| cut.whole) {
            self.at += 1;
            if self.inner.next_entry::<IgnoredAny, IgnoredAny>()?.is_none() {
                return Ok(None);
            }
        }
        self.inner.next_key_seed(seed)
    }
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let cut = self.next();
        self.at += 1;
        self.inner.next_value_seed(Pruned::new(seed, cut))
    }
}

/// A word, or a mapping of one entry.
impl<'de, 'a, A: EnumAccess<'de>> EnumAccess<'de> for Pruned<'a, A> {
    type Error = A::Error;
    type Variant = Pruned<'a, A::Variant>;
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), A::Error> {
        let (value, variant) = self.inner.variant_seed(seed)?;
        Ok((value, Pruned::new(variant, self.cut.and_then(|cut| cut.below.get(&0)))))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Pruned<'_, A> {
    type Error = A::Error;
    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.newtype_variant_seed(Pruned::new(seed, self.cut))
    }
    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.inner.tuple_variant(len, Pruned::new(visitor, self.cut))
    }
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner.struct_variant(fields, Pruned::new(visitor, self.cut))
    }
}
