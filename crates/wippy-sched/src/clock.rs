//! The clock thread: asks steps that are over their slice to give way, and fires timers while workers are busy.
//!
//! While any worker runs something it ticks each millisecond, and all timers that are due by then fire together: a
//! wake-up for each of a hundred thousand timers would cost more than what they wake. When all workers sleep, one of
//! them keeps the time (`keeper`), and the clock only looks a little later whether what a timer has woken runs on and on.

use crate::beat::Beat;
use crate::deliver::Shared;
use crate::keeper::Keeper;
use crate::pool;
use crate::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering, fence};
use crate::sync::{Instant, Mutex, Parker, Unparker};
use crate::timers::FEW;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use wippy_core::Answer;

/// How long a step may take before it is asked to give way.
pub(crate) const SLICE: Duration = Duration::from_millis(1);
/// How many ticks without work it takes until the clock sleeps for longer.
const QUIET_TICKS: u32 = 5;
/// How much later than a worker that was asleep the clock looks at what it does.
const LATER: Duration = Duration::from_millis(2);
pub(crate) const NEVER: u64 = u64::MAX;
/// The grain of the time at which a process was started: 32 bits of it reach 497 days.
pub(crate) const GRAIN: Duration = Duration::from_millis(10);

fn grains(t: Duration) -> u32 {
    u32::try_from(t.as_nanos() / GRAIN.as_nanos()).unwrap_or(u32::MAX)
}

pub(crate) fn nanoseconds(t: Duration) -> u64 {
    u64::try_from(t.as_nanos()).unwrap_or(NEVER)
}

/// Where the time comes from.
enum Time {
    Real(Instant),
    /// Nanoseconds since the start, moved by a simulation.
    Simulated(AtomicU64),
}

/// The time of day at which every simulation begins: 2026-01-01, 00:00 UTC.
const SIMULATED_START: Duration = Duration::from_secs(1_767_225_600);

/// The shared face of the clock.
pub(crate) struct Clock {
    time: Time,
    unparker: Unparker,
    /// Until when the clock thread sleeps, in nanoseconds since the start; 0 while it is awake.
    sleeps_until: AtomicU64,
    stop: AtomicBool,
    /// The time since the start in units of [`GRAIN`], looked at whenever a worker gets up and at every tick: some
    /// milliseconds old at most while anything runs.
    grains: AtomicU32,
    /// The worker that keeps the time while all of them sleep.
    pub(crate) keeper: Keeper,
    /// Held by whoever fires timers.
    firing: Mutex<()>,
}

impl Clock {
    pub(crate) fn new(simulated: bool) -> (Clock, Parker) {
        let parker = Parker::new();
        let unparker = parker.unparker().clone();
        let time = if simulated { Time::Simulated(AtomicU64::new(0)) } else { Time::Real(Instant::now()) };
        let clock = Clock {
            time,
            unparker,
            sleeps_until: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            grains: AtomicU32::new(0),
            keeper: Keeper::default(),
            firing: Mutex::default(),
        };
        (clock, parker)
    }

    /// Time since the scheduler started.
    pub(crate) fn now(&self) -> Duration {
        match &self.time {
            Time::Real(started) => started.elapsed(),
            Time::Simulated(now) => Duration::from_nanos(now.load(Ordering::Relaxed)),
        }
    }

    /// As [`Clock::now`], also for others who only ask roughly.
    pub(crate) fn look(&self) -> Duration {
        let now = self.now();
        self.grains.fetch_max(grains(now), Ordering::Relaxed);
        now
    }

    /// How many times [`GRAIN`] has passed since the scheduler started, some milliseconds ago at most. For what happens
    /// too often for a look at the clock; only a thread that is no worker has to [`Clock::look`] first.
    pub(crate) fn roughly(&self) -> u32 {
        match &self.time {
            Time::Real(_) => self.grains.load(Ordering::Relaxed),
            Time::Simulated(_) => grains(self.now()),
        }
    }

    /// The simulated time of day; `None` when time is real.
    pub(crate) fn simulated_wall(&self) -> Option<SystemTime> {
        match &self.time {
            Time::Real(_) => None,
            Time::Simulated(_) => Some(UNIX_EPOCH + SIMULATED_START + self.now()),
        }
    }

    /// For a simulation: moves the time forward.
    pub(crate) fn advance_to(&self, time: Duration) {
        if let Time::Simulated(now) = &self.time {
            now.fetch_max(nanoseconds(time), Ordering::Relaxed);
        }
    }

    /// A worker got up: wakes the clock if it sleeps for long.
    pub(crate) fn work_began(&self) {
        fence(Ordering::SeqCst);
        self.look_by(self.look());
    }

    /// Work may begin at this time: has the clock look a little later.
    pub(crate) fn look_by(&self, begins: Duration) {
        if self.sleeps_until.load(Ordering::SeqCst) > nanoseconds(begins.saturating_add(LATER)) {
            self.unparker.unpark();
        }
    }

    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        self.unparker.unpark();
    }
}

/// The clock thread's loop.
pub(crate) fn run(shared: &Weak<Shared>, parker: &Parker) {
    let mut quiet = 0;
    let mut last_seen: Vec<(Arc<Beat>, u64)> = Vec::new();
    let mut last_ring = Duration::ZERO;
    loop {
        let Some(shared) = shared.upgrade() else {
            return;
        };
        if shared.clock.stop.load(Ordering::SeqCst) {
            return;
        }
        if shared.clock_keeps_time() {
            shared.fire_timers(false);
        }
        // Timers may wake us between ticks: a step is over its slice only after a whole one.
        if shared.clock.now() >= last_ring + SLICE {
            last_ring = shared.clock.look();
            let busy = ring(&shared, &mut last_seen);
            quiet = if busy { 0 } else { quiet + 1 };
        }
        if quiet < QUIET_TICKS {
            // No timer ends this: whoever sets one need not wake us.
            let now = shared.clock.now();
            drop(shared);
            parker.park_timeout((last_ring + SLICE).saturating_sub(now));
        } else {
            sleep(shared, parker);
        }
    }
}

/// Looks at every worker; rings those that are in the same step as a tick ago. Whether any was awake.
fn ring(shared: &Shared, last_seen: &mut Vec<(Arc<Beat>, u64)>) -> bool {
    let pools = shared.pools.read();
    let beats = pools.iter().flat_map(|p| p.beats());
    let (mut busy, mut over) = (false, Vec::new());
    for (i, beat) in beats.enumerate() {
        if i == last_seen.len() {
            last_seen.push((beat.clone(), 0));
        }
        let slice = beat.slice();
        if slice != 0
            && let Some(slot) = shared.table.find(beat.pid())
        {
            slot.usage.tick();
        }
        if slice != 0 && slice == last_seen[i].1 {
            beat.slice_is_over(slice);
            over.push(i);
        }
        last_seen[i] = (beat.clone(), slice);
    }
    for pool in pools.iter() {
        busy |= !pool.all_asleep();
    }
    // Not while the list is held: whoever adds a pool waits for it, and a second look would wait behind that.
    drop(pools);
    over.into_iter().for_each(|worker| shared.free_lifo(worker));
    busy
}

impl Shared {
    /// Whether timers are the clock's: somebody works, nobody has the keeper's role, or whoever has it oversleeps. Else the
    /// keeper gets up when enough of them are due, and firing them one by one would only wake more often.
    fn clock_keeps_time(&self) -> bool {
        let overslept = |until| self.clock.now() > Duration::from_nanos(until).saturating_add(LATER);
        self.anybody_awake() || self.clock.keeper.sleeps_until().is_none_or(overslept)
    }

    fn anybody_awake(&self) -> bool {
        self.pools.read().iter().any(|p| !p.all_asleep())
    }

    /// Fires all timers that are due; how many. One thread at a time, so that they fire in their order. Many wake nobody
    /// but the caller's own worker when it is `alone`.
    pub(crate) fn fire_timers(&self, alone: bool) -> usize {
        let _firing = self.clock.firing.lock();
        let due = self.timers.due(self.clock.now());
        let _alone = (alone && due.len() > FEW).then(pool::alone);
        let fired = due.len();
        for (pid, tag) in due {
            self.reply(pid, tag, Ok(Answer::Unit));
        }
        fired
    }
}

/// Sleeps for long: until a little after the keeper of the time gets up, or until somebody says that work begins.
fn sleep(shared: Arc<Shared>, parker: &Parker) {
    let clock = &shared.clock;
    // Announce the long sleep first, then look once more: a worker that gets up, or falls asleep until a time that
    // matters, sees it from here on.
    clock.sleeps_until.store(NEVER, Ordering::SeqCst);
    fence(Ordering::SeqCst);
    let now = clock.now();
    let busy = shared.anybody_awake();
    let until = match clock.keeper.sleeps_until() {
        _ if busy => Some(now + SLICE),
        // It is on its way up or down.
        None => Some(now + LATER),
        Some(NEVER) => None,
        Some(until) => Some(Duration::from_nanos(until).saturating_add(LATER).max(now + SLICE)),
    };
    let wait = until.map(|t| t.saturating_sub(now));
    clock.sleeps_until.store(until.map_or(NEVER, nanoseconds), Ordering::SeqCst);
    if clock.stop.load(Ordering::SeqCst) {
        clock.sleeps_until.store(0, Ordering::SeqCst);
        return;
    }
    // The thread must not keep the scheduler alive while it sleeps.
    let weak = Arc::downgrade(&shared);
    drop(shared);
    match wait {
        Some(wait) => parker.park_timeout(wait.min(Duration::from_secs(86_400))),
        None => parker.park(),
    }
    if let Some(shared) = weak.upgrade() {
        shared.clock.sleeps_until.store(0, Ordering::SeqCst);
    }
}
