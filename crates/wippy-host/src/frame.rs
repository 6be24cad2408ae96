//! What the node keeps for each process: whose code it runs, for whom, under which policies.

use crate::hosts::HostEntry;
use crate::policies::Identity;
use std::sync::Arc;
use wippy_core::spawn::Inherit;
use wippy_core::{EntryId, Tree};
use wippy_security::{Actor, Scope};

/// The identity of a process. Immutable; children get one of their own made from it.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The entry whose code runs; `None` for machines that a program spawned itself.
    pub entry: Option<EntryId>,
    /// On whose behalf.
    pub actor: Option<Actor>,
    /// What is permitted.
    pub scope: Option<Scope>,
    /// Values given along.
    pub context: Vec<(String, Tree)>,
    /// The host it runs on.
    pub(crate) host: Arc<HostEntry>,
    /// What it may not exceed, whatever its scope allows: its host's bound, or for a function its caller's.
    pub(crate) bound: Option<Arc<Identity>>,
}

/// What of a frame children inherit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heritage {
    pub(crate) actor: Option<Actor>,
    pub(crate) scope: Option<Scope>,
    pub(crate) context: Vec<(String, Tree)>,
}

impl Frame {
    pub(crate) fn heritage(&self) -> Heritage {
        Heritage { actor: self.actor.clone(), scope: self.scope.clone(), context: self.context.clone() }
    }
}

impl Heritage {
    /// What a child gets: this, with what the spawn says laid over it.
    pub(crate) fn overlaid(mut self, inherit: &Inherit) -> Heritage {
        if let Some(actor) = inherit.actor.as_ref().and_then(|a| a.get::<Actor>()) {
            self.actor = Some(actor.clone());
        }
        if let Some(scope) = inherit.scope.as_ref().and_then(|s| s.get::<Scope>()) {
            self.scope = Some(scope.clone());
        }
        for (key, value) in &inherit.context {
            match self.context.iter_mut().find(|(k, _)| k == key) {
                Some((_, old)) => *old = value.clone(),
                None => self.context.push((key.clone(), value.clone())),
            }
        }
        self
    }
}
