//! What the host side of an instance knows: its operations, its mail, its limits.

use crate::imports::Buffer;
use crate::mail::Mail;
use crate::wasi::Surroundings;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wasmtime::StoreLimits;
use wasmtime::component::ResourceTable;
use wippy_core::{EntryId, Event, Values};

/// The data of a store. It moves with the guest's future; [`Post`] is the only way in.
pub(crate) struct Guest {
    pub(crate) limits: StoreLimits,
    pub(crate) mail: Mail,
    /// Streams, files and things to poll that the guest has handles of.
    pub(crate) table: ResourceTable,
    pub(crate) surroundings: Surroundings,
    /// What was read from standard input.
    pub(crate) input: Arc<Mutex<Buffer>>,
    /// Ticks of the clock that the guest may use up in one step.
    pub(crate) ticks: u64,
}

/// Shared by the machine and the guest's host functions.
#[derive(Clone, Default)]
pub(crate) struct Post(Arc<Mutex<Letterbox>>);

/// What lies in it.
#[derive(Default)]
pub(crate) struct Letterbox {
    /// Events that the machine has drained and no host function has seen.
    pub(crate) mail: VecDeque<Event>,
    /// A step has begun: the guest may run for a whole slice.
    pub(crate) fresh: bool,
    /// The guest waits for messages and events only.
    pub(crate) idle: bool,
    /// Whatever had to be asked before the guest runs is answered: the process has started.
    pub(crate) started: bool,
    /// The guest asked for other code.
    pub(crate) upgrade: Option<(Option<EntryId>, Values)>,
    /// What was routed to nobody when it did.
    pub(crate) unread: Vec<Event>,
}

impl Post {
    pub(crate) fn open(&self) -> MutexGuard<'_, Letterbox> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
