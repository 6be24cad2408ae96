//! File systems: where the files of an `fs.directory` entry lie.

use crate::command::{Boxed, Command, Permission};
use crate::entry::EntryId;
use smallvec::SmallVec;
use std::path::PathBuf;

/// Asks for a directory, to be given to guest code that opens files by itself. Needs `fs.get` on the entry.
#[derive(Debug, Clone)]
pub struct Mount {
    /// The entry. NOT_FOUND when it is no file system.
    pub fs: EntryId,
}

impl Command for Mount {
    type Reply = Boxed<Mounted>;
    const NAME: &'static str = "fs.mount";
    fn permissions(&self) -> SmallVec<[Permission; 2]> {
        let resource = self.fs.to_string();
        smallvec::smallvec![Permission { action: "fs.get", resource, refusal: "not allowed to get file system" }]
    }
}

/// A directory that may be handed to a guest.
#[derive(Debug, Clone, PartialEq)]
pub struct Mounted {
    /// The folder on this machine; nothing outside of it may be reached.
    pub root: PathBuf,
}
