//! Maps and sets that need no allocation while they are small, and stay fast when they grow.
//!
//! Most processes have one or two ties; a supervisor may have ten thousand. Up to [`FEW`] entries lie in the value
//! itself and are searched one by one, more lie in a hash map.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::hash::Hash;

/// How many entries are searched one by one.
const FEW: usize = 4;

/// A map from small keys.
pub(crate) enum SmallMap<K, V> {
    Few(SmallVec<[(K, V); 1]>),
    Many(FxHashMap<K, V>),
}

/// A set of small keys.
pub(crate) type SmallSet<K> = SmallMap<K, ()>;

impl<K, V> Default for SmallMap<K, V> {
    fn default() -> Self {
        SmallMap::Few(SmallVec::new())
    }
}

impl<K: Copy + Ord + Hash, V> SmallMap<K, V> {
    /// The value of a key, made if there is none.
    pub(crate) fn entry(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        if let SmallMap::Few(few) = self
            && few.len() >= FEW
            && !few.iter().any(|(k, _)| *k == key)
        {
            *self = SmallMap::Many(std::mem::take(few).into_iter().collect());
        }
        match self {
            SmallMap::Few(few) => {
                let i = few.iter().position(|(k, _)| *k == key).unwrap_or_else(|| {
                    few.push((key, V::default()));
                    few.len() - 1
                });
                &mut few[i].1
            }
            SmallMap::Many(many) => many.entry(key).or_default(),
        }
    }

    /// Puts a key with the default value in; nothing changes if it is there.
    pub(crate) fn insert(&mut self, key: K)
    where
        V: Default,
    {
        self.entry(key);
    }

    /// The value of a key.
    pub(crate) fn get_mut(&mut self, key: K) -> Option<&mut V> {
        match self {
            SmallMap::Few(few) => few.iter_mut().find(|(k, _)| *k == key).map(|(_, v)| v),
            SmallMap::Many(many) => many.get_mut(&key),
        }
    }

    /// Takes a key out; nothing happens when it is not there.
    pub(crate) fn remove(&mut self, key: K) {
        match self {
            SmallMap::Few(few) => {
                if let Some(i) = few.iter().position(|(k, _)| *k == key) {
                    few.swap_remove(i);
                }
            }
            SmallMap::Many(many) => {
                many.remove(&key);
            }
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = SmallMap::default();
    }

    pub(crate) fn is_empty(&self) -> bool {
        match self {
            SmallMap::Few(few) => few.is_empty(),
            SmallMap::Many(many) => many.is_empty(),
        }
    }

    /// All entries, in an order that does not depend on how keys hash: a simulation must find the same one again.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        let (few, mut many) = match self {
            SmallMap::Few(few) => (few.as_slice(), Vec::new()),
            SmallMap::Many(many) => (&[][..], many.iter().map(|(k, v)| (*k, v)).collect()),
        };
        many.sort_unstable_by_key(|(k, _)| *k);
        few.iter().map(|(k, v)| (*k, v)).chain(many)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_map_and_a_grown_one_hold_the_same() {
        for n in [0usize, 1, FEW, FEW + 1, 100] {
            let mut map = SmallMap::<usize, usize>::default();
            for round in 0..2 {
                for k in 0..n {
                    *map.entry(k) += k + round;
                }
            }
            assert_eq!(map.is_empty(), n == 0);
            let mut all: Vec<_> = map.iter().map(|(k, v)| (k, *v)).collect();
            all.sort_unstable();
            assert_eq!(all, (0..n).map(|k| (k, 2 * k + 1)).collect::<Vec<_>>());
            for k in 0..n {
                assert_eq!(map.get_mut(k), Some(&mut (2 * k + 1)));
                map.remove(k);
                assert_eq!(map.get_mut(k), None);
            }
            map.remove(n);
            assert!(map.is_empty());
        }
    }
}
