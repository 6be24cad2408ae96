//! Spawners: `process.with_context(…)` and `process.with_options(…)`, and what can be said to them.
//!
//! Here refusals and wrong arguments are raised; only what comes of the spawn itself is returned.

use super::{Call, Result, builder};
use crate::errors;
use crate::ffi::{self, Stack};
use crate::process::Proc;
use crate::tasks::{Pending, Waiter, push_result};
use crate::transfer;
use std::ffi::c_int;
use wippy_core::{Answer, Asked, Cx, EntryId, Error, ErrorKind, Pid, Spawn, SpawnWith, Text, Value};

pub(super) const CLASS: &str = "wippy.spawner";

fn or_raise<T>(c: Call, result: std::result::Result<T, Error>) -> Result<T> {
    match result {
        Ok(value) => Ok(value),
        Err(e) => c.raise(e.message()),
    }
}

fn judge(c: Call, action: &'static str, resource: &str, refusal: &'static str) -> Result<()> {
    or_raise(c, c.cx(|cx| cx.check(action, resource, refusal)).and_then(|r| r))
}

fn table(c: Call, i: c_int) -> Result<()> {
    if c.lua.kind(i) == ffi::TABLE { Ok(()) } else { c.expected(i, "table") }
}

fn this(c: Call) -> Result<()> {
    c.object::<builder::Builder>(1, CLASS, "spawner").map(drop)
}

/// `process.with_context(tbl)`
pub(super) fn new_with_context(c: Call) -> Result {
    table(c, 1)?;
    judge(c, "process.context", "context", "not allowed")?;
    builder::push_new(c.lua, CLASS);
    or_raise(c, builder::add_context(c.lua, 1))?;
    c.one()
}

/// `process.with_options(tbl)`
pub(super) fn new_with_options(c: Call) -> Result {
    table(c, 1)?;
    let options = options(c, 1)?;
    builder::push_new(c.lua, CLASS);
    builder::add_options(c.lua, &options, true);
    c.one()
}

fn options(c: Call, i: c_int) -> Result<Vec<(String, wippy_core::Tree)>> {
    judge(c, "process.context", "context", "not allowed")?;
    let options = or_raise(c, builder::options_at(c.lua, i))?;
    or_raise(c, builder::may_choose_network(c, &options))?;
    Ok(options)
}

/// `spawner:with_context(tbl)`
pub(super) fn with_context(c: Call) -> Result {
    this(c)?;
    table(c, 2)?;
    judge(c, "process.context", "context", "not allowed")?;
    builder::push_copy(c.lua, CLASS);
    or_raise(c, builder::add_context(c.lua, 2))?;
    c.one()
}

/// `spawner:with_options(tbl)`
pub(super) fn with_options(c: Call) -> Result {
    this(c)?;
    table(c, 2)?;
    let options = options(c, 2)?;
    builder::push_copy(c.lua, CLASS);
    builder::add_options(c.lua, &options, true);
    c.one()
}

/// `spawner:with_actor(actor)`
pub(super) fn with_actor(c: Call) -> Result {
    with_security(c, true)
}

/// `spawner:with_scope(scope)`
pub(super) fn with_scope(c: Call) -> Result {
    with_security(c, false)
}

fn with_security(c: Call, is_actor: bool) -> Result {
    this(c)?;
    builder::security_object(c, is_actor)?;
    judge(c, "process.security", "security", "not allowed")?;
    builder::push_copy(c.lua, CLASS);
    c.one()
}

/// `spawner:with_name(name)`: spawn, or find who has the name.
pub(super) fn with_name(c: Call) -> Result {
    this(c)?;
    let name = c.text(2)?;
    if name.is_empty() {
        return c.bad_argument(2, "name is empty");
    }
    judge(c, "process.registry.register", &name, "not allowed to register")?;
    builder::push_copy(c.lua, CLASS);
    c.lua.push_str(&name);
    c.lua.set_user_value(-2, builder::NAME);
    c.one()
}

/// `spawner:with_message(topic, ...)`
pub(super) fn with_message(c: Call) -> Result {
    this(c)?;
    let topic = c.text(2)?;
    match topic.chars().next() {
        None => return c.bad_argument(2, "topic is empty"),
        Some('@') => return c.bad_argument(2, "cannot send to @ topics"),
        Some(_) => {}
    }
    let values = or_raise(c, transfer::take_from(c.lua, 3))?;
    let lua = c.lua;
    builder::push_copy(lua, CLASS);
    let spawner = lua.top();
    // The messages so far, then this one: topic and copies of its values.
    lua.new_table(4, 0);
    let all = lua.top();
    let mut n = 0;
    if lua.user_value(1, builder::MESSAGES) == ffi::TABLE {
        n = lua.raw_len(all + 1) as i64;
        for i in 1..=n {
            lua.raw_get_i(all + 1, i);
            lua.raw_set_i(all, i);
        }
    }
    lua.set_top(all);
    lua.new_table(values.len() + 2, 0);
    lua.push_str(&topic);
    lua.raw_set_i(-2, 1);
    lua.push_int(values.len() as i64);
    lua.raw_set_i(-2, 2);
    for (i, value) in values.as_slice().iter().enumerate() {
        transfer::push(lua, value);
        lua.raw_set_i(-2, i as i64 + 3);
    }
    lua.raw_set_i(all, n + 1);
    lua.set_user_value(spawner, builder::MESSAGES);
    c.one()
}

/// The messages of the spawner at index 1.
fn messages(lua: Stack) -> std::result::Result<Vec<(Text, wippy_core::Values)>, Error> {
    let top = lua.top();
    let mut messages = Vec::new();
    if lua.user_value(1, builder::MESSAGES) == ffi::TABLE {
        let list = lua.top();
        for i in 1..=lua.raw_len(list) as i64 {
            lua.raw_get_i(list, i);
            let message = lua.top();
            lua.raw_get_i(message, 1);
            let topic = Text::new(lua.to_bytes(-1).unwrap_or_default());
            lua.raw_get_i(message, 2);
            let count = lua.to_int(-1).unwrap_or(0);
            let mut values: Vec<Value> = Vec::new();
            for k in 3..3 + count {
                lua.raw_get_i(message, k);
                values.push(transfer::take(lua, -1)?);
                lua.pop(1);
            }
            messages.push((topic, values.into()));
            lua.set_top(list);
        }
    }
    lua.set_top(top);
    Ok(messages)
}

/// What the spawner at index 1 asks for, with id, host and arguments from index 2 on, whose types were checked.
fn spawn_of(lua: Stack, monitor: bool, link: bool) -> std::result::Result<Spawn, Error> {
    let name = match lua.user_value(1, builder::NAME) {
        ffi::STRING => lua.to_text(-1),
        _ => None,
    };
    lua.pop(1);
    let inherit = builder::inherit_of(lua, 1)?;
    let with = SpawnWith { monitor, link, or_holder: name.is_some(), name, messages: messages(lua)? };
    let (entry, host) = (errors::plain_text(lua, 2), errors::plain_text(lua, 3));
    let args = transfer::take_from(lua, 4)?;
    Ok(Spawn { entry: EntryId::new(entry), host: EntryId::new(host), args, with, inherit })
}

fn request(c: Call, monitor: bool, link: bool) -> Result<Spawn> {
    this(c)?;
    for (i, what) in [(2, "process id is empty"), (3, "host is empty")] {
        if c.text(i)?.is_empty() {
            return c.bad_argument(i, what);
        }
    }
    c.may_wait()?;
    or_raise(c, spawn_of(c.lua, monitor, link))
}

/// A refusal is raised, everything else is the spawn's outcome.
fn refused<T>(c: Call, asked: &std::result::Result<Asked<T>, Error>) -> Result<()> {
    match asked {
        Ok(Asked::Done(Err(e))) if *e.kind() == ErrorKind::PermissionDenied => c.raise(e.message()),
        _ => Ok(()),
    }
}

fn start(c: Call, monitor: bool, link: bool) -> Result {
    let spawn = request(c, monitor, link)?;
    let joins = spawn.with.or_holder;
    let asked = c.cx(|cx| cx.spawn(spawn));
    refused(c, &asked)?;
    let tag = match &asked {
        Ok(Asked::Later(tag)) if joins => tag.raw(),
        _ => return c.answered::<Pid>(asked, push_result),
    };
    let waiter = c.proc().tasks.waiter(c.lua);
    c.proc().tasks.pending.insert(tag, Pending::Spawn { waiter, monitor, link });
    Ok(super::Out::Wait)
}

pub(super) fn spawn(c: Call) -> Result {
    start(c, false, false)
}

pub(super) fn spawn_monitored(c: Call) -> Result {
    start(c, true, false)
}

pub(super) fn spawn_linked(c: Call) -> Result {
    start(c, false, true)
}

pub(super) fn spawn_linked_monitored(c: Call) -> Result {
    start(c, true, true)
}

/// `spawner:exec(id, host, ...)`
pub(super) fn exec(c: Call) -> Result {
    let mut spawn = request(c, false, false)?;
    // A result is wanted: of a process that has the name there is none to wait for.
    spawn.with.or_holder = false;
    let asked = c.cx(|cx| cx.exec(spawn));
    refused(c, &asked)?;
    c.answered(asked, push_result)
}

pub(super) fn text(c: Call) -> Result {
    this(c)?;
    c.lua.push_str("process.Spawner{}");
    c.one()
}

impl Proc {
    /// The answer to a spawn under a name has come. When somebody else has taken the name meanwhile, the spawner, which
    /// still lies on the waiting coroutine's stack, is asked again: now there is a holder.
    pub(crate) fn spawned(
        &mut self,
        waiter: Waiter,
        (monitor, link): (bool, bool),
        answer: std::result::Result<Answer, Error>,
    ) {
        let lua = waiter.target;
        let taken = matches!(&answer, Err(e) if *e.kind() == ErrorKind::AlreadyExists);
        if !taken {
            let nargs = push_result(lua, answer);
            return self.tasks.wake(waiter, nargs);
        }
        let again = spawn_of(lua, monitor, link).and_then(|spawn| Cx::with(|cx| cx.spawn(spawn)));
        let nargs = match again {
            Ok(Asked::Later(tag)) => {
                self.tasks.pending.insert(tag.raw(), Pending::Spawn { waiter, monitor, link });
                return;
            }
            Ok(Asked::Done(Err(e))) if *e.kind() == ErrorKind::PermissionDenied => {
                lua.push_raise_mark();
                lua.push_str(e.message());
                2
            }
            Ok(Asked::Done(done)) => push_result(lua, done.map(Answer::Pid)),
            Err(e) => push_result(lua, Err(e)),
        };
        self.tasks.wake(waiter, nargs);
    }
}
