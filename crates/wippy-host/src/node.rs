//! The node: entries in, running hosts and services out.

use crate::bus::{self, Bus};
use crate::entries::{Change, Snapshot};
use crate::environment::{self, Environment};
use crate::error::{BootError, Fault};
use crate::files::{self, Directory};
use crate::find;
use crate::gate::NodeGate;
use crate::hosts::{self, HostEntry, HostSpec};
use crate::loading;
use crate::policies::{Identity, Policies};
use crate::services::spec::ServiceSpec;
use crate::services::supervisor::{Board, Request, Supervisor};
use crate::services::{self, ServiceState};
use crate::system::{self, System};
use crate::terminal::{self, TerminalDevice};
use parking_lot::{Mutex, RwLock};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use wippy_core::commands::fs::Mounted;
use wippy_core::{
    Entry, EntryId, Error, ErrorKind, Exit, Factory, Kind, Loaded, Opaque, Pid, Place, Sources, Spawn, Tree,
};
use wippy_sched::{Config, Scheduler};

pub use wippy_sched::Settled;

/// Kinds that are data and nothing else.
const INERT: &[&str] = &["registry.entry", "ns.definition", "ns.requirement", "ns.dependency"];
/// Kinds that the node itself understands.
const OWN: &[&str] = &["process.host", "terminal.host", "process.service", "fs.directory", "security.policy"];

/// All kinds that need nobody else.
fn own_kinds() -> impl Iterator<Item = &'static str> {
    INERT.iter().chain(OWN).copied().chain(environment::kinds())
}

/// What a node is made of.
#[derive(Clone, Default)]
pub struct NodeConfig {
    /// The process kinds it can run.
    pub kinds: Vec<Arc<dyn Kind>>,
    /// Workers that hosts share; 0 = as many as there are processors.
    pub workers: usize,
    /// Name of the node, part of every pid; empty for a node that stands alone.
    pub node_name: String,
    /// Whether a process without actor or scope is refused everything guarded. Default: it is not.
    pub strict: bool,
    /// The scheduler's configuration, for those who add handlers of commands of their own; workers, name and gate are
    /// set by the node.
    pub scheduler: Config,
    /// What relative directories of entries start from. Default: the working directory.
    pub base: PathBuf,
}

impl std::fmt::Debug for NodeConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeConfig")
            .field("workers", &self.workers)
            .field("strict", &self.strict)
            .finish_non_exhaustive()
    }
}

/// What the gate and the node share.
pub(crate) struct State {
    pub(crate) strict: bool,
    pub(crate) terminal: Arc<TerminalDevice>,
    pub(crate) bus: Arc<Bus>,
    /// What services do.
    pub(crate) board: Arc<Board>,
    pub(crate) system: System,
    pub(crate) refused_between_hosts: AtomicU64,
    /// Where the node's own processes run: nobody else finds them.
    pub(crate) control: OnceLock<Place>,
    kinds: Vec<Arc<dyn Kind>>,
    base: PathBuf,
    hosts: RwLock<HashMap<EntryId, Arc<HostEntry>>>,
    pub(crate) places: RwLock<HashMap<Place, Arc<HostEntry>>>,
    /// Where the calls of each function run.
    pub(crate) pools: RwLock<HashMap<EntryId, Arc<HostEntry>>>,
    pub(crate) content: RwLock<Content>,
    /// The entries of all versions so far, ascending.
    pub(crate) history: RwLock<Vec<Snapshot>>,
    events: Mutex<Sender<Outcome>>,
}

/// Everything that comes from entries and changes with them.
#[derive(Clone, Default)]
pub(crate) struct Content {
    pub(crate) snapshot: Snapshot,
    programs: HashMap<EntryId, Loaded>,
    directories: HashMap<EntryId, Directory>,
    pub(crate) policies: Policies,
    pub(crate) environment: Environment,
}

impl Content {
    /// Why a service cannot run this entry.
    pub(crate) fn unfit_process(&self, id: &EntryId) -> Option<Error> {
        let Some(entry) = self.snapshot.get(id) else {
            return Some(Error::not_found(format!("process not found: {id}")));
        };
        let runs = entry.kind.starts_with("process.") && self.programs.get(id).is_some_and(|p| p.factory.is_some());
        (!runs).then(|| Error::invalid(format!("{id} is a {}, which no service can run", entry.kind)))
    }
}

impl Sources for Content {
    fn entry(&self, id: &EntryId) -> Option<Arc<Entry>> {
        self.snapshot.get(id).cloned()
    }
    fn read(&self, fs: &EntryId, path: &str) -> Result<Vec<u8>, Error> {
        let missing = || Error::not_found(format!("file system not found: {fs}"));
        self.directories.get(fs).ok_or_else(missing)?.read(path)
    }
}

impl State {
    fn new(config: NodeConfig, events: Sender<Outcome>) -> State {
        State {
            strict: config.strict,
            terminal: Arc::default(),
            bus: Arc::default(),
            board: Arc::default(),
            system: System::default(),
            refused_between_hosts: AtomicU64::new(0),
            control: OnceLock::new(),
            kinds: config.kinds,
            base: config.base,
            hosts: RwLock::default(),
            places: RwLock::default(),
            pools: RwLock::default(),
            content: RwLock::default(),
            history: RwLock::default(),
            events: Mutex::new(events),
        }
    }

    pub(crate) fn host_of(&self, pid: Pid) -> Option<Arc<HostEntry>> {
        self.places.read().get(&pid.place()).cloned()
    }

    /// All host entries, in order of id.
    pub(crate) fn all_hosts(&self) -> Vec<Arc<HostEntry>> {
        let mut hosts: Vec<_> = self.hosts.read().values().cloned().collect();
        hosts.sort_by(|a, b| a.id.cmp(&b.id));
        hosts
    }

    /// A host, whether or not it runs.
    pub(crate) fn host_named(&self, id: &EntryId) -> Option<Arc<HostEntry>> {
        self.hosts.read().get(id).cloned()
    }

    /// The host for a spawn.
    pub(crate) fn host(&self, id: &EntryId) -> Result<Arc<HostEntry>, Error> {
        let details = || Tree::map([("host_id", id.as_str())]);
        match self.hosts.read().get(id) {
            Some(host) if host.is_running() => Ok(host.clone()),
            Some(_) => Err(Error::unavailable("host is not running").with_details(details())),
            None if self.content.read().snapshot.get(id).is_some() => {
                Err(Error::invalid(format!("entry is no process host: {id}")).with_details(details()))
            }
            None => Err(Error::not_found("host not found").with_details(details())),
        }
    }

    /// For whom a command runs: as its own `meta.command.security` says, else as its terminal's `security`.
    fn identity_of_command(&self, spawn: &Spawn) -> Result<Option<Identity>, Error> {
        let content = self.content.read();
        if let Some(entry) = content.snapshot.get(&spawn.entry) {
            let block = entry.meta.field("command").and_then(|command| command.field("security"));
            let own = content.policies.identity(entry, block, "meta.command.security");
            if let Some(identity) = own.map_err(|fault| fault.error)? {
                return Ok(Some(identity));
            }
        }
        Ok(self.hosts.read().get(&spawn.host).and_then(|h| h.commands.clone()))
    }

    /// An entry that has code to run, and what makes machines of it.
    pub(crate) fn program(&self, id: &EntryId) -> Option<(Arc<Entry>, Arc<dyn Factory>)> {
        let content = self.content.read();
        let factory = content.programs.get(id)?.factory.clone()?;
        Some((content.snapshot.get(id)?.clone(), factory))
    }

    /// What makes the processes of an entry.
    pub(crate) fn factory(&self, id: &EntryId) -> Result<Arc<dyn Factory>, Error> {
        let factory = self.content.read().programs.get(id).and_then(|p| p.factory.clone());
        let details = || Tree::map([("factory_id", id.as_str())]);
        factory
            .filter(|f| !f.is_function())
            .ok_or_else(|| Error::not_found("factory not found").with_details(details()))
    }

    /// Where the files of a file system entry lie.
    pub(crate) fn mounted(&self, fs: &EntryId) -> Result<Mounted, Error> {
        let content = self.content.read();
        let missing = || Error::not_found(format!("file system not found: {fs}"));
        content.directories.get(fs).map(Directory::mounted).ok_or_else(missing)
    }

    pub(crate) fn terminal_ended(&self, exit: Exit) {
        self.terminal.restore();
        self.ended(Outcome::Terminal(exit));
    }

    /// Tells whoever waits for the node's end.
    pub(crate) fn ended(&self, outcome: Outcome) {
        // The node may be on its way down already.
        let _ = self.events.lock().send(outcome);
    }
}

/// How a node's life came to its end.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The process of a terminal host has ended.
    Terminal(Exit),
    /// A process has asked for the end, with this exit code; see [`Node::exit_code`] for what others say after it.
    Exit(i64),
    /// Somebody asks the node to stop; see [`Node::interrupter`].
    Interrupted,
}

/// Ends a [`Node::wait`] from another thread, such as the one that gets signals.
#[derive(Debug, Clone)]
pub struct Interrupter(Sender<Outcome>);

impl Interrupter {
    /// Asks for the end.
    pub fn interrupt(&self) {
        // A node that is gone needs no asking.
        let _ = self.0.send(Outcome::Interrupted);
    }
}

/// A running node.
pub struct Node {
    state: Arc<State>,
    scheduler: Scheduler,
    supervisor: Pid,
    ended: Mutex<Receiver<Outcome>>,
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Node({:?})", self.scheduler)
    }
}

impl Node {
    /// Checks and loads all entries, then starts hosts and services. Returns once services are on their way.
    ///
    /// # Errors
    /// All faults of all entries; nothing has been started then.
    pub fn boot(config: NodeConfig, entries: Vec<Entry>) -> Result<Node, BootError> {
        let (sender, receiver) = channel();
        let scheduler = config.scheduler.clone().workers(config.workers).node(config.node_name.clone());
        let state = Arc::new(State::new(config, sender));
        let mut faults = Vec::new();
        let content = state.load(Snapshot::baseline(entries), None, &mut faults);
        let hosts = hosts::specs(&content, &mut faults);
        let services = services::specs(&content, &hosts, &mut faults);
        if !faults.is_empty() {
            return Err(BootError { faults });
        }
        state.history.write().push(content.snapshot.clone());
        content.environment.tell(None);
        *state.content.write() = content;
        let gate = Arc::new(NodeGate(state.clone()));
        let sched = bus::handle(terminal::handle(scheduler.gate(gate), &state.terminal), &state.bus);
        let sched = find::handle(files::handle(sched, &state), &state);
        let sched = system::handle(environment::handle(sched, &state), &state);
        let scheduler = Scheduler::start(sched).map_err(|e| Fault::in_file("", e.to_string()))?;
        state.system.begin(&scheduler);
        let trouble = |e: Error| BootError::from(Fault::in_file("", e.message()));
        state.open_hosts(&scheduler, hosts, &services).map_err(trouble)?;
        let entries = state.content.read().snapshot.clone();
        state.open_pools(&scheduler, entries.all()).map_err(trouble)?;
        let control = scheduler.add_host("node:control", Default::default()).map_err(trouble)?;
        let _ = state.control.set(control.place());
        let supervisor = Supervisor::new(services, state.board.clone());
        let supervisor = scheduler.spawn(&control, supervisor, ()).map_err(trouble)?;
        let node = Node { state, scheduler, supervisor, ended: Mutex::new(receiver) };
        node.request(Request::Begin);
        Ok(node)
    }

    /// What is wrong with these entries, each taken alone: for telling all faults of an app of which some entries could
    /// not even be read. Nothing is started.
    pub fn faults(config: NodeConfig, entries: Vec<Entry>) -> Vec<Fault> {
        let (sender, _) = channel();
        let state = State::new(config, sender);
        let mut faults = Vec::new();
        let content = state.load(Snapshot::baseline(entries), None, &mut faults);
        hosts::specs(&content, &mut faults);
        // What somebody refers to may stand in the part that could not be read.
        faults.retain(|fault| *fault.error.kind() != ErrorKind::NotFound);
        faults
    }

    fn request(&self, request: Request) {
        self.state.board.requests.lock().push(request);
        // Only a node that is down has no supervisor; then nobody answers, and the request's sender is dropped.
        if self.scheduler.send(self.supervisor, "requests", ()).is_err() {
            self.state.board.requests.lock().clear();
        }
    }

    /// Starts a process once the services are up (or have failed, or five seconds are over).
    ///
    /// # Errors
    /// What a spawn can answer.
    pub fn run(&self, mut spawn: Spawn) -> Result<Pid, Error> {
        if let Some(identity) = self.state.identity_of_command(&spawn)? {
            spawn.inherit.actor = Some(Opaque::new(identity.actor));
            spawn.inherit.scope = Some(Opaque::new(identity.scope));
        }
        let (started, answer) = channel();
        self.request(Request::Run { spawn: Box::new(spawn), started });
        answer.recv().unwrap_or_else(|_| Err(Error::unavailable("the node is stopping")))
    }

    /// Waits until the process of a terminal host ends, or somebody interrupts.
    pub fn wait(&self) -> Outcome {
        // The state holds a sender, so the channel cannot close before the node does.
        self.ended.lock().recv().unwrap_or(Outcome::Interrupted)
    }

    /// As [`Node::wait`], for at most `limit`; `None` when nothing has happened.
    pub fn wait_for(&self, limit: Duration) -> Option<Outcome> {
        self.ended.lock().recv_timeout(limit).ok()
    }

    /// The exit code that processes have asked for last, if any has. It counts more than how the terminal's ended.
    pub fn exit_code(&self) -> Option<i64> {
        self.state.system.exit_code()
    }

    /// For ending [`Node::wait`] from elsewhere.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter(self.state.events.lock().clone())
    }

    /// The hosts that give their process a terminal.
    pub fn terminal_hosts(&self) -> Vec<EntryId> {
        let hosts = self.state.hosts.read();
        let mut ids: Vec<_> = hosts.values().filter(|h| h.terminal.is_some()).map(|h| h.id.clone()).collect();
        ids.sort();
        ids
    }

    /// Asks all services to stop, whoever needs another one before it, and does not wait: [`Node::services`] tells when
    /// they are down. For those who drive the node in simulated time; others call [`Node::stop`].
    pub fn stop_services(&self) {
        let (stopped, _) = channel();
        self.request(Request::StopAll { stopped });
    }

    /// Stops services in reverse order, then hosts, then everything. Who does not end in time is killed. Blocks.
    pub fn stop(&self, patience: Duration) -> Settled {
        let (stopped, done) = channel();
        self.request(Request::StopAll { stopped });
        let _ = done.recv_timeout(patience);
        let hosts = self.state.hosts.read().values().map(|h| h.stop_timeout).max();
        let settled = self.scheduler.shutdown(patience.min(hosts.unwrap_or(Duration::from_secs(10))));
        self.state.terminal.restore();
        settled
    }

    /// The scheduler, for those who embed a node.
    pub fn scheduler(&self) -> &Scheduler {
        &self.scheduler
    }

    /// All entries as they stand now.
    pub fn entries(&self) -> Snapshot {
        self.state.content.read().snapshot.clone()
    }

    /// What services are doing.
    pub fn services(&self) -> Vec<ServiceState> {
        self.state.board.states.lock().values().cloned().collect()
    }

    /// How often a policy or a closed host has refused something between two hosts.
    pub fn refused_between_hosts(&self) -> u64 {
        self.state.refused_between_hosts.load(Ordering::Relaxed)
    }

    /// Changes entries while the node runs. When this returns, new spawns and upgrades get the new code; processes that
    /// run keep theirs, and those that asked for it hear that it is outdated. Hosts and services cannot be changed yet.
    ///
    /// # Errors
    /// CONFLICT, NOT_FOUND or INVALID as the changes contradict what is there, or the faults of the new entries;
    /// nothing has changed then.
    pub fn apply(&self, changes: &[Change]) -> Result<u64, Error> {
        let mut content = self.state.content.write();
        let snapshot = content.snapshot.changed(changes)?;
        for change in changes {
            let kind = match change {
                Change::Create(entry) | Change::Update(entry) => entry.kind.clone(),
                Change::Delete(id) => content.snapshot.get(id).map(|e| e.kind.clone()).unwrap_or_default(),
            };
            if ["process.host", "terminal.host", "process.service"].contains(&&*kind) {
                let what = format!("a {kind} cannot be changed while the node runs: {}", change.id());
                return Err(Error::invalid(what));
            }
            if let Change::Delete(id) = change
                && let Some((user, _)) =
                    content.programs.iter().find(|(user, p)| p.parts.contains(id) && snapshot.get(user).is_some())
            {
                return Err(Error::conflict(format!("entry {id} is still imported by {user}")));
            }
        }
        let changed: Vec<EntryId> = changes.iter().map(|c| c.id().clone()).collect();
        let affected = affected(&content.programs, changed);
        let again = affected.iter().collect();
        let mut faults = Vec::new();
        let new = self.state.load(snapshot, Some((&*content, &again)), &mut faults);
        if !faults.is_empty() {
            return Err(BootError { faults }.into_error());
        }
        self.state.open_pools(&self.scheduler, new.snapshot.all())?;
        self.state.history.write().push(new.snapshot.clone());
        new.environment.tell(Some(&content.environment));
        *content = new;
        let version = content.snapshot.version();
        drop(content);
        self.scheduler.outdated(&affected, self.scheduler.processes(None));
        Ok(version)
    }
}

/// The changed entries and everything made of them.
fn affected(programs: &HashMap<EntryId, Loaded>, changed: Vec<EntryId>) -> Vec<EntryId> {
    let set: HashSet<&EntryId> = changed.iter().collect();
    // A loaded program lists all its parts, however deep: one pass is enough.
    let users = programs.iter().filter(|(id, p)| !set.contains(id) && p.parts.iter().any(|part| set.contains(part)));
    let users: Vec<_> = users.map(|(id, _)| id.clone()).collect();
    changed.into_iter().chain(users).collect()
}

impl State {
    /// Makes everything of a snapshot. With `before`, programs that are not affected stay as they are.
    fn load(
        &self,
        snapshot: Snapshot,
        before: Option<(&Content, &HashSet<&EntryId>)>,
        faults: &mut Vec<Fault>,
    ) -> Content {
        let mut content = Content { snapshot, ..Content::default() };
        let entries: Vec<Arc<Entry>> = content.snapshot.all().into_iter().cloned().collect();
        let kept = before.map(|(old, _)| &old.environment);
        content.environment = Environment::load(&entries, &self.base, kept, faults);
        for entry in &entries {
            let result = match &*entry.kind {
                "security.policy" => content.policies.load(entry),
                "fs.directory" => Directory::open(entry, &self.base).map(|dir| {
                    content.directories.insert(entry.id.clone(), dir);
                }),
                _ => Ok(()),
            };
            faults.extend(result.err());
        }
        let kept = |id: &EntryId| {
            let (old, _) = before.filter(|(_, again)| !again.contains(id))?;
            Some(old.programs.get(id)?.clone())
        };
        let kind = |entry: &Entry| self.kinds.iter().find(|k| k.entry_kinds().contains(&&*entry.kind));
        let jobs = entries.iter().filter(|e| kept(&e.id).is_none()).filter_map(|e| Some((&**e, &**kind(e)?)));
        let mut outcomes = loading::load(jobs.collect(), &content);
        for entry in &entries {
            match outcomes.remove(&entry.id).or_else(|| kept(&entry.id).map(Ok)) {
                Some(Ok(loaded)) => {
                    content.programs.insert(entry.id.clone(), loaded);
                }
                Some(Err(e)) => faults.push(Fault::with(entry, e)),
                None if own_kinds().any(|kind| kind == entry.kind) => {}
                None => faults.push(self.unknown_kind(entry)),
            }
        }
        content
    }

    fn unknown_kind(&self, entry: &Entry) -> Fault {
        let known = self.kinds.iter().flat_map(|k| k.entry_kinds()).copied().chain(own_kinds());
        let near = known.map(|k| (strsim::levenshtein(k, &entry.kind), k)).min();
        let hint = near.filter(|(d, _)| *d <= 3).map_or(String::new(), |(_, k)| format!("; did you mean {k}?"));
        Fault::of(entry, "kind", format!("no handler for kind '{}'{hint}", entry.kind))
    }

    fn open_hosts(
        &self,
        scheduler: &Scheduler,
        hosts: BTreeMap<EntryId, (HostSpec, bool)>,
        services: &BTreeMap<EntryId, ServiceSpec>,
    ) -> Result<(), Error> {
        for (id, (spec, auto_start)) in hosts {
            let host = scheduler.add_host(id.as_str(), spec.config.clone())?;
            let entry = Arc::new(spec.build(id.clone(), host.clone()));
            // A host that a service needs starts with it, as any dependency does.
            let needed = services.values().any(|s| s.host == id || s.lifecycle.requires.contains(&id));
            entry.set_running(auto_start || needed);
            self.places.write().insert(host.place(), entry.clone());
            self.hosts.write().insert(id, entry);
        }
        Ok(())
    }
}
