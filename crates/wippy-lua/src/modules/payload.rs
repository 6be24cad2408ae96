//! Payload objects: one value, and the format that it is kept in. And the module `payload`, which makes them.
//!
//! The format changes how the value is kept, not what it is: every format but those of Lua is kept as a string, and
//! whoever asks for the value, or sends the payload, gets the value again.

use super::{Call, Result, json, yaml};
use crate::errors;
use crate::ffi::{self, Stack};
use crate::{convert, transfer};
use std::ffi::c_int;
use wippy_core::pack::Writer;
use wippy_core::{Error, ErrorKind, Tree, Value};

pub(super) const CLASS: &str = "wippy.payload";

/// How the content, the object's user value, is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// A JSON text.
    Json,
    /// A YAML text of what the generic conversion makes of a value.
    Yaml,
    /// A string.
    Text,
    /// A string of bytes.
    Bytes,
    /// MessagePack that any language reads.
    MsgPack,
    /// Any value of Lua, as it is.
    Lua,
    /// What the generic conversion makes of a value, as MessagePack.
    Plain,
    /// An Error object.
    Error,
}

/// Each format, its name in `payload.format` and its text.
const FORMATS: &[(Format, &str, &str)] = &[
    (Format::Json, "JSON", "json/plain"),
    (Format::Yaml, "YAML", "yaml/plain"),
    (Format::Text, "STRING", "text/plain"),
    (Format::Bytes, "BYTES", "application/octet-stream"),
    (Format::MsgPack, "MSGPACK", "application/msgpack"),
    (Format::Lua, "LUA", "lua/any"),
    (Format::Plain, "GOLANG", "golang/any"),
    (Format::Error, "ERROR", "golang/error"),
];

impl Format {
    fn text(self) -> &'static str {
        FORMATS.iter().find(|(format, ..)| *format == self).map_or("", |(.., text)| text)
    }
    fn parse(text: &str) -> Option<Format> {
        FORMATS.iter().find(|(.., t)| *t == text).map(|(format, ..)| *format)
    }
}

/// A payload; its user value is the content.
#[derive(Clone, Copy)]
struct Payload {
    format: Format,
}

/// The names of the formats.
pub(super) fn constants(lua: Stack) {
    lua.new_table(0, FORMATS.len());
    for (_, name, text) in FORMATS {
        lua.push_str(text);
        lua.set_field(-2, name);
    }
    lua.set_field(-2, "format");
}

pub(crate) fn is_payload(lua: Stack, i: c_int) -> bool {
    lua.userdata::<Payload>(i, CLASS).is_some()
}

/// Makes a Payload of the value on top, which it replaces.
pub(super) fn wrap(lua: Stack) {
    let format = if errors::is_error(lua, -1) { Format::Error } else { Format::Lua };
    wrap_as(lua, format);
}

fn wrap_as(lua: Stack, format: Format) {
    lua.push_userdata(Payload { format }, 1, CLASS);
    lua.insert(-2);
    lua.set_user_value(-2, 1);
}

fn format_at(lua: Stack, i: c_int) -> Option<Format> {
    #[allow(unsafe_code, reason = "userdata of this class holds a Payload")]
    // SAFETY: the class was checked, the object lies on the stack, and the value is Copy.
    lua.userdata::<Payload>(i, CLASS).map(|object| unsafe { (*object).format })
}

/// Pushes the value of the Payload at `i`.
///
/// # Errors
/// When there is no Payload, or when its content cannot be read.
pub(crate) fn push_value(lua: Stack, i: c_int) -> std::result::Result<(), Error> {
    let Some(format) = format_at(lua, i) else { return Err(Error::invalid("no payload")) };
    lua.user_value(i, 1);
    let content = lua.to_bytes(-1).unwrap_or_default();
    match format {
        Format::Lua | Format::Error | Format::Text | Format::Bytes => return Ok(()),
        Format::Json => json::push_decoded(lua, content)?,
        Format::Yaml => convert::push(lua, &yaml::tree_of(lua, content)?),
        Format::MsgPack | Format::Plain => transfer::push(lua, &Value::from_packed(content)?),
    }
    lua.remove(-2);
    Ok(())
}

/// Replaces the value on top by the content that a Payload of this format keeps.
fn keep(lua: Stack, format: Format) -> std::result::Result<(), Error> {
    let value = lua.top();
    match format {
        Format::Lua => return Ok(()),
        Format::Error if errors::is_error(lua, value) => return Ok(()),
        Format::Error => errors::push(lua, &as_error(lua, value)?),
        Format::Text | Format::Bytes if lua.kind(value) == ffi::STRING => return Ok(()),
        Format::Text | Format::Bytes => lua.push_str(&as_text(lua, value)?),
        Format::Json => {
            expressible(lua, value)?;
            lua.push_str(&json::encoded(lua, value)?);
        }
        Format::Yaml => lua.push_str(&yaml::text_of(lua, value, &[])?),
        Format::MsgPack => {
            expressible(lua, value)?;
            lua.push_bytes(&transfer::take(lua, value)?.to_plain()?);
        }
        Format::Plain => {
            let mut writer = Writer::new();
            writer.tree(&convert::plain(lua, value)?);
            lua.push_bytes(writer.as_bytes());
        }
    }
    lua.remove(value);
    Ok(())
}

/// Refuses what has no form outside of its process. (Inside of tables each format has rules of its own.)
fn expressible(lua: Stack, i: c_int) -> std::result::Result<(), Error> {
    match lua.kind(i) {
        ffi::FUNCTION | ffi::THREAD | ffi::LIGHT => {}
        ffi::USERDATA if !errors::is_error(lua, i) => {}
        _ => return Ok(()),
    }
    Err(Error::invalid(format!("a {} cannot leave its process", lua.type_name(i))))
}

/// The text of a scalar.
fn as_text(lua: Stack, i: c_int) -> std::result::Result<String, Error> {
    match lua.kind(i) {
        ffi::NIL => Ok(String::new()),
        ffi::NUMBER | ffi::BOOLEAN => Ok(errors::plain_text(lua, i)),
        _ if errors::is_error(lua, i) => Ok(errors::display(lua, i)),
        _ => Err(Error::invalid(format!("a {} has no text", lua.type_name(i)))),
    }
}

/// The Error that a value stands for: a text is its message, a table has its parts.
fn as_error(lua: Stack, i: c_int) -> std::result::Result<Error, Error> {
    match lua.kind(i) {
        ffi::STRING | ffi::NUMBER => Ok(Error::new(ErrorKind::Unknown, errors::plain_text(lua, i))),
        ffi::TABLE => {
            let tree = transfer::take(lua, i)?.to_tree()?;
            let message = tree.get("message").and_then(Tree::as_str);
            let message = message.ok_or_else(|| Error::invalid("a table without a message is no error"))?;
            let kind = tree.get("kind").and_then(Tree::as_str).unwrap_or_default();
            let retryable = match tree.get("retryable") {
                Some(Tree::Bool(retryable)) => Some(*retryable),
                _ => None,
            };
            let details = tree.get("details").filter(|d| matches!(d, Tree::Map(_) | Tree::List(_)));
            let error = Error::new(ErrorKind::parse(kind), message).with_retryable(retryable);
            Ok(error.with_details(details.cloned().unwrap_or_default()))
        }
        _ => Err(Error::invalid(format!("a {} is no error", lua.type_name(i)))),
    }
}

/// A conversion that is not possible.
fn impossible(e: &Error) -> Error {
    Error::new(ErrorKind::Internal, e.message()).with_retryable(Some(false))
}

/// `payload.new(v)`
pub(super) fn new(c: Call) -> Result {
    c.lua.set_top(1);
    if !is_payload(c.lua, 1) {
        wrap(c.lua);
    }
    c.one()
}

fn this(c: Call) -> Result<Format> {
    match format_at(c.lua, 1) {
        Some(format) => Ok(format),
        None => c.expected(1, "payload"),
    }
}

/// `p:data()` and `p:unmarshal()`: the value.
pub(super) fn data(c: Call) -> Result {
    let format = this(c)?;
    match push_value(c.lua, 1) {
        Ok(()) => c.one(),
        Err(e) => c.bad(&impossible(&e.context(&format!("cannot read {}", format.text())))),
    }
}

/// `p:get_format()`
pub(super) fn get_format(c: Call) -> Result {
    let format = this(c)?;
    c.lua.push_str(format.text());
    c.one()
}

/// `p:transcode(format)`
pub(super) fn transcode(c: Call) -> Result {
    let from = this(c)?;
    let wanted = c.text(2)?;
    let Some(to) = Format::parse(&wanted) else {
        return c.bad(&impossible(&Error::invalid(format!("unknown format '{wanted}'"))));
    };
    c.lua.set_top(1);
    if from == to {
        return c.good();
    }
    match push_value(c.lua, 1).and_then(|()| keep(c.lua, to)) {
        Ok(()) => {
            wrap_as(c.lua, to);
            c.good()
        }
        Err(e) => c.bad(&impossible(&e.context(&format!("cannot convert {} to {}", from.text(), to.text())))),
    }
}

pub(super) fn text(c: Call) -> Result {
    let format = this(c)?;
    c.lua.push_str(&format!("payload{{format={}}}", format.text()));
    c.one()
}
