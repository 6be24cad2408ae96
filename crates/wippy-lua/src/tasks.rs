//! The coroutines of a process: who is ready, who waits, and for which answer.

use crate::errors;
use crate::ffi::Stack;
use crate::first::{FirstMap, FirstQueue, FirstSlab};
use crate::process::Proc;
use crate::transfer;
use smallvec::SmallVec;
use std::ffi::c_int;
use wippy_core::{Answer, Cx, Error, RawTag};

/// A task that can go on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ready {
    /// Its outermost coroutine.
    pub(crate) base: Stack,
    /// The coroutine that waits for values; `None` to go on where it was interrupted.
    pub(crate) target: Option<Stack>,
    /// How many values lie on the target's stack.
    pub(crate) nargs: c_int,
    /// Pushes the values when the task goes on, instead of before.
    pub(crate) give: Option<fn(Stack) -> c_int>,
}

/// A task that waits: whom to resume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiter {
    pub(crate) base: Stack,
    pub(crate) target: Stack,
}

/// Pushes the answer to a request as values; how many.
pub(crate) type OnAnswer = fn(Stack, Result<Answer, Error>) -> c_int;

/// What an answer is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pending {
    /// A coroutine waits for it.
    Task { waiter: Waiter, push: OnAnswer },
    /// `time.after`: fires once into the channel with this anchor.
    After { channel: c_int },
    /// A `time.timer`, which fires once unless it is set again.
    Timer { timer: c_int },
    /// A ticker: fires into its channel and is set again.
    Tick { ticker: c_int },
    /// A future: the one with this anchor is completed.
    Future { future: c_int },
    /// A coroutine waits for a spawn under a name, which is asked again when the name was taken meanwhile.
    Spawn { waiter: Waiter, monitor: bool, link: bool },
    /// A coroutine waits for a subscription to the bus.
    Subscribe { waiter: Waiter },
    /// The next events of a subscription, for this port.
    Events { subscription: u64, port: u32 },
    /// The time that a function has after its answer.
    Linger,
}

/// All coroutines that the scheduler of this process knows.
#[derive(Default)]
pub(crate) struct Tasks {
    pub(crate) ready: FirstQueue<Ready>,
    pub(crate) main: Option<Stack>,
    /// The task that runs now.
    pub(crate) current: Option<Stack>,
    /// Tasks whose `coroutine.spawn` runs another one right now.
    nested: Vec<Option<Stack>>,
    /// All tasks, and what keeps each alive. A task knows its place in the list.
    all: SmallVec<[(Stack, c_int); 1]>,
    pub(crate) pending: FirstMap<RawTag, Pending>,
    /// Waits on channels; see `channel`.
    pub(crate) waits: FirstSlab<crate::channel::Wait>,
}

impl Tasks {
    /// The entry function begins: its task, and what keeps it alive.
    pub(crate) fn begin_main(&mut self, main: Stack, anchor: c_int, nargs: c_int) {
        self.main = Some(main);
        self.add(main, anchor);
        self.ready.push_back(Ready { base: main, target: Some(main), nargs, give: None });
    }

    /// The task of the entry function, and what keeps it alive.
    pub(crate) fn main_task(&self) -> Option<(Stack, c_int)> {
        let main = self.main?;
        self.all.iter().find(|(task, _)| *task == main).copied()
    }

    fn add(&mut self, task: Stack, anchor: c_int) {
        task.set_task_place(self.all.len());
        self.all.push((task, anchor));
    }

    pub(crate) fn end(&mut self, lua: Stack, task: Stack) {
        let place = task.task_place();
        let (_, anchor) = self.all.swap_remove(place);
        if let Some((moved, _)) = self.all.get(place) {
            moved.set_task_place(place);
        }
        lua.room(8);
        lua.release(anchor);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Who to resume once what the running function waits for is there.
    pub(crate) fn waiter(&self, target: Stack) -> Waiter {
        Waiter { base: self.current.expect("a function that may wait was called by a task"), target }
    }

    /// Lets a waiting task go on with the `nargs` values on top of its target's stack.
    pub(crate) fn wake(&mut self, waiter: Waiter, nargs: c_int) {
        self.ready.push_back(Ready { base: waiter.base, target: Some(waiter.target), nargs, give: None });
    }

    /// Lets a task that could go on wait behind those that are ready; `give` pushes its values then.
    pub(crate) fn go_behind(&mut self, waiter: Waiter, give: fn(Stack) -> c_int) {
        self.ready.push_back(Ready { base: waiter.base, target: Some(waiter.target), nargs: 0, give: Some(give) });
    }

    /// Where each task stands, for people.
    pub(crate) fn places(&self, lua: Stack) -> Vec<String> {
        let _ = lua;
        let mut places: Vec<String> = self
            .all
            .iter()
            .map(|(task, _)| {
                let place = (0..8).find_map(|level| task.place(level));
                place.map_or_else(|| "?".to_owned(), |(source, line)| format!("{source}:{line}"))
            })
            .collect();
        places.sort();
        places
    }

    /// `coroutine.spawn` is about to run `task`.
    pub(crate) fn begin_nested(&mut self, lua: Stack, task: Stack) {
        self.nested.push(self.current.replace(task));
        task.push_thread();
        task.move_to(lua, 1);
        let anchor = lua.anchor();
        self.add(task, anchor);
    }

    /// It has stopped running.
    pub(crate) fn end_nested(&mut self) {
        self.current = self.nested.pop().flatten();
    }
}

impl Proc {
    /// The answer to a request has come.
    pub(crate) fn replied(&mut self, tag: RawTag, answer: Result<Answer, Error>) {
        match self.tasks.pending.remove(&tag) {
            Some(Pending::Task { waiter, push }) if waiter.target.room(16) => {
                let nargs = push(waiter.target, answer);
                self.tasks.wake(waiter, nargs);
            }
            Some(Pending::After { channel }) => self.fire_after(channel),
            Some(Pending::Timer { timer }) => self.fire_timer(timer),
            Some(Pending::Tick { ticker }) => self.fire_tick(ticker),
            Some(Pending::Future { future }) => self.complete_future(future, answer),
            Some(Pending::Spawn { waiter, monitor, link }) if waiter.target.room(16) => {
                self.spawned(waiter, (monitor, link), answer);
            }
            Some(Pending::Subscribe { waiter }) if waiter.target.room(16) => self.subscribed(waiter, answer),
            Some(Pending::Events { subscription, port }) => self.bus_events(subscription, port, answer),
            Some(Pending::Linger) => self.linger_no_longer(),
            // Without room on its stack the coroutine is beyond help; it is 200,000 values deep.
            Some(Pending::Task { .. } | Pending::Spawn { .. } | Pending::Subscribe { .. }) | None => {}
        }
    }
}

/// The usual forms of an answer: `value, nil` or `nil, error`.
pub(crate) fn push_result(lua: Stack, answer: Result<Answer, Error>) -> c_int {
    match answer {
        Ok(Answer::Unit) => lua.push_bool(true),
        Ok(Answer::Bool(v)) => lua.push_bool(v),
        Ok(Answer::Pid(pid)) => lua.push_pid(pid),
        Ok(Answer::Value(v)) => transfer::push(lua, &v),
        Ok(Answer::Any(_)) => lua.push_nil(),
        Err(e) => {
            lua.push_nil();
            errors::push(lua, &e);
            return 2;
        }
    }
    lua.push_nil();
    2
}

/// For requests whose success has no value at all, such as a sleep.
pub(crate) fn push_nothing(_: Stack, _: Result<Answer, Error>) -> c_int {
    0
}

/// Current time since the runtime started, for tickers.
pub(crate) fn timer(after: std::time::Duration) -> Result<RawTag, Error> {
    Cx::with(|cx| cx.timer(after).raw())
}
