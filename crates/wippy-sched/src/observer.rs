//! Looking at a scheduler while it runs, without keeping it alive or slowing it down: all of this is read from counters
//! that are kept anyway, so what is told is a moment old.

use crate::clock;
use crate::deliver::Shared;
use crate::host::Host;
use crate::table::Slot;
use crate::usage::ProcessStats;
use std::sync::Weak;
use std::time::{Duration, SystemTime};
use wippy_core::Pid;

/// What a process is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProcessState {
    /// It waits, for a reply or for messages.
    Waiting,
    /// It waits for a worker.
    Ready,
    /// A worker steps it.
    Running,
}

/// A process, seen from outside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProcessInfo {
    /// Who.
    pub pid: Pid,
    /// What it is doing.
    pub state: ProcessState,
    /// Who started it; [`Pid::SYSTEM`] for no process.
    pub parent: Pid,
    /// What the gate said of whose code it runs; 0 for nothing.
    pub label: u32,
    /// When it was started, since the scheduler was; some milliseconds early, and at most 497 days. `None` while it
    /// still starts.
    pub started_at: Option<Duration>,
    /// What it has used so far.
    pub stats: ProcessStats,
}

/// The workers that serve a host; hosts without workers of their own share them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkersInfo {
    /// How many there are.
    pub workers: usize,
    /// Steps that they have run.
    pub executed: u64,
    /// Processes that one of them has taken from another one's queue.
    pub stolen: u64,
    /// Processes that wait for one of them.
    pub queued: usize,
}

/// Looks at a scheduler, as long as there is one.
#[derive(Clone)]
pub struct Observer(pub(crate) Weak<Shared>);

impl std::fmt::Debug for Observer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Observer")
    }
}

impl Observer {
    /// The processes of a host at this moment.
    pub fn processes(&self, host: &Host) -> Vec<ProcessInfo> {
        let Some(shared) = self.0.upgrade() else { return Vec::new() };
        let running: Vec<Pid> = host.pool.beats().filter(|b| b.slice() != 0).map(|b| b.pid()).collect();
        let info = |pid| {
            let slot = shared.table.find(pid)?;
            let state = match slot.mailbox.is_idle() {
                _ if running.contains(&pid) => ProcessState::Running,
                true => ProcessState::Waiting,
                false => ProcessState::Ready,
            };
            let stats = slot.usage.read(|| slot.mailbox.pushed(), clock::SLICE);
            let ((parent, label), started_at) = (slot.origin(), slot.published_at());
            // The slot may have got a new owner meanwhile.
            shared.table.find(pid).map(|_| ProcessInfo { pid, state, parent, label, started_at, stats })
        };
        shared.table.pids(Some(host.place())).into_iter().filter_map(info).collect()
    }

    /// Whether a process can be found. One whose end is told to others cannot any more.
    pub fn is_alive(&self, pid: Pid) -> bool {
        self.0.upgrade().is_some_and(|shared| shared.table.find(pid).is_some_and(Slot::is_published))
    }

    /// Whether a process has done what it does first: it has once waited, and not for a process that it had started or
    /// called, or it has ended.
    pub fn has_begun(&self, pid: Pid) -> bool {
        let slot = |shared: &Shared| shared.table.find(pid).is_none_or(|slot| slot.usage.has_waited());
        self.0.upgrade().is_none_or(|shared| slot(&shared))
    }

    /// Time since the scheduler started, and the time of day, as its processes see them; `None` when it is gone.
    pub fn clock(&self) -> Option<(Duration, SystemTime)> {
        self.0.upgrade().map(|shared| (shared.clock.now(), shared.now_wall()))
    }
}
