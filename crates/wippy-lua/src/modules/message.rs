//! Message objects.

use super::payload::wrap;
use super::{Call, Result};
use crate::errors;
use crate::ffi::Stack;
use crate::transfer;
use wippy_core::{Message, Pid, Text, Values};

pub(super) const MESSAGE: &str = "wippy.message";

/// A message. Its first user value is the payload (a list when there are several), its second a topic too long for here.
#[derive(Clone, Copy)]
struct MessageObject {
    from: Pid,
    values: usize,
    /// [`LONG`] for a topic that lies beside it.
    topic_len: u8,
    topic: [u8; Text::INLINE],
}

const LONG: u8 = u8::MAX;

pub(crate) fn push_message(lua: Stack, message: &Message) {
    let mut object =
        MessageObject { from: message.from, values: message.values.len(), topic_len: LONG, topic: [0; Text::INLINE] };
    let topic = message.topic.as_bytes();
    if let Some(place) = object.topic.get_mut(..topic.len()) {
        place.copy_from_slice(topic);
        object.topic_len = topic.len() as u8;
        lua.push_userdata(object, 1, MESSAGE);
    } else {
        lua.push_userdata(object, 2, MESSAGE);
        lua.push_bytes(topic);
        lua.set_user_value(-2, 2);
    }
    push_raw(lua, &message.values);
    lua.set_user_value(-2, 1);
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

/// Pushes the topic.
fn push_topic(c: Call) -> Result<()> {
    let message = this(c)?;
    match message.topic_len {
        LONG => {
            c.lua.user_value(1, 2);
        }
        n => c.lua.push_bytes(&message.topic[..usize::from(n)]),
    }
    Ok(())
}

pub(super) fn topic(c: Call) -> Result {
    push_topic(c)?;
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
    c.lua.user_value(1, 1);
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
    push_topic(c)?;
    let text = format!("process.Message{{topic={}}}", errors::plain_text(c.lua, -1));
    c.lua.push_str(&text);
    c.one()
}
