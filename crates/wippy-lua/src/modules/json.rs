//! The module `json`: encode and decode.

use super::{Call, Result};
use crate::errors;
use crate::ffi::{self, Stack};
use serde_json::Value as Json;
use std::ffi::c_int;
use std::fmt::Write;
use wippy_core::{Error, ErrorKind};

const DEPTH_MAX: usize = 128;

/// A fault of the program by nature, but programs rely on this kind.
fn fault(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Internal, message).with_retryable(Some(false))
}

/// `json.encode(v)`
pub(super) fn encode(c: Call) -> Result {
    let mut out = String::new();
    let mut open = Vec::new();
    c.lua.set_top(1);
    if c.lua.top() == 0 {
        c.lua.push_nil();
    }
    match write(c.lua, 1, &mut out, &mut open) {
        Ok(()) => c.good_text(&out),
        Err(e) => c.bad(&e),
    }
}

fn write(lua: Stack, i: c_int, out: &mut String, open: &mut Vec<usize>) -> std::result::Result<(), Error> {
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

fn write_table(lua: Stack, i: c_int, out: &mut String, open: &mut Vec<usize>) -> std::result::Result<(), Error> {
    let i = lua.abs(i);
    if open.contains(&lua.address(i)) {
        return Err(fault("recursively nested table"));
    }
    if open.len() >= DEPTH_MAX || !lua.room(8) {
        return Err(fault(format!("table is nested deeper than {DEPTH_MAX}")));
    }
    open.push(lua.address(i));
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
    open.pop();
    Ok(())
}

/// `json.decode(text)`
pub(super) fn decode(c: Call) -> Result {
    let text = match c.lua.to_bytes(1) {
        Some(b"") | None => return c.bad(&Error::invalid("a non-empty string is required")),
        Some(bytes) => bytes,
    };
    if depth(text) > DEPTH_MAX {
        return c.bad(&fault(format!("JSON is nested deeper than {DEPTH_MAX}")));
    }
    let mut reader = serde_json::Deserializer::from_slice(text);
    // Its depth is known to be bounded.
    reader.disable_recursion_limit();
    let json = <Json as serde::Deserialize>::deserialize(&mut reader).and_then(|json| reader.end().map(|()| json));
    match json {
        Ok(json) => {
            push(c.lua, &json);
            c.good()
        }
        Err(e) => c.bad(&fault(format!("malformed JSON: {e}"))),
    }
}

/// How deep brackets nest, outside of texts.
fn depth(text: &[u8]) -> usize {
    let (mut depth, mut max, mut in_text, mut escaped) = (0usize, 0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                depth += 1;
                max = max.max(depth);
            }
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    max
}

fn push(lua: Stack, json: &Json) {
    lua.room(6);
    match json {
        Json::Null => lua.push_nil(),
        Json::Bool(v) => lua.push_bool(*v),
        Json::Number(n) => match n.as_i64() {
            Some(n) => lua.push_int(n),
            None => match n.as_f64().unwrap_or(f64::NAN) {
                // A whole number too, however it is written.
                0.0 => lua.push_int(0),
                n => lua.push_float(n),
            },
        },
        Json::String(v) => lua.push_str(v),
        Json::Array(items) => {
            lua.new_table(items.len(), 0);
            for (k, item) in items.iter().enumerate() {
                push(lua, item);
                lua.raw_set_i(-2, k as i64 + 1);
            }
        }
        Json::Object(map) => {
            // Room for keys, so that an empty object stays one.
            lua.new_table(0, map.len().max(1));
            for (key, value) in map {
                push(lua, value);
                lua.set_field(-2, key);
            }
        }
    }
}
