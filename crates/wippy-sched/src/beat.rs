//! What the clock sees of a worker, and how it asks a long step to give way.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use wippy_core::{Bell, Pid};

/// What the clock sees of a worker.
#[derive(Default)]
pub(crate) struct Beat {
    /// Number of the step that runs; 0 between steps.
    slice: AtomicU64,
    /// Whose step it is; for the clock, which counts time.
    pid: AtomicU64,
    /// The step that was asked to give way.
    over: AtomicU64,
    /// A [`Bell`] as an address, or 0.
    bell: AtomicUsize,
    pub(crate) thread: AtomicU64,
    /// Number of the step that runs, or ran last; it counts from 2.
    last: AtomicU64,
    /// Processes taken from other workers.
    stolen: AtomicU64,
}

impl Beat {
    pub(crate) fn slice(&self) -> u64 {
        self.slice.load(Ordering::Relaxed)
    }
    /// A step begins.
    pub(crate) fn begin(&self, number: u64, pid: Pid, bell: Option<Bell>) {
        self.pid.store(pid.to_bits(), Ordering::Relaxed);
        self.bell.store(bell.map_or(0, |f| f as usize), Ordering::Relaxed);
        self.last.store(number, Ordering::Relaxed);
        self.slice.store(number, Ordering::Release);
    }
    /// Whose step runs, or ran last.
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_bits(self.pid.load(Ordering::Relaxed))
    }
    /// The step ended.
    pub(crate) fn end(&self) {
        self.slice.store(0, Ordering::Release);
    }
    /// Steps so far.
    pub(crate) fn executed(&self) -> u64 {
        self.last.load(Ordering::Relaxed).saturating_sub(1)
    }
    /// Processes were taken from another worker. For the worker.
    pub(crate) fn stole(&self, processes: usize) {
        let before = self.stolen.load(Ordering::Relaxed);
        self.stolen.store(before.wrapping_add(processes as u64), Ordering::Relaxed);
    }
    /// Processes taken from other workers so far.
    pub(crate) fn stolen(&self) -> u64 {
        self.stolen.load(Ordering::Relaxed)
    }
    /// Whether the step with this number was asked to give way.
    pub(crate) fn is_over(&self, number: u64) -> bool {
        self.over.load(Ordering::Relaxed) == number
    }
    /// For the clock: asks the step to give way.
    pub(crate) fn slice_is_over(&self, number: u64) {
        self.over.store(number, Ordering::Relaxed);
        let bell = self.bell.load(Ordering::Relaxed);
        if bell != 0 && self.slice.load(Ordering::Acquire) == number {
            // SAFETY: the address was stored by `begin` from a value of exactly this function type.
            let bell: Bell = unsafe { std::mem::transmute::<usize, Bell>(bell) };
            // A kind's fault must not end all timers.
            let _ = crate::turn::caught(|| bell(self.thread.load(Ordering::Relaxed)));
        }
    }
}
