//! The node: entries in, running hosts and services out.

mod content;
mod ends;
mod state;

use crate::bus;
use crate::entries::{Change, Snapshot};
use crate::environment;
use crate::error::{BootError, Fault};
use crate::files;
use crate::find;
use crate::gate::NodeGate;
use crate::hosts;
use crate::services::supervisor::{Request, Supervisor};
use crate::services::{self, ServiceState, Status};
use crate::system;
use crate::terminal;
use parking_lot::Mutex;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use wippy_core::{Entry, EntryId, Error, ErrorKind, Exit, Kind, Opaque, Pid, Spawn};
use wippy_sched::{Config, Naps, Scheduler};

use content::affected;
pub(crate) use content::{Content, Maker};
use ends::Ends;
pub(crate) use ends::Starter;
pub(crate) use state::State;
pub use wippy_sched::Settled;

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

/// Ends a [`Node::wait`], or a [`Node::run`] whose process has not started, from another thread, such as the one that gets signals.
#[derive(Clone)]
pub struct Interrupter(Arc<Ends>);

impl Interrupter {
    /// Asks for the end.
    pub fn interrupt(&self) {
        self.0.tell(Outcome::Interrupted);
    }
}

impl std::fmt::Debug for Interrupter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Interrupter")
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
        let (ends, receiver) = Ends::new();
        let scheduler = config.scheduler.clone().workers(config.workers).node(config.node_name.clone());
        let state = Arc::new(State::new(config, ends));
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
        let supervisor = Supervisor::new(services, state.board.clone(), scheduler.observer());
        let supervisor = scheduler.spawn(&control, supervisor, ()).map_err(trouble)?;
        let node = Node { state, scheduler, supervisor, ended: Mutex::new(receiver) };
        node.request(Request::Begin);
        Ok(node)
    }

    /// What is wrong with these entries, each taken alone: for telling all faults of an app of which some entries could
    /// not even be read. Nothing is started.
    pub fn faults(config: NodeConfig, entries: Vec<Entry>) -> Vec<Fault> {
        let state = State::new(config, Ends::new().0);
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
    /// What a spawn can answer. UNAVAILABLE as soon as somebody asks for the node's end, which [`Node::wait`] tells then:
    /// the process may still be starting, until [`Node::stop`] ends it.
    pub fn run(&self, mut spawn: Spawn) -> Result<Pid, Error> {
        if let Some(identity) = self.state.identity_of_command(&spawn)? {
            spawn.inherit.actor = Some(Opaque::new(identity.actor));
            spawn.inherit.scope = Some(Opaque::new(identity.scope));
        }
        self.state.ends.wait_for_start(|started| self.request(Request::Run { spawn: Box::new(spawn), started }))
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
        Interrupter(self.state.ends.clone())
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

    /// Stops services in reverse order, then hosts, then everything. Who does not end in time is killed, and so is who
    /// waits for messages that nobody is left to send. Blocks.
    pub fn stop(&self, patience: Duration) -> Settled {
        self.stop_while(patience, &mut || true)
    }

    /// As [`Node::stop`]; while something still runs, `go_on` is asked now and then whether to wait on. When it says no,
    /// what still runs is killed.
    pub fn stop_while(&self, patience: Duration, go_on: &mut dyn FnMut() -> bool) -> Settled {
        let waits = self.stop_services_while(patience, go_on);
        let hosts = self.state.hosts.read().values().map(|h| h.stop_timeout).max();
        let patience = patience.min(hosts.unwrap_or(Duration::from_secs(10)));
        let patience = if waits { patience } else { Duration::ZERO };
        let mut go_on = || !self.scheduler.is_at_rest(None) && go_on();
        let settled = self.scheduler.shutdown_while(patience, Some(&mut go_on));
        self.state.terminal.restore();
        settled
    }

    /// Stops services; false when somebody would not wait for them any longer.
    fn stop_services_while(&self, patience: Duration, go_on: &mut dyn FnMut() -> bool) -> bool {
        let (stopped, done) = channel();
        self.request(Request::StopAll { stopped });
        let deadline = Instant::now() + patience;
        let mut naps = Naps::default();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match done.recv_timeout(left.min(naps.next())) {
                Err(RecvTimeoutError::Timeout) if left.is_zero() => return true,
                Err(RecvTimeoutError::Timeout) if !go_on() => return false,
                Err(RecvTimeoutError::Timeout) => self.give_up_stopping_services(),
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return true,
            }
        }
    }

    /// Has the services killed that were asked to stop, if none of them will do anything more.
    fn give_up_stopping_services(&self) {
        let stopping = |s: &ServiceState| s.pid.filter(|_| s.status == Status::Stopping);
        // Asked before the look: who is asked to stop after it shall have its time.
        let stopping: Vec<_> = self.state.board.states.lock().values().filter_map(stopping).collect();
        if !stopping.is_empty() && self.scheduler.is_at_rest(Some(self.supervisor)) {
            self.request(Request::GiveUp(stopping));
        }
    }

    /// The processes that are there now, but for the node's own, each with the entry whose code it runs.
    pub fn processes(&self) -> Vec<(Pid, Option<EntryId>)> {
        let observer = self.scheduler.observer();
        let places: Vec<_> = self.state.places.read().values().cloned().collect();
        let mut all: Vec<_> = places.iter().flat_map(|host| observer.processes(&host.host)).collect();
        all.sort_by_key(|info| (info.started_at, info.pid.to_bits()));
        all.iter().map(|info| (info.pid, self.state.labels.id(info.label))).collect()
    }

    /// The scheduler, for those who embed a node.
    pub fn scheduler(&self) -> &Scheduler {
        &self.scheduler
    }

    /// All entries as they stand now.
    pub fn entries(&self) -> Snapshot {
        self.state.content.read().snapshot.clone()
    }

    /// What of the entries cannot be used, or not as it was meant, though the node runs. The log tells it too.
    pub fn complaints(&self) -> Vec<Fault> {
        self.state.content.read().environment.complaints().to_vec()
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
                && let Some((user, _)) = content
                    .programs
                    .iter()
                    .find(|(user, p)| p.loaded.parts.contains(id) && snapshot.get(user).is_some())
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
