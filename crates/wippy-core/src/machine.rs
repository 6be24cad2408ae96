//! The central contract: what a process is to the scheduler.

use crate::cx::Cx;
use crate::entry::EntryId;
use crate::error::Error;
use crate::event::Event;
use crate::message::Values;
use crate::value::Value;

/// How a process ended: a value, or the error it failed with.
pub type Exit = Result<Value, Error>;

/// What a worker's clock calls when a slice is over, with the operating system's id of the worker's thread.
///
/// It runs on the clock thread while the machine is being stepped, so it may only do what is safe from there:
/// send a signal to the thread, raise an epoch. See [`StateMachine::bell`].
pub type Bell = fn(worker_thread: u64);

/// A process without its identity: initialised once, stepped until complete, closed once.
///
/// ```text
///            init            (1)
///             │ Ok(Ready) ───────────────┐
///             │ Ok(Pending)              │
///             ▼                          ▼
///   starting: step … Started (2) ──▶ ┌─Ready◀────────────┐
///             │ Complete(Err)        │   │ step (3)      │ an event arrives (6)
///             ▼                      │   ▼               │
///      the spawner's error           │ Running ─▶ Blocked/Idle (5)
///                                    └─(4) │
///                                          ▼ Complete (7), Upgrade (8)
///                                        close (9)
/// ```
///
/// 1. [`init`](Self::init) runs inside the spawner's call, under the new process's identity. It must be quick and run
///    no guest code. An unknown method is an error here.
/// 2. A machine that must run guest code before it knows whether it can start returns [`Start::Pending`]. Nobody can
///    reach it until it returns [`Step::Started`]; a [`Step::Complete`] with an error before that is the spawner's
///    error, and no EXIT exists.
/// 3. [`step`](Self::step) runs until there is nothing to do, or [`Cx::slice_over`] says so.
/// 4. [`Step::Ready`]: the slice was used up; step again after the others had their turn.
/// 5. [`Step::Blocked`] (waits for a reply or a message) and [`Step::Idle`] (waits for messages only) wake alike; the
///    difference is for people who look at the process.
/// 6. Any event makes it ready. If events are still undrained when it says Blocked or Idle, it is stepped again.
/// 7. [`Step::Complete`] ends it. Names go, then EXIT and LINK_DOWN are sent, then `close` is called.
/// 8. [`Step::Upgrade`] replaces the machine under the same pid: the old one is closed, a new one initialised.
/// 9. [`close`](Self::close) is called exactly once, also after a failed `init`, a panic or a kill, and never again.
///
/// # What the caller guarantees
/// One thread at a time, `init` first and once, no call after `close`. The machine may move between threads.
///
/// # What the implementer guarantees
/// All that leaves the process goes through `cx`. A step drains [`Cx::next_event`] until it returns `None` before it
/// says Blocked or Idle, asks [`Cx::slice_over`] now and then, and never blocks its thread.
///
/// # Error versus exit
/// An `Err` inside [`Exit`] is how a program fails; links break, supervisors see it. A panic in any of the three
/// functions ends this process with an INTERNAL error and touches nobody else.
///
/// # Example
/// ```
/// use wippy_core::{Cx, Error, Event, Start, StateMachine, Step, Value, Values};
///
/// /// Adds up the numbers it is sent; the topic `total` ends it with the sum.
/// struct Sum(i64);
///
/// impl StateMachine for Sum {
///     fn init(&mut self, _: &mut Cx, _method: &str, args: Values) -> Result<Start, Error> {
///         self.0 = args.first().as_int().unwrap_or(0);
///         Ok(Start::Ready)
///     }
///     fn step(&mut self, cx: &mut Cx) -> Step {
///         while let Some(event) = cx.next_event() {
///             match event {
///                 Event::Message(m) if m.topic == "total" => return Step::Complete(Ok(Value::Int(self.0))),
///                 Event::Message(m) => self.0 += m.values.first().as_int().unwrap_or(0),
///                 _ => {}
///             }
///         }
///         Step::Idle
///     }
///     fn close(&mut self) {}
/// }
/// ```
///
/// # Common mistakes
/// Returning Idle after the first event instead of draining them all works, but costs a turn per event. Looping on
/// work without asking `slice_over` starves the neighbours. Keeping a `Cx` is impossible; ask for what you need now.
pub trait StateMachine: Send {
    /// Prepares the process: chooses the entry point by `method`, takes the arguments.
    ///
    /// # Errors
    /// The spawner's error; `close` still follows.
    fn init(&mut self, cx: &mut Cx, method: &str, args: Values) -> Result<Start, Error>;

    /// Advances the process.
    fn step(&mut self, cx: &mut Cx) -> Step;

    /// Releases everything. Called exactly once for each machine whose `init` was called, also when that failed.
    fn close(&mut self);

    /// Bytes of memory the process holds, as its kind counts them; 0 when it does not.
    fn memory_bytes(&self) -> usize {
        0
    }

    /// The most messages that may wait for this machine, if its entry bounds them below its host's own limit; 0 (the
    /// default) when it does not, and above 32,767 the same. Asked once, before `init`; it must not panic.
    fn mailbox_max(&self) -> usize {
        0
    }

    /// How to make running guest code give way when its slice is over. `None`: the machine asks
    /// [`Cx::slice_over`] by itself.
    fn bell(&self) -> Option<Bell> {
        None
    }
}

impl StateMachine for Box<dyn StateMachine> {
    fn init(&mut self, cx: &mut Cx, method: &str, args: Values) -> Result<Start, Error> {
        (**self).init(cx, method, args)
    }
    fn step(&mut self, cx: &mut Cx) -> Step {
        (**self).step(cx)
    }
    fn close(&mut self) {
        (**self).close();
    }
    fn memory_bytes(&self) -> usize {
        (**self).memory_bytes()
    }
    fn mailbox_max(&self) -> usize {
        (**self).mailbox_max()
    }
    fn bell(&self) -> Option<Bell> {
        (**self).bell()
    }
}

/// What `init` achieved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The process exists.
    Ready,
    /// Guest code must run first; the process exists once a step returns [`Step::Started`].
    Pending,
}

/// What a step came to.
#[derive(Debug)]
pub enum Step {
    /// A pending start succeeded. Step again at once.
    Started,
    /// There is more to do, but the slice is over.
    Ready,
    /// Waits for a reply or a message.
    Blocked,
    /// Waits for messages only.
    Idle,
    /// The end.
    Complete(Exit),
    /// Run other code under the same identity. In a box: what next to no step says must not make all of them larger.
    Upgrade(Box<Upgrade>),
}

/// Which code a process goes on with.
#[derive(Debug)]
pub struct Upgrade {
    /// The new entry; `None` for the current version of the present one.
    pub entry: Option<EntryId>,
    /// Arguments for the new code.
    pub args: Values,
    /// Events that were taken but not used; the new code receives them first, in this order.
    pub unread: Vec<Event>,
}
