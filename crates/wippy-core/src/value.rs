//! What messages, arguments and results are made of.
//!
//! Scalars and short texts live inside the 24 bytes of a [`Value`]; tables are one shared buffer ([`Packed`]), written
//! and read by the virtual machines themselves, so a message costs at most one allocation however large its table is.
//! A value is immutable and belongs to nobody: it may be cloned and sent anywhere.

use crate::error::Error;
use crate::pack::{Reader, Token, Writer};
use crate::text::Text;
use crate::tree::Tree;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// One value. Integers and floats are kept apart.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Nothing.
    #[default]
    Nil,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// A string of bytes, normally UTF-8.
    Text(Text),
    /// A table or an error, in the format of [`crate::pack`].
    Packed(Packed),
}

/// A table or an error in one shared buffer.
#[derive(Debug, Clone, PartialEq)]
pub struct Packed(Arc<[u8]>);

impl Packed {
    /// The bytes, in the format of [`crate::pack`].
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Value {
    /// Takes what a writer holds as one value. Scalars come out unpacked.
    pub fn from_writer(writer: &Writer) -> Value {
        Value::from_packed(writer.as_bytes()).expect("a writer holds a valid value")
    }

    /// Reads bytes in the format of [`crate::pack`], which must hold exactly one value.
    ///
    /// # Errors
    /// INVALID when they do not.
    pub fn from_packed(bytes: &[u8]) -> Result<Value, Error> {
        let mut r = Reader::new(bytes);
        Ok(match r.next()? {
            Token::Nil => Value::Nil,
            Token::Bool(v) => Value::Bool(v),
            Token::Int(v) => Value::Int(v),
            Token::Float(v) => Value::Float(v),
            Token::Bytes(v) => Value::Text(Text::new(v)),
            Token::Reference(_) => return Err(Error::invalid("value is not valid MessagePack")),
            Token::List(_) | Token::Map(_) | Token::Error(_) => Value::Packed(Packed(bytes.into())),
        })
    }

    /// Reads bytes that a stranger wrote: as [`Value::from_packed`], but every part is checked first.
    ///
    /// # Errors
    /// INVALID when they hold anything but one whole value, or nest too deep.
    pub fn from_untrusted(bytes: &[u8]) -> Result<Value, Error> {
        let mut r = Reader::new(bytes);
        let tree = r.tree()?;
        if !r.is_done() {
            return Err(Error::invalid("bytes are left over behind the value"));
        }
        Ok(Value::from(&tree))
    }

    /// The value as plain MessagePack, which any language can read: errors become their maps, references are expanded.
    ///
    /// # Errors
    /// INVALID for a table that contains itself.
    pub fn to_plain(&self) -> Result<Vec<u8>, Error> {
        let tree = plain(self.to_tree()?);
        let mut w = Writer::new();
        w.tree(&tree);
        Ok(w.as_bytes().to_vec())
    }

    /// The value as a tree.
    ///
    /// # Errors
    /// INVALID for a table that contains itself.
    pub fn to_tree(&self) -> Result<Tree, Error> {
        Ok(match self {
            Value::Nil => Tree::Nil,
            Value::Bool(v) => Tree::Bool(*v),
            Value::Int(v) => Tree::Int(*v),
            Value::Float(v) => Tree::Float(*v),
            Value::Text(v) => match v.as_str() {
                Some(text) => Tree::Text(text.to_owned()),
                None => Tree::Bytes(v.as_bytes().to_vec()),
            },
            Value::Packed(p) => Reader::new(&p.0).tree()?,
        })
    }

    /// Makes a value of anything that serde can write.
    ///
    /// # Errors
    /// INVALID when it has no MessagePack form.
    pub fn encode<T: Serialize + ?Sized>(v: &T) -> Result<Value, Error> {
        let bytes = rmp_serde::to_vec_named(v).map_err(|e| Error::invalid(format!("value cannot be packed: {e}")))?;
        Value::from_packed(&bytes)
    }

    /// Reads the value as anything that serde can make.
    ///
    /// # Errors
    /// INVALID when it has another shape.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Error> {
        rmp_serde::from_slice(&self.to_plain()?)
            .map_err(|e| Error::invalid(format!("value has an unexpected shape: {e}")))
    }

    /// The text, if it is one and is UTF-8.
    #[inline]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Text(t) => t.as_str(),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    #[inline]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(n) => Some(*n),
            _ => None,
        }
    }

    /// The error, if it is one.
    pub fn as_error(&self) -> Option<Error> {
        match self {
            Value::Packed(p) => match Reader::new(&p.0).next() {
                Ok(Token::Error(e)) => Some(e),
                _ => None,
            },
            _ => None,
        }
    }

    /// Bytes of memory this value takes outside of itself, for limits on mailboxes.
    pub fn bytes_outside(&self) -> usize {
        match self {
            Value::Text(t) if t.len() > Text::INLINE => t.len(),
            Value::Packed(p) => p.0.len(),
            _ => 0,
        }
    }
}

/// Errors as the maps that strangers understand.
fn plain(tree: Tree) -> Tree {
    match tree {
        Tree::Error(e) => Tree::map([
            ("kind", Tree::from(e.kind().as_str())),
            ("message", Tree::from(e.to_string().as_str())),
            ("retryable", e.retryable().map_or(Tree::Nil, Tree::Bool)),
            ("details", plain(e.details().clone())),
        ]),
        Tree::List(items) => Tree::List(items.into_iter().map(plain).collect()),
        Tree::Map(pairs) => Tree::Map(pairs.into_iter().map(|(k, v)| (plain(k), plain(v))).collect()),
        other => other,
    }
}

impl From<&Tree> for Value {
    fn from(tree: &Tree) -> Value {
        match tree {
            Tree::Nil => Value::Nil,
            Tree::Bool(v) => Value::Bool(*v),
            Tree::Int(v) => Value::Int(*v),
            Tree::Float(v) => Value::Float(*v),
            Tree::Text(v) => Value::Text(v.as_str().into()),
            Tree::Bytes(v) => Value::Text(v.as_slice().into()),
            Tree::List(_) | Tree::Map(_) | Tree::Error(_) => {
                let mut w = Writer::new();
                w.tree(tree);
                Value::Packed(Packed(w.as_bytes().into()))
            }
        }
    }
}

macro_rules! value_from {
    ($($from:ty => |$v:ident| $make:expr;)*) => {
        $(impl From<$from> for Value { fn from($v: $from) -> Value { $make } })*
    };
}

value_from! {
    () => |_v| Value::Nil;
    bool => |v| Value::Bool(v);
    i64 => |v| Value::Int(v);
    i32 => |v| Value::Int(v.into());
    u32 => |v| Value::Int(v.into());
    f64 => |v| Value::Float(v);
    &str => |v| Value::Text(v.into());
    String => |v| Value::Text(v.as_str().into());
    Text => |v| Value::Text(v);
    Tree => |v| Value::from(&v);
    Error => |v| Value::from(&Tree::Error(v));
    crate::pid::Pid => |v| Value::from(v.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_three_words() {
        assert_eq!(std::mem::size_of::<Value>(), 24);
    }

    #[test]
    fn scalars_need_no_buffer_and_tables_one() {
        assert_eq!(Value::encode(&5).unwrap(), Value::Int(5));
        assert_eq!(Value::encode("short").unwrap(), Value::from("short"));
        assert!(matches!(Value::encode(&vec![1, 2]).unwrap(), Value::Packed(_)));
        assert_eq!(Value::encode(&vec![1, 2]).unwrap().decode::<Vec<i64>>().unwrap(), vec![1, 2]);
    }

    #[test]
    fn an_error_keeps_kind_message_retryable_and_details() {
        let e = Error::denied("no").with_details(Tree::map([("who", "u1")]));
        assert_eq!(Value::from(e.clone()).as_error(), Some(e));
    }

    #[test]
    fn left_over_bytes_from_a_stranger_are_refused() {
        assert!(Value::from_untrusted(&[0x01, 0x02]).is_err());
    }
}
