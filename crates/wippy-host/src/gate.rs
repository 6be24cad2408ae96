//! The gate: what the node decides at every process's door. The only place where rights are judged.
//!
//! The rules are those of the security reference, §6, §7 and §10. A caller without a frame is the runtime itself and
//! passes.

use crate::frame::{Frame, Heritage};
use crate::functions::Callee;
use crate::hosts::HostEntry;
use crate::node::{Maker, State};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use wippy_core::{EntryId, Error, ErrorKind, Level, Opaque, Pid, Spawn, Text, Tree, Value};
use wippy_sched::{Abandoned, Act, Baggage, Caller, Ended, Gate, NewMachine, Purpose};
use wippy_security::{Actor, Decision, Request, Scope};

/// The gate of a node.
pub(crate) struct NodeGate(pub(crate) Arc<State>);

fn frame<'a>(caller: &Caller<'a>) -> Option<&'a Frame> {
    caller.baggage.and_then(|b| b.downcast_ref::<Frame>())
}

fn refused(refusal: &str, resource: &str) -> Error {
    if resource.is_empty() { Error::denied(refusal) } else { Error::denied(format!("{refusal}: {resource}")) }
}

/// What refusals of the process functions say, by action.
fn words(action: &str) -> &'static str {
    match action {
        "process.send" => "not allowed to send",
        "process.cancel" => "not allowed to cancel",
        "process.terminate" => "not allowed to terminate",
        "process.monitor" => "not allowed to monitor",
        "process.unmonitor" => "not allowed to unmonitor",
        "process.link" => "not allowed to link",
        "process.unlink" => "not allowed to unlink",
        _ => "not allowed",
    }
}

/// No overlay network exists on this node, so one that is asked for cannot be found; never is there another way out.
fn no_network(options: &[(String, Tree)]) -> Result<(), Error> {
    match options.iter().find(|(key, _)| key == "network") {
        None | Some((_, Tree::Nil)) => Ok(()),
        Some((_, Tree::Text(id))) if id.is_empty() => Ok(()),
        Some((_, id)) => {
            let details = Tree::map([("network", id.clone())]);
            Err(Error::not_found("network: service not found").with_details(details))
        }
    }
}

/// The action that guards the same thing between hosts.
fn between_hosts(action: &str) -> String {
    format!("{action}.host")
}

impl NodeGate {
    /// Whether nothing could refuse this process anything, so that no text needs to be made.
    fn is_free(&self, frame: &Frame) -> bool {
        frame.actor.is_none() && frame.scope.is_none() && frame.bound.is_none() && !self.0.strict
    }

    /// Whether a process may do something.
    fn judge(&self, frame: &Frame, pid: Pid, action: &str, resource: &str, meta: &Tree) -> bool {
        let request = Request { action, resource, meta };
        let own = match (&frame.actor, &frame.scope) {
            (Some(actor), Some(scope)) => scope.evaluate(actor, &request) == Decision::Allow,
            _ => !self.0.strict,
        };
        let bound = frame.bound.as_ref().is_none_or(|bound| {
            let actor = frame.actor.as_ref().unwrap_or(&bound.actor);
            bound.scope.evaluate(actor, &request) == Decision::Allow
        });
        let passes = own && bound;
        if !passes {
            let entry = frame.entry.as_ref().map_or("", EntryId::as_str);
            tracing::debug!(target: "wippy", logger = "security", %pid, entry, action, resource, "refused");
        }
        passes
    }

    fn require(&self, frame: &Frame, pid: Pid, action: &str, resource: &str, refusal: &str) -> Result<(), Error> {
        let meta = Tree::map([("pid", pid.to_string())]);
        if self.judge(frame, pid, action, resource, &meta) { Ok(()) } else { Err(refused(refusal, resource)) }
    }

    /// The second check of everything that crosses from one host to another.
    fn cross_hosts(
        &self,
        frame: &Frame,
        pid: Pid,
        action: &str,
        to: Pid,
        name: Option<&str>,
        topic: Option<&Text>,
    ) -> Result<(), Error> {
        if pid.place() == to.place() {
            return Ok(());
        }
        if self.0.control.get() == Some(&to.place()) {
            return Err(Error::not_found("process not found"));
        }
        let Some(target) = self.0.host_of(to) else { return Ok(()) };
        self.across_to(frame, pid, action, &target, Some(to), name, topic)
    }

    /// As [`NodeGate::cross_hosts`]; `to` is absent for a process that is only about to be.
    #[allow(clippy::too_many_arguments, reason = "they are what a policy may look at")]
    fn across_to(
        &self,
        frame: &Frame,
        pid: Pid,
        action: &str,
        target: &HostEntry,
        to: Option<Pid>,
        name: Option<&str>,
        topic: Option<&Text>,
    ) -> Result<(), Error> {
        if self.is_free(frame) && target.closed_to_all_but.is_none() {
            return Ok(());
        }
        let to_text = to.map_or(String::new(), |to| to.to_string());
        let node = target.host.place().info().node.to_string();
        let mut meta = Tree::map([
            ("pid", pid.to_string()),
            ("source_host", frame.host.id.to_string()),
            ("source_node", pid.place().info().node.to_string()),
            ("target_pid", to_text.clone()),
            ("target_host", target.id.to_string()),
            ("target_node", node),
        ]);
        meta.set("cross_node", false);
        meta.set("topic", topic.map_or(String::new(), |t| t.to_str_lossy().into_owned()));
        if let Some(name) = name {
            meta.set("name", name);
        }
        let action = between_hosts(action);
        let request = Request { action: &action, resource: target.id.as_str(), meta: &meta };
        let says = |scope: &Scope, actor: &Actor| scope.evaluate(actor, &request);
        let own = match (&frame.actor, &frame.scope) {
            (Some(actor), Some(scope)) => says(scope, actor),
            _ => Decision::Undefined,
        };
        let bound = frame
            .bound
            .as_ref()
            .map_or(Decision::Undefined, |bound| says(&bound.scope, frame.actor.as_ref().unwrap_or(&bound.actor)));
        let denied = own == Decision::Deny || bound == Decision::Deny;
        let open = match &target.closed_to_all_but {
            None => true,
            Some(allowed) => own == Decision::Allow || allowed.contains(&frame.host.id),
        };
        if denied || !open {
            self.0.refused_between_hosts.fetch_add(1, Ordering::Relaxed);
            tracing::debug!(target: "wippy", logger = "security", %pid, action, target_host = %target.id, "refused");
            let whom = if to_text.is_empty() { target.id.as_str() } else { &to_text };
            return Err(refused(words(action.trim_end_matches(".host")), whom));
        }
        Ok(())
    }

    fn to_process(
        &self,
        caller: Caller<'_>,
        action: &'static str,
        to: Pid,
        name: Option<&str>,
        topic: Option<&Text>,
    ) -> Result<(), Error> {
        let Some(frame) = frame(&caller) else { return Ok(()) };
        if !self.is_free(frame) {
            self.require(frame, caller.pid, action, &to.to_string(), words(action))?;
        }
        self.cross_hosts(frame, caller.pid, action, to, name, topic)
    }

    fn forget_actor(&self, process: &Caller<'_>) {
        if frame(process).is_some_and(|f| f.actor.is_some()) {
            self.0.actors.remove(&process.pid);
        }
    }

    /// The rights that starting something needs.
    fn rights_to_start(&self, frame: &Frame, pid: Pid, spawn: &Spawn, purpose: Purpose) -> Result<(), Error> {
        let (entry, host) = (spawn.entry.as_str(), spawn.host.as_str());
        let inherits_another = spawn.inherit.actor.is_some() || spawn.inherit.scope.is_some();
        match purpose {
            Purpose::Spawn => self.require(frame, pid, "process.spawn", entry, "not allowed to spawn process")?,
            Purpose::Exec => self.require(frame, pid, "process.exec", entry, "not allowed to execute process")?,
            Purpose::Call => {
                self.require(frame, pid, "funcs.call", entry, "not allowed")?;
                if inherits_another {
                    self.require(frame, pid, "funcs.security", "security", "not allowed")?;
                }
                return Ok(());
            }
        }
        self.require(frame, pid, "process.host", host, "not allowed to spawn on host")?;
        if spawn.with.monitor {
            self.require(frame, pid, "process.spawn.monitored", entry, "not allowed to spawn monitored process")?;
        }
        if spawn.with.link {
            self.require(frame, pid, "process.spawn.linked", entry, "not allowed to spawn linked process")?;
        }
        if let Some(name) = &spawn.with.name {
            self.require(frame, pid, "process.registry.register", name, "not allowed to register")?;
        }
        if inherits_another {
            self.require(frame, pid, "process.security", "security", "not allowed")?;
        }
        Ok(())
    }

    /// What a spawn, an exec or a call runs, and where.
    fn callee(&self, spawn: &Spawn, purpose: Purpose) -> Result<Callee, Error> {
        if purpose == Purpose::Call {
            return self.0.callee(&spawn.entry);
        }
        let host = self.0.host(&spawn.host)?;
        Ok(Callee { maker: self.0.maker(&spawn.entry)?, host, abandoned: Abandoned::GoesOn })
    }
}

impl Gate for NodeGate {
    fn check(&self, caller: Caller<'_>, act: Act<'_>) -> Result<(), Error> {
        match act {
            Act::Send { to, name, topic } => self.to_process(caller, "process.send", to, name, Some(topic)),
            Act::Signal { action, to } => self.to_process(caller, action, to, None, None),
            Act::Register { name, pid } => {
                let Some(frame) = frame(&caller).filter(|f| !self.is_free(f)) else { return Ok(()) };
                if pid != caller.pid {
                    let text = pid.to_string();
                    self.require(frame, caller.pid, "process.registry.foreign", &text, "not allowed to register for")?;
                }
                self.require(frame, caller.pid, "process.registry.register", name, "not allowed to register")
            }
            Act::Unregister { name, holder } => {
                let Some(frame) = frame(&caller).filter(|f| !self.is_free(f)) else { return Ok(()) };
                self.require(frame, caller.pid, "process.registry.unregister", name, "not allowed to unregister")?;
                match holder.filter(|h| *h != caller.pid) {
                    Some(holder) => {
                        let text = holder.to_string();
                        self.require(
                            frame,
                            caller.pid,
                            "process.registry.foreign",
                            &text,
                            "not allowed to unregister for",
                        )
                    }
                    None => Ok(()),
                }
            }
            Act::Right { action, resource, refusal } => match frame(&caller).filter(|f| !self.is_free(f)) {
                Some(frame) => self.require(frame, caller.pid, action, resource, refusal),
                None => Ok(()),
            },
        }
    }

    fn may_start(&self, caller: Caller<'_>, spawn: &Spawn, purpose: Purpose) -> Result<(), Error> {
        let Some(frame) = frame(&caller) else { return Ok(()) };
        if !self.is_free(frame) {
            self.rights_to_start(frame, caller.pid, spawn, purpose)?;
        }
        if !spawn.with.messages.is_empty()
            && let Some(target) = self.0.host_named(&spawn.host).filter(|target| target.id != frame.host.id)
        {
            for (topic, _) in &spawn.with.messages {
                self.across_to(frame, caller.pid, "process.send", &target, None, None, Some(topic))?;
            }
        }
        Ok(())
    }

    fn machine(&self, caller: Caller<'_>, spawn: &Spawn, purpose: Purpose) -> Result<NewMachine, Error> {
        if purpose == Purpose::Call {
            EntryId::of_function(spawn.entry.as_str())?;
        }
        self.may_start(caller, spawn, purpose)?;
        let callee = self.callee(spawn, purpose)?;
        no_network(&spawn.inherit.options)?;
        let (host, Maker { factory, label }) = (callee.host, callee.maker);
        let heritage = match spawn.inherit.base.as_ref().and_then(|b| b.get::<Heritage>()) {
            Some(base) => base.clone(),
            None => frame(&caller).map(Frame::heritage).unwrap_or_default(),
        };
        let Heritage { actor, scope, context } = heritage.overlaid(&spawn.inherit);
        if let Some(terminal) = &host.terminal {
            if terminal.occupied.swap(true, Ordering::AcqRel) {
                return Err(Error::unavailable(format!("terminal host already runs its process: {}", host.id)));
            }
            self.0.terminal.set_args(&spawn.args);
        }
        let machine = factory.create().inspect_err(|_| host.release())?;
        // A function acts for its caller, so it is bounded as its caller is.
        let bound = if host.is_pool { frame(&caller).and_then(|f| f.bound.clone()) } else { host.bound.clone() };
        let frame = Frame { entry: Some(spawn.entry.clone()), actor, scope, context, host: host.clone(), bound };
        let method = factory.method().into();
        let (baggage, host) = (Arc::new(frame), host.host.clone());
        Ok(NewMachine { machine, method, baggage, host, label, abandoned: callee.abandoned })
    }

    fn upgrade(&self, caller: Caller<'_>, entry: Option<&EntryId>) -> Result<NewMachine, Error> {
        let Some(frame) = frame(&caller) else { return Err(Error::invalid("this process runs no entry")) };
        if frame.host.is_pool {
            return Err(Error::invalid("a function cannot be upgraded"));
        }
        let own = frame.entry.as_ref();
        let Some(new) = entry.or(own) else { return Err(Error::invalid("this process runs no entry")) };
        if Some(new) != own && !self.is_free(frame) {
            self.require(frame, caller.pid, "process.upgrade", new.as_str(), "not allowed to upgrade to")?;
        }
        let Maker { factory, label } = self.0.maker(new)?;
        let machine = factory.create()?;
        self.0.bus.forget(caller.pid);
        let host = frame.host.host.clone();
        let frame = Frame { entry: Some(new.clone()), ..frame.clone() };
        let (method, baggage, abandoned) = (factory.method().into(), Arc::new(frame), Abandoned::GoesOn);
        Ok(NewMachine { machine, method, baggage, host, label, abandoned })
    }

    fn inherit(&self, caller: Caller<'_>) -> Option<Baggage> {
        let frame = frame(&caller)?;
        Some(Arc::new(Frame { entry: None, ..frame.clone() }))
    }

    fn entry(&self, caller: Caller<'_>) -> Option<EntryId> {
        frame(&caller).and_then(|f| f.entry.clone())
    }

    fn memory_limit(&self, caller: Caller<'_>) -> usize {
        frame(&caller).map_or(usize::MAX, |f| f.host.memory_max)
    }

    fn context(&self, caller: Caller<'_>) -> Vec<(String, Tree)> {
        frame(&caller).map(|f| f.context.clone()).unwrap_or_default()
    }

    fn identity(&self, caller: Caller<'_>) -> Option<Opaque> {
        frame(&caller).map(|f| Opaque::new(f.heritage()))
    }

    fn log(&self, caller: Caller<'_>, level: Level, logger: &str, message: &str, fields: &[(Text, Value)]) {
        if frame(&caller).and_then(|f| f.host.terminal.as_ref()).is_some_and(|t| t.hide_logs) {
            return;
        }
        let named = |name: &str| fields.iter().any(|(n, _)| *n == name);
        let mut json = serde_json::Map::new();
        if !named("pid") {
            json.insert("pid".into(), caller.pid.to_string().into());
        }
        for (name, value) in fields {
            json.insert(name.to_str_lossy().into_owned(), to_json(value));
        }
        let fields = serde_json::Value::Object(json).to_string();
        let logger = if logger.is_empty() { "app" } else { logger };
        match level {
            Level::Debug => tracing::debug!(target: "wippy", logger, fields, "{message}"),
            Level::Info => tracing::info!(target: "wippy", logger, fields, "{message}"),
            Level::Warn => tracing::warn!(target: "wippy", logger, fields, "{message}"),
            Level::Error => tracing::error!(target: "wippy", logger, fields, "{message}"),
        }
    }

    fn begins(&self, process: Caller<'_>) {
        if let Some(actor) = frame(&process).and_then(|f| f.actor.as_ref()).filter(|actor| !actor.id.is_empty()) {
            self.0.actors.insert(process.pid, actor.id.as_str().into());
        }
    }

    fn never_started(&self, process: Caller<'_>, why: &Error) {
        self.0.bus.forget(process.pid);
        self.0.system.locks.forget(process.pid);
        self.forget_actor(&process);
        if let Some(frame) = frame(&process).filter(|f| is_terminals_own(f)) {
            frame.host.release();
            self.0.ends.start_failed(why);
        }
    }

    fn ended(&self, ended: Ended<'_>) {
        self.0.bus.forget(ended.process.pid);
        self.0.system.locks.forget(ended.process.pid);
        self.forget_actor(&ended.process);
        let frame = frame(&ended.process);
        let on_terminal = frame.is_some_and(is_terminals_own);
        if let Err(error) = ended.exit {
            let pid = ended.process.pid;
            let entry = frame.and_then(|f| f.entry.as_ref()).map_or("", EntryId::as_str);
            let traceback = error.traceback().unwrap_or_default();
            // A call that was given up was killed for that; its own failure after the answer is news.
            let given_up = frame.is_some_and(|f| f.host.is_pool) && *error.kind() == ErrorKind::Canceled;
            if ended.watched || on_terminal || given_up {
                tracing::debug!(target: "wippy", logger = "process", %pid, entry, traceback, "process failed: {error}");
            } else {
                tracing::error!(target: "wippy", logger = "process", %pid, entry, traceback, "process failed: {error}");
            }
        }
        if let Some(frame) = frame.filter(|_| on_terminal) {
            frame.host.release();
            self.0.terminal_ended(ended.exit.clone());
        }
    }
}

/// Whether this is a terminal's process. A machine without an entry is only one beside it.
fn is_terminals_own(frame: &Frame) -> bool {
    frame.host.terminal.is_some() && frame.entry.is_some()
}

impl HostEntry {
    /// The terminal is free again.
    pub(crate) fn release(&self) {
        if let Some(terminal) = &self.terminal {
            terminal.occupied.store(false, Ordering::Release);
        }
    }
}

fn to_json(value: &Value) -> serde_json::Value {
    match value.to_tree() {
        Ok(Tree::Float(f)) if f.fract() == 0.0 && f.abs() < 1e15 => (f as i64).into(),
        Ok(tree) => serde_json::to_value(tree).unwrap_or(serde_json::Value::Null),
        Err(e) => format!("({e})").into(),
    }
}
