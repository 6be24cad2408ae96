//! What processes can read about their node and set on it: the handlers of the commands of
//! [`wippy_core::commands::system`].
//!
//! All figures are counters that are kept anyway. Settings are remembered and given back, no more: memory has limits of
//! its own kind here (`limits.memory`), each process collects its garbage by itself, and workers are set when the node
//! starts.

mod locks;
mod machine;

use crate::aside::Aside;
use crate::hosts::HostEntry;
use crate::node::{Outcome, State};
use crate::services::{ServiceState, Status};
use locks::Locks;
use machine::Memory;
use parking_lot::Mutex;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use wippy_core::command::Boxed;
use wippy_core::commands::system::{Acquire, Change, Exit, Read, Release, Setting, Subject};
use wippy_core::{EntryId, Error, Pid, Tree};
use wippy_sched::{Config, Observer, ProcessInfo, ProcessState, Scheduler};

/// What the node keeps for these commands.
#[derive(Default)]
pub(crate) struct System {
    pub(crate) locks: Locks,
    settings: Mutex<Settings>,
    /// Set once somebody has asked for the end.
    exit: Mutex<Option<i64>>,
    runtime: OnceLock<Runtime>,
}

/// What is known once the scheduler runs.
struct Runtime {
    observer: Observer,
    workers: usize,
}

struct Settings {
    memory_limit: i64,
    gc_percent: i64,
    workers_max: Option<i64>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { memory_limit: i64::MAX, gc_percent: 100, workers_max: None }
    }
}

/// Registers the handlers.
pub(crate) fn handle(config: Config, state: &Arc<State>) -> Config {
    let aside = Aside::new("wippy-system");
    let (read, change, exit) = (state.clone(), state.clone(), state.clone());
    let (acquire, release) = (state.clone(), state.clone());
    config
        .handle::<Read>(move |call| match call.command.0.clone() {
            Subject::Processes(id) => {
                // The table of all processes is looked through.
                let state = read.clone();
                aside.answer(call, move || state.processes(&id).map(Boxed))
            }
            subject => Some(read.about(&subject, call.caller().pid).map(Boxed)),
        })
        .handle::<Change>(move |call| {
            let Change { setting, value } = call.command;
            Some(change.system.change(setting, value).map(Boxed))
        })
        .handle::<Exit>(move |call| {
            exit.exit(call.command.code);
            Some(Ok(()))
        })
        .handle::<Acquire>(move |call| {
            let is_alive = |pid| acquire.system.runtime.get().is_some_and(|r| r.observer.is_alive(pid));
            Some(acquire.system.locks.acquire(&call.command.name, call.caller().pid, is_alive))
        })
        .handle::<Release>(move |call| Some(Ok(release.system.locks.release(&call.command.name, call.caller().pid))))
}

/// Something that a cluster has and a node that stands alone has not.
fn alone(what: &str) -> Result<Tree, Error> {
    Err(Error::internal(format!("{what} not available")).with_retryable(Some(false)))
}

impl System {
    /// The scheduler runs now.
    pub(crate) fn begin(&self, scheduler: &Scheduler) {
        let _ = self.runtime.set(Runtime { observer: scheduler.observer(), workers: scheduler.workers() });
    }

    /// The exit code, if somebody has asked for the end.
    pub(crate) fn exit_code(&self) -> Option<i64> {
        *self.exit.lock()
    }

    fn workers(&self) -> i64 {
        self.runtime.get().map_or(0, |r| r.workers as i64)
    }

    fn change(&self, setting: Setting, value: i64) -> Result<i64, Error> {
        let mut settings = self.settings.lock();
        let workers = self.workers();
        match setting {
            Setting::MemoryLimit if value < -1 => Err(Error::invalid("memory limit must be -1 or more")),
            Setting::MemoryLimit => {
                let limit = if value == -1 { i64::MAX } else { value };
                Ok(std::mem::replace(&mut settings.memory_limit, limit))
            }
            Setting::GcPercent => Ok(std::mem::replace(&mut settings.gc_percent, value)),
            Setting::WorkersMax if value <= 0 => Err(Error::invalid("number of workers must be positive")),
            Setting::WorkersMax => Ok(settings.workers_max.replace(value).unwrap_or(workers)),
        }
    }
}

impl State {
    /// Somebody asks for the end of the node. The first one begins it.
    fn exit(&self, code: i64) {
        let before = self.system.exit.lock().replace(code);
        if before.is_none() {
            self.ends.tell(Outcome::Exit(code));
        }
    }

    fn about(&self, subject: &Subject, asker: Pid) -> Result<Tree, Error> {
        let settings = self.system.settings.lock();
        let node = asker.place().info().node.to_string();
        let node = if node.is_empty() { "local".to_owned() } else { node };
        Ok(match subject {
            Subject::Memory => self.memory(),
            Subject::MemoryLimit => settings.memory_limit.into(),
            Subject::GcPercent => settings.gc_percent.into(),
            Subject::Tasks => (self.alive() + self.system.workers()).into(),
            Subject::Processors => std::thread::available_parallelism().map_or(1, |n| n.get() as i64).into(),
            Subject::WorkersMax => settings.workers_max.unwrap_or_else(|| self.system.workers()).into(),
            Subject::Pid => i64::from(std::process::id()).into(),
            Subject::Hostname => match machine::hostname() {
                Some(name) => name.into(),
                None => return alone("host name"),
            },
            Subject::WorkingDirectory => match std::env::current_dir() {
                Ok(folder) => folder.to_string_lossy().into_owned().into(),
                Err(e) => return alone(&format!("working directory ({e})")),
            },
            Subject::Hosts => self.all_hosts().iter().map(|host| about_host(host)).collect::<Vec<_>>().into(),
            Subject::Processes(id) => return self.processes(id),
            Subject::Services => self.services().iter().map(ServiceRecord::tree).collect::<Vec<_>>().into(),
            Subject::Service(id) => match self.services().iter().find(|service| service.id == *id) {
                Some(service) => service.tree(),
                None => return Err(Error::not_found(format!("service not found: {id}"))),
            },
            Subject::Node => node.into(),
            Subject::NodeAddress => return alone("node address"),
            Subject::NodeRole => "non-member".into(),
            Subject::Members => {
                let mut member = Tree::map([("id", node)]);
                member.set("is_local", true);
                vec![member].into()
            }
            Subject::Leader => "".into(),
            Subject::ClusterSize => 0i64.into(),
            Subject::Consensus | Subject::ConsensusStats => return alone("raft"),
        })
    }

    /// How many processes live on the node.
    fn alive(&self) -> i64 {
        let places = self.places.read();
        // The supervisor stands on no entry's host.
        places.values().map(|host| host.host.stats().processes as i64).sum::<i64>() + 1
    }

    fn memory(&self) -> Tree {
        let Memory { used, peak, stack } = Memory::now();
        let objects = self.alive() + self.content.read().snapshot.len() as i64;
        let figures = [
            ("alloc", used),
            ("total_alloc", peak),
            ("sys", peak),
            ("heap_alloc", used),
            ("heap_sys", peak),
            ("heap_idle", peak - used),
            ("heap_in_use", used),
            ("heap_released", peak - used),
            ("stack_in_use", stack),
            ("stack_sys", stack),
            ("mspan_in_use", 0),
            ("mspan_sys", 0),
            ("num_gc", 0),
            ("next_gc", 0),
        ];
        let mut memory = Tree::map(figures.map(|(name, bytes)| (name, i64::try_from(bytes).unwrap_or(i64::MAX))));
        memory.set("heap_objects", objects);
        memory
    }

    /// The processes of a host, or the running calls of a function.
    fn processes(&self, id: &EntryId) -> Result<Tree, Error> {
        let pool = || self.pools.read().get(id).cloned();
        let host = self.host_named(id).or_else(pool);
        let host = host.ok_or_else(|| Error::not_found(format!("host not found: {id}")))?;
        let processes = self.system.runtime.get().map(|r| r.observer.processes(&host.host)).unwrap_or_default();
        let moment = self.moments();
        let about = |info: &ProcessInfo| {
            let mut tree = about_process(info, id);
            if let Some(source) = self.labels.id(info.label) {
                tree.set("source", source.as_str());
            }
            if let Some(started_at) = info.started_at {
                tree.set("started_at", moment(started_at));
            }
            if let Some(actor) = self.actors.get(&info.pid) {
                tree.set("actor_id", &**actor);
            }
            tree
        };
        Ok(processes.iter().map(about).collect::<Vec<_>>().into())
    }

    /// Turns times since the scheduler's start into nanoseconds since 1970.
    fn moments(&self) -> impl Fn(Duration) -> i64 {
        let clock = self.system.runtime.get().and_then(|r| r.observer.clock());
        let (now, wall) = clock.unwrap_or((Duration::ZERO, UNIX_EPOCH));
        move |at| nanoseconds(wall.checked_sub(now.saturating_sub(at)).unwrap_or(UNIX_EPOCH))
    }

    /// Services and hosts, in order of id.
    fn services(&self) -> Vec<ServiceRecord> {
        let moment = self.moments();
        let mut all: Vec<_> =
            self.board.states.lock().values().map(|s| ServiceRecord::of_service(s, &moment)).collect();
        // Hosts start with the node and stop with it.
        all.extend(self.all_hosts().iter().map(|host| ServiceRecord::of_host(host, moment(Duration::ZERO))));
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }
}

/// Since 1970.
fn nanoseconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_nanos()).unwrap_or(i64::MAX))
}

fn about_host(host: &HostEntry) -> Tree {
    let workers = host.host.workers();
    let mut tree = Tree::map([("id", host.id.as_str())]);
    tree.set("workers", workers.workers as i64);
    tree.set("processes", host.host.stats().processes as i64);
    tree.set("executed", workers.executed as i64);
    tree.set("stolen", workers.stolen as i64);
    tree.set("queue_depth", workers.queued as i64);
    tree
}

fn about_process(info: &ProcessInfo, host: &EntryId) -> Tree {
    let ProcessInfo { pid, state, parent, stats, .. } = info;
    let mut used = Tree::map([("busy", i64::try_from(stats.busy.as_nanos()).unwrap_or(i64::MAX))]);
    for (name, n) in
        [("received", stats.received), ("sent", stats.sent), ("waiting", stats.waiting), ("memory", stats.memory_bytes)]
    {
        used.set(name, n as i64);
    }
    let state = match state {
        ProcessState::Waiting => "idle",
        ProcessState::Ready => "ready",
        ProcessState::Running => "running",
    };
    let mut tree = Tree::map([("pid", pid.to_string()), ("host", host.to_string()), ("state", state.to_owned())]);
    if *parent != Pid::SYSTEM {
        tree.set("parent", parent.to_string());
    }
    tree.set("steps", stats.steps as i64);
    tree.set("stats", used);
    tree
}

/// A service or a host, as programs see it.
struct ServiceRecord {
    id: EntryId,
    status: Status,
    desired: Status,
    retry_count: u32,
    last_update: i64,
    started_at: Option<i64>,
    details: String,
}

impl ServiceRecord {
    fn of_service(state: &ServiceState, moment: impl Fn(Duration) -> i64) -> ServiceRecord {
        ServiceRecord {
            id: state.id.clone(),
            status: state.status,
            desired: if state.wanted { Status::Running } else { Status::Stopped },
            retry_count: state.retry_count,
            last_update: moment(state.updated_at),
            started_at: state.started_at.map(&moment),
            details: state.details.clone(),
        }
    }

    fn of_host(host: &HostEntry, began: i64) -> ServiceRecord {
        let status = if host.is_running() { Status::Running } else { Status::Stopped };
        ServiceRecord {
            id: host.id.clone(),
            status,
            desired: status,
            retry_count: 0,
            last_update: began,
            started_at: host.is_running().then_some(began),
            details: String::new(),
        }
    }

    fn tree(&self) -> Tree {
        let text = |status: Status| status.as_str().to_owned();
        let texts = [("id", self.id.to_string()), ("status", text(self.status)), ("desired", text(self.desired))];
        let mut tree = Tree::map(texts);
        tree.set("retry_count", i64::from(self.retry_count));
        tree.set("last_update", self.last_update);
        if let Some(started_at) = self.started_at {
            tree.set("started_at", started_at);
        }
        if !self.details.is_empty() {
            tree.set("details", self.details.as_str());
        }
        tree
    }
}
