//! `process.registry`: names of processes.

use super::{Call, Result};
use wippy_core::Error;

const SCOPES: &[&str] = &["local", "eventual", "consistent", "strong"];

/// Only local names exist without a cluster.
fn local_scope(c: Call, i: i32) -> Result<std::result::Result<(), Error>> {
    if c.is_absent(i) {
        return Ok(Ok(()));
    }
    Ok(match c.int(i)? {
        0 => Ok(()),
        n @ 1..=3 => Err(Error::unavailable(format!("{} registry not available", SCOPES[n as usize]))),
        n => Err(Error::invalid(format!("unknown registry scope: {n}"))),
    })
}

/// `register(name[, pid[, scope]])`
pub(super) fn register(c: Call) -> Result {
    let name = c.text(1)?;
    let pid = c.optional_text(2)?;
    if let Err(e) = local_scope(c, 3)? {
        return c.bad(&e);
    }
    let done = c.cx(|cx| {
        let pid = match &pid {
            None => cx.pid(),
            Some(text) if wippy_core::Pid::split(text).is_none() => {
                return Err(Error::invalid(format!("malformed pid: {text}")));
            }
            Some(text) => cx.resolve(text)?,
        };
        cx.register(&name, pid)
    });
    c.done(done.and_then(|r| r))
}

/// `lookup(name)`
pub(super) fn lookup(c: Call) -> Result {
    let name = c.text(1)?;
    match c.cx(|cx| cx.lookup(&name)) {
        Ok(Some(pid)) => {
            c.lua.push_str(&pid.to_string());
            c.one()
        }
        Ok(None) => c.bad(&Error::not_found("name not registered")),
        Err(e) => c.bad(&e),
    }
}

/// `unregister(name[, scope])`
pub(super) fn unregister(c: Call) -> Result {
    let name = c.text(1)?;
    if let Err(e) = local_scope(c, 2)? {
        return c.bad(&e);
    }
    match c.cx(|cx| cx.unregister(&name)).and_then(|r| r) {
        Ok(removed) => {
            c.lua.push_bool(removed);
            c.one()
        }
        Err(e) => c.bad(&e),
    }
}
