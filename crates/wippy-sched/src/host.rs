//! Hosts: groups of processes with limits of their own, which share the node's workers or bring theirs.

use crate::attendance::Attendance;
use crate::deliver::Shared;
use crate::mailbox::BOUND_MAX;
use crate::observer::WorkersInfo;
use crate::pool::{self, Pool};
use crate::sync::Instant;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    /// Counts against the limit, if there is one; falls before others hear of an end.
    admitted: AtomicUsize,
    attendance: Attendance,
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
        Host { place, config, pool, scheduler, admitted: AtomicUsize::new(0), attendance: Attendance::default() }
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
        HostStats { processes: self.attendance.present(), started: self.attendance.entered() }
    }

    /// The workers that serve it.
    pub fn workers(&self) -> WorkersInfo {
        self.pool.info()
    }

    /// Whether it takes no new processes any more.
    pub fn is_stopping(&self) -> bool {
        self.attendance.is_closed()
    }

    /// The bound for its mailboxes' own counter. Larger ones, and those in bytes, are kept by the slot's usage.
    pub(crate) fn mailbox_bound(&self) -> u16 {
        if self.counts_queued() { 0 } else { self.config.max_mailbox as u16 }
    }
    /// Whether senders have to ask [`crate::usage::Usage::reserve`].
    pub(crate) fn counts_queued(&self) -> bool {
        self.config.max_mailbox_bytes != 0 || self.config.max_mailbox > usize::from(BOUND_MAX)
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
        if !self.attendance.enter(pool::index()) {
            self.make_room();
            return Err(Error::unavailable("host is not running"));
        }
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
        self.attendance.leave(pool::index());
    }

    /// From here on nobody is admitted.
    pub(crate) fn stop_admitting(&self) {
        self.attendance.close();
    }

    /// Lets processes in again after a stop.
    pub(crate) fn admit_again(&self) {
        self.attendance.reopen();
    }

    /// Waits until no process is left, or the deadline has passed. Whether none is left.
    pub(crate) fn wait_empty(&self, deadline: Instant) -> bool {
        self.attendance.wait_empty(deadline)
    }
}
