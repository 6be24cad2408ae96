//! Timers: shards of ordered deadlines, fired by the clock thread.

use crate::sync::Mutex;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use wippy_core::{Pid, RawTag};

const SHARDS: usize = 16;

/// Where a timer stands: by deadline, then by order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TimerKey {
    deadline: Duration,
    serial: u64,
}

type Shard = Mutex<BTreeMap<TimerKey, (Pid, RawTag)>>;

/// All timers of a scheduler.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    shards: [Shard; SHARDS],
    serial: AtomicU64,
}

impl Timers {
    /// Makes the key of a timer that is due at `deadline`.
    pub(crate) fn key(&self, deadline: Duration) -> TimerKey {
        TimerKey { deadline, serial: self.serial.fetch_add(1, Ordering::Relaxed) }
    }

    fn shard(&self, pid: Pid) -> &Shard {
        &self.shards[pid.slot() as usize % SHARDS]
    }

    /// Sets a timer.
    pub(crate) fn insert(&self, key: TimerKey, pid: Pid, tag: RawTag) {
        self.shard(pid).lock().insert(key, (pid, tag));
    }

    /// Stops a timer; nothing happens when it has fired.
    pub(crate) fn cancel(&self, key: TimerKey, pid: Pid) {
        self.shard(pid).lock().remove(&key);
    }

    /// When the next timer is due.
    pub(crate) fn next_deadline(&self) -> Option<Duration> {
        self.shards.iter().filter_map(|s| s.lock().first_key_value().map(|(k, _)| k.deadline)).min()
    }

    /// Takes out all timers that are due at `now`, in the order in which they are to fire.
    pub(crate) fn due(&self, now: Duration) -> Vec<(Pid, RawTag)> {
        let mut due = Vec::new();
        for shard in &self.shards {
            let mut shard = shard.lock();
            if shard.first_key_value().is_some_and(|(k, _)| k.deadline <= now) {
                let later = shard.split_off(&TimerKey { deadline: now + Duration::from_nanos(1), serial: 0 });
                due.extend(std::mem::replace(&mut *shard, later));
            }
        }
        due.sort_unstable_by_key(|(key, _)| *key);
        due.into_iter().map(|(_, timer)| timer).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wippy_core::Place;

    #[test]
    fn timers_fire_by_deadline_then_by_creation_across_shards() {
        let timers = Timers::default();
        let pid = |slot| Pid::new(Place::intern("", 0, "timers:test"), slot, 0);
        let ms = Duration::from_millis;
        let set = |at, slot, tag| {
            let key = timers.key(at);
            timers.insert(key, pid(slot), RawTag(tag));
            key
        };
        set(ms(5), 1, 1);
        set(ms(3), 2, 2);
        set(ms(5), 3, 3);
        let stopped = set(ms(4), 4, 4);
        set(ms(9), 5, 5);
        timers.cancel(stopped, pid(4));
        assert_eq!(timers.next_deadline(), Some(ms(3)));
        let fired: Vec<_> = timers.due(ms(5)).into_iter().map(|(_, tag)| tag.0).collect();
        assert_eq!(fired, [2, 1, 3]);
        assert_eq!(timers.next_deadline(), Some(ms(9)));
    }
}
