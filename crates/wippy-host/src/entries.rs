//! The registry of entries: one versioned map, changed by changesets that hold or fail as a whole.

use std::collections::HashMap;
use std::sync::Arc;
use wippy_core::{Entry, EntryId, Error};

/// One change to the registry.
#[derive(Debug, Clone)]
pub enum Change {
    /// A new entry.
    Create(Entry),
    /// A new version of an entry.
    Update(Entry),
    /// The end of an entry.
    Delete(EntryId),
}

impl Change {
    /// The entry's id.
    pub fn id(&self) -> &EntryId {
        match self {
            Change::Create(entry) | Change::Update(entry) => &entry.id,
            Change::Delete(id) => id,
        }
    }
}

/// All entries at one version. Cheap to clone; a snapshot never changes.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    version: u64,
    entries: Arc<HashMap<EntryId, Arc<Entry>>>,
}

impl Snapshot {
    /// The first version, made of what was found on disk.
    pub fn baseline(entries: Vec<Entry>) -> Snapshot {
        let entries = entries.into_iter().map(|e| (e.id.clone(), Arc::new(e))).collect();
        Snapshot { version: 0, entries: Arc::new(entries) }
    }
    /// Its number; the baseline is 0.
    pub fn version(&self) -> u64 {
        self.version
    }
    /// An entry.
    pub fn get(&self, id: &EntryId) -> Option<&Arc<Entry>> {
        self.entries.get(id)
    }
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
    /// All entries in order of id.
    pub fn all(&self) -> Vec<&Arc<Entry>> {
        let mut all: Vec<_> = self.entries.values().collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }
    /// The snapshot after these changes.
    ///
    /// # Errors
    /// CONFLICT for creating what exists, NOT_FOUND for changing what does not, INVALID for an update of the kind.
    pub fn changed(&self, changes: &[Change]) -> Result<Snapshot, Error> {
        let mut entries = (*self.entries).clone();
        for change in changes {
            let id = change.id();
            let old = entries.get(id);
            match (change, old) {
                (Change::Create(_), Some(_)) => {
                    return Err(Error::conflict(format!("entry already exists: {id}")));
                }
                (Change::Update(_) | Change::Delete(_), None) => {
                    return Err(Error::not_found(format!("entry not found: {id}")));
                }
                (Change::Update(new), Some(old)) if new.kind != old.kind => {
                    let what = format!("an update cannot change the kind of {id} from {} to {}", old.kind, new.kind);
                    return Err(Error::invalid(what));
                }
                (Change::Create(new) | Change::Update(new), _) => {
                    entries.insert(id.clone(), Arc::new(new.clone()));
                }
                (Change::Delete(_), Some(_)) => {
                    entries.remove(id);
                }
            }
        }
        Ok(Snapshot { version: self.version + 1, entries: Arc::new(entries) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wippy_core::ErrorKind;

    fn entry(id: &str, kind: &str) -> Entry {
        Entry { id: id.into(), kind: kind.into(), ..Entry::default() }
    }

    #[test]
    fn a_changeset_holds_as_a_whole_or_not_at_all() {
        let base = Snapshot::baseline(vec![entry("a:x", "registry.entry")]);
        let next =
            base.changed(&[Change::Create(entry("a:y", "registry.entry")), Change::Delete("a:x".into())]).unwrap();
        assert_eq!((next.version(), next.all().len()), (1, 1));
        let kind = |change| base.changed(&[change]).unwrap_err().kind().clone();
        assert_eq!(kind(Change::Create(entry("a:x", "k"))), ErrorKind::Conflict);
        assert_eq!(kind(Change::Update(entry("a:z", "k"))), ErrorKind::NotFound);
        assert_eq!(kind(Change::Update(entry("a:x", "other"))), ErrorKind::Invalid);
        assert_eq!(base.all().len(), 1);
    }
}
