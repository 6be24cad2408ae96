//! Events that nobody has received yet, in order of arrival.

use std::collections::VecDeque;
use wippy_core::Event;

/// A queue from whose middle events can be taken at once: they leave an empty place. There is none at either end.
#[derive(Default)]
pub(super) struct Mail {
    queue: VecDeque<(u64, Option<Event>)>,
}

impl Mail {
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
    /// Events, and empty places among them.
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }
    /// Adds an event, which is the latest one.
    pub(super) fn push(&mut self, serial: u64, event: Event) {
        self.queue.push_back((serial, Some(event)));
    }
    /// The oldest event.
    pub(super) fn pop(&mut self) -> Option<Event> {
        let (_, event) = self.queue.pop_front()?;
        while matches!(self.queue.front(), Some((_, None))) {
            self.queue.pop_front();
        }
        event
    }
    /// The oldest one, as it lies there.
    pub(super) fn front(&self) -> Option<&Event> {
        self.queue.front().and_then(|(_, event)| event.as_ref())
    }
    /// All events with their numbers, oldest first.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = (u64, Event)> {
        self.queue.drain(..).filter_map(|(serial, event)| Some((serial, event?)))
    }
    /// Those that came after the one of this number, oldest first.
    pub(super) fn since(&self, serial: u64) -> impl Iterator<Item = (u64, &Event)> {
        let first = self.queue.partition_point(|(n, _)| *n <= serial);
        self.queue.range(first..).filter_map(|(serial, event)| Some((*serial, event.as_ref()?)))
    }
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Event> {
        self.queue.iter_mut().filter_map(|(_, event)| event.as_mut())
    }
    /// Takes the event of this number, if it is still there.
    pub(super) fn take(&mut self, serial: u64) -> Option<Event> {
        let at = self.queue.binary_search_by_key(&serial, |(n, _)| *n).ok()?;
        let event = self.queue[at].1.take();
        while matches!(self.queue.back(), Some((_, None))) {
            self.queue.pop_back();
        }
        while matches!(self.queue.front(), Some((_, None))) {
            self.queue.pop_front();
        }
        event
    }
    /// Takes all events that are wanted, oldest first.
    pub(super) fn take_where(&mut self, wanted: impl Fn(&Event) -> bool) -> Vec<(u64, Event)> {
        if !self.queue.iter().any(|(_, event)| event.as_ref().is_some_and(&wanted)) {
            return Vec::new();
        }
        let (taken, rest): (Vec<_>, Vec<_>) = self.drain().partition(|(_, event)| wanted(event));
        *self = rest.into_iter().collect();
        taken
    }
    /// Does away with empty places.
    pub(super) fn tidy(&mut self) {
        self.queue.retain(|(_, event)| event.is_some());
    }
    /// All from the `n`-th event on.
    pub(super) fn split_off(&mut self, n: usize) -> Mail {
        self.tidy();
        Mail { queue: self.queue.split_off(n.min(self.queue.len())) }
    }
    /// Adds others, which may be older.
    pub(super) fn merge(&mut self, other: Mail) {
        self.queue.extend(other.queue);
        self.tidy();
        self.queue.make_contiguous().sort_by_key(|(serial, _)| *serial);
    }
}

impl FromIterator<(u64, Event)> for Mail {
    fn from_iter<I: IntoIterator<Item = (u64, Event)>>(events: I) -> Mail {
        Mail { queue: events.into_iter().map(|(serial, event)| (serial, Some(event))).collect() }
    }
}
