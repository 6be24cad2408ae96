//! `fs.directory` entries: folders that entries may read from, and nothing outside of them.

use crate::error::Fault;
use crate::node::State;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use wippy_core::command::Boxed;
use wippy_core::commands::fs::{Mount, Mounted};
use wippy_core::{Entry, Error, Tree};
use wippy_sched::Config;

/// Registers the handler of [`Mount`].
pub(crate) fn handle(config: Config, state: &Arc<State>) -> Config {
    let state = Arc::downgrade(state);
    config.handle::<Mount>(move |call| {
        let stopped = || Error::unavailable("the node is stopping");
        let mounted = state.upgrade().ok_or_else(stopped).and_then(|state| state.mounted(&call.command.fs));
        Some(mounted.map(Boxed))
    })
}

/// A folder.
#[derive(Debug, Clone)]
pub(crate) struct Directory {
    root: PathBuf,
}

impl Directory {
    /// Opens the folder that an entry names; relative to `base`.
    pub(crate) fn open(entry: &Entry, base: &Path) -> Result<Directory, Fault> {
        let Some(name) = entry.text("directory") else {
            return Err(Fault::of(entry, "directory", "directory is required"));
        };
        let path = base.join(name);
        let auto_init = match entry.field("auto_init") {
            None | Some(Tree::Nil) => false,
            Some(Tree::Bool(make)) => *make,
            Some(other) => {
                let what = format!("auto_init must be true or false, not {}", other.sort());
                return Err(Fault::of(entry, "auto_init", what));
            }
        };
        if auto_init && let Err(e) = std::fs::create_dir_all(&path) {
            return Err(Fault::of(entry, "directory", format!("directory cannot be made: {name}: {e}")));
        }
        match path.canonicalize() {
            Ok(root) if root.is_dir() => Ok(Directory { root }),
            Ok(_) => Err(Fault::of(entry, "directory", format!("not a directory: {name}"))),
            Err(e) => {
                let what = format!("directory not found: {name} ({e}); `auto_init: true` makes it");
                Err(Fault::of(entry, "directory", what))
            }
        }
    }

    /// The folder, for guests that open files by themselves.
    pub(crate) fn mounted(&self) -> Mounted {
        Mounted { root: self.root.clone() }
    }

    /// Reads a file inside. A leading `/` means the folder itself.
    pub(crate) fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        let mut inside = PathBuf::new();
        for part in Path::new(path).components() {
            match part {
                Component::Normal(name) => inside.push(name),
                Component::ParentDir if !inside.pop() => {
                    return Err(Error::invalid(format!("path leads out of the directory: {path}")));
                }
                _ => {}
            }
        }
        let missing = |e: std::io::Error| Error::not_found(format!("file not found: {path} ({e})"));
        let real = self.root.join(inside).canonicalize().map_err(missing)?;
        if !real.starts_with(&self.root) {
            return Err(Error::invalid(format!("path leads out of the directory: {path}")));
        }
        std::fs::read(real).map_err(|e| Error::internal(format!("file cannot be read: {path}: {e}")))
    }
}
