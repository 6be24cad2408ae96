//! The event bus of the node. Each subscription has a queue of its own, so that nobody waits for a slow reader.

use parking_lot::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use wippy_core::command::Boxed;
use wippy_core::commands::events::{Batch, BusEvent, Next, Publish, Subscribe, Unsubscribe};
use wippy_core::{Error, Pid};
use wippy_sched::{Config, Replier};

/// How many subscriptions a node keeps.
const SUBSCRIPTIONS_MAX: usize = 4096;
/// How many events travel in one batch.
const BATCH_MAX: usize = 64;

/// All subscriptions of a node.
#[derive(Default)]
pub(crate) struct Bus {
    subscriptions: Mutex<BTreeMap<u64, Subscription>>,
    /// How many there are, to be read without the lock: processes that end ask.
    count: AtomicUsize,
    next: std::sync::atomic::AtomicU64,
}

struct Subscription {
    owner: Pid,
    system: Pattern,
    kind: Pattern,
    /// Events that the owner has not confirmed; the first has the number `first`.
    queue: VecDeque<Arc<BusEvent>>,
    first: u64,
    /// The owner's request, and what it has seen.
    waiting: Option<(Replier<Boxed<Batch>>, u64)>,
}

/// What a subscriber wants to hear of.
enum Pattern {
    All,
    Prefix(String),
    Exact(String),
}

impl Pattern {
    fn new(text: &str) -> Pattern {
        match text.strip_suffix('*') {
            Some("") => Pattern::All,
            Some(prefix) => Pattern::Prefix(prefix.to_owned()),
            None => Pattern::Exact(text.to_owned()),
        }
    }
    fn takes(&self, text: &str) -> bool {
        match self {
            Pattern::All => true,
            Pattern::Prefix(prefix) => text.starts_with(&**prefix),
            Pattern::Exact(exact) => text == exact,
        }
    }
}

impl Subscription {
    /// Answers the owner if it waits and there is something for it. The answer is given outside of the lock.
    fn serve(&mut self) -> Option<(Replier<Boxed<Batch>>, Batch)> {
        let (_, seen) = self.waiting.as_ref()?;
        // What was seen is not needed again.
        while self.first <= *seen && self.queue.pop_front().is_some() {
            self.first += 1;
        }
        if self.queue.is_empty() {
            return None;
        }
        let events: Vec<_> = self.queue.iter().take(BATCH_MAX).cloned().collect();
        let last = self.first + events.len() as u64 - 1;
        let (replier, _) = self.waiting.take().expect("looked at above");
        Some((replier, Batch { events, last }))
    }
}

/// Registers the handlers of the bus's commands.
pub(crate) fn handle(config: Config, bus: &Arc<Bus>) -> Config {
    let (publish, subscribe, next, unsubscribe) = (bus.clone(), bus.clone(), bus.clone(), bus.clone());
    config
        .handle::<Publish>(move |call| {
            publish.publish(&call.command.0);
            Some(Ok(()))
        })
        .handle::<Subscribe>(move |call| {
            Some(subscribe.subscribe(call.caller().pid, &call.command.system, &call.command.kind).map(Boxed))
        })
        .handle::<Next>(move |call| {
            let (owner, subscription, seen) = (call.caller().pid, call.command.subscription, call.command.seen);
            if !next.has(owner, subscription) {
                return Some(Err(Error::not_found("subscription not found")));
            }
            next.wait(subscription, seen, call.replier());
            None
        })
        .handle::<Unsubscribe>(move |call| {
            unsubscribe.unsubscribe(call.caller().pid, call.command.subscription);
            Some(Ok(()))
        })
}

impl Bus {
    /// Tells an event to all who want it.
    pub(crate) fn publish(&self, event: &BusEvent) {
        if self.count.load(Ordering::Acquire) == 0 {
            return;
        }
        let event = Arc::new(event.clone());
        let mut answers = Vec::new();
        {
            let mut subscriptions = self.subscriptions.lock();
            for subscription in subscriptions.values_mut() {
                if subscription.system.takes(&event.system) && subscription.kind.takes(&event.kind) {
                    subscription.queue.push_back(event.clone());
                    answers.extend(subscription.serve());
                }
            }
        }
        for (replier, batch) in answers {
            replier.answer(Ok(Boxed(batch)));
        }
    }

    fn subscribe(&self, owner: Pid, system: &str, kind: &str) -> Result<u64, Error> {
        let mut subscriptions = self.subscriptions.lock();
        if subscriptions.len() >= SUBSCRIPTIONS_MAX {
            return Err(Error::limited(format!("more than {SUBSCRIPTIONS_MAX} event subscriptions")));
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let (system, kind) = (Pattern::new(system), Pattern::new(kind));
        let subscription = Subscription { owner, system, kind, queue: VecDeque::new(), first: 1, waiting: None };
        subscriptions.insert(number, subscription);
        self.count.store(subscriptions.len(), Ordering::Release);
        Ok(number)
    }

    fn has(&self, owner: Pid, subscription: u64) -> bool {
        self.subscriptions.lock().get(&subscription).is_some_and(|s| s.owner == owner)
    }

    fn wait(&self, number: u64, seen: u64, replier: Replier<Boxed<Batch>>) {
        let (earlier, answer) = {
            let mut subscriptions = self.subscriptions.lock();
            let Some(subscription) = subscriptions.get_mut(&number) else {
                drop(subscriptions);
                return replier.answer(Err(Error::not_found("subscription not found")));
            };
            let earlier = subscription.waiting.replace((replier, seen));
            (earlier, subscription.serve())
        };
        if let Some((replier, _)) = earlier {
            replier.answer(Err(Error::canceled("another request has taken this one's place")));
        }
        if let Some((replier, batch)) = answer {
            replier.answer(Ok(Boxed(batch)));
        }
    }

    fn unsubscribe(&self, owner: Pid, number: u64) {
        let gone = {
            let mut subscriptions = self.subscriptions.lock();
            let own = subscriptions.get(&number).is_some_and(|s| s.owner == owner);
            let gone = own.then(|| subscriptions.remove(&number)).flatten();
            self.count.store(subscriptions.len(), Ordering::Release);
            gone
        };
        end(gone);
    }

    /// A process has ended, or runs other code now: its subscriptions are over.
    pub(crate) fn forget(&self, owner: Pid) {
        if self.count.load(Ordering::Acquire) == 0 {
            return;
        }
        let gone: Vec<_> = {
            let mut subscriptions = self.subscriptions.lock();
            let numbers: Vec<u64> = subscriptions.iter().filter(|(_, s)| s.owner == owner).map(|(n, _)| *n).collect();
            let gone = numbers.iter().filter_map(|n| subscriptions.remove(n)).collect();
            self.count.store(subscriptions.len(), Ordering::Release);
            gone
        };
        end(gone);
    }
}

/// Answers whoever still waits, outside of the lock.
fn end(gone: impl IntoIterator<Item = Subscription>) {
    for subscription in gone {
        if let Some((replier, _)) = subscription.waiting {
            replier.answer(Err(Error::canceled("the subscription has ended")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn a_star_at_the_end_takes_every_continuation() {
        for (pattern, text, takes) in [
            ("*", "", true),
            ("*", "a.b", true),
            ("a.*", "a.b.c", true),
            ("a.*", "a", false),
            ("a*", "ab", true),
            ("a*", "ba", false),
            ("a", "a", true),
            ("a", "ab", false),
            ("*a", "ba", false),
            ("*a", "*a", true),
        ] {
            assert_eq!(Pattern::new(pattern).takes(text), takes, "{pattern} {text}");
        }
    }
}
