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

/// The most that the data may take, counted roughly: each value has 64 bytes and its text.
const BYTES_MAX: usize = 128 << 20;

/// The value at `i` as plain data.
///
/// # Errors
/// INVALID for functions, coroutines and objects, for a table that holds itself, for one that is nested too deep, and
/// for more data than a process may hold: a table counts at each place where it stands.
pub(crate) fn plain(lua: Stack, i: c_int) -> Result<Tree, Error> {
    Taker::new(lua).value(lua.abs(i))
}

/// The table at `i` as a map with text keys only, in no order.
///
/// # Errors
/// As [`plain`], and INVALID for a key that is no string.
pub(crate) fn fields(lua: Stack, i: c_int) -> Result<Vec<(String, Tree)>, Error> {
    let i = lua.abs(i);
    let (mut fields, mut taker) = (Vec::new(), Taker::new(lua));
    taker.open.push(lua.address(i));
    lua.push_nil();
    while lua.next(i) {
        if lua.kind(-2) != ffi::STRING {
            let what = lua.type_name(-2);
            lua.pop(2);
            return Err(Error::invalid(format!("keys must be strings, not a {what}")));
        }
        let key = lua.to_text(-2).expect("it is a string");
        let value = taker.value(lua.top());
        lua.pop(1);
        match value {
            Ok(value) => fields.push((key, value)),
            Err(e) => {
                lua.pop(1);
                return Err(e.context(&key));
            }
        }
    }
    Ok(fields)
}

/// Pushes plain data.
pub(crate) fn push(lua: Stack, tree: &Tree) {
    crate::transfer::push(lua, &Value::from(tree));
}

/// One value on its way out.
struct Taker {
    lua: Stack,
    /// The tables around the value.
    open: Vec<usize>,
    /// What may still be taken, in bytes.
    left: usize,
}

impl Taker {
    fn new(lua: Stack) -> Taker {
        Taker { lua, open: Vec::new(), left: lua.proc().c.limit.clamp(1 << 20, BYTES_MAX) }
    }

    fn pay(&mut self, bytes: usize) -> Result<(), Error> {
        self.left = self.left.checked_sub(bytes).ok_or_else(|| Error::invalid("the data is too large"))?;
        Ok(())
    }

    fn bytes(&mut self, i: c_int) -> Result<Tree, Error> {
        let text = self.lua.to_bytes(i).expect("it is a string");
        self.pay(text.len())?;
        Ok(match std::str::from_utf8(text) {
            Ok(text) => Tree::Text(text.to_owned()),
            Err(_) => Tree::Bytes(text.to_vec()),
        })
    }

    fn value(&mut self, i: c_int) -> Result<Tree, Error> {
        let lua = self.lua;
        self.pay(64)?;
        Ok(match lua.kind(i) {
            ffi::NIL | ffi::NONE => Tree::Nil,
            ffi::BOOLEAN => Tree::Bool(lua.to_bool(i)),
            ffi::NUMBER => match lua.to_int(i) {
                Some(n) => Tree::Int(n),
                None => Tree::Float(lua.to_float(i).expect("it is a number")),
            },
            ffi::STRING => self.bytes(i)?,
            ffi::TABLE => {
                let address = lua.address(i);
                if self.open.contains(&address) {
                    return Err(Error::invalid("a table holds itself"));
                }
                if self.open.len() >= DEPTH_MAX || !lua.room(8) {
                    return Err(Error::invalid("table is nested too deep"));
                }
                self.open.push(address);
                let top = lua.top();
                let converted = self.table(i);
                lua.set_top(top);
                self.open.pop();
                converted?
            }
            _ if errors::is_error(lua, i) => Tree::Text(errors::display(lua, i)),
            _ => return Err(Error::invalid(format!("a {} cannot be converted", lua.type_name(i)))),
        })
    }

    fn table(&mut self, i: c_int) -> Result<Tree, Error> {
        let lua = self.lua;
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
                let what = format!("a list of {pairs} values with the index {longest} is too sparse");
                return Err(Error::invalid(what));
            }
            let mut items = Vec::with_capacity(n);
            for k in 1..=longest {
                lua.raw_get_i(i, k);
                items.push(self.value(lua.top())?);
                lua.pop(1);
            }
            return Ok(Tree::List(items));
        }
        let mut map = Vec::with_capacity(pairs);
        lua.push_nil();
        while lua.next(i) {
            let value = lua.top();
            if let Some(key) = self.key(i, value - 1)? {
                map.push((key, self.value(value)?));
            }
            lua.pop(1);
        }
        Ok(Tree::Map(map))
    }

    /// The key at `i` of a table, as text; none when the table has that very text as a key too.
    fn key(&mut self, table: c_int, i: c_int) -> Result<Option<Tree>, Error> {
        let lua = self.lua;
        match lua.kind(i) {
            ffi::STRING => self.bytes(i).map(Some),
            ffi::NUMBER | ffi::BOOLEAN => {
                let text = errors::plain_text(lua, i);
                let taken = lua.field(table, &text) != ffi::NIL;
                lua.pop(1);
                Ok((!taken).then_some(Tree::Text(text)))
            }
            _ => Err(Error::invalid(format!("a {} cannot be a key", lua.type_name(i)))),
        }
    }
}
