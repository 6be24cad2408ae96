//! Entries: what a configuration declares, as process kinds see it.
//!
//! No kind sees YAML: it gets trees, and where they stood, so that its errors can name file, line and column.

mod known;

use crate::error::Error;
use crate::tree::Tree;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

/// The id of an entry, `namespace:name`; split at the first colon.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryId(Arc<str>);

impl EntryId {
    /// The id with this text. A text without colon has an empty namespace.
    pub fn new(text: impl Into<Arc<str>>) -> EntryId {
        EntryId(text.into())
    }
    /// The id with this text, which is likely to be one that this thread has asked for lately: it is shared then.
    pub fn known(text: &str) -> EntryId {
        known::find(text)
    }
    /// `text` as an id; when it has no colon, in namespace `ns`.
    pub fn resolve(text: &str, ns: &str) -> EntryId {
        if text.contains(':') || ns.is_empty() { EntryId::new(text) } else { EntryId::new(format!("{ns}:{text}")) }
    }
    /// The id of something to be called, which names both namespace and name.
    ///
    /// # Errors
    /// INVALID, saying which part is missing.
    pub fn of_function(text: &str) -> Result<EntryId, Error> {
        match text.split_once(':') {
            _ if text.is_empty() => Err(Error::invalid("function ID required")),
            None | Some(("", _)) => Err(Error::invalid("namespace required in function ID")),
            Some((_, "")) => Err(Error::invalid("name required in function ID")),
            Some(_) => Ok(EntryId::new(text)),
        }
    }
    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// What stands before the first colon; empty without one.
    pub fn namespace(&self) -> &str {
        self.0.split_once(':').map_or("", |(ns, _)| ns)
    }
    /// What stands behind the first colon.
    pub fn name(&self) -> &str {
        self.0.split_once(':').map_or(&self.0, |(_, name)| name)
    }
}

impl From<&str> for EntryId {
    fn from(s: &str) -> Self {
        EntryId::new(s)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One entry.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// Its kind, such as `process.lua`.
    pub kind: String,
    /// Free-form description, queryable.
    pub meta: Tree,
    /// The payload.
    pub data: Tree,
    /// Where it was written.
    pub origin: Origin,
}

impl Default for EntryId {
    fn default() -> Self {
        static EMPTY: LazyLock<EntryId> = LazyLock::new(|| EntryId::new(""));
        EMPTY.clone()
    }
}

impl Entry {
    /// The value of a payload key, or of keys inside of each other with dots between. Keys are matched exactly, then
    /// ignoring case.
    pub fn field(&self, path: &str) -> Option<&Tree> {
        self.data.get(path).or_else(|| path.split('.').try_fold(&self.data, |tree, key| tree.field(key)))
    }
    /// The text of a top-level payload key; empty counts as absent.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.field(key).and_then(Tree::as_str).filter(|s| !s.is_empty())
    }
}

/// Where an entry was written: a file, and a line and column for each key.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The file as a person would name it; empty for entries made by a program.
    pub file: Arc<str>,
    /// Line of the entry itself, from 1; 0 when unknown.
    pub line: u32,
    /// Dotted path of a key inside the entry → line and column, both from 1.
    pub keys: Arc<HashMap<String, (u32, u32)>>,
    /// Dotted path of a key whose text was read from a file → that file, as a person would name it.
    pub files: Arc<HashMap<String, String>>,
}

impl Origin {
    /// `file:line:column` of a key, or of its nearest parent; empty when the entry comes from no file.
    pub fn locate(&self, path: &str) -> String {
        if self.file.is_empty() {
            return String::new();
        }
        let mut path = path;
        loop {
            if let Some((line, column)) = self.keys.get(path) {
                return format!("{}:{line}:{column}", self.file);
            }
            match path.rsplit_once('.') {
                Some((parent, _)) => path = parent,
                None => return format!("{}:{}", self.file, self.line),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_split_at_the_first_colon() {
        let id = EntryId::new("app.core:a:b");
        assert_eq!((id.namespace(), id.name()), ("app.core", "a:b"));
        assert_eq!(EntryId::resolve("x", "app").as_str(), "app:x");
        assert_eq!(EntryId::resolve("y:x", "app").as_str(), "y:x");
    }
}
