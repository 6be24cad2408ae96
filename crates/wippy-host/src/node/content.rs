//! What comes from entries: programs, policies, directories, variables; made anew for each version of them.

use super::State;
use crate::entries::Snapshot;
use crate::environment::{self, Environment};
use crate::error::Fault;
use crate::files::Directory;
use crate::loading;
use crate::policies::Policies;
use rustc_hash::FxHashMap;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use wippy_core::{Entry, EntryId, Error, Factory, Loaded, Sources};

/// Kinds that are data and nothing else.
const INERT: &[&str] = &["registry.entry", "ns.definition", "ns.requirement", "ns.dependency"];
/// Kinds that the node itself understands.
const OWN: &[&str] = &["process.host", "terminal.host", "process.service", "fs.directory", "security.policy"];

/// All kinds that need nobody else.
fn own_kinds() -> impl Iterator<Item = &'static str> {
    INERT.iter().chain(OWN).copied().chain(environment::kinds())
}

/// Everything that comes from entries and changes with them.
#[derive(Clone, Default)]
pub(crate) struct Content {
    pub(crate) snapshot: Snapshot,
    pub(super) programs: FxHashMap<EntryId, Program>,
    pub(super) directories: HashMap<EntryId, Directory>,
    pub(crate) policies: Policies,
    pub(crate) environment: Environment,
}

/// An entry of a process kind, loaded.
#[derive(Clone)]
pub(super) struct Program {
    pub(super) loaded: Loaded,
    label: u32,
}

/// What makes the processes of an entry.
#[derive(Clone)]
pub(crate) struct Maker {
    pub(crate) factory: Arc<dyn Factory>,
    /// What observers see of them.
    pub(crate) label: u32,
}

impl Program {
    pub(super) fn maker(&self) -> Option<Maker> {
        Some(Maker { factory: self.loaded.factory.clone()?, label: self.label })
    }
}

impl Content {
    /// Why a service cannot run this entry.
    pub(crate) fn unfit_process(&self, id: &EntryId) -> Option<Error> {
        let Some(entry) = self.snapshot.get(id) else {
            return Some(Error::not_found(format!("process not found: {id}")));
        };
        let runs =
            entry.kind.starts_with("process.") && self.programs.get(id).is_some_and(|p| p.loaded.factory.is_some());
        (!runs).then(|| Error::invalid(format!("{id} is a {}, which no service can run", entry.kind)))
    }
}

impl Sources for Content {
    fn entry(&self, id: &EntryId) -> Option<Arc<Entry>> {
        self.snapshot.get(id).cloned()
    }
    fn read(&self, fs: &EntryId, path: &str) -> Result<Vec<u8>, Error> {
        let missing = || Error::not_found(format!("file system not found: {fs}"));
        self.directories.get(fs).ok_or_else(missing)?.read(path)
    }
}

/// The changed entries and everything made of them.
pub(super) fn affected(programs: &FxHashMap<EntryId, Program>, changed: Vec<EntryId>) -> Vec<EntryId> {
    let set: HashSet<&EntryId> = changed.iter().collect();
    let made_of_them = |p: &Program| p.loaded.parts.iter().any(|part| set.contains(part));
    // A loaded program lists all its parts, however deep: one pass is enough.
    let users = programs.iter().filter(|(id, p)| !set.contains(id) && made_of_them(p));
    let users: Vec<_> = users.map(|(id, _)| id.clone()).collect();
    changed.into_iter().chain(users).collect()
}

impl State {
    /// Makes everything of a snapshot. With `before`, programs that are not affected stay as they are.
    pub(super) fn load(
        &self,
        snapshot: Snapshot,
        before: Option<(&Content, &HashSet<&EntryId>)>,
        faults: &mut Vec<Fault>,
    ) -> Content {
        let mut content = Content { snapshot, ..Content::default() };
        let entries: Vec<Arc<Entry>> = content.snapshot.all().into_iter().cloned().collect();
        let kept = before.map(|(old, _)| &old.environment);
        content.environment = Environment::load(&entries, &self.base, kept, faults);
        for entry in &entries {
            let result = match &*entry.kind {
                "security.policy" => content.policies.load(entry),
                "fs.directory" => Directory::open(entry, &self.base).map(|dir| {
                    content.directories.insert(entry.id.clone(), dir);
                }),
                _ => Ok(()),
            };
            faults.extend(result.err());
        }
        let kept = |id: &EntryId| {
            let (old, _) = before.filter(|(_, again)| !again.contains(id))?;
            old.programs.get(id).cloned()
        };
        let kind = |entry: &Entry| self.kinds.iter().find(|k| k.entry_kinds().contains(&&*entry.kind));
        let jobs = entries.iter().filter(|e| kept(&e.id).is_none()).filter_map(|e| Some((&**e, &**kind(e)?)));
        let mut outcomes = loading::load(jobs.collect(), &content);
        for entry in &entries {
            let made = |loaded| Program { loaded, label: self.labels.of(&entry.id) };
            let outcome = outcomes.remove(&entry.id).map(|outcome| outcome.map(made));
            match outcome.or_else(|| kept(&entry.id).map(Ok)) {
                Some(Ok(program)) => {
                    content.programs.insert(entry.id.clone(), program);
                }
                Some(Err(e)) => faults.push(Fault::with(entry, e)),
                None if own_kinds().any(|kind| kind == entry.kind) => {}
                None => faults.push(self.unknown_kind(entry)),
            }
        }
        content
    }

    fn unknown_kind(&self, entry: &Entry) -> Fault {
        let known = self.kinds.iter().flat_map(|k| k.entry_kinds()).copied().chain(own_kinds());
        let near = known.map(|k| (strsim::levenshtein(k, &entry.kind), k)).min();
        let hint = near.filter(|(d, _)| *d <= 3).map_or(String::new(), |(_, k)| format!("; did you mean {k}?"));
        Fault::of(entry, "kind", format!("no handler for kind '{}'{hint}", entry.kind))
    }
}
