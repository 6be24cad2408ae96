//! Process kinds: what turns an entry into machines.

use crate::command::Opaque;
use crate::entry::{Entry, EntryId};
use crate::error::Error;
use crate::machine::StateMachine;
use std::sync::Arc;

/// A sort of process: loads entries of its kinds into factories.
pub trait Kind: Send + Sync {
    /// The entry kinds it understands, such as `process.lua`: what others are made of first, as that is loaded first.
    fn entry_kinds(&self) -> &[&'static str];

    /// Checks and compiles an entry. Called once per version of the entry, and again when something it is made of
    /// ([`Loaded::parts`]) changes; nothing is parsed or compiled later. Several threads may load entries at once.
    ///
    /// # Errors
    /// What is wrong with the entry, with file, line and column where they are known. NOT_FOUND means that something
    /// it refers to is missing.
    fn load(&self, entry: &Entry, sources: &dyn Sources) -> Result<Loaded, Error>;
}

/// What became of an entry.
#[derive(Clone, Default)]
pub struct Loaded {
    /// Makes processes; `None` for entries that only others use, such as libraries.
    pub factory: Option<Arc<dyn Factory>>,
    /// The other entries that went into it.
    pub parts: Vec<EntryId>,
    /// What the kind wants to find again while this version of the entry is in use, such as the code of a library. It
    /// is dropped with the version.
    pub kept: Option<Opaque>,
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded").field("spawnable", &self.factory.is_some()).field("parts", &self.parts).finish()
    }
}

/// Makes machines of one version of one entry.
pub trait Factory: Send + Sync {
    /// The method that [`StateMachine::init`] gets.
    fn method(&self) -> &str;
    /// A new machine.
    ///
    /// # Errors
    /// When there is no room for one.
    fn create(&self) -> Result<Box<dyn StateMachine>, Error>;
    /// Whether its machines answer calls ([`crate::Cx::call`]) and cannot be spawned. Default: they are processes.
    fn is_function(&self) -> bool {
        false
    }
}

/// What a kind may look at while it loads.
pub trait Sources {
    /// Another entry.
    fn entry(&self, id: &EntryId) -> Option<Arc<Entry>>;
    /// A file of a file-system entry.
    ///
    /// # Errors
    /// NOT_FOUND when the file system or the file does not exist, INTERNAL when it cannot be read.
    fn read(&self, fs: &EntryId, path: &str) -> Result<Vec<u8>, Error>;
}
