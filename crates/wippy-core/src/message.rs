//! User data on its way from one process to another.

use crate::pid::Pid;
use crate::text::Text;
use crate::value::Value;

/// A message: a label, who sent it, and any number of values.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The label that programs route by. Topics that begin with `@` belong to the runtime and never travel as messages.
    pub topic: Text,
    /// The sender; [`Pid::SYSTEM`] when nobody stands behind it.
    pub from: Pid,
    /// The payload.
    pub values: Values,
}

impl Message {
    /// Bytes of memory this message takes outside of itself.
    pub fn bytes_outside(&self) -> usize {
        self.values.as_slice().iter().map(Value::bytes_outside).sum::<usize>()
            + if self.topic.len() > Text::INLINE { self.topic.len() } else { 0 }
    }
}

/// 0 to n values in order; none and one need no allocation of their own.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Values {
    /// No value.
    #[default]
    None,
    /// One value.
    One(Value),
    /// Several values.
    Many(Box<[Value]>),
}

impl Values {
    /// The values as a slice.
    #[inline]
    pub fn as_slice(&self) -> &[Value] {
        match self {
            Values::None => &[],
            Values::One(v) => std::slice::from_ref(v),
            Values::Many(v) => v,
        }
    }
    /// The values as a vector.
    pub fn into_vec(self) -> Vec<Value> {
        match self {
            Values::None => Vec::new(),
            Values::One(v) => vec![v],
            Values::Many(v) => v.into_vec(),
        }
    }
    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }
    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        matches!(self, Values::None)
    }
    /// The first value, or nil.
    #[inline]
    pub fn first(&self) -> Value {
        match self {
            // By far the most, and the cheapest to copy.
            Values::One(Value::Int(n)) => Value::Int(*n),
            Values::One(value) => value.clone(),
            Values::None => Value::Nil,
            Values::Many(values) => values.first().cloned().unwrap_or_default(),
        }
    }
}

impl From<Vec<Value>> for Values {
    #[inline]
    fn from(mut v: Vec<Value>) -> Self {
        match v.len() {
            0 => Values::None,
            1 => Values::One(v.remove(0)),
            _ => Values::Many(v.into_boxed_slice()),
        }
    }
}

impl<T: Into<Value>> From<T> for Values {
    #[inline]
    fn from(v: T) -> Self {
        Values::One(v.into())
    }
}

impl FromIterator<Value> for Values {
    fn from_iter<I: IntoIterator<Item = Value>>(iter: I) -> Self {
        iter.into_iter().collect::<Vec<_>>().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_fits_a_cache_line() {
        assert_eq!(std::mem::size_of::<Values>(), 24);
        assert!(std::mem::size_of::<Message>() <= 56);
    }
}
