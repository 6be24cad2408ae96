//! Who sleeps, and whom to wake.
//!
//! # Protocol
//! A worker without work becomes a *searcher*: it looks at the injector and steals. When it finds nothing it puts
//! itself on the list of sleepers, stops being a searcher, **looks once more**, and parks. Whoever queues work calls
//! [`Idle::work_was_queued`] **after** queueing: it wakes one sleeper, but only when nobody searches, because a
//! searcher will find the work, and when it does and was the last one it wakes the next.
//!
//! # Why no wake-up is lost
//! Queueing: push, fence, read `state`. Sleeping: write `state` (a searcher less, a sleeper more), fence, look at the
//! queues. With both fences sequentially consistent, at least one of the two sees the other: either the queuer sees
//! the sleeper and wakes it, or the sleeper's last look finds the work. Only a decision "somebody searches" lets a
//! queuer go without waking, and that searcher's own last look comes later still.
//!
//! `state` packs both counts in one word so that they are read together: sleepers in the low half, searchers above.

use crate::sync::checked::{AtomicU32, Mutex, fence};
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

const SEARCHER: u32 = 1 << 16;
const SLEEPERS: u32 = SEARCHER - 1;

/// The sleepers of one pool of workers.
#[derive(Debug)]
pub(crate) struct Idle {
    state: AtomicU32,
    sleepers: Mutex<Vec<usize>>,
    workers: u32,
}

impl Idle {
    pub(crate) fn new(workers: usize) -> Idle {
        Idle { state: AtomicU32::new(0), sleepers: Mutex::new(Vec::with_capacity(workers)), workers: workers as u32 }
    }

    /// To be called after work was queued where others can take it. The worker to unpark, which searches from now on.
    #[must_use]
    pub(crate) fn work_was_queued(&self) -> Option<usize> {
        fence(SeqCst);
        let state = self.state.load(Relaxed);
        if state & SLEEPERS == 0 || state >= SEARCHER {
            return None;
        }
        self.wake_one()
    }

    fn wake_one(&self) -> Option<usize> {
        let mut sleepers = self.sleepers.lock();
        if self.state.load(SeqCst) >= SEARCHER {
            return None;
        }
        let worker = sleepers.pop()?;
        self.state.fetch_add(SEARCHER.wrapping_sub(1), SeqCst);
        Some(worker)
    }

    /// Whether the caller may search: at most half of the workers do at a time, the others go to sleep at once.
    #[must_use]
    pub(crate) fn start_searching(&self) -> bool {
        if 2 * (self.state.load(SeqCst) / SEARCHER) >= self.workers.max(2) {
            return false;
        }
        self.state.fetch_add(SEARCHER, SeqCst);
        true
    }

    /// The caller found work and no longer searches. When it was the last searcher: the worker to unpark in its place.
    #[must_use]
    pub(crate) fn found_work(&self) -> Option<usize> {
        let before = self.state.fetch_sub(SEARCHER, SeqCst);
        if before / SEARCHER == 1 && before & SLEEPERS != 0 { self.wake_one() } else { None }
    }

    /// Puts the caller to sleep. It must look at all queues once more after this, and park only if they are empty.
    pub(crate) fn fall_asleep(&self, worker: usize, searching: bool) {
        let mut sleepers = self.sleepers.lock();
        sleepers.push(worker);
        self.state.fetch_add(if searching { 1u32.wrapping_sub(SEARCHER) } else { 1 }, SeqCst);
        drop(sleepers);
        fence(SeqCst);
    }

    /// Takes the caller off the list again. False when somebody has just woken it: then it is a searcher already.
    #[must_use]
    pub(crate) fn get_up(&self, worker: usize) -> bool {
        let mut sleepers = self.sleepers.lock();
        match sleepers.iter().position(|w| *w == worker) {
            Some(i) => {
                sleepers.swap_remove(i);
                self.state.fetch_sub(1, SeqCst);
                true
            }
            None => false,
        }
    }

    /// Whether every worker sleeps.
    pub(crate) fn all_asleep(&self) -> bool {
        self.state.load(SeqCst) == self.workers
    }
}

#[cfg(all(test, loom))]
mod model;
