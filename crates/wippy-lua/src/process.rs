//! The machine: a Lua process as the scheduler sees it.

use crate::block::Block;
use crate::dying::Dying;
use crate::errors;
use crate::ffi::{self, Stack, Status};
use crate::modules::long::Paused;
use crate::modules::uuid::Moments;
use crate::ports::Ports;
use crate::program::Program;
use crate::state;
use crate::tasks::{Pending, Ready, Tasks};
use crate::template::Template;
use crate::traceback::Wrapped;
use crate::transfer;
use std::ffi::c_int;
use std::sync::Arc;
use wippy_core::{Bell, Cx, EntryId, Error, Event, Exit, Pid, Start, StateMachine, Step, Tree, Upgrade, Value, Values};
use wippy_lua_sys::WProc;

/// A process written in Lua.
pub(crate) struct LuaMachine {
    program: Arc<Program>,
    proc: Option<Block>,
}

/// Everything that the Lua code of a process can reach, and who waits for what.
///
/// The C half finds it by the address of its first field: it begins a block of memory and never moves.
#[repr(C)]
pub(crate) struct Proc {
    pub(crate) c: WProc,
    pub(crate) program: Arc<Program>,
    pub(crate) pid: Pid,
    /// Set until the file-level code is over.
    loading: Option<Box<Loading>>,
    pub(crate) tasks: Tasks,
    pub(crate) ports: Ports,
    /// How it ended; nothing of it runs any more.
    pub(crate) outcome: Option<Exit>,
    /// It asked for other code; nothing of it runs any more.
    pub(crate) upgrade: Option<Box<(Option<EntryId>, Values)>>,
    /// It is killed and waits for that.
    pub(crate) halted: bool,
    has_waited: bool,
    /// A function that has given its result, which it ends with, and goes on.
    lingering: Option<Box<Exit>>,
    /// So many tasks at the front of the queue stand where the slice ended: one that runs, before those that have spawned
    /// it and wait until it waits. Until that has gone on, nothing new is taken in.
    interrupted: usize,
    /// It has failed, and has something to say about that.
    pub(crate) dying: Option<Box<Dying>>,
    /// What it remembers of the identifiers that it has made.
    pub(crate) moments: Option<Box<Moments>>,
    /// What the task that runs may be about to fail with.
    pub(crate) wrapped: Option<Box<Wrapped>>,
    /// Library functions that have more to do.
    pub(crate) paused: Option<Box<Paused>>,
}

// SAFETY: the state and everything that points into it belong to this process alone, which one thread runs at a time.
#[allow(unsafe_code, reason = "pointers into a state that moves with its process")]
unsafe impl Send for Proc {}

/// Blocks of processes that are not copies.
const BUILT: usize = 16 << 10;

impl LuaMachine {
    pub(crate) fn new(program: Arc<Program>) -> LuaMachine {
        LuaMachine { program, proc: None }
    }

    /// Looks at the process between two steps.
    #[cfg(test)]
    pub(crate) fn look<T>(&mut self, f: impl FnOnce(&Proc) -> T) -> T {
        f(self.proc.as_mut().expect("it has begun").at_rest())
    }
}

impl StateMachine for LuaMachine {
    fn init(&mut self, cx: &mut Cx, method: &str, args: Values) -> Result<Start, Error> {
        let limit = self.program.memory_max.min(cx.memory_limit());
        let proc = Proc::new(self.program.clone(), cx.pid(), [cx.random(), cx.random()], limit);
        let template = self.program.template(|| cx.random() as u32);
        let (block, start) = match template {
            Some(template) if template.entry.is_none() || method == self.program.method => {
                Proc::copied(proc, template, method, args)
            }
            _ => Proc::built(proc, cx.random() as u32, method, args),
        }?;
        self.proc = Some(block);
        Ok(start)
    }

    fn step(&mut self, cx: &mut Cx) -> Step {
        match &self.proc {
            Some(block) => {
                block.warm_up();
                let proc = block.proc();
                cx.enter(|| Proc::step(proc))
            }
            None => Step::Complete(Err(Error::internal("stepped without a state"))),
        }
    }

    fn close(&mut self) {
        self.proc = None;
    }

    fn memory_bytes(&self) -> usize {
        self.proc.as_ref().map_or(0, |block| {
            // SAFETY: the process is not being stepped while its machine is looked at.
            #[allow(unsafe_code, reason = "the process is shared with functions that Lua calls, in turn")]
            unsafe {
                (*block.proc()).c.used
            }
        })
    }

    fn bell(&self) -> Option<Bell> {
        Some(ffi::ring)
    }
}

/// Borrows the process for one expression. No reference lives while Lua runs.
macro_rules! with {
    ($proc:expr, |$p:ident| $body:expr) => {{
        // SAFETY: the pointer comes from the box that `step` was called on; no other reference to it exists, because
        // functions called from Lua end theirs before `run_task` returns.
        #[allow(unsafe_code, reason = "the process is shared with functions that Lua calls, in turn")]
        let $p = unsafe { &mut *$proc };
        $body
    }};
}

// Behind the macro, which it uses.
mod loading;

use loading::Loading;

impl Proc {
    /// A process without a state.
    #[inline(always)]
    pub(crate) fn new(program: Arc<Program>, pid: Pid, [seed, hide]: [u64; 2], limit: usize) -> Proc {
        Proc {
            c: WProc::new(limit, seed, hide),
            program,
            pid,
            loading: None,
            tasks: Tasks::default(),
            ports: Ports::default(),
            outcome: None,
            upgrade: None,
            halted: false,
            has_waited: false,
            lingering: None,
            interrupted: 0,
            dying: None,
            moments: None,
            wrapped: None,
            paused: None,
        }
    }

    /// Runs a process that has just been made and never waits to its end, without a scheduler.
    #[cfg(test)]
    pub(crate) fn run_to_end(proc: *mut Proc) -> Exit {
        while with!(proc, |p| p.loading.is_some()) {
            if let Step::Complete(exit) = Proc::load(proc) {
                return exit;
            }
        }
        while let Some(ready) = with!(proc, |p| p.tasks.ready.pop_front()) {
            Proc::run(proc, ready);
            if let Some(exit) = with!(proc, |p| p.outcome.take()) {
                return exit;
            }
        }
        Err(Error::internal("it waits"))
    }

    /// Gives a process a state that is a copy. Inlined with what it calls: else the process itself is copied thrice.
    #[inline(always)]
    pub(crate) fn copied(proc: Proc, template: &Template, method: &str, args: Values) -> Result<(Block, Start), Error> {
        let (mut block, task) = template.copy(proc).ok_or_else(no_memory)?;
        let p = block.at_rest();
        match (task, template.entry) {
            (Some(task), Some(anchor)) => {
                let nargs = transfer::push_all(task, &args);
                p.tasks.begin_main(task, anchor, nargs);
                Ok((block, Start::Ready))
            }
            _ => {
                p.begin_loading(template.prepared.clone(), method, args);
                Ok((block, Start::Pending))
            }
        }
    }

    /// Builds the state of a process in the ordinary way.
    pub(crate) fn built(proc: Proc, seed: u32, method: &str, args: Values) -> Result<(Block, Start), Error> {
        let mut block = Block::new(BUILT, proc).ok_or_else(no_memory)?;
        let p = block.at_rest();
        let lua = ffi::new_state(&mut p.c, seed).ok_or_else(no_memory)?;
        let program = p.program.clone();
        state::furnish(lua, &program);
        let prepared = state::prepare_all(lua, &program)?;
        p.begin_loading(prepared, method, args);
        Ok((block, Start::Pending))
    }

    /// The task that will run the entry function, and what keeps it alive.
    pub(crate) fn entry_task(&self) -> Option<(Stack, c_int)> {
        self.tasks.main_task()
    }

    fn step(proc: *mut Proc) -> Step {
        if with!(proc, |p| p.loading.is_some()) {
            return Proc::load(proc);
        }
        loop {
            // What the program sees of the world changes only where it waits, not where its slice happened to end.
            let interrupted = with!(proc, |p| std::mem::take(&mut p.interrupted)) > 0;
            if with!(proc, |p| p.dying.is_some()) {
                return Proc::speak(proc, Proc::run);
            }
            if !interrupted {
                with!(proc, |p| p.take_events());
                if let Some(step) = with!(proc, |p| p.stopped()) {
                    return step;
                }
            }
            while let Some(ready) = with!(proc, |p| p.tasks.ready.pop_front()) {
                Proc::run(proc, ready);
                if with!(proc, |p| p.dying.is_some()) {
                    return Proc::speak(proc, Proc::run);
                }
                if let Some(step) = with!(proc, |p| p.stopped()) {
                    return step;
                }
                if Cx::with(|cx| cx.slice_over()).unwrap_or(false) {
                    return Step::Ready;
                }
            }
            if !interrupted {
                return with!(proc, |p| p.waiting());
            }
        }
    }

    /// What the process has come to, if it must not go on.
    pub(crate) fn stopped(&mut self) -> Option<Step> {
        if let Some(outcome) = self.outcome.take() {
            return Some(Step::Complete(outcome));
        }
        if let Some((entry, args)) = self.upgrade.take().map(|upgrade| *upgrade) {
            return Some(Step::Upgrade(Box::new(Upgrade { entry, args, unread: self.ports.unread() })));
        }
        self.halted.then_some(Step::Blocked)
    }

    /// Nothing is ready.
    fn waiting(&mut self) -> Step {
        if !std::mem::replace(&mut self.has_waited, true)
            && let Some(template) = self.program.made_template().filter(|t| t.learns())
        {
            template.learn(&self.c);
        }
        let has_work = self.lingering.is_some() && self.has_work();
        if let Some(exit) = self.lingering.take_if(|_| !has_work) {
            return Step::Complete(*exit);
        }
        if let Some(error) = self.deadlock() {
            return Step::Complete(Err(error));
        }
        if self.tasks.pending.is_empty() { Step::Idle } else { Step::Blocked }
    }

    /// Runs one ready task until it waits, ends or fails.
    fn run(proc: *mut Proc, ready: Ready) {
        let c = with!(proc, |p| {
            p.interrupted = 0;
            p.tasks.current = Some(ready.base);
            p.c.target = ready.target.map_or(std::ptr::null_mut(), |t| t.0);
            p.c.nargs = match (ready.give, ready.target) {
                (Some(give), Some(target)) => give(target),
                _ => ready.nargs,
            };
            &raw mut p.c
        });
        let (status, results) = ffi::run_task(c, ready.base);
        with!(proc, |p| {
            p.tasks.current = None;
            p.task_stopped(ready.base, status, results);
        });
    }

    /// A task has stopped running. True when the process must not go on.
    pub(crate) fn task_stopped(&mut self, base: Stack, status: Status, results: c_int) -> bool {
        // A function that was only interrupted lays its room aside, on top of what it had the last time.
        if self.c.preempted == 0 || status != Status::Yielded {
            base.room(20);
        }
        match status {
            Status::Yielded if self.c.preempted != 0 => {
                self.tasks.ready.insert(self.interrupted, Ready { base, target: None, nargs: 0, give: None });
                self.interrupted += 1;
            }
            Status::Yielded if self.c.suspending == 0 => {
                // coroutine.yield in a task: the others have their turn, then it goes on.
                base.pop(results);
                self.tasks.ready.push_back(Ready { base, target: None, nargs: 0, give: None });
            }
            Status::Yielded => {}
            Status::Returned | Status::Failed if self.said(base, status, results) => {}
            Status::Returned => {
                let is_main = self.tasks.main == Some(base) && self.outcome.is_none();
                match is_main.then(|| self.outcome_of(base, results)) {
                    // The state goes as a whole: nothing of it needs to be given back before.
                    Some(exit) if !self.lingers(&exit) => self.outcome = Some(exit),
                    exit => {
                        self.tasks.end(self.lua(), base);
                        if let Some(exit) = exit {
                            self.linger(exit);
                        }
                    }
                }
            }
            Status::Failed => {
                let error = self.failure(base);
                self.failed(base, error);
            }
        }
        self.wrapped = None;
        self.c.preempted = 0;
        self.c.suspending = 0;
        self.outcome.is_some() || self.dying.is_some() || self.upgrade.is_some() || self.halted
    }

    pub(crate) fn lua(&self) -> Stack {
        Stack(self.c.main)
    }

    /// What the entry function's results mean.
    fn outcome_of(&self, base: Stack, results: c_int) -> Exit {
        if results == 0 {
            return Ok(Value::Nil);
        }
        let first = base.top() - results + 1;
        if results > 1 {
            match base.kind(first + 1) {
                ffi::STRING => return Err(Error::internal(base.to_text(first + 1).expect("it is a string"))),
                ffi::USERDATA if errors::is_error(base, first + 1) => {
                    return Err(self.returned_failure(base, first + 1));
                }
                _ => {}
            }
        }
        transfer::take(base, first)
    }

    /// Whether a function whose entry function has returned has work left.
    fn lingers(&self, exit: &Exit) -> bool {
        self.program.linger.is_some_and(|limit| exit.is_ok() && !limit.is_zero() && self.has_work())
    }

    /// A function with work left gives its result now and goes on for a while.
    fn linger(&mut self, exit: Exit) {
        let timer = Cx::with(|cx| {
            cx.answer(exit.clone());
            cx.timer(self.program.linger.unwrap_or_default()).raw()
        });
        match timer {
            Ok(tag) => {
                self.tasks.pending.insert(tag, Pending::Linger);
                self.lingering = Some(Box::new(exit));
            }
            Err(_) => self.outcome = Some(exit),
        }
    }

    /// A function has gone on for as long as it may after its answer.
    pub(crate) fn linger_no_longer(&mut self) {
        self.outcome = self.lingering.take().map(|exit| *exit);
    }

    /// Whether a coroutine can run, or waits for a timer, a call or anything else that comes by itself. Messages do not.
    fn has_work(&self) -> bool {
        let channel_of = |pending: &Pending| match *pending {
            Pending::After { channel } => Some(self.channel_of_timer(channel)),
            Pending::Tick { ticker } => Some(self.channel_of_ticker(ticker)),
            Pending::Future { future } => Some(self.channel_of_future(future)),
            _ => None,
        };
        let is_awaited = |pending: &Pending| match pending {
            Pending::Task { .. } | Pending::Spawn { .. } | Pending::Subscribe { .. } => true,
            Pending::Linger | Pending::Events { .. } => false,
            other => channel_of(other).is_some_and(crate::channel::has_receivers),
        };
        !self.tasks.ready.is_empty() || self.tasks.pending.values().any(is_awaited)
    }

    /// Whether nobody could ever wake this process, and how it stands then.
    fn deadlock(&mut self) -> Option<Error> {
        let awaited = |pending: &Pending| !matches!(pending, Pending::Linger | Pending::Events { .. });
        if self.tasks.is_empty() || self.tasks.pending.values().any(awaited) || self.ports.waited_for() {
            return None;
        }
        let lua = self.lua();
        let places = self.tasks.places(lua);
        let text = format!("deadlock: all coroutines blocked with no pending operations (threads={})", places.len());
        let places = places.into_iter().map(Tree::from).collect::<Vec<_>>();
        Some(Error::internal(text).with_details(Tree::map([("locations", places)])))
    }

    /// Routes all that has happened.
    pub(crate) fn take_events(&mut self) {
        while let Ok(Some(event)) = Cx::with(|cx| cx.next_event()) {
            match event {
                Event::Reply { tag, answer } => self.replied(tag, answer),
                // The node stops: nobody waits for what a function does after its answer.
                Event::Cancel(cancel) if cancel.from == Pid::SYSTEM && self.lingering.is_some() => {
                    self.linger_no_longer();
                }
                other => self.arrived(other),
            }
        }
    }
}

fn no_memory() -> Error {
    Error::limited("not enough memory for a Lua state")
}
