//! Host entries: `process.host` and `terminal.host`.

use crate::error::Fault;
use crate::node::Content;
use crate::policies::{Identity, Policies};
use crate::services::spec::Lifecycle;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use wippy_core::{Entry, EntryId, Tree};
use wippy_sched::{Host, HostConfig};

/// How long calls that still run may take to end when the node stops.
const POOL_STOP_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

/// A host as the node sees it.
#[derive(Debug)]
pub(crate) struct HostEntry {
    pub(crate) id: EntryId,
    pub(crate) host: Arc<Host>,
    pub(crate) terminal: Option<Terminal>,
    /// What no process on this host may exceed.
    pub(crate) bound: Option<Arc<Identity>>,
    /// For whom processes run that the command line starts here.
    pub(crate) commands: Option<Identity>,
    /// Who may send to processes here; `None`: everybody.
    pub(crate) closed_to_all_but: Option<Vec<EntryId>>,
    /// How long its processes may take to end.
    pub(crate) stop_timeout: std::time::Duration,
    /// Bytes of memory that each of its processes may take, as far as its kind counts them.
    pub(crate) memory_max: usize,
    /// The pool of a function: what runs here answers calls.
    pub(crate) is_pool: bool,
    running: AtomicBool,
}

/// What is special about a terminal host.
#[derive(Debug)]
pub(crate) struct Terminal {
    pub(crate) hide_logs: bool,
    /// Its one process is there, or on its way.
    pub(crate) occupied: AtomicBool,
}

/// What a host entry says, before the host exists.
pub(crate) struct HostSpec {
    pub(crate) config: HostConfig,
    terminal: Option<bool>,
    bound: Option<Identity>,
    commands: Option<Identity>,
    stop_timeout: std::time::Duration,
    closed_to_all_but: Option<Vec<EntryId>>,
    memory_max: usize,
}

impl HostSpec {
    pub(crate) fn parse(entry: &Entry, policies: &Policies) -> Result<HostSpec, Fault> {
        let block = entry.field("host").cloned().unwrap_or_default();
        if !matches!(block, Tree::Nil | Tree::Map(_)) {
            return Err(Fault::of(entry, "host", format!("host must be a map, not {}", block.sort())));
        }
        let number = |name: &str, min: i64, max: i64| {
            let (value, key) = match block.field(name) {
                Some(value) => (Some(value), format!("host.{name}")),
                None => (entry.field(name), name.to_owned()),
            };
            match value {
                None | Some(Tree::Nil) => Ok(0),
                Some(Tree::Int(n)) if (min..=max).contains(n) => Ok(*n as usize),
                Some(Tree::Int(n)) if *n < 0 && name == "workers" => {
                    Err(Fault::of(entry, &key, "workers must be greater than 0"))
                }
                Some(Tree::Int(n)) => {
                    Err(Fault::of(entry, &key, format!("{name} must be from {min} to {max}, not {n}")))
                }
                Some(other) => Err(Fault::of(entry, &key, format!("{name} must be an integer, not {}", other.sort()))),
            }
        };
        let config = HostConfig {
            workers: number("workers", 0, 1024)?,
            max_processes: number("max_processes", 0, i64::MAX)?,
            max_mailbox: number("max_mailbox", 0, wippy_sched::QUEUE_MESSAGES_MAX as i64)?,
            max_mailbox_bytes: mailbox_bytes(entry)?,
        };
        let hide_logs = match entry.field("hide_logs") {
            None | Some(Tree::Nil) => false,
            Some(Tree::Bool(hide)) => *hide,
            Some(other) => {
                let what = format!("hide_logs must be true or false, not {}", other.sort());
                return Err(Fault::of(entry, "hide_logs", what));
            }
        };
        let is_terminal = entry.kind == "terminal.host";
        let terminal = is_terminal.then_some(hide_logs);
        let bound = policies.identity(entry, entry.field("lifecycle.security"), "lifecycle.security")?;
        let own = policies.identity(entry, entry.field("security"), "security")?;
        // On a terminal the block is for the processes that the command line starts, elsewhere one more bound.
        let (bound, commands) = if is_terminal { (bound, own) } else { (bound.or(own), None) };
        let stop_timeout = Lifecycle::parse(entry)?.stop_timeout;
        let closed_to_all_but = closed(entry)?;
        let memory_max = memory_max(entry)?;
        Ok(HostSpec { config, terminal, bound, commands, stop_timeout, closed_to_all_but, memory_max })
    }

    pub(crate) fn build(self, id: EntryId, host: Arc<Host>) -> HostEntry {
        let terminal = self.terminal.map(|hide_logs| Terminal { hide_logs, occupied: AtomicBool::new(false) });
        HostEntry {
            id,
            host,
            terminal,
            bound: self.bound.map(Arc::new),
            commands: self.commands,
            closed_to_all_but: self.closed_to_all_but,
            stop_timeout: self.stop_timeout,
            memory_max: self.memory_max,
            is_pool: false,
            running: AtomicBool::new(false),
        }
    }
}

/// What all host entries say, and whether each starts by itself.
pub(crate) fn specs(content: &Content, faults: &mut Vec<Fault>) -> BTreeMap<EntryId, (HostSpec, bool)> {
    let mut hosts = BTreeMap::new();
    for entry in content.snapshot.all() {
        if entry.kind == "process.host" || entry.kind == "terminal.host" {
            match HostSpec::parse(entry, &content.policies).and_then(|h| Ok((h, Lifecycle::parse(entry)?.auto_start))) {
                Ok(spec) => {
                    hosts.insert(entry.id.clone(), spec);
                }
                Err(fault) => faults.push(fault),
            }
        }
    }
    hosts
}

/// `limits.memory`: what each process may take.
fn memory_max(entry: &Entry) -> Result<usize, Fault> {
    match entry.field("limits.memory") {
        None | Some(Tree::Nil) => Ok(usize::MAX),
        Some(value) => wippy_core::size::parse(value)
            .map_err(|what| Fault::of(entry, "limits.memory", format!("limits.memory: {what}"))),
    }
}

/// `max_mailbox_bytes`, on the entry or under `host`.
fn mailbox_bytes(entry: &Entry) -> Result<usize, Fault> {
    let inside = entry.field("host.max_mailbox_bytes").map(|value| (value, "host.max_mailbox_bytes"));
    let found = inside.or_else(|| entry.field("max_mailbox_bytes").map(|value| (value, "max_mailbox_bytes")));
    match found {
        None | Some((Tree::Nil, _)) => Ok(0),
        Some((value, key)) => {
            wippy_core::size::parse(value).map_err(|what| Fault::of(entry, key, format!("max_mailbox_bytes: {what}")))
        }
    }
}

/// The `messages:` block.
fn closed(entry: &Entry) -> Result<Option<Vec<EntryId>>, Fault> {
    let block = match entry.field("messages") {
        None | Some(Tree::Nil) => return Ok(None),
        Some(block @ Tree::Map(_)) => block,
        Some(other) => {
            return Err(Fault::of(entry, "messages", format!("messages must be a map, not {}", other.sort())));
        }
    };
    let allowed = match block.field("allow_from") {
        None | Some(Tree::Nil) => &[][..],
        Some(Tree::List(hosts)) => hosts,
        Some(other) => {
            let what = format!("allow_from must be a list, not {}", other.sort());
            return Err(Fault::of(entry, "messages.allow_from", what));
        }
    };
    let mut hosts = Vec::new();
    for (i, host) in allowed.iter().enumerate() {
        match host.as_str() {
            Some(id) => hosts.push(EntryId::resolve(id, entry.id.namespace())),
            None => {
                let what = format!("allow_from must hold host ids, a text each, not {}", host.sort());
                return Err(Fault::of(entry, &format!("messages.allow_from.{i}"), what));
            }
        }
    }
    match block.field("inbound") {
        None | Some(Tree::Nil) => Ok(None),
        Some(Tree::Text(t)) if t == "open" => Ok(None),
        Some(Tree::Text(t)) if t == "closed" => Ok(Some(hosts)),
        Some(other) => {
            let found = other.as_str().map_or_else(|| other.sort().to_owned(), |t| format!("'{t}'"));
            Err(Fault::of(entry, "messages.inbound", format!("inbound must be open or closed, not {found}")))
        }
    }
}

impl HostEntry {
    /// Where the calls of a function run. Its id is the function's.
    pub(crate) fn pool(function: EntryId, host: Arc<Host>) -> HostEntry {
        HostEntry {
            id: function,
            host,
            terminal: None,
            bound: None,
            commands: None,
            closed_to_all_but: None,
            stop_timeout: POOL_STOP_TIMEOUT,
            memory_max: usize::MAX,
            is_pool: true,
            running: AtomicBool::new(true),
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running.load(Ordering::Acquire) && !self.host.is_stopping()
    }
    pub(crate) fn set_running(&self, yes: bool) {
        self.running.store(yes, Ordering::Release);
    }
}
