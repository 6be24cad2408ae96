//! Message objects.

use super::payload::wrap;
use super::{Call, Result};
use crate::errors;
use crate::ffi::Stack;
use crate::transfer;
use wippy_core::{Message, Pid, Values};

pub(super) const MESSAGE: &str = "wippy.message";

/// A message; its first user value is the topic, its second the payload (a list when there are several).
#[derive(Clone, Copy)]
struct MessageObject {
    from: Pid,
    values: usize,
}

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
