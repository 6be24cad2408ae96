//! What expressions compute with. Values are cheap to copy: lists, maps and text are shared.

use crate::error::Error;
use std::collections::BTreeMap;
use std::sync::Arc;
use wippy_core::Tree;

/// How deep lists and maps may be nested.
pub(crate) const DEPTH_MAX: usize = 128;

/// A value. Integers and floats are equal when they are the same number.
#[derive(Debug, Clone, Default)]
pub enum Value {
    /// Nothing.
    #[default]
    Nil,
    /// A truth value.
    Bool(bool),
    /// A whole number; arithmetic wraps around.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Text(Arc<str>),
    /// Bytes that are not text: they can be passed on and compared.
    Bytes(Arc<[u8]>),
    /// A sequence, from 0.
    List(Arc<List>),
    /// Values under names.
    Map(Arc<Map>),
    /// A moment with its zone.
    Date(Box<jiff::Zoned>),
    /// A difference of moments, in nanoseconds.
    Duration(i64),
    /// A zone.
    Zone(jiff::tz::TimeZone),
}

/// A sequence that knows how deep and how large it is.
#[derive(Debug, Default)]
pub struct List {
    items: Vec<Value>,
    depth: usize,
    size: usize,
}

/// A map that knows how deep and how large it is.
#[derive(Debug, Default)]
pub struct Map {
    entries: BTreeMap<Arc<str>, Value>,
    depth: usize,
    size: usize,
}

/// Depth and size of what holds these values.
fn measure<'v>(values: impl Iterator<Item = &'v Value>) -> Result<(usize, usize), Error> {
    let (mut depth, mut size) = (1, 1usize);
    for value in values {
        depth = depth.max(1 + value.depth());
        size = size.saturating_add(value.size());
    }
    if depth > DEPTH_MAX { Err(Error::new("value is nested too deep")) } else { Ok((depth, size)) }
}

impl List {
    /// The elements.
    pub fn items(&self) -> &[Value] {
        &self.items
    }
}

impl Map {
    /// The entries, in the order of their keys.
    pub fn entries(&self) -> &BTreeMap<Arc<str>, Value> {
        &self.entries
    }
}

impl Value {
    /// Text.
    pub fn text(text: impl Into<Arc<str>>) -> Value {
        Value::Text(text.into())
    }

    /// A list.
    ///
    /// # Errors
    /// It would be nested too deep.
    pub fn list(items: Vec<Value>) -> Result<Value, Error> {
        let (depth, size) = measure(items.iter())?;
        Ok(Value::List(Arc::new(List { items, depth, size })))
    }

    /// A map.
    ///
    /// # Errors
    /// It would be nested too deep.
    pub fn map(entries: BTreeMap<Arc<str>, Value>) -> Result<Value, Error> {
        let (depth, size) = measure(entries.values())?;
        Ok(Value::Map(Arc::new(Map { entries, depth, size })))
    }

    fn depth(&self) -> usize {
        match self {
            Value::List(list) => list.depth,
            Value::Map(map) => map.depth,
            _ => 0,
        }
    }

    /// How much it is when nothing of it is shared: one for each value in it, and more for long text.
    pub(crate) fn size(&self) -> usize {
        match self {
            Value::List(list) => list.size,
            Value::Map(map) => map.size,
            Value::Text(text) => 1 + text.len() / 64,
            Value::Bytes(bytes) => 1 + bytes.len() / 64,
            _ => 1,
        }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(v) => Some(*v),
            _ => None,
        }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(v) => Some(v),
            _ => None,
        }
    }

    pub(crate) fn as_number(&self) -> Option<f64> {
        match self {
            Value::Int(v) => Some(*v as f64),
            Value::Float(v) => Some(*v),
            _ => None,
        }
    }

    /// What sort of value it is, in the language's words.
    pub fn sort(&self) -> &'static str {
        match self {
            Value::Nil => "nil",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Text(_) => "string",
            Value::Bytes(_) => "bytes",
            Value::List(_) => "array",
            Value::Map(_) => "map",
            Value::Date(_) => "time.Time",
            Value::Duration(_) => "time.Duration",
            Value::Zone(_) => "time.Location",
        }
    }

    /// Plain data. Dates become Unix seconds, durations nanoseconds, zones their names.
    pub fn to_tree(&self) -> Tree {
        match self {
            Value::Nil => Tree::Nil,
            Value::Bool(v) => Tree::Bool(*v),
            Value::Int(v) => Tree::Int(*v),
            Value::Float(v) => Tree::Float(*v),
            Value::Text(v) => Tree::Text(v.to_string()),
            Value::Bytes(v) => Tree::Bytes(v.to_vec()),
            Value::List(v) => Tree::List(v.items.iter().map(Value::to_tree).collect()),
            Value::Map(v) => {
                Tree::Map(v.entries.iter().map(|(k, v)| (Tree::Text(k.to_string()), v.to_tree())).collect())
            }
            Value::Date(v) => Tree::Int(v.timestamp().as_second()),
            Value::Duration(v) => Tree::Int(*v),
            Value::Zone(v) => Tree::Text(v.iana_name().unwrap_or("UTC").to_owned()),
        }
    }

    /// The key under which a map keeps what belongs to this value.
    pub(crate) fn key(&self) -> Result<Arc<str>, Error> {
        Ok(match self {
            Value::Text(v) => v.clone(),
            Value::Nil => "".into(),
            Value::Bool(v) => v.to_string().into(),
            Value::Int(v) => v.to_string().into(),
            Value::Float(v) => v.to_string().into(),
            other => return Err(Error::new(format!("a value of type {} cannot be a key", other.sort()))),
        })
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Nil, Value::Nil) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => self.as_number() == other.as_number(),
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::Bytes(a), Value::Bytes(b)) => a == b,
            (Value::Date(a), Value::Date(b)) => a.timestamp() == b.timestamp(),
            (Value::List(a), Value::List(b)) => a.items == b.items,
            (Value::Map(a), Value::Map(b)) => a.entries == b.entries,
            (Value::Duration(a), Value::Duration(b)) => a == b,
            (Value::Zone(a), Value::Zone(b)) => a == b,
            _ => false,
        }
    }
}

impl TryFrom<&Tree> for Value {
    type Error = Error;

    /// Keys of maps become text, errors their messages.
    fn try_from(tree: &Tree) -> Result<Value, Error> {
        Ok(match tree {
            Tree::Nil => Value::Nil,
            Tree::Bool(v) => Value::Bool(*v),
            Tree::Int(v) => Value::Int(*v),
            Tree::Float(v) => Value::Float(*v),
            Tree::Text(v) => Value::text(v.as_str()),
            Tree::Bytes(v) => Value::Bytes(v.as_slice().into()),
            Tree::List(items) => Value::list(items.iter().map(Value::try_from).collect::<Result<_, _>>()?)?,
            Tree::Map(pairs) => {
                let pair = |(k, v): &(Tree, Tree)| Ok((Value::try_from(k)?.key()?, Value::try_from(v)?));
                Value::map(pairs.iter().map(pair).collect::<Result<_, Error>>()?)?
            }
            Tree::Error(e) => Value::text(e.to_string()),
        })
    }
}
