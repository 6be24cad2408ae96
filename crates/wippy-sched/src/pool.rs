//! A set of workers: their queues, and who gets what is queued.
//!
//! A process that is woken goes to the LIFO place of the worker that woke it: its message is still in the cache, and a
//! wake-up of another thread costs 25–45 µs on a virtual machine. What stood there before moves to the worker's deque,
//! where others may steal it.

use crate::beat::Beat;
use crate::deliver::Shared;
use crate::idle::Idle;
use crate::observer::WorkersInfo;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::checked::AtomicPtr;
use crate::sync::{Parker, Unparker};
use crate::table::{FreeSlots, Slot, Token};
use crossbeam_deque::{Injector, Steal, Stealer, Worker as Deque};
use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::sync::Arc;
use wippy_core::Pid;

/// A set of workers with a common injector.
pub(crate) struct Pool {
    pub(crate) injector: Injector<Token>,
    stealers: Vec<Stealer<Token>>,
    pub(crate) unparkers: Vec<Unparker>,
    pub(crate) beats: Vec<Arc<Beat>>,
    lifos: Vec<Arc<Lifo>>,
    pub(crate) idle: Idle,
    pub(crate) stop: AtomicBool,
    /// Which scheduler they belong to.
    scheduler: u64,
}

/// What a worker starts with.
pub(crate) struct Seat {
    pub(crate) local: Local,
    pub(crate) parker: Parker,
}

/// A worker's own queues, reachable from anything that runs on its thread.
pub(crate) struct Local {
    pub(crate) pool: Arc<Pool>,
    /// The worker's place in `Pool::lifos`.
    pub(crate) lifo: Arc<Lifo>,
    pub(crate) deque: Deque<Token>,
    slots: RefCell<FreeSlots>,
    /// What is queued here now does not wake anybody.
    alone: Cell<bool>,
    pub(crate) index: usize,
}

/// The place for the process that was woken last. Its worker's alone, but for the clock, which takes out what waits
/// there behind a step that is over its slice.
#[derive(Default)]
pub(crate) struct Lifo(AtomicPtr<Slot>);

impl Lifo {
    /// Puts a token in; what stood there comes back. For the worker.
    fn put(&self, token: Token) -> Option<Token> {
        let new = token.into_raw();
        // Others only ever take out: an empty place stays empty until we fill it, so a plain store will do.
        if self.0.load(Ordering::Relaxed).is_null() {
            self.0.store(new, Ordering::Release);
            return None;
        }
        let old = self.0.swap(new, Ordering::AcqRel);
        // SAFETY: the pointer came from `into_raw` at an earlier call, and the swap has taken it out.
        (!old.is_null()).then(|| unsafe { Token::from_raw(old) })
    }
    /// Takes out what is there. For anybody.
    pub(crate) fn take(&self) -> Option<Token> {
        if self.0.load(Ordering::Relaxed).is_null() {
            return None;
        }
        let old = self.0.swap(std::ptr::null_mut(), Ordering::AcqRel);
        // SAFETY: as in `put`.
        (!old.is_null()).then(|| unsafe { Token::from_raw(old) })
    }
}

#[cfg(not(shuttle))]
thread_local! {
    /// The worker that runs on this thread; null on all others.
    static LOCAL: Cell<*const Local> = const { Cell::new(std::ptr::null()) };
}

#[cfg(shuttle)]
shuttle::thread_local! {
    static LOCAL: Cell<*const Local> = Cell::new(std::ptr::null());
}

/// Makes a worker's queues those of the current thread, as long as the value lives.
pub(crate) struct OnThread<'a> {
    before: *const Local,
    _local: PhantomData<&'a Local>,
}

impl<'a> OnThread<'a> {
    pub(crate) fn new(local: &'a Local) -> OnThread<'a> {
        OnThread { before: LOCAL.with(|l| l.replace(local)), _local: PhantomData }
    }
}

impl Local {
    /// The next token of the common injector; more come along into the deque.
    pub(crate) fn take_injected(&self) -> Option<Token> {
        loop {
            match self.pool.injector.steal_batch_and_pop(&self.deque) {
                Steal::Success(token) => return Some(token),
                Steal::Empty => return None,
                Steal::Retry => {}
            }
        }
    }

    /// Half of what another worker has, to the deque; the first of them.
    pub(crate) fn steal_from(&self, victim: usize) -> Option<Token> {
        loop {
            match self.pool.stealers[victim].steal_batch_and_pop(&self.deque) {
                Steal::Success(token) => {
                    // A worker steals when it has nothing itself, so what is in its deque now came along.
                    self.pool.beats[self.index].stole(self.deque.len() + 1);
                    return Some(token);
                }
                Steal::Empty => return None,
                Steal::Retry => {}
            }
        }
    }
}

impl Drop for OnThread<'_> {
    fn drop(&mut self) {
        LOCAL.with(|l| l.set(self.before));
    }
}

/// Runs `f` with the queues of the worker of this thread, if it has one.
fn with_local<T>(f: impl FnOnce(Option<&Local>) -> T) -> T {
    let local = LOCAL.with(Cell::get);
    // SAFETY: `OnThread` has put a pointer here that was made from a reference, and takes it away before that borrow
    // ends; it stays on its thread, and `f` cannot keep what it is lent.
    f(unsafe { local.as_ref() })
}

/// The number of the worker of this thread within its pool; 0 on all other threads.
pub(crate) fn index() -> usize {
    with_local(|local| local.map_or(0, |l| l.index))
}

/// Runs `f` with the free slots of the worker of this thread, if it is one of this scheduler.
pub(crate) fn with_slots<T>(shared: &Shared, f: impl FnOnce(Option<&mut FreeSlots>) -> T) -> T {
    with_local(|local| match local.filter(|l| l.pool.scheduler == shared.incarnation) {
        Some(local) => f(Some(&mut local.slots.borrow_mut())),
        None => f(None),
    })
}

/// As long as it lives, what is queued with the worker of this thread wakes no other worker to help.
pub(crate) struct Alone(());

/// The worker of this thread does without help.
pub(crate) fn alone() -> Alone {
    set_alone(true);
    Alone(())
}

fn set_alone(alone: bool) {
    with_local(|local| {
        if let Some(local) = local {
            local.alone.set(alone);
        }
    });
}

impl Drop for Alone {
    fn drop(&mut self) {
        set_alone(false);
    }
}

/// Queues a process that was just woken or made: beside its waker when they share workers.
pub(crate) fn schedule(token: Token, pid: Pid, shared: &Shared) {
    place(token, pid, shared, true);
}

/// Queues a process that has used up its slice: behind the others.
pub(crate) fn requeue(token: Token, pid: Pid, shared: &Shared) {
    place(token, pid, shared, false);
}

fn place(token: Token, pid: Pid, shared: &Shared, first: bool) {
    if shared.own_pools.load(Ordering::Relaxed)
        && let Some(host) = shared.hosts.read().get(&pid.place())
    {
        return host.pool.place(token, shared, first);
    }
    shared.pool.place(token, shared, first);
}

impl Shared {
    /// For the clock: the worker with this number, counted over all pools, is in a long step.
    pub(crate) fn free_lifo(&self, mut worker: usize) {
        for pool in self.pools.read().iter() {
            if worker < pool.workers() {
                return pool.free_lifo(worker, self);
            }
            worker -= pool.workers();
        }
    }
}

impl Pool {
    /// Starts `workers` threads.
    pub(crate) fn new(workers: usize, scheduler: u64) -> (Arc<Pool>, Vec<Seat>) {
        let deques: Vec<_> = (0..workers).map(|_| Deque::new_fifo()).collect();
        let parkers: Vec<_> = (0..workers).map(|_| Parker::new()).collect();
        let pool = Arc::new(Pool {
            injector: Injector::new(),
            stealers: deques.iter().map(Deque::stealer).collect(),
            unparkers: parkers.iter().map(|p| p.unparker().clone()).collect(),
            beats: (0..workers).map(|_| Arc::default()).collect(),
            lifos: (0..workers).map(|_| Arc::default()).collect(),
            idle: Idle::new(workers),
            stop: AtomicBool::new(false),
            scheduler,
        });
        let local = |index: usize, deque| {
            let lifo: Arc<Lifo> = pool.lifos[index].clone();
            Local { pool: pool.clone(), lifo, deque, slots: RefCell::default(), alone: Cell::new(false), index }
        };
        let seats = deques.into_iter().zip(parkers).enumerate();
        let seats = seats.map(|(index, (deque, parker))| Seat { local: local(index, deque), parker }).collect();
        (pool, seats)
    }

    pub(crate) fn workers(&self) -> usize {
        self.stealers.len()
    }

    /// Queues a token: with the worker of this thread if it is one of ours, else in the injector.
    fn place(&self, token: Token, shared: &Shared, first: bool) {
        with_local(|local| match local.filter(|l| std::ptr::eq(&*l.pool, self)) {
            Some(local) if first => {
                if let Some(displaced) = local.lifo.put(token) {
                    local.deque.push(displaced);
                    if !local.alone.get() {
                        self.wake(shared);
                    }
                }
            }
            Some(local) => {
                local.deque.push(token);
                self.wake(shared);
            }
            None => {
                self.injector.push(token);
                self.wake(shared);
            }
        });
    }

    pub(crate) fn beats(&self) -> impl Iterator<Item = &Arc<Beat>> {
        self.beats.iter()
    }

    /// Hands what waits behind a worker's long step to whoever has time.
    fn free_lifo(&self, worker: usize, shared: &Shared) {
        let freed = self.lifos[worker].take().map(|token| self.injector.push(token));
        if freed.is_some() || !self.stealers[worker].is_empty() {
            self.wake(shared);
        }
    }

    /// What its workers have done and have to do. Places for one process, beside the queues, are not looked into.
    pub(crate) fn info(&self) -> WorkersInfo {
        WorkersInfo {
            workers: self.workers(),
            executed: self.beats.iter().map(|b| b.executed()).sum(),
            stolen: self.beats.iter().map(|b| b.stolen()).sum(),
            queued: self.injector.len() + self.stealers.iter().map(Stealer::len).sum::<usize>(),
        }
    }

    pub(crate) fn all_asleep(&self) -> bool {
        self.idle.all_asleep()
    }

    /// Work was queued: wakes a worker if that is needed.
    pub(crate) fn wake(&self, shared: &Shared) {
        if let Some(worker) = self.idle.work_was_queued() {
            self.unparkers[worker].unpark();
            shared.clock.work_began();
        }
    }

    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        self.unparkers.iter().for_each(Unparker::unpark);
    }

    pub(crate) fn has_work(&self) -> bool {
        !self.injector.is_empty() || self.stealers.iter().any(|s| !s.is_empty())
    }
}

#[cfg(all(test, loom))]
mod model;
