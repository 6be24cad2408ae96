//! How far a workload is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How far a workload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Operations done.
    pub done: u64,
    /// Operations in all.
    pub total: u64,
}

/// Written by a process now and then, read by whoever waits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meter(Arc<AtomicU64>);

impl Meter {
    /// `done` operations are done. Worth a store only now and then.
    pub(crate) fn at(&self, done: u64) {
        if done.is_multiple_of(1024) {
            self.set(done);
        }
    }
    pub(crate) fn set(&self, done: u64) {
        self.0.store(done, Ordering::Relaxed);
    }
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
