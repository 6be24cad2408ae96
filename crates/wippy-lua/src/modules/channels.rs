//! The module `channel`, and the methods of channels.

use super::{Call, Out, Result};
use crate::channel::{self, CASE, Case, Channel, NOBODY, Operation};
use crate::ffi;
use std::ffi::c_int;

pub(super) fn new(c: Call) -> Result {
    let capacity = if c.is_absent(1) { 0 } else { c.int(1)?.max(0) };
    channel::push_new(c.lua, capacity, NOBODY);
    c.one()
}

fn this(c: Call) -> Result<*mut Channel> {
    match channel::at(c.lua, 1) {
        Some(ch) => Ok(ch),
        None => c.expected(1, "channel"),
    }
}

/// `ch:send(v)` → true
pub(super) fn send(c: Call) -> Result {
    let ch = this(c)?;
    c.lua.set_top(2);
    if channel::channel(ch).closed {
        return c.raise("send on closed channel");
    }
    c.lua.push_index(2);
    if c.proc().try_send(c.lua, 1, ch) {
        c.lua.push_bool(true);
        return c.one();
    }
    c.may_wait()?;
    c.proc().wait_on(c.lua, &[Operation { channel: ch, sends: true, channel_index: 1, value_index: 2 }], false);
    Ok(Out::Wait)
}

/// `ch:receive()` → value, ok
pub(super) fn receive(c: Call) -> Result {
    let ch = this(c)?;
    c.lua.set_top(1);
    if c.proc().try_receive(c.lua, 1, ch) {
        return Ok(Out::Values(2));
    }
    c.may_wait()?;
    c.proc().wait_on(c.lua, &[Operation { channel: ch, sends: false, channel_index: 1, value_index: 0 }], false);
    Ok(Out::Wait)
}

pub(super) fn close(c: Call) -> Result {
    let ch = this(c)?;
    if !c.proc().close_port(c.lua, ch) {
        c.proc().close_channel(ch);
    }
    c.nothing()
}

pub(super) fn case_receive(c: Call) -> Result {
    this(c)?;
    push_case(c, false)
}

pub(super) fn case_send(c: Call) -> Result {
    this(c)?;
    push_case(c, true)
}

fn push_case(c: Call, sends: bool) -> Result {
    c.lua.set_top(2);
    c.lua.push_userdata(Case { sends }, 2, CASE);
    c.lua.push_index(1);
    c.lua.set_user_value(-2, 1);
    c.lua.push_index(2);
    c.lua.set_user_value(-2, 2);
    c.one()
}

pub(super) fn text(c: Call) -> Result {
    let ch = this(c)?;
    c.lua.push_str(&format!("channel{{capacity={}}}", channel::channel(ch).capacity));
    c.one()
}

/// `channel.select{case, …, default=true}`: ready cases in order, the first wins.
pub(super) fn select(c: Call) -> Result {
    if c.lua.kind(1) != ffi::TABLE {
        return c.expected(1, "table");
    }
    let default = c.lua.to_bool(2) || {
        c.lua.field(1, "default");
        let default = c.lua.to_bool(-1);
        c.lua.pop(1);
        default
    };
    let n = c.lua.raw_len(1);
    if !c.lua.room(2 * n as c_int + 20) {
        return c.raise("too many cases");
    }
    let mut operations = Vec::with_capacity(n);
    for i in 1..=n {
        operations.push(case(c, i)?);
    }
    if has_element_behind(c, n) {
        return no_case(c, n + 1, "nil");
    }
    for op in &operations {
        if op.sends {
            c.lua.push_index(op.value_index);
            if c.proc().try_send(c.lua, op.channel_index, op.channel) {
                c.lua.push_index(op.value_index);
                channel::push_select_result(c.lua, op.channel_index, true);
                return c.one();
            }
            c.lua.pop(1);
        } else if c.proc().try_receive(c.lua, op.channel_index, op.channel) {
            let ok = c.lua.to_bool(-1);
            c.lua.pop(1);
            channel::push_select_result(c.lua, op.channel_index, ok);
            return c.one();
        }
    }
    if default {
        c.lua.new_table(0, 2);
        for field in ["default", "ok"] {
            c.lua.push_bool(true);
            c.lua.set_field(-2, field);
        }
        return c.one();
    }
    if operations.is_empty() {
        return c.raise("select without cases would wait for ever");
    }
    c.may_wait()?;
    c.proc().wait_on(c.lua, &operations, true);
    Ok(Out::Wait)
}

/// Whether there is an element behind the first `n`, which a nil would hide: the program means a case, and would miss it.
fn has_element_behind(c: Call, n: usize) -> bool {
    c.lua.push_nil();
    while c.lua.next(1) {
        c.lua.pop(1);
        if c.lua.to_int(-1).is_some_and(|key| key > n as i64) {
            c.lua.pop(1);
            return true;
        }
    }
    false
}

fn no_case<T>(c: Call, i: usize, type_name: &str) -> Result<T> {
    c.bad_argument(1, &format!("element {i} is no channel case but a {type_name}"))
}

/// Reads case `i` of the table and leaves its channel and value on the stack, where a wait finds them.
fn case(c: Call, i: usize) -> Result<Operation> {
    c.lua.raw_get_i(1, i as i64);
    let Some(case) = c.lua.userdata::<Case>(-1, CASE) else {
        return no_case(c, i, c.lua.type_name(-1));
    };
    #[allow(unsafe_code, reason = "userdata of this class holds a Case")]
    // SAFETY: the class was checked in the line above, the object is on the stack.
    let sends = unsafe { (*case).sends };
    let object = c.lua.top();
    c.lua.user_value(object, 1);
    c.lua.user_value(object, 2);
    c.lua.remove(object);
    let channel_index = c.lua.top() - 1;
    let channel = channel::at(c.lua, channel_index).expect("a case is made from a channel");
    if sends && channel::channel(channel).closed {
        return c.raise("send on closed channel");
    }
    Ok(Operation { channel, sends, channel_index, value_index: channel_index + 1 })
}
