//! One machine, driven by hand.
//!
//! The door behind the machine's context does nothing by itself: what the machine sends, asks for and ties is written
//! down, and the test gives the events that would follow.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::Waker;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use wippy_core::{
    Answer, AnyCommand, Asked, Cx, Door, EntryId, Error, Event, Exit, Level, Message, Opaque, Options, Pid, Place,
    RawTag, Spawn, SpawnWith, Start, StateMachine, Step, Tag, Text, Tree, Value, Values,
};

/// What a machine asked for and has no answer to yet.
#[derive(Debug)]
#[non_exhaustive]
pub enum Asking {
    /// A command.
    Command(Box<dyn AnyCommand>),
    /// A process from an entry.
    Spawn(Box<Spawn>),
    /// A process from an entry, and its result.
    Exec(Box<Spawn>),
    /// The result of a function.
    Call(Box<Spawn>),
    /// A timer that is due at this time.
    Timer(Duration),
}

/// What stands behind a hand-driven machine; see [`Hand::door`].
#[derive(Debug, Default)]
pub struct HandDoor {
    /// Events that the machine has not taken.
    pub events: VecDeque<Event>,
    /// Messages it has sent, and to whom.
    pub sent: Vec<(Pid, Message)>,
    /// Requests without an answer.
    pub asking: Vec<(RawTag, Asking)>,
    /// Requests it gave up.
    pub abandoned: Vec<RawTag>,
    /// Machines it has started beside itself: how many, and how each was to be started.
    pub started: Vec<SpawnWith>,
    /// Signals it has sent, by their action's name: `process.monitor`, `process.link`, `process.cancel`, …
    pub signals: Vec<(&'static str, Pid)>,
    /// Names by which processes can be found.
    pub names: Vec<(String, Pid)>,
    /// Log records it has written.
    pub logged: Vec<(Level, String)>,
    /// The result it gave to its callers before its end.
    pub answered: Option<Exit>,
    /// Its options.
    pub options: Options,
    /// Simulated time since it began.
    pub now: Duration,
    /// Whether its slice is over.
    pub slice_over: bool,
    /// Whether it was killed.
    pub killed: bool,
    /// What the next sends are refused with; `None`: they are delivered.
    pub refuse_sends: Option<Error>,
    /// Messages it said it has used up.
    pub consumed: usize,
    tags: u64,
    random: u64,
}

/// A machine in the test's hand.
pub struct Hand<M: StateMachine> {
    machine: M,
    cx: Cx,
    door: Rc<RefCell<HandDoor>>,
    closed: bool,
}

impl<M: StateMachine> std::fmt::Debug for Hand<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hand({:?})", self.door.borrow())
    }
}

/// The place of hand-driven processes.
fn place() -> Place {
    Place::intern("", 0, "test:hand")
}

impl<M: StateMachine> Hand<M> {
    /// Takes a machine in hand; nothing is called yet.
    pub fn new(machine: M) -> Hand<M> {
        let door = Rc::new(RefCell::new(HandDoor { random: 1, ..HandDoor::default() }));
        Hand { machine, cx: Cx::new(Box::new(Behind(door.clone()))), door, closed: false }
    }

    /// The pid of the machine.
    pub fn pid() -> Pid {
        Pid::new(place(), 1, 0)
    }
    /// The pid of some other process, for messages and signals.
    pub fn other(number: u32) -> Pid {
        Pid::new(place(), 1 + number, 0)
    }

    /// Calls `init`.
    ///
    /// # Errors
    /// The machine's.
    pub fn init(&mut self, method: &str, args: impl Into<Values>) -> Result<Start, Error> {
        self.machine.init(&mut self.cx, method, args.into())
    }
    /// Calls `step`.
    pub fn step(&mut self) -> Step {
        self.machine.step(&mut self.cx)
    }
    /// Gives an event; the next step can take it.
    pub fn give(&mut self, event: Event) {
        self.door.borrow_mut().events.push_back(event);
    }
    /// Gives a message from another process.
    pub fn message(&mut self, from: Pid, topic: &str, values: impl Into<Values>) {
        self.give(Event::Message(Message { topic: topic.into(), from, values: values.into() }));
    }
    /// Answers a request; an event is given.
    ///
    /// # Panics
    /// When there is no such request, or it was answered or given up.
    pub fn answer(&mut self, tag: RawTag, answer: Result<Answer, Error>) {
        let mut door = self.door.borrow_mut();
        let i = door.asking.iter().position(|(t, _)| *t == tag).expect("nobody waits for this answer");
        door.asking.remove(i);
        door.events.push_back(Event::Reply { tag, answer });
    }
    /// Moves the time forward; timers that are due fire, in their order.
    pub fn advance(&mut self, by: Duration) {
        let now = self.door.borrow().now + by;
        self.door.borrow_mut().now = now;
        loop {
            let door = self.door.borrow();
            let due = door.asking.iter().filter_map(|(tag, asking)| match asking {
                Asking::Timer(at) if *at <= now => Some((*at, *tag)),
                _ => None,
            });
            let Some((_, tag)) = due.min() else { return };
            drop(door);
            self.answer(tag, Ok(Answer::Unit));
        }
    }
    /// Looks at what the machine did, and changes what it will find.
    ///
    /// # Panics
    /// When used inside a call of the machine.
    pub fn door<T>(&self, f: impl FnOnce(&mut HandDoor) -> T) -> T {
        f(&mut self.door.borrow_mut())
    }
    /// The machine.
    pub fn machine(&mut self) -> &mut M {
        &mut self.machine
    }
    /// Closes the machine, once.
    pub fn close(&mut self) {
        if !std::mem::replace(&mut self.closed, true) {
            self.machine.close();
        }
    }
}

impl<M: StateMachine> Drop for Hand<M> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.close();
        }
    }
}

struct Behind(Rc<RefCell<HandDoor>>);

impl Behind {
    fn ask(&self, asking: Asking) -> RawTag {
        let mut door = self.0.borrow_mut();
        door.tags += 1;
        let tag = RawTag(door.tags);
        door.asking.push((tag, asking));
        tag
    }
    fn signal(&self, action: &'static str, target: Pid) -> Result<(), Error> {
        self.0.borrow_mut().signals.push((action, target));
        Ok(())
    }
}

impl Door for Behind {
    fn pid(&self) -> Pid {
        Pid::new(place(), 1, 0)
    }
    fn entry(&self) -> Option<EntryId> {
        None
    }
    fn next_event(&mut self) -> Option<Event> {
        self.0.borrow_mut().events.pop_front()
    }
    fn look_again(&mut self) {}
    fn killed(&mut self) -> bool {
        self.0.borrow().killed
    }
    fn consumed(&mut self, messages: usize) {
        self.0.borrow_mut().consumed += messages;
    }
    fn slice_over(&self) -> bool {
        self.0.borrow().slice_over
    }
    fn resolve(&self, destination: &str) -> Result<Pid, Error> {
        let named = self.lookup(destination);
        let parsed = || Pid::parse(destination, place()).ok();
        let gone = || Error::not_found(format!("could not resolve '{destination}' as PID or registered name"));
        named.or_else(parsed).ok_or_else(gone)
    }
    fn send(&mut self, to: Pid, _: Option<&str>, mut message: Message) -> Result<(), (Error, Message)> {
        message.from = self.pid();
        let mut door = self.0.borrow_mut();
        match &door.refuse_sends {
            Some(error) => Err((error.clone(), message)),
            None => {
                door.sent.push((to, message));
                Ok(())
            }
        }
    }
    fn ask(&mut self, command: Box<dyn AnyCommand>) -> Asked<Answer> {
        Asked::Later(Tag::new(Behind::ask(self, Asking::Command(command))))
    }
    fn spawn(&mut self, spawn: Spawn) -> Asked<Pid> {
        Asked::Later(Tag::new(Behind::ask(self, Asking::Spawn(Box::new(spawn)))))
    }
    fn exec(&mut self, spawn: Spawn) -> Asked<Value> {
        Asked::Later(Tag::new(Behind::ask(self, Asking::Exec(Box::new(spawn)))))
    }
    fn call(&mut self, call: Spawn) -> Asked<Value> {
        Asked::Later(Tag::new(Behind::ask(self, Asking::Call(Box::new(call)))))
    }
    fn answer(&mut self, result: Exit) {
        self.0.borrow_mut().answered = Some(result);
    }
    fn spawn_machine(&mut self, mut machine: Box<dyn StateMachine>, _: Values, with: SpawnWith) -> Result<Pid, Error> {
        // Nobody runs it: it is closed as a machine must be.
        machine.close();
        let mut door = self.0.borrow_mut();
        door.started.push(with);
        Ok(Pid::new(place(), 1000 + door.started.len() as u32, 0))
    }
    fn timer(&mut self, after: Duration) -> RawTag {
        let at = self.now() + after;
        Behind::ask(self, Asking::Timer(at))
    }
    fn abandon(&mut self, tag: RawTag) {
        let mut door = self.0.borrow_mut();
        door.asking.retain(|(t, _)| *t != tag);
        door.abandoned.push(tag);
    }
    fn kill_start(&mut self, tag: RawTag) {
        self.abandon(tag);
    }
    fn foreign_waker(&mut self) -> Waker {
        Waker::noop().clone()
    }
    fn monitor(&mut self, target: Pid) -> Result<(), Error> {
        self.signal("process.monitor", target)
    }
    fn unmonitor(&mut self, target: Pid) -> Result<(), Error> {
        self.signal("process.unmonitor", target)
    }
    fn link(&mut self, target: Pid) -> Result<(), Error> {
        self.signal("process.link", target)
    }
    fn unlink(&mut self, target: Pid) -> Result<(), Error> {
        self.signal("process.unlink", target)
    }
    fn cancel(&mut self, target: Pid, _: &str) -> Result<(), Error> {
        self.signal("process.cancel", target)
    }
    fn terminate(&mut self, target: Pid) -> Result<(), Error> {
        self.signal("process.terminate", target)
    }
    fn register(&mut self, name: &str, pid: Pid) -> Result<(), Error> {
        match self.lookup(name) {
            Some(holder) if holder != pid => Err(Error::exists(format!("name already registered: {name}"))),
            Some(_) => Ok(()),
            None => {
                self.0.borrow_mut().names.push((name.to_owned(), pid));
                Ok(())
            }
        }
    }
    fn unregister(&mut self, name: &str) -> Result<bool, Error> {
        let mut door = self.0.borrow_mut();
        let before = door.names.len();
        door.names.retain(|(n, _)| n != name);
        Ok(door.names.len() < before)
    }
    fn lookup(&self, name: &str) -> Option<Pid> {
        self.0.borrow().names.iter().find(|(n, _)| n == name).map(|(_, pid)| *pid)
    }
    fn options(&self) -> Options {
        self.0.borrow().options
    }
    fn set_options(&mut self, options: Options) {
        self.0.borrow_mut().options = options;
    }
    fn check(&self, _: &'static str, _: &str, _: &'static str) -> Result<(), Error> {
        Ok(())
    }
    fn context(&self) -> Vec<(String, Tree)> {
        Vec::new()
    }
    fn identity(&self) -> Option<Opaque> {
        None
    }
    fn now(&self) -> Duration {
        self.0.borrow().now
    }
    fn wall(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_767_225_600) + self.0.borrow().now
    }
    fn random(&mut self) -> u64 {
        let mut door = self.0.borrow_mut();
        // A linear congruential generator (Knuth, MMIX): the same numbers in each test.
        door.random = door.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        door.random
    }
    fn log(&self, level: Level, _: &str, message: &str, _: &[(Text, Value)]) {
        self.0.borrow_mut().logged.push((level, message.to_owned()));
    }
}
