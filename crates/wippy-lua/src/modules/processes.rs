//! The module `process`.

use super::{Call, Out, Result};
use crate::channel;
use crate::ffi::{self, Stack};
use crate::ports::Form;
use crate::tasks::push_result;
use crate::transfer;
use std::ffi::c_int;
use wippy_core::spawn::Inherit;
use wippy_core::{Cx, EntryId, Error, Options, Pid, Spawn, SpawnWith, Text};

/// Fields of the module that are no functions.
pub(super) fn constants(lua: Stack) {
    lua.new_table(0, 4);
    for (name, text) in
        [("EXIT", "pid.exit"), ("LINK_DOWN", "pid.link.down"), ("CANCEL", "pid.cancel"), ("OUTDATED", "OUTDATED")]
    {
        lua.push_str(text);
        lua.set_field(-2, name);
    }
    lua.set_field(-2, "event");
    lua.push_module("names");
    for (name, scope) in [("LOCAL", 0), ("EVENTUAL", 1), ("CONSISTENT", 2), ("STRONG", 3)] {
        lua.push_int(scope);
        lua.set_field(-2, name);
    }
    lua.set_field(-2, "registry");
}

pub(super) fn pid(c: Call) -> Result {
    match c.cx(|cx| cx.pid()) {
        Ok(pid) => {
            c.lua.push_pid(pid);
            c.one()
        }
        Err(e) => c.bad(&e),
    }
}

pub(super) fn id(c: Call) -> Result {
    match c.cx(|cx| cx.entry()) {
        Ok(Some(id)) => {
            c.lua.push_str(id.as_str());
            c.one()
        }
        Ok(None) => c.bad(&Error::internal("no entry runs here").with_retryable(Some(false))),
        Err(e) => c.bad(&e),
    }
}

/// `process.send(destination, topic, ...)`
pub(super) fn send(c: Call) -> Result {
    if c.lua.top() < 2 {
        return c.bad(&Error::invalid("destination and topic are required"));
    }
    let (to, topic) = (c.borrowed_text(1)?, Text::new(c.borrowed_text(2)?.as_bytes()));
    c.may_wait()?;
    if topic.as_bytes().first() == Some(&b'@') {
        return c.bad(&Error::invalid("cannot send to @ topics"));
    }
    let sent = transfer::take_from(c.lua, 3).and_then(|values| {
        c.cx(|cx| {
            let pid = cx.resolve(&to)?;
            let name = (!to.starts_with('{')).then_some(&*to);
            cx.send_known(pid, name, topic, values).map_err(|(e, _)| e)?;
            if pid == cx.pid() {
                cx.look_again();
            }
            Ok(pid == cx.pid())
        })?
    });
    if sent == Ok(true) {
        // What a process sends itself is there at once.
        c.proc().take_events();
        if !c.proc().tasks.ready.is_empty() {
            // Sending is a point at which the others may run; they have something to do now.
            let waiter = c.proc().tasks.waiter(c.lua);
            c.proc().tasks.go_behind(waiter, |lua| {
                lua.push_bool(true);
                lua.push_nil();
                2
            });
            return Ok(Out::Wait);
        }
    }
    c.done(sent.map(drop))
}

pub(super) fn inbox(c: Call) -> Result {
    c.may_wait()?;
    c.proc().push_inbox(c.lua);
    c.good()
}

pub(super) fn events(c: Call) -> Result {
    c.may_wait()?;
    c.proc().push_events(c.lua);
    c.good()
}

/// `process.listen(topic[, {message=true}])`
pub(super) fn listen(c: Call) -> Result {
    let topic = Text::new(c.text(1)?.as_bytes());
    c.may_wait()?;
    if topic.is_empty() || topic.as_bytes()[0] == b'@' {
        return c.bad(&Error::invalid(format!("cannot listen on topic '{topic}'")));
    }
    let mut form = Form::Raw;
    if c.lua.kind(2) == ffi::TABLE {
        if c.lua.field(2, "message") == ffi::BOOLEAN && c.lua.to_bool(-1) {
            form = Form::Message;
        }
        c.lua.pop(1);
    } else if !c.is_absent(2) {
        return c.expected(2, "table");
    }
    if !c.proc().push_listener(c.lua, &topic, form) {
        return c.bad(&Error::conflict(format!("topic '{topic}' has a listener of another form")));
    }
    c.good()
}

pub(super) fn unlisten(c: Call) -> Result {
    let Some(ch) = channel::at(c.lua, 1) else { return c.expected(1, "channel") };
    if c.proc().close_port(c.lua, ch) {
        return c.good_bool(true);
    }
    c.lua.push_bool(false);
    crate::errors::push(c.lua, &Error::not_found("channel not found"));
    Ok(Out::Values(2))
}

pub(super) fn spawn(c: Call) -> Result {
    start(c, SpawnWith::default())
}

pub(super) fn spawn_monitored(c: Call) -> Result {
    start(c, SpawnWith { monitor: true, ..SpawnWith::default() })
}

pub(super) fn spawn_linked(c: Call) -> Result {
    start(c, SpawnWith { link: true, ..SpawnWith::default() })
}

pub(super) fn spawn_linked_monitored(c: Call) -> Result {
    start(c, SpawnWith { monitor: true, link: true, ..SpawnWith::default() })
}

fn start(c: Call, with: SpawnWith) -> Result {
    match request(c, with)? {
        Ok(spawn) => c.answered(c.cx(|cx| cx.spawn(spawn)), push_result),
        Err(e) => c.bad(&e),
    }
}

fn is_full(id: &EntryId) -> bool {
    !id.namespace().is_empty() && !id.name().is_empty()
}

/// `process.exec(id, host, ...)`
pub(super) fn exec(c: Call) -> Result {
    match request(c, SpawnWith::default())? {
        Ok(spawn) if !is_full(&spawn.entry) || !is_full(&spawn.host) => {
            c.bad(&Error::invalid("process id and host are full ids (ns:name)"))
        }
        Ok(spawn) => c.answered(c.cx(|cx| cx.exec(spawn)), push_result),
        Err(e) => c.bad(&e),
    }
}

fn request(c: Call, with: SpawnWith) -> Result<std::result::Result<Spawn, Error>> {
    if c.lua.top() < 2 {
        return Ok(Err(Error::invalid("process id and host are required")));
    }
    let (entry, host) = (c.borrowed_text(1)?, c.borrowed_text(2)?);
    c.may_wait()?;
    if entry.is_empty() || host.is_empty() {
        return Ok(Err(Error::invalid(if entry.is_empty() { "process id is empty" } else { "host is empty" })));
    }
    let args = match transfer::take_from(c.lua, 3) {
        Ok(args) => args,
        Err(e) => return Ok(Err(e)),
    };
    let (entry, host) = (EntryId::known(&entry), EntryId::known(&host));
    Ok(Ok(Spawn { entry, host, args, with, inherit: Inherit::default() }))
}

/// `process.upgrade(id | nil, ...)`
pub(super) fn upgrade(c: Call) -> Result {
    let entry = c.optional_text(1)?.filter(|id| !id.is_empty());
    c.may_wait()?;
    if c.proc().program.linger.is_some() {
        return c.bad(&Error::invalid("a function cannot be upgraded"));
    }
    let allowed = c.cx(|cx| match entry.as_deref() {
        Some(new) if cx.entry().is_none_or(|own| own.as_str() != new) => {
            cx.check("process.upgrade", new, "not allowed to upgrade to")
        }
        _ => Ok(()),
    });
    let args = match allowed.and_then(|r| r).and_then(|()| transfer::take_from(c.lua, 2)) {
        Ok(args) => args,
        Err(e) => return c.bad(&e),
    };
    c.proc().upgrade = Some(Box::new((entry.map(EntryId::new), args)));
    Ok(Out::Wait)
}

/// Finds the process that the first argument means, then acts on it.
fn on_target(c: Call, f: impl FnOnce(&mut Cx, Pid) -> std::result::Result<(), Error>) -> Result {
    let target = c.text(1)?;
    c.may_wait()?;
    let done = c.cx(|cx| cx.resolve(&target).and_then(|pid| f(cx, pid))).and_then(|r| r);
    c.done(done)
}

pub(super) fn terminate(c: Call) -> Result {
    let target = c.text(1)?;
    c.may_wait()?;
    let killed = c.cx(|cx| {
        let pid = cx.resolve(&target)?;
        cx.terminate(pid).map(|()| pid == cx.pid())
    });
    match killed.and_then(|r| r) {
        Ok(false) => c.good_bool(true),
        Ok(true) => {
            c.proc().halted = true;
            Ok(Out::Wait)
        }
        Err(e) => c.bad(&e),
    }
}

pub(super) fn cancel(c: Call) -> Result {
    let reason = c.optional_text(2)?.unwrap_or_default();
    on_target(c, |cx, pid| cx.cancel(pid, &reason))
}

pub(super) fn monitor(c: Call) -> Result {
    on_target(c, |cx, pid| cx.monitor(pid))
}

pub(super) fn unmonitor(c: Call) -> Result {
    untie(c, |cx, pid| cx.unmonitor(pid))
}

/// As [`on_target`], for what is fine when there is nothing: a pid of a host or a node that does not exist has no ties.
fn untie(c: Call, f: fn(&mut Cx, Pid) -> std::result::Result<(), Error>) -> Result {
    let target = c.text(1)?;
    if Pid::split(&target).is_some() && c.cx(|cx| cx.resolve(&target)).is_ok_and(|resolved| resolved.is_err()) {
        return c.good_bool(true);
    }
    on_target(c, f)
}

pub(super) fn link(c: Call) -> Result {
    on_target(c, |cx, pid| cx.link(pid))
}

pub(super) fn unlink(c: Call) -> Result {
    untie(c, |cx, pid| cx.unlink(pid))
}

pub(super) fn get_options(c: Call) -> Result {
    let options = match c.cx(|cx| cx.options()) {
        Ok(options) => options,
        Err(e) => return c.bad(&e),
    };
    c.lua.new_table(0, 2);
    c.lua.push_bool(options.trap_links);
    c.lua.set_field(-2, "trap_links");
    c.lua.push_bool(options.upgradable);
    c.lua.set_field(-2, "upgradable");
    c.good()
}

/// `process.set_options(tbl)`: all or nothing.
pub(super) fn set_options(c: Call) -> Result {
    let wanted = c.cx(|cx| cx.options()).and_then(|now| wanted_options(c.lua, 1, now));
    match wanted.and_then(|options| c.cx(|cx| cx.set_options(options))) {
        Ok(()) => c.good_bool(true),
        Err(e) => {
            c.lua.push_bool(false);
            crate::errors::push(c.lua, &e);
            Ok(Out::Values(2))
        }
    }
}

fn wanted_options(lua: Stack, i: c_int, mut options: Options) -> std::result::Result<Options, Error> {
    if lua.kind(i) != ffi::TABLE {
        return Err(Error::invalid("options parameter must be a table"));
    }
    lua.push_nil();
    while lua.next(i) {
        let name = crate::errors::plain_text(lua, -2);
        let field = match (lua.kind(-2), &*name) {
            (ffi::STRING, "trap_links") => &mut options.trap_links,
            (ffi::STRING, "upgradable") => &mut options.upgradable,
            _ => return Err(Error::invalid(format!("option {name} is not supported"))),
        };
        if lua.kind(-1) != ffi::BOOLEAN {
            return Err(Error::invalid(format!("{name} must be a boolean")));
        }
        *field = lua.to_bool(-1);
        lua.pop(1);
    }
    Ok(options)
}
