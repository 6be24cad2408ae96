//! Plain data as a tree: what configuration, error details and context values are made of.
//!
//! [`crate::Value`] is the compact form that crosses between processes; `Tree` is the form that Rust code walks.
//! A tree has no shared parts and no cycles.

use crate::error::Error;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Plain data. Maps keep the order of insertion.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Tree {
    /// Nothing.
    #[default]
    Nil,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// UTF-8 text.
    Text(String),
    /// Bytes that are not text.
    Bytes(Vec<u8>),
    /// A sequence.
    List(Vec<Tree>),
    /// Keys and values; any tree may be a key.
    Map(Vec<(Tree, Tree)>),
    /// A structured error as a value.
    Error(Error),
}

impl Tree {
    /// The value under a text key, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Tree> {
        match self {
            Tree::Map(pairs) => pairs.iter().find(|(k, _)| matches!(k, Tree::Text(t) if t == key)).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The value of a text key that a person wrote into a configuration: exactly, else ignoring case.
    pub fn field(&self, key: &str) -> Option<&Tree> {
        self.get(key).or_else(|| {
            let pairs = self.as_map()?;
            pairs.iter().find(|(k, _)| k.as_str().is_some_and(|k| k.eq_ignore_ascii_case(key))).map(|(_, v)| v)
        })
    }

    /// The value at a path of text keys.
    pub fn at(&self, path: &[&str]) -> Option<&Tree> {
        path.iter().try_fold(self, |tree, key| tree.get(key))
    }

    /// Sets a text key of a map; a [`Tree::Nil`] becomes a map first. Other trees stay as they are.
    pub fn set(&mut self, key: &str, value: impl Into<Tree>) {
        if *self == Tree::Nil {
            *self = Tree::Map(Vec::new());
        }
        if let Tree::Map(pairs) = self {
            let value = value.into();
            match pairs.iter_mut().find(|(k, _)| matches!(k, Tree::Text(t) if t == key)) {
                Some((_, old)) => *old = value,
                None => pairs.push((Tree::Text(key.to_owned()), value)),
            }
        }
    }

    /// A map with text keys.
    pub fn map<K: Into<String>, V: Into<Tree>>(pairs: impl IntoIterator<Item = (K, V)>) -> Tree {
        Tree::Map(pairs.into_iter().map(|(k, v)| (Tree::Text(k.into()), v.into())).collect())
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Tree::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Tree::Int(n) => Some(*n),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Tree::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// The elements, if it is a list.
    pub fn as_list(&self) -> Option<&[Tree]> {
        match self {
            Tree::List(items) => Some(items),
            _ => None,
        }
    }

    /// The pairs, if it is a map.
    pub fn as_map(&self) -> Option<&[(Tree, Tree)]> {
        match self {
            Tree::Map(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// What sort of data this is, as an error message would say it.
    pub fn sort(&self) -> &'static str {
        match self {
            Tree::Nil => "nothing",
            Tree::Bool(_) => "a boolean",
            Tree::Int(_) => "an integer",
            Tree::Float(_) => "a float",
            Tree::Text(_) => "a text",
            Tree::Bytes(_) => "bytes",
            Tree::List(_) => "a list",
            Tree::Map(_) => "a map",
            Tree::Error(_) => "an error",
        }
    }
}

macro_rules! tree_from {
    ($($from:ty => $variant:ident;)*) => {
        $(impl From<$from> for Tree { fn from(v: $from) -> Tree { Tree::$variant(v.into()) } })*
    };
}

tree_from! {
    bool => Bool;
    i64 => Int;
    i32 => Int;
    u32 => Int;
    f64 => Float;
    &str => Text;
    String => Text;
    Vec<Tree> => List;
    Error => Error;
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Tree::Nil => s.serialize_unit(),
            Tree::Bool(b) => s.serialize_bool(*b),
            Tree::Int(n) => s.serialize_i64(*n),
            Tree::Float(n) => s.serialize_f64(*n),
            Tree::Text(t) => s.serialize_str(t),
            Tree::Bytes(b) => s.serialize_bytes(b),
            Tree::List(items) => {
                let mut seq = s.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| seq.serialize_element(item))?;
                seq.end()
            }
            Tree::Map(pairs) => {
                let mut map = s.serialize_map(Some(pairs.len()))?;
                pairs.iter().try_for_each(|(k, v)| map.serialize_entry(k, v))?;
                map.end()
            }
            Tree::Error(e) => s.collect_str(e),
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Tree, D::Error> {
        d.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("plain data")
    }
    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Nil)
    }
    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Nil)
    }
    fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Tree, D::Error> {
        d.deserialize_any(self)
    }
    fn visit_bool<E>(self, v: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(v))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Tree, E> {
        Ok(Tree::Int(v))
    }
    fn visit_u64<E>(self, v: u64) -> Result<Tree, E> {
        Ok(i64::try_from(v).map_or(Tree::Float(v as f64), Tree::Int))
    }
    fn visit_f64<E>(self, v: f64) -> Result<Tree, E> {
        Ok(Tree::Float(v))
    }
    fn visit_str<E>(self, v: &str) -> Result<Tree, E> {
        Ok(Tree::Text(v.to_owned()))
    }
    fn visit_bytes<E>(self, v: &[u8]) -> Result<Tree, E> {
        Ok(Tree::Bytes(v.to_vec()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Tree::Map(pairs))
    }
}
