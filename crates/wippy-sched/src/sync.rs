//! Locks, atomics, threads and the time of waits: those of the operating system, or those of a model checker.
//!
//! `--cfg loom` swaps what the modelled protocols use ([`checked`]); the rest stays real, because loom explores every
//! schedule and only small models can be finished. `--cfg shuttle` swaps all of it, so that a whole scheduler runs
//! under shuttle's random schedules.

#[cfg(loom)]
pub(crate) mod checked {
    //! What the modelled protocols use.
    pub(crate) use super::locks::{Condvar, Mutex};
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicIsize, AtomicPtr, AtomicU16, AtomicU32, AtomicUsize, fence};
}
#[cfg(not(loom))]
pub(crate) mod checked {
    //! What the modelled protocols use.
    pub(crate) use super::atomic::{AtomicBool, AtomicIsize, AtomicPtr, AtomicU16, AtomicU32, AtomicUsize, fence};
    pub(crate) use super::{Condvar, Mutex};
}

#[cfg(any(loom, shuttle))]
mod locks;

#[cfg(not(shuttle))]
mod real {
    pub(crate) use crossbeam_utils::sync::{Parker, Unparker};
    #[cfg(not(loom))]
    pub(crate) use parking_lot::Condvar;
    pub(crate) use parking_lot::{Mutex, MutexGuard, RwLock};
    pub(crate) use std::sync::{atomic, mpsc};
    pub(crate) use std::thread;
    pub(crate) use std::time::Instant;
}
#[cfg(not(shuttle))]
pub(crate) use real::*;

#[cfg(shuttle)]
mod shuttled;
#[cfg(shuttle)]
pub(crate) use shuttled::*;
