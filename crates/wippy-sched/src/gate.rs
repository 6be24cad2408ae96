//! Where a larger runtime looks into the door: rights, entries, identity, logs.

use crate::host::Host;
use std::any::Any;
use std::sync::Arc;
use std::time::SystemTime;
use wippy_core::{EntryId, Error, Exit, Level, Opaque, Pid, Spawn, StateMachine, Text, Tree, Value};

/// What the gate keeps for each process: actor, scope, context values, entry. The scheduler carries it unseen.
pub type Baggage = Arc<dyn Any + Send + Sync>;

/// The process that does something; [`Pid::SYSTEM`] without baggage for Rust code outside of all processes.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// Who.
    pub pid: Pid,
    /// What the gate keeps for it.
    pub baggage: Option<&'a Baggage>,
}

impl std::fmt::Debug for Caller<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Caller({})", self.pid)
    }
}

/// Something a process is about to do, for the gate to judge.
#[derive(Debug, Clone, Copy)]
pub enum Act<'a> {
    /// Send a message, addressed by `name` if it was one.
    Send {
        /// The receiver.
        to: Pid,
        /// The name it was addressed by.
        name: Option<&'a str>,
        /// The message's topic.
        topic: &'a Text,
    },
    /// One of `process.cancel`, `.terminate`, `.monitor`, `.unmonitor`, `.link`, `.unlink` on a process.
    Signal {
        /// The action's name.
        action: &'static str,
        /// The process it is for.
        to: Pid,
    },
    /// Register `name` for `pid`.
    Register {
        /// The name.
        name: &'a str,
        /// Who gets it.
        pid: Pid,
    },
    /// Free `name`, which `holder` has.
    Unregister {
        /// The name.
        name: &'a str,
        /// Who has it now.
        holder: Option<Pid>,
    },
    /// Any other right.
    Right {
        /// The action's name.
        action: &'static str,
        /// What it is done to.
        resource: &'a str,
        /// Begins the refusal's message.
        refusal: &'static str,
    },
}

/// What somebody wants of a machine that it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A process, known by its pid.
    Spawn,
    /// A process's result.
    Exec,
    /// A function's result.
    Call,
}

/// What becomes of a process whose result nobody waits for any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abandoned {
    /// It goes on.
    GoesOn,
    /// It is killed.
    Killed,
    /// It gets CANCEL.
    AskedToEnd,
}

/// A machine that is ready to be initialised, and where it belongs.
pub struct NewMachine {
    /// The machine.
    pub machine: Box<dyn StateMachine>,
    /// The method for its `init`.
    pub method: Arc<str>,
    /// What the gate keeps for the process.
    pub baggage: Baggage,
    /// Where it runs.
    pub host: Arc<Host>,
    /// What observers are told of whose code it runs ([`crate::ProcessInfo::label`]); what numbers mean is the gate's.
    pub label: u32,
    /// What becomes of it when the one who waits for its result does so no longer.
    pub abandoned: Abandoned,
}

impl std::fmt::Debug for NewMachine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewMachine({:?})", self.host)
    }
}

/// The end of a process, told once.
#[derive(Debug, Clone, Copy)]
pub struct Ended<'a> {
    /// Who it was, and what the gate kept for it.
    pub process: Caller<'a>,
    /// How it ended.
    pub exit: &'a Exit,
    /// Whether anybody monitored it or waited for its result.
    pub watched: bool,
}

/// Decides what passes, and supplies what the scheduler does not know. Every function has a default: all passes,
/// there are no entries.
#[allow(unused_variables, reason = "the names of default arguments are documentation")]
pub trait Gate: Send + Sync + 'static {
    /// May this pass?
    ///
    /// # Errors
    /// PERMISSION_DENIED, which the process gets as it is.
    fn check(&self, caller: Caller<'_>, act: Act<'_>) -> Result<(), Error> {
        Ok(())
    }
    /// Whether this may be started; [`Gate::machine`] asks the same again.
    ///
    /// # Errors
    /// PERMISSION_DENIED: the spawner's error.
    fn may_start(&self, caller: Caller<'_>, spawn: &Spawn, purpose: Purpose) -> Result<(), Error> {
        Ok(())
    }
    /// The machine for a spawn, an exec or a call, after judging it.
    ///
    /// # Errors
    /// PERMISSION_DENIED, NOT_FOUND (host, entry), UNAVAILABLE: the spawner's error.
    fn machine(&self, caller: Caller<'_>, spawn: &Spawn, purpose: Purpose) -> Result<NewMachine, Error> {
        Err(Error::not_found("factory not found"))
    }
    /// The machine for an upgrade; `None` means the entry it runs now.
    ///
    /// # Errors
    /// PERMISSION_DENIED, NOT_FOUND: the process fails with it.
    fn upgrade(&self, caller: Caller<'_>, entry: Option<&EntryId>) -> Result<NewMachine, Error> {
        Err(Error::not_found("factory not found"))
    }
    /// What a machine spawned beside `caller` inherits.
    fn inherit(&self, caller: Caller<'_>) -> Option<Baggage> {
        caller.baggage.cloned()
    }
    /// The entry whose code a process runs.
    fn entry(&self, caller: Caller<'_>) -> Option<EntryId> {
        None
    }
    /// Bytes of memory that a process may take.
    fn memory_limit(&self, caller: Caller<'_>) -> usize {
        usize::MAX
    }
    /// Context values of a process.
    fn context(&self, caller: Caller<'_>) -> Vec<(String, Tree)> {
        Vec::new()
    }
    /// What children inherit, as a value that kinds may keep.
    fn identity(&self, caller: Caller<'_>) -> Option<Opaque> {
        None
    }
    /// A log record of a process.
    fn log(&self, caller: Caller<'_>, level: Level, logger: &str, message: &str, fields: &[(Text, Value)]) {
        let pid = caller.pid;
        match level {
            Level::Debug => tracing::debug!(%pid, logger, ?fields, "{message}"),
            Level::Info => tracing::info!(%pid, logger, ?fields, "{message}"),
            Level::Warn => tracing::warn!(%pid, logger, ?fields, "{message}"),
            Level::Error => tracing::error!(%pid, logger, ?fields, "{message}"),
        }
    }
    /// A process is about to begin: who it is, and what the gate keeps for it. Either [`Gate::ended`] or
    /// [`Gate::never_started`] follows.
    fn begins(&self, process: Caller<'_>) {}
    /// A process for which [`Gate::machine`] has made the machine has ended before it had started: nobody but its spawner,
    /// who gets this error, has heard of it.
    fn never_started(&self, process: Caller<'_>, why: &Error) {}
    /// A process has ended.
    fn ended(&self, ended: Ended<'_>) {
        if let (Err(e), false) = (ended.exit, ended.watched) {
            tracing::error!(pid = %ended.process.pid, "process failed: {e}");
        }
    }
    /// The time of day.
    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// The gate of a scheduler that stands alone: all passes.
#[derive(Debug, Clone, Copy, Default)]
pub struct AllPass;

impl Gate for AllPass {}
