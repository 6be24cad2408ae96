//! `env.variable` entries: names for values, with defaults.

use super::storage::{Storage, text, truth};
use crate::error::Fault;
use wippy_core::{Entry, EntryId, Error, Text, Tree};

/// What an entry says.
pub(super) struct VariableSpec {
    /// Under which name everybody finds it; without one it is found by its entry alone.
    pub(super) public: Option<String>,
    pub(super) storage: EntryId,
    default: Text,
    read_only: bool,
}

/// A declared variable.
#[derive(Debug)]
pub(super) struct Variable {
    /// What its storage knows it by.
    pub(super) key: String,
    /// Or why it cannot be used.
    pub(super) storage: Result<Storage, String>,
    default: Text,
    read_only: bool,
}

impl VariableSpec {
    pub(super) fn parse(entry: &Entry) -> Result<VariableSpec, Fault> {
        let public = text(entry, "variable")?.map(str::to_owned);
        if let Some(name) = &public
            && !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        {
            let what = format!("variable may have letters, digits and '_' only, not '{name}'");
            return Err(Fault::of(entry, "variable", what));
        }
        let storage = text(entry, "storage")?.ok_or_else(|| Fault::of(entry, "storage", "storage is required"))?;
        let storage = EntryId::resolve(storage, entry.id.namespace());
        let default = text(entry, "default")?.unwrap_or_default().into();
        let read_only = truth(entry, "readonly")? || truth(entry, "read_only")?;
        Ok(VariableSpec { public, storage, default, read_only })
    }

    /// The variable of an entry, with its storage or why it has none.
    pub(super) fn build(self, id: &EntryId, storage: Result<Storage, String>) -> Variable {
        let key = self.public.unwrap_or_else(|| id.to_string());
        Variable { key, storage, default: self.default, read_only: self.read_only }
    }
}

/// What everybody hears who asks for a variable in vain.
pub(super) fn not_found(name: &str, why: Option<&str>) -> Error {
    let mut details = Tree::map([("name", name)]);
    let mut message = "environment variable not found".to_owned();
    if let Some(why) = why {
        details.set("reason", why);
        message = format!("{message}: {name} cannot be used: {why}");
    }
    Error::not_found(message).with_details(details)
}

impl Variable {
    /// Whether asking for it may have to wait for a disk.
    pub(super) fn is_on_disk(&self) -> bool {
        self.storage.as_ref().is_ok_and(Storage::is_on_disk)
    }

    fn storage(&self) -> Result<&Storage, Error> {
        self.storage.as_ref().map_err(|why| not_found(&self.key, Some(why)))
    }

    /// Its value, else its default; an empty text is none.
    pub(super) fn get(&self) -> Result<Text, Error> {
        let value = self.storage()?.get(&self.key)?.filter(|value| !value.is_empty());
        let default = Some(&self.default).filter(|value| !value.is_empty());
        value.or_else(|| default.cloned()).ok_or_else(|| not_found(&self.key, None))
    }

    pub(super) fn set(&self, value: &Text) -> Result<(), Error> {
        let storage = self.storage()?;
        if self.read_only {
            return Err(Error::denied(format!("environment variable is read-only: {}", self.key)));
        }
        storage.set(&self.key, value)
    }
}
