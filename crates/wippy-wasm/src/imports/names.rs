//! `wippy:process/names`: names of processes.

use super::bindings::wippy::process::names::{self, Scope};
use super::bindings::wippy::process::ops::Outcome;
use crate::guest::Guest;
use crate::ops::Op;
use crate::payload;
use wasmtime::component::Resource;
use wippy_core::{Cx, Error, Pid, Value};

/// Only local names exist without a cluster.
fn local(scope: Scope) -> Result<(), Error> {
    match scope {
        Scope::Local => Ok(()),
        _ => Err(Error::unavailable("registry of this scope not available")),
    }
}

impl names::Host for Guest {
    fn register(&mut self, name: String, target: Option<String>, scope: Scope) -> wasmtime::Result<Resource<Op>> {
        let result = local(scope).and_then(|()| {
            Cx::with(|cx| {
                let pid = match &target {
                    None => cx.pid(),
                    Some(text) if Pid::split(text).is_none() => {
                        return Err(Error::invalid(format!("malformed pid: {text}")));
                    }
                    Some(text) => cx.resolve(text)?,
                };
                cx.register(&name, pid)
            })?
        });
        Ok(self.done(result.map(|()| Outcome::Unit)))
    }

    fn unregister(&mut self, name: String, scope: Scope) -> wasmtime::Result<Resource<Op>> {
        let result = local(scope).and_then(|()| Cx::with(|cx| cx.unregister(&name))?);
        Ok(self.done(result.map(|was| Outcome::Value(Some(payload::to_guest(&Value::Bool(was)))))))
    }

    fn lookup(&mut self, name: String) -> wasmtime::Result<Resource<Op>> {
        let found = Cx::with(|cx| cx.lookup(&name));
        let found = found.and_then(|pid| pid.ok_or_else(|| Error::not_found("name not registered")));
        Ok(self.done(found.map(|pid| Outcome::Pid(pid.to_string()))))
    }
}
