//! A source, compiled: what all programs made of it share.
//!
//! A library is parsed and compiled once, however many programs import it, and again only when its text changes or a type
//! that it takes from another library. [`Chunks`] finds what is in use; it keeps nothing alive. Programs do, and what a
//! kind leaves with a library's entry ([`wippy_core::Loaded::kept`]): a version that nobody uses any more is gone.

use crate::code::Code;
use crate::types::{self, ChunkTypes, Imported};
use crate::{ffi, front};
use parking_lot::Mutex;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use wippy_core::{Entry, EntryId, Error, Tree};

/// How many names there may be before the first look for those that are out of use.
pub(crate) const SWEEP_FIRST: usize = 64;

/// One source, compiled.
pub(crate) struct Chunk {
    /// By which types name it; no two chunks of one [`Chunks`] have the same.
    pub(crate) number: u64,
    /// Chunk name: the entry's id.
    pub(crate) name: String,
    /// Bytecode. States use it where it lies.
    pub(crate) code: Code,
    /// The types that it declares.
    pub(crate) types: ChunkTypes,
    /// The entry whose source it is.
    entry: Arc<Entry>,
    /// Aliases whose types the source names, and what these were.
    takes: Vec<(String, Option<Taken>)>,
}

/// What may stand behind an alias.
#[derive(Clone, Copy)]
pub(crate) enum Import<'a> {
    /// A library.
    Library(&'a Chunk),
    /// A built-in module.
    Module(&'static str),
}

/// What stood behind an alias whose types a source names.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Taken {
    /// The library with this number.
    Library(u64),
    Module(&'static str),
}

impl Import<'_> {
    fn taken(self) -> Taken {
        match self {
            Import::Library(chunk) => Taken::Library(chunk.number),
            Import::Module(name) => Taken::Module(name),
        }
    }
}

/// What a source may import, by alias.
pub(crate) type Imports<'a> = dyn Fn(&str) -> Option<Import<'a>> + 'a;

impl Chunk {
    /// Whether this is what compiling the source of an entry gives now.
    fn is_of(&self, entry: &Arc<Entry>, source: &str, imports: &Imports<'_>) -> bool {
        let same = Arc::ptr_eq(&self.entry, entry) || self.entry.text("source") == Some(source);
        same && self.takes.iter().all(|(alias, taken)| imports(alias).map(Import::taken) == *taken)
    }

    /// Typed source to bytecode and types.
    fn compile(entry: &Arc<Entry>, source: &str, number: u64, imports: &Imports<'_>) -> Result<Chunk, Error> {
        let id = entry.id.as_str();
        // Some editors put a byte order mark in front; YAML takes one too.
        let source = source.strip_prefix('\u{feff}').unwrap_or(source);
        let read = front::read(source).map_err(|e| syntax(entry, e.line, Some(e.column), &e.message))?;
        let code = ffi::compile(&read.plain, id).map_err(|message| match front::blame(source, id, &message) {
            Some((line, column, what)) => syntax(entry, line, column, what),
            None => Error::invalid(message),
        })?;
        let takes = RefCell::new(Vec::new());
        let types = types::build(&read, number, |alias| {
            let import = imports(alias);
            let mut takes = takes.borrow_mut();
            if !takes.iter().any(|(taken, _)| taken == alias) {
                takes.push((alias.to_owned(), import.map(Import::taken)));
            }
            import.map(|import| match import {
                Import::Library(chunk) => Imported::Library { chunk: chunk.number, exports: &chunk.types.exports },
                Import::Module(name) => Imported::Module(name),
            })
        });
        let (name, code, entry, takes) = (entry.id.to_string(), Code::new(&code), entry.clone(), takes.into_inner());
        Ok(Chunk { number, name, code, types, entry, takes })
    }
}

/// The chunks in use.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    /// The number of the last chunk.
    last: AtomicU64,
    known: Mutex<Known>,
}

/// The chunks of one entry, one for each version that somebody uses. Locked while one is compiled: whoever else wants it
/// waits instead of compiling it too. A chunk's imports are ready by then, so nobody waits for two.
type Versions = Mutex<Vec<Weak<Chunk>>>;

#[derive(Debug, Default)]
struct Known {
    versions: HashMap<EntryId, Arc<Versions>>,
    /// With so many entries it is time to forget those that nobody uses.
    sweep_at: usize,
}

impl Chunks {
    /// The chunk of an entry: one that is in use, or else a new one.
    ///
    /// # Errors
    /// What is wrong with the source, with its place.
    pub(crate) fn chunk(&self, entry: &Arc<Entry>, source: &str, imports: &Imports<'_>) -> Result<Arc<Chunk>, Error> {
        let versions = self.known.lock().versions(&entry.id);
        let mut versions = versions.lock();
        if let Some(chunk) = versions.iter().filter_map(Weak::upgrade).find(|c| c.is_of(entry, source, imports)) {
            return Ok(chunk);
        }
        let number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let chunk = Arc::new(Chunk::compile(entry, source, number, imports)?);
        versions.retain(|chunk| chunk.strong_count() > 0);
        versions.push(Arc::downgrade(&chunk));
        Ok(chunk)
    }
}

impl Known {
    fn versions(&mut self, id: &EntryId) -> Arc<Versions> {
        if let Some(versions) = self.versions.get(id) {
            return versions.clone();
        }
        if self.versions.len() >= self.sweep_at.max(SWEEP_FIRST) {
            // One that somebody else holds is about to get a chunk; one that nobody holds is not locked.
            self.versions.retain(|_, versions| {
                Arc::strong_count(versions) > 1 || versions.lock().iter().any(|chunk| chunk.strong_count() > 0)
            });
            self.sweep_at = 2 * self.versions.len();
        }
        self.versions.entry(id.clone()).or_default().clone()
    }
}

/// A source that is no Lua. The place is that of the file that it was read from, else one in the entry.
fn syntax(entry: &Entry, line: u32, column: Option<u32>, what: &str) -> Error {
    let mut details = Tree::map([("line", i64::from(line))]);
    if let Some(column) = column {
        details.set("column", i64::from(column));
    }
    let file = entry.origin.files.get("source");
    let source = file.map_or(entry.id.as_str(), String::as_str);
    let place = column.map_or_else(|| format!("{source}:{line}"), |column| format!("{source}:{line}:{column}"));
    if file.is_some() {
        details.set("place", &*place);
        details.set("entry", entry.id.as_str());
    }
    Error::invalid(format!("{place}: {what}")).with_details(details)
}

#[cfg(test)]
impl Chunks {
    /// How often a source was compiled.
    pub(crate) fn compiled(&self) -> u64 {
        self.last.load(Ordering::Relaxed)
    }
    /// How many chunks somebody uses, and how many entries are known.
    pub(crate) fn in_use(&self) -> (usize, usize) {
        let known = self.known.lock();
        let alive = |versions: &Arc<Versions>| versions.lock().iter().filter(|c| c.strong_count() > 0).count();
        (known.versions.values().map(alive).sum(), known.versions.len())
    }
}
