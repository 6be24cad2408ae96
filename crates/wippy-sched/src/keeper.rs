//! Who keeps the time while workers sleep: one of them sleeps until somebody has to look at the timers and fires what is
//! due itself, so that a timer on an idle node costs one wake-up, not two.
//!
//! # Protocol
//! A worker that falls asleep takes the role if nobody has it: it writes down until when it sleeps, and **then** looks at
//! the timers once more. Whoever sets a timer sets it first and **then** looks until when the keeper sleeps, and wakes it
//! when that is too late. With sequentially consistent fences on both sides one of the two sees the other.
//!
//! Nobody has the role while its last holder is awake. Then that worker looks at the timers when it falls asleep again,
//! and if it does not, the clock ticks and fires them: it looks [`Clock::look_by`](crate::clock::Clock::look_by) the time at
//! which the keeper wanted to get up.

use crate::clock::{NEVER, nanoseconds};
use crate::deliver::Shared;
use crate::sync::Unparker;
use crate::sync::checked::{AtomicU64, Mutex, fence};
use crate::timers::FEW;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Timers that fire one after the other are this far apart at least: those in between wait and fire together.
const APART: Duration = Duration::from_millis(1);
/// Nobody has the role.
const NOBODY: u64 = 0;

/// The role, and until when its holder sleeps.
#[derive(Default)]
pub(crate) struct Keeper {
    /// Nanoseconds since the start; [`NOBODY`], or [`NEVER`] while there are no timers.
    until: AtomicU64,
    holder: Mutex<Option<Unparker>>,
    /// When timers were fired last.
    fired: AtomicU64,
}

impl Keeper {
    /// Until when the keeper sleeps, in nanoseconds; `None` when nobody has the role.
    pub(crate) fn sleeps_until(&self) -> Option<u64> {
        Some(self.until.load(Ordering::SeqCst)).filter(|until| *until != NOBODY)
    }

    /// A timer was set that somebody has to look at by `deadline`: wakes the keeper if it would sleep past that. Whether
    /// it was woken.
    pub(crate) fn timer_set(&self, deadline: Duration) -> bool {
        fence(Ordering::SeqCst);
        if self.until.load(Ordering::Relaxed) <= nanoseconds(deadline) {
            return false;
        }
        let holder = self.holder.lock();
        if let Some(holder) = &*holder {
            holder.unpark();
        }
        holder.is_some()
    }

    /// Takes the role if it is free. Until when to sleep; `None` when another one has it. `next` looks at the timers.
    fn take(&self, me: &Unparker, next: impl Fn() -> Option<Duration>) -> Option<u64> {
        self.until.compare_exchange(NOBODY, NEVER, Ordering::SeqCst, Ordering::Relaxed).ok()?;
        *self.holder.lock() = Some(me.clone());
        let mut written = None;
        loop {
            fence(Ordering::SeqCst);
            // Looked at again after it was written down, until nothing has changed: see above.
            let deadline = next();
            let apart = Duration::from_nanos(self.fired.load(Ordering::Relaxed)).saturating_add(APART);
            let until = deadline.map_or(NEVER, |t| nanoseconds(t.max(apart)));
            if written == Some(deadline) || (written.is_none() && deadline.is_none()) {
                return Some(until);
            }
            self.until.store(until, Ordering::SeqCst);
            written = Some(deadline);
        }
    }

    /// The holder is awake and gives the role up.
    fn give_up(&self) {
        *self.holder.lock() = None;
        self.until.store(NOBODY, Ordering::SeqCst);
    }
}

impl Shared {
    /// For a worker that falls asleep: takes the role if it is free.
    pub(crate) fn keep_time(&self, me: &Unparker) -> Kept {
        match self.clock.keeper.take(me, || self.timers.look_by()) {
            None => Kept::ByAnother,
            Some(NEVER) => Kept::ByMe(None),
            Some(until) => {
                let until = Duration::from_nanos(until);
                self.clock.look_by(until);
                Kept::ByMe(Some(until.saturating_sub(self.clock.now())))
            }
        }
    }

    /// The keeper is awake: gives the role up and fires what is due. Whether the caller is to run what that has woken alone
    /// for a while: of many timers, most have little to do.
    pub(crate) fn kept_time(&self) -> bool {
        let keeper = &self.clock.keeper;
        keeper.give_up();
        // It may have got up before the time that the clock knows of, and then nobody has told the clock.
        self.clock.work_began();
        let fired = self.fire_timers(true);
        if fired > 0 {
            keeper.fired.store(nanoseconds(self.clock.now()), Ordering::Relaxed);
        }
        fired > FEW
    }
}

/// Who keeps the time while the caller sleeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Somebody else.
    ByAnother,
    /// The caller; for so long, or until it is woken.
    ByMe(Option<Duration>),
}

#[cfg(all(test, loom))]
mod model;
