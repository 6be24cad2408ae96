//! Worker threads: where each finds its next process, and when it sleeps.
//!
//! A process that is woken goes to the LIFO place of the worker that woke it: its message is still in the cache, and a
//! wake-up of another thread costs 25–45 µs on a virtual machine. What stood there before moves to the worker's deque,
//! where others may steal it. A pair of chatting processes may use the LIFO place [`LIFO_RUNS_MAX`] times in a row, then the
//! deque has its turn; every [`INJECTOR_EVERY`] turns the injector is looked at first.

use crate::deliver::Shared;
use crate::door::Desk;
use crate::idle::Idle;
use crate::table::{Slot, Token};
use crossbeam_deque::{Injector, Steal, Stealer, Worker as Deque};
use crossbeam_utils::sync::{Parker, Unparker};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use wippy_core::{Bell, Pid};

const LIFO_RUNS_MAX: u32 = 16;
const INJECTOR_EVERY: u32 = 61;
/// Looks at the queues before a worker without work parks.
const SPINS: u32 = 64;

/// A set of workers with a common injector.
pub(crate) struct Pool {
    injector: Injector<Token>,
    stealers: Vec<Stealer<Token>>,
    unparkers: Vec<Unparker>,
    beats: Vec<Arc<Beat>>,
    lifos: Vec<Arc<Lifo>>,
    idle: Idle,
    stop: AtomicBool,
}

/// What the clock sees of a worker.
#[derive(Default)]
pub(crate) struct Beat {
    /// Number of the step that runs; 0 between steps.
    slice: AtomicU64,
    /// The step that was asked to give way.
    over: AtomicU64,
    /// A [`Bell`] as an address, or 0.
    bell: AtomicUsize,
    thread: AtomicU64,
}

impl Beat {
    pub(crate) fn slice(&self) -> u64 {
        self.slice.load(Ordering::Relaxed)
    }
    /// A step begins.
    pub(crate) fn begin(&self, number: u64, bell: Option<Bell>) {
        self.bell.store(bell.map_or(0, |f| f as usize), Ordering::Relaxed);
        self.slice.store(number, Ordering::Release);
    }
    /// The step ended.
    pub(crate) fn end(&self) {
        self.slice.store(0, Ordering::Release);
    }
    /// Whether the step with this number was asked to give way.
    pub(crate) fn is_over(&self, number: u64) -> bool {
        self.over.load(Ordering::Relaxed) == number
    }
    /// For the clock: asks the step to give way.
    pub(crate) fn slice_is_over(&self, number: u64) {
        self.over.store(number, Ordering::Relaxed);
        let bell = self.bell.load(Ordering::Relaxed);
        if bell != 0 && self.slice.load(Ordering::Acquire) == number {
            // SAFETY: the address was stored by `begin` from a value of exactly this function type.
            let bell: Bell = unsafe { std::mem::transmute::<usize, Bell>(bell) };
            // A kind's fault must not end all timers.
            let _ = crate::turn::caught(|| bell(self.thread.load(Ordering::Relaxed)));
        }
    }
}

/// A worker's own queues, reachable from anything that runs on its thread.
struct Local {
    pool: *const Pool,
    /// The worker's place in `Pool::lifos`.
    lifo: Arc<Lifo>,
    deque: Deque<Token>,
}

/// The place for the process that was woken last. Its worker's alone, but for the clock, which takes out what waits
/// there behind a step that is over its slice.
#[derive(Default)]
struct Lifo(AtomicPtr<Slot>);

impl Lifo {
    fn replace(&self, token: Option<Token>) -> Option<Token> {
        let new = token.map_or(std::ptr::null_mut(), Token::into_raw);
        if new.is_null() && self.0.load(Ordering::Relaxed).is_null() {
            return None;
        }
        let old = self.0.swap(new, Ordering::AcqRel);
        // SAFETY: the pointer came from `into_raw` in the line above, at an earlier call, and the swap has taken it out.
        (!old.is_null()).then(|| unsafe { Token::from_raw(old) })
    }
    fn take(&self) -> Option<Token> {
        self.replace(None)
    }
}

thread_local!(static LOCAL: RefCell<Option<Rc<Local>>> = const { RefCell::new(None) });

/// Queues a process that was just woken or made: beside its waker when they share workers.
pub(crate) fn schedule(token: Token, pid: Pid, shared: &Shared) {
    place(token, pid, shared, true);
}

/// Queues a process that has used up its slice: behind the others.
pub(crate) fn requeue(token: Token, pid: Pid, shared: &Shared) {
    place(token, pid, shared, false);
}

fn place(token: Token, pid: Pid, shared: &Shared, first: bool) {
    let pool = shared.pool_of(pid);
    let here = LOCAL.with(|local| local.borrow().as_ref().filter(|l| std::ptr::eq(l.pool, &*pool)).cloned());
    match here {
        Some(local) if first => {
            if let Some(displaced) = local.lifo.replace(Some(token)) {
                local.deque.push(displaced);
                pool.wake(shared);
            }
        }
        Some(local) => {
            local.deque.push(token);
            pool.wake(shared);
        }
        None => {
            pool.injector.push(token);
            pool.wake(shared);
        }
    }
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

    fn pool_of(&self, pid: Pid) -> Arc<Pool> {
        // Nearly always the shared pool; hosts with workers of their own are few.
        if self.own_pools.load(Ordering::Relaxed)
            && let Some(host) = self.hosts.read().get(&pid.place())
        {
            return host.pool.clone();
        }
        self.pool.clone()
    }
}

impl Pool {
    /// Starts `workers` threads.
    pub(crate) fn new(workers: usize) -> (Arc<Pool>, Vec<Seat>) {
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
        });
        let seats = deques.into_iter().zip(parkers).enumerate();
        let seats = seats.map(|(index, (deque, parker))| Seat { index, deque, parker, pool: pool.clone() }).collect();
        (pool, seats)
    }

    pub(crate) fn workers(&self) -> usize {
        self.stealers.len()
    }

    pub(crate) fn beats(&self) -> impl Iterator<Item = &Arc<Beat>> {
        self.beats.iter()
    }

    /// Hands what waits in a worker's LIFO place to whoever has time.
    fn free_lifo(&self, worker: usize, shared: &Shared) {
        if let Some(token) = self.lifos[worker].take() {
            self.injector.push(token);
            self.wake(shared);
        }
    }

    pub(crate) fn all_asleep(&self) -> bool {
        self.idle.all_asleep()
    }

    /// Work was queued: wakes a worker if that is needed.
    fn wake(&self, shared: &Shared) {
        if let Some(worker) = self.idle.work_was_queued() {
            self.unparkers[worker].unpark();
            shared.clock.work_began();
        }
    }

    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        self.unparkers.iter().for_each(Unparker::unpark);
    }

    fn has_work(&self) -> bool {
        !self.injector.is_empty() || self.stealers.iter().any(|s| !s.is_empty())
    }
}

/// What a worker thread starts with.
pub(crate) struct Seat {
    index: usize,
    deque: Deque<Token>,
    parker: Parker,
    pool: Arc<Pool>,
}

/// The loop of a worker thread; returns when the pool stops.
pub(crate) fn run(seat: Seat, shared: &Weak<Shared>) {
    let Seat { index, deque, parker, pool } = seat;
    let local = Rc::new(Local { pool: &*pool, lifo: pool.lifos[index].clone(), deque });
    LOCAL.with(|l| *l.borrow_mut() = Some(local.clone()));
    let beat = pool.beats[index].clone();
    beat.thread.store(thread_id(), Ordering::Relaxed);
    let desk = Desk::new(Some(beat));
    let mut worker = Worker { index, local, pool, parker, tick: 0, lifo_runs: 0, searching: false };
    while let Some(shared) = shared.upgrade() {
        match worker.next(&shared) {
            Found::Process(token) => shared.turn(&desk, token),
            Found::Nothing => worker.sleep(shared),
            Found::Stop => break,
        }
    }
    desk.clear();
    LOCAL.with(|l| l.borrow_mut().take());
}

#[cfg(unix)]
fn thread_id() -> u64 {
    // SAFETY: takes no arguments, has no preconditions.
    unsafe { libc::pthread_self() as u64 }
}

#[cfg(not(unix))]
fn thread_id() -> u64 {
    0
}

struct Worker {
    index: usize,
    local: Rc<Local>,
    pool: Arc<Pool>,
    parker: Parker,
    tick: u32,
    lifo_runs: u32,
    searching: bool,
}

enum Found {
    Process(Token),
    Nothing,
    Stop,
}

impl Worker {
    fn next(&mut self, shared: &Shared) -> Found {
        self.tick = self.tick.wrapping_add(1);
        if self.tick.is_multiple_of(INJECTOR_EVERY) {
            if self.pool.stop.load(Ordering::Relaxed) {
                return Found::Stop;
            }
            if let Some(token) = self.take_injected() {
                return self.found(token, shared);
            }
        }
        if self.lifo_runs < LIFO_RUNS_MAX
            && let Some(token) = self.local.lifo.take()
        {
            self.lifo_runs += 1;
            return self.found(token, shared);
        }
        self.lifo_runs = 0;
        let own = self.local.deque.pop().or_else(|| self.local.lifo.take()).or_else(|| self.take_injected());
        if let Some(token) = own {
            return self.found(token, shared);
        }
        if self.pool.stop.load(Ordering::SeqCst) {
            return Found::Stop;
        }
        self.search(shared)
    }

    fn found(&mut self, token: Token, shared: &Shared) -> Found {
        if std::mem::take(&mut self.searching)
            && let Some(next) = self.pool.idle.found_work()
        {
            self.pool.unparkers[next].unpark();
            shared.clock.work_began();
        }
        Found::Process(token)
    }

    fn take_injected(&self) -> Option<Token> {
        loop {
            match self.pool.injector.steal_batch_and_pop(&self.local.deque) {
                Steal::Success(token) => return Some(token),
                Steal::Empty => return None,
                Steal::Retry => {}
            }
        }
    }

    fn search(&mut self, shared: &Shared) -> Found {
        if !self.searching {
            self.searching = self.pool.idle.start_searching();
            if !self.searching {
                return Found::Nothing;
            }
        }
        for _ in 0..SPINS {
            if let Some(token) = self.steal().or_else(|| self.take_injected()) {
                return self.found(token, shared);
            }
            std::hint::spin_loop();
        }
        Found::Nothing
    }

    fn steal(&self) -> Option<Token> {
        let n = self.pool.stealers.len();
        for i in 1..n {
            let victim = &self.pool.stealers[(self.index + i) % n];
            loop {
                match victim.steal_batch_and_pop(&self.local.deque) {
                    Steal::Success(token) => return Some(token),
                    Steal::Empty => break,
                    Steal::Retry => {}
                }
            }
        }
        None
    }

    /// Parks until somebody queues work. See [`Idle`] for why none is missed.
    fn sleep(&mut self, shared: Arc<Shared>) {
        self.pool.idle.fall_asleep(self.index, std::mem::take(&mut self.searching));
        if self.pool.has_work() || self.pool.stop.load(Ordering::SeqCst) {
            // We get up by ourselves: nobody else tells the clock.
            self.searching = !self.pool.idle.get_up(self.index);
            shared.clock.work_began();
            return;
        }
        // A sleeping worker must not keep the scheduler alive.
        drop(shared);
        self.parker.park();
        // Whoever took us off the list made us a searcher. If we got up by ourselves we are none.
        self.searching = !self.pool.idle.get_up(self.index);
    }
}
