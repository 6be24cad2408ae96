//! What a process has used so far: counters that its owner writes and anybody may read.
//!
//! Only the holder of the process's token writes, so a plain load and store count; nobody pays for a counter that
//! nobody reads. The clock adds the busy time: it looks at each worker once a tick, so that time is a sample with the
//! tick as its grain.

use std::sync::atomic::Ordering::{Acquire, Relaxed};
use std::sync::atomic::{AtomicU32, AtomicU64};
use std::time::Duration;

/// A process's counters at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProcessStats {
    /// Steps so far.
    pub steps: u64,
    /// Time spent in steps, sampled once a millisecond: exact for a process that uses much of it, a fair estimate over
    /// many for those that use little.
    pub busy: Duration,
    /// Messages handed to the machine so far.
    pub received: u64,
    /// Messages sent so far that were delivered.
    pub sent: u64,
    /// Messages that wait for the machine. Exact while fewer than 65,536 have come in since the process ran last.
    pub waiting: u64,
    /// Memory as the machine counted it a few steps ago at most, in bytes; 0 for machines that do not count.
    pub memory_bytes: u64,
}

/// The grain of the memory counter, in bytes: 32 bits of it reach 64 GiB.
const MEMORY_GRAIN: u64 = 16;
/// After its last step, nothing but another process can have this one go on.
pub(crate) const RESTS: u64 = 1;
/// It has once been through with what it did first; see [`crate::Observer::has_begun`].
pub(crate) const HAS_WAITED: u64 = 2;
/// What one step adds to the word that also holds the flags.
const ONE_STEP: u64 = 4;
/// How many units of a byte make one message in [`Usage::queued`].
const ONE_MESSAGE: u64 = 1 << 40;

/// The most messages that a limit that is kept beside the mailbox can tell.
pub const QUEUE_MESSAGES_MAX: usize = (u64::MAX / ONE_MESSAGE / 2) as usize;

/// The counters as they lie in the slot.
#[derive(Default)]
pub(crate) struct Usage {
    /// Steps, and below them the flags [`RESTS`] and [`HAS_WAITED`]: together, so that one look finds what belongs
    /// together.
    steps: AtomicU64,
    received: AtomicU64,
    sent: AtomicU64,
    /// Messages ever taken out of the mailbox's word.
    taken: AtomicU64,
    busy_ticks: AtomicU32,
    memory: AtomicU32,
    /// What waits or is not used up, if the host bounds it: messages in the upper 24 bits, bytes in the lower 40.
    queued: AtomicU64,
}

fn add(counter: &AtomicU64, n: u64) {
    counter.store(counter.load(Relaxed).wrapping_add(n), Relaxed);
}

impl Usage {
    /// A new process has moved in. For its owner. What is reserved stays: whoever reserved it frees it.
    pub(crate) fn begin(&self) {
        for counter in [&self.steps, &self.received, &self.sent, &self.taken] {
            counter.store(0, Relaxed);
        }
        self.busy_ticks.store(0, Relaxed);
        self.memory.store(0, Relaxed);
    }

    /// A step begins; how many there were before. For the owner.
    pub(crate) fn step(&self) -> u64 {
        let before = self.steps.load(Relaxed);
        self.steps.store((before & !RESTS) + ONE_STEP, Relaxed);
        before / ONE_STEP
    }
    /// Its owner says of the process that it has waited, or rests after the last step.
    pub(crate) fn note(&self, flag: u64) {
        let steps = self.steps.load(Relaxed);
        if steps & flag == 0 {
            self.steps.store(steps | flag, Relaxed);
        }
    }
    /// The number of steps so far, and whether it rests after the last one.
    pub(crate) fn mark(&self) -> (u64, bool) {
        let steps = self.steps.load(Relaxed);
        (steps / ONE_STEP, steps & RESTS != 0)
    }
    /// Whether it has ever waited.
    pub(crate) fn has_waited(&self) -> bool {
        self.steps.load(Relaxed) & HAS_WAITED != 0
    }
    /// For the owner.
    pub(crate) fn received(&self) {
        add(&self.received, 1);
    }
    /// For the owner.
    pub(crate) fn sent(&self) {
        add(&self.sent, 1);
    }
    /// For the owner.
    pub(crate) fn taken(&self, n: u64) {
        add(&self.taken, n);
    }
    /// For the owner.
    pub(crate) fn set_memory(&self, bytes: usize) {
        self.memory.store(u32::try_from(bytes as u64 / MEMORY_GRAIN).unwrap_or(u32::MAX), Relaxed);
    }
    /// For the clock: a tick has passed in a step of this process.
    pub(crate) fn tick(&self) {
        self.busy_ticks.store(self.busy_ticks.load(Relaxed).wrapping_add(1), Relaxed);
    }

    /// Makes room for one more message of this many bytes; false when the limits do not allow it. Strict: two senders
    /// that come together never both get the last place, though both may be refused.
    pub(crate) fn reserve(&self, bytes: usize, messages_max: usize, bytes_max: usize) -> bool {
        let one = ONE_MESSAGE + bytes as u64;
        let before = self.queued.fetch_add(one, Relaxed);
        let messages = (before / ONE_MESSAGE) as usize;
        let used = (before % ONE_MESSAGE) as usize;
        let fits = (messages_max == 0 || messages < messages_max) && (bytes_max == 0 || used + bytes <= bytes_max);
        if !fits {
            self.queued.fetch_sub(one, Relaxed);
        }
        fits
    }
    /// Messages and bytes that were reserved are free again.
    pub(crate) fn free(&self, messages: usize, bytes: usize) {
        self.queued.fetch_sub(ONE_MESSAGE * messages as u64 + bytes as u64, Relaxed);
    }

    /// The counters now. `pushed`: the mailbox's count of messages, modulo 2^16; it is looked at after what was taken, so
    /// that it is never the smaller one. `tick`: how long a tick is.
    pub(crate) fn read(&self, pushed: impl FnOnce() -> u16, tick: Duration) -> ProcessStats {
        let (received, taken) = (self.received.load(Relaxed), self.taken.load(Acquire));
        let pushed = pushed();
        ProcessStats {
            steps: self.steps.load(Relaxed) / ONE_STEP,
            busy: tick * self.busy_ticks.load(Relaxed),
            received,
            sent: self.sent.load(Relaxed),
            waiting: taken.saturating_sub(received) + u64::from(pushed.wrapping_sub(taken as u16)),
            memory_bytes: u64::from(self.memory.load(Relaxed)) * MEMORY_GRAIN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_kept_by_number_and_by_bytes() {
        let usage = Usage::default();
        assert!(usage.reserve(60, 3, 100));
        assert!(!usage.reserve(50, 3, 100), "bytes");
        assert!(usage.reserve(40, 3, 100));
        assert!(usage.reserve(0, 3, 100));
        assert!(!usage.reserve(0, 3, 100), "number");
        usage.free(2, 100);
        assert!(usage.reserve(100, 3, 100));
        assert!(usage.reserve(1 << 30, 0, 0), "no limits");
    }

    #[test]
    fn messages_that_wait_are_counted_over_the_wrap_of_the_mailbox() {
        let usage = Usage::default();
        usage.taken(70_000);
        (0..69_990).for_each(|_| usage.received());
        assert_eq!(usage.read(|| (70_005u32 % 65_536) as u16, Duration::from_millis(1)).waiting, 15);
    }
}
