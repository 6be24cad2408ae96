//! Entries become programs, on as many threads as there are processors. Knows no snapshot and no node: what is to be loaded,
//! and where it may look.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use wippy_core::{Entry, EntryId, Error, Kind, Loaded, Sources};

/// Fewer entries are not worth a further thread.
const ENTRIES_A_THREAD: usize = 8;

/// Stack of a thread: what an entry is made of is looked at in depth.
const STACK_BYTES: usize = 16 << 20;

/// What became of each entry.
pub(crate) type Outcomes = HashMap<EntryId, Result<Loaded, Error>>;

/// Has kinds load their entries.
pub(crate) fn load(mut jobs: Vec<(&Entry, &dyn Kind)>, sources: &(dyn Sources + Sync)) -> Outcomes {
    // What others are made of first: else all threads come to the same libraries in the same order, and wait there.
    jobs.sort_by_key(|(entry, kind)| kind.entry_kinds().iter().position(|known| *known == entry.kind));
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let further = processors.min(jobs.len() / ENTRIES_A_THREAD).saturating_sub(1);
    let outcomes: Vec<OnceLock<Result<Loaded, Error>>> = jobs.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    let work = || loop {
        let i = next.fetch_add(1, Ordering::Relaxed);
        let Some((entry, kind)) = jobs.get(i) else { return };
        // Nobody else has got this number.
        let _ = outcomes[i].set(kind.load(entry, sources));
    };
    thread::scope(|scope| {
        for _ in 0..further {
            // Without a thread the others do its part.
            let _ = thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
        }
        work();
    });
    let done = outcomes.into_iter().map(|outcome| outcome.into_inner().expect("each number was taken by one thread"));
    jobs.iter().map(|(entry, _)| entry.id.clone()).zip(done).collect()
}

#[cfg(test)]
mod tests;
