//! Hosts: groups of processes with limits of their own, which share the node's workers or bring theirs.

use crate::deliver::Shared;
use crate::mailbox::BOUND_MAX;
use crate::pool::{self, Pool};
use crossbeam_utils::CachePadded;
use parking_lot::{Condvar, Mutex};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use wippy_core::{Error, Place};

/// Limits of a host. All zero: none.
#[derive(Debug, Clone, Default)]
pub struct HostConfig {
    /// Workers of its own; 0 = the node's shared workers.
    pub workers: usize,
    /// Most processes at once; 0 = no limit. Reached: RATE_LIMITED.
    pub max_processes: usize,
    /// Most messages that may wait in one mailbox; 0 = no limit. At most [`crate::QUEUE_MESSAGES_MAX`]. When it is
    /// full the sender gets UNAVAILABLE and its message back; signals still pass.
    pub max_mailbox: usize,
    /// Most bytes that messages may take in one mailbox, their envelopes included; 0 = no limit. As `max_mailbox`.
    pub max_mailbox_bytes: usize,
}

/// A host, as long as the scheduler lives.
pub struct Host {
    pub(crate) place: Place,
    pub(crate) config: HostConfig,
    pub(crate) pool: Arc<Pool>,
    /// Which scheduler it belongs to.
    pub(crate) scheduler: u64,
    stopping: AtomicBool,
    /// Counts against the limit, if there is one; falls before others hear of an end.
    admitted: AtomicUsize,
    /// Processes, counted by whoever starts or ends them: workers do not meet at one counter.
    counts: [CachePadded<Count>; SHARDS],
    empty: Mutex<()>,
    became_empty: Condvar,
}

/// How many threads count apart from each other.
const SHARDS: usize = 8;

#[derive(Default)]
struct Count {
    /// Started here minus ended here: only the sum over all shards is the number of processes.
    alive: AtomicIsize,
    started: AtomicU64,
}

/// A host as its processes know it. Hosts are never taken out of their scheduler, and all processes are gone before it
/// is, so this needs no count of references that all workers would write to.
#[derive(Clone, Copy)]
pub(crate) struct HostRef(NonNull<Host>);

// SAFETY: it is a shared reference to a host, and hosts are `Sync`.
unsafe impl Send for HostRef {}
// SAFETY: as above.
unsafe impl Sync for HostRef {}

impl std::ops::Deref for HostRef {
    type Target = Host;
    fn deref(&self) -> &Host {
        // SAFETY: made by `Shared::own` from a host of the scheduler, whose `Shared` keeps it until it is dropped itself.
        // A `HostRef` lies in processes and on stacks of functions of `Shared`; dropping a process does not follow it.
        unsafe { self.0.as_ref() }
    }
}

impl Shared {
    /// A host of this scheduler.
    pub(crate) fn own(&self, host: &Arc<Host>) -> Result<HostRef, Error> {
        if host.scheduler == self.incarnation {
            Ok(HostRef(NonNull::from(&**host)))
        } else {
            Err(Error::invalid(format!("host of another scheduler: {}", host.id())))
        }
    }
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
    pub(crate) fn new(place: Place, config: HostConfig, pool: Arc<Pool>, scheduler: u64) -> Host {
        Host {
            place,
            config,
            pool,
            scheduler,
            stopping: AtomicBool::new(false),
            admitted: AtomicUsize::new(0),
            counts: Default::default(),
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
        let started = self.counts.iter().map(|c| c.started.load(Ordering::Relaxed)).sum();
        HostStats { processes: self.alive(), started }
    }

    /// Whether it takes no new processes any more.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// The bound for its mailboxes' own counter. Larger ones, and those in bytes, are kept by the slot's usage.
    pub(crate) fn mailbox_bound(&self) -> u16 {
        if self.counts_queued() { 0 } else { self.config.max_mailbox as u16 }
    }
    /// Whether senders have to ask [`crate::usage::Usage::reserve`].
    pub(crate) fn counts_queued(&self) -> bool {
        self.config.max_mailbox_bytes != 0 || self.config.max_mailbox > usize::from(BOUND_MAX)
    }

    /// The counter of this thread.
    fn count(&self) -> &Count {
        &self.counts[pool::index() % SHARDS]
    }

    /// The sum over all threads. The shards are read one after the other, so while processes start and end this may be
    /// more or less than there are. Once nobody is admitted any more the shards only fall (but for one that is refused,
    /// which rises and falls in one shard), so then it is never less: [`Host::wait_empty`] may rely on 0.
    fn alive(&self) -> usize {
        let sum: isize = self.counts.iter().map(|c| c.alive.load(Ordering::SeqCst)).sum();
        usize::try_from(sum).unwrap_or(0)
    }

    /// Makes room for one more process.
    pub(crate) fn admit(&self) -> Result<(), Error> {
        let limit = self.config.max_processes;
        if limit != 0 {
            let one_more = |n| if n < limit { Some(n + 1) } else { None };
            self.admitted
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more)
                .map_err(|_| Error::limited("max processes limit exceeded"))?;
        }
        let count = self.count();
        count.alive.fetch_add(1, Ordering::SeqCst);
        if self.stopping.load(Ordering::SeqCst) {
            self.make_room();
            self.leave();
            return Err(Error::unavailable("host is not running"));
        }
        count.started.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// A process can no longer be found: another one may take its place.
    pub(crate) fn make_room(&self) {
        if self.config.max_processes != 0 {
            self.admitted.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// A process is gone.
    pub(crate) fn leave(&self) {
        self.count().alive.fetch_sub(1, Ordering::SeqCst);
        if self.stopping.load(Ordering::SeqCst) && self.alive() == 0 {
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
        while self.alive() != 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                return false;
            }
            self.became_empty.wait_for(&mut guard, left);
        }
        true
    }
}
