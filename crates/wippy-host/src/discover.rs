//! From a folder to entries: finds index files, reads them, puts in the files they name.

use crate::error::{BootError, Fault};
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use wippy_core::{Entry, EntryId, Origin, Tree};
use wippy_yaml::{Node, Place, Value};

/// What a folder holds.
#[derive(Debug, Default)]
pub struct Found {
    /// The entries, in order of files and lines.
    pub entries: Vec<Entry>,
    /// Files that look like somebody else's and do not parse: left out, worth a word.
    pub skipped: Vec<Fault>,
    /// Ids of entries that name files which could not be put in: they are not complete.
    pub incomplete: Vec<EntryId>,
    /// What is wrong with index files: YAML that does not parse, missing names, files that are not there, two entries
    /// with one id. Nothing may start with these.
    pub faults: Vec<Fault>,
}

/// Reads all index files below `root`. Places in faults are written relative to `shown_from`.
///
/// # Errors
/// When the folder itself cannot be read.
pub fn load(root: &Path, shown_from: &Path) -> Result<Found, BootError> {
    let mut loader = Loader { root, shown_from, found: Found::default(), faults: Vec::new() };
    let mut files = Vec::new();
    if let Err(e) = walk(root, &mut Vec::new(), &mut files) {
        let fault = Fault::in_file(root.display().to_string(), format!("folder cannot be read: {e}"));
        return Err(fault.into());
    }
    for file in files {
        loader.file(&file);
    }
    loader.refuse_twins();
    Ok(Found { faults: loader.faults, ..loader.found })
}

/// All candidates below a folder in lexical order. `above` are the folders that lead here: a link back to one of them
/// leads nowhere new.
fn walk(folder: &Path, above: &mut Vec<PathBuf>, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let skip = std::env::var("SKIP_TEST_DIRS").unwrap_or_default();
    let here = folder.canonicalize()?;
    if above.contains(&here) {
        return Ok(());
    }
    above.push(here);
    let mut entries: Vec<_> = std::fs::read_dir(folder)?.flatten().map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "node_modules" && !skip.split(',').any(|s| !s.is_empty() && s == name) {
                walk(&path, above, files)?;
            }
        } else if [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)) {
            files.push(path);
        }
    }
    above.pop();
    Ok(())
}

struct Loader<'a> {
    root: &'a Path,
    shown_from: &'a Path,
    found: Found,
    faults: Vec<Fault>,
}

impl Loader<'_> {
    fn file(&mut self, path: &Path) {
        let shown = path.strip_prefix(self.shown_from).unwrap_or(path).display().to_string();
        let index = path.file_name().unwrap_or_default().to_string_lossy().starts_with("_index.");
        if !path.is_file() {
            // A pipe, a device, a link to nowhere: reading it may never end.
            let fault = Fault::in_file(shown, "not a file");
            return if index { self.faults.push(fault) } else { self.found.skipped.push(fault) };
        }
        let text = match std::fs::read(path).map(String::from_utf8) {
            Ok(Ok(text)) => text,
            Ok(Err(_)) if index => return self.faults.push(Fault::in_file(shown, "file is not UTF-8")),
            Ok(Err(_)) => return self.found.skipped.push(Fault::in_file(shown, "file is not UTF-8")),
            Err(e) => return self.faults.push(Fault::in_file(shown, format!("file cannot be read: {e}"))),
        };
        let ours = index || text.lines().any(|line| line.starts_with("namespace:"));
        let node = match wippy_yaml::parse(&text) {
            Ok(Some(node)) => node,
            Ok(None) => return,
            Err(e) => {
                let fault = Fault::in_file(format!("{shown}:{}:{}", e.place.0, e.place.1), e.message);
                return if ours { self.faults.push(fault) } else { self.found.skipped.push(fault) };
            }
        };
        let namespace = match node.get("namespace").map(Node::tree) {
            Some(Tree::Text(ns)) if !ns.trim().is_empty() => ns,
            Some(Tree::Nil) | None => return,
            Some(Tree::Text(_)) => return,
            Some(other) => {
                let place = place(&shown, node.get("namespace").map_or(node.place, |n| n.place));
                return self
                    .faults
                    .push(Fault::in_file(place, format!("namespace must be a text, not {}", other.sort())));
            }
        };
        self.entries_of(&node, &namespace, &shown, path);
    }

    fn entries_of(&mut self, file: &Node, namespace: &str, shown: &str, path: &Path) {
        let defaults = file.get("meta").map(Node::tree).unwrap_or_default();
        match file.get("entries") {
            Some(Node { value: Value::List(items), .. }) if !items.is_empty() => {
                for item in items {
                    self.entry(item, &defaults, namespace, shown, path);
                }
            }
            Some(Node { value: Value::List(_) | Value::Scalar(Tree::Nil), .. }) | None
                if file.get("name").is_some() =>
            {
                self.entry(file, &Tree::Nil, namespace, shown, path);
            }
            Some(Node { value: Value::List(_), .. }) => {}
            Some(other) => {
                let what = format!("entries must be a list, not {}", other.tree().sort());
                self.faults.push(Fault::in_file(place(shown, other.place), what));
            }
            None => {
                let what = "neither 'entries' nor 'name' and 'kind' found below the namespace";
                self.faults.push(Fault::in_file(place(shown, file.place), what));
            }
        }
    }

    fn entry(&mut self, node: &Node, defaults: &Tree, namespace: &str, shown: &str, path: &Path) {
        let mut fault = |at: Place, what: String| self.faults.push(Fault::in_file(place(shown, at), what));
        if !matches!(node.value, Value::Map(_)) {
            return fault(node.place, format!("an entry must be a map, not {}", node.tree().sort()));
        }
        let text = |key: &str| match node.get(key).map(Node::tree) {
            Some(Tree::Text(text)) if !text.is_empty() => Some(text),
            _ => None,
        };
        let key = |key: &str| node.pairs().iter().find(|(k, ..)| k == key).map_or(node.place, |(_, place, _)| *place);
        let Some(name) = text("name") else {
            return fault(key("name"), "entry has no name (a text)".into());
        };
        let Some(kind) = text("kind") else {
            return fault(key("kind"), format!("entry '{name}' has no kind (a text, such as process.lua)"));
        };
        let meta_of_entry = node.get("meta").map(Node::tree).unwrap_or_default();
        if !matches!(meta_of_entry, Tree::Nil | Tree::Map(_)) {
            let what = format!("entry '{name}': meta must be a map, not {}", meta_of_entry.sort());
            return fault(key("meta"), what);
        }
        let mut keys = HashMap::new();
        node.places("", &mut keys);
        let id = EntryId::new(format!("{namespace}:{name}"));
        let mut data = payload(node);
        let mut meta = defaults.clone();
        for (key, value) in meta_of_entry.as_map().unwrap_or_default() {
            meta.set(key.as_str().unwrap_or_default(), value.clone());
        }
        let mut origin = Origin { file: shown.into(), line: node.place.0, keys: Arc::new(keys), files: Arc::default() };
        let mut files = Files { folder: path.parent().unwrap_or(self.root), root: self.root, read: Vec::new() };
        for (tree, at) in [(&mut data, ""), (&mut meta, "meta")] {
            if let Err((key, what)) = files.put_in(tree, at) {
                let error = wippy_core::Error::not_found(what);
                self.faults.push(Fault { place: origin.locate(&key), entry: id.to_string(), error });
                self.found.incomplete.push(id.clone());
            }
        }
        let shown = |path: PathBuf| path.strip_prefix(self.shown_from).unwrap_or(&path).display().to_string();
        origin.files = Arc::new(files.read.into_iter().map(|(key, path)| (key, shown(path))).collect());
        self.found.entries.push(Entry { id, kind, meta, data, origin });
    }

    fn refuse_twins(&mut self) {
        let mut seen: HashMap<&EntryId, &Entry> = HashMap::new();
        for entry in &self.found.entries {
            if let Some(first) = seen.insert(&entry.id, entry) {
                let (here, there) = (entry.origin.locate("name"), first.origin.locate("name"));
                let error =
                    wippy_core::Error::conflict(format!("two entries have this id; the other one is at {there}"));
                self.faults.push(Fault { place: here, entry: entry.id.to_string(), error });
            }
        }
    }
}

fn place(shown: &str, place: Place) -> String {
    format!("{shown}:{}:{}", place.0, place.1)
}

/// `data` if it is there, else all keys that have no meaning of their own.
fn payload(node: &Node) -> Tree {
    if let Some(data) = node.get("data") {
        return data.tree();
    }
    let own = |key: &str| matches!(key, "name" | "kind" | "meta" | "version" | "namespace" | "entries");
    let rest = node.pairs().iter().filter(|(key, ..)| !own(key));
    Tree::Map(rest.map(|(key, _, value)| (Tree::Text(key.clone()), value.tree())).collect())
}

/// The files that an entry's texts are read from.
struct Files<'a> {
    /// The index file's.
    folder: &'a Path,
    root: &'a Path,
    /// By the key whose text each one is.
    read: Vec<(String, PathBuf)>,
}

impl Files<'_> {
    /// Replaces every text that begins with `file://` by the file's content. The key that fails, and why.
    fn put_in(&mut self, tree: &mut Tree, path: &str) -> Result<(), (String, String)> {
        let join = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        match tree {
            Tree::Text(text) => {
                if let Some(target) = text.strip_prefix("file://") {
                    let fault = |what| (path.to_owned(), what);
                    let file = find_target(target, self.folder, self.root).map_err(fault)?;
                    *text = read_target(target, &file).map_err(fault)?;
                    self.read.push((path.to_owned(), file));
                }
            }
            Tree::List(items) => {
                for (i, item) in items.iter_mut().enumerate() {
                    self.put_in(item, &join(&i.to_string()))?;
                }
            }
            Tree::Map(pairs) => {
                for (key, value) in pairs {
                    self.put_in(value, &join(key.as_str().unwrap_or_default()))?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// `file://x` from the index file's folder, `file:///x` from the load root; never outside of the root.
fn find_target(target: &str, folder: &Path, root: &Path) -> Result<PathBuf, String> {
    if target.is_empty() {
        return Err("file:// names no file".into());
    }
    let (start, relative) = match target.strip_prefix('/') {
        Some(rest) => (root, rest),
        None => (folder, target),
    };
    let mut path = start.to_path_buf();
    for part in Path::new(relative).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::Normal(name) => path.push(name),
            _ => {}
        }
        if !path.starts_with(root) {
            return Err(format!("file://{target} leads out of the app's folder"));
        }
    }
    Ok(path)
}

fn read_target(target: &str, path: &Path) -> Result<String, String> {
    if path.exists() && !path.is_file() {
        return Err(format!("not a file: file://{target}"));
    }
    std::fs::read_to_string(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => format!("file not found: file://{target}"),
        std::io::ErrorKind::InvalidData => format!("file is not UTF-8: file://{target}"),
        _ => format!("file cannot be read: file://{target}: {e}"),
    })
}
