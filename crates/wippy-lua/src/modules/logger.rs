//! The module `logger`, itself a logger; `with` and `named` give others.

use super::{Call, Result};
use crate::errors;
use crate::ffi::{self, Stack};
use crate::transfer;
use wippy_core::{Level, Text, Value};

pub(super) const CLASS: &str = "wippy.logger";

/// A logger: user value 1 is its name, 2 a table of its fields.
#[derive(Clone, Copy)]
struct Logger;

/// Pushes the logger without name and fields.
pub(super) fn push_root(lua: Stack) {
    lua.push_userdata(Logger, 2, CLASS);
    lua.push_str("");
    lua.set_user_value(-2, 1);
    lua.new_table(0, 0);
    lua.freeze(-1);
    lua.set_user_value(-2, 2);
}

/// `entryid:line` of the Lua code that called.
pub(super) fn location(lua: Stack) -> String {
    (1..6).find_map(|level| lua.place(level)).map_or(String::new(), |(source, line)| format!("{source}:{line}"))
}

fn this(c: Call) -> Result<()> {
    c.object::<Logger>(1, CLASS, "logger").map(drop)
}

pub(super) fn debug(c: Call) -> Result {
    log(c, Level::Debug)
}

pub(super) fn info(c: Call) -> Result {
    log(c, Level::Info)
}

pub(super) fn warn(c: Call) -> Result {
    log(c, Level::Warn)
}

pub(super) fn error(c: Call) -> Result {
    log(c, Level::Error)
}

/// `logger:info(message[, fields])`
fn log(c: Call, level: Level) -> Result {
    this(c)?;
    let message = c.text(2)?;
    let mut fields = Vec::new();
    c.lua.user_value(1, 2);
    read_fields(c.lua, c.lua.top(), &mut fields);
    match c.lua.kind(3) {
        ffi::TABLE => read_fields(c.lua, 3, &mut fields),
        _ if c.is_absent(3) || c.lua.top() < 4 => {}
        _ => return c.expected(3, "table"),
    }
    if !fields.iter().any(|(name, _)| *name == "location") {
        fields.push(("location".into(), location(c.lua).into()));
    }
    c.lua.user_value(1, 1);
    let name = c.lua.to_text(-1).unwrap_or_default();
    if let Err(e) = c.cx(|cx| cx.log(level, &name, &message, &fields)) {
        return c.raise(e.message());
    }
    c.nothing()
}

/// Fields with string keys; later ones replace earlier ones of the same name.
fn read_fields(lua: Stack, table: std::ffi::c_int, fields: &mut Vec<(Text, Value)>) {
    lua.push_nil();
    while lua.next(table) {
        if let Some(name) = lua.to_bytes(-2) {
            let value = match errors::get(lua, -1) {
                Some(error) => Value::from(error.to_string()),
                None => transfer::take(lua, -1).unwrap_or_else(|_| errors::plain_text(lua, -1).into()),
            };
            fields.retain(|(n, _)| n.as_bytes() != name);
            fields.push((Text::new(name), value));
        }
        lua.pop(1);
    }
    fields.sort_by(|(a, _), (b, _)| a.cmp(b));
}

/// `logger:with(fields)`
pub(super) fn with(c: Call) -> Result {
    this(c)?;
    if c.lua.kind(2) != ffi::TABLE {
        return c.expected(2, "table");
    }
    push_root(c.lua);
    let object = c.lua.top();
    c.lua.user_value(1, 1);
    c.lua.set_user_value(object, 1);
    c.lua.new_table(0, 4);
    let merged = c.lua.top();
    c.lua.user_value(1, 2);
    for source in [merged + 1, 2] {
        c.lua.push_nil();
        while c.lua.next(source) {
            c.lua.push_index(-2);
            c.lua.insert(-2);
            c.lua.raw_set(merged);
        }
    }
    c.lua.set_top(merged);
    c.lua.set_user_value(object, 2);
    c.one()
}

/// `logger:named(name)`; names join with a dot.
pub(super) fn named(c: Call) -> Result {
    this(c)?;
    let name = c.text(2)?;
    if name.is_empty() {
        return c.bad_argument(2, "name is empty");
    }
    push_root(c.lua);
    let object = c.lua.top();
    c.lua.user_value(1, 1);
    let before = c.lua.to_text(-1).unwrap_or_default();
    c.lua.pop(1);
    c.lua.push_str(&if before.is_empty() { name } else { format!("{before}.{name}") });
    c.lua.set_user_value(object, 1);
    c.lua.user_value(1, 2);
    c.lua.set_user_value(object, 2);
    c.one()
}
