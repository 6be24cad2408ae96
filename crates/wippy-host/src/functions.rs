//! What can be called: functions, each with a place of its own for its calls, and processes that name a default host.

use crate::hosts::HostEntry;
use crate::node::{Maker, State};
use std::sync::Arc;
use wippy_core::{Entry, EntryId, Error, Tree};
use wippy_sched::{Abandoned, Scheduler};

/// A callee, found.
pub(crate) struct Callee {
    pub(crate) maker: Maker,
    pub(crate) host: Arc<HostEntry>,
    /// What becomes of it when nobody waits for its result any more.
    pub(crate) abandoned: Abandoned,
}

/// How the pids of a function's calls name what runs them: `app:f#lua.1`.
fn place_of(entry: &Entry) -> Option<String> {
    let runs_on = match entry.kind.strip_prefix("function.")? {
        "wat" => "wasm",
        kind => kind,
    };
    Some(format!("{}#{runs_on}.1", entry.id))
}

/// The host on which a process runs that is called as a function.
fn default_host(entry: &Entry) -> Option<EntryId> {
    let host = entry.meta.get("default_host").or_else(|| entry.meta.at(&["options", "default_host"]));
    host.and_then(Tree::as_str).filter(|h| !h.is_empty()).map(|h| EntryId::resolve(h, entry.id.namespace()))
}

impl State {
    /// Makes a place for the calls of each function that has none yet. An entry keeps its place for the node's life.
    pub(crate) fn open_pools<'a>(
        &self,
        scheduler: &Scheduler,
        entries: impl IntoIterator<Item = &'a Arc<Entry>>,
    ) -> Result<(), Error> {
        for entry in entries {
            let Some(place) = place_of(entry) else { continue };
            let mut pools = self.pools.write();
            if !pools.contains_key(&entry.id) {
                let host = scheduler.add_host(&place, Default::default())?;
                let pool = Arc::new(HostEntry::pool(entry.id.clone(), host.clone()));
                self.places.write().insert(host.place(), pool.clone());
                pools.insert(entry.id.clone(), pool);
            }
        }
        Ok(())
    }

    /// What a call of this id runs.
    ///
    /// # Errors
    /// NOT_FOUND for what cannot be called; for a process, why its host takes none.
    pub(crate) fn callee(&self, id: &EntryId) -> Result<Callee, Error> {
        let unknown = || {
            let details = Tree::map([("function_id", id.as_str())]);
            Error::not_found("no handler registered for target").with_details(details)
        };
        let (entry, maker) = self.program(id).ok_or_else(unknown)?;
        if maker.factory.is_function() {
            let host = self.pools.read().get(id).cloned().ok_or_else(unknown)?;
            return Ok(Callee { maker, host, abandoned: Abandoned::Killed });
        }
        let host = self.host(&default_host(&entry).ok_or_else(unknown)?)?;
        Ok(Callee { maker, host, abandoned: Abandoned::AskedToEnd })
    }
}
