//! The module `funcs`: calling functions, and executors that say what the callee inherits.

use super::{Call, Out, Result, builder, future};
use crate::ffi::{self, Stack};
use crate::tasks::push_result;
use crate::transfer;
use std::ffi::c_int;
use wippy_core::spawn::Inherit;
use wippy_core::{EntryId, Error, Spawn};

pub(super) const CLASS: &str = "wippy.executor";

/// `funcs.call(id, ...)`
pub(super) fn call(c: Call) -> Result {
    let call = request(c, 1, Inherit::default())?;
    run(c, call)
}

/// `funcs.async(id, ...)`
pub(super) fn start(c: Call) -> Result {
    let call = request(c, 1, Inherit::default())?;
    run_async(c, call)
}

/// `funcs.new()`
pub(super) fn new(c: Call) -> Result {
    builder::push_new(c.lua, CLASS);
    c.one()
}

fn run(c: Call, call: std::result::Result<Spawn, Error>) -> Result {
    c.may_wait()?;
    match call {
        Ok(call) => c.answered(c.cx(|cx| cx.call(call)), push_result),
        Err(e) => c.bad(&e),
    }
}

fn run_async(c: Call, call: std::result::Result<Spawn, Error>) -> Result {
    c.may_wait()?;
    // A refusal is told at once, everything later by the future.
    let judged = call.and_then(|call| {
        c.cx(|cx| cx.check("funcs.call", call.entry.as_str(), "not allowed"))??;
        Ok(call)
    });
    match judged.and_then(|call| c.cx(|cx| cx.call(call))) {
        Ok(asked) => future::push(c, asked),
        Err(e) => c.bad(&e),
    }
}

/// Reads id and arguments, the id at `first`.
fn request(c: Call, first: c_int, inherit: Inherit) -> Result<std::result::Result<Spawn, Error>> {
    let id = c.text(first)?;
    let call = EntryId::of_function(&id).and_then(|entry| {
        let args = transfer::take_from(c.lua, first + 1)?;
        Ok(Spawn { entry, args, inherit, ..Spawn::default() })
    });
    Ok(call)
}

fn this(c: Call) -> Result<()> {
    c.object::<builder::Builder>(1, CLASS, "executor").map(drop)
}

fn table(c: Call) -> Result<()> {
    if c.lua.kind(2) == ffi::TABLE { Ok(()) } else { c.expected(2, "table") }
}

fn judged(c: Call, action: &'static str, resource: &str) -> std::result::Result<(), Error> {
    c.cx(|cx| cx.check(action, resource, "not allowed")).and_then(|r| r)
}

fn built(c: Call, done: std::result::Result<(), Error>) -> Result {
    match done {
        Ok(()) => c.one(),
        Err(e) => c.bad(&e),
    }
}

/// `executor:with_context(tbl)`
pub(super) fn with_context(c: Call) -> Result {
    this(c)?;
    table(c)?;
    if let Err(e) = judged(c, "funcs.context", "context") {
        return c.bad(&e);
    }
    builder::push_copy(c.lua, CLASS);
    built(c, builder::add_context(c.lua, 2))
}

/// `executor:with_options(tbl)`: replaces earlier options.
pub(super) fn with_options(c: Call) -> Result {
    this(c)?;
    table(c)?;
    let options = match builder::options_at(c.lua, 2).and_then(|o| builder::may_choose_network(c, &o).map(|()| o)) {
        Ok(options) => options,
        Err(e) => return c.bad(&e),
    };
    builder::push_copy(c.lua, CLASS);
    builder::add_options(c.lua, &options, false);
    c.one()
}

/// `executor:with_actor(actor)`
pub(super) fn with_actor(c: Call) -> Result {
    with_security(c, true)
}

/// `executor:with_scope(scope)`
pub(super) fn with_scope(c: Call) -> Result {
    with_security(c, false)
}

fn with_security(c: Call, is_actor: bool) -> Result {
    this(c)?;
    builder::security_object(c, is_actor)?;
    builder::push_copy(c.lua, CLASS);
    built(c, judged(c, "funcs.security", "security"))
}

fn request_of_executor(c: Call) -> Result<std::result::Result<Spawn, Error>> {
    this(c)?;
    match builder::inherit_of(c.lua, 1) {
        Ok(inherit) => request(c, 2, inherit),
        Err(e) => Ok(Err(e)),
    }
}

/// `executor:call(id, ...)`
pub(super) fn executor_call(c: Call) -> Result {
    let call = request_of_executor(c)?;
    run(c, call)
}

/// `executor:async(id, ...)`
pub(super) fn executor_start(c: Call) -> Result {
    let call = request_of_executor(c)?;
    run_async(c, call)
}

pub(super) fn text(c: Call) -> Result {
    this(c)?;
    c.lua.push_str("funcs.Executor{}");
    Ok(Out::Values(1))
}

/// The module `future` has no functions: futures come from `funcs.async`.
pub(super) fn push_future_module(lua: Stack) {
    lua.new_table(0, 0);
}
