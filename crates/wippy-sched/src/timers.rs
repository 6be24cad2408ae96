//! Timers: shards of ordered deadlines, fired by the clock thread or by the worker that keeps the time.
//!
//! A timer has *slack*: nobody is woken for it alone before that has passed, so that timers of one time go off together.
//! When somebody looks anyway, what is due fires.

use crate::sync::Mutex;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use wippy_core::{Pid, RawTag};

const SHARDS: usize = 16;

/// Where a timer stands: by deadline, then by order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TimerKey {
    deadline: Duration,
    serial: u64,
}

/// A timer may wait this part of its delay for others, ...
const SLACK_PART: u32 = 100;
/// ... but no longer than this.
const SLACK_MAX: Duration = Duration::from_millis(10);

/// So few timers are not made to wait: each may have its own wake-up.
pub(crate) const FEW: usize = 8;
/// Timers of a shard that one look considers: a worker looks each time it falls asleep, however many there are.
const CONSIDERED: usize = 8;

/// Whom a timer tells, under which tag, and how long it may wait for others.
#[derive(Debug)]
struct Timer {
    pid: Pid,
    tag: RawTag,
    slack: Duration,
}

type Shard = Mutex<BTreeMap<TimerKey, Timer>>;

/// All timers of a scheduler.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    shards: [Shard; SHARDS],
    serial: AtomicU64,
    /// How many are set.
    set: AtomicUsize,
}

impl Timers {
    /// Makes the key of a timer that is due at `deadline`.
    pub(crate) fn key(&self, deadline: Duration) -> TimerKey {
        TimerKey { deadline, serial: self.serial.fetch_add(1, Ordering::Relaxed) }
    }

    fn shard(&self, pid: Pid) -> &Shard {
        &self.shards[pid.slot() as usize % SHARDS]
    }

    /// Sets a timer that is due `after` now. By when somebody has to look.
    pub(crate) fn insert(&self, key: TimerKey, after: Duration, pid: Pid, tag: RawTag) -> Duration {
        let slack = (after / SLACK_PART).min(SLACK_MAX);
        self.shard(pid).lock().insert(key, Timer { pid, tag, slack });
        match self.set.fetch_add(1, Ordering::Relaxed) {
            others if others < FEW => key.deadline,
            _ => key.deadline.saturating_add(slack),
        }
    }

    /// Stops a timer; nothing happens when it has fired.
    pub(crate) fn cancel(&self, key: TimerKey, pid: Pid) {
        if self.shard(pid).lock().remove(&key).is_some() {
            self.set.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// When the next timer is due.
    pub(crate) fn next_deadline(&self) -> Option<Duration> {
        self.shards.iter().filter_map(|s| s.lock().first_key_value().map(|(k, _)| k.deadline)).min()
    }

    /// When somebody should look at the timers: when the first is due if few are, else when the first of them cannot wait
    /// any longer.
    pub(crate) fn look_by(&self) -> Option<Duration> {
        let (mut first, mut last, mut waiting) = (None, None, 0);
        let earlier = |one: Option<Duration>, other| Some(one.map_or(other, |one| one.min(other)));
        for shard in &self.shards {
            for (n, (key, timer)) in shard.lock().iter().enumerate() {
                first = earlier(first, key.deadline);
                if last.is_some_and(|last| key.deadline >= last) {
                    // It and all behind it need not go off together with those that count.
                    break;
                }
                if n == CONSIDERED {
                    // Enough go off together. Whatever is behind this one need not be looked at before it.
                    last = earlier(last, key.deadline);
                    break;
                }
                last = earlier(last, key.deadline.saturating_add(timer.slack));
                waiting += 1;
            }
        }
        if waiting > FEW { last } else { first }
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
        self.set.fetch_sub(due.len(), Ordering::Relaxed);
        due.sort_unstable_by_key(|(key, _)| *key);
        due.into_iter().map(|(_, timer)| (timer.pid, timer.tag)).collect()
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
            timers.insert(key, at, pid(slot), RawTag(tag));
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

    fn pid(slot: u32) -> Pid {
        Pid::new(Place::intern("", 0, "timers:test"), slot, 0)
    }

    #[test]
    fn few_timers_go_off_on_time_and_many_together() {
        let timers = Timers::default();
        let (second, us) = (Duration::from_secs(1), Duration::from_micros);
        let set = |at, slot| timers.insert(timers.key(second + us(at)), second, pid(slot), RawTag(0));
        assert_eq!(timers.look_by(), None);
        assert_eq!(set(500, 0), second + us(500), "it is alone");
        for i in 1..8 {
            set(500 + 100 * u64::from(i), i);
        }
        assert_eq!(timers.look_by(), Some(second + us(500)), "they are few");
        assert_eq!(set(20_000, 9), second + us(30_000), "it may wait a hundredth of its delay");
        assert_eq!(timers.look_by(), Some(second + us(500)), "the ninth does not go off together with them");
        set(1_400, 10);
        assert_eq!(timers.look_by(), Some(second + us(10_500)), "the first cannot wait longer");
        // One that hardly waits, set later.
        let by = timers.insert(timers.key(second + us(5_000)), us(1_000), pid(11), RawTag(0));
        assert_eq!(by, second + us(5_010));
        assert_eq!(timers.look_by(), Some(by));
        assert_eq!(timers.due(by).len(), 10);
        assert_eq!(timers.look_by(), Some(second + us(20_000)));
    }

    #[test]
    fn no_timer_waits_for_more_than_ten_milliseconds() {
        let timers = Timers::default();
        let hour = Duration::from_secs(3_600);
        let by = (0..9).map(|i| timers.insert(timers.key(hour), hour, pid(i), RawTag(0))).last();
        assert_eq!(by, Some(hour + Duration::from_millis(10)));
        assert_eq!(timers.look_by(), by);
    }

    #[test]
    fn of_very_many_timers_only_the_first_are_considered() {
        let timers = Timers::default();
        let (hour, us) = (Duration::from_secs(3_600), Duration::from_micros);
        for i in 0..10_000 {
            timers.insert(timers.key(hour + us(u64::from(i) / 2)), hour, pid(i), RawTag(0));
        }
        // Two each microsecond, and 16 shards in turn: the ninth of the first shard is the 129th of all.
        let by = timers.look_by().expect("timers are set");
        assert_eq!(by, hour + us(64));
        assert_eq!(timers.due(by).len(), 130);
        assert!(timers.look_by() > Some(by));
    }

    #[test]
    fn what_has_fired_or_was_stopped_no_longer_counts_as_set() {
        let timers = Timers::default();
        let second = Duration::from_secs(1);
        for _ in 0..3 {
            let keys: Vec<_> = (0..8).map(|i| (timers.key(second), pid(i))).collect();
            for (key, pid) in &keys {
                assert_eq!(timers.insert(*key, second, *pid, RawTag(0)), second);
            }
            timers.cancel(keys[0].0, keys[0].1);
            timers.cancel(keys[0].0, keys[0].1);
            assert_eq!(timers.due(second).len(), 7);
        }
    }
}
