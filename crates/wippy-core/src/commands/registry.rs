//! Reading the registry of entries: one entry, those that match, and which versions there are.

use crate::command::{Boxed, Command, Permission};
use crate::entry::{Entry, EntryId};
use crate::tree::Tree;
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

/// An entry, as it is now or was at a version.
#[derive(Debug, Clone)]
pub struct Get {
    /// The version; `None` for the present one.
    pub version: Option<u64>,
    /// Which entry.
    pub id: EntryId,
}

impl Command for Get {
    type Reply = Boxed<Arc<Entry>>;
    const NAME: &'static str = "registry.get";
    fn permissions(&self) -> SmallVec<[Permission; 2]> {
        let resource = self.id.to_string();
        smallvec![Permission { action: "registry.get", resource, refusal: "not allowed" }]
    }
}

/// The entries that fulfil all criteria and that the asker may read, in order of id. No criteria: all of them.
#[derive(Debug, Clone)]
pub struct Find {
    /// The version; `None` for the present one.
    pub version: Option<u64>,
    /// Keys such as `.kind` or `meta.type`, and what they must be.
    pub criteria: Vec<(String, Tree)>,
}

impl Command for Find {
    type Reply = Boxed<Vec<Arc<Entry>>>;
    const NAME: &'static str = "registry.find";
}

/// A version of the registry and its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// Its number; 0 is what the node began with.
    pub number: u64,
    /// What it was made of.
    pub previous: Option<u64>,
    /// What was made of it last.
    pub next: Option<u64>,
}

/// One version; the present one when no number is given.
#[derive(Debug, Clone)]
pub struct GetVersion(pub Option<u64>);

impl Command for GetVersion {
    type Reply = Boxed<Version>;
    const NAME: &'static str = "registry.version";
}

/// All versions, ascending.
#[derive(Debug, Clone)]
pub struct Versions;

impl Command for Versions {
    type Reply = Boxed<Vec<Version>>;
    const NAME: &'static str = "registry.versions";
}
