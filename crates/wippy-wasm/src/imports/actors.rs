//! `wippy:process/actors`: other processes.

use super::bindings::wippy::process::actors::{self, Relation, SpawnOpts};
use super::bindings::wippy::process::ops::Outcome;
use super::bindings::wippy::process::types::Payload;
use crate::guest::Guest;
use crate::ops::{Op, Read, value_outcome};
use crate::payload;
use wasmtime::component::Resource;
use wippy_core::{Asked, Cx, EntryId, Error, Pid, Spawn, SpawnWith, Text};

impl Guest {
    /// An operation that is done at once.
    fn at_once(&mut self, f: impl FnOnce(&mut Cx) -> Result<(), Error>) -> wasmtime::Result<Resource<Op>> {
        let result = Cx::with(f).and_then(|r| r);
        Ok(self.done(result.map(|()| Outcome::Unit)))
    }

    fn on(
        &mut self,
        target: &str,
        f: impl FnOnce(&mut Cx, Pid) -> Result<(), Error>,
    ) -> wasmtime::Result<Resource<Op>> {
        self.at_once(|cx| cx.resolve(target).and_then(|pid| f(cx, pid)))
    }
}

fn spawn_of(entry: String, host: String, args: &[Payload], opts: Option<SpawnOpts>) -> Result<Spawn, Error> {
    if entry.is_empty() || host.is_empty() {
        return Err(Error::invalid("entry and host are required"));
    }
    let args = payload::list_from_guest(args)?;
    let mut spawn = Spawn { entry: EntryId::new(entry), host: EntryId::new(host), args, ..Spawn::default() };
    if let Some(opts) = opts {
        let mut messages = Vec::new();
        for (topic, body) in &opts.first {
            if topic.starts_with('@') || topic.is_empty() {
                return Err(Error::invalid(format!("cannot send topic '{topic}'")));
            }
            messages.push((Text::from(topic.as_str()), payload::from_guest(body)?.into()));
        }
        spawn.with = SpawnWith {
            monitor: opts.relation.contains(Relation::MONITOR),
            link: opts.relation.contains(Relation::LINK),
            name: opts.name,
            or_holder: false,
            messages,
        };
        for (key, value) in &opts.context {
            spawn.inherit.context.push((key.clone(), payload::from_guest(value)?.to_tree()?));
        }
    }
    Ok(spawn)
}

impl actors::Host for Guest {
    fn send(&mut self, to: String, topic: String, body: Vec<Payload>) -> wasmtime::Result<Resource<Op>> {
        self.at_once(|cx| cx.send_to(&to, topic, payload::list_from_guest(&body)?))
    }

    fn spawn(
        &mut self,
        entry: String,
        host: String,
        args: Vec<Payload>,
        opts: Option<SpawnOpts>,
    ) -> wasmtime::Result<Resource<Op>> {
        let spawn = match spawn_of(entry, host, &args, opts) {
            Ok(spawn) => spawn,
            Err(e) => return Ok(self.done(Err(e))),
        };
        match Cx::with(|cx| cx.spawn(spawn)) {
            Ok(Asked::Done(result)) => Ok(self.done(result.map(|pid| Outcome::Pid(pid.to_string())))),
            Ok(Asked::Later(tag)) => Ok(Resource::new_own(self.mail.ops().reply(tag.raw(), Read::Pid))),
            Err(e) => Ok(self.done(Err(e))),
        }
    }

    fn call(&mut self, function: String, args: Vec<Payload>) -> wasmtime::Result<Resource<Op>> {
        let call = EntryId::of_function(&function)
            .and_then(|entry| Ok(Spawn { entry, args: payload::list_from_guest(&args)?, ..Spawn::default() }));
        match call.and_then(|call| Cx::with(|cx| cx.call(call))) {
            Ok(Asked::Done(result)) => Ok(self.done(result.map(|value| value_outcome(&value)))),
            Ok(Asked::Later(tag)) => Ok(Resource::new_own(self.mail.ops().reply(tag.raw(), Read::Unit))),
            Err(e) => Ok(self.done(Err(e))),
        }
    }

    fn monitor(&mut self, target: String) -> wasmtime::Result<Resource<Op>> {
        self.on(&target, |cx, pid| cx.monitor(pid))
    }
    fn unmonitor(&mut self, target: String) -> wasmtime::Result<Resource<Op>> {
        self.on(&target, |cx, pid| cx.unmonitor(pid))
    }
    fn link(&mut self, target: String) -> wasmtime::Result<Resource<Op>> {
        self.on(&target, |cx, pid| cx.link(pid))
    }
    fn unlink(&mut self, target: String) -> wasmtime::Result<Resource<Op>> {
        self.on(&target, |cx, pid| cx.unlink(pid))
    }
    fn cancel(&mut self, target: String, reason: String) -> wasmtime::Result<Resource<Op>> {
        self.on(&target, |cx, pid| cx.cancel(pid, &reason))
    }
    fn terminate(&mut self, target: String) -> wasmtime::Result<Resource<Op>> {
        self.on(&target, |cx, pid| cx.terminate(pid))
    }
}
