//! Futures: the answers of calls that run meanwhile.
//!
//! A future is pending when it is made and stays so until its process waits, however fast the callee: its answer comes
//! with the other events.

use super::{Call, Result, payload};
use crate::channel::{self, Channel, NOBODY};
use crate::errors;
use crate::ffi;
use crate::process::Proc;
use crate::tasks::Pending;
use crate::transfer;
use std::ffi::c_int;
use std::time::Duration;
use wippy_core::{Answer, Asked, Error, RawTag, Value};

pub(super) const CLASS: &str = "wippy.future";

/// User value 1 is the channel, 2 the Payload or the Error.
const CHANNEL: c_int = 1;
const RESULT: c_int = 2;

#[derive(Clone, Copy)]
struct Future {
    tag: RawTag,
    state: State,
    canceled: bool,
    /// Keeps it alive while its answer is on its way.
    anchor: c_int,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Pending,
    Succeeded,
    Failed,
}

/// The memory of a future whose class was checked.
#[allow(unsafe_code, reason = "objects live in Lua's memory")]
fn at<'a>(future: *mut Future) -> &'a mut Future {
    // SAFETY: the pointer comes from `Stack::userdata` or `push_userdata` of this type, and the object is kept alive by
    // the stack or the registry for as long as the caller uses it.
    unsafe { &mut *future }
}

/// Pushes a future for a call, and nil.
pub(super) fn push(c: Call, asked: Asked<Value>) -> Result {
    let lua = c.lua;
    let future = Future { tag: RawTag(0), state: State::Pending, canceled: false, anchor: 0 };
    let future = lua.push_userdata(future, 2, CLASS);
    let object = lua.top();
    channel::push_new(lua, 1, NOBODY);
    lua.set_user_value(object, CHANNEL);
    let tag = match asked {
        Asked::Later(tag) => tag.raw(),
        Asked::Done(done) => {
            match done {
                Ok(value) => {
                    transfer::push(lua, &value);
                    payload::wrap(lua);
                }
                Err(e) => errors::push(lua, &e),
            }
            lua.set_user_value(object, RESULT);
            match crate::tasks::timer(Duration::ZERO) {
                Ok(tag) => tag,
                Err(e) => return c.bad(&e),
            }
        }
    };
    lua.push_index(object);
    let anchor = lua.anchor();
    (at(future).tag, at(future).anchor) = (tag, anchor);
    c.proc().tasks.pending.insert(tag, Pending::Future { future: anchor });
    c.good()
}

impl Proc {
    /// The answer of a call has come.
    pub(crate) fn complete_future(&mut self, anchor: c_int, answer: std::result::Result<Answer, Error>) {
        let lua = self.lua();
        lua.push_anchored(anchor);
        let object = lua.top();
        let future = lua.userdata::<Future>(object, CLASS).expect("anchored by its maker");
        if lua.user_value(object, RESULT) == ffi::NIL {
            lua.pop(1);
            match answer {
                Ok(Answer::Value(value)) => {
                    transfer::push(lua, &value);
                    payload::wrap(lua);
                }
                Ok(_) => {
                    lua.push_nil();
                    payload::wrap(lua);
                }
                Err(e) => errors::push(lua, &e),
            }
            lua.push_index(-1);
            lua.set_user_value(object, RESULT);
        }
        at(future).state = if errors::is_error(lua, -1) { State::Failed } else { State::Succeeded };
        lua.user_value(object, CHANNEL);
        lua.insert(-2);
        let ch = channel::at(lua, -2).expect("a future has a channel");
        if !self.try_send(lua, object + 1, ch) {
            lua.pop(1);
        }
        self.close_channel(ch);
        lua.set_top(object - 1);
        lua.release(anchor);
    }

    /// The channel of a future that is on its way.
    pub(crate) fn channel_of_future(&self, anchor: c_int) -> *mut Channel {
        let lua = self.lua();
        lua.push_anchored(anchor);
        lua.user_value(-1, CHANNEL);
        let ch = channel::at(lua, -1).expect("a future has a channel");
        lua.pop(2);
        ch
    }
}

fn this<'a>(c: Call) -> Result<&'a mut Future> {
    c.object::<Future>(1, CLASS, "future").map(at)
}

/// `future:response()`, `future:channel()`
pub(super) fn response(c: Call) -> Result {
    this(c)?;
    c.lua.user_value(1, CHANNEL);
    c.one()
}

/// `future:is_complete()`
pub(super) fn is_complete(c: Call) -> Result {
    let future = this(c)?;
    c.lua.push_bool(future.canceled || future.state != State::Pending);
    c.one()
}

/// `future:is_canceled()`
pub(super) fn is_canceled(c: Call) -> Result {
    let future = this(c)?;
    c.lua.push_bool(future.canceled);
    c.one()
}

/// `future:result()`
pub(super) fn result(c: Call) -> Result {
    let future = this(c)?;
    if future.canceled {
        return c.bad(&Error::canceled("the call was canceled"));
    }
    match future.state {
        State::Pending => c.lua.push_nil(),
        State::Succeeded => {
            c.lua.user_value(1, RESULT);
        }
        State::Failed => {
            c.lua.push_nil();
            c.lua.user_value(1, RESULT);
            return Ok(super::Out::Values(2));
        }
    }
    c.good()
}

/// `future:error()`
pub(super) fn error(c: Call) -> Result {
    let future = this(c)?;
    let failed = future.state == State::Failed && !future.canceled;
    if failed {
        c.lua.user_value(1, RESULT);
    } else {
        c.lua.push_nil();
    }
    c.lua.push_bool(failed);
    Ok(super::Out::Values(2))
}

/// `future:cancel()`: the callee is given up too.
pub(super) fn cancel(c: Call) -> Result {
    let future = this(c)?;
    future.canceled = true;
    if future.state == State::Pending && c.proc().tasks.pending.remove(&future.tag).is_some() {
        let (tag, anchor) = (future.tag, future.anchor);
        let _ = c.cx(|cx| cx.abandon(tag));
        c.lua.user_value(1, CHANNEL);
        let ch = channel::at(c.lua, -1).expect("a future has a channel");
        c.proc().close_channel(ch);
        c.lua.pop(1);
        c.lua.release(anchor);
    }
    c.good_bool(true)
}

pub(super) fn text(c: Call) -> Result {
    let future = this(c)?;
    let state = match (future.canceled, future.state) {
        (true, _) => "canceled",
        (_, State::Pending) => "pending",
        (_, State::Succeeded) => "complete",
        (_, State::Failed) => "failed",
    };
    c.lua.push_str(&format!("future{{{state}}}"));
    c.one()
}
