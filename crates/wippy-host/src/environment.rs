//! The environment of a node: `env.storage.*` entries, the `env.variable` entries in front of them, and the handlers of
//! the commands that read and write.
//!
//! Values that lie in memory are given at once. Files are read and written on a thread of their own, one after another,
//! so that no worker waits for a disk and no write is lost between two. Nothing here judges a right by itself.

mod file;
mod storage;
mod variable;

use crate::aside::Aside;
use crate::error::Fault;
use crate::frame::Frame;
use crate::gate::NodeGate;
use crate::node::State;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use storage::{Storage, Store};
use variable::{Variable, VariableSpec, not_found};
use wippy_core::command::Boxed;
use wippy_core::commands::env::{Get, GetAll, Granted, Set};
use wippy_core::{Command, Entry, EntryId, Error, Text};
use wippy_sched::{Act, Call, Caller, Config, Gate};

const MEMORY: &str = "env.storage.memory";
const ROUTER: &str = "env.storage.router";
const STORAGES: &[&str] = &[MEMORY, "env.storage.os", "env.storage.file", "env.storage.static", ROUTER];
const VARIABLE: &str = "env.variable";
/// How many routers may lead to each other in a row.
const ROUTERS_MAX: usize = 32;

/// All routers: their entries, and where each leads, with the key that says so.
type Routers<'a> = BTreeMap<EntryId, (&'a Arc<Entry>, Vec<(String, EntryId)>)>;

/// All storages and variables of one version of the entries.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    /// In order of id.
    storages: BTreeMap<EntryId, Storage>,
    variables: HashMap<EntryId, Arc<Variable>>,
    /// By public name; and by id those that have none.
    names: HashMap<String, Arc<Variable>>,
    /// What leads nowhere, and what is wrong with files.
    complaints: Vec<Fault>,
}

/// What is wrong with a storage's file: at its line, else at the entry's key.
fn of_file(entry: &Entry, (line, what): (Option<usize>, String)) -> Fault {
    let fault = Fault::of(entry, "file_path", what);
    match line {
        Some(line) => Fault { place: format!("{}:{line}", entry.text("file_path").unwrap_or_default()), ..fault },
        None => fault,
    }
}

/// The entry kinds that this module understands.
pub(crate) fn kinds() -> impl Iterator<Item = &'static str> {
    STORAGES.iter().copied().chain([VARIABLE])
}

/// Registers the handlers.
pub(crate) fn handle(config: Config, state: &Arc<State>) -> Config {
    let aside = Arc::new(Aside::new("wippy-env"));
    let (get, granted, set, all) = (state.clone(), state.clone(), state.clone(), state.clone());
    let (get_aside, granted_aside, set_aside, all_aside) = (aside.clone(), aside.clone(), aside.clone(), aside);
    config
        .handle::<Get>(move |call| match get.variable(&call.command.name, namespace(call)) {
            Ok(variable) => answer(call, &get_aside, variable.is_on_disk(), move || variable.get().map(Boxed)),
            Err(e) => Some(Err(e)),
        })
        .handle::<Granted>(move |call| match granted.variable(call.command.id.as_str(), "") {
            Ok(variable) => answer(call, &granted_aside, variable.is_on_disk(), move || variable.get().map(Boxed)),
            Err(e) => Some(Err(e)),
        })
        .handle::<Set>(move |call| match set.variable(&call.command.name, namespace(call)) {
            Ok(variable) => {
                let value = call.command.value.clone();
                answer(call, &set_aside, variable.is_on_disk(), move || variable.set(&value))
            }
            Err(e) => Some(Err(e)),
        })
        .handle::<GetAll>(move |call| {
            let environment = all.content.read().environment.clone();
            let (pid, baggage) = (call.caller().pid, call.caller().baggage.cloned());
            let gate = NodeGate(all.clone());
            answer(call, &all_aside, environment.is_on_disk(), move || {
                let mut values = environment.all()?;
                values.retain(|(name, _)| {
                    let act = Act::Right { action: "env.get", resource: name, refusal: "not allowed" };
                    gate.check(Caller { pid, baggage: baggage.as_ref() }, act).is_ok()
                });
                Ok(Boxed(values))
            })
        })
}

/// Answers at once, or later if it has to wait for a disk.
fn answer<C: Command>(
    call: &mut Call<C>,
    aside: &Aside,
    on_disk: bool,
    work: impl FnOnce() -> Result<C::Reply, Error> + Send + 'static,
) -> Option<Result<C::Reply, Error>> {
    if !on_disk {
        return Some(work());
    }
    aside.answer(call, work)
}

/// The namespace of the entry that the asker runs.
fn namespace<C: Command>(call: &Call<C>) -> &str {
    let frame = call.caller().baggage.and_then(|b| b.downcast_ref::<Frame>());
    frame.and_then(|f| f.entry.as_ref()).map_or("", EntryId::namespace)
}

impl State {
    fn variable(&self, name: &str, namespace: &str) -> Result<Arc<Variable>, Error> {
        self.content.read().environment.find(name, namespace)
    }
}

impl Environment {
    /// Makes what entries say. What lies in memory is taken over from `before`.
    pub(crate) fn load(
        entries: &[Arc<Entry>],
        base: &Path,
        before: Option<&Environment>,
        faults: &mut Vec<Fault>,
    ) -> Environment {
        let mut environment = Environment::default();
        let mut routers = Routers::new();
        for entry in entries.iter().filter(|e| STORAGES.contains(&&*e.kind)) {
            let kept = before.and_then(|b| b.storages.get(&entry.id)).filter(|s| s.is_memory_of(&entry.id));
            let storage = match &*entry.kind {
                ROUTER => {
                    let routes = storage::routes(entry).map(|routes| routers.insert(entry.id.clone(), (entry, routes)));
                    faults.extend(routes.err());
                    continue;
                }
                MEMORY if kept.is_some() => Ok(kept.cloned()),
                _ => Store::parse(entry, base).map(|store| Some(Storage(vec![Arc::new(store)]))),
            };
            match storage {
                Ok(storage) => {
                    let trouble = storage.iter().flat_map(|s| &s.0).find_map(|store| store.file_trouble());
                    environment.complaints.extend(trouble.map(|t| of_file(entry, t)));
                    environment.storages.extend(storage.map(|s| (entry.id.clone(), s)));
                }
                Err(fault) => faults.push(fault),
            }
        }
        for id in routers.keys() {
            // Whoever leads to a broken one finds the same fault.
            let fault = environment.follow(&routers, id, &mut vec![id.clone()]).err();
            faults.extend(fault.filter(|fault| !faults.contains(fault)));
        }
        for entry in entries.iter().filter(|e| e.kind == VARIABLE) {
            match VariableSpec::parse(entry) {
                Ok(spec) => environment.declare(entry, spec),
                Err(fault) => faults.push(fault),
            }
        }
        environment
    }

    /// The places that a router leads to, each once: behind the first time it can neither give nor take anything.
    /// `open`: the routers that lead here, this one last.
    fn follow(&mut self, routers: &Routers<'_>, id: &EntryId, open: &mut Vec<EntryId>) -> Result<Storage, Fault> {
        if let Some(known) = self.storages.get(id) {
            return Ok(known.clone());
        }
        let (entry, routes) = &routers[id];
        let mut stores: Vec<Arc<Store>> = Vec::new();
        for (key, to) in routes {
            if open.contains(to) {
                let what = format!("a router cannot lead back to itself: {id} leads to {to}");
                return Err(Fault::of(entry, key, what));
            }
            if open.len() == ROUTERS_MAX {
                return Err(Fault::of(entry, key, format!("more than {ROUTERS_MAX} routers in a row")));
            }
            if routers.contains_key(to) {
                open.push(to.clone());
                self.follow(routers, to, open)?;
                open.pop();
            }
            let Storage(more) = self.storages.get(to).cloned().unwrap_or_else(|| {
                self.complain(entry, key, format!("environment storage not found: {to}"));
                Storage(vec![Arc::new(Store::Missing(to.clone()))])
            });
            for store in more {
                if !stores.iter().any(|known| Arc::ptr_eq(known, &store)) {
                    stores.push(store);
                }
            }
        }
        let storage = Storage(stores);
        self.storages.insert(id.clone(), storage.clone());
        Ok(storage)
    }

    /// Takes a variable in. One that cannot be used is known, so that those who ask for it hear why.
    fn declare(&mut self, entry: &Entry, spec: VariableSpec) {
        let taken = spec.public.as_ref().filter(|name| self.names.contains_key(*name));
        let storage = match (taken, self.storages.get(&spec.storage)) {
            (Some(name), _) => Err(("variable", format!("another entry declares the variable {name}"))),
            (None, Some(storage)) => Ok(storage.clone()),
            (None, None) => Err(("storage", format!("environment storage not found: {}", spec.storage))),
        };
        let is_taken = taken.is_some();
        let storage = storage.map_err(|(key, why)| {
            self.complain(entry, key, why.clone());
            why
        });
        let variable = Arc::new(spec.build(&entry.id, storage));
        if !is_taken {
            self.names.insert(variable.key.clone(), variable.clone());
        }
        self.variables.insert(entry.id.clone(), variable);
    }

    /// A variable by its public name, by its entry's name in a namespace, or by its entry's id.
    fn find(&self, name: &str, namespace: &str) -> Result<Arc<Variable>, Error> {
        if name.is_empty() {
            return Err(Error::invalid("empty key"));
        }
        let public = || self.names.get(name);
        let near = || self.variables.get(&EntryId::new(format!("{namespace}:{name}")));
        let by_id = || self.variables.get(&EntryId::new(name));
        public().or_else(near).or_else(by_id).cloned().ok_or_else(|| not_found(name, None))
    }

    fn is_on_disk(&self) -> bool {
        self.storages.values().any(Storage::is_on_disk)
    }

    /// Everything that storages hold and variables give, in order of name. A declared name has the value of its variable.
    fn all(&self) -> Result<Vec<(String, Text)>, Error> {
        let mut all = BTreeMap::new();
        for storage in self.storages.values() {
            for (key, value) in storage.all()? {
                all.entry(key).or_insert(value);
            }
        }
        for (name, variable) in &self.names {
            match variable.get() {
                Ok(value) => all.insert(name.clone(), value),
                // Unset, though another storage may hold something of that name.
                Err(_) => all.remove(name),
            };
        }
        Ok(all.into_iter().collect())
    }

    /// An entry is right in itself, but leads nowhere: it stays, unusable, and an operator hears of it.
    fn complain(&mut self, entry: &Entry, key: &str, what: String) {
        self.complaints.push(Fault::of(entry, key, what));
    }

    /// What cannot be used, or not as it was meant.
    pub(crate) fn complaints(&self) -> &[Fault] {
        &self.complaints
    }

    /// Tells in the log what cannot be used, and was not told of `before`.
    pub(crate) fn tell(&self, before: Option<&Environment>) {
        let is_new = |fault: &&Fault| before.is_none_or(|b| !b.complaints.contains(fault));
        for fault in self.complaints.iter().filter(is_new) {
            let (place, entry, why) = (&*fault.place, &*fault.entry, fault.error.message());
            tracing::error!(target: "wippy", logger = "env", place, entry, "entry {entry}: {why}");
        }
    }
}
