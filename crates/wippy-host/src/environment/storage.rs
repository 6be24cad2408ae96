//! Where values lie: the `env.storage.*` kinds.

use super::file::EnvFile;
use crate::error::Fault;
use parking_lot::RwLock;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use wippy_core::{Entry, EntryId, Error, Text, Tree};

/// One place for values.
#[derive(Debug)]
pub(super) enum Store {
    /// As long as the node lives, whatever becomes of other entries.
    Memory {
        /// The entry whose memory this is.
        of: EntryId,
        values: RwLock<BTreeMap<String, Text>>,
    },
    /// The variables of the operating system.
    System,
    File(EnvFile),
    /// What an entry says.
    Static(BTreeMap<String, Text>),
    /// A router names it, and it is not there.
    Missing(EntryId),
}

/// What a storage entry stands for: one place, or for a router the places that it leads to, in order.
#[derive(Debug, Clone)]
pub(super) struct Storage(pub(super) Vec<Arc<Store>>);

impl Store {
    /// Reads an entry of any of these kinds but the router.
    pub(super) fn parse(entry: &Entry, base: &Path) -> Result<Store, Fault> {
        Ok(match entry.kind.strip_prefix("env.storage.") {
            Some("memory") => Store::Memory { of: entry.id.clone(), values: RwLock::default() },
            Some("os") => Store::System,
            Some("file") => Store::File(file(entry, base)?),
            _ => Store::Static(values(entry)?),
        })
    }

    /// What is wrong with the file behind it, if it is one.
    pub(super) fn file_trouble(&self) -> Option<(Option<usize>, String)> {
        match self {
            Store::File(file) => file.trouble(),
            _ => None,
        }
    }

    fn get(&self, key: &str) -> Result<Option<Text>, Error> {
        Ok(match self {
            Store::Memory { values, .. } => values.read().get(key).cloned(),
            Store::System => system_variable(key),
            Store::File(file) => file.read()?.remove(key),
            Store::Static(values) => values.get(key).cloned(),
            Store::Missing(_) => None,
        })
    }

    fn set(&self, key: &str, value: &Text) -> Result<(), Error> {
        let read_only = || Err(Error::denied("environment storage is read-only"));
        match self {
            Store::Memory { values, .. } => {
                values.write().insert(key.to_owned(), value.clone());
                Ok(())
            }
            Store::File(file) => file.write(key, value.as_bytes()),
            Store::System | Store::Static(_) => read_only(),
            Store::Missing(id) => Err(Error::not_found(format!("environment storage not found: {id}"))),
        }
    }

    fn all(&self) -> Result<BTreeMap<String, Text>, Error> {
        Ok(match self {
            Store::Memory { values, .. } => values.read().clone(),
            Store::System => system_variables(),
            Store::File(file) => file.read()?,
            Store::Static(values) => values.clone(),
            Store::Missing(_) => BTreeMap::new(),
        })
    }
}

impl Storage {
    /// Whether it is the memory of this entry.
    pub(super) fn is_memory_of(&self, id: &EntryId) -> bool {
        matches!(&self.0[..], [store] if matches!(&**store, Store::Memory { of, .. } if of == id))
    }

    /// Whether asking it may have to wait for a disk.
    pub(super) fn is_on_disk(&self) -> bool {
        self.0.iter().any(|store| matches!(**store, Store::File(_)))
    }

    /// The first hit; an empty value is one.
    pub(super) fn get(&self, key: &str) -> Result<Option<Text>, Error> {
        for store in &self.0 {
            if let Some(value) = store.get(key)? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// Writes go to the first place.
    pub(super) fn set(&self, key: &str, value: &Text) -> Result<(), Error> {
        self.0.first().expect("a router leads somewhere").set(key, value)
    }

    /// Everything; earlier places win.
    pub(super) fn all(&self) -> Result<BTreeMap<String, Text>, Error> {
        let mut all = BTreeMap::new();
        for store in &self.0 {
            for (key, value) in store.all()? {
                all.entry(key).or_insert(value);
            }
        }
        Ok(all)
    }
}

/// A variable of the operating system. Names that it cannot have are not there.
fn system_variable(key: &str) -> Option<Text> {
    let possible = !key.is_empty() && !key.contains(['=', '\0']);
    possible.then(|| std::env::var_os(key)).flatten().map(|value| Text::new(value.as_encoded_bytes()))
}

fn system_variables() -> BTreeMap<String, Text> {
    let text = |(key, value): (std::ffi::OsString, std::ffi::OsString)| {
        (key.to_string_lossy().into_owned(), Text::new(value.as_encoded_bytes()))
    };
    std::env::vars_os().map(text).collect()
}

/// A field that is true or false; false when it is absent.
pub(super) fn truth(entry: &Entry, key: &str) -> Result<bool, Fault> {
    match entry.field(key) {
        None | Some(Tree::Nil) => Ok(false),
        Some(Tree::Bool(yes)) => Ok(*yes),
        Some(other) => Err(Fault::of(entry, key, format!("{key} must be true or false, not {}", other.sort()))),
    }
}

/// A field that is a text; an empty one counts as absent.
pub(super) fn text<'a>(entry: &'a Entry, key: &str) -> Result<Option<&'a str>, Fault> {
    match entry.field(key) {
        None | Some(Tree::Nil) => Ok(None),
        Some(Tree::Text(text)) => Ok(Some(&**text).filter(|text| !text.is_empty())),
        Some(other) => Err(Fault::of(entry, key, format!("{key} must be a text, not {}", other.sort()))),
    }
}

fn file(entry: &Entry, base: &Path) -> Result<EnvFile, Fault> {
    let path = text(entry, "file_path")?.ok_or_else(|| Fault::of(entry, "file_path", "file_path is required"))?;
    let auto_create = truth(entry, "auto_create")?;
    let (file_mode, dir_mode) = (mode(entry, "file_mode", 0o644)?, mode(entry, "dir_mode", 0o755)?);
    // As short as it can be said: `./conf` in `.` is no `././conf`.
    let path = base.join(path).components().collect();
    Ok(EnvFile { path, auto_create, file_mode, dir_mode })
}

/// Permissions, as YAML writes them: an integer, octal with a zero in front.
fn mode(entry: &Entry, key: &str, default: u32) -> Result<u32, Fault> {
    match entry.field(key) {
        None | Some(Tree::Nil) => Ok(default),
        Some(Tree::Int(n)) if (0..=0o777).contains(n) => Ok(*n as u32),
        Some(Tree::Int(n)) => Err(Fault::of(entry, key, format!("{key} must be from 0 to 0777{}", but_is(*n)))),
        Some(Tree::Text(text)) if octal(text).is_some() => {
            Err(Fault::of(entry, key, format!("{key} must be an integer, not a text; write {text} without quotes")))
        }
        Some(other) => Err(Fault::of(entry, key, format!("{key} must be an integer, not {}", other.sort()))),
    }
}

/// The permissions that these digits stand for.
fn octal(digits: &str) -> Option<u32> {
    let digits = digits.strip_prefix('0')?;
    (digits.len() == 3).then(|| u32::from_str_radix(digits, 8).ok()).flatten()
}

/// What a number is that are no permissions, in the ways in which YAML may have it.
fn but_is(n: i64) -> String {
    if n < 0 {
        return format!(", not {n}");
    }
    let meant = format!("0{n}");
    match octal(&meant) {
        Some(_) => format!(", not {n}; octal numbers begin with a zero, write {meant}"),
        None => format!(", not 0{n:o} (which is {n})"),
    }
}

fn values(entry: &Entry) -> Result<BTreeMap<String, Text>, Fault> {
    let pairs = match entry.field("values") {
        None | Some(Tree::Nil) => &[][..],
        Some(Tree::Map(pairs)) => pairs,
        Some(other) => return Err(Fault::of(entry, "values", format!("values must be a map, not {}", other.sort()))),
    };
    let mut values = BTreeMap::new();
    for (key, value) in pairs {
        let Some(key) = key.as_str() else {
            return Err(Fault::of(entry, "values", format!("a key of values must be a text, not {}", key.sort())));
        };
        let Some(value) = value.as_str() else {
            let what = format!("values.{key} must be a text, not {}; quotes make one", value.sort());
            return Err(Fault::of(entry, &format!("values.{key}"), what));
        };
        values.insert(key.to_owned(), Text::from(value));
    }
    Ok(values)
}

/// The storages that a router names, in order, and the key of each.
pub(super) fn routes(entry: &Entry) -> Result<Vec<(String, EntryId)>, Fault> {
    let names = match entry.field("storages") {
        Some(Tree::List(names)) if !names.is_empty() => names,
        None | Some(Tree::Nil | Tree::List(_)) => {
            return Err(Fault::of(entry, "storages", "storages is required, a list of at least one id"));
        }
        Some(other) => {
            return Err(Fault::of(entry, "storages", format!("storages must be a list, not {}", other.sort())));
        }
    };
    let route = |(i, name): (usize, &Tree)| {
        let key = format!("storages.{i}");
        match name.as_str().filter(|name| !name.is_empty()) {
            Some(name) => Ok((key, EntryId::resolve(name, entry.id.namespace()))),
            None => Err(Fault::of(entry, &key, format!("storages must hold ids, a text each, not {}", name.sort()))),
        }
    };
    names.iter().enumerate().map(route).collect()
}
