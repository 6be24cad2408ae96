//! What a process can reach: the scheduler's side of [`wippy_core::Cx`].

use crate::beat::Beat;
use crate::deliver::{Shared, queued_bytes};
use crate::gate::{Act, Caller, Purpose};
use crate::handlers::Asker;
use crate::launch::{Launch, Launched};
use crate::process::{Body, Header, Pending, Ties, Waits};
use crate::relations::Book;
use crate::turn::caught;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Wake, Waker};
use std::time::{Duration, SystemTime};
use wippy_core::pid::PidError;
use wippy_core::{
    Answer, AnyCommand, Asked, Bell, Cx, Door, EntryId, Error, ErrorKind, Event, Exit, Level, Message, Opaque, Options,
    Pid, RawTag, Spawn, SpawnWith, StateMachine, Tag, Text, Tree, Value, Values,
};

/// Where one thread serves processes: it lends its context to one at a time (and to the child one makes).
#[derive(Clone)]
pub(crate) struct Desk(Rc<Seat>);

struct Seat {
    /// The process that is being served; null between visits.
    current: Cell<*mut Header>,
    /// The scheduler that serves it; null between visits.
    shared: Cell<*const Shared>,
    beat: Option<Arc<Beat>>,
    slice: Cell<u64>,
    /// In a simulation: how often the present step may ask before its slice is over.
    budget: Cell<u32>,
    random: Cell<u64>,
    /// A context that is not in use.
    spare: RefCell<Option<Cx>>,
}

impl Desk {
    /// A desk for a worker, or without a beat for any other thread.
    pub(crate) fn new(beat: Option<Arc<Beat>>) -> Desk {
        Desk::seeded(beat, std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0))
    }

    /// A desk whose randomness comes from a seed, for a simulated worker.
    pub(crate) fn simulated(seed: u64) -> Desk {
        Desk::seeded(None, seed)
    }

    fn seeded(beat: Option<Arc<Beat>>, seed: u64) -> Desk {
        Desk(Rc::new(Seat {
            current: Cell::new(std::ptr::null_mut()),
            shared: Cell::new(std::ptr::null()),
            beat,
            slice: Cell::new(1),
            budget: Cell::new(u32::MAX),
            random: Cell::new(seed | 1),
            spare: RefCell::new(None),
        }))
    }

    /// Runs `f` with a context in front of this process.
    pub(crate) fn visit<T>(&self, shared: &Shared, header: &mut Header, f: impl FnOnce(&mut Cx) -> T) -> T {
        struct Leave<'a>(&'a Seat, *mut Header, *const Shared);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.current.set(self.1);
                self.0.shared.set(self.2);
            }
        }
        let seat = &*self.0;
        let spare = seat.spare.borrow_mut().take();
        let mut cx = spare.unwrap_or_else(|| Cx::new(Box::new(WorkerDoor(self.clone()))));
        let leave = Leave(seat, seat.current.replace(header), seat.shared.replace(shared));
        let ours = cx.door_id();
        let result = f(&mut cx);
        drop(leave);
        // A step that put another door in its place keeps that to itself.
        if cx.door_id() == ours {
            *seat.spare.borrow_mut() = Some(cx);
        }
        result
    }

    /// Runs a step: as [`Desk::visit`], watched by the clock.
    pub(crate) fn slice<T>(
        &self,
        shared: &Shared,
        header: &mut Header,
        bell: Option<Bell>,
        f: impl FnOnce(&mut Cx) -> T,
    ) -> T {
        let number = self.0.slice.get() + 1;
        self.0.slice.set(number);
        if let Some(beat) = &self.0.beat {
            beat.begin(number, header.pid, bell);
        }
        let result = self.visit(shared, header, f);
        if let Some(beat) = &self.0.beat {
            beat.end();
        }
        result
    }

    /// Whether the present step was asked to give way.
    pub(crate) fn slice_is_over(&self) -> bool {
        match &self.0.beat {
            Some(beat) => beat.is_over(self.0.slice.get()),
            // No clock looks at this desk: only a simulation sets a budget that can run out.
            None => {
                let left = self.0.budget.get();
                self.0.budget.set(left.saturating_sub(u32::from(left != u32::MAX)));
                left == 0
            }
        }
    }

    /// For a simulation: the slice of the next step is over when it has asked this often.
    pub(crate) fn set_budget(&self, asks: u32) {
        self.0.budget.set(asks);
    }

    /// Ends the life of the desk: the context it keeps refers back to it.
    pub(crate) fn clear(&self) {
        self.0.spare.borrow_mut().take();
    }
}

struct WorkerDoor(Desk);

impl WorkerDoor {
    /// The scheduler that serves the process.
    fn shared<'a>(&self) -> &'a Shared {
        let shared = self.0.0.shared.get();
        assert!(!shared.is_null(), "a context was used outside a step");
        // SAFETY: `visit` put a pointer made from its `&Shared` here and removes it before that borrow ends. Every use
        // is within a function of the door, which `visit` outlasts; the free lifetime lets those functions change
        // themselves meanwhile.
        unsafe { &*shared }
    }

    /// The process that is being served.
    #[allow(clippy::mut_from_ref, reason = "the pointer, not self, is the source; see SAFETY")]
    fn header(&self) -> &mut Header {
        let header = self.0.0.current.get();
        assert!(!header.is_null(), "a context was used outside a step");
        // SAFETY: `visit` put a pointer made from its `&mut Header` here and removes it before that borrow ends. No two
        // references overlap: every use below ends before the next function of the door, or a nested visit, begins.
        unsafe { &mut *header }
    }

    fn caller(&self) -> Caller<'_> {
        let header = self.header();
        Caller { pid: header.pid, baggage: header.baggage.as_ref() }
    }

    fn check(&self, act: Act<'_>) -> Result<(), Error> {
        self.shared().gate.check(self.caller(), act)
    }

    fn signal(&self, action: &'static str, to: Pid) -> Result<(), Error> {
        self.check(Act::Signal { action, to })
    }

    /// Writes something into the book of a process that can be found.
    fn tie(&self, target: Pid, f: impl FnOnce(&mut Book) -> Result<(), Error>) -> Result<(), Error> {
        let shared = self.shared();
        let gone = || Error::not_found("pid not registered");
        let slot = shared.reachable(target).ok_or_else(gone)?;
        let mut relations = slot.relations.lock();
        if relations.is_reachable(target) { f(relations.book()) } else { Err(gone()) }
    }

    /// Starts a process from an entry. The answer comes under the tag unless it is there at once.
    fn start(&mut self, spawn: Spawn, purpose: Purpose) -> Result<Asked<Pid>, Error> {
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
    fn spawn_or_join(&mut self, spawn: Spawn) -> Asked<Pid> {
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

    fn start_for_result(&mut self, spawn: Spawn, purpose: Purpose) -> Asked<Value> {
        match self.start(spawn, purpose) {
            Ok(Asked::Later(tag)) => Asked::Later(Tag::new(tag.raw())),
            Ok(Asked::Done(_)) => unreachable!("who waits for a result gets no pid"),
            Err(e) => Asked::Done(Err(e)),
        }
    }

    /// The next event of a process that still starts: it can ask for things, and hears the answers. Everything else is
    /// kept for when it has started.
    fn next_reply(&mut self) -> Option<Event> {
        loop {
            let header = self.header();
            let (letter, ordinary) = header.taken.pop()?;
            if letter.generation != header.pid.generation() {
                header.unused += usize::from(ordinary);
                self.consumed(usize::from(ordinary));
                continue;
            }
            match self.event_of(letter.body) {
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
fn check_topic(topic: &Text) -> Result<(), Error> {
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
            let (letter, ordinary) = header.taken.pop()?;
            if ordinary {
                header.unused += 1;
                if let Some(slot) = self.shared().table.slot(header.pid.slot()) {
                    slot.usage.received();
                }
                if header.host.counts_queued()
                    && let Body::Message(message) = &letter.body
                {
                    header.unused_bytes += queued_bytes(message);
                }
            }
            if letter.generation != header.pid.generation() {
                self.consumed(usize::from(ordinary));
                continue;
            }
            if let Body::Message(message) = letter.body {
                return Some(Event::Message(message));
            }
            if let Some(event) = self.event_of(letter.body) {
                return Some(event);
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
        let messages = messages.min(header.unused);
        let Some(slot) = self.shared().table.find(header.pid).filter(|_| messages > 0) else { return };
        if header.host.counts_queued() {
            // Which ones they were is not said: their share of the bytes, exact once all are used up.
            let bytes = header.unused_bytes / header.unused * messages;
            let bytes = if messages == header.unused { header.unused_bytes } else { bytes };
            header.unused_bytes -= bytes;
            slot.usage.free(messages, bytes);
        }
        slot.mailbox.consumed(messages as u16);
        header.unused -= messages;
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

    fn send(&mut self, to: Pid, name: Option<&str>, topic: Text, values: Values) -> Result<(), (Error, Message)> {
        let from = self.header().pid;
        let message = Message { topic, from, values };
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
            return Asked::Done(Err(Error::internal(format!("nobody handles the command {}", command.name()))));
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
            with,
            ties: Ties { spawner: header.pid, waits: Waits::No },
            outside: None,
            may_take_time: false,
        };
        match shared.launch(&self.0, launch)? {
            Launched::Reachable(pid) | Launched::Starting(pid) => Ok(pid),
        }
    }

    fn timer(&mut self, after: Duration) -> RawTag {
        let shared = self.shared();
        let deadline = shared.clock.now().saturating_add(after);
        let key = shared.timers.key(deadline);
        let header = self.header();
        let tag = header.next_tag(Pending::Timer(key));
        shared.timers.insert(key, header.pid, tag);
        shared.clock.timer_set(deadline);
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
        shared.reachable(target).ok_or_else(gone)?;
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
    fn with_own_book(&self, me: Pid, f: impl FnOnce(&mut Book)) {
        if let Some(slot) = self.table.find(me) {
            f(slot.relations.lock().book());
        }
    }
}

/// Has a process stepped, from any thread.
struct WakeProcess {
    shared: Weak<Shared>,
    pid: Pid,
    /// A wake-up lies in the mailbox already.
    asked: Arc<AtomicBool>,
}

impl Wake for WakeProcess {
    fn wake(self: Arc<Self>) {
        if !self.asked.swap(true, Ordering::AcqRel)
            && let Some(shared) = self.shared.upgrade()
        {
            shared.post(self.pid, crate::mailbox::Class::Signal, Body::Wake(self.asked.clone()));
        }
    }
}
