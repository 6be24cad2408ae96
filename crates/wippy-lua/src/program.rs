//! An entry with its libraries: what all processes of one version share.

use crate::chunk::{Chunk, Chunks, Import};
use crate::ffi;
use crate::process::LuaMachine;
use crate::template::Template;
use crate::types::Store;
use rustc_hash::FxHashMap;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use wippy_core::{Entry, EntryId, Error, Factory, Kind, Loaded, Opaque, Pool, Sources, StateMachine, Tree};

/// The built-in modules that an entry may name.
pub(crate) const MODULES: &[&str] = &[
    "time", "json", "base64", "logger", "io", "process", "channel", "payload", "errors", "os", "funcs", "future",
    "ctx", "events", "registry", "hash", "uuid", "yaml", "env", "system", "expr", "text",
];

/// Memory of a process, in bytes, unless its entry says otherwise. Large, because it is there for programs that have
/// gone wrong: what processes usually take is some kilobytes.
const MEMORY_MAX: usize = 256 << 20;

/// With less, a program could not even raise an error about it.
const MEMORY_LEAST: usize = 64 << 10;

/// The kind of `process.lua`, `function.lua` and `library.lua` entries.
#[derive(Debug, Default)]
pub struct LuaKind {
    chunks: Chunks,
}

impl LuaKind {
    /// The kind; one serves any number of entries.
    pub fn new() -> LuaKind {
        ffi::install_signal();
        LuaKind::default()
    }
}

/// One chunk in its program: the program itself or a library it imports.
pub(crate) struct Unit {
    pub(crate) chunk: Arc<Chunk>,
    /// Built-in modules it may use: the name by which it knows each, and the module's own.
    pub(crate) modules: Vec<(String, &'static str)>,
    /// Alias → index of the unit in [`Program::units`].
    pub(crate) imports: Vec<(String, usize)>,
}

/// A program with all its libraries, deepest first; the last unit is the program itself.
pub(crate) struct Program {
    pub(crate) units: Vec<Unit>,
    pub(crate) method: String,
    /// Bytes that each of its processes may take.
    pub(crate) memory_max: usize,
    /// Set for a function: how long coroutines may go on after its answer.
    pub(crate) linger: Option<Duration>,
    /// Numbers of the types that its processes use as values.
    pub(crate) store: Store,
    /// The units by the numbers of their chunks.
    places: FxHashMap<u64, usize>,
    template: OnceLock<Option<Template>>,
}

impl Program {
    fn new(units: Vec<Unit>, method: &str, memory_max: usize, linger: Option<Duration>) -> Program {
        let places = units.iter().enumerate().map(|(i, unit)| (unit.chunk.number, i)).collect();
        let (method, store) = (method.to_owned(), Store::default());
        Program { units, method, memory_max, linger, store, places, template: OnceLock::new() }
    }

    /// A program of one unit, for tests.
    #[cfg(test)]
    pub(crate) fn of_source(modules: &[&str], source: &str) -> Program {
        let data = Tree::map([("source", source)]);
        let entry = Arc::new(Entry { id: "app:test".into(), data, ..Entry::default() });
        let chunk = Chunks::default().chunk(&entry, source, &|_| None).expect("the program of a test compiles");
        let modules = modules.iter().map(|m| (m.to_string(), module(m).expect("there is such a module"))).collect();
        Program::new(vec![Unit { chunk, modules, imports: Vec::new() }], "main", MEMORY_MAX, None)
    }

    /// The chunk with this number, which a type of the program names.
    pub(crate) fn chunk(&self, number: u64) -> &Chunk {
        &self.units[self.places[&number]].chunk
    }

    /// What its processes are copied from, made at the first spawn; `None` when they have to be built.
    pub(crate) fn template(self: &Arc<Program>, seed: impl FnOnce() -> u32) -> Option<&Template> {
        self.template.get_or_init(|| Template::make(self, seed())).as_ref()
    }

    /// The same, if a process has asked for it before.
    pub(crate) fn made_template(&self) -> Option<&Template> {
        self.template.get().and_then(Option::as_ref)
    }
}

/// Makes processes of a program.
struct Compiled(Arc<Program>);

impl Factory for Compiled {
    fn method(&self) -> &str {
        &self.0.method
    }
    fn create(&self) -> Result<Box<dyn StateMachine>, Error> {
        Ok(Box::new(LuaMachine::new(self.0.clone())))
    }
    fn is_function(&self) -> bool {
        self.0.linger.is_some()
    }
}

impl Kind for LuaKind {
    fn entry_kinds(&self) -> &[&'static str] {
        &["library.lua", "function.lua", "process.lua"]
    }

    fn load(&self, entry: &Entry, sources: &dyn Sources) -> Result<Loaded, Error> {
        // As the sources hold it: whoever compiles it again asks whether it is the same one.
        let known = sources.entry(&entry.id).filter(|known| std::ptr::eq(&**known, entry));
        let own = known.unwrap_or_else(|| Arc::new(entry.clone()));
        let mut loader =
            Loader { chunks: &self.chunks, sources, units: Vec::new(), seen: HashMap::new(), open: Vec::new() };
        loader.unit(&own)?;
        let parts = loader.seen.keys().filter(|id| **id != entry.id).cloned().collect();
        if let Some(other) = entry.field("method").filter(|m| !matches!(m, Tree::Nil | Tree::Text(_))) {
            return Err(fault(entry, "method", format!("method must be a text, not {}", other.sort())));
        }
        let (method, linger) = match &*entry.kind {
            "library.lua" => {
                // Its importers may be loaded later than it, and the libraries that it imports too.
                let kept: Vec<_> = loader.units.into_iter().map(|unit| unit.chunk).collect();
                return Ok(Loaded { factory: None, parts, kept: Some(Opaque::new(kept)) });
            }
            "function.lua" => {
                let method = entry.text("method").ok_or_else(|| fault(entry, "method", "method is required"))?;
                let pool = Pool::parse(entry).map_err(|(key, what)| fault(entry, &key, what))?;
                (method, Some(pool.linger))
            }
            _ => (entry.text("method").unwrap_or("main"), None),
        };
        let program = Program::new(loader.units, method, memory_max(entry)?, linger);
        Ok(Loaded { factory: Some(Arc::new(Compiled(Arc::new(program)))), parts, kept: None })
    }
}

struct Loader<'a> {
    chunks: &'a Chunks,
    sources: &'a dyn Sources,
    units: Vec<Unit>,
    /// The unit of each entry; `None` while its imports are being looked at.
    seen: HashMap<EntryId, Option<usize>>,
    /// Those whose imports are, each imported by the one before.
    open: Vec<EntryId>,
}

impl Loader<'_> {
    fn unit(&mut self, entry: &Arc<Entry>) -> Result<usize, Error> {
        match self.seen.get(&entry.id) {
            None => {}
            Some(Some(unit)) => return Ok(*unit),
            Some(None) => {
                let cycle = self.open.iter().skip_while(|id| **id != entry.id).chain([&entry.id]);
                let cycle: Vec<_> = cycle.map(EntryId::as_str).collect();
                return Err(fault(entry, "imports", format!("import cycle: {}", cycle.join(" -> "))));
            }
        }
        self.seen.insert(entry.id.clone(), None);
        self.open.push(entry.id.clone());
        let mut modules = modules_of(entry)?;
        let imports = self.imports_of(entry, &mut modules)?;
        let source = match entry.field("source") {
            Some(Tree::Text(source)) if !source.is_empty() => source,
            Some(other) if *other != Tree::Nil && other.as_str().is_none() => {
                return Err(fault(entry, "source", format!("source must be a text, not {}", other.sort())));
            }
            _ => return Err(fault(entry, "source", "source is required")),
        };
        let imported = |alias: &str| {
            if let Some((_, unit)) = imports.iter().find(|(name, _)| name == alias) {
                return Some(Import::Library(&self.units[*unit].chunk));
            }
            modules.iter().find(|(name, _)| name == alias).map(|(_, module)| Import::Module(module))
        };
        let chunk = self.chunks.chunk(entry, source, &imported)?;
        self.open.pop();
        self.units.push(Unit { chunk, modules, imports });
        let unit = self.units.len() - 1;
        self.seen.insert(entry.id.clone(), Some(unit));
        Ok(unit)
    }

    /// The libraries that an entry imports; modules to which it gives other names join those that it lists.
    fn imports_of(
        &mut self,
        entry: &Entry,
        modules: &mut Vec<(String, &'static str)>,
    ) -> Result<Vec<(String, usize)>, Error> {
        let mut imports = Vec::new();
        let pairs = match entry.field("imports") {
            None | Some(Tree::Nil) => return Ok(imports),
            Some(Tree::Map(pairs)) => pairs,
            Some(other) => {
                return Err(fault(
                    entry,
                    "imports",
                    format!("imports must be a map of alias to id, not {}", other.sort()),
                ));
            }
        };
        for (alias, target) in pairs {
            let alias = alias.as_str().unwrap_or_default();
            let path = format!("imports.{alias}");
            let Some(target) = target.as_str().filter(|_| !alias.is_empty()) else {
                return Err(fault(entry, &path, "an import is an alias and the full id of a library, or a module"));
            };
            let listed = modules.iter().find(|(name, _)| name == alias).map(|(_, module)| *module);
            let own = if target.contains(':') { None } else { Some(target) };
            if let Some(listed) = listed.filter(|listed| own != Some(listed)) {
                let sort = if own.is_some() { "the module" } else { "the library" };
                let what = format!("'{alias}' names both {sort} {target} and the module {listed}");
                return Err(fault(entry, &path, what).with_kind(wippy_core::ErrorKind::Conflict));
            }
            if let Some(name) = own {
                let Some(module) = module(name) else {
                    let hint = "a library is imported by its full id (ns:name)";
                    let what = format!("import '{alias}': {}; {hint}", no_module(name));
                    return Err(missing(entry, &path, what));
                };
                if listed.is_none() {
                    modules.push((alias.to_owned(), module));
                }
                continue;
            }
            let id = EntryId::new(target);
            let library = self
                .sources
                .entry(&id)
                .ok_or_else(|| missing(entry, &path, format!("import '{alias}': entry not found: {target}")))?;
            if library.kind != "library.lua" {
                let what = format!("import '{alias}': {target} is a {}, not a library.lua", library.kind);
                return Err(fault(entry, &path, what));
            }
            imports.push((alias.to_owned(), self.unit(&library)?));
        }
        Ok(imports)
    }
}

/// The module of this name.
fn module(name: &str) -> Option<&'static str> {
    MODULES.iter().find(|module| **module == name).copied()
}

fn no_module(name: &str) -> String {
    let mut names = MODULES.to_vec();
    names.sort_unstable();
    format!("module '{name}' not found; modules: {}", names.join(", "))
}

/// `limits.memory`.
fn memory_max(entry: &Entry) -> Result<usize, Error> {
    if let Some(other) = entry.field("limits").filter(|limits| !matches!(limits, Tree::Nil | Tree::Map(_))) {
        return Err(fault(entry, "limits", format!("limits must be a map, not {}", other.sort())));
    }
    match entry.field("limits.memory") {
        None | Some(Tree::Nil) => Ok(MEMORY_MAX),
        Some(value) => match wippy_core::size::parse(value) {
            Ok(bytes) if bytes >= MEMORY_LEAST => Ok(bytes),
            Ok(_) => Err(fault(entry, "limits.memory", "limits.memory must be at least 64KB")),
            Err(what) => Err(fault(entry, "limits.memory", format!("limits.memory: {what}"))),
        },
    }
}

/// `modules`.
fn modules_of(entry: &Entry) -> Result<Vec<(String, &'static str)>, Error> {
    let names = match entry.field("modules") {
        None | Some(Tree::Nil) => return Ok(Vec::new()),
        Some(Tree::List(names)) => names,
        Some(other) => return Err(fault(entry, "modules", format!("modules must be a list, not {}", other.sort()))),
    };
    let mut modules = Vec::new();
    for (i, name) in names.iter().enumerate() {
        let path = format!("modules.{i}");
        let Some(name) = name.as_str() else {
            return Err(fault(entry, &path, format!("a module name must be a text, not {}", name.sort())));
        };
        if name.is_empty() || name.contains(':') {
            return Err(fault(entry, &path, format!("'{name}' is no name of a built-in module")));
        }
        let Some(module) = module(name) else { return Err(missing(entry, &path, no_module(name))) };
        if !modules.iter().any(|(_, known)| *known == module) {
            modules.push((name.to_owned(), module));
        }
    }
    Ok(modules)
}

fn fault(entry: &Entry, path: &str, what: impl Into<String>) -> Error {
    let (what, place) = (what.into(), entry.origin.locate(path));
    let details = Tree::map([("entry", entry.id.as_str()), ("field", path), ("place", &place)]);
    let message = if place.is_empty() { what } else { format!("{place}: {what}") };
    Error::invalid(message).with_details(details)
}

fn missing(entry: &Entry, path: &str, what: impl Into<String>) -> Error {
    fault(entry, path, what).with_kind(wippy_core::ErrorKind::NotFound)
}

#[cfg(test)]
mod tests;
