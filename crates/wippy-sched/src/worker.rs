//! Worker threads: where each finds its next process, and when it sleeps.
//!
//! A pair of chatting processes may use the LIFO place [`LIFO_RUNS_MAX`] times in a row, then the deque has its turn;
//! every [`INJECTOR_EVERY`] turns the injector is looked at first.

use crate::deliver::Shared;
use crate::desk::Desk;
use crate::keeper::Kept;
use crate::pool::{Local, OnThread, Seat};
use crate::sync::Parker;
use crate::sync::atomic::Ordering;
use crate::table::Token;
use std::sync::{Arc, Weak};
use std::time::Duration;

const LIFO_RUNS_MAX: u32 = 16;
const INJECTOR_EVERY: u32 = 61;
/// What timers wake at once is mostly done sooner than another worker gets up.
const ALONE: Duration = Duration::from_millis(1);
/// Looks at the queues before a worker without work parks.
const SPINS: u32 = 64;

/// The loop of a worker thread; returns when the pool stops.
pub(crate) fn run(seat: Seat, shared: &Weak<Shared>) {
    let Seat { local, parker } = seat;
    let _here = OnThread::new(&local);
    let beat = local.pool.beats[local.index].clone();
    beat.thread.store(thread_id(), Ordering::Relaxed);
    let desk = Desk::new(Some(beat));
    let mut worker =
        Worker { local: &local, parker, tick: 0, lifo_runs: 0, searching: false, kept_time: false, alone_until: None };
    'awake: while let Some(shared) = shared.upgrade() {
        if std::mem::take(&mut worker.kept_time) && shared.kept_time() {
            worker.alone_until = Some(shared.clock.now() + ALONE);
        }
        loop {
            match worker.next(&shared) {
                Found::Process(token) => {
                    shared.turn(&desk, token);
                    worker.ask_for_help(&shared);
                    if desk.slice_is_over() {
                        // Whole slices are used up here: who waits in the injector must not wait for many of them.
                        worker.tick = INJECTOR_EVERY - 1;
                    }
                }
                Found::Nothing => {
                    worker.alone_until = None;
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
    /// It has slept as the keeper of the time.
    kept_time: bool,
    /// It runs what timers have woken, and asks nobody for help before this time.
    alone_until: Option<Duration>,
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
            if let Some(token) = self.local.take_injected() {
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
        let own = self.local.deque.pop().or_else(|| self.local.lifo.take()).or_else(|| self.local.take_injected());
        if let Some(token) = own {
            return self.found(token, shared);
        }
        if self.local.pool.stop.load(Ordering::SeqCst) {
            return Found::Stop;
        }
        self.search(shared)
    }

    /// Wakes another worker when what timers have woken takes longer than expected.
    fn ask_for_help(&mut self, shared: &Shared) {
        if self.alone_until.is_some_and(|until| shared.clock.now() >= until) {
            self.alone_until = None;
            if !self.local.deque.is_empty() {
                self.local.pool.wake(shared);
            }
        }
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

    fn search(&mut self, shared: &Shared) -> Found {
        if !self.searching {
            self.searching = self.local.pool.idle.start_searching();
            if !self.searching {
                return Found::Nothing;
            }
        }
        for _ in 0..SPINS {
            if let Some(token) = self.steal().or_else(|| self.local.take_injected()) {
                return self.found(token, shared);
            }
            std::hint::spin_loop();
        }
        Found::Nothing
    }

    fn steal(&self) -> Option<Token> {
        let n = self.local.pool.workers();
        (1..n).find_map(|i| self.local.steal_from((self.local.index + i) % n))
    }

    /// Parks until somebody queues work. See [`Idle`] for why none is missed.
    fn sleep(&mut self, shared: Arc<Shared>) {
        self.local.pool.idle.fall_asleep(self.local.index, std::mem::take(&mut self.searching));
        let kept = shared.keep_time(&self.local.pool.unparkers[self.local.index]);
        self.kept_time = kept != Kept::ByAnother;
        if self.local.pool.has_work() || self.local.pool.stop.load(Ordering::SeqCst) {
            // We get up by ourselves: nobody else tells the clock.
            self.searching = !self.local.pool.idle.get_up(self.local.index);
            shared.clock.work_began();
            return;
        }
        drop(shared);
        match kept {
            Kept::ByMe(Some(limit)) => self.parker.park_timeout(limit),
            Kept::ByMe(None) | Kept::ByAnother => self.parker.park(),
        }
        // Whoever took us off the list made us a searcher. If we got up by ourselves we are none.
        self.searching = !self.local.pool.idle.get_up(self.local.index);
    }
}
