//! Where the listener of a topic is, and which messages wait for one: for processes that have many of either.
//!
//! Most processes have a handful and no index at all. One that answers each request on a topic of its own, or lets its
//! inbox fill while it does so, would look through all of them at every `listen` and for every message.

use super::mail::Mail;
use std::collections::HashMap;
use wippy_core::{Event, Text};

/// So many ports, or messages that wait, are looked through one by one.
pub(super) const FEW: usize = 32;

/// An index of both. What it knows of messages may be outdated; whoever asks looks whether they are still there.
#[derive(Default)]
pub(super) struct Topics {
    listeners: HashMap<Text, u32>,
    /// Numbers of the messages of each topic, in order.
    waiting: HashMap<Text, Vec<u64>>,
    /// How many numbers that are.
    numbers: usize,
    /// The number of the last event that was looked at.
    seen: u64,
    /// Empty places that were left in the queues since they were tidied.
    gaps: usize,
    /// How many events were looked at.
    #[cfg(test)]
    looked: usize,
}

impl Topics {
    pub(super) fn listener(&self, topic: &Text) -> Option<u32> {
        self.listeners.get(topic).copied()
    }
    pub(super) fn open(&mut self, topic: Text, port: u32) {
        self.listeners.insert(topic, port);
    }
    pub(super) fn close(&mut self, topic: &Text) {
        self.listeners.remove(topic);
        if self.listeners.len() + FEW < self.listeners.capacity() / 4 {
            self.listeners.shrink_to(2 * self.listeners.len());
        }
    }
    /// What was seen is no longer in order of arrival: all of it has to be looked at again.
    pub(super) fn forget(&mut self) {
        self.waiting = HashMap::new();
        (self.numbers, self.seen) = (0, 0);
    }

    /// Takes the messages of a topic out of the queues in which they may be, oldest first.
    pub(super) fn take(&mut self, topic: &Text, queues: &mut [&mut Mail]) -> Vec<(u64, Event)> {
        self.look(queues);
        let mut serials = self.waiting.remove(topic).unwrap_or_default();
        self.numbers -= serials.len();
        serials.sort_unstable();
        let mut taken = Vec::new();
        for serial in serials {
            let found = queues.iter_mut().find_map(|queue| queue.take(serial));
            taken.extend(found.map(|event| (serial, event)));
        }
        self.gaps += taken.len();
        if self.gaps > FEW && self.gaps > queues.iter().map(|queue| queue.len()).sum::<usize>() / 2 {
            queues.iter_mut().for_each(|queue| queue.tidy());
            self.gaps = 0;
        }
        taken
    }

    /// Learns what has come since the last look. Each event is looked at about twice, however often this is called:
    /// when more numbers are known than twice the events that are left, all is learned anew.
    fn look(&mut self, queues: &[&mut Mail]) {
        let left: usize = queues.iter().map(|queue| queue.len()).sum();
        if self.numbers > 2 * left + FEW {
            self.forget();
        }
        let mut last = self.seen;
        for queue in queues {
            for (serial, event) in queue.since(self.seen) {
                last = last.max(serial);
                #[cfg(test)]
                {
                    self.looked += 1;
                }
                if let Event::Message(message) = event {
                    self.waiting.entry(message.topic.clone()).or_default().push(serial);
                    self.numbers += 1;
                }
            }
        }
        self.seen = last;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wippy_core::{Message, Pid, Values};

    fn topic(n: u64) -> Text {
        Text::new(format!("topic {n}").as_bytes())
    }

    fn message(n: u64) -> Event {
        Event::Message(Message { topic: topic(n), from: Pid::SYSTEM, values: Values::None })
    }

    fn topic_of(event: &Event) -> &Text {
        match event {
            Event::Message(message) => &message.topic,
            other => panic!("only messages were put there, not {other:?}"),
        }
    }

    /// Random calls, beside a plain list of what must be there.
    #[test]
    fn messages_are_found_by_topic_in_order() {
        let mut state = 7u64;
        let mut below = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % n
        };
        let (mut topics, mut queue, mut other) = (Topics::default(), Mail::default(), Mail::default());
        let mut model: Vec<(u64, u64)> = Vec::new();
        let mut taken_back = 0;
        for serial in 1..=20_000 {
            let n = below(40);
            queue.push(serial, message(n));
            model.push((serial, n));
            match below(8) {
                0 | 1 => {
                    let n = below(40);
                    let found = topics.take(&topic(n), &mut [&mut other, &mut queue]);
                    let wanted: Vec<_> = model.iter().filter(|(_, t)| *t == n).map(|(serial, _)| *serial).collect();
                    assert_eq!(found.iter().map(|(serial, _)| *serial).collect::<Vec<_>>(), wanted);
                    if below(3) == 0 {
                        taken_back += found.len();
                        queue.merge(found.into_iter().collect());
                        topics.forget();
                    } else {
                        model.retain(|(_, t)| *t != n);
                    }
                }
                2 | 3 if !model.is_empty() => {
                    let (_, n) = model.remove(0);
                    assert_eq!(topic_of(&queue.pop().expect("there is one")), &topic(n));
                }
                _ => {}
            }
            assert_eq!(queue.is_empty(), model.is_empty());
            assert!(topics.numbers <= 3 * queue.len() + 2 * FEW, "{} for {}", topics.numbers, queue.len());
        }
        assert!(taken_back > 100);
        let left: Vec<_> = queue.drain().map(|(serial, _)| serial).collect();
        assert_eq!(left, model.iter().map(|(serial, _)| *serial).collect::<Vec<_>>());
    }

    /// Each `listen` used to look through all that waits.
    #[test]
    fn an_event_is_looked_at_a_few_times_however_often_is_asked() {
        let (mut topics, mut queue, mut none) = (Topics::default(), Mail::default(), Mail::default());
        for serial in 1..=50_000 {
            queue.push(serial, message(serial));
            // One in ten is received at once, one in five by its topic; the others wait.
            if serial % 10 == 0 {
                queue.pop();
            }
            if serial % 5 == 0 {
                topics.take(&topic(serial), &mut [&mut none, &mut queue]);
            }
        }
        assert!(queue.len() > 30_000 && topics.looked < 200_000, "{} looks", topics.looked);
    }
}
