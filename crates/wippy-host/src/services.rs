//! Services: processes that the node starts, restarts and stops, as systemd does with its units.
//!
//! `spec` reads what an entry says, `plan` knows who needs whom, `backoff` how long to wait, `supervisor` does it: a
//! hand-written state machine on the host `node:control`.

pub(crate) mod backoff;
pub(crate) mod plan;
pub(crate) mod spec;
pub(crate) mod supervisor;

use crate::error::Fault;
use crate::hosts::HostSpec;
use crate::node::Content;
use spec::ServiceSpec;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use wippy_core::{EntryId, Error, Pid};

/// What a service is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Nobody has asked for it yet.
    Unknown,
    /// On its way up.
    Starting,
    /// Up.
    Running,
    /// On its way down.
    Stopping,
    /// Down, as asked.
    Stopped,
    /// Ended by itself, for good.
    Exited,
    /// Failed; tried again later unless its attempts are used up.
    Failed,
}

impl Status {
    /// Its name, as programs see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Unknown => "unknown",
            Status::Starting => "starting",
            Status::Running => "running",
            Status::Stopping => "stopping",
            Status::Stopped => "stopped",
            Status::Exited => "exited",
            Status::Failed => "failed",
        }
    }
}

/// A service as others see it.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceState {
    /// Its entry.
    pub id: EntryId,
    /// What it is doing.
    pub status: Status,
    /// Whether it is to be up.
    pub wanted: bool,
    /// When any of this changed last, since the start of the runtime.
    pub updated_at: Duration,
    /// Failures in a row.
    pub retry_count: u32,
    /// Its process, while it has one.
    pub pid: Option<Pid>,
    /// When its process was started, since the start of the runtime.
    pub started_at: Option<Duration>,
    /// The last error's message; empty when there was none.
    pub details: String,
}

/// What all service entries say. What they refer to must be there.
pub(crate) fn specs(
    content: &Content,
    hosts: &BTreeMap<EntryId, (HostSpec, bool)>,
    faults: &mut Vec<Fault>,
) -> BTreeMap<EntryId, ServiceSpec> {
    let mut services = BTreeMap::new();
    let mut entries = HashMap::new();
    for entry in content.snapshot.all().into_iter().filter(|e| e.kind == "process.service") {
        match ServiceSpec::parse(entry, &content.policies) {
            Ok(spec) => {
                if let Some(error) = content.unfit_process(&spec.process) {
                    let broken = faults.iter().any(|f| f.entry == spec.process.as_str());
                    if !broken {
                        faults.push(Fault { error, ..Fault::of(entry, "process", "") });
                    }
                }
                if !hosts.contains_key(&spec.host) && !faults.iter().any(|f| f.entry == spec.host.as_str()) {
                    let mut fault = Fault::of(entry, "host", "");
                    fault.error = match content.snapshot.get(&spec.host) {
                        Some(other) => Error::invalid(format!("{} is a {}, no host", spec.host, other.kind)),
                        None => Error::not_found(format!("host not found: {}", spec.host)),
                    };
                    faults.push(fault);
                }
                entries.insert(entry.id.clone(), entry.clone());
                services.insert(entry.id.clone(), spec);
            }
            Err(fault) => faults.push(fault),
        }
    }
    faults.extend(plan::check(&services, &entries, |id| hosts.contains_key(id)));
    services
}
