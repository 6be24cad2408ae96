//! Worker threads: where each finds its next process, and when it sleeps.
//!
//! A process that is woken goes to the LIFO place of the worker that woke it: its message is still in the cache, and a
//! wake-up of another thread costs 25–45 µs on a virtual machine. What stood there before moves to the worker's deque,
//! where others may steal it. A pair of chatting processes may use the LIFO place [`LIFO_RUNS_MAX`] times in a row, then the
//! deque has its turn; every [`INJECTOR_EVERY`] turns the injector is looked at first.

use crate::deliver::Shared;
use crate::door::Desk;
use crate::idle::Idle;
use crate::table::{FreeSlots, Slot, Token};
use crossbeam_deque::{Injector, Steal, Stealer, Worker as Deque};
use crossbeam_utils::sync::{Parker, Unparker};
use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
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
    /// Which scheduler they belong to.
    scheduler: u64,
}

/// What the clock sees of a worker.
#[derive(Default)]
pub(crate) struct Beat {
    /// Number of the step that runs; 0 between steps.
    slice: AtomicU64,
    /// Whose step it is; for the clock, which counts time.
    pid: AtomicU64,
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
    pub(crate) fn begin(&self, number: u64, pid: Pid, bell: Option<Bell>) {
        self.pid.store(pid.to_bits(), Ordering::Relaxed);
        self.bell.store(bell.map_or(0, |f| f as usize), Ordering::Relaxed);
        self.slice.store(number, Ordering::Release);
    }
    /// Whose step runs, or ran last.
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_bits(self.pid.load(Ordering::Relaxed))
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
    pool: Arc<Pool>,
    /// The worker's place in `Pool::lifos`.
    lifo: Arc<Lifo>,
    deque: Deque<Token>,
    slots: RefCell<FreeSlots>,
    index: usize,
}

/// The place for the process that was woken last. Its worker's alone, but for the clock, which takes out what waits
/// there behind a step that is over its slice.
#[derive(Default)]
struct Lifo(AtomicPtr<Slot>);

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
    fn take(&self) -> Option<Token> {
        if self.0.load(Ordering::Relaxed).is_null() {
            return None;
        }
        let old = self.0.swap(std::ptr::null_mut(), Ordering::AcqRel);
        // SAFETY: as in `put`.
        (!old.is_null()).then(|| unsafe { Token::from_raw(old) })
    }
}

thread_local! {
    /// The worker that runs on this thread; null on all others.
    static LOCAL: Cell<*const Local> = const { Cell::new(std::ptr::null()) };
}

/// Makes a worker's queues those of the current thread, as long as the value lives.
struct OnThread<'a> {
    before: *const Local,
    _local: PhantomData<&'a Local>,
}

impl<'a> OnThread<'a> {
    fn new(local: &'a Local) -> OnThread<'a> {
        OnThread { before: LOCAL.replace(local), _local: PhantomData }
    }
}

impl Drop for OnThread<'_> {
    fn drop(&mut self) {
        LOCAL.set(self.before);
    }
}

/// Runs `f` with the queues of the worker of this thread, if it has one.
fn with_local<T>(f: impl FnOnce(Option<&Local>) -> T) -> T {
    let local = LOCAL.get();
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
        let seats = deques.into_iter().zip(parkers).enumerate();
        let seats = seats.map(|(index, (deque, parker))| Seat { index, deque, parker, pool: pool.clone() }).collect();
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
                    self.wake(shared);
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
    let local = Local { pool: pool.clone(), lifo: pool.lifos[index].clone(), deque, slots: RefCell::default(), index };
    let _here = OnThread::new(&local);
    let beat = pool.beats[index].clone();
    beat.thread.store(thread_id(), Ordering::Relaxed);
    let desk = Desk::new(Some(beat));
    let mut worker = Worker { local: &local, parker, tick: 0, lifo_runs: 0, searching: false };
    'awake: while let Some(shared) = shared.upgrade() {
        loop {
            match worker.next(&shared) {
                Found::Process(token) => shared.turn(&desk, token),
                Found::Nothing => {
                    // A sleeping worker must not keep the scheduler alive.
                    worker.sleep(shared);
                    continue 'awake;
                }
                Found::Stop => break 'awake,
            }
        }
    }
    desk.clear();
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

struct Worker<'a> {
    local: &'a Local,
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

impl Worker<'_> {
    fn next(&mut self, shared: &Shared) -> Found {
        self.tick = self.tick.wrapping_add(1);
        if self.tick.is_multiple_of(INJECTOR_EVERY) {
            if self.local.pool.stop.load(Ordering::Relaxed) {
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
        if self.local.pool.stop.load(Ordering::SeqCst) {
            return Found::Stop;
        }
        self.search(shared)
    }

    fn found(&mut self, token: Token, shared: &Shared) -> Found {
        if std::mem::take(&mut self.searching)
            && let Some(next) = self.local.pool.idle.found_work()
        {
            self.local.pool.unparkers[next].unpark();
            shared.clock.work_began();
        }
        Found::Process(token)
    }

    fn take_injected(&self) -> Option<Token> {
        loop {
            match self.local.pool.injector.steal_batch_and_pop(&self.local.deque) {
                Steal::Success(token) => return Some(token),
                Steal::Empty => return None,
                Steal::Retry => {}
            }
        }
    }

    fn search(&mut self, shared: &Shared) -> Found {
        if !self.searching {
            self.searching = self.local.pool.idle.start_searching();
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
        let n = self.local.pool.stealers.len();
        for i in 1..n {
            let victim = &self.local.pool.stealers[(self.local.index + i) % n];
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
        self.local.pool.idle.fall_asleep(self.local.index, std::mem::take(&mut self.searching));
        if self.local.pool.has_work() || self.local.pool.stop.load(Ordering::SeqCst) {
            // We get up by ourselves: nobody else tells the clock.
            self.searching = !self.local.pool.idle.get_up(self.local.index);
            shared.clock.work_began();
            return;
        }
        drop(shared);
        self.parker.park();
        // Whoever took us off the list made us a searcher. If we got up by ourselves we are none.
        self.searching = !self.local.pool.idle.get_up(self.local.index);
    }
}
