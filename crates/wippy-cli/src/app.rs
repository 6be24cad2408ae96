//! Where an app lies and what it is configured to.

use crate::args::{Run, Wippy};
use std::path::{Path, PathBuf};
use std::time::Duration;
use wippy_core::duration;
use wippy_core::{Entry, EntryId, Tree};
use wippy_host::{Fault, discover};

/// An app on disk.
pub(crate) struct App {
    pub(crate) folder: PathBuf,
    pub(crate) entries: Vec<Entry>,
    pub(crate) config: Config,
    /// What is wrong with its index files; with these it cannot start.
    pub(crate) faults: Vec<Fault>,
    /// Entries whose files could not be put in.
    pub(crate) incomplete: Vec<EntryId>,
    /// Worth a word once logs are there.
    pub(crate) warnings: Vec<String>,
}

/// Finds and reads the app in a folder.
pub(crate) fn open(wippy: &Wippy, run: &Run) -> Result<App, String> {
    let folder = run.folder.clone();
    if !folder.is_dir() {
        return Err(format!("folder not found: {}", folder.display()));
    }
    let mut config = Config::read(&folder.join(&wippy.config))?;
    for assignment in &run.set {
        config.set(assignment)?;
    }
    let (mut warnings, mut faults, mut incomplete) = (Vec::new(), Vec::new(), Vec::new());
    let mut entries: Vec<Entry> = Vec::new();
    for root in roots(&folder)? {
        if !root.is_dir() {
            warnings.push(format!("folder of entries not found: {}", root.display()));
            continue;
        }
        let found = discover::load(&root, &folder).map_err(|e| told("the app cannot be read", &e.faults))?;
        faults.extend(found.faults);
        incomplete.extend(found.incomplete);
        warnings.extend(found.skipped.iter().map(|fault| format!("file skipped: {fault}")));
        for entry in found.entries {
            match entries.iter_mut().find(|e| e.id == entry.id) {
                Some(old) => {
                    warnings.push(format!(
                        "entry {} of {} is replaced by {}",
                        entry.id, old.origin.file, entry.origin.file
                    ));
                    *old = entry;
                }
                None => entries.push(entry),
            }
        }
    }
    Ok(App { folder, entries, config, faults, incomplete, warnings })
}

/// All faults, one a line.
pub(crate) fn told(what: &str, faults: &[Fault]) -> String {
    let lines: Vec<_> = faults.iter().map(|fault| format!("  {fault}")).collect();
    format!("{what}:\n{}", lines.join("\n"))
}

/// The folders that entries are read from: what `wippy.lock` says, else `./src`.
fn roots(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let lock = folder.join("wippy.lock");
    let text = match std::fs::read_to_string(&lock) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let src = folder.join("src");
            if src.is_dir() {
                return Ok(vec![src]);
            }
            return Err(format!(
                "no app in {}: neither wippy.lock nor a folder src was found. Put index files into src/, make \
                 an app with 'wippy init DIR', or start elsewhere with -C DIR",
                folder.display()
            ));
        }
        Err(e) => return Err(format!("{} cannot be read: {e}", lock.display())),
    };
    let tree = tree_of(&lock, &text)?;
    let src = tree.at(&["directories", "src"]).and_then(Tree::as_str).unwrap_or(".");
    let mut roots = vec![folder.join(src)];
    for replacement in tree.get("replacements").and_then(Tree::as_list).unwrap_or_default() {
        if let Some(to) = replacement.get("to").and_then(Tree::as_str) {
            let to = folder.join(to);
            roots.push(if to.join("src").is_dir() { to.join("src") } else { to });
        }
    }
    Ok(roots)
}

pub(crate) fn tree_of(path: &Path, text: &str) -> Result<Tree, String> {
    match wippy_yaml::parse(text) {
        Ok(node) => Ok(node.map(|n| n.tree()).unwrap_or_default()),
        Err(e) => Err(format!("{}:{}:{}: {}", path.display(), e.place.0, e.place.1, e.message)),
    }
}

/// The runtime's configuration: `.wippy.yaml`, then `--set`.
#[derive(Debug, Default)]
pub(crate) struct Config(Tree);

impl Config {
    fn read(path: &Path) -> Result<Config, String> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Config::default()),
            Err(e) => return Err(format!("{} cannot be read: {e}", path.display())),
        };
        let tree = tree_of(path, &text)?;
        match tree.get("version") {
            None => return Err(format!("{}: missing version field (write version: \"1.0\")", path.display())),
            Some(Tree::Text(v)) if v == "1.0" => {}
            Some(Tree::Float(1.0)) => {}
            Some(_) => return Err(format!("{}: unsupported version (this is for version \"1.0\")", path.display())),
        }
        for (key, value) in tree.as_map().unwrap_or_default() {
            let key = key.as_str().unwrap_or_default();
            if key != "version" && value.as_map().is_none() && *value != Tree::Nil {
                return Err(format!("{}: {key} must be a map, not {}", path.display(), value.sort()));
            }
        }
        Ok(Config(tree))
    }

    fn set(&mut self, assignment: &str) -> Result<(), String> {
        let wrong = || format!("--set {assignment}: write section.key=value");
        let (path, value) = assignment.split_once('=').ok_or_else(wrong)?;
        let steps: Vec<_> = path.split('.').collect();
        if steps.len() < 2 || steps.iter().any(|s| s.is_empty()) {
            return Err(wrong());
        }
        let value = match value {
            "true" => Tree::Bool(true),
            "false" => Tree::Bool(false),
            _ => match (value.parse::<i64>(), value.parse::<f64>()) {
                (Ok(n), _) => Tree::Int(n),
                (_, Ok(f)) => Tree::Float(f),
                _ => Tree::from(value),
            },
        };
        put(&mut self.0, &steps, value);
        Ok(())
    }

    pub(crate) fn at(&self, path: &str) -> Option<&Tree> {
        let steps: Vec<_> = path.split('.').collect();
        self.0.at(&steps)
    }
    pub(crate) fn bool(&self, path: &str) -> bool {
        self.at(path).and_then(Tree::as_bool).unwrap_or(false)
    }
    pub(crate) fn int(&self, path: &str) -> Option<i64> {
        self.at(path).and_then(Tree::as_int)
    }
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.at(path).and_then(Tree::as_str)
    }
    pub(crate) fn duration(&self, path: &str) -> Option<Duration> {
        self.text(path).and_then(duration::parse)
    }
}

fn put(tree: &mut Tree, steps: &[&str], value: Tree) {
    let [first, rest @ ..] = steps else { return };
    if rest.is_empty() {
        return tree.set(first, value);
    }
    let mut inner = tree.get(first).cloned().filter(|t| t.as_map().is_some()).unwrap_or_default();
    put(&mut inner, rest, value);
    tree.set(first, inner);
}
