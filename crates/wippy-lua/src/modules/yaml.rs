//! The module `yaml`: texts to values and back, by the generic conversion. Reading and writing are `wippy-yaml`'s.

use super::{Call, Result};
use crate::convert;
use crate::ffi::{self, Stack};
use std::ffi::c_int;
use wippy_core::{Error, ErrorKind, Tree};
use wippy_yaml::{Limits, Style, parse_within, write};

/// The most that a text, or what a text holds, may take, whatever a process may use.
const BYTES_MAX: usize = 256 << 20;

type Checked<T> = std::result::Result<T, Error>;

fn limit(lua: Stack) -> usize {
    lua.proc().c.limit.clamp(1 << 20, BYTES_MAX)
}

fn settled(e: Error) -> Error {
    e.with_retryable(Some(false))
}

/// The option `field_order`: names of keys.
fn field_order(c: Call) -> Checked<Vec<String>> {
    let lua = c.lua;
    match lua.kind(2) {
        ffi::NIL | ffi::NONE => return Ok(Vec::new()),
        ffi::TABLE => {}
        _ => return Err(Error::invalid(format!("options must be a table, not a {}", lua.type_name(2)))),
    }
    match lua.field(2, "sort_unordered") {
        ffi::NIL | ffi::BOOLEAN => lua.pop(1),
        _ => return Err(Error::invalid(format!("sort_unordered must be a boolean, not a {}", lua.type_name(-1)))),
    }
    match lua.field(2, "field_order") {
        ffi::NIL => return Ok(Vec::new()),
        ffi::TABLE => {}
        _ => return Err(Error::invalid(format!("field_order must be a list of names, not a {}", lua.type_name(-1)))),
    }
    let (list, mut names) = (lua.top(), Vec::new());
    for k in 1..=lua.raw_len(list) {
        lua.raw_get_i(list, k as i64);
        if lua.kind(-1) != ffi::STRING {
            return Err(Error::invalid(format!("field_order must hold names, not a {}", lua.type_name(-1))));
        }
        names.extend(lua.to_text(-1));
        lua.pop(1);
    }
    Ok(names)
}

fn encoded(c: Call) -> Checked<String> {
    if c.lua.kind(1) != ffi::TABLE {
        return Err(Error::invalid(format!("a table is required, got {}", c.lua.type_name(1))));
    }
    let first = field_order(c)?;
    text_of(c.lua, 1, &first)
}

/// The YAML text of the value at `i`, these keys first.
///
/// # Errors
/// INVALID for what cannot be converted or written.
pub(super) fn text_of(lua: Stack, i: c_int, first: &[String]) -> Checked<String> {
    let tree = convert::plain(lua, i)?;
    write(&tree, Style { first, bytes: limit(lua) }).map_err(Error::invalid)
}

/// `yaml.encode(table[, opts])`
pub(super) fn encode(c: Call) -> Result {
    match encoded(c) {
        Ok(text) => c.good_text(&text),
        Err(e) => c.bad(&settled(e)),
    }
}

/// Anything wrong in a text is INTERNAL, as programs expect it.
fn malformed(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Internal, format!("malformed YAML: {what}"))
}

fn decoded(c: Call) -> Checked<Tree> {
    let bytes = c.bytes(1)?;
    if bytes.is_empty() {
        return Err(Error::invalid("a non-empty string is required"));
    }
    tree_of(c.lua, bytes)
}

/// What a YAML text holds.
///
/// # Errors
/// INTERNAL for what is malformed.
pub(super) fn tree_of(lua: Stack, bytes: &[u8]) -> Checked<Tree> {
    let text = std::str::from_utf8(bytes)
        .map_err(|e| malformed(format!("the text is not UTF-8 from byte {} on", e.valid_up_to() + 1)))?;
    let node = parse_within(text, Limits { bytes: limit(lua), exact_integers: true }).map_err(malformed)?;
    Ok(node.map(|node| node.into_tree()).unwrap_or_default())
}

/// `yaml.decode(text)`
pub(super) fn decode(c: Call) -> Result {
    match decoded(c) {
        Ok(tree) => {
            convert::push(c.lua, &tree);
            c.good()
        }
        Err(e) => c.bad(&settled(e)),
    }
}
