//! Services: processes that the node starts, restarts and stops, as systemd does with its units.
//!
//! `spec` reads what an entry says, `plan` knows who needs whom, `backoff` how long to wait, `supervisor` does it: a
//! hand-written state machine on the host `node:control`.

pub(crate) mod backoff;
pub(crate) mod plan;
pub(crate) mod spec;
pub(crate) mod supervisor;

use std::time::Duration;
use wippy_core::{EntryId, Pid};

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
