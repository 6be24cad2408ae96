//! Containers whose first element lies inside of them. Most processes have one coroutine, which waits for one thing: what
//! they need of these lies in their own block, and is there when the block is.

use rustc_hash::FxHashMap;
use slab::Slab;
use std::collections::VecDeque;
use std::hash::Hash;
use std::ops::{Index, IndexMut};

/// A queue. Without a first element there are none behind it.
#[derive(Debug)]
pub(crate) struct FirstQueue<T> {
    first: Option<T>,
    others: VecDeque<T>,
}

impl<T> Default for FirstQueue<T> {
    fn default() -> Self {
        FirstQueue { first: None, others: VecDeque::new() }
    }
}

impl<T> FirstQueue<T> {
    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }
    pub(crate) fn push_back(&mut self, v: T) {
        match &self.first {
            None => self.first = Some(v),
            Some(_) => self.others.push_back(v),
        }
    }
    /// Adds an element behind the first `i` ones.
    ///
    /// # Panics
    /// When there are fewer.
    pub(crate) fn insert(&mut self, i: usize, v: T) {
        match i.checked_sub(1) {
            None => {
                if let Some(second) = self.first.replace(v) {
                    self.others.push_front(second);
                }
            }
            Some(i) => self.others.insert(i, v),
        }
    }
    pub(crate) fn pop_front(&mut self) -> Option<T> {
        let first = self.first.take()?;
        if !self.others.is_empty() {
            self.first = self.others.pop_front();
        }
        Some(first)
    }
    pub(crate) fn clear(&mut self) {
        self.first = None;
        self.others.clear();
    }
}

/// A map. The pair inside is not always the oldest.
#[derive(Debug)]
pub(crate) struct FirstMap<K, V> {
    one: Option<(K, V)>,
    others: FxHashMap<K, V>,
}

impl<K, V> Default for FirstMap<K, V> {
    fn default() -> Self {
        FirstMap { one: None, others: FxHashMap::default() }
    }
}

impl<K: Eq + Hash + Copy, V> FirstMap<K, V> {
    pub(crate) fn is_empty(&self) -> bool {
        self.one.is_none() && self.others.is_empty()
    }
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        usize::from(self.one.is_some()) + self.others.len()
    }
    /// Adds a pair whose key is new.
    pub(crate) fn insert(&mut self, k: K, v: V) {
        match &self.one {
            None => self.one = Some((k, v)),
            Some(_) => {
                self.others.insert(k, v);
            }
        }
    }
    pub(crate) fn remove(&mut self, k: &K) -> Option<V> {
        match &self.one {
            Some((one, _)) if one == k => self.one.take().map(|(_, v)| v),
            _ if self.others.is_empty() => None,
            _ => self.others.remove(k),
        }
    }
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.one.iter().map(|(k, v)| (k, v)).chain(&self.others)
    }
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, v)| v)
    }
}

/// A slab. The first place is number 0.
#[derive(Debug)]
pub(crate) struct FirstSlab<T> {
    first: Option<T>,
    others: Slab<T>,
}

impl<T> Default for FirstSlab<T> {
    fn default() -> Self {
        FirstSlab { first: None, others: Slab::new() }
    }
}

impl<T> FirstSlab<T> {
    /// The number of the place that the value gets.
    pub(crate) fn insert(&mut self, v: T) -> usize {
        match &self.first {
            None => {
                self.first = Some(v);
                0
            }
            Some(_) => 1 + self.others.insert(v),
        }
    }
    /// # Panics
    /// When nothing is there.
    pub(crate) fn remove(&mut self, i: usize) -> T {
        match i {
            0 => self.first.take().expect("a place that is used"),
            i => self.others.remove(i - 1),
        }
    }
}

impl<T> Index<usize> for FirstSlab<T> {
    type Output = T;
    fn index(&self, i: usize) -> &T {
        match i {
            0 => self.first.as_ref().expect("a place that is used"),
            i => &self.others[i - 1],
        }
    }
}

impl<T> IndexMut<usize> for FirstSlab<T> {
    fn index_mut(&mut self, i: usize) -> &mut T {
        match i {
            0 => self.first.as_mut().expect("a place that is used"),
            i => &mut self.others[i - 1],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #[test]
        fn a_queue_gives_what_a_deque_gives(steps in prop::collection::vec(0..4u8, 0..60)) {
            let (mut ours, mut theirs) = (FirstQueue::default(), VecDeque::new());
            for (i, step) in steps.into_iter().enumerate() {
                match step {
                    0 => (ours.push_back(i), theirs.push_back(i)).0,
                    1 => {
                        let place = i % (theirs.len() + 1);
                        ours.insert(place, i);
                        theirs.insert(place, i);
                    }
                    _ => prop_assert_eq!(ours.pop_front(), theirs.pop_front()),
                }
                prop_assert_eq!(ours.is_empty(), theirs.is_empty());
            }
        }

        #[test]
        fn a_map_has_what_was_put_in_and_not_taken_out(steps in prop::collection::vec((0..8u8, any::<bool>()), 0..60)) {
            let (mut ours, mut theirs) = (FirstMap::default(), HashMap::new());
            for (i, (k, put)) in steps.into_iter().enumerate() {
                if put && !theirs.contains_key(&k) {
                    ours.insert(k, i);
                    theirs.insert(k, i);
                } else if !put {
                    prop_assert_eq!(ours.remove(&k), theirs.remove(&k));
                }
                let all: HashMap<_, _> = ours.iter().map(|(k, v)| (*k, *v)).collect();
                prop_assert_eq!(&all, &theirs);
                prop_assert_eq!(ours.len(), theirs.len());
                prop_assert_eq!(ours.is_empty(), theirs.is_empty());
            }
        }

        #[test]
        fn places_of_a_slab_keep_their_values(steps in prop::collection::vec(any::<prop::sample::Index>(), 0..60)) {
            let (mut slab, mut used) = (FirstSlab::default(), Vec::new());
            for (i, step) in steps.into_iter().enumerate() {
                if i % 3 < 2 {
                    let place = slab.insert(i);
                    slab[place] += 100;
                    used.push((place, i + 100));
                } else {
                    let (place, v) = used.swap_remove(step.index(used.len()));
                    prop_assert_eq!(slab.remove(place), v);
                }
                for (place, v) in &used {
                    prop_assert_eq!(slab[*place], *v);
                }
            }
        }
    }
}
