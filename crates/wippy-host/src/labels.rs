//! Numbers for entries, so that the scheduler can tell of each process whose code it runs, at four bytes each.
//!
//! A number stays its entry's for the node's life, also when the entry goes and comes back.

use parking_lot::Mutex;
use std::collections::HashMap;
use wippy_core::EntryId;

/// The numbers given so far, from 1.
#[derive(Default)]
pub(crate) struct Labels(Mutex<Given>);

#[derive(Default)]
struct Given {
    labels: HashMap<EntryId, u32>,
    ids: Vec<EntryId>,
}

impl Labels {
    /// The number of an entry. 0 once there are no more.
    pub(crate) fn of(&self, id: &EntryId) -> u32 {
        let Given { labels, ids } = &mut *self.0.lock();
        if let Some(label) = labels.get(id) {
            return *label;
        }
        let Ok(label) = u32::try_from(ids.len() + 1) else { return 0 };
        ids.push(id.clone());
        labels.insert(id.clone(), label);
        label
    }

    /// The entry that has this number.
    pub(crate) fn id(&self, label: u32) -> Option<EntryId> {
        self.0.lock().ids.get((label as usize).checked_sub(1)?).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_leads_back_to_its_entry() {
        let labels = Labels::default();
        let ids = ["a:x", "a:y", "a:x"].map(EntryId::from);
        assert_eq!(ids.each_ref().map(|id| labels.of(id)), [1, 2, 1]);
        assert_eq!([0, 1, 2, 3].map(|n| labels.id(n)), [None, Some("a:x".into()), Some("a:y".into()), None]);
    }
}
