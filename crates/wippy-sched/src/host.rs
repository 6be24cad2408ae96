//! Hosts: groups of processes with limits of their own, which share the node's workers or bring theirs.

use crate::worker::Pool;
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use wippy_core::{Error, Place};

/// Limits of a host. All zero: none.
#[derive(Debug, Clone, Default)]
pub struct HostConfig {
    /// Workers of its own; 0 = the node's shared workers.
    pub workers: usize,
    /// Most processes at once; 0 = no limit. Reached: RATE_LIMITED.
    pub max_processes: usize,
    /// Most messages that may wait in one mailbox; 0 = no limit. At most [`crate::MAILBOX_BOUND_MAX`].
    pub max_mailbox: u16,
}

/// A host, as long as the scheduler lives.
pub struct Host {
    pub(crate) place: Place,
    pub(crate) config: HostConfig,
    pub(crate) pool: Arc<Pool>,
    stopping: AtomicBool,
    /// Counts against the limit; falls before others hear of an end.
    admitted: AtomicUsize,
    /// Falls when nothing is left of a process.
    alive: AtomicUsize,
    started: AtomicU64,
    empty: Mutex<()>,
    became_empty: Condvar,
}

/// What a host did so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostStats {
    /// Processes alive now.
    pub processes: usize,
    /// Processes ever started.
    pub started: u64,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Host({})", self.place.info().host)
    }
}

impl Host {
    pub(crate) fn new(place: Place, config: HostConfig, pool: Arc<Pool>) -> Host {
        Host {
            place,
            config,
            pool,
            stopping: AtomicBool::new(false),
            admitted: AtomicUsize::new(0),
            alive: AtomicUsize::new(0),
            started: AtomicU64::new(0),
            empty: Mutex::new(()),
            became_empty: Condvar::new(),
        }
    }

    /// The host's id as text.
    pub fn id(&self) -> Arc<str> {
        self.place.info().host.clone()
    }

    /// Node and host as an interned place.
    pub fn place(&self) -> Place {
        self.place
    }

    /// What it did so far.
    pub fn stats(&self) -> HostStats {
        HostStats { processes: self.alive.load(Ordering::Relaxed), started: self.started.load(Ordering::Relaxed) }
    }

    /// Whether it takes no new processes any more.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Makes room for one more process.
    pub(crate) fn admit(&self) -> Result<(), Error> {
        let limit = if self.config.max_processes == 0 { usize::MAX } else { self.config.max_processes };
        let one_more = |n| if n < limit { Some(n + 1) } else { None };
        self.admitted
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more)
            .map_err(|_| Error::limited("max processes limit exceeded"))?;
        self.alive.fetch_add(1, Ordering::SeqCst);
        if self.stopping.load(Ordering::SeqCst) {
            self.make_room();
            self.leave();
            return Err(Error::unavailable("host is not running"));
        }
        self.started.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// A process can no longer be found: another one may take its place.
    pub(crate) fn make_room(&self) {
        self.admitted.fetch_sub(1, Ordering::SeqCst);
    }

    /// A process is gone.
    pub(crate) fn leave(&self) {
        if self.alive.fetch_sub(1, Ordering::SeqCst) == 1 && self.stopping.load(Ordering::SeqCst) {
            let _guard = self.empty.lock();
            self.became_empty.notify_all();
        }
    }

    /// From here on nobody is admitted.
    pub(crate) fn stop_admitting(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    /// Lets processes in again after a stop.
    pub(crate) fn admit_again(&self) {
        self.stopping.store(false, Ordering::SeqCst);
    }

    /// Waits until no process is left, or the deadline has passed. Whether none is left.
    pub(crate) fn wait_empty(&self, deadline: Instant) -> bool {
        let mut guard = self.empty.lock();
        while self.alive.load(Ordering::SeqCst) != 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                return false;
            }
            self.became_empty.wait_for(&mut guard, left);
        }
        true
    }
}
