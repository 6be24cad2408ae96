//! What was compiled from a text and may be needed again, shared by all processes.
//!
//! Objects of programs hold plain data only, so that they can be copied with their process: a compiled thing is kept
//! here, and its object holds the text that finds it.

use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Longer texts are compiled each time.
const TEXT_MAX: usize = 1 << 16;

/// The things that were used last.
pub(super) struct Cache<T> {
    limit: usize,
    kept: Mutex<Option<Kept<T>>>,
}

struct Kept<T> {
    things: FxHashMap<Box<str>, (Arc<T>, u64)>,
    /// Counts uses.
    uses: u64,
}

impl<T> Cache<T> {
    /// Keeps at most `limit` things.
    pub(super) const fn new(limit: usize) -> Cache<T> {
        Cache { limit, kept: Mutex::new(None) }
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
        let mut kept = self.kept.lock();
        let kept = kept.get_or_insert_with(|| Kept { things: FxHashMap::default(), uses: 0 });
        if kept.things.len() >= self.limit && !kept.things.contains_key(text) {
            let oldest = kept.things.iter().min_by_key(|(_, (_, used))| *used).map(|(text, _)| text.clone());
            kept.things.remove(&*oldest.unwrap_or_default());
        }
        kept.things.insert(text.into(), (thing.clone(), kept.uses));
        Ok(thing)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cache, TEXT_MAX};
    use std::cell::Cell;

    #[test]
    fn what_was_used_last_stays() {
        let cache = Cache::new(2);
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
}
