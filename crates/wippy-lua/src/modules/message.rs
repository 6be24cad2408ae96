//! Message and Payload objects.

use super::{Call, Result};
use crate::errors;
use crate::ffi::{self, Stack};
use crate::transfer;
use std::ffi::c_int;
use wippy_core::{Message, Pid, Values};

pub(super) const MESSAGE: &str = "wippy.message";
pub(super) const PAYLOAD: &str = "wippy.payload";

/// A message; its first user value is the topic, its second the payload (a list when there are several).
#[derive(Clone, Copy)]
struct MessageObject {
    from: Pid,
    values: usize,
}

/// A payload; its user value is the content.
#[derive(Clone, Copy)]
struct PayloadObject;

pub(crate) fn push_message(lua: Stack, message: &Message) {
    lua.push_userdata(MessageObject { from: message.from, values: message.values.len() }, 2, MESSAGE);
    lua.push_bytes(message.topic.as_bytes());
    lua.set_user_value(-2, 1);
    push_raw(lua, &message.values);
    lua.set_user_value(-2, 2);
}

/// No value: nil; one: the value; several: a list.
pub(crate) fn push_raw(lua: Stack, values: &Values) {
    match values.as_slice() {
        [] => lua.push_nil(),
        [one] => transfer::push(lua, one),
        many => {
            lua.new_table(many.len(), 0);
            for (i, value) in many.iter().enumerate() {
                transfer::push(lua, value);
                lua.raw_set_i(-2, i as i64 + 1);
            }
        }
    }
}

/// Pushes the content of a Payload object at `i`; false when it is none.
pub(crate) fn push_payload_content(lua: Stack, i: c_int) -> bool {
    let is = is_payload(lua, i);
    if is {
        lua.user_value(i, 1);
    }
    is
}

pub(crate) fn is_payload(lua: Stack, i: c_int) -> bool {
    lua.userdata::<PayloadObject>(i, PAYLOAD).is_some()
}

/// Makes a Payload of the value on top, which it replaces.
pub(crate) fn wrap(lua: Stack) {
    lua.push_userdata(PayloadObject, 1, PAYLOAD);
    lua.insert(-2);
    lua.set_user_value(-2, 1);
}

fn this(c: Call) -> Result<MessageObject> {
    let object = c.object::<MessageObject>(1, MESSAGE, "message")?;
    #[allow(unsafe_code, reason = "userdata of this class holds a MessageObject")]
    // SAFETY: `object` checked the class; the value is Copy and lies on the stack's first place.
    Ok(unsafe { *object })
}

pub(super) fn topic(c: Call) -> Result {
    this(c)?;
    c.lua.user_value(1, 1);
    c.one()
}

pub(super) fn from(c: Call) -> Result {
    let message = this(c)?;
    match message.from {
        Pid::SYSTEM => c.lua.push_str(""),
        from => c.lua.push_pid(from),
    }
    c.one()
}

pub(super) fn payload(c: Call) -> Result {
    let message = this(c)?;
    c.lua.user_value(1, 2);
    match message.values {
        0 => {}
        1 => wrap(c.lua),
        n => {
            let list = c.lua.top();
            c.lua.new_table(n, 0);
            for i in 1..=n as i64 {
                c.lua.raw_get_i(list, i);
                wrap(c.lua);
                c.lua.raw_set_i(-2, i);
            }
        }
    }
    c.one()
}

pub(super) fn message_text(c: Call) -> Result {
    this(c)?;
    c.lua.user_value(1, 1);
    let text = format!("process.Message{{topic={}}}", errors::plain_text(c.lua, -1));
    c.lua.push_str(&text);
    c.one()
}

fn content(c: Call) -> Result<()> {
    c.object::<PayloadObject>(1, PAYLOAD, "payload")?;
    c.lua.user_value(1, 1);
    Ok(())
}

pub(super) fn data(c: Call) -> Result {
    content(c)?;
    c.one()
}

pub(super) fn format(c: Call) -> Result {
    content(c)?;
    c.lua.push_str(format_of(c.lua));
    c.one()
}

pub(super) fn payload_text(c: Call) -> Result {
    content(c)?;
    let text = format!("payload{{format={}}}", format_of(c.lua));
    c.lua.push_str(&text);
    c.one()
}

fn format_of(lua: Stack) -> &'static str {
    if errors::is_error(lua, -1) { "golang/error" } else { "lua/any" }
}

/// The module `payload`: the names of the formats.
pub(super) fn push_payload_module(lua: Stack) {
    lua.new_table(0, 1);
    lua.new_table(0, 8);
    for (name, format) in [
        ("JSON", "json/plain"),
        ("YAML", "yaml/plain"),
        ("STRING", "text/plain"),
        ("BYTES", "application/octet-stream"),
        ("MSGPACK", "application/msgpack"),
        ("LUA", "lua/any"),
        ("GOLANG", "golang/any"),
        ("ERROR", "golang/error"),
    ] {
        lua.push_str(format);
        lua.set_field(-2, name);
    }
    lua.set_field(-2, "format");
    debug_assert_eq!(lua.kind(-1), ffi::TABLE);
}
