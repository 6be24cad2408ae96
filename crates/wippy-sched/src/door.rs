//! What a process can reach: the scheduler's side of [`wippy_core::Cx`].

use crate::deliver::Shared;
use crate::desk::Desk;
use crate::gate::{Act, Caller, Purpose};
use crate::handlers::Asker;
use crate::launch::{Launch, Launched};
use crate::process::{Body, Header, Pending, Ties, Waits};
use crate::relations::Book;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::turn::caught;
use crate::wake::WakeProcess;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, SystemTime};
use wippy_core::pid::PidError;
use wippy_core::{
    Answer, AnyCommand, Asked, Door, EntryId, Error, Event, Exit, Level, Message, Opaque, Options, Pid, RawTag, Spawn,
    SpawnWith, StateMachine, Tag, Text, Tree, Value, Values,
};

/// The door of the process that a desk serves.
pub(crate) struct WorkerDoor(pub(crate) Desk);

impl WorkerDoor {
    /// The scheduler that serves the process.
    pub(crate) fn shared<'a>(&self) -> &'a Shared {
        let shared = self.0.0.shared.get();
        assert!(!shared.is_null(), "a context was used outside a step");
        // SAFETY: `visit` put a pointer made from its `&Shared` here and removes it before that borrow ends. Every use
        // is within a function of the door, which `visit` outlasts; the free lifetime lets those functions change
        // themselves meanwhile.
        unsafe { &*shared }
    }

    /// The process that is being served.
    #[allow(clippy::mut_from_ref, reason = "the pointer, not self, is the source; see SAFETY")]
    pub(crate) fn header(&self) -> &mut Header {
        let header = self.0.0.current.get();
        assert!(!header.is_null(), "a context was used outside a step");
        // SAFETY: `visit` put a pointer made from its `&mut Header` here and removes it before that borrow ends. No two
        // references overlap: every use below ends before the next function of the door, or a nested visit, begins.
        unsafe { &mut *header }
    }

    pub(crate) fn caller(&self) -> Caller<'_> {
        let header = self.header();
        Caller { pid: header.pid, baggage: header.baggage.as_ref() }
    }

    pub(crate) fn check(&self, act: Act<'_>) -> Result<(), Error> {
        self.shared().gate.check(self.caller(), act)
    }

    pub(crate) fn signal(&self, action: &'static str, to: Pid) -> Result<(), Error> {
        self.check(Act::Signal { action, to })
    }

    /// Writes something into the book of a process that can be found.
    pub(crate) fn tie(&self, target: Pid, f: impl FnOnce(&mut Book) -> Result<(), Error>) -> Result<(), Error> {
        let shared = self.shared();
        let gone = || Error::not_found("pid not registered");
        let slot = shared.reachable(target).ok_or_else(gone)?;
        let mut relations = slot.relations.lock();
        if relations.is_reachable(target) { f(relations.book()) } else { Err(gone()) }
    }

    /// The next event of a process that still starts: it can ask for things, and hears the answers. Everything else is
    /// kept for when it has started.
    fn next_reply(&mut self) -> Option<Event> {
        loop {
            let header = self.header();
            let node = header.taken.pop_node()?;
            let Some(slot) = self.shared().table.slot(header.pid.slot()) else { continue };
            if !header.count(slot, &node) {
                continue;
            }
            match self.event_of(node.body.body) {
                Some(reply @ Event::Reply { .. }) => return Some(reply),
                Some(event) => self.header().unread.get_or_insert_default().push_back(event),
                None => {}
            }
        }
    }

    fn event_of(&mut self, body: Body) -> Option<Event> {
        let shared = self.shared();
        let me = self.header().pid;
        Some(match body {
            Body::Message(message) => Event::Message(message),
            Body::Reply { tag, answer } => {
                self.header().settle(tag)?;
                Event::Reply { tag, answer }
            }
            Body::Exit(notice) => {
                shared.forget(me, |book| book.watching.remove(notice.from));
                Event::Exit(notice)
            }
            Body::LinkDown(notice) => {
                shared.forget(me, |book| book.links.remove(notice.from));
                Event::LinkDown(notice)
            }
            Body::Cancel(cancel) => Event::Cancel(cancel),
            Body::Outdated(outdated) => {
                let entry = shared.gate.entry(self.caller());
                let concerns = entry.is_none_or(|own| outdated.sources.contains(&own));
                if !self.header().options.upgradable || !concerns {
                    return None;
                }
                Event::Outdated(outdated)
            }
            Body::Wake(asked) => {
                asked.store(false, Ordering::Release);
                return None;
            }
            Body::Terminate(_) => return None,
        })
    }
}

/// Whether a process may use a topic: those with `@` are the runtime's.
pub(crate) fn check_topic(topic: &Text) -> Result<(), Error> {
    match topic.as_bytes().first() {
        None => Err(Error::invalid("topic is empty")),
        Some(b'@') => Err(Error::invalid("cannot send to @ topics")),
        Some(_) => Ok(()),
    }
}

impl Door for WorkerDoor {
    fn pid(&self) -> Pid {
        self.header().pid
    }

    fn entry(&self) -> Option<EntryId> {
        self.shared().gate.entry(self.caller())
    }

    fn memory_limit(&self) -> usize {
        self.shared().gate.memory_limit(self.caller())
    }

    fn next_event(&mut self) -> Option<Event> {
        if self.header().starting.is_some() {
            return self.next_reply();
        }
        if let Some(event) = self.header().unread.as_mut().and_then(|u| u.pop_front()) {
            return Some(event);
        }
        loop {
            let header = self.header();
            let node = header.taken.pop_node()?;
            let Some(slot) = self.shared().table.slot(header.pid.slot()) else { continue };
            if !header.count(slot, &node) {
                continue;
            }
            // Out of the node into the caller's place: a message is copied once here.
            match node.body.body {
                Body::Message(message) => return Some(Event::Message(message)),
                other => {
                    if let Some(event) = self.event_of(other) {
                        return Some(event);
                    }
                }
            }
        }
    }

    fn look_again(&mut self) {
        let shared = self.shared();
        let header = self.header();
        let Some(slot) = shared.table.find(header.pid) else { return };
        if header.take_mail(slot).marked && !header.options.trap_links {
            // A link has broken: it is judged as at the beginning of a step, and the step's end finds the kill.
            shared.kill(header.pid, Error::internal("linked process failed"));
        }
    }

    fn killed(&mut self) -> bool {
        self.look_again();
        let header = self.header();
        let generation = header.pid.generation();
        header.taken.urgent().any(|letter| letter.generation == generation && matches!(letter.body, Body::Terminate(_)))
    }

    fn consumed(&mut self, messages: usize) {
        let header = self.header();
        let messages = messages.min(header.unused as usize);
        let Some(slot) = self.shared().table.find(header.pid).filter(|_| messages > 0) else { return };
        if header.host.counts_queued() {
            // Which ones they were is not said: their share of the bytes, exact once all are used up.
            let bytes = header.unused_bytes / header.unused as usize * messages;
            let bytes = if messages == header.unused as usize { header.unused_bytes } else { bytes };
            header.unused_bytes -= bytes;
            slot.usage.free(messages, bytes);
        }
        slot.mailbox.consumed(messages as u16);
        header.unused -= messages as u32;
    }

    fn slice_over(&self) -> bool {
        self.0.slice_is_over()
    }

    fn resolve(&self, destination: &str) -> Result<Pid, Error> {
        let shared = self.shared();
        match Pid::parse(destination, shared.home) {
            Ok(pid) => Ok(pid),
            Err(PidError::Malformed) => shared.lookup(destination).ok_or_else(|| {
                Error::not_found(format!("could not resolve '{destination}' as PID or registered name"))
            }),
            Err(PidError::UnknownHost(host)) => {
                let details = Tree::map([("host_id", host), ("node_id", shared.node.to_string())]);
                Err(Error::not_found("host not found").with_details(details))
            }
            Err(PidError::UnknownNode(node)) => {
                Err(Error::not_found("node not found").with_details(Tree::map([("node_id", node)])))
            }
        }
    }

    fn send(&mut self, to: Pid, name: Option<&str>, mut message: Message) -> Result<(), (Error, Message)> {
        let from = self.header().pid;
        message.from = from;
        if let Err(e) = check_topic(&message.topic) {
            return Err((e, message));
        }
        match self.check(Act::Send { to, name, topic: &message.topic }) {
            Ok(()) => {
                let shared = self.shared();
                shared.deliver(to, message)?;
                if let Some(slot) = shared.table.slot(from.slot()) {
                    slot.usage.sent();
                }
                Ok(())
            }
            Err(e) => Err((e, message)),
        }
    }

    fn ask(&mut self, command: Box<dyn AnyCommand>) -> Asked<Answer> {
        let shared = self.shared();
        for right in command.permissions() {
            let act = Act::Right { action: right.action, resource: &right.resource, refusal: right.refusal };
            if let Err(e) = self.check(act) {
                return Asked::Done(Err(e));
            }
        }
        let Some(handler) = shared.handlers.find(&*command) else {
            let error = Error::internal(format!("nobody handles the command {}", command.name()));
            return Asked::Done(Err(error.with_retryable(Some(false))));
        };
        let header = self.header();
        let asker = Asker { pid: header.pid, baggage: header.baggage.clone() };
        let tag = header.next_tag(Pending::Command);
        // A handler that panics has dropped its replier, which answers; the asker goes on.
        let handled = caught(|| handler(shared.arc(), asker, tag, command.into_any()));
        if let Err(e) = handled {
            tracing::error!("a command handler failed: {e}");
        }
        Asked::Later(Tag::new(tag))
    }

    fn spawn(&mut self, spawn: Spawn) -> Asked<Pid> {
        if spawn.with.or_holder {
            return self.spawn_or_join(spawn);
        }
        self.start(spawn, Purpose::Spawn).unwrap_or_else(|e| Asked::Done(Err(e)))
    }

    fn exec(&mut self, spawn: Spawn) -> Asked<Value> {
        self.start_for_result(spawn, Purpose::Exec)
    }

    fn call(&mut self, call: Spawn) -> Asked<Value> {
        self.start_for_result(Spawn { with: SpawnWith::default(), ..call }, Purpose::Call)
    }

    fn answer(&mut self, result: Exit) {
        let shared = self.shared();
        let mut waiting = Vec::new();
        shared.forget(self.header().pid, |book| {
            waiting.extend(book.watchers.iter().flat_map(|(w, how)| how.replies.iter().map(move |tag| (w, *tag))));
            for (watcher, _) in &waiting {
                if let Some(watch) = book.watchers.get_mut(*watcher) {
                    watch.replies.clear();
                    if watch.is_empty() {
                        book.watchers.remove(*watcher);
                    }
                }
            }
        });
        for (watcher, tag) in waiting {
            shared.reply(watcher, tag, result.clone().map(Answer::Value));
        }
    }

    fn spawn_machine(&mut self, machine: Box<dyn StateMachine>, args: Values, with: SpawnWith) -> Result<Pid, Error> {
        let shared = self.shared();
        let baggage = shared.gate.inherit(self.caller());
        let header = self.header();
        let launch = Launch {
            machine,
            method: "".into(),
            args,
            host: header.host,
            baggage,
            label: 0,
            with,
            ties: Ties { spawner: header.pid, waits: Waits::No },
            outside: None,
            may_take_time: false,
        };
        let (Launched::Reachable(pid) | Launched::Starting(pid)) = shared.launch(&self.0, launch)?;
        Ok(pid)
    }

    fn timer(&mut self, after: Duration) -> RawTag {
        let shared = self.shared();
        let deadline = shared.clock.now().saturating_add(after);
        let key = shared.timers.key(deadline);
        let header = self.header();
        let tag = header.next_tag(Pending::Timer(key));
        let look_by = shared.timers.insert(key, after, header.pid, tag);
        let _ = shared.clock.keeper.timer_set(look_by);
        tag
    }

    fn abandon(&mut self, tag: RawTag) {
        let header = self.header();
        if let Some(pending) = header.settle(tag) {
            self.shared().give_up(header.pid, tag, &pending, false);
        }
    }

    fn kill_start(&mut self, tag: RawTag) {
        if let Some(Pending::Starting(pid)) = self.header().settle(tag) {
            self.shared().kill(pid, Error::canceled("the start was given up"));
        }
    }

    fn foreign_waker(&mut self) -> Waker {
        self.header().has_waker = true;
        let asked = Arc::new(AtomicBool::new(false));
        Waker::from(Arc::new(WakeProcess {
            shared: Arc::downgrade(&self.shared().arc()),
            pid: self.header().pid,
            asked,
        }))
    }

    fn monitor(&mut self, target: Pid) -> Result<(), Error> {
        self.signal("process.monitor", target)?;
        let me = self.header().pid;
        self.tie(target, |book| {
            let watch = book.watchers.entry(me);
            match std::mem::replace(&mut watch.exit, true) {
                true => Err(Error::exists("already monitoring pid")),
                false => Ok(()),
            }
        })?;
        self.shared().with_own_book(me, |book| book.watching.insert(target));
        Ok(())
    }

    fn unmonitor(&mut self, target: Pid) -> Result<(), Error> {
        self.signal("process.unmonitor", target)?;
        let shared = self.shared();
        let me = self.header().pid;
        shared.forget(target, |book| {
            if let Some(watch) = book.watchers.get_mut(me) {
                watch.exit = false;
                if watch.is_empty() {
                    book.watchers.remove(me);
                }
            }
        });
        shared.with_own_book(me, |book| book.watching.remove(target));
        Ok(())
    }

    fn link(&mut self, target: Pid) -> Result<(), Error> {
        self.signal("process.link", target)?;
        let me = self.header().pid;
        self.tie(target, |book| {
            book.links.insert(me);
            Ok(())
        })?;
        self.shared().with_own_book(me, |book| book.links.insert(target));
        Ok(())
    }

    fn unlink(&mut self, target: Pid) -> Result<(), Error> {
        self.signal("process.unlink", target)?;
        let shared = self.shared();
        let me = self.header().pid;
        shared.forget(target, |book| book.links.remove(me));
        shared.with_own_book(me, |book| book.links.remove(target));
        Ok(())
    }

    fn cancel(&mut self, target: Pid, reason: &str) -> Result<(), Error> {
        self.signal("process.cancel", target)?;
        self.shared().cancel(self.header().pid, target, reason)
    }

    fn terminate(&mut self, target: Pid) -> Result<(), Error> {
        self.signal("process.terminate", target)?;
        let shared = self.shared();
        let gone = || Error::not_found("process not found");
        // One that still starts has no other end when its code does not come to one.
        shared.table.find(target).ok_or_else(gone)?;
        if shared.kill(target, Error::internal("process terminated")) { Ok(()) } else { Err(gone()) }
    }

    fn register(&mut self, name: &str, pid: Pid) -> Result<(), Error> {
        self.check(Act::Register { name, pid })?;
        self.shared().register(name, pid)
    }

    fn unregister(&mut self, name: &str) -> Result<bool, Error> {
        let shared = self.shared();
        loop {
            let holder = shared.lookup(name);
            self.check(Act::Unregister { name, holder })?;
            match holder {
                None => return Ok(false),
                // Only from the one that the gate has judged: somebody else may have taken the name since.
                Some(holder) if shared.unregister(name, holder) => return Ok(true),
                Some(_) => {}
            }
        }
    }

    fn lookup(&self, name: &str) -> Option<Pid> {
        let shared = self.shared();
        shared.lookup(name).filter(|pid| shared.table.find(*pid).is_some())
    }

    fn options(&self) -> Options {
        self.header().options
    }

    fn set_options(&mut self, options: Options) {
        self.header().options = options;
    }

    fn check(&self, action: &'static str, resource: &str, refusal: &'static str) -> Result<(), Error> {
        WorkerDoor::check(self, Act::Right { action, resource, refusal })
    }

    fn context(&self) -> Vec<(String, Tree)> {
        self.shared().gate.context(self.caller())
    }

    fn identity(&self) -> Option<Opaque> {
        self.shared().gate.identity(self.caller())
    }

    fn now(&self) -> Duration {
        self.shared().clock.now()
    }

    fn wall(&self) -> SystemTime {
        self.shared().now_wall()
    }

    fn random(&mut self) -> u64 {
        // xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016.
        let mut x = self.0.0.random.get();
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        self.0.0.random.set(x);
        x.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn log(&self, level: Level, logger: &str, message: &str, fields: &[(Text, Value)]) {
        self.shared().gate.log(self.caller(), level, logger, message, fields);
    }
}

impl Shared {
    /// Changes the book of the process that is running, and makes it one if it has none.
    pub(crate) fn with_own_book(&self, me: Pid, f: impl FnOnce(&mut Book)) {
        if let Some(slot) = self.table.find(me) {
            f(slot.relations.lock().book());
        }
    }
}
