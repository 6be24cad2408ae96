//! The only way out of a process.
//!
//! [`Cx`] is what `init` and `step` get. Whoever runs processes implements [`Door`] behind it. Code that has no `cx` at
//! hand (a C callback, a polled future, a fiber) reaches it through [`Cx::enter`] and [`Cx::with`].

use crate::command::{AnyCommand, Asked, Command, RawTag, Reply, Tag};
use crate::entry::EntryId;
use crate::error::Error;
use crate::event::Event;
use crate::machine::{Exit, StateMachine};
use crate::message::{Message, Values};
use crate::pid::Pid;
use crate::spawn::{Spawn, SpawnWith};
use crate::text::Text;
use crate::tree::Tree;
use crate::value::Value;
use std::cell::Cell;
use std::time::{Duration, SystemTime};

/// Severity of a log record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For those who look for a fault.
    Debug,
    /// Normal course of things.
    Info,
    /// Something to look at.
    Warn,
    /// Something failed.
    Error,
}

/// What a process sets about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// A broken link is an event instead of death.
    pub trap_links: bool,
    /// Replaced code is an event.
    pub upgradable: bool,
}

/// What stands behind a [`Cx`]. Implemented by schedulers; every check of rights happens behind it.
#[allow(missing_docs, reason = "each function is documented once, at the function of Cx with its name")]
pub trait Door {
    fn pid(&self) -> Pid;
    fn entry(&self) -> Option<EntryId>;
    fn next_event(&mut self) -> Option<Event>;
    fn look_again(&mut self);
    fn killed(&mut self) -> bool;
    fn consumed(&mut self, messages: usize);
    fn slice_over(&self) -> bool;
    fn resolve(&self, destination: &str) -> Result<Pid, Error>;
    /// The door writes down who the sender is. A message is a cache line: it is handed on as a whole and copied once.
    fn send(&mut self, to: Pid, name: Option<&str>, message: Message) -> Result<(), (Error, Message)>;
    fn ask(&mut self, command: Box<dyn AnyCommand>) -> Asked<crate::command::Answer>;
    fn spawn(&mut self, spawn: Spawn) -> Asked<Pid>;
    fn exec(&mut self, spawn: Spawn) -> Asked<Value>;
    fn call(&mut self, call: Spawn) -> Asked<Value>;
    fn answer(&mut self, result: Exit);
    fn spawn_machine(&mut self, machine: Box<dyn StateMachine>, args: Values, with: SpawnWith) -> Result<Pid, Error>;
    fn timer(&mut self, after: Duration) -> RawTag;
    fn abandon(&mut self, tag: RawTag);
    fn kill_start(&mut self, tag: RawTag);
    fn foreign_waker(&mut self) -> std::task::Waker;
    fn monitor(&mut self, target: Pid) -> Result<(), Error>;
    fn unmonitor(&mut self, target: Pid) -> Result<(), Error>;
    fn link(&mut self, target: Pid) -> Result<(), Error>;
    fn unlink(&mut self, target: Pid) -> Result<(), Error>;
    fn cancel(&mut self, target: Pid, reason: &str) -> Result<(), Error>;
    fn terminate(&mut self, target: Pid) -> Result<(), Error>;
    fn register(&mut self, name: &str, pid: Pid) -> Result<(), Error>;
    fn unregister(&mut self, name: &str) -> Result<bool, Error>;
    fn lookup(&self, name: &str) -> Option<Pid>;
    fn options(&self) -> Options;
    fn set_options(&mut self, options: Options);
    fn check(&self, action: &'static str, resource: &str, refusal: &'static str) -> Result<(), Error>;
    fn context(&self) -> Vec<(String, Tree)>;
    fn identity(&self) -> Option<crate::command::Opaque>;
    fn now(&self) -> Duration;
    fn wall(&self) -> SystemTime;
    fn random(&mut self) -> u64;
    fn memory_limit(&self) -> usize {
        usize::MAX
    }
    fn log(&self, level: Level, logger: &str, message: &str, fields: &[(Text, Value)]);
}

/// The door of the process that is being stepped.
pub struct Cx {
    /// `None` only while [`Cx::enter`] has lent it to the thread; nobody can hold this `Cx` then.
    door: Option<Box<dyn Door>>,
}

impl std::fmt::Debug for Cx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cx")
    }
}

thread_local!(static INSIDE: Cell<Option<Cx>> = const { Cell::new(None) });

/// Puts the door back where it came from, also when a panic passes by.
struct Lent<'a> {
    cx: &'a mut Cx,
    /// What an enclosing `enter` on this thread had lent: a process that makes another one inside its step.
    outer: Option<Cx>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let outer = self.outer.take();
        if let Some(cx) = INSIDE.replace(outer) {
            *self.cx = cx;
        }
    }
}

impl Cx {
    /// A context in front of `door`. For those who run processes.
    pub fn new(door: Box<dyn Door>) -> Cx {
        Cx { door: Some(door) }
    }

    /// Tells this context from others, for those who run processes; 0 when its door is gone.
    #[inline]
    pub fn door_id(&self) -> usize {
        self.door.as_ref().map_or(0, |door| (&raw const **door).cast::<()>() as usize)
    }

    #[inline]
    fn at(&self) -> &dyn Door {
        &**self.door.as_ref().expect("nobody holds a context that is lent to its thread")
    }

    #[inline]
    fn through(&mut self) -> &mut dyn Door {
        &mut **self.door.as_mut().expect("nobody holds a context that is lent to its thread")
    }

    /// Runs `f` while [`Cx::with`] finds this context on the current thread.
    #[inline]
    pub fn enter<T>(&mut self, f: impl FnOnce() -> T) -> T {
        let me = Cx { door: self.door.take() };
        let outer = INSIDE.replace(Some(me));
        let _lent = Lent { cx: self, outer };
        f()
    }

    /// Runs `f` with the context of the process that is being stepped on this thread.
    ///
    /// # Errors
    /// INTERNAL "outside a step" when there is none, or when it is lent already.
    #[inline]
    pub fn with<T>(f: impl FnOnce(&mut Cx) -> T) -> Result<T, Error> {
        struct Back(Option<Cx>);
        impl Drop for Back {
            fn drop(&mut self) {
                INSIDE.set(self.0.take());
            }
        }
        let cx = INSIDE.take();
        let mut back = Back(Some(
            cx.ok_or_else(|| Error::internal("used outside a step of a process").with_retryable(Some(false)))?,
        ));
        Ok(f(back.0.as_mut().expect("put there in the line above")))
    }

    /// Who this process is.
    #[inline]
    pub fn pid(&self) -> Pid {
        self.at().pid()
    }
    /// The entry whose code runs; `None` for machines started without one.
    pub fn entry(&self) -> Option<EntryId> {
        self.at().entry()
    }
    /// The next event, or `None` when all are drained.
    #[inline]
    pub fn next_event(&mut self) -> Option<Event> {
        self.through().next_event()
    }
    /// Looks into the mailbox again within this step: what has come since the step began can be drained as well.
    pub fn look_again(&mut self) {
        self.through().look_again();
    }
    /// Whether somebody has killed this process since the step began. The kill takes effect when the step returns; a
    /// machine whose code cannot stop in between asks this, and gives up what it runs.
    pub fn killed(&mut self) -> bool {
        self.through().killed()
    }
    /// Says that `messages` messages, taken before, are used up and give room in a bounded mailbox again. A machine that
    /// never calls it fills its mailbox for good if its host bounds it.
    #[inline]
    pub fn consumed(&mut self, messages: usize) {
        self.through().consumed(messages);
    }
    /// Whether the slice is over and the step should return [`crate::Step::Ready`] soon.
    #[inline]
    pub fn slice_over(&self) -> bool {
        self.at().slice_over()
    }

    /// Finds a destination: pid text, else a registered name.
    ///
    /// # Errors
    /// NOT_FOUND "could not resolve …", or "host not found" for the pid of a host that does not exist.
    pub fn resolve(&self, destination: &str) -> Result<Pid, Error> {
        self.at().resolve(destination)
    }
    /// Puts a message into the mailbox of `to`. On success it is there already, ahead of everything sent later.
    ///
    /// # Errors
    /// NOT_FOUND (dead or unknown), PERMISSION_DENIED, UNAVAILABLE (mailbox full, host stopping); the message comes back.
    #[inline]
    pub fn send(&mut self, to: Pid, topic: impl Into<Text>, values: impl Into<Values>) -> Result<(), (Error, Message)> {
        let message = Message { topic: topic.into(), from: Pid::SYSTEM, values: values.into() };
        self.through().send(to, None, message)
    }
    /// As [`Cx::send`]; `name` is the text under which the sender knows `to`, if that is a name.
    ///
    /// # Errors
    /// As [`Cx::send`].
    pub fn send_known(
        &mut self,
        to: Pid,
        name: Option<&str>,
        topic: Text,
        values: Values,
    ) -> Result<(), (Error, Message)> {
        self.through().send(to, name, Message { topic, from: Pid::SYSTEM, values })
    }
    /// As [`Cx::send`], to a pid or a name in text.
    ///
    /// # Errors
    /// As [`Cx::resolve`] and [`Cx::send`].
    pub fn send_to(
        &mut self,
        destination: &str,
        topic: impl Into<Text>,
        values: impl Into<Values>,
    ) -> Result<(), Error> {
        let to = self.resolve(destination)?;
        let name = (!destination.starts_with('{')).then_some(destination);
        let message = Message { topic: topic.into(), from: Pid::SYSTEM, values: values.into() };
        self.through().send(to, name, message).map_err(|(e, _)| e)
    }
    /// Makes a request.
    pub fn ask<C: Command>(&mut self, command: C) -> Asked<C::Reply> {
        match self.through().ask(Box::new(command)) {
            Asked::Done(answer) => Asked::Done(answer.and_then(C::Reply::from_answer)),
            Asked::Later(tag) => Asked::Later(Tag::new(tag.raw())),
        }
    }
    /// Starts a process from an entry. When a pid comes back the child can be reached; ties are established.
    pub fn spawn(&mut self, spawn: Spawn) -> Asked<Pid> {
        self.through().spawn(spawn)
    }
    /// Starts a process from an entry; the answer is its result.
    pub fn exec(&mut self, spawn: Spawn) -> Asked<Value> {
        self.through().exec(spawn)
    }
    /// Calls an entry as a function; the answer is its result. `call.host` and `call.with` have no meaning: a function
    /// runs where its entry says. Giving the answer up, or ending, kills the function; a process that was called as a
    /// function is asked to end instead.
    pub fn call(&mut self, call: Spawn) -> Asked<Value> {
        self.through().call(call)
    }
    /// Gives those who wait for this process's result this one, now, while the process goes on. They no longer touch it
    /// then, and its real end is told to monitors and links alone.
    pub fn answer(&mut self, result: Exit) {
        self.through().answer(result);
    }
    /// Starts a Rust machine beside this process, on the same host and under the same identity.
    ///
    /// # Errors
    /// What the machine's `init` says; UNAVAILABLE or RATE_LIMITED from the host; ALREADY_EXISTS for a taken name.
    pub fn spawn_machine(
        &mut self,
        machine: impl StateMachine + 'static,
        args: impl Into<Values>,
        with: SpawnWith,
    ) -> Result<Pid, Error> {
        self.through().spawn_machine(Box::new(machine), args.into(), with)
    }
    /// A reply with the returned tag comes once `after` has passed, never earlier.
    #[inline]
    pub fn timer(&mut self, after: Duration) -> Tag<()> {
        Tag::new(self.through().timer(after))
    }
    /// Gives up a request: its reply will not come. A called function is killed, an exec'd process goes on.
    pub fn abandon(&mut self, tag: RawTag) {
        self.through().abandon(tag);
    }
    /// Gives up a spawn whose pid has not come yet, and kills the process that is on its way up.
    pub fn kill_start(&mut self, tag: RawTag) {
        self.through().kill_start(tag);
    }
    /// A waker that any thread may use to have this process stepped again.
    pub fn waker(&mut self) -> std::task::Waker {
        self.through().foreign_waker()
    }
    /// Asks for one EXIT event when `target` ends.
    ///
    /// # Errors
    /// NOT_FOUND "pid not registered", ALREADY_EXISTS, PERMISSION_DENIED.
    pub fn monitor(&mut self, target: Pid) -> Result<(), Error> {
        self.through().monitor(target)
    }
    /// Takes a monitor back. Fine when there is none.
    ///
    /// # Errors
    /// PERMISSION_DENIED.
    pub fn unmonitor(&mut self, target: Pid) -> Result<(), Error> {
        self.through().unmonitor(target)
    }
    /// Ties both fates: the failure of one reaches the other.
    ///
    /// # Errors
    /// NOT_FOUND "pid not registered", PERMISSION_DENIED.
    pub fn link(&mut self, target: Pid) -> Result<(), Error> {
        self.through().link(target)
    }
    /// Unties. Fine when there is no link.
    ///
    /// # Errors
    /// PERMISSION_DENIED.
    pub fn unlink(&mut self, target: Pid) -> Result<(), Error> {
        self.through().unlink(target)
    }
    /// Asks `target` to end.
    ///
    /// # Errors
    /// NOT_FOUND "process not found", PERMISSION_DENIED.
    pub fn cancel(&mut self, target: Pid, reason: &str) -> Result<(), Error> {
        self.through().cancel(target, reason)
    }
    /// Kills `target` at its next scheduling point.
    ///
    /// # Errors
    /// NOT_FOUND "process not found", PERMISSION_DENIED.
    pub fn terminate(&mut self, target: Pid) -> Result<(), Error> {
        self.through().terminate(target)
    }
    /// Gives a process a local name; it vanishes with the process, before EXIT goes out.
    ///
    /// # Errors
    /// ALREADY_EXISTS (another holds it), NOT_FOUND (dead), INVALID (empty, or looks like a pid), PERMISSION_DENIED.
    pub fn register(&mut self, name: &str, pid: Pid) -> Result<(), Error> {
        self.through().register(name, pid)
    }
    /// Frees a local name; whether there was one.
    ///
    /// # Errors
    /// PERMISSION_DENIED.
    pub fn unregister(&mut self, name: &str) -> Result<bool, Error> {
        self.through().unregister(name)
    }
    /// Who has a local name.
    pub fn lookup(&self, name: &str) -> Option<Pid> {
        self.at().lookup(name)
    }
    /// This process's options.
    pub fn options(&self) -> Options {
        self.at().options()
    }
    /// Changes them, at once.
    pub fn set_options(&mut self, options: Options) {
        self.through().set_options(options);
    }
    /// Judges a right of this process; for kinds that must know before they act, such as builders.
    ///
    /// # Errors
    /// PERMISSION_DENIED, its message `refusal: resource`.
    pub fn check(&self, action: &'static str, resource: &str, refusal: &'static str) -> Result<(), Error> {
        self.at().check(action, resource, refusal)
    }
    /// The context values this process was given.
    pub fn context(&self) -> Vec<(String, Tree)> {
        self.at().context()
    }
    /// What children inherit from this process: values, actor and scope, as they stand now.
    pub fn identity(&self) -> Option<crate::command::Opaque> {
        self.at().identity()
    }
    /// Time since the runtime started; never goes back.
    pub fn now(&self) -> Duration {
        self.at().now()
    }
    /// The time of day.
    pub fn wall(&self) -> SystemTime {
        self.at().wall()
    }
    /// Bytes of memory that this process's host grants it; `usize::MAX` when it sets no limit. Kinds that can count
    /// memory heed it.
    pub fn memory_limit(&self) -> usize {
        self.at().memory_limit()
    }
    /// A random number.
    pub fn random(&mut self) -> u64 {
        self.through().random()
    }
    /// Writes a log record under the name `logger`; pid and entry are added.
    pub fn log(&self, level: Level, logger: &str, message: &str, fields: &[(Text, Value)]) {
        self.at().log(level, logger, message, fields);
    }
}
