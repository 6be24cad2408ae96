//! What the gate, the handlers of commands and the node share.

use super::content::{Content, Maker, Program};
use super::ends::Ends;
use super::{NodeConfig, Outcome};
use crate::bus::Bus;
use crate::entries::Snapshot;
use crate::files::Directory;
use crate::hosts::{HostEntry, HostSpec};
use crate::labels::Labels;
use crate::policies::Identity;
use crate::services::spec::ServiceSpec;
use crate::services::supervisor::Board;
use crate::system::System;
use crate::terminal::TerminalDevice;
use dashmap::DashMap;
use parking_lot::RwLock;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};
use wippy_core::commands::fs::Mounted;
use wippy_core::{Entry, EntryId, Error, Exit, Kind, Pid, Place, Spawn, Tree};
use wippy_sched::Scheduler;

/// What the gate and the node share.
pub(crate) struct State {
    pub(crate) strict: bool,
    pub(crate) terminal: Arc<TerminalDevice>,
    pub(crate) bus: Arc<Bus>,
    /// What services do.
    pub(crate) board: Arc<Board>,
    pub(crate) system: System,
    pub(crate) labels: Labels,
    /// On whose behalf processes run, for those who list them; only its own worker may look at a process's frame.
    pub(crate) actors: DashMap<Pid, Box<str>>,
    pub(crate) refused_between_hosts: AtomicU64,
    /// Where the node's own processes run: nobody else finds them.
    pub(crate) control: OnceLock<Place>,
    pub(super) kinds: Vec<Arc<dyn Kind>>,
    pub(super) base: PathBuf,
    pub(super) hosts: RwLock<FxHashMap<EntryId, Arc<HostEntry>>>,
    pub(crate) places: RwLock<FxHashMap<Place, Arc<HostEntry>>>,
    /// Where the calls of each function run.
    pub(crate) pools: RwLock<FxHashMap<EntryId, Arc<HostEntry>>>,
    pub(crate) content: RwLock<Content>,
    /// The entries of all versions so far, ascending.
    pub(crate) history: RwLock<Vec<Snapshot>>,
    pub(crate) ends: Arc<Ends>,
}

impl State {
    pub(super) fn new(config: NodeConfig, ends: Ends) -> State {
        State {
            strict: config.strict,
            terminal: Arc::default(),
            bus: Arc::default(),
            board: Arc::default(),
            system: System::default(),
            labels: Labels::default(),
            actors: DashMap::new(),
            refused_between_hosts: AtomicU64::new(0),
            control: OnceLock::new(),
            kinds: config.kinds,
            base: config.base,
            hosts: RwLock::default(),
            places: RwLock::default(),
            pools: RwLock::default(),
            content: RwLock::default(),
            history: RwLock::default(),
            ends: Arc::new(ends),
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
    pub(super) fn identity_of_command(&self, spawn: &Spawn) -> Result<Option<Identity>, Error> {
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
    pub(crate) fn program(&self, id: &EntryId) -> Option<(Arc<Entry>, Maker)> {
        let content = self.content.read();
        let maker = content.programs.get(id)?.maker()?;
        Some((content.snapshot.get(id)?.clone(), maker))
    }

    /// What makes the processes of an entry.
    pub(crate) fn maker(&self, id: &EntryId) -> Result<Maker, Error> {
        let maker = self.content.read().programs.get(id).and_then(Program::maker);
        let details = || Tree::map([("factory_id", id.as_str())]);
        maker
            .filter(|maker| !maker.factory.is_function())
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
        self.ends.tell(Outcome::Terminal(exit));
    }

    pub(super) fn open_hosts(
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
