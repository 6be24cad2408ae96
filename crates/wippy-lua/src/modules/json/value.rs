//! JSON as data: what texts are read into and schemas are checked against.

use super::{DEPTH_MAX, size_max};
use crate::errors;
use crate::ffi::{self, Stack};
use std::collections::BTreeMap;
use std::ffi::c_int;

/// A JSON value. Whole numbers are kept apart from others.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Array(Vec<Json>),
    Object(BTreeMap<String, Json>),
    /// An empty table of Lua, which may be either.
    Empty,
}

impl Json {
    /// Equal as schemas see it: 1 and 1.0 are, an empty table is an empty array and an empty object.
    pub(super) fn same(&self, other: &Json) -> bool {
        match (self, other) {
            (Json::Int(a), Json::Float(b)) | (Json::Float(b), Json::Int(a)) => *a as f64 == *b,
            (Json::Empty, other) | (other, Json::Empty) => other.is_empty(),
            (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b)),
            (Json::Object(a), Json::Object(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && a.same(b))
            }
            (a, b) => a == b,
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Json::Empty => true,
            Json::Array(items) => items.is_empty(),
            Json::Object(fields) => fields.is_empty(),
            _ => false,
        }
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Json::Int(n) => Some(*n as f64),
            Json::Float(n) => Some(*n),
            _ => None,
        }
    }

    /// The value at `i` of a stack.
    ///
    /// # Errors
    /// What JSON cannot express, and more than a process may hold: a table counts at each place where it stands.
    pub(super) fn of(lua: Stack, i: c_int) -> Result<Json, String> {
        Json::at_depth(lua, lua.abs(i), 0, &mut size_max(lua))
    }

    /// `left`: how many bytes more there may be, counted roughly.
    fn at_depth(lua: Stack, i: c_int, depth: usize, left: &mut usize) -> Result<Json, String> {
        let size = 16 + lua.to_bytes(i).map_or(0, <[u8]>::len);
        *left = left.checked_sub(size).ok_or("the data is too large")?;
        Ok(match lua.kind(i) {
            ffi::BOOLEAN => Json::Bool(lua.to_bool(i)),
            ffi::NUMBER => match (lua.to_int(i), lua.to_float(i)) {
                (Some(n), _) => Json::Int(n),
                (None, Some(n)) if n.is_finite() => Json::Float(n),
                _ => Json::Null,
            },
            ffi::STRING => Json::Text(lua.to_text(i).unwrap_or_default()),
            ffi::USERDATA if errors::is_error(lua, i) => Json::Text(errors::display(lua, i)),
            ffi::TABLE => return Json::of_table(lua, i, depth, left),
            _ => Json::Null,
        })
    }

    fn of_table(lua: Stack, i: c_int, depth: usize, left: &mut usize) -> Result<Json, String> {
        if depth >= DEPTH_MAX || !lua.room(8) {
            return Err(format!("table is nested deeper than {DEPTH_MAX}"));
        }
        let n = lua.raw_len(i);
        if n > 0 {
            let mut items = Vec::new();
            for k in 1..=n {
                lua.raw_get_i(i, k as i64);
                items.push(Json::at_depth(lua, lua.top(), depth + 1, left)?);
                lua.pop(1);
            }
            lua.push_nil();
            let mut pairs = 0;
            while lua.next(i) {
                lua.pop(1);
                pairs += 1;
                if pairs > n {
                    lua.pop(1);
                    return Err("table mixes list and map".into());
                }
            }
            return if pairs == n { Ok(Json::Array(items)) } else { Err("table is a list with holes".into()) };
        }
        let mut fields = BTreeMap::new();
        lua.push_nil();
        while lua.next(i) {
            if lua.kind(-2) != ffi::STRING {
                lua.pop(2);
                return Err("table has keys that JSON cannot express".into());
            }
            let key = lua.to_text(-2).unwrap_or_default();
            fields.insert(key, Json::at_depth(lua, lua.top(), depth + 1, left)?);
            lua.pop(1);
        }
        Ok(if fields.is_empty() { Json::Empty } else { Json::Object(fields) })
    }

    pub(super) fn push(&self, lua: Stack) {
        lua.room(6);
        match self {
            Json::Null => lua.push_nil(),
            Json::Bool(v) => lua.push_bool(*v),
            Json::Int(n) => lua.push_int(*n),
            Json::Float(n) => lua.push_float(*n),
            Json::Text(v) => lua.push_str(v),
            Json::Array(items) => {
                lua.new_table(items.len(), 0);
                for (k, item) in items.iter().enumerate() {
                    item.push(lua);
                    lua.raw_set_i(-2, k as i64 + 1);
                }
            }
            Json::Object(fields) => {
                // Room for keys, so that an empty object stays one.
                lua.new_table(0, fields.len().max(1));
                for (key, value) in fields {
                    value.push(lua);
                    lua.set_field(-2, key);
                }
            }
            Json::Empty => lua.new_table(0, 0),
        }
    }
}
