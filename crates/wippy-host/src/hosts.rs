//! Host entries: `process.host` and `terminal.host`.

use crate::error::Fault;
use crate::policies::{Identity, Policies};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use wippy_core::{Entry, EntryId, Tree};
use wippy_sched::{Host, HostConfig};

/// A host as the node sees it.
#[derive(Debug)]
pub(crate) struct HostEntry {
    pub(crate) id: EntryId,
    pub(crate) host: Arc<Host>,
    pub(crate) terminal: Option<Terminal>,
    /// What no process on this host may exceed.
    pub(crate) bound: Option<Identity>,
    /// Who may send to processes here; `None`: everybody.
    pub(crate) closed_to_all_but: Option<Vec<EntryId>>,
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
    closed_to_all_but: Option<Vec<EntryId>>,
}

impl HostSpec {
    pub(crate) fn parse(entry: &Entry, policies: &Policies) -> Result<HostSpec, Fault> {
        let block = entry.field("host").cloned().unwrap_or_default();
        let number = |name: &str, min: i64, max: i64| {
            let (value, key) = match block.get(name) {
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
            max_mailbox: number("max_mailbox", 0, i64::from(wippy_sched::MAILBOX_BOUND_MAX))? as u16,
        };
        let terminal =
            (entry.kind == "terminal.host").then(|| entry.field("hide_logs").and_then(Tree::as_bool).unwrap_or(false));
        let (security, path) = match entry.data.at(&["lifecycle", "security"]) {
            Some(block) => (Some(block), "lifecycle.security"),
            None => (entry.field("security"), "security"),
        };
        let bound = policies.identity(entry, security, path)?;
        Ok(HostSpec { config, terminal, bound, closed_to_all_but: closed(entry)? })
    }

    pub(crate) fn build(self, id: EntryId, host: Arc<Host>) -> HostEntry {
        let terminal = self.terminal.map(|hide_logs| Terminal { hide_logs, occupied: AtomicBool::new(false) });
        HostEntry {
            id,
            host,
            terminal,
            bound: self.bound,
            closed_to_all_but: self.closed_to_all_but,
            running: AtomicBool::new(false),
        }
    }
}

/// The `messages:` block.
fn closed(entry: &Entry) -> Result<Option<Vec<EntryId>>, Fault> {
    let Some(block) = entry.field("messages") else { return Ok(None) };
    match block.get("inbound").and_then(Tree::as_str) {
        None | Some("open") => return Ok(None),
        Some("closed") => {}
        Some(other) => {
            let what = format!("inbound must be open or closed, not '{other}'");
            return Err(Fault::of(entry, "messages.inbound", what));
        }
    }
    let allowed = block.get("allow_from").and_then(Tree::as_list).unwrap_or_default();
    Ok(Some(allowed.iter().filter_map(Tree::as_str).map(|h| EntryId::resolve(h, entry.id.namespace())).collect()))
}

impl HostEntry {
    pub(crate) fn is_running(&self) -> bool {
        self.running.load(Ordering::Acquire) && !self.host.is_stopping()
    }
    pub(crate) fn set_running(&self, yes: bool) {
        self.running.store(yes, Ordering::Release);
    }
}
