//! The module `errors`, and the methods of Error objects.

use super::{Call, Result};
use crate::errors;
use crate::ffi::{self, Stack};
use crate::transfer;
use wippy_core::ErrorKind;

const KINDS: &[(&str, ErrorKind)] = &[
    ("NOT_FOUND", ErrorKind::NotFound),
    ("ALREADY_EXISTS", ErrorKind::AlreadyExists),
    ("INVALID", ErrorKind::Invalid),
    ("PERMISSION_DENIED", ErrorKind::PermissionDenied),
    ("UNAVAILABLE", ErrorKind::Unavailable),
    ("INTERNAL", ErrorKind::Internal),
    ("CANCELED", ErrorKind::Canceled),
    ("CONFLICT", ErrorKind::Conflict),
    ("TIMEOUT", ErrorKind::Timeout),
    ("RATE_LIMITED", ErrorKind::RateLimited),
    ("UNKNOWN", ErrorKind::Unknown),
];

pub(super) fn constants(lua: Stack) {
    for (name, kind) in KINDS {
        lua.push_str(kind.as_str());
        lua.set_field(-2, name);
    }
}

/// Pushes an Error object without traceback and parts; its table of parts lies above it.
fn begin(lua: Stack) {
    lua.push_userdata(0u8, 1, errors::CLASS);
    lua.new_table(0, 6);
    lua.push_traceback(lua, 1);
    lua.set_field(-2, "stack");
}

fn end(c: Call) -> Result {
    c.lua.set_user_value(-2, 1);
    c.one()
}

/// `errors.new("text")`, `errors.new{message=…}` or `errors.new(kind, "text")`
pub(super) fn new(c: Call) -> Result {
    let lua = c.lua;
    if lua.kind(1) == ffi::TABLE {
        return from_table(c);
    }
    let first = c.text(1)?;
    let is_kind = KINDS.iter().any(|(_, k)| k.as_str() == first);
    begin(lua);
    if is_kind && lua.kind(2) == ffi::STRING {
        lua.push_str(&first);
        lua.set_field(-2, "kind");
        lua.push_index(2);
    } else {
        lua.push_str(&first);
    }
    lua.set_field(-2, "message");
    end(c)
}

fn from_table(c: Call) -> Result {
    let lua = c.lua;
    lua.set_top(1);
    let wanted = [
        ("message", ffi::STRING, "string"),
        ("kind", ffi::STRING, "string"),
        ("retryable", ffi::BOOLEAN, "boolean"),
        ("details", ffi::TABLE, "table"),
    ];
    for (name, kind, what) in wanted {
        let found = lua.field(1, name);
        if found != kind && (found != ffi::NIL || name == "message") {
            let got = lua.type_name(-1);
            return c.bad_argument(1, &format!("field '{name}': {what} expected, got {got}"));
        }
        lua.pop(1);
    }
    begin(lua);
    for (name, ..) in wanted {
        if lua.field(1, name) == ffi::TABLE {
            match transfer::take_what_can_leave(lua, -1) {
                Ok(copy) => {
                    lua.pop(1);
                    transfer::push(lua, &copy);
                }
                Err(e) => return c.bad_argument(1, &format!("field '{name}': {e}")),
            }
        }
        lua.set_field(-2, name);
    }
    end(c)
}

/// `errors.wrap(err, context)`
pub(super) fn wrap(c: Call) -> Result {
    let lua = c.lua;
    let context = c.text(2)?;
    if errors::is_error(lua, 1) {
        begin(lua);
        let parts = lua.top();
        for name in ["kind", "retryable", "details"] {
            errors::part(lua, 1, name);
            lua.set_field(parts, name);
        }
        lua.push_str(&errors::display(lua, 1));
        lua.set_field(parts, "message");
        if errors::part(lua, 1, "origin") == ffi::NIL {
            lua.pop(1);
            errors::part(lua, 1, "stack");
        }
        lua.set_field(parts, "origin");
    } else {
        let message = c.text(1)?;
        begin(lua);
        lua.push_str(&message);
        lua.set_field(-2, "message");
    }
    lua.push_str(&context);
    lua.set_field(-2, "context");
    end(c)
}

pub(super) fn is(c: Call) -> Result {
    let kind = c.text(2)?;
    let is = errors::is_error(c.lua, 1) && errors::text(c.lua, 1, "kind").unwrap_or_default() == kind;
    c.lua.push_bool(is);
    c.one()
}

/// `errors.call_stack(err)`: read back from the traceback text.
pub(super) fn call_stack(c: Call) -> Result {
    let lua = c.lua;
    if !errors::is_error(lua, 1) {
        lua.push_nil();
        return c.one();
    }
    let stack = errors::text(lua, 1, "stack").unwrap_or_default();
    lua.new_table(0, 2);
    lua.push_str("main");
    lua.set_field(-2, "thread");
    lua.new_table(8, 0);
    let (mut n, mut level) = (0, 0);
    for line in stack.lines().skip(1) {
        if let Some(skipped) = skipped_levels(line) {
            level += skipped;
        } else if let Some((source, number, name)) = lua_frame(line) {
            lua.new_table(0, 5);
            lua.push_str(source);
            lua.set_field(-2, "source");
            lua.push_int(number);
            lua.set_field(-2, "line");
            lua.push_str(name);
            lua.set_field(-2, "name");
            lua.push_str("Lua");
            lua.set_field(-2, "type");
            lua.push_int(level);
            lua.set_field(-2, "level");
            n += 1;
            lua.raw_set_i(-2, n);
            level += 1;
        } else if !line.contains("(...tail calls...)") {
            level += 1;
        }
    }
    if n == 0 {
        lua.push_nil();
        return c.one();
    }
    lua.set_field(-2, "frames");
    c.one()
}

/// Source, line and name of a frame of Lua code in a traceback.
fn lua_frame(line: &str) -> Option<(&str, i64, &str)> {
    let (place, what) = line.trim().split_once(": in ")?;
    let (source, number) = place.rsplit_once(':')?;
    let name = what.split_once('\'').and_then(|(_, rest)| rest.strip_suffix('\'')).unwrap_or(what);
    Some((source, number.parse().ok()?, name))
}

/// How many frames a line of a traceback stands for that leaves some out: one more than it says, as Lua writes it.
fn skipped_levels(line: &str) -> Option<i64> {
    let told: i64 = line.split_once("(skipping ")?.1.split_once(" levels")?.0.parse().ok()?;
    Some(told + 1)
}

fn this(c: Call) -> Result<()> {
    if errors::is_error(c.lua, 1) { Ok(()) } else { c.expected(1, "error") }
}

pub(super) fn kind(c: Call) -> Result {
    this(c)?;
    c.lua.push_str(&errors::text(c.lua, 1, "kind").unwrap_or_default());
    c.one()
}

pub(super) fn message(c: Call) -> Result {
    this(c)?;
    c.lua.push_str(&errors::text(c.lua, 1, "message").unwrap_or_default());
    c.one()
}

pub(super) fn retryable(c: Call) -> Result {
    this(c)?;
    errors::part(c.lua, 1, "retryable");
    c.one()
}

/// A copy, so that nobody changes the error.
pub(super) fn details(c: Call) -> Result {
    this(c)?;
    if errors::part(c.lua, 1, "details") == ffi::TABLE {
        match transfer::take(c.lua, -1) {
            Ok(copy) => transfer::push(c.lua, &copy),
            Err(_) => {
                c.lua.push_nil();
                return c.one();
            }
        }
        c.lua.push_nil();
        if !c.lua.next(c.lua.top() - 1) {
            c.lua.push_nil();
            return c.one();
        }
        c.lua.pop(2);
    }
    c.one()
}

pub(super) fn stack(c: Call) -> Result {
    this(c)?;
    let (text, trace) = (errors::display(c.lua, 1), errors::text(c.lua, 1, "stack").unwrap_or_default());
    let mut stack = format!("{text}\n{trace}");
    if let Some(origin) = errors::text(c.lua, 1, "origin") {
        stack = format!("{stack}\nwhat was wrapped was made here:\n{origin}");
    }
    c.lua.push_str(&stack);
    c.one()
}

pub(super) fn text(c: Call) -> Result {
    this(c)?;
    c.lua.push_str(&errors::display(c.lua, 1));
    c.one()
}

/// `..` with an Error on either side.
pub(super) fn concat(c: Call) -> Result {
    let mut parts = Vec::new();
    for i in 1..=2 {
        match c.lua.kind(i) {
            ffi::STRING => parts.extend_from_slice(c.lua.to_bytes(i).unwrap_or_default()),
            ffi::NUMBER => parts.extend_from_slice(errors::plain_text(c.lua, i).as_bytes()),
            _ if errors::is_error(c.lua, i) => parts.extend_from_slice(errors::display(c.lua, i).as_bytes()),
            _ => return c.raise(&format!("attempt to concatenate a {} value", c.lua.type_name(i))),
        }
    }
    c.lua.push_bytes(&parts);
    c.one()
}
