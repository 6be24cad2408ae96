//! Values between a Lua stack and a [`Value`]: copies in, copies out.

use crate::errors;
use crate::ffi::{self, Stack};
use crate::modules::payload;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::ffi::c_int;
use wippy_core::pack::{DEPTH_MAX, Reader, Token, Writer};
use wippy_core::{Error, Text, Value, Values};

thread_local! {
    static WRITER: RefCell<Writer> = RefCell::new(Writer::new());
    /// Tables of plain data are written here by the C half.
    static BYTES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A thread keeps the buffer of a value of up to so many bytes for the next one.
const KEPT_MAX: usize = 1 << 20;

/// The value at `i` as something that may leave the process.
///
/// # Errors
/// INVALID for functions and coroutines, at any depth, and for tables nested too deep.
pub(crate) fn take(lua: Stack, i: c_int) -> Result<Value, Error> {
    let i = lua.abs(i);
    Ok(match lua.kind(i) {
        ffi::BOOLEAN => Value::Bool(lua.to_bool(i)),
        ffi::NUMBER => match lua.to_int(i) {
            Some(n) => Value::Int(n),
            None => Value::Float(lua.to_float(i).expect("it is a number")),
        },
        ffi::STRING => Value::Text(Text::new(lua.to_bytes(i).expect("it is a string"))),
        ffi::TABLE => {
            if let Some(plain) = take_plain(lua, i) {
                return Ok(plain);
            }
            take_table(lua, i, false)?
        }
        ffi::USERDATA => match errors::get(lua, i) {
            Some(error) => error.into(),
            None if payload::is_payload(lua, i) => {
                payload::push_value(lua, i)?;
                let value = take(lua, -1);
                lua.pop(1);
                value?
            }
            None => Value::Nil,
        },
        ffi::FUNCTION | ffi::THREAD => return Err(not_sendable(lua, i)),
        _ => Value::Nil,
    })
}

fn take_table(lua: Stack, i: c_int, lenient: bool) -> Result<Value, Error> {
    // Taken out while it is used: an error inside the table has details, which are taken in turn.
    let (top, mut writer) = (lua.top(), WRITER.take());
    writer.clear();
    let mut taker = Taker { lua, writer: &mut writer, tables: Tables::default(), lenient };
    let value = taker.table(i, 0).map(|()| Value::from_writer(&writer));
    if writer.as_bytes().len() <= KEPT_MAX {
        WRITER.set(writer);
    }
    // A refusal leaves the keys and values that led to it.
    lua.set_top(top);
    value
}

/// As [`take`] for the table at `i`, but what cannot leave the process vanishes from it.
///
/// # Errors
/// INVALID for tables nested too deep.
pub(crate) fn take_what_can_leave(lua: Stack, i: c_int) -> Result<Value, Error> {
    let i = lua.abs(i);
    match take_plain(lua, i) {
        Some(plain) => Ok(plain),
        None => take_table(lua, i, true),
    }
}

/// A table of plain data.
fn take_plain(lua: Stack, i: c_int) -> Option<Value> {
    BYTES.with_borrow_mut(|bytes| lua.pack(i, bytes).then(|| Value::from_packed(bytes).ok()).flatten())
}

fn not_sendable(lua: Stack, i: c_int) -> Error {
    Error::invalid(format!("a {} cannot leave its process", lua.type_name(i)))
}

/// The values from `first` to the top.
///
/// # Errors
/// As [`take`].
pub(crate) fn take_from(lua: Stack, first: c_int) -> Result<Values, Error> {
    match lua.top() - first + 1 {
        n if n <= 0 => Ok(Values::None),
        1 => take(lua, first).map(Values::One),
        _ => (first..=lua.top()).map(|i| take(lua, i)).collect(),
    }
}

struct Taker<'a> {
    lua: Stack,
    writer: &'a mut Writer,
    tables: Tables,
    /// Functions and coroutines vanish instead of being refused.
    lenient: bool,
}

/// Tables that have begun, by address, in order. Few of them need no memory.
#[derive(Default)]
struct Tables {
    few: [usize; 8],
    many: FxHashMap<usize, u32>,
    n: usize,
}

impl Tables {
    /// The number of a table that has begun earlier; else it gets the next one.
    fn begin(&mut self, address: usize) -> Option<u32> {
        if self.n <= self.few.len() {
            if let Some(earlier) = self.few[..self.n].iter().position(|a| *a == address) {
                return Some(earlier as u32);
            }
            if self.n < self.few.len() {
                self.few[self.n] = address;
                self.n += 1;
                return None;
            }
            self.many.extend(self.few.iter().zip(0..).map(|(a, i)| (*a, i)));
        }
        if let Some(earlier) = self.many.get(&address) {
            return Some(*earlier);
        }
        self.many.insert(address, self.n as u32);
        self.n += 1;
        None
    }
}

impl Taker<'_> {
    fn table(&mut self, i: c_int, depth: usize) -> Result<(), Error> {
        if depth >= DEPTH_MAX || !self.lua.room(8) {
            return Err(Error::invalid("table is nested too deep"));
        }
        if let Some(earlier) = self.tables.begin(self.lua.address(i)) {
            self.writer.reference(earlier);
            return Ok(());
        }
        match self.sequence_len(i) {
            Some(n) => {
                self.writer.list(n);
                for k in 1..=n {
                    self.lua.raw_get_i(i, k as i64);
                    self.item(self.lua.top(), depth)?;
                    self.lua.pop(1);
                }
            }
            None => {
                self.lua.push_nil();
                if !self.lua.next(i) {
                    self.writer.empty_map(self.lua.has_had_keys(i));
                    return Ok(());
                }
                self.lua.pop(2);
                let open = self.writer.open_map();
                let mut pairs = 0;
                self.lua.push_nil();
                while self.lua.next(i) {
                    let value = self.lua.top();
                    if self.vanishes(value) || self.vanishes(value - 1) {
                        self.lua.pop(1);
                        continue;
                    }
                    self.item(value - 1, depth)?;
                    self.item(value, depth)?;
                    pairs += 1;
                    self.lua.pop(1);
                }
                self.writer.close_map(open, pairs);
            }
        }
        Ok(())
    }

    /// How long the table is, if its keys are exactly 1..n with n > 0.
    fn sequence_len(&self, i: c_int) -> Option<usize> {
        let n = self.lua.raw_len(i);
        if n == 0 {
            return None;
        }
        let mut pairs = 0;
        self.lua.push_nil();
        while self.lua.next(i) {
            pairs += 1;
            let inside = self.lua.to_int(-2).is_some_and(|k| k >= 1 && k as usize <= n);
            if !inside || pairs > n {
                self.lua.pop(2);
                return None;
            }
            self.lua.pop(1);
        }
        (pairs == n).then_some(n)
    }

    /// Userdata without a form of its own becomes nil, and with it the table field.
    fn vanishes(&self, i: c_int) -> bool {
        match self.lua.kind(i) {
            ffi::USERDATA => !errors::is_error(self.lua, i) && !payload::is_payload(self.lua, i),
            ffi::LIGHT => true,
            ffi::FUNCTION | ffi::THREAD => self.lenient,
            _ => false,
        }
    }

    fn item(&mut self, i: c_int, depth: usize) -> Result<(), Error> {
        let lua = self.lua;
        match lua.kind(i) {
            ffi::BOOLEAN => self.writer.bool(lua.to_bool(i)),
            ffi::NUMBER => match lua.to_int(i) {
                Some(n) => self.writer.int(n),
                None => self.writer.float(lua.to_float(i).expect("it is a number")),
            },
            ffi::STRING => self.writer.bytes(lua.to_bytes(i).expect("it is a string")),
            ffi::TABLE => self.table(i, depth + 1)?,
            ffi::USERDATA => match errors::get(lua, i) {
                Some(error) => self.writer.error(&error),
                None if payload::is_payload(lua, i) => {
                    payload::push_value(lua, i)?;
                    self.item(lua.top(), depth + 1)?;
                    lua.pop(1);
                }
                None => self.writer.nil(),
            },
            ffi::FUNCTION | ffi::THREAD if !self.lenient => return Err(not_sendable(lua, i)),
            _ => self.writer.nil(),
        }
        Ok(())
    }
}

/// Pushes a value.
pub(crate) fn push(lua: Stack, value: &Value) {
    match value {
        Value::Nil => lua.push_nil(),
        Value::Bool(v) => lua.push_bool(*v),
        Value::Int(v) => lua.push_int(*v),
        Value::Float(v) => lua.push_float(*v),
        Value::Text(v) => lua.push_bytes(v.as_bytes()),
        Value::Packed(packed) if lua.unpack(packed.as_bytes()) => {}
        Value::Packed(packed) => {
            let top = lua.top();
            let mut giver = Giver { lua, tables: None };
            match giver.value(&mut Reader::new(packed.as_bytes()), 0) {
                Ok(()) => {}
                Err(Stop::References) => {
                    // Rare: the value has shared parts. Read it again and keep the tables at hand.
                    lua.set_top(top);
                    lua.new_table(0, 0);
                    let mut giver = Giver { lua, tables: Some((lua.top(), 0)) };
                    if giver.value(&mut Reader::new(packed.as_bytes()), 0).is_err() {
                        lua.set_top(top);
                        lua.push_nil();
                    } else {
                        lua.remove(top + 1);
                    }
                }
                Err(Stop::Damaged) => {
                    lua.set_top(top);
                    lua.push_nil();
                }
            }
        }
    }
}

/// Pushes all values; how many there were.
pub(crate) fn push_all(lua: Stack, values: &Values) -> c_int {
    let values = values.as_slice();
    if !lua.room(values.len() as c_int + 8) {
        return 0;
    }
    values.iter().for_each(|v| push(lua, v));
    values.len() as c_int
}

enum Stop {
    References,
    Damaged,
}

impl From<Error> for Stop {
    fn from(_: Error) -> Stop {
        Stop::Damaged
    }
}

struct Giver {
    lua: Stack,
    /// Stack index of a list of the tables made so far, and their number.
    tables: Option<(c_int, i64)>,
}

impl Giver {
    fn begin(&mut self, array: usize, fields: usize) {
        self.lua.new_table(array, fields);
        if let Some((list, n)) = &mut self.tables {
            *n += 1;
            self.lua.push_index(-1);
            self.lua.raw_set_i(*list, *n);
        }
    }

    fn value(&mut self, r: &mut Reader<'_>, depth: usize) -> Result<(), Stop> {
        let lua = self.lua;
        if depth > DEPTH_MAX || !lua.room(6) {
            return Err(Stop::Damaged);
        }
        let long = r.at_long_map();
        match r.next()? {
            Token::Nil => lua.push_nil(),
            Token::Bool(v) => lua.push_bool(v),
            Token::Int(v) => lua.push_int(v),
            Token::Float(v) => lua.push_float(v),
            Token::Bytes(v) => lua.push_bytes(v),
            Token::Error(e) => errors::push(lua, &e),
            Token::List(n) => {
                self.begin(n, 0);
                for k in 1..=n {
                    self.value(r, depth + 1)?;
                    lua.raw_set_i(-2, k as i64);
                }
            }
            Token::Map(n) => {
                self.begin(0, if long { n.max(1) } else { n });
                for _ in 0..n {
                    self.value(r, depth + 1)?;
                    self.value(r, depth + 1)?;
                    let key_is_valid = match lua.kind(-2) {
                        ffi::NIL => false,
                        ffi::NUMBER => !lua.to_float(-2).is_some_and(f64::is_nan),
                        _ => true,
                    };
                    if key_is_valid { lua.raw_set(-3) } else { lua.pop(2) }
                }
            }
            Token::Reference(i) => match self.tables {
                Some((list, n)) if i64::from(i) < n => {
                    lua.raw_get_i(list, i64::from(i) + 1);
                }
                Some(_) => return Err(Stop::Damaged),
                None => return Err(Stop::References),
            },
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
