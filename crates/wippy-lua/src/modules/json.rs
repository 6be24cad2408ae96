//! The module `json`: encode, decode, and checks against schemas.

mod read;
mod schema;
mod value;

use super::{Call, Result};
use crate::errors;
use crate::ffi::{self, Stack};
use schema::Schema;
use std::ffi::c_int;
use std::fmt::Write;
use value::Json;
use wippy_core::{Error, ErrorKind};

const DEPTH_MAX: usize = 128;

/// A fault of the program by nature, but programs rely on this kind.
fn fault(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Internal, message).with_retryable(Some(false))
}

/// `json.encode(v)`
pub(super) fn encode(c: Call) -> Result {
    c.lua.set_top(1);
    match encoded(c.lua, 1) {
        Ok(text) => c.good_text(&text),
        Err(e) => c.bad(&e),
    }
}

/// The JSON text of the value at `i`.
///
/// # Errors
/// INTERNAL for tables that JSON cannot express.
pub(super) fn encoded(lua: Stack, i: c_int) -> std::result::Result<String, Error> {
    let mut out = String::new();
    let mut open = Open { tables: Vec::new(), size_max: size_max(lua) };
    write(lua, i, &mut out, &mut open).map(|()| out)
}

/// How large a text, or what is taken from tables, may become: as large as the process, within bounds.
fn size_max(lua: Stack) -> usize {
    lua.proc().c.limit.clamp(1 << 20, 256 << 20)
}

/// What stands around the value that is being written.
struct Open {
    /// The tables, by address.
    tables: Vec<usize>,
    /// How long the text may become. Tables that share parts would write them again and again.
    size_max: usize,
}

fn write(lua: Stack, i: c_int, out: &mut String, open: &mut Open) -> std::result::Result<(), Error> {
    if out.len() > open.size_max {
        return Err(fault(format!("the text becomes longer than {} bytes", open.size_max)));
    }
    match lua.kind(i) {
        ffi::BOOLEAN => out.push_str(if lua.to_bool(i) { "true" } else { "false" }),
        ffi::NUMBER => write_number(lua, i, out),
        ffi::STRING => write_text(&String::from_utf8_lossy(lua.to_bytes(i).expect("it is a string")), out),
        ffi::TABLE => return write_table(lua, i, out, open),
        ffi::USERDATA if errors::is_error(lua, i) => write_text(&errors::display(lua, i), out),
        _ => out.push_str("null"),
    }
    Ok(())
}

fn write_number(lua: Stack, i: c_int, out: &mut String) {
    let _ = match (lua.to_int(i), lua.to_float(i)) {
        (Some(n), _) => write!(out, "{n}"),
        (None, Some(f)) if !f.is_finite() => write!(out, "null"),
        (None, Some(f)) if f.fract() == 0.0 && f.abs() < 1e21 => write!(out, "{f:.0}"),
        (None, Some(f)) => write!(out, "{f:?}"),
        (None, None) => Ok(()),
    };
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for ch in text.chars() {
        let _ = match ch {
            '"' => write!(out, "\\\""),
            '\\' => write!(out, "\\\\"),
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\t' => write!(out, "\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => write!(out, "\\u{:04x}", ch as u32),
            c if (c as u32) < 0x20 => write!(out, "\\u{:04x}", c as u32),
            c => write!(out, "{c}"),
        };
    }
    out.push('"');
}

fn write_table(lua: Stack, i: c_int, out: &mut String, open: &mut Open) -> std::result::Result<(), Error> {
    let i = lua.abs(i);
    if open.tables.contains(&lua.address(i)) {
        return Err(fault("recursively nested table"));
    }
    if open.tables.len() >= DEPTH_MAX || !lua.room(8) {
        return Err(fault(format!("table is nested deeper than {DEPTH_MAX}")));
    }
    open.tables.push(lua.address(i));
    let n = lua.raw_len(i);
    let (mut strings, mut others) = (0, 0);
    lua.push_nil();
    while lua.next(i) {
        match lua.kind(-2) {
            ffi::STRING => strings += 1,
            ffi::NUMBER if lua.to_int(-2).is_some_and(|k| k >= 1 && k as usize <= n) => others += 1,
            _ => {
                lua.pop(2);
                return Err(fault("table has keys that JSON cannot express"));
            }
        }
        lua.pop(1);
    }
    match (strings, others) {
        (0, 0) => out.push_str(if lua.has_had_keys(i) { "{}" } else { "[]" }),
        (0, k) if k == n => {
            out.push('[');
            for k in 1..=n {
                if k > 1 {
                    out.push(',');
                }
                lua.raw_get_i(i, k as i64);
                write(lua, lua.top(), out, open)?;
                lua.pop(1);
            }
            out.push(']');
        }
        (_, 0) => {
            out.push('{');
            let mut first = true;
            lua.push_nil();
            while lua.next(i) {
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                write_text(&lua.to_text(-2).expect("all keys are strings"), out);
                out.push(':');
                write(lua, lua.top(), out, open)?;
                lua.pop(1);
            }
            out.push('}');
        }
        _ => return Err(fault("table mixes list and map, or has holes")),
    }
    open.tables.pop();
    Ok(())
}

/// `json.decode(text)`
pub(super) fn decode(c: Call) -> Result {
    let text = match c.lua.to_bytes(1) {
        Some(b"") | None => return c.bad(&Error::invalid("a non-empty string is required")),
        Some(bytes) => bytes,
    };
    match push_decoded(c.lua, text) {
        Ok(()) => c.good(),
        Err(e) => c.bad(&e),
    }
}

/// Pushes the value of a JSON text.
///
/// # Errors
/// INTERNAL for what is malformed; nothing is pushed then.
pub(super) fn push_decoded(lua: Stack, text: &[u8]) -> std::result::Result<(), Error> {
    let json = read::read(text).map_err(|e| fault(format!("malformed JSON: {e}")))?;
    json.push(lua);
    Ok(())
}

/// `false` and why.
fn refused(c: Call, what: impl Into<String>) -> Result {
    c.lua.room(20);
    c.lua.push_bool(false);
    errors::push(c.lua, &Error::invalid(what).with_retryable(Some(false)));
    Ok(super::Out::Values(2))
}

/// The schema at `i`: a table or a text.
fn schema_at(lua: Stack, i: c_int) -> std::result::Result<Schema, String> {
    let json = match lua.kind(i) {
        ffi::NIL | ffi::NONE => return Err("schema is required".into()),
        ffi::STRING => read::read(lua.to_bytes(i).unwrap_or_default()).map_err(|e| format!("invalid schema: {e}"))?,
        ffi::TABLE => Json::of(lua, i).map_err(|e| format!("invalid schema: {e}"))?,
        _ => return Err(format!("schema must be a table or a JSON string, got {}", lua.type_name(i))),
    };
    Schema::compile(json).map_err(|e| format!("invalid schema: {e}"))
}

fn checked(c: Call, schema: &Schema, value: &Json) -> Result {
    match schema.check(value) {
        Ok(()) => c.good_bool(true),
        Err(e) => refused(c, format!("validation failed: {e}")),
    }
}

/// `json.validate(schema, value)`
pub(super) fn validate(c: Call) -> Result {
    c.lua.set_top(2);
    let schema = match schema_at(c.lua, 1) {
        Ok(schema) => schema,
        Err(e) => return refused(c, e),
    };
    if c.is_absent(2) {
        return refused(c, "data is required");
    }
    match Json::of(c.lua, 2) {
        Ok(value) => checked(c, &schema, &value),
        Err(e) => refused(c, format!("data cannot be checked: {e}")),
    }
}

/// `json.validate_string(schema, text)`
pub(super) fn validate_string(c: Call) -> Result {
    c.lua.set_top(2);
    let schema = match schema_at(c.lua, 1) {
        Ok(schema) => schema,
        Err(e) => return refused(c, e),
    };
    let text = match (c.lua.kind(2), c.lua.to_bytes(2)) {
        (ffi::STRING, Some(text)) => text,
        (ffi::NIL, _) => return refused(c, "data is required"),
        _ => return refused(c, "data must be a JSON string"),
    };
    match read::read(text) {
        Ok(value) => checked(c, &schema, &value),
        Err(e) => refused(c, format!("malformed JSON: {e}")),
    }
}
