//! What was compiled from a text and may be needed again, shared by all processes.
//!
//! Objects of programs hold plain data only, so that they can be copied with their process: a compiled thing is kept
//! here, and its object holds the text that finds it.

use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Longer texts are compiled each time.
const TEXT_MAX: usize = 1 << 16;
/// Bytes that the things of one cache hold on to.
const WEIGHT_MAX: usize = 16 << 20;

/// The things that were used last.
pub(super) struct Cache<T> {
    limit: usize,
    weigh: fn(&T) -> usize,
    kept: Mutex<Option<Kept<T>>>,
}

struct Kept<T> {
    things: FxHashMap<Box<str>, (Arc<T>, u64)>,
    weight: usize,
    /// Counts uses.
    uses: u64,
}

impl<T> Cache<T> {
    /// Keeps at most `limit` things, and of large ones fewer. `weigh` says how many bytes one may hold on to at any time;
    /// it always says the same of the same thing.
    pub(super) const fn new(limit: usize, weigh: fn(&T) -> usize) -> Cache<T> {
        Cache { limit, weigh, kept: Mutex::new(None) }
    }

    /// What belongs to the text, made now unless it is there.
    ///
    /// # Errors
    /// That of `make`; then nothing is kept.
    pub(super) fn get<E>(&self, text: &str, make: impl FnOnce(&str) -> Result<T, E>) -> Result<Arc<T>, E> {
        if text.len() > TEXT_MAX {
            return make(text).map(Arc::new);
        }
        if let Some(kept) = &mut *self.kept.lock() {
            kept.uses += 1;
            if let Some((thing, used)) = kept.things.get_mut(text) {
                *used = kept.uses;
                return Ok(thing.clone());
            }
        }
        // Others do not wait for what may take long.
        let thing = Arc::new(make(text)?);
        let weight = (self.weigh)(&thing);
        let mut dropped = Vec::new();
        if weight <= WEIGHT_MAX {
            let mut kept = self.kept.lock();
            let kept = kept.get_or_insert_with(|| Kept { things: FxHashMap::default(), weight: 0, uses: 0 });
            // Another may have made it in the meantime.
            dropped.extend(self.take(kept, text));
            while kept.things.len() >= self.limit || kept.weight + weight > WEIGHT_MAX {
                let oldest = kept.things.iter().min_by_key(|(_, (_, used))| *used).map(|(text, _)| text.clone());
                let Some(oldest) = oldest else { break };
                dropped.extend(self.take(kept, &oldest));
            }
            kept.things.insert(text.into(), (thing.clone(), kept.uses));
            kept.weight += weight;
        }
        // Freeing them may take long, too.
        drop(dropped);
        Ok(thing)
    }

    fn take(&self, kept: &mut Kept<T>, text: &str) -> Option<Arc<T>> {
        let (thing, _) = kept.things.remove(text)?;
        kept.weight -= (self.weigh)(&thing);
        Some(thing)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cache, TEXT_MAX, WEIGHT_MAX};
    use std::cell::Cell;

    #[test]
    fn what_was_used_last_stays() {
        let cache = Cache::new(2, |_| 1);
        let made = Cell::new(0);
        let get = |text: &str| {
            let make = |text: &str| {
                made.set(made.get() + 1);
                if text == "bad" { Err(()) } else { Ok(text.len()) }
            };
            cache.get(text, make).map(|n| *n)
        };
        assert_eq!((get("a"), get("bb"), get("a"), made.get()), (Ok(1), Ok(2), Ok(1), 2));
        assert_eq!((get("ccc"), get("a"), made.get()), (Ok(3), Ok(1), 3));
        assert_eq!((get("bb"), made.get()), (Ok(2), 4));
        assert_eq!((get("bad"), get("bad"), made.get()), (Err(()), Err(()), 6));
        let long = "x".repeat(TEXT_MAX + 1);
        assert_eq!((get(&long), get(&long), made.get()), (Ok(long.len()), Ok(long.len()), 8));
    }

    #[test]
    fn what_is_kept_has_a_bound_on_its_size() {
        let cache = Cache::new(9, |size: &usize| *size);
        let made = Cell::new(0);
        let get = |text: &str, size: usize| {
            let make = |_: &str| {
                made.set(made.get() + 1);
                Ok::<_, ()>(size)
            };
            assert_eq!(cache.get(text, make).map(|n| *n), Ok(size));
            (made.get(), cache.kept.lock().as_ref().map_or(0, |kept| kept.weight))
        };
        let half = WEIGHT_MAX / 2;
        assert_eq!((get("a", half), get("b", half)), ((1, half), (2, WEIGHT_MAX)));
        assert_eq!((get("a", half), get("c", 1)), ((2, WEIGHT_MAX), (3, half + 1)));
        assert_eq!((get("a", half), get("b", half)), ((3, half + 1), (4, WEIGHT_MAX)));
        assert_eq!(get("large", WEIGHT_MAX + 1).0, 5);
        assert_eq!(get("large", WEIGHT_MAX + 1).0, 6);
        assert_eq!(get("whole", WEIGHT_MAX), (7, WEIGHT_MAX));
    }
}
