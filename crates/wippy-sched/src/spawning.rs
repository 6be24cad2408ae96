//! How a process starts others: spawn, exec, call, and spawn or join.

use crate::door::{WorkerDoor, check_topic};
use crate::gate::{Act, Purpose};
use crate::launch::{Launch, Launched};
use crate::process::{Pending, Ties, Waits};
use wippy_core::{Asked, Error, ErrorKind, Message, Pid, Spawn, Tag, Value};

impl WorkerDoor {
    /// Starts a process from an entry. The answer comes under the tag unless it is there at once.
    pub(crate) fn start(&mut self, spawn: Spawn, purpose: Purpose) -> Result<Asked<Pid>, Error> {
        let shared = self.shared();
        for (topic, _) in &spawn.with.messages {
            check_topic(topic)?;
        }
        let new = shared.gate.machine(self.caller(), &spawn, purpose)?;
        let (for_result, then) = (purpose != Purpose::Spawn, new.abandoned);
        let header = self.header();
        let spawner = header.pid;
        let tag = header.next_tag(Pending::Command);
        let waits = if for_result { Waits::ForResult(tag) } else { Waits::ForPid(tag) };
        let launch = Launch {
            machine: new.machine,
            method: new.method,
            args: spawn.args,
            host: shared.own(&new.host)?,
            baggage: Some(new.baggage),
            label: new.label,
            with: spawn.with,
            ties: Ties { spawner, waits },
            outside: None,
            may_take_time: true,
        };
        match shared.launch(&self.0, launch) {
            Ok(Launched::Reachable(pid) | Launched::Starting(pid)) if for_result => {
                self.header().settle(tag);
                self.header().pending.push((tag, Pending::Watch { target: pid, then }));
                Ok(Asked::Later(Tag::new(tag)))
            }
            Ok(Launched::Reachable(pid)) => {
                self.header().settle(tag);
                Ok(Asked::Done(Ok(pid)))
            }
            Ok(Launched::Starting(pid)) => {
                self.header().settle(tag);
                self.header().pending.push((tag, Pending::Starting(pid)));
                Ok(Asked::Later(Tag::new(tag)))
            }
            Err(e) => {
                self.header().settle(tag);
                Err(e)
            }
        }
    }

    /// Starts a process under a name, or finds the one that has the name.
    pub(crate) fn spawn_or_join(&mut self, spawn: Spawn) -> Asked<Pid> {
        loop {
            let shared = self.shared();
            let holder = spawn.with.name.as_deref().and_then(|name| shared.lookup(name));
            let joined = holder.filter(|pid| shared.reachable(*pid).is_some()).map(|holder| self.join(holder, &spawn));
            match joined {
                // It has ended meanwhile, and with it its hold on the name.
                Some(Err(e)) if *e.kind() == ErrorKind::NotFound => {}
                Some(joined) => return Asked::Done(joined),
                None => {}
            }
            match self.start(spawn.clone(), Purpose::Spawn) {
                Err(e) if *e.kind() == ErrorKind::AlreadyExists => {}
                started => return started.unwrap_or_else(|e| Asked::Done(Err(e))),
            }
        }
    }

    /// Gives the holder of a name what a new process would have got.
    fn join(&mut self, holder: Pid, spawn: &Spawn) -> Result<Pid, Error> {
        let shared = self.shared();
        shared.gate.may_start(self.caller(), spawn, Purpose::Spawn)?;
        for (topic, _) in &spawn.with.messages {
            check_topic(topic)?;
            self.check(Act::Send { to: holder, name: spawn.with.name.as_deref(), topic })?;
        }
        let (me, monitor, link) = (self.header().pid, spawn.with.monitor, spawn.with.link);
        self.tie(holder, |book| {
            if monitor {
                book.watchers.entry(me).exit = true;
            }
            if link {
                book.links.insert(me);
            }
            Ok(())
        })?;
        shared.with_own_book(me, |book| {
            if monitor {
                book.watching.insert(holder);
            }
            if link {
                book.links.insert(holder);
            }
        });
        for (topic, values) in &spawn.with.messages {
            let message = Message { topic: topic.clone(), from: Pid::SYSTEM, values: values.clone() };
            shared.deliver(holder, message).map_err(|(e, _)| e)?;
        }
        Ok(holder)
    }

    pub(crate) fn start_for_result(&mut self, spawn: Spawn, purpose: Purpose) -> Asked<Value> {
        match self.start(spawn, purpose) {
            Ok(Asked::Later(tag)) => Asked::Later(Tag::new(tag.raw())),
            Ok(Asked::Done(_)) => unreachable!("who waits for a result gets no pid"),
            Err(e) => Asked::Done(Err(e)),
        }
    }
}
