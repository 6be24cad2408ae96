//! Who is in a host: nobody enters after it was closed, and whoever waits for the last one to leave hears of it.
//!
//! # Protocol
//! Entering: count up, then look at `closed`; closed means count down again and stay out. Closing: set `closed`, then
//! read the counts. Leaving: count down, then look at `closed`; if it is set and nobody is left, tell who waits.
//!
//! # Why nobody gets in unseen
//! Everything here is sequentially consistent. In the one order of all of it, the one who enters counts before it looks
//! and the one who closes sets before it reads: either the first sees `closed`, or the second sees the count.
//!
//! # Why the last one is heard
//! Who waits holds the lock from its look at the counts until it waits, and who leaves takes that lock to tell: the
//! notice comes before the look (then the look sees nobody) or after the wait has begun. Of two that leave at once, the
//! later one in the order sees both counts.

use crate::sync::Instant;
use crate::sync::checked::{AtomicBool, AtomicIsize, Condvar, Mutex};
use crossbeam_utils::CachePadded;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::time::Duration;

/// How many threads count apart from each other.
const SHARDS: usize = if cfg!(loom) { 2 } else { 8 };

/// Who is in, counted by whoever lets them in or out: workers do not meet at one counter.
#[derive(Default)]
pub(crate) struct Attendance {
    closed: AtomicBool,
    counts: [CachePadded<Count>; SHARDS],
    empty: Mutex<()>,
    became_empty: Condvar,
}

#[derive(Default)]
struct Count {
    /// Entered here minus left here: only the sum over all shards is the number of those who are in.
    present: AtomicIsize,
    entered: AtomicU64,
}

/// Stands between a write and a read of something else that must keep this order for everybody. The accesses are
/// sequentially consistent, which is enough; but loom takes such an access for a weaker one and knows the order only
/// of fences.
fn in_one_order() {
    #[cfg(loom)]
    loom::sync::atomic::fence(SeqCst);
}

impl Attendance {
    /// Lets one in; `worker` says which thread counts. False when it is closed.
    pub(crate) fn enter(&self, worker: usize) -> bool {
        let count = &self.counts[worker % SHARDS];
        count.present.fetch_add(1, SeqCst);
        in_one_order();
        if self.closed.load(SeqCst) {
            self.leave(worker);
            return false;
        }
        count.entered.fetch_add(1, Relaxed);
        true
    }

    /// One is gone.
    pub(crate) fn leave(&self, worker: usize) {
        self.counts[worker % SHARDS].present.fetch_sub(1, SeqCst);
        in_one_order();
        if self.closed.load(SeqCst) && self.present() == 0 {
            let _guard = self.empty.lock();
            self.became_empty.notify_all();
        }
    }

    /// From here on nobody enters.
    pub(crate) fn close(&self) {
        self.closed.store(true, SeqCst);
        in_one_order();
    }

    /// Lets others in again.
    pub(crate) fn reopen(&self) {
        self.closed.store(false, SeqCst);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(SeqCst)
    }

    /// How many have ever entered.
    pub(crate) fn entered(&self) -> u64 {
        self.counts.iter().map(|c| c.entered.load(Relaxed)).sum()
    }

    /// The sum over all threads. The shards are read one after the other, so while others enter and leave this may be
    /// more or less than there are. Once it is closed the shards only fall (but for one that is refused, which rises and
    /// falls in one shard), so then it is never less: [`Attendance::wait_empty`] may rely on 0.
    pub(crate) fn present(&self) -> usize {
        let sum: isize = self.counts.iter().map(|c| c.present.load(SeqCst)).sum();
        usize::try_from(sum).unwrap_or(0)
    }

    /// Waits until nobody is left, or the deadline has passed; to be called when closed. Whether nobody is left.
    pub(crate) fn wait_empty(&self, deadline: Instant) -> bool {
        let mut guard = self.empty.lock();
        while self.present() != 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                return false;
            }
            self.became_empty.wait_for(&mut guard, left);
        }
        true
    }
}

#[cfg(all(test, loom))]
mod model;
