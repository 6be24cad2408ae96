//! Local names: text to pid, without leaving a name behind when its process ends.

use crate::deliver::Shared;
use dashmap::mapref::entry::Entry;
use std::sync::Arc;
use wippy_core::{Error, Pid};

/// Names that a process may have. They lie outside of what its memory limit counts.
const NAMES_MAX: usize = 4096;
/// Bytes of a name.
const NAME_MAX: usize = 1024;

impl Shared {
    /// Gives `pid` a name.
    pub(crate) fn register(&self, name: &str, pid: Pid) -> Result<(), Error> {
        if name.is_empty() {
            return Err(Error::invalid("name is empty"));
        }
        if name.len() > NAME_MAX {
            return Err(Error::invalid(format!("a name has {NAME_MAX} bytes at most")));
        }
        if Pid::split(name).is_some() {
            return Err(Error::invalid(format!("a name that looks like a pid cannot be reached: {name}")));
        }
        let gone = || Error::not_found("pid not registered");
        let slot = self.table.find(pid).ok_or_else(gone)?;
        // The lock on the process's relations makes "it lives" and "it has the name" one step: its end takes the same
        // lock before it frees the names.
        let mut relations = slot.relations.lock();
        if !relations.is_reachable(pid) {
            return Err(gone());
        }
        let shared: Arc<str> = name.into();
        match self.names.entry(shared.clone()) {
            Entry::Occupied(holder) if *holder.get() == pid => Ok(()),
            Entry::Occupied(_) => Err(Error::exists(format!("name already registered: {name}"))),
            Entry::Vacant(vacant) => {
                let names = &mut relations.book().names;
                if names.len() >= NAMES_MAX {
                    return Err(Error::limited(format!("more than {NAMES_MAX} names of one process")));
                }
                vacant.insert(pid);
                names.push(shared);
                Ok(())
            }
        }
    }

    /// Takes a name from `holder`; false when somebody else, or nobody, has it.
    pub(crate) fn unregister(&self, name: &str, holder: Pid) -> bool {
        let Some((key, pid)) = self.names.remove_if(name, |_, pid| *pid == holder) else {
            return false;
        };
        // Map and book share the text: a registration made since has one of its own.
        self.forget(pid, |book| book.names.retain(|n| !Arc::ptr_eq(n, &key)));
        true
    }

    /// Who has a name.
    pub(crate) fn lookup(&self, name: &str) -> Option<Pid> {
        self.names.get(name).map(|pid| *pid)
    }
}
