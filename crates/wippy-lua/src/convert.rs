//! The generic conversion: Lua values to plain data that outlives the process, such as context values and options.
//!
//! Unlike `transfer` it knows lists and maps only: a table with a positive integer key becomes a list, every other table
//! a map whose keys are text.

use crate::errors;
use crate::ffi::{self, Stack};
use std::ffi::c_int;
use wippy_core::{Error, Tree, Value};

/// How deep tables may be nested.
const DEPTH_MAX: usize = 128;
/// Lists may always have this many holes; longer ones must be filled to an eighth.
const HOLES_MAX: usize = 1 << 16;

/// The value at `i` as plain data.
///
/// # Errors
/// INVALID for functions, coroutines and objects, for a table that holds itself, and for one that is nested too deep.
pub(crate) fn plain(lua: Stack, i: c_int) -> Result<Tree, Error> {
    convert(lua, lua.abs(i), &mut Vec::new())
}

/// The table at `i` as a map with text keys only, in no order.
///
/// # Errors
/// As [`plain`], and INVALID for a key that is no string.
pub(crate) fn fields(lua: Stack, i: c_int) -> Result<Vec<(String, Tree)>, Error> {
    named(lua, i, |lua, key| {
        let what = lua.type_name(key);
        lua.to_text(key).ok_or_else(|| Error::invalid(format!("keys must be strings, not a {what}")))
    })
}

/// The same; other keys become the text that shows them.
///
/// # Errors
/// As [`plain`].
pub(crate) fn shown_fields(lua: Stack, i: c_int) -> Result<Vec<(String, Tree)>, Error> {
    named(lua, i, |lua, key| Ok(errors::plain_text(lua, key)))
}

fn named(
    lua: Stack,
    i: c_int,
    name: impl Fn(Stack, c_int) -> Result<String, Error>,
) -> Result<Vec<(String, Tree)>, Error> {
    let (i, top) = (lua.abs(i), lua.top());
    let mut fields = Vec::new();
    lua.push_nil();
    while lua.next(i) {
        let field = name(lua, top + 1).and_then(|key| match convert(lua, top + 2, &mut vec![lua.address(i)]) {
            Ok(value) => Ok((key, value)),
            Err(e) => Err(e.context(&key)),
        });
        match field {
            Ok(field) => fields.push(field),
            Err(e) => {
                lua.set_top(top);
                return Err(e);
            }
        }
        lua.pop(1);
    }
    Ok(fields)
}

/// Pushes plain data.
pub(crate) fn push(lua: Stack, tree: &Tree) {
    crate::transfer::push(lua, &Value::from(tree));
}

fn convert(lua: Stack, i: c_int, open: &mut Vec<usize>) -> Result<Tree, Error> {
    Ok(match lua.kind(i) {
        ffi::NIL | ffi::NONE => Tree::Nil,
        ffi::BOOLEAN => Tree::Bool(lua.to_bool(i)),
        ffi::NUMBER => match lua.to_int(i) {
            Some(n) => Tree::Int(n),
            None => Tree::Float(lua.to_float(i).expect("it is a number")),
        },
        ffi::STRING => bytes(lua.to_bytes(i).expect("it is a string")),
        ffi::TABLE => {
            let address = lua.address(i);
            if open.contains(&address) {
                return Err(Error::invalid("a table holds itself"));
            }
            if open.len() >= DEPTH_MAX || !lua.room(8) {
                return Err(Error::invalid("table is nested too deep"));
            }
            open.push(address);
            let top = lua.top();
            let converted = table(lua, i, open);
            lua.set_top(top);
            open.pop();
            converted?
        }
        _ if errors::is_error(lua, i) => Tree::Text(errors::display(lua, i)),
        _ => return Err(Error::invalid(format!("a {} cannot be converted", lua.type_name(i)))),
    })
}

fn bytes(text: &[u8]) -> Tree {
    match std::str::from_utf8(text) {
        Ok(text) => Tree::Text(text.to_owned()),
        Err(_) => Tree::Bytes(text.to_vec()),
    }
}

fn table(lua: Stack, i: c_int, open: &mut Vec<usize>) -> Result<Tree, Error> {
    let (mut longest, mut pairs) = (0i64, 0usize);
    lua.push_nil();
    while lua.next(i) {
        pairs += 1;
        longest = longest.max(lua.to_int(-2).unwrap_or(0));
        lua.pop(1);
    }
    if longest > 0 {
        let n = usize::try_from(longest).unwrap_or(usize::MAX);
        if n > HOLES_MAX && n / 8 > pairs {
            return Err(Error::invalid(format!("a list of {pairs} values with the index {longest} is too sparse")));
        }
        let mut items = Vec::with_capacity(n);
        for k in 1..=longest {
            lua.raw_get_i(i, k);
            items.push(convert(lua, lua.top(), open)?);
            lua.pop(1);
        }
        return Ok(Tree::List(items));
    }
    let mut map = Vec::with_capacity(pairs);
    lua.push_nil();
    while lua.next(i) {
        let value = lua.top();
        let key = match lua.kind(value - 1) {
            ffi::STRING => bytes(lua.to_bytes(value - 1).expect("it is a string")),
            ffi::NUMBER | ffi::BOOLEAN => Tree::Text(errors::plain_text(lua, value - 1)),
            _ => return Err(Error::invalid(format!("a {} cannot be a key", lua.type_name(value - 1)))),
        };
        map.push((key, convert(lua, value, open)?));
        lua.pop(1);
    }
    Ok(Tree::Map(map))
}
