//! What is compiled, how often, and for how long it is kept.

use super::LuaKind;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use wippy_core::{Entry, EntryId, Error, Kind, Loaded, Sources, Tree};

/// The entries of an app, one version of each.
#[derive(Clone, Default)]
struct Entries(BTreeMap<EntryId, Arc<Entry>>);

impl Sources for Entries {
    fn entry(&self, id: &EntryId) -> Option<Arc<Entry>> {
        self.0.get(id).cloned()
    }
    fn read(&self, _: &EntryId, path: &str) -> Result<Vec<u8>, Error> {
        Err(Error::not_found(path.to_owned()))
    }
}

impl Entries {
    fn with(mut self, kind: &str, id: &str, source: &str, imports: &[&str]) -> Entries {
        let mut data = Tree::map([("source", source)]);
        data.set("imports", Tree::map(imports.iter().map(|id| (id.replace("app:", ""), *id))));
        let entry = Entry { id: id.into(), kind: kind.into(), data, ..Entry::default() };
        self.0.insert(id.into(), Arc::new(entry));
        self
    }
    fn library(self, id: &str, source: &str, imports: &[&str]) -> Entries {
        self.with("library.lua", id, source, imports)
    }
    fn program(self, id: &str, imports: &[&str]) -> Entries {
        self.with("process.lua", id, "return function() end", imports)
    }
    fn load(&self, kind: &LuaKind) -> Vec<Result<Loaded, Error>> {
        self.0.values().map(|entry| kind.load(entry, self)).collect()
    }
    fn load_all(&self, kind: &LuaKind) -> Vec<Loaded> {
        self.load(kind).into_iter().map(|loaded| loaded.expect("the entries are right")).collect()
    }
}

/// Four libraries; `top` imports `types` and names a type of it, `plain` imports it and names none.
fn app() -> Entries {
    Entries::default()
        .library("app:alone", "return {}", &[])
        .library("app:plain", "local t = require('types') return {t = t}", &["app:types"])
        .library("app:top", "local t = require('types') type Mine = {t.Item} return {Mine = Mine}", &["app:types"])
        .library("app:types", "type Item = {name: string} return {}", &[])
        .program("app:a", &["app:alone", "app:plain", "app:top"])
        .program("app:z", &["app:alone", "app:plain", "app:top", "app:types"])
}

#[test]
fn a_source_is_compiled_once_however_many_import_it() {
    let (kind, app) = (LuaKind::new(), app());
    let loaded = app.load_all(&kind);
    assert_eq!((kind.chunks.compiled(), kind.chunks.in_use()), (6, (6, 6)));
    // Nor is it again when all is loaded anew, from the same entries or from others that say the same.
    let again = app.load_all(&kind);
    let copy = Entries(app.0.iter().map(|(id, entry)| (id.clone(), Arc::new((**entry).clone()))).collect());
    let other = copy.load_all(&kind);
    assert_eq!((kind.chunks.compiled(), kind.chunks.in_use()), (6, (6, 6)));
    drop((loaded, again, other));
    assert_eq!(kind.chunks.in_use().0, 0);
}

#[test]
fn many_threads_compile_it_once() {
    let (kind, app) = (LuaKind::new(), app());
    let loaded = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| loaded.lock().extend(app.load_all(&kind)));
        }
    });
    // Each thread keeps what it has loaded until all have.
    assert_eq!(loaded.lock().len(), 8 * 6);
    assert_eq!((kind.chunks.compiled(), kind.chunks.in_use()), (6, (6, 6)));
}

#[test]
fn a_new_version_is_compiled_and_the_old_one_goes_with_its_last_user() {
    let (kind, app) = (LuaKind::new(), app());
    let old = app.load_all(&kind);
    let changed = app.clone().library("app:alone", "return {1}", &[]);
    let new = changed.load_all(&kind);
    assert_eq!((kind.chunks.compiled(), kind.chunks.in_use().0), (7, 7));
    // What runs may go back to the version before: it is still there.
    drop(app.load_all(&kind));
    assert_eq!(kind.chunks.compiled(), 7);
    drop(old);
    assert_eq!(kind.chunks.in_use().0, 6);
    drop(new);
    assert_eq!(kind.chunks.in_use().0, 0);
}

#[test]
fn a_source_is_compiled_again_when_a_type_that_it_names_may_have_changed() {
    let (kind, app) = (LuaKind::new(), app());
    let _old = app.load_all(&kind);
    let changed = app.library("app:types", "type Item = {name: integer} return {}", &[]);
    let _new = changed.load_all(&kind);
    // The library itself and `top`, which names its type.
    assert_eq!(kind.chunks.compiled(), 6 + 2);
    // An alias that says nothing yet, and then something.
    let late = |imports: &[&str]| {
        Entries::default().library("app:types", "type Item = {name: integer} return {}", &[]).library(
            "app:late",
            "local t = require('types') type Mine = {t.Item} return {}",
            imports,
        )
    };
    let before = late(&[]).load_all(&kind);
    let after = late(&["app:types"]).load_all(&kind);
    assert_eq!(kind.chunks.compiled(), 6 + 2 + 2);
    drop((before, after));
}

#[test]
fn a_source_that_does_not_compile_is_told_for_each_that_imports_it() {
    let (kind, app) = (LuaKind::new(), app().library("app:alone", "return {\n  x = = 1}", &[]));
    let faults: Vec<_> = app.load(&kind).into_iter().filter_map(Result::err).map(|e| e.message().to_owned()).collect();
    assert_eq!(faults.len(), 3, "{faults:?}");
    assert!(faults.iter().all(|fault| fault.starts_with("app:alone:2:7: ")), "{faults:?}");
}

#[test]
fn entries_that_are_gone_are_forgotten() {
    let kind = LuaKind::new();
    let _kept = app().load_all(&kind);
    for n in 0..1_000 {
        let id = format!("app:library_{n}");
        Entries::default().library(&id, "return {}", &[]).load_all(&kind);
    }
    let (chunks, entries) = kind.chunks.in_use();
    assert_eq!(chunks, 6);
    assert!(entries <= 2 * crate::chunk::SWEEP_FIRST, "{entries}");
}
